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

/* What a caller may do with a database. */
struct ct_influx_grant {
    struct ct_text database; /* "*": every one */
    bool reads, writes;
};

/* All zero is the default. What it points to lives as long as the answer. */
struct ct_influxql_options {
    struct ct_text database;  /* of statements that name none; empty: they fail */
    struct ct_text retention; /* of sources that name none; empty: the only one */
    int64_t now_ns;           /* what now() is */
    const struct ct_influx_parameter *parameters;
    uint32_t parameter_count;
    /* What the caller has no grant for does not exist: it is never shown, and named it is answered
     * as a name that nobody has. */
    bool is_limited;
    const struct ct_influx_grant *grants; /* where is_limited */
    uint32_t grant_count;
    bool is_read_only;   /* CREATE, DROP and DELETE are refused */
    bool is_get;         /* asked as GET of HTTP asks: DROP and DELETE are refused, CREATE warns */
    uint64_t rows_max;   /* that a statement reads, or answers; 0: CT_INFLUXQL_ROWS_MAX */
    size_t memory_bytes; /* of the answer at any time; 0: no limit */
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

/* How InfluxDB cuts a result for clients that take it in chunks. */
enum ct_influx_chunks {
    CT_CHUNKS_ROWS,   /* so many rows of a series */
    CT_CHUNKS_SERIES, /* a series each */
    CT_CHUNKS_NONE
};

/* Of one statement. */
struct ct_influxql_result {
    uint32_t statement_id;
    struct ct_influxql_series *series;
    uint32_t series_count;
    enum ct_influx_chunks chunks;
    struct ct_text error;            /* empty: none */
    struct ct_text warning;          /* empty: none */
    const struct ct_time_zone *zone; /* that tz() says times are shown in; NULL: UTC */
    struct ct_time_zone **zones;     /* owned */
    uint32_t zone_count;
};

/* Statements being answered, one after another. */
struct ct_influxql_answer {
    struct ct_influxql_result result; /* of the last that was run */
    struct ct_store *store;
    struct ct_influxql_options options;
    struct ct_influx_query query;
    struct ct_arena tree, arena; /* of the query; of the result */
    uint32_t next;               /* statement */
    bool has_failed;
    struct ct_allocator_counting memory; /* what all of it comes from */
    const struct ct_allocator *allocator;
};

/* Reads the statements; none is run yet.
 * Owns    *out is the caller's until ct_influxql_end; text and options are borrowed until then.
 * Errors  CT_PARSE ("error parsing query: ..."), CT_LIMIT of the text, CT_NO_MEMORY. */
ct_status ct_influxql_begin(struct ct_store *store, struct ct_text text,
                            const struct ct_influxql_options *options,
                            const struct ct_allocator *allocator, struct ct_influxql_answer **out,
                            struct ct_error *err) CT_MUST_USE;

/* Runs the next statement; after one that failed the others are "not executed". *is_there: false
 * where all have been run. The result lives until the next call.
 * Errors  CT_NO_MEMORY; of the statement: in its result. */
ct_status ct_influxql_next(struct ct_influxql_answer *answer, bool *is_there,
                           struct ct_error *err) CT_MUST_USE;
void ct_influxql_end(struct ct_influxql_answer *answer); /* NULL is fine */

#endif
