#include "number_scan.h"

/* Beyond any length of text, so that no number of digits can bring such an exponent back into
 * range, and small enough that adding such a length does not overflow. */
#define EXPONENT_MAX ((int64_t)100000000000000000)

static const char *skip_digits(const char *at, const char *end, uint64_t *mantissa)
{
    uint64_t value = *mantissa;
    for (; at < end && ct_is_digit(*at); at++)
        value = value * 10 + (unsigned char)(*at - '0');
    *mantissa = value;
    return at;
}

/* After the `e`. */
static const char *scan_exponent(const char *at, const char *end, int64_t *exponent)
{
    const bool is_negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end || !ct_is_digit(*at))
        return NULL;
    int64_t value = 0;
    for (; at < end && ct_is_digit(*at); at++) {
        if (value < EXPONENT_MAX)
            value = value * 10 + (*at - '0');
    }
    *exponent += is_negative ? -value : value;
    return at;
}

static bool has_exact_mantissa(const struct ct_number_scan *scan, size_t digit_count)
{
    if (digit_count <= CT_SCAN_DIGITS_EXACT)
        return true;
    for (const char *at = scan->digits; at < scan->digits_end && (*at == '0' || *at == '.'); at++)
        digit_count -= *at == '0';
    return digit_count <= CT_SCAN_DIGITS_EXACT;
}

const char *ct_number_scan(const char *at, const char *end, struct ct_number_scan *out)
{
    out->is_negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    out->digits = at;
    out->mantissa = 0; /* wraps past 19 digits, and is not used then */
    out->exponent = 0;
    at = skip_digits(at, end, &out->mantissa);
    size_t digit_count = (size_t)(at - out->digits);
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        at = skip_digits(at, end, &out->mantissa);
        out->exponent = -(at - fraction);
        digit_count += (size_t)(at - fraction);
    }
    out->digits_end = at;
    if (digit_count == 0)
        return NULL;
    out->is_exact = has_exact_mantissa(out, digit_count);
    if (at < end && (*at == 'e' || *at == 'E'))
        return scan_exponent(at + 1, end, &out->exponent);
    return at;
}
