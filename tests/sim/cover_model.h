/* Covered scans held against the oracle: whatever mixture of cells and rows a scan gives, added up
 * by group and bucket it must be the model's rows added up. For tests. */
#ifndef COVER_MODEL_H
#define COVER_MODEL_H

#include "store_model.h"

/* What covered scans gave, so that a test can tell whether it tried anything. */
struct cover_tally {
    uint64_t scans, cells, rows;
    uint64_t sources[CT_TIER_FILE + 1]; /* by tier */
};

/* Scans of a random table each, with random tags, fields, grain and time range. On a difference
 * prints it and returns false. */
bool covers_match(const struct model *model, size_t commit_count, struct ct_snapshot *snapshot,
                  struct sim_random *random, int questions, struct cover_tally *tally);

/* Makes both tables with days as partitions: a month then has segments enough for a rollup file. */
ct_status cover_define_days(struct ct_store *store, struct ct_error *err);

/* Declares or drops a random grouping set of a random table. */
ct_status cover_random_set(struct ct_store *store, struct sim_random *random, struct ct_error *err);

#endif
