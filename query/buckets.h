/* Time buckets, of a fixed width or between given edges. Right for all of int64, negative times
 * too. Layer query, for its own files only.
 *
 * Of a width: bucket n holds the times phase + n x width <= t < phase + (n + 1) x width; the phase
 * is the origin brought into [0, width). Of edges: bucket n holds edges[n] <= t < edges[n + 1]; an
 * edge of INT64_MAX at the end includes that time. */
#ifndef CT_BUCKETS_H
#define CT_BUCKETS_H

#include "decimal.h"

struct ct_buckets {
    int64_t width_ns; /* 0, without edges: no buckets, all times are in bucket 0 */
    int64_t phase_ns;
    const int64_t *edges; /* ascending, at least 2; NULL: of a width. All times that are asked for
                             lie between the first and the last */
    size_t edge_count;
};

static inline struct ct_buckets ct_buckets_of(int64_t width_ns, int64_t origin_ns)
{
    if (width_ns == 0)
        return (struct ct_buckets){0};
    const int64_t rest = origin_ns % width_ns;
    return (struct ct_buckets){.width_ns = width_ns, .phase_ns = rest < 0 ? rest + width_ns : rest};
}

static inline bool ct_buckets_is_one(const struct ct_buckets *buckets)
{
    return buckets->width_ns == 0 && !buckets->edges;
}

/* The last edge at or before the time, but never the last of all. */
static inline int64_t ct_bucket_by_edge(const struct ct_buckets *buckets, int64_t time_ns)
{
    size_t low = 0;
    size_t high = buckets->edge_count - 1;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (buckets->edges[middle] <= time_ns)
            low = middle;
        else
            high = middle;
    }
    return (int64_t)low;
}

static inline int64_t ct_bucket_number(const struct ct_buckets *buckets, int64_t time_ns)
{
    if (buckets->edges)
        return ct_bucket_by_edge(buckets, time_ns);
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
    if (buckets->edges)
        return buckets->edges[number];
    if (buckets->width_ns == 0)
        return INT64_MIN;
    return ct_bucket_clamp((ct_int128)number * buckets->width_ns + buckets->phase_ns);
}

static inline int64_t ct_bucket_last_ns(const struct ct_buckets *buckets, int64_t number)
{
    if (buckets->edges) {
        const int64_t end_ns = buckets->edges[number + 1];
        return end_ns == INT64_MAX ? INT64_MAX : end_ns - 1;
    }
    if (buckets->width_ns == 0)
        return INT64_MAX;
    return ct_bucket_clamp(((ct_int128)number + 1) * buckets->width_ns + buckets->phase_ns - 1);
}

/* The stretch of time that one bucket holds. */
struct ct_bucket_span {
    int64_t number, first_ns, last_ns;
};

static inline struct ct_bucket_span ct_bucket_span_of(const struct ct_buckets *buckets,
                                                      int64_t time_ns)
{
    const int64_t number = ct_bucket_number(buckets, time_ns);
    return (struct ct_bucket_span){number, ct_bucket_first_ns(buckets, number),
                                   ct_bucket_last_ns(buckets, number)};
}

#endif
