/* Prices: applying one, and finding one.
 *
 * A value b that was rounded from a x p says that p lies in [(b - 1/2) / a, (b + 1/2) / a]. The
 * price is the decimal of fewest digits in the intersection of these intervals. Values that would
 * empty it are left out, as exceptions to be, while they are few. */
#include "derived/derived_codec.h"

#define EXPONENT_FIND_MAX 18
/* Numbers beyond this cannot be compared as fractions in 128 bits. */
#define MAGNITUDE_MAX (INT64_C(1) << 60)

bool ct_price_of_copy(uint8_t reference_scale, uint8_t scale, struct ct_price *out)
{
    if (scale > reference_scale + 18)
        return false;
    *out = scale >= reference_scale
               ? (struct ct_price){.price = ct_pow10_int64[scale - reference_scale]}
               : (struct ct_price){.price = 1, .exponent = reference_scale - scale};
    return true;
}

/* -- Applying. */

/* Division of numbers below 2^63 by multiplication (Granlund and Montgomery). */
struct reciprocal {
    uint64_t multiplier; /* 0: the divisor is 1 */
    unsigned shift;
};

static struct reciprocal reciprocal_of(uint64_t divisor)
{
    if (divisor == 1)
        return (struct reciprocal){0, 0};
    const unsigned bits = 64 - (unsigned)__builtin_clzll(divisor - 1);
    const ct_uint128 power = (ct_uint128)1 << (63 + bits);
    return (struct reciprocal){(uint64_t)(power / divisor) + 1, bits - 1};
}

static inline uint64_t divide(uint64_t number, struct reciprocal r)
{
    if (r.multiplier == 0)
        return number;
    return (uint64_t)((ct_uint128)number * r.multiplier >> 64) >> r.shift;
}

/* For references whose product, with half a divisor added, stays below 2^63. */
static void apply_small(const struct ct_price *price, const int64_t *reference, uint32_t count,
                        int64_t *out)
{
    const uint64_t divisor = (uint64_t)ct_pow10_int64[price->exponent];
    const struct reciprocal reciprocal = reciprocal_of(divisor);
    for (uint32_t i = 0; i < count; i++) {
        const int64_t product = reference[i] * price->price;
        const int64_t sign = product >> 63;
        const uint64_t magnitude = (uint64_t)((product ^ sign) - sign);
        const int64_t quotient = (int64_t)divide(magnitude + divisor / 2, reciprocal);
        out[i] = (quotient ^ sign) - sign;
    }
}

static uint32_t apply_large(const struct ct_price *price, const int64_t *reference, uint32_t count,
                            int64_t *out)
{
    const ct_int128 divisor = ct_pow10_int128(price->exponent);
    uint32_t beyond = 0;
    for (uint32_t i = 0; i < count; i++) {
        const ct_int128 product = (ct_int128)reference[i] * price->price;
        const ct_int128 half = product < 0 ? -(divisor / 2) : divisor / 2;
        const ct_int128 value = (product + half) / divisor;
        const bool is_fitting = value > INT64_MIN && value <= INT64_MAX;
        out[i] = is_fitting ? (int64_t)value : INT64_MIN;
        beyond += !is_fitting;
    }
    return beyond;
}

uint32_t ct_price_apply(const struct ct_price *price, const int64_t *reference, uint32_t count,
                        int64_t *out)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < count; i++)
        bits |= (uint64_t)reference[i] ^ (uint64_t)(reference[i] >> 63);
    const int64_t p = price->price;
    const ct_uint128 reference_max = (ct_uint128)bits + 1;
    const ct_uint128 price_max = (ct_uint128)(p < 0 ? -(ct_int128)p : (ct_int128)p);
    if (price->exponent <= 18) {
        const ct_uint128 half = (ct_uint128)(ct_pow10_int64[price->exponent] / 2);
        if (reference_max * price_max + half < (ct_uint128)1 << 63) {
            apply_small(price, reference, count, out);
            return 0;
        }
    }
    return apply_large(price, reference, count, out);
}

/* -- Finding. */

/* Both below 2^62, so that a product of two fits 128 bits. */
struct fraction {
    int64_t numerator;
    int64_t denominator; /* positive */
};

static bool is_less(struct fraction a, struct fraction b)
{
    return (ct_int128)a.numerator * b.denominator < (ct_int128)b.numerator * a.denominator;
}

struct interval {
    struct fraction low, high;
};

/* False where the pair says nothing: a reference of 0, or one too large to compare. */
static bool interval_of(int64_t reference, int64_t value, struct interval *out)
{
    if (reference == 0 || reference <= -MAGNITUDE_MAX || reference >= MAGNITUDE_MAX ||
        value <= -MAGNITUDE_MAX || value >= MAGNITUDE_MAX)
        return false;
    const int64_t a = reference < 0 ? -reference : reference;
    const int64_t b = reference < 0 ? -value : value;
    out->low = (struct fraction){2 * b - 1, 2 * a};
    out->high = (struct fraction){2 * b + 1, 2 * a};
    return true;
}

/* Intersects from `start` on, around the block; false once there are too many that do not fit in.
 */
static bool intersect(const int64_t *reference, const int64_t *values, uint32_t count,
                      uint32_t start, struct interval *all)
{
    uint32_t seen = 0;
    uint32_t conflicts = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = start + i < count ? start + i : start + i - count;
        struct interval one;
        if (!interval_of(reference[at], values[at], &one))
            continue;
        if (seen++ == 0) {
            *all = one;
        } else if (is_less(one.high, all->low) || is_less(all->high, one.low)) {
            if (++conflicts > 2 + seen / 8)
                return false;
        } else {
            all->low = is_less(all->low, one.low) ? one.low : all->low;
            all->high = is_less(one.high, all->high) ? one.high : all->high;
        }
    }
    return seen > 0;
}

static ct_int128 floor_divide(ct_int128 numerator, ct_int128 denominator)
{
    const ct_int128 quotient = numerator / denominator;
    return quotient - (quotient * denominator > numerator);
}

/* Of the integers over 10^e that lie in the interval, for the least e that has one: that nearest
 * the middle. */
static bool shortest_decimal(const struct interval *all, struct ct_price *out)
{
    for (uint8_t e = 0; e <= EXPONENT_FIND_MAX; e++) {
        const ct_int128 scale = ct_pow10_int64[e];
        const ct_int128 low =
            -floor_divide(-(ct_int128)all->low.numerator * scale, all->low.denominator);
        const ct_int128 high =
            floor_divide((ct_int128)all->high.numerator * scale, all->high.denominator);
        if (low > high)
            continue;
        const ct_int128 middle = low + (high - low) / 2;
        if (middle > INT64_MAX || middle < -INT64_MAX)
            return false;
        *out = (struct ct_price){.price = (int64_t)middle, .exponent = e};
        return true;
    }
    return false;
}

bool ct_price_find(const int64_t *reference, const int64_t *values, uint32_t count,
                   struct ct_price *out)
{
    for (uint32_t third = 0; third < 3; third++) {
        struct interval all;
        if (intersect(reference, values, count, third * (count / 3), &all))
            return shortest_decimal(&all, out);
    }
    return false;
}
