/* When commits were made. Private to store.
 *
 * Marks: a commit and the time at which it was made, both ascending. The commits between two marks
 * were made after the first and, as far as is known, before the second. A mark is made where the
 * last one is a second old, so times are known to the second; of marks more than an hour before the
 * newest one in a minute is kept. A clock that is set back makes no marks until it has caught up.
 */
#ifndef CT_COMMIT_TIMES_H
#define CT_COMMIT_TIMES_H

#include "alloc.h"
#include "status.h"

/* Times are kept and stored in whole milliseconds. */
#define CT_TIME_UNIT_NS INT64_C(1000000)

struct ct_commit_time {
    uint64_t commit;
    int64_t time_ns;
};

struct ct_commit_times {
    struct ct_commit_time *marks;
    size_t count, cap;
    size_t thinned; /* marks left when they were last thinned */
};

void ct_commit_times_deinit(struct ct_commit_times *times, const struct ct_allocator *allocator);

/* Is a mark to be made at this time? */
bool ct_commit_times_is_due(const struct ct_commit_times *times, int64_t time_ns);

/* Room for one more mark. */
ct_status ct_commit_times_reserve(struct ct_commit_times *times,
                                  const struct ct_allocator *allocator) CT_MUST_USE;

/* Adds a mark; one that does not ascend is left out. CT_NO_MEMORY not after a reserve. */
ct_status ct_commit_times_add(struct ct_commit_times *times, const struct ct_allocator *allocator,
                              struct ct_commit_time mark) CT_MUST_USE;

/* Forgets marks that say nothing of commits from `commit` on. */
void ct_commit_times_forget(struct ct_commit_times *times, uint64_t commit);

/* The last commit made at or before time_ns, of those up to last_commit. *found false where that
 * was before the first mark. */
uint64_t ct_commit_times_at(const struct ct_commit_times *times, int64_t time_ns,
                            uint64_t last_commit, bool *found);

/* When the commit was made, or shortly before. *found false where that is not known. */
int64_t ct_commit_times_of(const struct ct_commit_times *times, uint64_t commit, bool *found);

#endif
