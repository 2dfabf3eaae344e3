/* From a cell to the value of a result column, for every function. Layer query, for its own files
 * only. */
#ifndef CT_OUTPUTS_H
#define CT_OUTPUTS_H

#include "scan_work.h"
#include "series_scan.h"

struct ct_outputs {
    const struct ct_work *work;
    const struct ct_cells *cells;
    const struct ct_series_scan *series;
    struct ct_result *result;
};

/* Brings lists of values into order; before the first value is put. */
ct_status ct_outputs_prepare(const struct ct_outputs *outputs, struct ct_error *err) CT_MUST_USE;

/* Type of the column that shows an output of the plan, and whether it is money. */
void ct_outputs_type(const struct ct_plan *plan, uint32_t output, struct ct_result_column *column);

/* Puts an output's value of a cell, or null, into a row of a column. */
ct_status ct_outputs_put(const struct ct_outputs *outputs, uint32_t output, uint32_t cell,
                         uint32_t column, uint64_t row, struct ct_error *err) CT_MUST_USE;

#endif
