/* InfluxQL to trees. Layer influxql; for its own files and its tests.
 *
 * Takes the whole language of InfluxDB 1.6 as far as SELECT, SHOW, CREATE and DROP DATABASE, DROP
 * MEASUREMENT and SERIES, and DELETE go. What InfluxDB knows beyond that becomes
 * CT_STATEMENT_REFUSED, with the rest of that statement skipped. Refusals are worded as InfluxDB
 * words them. */
#ifndef CT_INFLUX_PARSE_H
#define CT_INFLUX_PARSE_H

#include "influx_ast.h"
#include "status.h"

#define CT_INFLUX_TEXT_BYTES_MAX ((size_t)1 << 20)
#define CT_INFLUX_DEPTH_MAX      64    /* of parentheses, calls and subqueries together */
#define CT_INFLUX_NODES_MAX      10000 /* terms and operators: trees may be as deep as half of it */
#define CT_INFLUX_LIST_MAX       4096 /* fields, sources, dimensions, arguments, keys, statements */

enum ct_influx_parameter_kind {
    CT_PARAMETER_STRING,
    CT_PARAMETER_INTEGER,
    CT_PARAMETER_NUMBER,
    CT_PARAMETER_BOOLEAN,
    CT_PARAMETER_REGEX,      /* {"regex": "..."} */
    CT_PARAMETER_DURATION,   /* {"duration": "..."}, as text */
    CT_PARAMETER_IDENTIFIER, /* {"identifier": "..."} */
};

/* What stands for $name. */
struct ct_influx_parameter {
    struct ct_text name;
    enum ct_influx_parameter_kind kind;
    struct ct_text text; /* as it would be written, quotes and slashes apart; "true", "false" */
};

/* Parses all statements. The tree lives in the arena and borrows from `text` and `parameters`.
 * Errors: CT_PARSE, "error parsing query: found X, expected Y at line L, char C"; CT_LIMIT;
 * CT_NO_MEMORY. */
ct_status ct_influx_parse(struct ct_text text, const struct ct_influx_parameter *parameters,
                          uint32_t parameter_count, struct ct_arena *arena,
                          struct ct_influx_query *out, struct ct_error *err) CT_MUST_USE;

/* "1h30m" to nanoseconds; weeks to ns, u and µ for microseconds. CT_PARSE, CT_RANGE. */
ct_status ct_influx_duration_parse(struct ct_text text, int64_t *out_ns) CT_MUST_USE;

#endif
