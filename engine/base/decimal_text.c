/* Decimals from text and to text. */
#include <string.h>

#include "int256.h"
#include "number_scan.h"

/* Digits from the first to the last that is not 0. */
struct significant {
    ct_uint128 mantissa;
    int64_t exponent;
    int count;
};

static ct_status collect(const struct ct_number_scan *scan, struct significant *out)
{
    int64_t exponent = scan->exponent;
    for (const char *at = scan->digits; at < scan->digits_end; at++)
        exponent += *at != '.';
    *out = (struct significant){0};
    size_t zeros = 0;
    for (const char *at = scan->digits; at < scan->digits_end; at++) {
        if (*at == '.')
            continue;
        exponent--;
        if (*at == '0') {
            zeros += out->count > 0;
            continue;
        }
        if (zeros >= (size_t)(CT_DECIMAL_DIGITS_MAX - out->count))
            return CT_RANGE;
        const unsigned shift = (unsigned)zeros + 1;
        out->mantissa = out->mantissa * (ct_uint128)ct_pow10_int128(shift) + (unsigned)(*at - '0');
        out->count += (int)shift;
        out->exponent = exponent;
        zeros = 0;
    }
    return CT_OK;
}

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
    return value < min ? min : value > max ? max : value;
}

/* Any length, any exponent. Keeps the zeros that were written after the point as far as they fit.
 */
static ct_status parse_general(const struct ct_number_scan *scan, struct ct_decimal *out)
{
    struct significant s;
    CT_TRY(collect(scan, &s));
    const int64_t written_scale = clamp(-scan->exponent, 0, CT_DECIMAL_SCALE_MAX);
    if (s.count == 0) {
        *out = (struct ct_decimal){.mantissa = 0, .scale = (uint8_t)written_scale};
        return CT_OK;
    }
    if (s.exponent < -CT_DECIMAL_SCALE_MAX || s.exponent > CT_DECIMAL_DIGITS_MAX - s.count)
        return CT_RANGE;
    const int64_t room = CT_DECIMAL_DIGITS_MAX - s.count - s.exponent;
    const int64_t fewest = s.exponent < 0 ? -s.exponent : 0;
    const int64_t scale = clamp(written_scale, fewest, room > fewest ? room : fewest);
    const ct_int128 mantissa =
        (ct_int128)s.mantissa * ct_pow10_int128((unsigned)(scale + s.exponent));
    *out = (struct ct_decimal){
        .mantissa = scan->is_negative ? -mantissa : mantissa,
        .scale = (uint8_t)scale,
    };
    return CT_OK;
}

ct_status ct_decimal_parse(struct ct_text text, struct ct_decimal *out)
{
    if (text.len == 0)
        return CT_PARSE;
    struct ct_number_scan scan;
    const char *end = text.bytes + text.len;
    if (ct_number_scan(text.bytes, end, &scan) != end)
        return CT_PARSE;
    if (!scan.is_exact || scan.exponent > 0 || scan.exponent < -CT_DECIMAL_SCALE_MAX)
        return parse_general(&scan, out);
    const ct_int128 mantissa = scan.mantissa;
    *out = (struct ct_decimal){
        .mantissa = scan.is_negative ? -mantissa : mantissa,
        .scale = (uint8_t)-scan.exponent,
    };
    return CT_OK;
}

/* digits[0..count) x 10^-scale, with between digits_min and scale digits after the point. */
static size_t lay_out(bool is_negative, const char *digits, size_t count, unsigned scale,
                      unsigned digits_min, char *out)
{
    CT_ASSERT(digits_min <= CT_DECIMAL_SCALE_MAX && scale <= CT_DECIMAL_SCALE_MAX);
    while (scale > digits_min && digits[count - 1] == '0' && count > 1) {
        count--;
        scale--;
    }
    if (count == 1 && digits[0] == '0')
        scale = scale < digits_min ? scale : digits_min;
    char *at = out;
    if (is_negative)
        *at++ = '-';
    const size_t whole = count > scale ? count - scale : 0;
    if (whole == 0)
        *at++ = '0';
    memcpy(at, digits, whole);
    at += whole;
    if (scale == 0 && digits_min == 0)
        return (size_t)(at - out);
    *at++ = '.';
    const size_t lead = whole == 0 ? scale - count : 0;
    memset(at, '0', lead);
    at += lead;
    memcpy(at, digits + whole, count - whole);
    at += count - whole;
    const size_t trail = digits_min > scale ? digits_min - scale : 0;
    memset(at, '0', trail);
    return (size_t)(at + trail - out);
}

static size_t print_magnitude(bool is_negative, const struct ct_int256 *magnitude, unsigned scale,
                              unsigned digits_min, char *out)
{
    char digits[CT_INT256_DIGITS_MAX];
    char *end = digits + sizeof digits;
    const size_t count = ct_magnitude_digits(*magnitude, end);
    return lay_out(is_negative, end - count, count, scale, digits_min, out);
}

size_t ct_decimal_print(struct ct_decimal value, unsigned digits_min, char *out)
{
    const struct ct_int256 magnitude = ct_int256_of_magnitude(ct_magnitude128(value.mantissa));
    return print_magnitude(value.mantissa < 0, &magnitude, value.scale, digits_min, out);
}

size_t ct_decimal_sum_print(const struct ct_decimal_sum *sum, unsigned digits_min, char *out)
{
    const struct ct_int256 magnitude = ct_int256_magnitude(&sum->total);
    return print_magnitude(ct_int256_is_negative(&sum->total), &magnitude, sum->scale, digits_min,
                           out);
}
