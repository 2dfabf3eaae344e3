/* The logical query: what is asked, in names, and nothing of how it is answered. Layer query; for
 * every front end (text, JSON, C structs), for planners that choose rollups, and for executors
 * elsewhere.
 *
 * All texts and arrays are borrowed from the caller for the call. Meaning:
 *   - A missing tag is the value "": it is grouped under "" and matched by "". One exception: in a
 * table with a money field a missing `currency` is the table's default currency, in filters and
 * groups alike.
 *   - A missing field is no value: not counted, not summed. A sum, mean, min, max, first or last of
 * no value is null; a count is 0.
 *   - Without tags and time buckets an aggregation has exactly one row, also over nothing. With
 * them it has a row for each combination that has rows.
 *   - An unknown table or field is CT_NOT_FOUND; an unknown tag is one that no row has.
 *   - sum, mean, min, max of money in more than one currency is CT_CURRENCY, unless grouped by
 * `currency` or filtered to one: those count whose rows match and have a value in the field.
 *   - Rows of a result are sorted by its columns from left to right (time, tags, values), or by
 * `order` first: so the order is the same whatever the plan. Nulls come last, ascending or
 * descending. */
#ifndef CT_QUERY_H
#define CT_QUERY_H

#include "alloc.h"
#include "catalog.h"
#include "result.h"
#include "scan.h"

#define CT_QUERY_TAGS_MAX         64
#define CT_QUERY_FIELDS_MAX       1024 /* aggregates, or fields of a selection of rows */
#define CT_QUERY_FILTER_DEPTH_MAX 32
#define CT_QUERY_FILTER_NODES_MAX 10000
#define CT_QUERY_ROWS_MAX         10000000u /* default of options.rows_max */

/* How values become one.
 *   sum    exact for decimals and integers, a decimal; double for floats (1e-12 of the sum of
 * magnitudes). A column of integers gives a decimal with no digits after the point. mean   exact
 * sum / count, half to even, with 6 digits more after the point than the sum has (trailing zeros do
 * not count), at most 38; double for floats. first, last  the value with the smallest, largest
 * time; of several at that time the largest value. count  of values; with an empty field name, of
 * rows. sum, mean, min, max need numbers: CT_TYPE for strings and bools. */
enum ct_function {
    CT_COUNT = 0,
    CT_SUM = 1,
    CT_MEAN = 2,
    CT_MIN = 3,
    CT_MAX = 4,
    CT_FIRST = 5,
    CT_LAST = 6,
    CT_FIRST_TIME = 7,
    CT_LAST_TIME = 8,
};
#define CT_FUNCTION_COUNT 9

/* "count", "sum", ...: static text. */
const char *ct_function_name(enum ct_function function);

struct ct_aggregate {
    enum ct_function function;
    struct ct_text field;
    struct ct_text name; /* of the result column; empty: "sum_cost_usd", "count" */
};

/* A condition on tags, as a tree. */
enum ct_filter_kind {
    CT_FILTER_AND = 0, /* all of children; none: true */
    CT_FILTER_OR = 1,  /* one of children; none: false */
    CT_FILTER_NOT = 2, /* not its one child */
    CT_FILTER_IN = 3,  /* the tag has one of values; "" is a missing tag */
};

struct ct_filter {
    enum ct_filter_kind kind;
    const struct ct_filter *children;
    uint32_t child_count;
    struct ct_text tag;
    const struct ct_text *values;
    uint32_t value_count;
};

struct ct_order {
    struct ct_text column; /* name of a result column; empty: none */
    bool is_descending;
};

enum ct_query_mode {
    CT_QUERY_AGGREGATE = 0, /* columns: time (where bucket_ns > 0), tags, aggregates */
    CT_QUERY_ROWS = 1,      /* columns: time, tags, fields */
};

struct ct_query {
    struct ct_text database; /* empty: "default" */
    struct ct_text table;
    enum ct_query_mode mode;
    const struct ct_aggregate *aggregates;
    uint32_t aggregate_count;
    const struct ct_text *fields; /* of CT_QUERY_ROWS */
    uint32_t field_count;
    const struct ct_text *tags; /* grouped by, or selected */
    uint32_t tag_count;
    const struct ct_filter *filter; /* NULL: all */
    int64_t start_ns, end_ns;       /* start <= time < end; end INT64_MAX includes it */
    int64_t bucket_ns;              /* width of time buckets; 0: none */
    int64_t origin_ns;              /* a time at which a bucket begins */
    struct ct_order order;
    uint64_t limit;   /* rows of the result, after ordering; 0: all */
    bool skips_empty; /* leaves out rows of the result in which every field's value is null (a count
                         of 0) */
};

/* All zero is the default. */
struct ct_query_options {
    uint32_t
        threads; /* workers, the caller's thread among them; 0, 1: no other thread. At most 64 */
    uint64_t rows_max;   /* of the result, or of the groups on the way to it; 0: CT_QUERY_ROWS_MAX.
                            Beyond: CT_LIMIT */
    size_t memory_bytes; /* for groups and the result; 0: no limit. Beyond: CT_LIMIT */
    const _Atomic bool *is_cancelled; /* looked at once a block; NULL: never. Then CT_CANCELLED */
    bool ignores_stats;               /* decodes every block: for measuring and for checking */
    bool ignores_rollups;             /* reads rows, never cells: the same answer, slower */
};

/* Answers the query from the snapshot. The result is the caller's (ct_result_destroy) and
 * independent of the snapshot. What is exact (see ct_function) does not depend on `threads`.
 * Threads: any, each with its own snapshot or sharing one. Errors: CT_NOT_FOUND, CT_TYPE,
 * CT_INVALID, CT_CURRENCY, CT_LIMIT, CT_RANGE (a sum past 256 bits), CT_CANCELLED, and those of
 * reading. */
ct_status ct_query_run(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                       const struct ct_allocator *allocator, const struct ct_query *query,
                       const struct ct_query_options *options, struct ct_result **out,
                       struct ct_error *err) CT_MUST_USE;

#endif
