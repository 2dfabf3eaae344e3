/* Cells that were read from an image, as a view to be added to a tally. Private to rollup. */
#ifndef CT_CELL_VIEW_H
#define CT_CELL_VIEW_H

#include "tally.h"

struct ct_cell_view_column; /* room */

struct ct_cell_view {
    const struct ct_allocator *allocator;
    struct ct_text_pool *pool; /* strings are added to it */
    uint32_t column_count;
    struct ct_cell_view_column *rooms;
    struct ct_view_column *columns;
    struct ct_tally_view view;
};

/* deinit is fine after a failed init. */
ct_status ct_cell_view_init(struct ct_cell_view *cells, const struct ct_allocator *allocator,
                            struct ct_text_pool *pool, const struct ct_rollup_column *columns,
                            uint32_t column_count) CT_MUST_USE;
void ct_cell_view_deinit(struct ct_cell_view *cells);

/* Of a face that is_split or not: then first and last need not have been read of numbers. Borrows
 * what was read until the next call. CT_RANGE where numbers have no common scale in 128 bits. */
ct_status ct_cell_view_set(struct ct_cell_view *cells, const struct ct_cell_block *block,
                           const struct ct_cell_column *columns, bool is_split) CT_MUST_USE;

#endif
