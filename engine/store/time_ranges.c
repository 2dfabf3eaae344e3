#include "time_ranges.h"

#include <stdlib.h>
#include <string.h>

/* -- a few ------------------------------------------------------------------------------------- */

static void remove_at(struct ct_time_ranges *ranges, uint32_t at)
{
    ranges->count--;
    memmove(ranges->ranges + at, ranges->ranges + at + 1,
            (ranges->count - at) * sizeof *ranges->ranges);
}

static void insert_at(struct ct_time_ranges *ranges, uint32_t at, struct ct_time_range range)
{
    memmove(ranges->ranges + at + 1, ranges->ranges + at,
            (ranges->count - at) * sizeof *ranges->ranges);
    ranges->ranges[at] = range;
    ranges->count++;
}

static void join_nearest(struct ct_time_ranges *ranges)
{
    uint32_t nearest = 0;
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i + 1 < ranges->count; i++) {
        const uint64_t gap =
            (uint64_t)ranges->ranges[i + 1].start_ns - (uint64_t)ranges->ranges[i].end_ns;
        if (gap < least) {
            least = gap;
            nearest = i;
        }
    }
    ranges->ranges[nearest].end_ns = ranges->ranges[nearest + 1].end_ns;
    remove_at(ranges, nearest + 1);
}

void ct_time_ranges_add(struct ct_time_ranges *ranges, struct ct_time_range range)
{
    if (range.start_ns >= range.end_ns)
        return;
    uint32_t at = 0;
    while (at < ranges->count && ranges->ranges[at].end_ns < range.start_ns)
        at++;
    if (at < ranges->count && ranges->ranges[at].start_ns <= range.start_ns &&
        ranges->ranges[at].end_ns >= range.end_ns)
        return;
    while (at < ranges->count && ranges->ranges[at].start_ns <= range.end_ns) {
        const struct ct_time_range other = ranges->ranges[at];
        range.start_ns = other.start_ns < range.start_ns ? other.start_ns : range.start_ns;
        range.end_ns = other.end_ns > range.end_ns ? other.end_ns : range.end_ns;
        remove_at(ranges, at);
    }
    if (ranges->count < CT_TIME_RANGES_MAX) {
        insert_at(ranges, at, range);
        return;
    }
    join_nearest(ranges);
    ct_time_ranges_add(ranges, range);
}

void ct_time_ranges_add_all(struct ct_time_ranges *ranges, const struct ct_time_ranges *others)
{
    for (uint32_t i = 0; i < others->count; i++)
        ct_time_ranges_add(ranges, others->ranges[i]);
}

bool ct_time_ranges_meet(const struct ct_time_ranges *ranges, struct ct_time_range range)
{
    for (uint32_t i = 0; i < ranges->count; i++) {
        if (ct_time_range_meets(ranges->ranges[i], range))
            return true;
    }
    return false;
}

/* -- any number -------------------------------------------------------------------------------- */

bool ct_time_union_add(struct ct_time_union *all, const struct ct_time_ranges *ranges)
{
    if (!ct_grow(all->allocator, &all->ranges, &all->cap, all->count + ranges->count,
                 sizeof *all->ranges))
        return false;
    for (uint32_t i = 0; i < ranges->count; i++)
        all->ranges[all->count++] = ranges->ranges[i];
    return true;
}

static int compare_starts(const void *a, const void *b)
{
    const struct ct_time_range *first = a;
    const struct ct_time_range *second = b;
    return (first->start_ns > second->start_ns) - (first->start_ns < second->start_ns);
}

void ct_time_union_settle(struct ct_time_union *all)
{
    size_t kept = 0;
    if (all->count > 1)
        qsort(all->ranges, all->count, sizeof *all->ranges, compare_starts);
    for (size_t i = 0; i < all->count; i++) {
        const struct ct_time_range range = all->ranges[i];
        struct ct_time_range *last = kept > 0 ? &all->ranges[kept - 1] : NULL;
        if (!last || range.start_ns > last->end_ns)
            all->ranges[kept++] = range;
        else if (range.end_ns > last->end_ns)
            last->end_ns = range.end_ns;
    }
    all->count = kept;
}

void ct_time_union_deinit(struct ct_time_union *all)
{
    ct_release(all->allocator, all->ranges);
    *all = (struct ct_time_union){0};
}
