#include "clock.h"

#include <time.h>

#include "status.h"

static int64_t read_clock_ns(clockid_t id)
{
    struct timespec now;
    const int failed = clock_gettime(id, &now);
    CT_ASSERT(!failed); /* both clocks exist wherever we run */
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t system_now_ns(void *context)
{
    (void)context;
    return read_clock_ns(CLOCK_REALTIME);
}

static int64_t system_monotonic_ns(void *context)
{
    (void)context;
    return read_clock_ns(CLOCK_MONOTONIC);
}

const struct ct_clock *ct_clock_system(void)
{
    static const struct ct_clock system = {
        .now_ns = system_now_ns,
        .monotonic_ns = system_monotonic_ns,
    };
    return &system;
}
