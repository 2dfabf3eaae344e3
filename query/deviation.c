#include "deviation.h"

#include <math.h>

#include "cells.h"
#include "wide_number.h"

static ct_status fail_range(struct ct_error *err)
{
    return ct_fail(err, CT_RANGE, "a sum of squares does not fit 256 bits: take fewer digits");
}

/* -- Exact ------------------------------------------------------------------------------------ */

/* *value x 10^digits; false past 256 bits. */
static bool shift(struct ct_int256 *value, unsigned digits)
{
    const unsigned low = digits < CT_DECIMAL_SCALE_MAX ? digits : CT_DECIMAL_SCALE_MAX;
    return ct_int256_shift_decimal(value, low) && ct_int256_shift_decimal(value, digits - low);
}

/* Adds total x 10^-(2 x scale). Zero never widens. */
static ct_status add_total(struct ct_square_sum *sum, struct ct_int256 total, uint8_t scale,
                           struct ct_error *err)
{
    if (ct_int256_is_zero(&total))
        return CT_OK;
    struct ct_square_sum out = *sum;
    if (scale > out.scale) {
        if (!shift(&out.total, 2u * (scale - out.scale)))
            return fail_range(err);
        out.scale = scale;
    } else if (!shift(&total, 2u * (out.scale - scale))) {
        return fail_range(err);
    }
    if (!ct_int256_add(&out.total, &total))
        return fail_range(err);
    *sum = out;
    return CT_OK;
}

static ct_status add_square(struct ct_square_sum *sum, ct_int128 mantissa, uint8_t scale,
                            struct ct_error *err)
{
    const struct ct_int256 magnitude = ct_int256_of_magnitude(ct_magnitude128(mantissa));
    const struct ct_wide square = ct_wide_product(&magnitude, &magnitude);
    struct ct_int256 total;
    if (!ct_wide_narrow(&square, &total) || ct_int256_is_negative(&total))
        return fail_range(err);
    return add_total(sum, total, scale, err);
}

static ct_status add_decimals(struct ct_square_sum *sum, const struct ct_vector *vector,
                              uint32_t from, uint32_t count, struct ct_error *err)
{
    for (uint32_t i = from; i < from + count; i++) {
        if (vector->present && !vector->present[i])
            continue;
        const struct ct_decimal value = ct_decimal_normalise(ct_vector_value(vector, i).decimal);
        CT_TRY(add_square(sum, value.mantissa, value.scale, err));
    }
    return CT_OK;
}

/* Integers, and mantissas of 64 bits at one scale. Squares are below 2^128 each: what would
 * overflow goes to the sum before. */
static ct_status add_narrow(struct ct_square_sum *sum, const struct ct_vector *vector,
                            uint32_t from, uint32_t count, struct ct_error *err)
{
    const uint8_t scale = vector->type == CT_DECIMAL ? vector->scale : 0;
    ct_uint128 total = 0;
    for (uint32_t i = from; i < from + count; i++) {
        if (vector->present && !vector->present[i])
            continue;
        const uint64_t value = vector->type == CT_UINT64 || vector->int64[i] >= 0
                                   ? vector->uint64[i]
                                   : -vector->uint64[i];
        const ct_uint128 square = (ct_uint128)value * value;
        if (total + square < total) {
            CT_TRY(add_total(sum, ct_int256_of_magnitude(total), scale, err));
            total = 0;
        }
        total += square;
    }
    return add_total(sum, ct_int256_of_magnitude(total), scale, err);
}

ct_status ct_square_sum_add(struct ct_square_sum *sum, const struct ct_vector *vector,
                            uint32_t from, uint32_t count, struct ct_error *err)
{
    const bool is_narrow = vector->type != CT_DECIMAL || (!vector->wide && !vector->scales);
    return is_narrow ? add_narrow(sum, vector, from, count, err)
                     : add_decimals(sum, vector, from, count, err);
}

ct_status ct_square_sum_merge(struct ct_square_sum *sum, const struct ct_square_sum *other,
                              struct ct_error *err)
{
    return add_total(sum, other->total, other->scale, err);
}

/* (count x squares - sum^2) / (count x (count - 1)): an integer over an integer, at the wider of
 * the two scales. */
ct_status ct_deviation_exact(uint64_t count, const struct ct_decimal_sum *sum,
                             const struct ct_square_sum *squares, double *out, struct ct_error *err)
{
    const uint8_t scale = sum->scale > squares->scale ? sum->scale : squares->scale;
    const struct ct_int256 one = {.limb = {1}};
    const struct ct_int256 magnitude = ct_int256_magnitude(&sum->total);
    struct ct_wide numerator = ct_wide_product(&squares->total, &one);
    struct ct_wide square = ct_wide_product(&magnitude, &magnitude);
    if (!ct_wide_shift_decimal(&numerator, 2u * (scale - squares->scale)) ||
        !ct_wide_multiply(&numerator, count) ||
        !ct_wide_shift_decimal(&square, 2u * (scale - sum->scale)))
        return fail_range(err);
    ct_wide_subtract(&numerator, &square); /* Cauchy and Schwarz: never negative */
    const double divisor = (double)((ct_uint128)count * (count - 1));
    *out = sqrt(ct_wide_to_double(&numerator) / divisor) / pow(10, scale);
    return CT_OK;
}

/* -- Doubles ---------------------------------------------------------------------------------- */

/* Of one stretch in two passes: the mean first. */
static struct ct_moments moments_of(const struct ct_vector *vector, uint32_t from, uint32_t count)
{
    struct ct_moments out = {0};
    double sum = 0;
    for (uint32_t i = from; i < from + count; i++) {
        if (vector->present && !vector->present[i])
            continue;
        sum += vector->float64[i];
        out.count++;
    }
    if (out.count == 0)
        return out;
    out.mean = sum / (double)out.count;
    for (uint32_t i = from; i < from + count; i++) {
        if (vector->present && !vector->present[i])
            continue;
        const double distance = vector->float64[i] - out.mean;
        out.squares += distance * distance;
    }
    return out;
}

void ct_moments_add(struct ct_moments *moments, const struct ct_vector *vector, uint32_t from,
                    uint32_t count)
{
    const struct ct_moments stretch = moments_of(vector, from, count);
    ct_moments_merge(moments, &stretch);
}

void ct_moments_merge(struct ct_moments *moments, const struct ct_moments *other)
{
    if (other->count == 0)
        return;
    if (moments->count == 0) {
        *moments = *other;
        return;
    }
    const double here = (double)moments->count;
    const double there = (double)other->count;
    const double distance = other->mean - moments->mean;
    moments->count += other->count;
    moments->mean += distance * there / (here + there);
    moments->squares += other->squares + distance * distance * here * there / (here + there);
}

double ct_deviation_of_moments(const struct ct_moments *moments)
{
    return sqrt(moments->squares / (double)(moments->count - 1));
}
