#include "counter_starts.h"

#include "sync.h"

#define PLACES ((size_t)1 << 18) /* 6 MiB, touched as they are used */

struct ct_counter_starts {
    const struct ct_allocator *allocator;
    struct ct_mutex mutex;
    struct ct_counter_start *places;
};

struct ct_counter_starts *ct_counter_starts_create(const struct ct_allocator *allocator)
{
    struct ct_counter_starts *starts = ct_alloc_zeroed(allocator, 1, sizeof *starts);
    if (!starts)
        return NULL;
    starts->allocator = allocator;
    starts->places = ct_alloc_zeroed(allocator, PLACES, sizeof *starts->places);
    if (!starts->places) {
        ct_release(allocator, starts);
        return NULL;
    }
    ct_mutex_init(&starts->mutex);
    return starts;
}

void ct_counter_starts_destroy(struct ct_counter_starts *starts)
{
    if (!starts)
        return;
    ct_mutex_deinit(&starts->mutex);
    ct_release(starts->allocator, starts->places);
    ct_release(starts->allocator, starts);
}

static struct ct_counter_start *place_of(struct ct_counter_starts *starts,
                                         const struct ct_counter_start *start)
{
    return &starts->places[start->series[0] % PLACES];
}

bool ct_counter_starts_has(struct ct_counter_starts *starts, const struct ct_counter_start *start)
{
    if (!starts)
        return false;
    ct_mutex_lock(&starts->mutex);
    const struct ct_counter_start known = *place_of(starts, start);
    ct_mutex_unlock(&starts->mutex);
    return known.series[0] == start->series[0] && known.series[1] == start->series[1] &&
           known.start_ns == start->start_ns;
}

void ct_counter_starts_add(struct ct_counter_starts *starts, const struct ct_counter_start *items,
                           size_t count)
{
    if (!starts || count == 0)
        return;
    ct_mutex_lock(&starts->mutex);
    for (size_t i = 0; i < count; i++)
        *place_of(starts, &items[i]) = items[i];
    ct_mutex_unlock(&starts->mutex);
}
