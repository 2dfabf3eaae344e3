/* The arrays of a batch's column: growing together, gaps, mantissas that turn wide. */
#include "intake_detail.h"

static size_t value_bytes(enum ct_type type)
{
    switch (type) {
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
    case CT_DECIMAL:
        return sizeof(int64_t);
    case CT_BOOL:
        return sizeof(uint8_t);
    case CT_STRING:
        return sizeof(struct ct_text);
    }
    CT_ASSERT(false);
    return 0;
}

/* The array may be larger than row_cap says when a later one fails: nobody minds. */
static void *grown(void *array, const struct ct_allocator *allocator, uint32_t row_cap,
                   size_t element_bytes)
{
    return ct_resize(allocator, array, row_cap * element_bytes);
}

static bool reserve_wide(struct ct_batch_column *column, const struct ct_allocator *allocator,
                         uint32_t row_cap)
{
    ct_int128 *wide = grown(column->wide, allocator, row_cap, sizeof *wide);
    if (wide)
        column->wide = wide;
    return wide != NULL;
}

static bool reserve_values(struct ct_batch_column *column, const struct ct_allocator *allocator,
                           uint32_t row_cap)
{
    if (column->wide)
        return reserve_wide(column, allocator, row_cap);
    void *data = grown(column->data, allocator, row_cap, value_bytes(column->type));
    if (data)
        column->data = data;
    return data != NULL;
}

bool ct_batch_column_reserve(struct ct_batch_column *column, const struct ct_allocator *allocator,
                             uint32_t row_cap)
{
    if (row_cap <= column->row_cap)
        return true;
    if (!reserve_values(column, allocator, row_cap))
        return false;
    if (column->type == CT_DECIMAL) {
        uint8_t *scales = grown(column->scales, allocator, row_cap, sizeof *scales);
        if (!scales)
            return false;
        column->scales = scales;
    }
    if (column->present) {
        uint8_t *present = grown(column->present, allocator, row_cap, sizeof *present);
        if (!present)
            return false;
        column->present = present;
    }
    column->row_cap = row_cap;
    return true;
}

bool ct_batch_column_fill_gap(struct ct_batch_column *column, const struct ct_allocator *allocator,
                              uint32_t end)
{
    CT_ASSERT(column->filled <= end && end <= column->row_cap);
    const size_t gap = end - column->filled;
    if (gap == 0)
        return true;
    if (!column->present) {
        column->present = ct_alloc(allocator, column->row_cap);
        if (!column->present)
            return false;
        memset(column->present, 1, column->filled);
    }
    memset(column->present + column->filled, 0, gap);
    if (column->wide) {
        memset(column->wide + column->filled, 0, gap * sizeof *column->wide);
    } else {
        const size_t bytes = value_bytes(column->type);
        memset((char *)column->data + column->filled * bytes, 0, gap * bytes);
    }
    if (column->type == CT_DECIMAL)
        memset(column->scales + column->filled, 0, gap);
    column->filled = end;
    return true;
}

bool ct_batch_column_widen(struct ct_batch_column *column, const struct ct_allocator *allocator)
{
    if (column->wide)
        return true;
    if (!reserve_wide(column, allocator, column->row_cap))
        return false;
    for (uint32_t row = 0; row < column->filled; row++)
        column->wide[row] = column->narrow[row];
    ct_release(allocator, column->data);
    column->data = NULL;
    return true;
}

void ct_batch_column_release(struct ct_batch_column *column, const struct ct_allocator *allocator)
{
    ct_release(allocator, column->data);
    ct_release(allocator, column->present);
    ct_release(allocator, column->scales);
    ct_release(allocator, column->wide);
    column->data = NULL;
    column->present = NULL;
    column->scales = NULL;
    column->wide = NULL;
    column->filled = column->values = column->row_cap = 0;
}

void ct_batch_column_reset(struct ct_batch_column *column, const struct ct_allocator *allocator)
{
    if (column->wide) { /* the next batch starts narrow again */
        ct_batch_column_release(column, allocator);
        return;
    }
    ct_release(allocator, column->present);
    column->present = NULL;
    column->filled = column->values = 0;
}

struct ct_vector ct_batch_vector(const struct ct_batch_column *column, uint32_t row_count)
{
    CT_ASSERT(column->filled == row_count);
    struct ct_vector vector = {
        .type = column->type,
        .count = row_count,
        .present = column->present,
        .wide = column->wide,
        .scales = column->scales,
    };
    switch (column->type) {
    case CT_FLOAT64:
        vector.float64 = column->float64;
        break;
    case CT_INT64:
        vector.int64 = column->int64;
        break;
    case CT_UINT64:
        vector.uint64 = column->uint64;
        break;
    case CT_BOOL:
        vector.boolean = column->boolean;
        break;
    case CT_STRING:
        vector.string = column->string;
        break;
    case CT_DECIMAL:
        vector.narrow = column->narrow;
        break;
    }
    return vector;
}
