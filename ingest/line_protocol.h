/* InfluxDB line protocol to rows of an intake. Layer ingest; may be included by api, tests, bench.
 *
 * The grammar is that of InfluxData's 2022 decoder and its corpus, with the servers' string escapes
 * (only \" and
 * \\), QuestDB's decimal suffix `d`, CRLF, and raw newlines inside quoted strings; README.md lists
 * every choice. A line is checked whole before its row reaches the intake: a rejected line leaves
 * no row and no value. Bad lines go to a reject list, good ones to the intake; a caller that wants
 * all or nothing looks at rejects->total and resets the intake instead of committing it. */
#ifndef CT_LINE_PROTOCOL_H
#define CT_LINE_PROTOCOL_H

#include "intake.h"
#include "line_reject.h"

#define CT_LINE_BYTES_MAX        ((uint32_t)1 << 20) /* without its line end */
#define CT_LINE_STRING_BYTES_MAX ((uint32_t)1 << 20) /* between the quotes, as written */
#define CT_LINE_KEY_BYTES_MAX    65535 /* measurement and tags; field name; as written */
#define CT_LINE_FIELDS_MAX       1024

/* What a timestamp counts. */
enum ct_precision {
    CT_PRECISION_NS,
    CT_PRECISION_US,
    CT_PRECISION_MS,
    CT_PRECISION_S,
    CT_PRECISION_M,
    CT_PRECISION_H,
    CT_PRECISION_AUTO, /* per line, from its size, as InfluxDB 3 guesses: s, ms, us or ns */
};

/* The precision of a request's parameter: n, ns, u, us, µs, ms, s, m, h, nanosecond, microsecond,
 * millisecond, second or auto. CT_INVALID for anything else; an absent parameter is the caller's to
 * replace. */
ct_status ct_precision_parse(struct ct_text name, enum ct_precision *out,
                             struct ct_error *err) CT_MUST_USE;

/* Nanoseconds of one unit; 1 for CT_PRECISION_AUTO. */
int64_t ct_precision_ns(enum ct_precision precision);

struct ct_line_options {
    enum ct_precision precision;
    int64_t default_time_ns; /* of lines without a timestamp; truncated down to the precision */
    /* Limits of one line: 0 is the default, which is also the most for keys and tags. */
    uint32_t line_bytes_max;   /* CT_LINE_BYTES_MAX */
    uint32_t string_bytes_max; /* CT_LINE_STRING_BYTES_MAX */
    uint32_t key_bytes_max;    /* CT_LINE_KEY_BYTES_MAX */
    uint32_t fields_max;       /* CT_LINE_FIELDS_MAX */
    uint32_t tags_max;         /* CT_TAGS_MAX */
};

/* Reads text for one intake and remembers what its lines looked like. Confined to the intake's
 * thread. */
struct ct_line_parser;

/* The parser must be destroyed before the intake, which it borrows. CT_NO_MEMORY. */
ct_status ct_line_parser_create(const struct ct_allocator *allocator, struct ct_intake *intake,
                                struct ct_line_parser **out, struct ct_error *err) CT_MUST_USE;
void ct_line_parser_destroy(struct ct_line_parser *parser); /* NULL is fine */

/* Begins a new text: line numbers start at 1 and one byte order mark is dropped. What was learnt of
 * tables and keys stays. CT_INVALID for a limit above its most and a default time that no row may
 * have. */
ct_status ct_line_parser_start(struct ct_line_parser *parser, const struct ct_line_options *options,
                               struct ct_error *err) CT_MUST_USE;

/* Takes the lines of a stretch of the text and appends their rows to the intake. Without `is_final`
 * it stops before a last line that may be incomplete, and *consumed tells where: the caller calls
 * again with what is left over followed by more. So the text may be cut anywhere, and at most
 * line_bytes_max + 2 bytes, or 128 where that is more, need be carried over.
 *
 * String values that need no unescaping are borrowed from `text`, which must stay until the
 * intake's batch is committed or reset; the others live in the parser until
 * ct_line_parser_release_strings.
 *
 * Bad lines are added to `rejects` and are no failure. CT_NO_MEMORY, and CT_LIMIT where the intake
 * takes no more rows: then *consumed ends with the last line that was dealt with; after a commit
 * the caller may go on there. */
ct_status ct_line_parse(struct ct_line_parser *parser, const char *text, size_t len, bool is_final,
                        size_t *consumed, struct ct_reject_list *rejects,
                        struct ct_error *err) CT_MUST_USE;

/* Forgets the strings that were unescaped; call where the intake was committed or reset. */
void ct_line_parser_release_strings(struct ct_line_parser *parser);

#endif
