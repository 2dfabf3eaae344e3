/* Exact decimal numbers: integer mantissa x 10^-scale. Money is this and never a double.
 * Everyone may include this.
 *
 * A stored value has at most 38 significant digits and at most 38 after the point. A sum is kept in
 * 256 bits at the widest scale seen, which holds any sum of fewer than 2^60 stored values of like
 * size; what does not fit is CT_RANGE, never a wrap. Two decimals that are equal as numbers are
 * equal, whatever their scales: 3.5 is 3.50. */
#ifndef CT_DECIMAL_H
#define CT_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"
#include "text.h"

__extension__ typedef __int128 ct_int128;
__extension__ typedef unsigned __int128 ct_uint128;

#define CT_DECIMAL_SCALE_MAX  38
#define CT_DECIMAL_DIGITS_MAX 38
/* sign, 77 digits of a 256-bit sum or 38 zeros before them, point, terminator */
#define CT_DECIMAL_TEXT_MAX 120

struct ct_decimal {
    ct_int128 mantissa; /* |mantissa| < 10^38 */
    uint8_t scale;      /* 0..38: digits after the point */
};

/* Two's complement, least significant limb first. */
struct ct_int256 {
    uint64_t limb[4];
};

/* An exact running sum. All zero bytes is an empty sum of scale 0. */
struct ct_decimal_sum {
    struct ct_int256 total;
    uint8_t scale;
};

/* 10^0 .. 10^18 fit int64. */
extern const int64_t ct_pow10_int64[19];

/* 10^n for n in 0..38. */
ct_int128 ct_pow10_int128(unsigned n);

/* Reads [+-]digits[.digits][e[+-]digits], all of `text`, exactly. CT_PARSE where it is not a
 * number, CT_RANGE where it needs more than 38 digits in all or after the point. Leading and
 * trailing zeros that carry no value do not count against the limits. */
ct_status ct_decimal_parse(struct ct_text text, struct ct_decimal *out) CT_MUST_USE;

/* Drops trailing zeros after the point; 0 gets scale 0. */
struct ct_decimal ct_decimal_normalise(struct ct_decimal value);

/* Negative, 0 or positive, as numbers. */
int ct_decimal_compare(struct ct_decimal a, struct ct_decimal b);

/* Moves to a larger or smaller scale without loss; CT_RANGE where it does not fit 38 digits or
 * would lose digits. */
ct_status ct_decimal_rescale(struct ct_decimal value, uint8_t scale,
                             struct ct_decimal *out) CT_MUST_USE;

/* Exactly x as a decimal of at most 17 significant digits: the shortest text that reads back as x.
 * For showing, and for widening of what never was money; CT_RANGE for NaN, infinities and what does
 * not fit. */
ct_status ct_decimal_of_double(double x, struct ct_decimal *out) CT_MUST_USE;

/* Nearest double. */
double ct_decimal_to_double(struct ct_decimal value);

/* Plain digits, never an exponent; trailing zeros are dropped down to `digits_min` after the point,
 * and zeros are added up to it ("3.5" with 2 is "3.50"). Writes at most CT_DECIMAL_TEXT_MAX bytes
 * and no terminator; returns the length. */
size_t ct_decimal_print(struct ct_decimal value, unsigned digits_min, char *out);

ct_status ct_decimal_sum_add(struct ct_decimal_sum *sum, ct_int128 mantissa,
                             uint8_t scale) CT_MUST_USE;
ct_status ct_decimal_sum_merge(struct ct_decimal_sum *sum,
                               const struct ct_decimal_sum *other) CT_MUST_USE;
ct_status ct_decimal_sum_subtract(struct ct_decimal_sum *sum,
                                  const struct ct_decimal_sum *other) CT_MUST_USE;

int ct_decimal_sum_compare(const struct ct_decimal_sum *a, const struct ct_decimal_sum *b);
bool ct_decimal_sum_is_zero(const struct ct_decimal_sum *sum);

/* As ct_decimal_print. */
size_t ct_decimal_sum_print(const struct ct_decimal_sum *sum, unsigned digits_min, char *out);

/* The sum as one decimal; CT_RANGE where it needs more than 38 digits. */
ct_status ct_decimal_sum_value(const struct ct_decimal_sum *sum,
                               struct ct_decimal *out) CT_MUST_USE;

double ct_decimal_sum_to_double(const struct ct_decimal_sum *sum);

/* sum / count, rounded half to even at `scale` digits after the point. count > 0. CT_RANGE past 38
 * digits. */
ct_status ct_decimal_sum_divide(const struct ct_decimal_sum *sum, uint64_t count, uint8_t scale,
                                struct ct_decimal *out) CT_MUST_USE;

/* value x numerator / denominator, cut towards zero at `scale` digits after the point. Because it
 * is cut and not rounded, differences of such products add up: what is charged up to b less what is
 * charged up to a never drifts. denominator > 0. CT_RANGE past 38 digits. */
ct_status ct_decimal_multiply_ratio(struct ct_decimal value, uint64_t numerator,
                                    uint64_t denominator, uint8_t scale,
                                    struct ct_decimal *out) CT_MUST_USE;

#endif
