/* What a query reads: the sources that hold wanted series, cut into tasks for threads. Layer query,
 * for its own files only.
 *
 * Everything here is made by one thread before the workers start and is only read by them. */
#ifndef CT_SCAN_WORK_H
#define CT_SCAN_WORK_H

#include "billing.h"
#include "buckets.h"
#include "cells.h"
#include "filter.h"
#include "grouping.h"

#define CT_WORKERS_MAX 64

struct ct_work_source {
    struct ct_source *source;
    uint8_t *selected; /* by position; NULL: all */
    uint8_t *certain;  /* by position: every row passes; NULL where no condition is on a field */
    uint32_t *groups;  /* by position; NULL: all are group 0, or rows are wanted */
    const uint32_t *currencies; /* codes by position, where they are checked; borrowed */
    int64_t *months_ns;         /* by position, as billing.h has it; NULL: by charge */
    uint64_t bound;             /* rows, or cells, to read at most */
    bool has_cells;             /* of a rollup: positions are those of its groups */
};

struct ct_work_task {
    uint32_t source; /* index */
    uint32_t first_unit, end_unit;
};

struct ct_work {
    const struct ct_plan *plan;
    const struct ct_query_options *options;
    struct ct_scan *scan;
    struct ct_filter_program filter;
    struct ct_billing billing;
    struct ct_grouping grouping;
    struct ct_grouping *shared_grouping; /* of another work, in place of its own; or NULL */
    unsigned *keeps;                     /* by the plan's fields, for cursors over cells */
    struct ct_buckets buckets;
    struct ct_work_source *sources;
    uint32_t source_count;
    struct ct_work_task *tasks;
    size_t task_count, task_cap;
    uint32_t worker_count;
    bool is_narrowed; /* series are left out that the filter lets through: top_groups.h */
    uint32_t
        missing_currency;  /* code that stands for no currency tag, where currencies are checked */
    int64_t first_bucket;  /* of the time range */
    uint64_t bucket_count; /* 0: unknown or many */
    int64_t *edges;        /* of calendar buckets, owned */
    int64_t deadline_ns;   /* of the options' clock; INT64_MAX: none */
};

/* Opens the scan and prepares all. On failure it is empty. */
ct_status ct_work_init(struct ct_work *work, const struct ct_plan *plan,
                       struct ct_snapshot *snapshot, const struct ct_query_options *options,
                       struct ct_error *err) CT_MUST_USE;
void ct_work_deinit(struct ct_work *work);

/* Buckets and an empty grouping of the plan, and nothing to read: for cells that come from another
 * work. */
ct_status ct_work_init_empty(struct ct_work *work, const struct ct_plan *plan,
                             struct ct_snapshot *snapshot, const struct ct_query_options *options,
                             struct ct_error *err) CT_MUST_USE;

/* The same rows, and from start_ns on, never as cells; groups are numbered as the base's, which may
 * get more of them. */
ct_status ct_work_init_rows(struct ct_work *work, struct ct_work *base,
                            struct ct_snapshot *snapshot, int64_t start_ns,
                            struct ct_error *err) CT_MUST_USE;

/* CT_CANCELLED where the caller wants no more, CT_LIMIT where the time is up. */
ct_status ct_work_check(const struct ct_work *work, struct ct_error *err) CT_MUST_USE;

/* A cursor for one task. */
ct_status ct_work_cursor(const struct ct_work *work, const struct ct_work_task *task,
                         struct ct_cursor **out, struct ct_error *err) CT_MUST_USE;

/* One thread's share: tasks i with i % worker_count == number. */
struct ct_worker {
    const struct ct_work *work;
    uint32_t number;
    struct ct_cells cells;
    uint8_t *currency_seen; /* by code, where currencies are checked */
    uint32_t currency_end;
    struct ct_result_stats stats;
    ct_status status;
    struct ct_error error;
};

ct_status ct_worker_init(struct ct_worker *worker, const struct ct_work *work, uint32_t number,
                         struct ct_error *err) CT_MUST_USE;
void ct_worker_deinit(struct ct_worker *worker);

/* Aggregates the worker's tasks into its cells; the outcome is in status and error. */
void ct_worker_run(struct ct_worker *worker);

/* Adds all cells that a cursor over a source of cells gives. */
ct_status ct_worker_add_cells(struct ct_worker *worker, const struct ct_work_source *source,
                              struct ct_cursor *cursor, struct ct_error *err) CT_MUST_USE;

/* Bits of ct_keep for bits of ct_need. */
unsigned ct_keeps_of(unsigned needs);

/* Selects rows into the result, unsorted but no more than the query's limit wants, in this thread.
 */
ct_status ct_work_select_rows(const struct ct_work *work, struct ct_result *result,
                              struct ct_error *err) CT_MUST_USE;

struct ct_series_scan;

/* Fills result from cells and what series gave: columns, order, limit. */
ct_status ct_work_finish(const struct ct_work *work, const struct ct_cells *cells,
                         const struct ct_series_scan *series, struct ct_result *result,
                         struct ct_error *err) CT_MUST_USE;

/* Name and type of result columns for the plan's tags, from `first` on. */
ct_status ct_work_tag_columns(const struct ct_work *work, struct ct_result *result, uint32_t first,
                              struct ct_error *err) CT_MUST_USE;

/* The order that the query wants, for rows that are or are not in the order of their columns
 * already. */
ct_status ct_work_order(const struct ct_work *work, const struct ct_result *result,
                        bool keeps_row_order, struct ct_result_order *out,
                        struct ct_error *err) CT_MUST_USE;

/* Puts a value into a row of a result's column; strings are copied. */
ct_status ct_result_put(struct ct_result *result, uint32_t column, uint64_t row,
                        const struct ct_value *value, struct ct_error *err) CT_MUST_USE;

void ct_result_put_null(struct ct_result_column *column, uint64_t row);

#endif
