/* Statements of InfluxQL as trees. Layer influxql; for its own files and its tests.
 *
 * All nodes and texts live in the parser's arena or in the statement's text. Trees are changed only
 * by the rewriting that comes before execution (influx_rewrite.h), which makes new nodes. */
#ifndef CT_INFLUX_AST_H
#define CT_INFLUX_AST_H

#include <stdint.h>

#include "arena.h"
#include "pattern.h"

enum ct_influx_operator {
    CT_OPERATOR_ADD,
    CT_OPERATOR_SUBTRACT,
    CT_OPERATOR_MULTIPLY,
    CT_OPERATOR_DIVIDE,
    CT_OPERATOR_MODULO,
    CT_OPERATOR_BIT_AND,
    CT_OPERATOR_BIT_OR,
    CT_OPERATOR_BIT_XOR,
    CT_OPERATOR_AND,
    CT_OPERATOR_OR,
    CT_OPERATOR_EQUAL,
    CT_OPERATOR_NOT_EQUAL,
    CT_OPERATOR_MATCH,
    CT_OPERATOR_NOT_MATCH,
    CT_OPERATOR_LESS,
    CT_OPERATOR_LESS_EQUAL,
    CT_OPERATOR_GREATER,
    CT_OPERATOR_GREATER_EQUAL,
};

enum ct_influx_expr_kind {
    CT_EXPR_VARIABLE, /* text, cast */
    CT_EXPR_WILDCARD, /* cast: field, tag or any */
    CT_EXPR_CALL,     /* text in lower case, arguments */
    CT_EXPR_BINARY,   /* operation, left, right */
    CT_EXPR_PAREN,    /* left */
    CT_EXPR_NUMBER,   /* number; text as written, without its sign */
    CT_EXPR_INTEGER,  /* integer */
    CT_EXPR_UNSIGNED, /* unsigned_integer: past int64 */
    CT_EXPR_STRING,   /* text */
    CT_EXPR_BOOLEAN,  /* boolean */
    CT_EXPR_DURATION, /* integer: ns */
    CT_EXPR_TIME,     /* integer: ns since 1970; made by folding constants */
    CT_EXPR_REGEX,    /* text */
};

/* What a :: says about a variable or wildcard. */
enum ct_influx_cast {
    CT_CAST_NONE,
    CT_CAST_FIELD,
    CT_CAST_TAG,
    CT_CAST_FLOAT,
    CT_CAST_INTEGER,
    CT_CAST_UNSIGNED,
    CT_CAST_STRING,
    CT_CAST_BOOLEAN,
};

struct ct_influx_expr {
    enum ct_influx_expr_kind kind;
    enum ct_influx_operator operation;
    enum ct_influx_cast cast;
    bool boolean;
    struct ct_text text;
    double number;
    int64_t integer;
    uint64_t unsigned_integer;
    struct ct_influx_expr *left, *right;
    struct ct_influx_expr **arguments;
    uint32_t argument_count;
    uint32_t slot;              /* of a variable or call, once planned */
    struct ct_pattern *pattern; /* of a regular expression, once compiled */
};

struct ct_influx_select;

/* A measurement by name or pattern, or a subquery. */
struct ct_influx_source {
    struct ct_text database, retention, name;
    struct ct_influx_expr *regex; /* in place of the name; NULL: none */
    struct ct_influx_select *subquery;
};

struct ct_influx_field {
    struct ct_influx_expr *expr;
    struct ct_text alias; /* empty: none */
};

enum ct_influx_fill {
    CT_INFLUX_FILL_NULL,
    CT_INFLUX_FILL_NONE,
    CT_INFLUX_FILL_NUMBER,
    CT_INFLUX_FILL_PREVIOUS,
    CT_INFLUX_FILL_LINEAR,
};

/* How many rows or series; 0 as a limit is none. */
struct ct_influx_limits {
    uint64_t limit, offset, series_limit, series_offset;
};

struct ct_influx_select {
    struct ct_influx_field *fields;
    uint32_t field_count;
    struct ct_influx_source *sources;
    uint32_t source_count;
    bool has_target;                  /* INTO */
    struct ct_influx_expr *condition; /* NULL: none */
    struct ct_influx_expr **dimensions;
    uint32_t dimension_count;
    enum ct_influx_fill fill;
    struct ct_influx_expr *fill_value; /* of CT_INFLUX_FILL_NUMBER */
    bool is_ordered, is_descending;
    struct ct_influx_limits limits;
    struct ct_text zone; /* empty: UTC */
};

enum ct_influx_statement_kind {
    CT_STATEMENT_SELECT,
    CT_STATEMENT_EXPLAIN,
    CT_STATEMENT_SHOW_DATABASES,
    CT_STATEMENT_SHOW_MEASUREMENTS,
    CT_STATEMENT_SHOW_MEASUREMENT_CARDINALITY,
    CT_STATEMENT_SHOW_TAG_KEYS,
    CT_STATEMENT_SHOW_TAG_KEY_CARDINALITY,
    CT_STATEMENT_SHOW_TAG_VALUES,
    CT_STATEMENT_SHOW_TAG_VALUES_CARDINALITY,
    CT_STATEMENT_SHOW_FIELD_KEYS,
    CT_STATEMENT_SHOW_FIELD_KEY_CARDINALITY,
    CT_STATEMENT_SHOW_SERIES,
    CT_STATEMENT_SHOW_SERIES_CARDINALITY,
    CT_STATEMENT_SHOW_RETENTION_POLICIES,
    CT_STATEMENT_SHOW_USERS,
    CT_STATEMENT_SHOW_CONTINUOUS_QUERIES,
    CT_STATEMENT_SHOW_QUERIES,
    CT_STATEMENT_SHOW_SUBSCRIPTIONS,
    CT_STATEMENT_CREATE_DATABASE,
    CT_STATEMENT_DROP_DATABASE,
    CT_STATEMENT_DROP_MEASUREMENT,
    CT_STATEMENT_DROP_SERIES,
    CT_STATEMENT_DELETE,
    CT_STATEMENT_REFUSED, /* known to InfluxDB, not to centime: name says which */
};

struct ct_influx_statement {
    enum ct_influx_statement_kind kind;
    struct ct_influx_select *select;
    struct ct_text name;     /* of what is created, dropped or refused */
    struct ct_text database; /* of ON; empty: the caller's */
    bool is_exact;           /* EXACT CARDINALITY */
    struct ct_influx_source *sources;
    uint32_t source_count;
    /* WITH KEY: equal, not equal, match, not match; IN is `keys` with equal */
    bool has_key;
    enum ct_influx_operator key_operator;
    struct ct_text *keys;
    uint32_t key_count;
    struct ct_influx_expr *key_regex;
    struct ct_influx_expr *condition;
    struct ct_influx_limits limits;
};

struct ct_influx_query {
    struct ct_influx_statement *statements;
    uint32_t statement_count;
};

/* "+", "AND", "=~": static text. */
const char *ct_influx_operator_text(enum ct_influx_operator operation);

/* Equal as trees. */
bool ct_influx_expr_equal(const struct ct_influx_expr *a, const struct ct_influx_expr *b);

#endif
