/* A row into the columns of its table: the hot path of all that comes in.
 *
 * Two walks over its values: the first makes sure that every column is ready for this row, which
 * all but the first of many are; the second writes, and cannot fail. */
#include "intake_detail.h"

#define ROWS_CAP_MIN ((uint32_t)256)

static bool grow_table(struct ct_intake *intake, struct ct_batch_table *table)
{
    const uint32_t cap = table->row_cap ? table->row_cap * 2 : ROWS_CAP_MIN;
    uint32_t *series = ct_resize(intake->allocator, table->series, cap * sizeof *series);
    if (!series)
        return false;
    table->series = series;
    int64_t *times_ns = ct_resize(intake->allocator, table->times_ns, cap * sizeof *times_ns);
    if (!times_ns)
        return false;
    table->times_ns = times_ns;
    table->row_cap = cap;
    return true;
}

static bool wants_wide(const struct ct_batch_column *column, const struct ct_row_value *value)
{
    return column->type == CT_DECIMAL && value->is_wide && !column->wide;
}

static bool is_ready(const struct ct_batch_column *column, const struct ct_row_value *value,
                     uint32_t row)
{
    return column->filled == row && row < column->row_cap && !wants_wide(column, value);
}

static __attribute__((noinline)) bool make_ready(struct ct_intake *intake,
                                                 const struct ct_batch_table *table,
                                                 struct ct_batch_column *column,
                                                 const struct ct_row_value *value)
{
    return ct_batch_column_reserve(column, intake->allocator, table->row_cap) &&
           ct_batch_column_fill_gap(column, intake->allocator, table->row_count) &&
           (!wants_wide(column, value) || ct_batch_column_widen(column, intake->allocator));
}

static inline void put_decimal(struct ct_batch_column *column, uint32_t row,
                               const struct ct_row_value *value)
{
    column->scales[row] = value->scale;
    if (__builtin_expect(column->wide != NULL, 0))
        column->wide[row] = value->is_wide ? value->wide : value->narrow;
    else
        column->narrow[row] = value->narrow;
}

static inline void put(struct ct_batch_column *column, uint32_t row,
                       const struct ct_row_value *value)
{
    switch (column->type) {
    case CT_FLOAT64:
        column->float64[row] = value->float64;
        break;
    case CT_INT64:
        column->int64[row] = value->int64;
        break;
    case CT_UINT64:
        column->uint64[row] = value->uint64;
        break;
    case CT_BOOL:
        column->boolean[row] = value->boolean;
        break;
    case CT_STRING:
        column->string[row] = value->string;
        break;
    case CT_DECIMAL:
        put_decimal(column, row, value);
        break;
    }
    if (column->present)
        column->present[row] = 1;
    column->values += column->filled == row; /* not where the row has written it before */
    column->filled = row + 1;
}

ct_status ct_intake_row(struct ct_intake *intake, uint32_t table, uint32_t series, int64_t time_ns,
                        const struct ct_row_value *values, uint32_t value_count,
                        struct ct_error *err)
{
    CT_ASSERT(table < intake->table_count);
    struct ct_batch_table *batch = &intake->tables[table];
    const uint32_t row = batch->row_count;
    if (__builtin_expect(intake->row_count >= CT_BATCH_ROWS_MAX, 0))
        return ct_fail(err, CT_LIMIT, "more than %u rows in one batch", CT_BATCH_ROWS_MAX);
    if (__builtin_expect(row == batch->row_cap, 0) && !grow_table(intake, batch))
        return ct_intake_no_memory(err);
    for (uint32_t i = 0; i < value_count; i++) {
        struct ct_batch_column *column = &batch->columns[values[i].column];
        if (__builtin_expect(!is_ready(column, &values[i], row), 0) &&
            !make_ready(intake, batch, column, &values[i]))
            return ct_intake_no_memory(err);
    }
    for (uint32_t i = 0; i < value_count; i++)
        put(&batch->columns[values[i].column], row, &values[i]);
    batch->series[row] = series;
    batch->times_ns[row] = time_ns;
    batch->row_count = row + 1;
    intake->row_count++;
    return CT_OK;
}
