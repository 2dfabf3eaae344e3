#include "row_pool.h"

static void column_deinit(const struct ct_allocator *allocator, struct ct_pool_column *column)
{
    ct_release(allocator, column->present);
    ct_release(allocator, column->words);
    ct_release(allocator, column->bools);
    ct_release(allocator, column->scales);
    ct_release(allocator, column->wide);
    ct_release(allocator, column->texts);
}

ct_status ct_row_pool_init(struct ct_row_pool *pool, const struct ct_allocator *allocator,
                           const struct ct_segment_column *columns, uint32_t column_count,
                           uint32_t entry_field)
{
    memset(pool, 0, sizeof *pool);
    pool->allocator = allocator;
    pool->entry_column = -1;
    pool->commit_column = -1;
    pool->until_column = -1;
    ct_arena_init(&pool->texts, allocator, 0);
    pool->columns = ct_alloc_zeroed(allocator, column_count, sizeof *pool->columns);
    pool->settled = ct_alloc_zeroed(allocator, column_count, sizeof *pool->settled);
    if (!pool->columns || !pool->settled) {
        ct_row_pool_deinit(pool);
        return CT_NO_MEMORY;
    }
    pool->column_count = column_count;
    for (uint32_t i = 0; i < column_count; i++) {
        pool->columns[i].field = pool->settled[i].field = columns[i].field;
        pool->columns[i].type = pool->settled[i].type = columns[i].type;
        if (columns[i].field == entry_field && columns[i].type == CT_STRING)
            pool->entry_column = (int)i;
        if (columns[i].field == CT_FIELD_COMMIT)
            pool->commit_column = (int)i;
        if (columns[i].field == CT_FIELD_UNTIL)
            pool->until_column = (int)i;
    }
    return CT_OK;
}

void ct_row_pool_deinit(struct ct_row_pool *pool)
{
    if (!pool->allocator)
        return;
    for (uint32_t i = 0; i < pool->column_count; i++) {
        column_deinit(pool->allocator, &pool->columns[i]);
        column_deinit(pool->allocator, &pool->settled[i]);
    }
    ct_release(pool->allocator, pool->columns);
    ct_release(pool->allocator, pool->settled);
    ct_release(pool->allocator, pool->times_ns);
    ct_release(pool->allocator, pool->settled_times_ns);
    ct_release(pool->allocator, pool->order);
    ct_release(pool->allocator, pool->order_spare);
    ct_arena_deinit(&pool->texts);
    memset(pool, 0, sizeof *pool);
}

void ct_row_pool_reset(struct ct_row_pool *pool)
{
    pool->row_count = 0;
    ct_arena_reset(&pool->texts);
    for (uint32_t i = 0; i < pool->column_count; i++) {
        pool->columns[i].has_gaps = false;
        pool->columns[i].has_values = false;
        pool->columns[i].is_wide = false;
    }
}

static bool resize(const struct ct_allocator *allocator, void *pointer, size_t bytes)
{
    void *array;
    memcpy(&array, pointer, sizeof array);
    array = ct_resize(allocator, array, bytes);
    if (!array)
        return false;
    memcpy(pointer, &array, sizeof array);
    return true;
}

static bool resize_column(const struct ct_allocator *allocator, struct ct_pool_column *column,
                          size_t rows)
{
    if (!resize(allocator, &column->present, rows))
        return false;
    switch (column->type) {
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
        return resize(allocator, &column->words, rows * sizeof *column->words);
    case CT_BOOL:
        return resize(allocator, &column->bools, rows);
    case CT_STRING:
        return resize(allocator, &column->texts, rows * sizeof *column->texts);
    case CT_DECIMAL:
        return resize(allocator, &column->scales, rows) &&
               resize(allocator, &column->words, rows * sizeof *column->words) &&
               (!column->wide || resize(allocator, &column->wide, rows * sizeof *column->wide));
    }
    return false;
}

ct_status ct_row_pool_reserve(struct ct_row_pool *pool, size_t count)
{
    const size_t need = pool->row_count + count;
    if (need <= pool->row_cap)
        return CT_OK;
    if (need > UINT32_MAX)
        return CT_LIMIT;
    size_t cap = pool->row_cap ? pool->row_cap * 2 : 1024;
    cap = cap < need ? need : cap;
    if (!resize(pool->allocator, &pool->times_ns, cap * sizeof *pool->times_ns) ||
        !resize(pool->allocator, &pool->settled_times_ns, cap * sizeof *pool->settled_times_ns))
        return CT_NO_MEMORY;
    for (uint32_t i = 0; i < pool->column_count; i++) {
        if (!resize_column(pool->allocator, &pool->columns[i], cap) ||
            !resize_column(pool->allocator, &pool->settled[i], cap))
            return CT_NO_MEMORY;
    }
    pool->row_cap = cap;
    return CT_OK;
}

/* From now on the column keeps 128-bit mantissas, for the rows it has too. */
static bool widen(struct ct_row_pool *pool, struct ct_pool_column *column, size_t row)
{
    if (column->is_wide)
        return true;
    if (!column->wide) {
        column->wide = ct_alloc(pool->allocator, pool->row_cap * sizeof *column->wide);
        if (!column->wide)
            return false;
    }
    for (size_t i = 0; i < row; i++)
        column->wide[i] = !column->has_gaps || column->present[i] ? column->words[i] : 0;
    column->is_wide = true;
    return true;
}

static ct_status set_decimals(struct ct_row_pool *pool, struct ct_pool_column *column, size_t row,
                              const struct ct_vector *values, uint32_t first, uint32_t count)
{
    if (values->scales)
        memcpy(column->scales + row, values->scales + first, count);
    else
        memset(column->scales + row, values->scale, count);
    if (values->wide && !widen(pool, column, row))
        return CT_NO_MEMORY;
    if (!column->is_wide) {
        memcpy(column->words + row, values->narrow + first, count * sizeof *column->words);
        return CT_OK;
    }
    for (uint32_t i = 0; i < count; i++)
        column->wide[row + i] = values->wide ? values->wide[first + i] : values->narrow[first + i];
    return CT_OK;
}

static ct_status set_strings(struct ct_row_pool *pool, struct ct_pool_column *column, size_t row,
                             const struct ct_vector *values, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct ct_text *out = &column->texts[row + i];
        *out = (struct ct_text){0};
        if (values->present && !values->present[first + i])
            continue;
        const struct ct_text text = values->string[first + i];
        char *copy = ct_arena_alloc(&pool->texts, text.len + 1);
        if (!copy)
            return CT_NO_MEMORY;
        if (text.len)
            memcpy(copy, text.bytes, text.len);
        *out = (struct ct_text){.bytes = copy, .len = text.len};
    }
    return CT_OK;
}

/* The first gap of a column makes its presence count for the rows before. */
static void set_presence(struct ct_pool_column *column, size_t row, const struct ct_vector *values,
                         uint32_t first, uint32_t count)
{
    const uint8_t *present = values ? values->present : NULL;
    const bool is_full = values && !present;
    if (!is_full && !column->has_gaps) {
        memset(column->present, 1, row);
        column->has_gaps = true;
    }
    if (is_full && column->has_gaps)
        memset(column->present + row, 1, count);
    else if (present)
        memcpy(column->present + row, present + first, count);
    else if (!values)
        memset(column->present + row, 0, count);
}

static void clear(struct ct_pool_column *column, size_t row, uint32_t count)
{
    if (column->type == CT_STRING)
        memset(column->texts + row, 0, count * sizeof *column->texts);
    else if (column->type == CT_BOOL)
        memset(column->bools + row, 0, count);
    else
        memset(column->words + row, 0, count * sizeof *column->words);
    if (column->type == CT_DECIMAL)
        memset(column->scales + row, 0, count);
    if (column->is_wide)
        memset(column->wide + row, 0, count * sizeof *column->wide);
}

ct_status ct_row_pool_set(struct ct_row_pool *pool, uint32_t i, size_t row,
                          const struct ct_vector *values, uint32_t first, uint32_t count)
{
    struct ct_pool_column *column = &pool->columns[i];
    CT_ASSERT(row + count <= pool->row_cap);
    set_presence(column, row, values, first, count);
    if (!values) {
        clear(column, row, count);
        return CT_OK;
    }
    CT_ASSERT(values->type == column->type);
    column->has_values = true;
    switch (column->type) {
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
        memcpy(column->words + row, values->int64 + first, count * sizeof *column->words);
        return CT_OK;
    case CT_BOOL:
        memcpy(column->bools + row, values->boolean + first, count);
        return CT_OK;
    case CT_STRING:
        return set_strings(pool, column, row, values, first, count);
    case CT_DECIMAL:
        return set_decimals(pool, column, row, values, first, count);
    }
    return CT_OK;
}

void ct_row_pool_fill(struct ct_row_pool *pool, uint32_t i, size_t row, int64_t value,
                      uint32_t count)
{
    struct ct_pool_column *column = &pool->columns[i];
    CT_ASSERT(row + count <= pool->row_cap && column->type == CT_INT64);
    for (uint32_t k = 0; k < count; k++)
        column->words[row + k] = value;
    if (column->has_gaps)
        memset(column->present + row, 1, count);
    column->has_values = true;
}

int64_t ct_row_pool_integer(const struct ct_row_pool *pool, int i, size_t row, int64_t absent)
{
    const struct ct_pool_column *column = &pool->columns[i];
    const bool is_there = column->has_values && (!column->has_gaps || column->present[row]);
    return is_there ? column->words[row] : absent;
}

struct ct_vector ct_row_pool_vector(const struct ct_row_pool *pool, uint32_t i, size_t first,
                                    uint32_t count)
{
    const struct ct_pool_column *column = &pool->columns[i];
    struct ct_vector out = {.type = column->type, .count = column->has_values ? count : 0};
    if (column->has_gaps)
        out.present = column->present + first;
    switch (column->type) {
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
        out.int64 = column->words + first;
        break;
    case CT_BOOL:
        out.boolean = column->bools + first;
        break;
    case CT_STRING:
        out.string = column->texts + first;
        break;
    case CT_DECIMAL:
        out.narrow = column->words + first;
        out.scales = column->scales + first;
        if (column->is_wide)
            out.wide = column->wide + first;
        break;
    }
    return out;
}
