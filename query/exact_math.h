/* Exact sums multiplied and divided, with one rounding at the end, half to even. Layer query, for
 * its own files only. CT_RANGE (without a story) where a result does not fit. */
#ifndef CT_EXACT_MATH_H
#define CT_EXACT_MATH_H

#include "decimal.h"

/* Digits after the point, when trailing zeros are dropped. */
uint8_t ct_exact_digits(const struct ct_decimal_sum *sum);

/* *sum *= factor; *sum += value x factor. Exact. */
ct_status ct_exact_multiply(struct ct_decimal_sum *sum, uint64_t factor) CT_MUST_USE;
ct_status ct_exact_add_product(struct ct_decimal_sum *sum, struct ct_decimal value,
                               uint64_t factor) CT_MUST_USE;

/* a x b, exactly where the digits after the point fit 38 (trailing zeros do not count), else
 * rounded there. */
ct_status ct_exact_product(const struct ct_decimal_sum *a, const struct ct_decimal_sum *b,
                           struct ct_decimal_sum *out) CT_MUST_USE;

/* a / b, rounded at `scale` digits after the point, at most 38. b is not 0. */
ct_status ct_exact_ratio(const struct ct_decimal_sum *a, const struct ct_decimal_sum *b,
                         uint8_t scale, struct ct_decimal_sum *out) CT_MUST_USE;

/* The sum rounded at `scale` digits after the point; as it is where it has no more. */
ct_status ct_exact_round(const struct ct_decimal_sum *sum, uint8_t scale,
                         struct ct_decimal_sum *out) CT_MUST_USE;

/* sum / divisor at `scale`, or where that needs more than 38 digits in all, at the widest scale
 * that does not. divisor > 0. */
ct_status ct_exact_divide(const struct ct_decimal_sum *sum, uint64_t divisor, unsigned scale,
                          struct ct_decimal_sum *out) CT_MUST_USE;

#endif
