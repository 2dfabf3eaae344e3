#include "block_stats.h"

#include <string.h>

struct ct_int256 ct_int256_of(ct_int128 value)
{
    const uint64_t sign = value < 0 ? UINT64_MAX : 0;
    return (struct ct_int256){
        .limb = {(uint64_t)value, (uint64_t)((ct_uint128)value >> 64), sign, sign}};
}

bool ct_int256_to_int128(const struct ct_int256 *value, ct_int128 *out)
{
    const uint64_t sign = value->limb[1] >> 63 ? UINT64_MAX : 0;
    if (value->limb[2] != sign || value->limb[3] != sign)
        return false;
    *out = (ct_int128)(((ct_uint128)value->limb[1] << 64) | value->limb[0]);
    return true;
}

static bool is_present(const struct ct_vector *v, uint32_t i)
{
    return !v->present || v->present[i];
}

static uint32_t count_present(const struct ct_vector *v)
{
    if (!v->present)
        return v->count;
    uint32_t count = 0;
    for (uint32_t i = 0; i < v->count; i++)
        count += v->present[i];
    return count;
}

static uint32_t first_present(const struct ct_vector *v)
{
    uint32_t i = 0;
    while (!is_present(v, i))
        i++;
    return i;
}

/* -- One function per kind of number. At least one value is present. -------------------------- */

struct int64_stats {
    int64_t min, max;
    ct_int128 sum;
};

/* The sum in two halves, so that the loop vectorises: 2048 x 2^32 cannot overflow either. */
static struct int64_stats int64_stats(const struct ct_vector *v, const int64_t *values)
{
    const uint32_t first = first_present(v);
    int64_t min = values[first], max = min, high = 0;
    uint64_t low = 0;
    if (v->present) {
        for (uint32_t i = first; i < v->count; i++) {
            if (!v->present[i])
                continue;
            min = values[i] < min ? values[i] : min;
            max = values[i] > max ? values[i] : max;
            low += (uint32_t)values[i];
            high += values[i] >> 32;
        }
    } else {
        for (uint32_t i = 0; i < v->count; i++) {
            min = values[i] < min ? values[i] : min;
            max = values[i] > max ? values[i] : max;
            low += (uint32_t)values[i];
            high += values[i] >> 32;
        }
    }
    return (struct int64_stats){min, max, (ct_int128)high * ((int64_t)1 << 32) + low};
}

static void uint64_stats(const struct ct_vector *v, struct ct_block_stats *out)
{
    const uint32_t first = first_present(v);
    uint64_t min = v->uint64[first], max = min;
    ct_uint128 sum = 0;
    for (uint32_t i = first; i < v->count; i++) {
        if (!is_present(v, i))
            continue;
        min = v->uint64[i] < min ? v->uint64[i] : min;
        max = v->uint64[i] > max ? v->uint64[i] : max;
        sum += v->uint64[i];
    }
    out->min.uint64 = min;
    out->max.uint64 = max;
    out->exact_sum.total = ct_int256_of((ct_int128)sum);
}

/* A NaN gives way to any number; the sum is in row order, so that it comes out the same again. */
static void float64_stats(const struct ct_vector *v, struct ct_block_stats *out)
{
    const uint32_t first = first_present(v);
    double min = v->float64[first], max = min, sum = 0.0;
    for (uint32_t i = first; i < v->count; i++) {
        if (!is_present(v, i))
            continue;
        const double value = v->float64[i];
        if (value < min || min != min)
            min = value;
        if (value > max || max != max)
            max = value;
        sum += value;
    }
    out->min.float64 = min;
    out->max.float64 = max;
    out->float_sum = sum;
}

static struct ct_decimal decimal_at(const struct ct_vector *v, uint32_t i)
{
    return (struct ct_decimal){.mantissa = v->wide ? v->wide[i] : v->narrow[i],
                               .scale = v->scales ? v->scales[i] : v->scale};
}

static void any_decimal_stats(const struct ct_vector *v, struct ct_block_stats *out)
{
    const uint32_t first = first_present(v);
    struct ct_decimal min = decimal_at(v, first), max = min;
    struct ct_decimal_sum sum = {0};
    for (uint32_t i = first; i < v->count; i++) {
        if (!is_present(v, i))
            continue;
        const struct ct_decimal value = decimal_at(v, i);
        if (ct_decimal_compare(value, min) < 0)
            min = value;
        if (ct_decimal_compare(value, max) > 0)
            max = value;
        if (out->has_sum && ct_decimal_sum_add(&sum, value.mantissa, value.scale) != CT_OK)
            out->has_sum = false;
    }
    out->decimal_min = min;
    out->decimal_max = max;
    if (out->has_sum)
        out->exact_sum = sum;
}

static void decimal_stats(const struct ct_vector *v, struct ct_block_stats *out)
{
    if (v->wide || v->scales) {
        any_decimal_stats(v, out);
        return;
    }
    const struct int64_stats s = int64_stats(v, v->narrow);
    out->decimal_min = (struct ct_decimal){.mantissa = s.min, .scale = v->scale};
    out->decimal_max = (struct ct_decimal){.mantissa = s.max, .scale = v->scale};
    out->exact_sum = (struct ct_decimal_sum){.total = ct_int256_of(s.sum), .scale = v->scale};
}

void ct_block_stats_of(const struct ct_vector *vector, struct ct_block_stats *out)
{
    memset(out, 0, sizeof *out);
    out->type = vector->type;
    out->has_sum = out->has_min_max = vector->type != CT_BOOL && vector->type != CT_STRING;
    out->value_count = count_present(vector);
    if (out->value_count == 0)
        return;
    switch (vector->type) {
    case CT_FLOAT64:
        float64_stats(vector, out);
        break;
    case CT_INT64: {
        const struct int64_stats s = int64_stats(vector, vector->int64);
        out->min.int64 = s.min;
        out->max.int64 = s.max;
        out->exact_sum.total = ct_int256_of(s.sum);
        break;
    }
    case CT_UINT64:
        uint64_stats(vector, out);
        break;
    case CT_DECIMAL:
        decimal_stats(vector, out);
        break;
    case CT_BOOL:
    case CT_STRING:
        break;
    }
}

/* -- Comparing -------------------------------------------------------------------------------- */

struct ct_decimal ct_block_stats_min(const struct ct_block_stats *stats)
{
    if (stats->type == CT_DECIMAL)
        return stats->decimal_min;
    return (struct ct_decimal){.mantissa = stats->type == CT_UINT64 ? (ct_int128)stats->min.uint64
                                                                    : stats->min.int64};
}

struct ct_decimal ct_block_stats_max(const struct ct_block_stats *stats)
{
    if (stats->type == CT_DECIMAL)
        return stats->decimal_max;
    return (struct ct_decimal){.mantissa = stats->type == CT_UINT64 ? (ct_int128)stats->max.uint64
                                                                    : stats->max.int64};
}

static bool same_double(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

bool ct_block_stats_equal(const struct ct_block_stats *a, const struct ct_block_stats *b)
{
    if (a->type != b->type || a->value_count != b->value_count)
        return false;
    if (a->value_count == 0 || a->type == CT_BOOL || a->type == CT_STRING)
        return true;
    if (a->type == CT_FLOAT64)
        return same_double(a->min.float64, b->min.float64) &&
               same_double(a->max.float64, b->max.float64) &&
               same_double(a->float_sum, b->float_sum);
    return a->has_sum == b->has_sum &&
           ct_decimal_compare(ct_block_stats_min(a), ct_block_stats_min(b)) == 0 &&
           ct_decimal_compare(ct_block_stats_max(a), ct_block_stats_max(b)) == 0 &&
           (!a->has_sum || ct_decimal_sum_compare(&a->exact_sum, &b->exact_sum) == 0);
}
