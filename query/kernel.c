/* Sums of 64-bit integers: with v = 2^32 h + l, where l is unsigned, the sums of h and of l over
 * 2^31 values fit 64 bits. A signed value is first moved up by 2^63, so that both halves are
 * unsigned, and count x 2^63 is taken off at the end: SSE2 has no arithmetic shift of 64 bits. */
#include "kernel.h"

#include <math.h>

#define LOW_HALF UINT32_MAX
#define BIAS     ((uint64_t)1 << 63)

uint32_t ct_kernel_count(const uint8_t *present, uint32_t count)
{
    if (!present)
        return count;
    uint32_t total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += present[i];
    return total;
}

static ct_int128 join(uint64_t high, uint64_t low)
{
    return (ct_int128)(((ct_uint128)high << 32) + low);
}

static ct_int128 sum_biased(const uint64_t *values, uint64_t bias, uint32_t count)
{
    uint64_t high = 0;
    uint64_t low = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t value = values[i] ^ bias;
        high += value >> 32;
        low += value & LOW_HALF;
    }
    return join(high, low) - (ct_int128)bias * count;
}

/* An absent value counts as 0 before it is moved up. */
static ct_int128 sum_biased_present(const uint64_t *values, const uint8_t *present, uint64_t bias,
                                    uint32_t count)
{
    uint64_t high = 0;
    uint64_t low = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t value = (values[i] & -(uint64_t)present[i]) ^ bias;
        high += value >> 32;
        low += value & LOW_HALF;
    }
    return join(high, low) - (ct_int128)bias * count;
}

ct_int128 ct_kernel_sum_int64(const int64_t *values, const uint8_t *present, uint32_t count)
{
    const uint64_t *bits = (const uint64_t *)values;
    return present ? sum_biased_present(bits, present, BIAS, count) : sum_biased(bits, BIAS, count);
}

ct_int128 ct_kernel_sum_uint64(const uint64_t *values, const uint8_t *present, uint32_t count)
{
    return present ? sum_biased_present(values, present, 0, count) : sum_biased(values, 0, count);
}

double ct_kernel_sum_float64(const double *values, const uint8_t *present, uint32_t count)
{
    double lane[8] = {0};
    uint32_t i = 0;
    if (!present)
        for (; i + 8 <= count; i += 8)
            for (uint32_t k = 0; k < 8; k++)
                lane[k] += values[i + k];
    else
        for (; i + 8 <= count; i += 8)
            for (uint32_t k = 0; k < 8; k++)
                lane[k] += present[i + k] ? values[i + k] : 0;
    for (; i < count; i++)
        lane[0] += !present || present[i] ? values[i] : 0;
    return ((lane[0] + lane[4]) + (lane[1] + lane[5])) +
           ((lane[2] + lane[6]) + (lane[3] + lane[7]));
}

#define DEFINE_RANGE(name, type, lowest, highest)                                                  \
    struct ct_range_##name ct_kernel_range_##name(const type *values, const uint8_t *present,      \
                                                  uint32_t count)                                  \
    {                                                                                              \
        struct ct_range_##name range = {.min = highest, .max = lowest};                            \
        if (!present) {                                                                            \
            for (uint32_t i = 0; i < count; i++) {                                                 \
                range.min = values[i] < range.min ? values[i] : range.min;                         \
                range.max = values[i] > range.max ? values[i] : range.max;                         \
            }                                                                                      \
            return range;                                                                          \
        }                                                                                          \
        for (uint32_t i = 0; i < count; i++) {                                                     \
            const type low = present[i] ? values[i] : highest;                                     \
            const type high = present[i] ? values[i] : lowest;                                     \
            range.min = low < range.min ? low : range.min;                                         \
            range.max = high > range.max ? high : range.max;                                       \
        }                                                                                          \
        return range;                                                                              \
    }

DEFINE_RANGE(int64, int64_t, INT64_MIN, INT64_MAX)
DEFINE_RANGE(uint64, uint64_t, 0, UINT64_MAX)
DEFINE_RANGE(float64, double, -(double)INFINITY, (double)INFINITY)
