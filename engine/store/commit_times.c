#include "commit_times.h"

#include <string.h>

#define SECOND_NS   INT64_C(1000000000)
#define FINE_NS     (3600 * SECOND_NS) /* marks younger than this are all kept */
#define COARSE_NS   (60 * SECOND_NS)
#define THIN_AT_MIN 8192

void ct_commit_times_deinit(struct ct_commit_times *times, const struct ct_allocator *allocator)
{
    ct_release(allocator, times->marks);
    memset(times, 0, sizeof *times);
}

static int64_t later_by(int64_t later_ns, int64_t earlier_ns)
{
    int64_t by_ns;
    return __builtin_sub_overflow(later_ns, earlier_ns, &by_ns) ? INT64_MAX : by_ns;
}

bool ct_commit_times_is_due(const struct ct_commit_times *times, int64_t time_ns)
{
    if (times->count == 0)
        return true;
    const int64_t last_ns = times->marks[times->count - 1].time_ns;
    return time_ns > last_ns && later_by(time_ns, last_ns) >= SECOND_NS;
}

ct_status ct_commit_times_reserve(struct ct_commit_times *times,
                                  const struct ct_allocator *allocator)
{
    return ct_grow(allocator, &times->marks, &times->cap, times->count + 1, sizeof *times->marks)
               ? CT_OK
               : CT_NO_MEMORY;
}

/* Keeps the first mark of each old minute. */
static void thin(struct ct_commit_times *times)
{
    const int64_t newest_ns = times->marks[times->count - 1].time_ns;
    size_t kept = 1;
    for (size_t i = 1; i < times->count; i++) {
        const int64_t time_ns = times->marks[i].time_ns;
        if (later_by(newest_ns, time_ns) < FINE_NS ||
            later_by(time_ns, times->marks[kept - 1].time_ns) >= COARSE_NS)
            times->marks[kept++] = times->marks[i];
    }
    times->count = kept;
    times->thinned = kept;
}

ct_status ct_commit_times_add(struct ct_commit_times *times, const struct ct_allocator *allocator,
                              struct ct_commit_time mark)
{
    const struct ct_commit_time *last = times->count ? &times->marks[times->count - 1] : NULL;
    if (last && (mark.commit <= last->commit || mark.time_ns <= last->time_ns))
        return CT_OK;
    CT_TRY(ct_commit_times_reserve(times, allocator));
    times->marks[times->count++] = mark;
    if (times->count >= THIN_AT_MIN && times->count / 2 > times->thinned)
        thin(times);
    return CT_OK;
}

/* Marks at the beginning with a commit up to `commit`. */
static size_t marks_until(const struct ct_commit_times *times, uint64_t commit)
{
    size_t low = 0;
    size_t high = times->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (times->marks[middle].commit <= commit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void ct_commit_times_forget(struct ct_commit_times *times, uint64_t commit)
{
    const size_t until = marks_until(times, commit);
    if (until < 2)
        return;
    times->count -= until - 1;
    times->thinned -= times->thinned < until - 1 ? times->thinned : until - 1;
    memmove(times->marks, times->marks + until - 1, times->count * sizeof *times->marks);
}

uint64_t ct_commit_times_at(const struct ct_commit_times *times, int64_t time_ns,
                            uint64_t last_commit, bool *found)
{
    size_t low = 0;
    size_t high = times->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (times->marks[middle].time_ns <= time_ns)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low > 0;
    if (low == times->count)
        return last_commit;
    return times->marks[low].commit - 1;
}

int64_t ct_commit_times_of(const struct ct_commit_times *times, uint64_t commit, bool *found)
{
    const size_t until = marks_until(times, commit);
    *found = until > 0;
    return until > 0 ? times->marks[until - 1].time_ns : 0;
}
