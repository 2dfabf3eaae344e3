/* One series' samples, in order, to what they add to time buckets. Layer query, for its own files
 * only.
 *
 * A step gives one contribution at a time, so that whoever asks can stop in between. */
#ifndef CT_SERIES_WALK_H
#define CT_SERIES_WALK_H

#include "buckets.h"
#include "plan.h"
#include "samples.h"

struct ct_series_walk {
    const struct ct_plan_output *output;
    enum ct_type type;
    const struct ct_buckets *buckets;
    int64_t start_ns, end_ns; /* of the query */
    const struct ct_sample *samples;
    size_t count;
    /* Where it stands. */
    size_t at;
    int64_t time_ns; /* integral: what comes before is done */
    bool is_inside;  /* integral: the holding of sample `at` has begun */
};

struct ct_series_step {
    int64_t bucket;
    struct ct_decimal_sum exact; /* of exact types, else floating */
    double floating;
};

/* Of an integral: an hour unless another is given. Its steps are value x ns, to be divided by this
 * at the end; those of floats are divided already. */
static inline int64_t ct_integral_unit_ns(const struct ct_aggregate *aggregate)
{
    return aggregate->unit_ns ? aggregate->unit_ns : INT64_C(3600000000000);
}

void ct_series_walk_init(struct ct_series_walk *walk, const struct ct_plan *plan,
                         const struct ct_plan_output *output, const struct ct_buckets *buckets,
                         const struct ct_sample *samples, size_t count);

/* *found is false at the end. CT_RANGE where a number does not fit. */
ct_status ct_series_walk_next(struct ct_series_walk *walk, struct ct_series_step *step, bool *found,
                              struct ct_error *err) CT_MUST_USE;

#endif
