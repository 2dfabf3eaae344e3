/* A few stretches of time: ascending, apart from each other, half open. Private to store.
 *
 * Holds at most CT_TIME_RANGES_MAX; where more are added, those that are nearest become one. So it
 * may say too much, never too little. A stretch that ends at INT64_MAX includes it. */
#ifndef CT_TIME_RANGES_H
#define CT_TIME_RANGES_H

#include "alloc.h"
#include "status.h"

#define CT_TIME_RANGES_MAX 16

struct ct_time_range {
    int64_t start_ns, end_ns;
};

/* All zero is none. */
struct ct_time_ranges {
    uint32_t count;
    struct ct_time_range ranges[CT_TIME_RANGES_MAX];
};

static inline bool ct_time_range_meets(struct ct_time_range a, struct ct_time_range b)
{
    return a.start_ns < b.end_ns && b.start_ns < a.end_ns;
}

/* From the first instant through the last, both of them included. */
static inline struct ct_time_range ct_time_range_of(int64_t min_ns, int64_t max_ns)
{
    return (struct ct_time_range){.start_ns = min_ns, .end_ns = max_ns + (max_ns < INT64_MAX)};
}

/* An empty one adds nothing. */
void ct_time_ranges_add(struct ct_time_ranges *ranges, struct ct_time_range range);
void ct_time_ranges_add_all(struct ct_time_ranges *ranges, const struct ct_time_ranges *others);
bool ct_time_ranges_meet(const struct ct_time_ranges *ranges, struct ct_time_range range);

/* Any number of stretches, each apart from the next, out of many that are not. */
struct ct_time_union {
    const struct ct_allocator *allocator;
    struct ct_time_range *ranges;
    size_t count, cap;
};
/* In any order. False where memory is out. */
bool ct_time_union_add(struct ct_time_union *all, const struct ct_time_ranges *ranges);
/* After the last one: sorts them and joins what meets or touches. */
void ct_time_union_settle(struct ct_time_union *all);
void ct_time_union_deinit(struct ct_time_union *all);

#endif
