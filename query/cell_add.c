/* Values into cells. Stretches of values go through the kernels; what the kernels cannot take (a
 * scale for each value, 128-bit mantissas) goes value by value, exactly all the same. */
#include <math.h>

#include "cells.h"
#include "kernel.h"

/* -- Exact sums ------------------------------------------------------------------------------- */

ct_status ct_cell_fail_range(struct ct_error *err)
{
    return ct_fail(err, CT_RANGE, "a sum does not fit 256 bits at the scale that it needs");
}

/* Brings the smaller of two scales to the larger; false, and nothing changed, where 128 bits do not
 * hold it. */
static bool align(ct_int128 *total, uint8_t *total_scale, ct_int128 *mantissa, uint8_t scale)
{
    if (scale == *total_scale)
        return true;
    const bool is_finer = scale > *total_scale;
    const unsigned shift =
        is_finer ? (unsigned)scale - *total_scale : (unsigned)*total_scale - scale;
    ct_int128 *moved = is_finer ? total : mantissa;
    ct_int128 aligned;
    if (shift > 18 || __builtin_mul_overflow(*moved, (ct_int128)ct_pow10_int64[shift], &aligned))
        return false;
    *moved = aligned;
    *total_scale = is_finer ? scale : *total_scale;
    return true;
}

/* By 128 bits where both fit at the finer scale, else by 256. */
ct_status ct_cell_add_aligned(struct ct_decimal_sum *sum, ct_int128 mantissa, uint8_t scale,
                              struct ct_error *err)
{
    ct_int128 total;
    ct_int128 added = mantissa;
    uint8_t common = sum->scale;
    if (ct_cell_narrow_total(sum, &total) && align(&total, &common, &added, scale) &&
        !__builtin_add_overflow(total, added, &total)) {
        ct_cell_set_total(sum, total, common);
        return CT_OK;
    }
    return ct_decimal_sum_add(sum, mantissa, scale) == CT_OK ? CT_OK : ct_cell_fail_range(err);
}

ct_status ct_cell_add_sum(struct ct_decimal_sum *sum, const struct ct_decimal_sum *other,
                          struct ct_error *err)
{
    return ct_decimal_sum_merge(sum, other) == CT_OK ? CT_OK : ct_cell_fail_range(err);
}

/* Mantissas of 64 bits brought to the widest scale of the stretch fit 128 bits where that is at
 * most 18 digits away; what overflows their sum goes to the cell before. */
static ct_status add_mixed(struct ct_decimal_sum *sum, const struct ct_vector *vector,
                           uint32_t from, uint32_t count, struct ct_error *err)
{
    uint8_t widest = 0;
    for (uint32_t i = from; i < from + count; i++)
        widest = vector->scales[i] > widest ? vector->scales[i] : widest;
    ct_int128 total = 0;
    for (uint32_t i = from; i < from + count; i++) {
        if (vector->present && !vector->present[i])
            continue;
        const unsigned shift = (unsigned)widest - vector->scales[i];
        if (shift > 18) {
            CT_TRY(ct_cell_add_mantissa(sum, vector->narrow[i], vector->scales[i], err));
            continue;
        }
        const ct_int128 mantissa = (ct_int128)vector->narrow[i] * ct_pow10_int64[shift];
        ct_int128 next;
        if (__builtin_add_overflow(total, mantissa, &next)) {
            CT_TRY(ct_cell_add_mantissa(sum, total, widest, err));
            next = mantissa;
        }
        total = next;
    }
    return ct_cell_add_mantissa(sum, total, widest, err);
}

static ct_status add_wide(struct ct_decimal_sum *sum, const struct ct_vector *vector, uint32_t from,
                          uint32_t count, struct ct_error *err)
{
    for (uint32_t i = from; i < from + count; i++) {
        if (vector->present && !vector->present[i])
            continue;
        const uint8_t scale = vector->scales ? vector->scales[i] : vector->scale;
        CT_TRY(ct_cell_add_mantissa(sum, vector->wide[i], scale, err));
    }
    return CT_OK;
}

static ct_status add_sum(struct ct_cell_field *field, uint32_t cell, const struct ct_vector *vector,
                         const uint8_t *present, uint32_t from, uint32_t count,
                         struct ct_error *err)
{
    switch (vector->type) {
    case CT_FLOAT64:
        field->floating[cell] += ct_kernel_sum_float64(vector->float64 + from, present, count);
        return CT_OK;
    case CT_INT64:
        return ct_cell_add_mantissa(
            &field->exact[cell], ct_kernel_sum_int64(vector->int64 + from, present, count), 0, err);
    case CT_UINT64:
        return ct_cell_add_mantissa(&field->exact[cell],
                                    ct_kernel_sum_uint64(vector->uint64 + from, present, count), 0,
                                    err);
    case CT_DECIMAL:
        if (vector->wide)
            return add_wide(&field->exact[cell], vector, from, count, err);
        if (vector->scales)
            return add_mixed(&field->exact[cell], vector, from, count, err);
        return ct_cell_add_mantissa(&field->exact[cell],
                                    ct_kernel_sum_int64(vector->narrow + from, present, count),
                                    vector->scale, err);
    case CT_BOOL:
    case CT_STRING:
        break;
    }
    return CT_OK;
}

/* -- Single values ---------------------------------------------------------------------------- */

struct ct_value ct_vector_value(const struct ct_vector *vector, uint32_t i)
{
    struct ct_value value = {.type = vector->type};
    switch (vector->type) {
    case CT_FLOAT64:
        value.float64 = vector->float64[i];
        break;
    case CT_INT64:
        value.int64 = vector->int64[i];
        break;
    case CT_UINT64:
        value.uint64 = vector->uint64[i];
        break;
    case CT_BOOL:
        value.boolean = vector->boolean[i] != 0;
        break;
    case CT_STRING:
        value.string = vector->string[i];
        break;
    case CT_DECIMAL:
        value.decimal.mantissa = vector->wide ? vector->wide[i] : vector->narrow[i];
        value.decimal.scale = vector->scales ? vector->scales[i] : vector->scale;
        break;
    }
    return value;
}

#define ORDER_OF(a, b) (((a) > (b)) - ((a) < (b)))

/* -0 before 0, so that of rows of one time the choice does not depend on their order. */
static int compare_doubles(double a, double b)
{
    return a == b ? (signbit(b) != 0) - (signbit(a) != 0) : ORDER_OF(a, b);
}

static int compare(const struct ct_value *a, const struct ct_value *b)
{
    switch (a->type) {
    case CT_FLOAT64:
        return compare_doubles(a->float64, b->float64);
    case CT_INT64:
        return ORDER_OF(a->int64, b->int64);
    case CT_UINT64:
        return ORDER_OF(a->uint64, b->uint64);
    case CT_BOOL:
        return ORDER_OF(a->boolean, b->boolean);
    case CT_STRING:
        return ct_text_compare(a->string, b->string);
    case CT_DECIMAL:
        if (a->decimal.scale == b->decimal.scale)
            return ORDER_OF(a->decimal.mantissa, b->decimal.mantissa);
        return ct_decimal_compare(a->decimal, b->decimal);
    }
    return 0;
}

void ct_cell_lower(struct ct_value *there, bool has_value, const struct ct_value *value)
{
    if (!has_value || compare(value, there) < 0)
        *there = *value;
}

void ct_cell_raise(struct ct_value *there, bool has_value, const struct ct_value *value)
{
    if (!has_value || compare(value, there) > 0)
        *there = *value;
}

/* -- Ranges ----------------------------------------------------------------------------------- */

struct value_range {
    struct ct_value min, max;
};

static struct value_range range_each(const struct ct_vector *vector, uint32_t from, uint32_t count)
{
    struct value_range range = {0};
    bool has_value = false;
    for (uint32_t i = from; i < from + count; i++) {
        if (vector->present && !vector->present[i])
            continue;
        const struct ct_value value = ct_vector_value(vector, i);
        ct_cell_lower(&range.min, has_value, &value);
        ct_cell_raise(&range.max, has_value, &value);
        has_value = true;
    }
    return range;
}

static struct value_range range_of(const struct ct_vector *vector, const uint8_t *present,
                                   uint32_t from, uint32_t count)
{
    struct value_range range = {.min.type = vector->type, .max.type = vector->type};
    switch (vector->type) {
    case CT_FLOAT64: {
        const struct ct_range_float64 r =
            ct_kernel_range_float64(vector->float64 + from, present, count);
        range.min.float64 = r.min;
        range.max.float64 = r.max;
        return range;
    }
    case CT_INT64: {
        const struct ct_range_int64 r = ct_kernel_range_int64(vector->int64 + from, present, count);
        range.min.int64 = r.min;
        range.max.int64 = r.max;
        return range;
    }
    case CT_UINT64: {
        const struct ct_range_uint64 r =
            ct_kernel_range_uint64(vector->uint64 + from, present, count);
        range.min.uint64 = r.min;
        range.max.uint64 = r.max;
        return range;
    }
    case CT_DECIMAL: {
        if (vector->wide || vector->scales)
            break;
        const struct ct_range_int64 r =
            ct_kernel_range_int64(vector->narrow + from, present, count);
        range.min.decimal = (struct ct_decimal){r.min, vector->scale};
        range.max.decimal = (struct ct_decimal){r.max, vector->scale};
        return range;
    }
    case CT_BOOL:
    case CT_STRING:
        break;
    }
    return range_each(vector, from, count);
}

/* -- First and last --------------------------------------------------------------------------- */

static ct_status set_timed(struct ct_timed_value *there, int64_t time_ns,
                           const struct ct_value *value, const struct ct_allocator *allocator,
                           struct ct_error *err)
{
    there->time_ns = time_ns;
    if (value->type != CT_STRING) {
        there->value = *value;
        return CT_OK;
    }
    char *bytes = (char *)(uintptr_t)there->value.string.bytes;
    if (value->string.len > there->string_cap) {
        bytes = ct_resize(allocator, there->string_cap ? bytes : NULL, value->string.len);
        if (!bytes)
            return ct_cell_no_memory(err);
        there->string_cap = value->string.len;
    }
    if (value->string.len)
        memcpy(bytes, value->string.bytes, value->string.len);
    there->value = (struct ct_value){.type = CT_STRING, .string = {bytes, value->string.len}};
    return CT_OK;
}

ct_status ct_cell_time(struct ct_timed_value *there, bool has_value, bool is_last, int64_t time_ns,
                       const struct ct_value *value, const struct ct_allocator *allocator,
                       struct ct_error *err)
{
    if (has_value && time_ns == there->time_ns) {
        if (compare(value, &there->value) <= 0)
            return CT_OK;
    } else if (has_value && (time_ns > there->time_ns) != is_last) {
        return CT_OK;
    }
    return set_timed(there, time_ns, value, allocator, err);
}

/* The row of the stretch that first or last would keep: a value is there. */
static uint32_t pick_row(const struct ct_vector *vector, const int64_t *times_ns, bool is_last,
                         uint32_t from, uint32_t count)
{
    uint32_t best = UINT32_MAX;
    struct ct_value best_value = {0};
    for (uint32_t i = from; i < from + count; i++) {
        if (vector->present && !vector->present[i])
            continue;
        if (best != UINT32_MAX && times_ns[i] != times_ns[best] &&
            (times_ns[i] > times_ns[best]) != is_last)
            continue;
        const struct ct_value value = ct_vector_value(vector, i);
        if (best != UINT32_MAX && times_ns[i] == times_ns[best] &&
            compare(&value, &best_value) <= 0)
            continue;
        best = i;
        best_value = value;
    }
    return best;
}

static ct_status add_timed(const struct ct_cells *cells, struct ct_timed_value *there,
                           bool has_value, bool is_last, const struct ct_vector *vector,
                           const int64_t *times_ns, uint32_t from, uint32_t count,
                           struct ct_error *err)
{
    const uint32_t row = pick_row(vector, times_ns, is_last, from, count);
    const struct ct_value value = ct_vector_value(vector, row);
    return ct_cell_time(there, has_value, is_last, times_ns[row], &value, cells->plan->allocator,
                        err);
}

/* -- Stretches and statistics ----------------------------------------------------------------- */

static ct_status add_stretch(struct ct_cells *cells, struct ct_cell_field *field,
                             const struct ct_vector *vector, const int64_t *times_ns,
                             const struct ct_stretch *stretch, struct ct_error *err)
{
    const uint32_t cell = stretch->cell;
    const uint32_t from = stretch->from;
    const uint32_t count = stretch->count;
    const uint8_t *present = vector->present ? vector->present + from : NULL;
    const uint32_t value_count = ct_kernel_count(present, count);
    if (value_count == 0)
        return CT_OK;
    if (value_count == count)
        present = NULL;
    const bool has_value = field->counts[cell] > 0;
    if (field->needs & CT_NEED_SUM)
        CT_TRY(add_sum(field, cell, vector, present, from, count, err));
    if (field->needs & (CT_NEED_MIN | CT_NEED_MAX)) {
        const struct value_range range = range_of(vector, present, from, count);
        if (field->min)
            ct_cell_lower(&field->min[cell], has_value, &range.min);
        if (field->max)
            ct_cell_raise(&field->max[cell], has_value, &range.max);
    }
    if (field->first)
        CT_TRY(add_timed(cells, &field->first[cell], has_value, false, vector, times_ns, from,
                         count, err));
    if (field->last)
        CT_TRY(add_timed(cells, &field->last[cell], has_value, true, vector, times_ns, from, count,
                         err));
    if (ct_cell_looks_at_values(field->needs))
        CT_TRY(ct_cell_values_add(cells, field, vector, stretch, err));
    field->counts[cell] += value_count;
    return CT_OK;
}

/* Nothing but the sum of int64 mantissas or integers at one scale, every one present: what rows
 * that each have a cell of their own mostly ask for. */
static bool is_plain(const struct ct_cell_field *field, const struct ct_vector *vector)
{
    if (field->needs != CT_NEED_SUM || vector->present)
        return false;
    return vector->type == CT_INT64 ||
           (vector->type == CT_DECIMAL && !vector->wide && !vector->scales);
}

static ct_status add_plain(struct ct_cell_field *field, const struct ct_vector *vector,
                           const struct ct_stretch *stretches, uint32_t stretch_count,
                           struct ct_error *err)
{
    const uint8_t scale = vector->type == CT_DECIMAL ? vector->scale : 0;
    for (uint32_t i = 0; i < stretch_count; i++) {
        const struct ct_stretch *stretch = &stretches[i];
        const ct_int128 sum =
            stretch->count == 1
                ? vector->int64[stretch->from]
                : ct_kernel_sum_int64(vector->int64 + stretch->from, NULL, stretch->count);
        CT_TRY(ct_cell_add_mantissa(&field->exact[stretch->cell], sum, scale, err));
        field->counts[stretch->cell] += stretch->count;
    }
    return CT_OK;
}

ct_status ct_cells_add(struct ct_cells *cells, uint32_t field_index, const struct ct_vector *vector,
                       const int64_t *times_ns, const struct ct_stretch *stretches,
                       uint32_t stretch_count, struct ct_error *err)
{
    struct ct_cell_field *field = &cells->fields[field_index];
    if (is_plain(field, vector))
        return add_plain(field, vector, stretches, stretch_count, err);
    for (uint32_t i = 0; i < stretch_count; i++)
        CT_TRY(add_stretch(cells, field, vector, times_ns, &stretches[i], err));
    return CT_OK;
}

bool ct_cells_can_add_stats(const struct ct_cells *cells, uint32_t field_index,
                            const struct ct_block_stats *stats)
{
    const unsigned needs = cells->fields[field_index].needs;
    if ((needs & (CT_NEED_FIRST | CT_NEED_LAST)) || ct_cell_looks_at_values(needs))
        return false;
    if (stats->value_count == 0)
        return true;
    if ((needs & CT_NEED_SUM) && !stats->has_sum)
        return false;
    return !(needs & (CT_NEED_MIN | CT_NEED_MAX)) || stats->has_min_max;
}

static struct value_range range_of_stats(const struct ct_block_stats *stats, enum ct_type type)
{
    struct value_range range = {.min.type = type, .max.type = type};
    if (type == CT_DECIMAL) {
        range.min.decimal = stats->decimal_min;
        range.max.decimal = stats->decimal_max;
    } else if (type == CT_FLOAT64) {
        range.min.float64 = stats->min.float64;
        range.max.float64 = stats->max.float64;
    } else if (type == CT_UINT64) {
        range.min.uint64 = stats->min.uint64;
        range.max.uint64 = stats->max.uint64;
    } else {
        range.min.int64 = stats->min.int64;
        range.max.int64 = stats->max.int64;
    }
    return range;
}

ct_status ct_cells_add_stats(struct ct_cells *cells, uint32_t field_index, uint32_t cell,
                             const struct ct_block_stats *stats, struct ct_error *err)
{
    struct ct_cell_field *field = &cells->fields[field_index];
    if (stats->value_count == 0)
        return CT_OK;
    const bool has_value = field->counts[cell] > 0;
    if (field->exact)
        CT_TRY(ct_cell_add_sum(&field->exact[cell], &stats->exact_sum, err));
    if (field->floating)
        field->floating[cell] += stats->float_sum;
    if (field->min || field->max) {
        const struct value_range range = range_of_stats(stats, field->type);
        if (field->min)
            ct_cell_lower(&field->min[cell], has_value, &range.min);
        if (field->max)
            ct_cell_raise(&field->max[cell], has_value, &range.max);
    }
    field->counts[cell] += stats->value_count;
    return CT_OK;
}
