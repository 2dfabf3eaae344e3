/* What the parts of the line-protocol parser share. Layer ingest; internal.
 *
 * Two readers take lines. The fast one (line_fast.c) takes lines that look like earlier ones: a key
 * that was seen before, fields of names that the table had before, plain values. Whatever it does
 * not recognise it leaves, untouched, to the careful one (line_point.c), which reads everything,
 * finds every fault and teaches the fast one. Both put the same row into the intake for the same
 * bytes. */
#ifndef CT_LINE_PARSER_H
#define CT_LINE_PARSER_H

#include "arena.h"
#include "line_known.h"
#include "line_protocol.h"
#include "line_scan.h"
#include "value.h"

enum line_outcome {
    LINE_TAKEN,
    LINE_REJECTED,   /* the parser's fault says why */
    LINE_INCOMPLETE, /* more text is needed */
    LINE_FAILED,     /* the parser's failure says why: not the line's fault */
};

#define LINE_TRY(call)                                                                             \
    do {                                                                                           \
        const enum line_outcome line_try_outcome = (call);                                         \
        if (line_try_outcome != LINE_TAKEN)                                                        \
            return line_try_outcome;                                                               \
    } while (0)

/* A line as it is read. Nothing at or after `end` is read. */
struct line_cursor {
    const char *start; /* of the line */
    const char *at;    /* after a reject: where skipping to the next line begins */
    const char *end;
    bool is_final;     /* no text follows `end` */
    bool is_capped;    /* `end` is where the line is too long */
    bool is_in_string; /* `at` is inside quotes */
    bool is_ended;     /* `at` is after the line end */
    uint64_t newlines; /* inside strings */
};

/* A field as written. */
struct line_field {
    struct ct_text name;
    struct ct_text raw_name;
    struct ct_text raw_value; /* of numbers without the suffix */
    struct ct_value value;    /* its type is that of the literal */
    uint32_t column;          /* of its table in the intake, once placed */
};

/* What remains of a line or string that was rejected before its end was seen. */
enum line_skip { SKIP_NOTHING, SKIP_LINE, SKIP_STRING };

struct ct_line_parser {
    const struct ct_allocator *allocator;
    struct ct_intake *intake; /* borrowed */
    const struct ct_line_scanner *scan;
    struct ct_line_options options;
    struct ct_arena strings; /* unescaped names and values of the batch */

    /* The text. */
    uint64_t line; /* number of the next line */
    enum line_skip skip;
    bool is_begun; /* a byte order mark may no longer come */

    /* The line at hand. */
    struct line_field *fields;
    size_t field_count, field_cap;
    struct ct_row_value *values;
    size_t value_cap;
    struct ct_tag tags[CT_TAGS_MAX + 1];
    uint32_t tag_count;

    /* The last reject, and the last failure. */
    const char *fault_at;
    struct ct_error fault;
    struct ct_error *fault_text; /* &fault, or NULL where nobody will read it */
    struct ct_error failure;

    struct line_known known;
};

/* Records why the line is not taken. */
#define LINE_REJECT(parser, where, code, ...)                                                      \
    ((parser)->fault_at = (where), (void)ct_fail((parser)->fault_text, (code), __VA_ARGS__),       \
     LINE_REJECTED)

/* The intake's verdict on a name: out of memory is a failure, the rest rejects the line. */
enum line_outcome ct_line_blame(struct ct_line_parser *parser, const char *where,
                                const struct ct_error *err);

/* Out of memory. */
enum line_outcome ct_line_out_of_memory(struct ct_line_parser *parser);

/* What it means that `at` has come to `end`: LINE_TAKEN where the text ends there. */
enum line_outcome ct_line_at_end(struct ct_line_parser *parser, const struct line_cursor *c);

/* line_name.c: names, escapes, the key. `,` or ` ` ends a measurement, `=` too a key or tag value.
 */
enum line_name_kind { NAME_OF_MEASUREMENT = 1, NAME_OF_KEY = 2 };
enum line_outcome ct_line_read_name(struct ct_line_parser *parser, struct line_cursor *c,
                                    enum line_name_kind kind, struct ct_text *raw,
                                    struct ct_text *name);
/* Measurement and tags, up to the space: the tags are in parser->tags, sorted. */
enum line_outcome ct_line_read_key(struct ct_line_parser *parser, struct line_cursor *c,
                                   struct ct_text *measurement);

/* line_literal.c: the value after a field's `=`. */
enum line_outcome ct_line_read_value(struct ct_line_parser *parser, struct line_cursor *c,
                                     struct line_field *field);

/* line_point.c: one line of any kind, to the row in the intake. */
enum line_outcome ct_line_read(struct ct_line_parser *parser, struct line_cursor *c);

/* The bytes from `start` up to the first space that is not escaped; len 0 where a newline or `end`
 * comes before. */
struct ct_text ct_line_raw_key(const struct ct_line_scanner *scan, const char *start,
                               const char *end);

/* line_row.c: puts the fields of the line into the columns of its table. `hash` is that of the key
 * as written. */
enum line_outcome ct_line_place(struct ct_line_parser *parser, const struct line_cursor *c,
                                struct ct_text raw_key, const struct ct_text *measurement,
                                const struct ct_alias *alias, uint64_t hash, int64_t time_ns);

/* line_fast.c: takes lines from `at` on as long as it knows them, reading nothing at or after
 * `end`. Returns where it stopped: the start of a line. */
const char *ct_line_read_known(struct ct_line_parser *parser, const char *at, const char *end);

#endif
