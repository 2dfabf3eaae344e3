#include "row_pool.h"

static struct ct_text entry_of(const struct ct_row_pool *pool, uint32_t row)
{
    const struct ct_pool_column *column = &pool->columns[pool->entry_column];
    const bool is_there = column->has_values && (!column->has_gaps || column->present[row]);
    return is_there ? column->texts[row] : (struct ct_text){0};
}

/* Order of identity: by time, then by entry id where it counts. Negative, 0, positive. */
static int compare(const struct ct_row_pool *pool, uint32_t a, uint32_t b)
{
    if (pool->times_ns[a] != pool->times_ns[b])
        return pool->times_ns[a] < pool->times_ns[b] ? -1 : 1;
    return pool->entry_column < 0 ? 0 : ct_text_compare(entry_of(pool, a), entry_of(pool, b));
}

/* Order of identity, and of writing where that is not the order of adding. */
static int compare_writes(const struct ct_row_pool *pool, uint32_t a, uint32_t b)
{
    const int order = compare(pool, a, b);
    if (order != 0 || !pool->sorts_by_commit)
        return order;
    const int64_t first = ct_row_pool_integer(pool, pool->commit_column, a, 0);
    const int64_t second = ct_row_pool_integer(pool, pool->commit_column, b, 0);
    return (first > second) - (first < second);
}

bool ct_row_pool_is_settled(const struct ct_row_pool *pool)
{
    const int64_t *times_ns = pool->times_ns;
    for (size_t i = 1; i < pool->row_count; i++) {
        if (times_ns[i] > times_ns[i - 1])
            continue;
        if (times_ns[i] < times_ns[i - 1] || pool->entry_column < 0 ||
            compare(pool, (uint32_t)i - 1, (uint32_t)i) >= 0)
            return false;
    }
    return true;
}

static size_t run_end(const struct ct_row_pool *pool, const uint32_t *order, size_t from)
{
    size_t end = from + 1;
    while (end < pool->row_count && compare_writes(pool, order[end - 1], order[end]) <= 0)
        end++;
    return end;
}

static void merge(const struct ct_row_pool *pool, const uint32_t *in, size_t from, size_t middle,
                  size_t end, uint32_t *out)
{
    size_t left = from;
    size_t right = middle;
    for (size_t at = from; at < end; at++) {
        const bool take_left =
            right >= end || (left < middle && compare_writes(pool, in[left], in[right]) <= 0);
        out[at] = take_left ? in[left++] : in[right++];
    }
}

/* One pass of a natural merge sort: pairs of ascending runs become one. Returns the runs left. */
static size_t merge_pass(const struct ct_row_pool *pool, const uint32_t *in, uint32_t *out)
{
    size_t runs = 0;
    for (size_t from = 0; from < pool->row_count; runs++) {
        const size_t middle = run_end(pool, in, from);
        const size_t end = middle < pool->row_count ? run_end(pool, in, middle) : middle;
        merge(pool, in, from, middle, end, out);
        from = end;
    }
    return runs;
}

/* Stable: what was written later stays behind what was written before. */
ct_status ct_row_pool_sort(struct ct_row_pool *pool)
{
    size_t spare_cap = pool->order_cap;
    if (!ct_grow(pool->allocator, &pool->order_spare, &spare_cap, pool->row_count,
                 sizeof *pool->order) ||
        !ct_grow(pool->allocator, &pool->order, &pool->order_cap, pool->row_count,
                 sizeof *pool->order))
        return CT_NO_MEMORY;
    for (size_t i = 0; i < pool->row_count; i++)
        pool->order[i] = (uint32_t)i;
    size_t runs = 2;
    while (runs > 1) {
        runs = merge_pass(pool, pool->order, pool->order_spare);
        uint32_t *swap = pool->order;
        pool->order = pool->order_spare;
        pool->order_spare = swap;
    }
    return CT_OK;
}

size_t ct_row_pool_group_end(const struct ct_row_pool *pool, size_t first)
{
    size_t end = first + 1;
    while (end < pool->row_count && compare(pool, pool->order[first], pool->order[end]) == 0)
        end++;
    return end;
}

/* order_spare[r] becomes the end of output row r's group in `order`; times are written. Returns the
 * number of output rows. */
static size_t find_groups(struct ct_row_pool *pool)
{
    size_t rows = 0;
    for (size_t i = 0; i < pool->row_count; rows++) {
        const size_t end = ct_row_pool_group_end(pool, i);
        pool->settled_times_ns[rows] = pool->times_ns[pool->order[i]];
        pool->order_spare[rows] = (uint32_t)end;
        i = end;
    }
    return rows;
}

static void copy_value(const struct ct_pool_column *from, size_t source, struct ct_pool_column *to,
                       size_t target)
{
    switch (from->type) {
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
        to->words[target] = from->words[source];
        break;
    case CT_BOOL:
        to->bools[target] = from->bools[source];
        break;
    case CT_STRING:
        to->texts[target] = from->texts[source];
        break;
    case CT_DECIMAL:
        to->scales[target] = from->scales[source];
        if (from->is_wide)
            to->wide[target] = from->wide[source];
        else
            to->words[target] = from->words[source];
        break;
    }
}

/* Each output row takes the newest value of its group; where none has one, any row's (empty) place.
 */
static void fold_column(const struct ct_row_pool *pool, uint32_t i, size_t rows)
{
    const struct ct_pool_column *from = &pool->columns[i];
    struct ct_pool_column *to = &pool->settled[i];
    size_t first = 0;
    bool has_gaps = false;
    for (size_t row = 0; row < rows; row++) {
        const size_t end = pool->order_spare[row];
        size_t pick = end - 1;
        while (from->has_gaps && pick > first && !from->present[pool->order[pick]])
            pick--;
        const uint32_t source = pool->order[pick];
        const uint8_t present = !from->has_gaps || from->present[source];
        to->present[row] = present;
        has_gaps |= !present;
        copy_value(from, source, to, row);
        first = end;
    }
    to->has_gaps = has_gaps;
    to->has_values = from->has_values;
    to->is_wide = from->is_wide;
}

/* The settled side can hold what the other holds. */
static ct_status widen_settled(struct ct_row_pool *pool)
{
    for (uint32_t i = 0; i < pool->column_count; i++) {
        struct ct_pool_column *settled = &pool->settled[i];
        if (pool->columns[i].is_wide && !settled->wide) {
            settled->wide = ct_alloc(pool->allocator, pool->row_cap * sizeof *settled->wide);
            if (!settled->wide)
                return CT_NO_MEMORY;
        }
    }
    return CT_OK;
}

/* Output rows are settled, their groups noted. */
static ct_status fold_groups(struct ct_row_pool *pool, size_t rows)
{
    CT_TRY(widen_settled(pool));
    for (uint32_t i = 0; i < pool->column_count; i++)
        fold_column(pool, i, rows);
    pool->repeated_rows += pool->row_count - rows;
    pool->row_count = rows;
    struct ct_pool_column *columns = pool->columns;
    pool->columns = pool->settled;
    pool->settled = columns;
    int64_t *times_ns = pool->times_ns;
    pool->times_ns = pool->settled_times_ns;
    pool->settled_times_ns = times_ns;
    return CT_OK;
}

ct_status ct_row_pool_fold(struct ct_row_pool *pool)
{
    return fold_groups(pool, find_groups(pool));
}

ct_status ct_row_pool_settle(struct ct_row_pool *pool)
{
    if (ct_row_pool_is_settled(pool))
        return CT_OK;
    CT_TRY(ct_row_pool_sort(pool));
    return ct_row_pool_fold(pool);
}

ct_status ct_row_pool_unfold(struct ct_row_pool *pool)
{
    for (size_t i = 0; i < pool->row_count; i++) {
        pool->settled_times_ns[i] = pool->times_ns[pool->order[i]];
        pool->order_spare[i] = (uint32_t)i + 1;
    }
    return fold_groups(pool, pool->row_count);
}
