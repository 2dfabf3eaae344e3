/* How often each address was wrong lately, in a table of fixed size. Layer http.
 *
 * Each address may be wrong CT_FAILURES_AT_ONCE times, and once more for every CT_FAILURE_PAUSE_NS
 * that passes. A slot holds the time at which its address is as good as new (the leaky bucket as a
 * meter). Where more addresses are wrong than there are slots, the one that is nearest to being as
 * good as new is forgotten. Any thread. */
#ifndef CT_FAILURE_TABLE_H
#define CT_FAILURE_TABLE_H

#include "sync.h"
#include "text.h"

#define CT_FAILURES_AT_ONCE 20
#define CT_FAILURE_PAUSE_NS INT64_C(3000000000)
#define CT_FAILURE_WAYS     4
#define CT_FAILURE_SETS     256

struct ct_failure_table {
    struct ct_mutex mutex;
    uint64_t seed;
    struct ct_failure_slot {
        uint64_t address; /* hashed */
        int64_t clean_at_ns;
    } slots[CT_FAILURE_SETS][CT_FAILURE_WAYS];
};

void ct_failure_table_init(struct ct_failure_table *table, uint64_t seed);
void ct_failure_table_deinit(struct ct_failure_table *table);

/* Notes that the address (as text; IPv6 counts by its first 64 bits) was wrong at a monotonic time.
 * True where it has been so too often. */
bool ct_failure_table_note(struct ct_failure_table *table, struct ct_text address, int64_t now_ns);

#endif
