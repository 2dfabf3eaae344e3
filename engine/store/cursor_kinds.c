/* How a cursor finds its next block in a segment and in live rows. */
#include "source.h"

/* -- segment: a unit is a block ------------------------------------------------------------- */

/* The position whose rows include `row`. */
static uint32_t position_of(const struct ct_segment_series *series, uint32_t row)
{
    uint32_t low = 0;
    uint32_t high = series->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (series->first_row[middle + 1] <= row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

ct_status ct_cursor_segment_begin(struct ct_cursor *cursor, struct ct_error *err)
{
    struct ct_segment *segment = cursor->source->part.sealed->segment;
    CT_TRY(ct_segment_reader_create(segment, NULL, &cursor->reader, err));
    CT_TRY(ct_segment_series_of(segment, &cursor->series, err));
    CT_TRY(ct_segment_blocks_of(segment, &cursor->blocks, err));
    cursor->columns =
        ct_alloc_zeroed(cursor->allocator, cursor->field_count, sizeof *cursor->columns);
    if (!cursor->columns)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a cursor");
    for (uint32_t i = 0; i < cursor->field_count; i++)
        cursor->columns[i] = ct_segment_find_column(segment, cursor->fields[i]);
    if (cursor->source->as_of > 0)
        CT_TRY(ct_commit_reader_create(segment, cursor->allocator, NULL, &cursor->commits, err));
    if (cursor->next_unit < cursor->blocks.count)
        cursor->position =
            position_of(&cursor->series, cursor->blocks.first_row[cursor->next_unit]);
    return CT_OK;
}

/* Runs of the wanted series in the block; returns how many rows they cover. */
static uint32_t find_runs(struct ct_cursor *cursor, uint32_t unit)
{
    const uint32_t *first_row = cursor->series.first_row;
    const uint32_t first = cursor->blocks.first_row[unit];
    const uint32_t end = cursor->blocks.first_row[unit + 1];
    while (first_row[cursor->position + 1] <= first)
        cursor->position++;
    uint32_t covered = 0;
    uint32_t count = 0;
    for (uint32_t p = cursor->position; p < cursor->series.count && first_row[p] < end; p++) {
        if (!ct_cursor_wants(cursor, p))
            continue;
        const uint32_t from = first_row[p] > first ? first_row[p] - first : 0;
        const uint32_t to = (first_row[p + 1] < end ? first_row[p + 1] : end) - first;
        cursor->runs[count++] =
            (struct ct_run){.position = p, .first_row = from, .row_count = to - from};
        covered += to - from;
    }
    cursor->block.run_count = count;
    return covered;
}

/* Cuts the runs, in which times do not decrease, to the scan's range; returns the rows left. */
static uint32_t trim_runs(struct ct_cursor *cursor, const int64_t *times_ns)
{
    const struct ct_source *source = cursor->source;
    uint32_t covered = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < cursor->block.run_count; i++) {
        struct ct_run run = cursor->runs[i];
        const uint32_t run_end = run.first_row + run.row_count;
        const uint32_t first = ct_first_from(times_ns, run.first_row, run_end, source->start_ns);
        const uint32_t end = ct_first_from(times_ns, first, run_end, source->end_ns);
        if (first == end)
            continue;
        run.first_row = first;
        run.row_count = end - first;
        cursor->runs[count++] = run;
        covered += run.row_count;
    }
    cursor->block.run_count = count;
    return covered;
}

/* Cuts the runs to rows of commits up to the source's; returns the rows left. */
static uint32_t cut_runs(struct ct_cursor *cursor, const int64_t *commits)
{
    struct ct_run kept[CT_BLOCK_VALUES_MAX];
    const int64_t as_of = (int64_t)cursor->source->as_of;
    uint32_t covered = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < cursor->block.run_count; i++) {
        const struct ct_run run = cursor->runs[i];
        bool is_open = false;
        for (uint32_t row = run.first_row; row < run.first_row + run.row_count; row++) {
            const bool is_kept = commits[row] <= as_of;
            if (is_kept && !is_open)
                kept[count++] = (struct ct_run){.position = run.position, .first_row = row};
            if (is_kept)
                kept[count - 1].row_count++;
            covered += is_kept;
            is_open = is_kept;
        }
    }
    memcpy(cursor->runs, kept, count * sizeof *kept);
    cursor->block.run_count = count;
    return covered;
}

ct_status ct_cursor_segment_next(struct ct_cursor *cursor, bool *found, struct ct_error *err)
{
    const struct ct_source *source = cursor->source;
    while (cursor->next_unit < cursor->end_unit) {
        const uint32_t unit = cursor->next_unit++;
        struct ct_block *block = &cursor->block;
        block->min_time_ns = cursor->blocks.min_time_ns[unit];
        block->max_time_ns = cursor->blocks.max_time_ns[unit];
        if (block->max_time_ns < source->start_ns || block->min_time_ns >= source->end_ns)
            continue;
        cursor->unit = unit;
        block->row_count = cursor->blocks.first_row[unit + 1] - cursor->blocks.first_row[unit];
        uint32_t covered = find_runs(cursor, unit);
        if (covered > 0 &&
            (block->min_time_ns < source->start_ns || block->max_time_ns >= source->end_ns)) {
            const int64_t *times_ns;
            CT_TRY(ct_segment_read_times(cursor->reader, unit, &times_ns, err));
            covered = trim_runs(cursor, times_ns);
        }
        if (covered > 0 && cursor->commits) {
            const int64_t *commits;
            CT_TRY(ct_commit_reader_block(cursor->commits, unit, &commits, err));
            covered = cut_runs(cursor, commits);
        }
        if (covered == 0)
            continue;
        block->is_whole = covered == block->row_count;
        *found = true;
        return CT_OK;
    }
    return CT_OK;
}

/* -- live: a unit is a chunk, given out in slices -------------------------------------------- */

static void add_row(struct ct_cursor *cursor, uint32_t slot, uint32_t row)
{
    struct ct_block *block = &cursor->block;
    struct ct_run *last = block->run_count ? &cursor->runs[block->run_count - 1] : NULL;
    if (last && last->position == slot && last->first_row + last->row_count == row)
        last->row_count++;
    else
        cursor->runs[block->run_count++] =
            (struct ct_run){.position = slot, .first_row = row, .row_count = 1};
}

/* The slice's runs; returns the rows that they cover. */
static uint32_t find_live_runs(struct ct_cursor *cursor)
{
    const struct ct_source *source = cursor->source;
    const uint32_t *slots = cursor->chunk->slots + cursor->first_row;
    const int64_t *times_ns = cursor->chunk->times_ns + cursor->first_row;
    struct ct_block *block = &cursor->block;
    uint32_t covered = 0;
    block->run_count = 0;
    block->min_time_ns = INT64_MAX;
    block->max_time_ns = INT64_MIN;
    for (uint32_t row = 0; row < block->row_count; row++) {
        const int64_t time_ns = times_ns[row];
        block->min_time_ns = time_ns < block->min_time_ns ? time_ns : block->min_time_ns;
        block->max_time_ns = time_ns > block->max_time_ns ? time_ns : block->max_time_ns;
        if (time_ns < source->start_ns || time_ns >= source->end_ns ||
            !ct_cursor_wants(cursor, slots[row]))
            continue;
        add_row(cursor, slots[row], row);
        covered++;
    }
    return covered;
}

ct_status ct_cursor_live_next(struct ct_cursor *cursor, bool *found, struct ct_error *err)
{
    (void)err;
    const struct ct_live_view *view = cursor->source->part.view;
    for (;;) {
        if (cursor->next_row >= cursor->chunk_rows) {
            if (cursor->next_unit >= cursor->end_unit)
                return CT_OK;
            const size_t index = cursor->source->first_chunk + cursor->next_unit++;
            cursor->chunk = view->chunks[index];
            cursor->chunk_rows =
                ct_live_view_rows(view, index, cursor->source->start_ns, cursor->source->end_ns);
            cursor->next_row = 0;
            continue;
        }
        const uint32_t left = cursor->chunk_rows - cursor->next_row;
        cursor->first_row = cursor->next_row;
        cursor->block.row_count = left < CT_BLOCK_VALUES_MAX ? left : CT_BLOCK_VALUES_MAX;
        cursor->next_row += cursor->block.row_count;
        const uint32_t covered = find_live_runs(cursor);
        if (covered == 0)
            continue;
        cursor->block.is_whole = covered == cursor->block.row_count;
        *found = true;
        return CT_OK;
    }
}
