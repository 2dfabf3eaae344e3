/* Which counters' beginnings the store knows already. Layer http; for OTLP.
 *
 * A cumulative counter was 0 at its start, and says when that was with every report. The row of
 * that 0 makes the first report's amount, and a restart, count in full (otlp_rows.h); writing it
 * again with every report would overwrite it again and again. So what was written is remembered: a
 * cache, each place holding the counter that came last. Whatever is forgotten is written once more,
 * which changes nothing. */
#ifndef CT_COUNTER_STARTS_H
#define CT_COUNTER_STARTS_H

#include "alloc.h"
#include <stdint.h>

struct ct_counter_starts;

struct ct_counter_start {
    uint64_t series[2]; /* a hash of 128 bits: of database, table, tags */
    int64_t start_ns;
};

/* NULL: out of memory. */
struct ct_counter_starts *ct_counter_starts_create(const struct ct_allocator *allocator);
void ct_counter_starts_destroy(struct ct_counter_starts *starts); /* NULL is fine */

/* Any thread. Of NULL nothing is known. */
bool ct_counter_starts_has(struct ct_counter_starts *starts, const struct ct_counter_start *start);
/* When their rows are durable. */
void ct_counter_starts_add(struct ct_counter_starts *starts, const struct ct_counter_start *items,
                           size_t count);

#endif
