/* Unsigned integers of 512 bits: what products of exact sums are kept in until they are rounded.
 * Layer query, for its own files only. Nothing wraps: what does not fit says so. */
#ifndef CT_WIDE_NUMBER_H
#define CT_WIDE_NUMBER_H

#include "int256.h"

#define CT_WIDE_LIMBS 8

struct ct_wide {
    uint64_t limb[CT_WIDE_LIMBS]; /* least significant first */
};

/* Of magnitudes: always fits. */
struct ct_wide ct_wide_product(const struct ct_int256 *a, const struct ct_int256 *b);

/* *value *= factor; *value *= 10^digits. False where it does not fit. */
bool ct_wide_multiply(struct ct_wide *value, uint64_t factor) CT_MUST_USE;
bool ct_wide_shift_decimal(struct ct_wide *value, unsigned digits) CT_MUST_USE;

/* a += b; false where it does not fit. */
bool ct_wide_add(struct ct_wide *a, const struct ct_wide *b) CT_MUST_USE;
/* a -= b, where a >= b. */
void ct_wide_subtract(struct ct_wide *a, const struct ct_wide *b);

int ct_wide_compare(const struct ct_wide *a, const struct ct_wide *b);
bool ct_wide_is_zero(const struct ct_wide *value);

/* numerator / divisor, rounded half to even. The divisor is not 0 and below 2^511. */
struct ct_wide ct_wide_divide(struct ct_wide numerator, const struct ct_wide *divisor);

/* The low half as a magnitude; false where there is more. */
bool ct_wide_narrow(const struct ct_wide *value, struct ct_int256 *out) CT_MUST_USE;

/* The nearest double, up to 2^512: within one unit of the last place. */
double ct_wide_to_double(const struct ct_wide *value);

#endif
