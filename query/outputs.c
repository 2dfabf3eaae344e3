#include "outputs.h"
#include "bag.h"
#include "deviation.h"
#include "exact_math.h"
#include "series_walk.h"
#include "sketch.h"

#define MEAN_DIGITS_MORE 6

/* -- Types ------------------------------------------------------------------------------------ */

/* That of sums: floats stay floats, all else is exact. */
static enum ct_result_type sum_type(enum ct_type type)
{
    return type == CT_FLOAT64 ? CT_RESULT_FLOAT64 : CT_RESULT_DECIMAL;
}

static enum ct_result_type type_of(const struct ct_plan *plan, const struct ct_plan_output *output)
{
    switch (output->function) {
    case CT_COUNT:
    case CT_COUNT_DISTINCT:
    case CT_APPROXIMATE_DISTINCT:
        return CT_RESULT_UINT64;
    case CT_FIRST_TIME:
    case CT_LAST_TIME:
        return CT_RESULT_TIME;
    case CT_STDDEV:
    case CT_APPROXIMATE_QUANTILE:
        return CT_RESULT_FLOAT64;
    case CT_MIN:
    case CT_MAX:
    case CT_FIRST:
    case CT_LAST:
    case CT_QUANTILE:
    case CT_MODE:
        return ct_result_type_of(plan->fields[output->field].type);
    case CT_SUM:
    case CT_MEAN:
    case CT_SPREAD:
    case CT_MEDIAN:
    case CT_INCREASE:
    case CT_RATE:
    case CT_INTEGRAL:
        return sum_type(plan->fields[output->field].type);
    }
    return CT_RESULT_TEXT;
}

void ct_outputs_type(const struct ct_plan *plan, uint32_t output, struct ct_result_column *column)
{
    column->type = type_of(plan, &plan->outputs[output]);
    column->is_money =
        column->type == CT_RESULT_DECIMAL && plan->fields[plan->outputs[output].field].is_money;
}

/* -- Values ----------------------------------------------------------------------------------- */

ct_status ct_result_put(struct ct_result *result, uint32_t column_index, uint64_t row,
                        const struct ct_value *value, struct ct_error *err)
{
    struct ct_result_column *column = &result->columns[column_index];
    column->is_null[row] = 0;
    switch (value->type) {
    case CT_FLOAT64:
        column->float64[row] = value->float64;
        return CT_OK;
    case CT_INT64:
        column->int64[row] = value->int64;
        return CT_OK;
    case CT_UINT64:
        column->uint64[row] = value->uint64;
        return CT_OK;
    case CT_BOOL:
        column->boolean[row] = value->boolean;
        return CT_OK;
    case CT_STRING:
        return ct_result_copy_text(result, value->string, &column->text[row], err);
    case CT_DECIMAL:
        column->decimal[row] = (struct ct_decimal_sum){0};
        return ct_decimal_sum_add(&column->decimal[row], value->decimal.mantissa,
                                  value->decimal.scale);
    }
    return CT_OK;
}

void ct_result_put_null(struct ct_result_column *column, uint64_t row)
{
    const size_t value_bytes = ct_result_value_bytes(column->type);
    column->is_null[row] = 1;
    memset((char *)column->values + row * value_bytes, 0, value_bytes);
}

/* One value on its way: where it goes and where it is from. */
struct put {
    const struct ct_outputs *outputs;
    const struct ct_plan_output *output;
    uint32_t output_index, column_index;
    struct ct_result_column *column;
    uint64_t row;
    uint32_t cell;
    const struct ct_cell_field *field; /* NULL: of rows or tags */
};

static ct_status put_value(const struct put *put, const struct ct_value *value,
                           struct ct_error *err)
{
    return ct_result_put(put->outputs->result, put->column_index, put->row, value, err);
}

/* Of 0 and -0, which are equal, block statistics keep either: the answer is 0. */
static ct_status put_extreme(const struct put *put, const struct ct_value *value,
                             struct ct_error *err)
{
    struct ct_value shown = *value;
    if (shown.type == CT_FLOAT64)
        shown.float64 += 0.0;
    return put_value(put, &shown, err);
}

static ct_status fail_range(const struct put *put, struct ct_error *err)
{
    return ct_fail(err, CT_RANGE, "%s: a result of more than 38 digits before the point",
                   ct_function_name(put->output->function));
}

/* sum / divisor at the scale that is asked for, or else with six digits more than the sum has. */
static ct_status put_quotient(const struct put *put, const struct ct_decimal_sum *sum,
                              uint64_t divisor, struct ct_error *err)
{
    const struct ct_aggregate *aggregate = put->output->aggregate;
    const unsigned scale =
        aggregate->has_scale ? aggregate->scale : (unsigned)ct_exact_digits(sum) + MEAN_DIGITS_MORE;
    const ct_status status = ct_exact_divide(sum, divisor, scale, &put->column->decimal[put->row]);
    return status == CT_OK ? CT_OK : fail_range(put, err);
}

static ct_status put_mean(const struct put *put, struct ct_error *err)
{
    const uint64_t count = put->field->counts[put->cell];
    if (!put->field->floating)
        return put_quotient(put, &put->field->exact[put->cell], count, err);
    put->column->float64[put->row] = put->field->floating[put->cell] / (double)count;
    return CT_OK;
}

/* What was converted from other currencies is rounded here, once. */
static ct_status put_sum(const struct put *put, struct ct_error *err)
{
    if (put->field->floating) {
        put->column->float64[put->row] = put->field->floating[put->cell];
        return CT_OK;
    }
    struct ct_decimal_sum *out = &put->column->decimal[put->row];
    *out = put->field->exact[put->cell];
    const struct ct_conversion *conversion = &put->outputs->work->plan->query->conversion;
    if (!conversion->currency.len || !conversion->has_scale || !put->column->is_money)
        return CT_OK;
    return ct_exact_round(out, conversion->scale, out) == CT_OK ? CT_OK : fail_range(put, err);
}

/* A number of an exact type as a sum. */
static ct_status add_value(struct ct_decimal_sum *sum, const struct ct_value *value)
{
    if (value->type == CT_DECIMAL)
        return ct_decimal_sum_add(sum, value->decimal.mantissa, value->decimal.scale);
    return ct_decimal_sum_add(
        sum, value->type == CT_UINT64 ? (ct_int128)value->uint64 : value->int64, 0);
}

static ct_status put_spread(const struct put *put, struct ct_error *err)
{
    const struct ct_value *min = &put->field->min[put->cell];
    const struct ct_value *max = &put->field->max[put->cell];
    if (min->type == CT_FLOAT64) {
        put->column->float64[put->row] = max->float64 - min->float64;
        return CT_OK;
    }
    struct ct_decimal_sum low = {0};
    struct ct_decimal_sum spread = {0};
    ct_status status = add_value(&low, min);
    if (status == CT_OK)
        status = add_value(&spread, max);
    if (status == CT_OK)
        status = ct_decimal_sum_subtract(&spread, &low);
    put->column->decimal[put->row] = spread;
    return status == CT_OK ? CT_OK : fail_range(put, err);
}

static ct_status put_deviation(const struct put *put, struct ct_error *err)
{
    const uint64_t count = put->field->counts[put->cell];
    double *out = &put->column->float64[put->row];
    if (count < 2) {
        ct_result_put_null(put->column, put->row);
        return CT_OK;
    }
    if (put->field->squares)
        return ct_deviation_exact(count, &put->field->exact[put->cell],
                                  &put->field->squares[put->cell], out, err);
    *out = ct_deviation_of_moments(&put->field->moments[put->cell]);
    return CT_OK;
}

/* -- From lists of values --------------------------------------------------------------------- */

/* ceil(quantile x count), at least 1, exactly. count is below 2^64, the mantissa below 10^17. */
static size_t rank_of(struct ct_decimal quantile, size_t count)
{
    if (quantile.scale > 19) /* so small that it is the first */
        return 1;
    const ct_int128 product = quantile.mantissa * (ct_int128)count;
    const ct_int128 divisor = ct_pow10_int128(quantile.scale);
    const ct_int128 rank = (product + divisor - 1) / divisor;
    return rank < 1 ? 1 : (size_t)rank;
}

static ct_status put_quantile(const struct put *put, struct ct_bag_items sorted,
                              struct ct_error *err)
{
    const size_t rank = rank_of(put->output->quantile, sorted.count);
    const struct ct_value value = ct_bag_value(put->field->bag, &sorted.items[rank - 1]);
    return put_value(put, &value, err);
}

static ct_status put_median(const struct put *put, struct ct_bag_items sorted, struct ct_error *err)
{
    const struct ct_bag *bag = put->field->bag;
    const struct ct_value low = ct_bag_value(bag, &sorted.items[(sorted.count - 1) / 2]);
    const struct ct_value high = ct_bag_value(bag, &sorted.items[sorted.count / 2]);
    if (bag->type == CT_FLOAT64) {
        put->column->float64[put->row] = low.float64 / 2 + high.float64 / 2;
        if (low.float64 == high.float64)
            put->column->float64[put->row] = low.float64;
        return CT_OK;
    }
    struct ct_decimal_sum *out = &put->column->decimal[put->row];
    *out = (struct ct_decimal_sum){0};
    ct_status status = add_value(out, &low);
    if (status == CT_OK && sorted.count % 2 == 0)
        status = add_value(out, &high);
    if (status == CT_OK && sorted.count % 2 == 0) { /* half of it has one digit more at most */
        status = ct_exact_multiply(out, 5);
        out->scale++;
    }
    if (status == CT_OK && out->scale > CT_DECIMAL_SCALE_MAX)
        status = ct_exact_round(out, CT_DECIMAL_SCALE_MAX, out);
    return status == CT_OK ? CT_OK : fail_range(put, err);
}

static ct_status put_from_values(const struct put *put, struct ct_error *err)
{
    struct ct_bag *bag =
        put->field ? put->field->bag : put->outputs->cells->tag_bags[put->output_index];
    const struct ct_bag_items items = ct_bag_of_cell(bag, put->cell);
    const enum ct_function function = put->output->function;
    if (function == CT_MEDIAN)
        return put_median(put, items, err);
    if (function == CT_QUANTILE)
        return put_quantile(put, items, err);
    if (function == CT_COUNT_DISTINCT) {
        put->column->uint64[put->row] = ct_bag_distinct(items);
        return CT_OK;
    }
    const struct ct_value mode = ct_bag_value(bag, ct_bag_mode(items));
    return put_value(put, &mode, err);
}

static ct_status sort_bag(const struct ct_outputs *outputs, struct ct_bag *bag,
                          struct ct_error *err)
{
    const uint32_t cell_count = outputs->cells->cell_count;
    CT_TRY(ct_bag_gather(bag, cell_count, err));
    for (uint32_t cell = 0; cell < cell_count; cell++) {
        CT_TRY(ct_work_check(outputs->work, err));
        CT_TRY(ct_bag_sort(bag, cell, err));
    }
    return CT_OK;
}

ct_status ct_outputs_prepare(const struct ct_outputs *outputs, struct ct_error *err)
{
    const struct ct_plan *plan = outputs->work->plan;
    for (uint32_t i = 0; i < plan->field_count; i++)
        if (outputs->cells->fields[i].bag)
            CT_TRY(sort_bag(outputs, outputs->cells->fields[i].bag, err));
    for (uint32_t i = 0; outputs->cells->tag_bags && i < plan->query->aggregate_count; i++)
        if (outputs->cells->tag_bags[i])
            CT_TRY(sort_bag(outputs, outputs->cells->tag_bags[i], err));
    return CT_OK;
}

/* -- From sketches and series ----------------------------------------------------------------- */

static ct_status put_from_sketch(const struct put *put, struct ct_error *err)
{
    if (put->output->function == CT_APPROXIMATE_DISTINCT) {
        const struct ct_distinct_sketch *sketch = &put->field->distincts[put->cell];
        put->column->uint64[put->row] = sketch->allocator ? ct_distinct_sketch_estimate(sketch) : 0;
        return CT_OK;
    }
    /* The middle of the wanted rank: doubles cannot round it to a neighbour's. */
    const struct ct_quantile_sketch *sketch = &put->field->quantiles[put->cell];
    const double rank = (double)rank_of(put->output->quantile, sketch->count) - 0.5;
    const ct_status status = ct_quantile_sketch_value(sketch, rank / (double)sketch->count,
                                                      &put->column->float64[put->row]);
    return status == CT_OK ? CT_OK : ct_fail(err, status, "a quantile of a sketch without values");
}

static ct_status put_from_series(const struct put *put, struct ct_error *err)
{
    const struct ct_series_sum *sum =
        ct_series_sum_of(put->outputs->series, put->output_index, put->cell);
    if (!sum) {
        ct_result_put_null(put->column, put->row);
        return CT_OK;
    }
    if (put->column->type == CT_RESULT_FLOAT64)
        put->column->float64[put->row] = sum->floating;
    else if (put->output->function != CT_INTEGRAL)
        put->column->decimal[put->row] = sum->exact;
    else
        return put_quotient(put, &sum->exact, (uint64_t)ct_integral_unit_ns(put->output->aggregate),
                            err);
    return CT_OK;
}

/* -- All functions ---------------------------------------------------------------------------- */

static ct_status put_output(const struct put *put, struct ct_error *err)
{
    const struct ct_cell_field *field = put->field;
    switch (put->output->function) {
    case CT_COUNT:
        put->column->uint64[put->row] =
            field ? field->counts[put->cell] : put->outputs->cells->rows[put->cell];
        return CT_OK;
    case CT_SUM:
        return put_sum(put, err);
    case CT_MEAN:
        return put_mean(put, err);
    case CT_MIN:
        return put_extreme(put, &field->min[put->cell], err);
    case CT_MAX:
        return put_extreme(put, &field->max[put->cell], err);
    case CT_FIRST:
        return put_value(put, &field->first[put->cell].value, err);
    case CT_LAST:
        return put_value(put, &field->last[put->cell].value, err);
    case CT_FIRST_TIME:
        put->column->int64[put->row] = field->first[put->cell].time_ns;
        return CT_OK;
    case CT_LAST_TIME:
        put->column->int64[put->row] = field->last[put->cell].time_ns;
        return CT_OK;
    case CT_SPREAD:
        return put_spread(put, err);
    case CT_STDDEV:
        return put_deviation(put, err);
    case CT_MEDIAN:
    case CT_QUANTILE:
    case CT_MODE:
    case CT_COUNT_DISTINCT:
        return put_from_values(put, err);
    case CT_INCREASE:
    case CT_RATE:
    case CT_INTEGRAL:
        return put_from_series(put, err);
    case CT_APPROXIMATE_QUANTILE:
    case CT_APPROXIMATE_DISTINCT:
        return put_from_sketch(put, err);
    }
    return CT_OK;
}

/* Counts are never null; what series give says itself. */
static bool is_null(const struct put *put)
{
    const enum ct_function function = put->output->function;
    if (function == CT_COUNT || function == CT_COUNT_DISTINCT ||
        function == CT_APPROXIMATE_DISTINCT)
        return false;
    if (function == CT_INCREASE || function == CT_RATE || function == CT_INTEGRAL)
        return false;
    return put->field->counts[put->cell] == 0;
}

ct_status ct_outputs_put(const struct ct_outputs *outputs, uint32_t output_index, uint32_t cell,
                         uint32_t column, uint64_t row, struct ct_error *err)
{
    const struct ct_plan_output *output = &outputs->work->plan->outputs[output_index];
    struct put put = {
        .outputs = outputs,
        .output = output,
        .output_index = output_index,
        .column_index = column,
        .column = &outputs->result->columns[column],
        .row = row,
        .cell = cell,
        .field = output->field == CT_NONE ? NULL : &outputs->cells->fields[output->field],
    };
    put.column->is_null[row] = 0;
    if (!is_null(&put))
        return put_output(&put, err);
    ct_result_put_null(put.column, row);
    return CT_OK;
}
