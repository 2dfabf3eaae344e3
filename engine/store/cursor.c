#include "source.h"

/* What stands for a field that a source does not have: defined memory, no value. */
static const ct_int128 no_values[CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD];

static ct_status begin(struct ct_cursor *cursor, const struct ct_cursor_plan *plan,
                       struct ct_error *err)
{
    struct ct_scan *scan = cursor->source->scan;
    const struct ct_allocator *allocator = cursor->allocator;
    cursor->fields = ct_alloc_zeroed(allocator, plan->field_count, sizeof *cursor->fields);
    cursor->types = ct_alloc_zeroed(allocator, plan->field_count, sizeof *cursor->types);
    cursor->runs = ct_alloc_zeroed(allocator, CT_BLOCK_VALUES_MAX, sizeof *cursor->runs);
    if (!cursor->fields || !cursor->types || !cursor->runs)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a cursor");
    struct ct_catalog *catalog = scan->snapshot->store->catalog;
    for (uint32_t i = 0; i < plan->field_count; i++) {
        if (plan->fields[i] >= ct_catalog_field_count(catalog, scan->table))
            return ct_fail(err, CT_NOT_FOUND, "no such field");
        cursor->fields[i] = plan->fields[i];
        cursor->types[i] = ct_catalog_field(catalog, scan->table, plan->fields[i]).type;
    }
    switch (cursor->source->kind) {
    case CT_SOURCE_SEGMENT:
        return ct_cursor_segment_begin(cursor, err);
    case CT_SOURCE_LIVE:
        return CT_OK;
    case CT_SOURCE_MERGED:
        return ct_cursor_merged_begin(cursor, err);
    case CT_SOURCE_CELLS:
        return ct_cursor_cells_begin(cursor, plan, err);
    }
    return CT_OK;
}

ct_status ct_cursor_open(struct ct_source *source, const struct ct_cursor_plan *plan,
                         struct ct_cursor **out, struct ct_error *err)
{
    CT_ASSERT(plan->first_unit <= plan->end_unit && plan->end_unit <= ct_source_unit_count(source));
    const struct ct_allocator *allocator = source->scan->allocator;
    struct ct_cursor *cursor = ct_alloc_zeroed(allocator, 1, sizeof *cursor);
    if (!cursor)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a cursor");
    cursor->source = source;
    cursor->allocator = allocator;
    cursor->field_count = plan->field_count;
    cursor->selected = plan->selected;
    cursor->next_unit = plan->first_unit;
    cursor->end_unit = plan->end_unit;
    const ct_status status = begin(cursor, plan, err);
    if (status != CT_OK) {
        ct_cursor_close(cursor);
        return status;
    }
    *out = cursor;
    return CT_OK;
}

void ct_cursor_close(struct ct_cursor *cursor)
{
    if (!cursor)
        return;
    const struct ct_allocator *allocator = cursor->allocator;
    ct_cursor_merged_end(cursor);
    ct_cursor_cells_end(cursor);
    ct_segment_reader_destroy(cursor->reader);
    ct_commit_reader_destroy(cursor->commits);
    ct_release(allocator, cursor->columns);
    ct_release(allocator, cursor->fields);
    ct_release(allocator, cursor->types);
    ct_release(allocator, cursor->runs);
    ct_release(allocator, cursor);
}

ct_status ct_cursor_next(struct ct_cursor *cursor, struct ct_block *out, bool *found,
                         struct ct_error *err)
{
    CT_ASSERT(cursor->source->kind != CT_SOURCE_CELLS);
    ct_status status = CT_OK;
    *found = false;
    cursor->block.runs = cursor->runs;
    switch (cursor->source->kind) {
    case CT_SOURCE_SEGMENT:
        status = ct_cursor_segment_next(cursor, found, err);
        break;
    case CT_SOURCE_LIVE:
        status = ct_cursor_live_next(cursor, found, err);
        break;
    case CT_SOURCE_MERGED:
        status = ct_cursor_merged_next(cursor, found, err);
        break;
    case CT_SOURCE_CELLS:
        break;
    }
    if (status == CT_OK && *found)
        *out = cursor->block;
    return status;
}

ct_status ct_cursor_times(struct ct_cursor *cursor, const int64_t **out, struct ct_error *err)
{
    switch (cursor->source->kind) {
    case CT_SOURCE_SEGMENT:
        return ct_segment_read_times(cursor->reader, cursor->unit, out, err);
    case CT_SOURCE_LIVE:
        *out = cursor->chunk->times_ns + cursor->first_row;
        return CT_OK;
    case CT_SOURCE_MERGED:
        *out = cursor->pool.times_ns + cursor->pool_first;
        return CT_OK;
    case CT_SOURCE_CELLS:
        break;
    }
    return CT_OK;
}

/* A vector without any value. */
static struct ct_vector empty_vector(const struct ct_cursor *cursor, uint32_t i)
{
    struct ct_vector out = {.type = cursor->types[i],
                            .count = cursor->block.row_count,
                            .present = (const uint8_t *)no_values};
    if (out.type == CT_BOOL)
        out.boolean = (const uint8_t *)no_values;
    else if (out.type == CT_STRING)
        out.string = (const struct ct_text *)(const void *)no_values;
    else
        out.int64 = (const int64_t *)(const void *)no_values;
    return out;
}

ct_status ct_cursor_column(struct ct_cursor *cursor, uint32_t i, struct ct_vector *out,
                           struct ct_error *err)
{
    CT_ASSERT(i < cursor->field_count);
    const uint32_t rows = cursor->block.row_count;
    bool is_known = true;
    switch (cursor->source->kind) {
    case CT_SOURCE_SEGMENT:
        is_known = cursor->columns[i] >= 0;
        if (is_known)
            CT_TRY(ct_segment_read_column(cursor->reader, (uint32_t)cursor->columns[i],
                                          cursor->unit, out, err));
        break;
    case CT_SOURCE_LIVE:
        is_known =
            ct_live_chunk_vector(cursor->chunk, cursor->fields[i], cursor->first_row, rows, out);
        break;
    case CT_SOURCE_MERGED:
        *out = ct_row_pool_vector(&cursor->pool, i, cursor->pool_first, rows);
        is_known = out->count > 0;
        break;
    case CT_SOURCE_CELLS:
        is_known = false;
        break;
    }
    if (!is_known)
        *out = empty_vector(cursor, i);
    return CT_OK;
}

ct_status ct_cursor_stats(struct ct_cursor *cursor, uint32_t i, struct ct_block_stats *out,
                          bool *found, struct ct_error *err)
{
    CT_ASSERT(i < cursor->field_count);
    *found = false;
    if (cursor->source->kind != CT_SOURCE_SEGMENT)
        return CT_OK;
    *found = true;
    if (cursor->columns[i] >= 0)
        return ct_segment_read_stats(cursor->reader, (uint32_t)cursor->columns[i], cursor->unit,
                                     out, err);
    *out = (struct ct_block_stats){.type = cursor->types[i]};
    return CT_OK;
}
