/* The divisor stage: values that are all multiples of something above the least, such as prices in
 * whole cents at a scale of six digits, or times in whole seconds.
 *
 * With d = 2^s x odd, a difference is a multiple of d where its low s bits are 0 and the rest,
 * times the inverse of odd modulo 2^64, does not exceed the greatest possible quotient (Granlund
 * and Montgomery); that product is then the quotient. */
#include "int/int_codec.h"

struct divisor {
    uint64_t value;
    uint64_t inverse; /* of the odd part, modulo 2^64 */
    uint64_t greatest;
    unsigned shift;
};

static struct divisor divisor_of(uint64_t value)
{
    const unsigned shift = (unsigned)__builtin_ctzll(value);
    const uint64_t odd = value >> shift;
    uint64_t inverse = odd; /* right in 3 bits; each step doubles them */
    for (unsigned i = 0; i < 5; i++)
        inverse *= 2 - odd * inverse;
    return (struct divisor){value, inverse, UINT64_MAX / odd, shift};
}

static inline uint64_t quotient(const struct divisor *d, uint64_t multiple)
{
    return (multiple >> d->shift) * d->inverse;
}

static inline bool divides(const struct divisor *d, uint64_t value)
{
    const uint64_t low = value & ((UINT64_C(1) << d->shift) - 1);
    return low == 0 && quotient(d, value) <= d->greatest;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

uint64_t ct_divisor_find(const int64_t *values, uint32_t count, int64_t base)
{
    uint64_t common = 0;
    uint32_t i = 0;
    for (; i < count && i < 16 && common != 1; i++)
        common = gcd((uint64_t)values[i] - (uint64_t)base, common);
    while (i < count && common == 0)
        common = (uint64_t)values[i++] - (uint64_t)base;
    if (common == 0)
        return 1;
    struct divisor divisor = divisor_of(common);
    for (; i < count && divisor.value != 1; i++) {
        const uint64_t above = (uint64_t)values[i] - (uint64_t)base;
        if (!divides(&divisor, above))
            divisor = divisor_of(gcd(above, divisor.value));
    }
    return divisor.value;
}

void ct_divisor_quotients(const int64_t *values, uint32_t count, int64_t base, uint64_t divisor,
                          int64_t *out)
{
    const struct divisor d = divisor_of(divisor);
    for (uint32_t i = 0; i < count; i++)
        out[i] = (int64_t)quotient(&d, (uint64_t)values[i] - (uint64_t)base);
}
