/* The order of a result. A permutation is sorted, then each column is rearranged once. Where few
 * rows of many are kept a heap selects them first: one comparison for each row that is not among
 * them. */
#include "result.h"
#include "result_build.h"

struct sorter {
    const struct ct_result *result;
    struct ct_result_order order;
};

static int compare_decimals(const struct ct_decimal_sum *a, const struct ct_decimal_sum *b)
{
    if (a->scale != b->scale)
        return ct_decimal_sum_compare(a, b);
    const int64_t top_a = (int64_t)a->total.limb[3];
    const int64_t top_b = (int64_t)b->total.limb[3];
    if (top_a != top_b)
        return top_a < top_b ? -1 : 1;
    for (int i = 2; i >= 0; i--)
        if (a->total.limb[i] != b->total.limb[i])
            return a->total.limb[i] < b->total.limb[i] ? -1 : 1;
    return 0;
}

#define ORDER_OF(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_values(const struct ct_result_column *column, uint64_t a, uint64_t b)
{
    switch (column->type) {
    case CT_RESULT_TIME:
    case CT_RESULT_INT64:
        return ORDER_OF(column->int64[a], column->int64[b]);
    case CT_RESULT_UINT64:
        return ORDER_OF(column->uint64[a], column->uint64[b]);
    case CT_RESULT_FLOAT64:
        return ORDER_OF(column->float64[a], column->float64[b]);
    case CT_RESULT_BOOL:
        return ORDER_OF(column->boolean[a], column->boolean[b]);
    case CT_RESULT_TEXT:
        return ct_text_compare(column->text[a], column->text[b]);
    case CT_RESULT_DECIMAL:
        return compare_decimals(&column->decimal[a], &column->decimal[b]);
    }
    return 0;
}

int ct_result_compare(const struct ct_result_column *column, uint64_t a, uint64_t b)
{
    if (column->is_null[a] | column->is_null[b])
        return (int)column->is_null[a] - (int)column->is_null[b];
    return compare_values(column, a, b);
}

static int compare_first(const struct sorter *sorter, uint64_t a, uint64_t b)
{
    const struct ct_result_column *column = &sorter->result->columns[sorter->order.first];
    if (column->is_null[a] | column->is_null[b])
        return (int)column->is_null[a] - (int)column->is_null[b];
    const int order = compare_values(column, a, b);
    return sorter->order.is_descending ? -order : order;
}

/* A total order: rows that are equal in every column stand by their index. */
static bool is_before(const struct sorter *sorter, uint64_t a, uint64_t b)
{
    int order = 0;
    if (sorter->order.each_limit)
        order = ct_result_compare(&sorter->result->columns[0], a, b);
    if (order == 0 && sorter->order.first >= 0)
        order = compare_first(sorter, a, b);
    if (!sorter->order.keeps_row_order)
        for (uint32_t i = 0; order == 0 && i < sorter->result->column_count; i++)
            order = ct_result_compare(&sorter->result->columns[i], a, b);
    return order != 0 ? order < 0 : a < b;
}

static void merge(const struct sorter *sorter, const uint64_t *in, uint64_t middle, uint64_t end,
                  uint64_t *out)
{
    uint64_t left = 0;
    uint64_t right = middle;
    for (uint64_t at = 0; at < end; at++) {
        const bool takes_left =
            right == end || (left < middle && is_before(sorter, in[left], in[right]));
        out[at] = takes_left ? in[left++] : in[right++];
    }
}

/* Merges ever longer stretches to and fro; returns where the sorted rows stand. */
static uint64_t *sort(const struct sorter *sorter, uint64_t *rows, uint64_t count,
                      uint64_t *scratch)
{
    for (uint64_t width = 1; width < count; width *= 2) {
        for (uint64_t at = 0; at < count; at += 2 * width) {
            const uint64_t left = count - at;
            merge(sorter, rows + at, left < width ? left : width,
                  left < 2 * width ? left : 2 * width, scratch + at);
        }
        uint64_t *swap = rows;
        rows = scratch;
        scratch = swap;
    }
    return rows;
}

/* Of a heap whose root comes last in the order. */
static void sift_down(const struct sorter *sorter, uint64_t *heap, uint64_t count, uint64_t at)
{
    for (;;) {
        uint64_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && is_before(sorter, heap[child], heap[child + 1]))
            child++;
        if (!is_before(sorter, heap[at], heap[child]))
            return;
        const uint64_t swap = heap[at];
        heap[at] = heap[child];
        heap[child] = swap;
        at = child;
    }
}

/* Leaves the `limit` rows that come first in rows[0..limit), in any order. */
static void select_first(const struct sorter *sorter, uint64_t *rows, uint64_t count,
                         uint64_t limit)
{
    for (uint64_t at = limit / 2; at-- > 0;)
        sift_down(sorter, rows, limit, at);
    for (uint64_t i = limit; i < count; i++) {
        if (!is_before(sorter, rows[i], rows[0]))
            continue;
        rows[0] = rows[i];
        sift_down(sorter, rows, limit, 0);
    }
}

static void gather(void *out, const void *in, size_t value_bytes, const uint64_t *rows,
                   uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        memcpy((char *)out + i * value_bytes, (const char *)in + rows[i] * value_bytes,
               value_bytes);
}

static ct_status rearrange(struct ct_result *result, const uint64_t *rows, uint64_t count,
                           struct ct_error *err)
{
    const struct ct_allocator *memory = &result->memory.base;
    for (uint32_t i = 0; i < result->column_count; i++) {
        struct ct_result_column *column = &result->columns[i];
        const size_t value_bytes = ct_result_value_bytes(column->type);
        uint8_t *is_null = ct_alloc(memory, count + 1);
        void *values = ct_alloc(memory, (count + 1) * value_bytes);
        if (!is_null || !values) {
            ct_release(memory, is_null);
            ct_release(memory, values);
            return ct_result_no_memory(result, err);
        }
        gather(is_null, column->is_null, 1, rows, count);
        gather(values, column->values, value_bytes, rows, count);
        ct_release(memory, column->is_null);
        ct_release(memory, column->values);
        column->is_null = is_null;
        column->values = values;
    }
    result->row_count = count;
    result->row_cap = count;
    return CT_OK;
}

/* The first each_limit rows of each value of the first column, by which they are sorted; returns
 * how many those are. */
static uint64_t keep_each(const struct sorter *sorter, uint64_t *rows, uint64_t count)
{
    const struct ct_result_column *column = &sorter->result->columns[0];
    uint64_t kept = 0;
    uint64_t same = 0; /* rows before this one with its value */
    for (uint64_t i = 0; i < count; i++) {
        same = i && ct_result_compare(column, rows[i - 1], rows[i]) == 0 ? same + 1 : 0;
        if (same < sorter->order.each_limit)
            rows[kept++] = rows[i];
    }
    return kept;
}

static ct_status sort_rows(struct ct_result *result, const struct sorter *sorter, uint64_t limit,
                           uint64_t *rows, struct ct_error *err)
{
    uint64_t count = result->row_count;
    for (uint64_t i = 0; i < count; i++)
        rows[i] = i;
    uint64_t *scratch = rows + count;
    const bool has_each = sorter->order.each_limit > 0;
    if (!has_each && limit && limit <= count / 4) {
        select_first(sorter, rows, count, limit);
        count = limit;
    }
    uint64_t *sorted = sort(sorter, rows, count, scratch);
    if (has_each)
        count = keep_each(sorter, sorted, count);
    return rearrange(result, sorted, limit && limit < count ? limit : count, err);
}

ct_status ct_result_sort(struct ct_result *result, const struct ct_result_order *order,
                         uint64_t limit, struct ct_error *err)
{
    const uint64_t count = result->row_count;
    if (order->first < 0 && order->keeps_row_order && !order->each_limit) {
        result->row_count = limit && limit < count ? limit : count;
        return CT_OK;
    }
    if (count < 2)
        return CT_OK;
    uint64_t *rows = ct_alloc(&result->memory.base, 2 * count * sizeof *rows);
    if (!rows)
        return ct_result_no_memory(result, err);
    const struct sorter sorter = {.result = result, .order = *order};
    const ct_status status = sort_rows(result, &sorter, limit, rows, err);
    ct_release(&result->memory.base, rows);
    return status;
}
