/* Sorted rows of a table into the segments of its partitions. Private to store; used by seals and
 * merges.
 *
 * Series come in ascending order, each with its settled rows; each row goes to the segment of its
 * partition. At most CT_RUN_PARTITIONS_MAX segments are open at once: the caller passes over the
 * series again for the next stretch of time. */
#ifndef CT_RUN_WRITER_H
#define CT_RUN_WRITER_H

#include "row_pool.h"
#include "state.h"

#define CT_RUN_PARTITIONS_MAX 16

struct ct_run_plan {
    uint32_t table;
    enum ct_partition partition;
    const struct ct_segment_column *columns;
    uint32_t column_count;
    uint64_t min_commit, max_commit, applied_commit;
    enum ct_effort effort;
    bool is_history; /* rows that count no more */
};

/* Segments written so far, open; owned by the list. */
struct ct_sealed_list {
    struct ct_sealed **sealed;
    size_t count, cap;
};

void ct_sealed_list_deinit(struct ct_sealed_list *list, const struct ct_allocator *allocator);

struct ct_run_writer;

ct_status ct_run_writer_create(struct ct_store *store, const struct ct_run_plan *plan,
                               struct ct_run_writer **out, struct ct_error *err) CT_MUST_USE;

/* Tag codes of the series that will come, looked up in one go: series ascending. */
ct_status ct_run_writer_expect(struct ct_run_writer *writer, const uint32_t *series, uint32_t count,
                               struct ct_error *err) CT_MUST_USE;

/* Rows of the index-th of the expected series; pool settled. Called again for the same series with
 * later rows, and with another, later one. CT_LIMIT where more partitions are touched
 * than may be open: does not happen when the caller's time range spans no more. */
ct_status ct_run_writer_add(struct ct_run_writer *writer, uint32_t index,
                            const struct ct_row_pool *pool, struct ct_error *err) CT_MUST_USE;

/* Finishes all segments and adds them to the list. The writer is gone in any case. */
ct_status ct_run_writer_finish(struct ct_run_writer *writer, struct ct_sealed_list *list,
                               struct ct_error *err) CT_MUST_USE;
void ct_run_writer_abandon(struct ct_run_writer *writer); /* NULL is fine */

#endif
