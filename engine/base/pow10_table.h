/* Powers of ten as 128-bit fractions: for turning decimals into doubles and back. Layer base; for
 * double_of_decimal.c and double_print.c only.
 *
 * Entry k is ceil(10^k x 2^(127 - floor(log2 10^k))): the top bit is set, and the true value is the
 * entry where it is exact, else above the entry less one. */
#ifndef CT_POW10_TABLE_H
#define CT_POW10_TABLE_H

#include <stdint.h>

#define CT_POW10_MIN (-342)
#define CT_POW10_MAX 324

struct ct_pow10 {
    uint64_t high;
    uint64_t low;
};

/* Entry 0 is 10^CT_POW10_MIN. */
extern const struct ct_pow10 ct_pow10_table[CT_POW10_MAX - CT_POW10_MIN + 1];

/* floor(log2 10^k) for k in the table's range. */
static inline int ct_floor_log2_pow10(int k)
{
    return (k * 1741647) >> 19;
}

#endif
