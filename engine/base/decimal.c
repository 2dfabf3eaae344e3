#include "decimal.h"

#include "int256.h"
#include "number.h"

struct ct_decimal ct_decimal_normalise(struct ct_decimal value)
{
    if (value.mantissa == 0)
        return (struct ct_decimal){0};
    while (value.scale > 0 && value.mantissa % 10 == 0) {
        value.mantissa /= 10;
        value.scale--;
    }
    return value;
}

int ct_decimal_compare(struct ct_decimal a, struct ct_decimal b)
{
    if (a.scale == b.scale)
        return (a.mantissa > b.mantissa) - (a.mantissa < b.mantissa);
    const struct ct_decimal_sum wide_a = {ct_int256_of(a.mantissa), a.scale};
    const struct ct_decimal_sum wide_b = {ct_int256_of(b.mantissa), b.scale};
    return ct_decimal_sum_compare(&wide_a, &wide_b);
}

ct_status ct_decimal_rescale(struct ct_decimal value, uint8_t scale, struct ct_decimal *out)
{
    if (scale > CT_DECIMAL_SCALE_MAX)
        return CT_RANGE;
    if (scale >= value.scale) {
        const unsigned digits = (unsigned)scale - value.scale;
        const ct_int128 limit = ct_pow10_int128(CT_DECIMAL_DIGITS_MAX - digits);
        if (value.mantissa >= limit || value.mantissa <= -limit)
            return CT_RANGE;
        *out = (struct ct_decimal){value.mantissa * ct_pow10_int128(digits), scale};
        return CT_OK;
    }
    const ct_int128 divisor = ct_pow10_int128((unsigned)value.scale - scale);
    if (value.mantissa % divisor != 0)
        return CT_RANGE;
    *out = (struct ct_decimal){value.mantissa / divisor, scale};
    return CT_OK;
}

ct_status ct_decimal_of_double(double x, struct ct_decimal *out)
{
    if (!__builtin_isfinite(x))
        return CT_RANGE;
    const struct ct_shortest shortest = ct_double_shortest(x);
    ct_int128 mantissa = shortest.digits;
    int scale = -shortest.exponent;
    if (scale < 0) {
        const int digits = -scale;
        if (digits > CT_DECIMAL_DIGITS_MAX ||
            mantissa >= ct_pow10_int128((unsigned)(CT_DECIMAL_DIGITS_MAX - digits)))
            return CT_RANGE;
        mantissa *= ct_pow10_int128((unsigned)digits);
        scale = 0;
    }
    if (scale > CT_DECIMAL_SCALE_MAX)
        return CT_RANGE;
    *out = (struct ct_decimal){x < 0 ? -mantissa : mantissa, (uint8_t)scale};
    return CT_OK;
}

double ct_decimal_to_double(struct ct_decimal value)
{
    const struct ct_decimal_sum sum = {ct_int256_of(value.mantissa), value.scale};
    return ct_decimal_sum_to_double(&sum);
}
