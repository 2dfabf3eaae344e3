#include "fill.h"
#include "computed.h"
#include "exact_math.h"

#define DIGITS_MORE    6
#define ROWS_PER_CHECK 1024

bool ct_fill_has_value(const struct ct_fill_context *context, uint32_t cell)
{
    const struct ct_plan *plan = context->work->plan;
    for (uint32_t i = 0; i < plan->field_count; i++)
        if (context->cells->fields[i].counts[cell] > 0)
            return true;
    for (uint32_t i = 0; plan->needs_series && i < plan->query->aggregate_count; i++)
        if (ct_series_sum_of(context->series, i, cell))
            return true;
    return plan->field_count == 0;
}

void ct_fill_mark_groups(const struct ct_fill_context *context, bool wants_values, uint8_t *groups)
{
    for (uint32_t cell = 0; cell < context->cells->cell_count; cell++)
        if (!wants_values || ct_fill_has_value(context, cell))
            groups[context->cells->groups[cell]] = 1;
}

/* -- Cells ------------------------------------------------------------------------------------ */

struct bucket_range {
    int64_t first, last;
};

/* Those of the query's range; where that is open, those that have cells. */
static struct bucket_range range_of(const struct ct_fill_context *context)
{
    const struct ct_query *query = context->work->plan->query;
    const struct ct_cells *cells = context->cells;
    struct bucket_range range = {INT64_MAX, INT64_MIN};
    for (uint32_t cell = 0; cell < cells->cell_count; cell++) {
        range.first = cells->buckets[cell] < range.first ? cells->buckets[cell] : range.first;
        range.last = cells->buckets[cell] > range.last ? cells->buckets[cell] : range.last;
    }
    if (cells->cell_count && query->start_ns != INT64_MIN)
        range.first = ct_bucket_number(&context->work->buckets, query->start_ns);
    if (cells->cell_count && query->end_ns != INT64_MAX)
        range.last = ct_bucket_number(&context->work->buckets, query->end_ns - 1);
    return range;
}

static ct_status fill_groups(const struct ct_fill_context *context, struct ct_cells *cells,
                             const uint8_t *groups, uint32_t group_count, struct ct_error *err)
{
    const struct bucket_range range = range_of(context);
    for (int64_t bucket = range.first; bucket <= range.last; bucket++) {
        if ((bucket - range.first) % ROWS_PER_CHECK == 0)
            CT_TRY(ct_work_check(context->work, err));
        uint32_t cell;
        for (uint32_t group = 0; group < group_count; group++)
            if (groups[group])
                CT_TRY(ct_cells_find(cells, group, bucket, &cell, err));
    }
    return CT_OK;
}

ct_status ct_fill_cells(const struct ct_fill_context *context, struct ct_cells *cells,
                        struct ct_error *err)
{
    const struct ct_plan *plan = context->work->plan;
    const uint32_t group_count = plan->query->tag_count ? context->work->grouping.group_count : 1;
    uint8_t *groups = ct_alloc_zeroed(plan->allocator, (size_t)group_count + 1, 1);
    if (!groups)
        return ct_cell_no_memory(err);
    ct_fill_mark_groups(context, plan->query->skips_empty, groups);
    const ct_status status = fill_groups(context, cells, groups, group_count, err);
    ct_release(plan->allocator, groups);
    return status;
}

/* -- Values ----------------------------------------------------------------------------------- */

/* One column of one group: every group_count-th row. */
struct strand {
    const struct ct_query *query;
    struct ct_result_column *column;
    const int64_t *times_ns; /* by row: start of the bucket */
    const uint8_t *is_empty; /* by row */
    uint64_t first, step, row_count;
};

static void copy_value(struct ct_result_column *column, uint64_t from, uint64_t to)
{
    const size_t bytes = ct_result_value_bytes(column->type);
    char *values = column->values;
    memcpy(values + to * bytes, values + from * bytes, bytes);
    column->is_null[to] = column->is_null[from];
}

static void fill_previous(const struct strand *strand)
{
    uint64_t before = strand->row_count;
    for (uint64_t row = strand->first; row < strand->row_count; row += strand->step) {
        if (!strand->is_empty[row])
            before = row;
        else if (before < strand->row_count)
            copy_value(strand->column, before, row);
    }
}

static bool is_number(enum ct_result_type type)
{
    return type == CT_RESULT_INT64 || type == CT_RESULT_UINT64 || type == CT_RESULT_FLOAT64 ||
           type == CT_RESULT_DECIMAL;
}

ct_status ct_result_exact(const struct ct_result_column *column, uint64_t row,
                          struct ct_decimal_sum *out)
{
    *out = (struct ct_decimal_sum){0};
    if (column->type == CT_RESULT_DECIMAL)
        *out = column->decimal[row];
    else if (column->type == CT_RESULT_UINT64)
        return ct_decimal_sum_add(out, column->uint64[row], 0);
    else
        return ct_decimal_sum_add(out, column->int64[row], 0);
    return CT_OK;
}

/* Puts a number into a column of an exact type. */
static ct_status put_exact(struct ct_result_column *column, uint64_t row,
                           const struct ct_decimal_sum *value, struct ct_error *err)
{
    column->is_null[row] = 0;
    if (column->type == CT_RESULT_DECIMAL) {
        column->decimal[row] = *value;
        return CT_OK;
    }
    struct ct_decimal whole;
    const bool is_signed = column->type == CT_RESULT_INT64;
    const ct_int128 min = is_signed ? INT64_MIN : 0;
    const ct_int128 max = is_signed ? (ct_int128)INT64_MAX : (ct_int128)UINT64_MAX;
    if (ct_decimal_sum_value(value, &whole) != CT_OK ||
        ct_decimal_rescale(whole, 0, &whole) != CT_OK || whole.mantissa < min ||
        whole.mantissa > max)
        return ct_fail(err, CT_RANGE,
                       "column \"%.*s\" is of integers: it cannot be filled with that",
                       (int)(column->name.len < 80 ? column->name.len : 80), column->name.bytes);
    column->uint64[row] = (uint64_t)whole.mantissa;
    return CT_OK;
}

static ct_status fill_with_value(const struct strand *strand, struct ct_error *err)
{
    struct ct_result_column *column = strand->column;
    struct ct_decimal_sum value = {0};
    if (ct_decimal_sum_add(&value, strand->query->fill_value.mantissa,
                           strand->query->fill_value.scale) != CT_OK)
        return ct_fail(err, CT_RANGE, "a fill value of more than 38 digits");
    for (uint64_t row = strand->first; row < strand->row_count; row += strand->step) {
        if (!strand->is_empty[row])
            continue;
        if (column->type != CT_RESULT_FLOAT64) {
            CT_TRY(put_exact(column, row, &value, err));
            continue;
        }
        column->is_null[row] = 0;
        column->float64[row] = ct_decimal_to_double(strand->query->fill_value);
    }
    return CT_OK;
}

/* (left x (end - t) + right x (t - start)) / (end - start), with one rounding. */
static ct_status interpolate_exact(const struct strand *strand, uint64_t left, uint64_t right,
                                   uint64_t row, struct ct_error *err)
{
    struct ct_result_column *column = strand->column;
    const uint64_t before = (uint64_t)strand->times_ns[row] - (uint64_t)strand->times_ns[left];
    const uint64_t after = (uint64_t)strand->times_ns[right] - (uint64_t)strand->times_ns[row];
    struct ct_decimal_sum low;
    struct ct_decimal_sum high;
    ct_status status = ct_result_exact(column, left, &low);
    if (status == CT_OK)
        status = ct_result_exact(column, right, &high);
    const unsigned low_digits = ct_exact_digits(&low);
    const unsigned high_digits = ct_exact_digits(&high);
    unsigned scale = (low_digits > high_digits ? low_digits : high_digits) + DIGITS_MORE;
    if (strand->query->has_fill_scale)
        scale = strand->query->fill_scale;
    if (column->type != CT_RESULT_DECIMAL)
        scale = 0;
    if (status == CT_OK)
        status = ct_exact_multiply(&low, after);
    if (status == CT_OK)
        status = ct_exact_multiply(&high, before);
    if (status == CT_OK)
        status = ct_decimal_sum_merge(&low, &high);
    if (status == CT_OK)
        status = ct_exact_divide(&low, before + after, scale, &low);
    if (status != CT_OK)
        return ct_fail(err, CT_RANGE, "values between that do not fit 38 digits");
    return put_exact(column, row, &low, err);
}

static ct_status interpolate(const struct strand *strand, uint64_t left, uint64_t right,
                             struct ct_error *err)
{
    struct ct_result_column *column = strand->column;
    for (uint64_t row = left + strand->step; row < right; row += strand->step) {
        if (column->type != CT_RESULT_FLOAT64) {
            CT_TRY(interpolate_exact(strand, left, right, row, err));
            continue;
        }
        const double part = (double)(strand->times_ns[row] - strand->times_ns[left]) /
                            (double)(strand->times_ns[right] - strand->times_ns[left]);
        column->is_null[row] = 0;
        column->float64[row] =
            column->float64[left] + (column->float64[right] - column->float64[left]) * part;
    }
    return CT_OK;
}

static ct_status fill_linear(const struct strand *strand, struct ct_error *err)
{
    uint64_t before = strand->row_count;
    for (uint64_t row = strand->first; row < strand->row_count; row += strand->step) {
        if (strand->is_empty[row])
            continue;
        if (before < strand->row_count)
            CT_TRY(interpolate(strand, before, row, err));
        before = row;
    }
    return CT_OK;
}

static ct_status fill_strand(const struct strand *strand, struct ct_error *err)
{
    if (strand->query->fill == CT_FILL_PREVIOUS) {
        fill_previous(strand);
        return CT_OK;
    }
    if (!is_number(strand->column->type))
        return CT_OK;
    return strand->query->fill == CT_FILL_LINEAR ? fill_linear(strand, err)
                                                 : fill_with_value(strand, err);
}

static bool is_count(enum ct_function function)
{
    return function == CT_COUNT || function == CT_COUNT_DISTINCT ||
           function == CT_APPROXIMATE_DISTINCT;
}

static ct_status fill_columns(const struct ct_fill_context *context, struct ct_result *result,
                              uint32_t first_column, const uint32_t *cells, uint8_t *is_empty,
                              uint64_t row_count, struct ct_error *err)
{
    const struct ct_plan *plan = context->work->plan;
    uint64_t group_count = 1;
    while (group_count < row_count &&
           result->columns[0].int64[group_count] == result->columns[0].int64[0])
        group_count++;
    for (uint32_t i = 0; i < plan->query->aggregate_count; i++) {
        struct ct_result_column *column = &result->columns[first_column + i];
        const bool counts = is_count(plan->outputs[i].function);
        CT_TRY(ct_work_check(context->work, err));
        for (uint64_t row = 0; row < row_count; row++)
            is_empty[row] = counts ? context->cells->rows[cells[row]] == 0 : column->is_null[row];
        for (uint64_t group = 0; group < group_count && group < row_count; group++) {
            const struct strand strand = {plan->query, column, result->columns[0].int64,
                                          is_empty,    group,  group_count,
                                          row_count};
            CT_TRY(fill_strand(&strand, err));
        }
    }
    return CT_OK;
}

ct_status ct_fill_values(const struct ct_fill_context *context, struct ct_result *result,
                         uint32_t first_column, const uint32_t *cells, uint64_t row_count,
                         struct ct_error *err)
{
    const struct ct_allocator *allocator = context->work->plan->allocator;
    uint8_t *is_empty = ct_alloc_zeroed(allocator, row_count + 1, 1);
    if (!is_empty)
        return ct_cell_no_memory(err);
    const ct_status status =
        fill_columns(context, result, first_column, cells, is_empty, row_count, err);
    ct_release(allocator, is_empty);
    return status;
}
