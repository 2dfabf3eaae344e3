/* The order in which an image has a face's groups (by their codes) and cells (by group and bucket).
 * Private to rollup. */
#ifndef CT_CELL_ORDER_H
#define CT_CELL_ORDER_H

#include "face_tally.h"

struct ct_cell_order {
    uint32_t *groups;    /* by position: the group */
    uint32_t *positions; /* by group */
    uint32_t *cells;     /* in order: the cell */
    uint32_t *room;      /* for sorting */
};

/* deinit is fine after a failed init. */
ct_status ct_cell_order_init(struct ct_cell_order *order,
                             const struct ct_face_tally *face) CT_MUST_USE;
void ct_cell_order_deinit(struct ct_cell_order *order, const struct ct_allocator *allocator);

#endif
