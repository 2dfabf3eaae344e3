/* What depends on the samples of a series in the order of time: increase, rate, integral. Layer
 * query, for its own files only.
 *
 * A second pass over rows of its own: a series may stand in several sources, and in each several
 * times, so its samples are collected first, then put in order, series by series. It may begin
 * before the query's range, for the sample before the first. One thread, and 32 bytes for each
 * sample, within the query's limits. */
#ifndef CT_SERIES_SCAN_H
#define CT_SERIES_SCAN_H

#include "scan_work.h"

/* One output in one cell. */
struct ct_series_sum {
    uint64_t count; /* contributions; 0: null */
    struct ct_decimal_sum exact;
    double floating;
};

struct ct_series_output {
    struct ct_series_sum *sums; /* by cell; those past sum_cap are empty */
    size_t sum_cap;
};

struct ct_series_scan {
    const struct ct_work *base; /* whose groups, buckets and range count; NULL: nothing to do */
    struct ct_work rows;        /* what is read */
    struct ct_series_output *outputs; /* by output of the plan */
};

/* Before the base's workers are made: it may see groups that they do not. On failure, and where the
 * plan needs no series, it is empty. */
ct_status ct_series_scan_init(struct ct_series_scan *scan, struct ct_work *base,
                              struct ct_snapshot *snapshot, struct ct_error *err) CT_MUST_USE;
void ct_series_scan_deinit(struct ct_series_scan *scan);

/* Fills `outputs`, making cells where there are none yet, and notes currencies in the worker that
 * holds them. */
ct_status ct_series_scan_run(struct ct_series_scan *scan, struct ct_worker *worker,
                             struct ct_error *err) CT_MUST_USE;

/* NULL where the cell has none. */
const struct ct_series_sum *ct_series_sum_of(const struct ct_series_scan *scan, uint32_t output,
                                             uint32_t cell);

#endif
