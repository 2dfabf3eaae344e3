/* InfluxQL over a store: text in, results in the shapes of InfluxDB 1.x out. Layer influxql; for
 * api, which adds JSON and CSV.
 *
 * Supported: SELECT with aggregates, selectors, transformations, arithmetic, subqueries, GROUP BY
 * time() and tags, fill, limits and tz; SHOW of databases, measurements, tag keys and values, field
 * keys, series, retention policies, users, queries, and cardinalities; CREATE DATABASE; DROP
 * DATABASE, MEASUREMENT, SERIES; DELETE. What InfluxDB has beyond that is refused by name, in the
 * result of that statement. Where centime differs on purpose, tests/influx/differences.txt says so.
 *
 * A table is a measurement; a database has one retention policy, "autogen", which keeps rows as the
 * tables say. Money and other decimals are exact from the store to the answer.
 *
 * A statement reads one snapshot. Threads: any number of calls at once. */
#ifndef CT_INFLUXQL_H
#define CT_INFLUXQL_H

#include "influx_parse.h"
#include "result.h"
#include "store.h"
#include "time_zone.h"

#define CT_INFLUXQL_ROWS_MAX   10000000u /* default of options.rows_max */
#define CT_INFLUXQL_SERIES_MAX 1000000u  /* of one statement's result */

/* All zero is the default. */
struct ct_influxql_options {
    struct ct_text database; /* of statements that name none; empty: they fail */
    int64_t now_ns;          /* what now() is */
    const struct ct_influx_parameter *parameters;
    uint32_t parameter_count;
    bool is_read_only;   /* CREATE, DROP and DELETE are refused */
    uint64_t rows_max;   /* that a statement reads, or answers; 0: CT_INFLUXQL_ROWS_MAX */
    size_t memory_bytes; /* of one call; 0: no limit */
    uint32_t threads;    /* as of ct_query_options */
    const _Atomic bool *is_cancelled; /* NULL: never */
    struct ct_io *zone_files;         /* the system's, for tz(); NULL: UTC only */
};

struct ct_influxql_tag {
    struct ct_text key, value;
};

/* Rows of one measurement and tag set. */
struct ct_influxql_series {
    struct ct_text name;                /* empty: none is shown */
    const struct ct_influxql_tag *tags; /* sorted by key */
    uint32_t tag_count;
    struct ct_result *rows; /* a column of type CT_RESULT_TIME is shown as the client asks */
};

/* Of one statement. */
struct ct_influxql_result {
    uint32_t statement_id;
    struct ct_influxql_series *series;
    uint32_t series_count;
    struct ct_text error;            /* empty: none */
    const struct ct_time_zone *zone; /* that tz() says times are shown in; NULL: UTC */
    struct ct_time_zone **zones;     /* owned */
    uint32_t zone_count;
};

struct ct_influxql_answer {
    struct ct_influxql_result *results;
    uint32_t result_count;
    struct ct_arena arena;
    struct ct_allocator_counting memory; /* what all of it comes from */
    const struct ct_allocator *allocator;
};

/* Runs all statements, each with its result; after one that fails the others are "not executed".
 * Owns    *out is the caller's until ct_influxql_answer_destroy, independent of the store.
 * Errors  CT_PARSE ("error parsing query: ..."), CT_LIMIT of the text, CT_NO_MEMORY; of statements:
 *         in their results. */
ct_status ct_influxql_run(struct ct_store *store, struct ct_text text,
                          const struct ct_influxql_options *options,
                          const struct ct_allocator *allocator, struct ct_influxql_answer **out,
                          struct ct_error *err) CT_MUST_USE;
void ct_influxql_answer_destroy(struct ct_influxql_answer *answer); /* NULL is fine */

#endif
