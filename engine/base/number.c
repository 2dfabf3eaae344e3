#include "number.h"

#include <math.h>

#include "number_scan.h"

/* The magnitude at `at`; *stop is set wherever there is a digit. */
static ct_status scan_digits(const char *at, const char *end, uint64_t *out, const char **stop)
{
    if (at == end || !ct_is_digit(*at))
        return CT_PARSE;
    uint64_t value = 0;
    bool is_too_large = false;
    for (; at < end && ct_is_digit(*at); at++) {
        is_too_large |= __builtin_mul_overflow(value, 10, &value);
        is_too_large |= __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value);
    }
    *stop = at;
    if (is_too_large)
        return CT_RANGE;
    *out = value;
    return CT_OK;
}

/* After a sign, if there is one. */
static const char *skip_sign(const char *at, const char *end, bool *is_negative)
{
    *is_negative = at < end && *at == '-';
    return at < end && (*at == '-' || *at == '+') ? at + 1 : at;
}

ct_status ct_scan_int64(const char *at, const char *end, int64_t *out, const char **stop)
{
    bool is_negative;
    uint64_t magnitude;
    CT_TRY(scan_digits(skip_sign(at, end, &is_negative), end, &magnitude, stop));
    if (magnitude > (uint64_t)INT64_MAX + is_negative)
        return CT_RANGE;
    *out = (int64_t)(is_negative ? -magnitude : magnitude);
    return CT_OK;
}

ct_status ct_scan_uint64(const char *at, const char *end, uint64_t *out, const char **stop)
{
    bool is_negative;
    uint64_t magnitude;
    CT_TRY(scan_digits(skip_sign(at, end, &is_negative), end, &magnitude, stop));
    if (is_negative && magnitude != 0)
        return CT_RANGE;
    *out = magnitude;
    return CT_OK;
}

ct_status ct_scan_double(const char *at, const char *end, double *out, const char **stop)
{
    struct ct_number_scan scan;
    const char *after = ct_number_scan(at, end, &scan);
    if (!after)
        return CT_PARSE;
    *stop = after;
    const double magnitude = ct_double_of_scan(&scan);
    if (isinf(magnitude))
        return CT_RANGE;
    *out = scan.is_negative ? -magnitude : magnitude;
    return CT_OK;
}

/* A malformed rest is the graver fault: "99999999999999999999x" is no number at all. */
static ct_status whole(ct_status status, const char *stop, struct ct_text text)
{
    return stop == text.bytes + text.len ? status : CT_PARSE;
}

ct_status ct_parse_int64(struct ct_text text, int64_t *out)
{
    const char *stop = NULL;
    int64_t value = 0;
    if (text.len == 0)
        return CT_PARSE;
    const ct_status status = ct_scan_int64(text.bytes, text.bytes + text.len, &value, &stop);
    CT_TRY(whole(status, stop, text));
    *out = value;
    return CT_OK;
}

ct_status ct_parse_uint64(struct ct_text text, uint64_t *out)
{
    const char *stop = NULL;
    uint64_t value = 0;
    if (text.len == 0)
        return CT_PARSE;
    const ct_status status = ct_scan_uint64(text.bytes, text.bytes + text.len, &value, &stop);
    CT_TRY(whole(status, stop, text));
    *out = value;
    return CT_OK;
}

ct_status ct_parse_double(struct ct_text text, double *out)
{
    const char *stop = NULL;
    double value = 0;
    if (text.len == 0)
        return CT_PARSE;
    const ct_status status = ct_scan_double(text.bytes, text.bytes + text.len, &value, &stop);
    CT_TRY(whole(status, stop, text));
    *out = value;
    return CT_OK;
}

char *ct_digits_before(uint64_t value, char *end)
{
    for (; value >= 100; value /= 100)
        memcpy(end -= 2, ct_two_digits(value % 100), 2);
    if (value < 10)
        *--end = (char)('0' + value);
    else
        memcpy(end -= 2, ct_two_digits(value), 2);
    return end;
}

size_t ct_print_uint64(uint64_t value, char *out)
{
    char digits[CT_INT64_TEXT_MAX];
    char *end = digits + sizeof digits;
    const char *first = ct_digits_before(value, end);
    memcpy(out, first, (size_t)(end - first));
    return (size_t)(end - first);
}

size_t ct_print_int64(int64_t value, char *out)
{
    if (value >= 0)
        return ct_print_uint64((uint64_t)value, out);
    *out = '-';
    return 1 + ct_print_uint64(-(uint64_t)value, out + 1);
}
