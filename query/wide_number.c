#include "wide_number.h"

#include <math.h>

struct ct_wide ct_wide_product(const struct ct_int256 *a, const struct ct_int256 *b)
{
    struct ct_wide out = {0};
    for (unsigned i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (unsigned k = 0; k < 4; k++) {
            const ct_uint128 limb = (ct_uint128)a->limb[i] * b->limb[k] + out.limb[i + k] + carry;
            out.limb[i + k] = (uint64_t)limb;
            carry = (uint64_t)(limb >> 64);
        }
        out.limb[i + 4] = carry;
    }
    return out;
}

bool ct_wide_multiply(struct ct_wide *value, uint64_t factor)
{
    struct ct_wide out;
    uint64_t carry = 0;
    for (unsigned i = 0; i < CT_WIDE_LIMBS; i++) {
        const ct_uint128 limb = (ct_uint128)value->limb[i] * factor + carry;
        out.limb[i] = (uint64_t)limb;
        carry = (uint64_t)(limb >> 64);
    }
    if (carry)
        return false;
    *value = out;
    return true;
}

bool ct_wide_shift_decimal(struct ct_wide *value, unsigned digits)
{
    while (digits > 0) {
        const unsigned step = digits < CT_POW10_CHUNK_DIGITS ? digits : CT_POW10_CHUNK_DIGITS;
        if (!ct_wide_multiply(value, ct_pow10_uint64(step)))
            return false;
        digits -= step;
    }
    return true;
}

bool ct_wide_add(struct ct_wide *a, const struct ct_wide *b)
{
    struct ct_wide out;
    uint64_t carry = 0;
    for (unsigned i = 0; i < CT_WIDE_LIMBS; i++) {
        const ct_uint128 limb = (ct_uint128)a->limb[i] + b->limb[i] + carry;
        out.limb[i] = (uint64_t)limb;
        carry = (uint64_t)(limb >> 64);
    }
    if (carry)
        return false;
    *a = out;
    return true;
}

void ct_wide_subtract(struct ct_wide *a, const struct ct_wide *b)
{
    uint64_t borrow = 0;
    for (unsigned i = 0; i < CT_WIDE_LIMBS; i++) {
        const ct_uint128 limb = (ct_uint128)a->limb[i] - b->limb[i] - borrow;
        a->limb[i] = (uint64_t)limb;
        borrow = (uint64_t)(limb >> 64) & 1;
    }
    CT_ASSERT(borrow == 0);
}

int ct_wide_compare(const struct ct_wide *a, const struct ct_wide *b)
{
    for (unsigned i = CT_WIDE_LIMBS; i-- > 0;)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

bool ct_wide_is_zero(const struct ct_wide *value)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < CT_WIDE_LIMBS; i++)
        all |= value->limb[i];
    return all == 0;
}

static unsigned bit_length(const struct ct_wide *value)
{
    for (unsigned i = CT_WIDE_LIMBS; i-- > 0;)
        if (value->limb[i])
            return 64 * i + 64 - (unsigned)__builtin_clzll(value->limb[i]);
    return 0;
}

static void double_it(struct ct_wide *value, uint64_t low_bit)
{
    for (unsigned i = CT_WIDE_LIMBS; i-- > 1;)
        value->limb[i] = value->limb[i] << 1 | value->limb[i - 1] >> 63;
    value->limb[0] = value->limb[0] << 1 | low_bit;
}

/* Bit by bit: these are a handful for each row of an answer. */
struct ct_wide ct_wide_divide(struct ct_wide numerator, const struct ct_wide *divisor)
{
    CT_ASSERT(!ct_wide_is_zero(divisor) && divisor->limb[CT_WIDE_LIMBS - 1] >> 63 == 0);
    struct ct_wide quotient = {0};
    struct ct_wide rest = {0};
    for (unsigned bit = bit_length(&numerator); bit-- > 0;) {
        double_it(&rest, numerator.limb[bit / 64] >> (bit % 64) & 1);
        const bool goes_in = ct_wide_compare(&rest, divisor) >= 0;
        if (goes_in)
            ct_wide_subtract(&rest, divisor);
        double_it(&quotient, goes_in);
    }
    double_it(&rest, 0);
    const int half = ct_wide_compare(&rest, divisor);
    const struct ct_wide one = {.limb = {1}};
    if (half > 0 || (half == 0 && (quotient.limb[0] & 1))) {
        const bool fits = ct_wide_add(&quotient, &one);
        CT_ASSERT(fits); /* a divisor of 1 leaves no rest */
    }
    return quotient;
}

bool ct_wide_narrow(const struct ct_wide *value, struct ct_int256 *out)
{
    if (value->limb[4] | value->limb[5] | value->limb[6] | value->limb[7])
        return false;
    memcpy(out->limb, value->limb, sizeof out->limb);
    return true;
}

double ct_wide_to_double(const struct ct_wide *value)
{
    const unsigned bits = bit_length(value);
    if (bits <= 64)
        return (double)value->limb[0];
    const unsigned drop = bits - 64;
    const unsigned limb = drop / 64;
    const unsigned shift = drop % 64;
    uint64_t top = value->limb[limb] >> shift;
    if (shift)
        top |= value->limb[limb + 1] << (64 - shift);
    return ldexp((double)top, (int)drop);
}
