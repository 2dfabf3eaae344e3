/* What a standard deviation is worked out from. Layer query, for its own files only.
 *
 * Of exact types: the sum of squares as an integer, so that the result depends on the values alone.
 * Of doubles: mean and sum of squared distances from it, which lose nothing where the mean is far
 * larger than the spread, and are merged by Chan, Golub and LeVeque's rule (1979). */
#ifndef CT_DEVIATION_H
#define CT_DEVIATION_H

#include "value.h"

/* total x 10^-(2 x scale), never negative. */
struct ct_square_sum {
    struct ct_int256 total;
    uint8_t scale;
};

/* Adds the squares of the present values among [from, from + count). CT_RANGE past 256 bits. */
ct_status ct_square_sum_add(struct ct_square_sum *sum, const struct ct_vector *vector,
                            uint32_t from, uint32_t count, struct ct_error *err) CT_MUST_USE;
ct_status ct_square_sum_merge(struct ct_square_sum *sum, const struct ct_square_sum *other,
                              struct ct_error *err) CT_MUST_USE;

struct ct_moments {
    uint64_t count;
    double mean, squares; /* of distances from the mean */
};

void ct_moments_add(struct ct_moments *moments, const struct ct_vector *vector, uint32_t from,
                    uint32_t count);
void ct_moments_merge(struct ct_moments *moments, const struct ct_moments *other);

/* Of a sample: the root of the squares / (count - 1). count > 1. */
ct_status ct_deviation_exact(uint64_t count, const struct ct_decimal_sum *sum,
                             const struct ct_square_sum *squares, double *out,
                             struct ct_error *err) CT_MUST_USE;
double ct_deviation_of_moments(const struct ct_moments *moments);

#endif
