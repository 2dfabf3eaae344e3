/* 256-bit integers: what exact sums are kept in. Layer base; decimal.c, decimal_sum.c and
 * decimal_text.c are its users.
 *
 * Signed values are two's complement. Magnitudes are the same struct read as unsigned: |-2^255|
 * fits. Nothing wraps: what may not fit says so and leaves its output untouched. */
#ifndef CT_INT256_H
#define CT_INT256_H

#include "decimal.h"

/* 10^19 is the largest power of ten in a uint64. */
#define CT_POW10_CHUNK_DIGITS 19
#define CT_POW10_CHUNK        10000000000000000000u

/* Digits of the largest magnitude, 2^256 - 1. */
#define CT_INT256_DIGITS_MAX 78

/* 10^n for n in 0..19. */
uint64_t ct_pow10_uint64(unsigned n);

static inline bool ct_int256_is_negative(const struct ct_int256 *value)
{
    return value->limb[3] >> 63 != 0;
}

static inline bool ct_int256_is_zero(const struct ct_int256 *value)
{
    return (value->limb[0] | value->limb[1] | value->limb[2] | value->limb[3]) == 0;
}

static inline struct ct_int256 ct_int256_of(ct_int128 value)
{
    const uint64_t fill = value < 0 ? UINT64_MAX : 0;
    return (struct ct_int256){
        .limb = {(uint64_t)value, (uint64_t)((ct_uint128)value >> 64), fill, fill},
    };
}

/* Of what must not be read as signed: a magnitude of at most 128 bits. */
static inline struct ct_int256 ct_int256_of_magnitude(ct_uint128 magnitude)
{
    return (struct ct_int256){.limb = {(uint64_t)magnitude, (uint64_t)(magnitude >> 64), 0, 0}};
}

static inline ct_uint128 ct_magnitude128(ct_int128 value)
{
    return value < 0 ? -(ct_uint128)value : (ct_uint128)value;
}

/* *sum += value; false where it does not fit. */
bool ct_int256_add(struct ct_int256 *sum, const struct ct_int256 *value) CT_MUST_USE;

/* *difference -= value; false where it does not fit. */
bool ct_int256_subtract(struct ct_int256 *difference, const struct ct_int256 *value) CT_MUST_USE;

/* *value *= 10^digits, digits <= 38; false where it does not fit. */
bool ct_int256_shift_decimal(struct ct_int256 *value, unsigned digits) CT_MUST_USE;

struct ct_int256 ct_int256_magnitude(const struct ct_int256 *value);

/* Unsigned from here on. */

/* Negative, 0 or positive. */
int ct_magnitude_compare(const struct ct_int256 *a, const struct ct_int256 *b);

/* *value *= 10^digits, digits <= 38; false where it does not fit 256 bits. */
bool ct_magnitude_shift_decimal(struct ct_int256 *value, unsigned digits) CT_MUST_USE;

/* *value *= factor; false where it does not fit 256 bits. */
bool ct_magnitude_multiply(struct ct_int256 *value, uint64_t factor) CT_MUST_USE;

/* *value /= divisor; returns the remainder. divisor > 0. */
uint64_t ct_magnitude_divide(struct ct_int256 *value, uint64_t divisor);

/* Writes the decimal digits so that the last one is at end[-1], "0" for 0; returns how many. There
 * is room for CT_INT256_DIGITS_MAX. */
size_t ct_magnitude_digits(struct ct_int256 value, char *end);

#endif
