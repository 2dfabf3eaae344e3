/* Cells of live rows. Private to store.
 *
 * A chunk that takes no more rows gets an image when a scan first asks for its cells; 16 neighbours
 * that have theirs get one together, and so on. They stay with the chunk, the first of the
 * neighbours, and count as memory of the live rows. A scan makes a few images at most: until all
 * are made, rows answer for the rest. */
#ifndef CT_LIVE_CELLS_H
#define CT_LIVE_CELLS_H

#include "state.h"

#define CT_LIVE_FANOUT 16
/* Rows of a chunk that an image is made for; below it reading the rows costs no more. */
#define CT_LIVE_CELLS_ROWS_MIN 4096

/* Images made or found for one view. */
struct ct_live_cells {
    struct ct_store *store;
    struct ct_live_set *set; /* whose rows the view shows */
    const struct ct_live_view *view;
    uint32_t table;
    uint32_t budget; /* chunks that may still be added up */
};

/* Chunks [first, *end) of the view, as many as one image stands for, and that image; or *image NULL
 * and one chunk that has none. */
ct_status ct_live_cells_next(struct ct_live_cells *cells, size_t first, size_t *end,
                             struct ct_cell_image **image, struct ct_error *err) CT_MUST_USE;

#endif
