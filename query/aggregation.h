/* From work to the cells of all its rows, and from cells to a result. Layer query, for its own
 * files only. */
#ifndef CT_AGGREGATION_H
#define CT_AGGREGATION_H

#include "scan_work.h"
#include "series_scan.h"

struct ct_aggregation {
    const struct ct_work *work;
    struct ct_worker *workers; /* the first one's cells are those of all */
};

/* Adds up with all workers, and notes in the result's statistics what was read. On failure it is
 * empty. */
ct_status ct_aggregation_run(struct ct_aggregation *aggregation, const struct ct_work *work,
                             struct ct_series_scan *series, struct ct_result *result,
                             struct ct_error *err) CT_MUST_USE;
void ct_aggregation_deinit(struct ct_aggregation *aggregation);

/* Fills the result from cells of the work's plan: gaps, order, limit. */
ct_status ct_aggregation_finish(const struct ct_work *work, struct ct_cells *cells,
                                const struct ct_series_scan *series, struct ct_result *result,
                                struct ct_error *err) CT_MUST_USE;

#endif
