/* Exact products, quotients and remainders of decimals. */
#include "influx_value.h"
#include "int256.h"

#define EXTRA_DIGITS 6 /* of a quotient, after the point, as means have them */

bool ct_influx_value_to_decimal(const struct ct_influx_value *value, struct ct_decimal_sum *out)
{
    struct ct_decimal decimal;
    *out = (struct ct_decimal_sum){0};
    switch ((unsigned)value->type) {
    case CT_RESULT_DECIMAL:
        *out = value->decimal;
        return true;
    case CT_RESULT_INT64:
        return ct_decimal_sum_add(out, value->int64, 0) == CT_OK;
    case CT_RESULT_UINT64:
        return ct_decimal_sum_add(out, value->uint64, 0) == CT_OK;
    case CT_RESULT_FLOAT64:
        return ct_decimal_of_double(value->float64, &decimal) == CT_OK &&
               ct_decimal_sum_add(out, decimal.mantissa, decimal.scale) == CT_OK;
    default:
        return false;
    }
}

static ct_status too_long(struct ct_error *err)
{
    return ct_fail(err, CT_RANGE, "the result of a calculation needs more than %d digits",
                   CT_DECIMAL_DIGITS_MAX);
}

static ct_status shorten(const struct ct_decimal_sum *sum, struct ct_decimal *out,
                         struct ct_error *err)
{
    if (ct_decimal_sum_value(sum, out) != CT_OK)
        return too_long(err);
    *out = ct_decimal_normalise(*out);
    return CT_OK;
}

static ct_status multiply(const struct ct_decimal *a, const struct ct_decimal *b,
                          struct ct_decimal_sum *out, struct ct_error *err)
{
    ct_int128 product;
    const unsigned scale = (unsigned)a->scale + b->scale;
    if (__builtin_mul_overflow(a->mantissa, b->mantissa, &product) || scale > CT_DECIMAL_SCALE_MAX)
        return too_long(err);
    return ct_decimal_sum_add(out, product, (uint8_t)scale) == CT_OK ? CT_OK : too_long(err);
}

/* *value /= divisor bit by bit, for divisors past 64 bits; gives the remainder. */
static ct_uint128 divide_wide(struct ct_int256 *value, ct_uint128 divisor)
{
    ct_uint128 remainder = 0;
    for (int bit = 255; bit >= 0; bit--) {
        const uint64_t mask = (uint64_t)1 << (bit & 63);
        const bool is_set = (value->limb[bit >> 6] & mask) != 0;
        const bool carries = remainder >> 127 != 0;
        remainder = remainder << 1 | is_set;
        value->limb[bit >> 6] &= ~mask;
        if (carries || remainder >= divisor) {
            remainder -= divisor;
            value->limb[bit >> 6] |= mask;
        }
    }
    return remainder;
}

static void round_half_to_even(struct ct_int256 *quotient, ct_uint128 remainder, ct_uint128 divisor)
{
    const ct_uint128 rest = divisor - remainder;
    if (remainder < rest || (remainder == rest && !(quotient->limb[0] & 1)))
        return;
    for (int i = 0; i < 4 && ++quotient->limb[i] == 0; i++)
        ;
}

static ct_status divide(const struct ct_decimal *a, const struct ct_decimal *b,
                        struct ct_decimal_sum *out, struct ct_error *err)
{
    *out = (struct ct_decimal_sum){0};
    if (b->mantissa == 0 || a->mantissa == 0)
        return CT_OK;
    const unsigned wished = (unsigned)a->scale + EXTRA_DIGITS;
    const unsigned scale = wished < CT_DECIMAL_SCALE_MAX ? wished : CT_DECIMAL_SCALE_MAX;
    struct ct_int256 quotient = ct_int256_of_magnitude(ct_magnitude128(a->mantissa));
    unsigned digits = scale + b->scale - a->scale;
    for (; digits > CT_DECIMAL_SCALE_MAX; digits -= CT_DECIMAL_SCALE_MAX)
        if (!ct_magnitude_shift_decimal(&quotient, CT_DECIMAL_SCALE_MAX))
            return too_long(err);
    if (!ct_magnitude_shift_decimal(&quotient, digits))
        return too_long(err);
    const ct_uint128 divisor = ct_magnitude128(b->mantissa);
    const ct_uint128 remainder = divide_wide(&quotient, divisor);
    round_half_to_even(&quotient, remainder, divisor);
    if (quotient.limb[3] || quotient.limb[2] || quotient.limb[1] >> 63)
        return too_long(err);
    const ct_int128 magnitude = (ct_int128)((ct_uint128)quotient.limb[1] << 64 | quotient.limb[0]);
    const bool is_negative = (a->mantissa < 0) != (b->mantissa < 0);
    return ct_decimal_sum_add(out, is_negative ? -magnitude : magnitude, (uint8_t)scale);
}

/* With the sign of a, as C's. */
static ct_status remain(struct ct_decimal a, struct ct_decimal b, struct ct_decimal_sum *out,
                        struct ct_error *err)
{
    const uint8_t scale = a.scale > b.scale ? a.scale : b.scale;
    if (b.mantissa == 0)
        return CT_OK;
    if (ct_decimal_rescale(a, scale, &a) != CT_OK || ct_decimal_rescale(b, scale, &b) != CT_OK)
        return too_long(err);
    return ct_decimal_sum_add(out, a.mantissa % b.mantissa, scale);
}

ct_status ct_influx_decimal_calculate(enum ct_influx_operator operation,
                                      const struct ct_decimal_sum *a,
                                      const struct ct_decimal_sum *b, struct ct_decimal_sum *out,
                                      struct ct_error *err)
{
    struct ct_decimal x;
    struct ct_decimal y;
    *out = *a;
    if (operation == CT_OPERATOR_ADD)
        return ct_decimal_sum_merge(out, b) == CT_OK ? CT_OK : too_long(err);
    if (operation == CT_OPERATOR_SUBTRACT)
        return ct_decimal_sum_subtract(out, b) == CT_OK ? CT_OK : too_long(err);
    *out = (struct ct_decimal_sum){0};
    CT_TRY(shorten(a, &x, err));
    CT_TRY(shorten(b, &y, err));
    if (operation == CT_OPERATOR_MULTIPLY)
        return multiply(&x, &y, out, err);
    if (operation == CT_OPERATOR_DIVIDE)
        return divide(&x, &y, out, err);
    if (operation == CT_OPERATOR_MODULO)
        return remain(x, y, out, err);
    return ct_fail(err, CT_TYPE, "%s takes integers and booleans, no decimals",
                   ct_influx_operator_text(operation));
}
