/* The clock door. Everyone may include this.
 *
 * Passed in at open, outlives all that it was given to; calls come from any thread. Tests pass one
 * that stands still, jumps and runs backwards. */
#ifndef CT_CLOCK_H
#define CT_CLOCK_H

#include <stdint.h>

struct ct_clock {
    void *context;
    /* Nanoseconds since 1970 UTC. May jump either way. */
    int64_t (*now_ns)(void *context);
    /* Nanoseconds since some moment of its own. Never decreases. */
    int64_t (*monotonic_ns)(void *context);
};

/* The system's. Never NULL. */
const struct ct_clock *ct_clock_system(void);

static inline int64_t ct_clock_now_ns(const struct ct_clock *clock)
{
    return clock->now_ns(clock->context);
}

static inline int64_t ct_clock_monotonic_ns(const struct ct_clock *clock)
{
    return clock->monotonic_ns(clock->context);
}

#endif
