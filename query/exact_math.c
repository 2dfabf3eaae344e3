#include "exact_math.h"
#include "wide_number.h"

static const struct ct_int256 one = {.limb = {1}};

static bool is_negative(const struct ct_decimal_sum *sum)
{
    return ct_int256_is_negative(&sum->total);
}

/* A magnitude with its sign as a sum. */
static ct_status make_sum(const struct ct_wide *magnitude, bool negative, uint8_t scale,
                          struct ct_decimal_sum *out)
{
    struct ct_int256 total;
    if (!ct_wide_narrow(magnitude, &total) || ct_int256_is_negative(&total))
        return CT_RANGE;
    struct ct_int256 value = {0};
    const bool fits = negative ? ct_int256_subtract(&value, &total) : ct_int256_add(&value, &total);
    if (!fits)
        return CT_RANGE;
    *out = (struct ct_decimal_sum){value, scale};
    return CT_OK;
}

uint8_t ct_exact_digits(const struct ct_decimal_sum *sum)
{
    struct ct_int256 magnitude = ct_int256_magnitude(&sum->total);
    if (ct_int256_is_zero(&magnitude))
        return 0;
    uint8_t scale = sum->scale;
    while (scale > 0) {
        if (ct_magnitude_divide(&magnitude, 10) != 0)
            return scale;
        scale--;
    }
    return 0;
}

ct_status ct_exact_multiply(struct ct_decimal_sum *sum, uint64_t factor)
{
    const struct ct_int256 magnitude = ct_int256_magnitude(&sum->total);
    const struct ct_int256 other = {.limb = {factor}};
    const struct ct_wide product = ct_wide_product(&magnitude, &other);
    return make_sum(&product, is_negative(sum), sum->scale, sum);
}

ct_status ct_exact_add_product(struct ct_decimal_sum *sum, struct ct_decimal value, uint64_t factor)
{
    struct ct_decimal_sum product = {ct_int256_of(value.mantissa), value.scale};
    CT_TRY(ct_exact_multiply(&product, factor));
    return ct_decimal_sum_merge(sum, &product);
}

/* magnitude x 10^-digits, rounded half to even. digits <= 76 */
static struct ct_wide drop_digits(struct ct_wide magnitude, unsigned digits)
{
    if (digits == 0)
        return magnitude;
    struct ct_wide power = ct_wide_product(&one, &one);
    const bool fits = ct_wide_shift_decimal(&power, digits);
    CT_ASSERT(fits);
    return ct_wide_divide(magnitude, &power);
}

ct_status ct_exact_product(const struct ct_decimal_sum *a, const struct ct_decimal_sum *b,
                           struct ct_decimal_sum *out)
{
    const struct ct_int256 left = ct_int256_magnitude(&a->total);
    const struct ct_int256 right = ct_int256_magnitude(&b->total);
    const unsigned scale = (unsigned)a->scale + b->scale;
    const unsigned kept = scale < CT_DECIMAL_SCALE_MAX ? scale : CT_DECIMAL_SCALE_MAX;
    const struct ct_wide product = drop_digits(ct_wide_product(&left, &right), scale - kept);
    return make_sum(&product, is_negative(a) != is_negative(b), (uint8_t)kept, out);
}

/* a x 10^(scale + scale of b - scale of a) over b, or b multiplied where that is negative. */
ct_status ct_exact_ratio(const struct ct_decimal_sum *a, const struct ct_decimal_sum *b,
                         uint8_t scale, struct ct_decimal_sum *out)
{
    const struct ct_int256 left = ct_int256_magnitude(&a->total);
    const struct ct_int256 right = ct_int256_magnitude(&b->total);
    struct ct_wide numerator = ct_wide_product(&left, &one);
    struct ct_wide divisor = ct_wide_product(&right, &one);
    const unsigned up = (unsigned)scale + b->scale;
    const bool fits = up >= a->scale ? ct_wide_shift_decimal(&numerator, up - a->scale)
                                     : ct_wide_shift_decimal(&divisor, a->scale - up);
    if (!fits || divisor.limb[CT_WIDE_LIMBS - 1] >> 63 != 0)
        return CT_RANGE;
    const struct ct_wide quotient = ct_wide_divide(numerator, &divisor);
    return make_sum(&quotient, is_negative(a) != is_negative(b), scale, out);
}

ct_status ct_exact_round(const struct ct_decimal_sum *sum, uint8_t scale,
                         struct ct_decimal_sum *out)
{
    if (sum->scale <= scale) {
        *out = *sum;
        return CT_OK;
    }
    const struct ct_int256 magnitude = ct_int256_magnitude(&sum->total);
    const struct ct_wide rounded =
        drop_digits(ct_wide_product(&magnitude, &one), (unsigned)sum->scale - scale);
    return make_sum(&rounded, is_negative(sum), scale, out);
}

ct_status ct_exact_divide(const struct ct_decimal_sum *sum, uint64_t divisor, unsigned scale,
                          struct ct_decimal_sum *out)
{
    if (scale > CT_DECIMAL_SCALE_MAX)
        scale = CT_DECIMAL_SCALE_MAX;
    struct ct_decimal quotient;
    while (ct_decimal_sum_divide(sum, divisor, (uint8_t)scale, &quotient) != CT_OK)
        if (scale-- == 0)
            return CT_RANGE;
    *out = (struct ct_decimal_sum){0};
    return ct_decimal_sum_add(out, quotient.mantissa, quotient.scale);
}
