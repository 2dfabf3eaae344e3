#include "int256.h"

#include "number.h"

const int64_t ct_pow10_int64[19] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

uint64_t ct_pow10_uint64(unsigned n)
{
    CT_ASSERT(n <= CT_POW10_CHUNK_DIGITS);
    return n == CT_POW10_CHUNK_DIGITS ? CT_POW10_CHUNK : (uint64_t)ct_pow10_int64[n];
}

ct_int128 ct_pow10_int128(unsigned n)
{
    CT_ASSERT(n <= CT_DECIMAL_DIGITS_MAX);
    const unsigned low = n < CT_POW10_CHUNK_DIGITS ? n : CT_POW10_CHUNK_DIGITS;
    return (ct_int128)((ct_uint128)ct_pow10_uint64(low) * ct_pow10_uint64(n - low));
}

static ct_uint128 half_of(const struct ct_int256 *value, unsigned limb)
{
    return (ct_uint128)value->limb[limb + 1] << 64 | value->limb[limb];
}

static struct ct_int256 of_halves(ct_uint128 low, ct_uint128 high)
{
    return (struct ct_int256){
        .limb = {(uint64_t)low, (uint64_t)(low >> 64), (uint64_t)high, (uint64_t)(high >> 64)},
    };
}

/* Both modulo 2^256. */
static struct ct_int256 add_limbs(const struct ct_int256 *a, const struct ct_int256 *b)
{
    const ct_uint128 low = half_of(a, 0) + half_of(b, 0);
    const bool carry = low < half_of(b, 0);
    return of_halves(low, half_of(a, 2) + half_of(b, 2) + carry);
}

static struct ct_int256 subtract_limbs(const struct ct_int256 *a, const struct ct_int256 *b)
{
    const bool borrow = half_of(a, 0) < half_of(b, 0);
    return of_halves(half_of(a, 0) - half_of(b, 0), half_of(a, 2) - half_of(b, 2) - borrow);
}

bool ct_int256_add(struct ct_int256 *sum, const struct ct_int256 *value)
{
    const struct ct_int256 out = add_limbs(sum, value);
    /* Overflow: both of one sign, the result of the other. */
    if (((out.limb[3] ^ sum->limb[3]) & (out.limb[3] ^ value->limb[3])) >> 63)
        return false;
    *sum = out;
    return true;
}

bool ct_int256_subtract(struct ct_int256 *difference, const struct ct_int256 *value)
{
    const struct ct_int256 out = subtract_limbs(difference, value);
    if (((difference->limb[3] ^ value->limb[3]) & (out.limb[3] ^ difference->limb[3])) >> 63)
        return false;
    *difference = out;
    return true;
}

static void negate(struct ct_int256 *value)
{
    const struct ct_int256 zero = {0};
    *value = subtract_limbs(&zero, value);
}

struct ct_int256 ct_int256_magnitude(const struct ct_int256 *value)
{
    struct ct_int256 magnitude = *value;
    if (ct_int256_is_negative(value))
        negate(&magnitude);
    return magnitude;
}

bool ct_int256_shift_decimal(struct ct_int256 *value, unsigned digits)
{
    const bool is_negative = ct_int256_is_negative(value);
    struct ct_int256 out = ct_int256_magnitude(value);
    if (!ct_magnitude_shift_decimal(&out, digits))
        return false;
    if (is_negative)
        negate(&out);
    if (ct_int256_is_negative(&out) != is_negative && !ct_int256_is_zero(&out))
        return false;
    *value = out;
    return true;
}

int ct_magnitude_compare(const struct ct_int256 *a, const struct ct_int256 *b)
{
    for (unsigned i = 4; i-- > 0;) {
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    }
    return 0;
}

bool ct_magnitude_multiply(struct ct_int256 *value, uint64_t factor)
{
    struct ct_int256 out;
    uint64_t carry = 0;
    for (unsigned i = 0; i < 4; i++) {
        const ct_uint128 limb = (ct_uint128)value->limb[i] * factor + carry;
        out.limb[i] = (uint64_t)limb;
        carry = (uint64_t)(limb >> 64);
    }
    if (carry)
        return false;
    *value = out;
    return true;
}

bool ct_magnitude_shift_decimal(struct ct_int256 *value, unsigned digits)
{
    CT_ASSERT(digits <= CT_DECIMAL_SCALE_MAX);
    const unsigned low = digits < CT_POW10_CHUNK_DIGITS ? digits : CT_POW10_CHUNK_DIGITS;
    struct ct_int256 out = *value;
    if (!ct_magnitude_multiply(&out, ct_pow10_uint64(low)) ||
        !ct_magnitude_multiply(&out, ct_pow10_uint64(digits - low)))
        return false;
    *value = out;
    return true;
}

uint64_t ct_magnitude_divide(struct ct_int256 *value, uint64_t divisor)
{
    CT_ASSERT(divisor != 0);
    uint64_t remainder = 0;
    for (unsigned i = 4; i-- > 0;) {
        if (remainder == 0 && value->limb[i] < divisor) { /* spares a slow division */
            remainder = value->limb[i];
            value->limb[i] = 0;
            continue;
        }
        const ct_uint128 part = (ct_uint128)remainder << 64 | value->limb[i];
        value->limb[i] = (uint64_t)(part / divisor);
        remainder = (uint64_t)(part % divisor);
    }
    return remainder;
}

size_t ct_magnitude_digits(struct ct_int256 value, char *end)
{
    char *at = end;
    while (value.limb[1] | value.limb[2] | value.limb[3]) {
        char *chunk = at - CT_POW10_CHUNK_DIGITS;
        at = ct_digits_before(ct_magnitude_divide(&value, CT_POW10_CHUNK), at);
        while (at > chunk)
            *--at = '0';
    }
    if (value.limb[0] || at == end)
        at = ct_digits_before(value.limb[0], at);
    return (size_t)(end - at);
}
