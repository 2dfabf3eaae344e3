/* Numbers from text and to text, the same in every locale. Everyone may include this; decimals are
 * in decimal.h.
 *
 * A parser takes all of `text` and nothing but ASCII: no blanks, no thousands separators, no hex,
 * no "inf" or "nan". A scanner reads the number that `at` begins with and tells where it stops, for
 * those who find the end by reading. What a double prints as reads back as the same double. */
#ifndef CT_NUMBER_H
#define CT_NUMBER_H

#include "status.h"
#include "text.h"

#define CT_INT64_TEXT_MAX 20
#define CT_DOUBLE_TEXT_MAX                                                                         \
    26 /* sign, 17 digits, point, e, sign, 3 digits; or 5 zeros before them */

/* [+-]digits. CT_PARSE or CT_RANGE. */
ct_status ct_parse_int64(struct ct_text text, int64_t *out) CT_MUST_USE;

/* [+]digits, and -0. CT_PARSE or CT_RANGE (a negative number too). */
ct_status ct_parse_uint64(struct ct_text text, uint64_t *out) CT_MUST_USE;

/* [+-]digits[.digits][e[+-]digits] with a digit before or after the point, rounded to the nearest
 * double, ties to even. Too small becomes 0 of its sign, too large is CT_RANGE. */
ct_status ct_parse_double(struct ct_text text, double *out) CT_MUST_USE;

/* As the parsers, of the longest run of digits at `at` (after a sign); *stop is the first byte
 * after it, and is set even where the result is CT_RANGE. */
ct_status ct_scan_int64(const char *at, const char *end, int64_t *out,
                        const char **stop) CT_MUST_USE;
ct_status ct_scan_uint64(const char *at, const char *end, uint64_t *out,
                         const char **stop) CT_MUST_USE;
/* "1e" and "1ex" are CT_PARSE, not 1 and a rest. */
ct_status ct_scan_double(const char *at, const char *end, double *out,
                         const char **stop) CT_MUST_USE;

/* "00" to "99". */
static inline const char *ct_two_digits(uint64_t value)
{
    static const char digits[] = "0001020304050607080910111213141516171819"
                                 "2021222324252627282930313233343536373839"
                                 "4041424344454647484950515253545556575859"
                                 "6061626364656667686970717273747576777879"
                                 "8081828384858687888990919293949596979899";
    return digits + 2 * value;
}

/* Writes the digits so that they end before `end`, at most 20, and returns the first. */
char *ct_digits_before(uint64_t value, char *end);

/* Printers write no terminator and return the length. */
size_t ct_print_int64(int64_t value, char *out);
size_t ct_print_uint64(uint64_t value, char *out);

/* The shortest digits that read back as x; of several the nearest to x. A JSON number: 0.001,
 * 1234.5, 1e+21, -0; plain where the value is at least 1e-5 and below 1e+15 in magnitude. x must be
 * finite. */
size_t ct_print_double(double x, char *out);

/* |x| = digits x 10^exponent, digits without trailing zeros (0 for 0): what ct_print_double shows.
 * x is finite. */
struct ct_shortest {
    uint64_t digits; /* at most 17 */
    int exponent;
};
struct ct_shortest ct_double_shortest(double x);

/* digits x 10^exponent, rounded to the nearest double, ties to even; infinite where it is too
 * large. */
double ct_double_of_decimal(uint64_t digits, int64_t exponent);

#endif
