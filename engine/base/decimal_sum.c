/* Exact sums. Invariant: total x 10^-scale is what was added, to the last digit, in whatever order;
 * an operation that would not fit leaves the sum as it was. */
#include "int256.h"
#include "number.h"

/* Adds (or subtracts) what is kept at another scale. Zero never widens. */
static ct_status accumulate(struct ct_decimal_sum *sum, struct ct_int256 value, uint8_t scale,
                            bool is_subtraction)
{
    if (ct_int256_is_zero(&value))
        return CT_OK;
    struct ct_decimal_sum out = *sum;
    if (scale > out.scale) {
        if (!ct_int256_shift_decimal(&out.total, (unsigned)scale - out.scale))
            return CT_RANGE;
        out.scale = scale;
    } else if (scale < out.scale) {
        if (!ct_int256_shift_decimal(&value, (unsigned)out.scale - scale))
            return CT_RANGE;
    }
    if (!(is_subtraction ? ct_int256_subtract(&out.total, &value)
                         : ct_int256_add(&out.total, &value)))
        return CT_RANGE;
    *sum = out;
    return CT_OK;
}

ct_status ct_decimal_sum_add(struct ct_decimal_sum *sum, ct_int128 mantissa, uint8_t scale)
{
    const struct ct_int256 value = ct_int256_of(mantissa);
    if (scale == sum->scale)
        return ct_int256_add(&sum->total, &value) ? CT_OK : CT_RANGE;
    CT_ASSERT(scale <= CT_DECIMAL_SCALE_MAX);
    return accumulate(sum, value, scale, false);
}

ct_status ct_decimal_sum_merge(struct ct_decimal_sum *sum, const struct ct_decimal_sum *other)
{
    return accumulate(sum, other->total, other->scale, false);
}

ct_status ct_decimal_sum_subtract(struct ct_decimal_sum *sum, const struct ct_decimal_sum *other)
{
    return accumulate(sum, other->total, other->scale, true);
}

static int sign_of(const struct ct_int256 *value)
{
    if (ct_int256_is_negative(value))
        return -1;
    return ct_int256_is_zero(value) ? 0 : 1;
}

/* a x 10^digits against b. */
static int compare_shifted(struct ct_int256 a, unsigned digits, const struct ct_int256 *b)
{
    if (!ct_magnitude_shift_decimal(&a, digits))
        return 1; /* past 256 bits, and b is not */
    return ct_magnitude_compare(&a, b);
}

int ct_decimal_sum_compare(const struct ct_decimal_sum *a, const struct ct_decimal_sum *b)
{
    const int sign_a = sign_of(&a->total);
    const int sign_b = sign_of(&b->total);
    if (sign_a != sign_b)
        return sign_a < sign_b ? -1 : 1;
    const struct ct_int256 magnitude_a = ct_int256_magnitude(&a->total);
    const struct ct_int256 magnitude_b = ct_int256_magnitude(&b->total);
    const int order =
        a->scale <= b->scale
            ? compare_shifted(magnitude_a, (unsigned)b->scale - a->scale, &magnitude_b)
            : -compare_shifted(magnitude_b, (unsigned)a->scale - b->scale, &magnitude_a);
    return sign_a < 0 ? -order : order;
}

bool ct_decimal_sum_is_zero(const struct ct_decimal_sum *sum)
{
    return ct_int256_is_zero(&sum->total);
}

/* The mantissa of a decimal; false where the magnitude has more than 38 digits. */
static bool narrow(const struct ct_int256 *magnitude, bool is_negative, ct_int128 *out)
{
    const ct_uint128 low = (ct_uint128)magnitude->limb[1] << 64 | magnitude->limb[0];
    if ((magnitude->limb[2] | magnitude->limb[3]) != 0 ||
        low >= (ct_uint128)ct_pow10_int128(CT_DECIMAL_DIGITS_MAX))
        return false;
    *out = is_negative ? -(ct_int128)low : (ct_int128)low;
    return true;
}

ct_status ct_decimal_sum_value(const struct ct_decimal_sum *sum, struct ct_decimal *out)
{
    const bool is_negative = ct_int256_is_negative(&sum->total);
    struct ct_int256 magnitude = ct_int256_magnitude(&sum->total);
    struct ct_decimal value = {.scale = sum->scale};
    while (!narrow(&magnitude, is_negative, &value.mantissa)) {
        if (value.scale == 0 || ct_magnitude_divide(&magnitude, 10) != 0)
            return CT_RANGE;
        value.scale--;
    }
    *out = value;
    return CT_OK;
}

double ct_decimal_sum_to_double(const struct ct_decimal_sum *sum)
{
    const struct ct_int256 magnitude = ct_int256_magnitude(&sum->total);
    double out = 0;
    if ((magnitude.limb[1] | magnitude.limb[2] | magnitude.limb[3]) == 0) {
        out = ct_double_of_decimal(magnitude.limb[0], -(int64_t)sum->scale);
        return ct_int256_is_negative(&sum->total) ? -out : out;
    }
    char text[CT_DECIMAL_TEXT_MAX];
    const size_t len = ct_decimal_sum_print(sum, 0, text);
    const ct_status status = ct_parse_double((struct ct_text){text, len}, &out);
    CT_ASSERT(status == CT_OK); /* below 10^77 */
    return out;
}

/* -- Division: on magnitudes, by one uint64 after another ---------------------------------------
 */

struct quotient {
    struct ct_int256 value;
    uint64_t remainder; /* of the last division */
    uint64_t divisor;   /* of the last division */
    bool has_rest;      /* an earlier division left a remainder */
};

static void divide(struct quotient *q, uint64_t divisor)
{
    q->has_rest |= q->remainder != 0;
    q->remainder = ct_magnitude_divide(&q->value, divisor);
    q->divisor = divisor;
}

/* Half to even. Where an earlier division left a rest the last divisor is a power of ten, so even,
 * and the rest decides only when the remainder is exactly half. */
static bool rounds_up(const struct quotient *q)
{
    const uint64_t missing = q->divisor - q->remainder;
    if (q->remainder != missing)
        return q->remainder > missing;
    return q->has_rest || (q->value.limb[0] & 1) != 0;
}

/* sum x 10^scale / count, truncated, with what rounding needs. */
static bool divide_at_scale(const struct ct_decimal_sum *sum, uint64_t count, uint8_t scale,
                            struct quotient *out)
{
    *out = (struct quotient){.value = ct_int256_magnitude(&sum->total)};
    if (scale >= sum->scale) {
        /* Past 256 bits a division by 64 leaves more than 192: more than 38 digits. */
        if (!ct_magnitude_shift_decimal(&out->value, (unsigned)scale - sum->scale))
            return false;
        divide(out, count);
        return true;
    }
    divide(out, count);
    const unsigned digits = (unsigned)sum->scale - scale;
    const unsigned low = digits < CT_POW10_CHUNK_DIGITS ? digits : CT_POW10_CHUNK_DIGITS;
    divide(out, ct_pow10_uint64(low));
    if (digits > low)
        divide(out, ct_pow10_uint64(digits - low));
    return true;
}

ct_status ct_decimal_sum_divide(const struct ct_decimal_sum *sum, uint64_t count, uint8_t scale,
                                struct ct_decimal *out)
{
    CT_ASSERT(count > 0);
    if (scale > CT_DECIMAL_SCALE_MAX)
        return CT_RANGE;
    struct quotient q;
    if (!divide_at_scale(sum, count, scale, &q))
        return CT_RANGE;
    const bool is_negative = ct_int256_is_negative(&sum->total);
    ct_int128 mantissa;
    if (!narrow(&q.value, is_negative, &mantissa))
        return CT_RANGE;
    if (rounds_up(&q)) {
        if (ct_magnitude128(mantissa) + 1 >= (ct_uint128)ct_pow10_int128(CT_DECIMAL_DIGITS_MAX))
            return CT_RANGE;
        mantissa += is_negative ? -1 : 1;
    }
    *out = (struct ct_decimal){mantissa, scale};
    return CT_OK;
}

/* -- Shares ------------------------------------------------------------------------------------ */

/* Cutting twice is cutting once, in whatever steps the division is done. */
static bool cut_at_scale(struct ct_int256 *value, uint8_t from, uint64_t denominator, uint8_t scale)
{
    if (scale >= from) {
        if (!ct_magnitude_shift_decimal(value, (unsigned)scale - from))
            return false;
        ct_magnitude_divide(value, denominator);
        return true;
    }
    const unsigned digits = (unsigned)from - scale;
    const unsigned low = digits < CT_POW10_CHUNK_DIGITS ? digits : CT_POW10_CHUNK_DIGITS;
    ct_magnitude_divide(value, denominator);
    ct_magnitude_divide(value, ct_pow10_uint64(low));
    ct_magnitude_divide(value, ct_pow10_uint64(digits - low));
    return true;
}

ct_status ct_decimal_multiply_ratio(struct ct_decimal value, uint64_t numerator,
                                    uint64_t denominator, uint8_t scale, struct ct_decimal *out)
{
    CT_ASSERT(denominator > 0);
    struct ct_int256 product = ct_int256_of_magnitude(ct_magnitude128(value.mantissa));
    ct_int128 mantissa;
    if (scale > CT_DECIMAL_SCALE_MAX || !ct_magnitude_multiply(&product, numerator) ||
        !cut_at_scale(&product, value.scale, denominator, scale) ||
        !narrow(&product, value.mantissa < 0, &mantissa))
        return CT_RANGE;
    *out = (struct ct_decimal){mantissa, scale};
    return CT_OK;
}
