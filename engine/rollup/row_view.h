/* Rows as cells of one row each: values to keys. Private to rollup. */
#ifndef CT_ROW_VIEW_H
#define CT_ROW_VIEW_H

#include "tally.h"

struct ct_row_column {
    int64_t *keys; /* room for CT_TALLY_VIEW_MAX each, made when needed */
    int64_t *counts;
    ct_int128 *wide;
    uint8_t scale; /* the largest seen: rows are brought to it, so that faces need not be */
};

struct ct_row_view {
    const struct ct_allocator *allocator;
    struct ct_row_column *columns;
    struct ct_view_column *views; /* what `view` shows */
    const struct ct_text **lent;  /* by column, for the text pool */
    uint32_t column_count;
    struct ct_tally_view view;
};

/* deinit is fine after a failed init. */
ct_status ct_row_view_init(struct ct_row_view *rows, const struct ct_allocator *allocator,
                           const struct ct_rollup_column *columns,
                           uint32_t column_count) CT_MUST_USE;
void ct_row_view_deinit(struct ct_row_view *rows);

/* Rows [from, from + count) of vectors in the order of the columns; count 0 in a vector: no values.
 * Borrows them until the next call. CT_RANGE where decimals have no common scale within 38 digits.
 */
ct_status ct_row_view_set(struct ct_row_view *rows, const int64_t *times_ns,
                          const struct ct_vector *vectors, uint32_t from,
                          uint32_t count) CT_MUST_USE;

#endif
