/* The one reader of decimal notation, under doubles and decimals alike. Layer base; for number.c,
 * decimal_text.c and double_of_decimal.c only. */
#ifndef CT_NUMBER_SCAN_H
#define CT_NUMBER_SCAN_H

#include "status.h"

/* A mantissa of so many significant digits is exact in a uint64. */
#define CT_SCAN_DIGITS_EXACT 19

struct ct_number_scan {
    uint64_t mantissa; /* all digits as one number, where is_exact */
    int64_t
        exponent; /* power of ten of the last digit written; of huge ones only the sign is right */
    const char *digits;
    const char *digits_end; /* digits and at most one point between them */
    bool is_negative;
    bool is_exact; /* at most CT_SCAN_DIGITS_EXACT digits after leading zeros */
};

/* Reads [+-]digits[.digits][e[+-]digits]. Returns the first byte after it, or NULL where there is
 * no number. */
const char *ct_number_scan(const char *at, const char *end, struct ct_number_scan *out);

/* The nearest double of what was scanned, without its sign; infinite where it is too large. */
double ct_double_of_scan(const struct ct_number_scan *scan);

static inline bool ct_is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

#endif
