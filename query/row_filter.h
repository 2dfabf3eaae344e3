/* What decides row by row whether a row is wanted: conditions on fields, and the range of charges
 * that go by billing period. The runs of a block become runs of rows that pass. Layer query, for
 * its own files only. One for each thread. */
#ifndef CT_ROW_FILTER_H
#define CT_ROW_FILTER_H

#include "scan_work.h"

struct ct_row_filter {
    const struct ct_work *work;
    const struct ct_filter_program *program; /* NULL: no condition is on a field */
    struct ct_pattern **patterns;            /* by leaf, NULL where it has none */
    uint8_t *levels;     /* CT_BLOCK_VALUES_MAX bytes for each level of the tree */
    struct ct_run *runs; /* those that pass */
    struct ct_run *billed_runs;
};

/* Allocates nothing where series alone decide. On failure it is empty. */
ct_status ct_row_filter_init(struct ct_row_filter *filter, const struct ct_work *work,
                             struct ct_error *err) CT_MUST_USE;
void ct_row_filter_deinit(struct ct_row_filter *filter);

/* Takes from the cursor's current block the rows that do not pass; run_count may come out as 0.
 * Blocks are decided from their statistics where those suffice and may be used. The runs live until
 * the next call. */
ct_status ct_row_filter_apply(struct ct_row_filter *filter, const struct ct_work_source *source,
                              struct ct_cursor *cursor, struct ct_block *block,
                              struct ct_error *err) CT_MUST_USE;

#endif
