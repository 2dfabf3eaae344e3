/* The parser's state, shared by its files. Layer influxql, private to influx_parse*.c. */
#ifndef CT_INFLUX_PARSER_H
#define CT_INFLUX_PARSER_H

#include "influx_parse.h"
#include "influx_token.h"

struct ct_influx_parser {
    struct ct_text text;
    const struct ct_influx_parameter *parameters;
    uint32_t parameter_count;
    struct ct_arena *arena;
    struct ct_error *err;
    size_t at;                /* byte of the next token */
    bool has_looked_past_end; /* see ct_influx_token.reads_past_end */
    uint32_t depth, node_count;
};

/* The next token, blanks and comments included; parameters stand for what they are bound to. */
ct_status ct_influx_next_raw(struct ct_influx_parser *parser,
                             struct ct_influx_token *out) CT_MUST_USE;
/* The next token that is no blank. */
ct_status ct_influx_next(struct ct_influx_parser *parser, struct ct_influx_token *out) CT_MUST_USE;
/* Puts the token, and blanks before it, back. */
void ct_influx_put_back(struct ct_influx_parser *parser, size_t at);

/* Takes the token where it is next; *found says whether. */
ct_status ct_influx_accept(struct ct_influx_parser *parser, enum ct_influx_token_kind kind,
                           bool *found) CT_MUST_USE;
/* Takes the token or fails. */
ct_status ct_influx_expect(struct ct_influx_parser *parser,
                           enum ct_influx_token_kind kind) CT_MUST_USE;

/* "found X, expected Y at line L, char C" */
ct_status ct_influx_unexpected(struct ct_influx_parser *parser, const struct ct_influx_token *token,
                               const char *expected);
/* "MESSAGE at line L, char C" */
ct_status ct_influx_fail_at(struct ct_influx_parser *parser, const struct ct_influx_token *token,
                            const char *message);
/* The message alone. */
ct_status ct_influx_fail(struct ct_influx_parser *parser, const char *message);

/* A new node, cleared. */
ct_status ct_influx_node(struct ct_influx_parser *parser, enum ct_influx_expr_kind kind,
                         struct ct_influx_expr **out) CT_MUST_USE;
/* Room for one more element behind `count` of them in *array, which this may move. */
ct_status ct_influx_extend(struct ct_influx_parser *parser, void *array_pointer, uint32_t count,
                           size_t element_bytes) CT_MUST_USE;
/* Guards recursion: enter before, leave after. */
ct_status ct_influx_enter(struct ct_influx_parser *parser) CT_MUST_USE;
void ct_influx_leave(struct ct_influx_parser *parser);

ct_status ct_influx_parse_name(struct ct_influx_parser *parser, struct ct_text *out) CT_MUST_USE;
/* a, a.b, a..b, at most three; *count of them. Stops before a slash. */
ct_status ct_influx_parse_segments(struct ct_influx_parser *parser, struct ct_text out[3],
                                   uint32_t *count) CT_MUST_USE;
/* NULL where no regular expression is next. */
ct_status ct_influx_parse_regex(struct ct_influx_parser *parser,
                                struct ct_influx_expr **out) CT_MUST_USE;
ct_status ct_influx_parse_expr(struct ct_influx_parser *parser,
                               struct ct_influx_expr **out) CT_MUST_USE;

/* Clauses. Those that are not there leave their output alone. */
ct_status ct_influx_parse_sources(struct ct_influx_parser *parser, bool takes_subqueries,
                                  struct ct_influx_source **out, uint32_t *count) CT_MUST_USE;
ct_status ct_influx_parse_where(struct ct_influx_parser *parser,
                                struct ct_influx_expr **out) CT_MUST_USE;
ct_status ct_influx_parse_group_by(struct ct_influx_parser *parser, struct ct_influx_expr ***out,
                                   uint32_t *count) CT_MUST_USE;
ct_status ct_influx_parse_order_by(struct ct_influx_parser *parser, bool *is_ordered,
                                   bool *is_descending) CT_MUST_USE;
ct_status ct_influx_parse_limits(struct ct_influx_parser *parser, bool of_series_too,
                                 struct ct_influx_limits *out) CT_MUST_USE;

/* After the word SELECT. */
ct_status ct_influx_parse_select(struct ct_influx_parser *parser, bool is_subquery,
                                 struct ct_influx_select **out) CT_MUST_USE;
/* After the word SHOW. */
ct_status ct_influx_parse_show(struct ct_influx_parser *parser,
                               struct ct_influx_statement *out) CT_MUST_USE;

#endif
