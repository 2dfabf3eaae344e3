/* Decimal digits to the nearest double, ties to even. Three ways, each only where it is exact:
 * one IEEE operation on exact operands (Clinger); the product with a 128-bit power of ten, taken
 * between its lower and its upper bound, where both round alike (after Lemire); libc's conversion
 * for the rest, some one in a thousand of long inputs. */
#include <assert.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "number.h"
#include "number_scan.h"
#include "pow10_table.h"

static_assert(FLT_EVAL_METHOD == 0, "double arithmetic must not be done at a wider precision");

#define POW10_EXACT_MAX      22 /* 10^22 is a double, 10^23 is not */
#define DOUBLE_INTEGER_MAX   ((uint64_t)1 << 53)
#define DOUBLE_EXPONENT_MIN  (-1022)
#define DOUBLE_EXPONENT_MAX  1023
#define DOUBLE_DROPPED_BITS  11 /* of 64 */
#define DECIMAL_EXPONENT_MAX 308

/* A double is told apart by its first 768 digits and whether anything follows. */
#define SLOW_DIGITS_MAX 800

static const double pow10_double[POW10_EXACT_MAX + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* top x 2^exponent and a little more where `has_rest`; the highest bit of top is set. */
static double round_to_double(uint64_t top, bool has_rest, int exponent)
{
    const int power = exponent + 63;
    if (power > DOUBLE_EXPONENT_MAX)
        return (double)INFINITY;
    int drop = DOUBLE_DROPPED_BITS;
    if (power < DOUBLE_EXPONENT_MIN)
        drop += DOUBLE_EXPONENT_MIN - power;
    if (drop > 64)
        return 0;
    uint64_t bits = drop == 64 ? 0 : top >> drop;
    const uint64_t half = (uint64_t)1 << (drop - 1);
    const uint64_t rest = top & (half | (half - 1));
    if (rest > half || (rest == half && (has_rest || (bits & 1))))
        bits++;
    /* Added, so that a carry out of the mantissa moves the exponent up, to infinity at last. */
    if (power >= DOUBLE_EXPONENT_MIN)
        bits += (uint64_t)(power - DOUBLE_EXPONENT_MIN) << 52;
    double out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

/* high x 2^128 + low, times 2^exponent. */
static double round_product(uint64_t high, ct_uint128 low, int exponent)
{
    const unsigned lead = (unsigned)__builtin_clzll(high);
    if (lead == 0)
        return round_to_double(high, low != 0, exponent);
    const uint64_t top = high << lead | (uint64_t)(low >> (128 - lead));
    return round_to_double(top, low << lead != 0, exponent - (int)lead);
}

/* digits x 10^exponent; false where the bounds do not settle it. digits > 0. */
static bool multiply_by_table(uint64_t digits, int64_t exponent, double *out)
{
    *out = 0;
    if (exponent < CT_POW10_MIN) /* below half of the smallest double, even with 20 digits */
        return true;
    *out = (double)INFINITY;
    if (exponent > DECIMAL_EXPONENT_MAX)
        return true;
    const struct ct_pow10 *power = &ct_pow10_table[exponent - CT_POW10_MIN];
    const int lead = __builtin_clzll(digits);
    const uint64_t factor = digits << lead;
    const ct_uint128 low = (ct_uint128)power->low * factor;
    const ct_uint128 middle = (ct_uint128)power->high * factor + (uint64_t)(low >> 64);
    const uint64_t high = (uint64_t)(middle >> 64);
    const ct_uint128 rest = (ct_uint128)(uint64_t)middle << 64 | (uint64_t)low;
    const int binary = ct_floor_log2_pow10((int)exponent) + 1 - lead;
    *out = round_product(high, rest, binary);
    /* The table is rounded up by less than 1: the truth is above the product less one factor. */
    const uint64_t high_min = high - (rest < factor);
    return *out == round_product(high_min, rest - factor, binary);
}

/* Validated text; never the process's locale: newlocale hands out the C locale without allocating.
 */
static double convert_with_libc(const char *text)
{
    const locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    CT_ASSERT(c_locale != (locale_t)0);
    const double out = strtod_l(text, NULL, c_locale);
    freelocale(c_locale);
    return out;
}

/* "digits e exponent" as text for libc. */
static double convert_digits(const char *digits, size_t count, int64_t exponent)
{
    char text[SLOW_DIGITS_MAX + CT_INT64_TEXT_MAX + 3];
    memcpy(text, digits, count);
    text[count++] = 'e';
    count += ct_print_int64(exponent, text + count);
    text[count] = 0;
    return convert_with_libc(text);
}

double ct_double_of_decimal(uint64_t digits, int64_t exponent)
{
    if (digits <= DOUBLE_INTEGER_MAX && exponent >= -POW10_EXACT_MAX && exponent <= POW10_EXACT_MAX)
        return exponent < 0 ? (double)digits / pow10_double[-exponent]
                            : (double)digits * pow10_double[exponent];
    double out = 0;
    if (digits == 0 || multiply_by_table(digits, exponent, &out))
        return out;
    char text[CT_INT64_TEXT_MAX];
    return convert_digits(text, ct_print_uint64(digits, text), exponent);
}

/* Digits without point and leading zeros, a 1 in place of what was cut off behind. */
static size_t copy_digits(const struct ct_number_scan *scan, char *out, int64_t *exponent)
{
    size_t count = 0;
    int64_t cut = 0;
    bool has_rest = false;
    for (const char *at = scan->digits; at < scan->digits_end; at++) {
        if (*at == '.' || (count == 0 && *at == '0'))
            continue;
        if (count < SLOW_DIGITS_MAX - 1) {
            out[count++] = *at;
            continue;
        }
        cut++;
        has_rest |= *at != '0';
    }
    *exponent = scan->exponent + cut;
    if (has_rest) {
        out[count++] = '1';
        --*exponent;
    }
    return count;
}

/* More digits than a uint64 holds: where the first 19 and their successor agree, the rest cannot
 * matter. */
static double convert_long(const struct ct_number_scan *scan)
{
    char digits[SLOW_DIGITS_MAX];
    int64_t exponent;
    const size_t count = copy_digits(scan, digits, &exponent);
    uint64_t first = 0;
    for (size_t i = 0; i < CT_SCAN_DIGITS_EXACT; i++)
        first = first * 10 + (uint64_t)(digits[i] - '0');
    const int64_t first_exponent = exponent + (int64_t)(count - CT_SCAN_DIGITS_EXACT);
    double low, high;
    if (multiply_by_table(first, first_exponent, &low) &&
        multiply_by_table(first + 1, first_exponent, &high) && low == high)
        return low;
    return convert_digits(digits, count, exponent);
}

double ct_double_of_scan(const struct ct_number_scan *scan)
{
    return scan->is_exact ? ct_double_of_decimal(scan->mantissa, scan->exponent)
                          : convert_long(scan);
}
