/* One column of a block of a rollup's cells into the cells of a query. */
#include "cells.h"

static ct_status add_sums(struct ct_cell_field *field, const struct ct_cell_column *column,
                          const uint32_t *targets, uint32_t count, struct ct_error *err)
{
    const struct ct_vector *sums = &column->sum;
    for (uint32_t i = 0; i < count; i++) {
        if (column->counts[i] == 0)
            continue;
        if (field->floating) {
            field->floating[targets[i]] += sums->float64[i];
            continue;
        }
        const ct_int128 mantissa = sums->wide ? sums->wide[i] : sums->narrow[i];
        const uint8_t scale = sums->scales ? sums->scales[i] : sums->scale;
        CT_TRY(ct_cell_add_mantissa(&field->exact[targets[i]], mantissa, scale, err));
    }
    return CT_OK;
}

static void add_range(struct ct_cell_field *field, const struct ct_cell_column *column,
                      uint32_t target, uint32_t i)
{
    const bool has_value = field->counts[target] > 0;
    if (field->min) {
        const struct ct_value value = ct_vector_value(&column->min, i);
        ct_cell_lower(&field->min[target], has_value, &value);
    }
    if (field->max) {
        const struct ct_value value = ct_vector_value(&column->max, i);
        ct_cell_raise(&field->max[target], has_value, &value);
    }
}

static ct_status add_times(const struct ct_cells *cells, struct ct_cell_field *field,
                           const struct ct_cell_column *column, uint32_t target, uint32_t i,
                           struct ct_error *err)
{
    const bool has_value = field->counts[target] > 0;
    const struct ct_allocator *allocator = cells->plan->allocator;
    if (field->first) {
        const struct ct_value value = ct_vector_value(&column->first, i);
        CT_TRY(ct_cell_time(&field->first[target], has_value, false, column->first_times_ns[i],
                            &value, allocator, err));
    }
    if (field->last) {
        const struct ct_value value = ct_vector_value(&column->last, i);
        CT_TRY(ct_cell_time(&field->last[target], has_value, true, column->last_times_ns[i], &value,
                            allocator, err));
    }
    return CT_OK;
}

ct_status ct_cells_add_column(struct ct_cells *cells, uint32_t field_index,
                              const struct ct_cell_column *column, const uint32_t *targets,
                              uint32_t count, struct ct_error *err)
{
    struct ct_cell_field *field = &cells->fields[field_index];
    if (field->exact || field->floating)
        CT_TRY(add_sums(field, column, targets, count, err));
    const bool has_more = field->min || field->max || field->first || field->last ||
                          ct_cell_looks_at_values(field->needs);
    for (uint32_t i = 0; i < count; i++) {
        if (has_more && column->counts[i] > 0) {
            add_range(field, column, targets[i], i);
            CT_TRY(add_times(cells, field, column, targets[i], i, err));
            CT_TRY(ct_cell_values_add_stored(cells, field, targets[i], column, i, err));
        }
        field->counts[targets[i]] += (uint64_t)column->counts[i];
    }
    return CT_OK;
}
