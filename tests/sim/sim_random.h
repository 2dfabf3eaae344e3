/* Splitmix64: the one source of chance in tests. The same seed gives the same history on every
 * machine. */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct sim_random {
    uint64_t state;
};

static inline struct sim_random sim_random_of(uint64_t seed)
{
    return (struct sim_random){.state = seed};
}

static inline uint64_t sim_random_next(struct sim_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 to bound - 1; bound is not 0. */
static inline uint64_t sim_random_below(struct sim_random *random, uint64_t bound)
{
    return sim_random_next(random) % bound;
}

/* True once in `one_in` calls, on average. */
static inline bool sim_random_chance(struct sim_random *random, uint64_t one_in)
{
    return sim_random_below(random, one_in) == 0;
}

#endif
