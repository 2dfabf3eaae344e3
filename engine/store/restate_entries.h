/* Equal charges told apart: counts the rows of each series and time that have no entry id of their
 * own. Private to store; see restate.h. */
#ifndef CT_RESTATE_ENTRIES_H
#define CT_RESTATE_ENTRIES_H

#include "arena.h"
#include "live.h"

struct ct_restate_entries {
    struct ct_entry_count {
        int64_t time_ns;
        uint32_t series;
        uint32_t count; /* 0: free */
    } * slots;          /* open addressing */
    size_t cap;         /* 0 or a power of two */
    size_t used;
    /* Of the block at hand. */
    struct ct_arena texts;
    struct ct_text *ids;
    uint8_t *present;
    size_t id_cap, present_cap;
};

void ct_restate_entries_init(struct ct_restate_entries *entries,
                             const struct ct_allocator *allocator);
void ct_restate_entries_deinit(struct ct_restate_entries *entries);

/* The entry ids of the block's rows, given ones and new ones: *out, borrowed until the next call.
 * `given` is NULL where the block has no such column. *numbered: rows that got one; where it is 0
 * *out is not set. */
ct_status ct_restate_entries_number(struct ct_restate_entries *entries,
                                    const struct ct_row_block *rows, const struct ct_vector *given,
                                    struct ct_vector *out, uint64_t *numbered) CT_MUST_USE;

#endif
