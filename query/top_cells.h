/* Which cells can be among the first rows of an answer that is ordered by an aggregate and limited:
 * so that of very many groups only those few are named, sorted and shown. Layer query, for its own
 * files only. */
#ifndef CT_TOP_CELLS_H
#define CT_TOP_CELLS_H

#include "scan_work.h"

/* Past this a heap of the best is no longer small beside a sort of all. */
#define CT_TOP_LIMIT_MAX 1000

/* `output` is what the answer is ordered by. Fills `kept` (room for cell_count) with the cells that
 * are not beaten by `limit` others, those that tie with the last of them included; ascending.
 * *is_done is false, and nothing filled, where the question is no such one: without a limit,
 * ordered by anything but a sum or a count, with something that needs all rows, or where fewer
 * cells than the limit have a value. */
ct_status ct_top_cells(const struct ct_work *work, const struct ct_cells *cells, uint32_t output,
                       uint32_t *kept, uint64_t *kept_count, bool *is_done,
                       struct ct_error *err) CT_MUST_USE;

/* As numbers: negative, 0, positive. */
int ct_top_compare(const struct ct_decimal_sum *a, const struct ct_decimal_sum *b);

/* *last is the cell with the smallest of the `limit` largest exact sums among `count` cells; false
 * where not so many have a value. `heap` has room for `limit`. */
bool ct_top_last(const struct ct_cell_field *sums, uint32_t count, uint64_t limit, uint32_t *heap,
                 uint32_t *last);

#endif
