/* What the store was at earlier commits. Private to store.
 *
 * H1 Every row has the commit that it came with: live rows in their chunks, sealed rows in a hidden
 *    column (commit_column.h). In a segment without one all rows count as of its last commit.
 *
 * H2 A row that a seal or merge removes, because a later one overwrote it or a delete took it, goes
 *    to a history segment of the same table and partition, with the commit until which it counted.
 *
 * H3 So the store at commit c is: the rows, live, sealed and of history, with commit <= c < until,
 *    less what deletes up to c take, folded in the order of their commits.
 *
 * H4 That holds for commits from `history_low` on, which is kept in the manifest. What only older
 *    commits need is dropped by ct_store_merge_history, once it is past the horizon.
 *
 * A store that keeps no history (a horizon of 0 days) writes neither column nor history; each seal
 * and merge then moves history_low to the last commit that took anything from its rows. */
#ifndef CT_HISTORY_H
#define CT_HISTORY_H

#include "run_writer.h"

#define CT_HISTORY_DAYS_DEFAULT 400

/* Columns beside the fields of rows that are sealed or merged. */
#define CT_HIDDEN_COLUMNS 2

/* Appends them; returns the new number of columns. */
uint32_t ct_history_add_columns(struct ct_segment_column *columns, uint32_t count);

/* Merges the history segments of one partition, where there are many (with `all`: several), and
 * drops those that are past the horizon. Step lock held. */
ct_status ct_store_merge_history(struct ct_store *store, bool all, bool *did_work,
                                 struct ct_error *err) CT_MUST_USE;

/* Settles pools and writes what they remove. */
struct ct_history_writer {
    struct ct_run_plan plan; /* of the history segments */
    struct ct_store *store;
    const uint32_t *series;
    uint32_t series_count;
    struct ct_run_writer *writer; /* NULL until there is something to write */
    struct ct_row_pool past;
    uint32_t *latest;
    bool is_on;
};

/* `plan`: of the segments that the rows themselves go to; column_count: of its columns with the
 * hidden ones. Where those are not there, no history is kept: it then only settles. Deinit is due
 * after any outcome. Series as with ct_run_writer_expect. */
ct_status ct_history_writer_init(struct ct_history_writer *history, struct ct_store *store,
                                 const struct ct_run_plan *plan, uint32_t column_count,
                                 const uint32_t *series, uint32_t series_count,
                                 struct ct_error *err) CT_MUST_USE;
void ct_history_writer_deinit(struct ct_history_writer *history);

/* Settles the rows of the index-th series. */
ct_status ct_history_writer_settle(struct ct_history_writer *history, uint32_t index,
                                   struct ct_row_pool *pool, struct ct_error *err) CT_MUST_USE;

/* Adds the history segments, if any, to the list. */
ct_status ct_history_writer_finish(struct ct_history_writer *history, struct ct_sealed_list *list,
                                   struct ct_error *err) CT_MUST_USE;

#endif
