/* The loops that touch every value. Layer query, for its own files only.
 *
 * Pure functions over plain arrays, written so that compilers make vector code of them: no branch
 * depends on a value. `present` may be NULL (all are); absent values are defined memory and are
 * left out. At most 2^31 values. */
#ifndef CT_KERNEL_H
#define CT_KERNEL_H

#include "decimal.h"

uint32_t ct_kernel_count(const uint8_t *present, uint32_t count);

/* Exact: halves of 32 bits are summed apart and put together in 128. */
ct_int128 ct_kernel_sum_int64(const int64_t *values, const uint8_t *present, uint32_t count);
ct_int128 ct_kernel_sum_uint64(const uint64_t *values, const uint8_t *present, uint32_t count);

/* In eight sums side by side. */
double ct_kernel_sum_float64(const double *values, const uint8_t *present, uint32_t count);

/* At least one value is present. */
struct ct_range_int64 {
    int64_t min, max;
};
struct ct_range_uint64 {
    uint64_t min, max;
};
struct ct_range_float64 {
    double min, max;
};
struct ct_range_int64 ct_kernel_range_int64(const int64_t *values, const uint8_t *present,
                                            uint32_t count);
struct ct_range_uint64 ct_kernel_range_uint64(const uint64_t *values, const uint8_t *present,
                                              uint32_t count);
struct ct_range_float64 ct_kernel_range_float64(const double *values, const uint8_t *present,
                                                uint32_t count);

#endif
