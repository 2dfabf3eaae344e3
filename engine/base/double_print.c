/* Doubles to the shortest text that reads back: Raffaello Giulietti's Schubfach. All that reads
 * back as x lies between x and halfway to its neighbours; of the decimals there, one of at most 17
 * digits is the shortest, and the nearest of these is taken. No search, no big numbers: four times
 * the bounds fit 64 bits and a sticky bit. */
#include <math.h>
#include <string.h>

#include "decimal.h"
#include "number.h"
#include "pow10_table.h"

#define FRACTION_BITS 52
#define EXPONENT_BIAS 1075 /* of the fraction as an integer */

#define PLAIN_EXPONENT_MIN (-5) /* 1e-5 */
#define PLAIN_EXPONENT_MAX 14   /* below 1e15 */

/* The upper 64 bits of power x value / 2^64, the last bit set where anything was cut off. */
static uint64_t multiply_to_odd(const struct ct_pow10 *power, uint64_t value)
{
    const ct_uint128 low = (ct_uint128)power->low * value;
    const ct_uint128 high = (ct_uint128)power->high * value + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* Four times the bounds and x itself, over 10^exponent. */
struct interval {
    uint64_t low, middle, high; /* low and high belong to it */
    int exponent;
};

/* x = c x 2^q. */
static struct interval interval_of(uint64_t c, int q, bool is_lower_closer)
{
    const int k =
        (q * 1262611 - (is_lower_closer ? 524031 : 0)) >> 22; /* floor(log10 of the width) */
    const int h = q + ct_floor_log2_pow10(-k) + 1;
    const struct ct_pow10 *power = &ct_pow10_table[-k - CT_POW10_MIN];
    const uint64_t is_odd = c & 1; /* then a text on the bound reads back as the neighbour */
    return (struct interval){
        .low = multiply_to_odd(power, (4 * c - 2 + is_lower_closer) << h) + is_odd,
        .middle = multiply_to_odd(power, (4 * c) << h),
        .high = multiply_to_odd(power, (4 * c + 2) << h) - is_odd,
        .exponent = k,
    };
}

static struct ct_shortest pick(const struct interval *in)
{
    const uint64_t s = in->middle / 4;
    if (s >= 10) { /* one digit less? */
        const uint64_t tens = s / 10;
        const bool has_below = in->low <= 40 * tens;
        const bool has_above = 40 * tens + 40 <= in->high;
        if (has_below != has_above)
            return (struct ct_shortest){tens + has_above, in->exponent + 1};
    }
    const bool has_below = in->low <= 4 * s;
    const bool has_above = 4 * s + 4 <= in->high;
    if (has_below != has_above)
        return (struct ct_shortest){s + has_above, in->exponent};
    const uint64_t half = 4 * s + 2;
    const bool rounds_up = in->middle > half || (in->middle == half && (s & 1));
    return (struct ct_shortest){s + rounds_up, in->exponent};
}

static void drop_zeros(struct ct_shortest *value)
{
    while (value->digits && value->digits % 10 == 0) {
        value->digits /= 10;
        value->exponent++;
    }
}

struct ct_shortest ct_double_shortest(double x)
{
    CT_ASSERT(isfinite(x));
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint64_t fraction = bits & (((uint64_t)1 << FRACTION_BITS) - 1);
    const int biased = (int)(bits >> FRACTION_BITS & 0x7ff);
    if (fraction == 0 && biased == 0)
        return (struct ct_shortest){0};
    const uint64_t c = biased ? fraction | (uint64_t)1 << FRACTION_BITS : fraction;
    const int q = (biased ? biased : 1) - EXPONENT_BIAS;
    struct ct_shortest out;
    if (q <= 0 && q > -FRACTION_BITS - 1 && (c & (((uint64_t)1 << -q) - 1)) == 0) {
        out = (struct ct_shortest){c >> -q, 0}; /* an integer: all its digits are exact */
    } else {
        const struct interval interval = interval_of(c, q, fraction == 0 && biased > 1);
        out = pick(&interval);
    }
    drop_zeros(&out);
    return out;
}

static char *put(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

/* d.ddde+xx; `exponent` is that of the first digit. */
static char *print_scientific(char *at, const char *digits, size_t count, int exponent)
{
    *at++ = digits[0];
    if (count > 1)
        *at++ = '.';
    at = put(at, digits + 1, count - 1);
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    const uint64_t magnitude = (uint64_t)(exponent < 0 ? -exponent : exponent);
    if (magnitude < 10)
        *at++ = '0';
    return at + ct_print_uint64(magnitude, at);
}

static char *print_plain(char *at, const char *digits, size_t count, int exponent)
{
    static const char zeros[] = "000000000000000";
    if (exponent < 0) {
        at = put(at, "0.", 2);
        at = put(at, zeros, (size_t)(-exponent - 1));
        return put(at, digits, count);
    }
    const size_t whole = (size_t)exponent + 1;
    if (count <= whole) {
        at = put(at, digits, count);
        return put(at, zeros, whole - count);
    }
    at = put(at, digits, whole);
    *at++ = '.';
    return put(at, digits + whole, count - whole);
}

size_t ct_print_double(double x, char *out)
{
    const struct ct_shortest value = ct_double_shortest(x);
    char digits[CT_INT64_TEXT_MAX];
    const size_t count = ct_print_uint64(value.digits, digits);
    const int exponent = value.exponent + (int)count - 1;
    char *at = out;
    if (signbit(x))
        *at++ = '-';
    if (exponent < PLAIN_EXPONENT_MIN || exponent > PLAIN_EXPONENT_MAX)
        at = print_scientific(at, digits, count, exponent);
    else
        at = print_plain(at, digits, count, exponent);
    return (size_t)(at - out);
}
