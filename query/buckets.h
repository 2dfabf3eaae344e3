/* Fixed time buckets. Bucket n holds the times phase + n x width <= t < phase + (n + 1) x width;
 * the phase is the origin brought into [0, width). Right for all of int64, negative times too.
 * Layer query, for its own files only. */
#ifndef CT_BUCKETS_H
#define CT_BUCKETS_H

#include "decimal.h"

struct ct_buckets {
    int64_t width_ns; /* 0: no buckets, all times are in bucket 0 */
    int64_t phase_ns;
};

static inline struct ct_buckets ct_buckets_of(int64_t width_ns, int64_t origin_ns)
{
    if (width_ns == 0)
        return (struct ct_buckets){0};
    const int64_t rest = origin_ns % width_ns;
    return (struct ct_buckets){width_ns, rest < 0 ? rest + width_ns : rest};
}

static inline int64_t ct_bucket_number(const struct ct_buckets *buckets, int64_t time_ns)
{
    if (buckets->width_ns == 0)
        return 0;
    int64_t number = time_ns / buckets->width_ns;
    int64_t rest = time_ns % buckets->width_ns;
    if (rest < 0) {
        rest += buckets->width_ns;
        number--;
    }
    return rest < buckets->phase_ns ? number - 1 : number;
}

static inline int64_t ct_bucket_clamp(ct_int128 time_ns)
{
    if (time_ns < INT64_MIN)
        return INT64_MIN;
    return time_ns > INT64_MAX ? INT64_MAX : (int64_t)time_ns;
}

/* The first and the last time of a bucket, as far as times go. */
static inline int64_t ct_bucket_first_ns(const struct ct_buckets *buckets, int64_t number)
{
    return ct_bucket_clamp((ct_int128)number * buckets->width_ns + buckets->phase_ns);
}

static inline int64_t ct_bucket_last_ns(const struct ct_buckets *buckets, int64_t number)
{
    return ct_bucket_clamp(((ct_int128)number + 1) * buckets->width_ns + buckets->phase_ns - 1);
}

#endif
