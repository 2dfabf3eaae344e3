#include "live_chunk.h"

struct ct_live_text {
    struct ct_live_text *next;
    char bytes[];
};

static void column_release(const struct ct_allocator *allocator, struct ct_live_column *column)
{
    ct_release(allocator, column->present);
    ct_release(allocator, column->scales);
    ct_release(allocator, column->wide);
    ct_release(allocator, column->int64); /* whichever of the union */
}

void ct_live_chunk_destroy(const struct ct_allocator *allocator, struct ct_live_chunk *chunk)
{
    if (!chunk)
        return;
    for (uint32_t i = 0; i < chunk->column_count; i++)
        column_release(allocator, &chunk->columns[i]);
    while (chunk->texts) {
        struct ct_live_text *next = chunk->texts->next;
        ct_release(allocator, chunk->texts);
        chunk->texts = next;
    }
    for (unsigned level = 0; level < CT_LIVE_LEVELS; level++)
        ct_cell_image_close(chunk->cells[level]);
    ct_release(allocator, chunk->columns);
    ct_release(allocator, chunk->commits);
    ct_release(allocator, chunk->slots);
    ct_release(allocator, chunk->times_ns);
    ct_release(allocator, chunk);
}

/* -- chunks: shape ------------------------------------------------------------------------ */

static struct ct_live_column *find_column(const struct ct_live_chunk *chunk, uint32_t field)
{
    uint32_t low = 0;
    uint32_t high = chunk->column_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (chunk->columns[middle].field < field)
            low = middle + 1;
        else
            high = middle;
    }
    return low < chunk->column_count && chunk->columns[low].field == field ? &chunk->columns[low]
                                                                           : NULL;
}

bool ct_live_chunk_fits(const struct ct_live_chunk *chunk, const struct ct_row_block *rows)
{
    uint32_t known = 0;
    for (uint32_t i = 0; i < rows->column_count; i++) {
        const struct ct_vector *values = &rows->columns[i].values;
        const struct ct_live_column *column = find_column(chunk, rows->columns[i].field);
        if (!column || (values->present && !column->is_nullable) ||
            (values->wide && !column->is_wide))
            return false;
        known++;
    }
    if (known == chunk->column_count)
        return true;
    for (uint32_t i = 0; i < chunk->column_count; i++) {
        bool is_given = chunk->columns[i].is_nullable;
        for (uint32_t j = 0; j < rows->column_count && !is_given; j++)
            is_given = rows->columns[j].field == chunk->columns[i].field;
        if (!is_given)
            return false;
    }
    return true;
}

/* Adds a column to a shape under construction, or widens the one that is there. */
static void shape_add(struct ct_live_chunk *chunk, uint32_t field, const struct ct_vector *values,
                      bool is_nullable, bool is_wide)
{
    struct ct_live_column *column = find_column(chunk, field);
    if (!column) {
        uint32_t at = chunk->column_count++;
        for (; at > 0 && chunk->columns[at - 1].field > field; at--)
            chunk->columns[at] = chunk->columns[at - 1];
        column = &chunk->columns[at];
        *column = (struct ct_live_column){.field = field, .type = values->type};
    }
    column->is_nullable |= is_nullable;
    column->is_wide |= is_wide;
}

static size_t value_bytes(enum ct_type type)
{
    switch (type) {
    case CT_BOOL:
        return 1;
    case CT_STRING:
        return sizeof(struct ct_text);
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
    case CT_DECIMAL:
        return 8;
    }
    return 8;
}

/* A column that may have gaps is cleared, so that what stands in them is defined. */
static void *allocate_values(const struct ct_allocator *allocator,
                             const struct ct_live_column *column, uint32_t rows, size_t bytes)
{
    return column->is_nullable ? ct_alloc_zeroed(allocator, rows, bytes)
                               : ct_alloc(allocator, rows * bytes);
}

static bool column_allocate(struct ct_live_set *set, struct ct_live_column *column, uint32_t rows)
{
    const struct ct_allocator *allocator = set->allocator;
    const size_t bytes = column->is_wide ? sizeof *column->wide : value_bytes(column->type);
    void *values = allocate_values(allocator, column, rows, bytes);
    if (column->is_wide)
        column->wide = values;
    else
        column->int64 = values;
    set->bytes += rows * bytes;
    if (column->is_nullable) {
        column->present = ct_alloc_zeroed(allocator, rows, 1);
        set->bytes += rows;
    }
    if (column->type == CT_DECIMAL) {
        column->scales = allocate_values(allocator, column, rows, 1);
        set->bytes += rows;
    }
    return values && (column->present || !column->is_nullable) &&
           (column->scales || column->type != CT_DECIMAL);
}

/* A chunk that takes both what the last one took and these rows. */
struct ct_live_chunk *ct_live_chunk_create(struct ct_live_set *set,
                                           const struct ct_live_chunk *last,
                                           const struct ct_row_block *rows, uint64_t commit)
{
    const struct ct_allocator *allocator = set->allocator;
    struct ct_live_chunk *chunk = ct_alloc_zeroed(allocator, 1, sizeof *chunk);
    if (!chunk)
        return NULL;
    const uint32_t column_max = rows->column_count + (last ? last->column_count : 0);
    chunk->columns = ct_alloc_zeroed(allocator, column_max, sizeof *chunk->columns);
    chunk->row_cap = last ? last->row_cap * 2 : CT_LIVE_CHUNK_ROWS_MIN;
    if (chunk->row_cap < rows->row_count)
        chunk->row_cap = rows->row_count;
    if (chunk->row_cap > CT_LIVE_CHUNK_ROWS_MAX)
        chunk->row_cap = CT_LIVE_CHUNK_ROWS_MAX;
    chunk->commits = ct_alloc(allocator, chunk->row_cap * sizeof *chunk->commits);
    chunk->slots = ct_alloc(allocator, chunk->row_cap * sizeof *chunk->slots);
    chunk->times_ns = ct_alloc(allocator, chunk->row_cap * sizeof *chunk->times_ns);
    chunk->first_commit = commit;
    chunk->min_time_ns = INT64_MAX;
    chunk->max_time_ns = INT64_MIN;
    bool ok = chunk->columns && chunk->commits && chunk->slots && chunk->times_ns;
    for (uint32_t i = 0; ok && i < rows->column_count; i++) {
        const struct ct_vector *values = &rows->columns[i].values;
        const bool is_new = last && !find_column(last, rows->columns[i].field);
        shape_add(chunk, rows->columns[i].field, values, values->present != NULL || is_new,
                  values->wide != NULL);
    }
    for (uint32_t i = 0; ok && last && i < last->column_count; i++) {
        const struct ct_live_column *old = &last->columns[i];
        const struct ct_vector like = {.type = old->type};
        const bool is_missing = !find_column(chunk, old->field);
        shape_add(chunk, old->field, &like, old->is_nullable || is_missing, old->is_wide);
    }
    for (uint32_t i = 0; ok && i < chunk->column_count; i++)
        ok = column_allocate(set, &chunk->columns[i], chunk->row_cap);
    if (!ok) {
        ct_live_chunk_destroy(allocator, chunk);
        return NULL;
    }
    set->bytes +=
        chunk->row_cap * (sizeof *chunk->commits + sizeof *chunk->slots + sizeof *chunk->times_ns);
    return chunk;
}

/* -- chunks: values ----------------------------------------------------------------------- */

/* Copies string bytes into a block of the chunk's own. */
static bool add_strings(struct ct_live_set *set, struct ct_live_chunk *chunk, struct ct_text *out,
                        const struct ct_vector *from, uint32_t first, uint32_t count)
{
    size_t total = 0;
    for (uint32_t i = first; i < first + count; i++)
        total += !from->present || from->present[i] ? from->string[i].len : 0;
    struct ct_live_text *block = ct_alloc(set->allocator, sizeof *block + total);
    if (!block)
        return false;
    block->next = chunk->texts;
    chunk->texts = block;
    set->bytes += sizeof *block + total;
    char *at = block->bytes;
    for (uint32_t i = first; i < first + count; i++, out++) {
        if (from->present && !from->present[i])
            continue;
        const struct ct_text text = from->string[i];
        if (text.len)
            memcpy(at, text.bytes, text.len);
        *out = (struct ct_text){.bytes = at, .len = text.len};
        at += text.len;
    }
    return true;
}

static void add_decimals(struct ct_live_column *column, uint32_t row, const struct ct_vector *from,
                         uint32_t first, uint32_t count)
{
    if (from->scales)
        memcpy(column->scales + row, from->scales + first, count);
    else
        memset(column->scales + row, from->scale, count);
    if (!column->is_wide) {
        memcpy(column->narrow + row, from->narrow + first, count * sizeof *column->narrow);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        column->wide[row + i] = from->wide ? from->wide[first + i] : from->narrow[first + i];
}

static bool add_values(struct ct_live_set *set, struct ct_live_chunk *chunk,
                       struct ct_live_column *column, uint32_t row, const struct ct_vector *from,
                       uint32_t first, uint32_t count)
{
    if (column->present && from->present)
        memcpy(column->present + row, from->present + first, count);
    else if (column->present)
        memset(column->present + row, 1, count);
    switch (column->type) {
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
        memcpy(column->int64 + row, from->int64 + first, count * sizeof *column->int64);
        return true;
    case CT_BOOL:
        memcpy(column->boolean + row, from->boolean + first, count);
        return true;
    case CT_STRING:
        return add_strings(set, chunk, column->string + row, from, first, count);
    case CT_DECIMAL:
        add_decimals(column, row, from, first, count);
        return true;
    }
    return false;
}

bool ct_live_chunk_add(struct ct_live_set *set, struct ct_live_chunk *chunk,
                       const struct ct_row_block *rows, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < rows->column_count; i++) {
        struct ct_live_column *column = find_column(chunk, rows->columns[i].field);
        CT_ASSERT(column && column->type == rows->columns[i].values.type);
        if (!add_values(set, chunk, column, chunk->row_count, &rows->columns[i].values, first,
                        count))
            return false;
    }
    return true;
}

uint32_t ct_live_chunk_rows_until(const struct ct_live_chunk *chunk, uint32_t row_count,
                                  uint64_t commit)
{
    if (commit < chunk->first_commit)
        return 0;
    uint32_t low = 0;
    uint32_t high = row_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (chunk->commits[middle] <= commit - chunk->first_commit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool ct_live_chunk_vector(const struct ct_live_chunk *chunk, uint32_t field, uint32_t first,
                          uint32_t count, struct ct_vector *out)
{
    const struct ct_live_column *column = find_column(chunk, field);
    if (!column)
        return false;
    *out = (struct ct_vector){.type = column->type, .count = count};
    if (column->present)
        out->present = column->present + first;
    if (column->scales)
        out->scales = column->scales + first;
    if (column->wide)
        out->wide = column->wide + first;
    else if (column->type == CT_BOOL)
        out->boolean = column->boolean + first;
    else if (column->type == CT_STRING)
        out->string = column->string + first;
    else
        out->int64 = column->int64 + first;
    return true;
}
