/* How a cursor reads what several parts have of a series: a unit is a series, given out in slices
 * of its settled rows, window after window. */
#include "source.h"

/* The plan's fields, the entry id where the identity needs it, and the commit where history is
 * looked at. */
static struct ct_segment_column *pool_columns(struct ct_cursor *cursor, uint32_t *count)
{
    const uint32_t entry_field = cursor->source->scan->entry_field;
    struct ct_segment_column *columns =
        ct_alloc_zeroed(cursor->allocator, (size_t)cursor->field_count + 2, sizeof *columns);
    if (!columns)
        return NULL;
    bool has_entry = entry_field == CT_NONE;
    for (uint32_t i = 0; i < cursor->field_count; i++) {
        columns[i] =
            (struct ct_segment_column){.field = cursor->fields[i], .type = cursor->types[i]};
        has_entry |= cursor->fields[i] == entry_field;
    }
    *count = cursor->field_count;
    if (!has_entry) {
        struct ct_scan *scan = cursor->source->scan;
        columns[*count] = (struct ct_segment_column){
            .field = entry_field,
            .type =
                ct_catalog_field(scan->snapshot->store->catalog, scan->table, entry_field).type};
        ++*count;
    }
    if (cursor->source->scan->snapshot->is_as_of)
        columns[(*count)++] =
            (struct ct_segment_column){.field = CT_FIELD_COMMIT, .type = CT_INT64};
    return columns;
}

/* Slots of the live view that the merged source has. */
static uint8_t *wanted_slots(const struct ct_cursor *cursor, const struct ct_live_view *view)
{
    const struct ct_source *source = cursor->source;
    uint8_t *wanted = ct_alloc_zeroed(cursor->allocator, view->slot_count, 1);
    for (uint32_t slot = 0; wanted && slot < view->slot_count; slot++) {
        uint32_t low = 0;
        uint32_t high = source->series_count;
        while (low < high) {
            const uint32_t middle = low + (high - low) / 2;
            if (source->series[middle] < view->series_of_slot[slot])
                low = middle + 1;
            else
                high = middle;
        }
        wanted[slot] =
            low < source->series_count && source->series[low] == view->series_of_slot[slot];
    }
    return wanted;
}

static ct_status open_part(struct ct_cursor *cursor, size_t i,
                           const struct ct_segment_column *columns, uint32_t column_count,
                           struct ct_error *err)
{
    struct ct_scan *scan = cursor->source->scan;
    const struct ct_row_part *part = &cursor->source->parts[i];
    struct ct_part_plan plan = {
        .allocator = cursor->allocator,
        .scratch = cursor->scratch,
        .columns = columns,
        .column_count = column_count,
        .start_ns = cursor->source->start_ns,
        .end_ns = cursor->source->end_ns,
        .deletes = {.catalog = scan->snapshot->store->catalog,
                    .tombstones = scan->deletes.tombstones,
                    .count = scan->deletes.count},
        .as_of = scan->snapshot->is_as_of ? scan->snapshot->commit : 0,
    };
    uint8_t *wanted = part->view ? wanted_slots(cursor, part->view) : NULL;
    if (part->view && !wanted)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a cursor");
    plan.wanted_slots = wanted;
    const ct_status status = ct_part_reader_create(part, &plan, &cursor->readers[i], err);
    ct_release(cursor->allocator, wanted);
    return status;
}

ct_status ct_cursor_merged_begin(struct ct_cursor *cursor, struct ct_error *err)
{
    const struct ct_source *source = cursor->source;
    uint32_t column_count = 0;
    struct ct_segment_column *columns = pool_columns(cursor, &column_count);
    cursor->readers =
        ct_alloc_zeroed(cursor->allocator, source->part_count, sizeof(struct ct_part_reader *));
    cursor->scratch = ct_codec_scratch_create(cursor->allocator);
    ct_status status = CT_OK;
    if (!columns || !cursor->readers || !cursor->scratch ||
        ct_row_pool_init(&cursor->pool, cursor->allocator, columns, column_count,
                         source->scan->entry_field) != CT_OK)
        status = ct_fail(err, CT_NO_MEMORY, "out of memory while opening a cursor");
    cursor->pool.sorts_by_commit = source->scan->snapshot->is_as_of;
    for (size_t i = 0; i < source->part_count && status == CT_OK; i++)
        status = open_part(cursor, i, columns, column_count, err);
    ct_release(cursor->allocator, columns);
    ct_series_windows_init(&cursor->windows, cursor->readers, source->part_count, &cursor->pool,
                           source->scan->snapshot->store->options.window_rows);
    return status;
}

void ct_cursor_merged_end(struct ct_cursor *cursor)
{
    for (size_t i = 0; cursor->readers && i < cursor->source->part_count; i++)
        ct_part_reader_destroy(cursor->readers[i]);
    ct_release(cursor->allocator, cursor->readers);
    ct_codec_scratch_destroy(cursor->scratch);
    ct_row_pool_deinit(&cursor->pool);
}

/* The next window of the series that is read, else the first of the next one that is wanted; the
 * pool stays empty where there is none. */
static ct_status load_window(struct ct_cursor *cursor, struct ct_error *err)
{
    bool found;
    cursor->pool_next = 0;
    CT_TRY(ct_series_windows_next(&cursor->windows, &found, err));
    while (!found && cursor->next_unit < cursor->end_unit) {
        const uint32_t position = cursor->next_unit++;
        if (!ct_cursor_wants(cursor, position))
            continue;
        cursor->pool_position = position;
        CT_TRY(ct_series_windows_seek(&cursor->windows, cursor->source->series[position], err));
        CT_TRY(ct_series_windows_next(&cursor->windows, &found, err));
    }
    if (ct_row_pool_settle(&cursor->pool) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while sorting rows");
    return CT_OK;
}

ct_status ct_cursor_merged_next(struct ct_cursor *cursor, bool *found, struct ct_error *err)
{
    if (cursor->pool_next >= cursor->pool.row_count)
        CT_TRY(load_window(cursor, err));
    if (cursor->pool.row_count == 0)
        return CT_OK;
    const size_t left = cursor->pool.row_count - cursor->pool_next;
    const uint32_t count = left < CT_BLOCK_VALUES_MAX ? (uint32_t)left : CT_BLOCK_VALUES_MAX;
    cursor->pool_first = cursor->pool_next;
    cursor->pool_next += count;
    cursor->runs[0] =
        (struct ct_run){.position = cursor->pool_position, .first_row = 0, .row_count = count};
    cursor->block.row_count = count;
    cursor->block.run_count = 1;
    cursor->block.is_whole = true;
    cursor->block.min_time_ns = cursor->pool.times_ns[cursor->pool_first];
    cursor->block.max_time_ns = cursor->pool.times_ns[cursor->pool_first + count - 1];
    *found = true;
    return CT_OK;
}
