/* Two summaries of many values in little room: quantiles and the number of distinct values. Layer
 * rollup; may be included by store, query, tests and bench. Bytes: ../FORMAT.md section 9.1.
 *
 * Invariant: the stored form is a function of the multiset of values added, never of the order in
 * which they were added or in which sketches were merged. No arithmetic of doubles goes into it.
 *
 * Quantiles are a DDSketch (Masson, Rim, Lee 2019) whose bins are the doubles with the same sign,
 * exponent and first six bits of mantissa (the paper's linearly interpolated mapping): 64 bins for
 * each power of two. The error of an answer is at most 1/128 (0.79%) of the true value. Of each
 * sign at most 2,048 bins are kept, those of the largest magnitudes: values 2^31 times smaller than
 * the largest of their sign may count as 2^-32 to 2^-31 of it. Values of the smallest magnitudes
 * (below 2.3e-308) count as 0; infinities as the largest double; a NaN does not count.
 *
 * Distinct counts are exact up to CT_DISTINCT_EXACT values (collisions of 64-bit hashes apart).
 * Beyond, a HyperLogLog of 4,096 registers with Ertl's estimator (2017): standard error 1.04 /
 * sqrt(4096) = 1.63%. Equal numbers are one value whatever their scale: 3.5 and 3.50.
 *
 * Both are confined to one thread. A call that fails leaves the sketch as it was, but for a merge,
 * after which it may hold a part of the other. */
#ifndef CT_SKETCH_H
#define CT_SKETCH_H

#include "alloc.h"
#include "value.h"

#define CT_QUANTILE_ERROR    (1.0 / 128) /* relative */
#define CT_QUANTILE_BINS_MAX 2048        /* of each sign */
#define CT_DISTINCT_EXACT    256
#define CT_DISTINCT_ERROR    0.01625 /* relative, one standard deviation */

/* Counts of bins of one sign. Those from low to high may be other than 0. */
struct ct_quantile_bins {
    uint64_t *counts; /* [cap], of bin `first` and the following; NULL: no values */
    uint32_t first, cap;
    uint32_t low, high;
};

struct ct_quantile_sketch {
    const struct ct_allocator *allocator;
    uint64_t count; /* of all values */
    uint64_t zero_count;
    struct ct_quantile_bins negative, positive;
};

/* Allocates nothing. */
void ct_quantile_sketch_init(struct ct_quantile_sketch *sketch,
                             const struct ct_allocator *allocator);
void ct_quantile_sketch_deinit(struct ct_quantile_sketch *sketch);

/* Adds the value `count` times. CT_RANGE past 2^64 - 1 values in all. */
ct_status ct_quantile_sketch_add(struct ct_quantile_sketch *sketch, double value,
                                 uint64_t count) CT_MUST_USE;
ct_status ct_quantile_sketch_merge(struct ct_quantile_sketch *sketch,
                                   const struct ct_quantile_sketch *other) CT_MUST_USE;

/* The value of rank ceil(q x count), at least the first, in ascending order. q is in [0, 1] and the
 * sketch not empty: else CT_INVALID. */
ct_status ct_quantile_sketch_value(const struct ct_quantile_sketch *sketch, double q,
                                   double *out) CT_MUST_USE;

/* Bytes that write needs, and writes. */
size_t ct_quantile_sketch_size(const struct ct_quantile_sketch *sketch);
void ct_quantile_sketch_write(const struct ct_quantile_sketch *sketch, uint8_t *out);
/* Merges a stored sketch into this one. CT_CORRUPT for bytes that no sketch writes. */
ct_status ct_quantile_sketch_merge_stored(struct ct_quantile_sketch *sketch,
                                          struct ct_text stored) CT_MUST_USE;

struct ct_distinct_sketch {
    const struct ct_allocator *allocator;
    uint64_t *hashes; /* ascending, each once; NULL once there are registers */
    size_t hash_cap;
    uint32_t hash_count;
    uint8_t *registers; /* NULL up to CT_DISTINCT_EXACT values */
};

/* Allocates nothing. */
void ct_distinct_sketch_init(struct ct_distinct_sketch *sketch,
                             const struct ct_allocator *allocator);
void ct_distinct_sketch_deinit(struct ct_distinct_sketch *sketch);

ct_status ct_distinct_sketch_add(struct ct_distinct_sketch *sketch, uint64_t hash) CT_MUST_USE;
ct_status ct_distinct_sketch_merge(struct ct_distinct_sketch *sketch,
                                   const struct ct_distinct_sketch *other) CT_MUST_USE;
uint64_t ct_distinct_sketch_estimate(const struct ct_distinct_sketch *sketch);

/* As those of quantiles. */
size_t ct_distinct_sketch_size(const struct ct_distinct_sketch *sketch);
void ct_distinct_sketch_write(const struct ct_distinct_sketch *sketch, uint8_t *out);
ct_status ct_distinct_sketch_merge_stored(struct ct_distinct_sketch *sketch,
                                          struct ct_text stored) CT_MUST_USE;

/* Value i of a vector, which is present, as the sketches want it: the nearest double (of a number),
 * and the hash (of any type). */
double ct_sketch_number(const struct ct_vector *vector, uint32_t i);
uint64_t ct_sketch_hash(const struct ct_vector *vector, uint32_t i);

#endif
