/* What a restatement is made of. Private to store: restate.c stages, restate_finish.c commits. */
#ifndef CT_RESTATE_STATE_H
#define CT_RESTATE_STATE_H

#include "arena.h"
#include "restate.h"
#include "restate_entries.h"
#include "run_writer.h"
#include "state.h"

struct ct_restate {
    struct ct_store *store;
    struct ct_arena names;         /* the scope's texts */
    struct ct_restate_scope scope; /* tags sorted by key */
    struct ct_live_set *live;      /* staged rows that are not in a segment yet */
    struct ct_restate_entries entries;
    struct ct_sealed_list staged; /* of one partition: oldest first */
    uint64_t row_count, numbered_rows;
    bool is_failed;
    bool is_named; /* an edit names the files, or may do so: they are not ours to remove any more */
};

/* Moves the staged rows into segments. */
ct_status ct_restate_spill(struct ct_restate *restate, struct ct_error *err);

/* Merges until each partition has one segment. */
ct_status ct_restate_merge(struct ct_restate *restate, struct ct_error *err);

/* The table's number; CT_NONE: there is none yet. */
uint32_t ct_restate_table(const struct ct_restate *restate);

/* The segments, and their files where no edit can name them. */
void ct_restate_remove_staged(struct ct_restate *restate);

#endif
