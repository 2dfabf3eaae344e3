#include "top_cells.h"

/* What cells are compared by. */
struct ranking {
    const struct ct_cell_field *field; /* NULL: rows are counted */
    const uint64_t *rows;
    bool is_count, is_descending;
};

/* Exact sums mostly have one scale and fit 128 bits. */
int ct_top_compare(const struct ct_decimal_sum *a, const struct ct_decimal_sum *b)
{
    const uint64_t *x = a->total.limb;
    const uint64_t *y = b->total.limb;
    const uint64_t fill_x = (uint64_t)((int64_t)x[0] >> 63);
    const uint64_t fill_y = (uint64_t)((int64_t)y[0] >> 63);
    if (a->scale != b->scale || x[1] != fill_x || x[2] != fill_x || x[3] != fill_x ||
        y[1] != fill_y || y[2] != fill_y || y[3] != fill_y)
        return ct_decimal_sum_compare(a, b);
    const int64_t left = (int64_t)x[0];
    const int64_t right = (int64_t)y[0];
    return (left > right) - (left < right);
}

/* Positive where cell a comes before cell b. */
static int compare(const struct ranking *ranking, uint32_t a, uint32_t b)
{
    int order;
    if (ranking->is_count) {
        const uint64_t *counts = ranking->field ? ranking->field->counts : ranking->rows;
        order = (counts[a] > counts[b]) - (counts[a] < counts[b]);
    } else if (ranking->field->floating) {
        const double *sums = ranking->field->floating;
        order = (sums[a] > sums[b]) - (sums[a] < sums[b]);
    } else {
        order = ct_top_compare(&ranking->field->exact[a], &ranking->field->exact[b]);
    }
    return ranking->is_descending ? order : -order;
}

/* -- A heap of the best, the worst of them on top ---------------------------------------------- */

static void sift_down(const struct ranking *ranking, uint32_t *heap, uint64_t count)
{
    const uint32_t cell = heap[0];
    uint64_t at = 0;
    for (;;) {
        uint64_t child = 2 * at + 1;
        if (child >= count)
            break;
        if (child + 1 < count && compare(ranking, heap[child + 1], heap[child]) < 0)
            child++;
        if (compare(ranking, heap[child], cell) >= 0)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = cell;
}

static void sift_up(const struct ranking *ranking, uint32_t *heap, uint64_t at)
{
    const uint32_t cell = heap[at];
    for (; at > 0 && compare(ranking, cell, heap[(at - 1) / 2]) < 0; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = cell;
}

/* A count is a value of every cell; a sum only where something was added up. */
static bool has_value(const struct ranking *ranking, uint32_t cell)
{
    return ranking->is_count || ranking->field->counts[cell] > 0;
}

/* The worst of the `limit` best; false where there are not so many. */
static bool find_last(const struct ranking *ranking, uint32_t cell_count, uint64_t limit,
                      uint32_t *heap, uint32_t *last)
{
    uint64_t count = 0;
    for (uint32_t cell = 0; cell < cell_count; cell++) {
        if (!has_value(ranking, cell))
            continue;
        if (count < limit) {
            heap[count] = cell;
            sift_up(ranking, heap, count++);
        } else if (compare(ranking, cell, heap[0]) > 0) {
            heap[0] = cell;
            sift_down(ranking, heap, count);
        }
    }
    *last = heap[0];
    return count == limit;
}

bool ct_top_last(const struct ct_cell_field *sums, uint32_t count, uint64_t limit, uint32_t *heap,
                 uint32_t *last)
{
    const struct ranking ranking = {.field = sums, .is_descending = true};
    return find_last(&ranking, count, limit, heap, last);
}

/* -- Choosing ------------------------------------------------------------------------------------
 */

static bool choose(const struct ct_work *work, const struct ct_cells *cells, uint32_t output,
                   struct ranking *ranking)
{
    const struct ct_plan *plan = work->plan;
    const struct ct_query *query = plan->query;
    if (query->limit == 0 || query->limit > CT_TOP_LIMIT_MAX || query->limit >= cells->cell_count ||
        query->fill || query->bucket_limit)
        return false;
    const enum ct_function function = plan->outputs[output].function;
    if (query->skips_empty && function == CT_COUNT) /* may rank what is left out afterwards */
        return false;
    const uint32_t field = plan->outputs[output].field;
    *ranking = (struct ranking){
        .field = field == CT_NONE ? NULL : &cells->fields[field],
        .rows = cells->rows,
        .is_count = function == CT_COUNT,
        .is_descending = query->order.is_descending,
    };
    return function == CT_COUNT || (function == CT_SUM && field != CT_NONE &&
                                    (cells->fields[field].exact || cells->fields[field].floating));
}

ct_status ct_top_cells(const struct ct_work *work, const struct ct_cells *cells, uint32_t output,
                       uint32_t *kept, uint64_t *kept_count, bool *is_done, struct ct_error *err)
{
    struct ranking ranking;
    *is_done = false;
    if (!choose(work, cells, output, &ranking))
        return CT_OK;
    const uint64_t limit = work->plan->query->limit;
    uint32_t *heap = ct_alloc_zeroed(work->plan->allocator, limit, sizeof *heap);
    if (!heap)
        return ct_cell_no_memory(err);
    uint32_t last = 0;
    *is_done = find_last(&ranking, cells->cell_count, limit, heap, &last);
    ct_release(work->plan->allocator, heap);
    if (!*is_done)
        return CT_OK;
    *kept_count = 0;
    for (uint32_t cell = 0; cell < cells->cell_count; cell++)
        if (has_value(&ranking, cell) && compare(&ranking, cell, last) >= 0)
            kept[(*kept_count)++] = cell;
    return CT_OK;
}
