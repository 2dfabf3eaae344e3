/* Rows and values for time buckets that have none. Layer query, for its own files only. */
#ifndef CT_FILL_H
#define CT_FILL_H

#include "scan_work.h"
#include "series_scan.h"

struct ct_fill_context {
    const struct ct_work *work;
    const struct ct_cells *cells;
    const struct ct_series_scan *series;
};

/* Whether a field that is asked for has a value in the cell; true where none is asked for. */
bool ct_fill_has_value(const struct ct_fill_context *context, uint32_t cell);

/* groups[group] = 1 where it has a cell, or one with a value. */
void ct_fill_mark_groups(const struct ct_fill_context *context, bool wants_values, uint8_t *groups);

/* Makes the cells that are missing (`cells`: the context's). CT_LIMIT past the plan's rows. */
ct_status ct_fill_cells(const struct ct_fill_context *context, struct ct_cells *cells,
                        struct ct_error *err) CT_MUST_USE;

/* Fills columns of outputs from first_column on as the query says. Rows stand by bucket, then by
 * group, every group in every bucket; cells[row] is the row's. */
ct_status ct_fill_values(const struct ct_fill_context *context, struct ct_result *result,
                         uint32_t first_column, const uint32_t *cells, uint64_t row_count,
                         struct ct_error *err) CT_MUST_USE;

#endif
