#include "part.h"

static ct_status begin_commits(struct ct_part_reader *reader, struct ct_segment *segment,
                               struct ct_error *err)
{
    bool is_wanted = reader->plan.as_of > 0;
    for (uint32_t i = 0; i < reader->plan.column_count; i++)
        is_wanted |= reader->plan.columns[i].field == CT_FIELD_COMMIT;
    return is_wanted && ct_segment_has_commits(segment)
               ? ct_commit_reader_create(segment, reader->plan.allocator, reader->plan.scratch,
                                         &reader->commits, err)
               : CT_OK;
}

ct_status ct_part_segment_begin(struct ct_part_reader *reader, struct ct_error *err)
{
    struct ct_segment *segment = reader->part.sealed->segment;
    CT_TRY(ct_segment_reader_create(segment, reader->plan.scratch, &reader->segment_reader, err));
    CT_TRY(ct_segment_series_of(segment, &reader->series, err));
    CT_TRY(ct_segment_blocks_of(segment, &reader->blocks, err));
    reader->segment_columns = ct_alloc_zeroed(reader->plan.allocator, reader->plan.column_count,
                                              sizeof *reader->segment_columns);
    if (!reader->segment_columns)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading a segment");
    for (uint32_t i = 0; i < reader->plan.column_count; i++)
        reader->segment_columns[i] = ct_segment_find_column(segment, reader->plan.columns[i].field);
    reader->until_column = ct_segment_find_column(segment, CT_FIELD_UNTIL);
    return begin_commits(reader, segment, err);
}

/* First index in [low, high) whose value is above `value`, else high. */
static uint32_t first_above(const uint32_t *array, uint32_t low, uint32_t high, uint32_t value)
{
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (array[middle] <= value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The hidden columns of rows [first, first + count). Without commits of its own every row counts as
 * of the segment's last. */
static ct_status add_hidden(struct ct_part_reader *reader, uint32_t block, uint32_t first,
                            uint32_t count, struct ct_row_pool *pool, struct ct_error *err)
{
    const struct ct_segment_entry *entry = &reader->part.sealed->entry;
    const uint32_t column = (uint32_t)pool->commit_column;
    struct ct_vector commits = {.type = CT_INT64};
    if (pool->commit_column >= 0 && !reader->commits)
        ct_row_pool_fill(pool, column, pool->row_count, (int64_t)entry->info.max_commit, count);
    if (pool->commit_column >= 0 && reader->commits) {
        CT_TRY(ct_commit_reader_block(reader->commits, block, &commits.int64, err));
        CT_TRY(ct_row_pool_set(pool, column, pool->row_count, &commits, first, count));
    }
    for (uint32_t i = 0; i < count && reader->marks_deleted && reader->deleted_count > 0; i++)
        ct_part_mark_deleted(reader, entry->applied_commit, pool, pool->row_count + i);
    return CT_OK;
}

/* Rows [first, end) of a block. */
static ct_status add_rows(struct ct_part_reader *reader, uint32_t block, const int64_t *times_ns,
                          uint32_t first, uint32_t end, struct ct_row_pool *pool,
                          struct ct_error *err)
{
    const uint32_t count = end - first;
    ct_status status = ct_row_pool_reserve(pool, count);
    if (status != CT_OK)
        return ct_fail(err, status, "too many rows of one series for the memory there is");
    memcpy(pool->times_ns + pool->row_count, times_ns + first, count * sizeof *times_ns);
    for (uint32_t i = 0; i < reader->plan.column_count; i++) {
        struct ct_vector values;
        if ((int)i == pool->commit_column)
            continue;
        const int column = reader->segment_columns[i];
        if (column >= 0)
            CT_TRY(ct_segment_read_column(reader->segment_reader, (uint32_t)column, block, &values,
                                          err));
        status =
            ct_row_pool_set(pool, i, pool->row_count, column >= 0 ? &values : NULL, first, count);
        if (status != CT_OK)
            return ct_fail(err, status, "out of memory while reading a segment");
    }
    CT_TRY(add_hidden(reader, block, first, count, pool, err));
    pool->row_count += count;
    return CT_OK;
}

/* What tells which rows of a block are wanted. */
struct row_test {
    const struct ct_part_reader *reader;
    const int64_t *times_ns;
    const int64_t *commits, *untils; /* NULL where all rows pass */
};

static ct_status begin_test(struct ct_part_reader *reader, uint32_t block, struct row_test *test,
                            struct ct_error *err)
{
    struct ct_vector values;
    if (reader->plan.as_of > 0 && reader->commits)
        CT_TRY(ct_commit_reader_block(reader->commits, block, &test->commits, err));
    if (reader->plan.as_of > 0 && reader->until_column >= 0) {
        CT_TRY(ct_segment_read_column(reader->segment_reader, (uint32_t)reader->until_column, block,
                                      &values, err));
        test->untils = values.int64;
    }
    return CT_OK;
}

static bool is_kept(const struct row_test *test, uint32_t row)
{
    const int64_t as_of = (int64_t)test->reader->plan.as_of;
    return !(test->commits && test->commits[row] > as_of) &&
           !(test->untils && test->untils[row] <= as_of) &&
           !ct_part_drops(test->reader, test->times_ns[row],
                          test->reader->part.sealed->entry.applied_commit);
}

/* Rows [first, end) of a block, save those that are deleted or not of the time asked for. */
static ct_status add_kept(struct ct_part_reader *reader, uint32_t block, const int64_t *times_ns,
                          uint32_t first, uint32_t end, struct ct_row_pool *pool,
                          struct ct_error *err)
{
    if (reader->plan.as_of == 0 && (reader->deleted_count == 0 || reader->marks_deleted))
        return add_rows(reader, block, times_ns, first, end, pool, err);
    struct row_test test = {.reader = reader, .times_ns = times_ns};
    CT_TRY(begin_test(reader, block, &test, err));
    while (first < end) {
        while (first < end && !is_kept(&test, first))
            first++;
        uint32_t stop = first;
        while (stop < end && is_kept(&test, stop))
            stop++;
        if (stop > first)
            CT_TRY(add_rows(reader, block, times_ns, first, stop, pool, err));
        first = stop;
    }
    return CT_OK;
}

/* The block that a row is in. */
static uint32_t block_of(const struct ct_part_reader *reader, uint32_t row)
{
    return first_above(reader->blocks.first_row, 0, reader->blocks.count, row) - 1;
}

/* Moves on to the first row that is not before the plan's range. */
static ct_status skip_earlier(struct ct_part_reader *reader, struct ct_error *err)
{
    const uint32_t *cuts = reader->blocks.first_row;
    uint32_t block = block_of(reader, reader->next_row);
    while (reader->next_row < reader->end_row &&
           reader->blocks.max_time_ns[block] < reader->plan.start_ns)
        reader->next_row = cuts[++block];
    if (reader->next_row >= reader->end_row ||
        reader->blocks.min_time_ns[block] >= reader->plan.start_ns)
        return CT_OK;
    const int64_t *times_ns;
    CT_TRY(ct_segment_read_times(reader->segment_reader, block, &times_ns, err));
    const uint32_t block_end =
        reader->end_row < cuts[block + 1] ? reader->end_row : cuts[block + 1];
    reader->next_row = cuts[block] + ct_first_from(times_ns, reader->next_row - cuts[block],
                                                   block_end - cuts[block], reader->plan.start_ns);
    return CT_OK;
}

ct_status ct_part_segment_seek(struct ct_part_reader *reader, uint32_t series, struct ct_error *err)
{
    const struct ct_segment_series *directory = &reader->series;
    const uint32_t above = first_above(directory->series, 0, directory->count, series);
    reader->next_row = reader->end_row = 0;
    if (above == 0 || directory->series[above - 1] != series)
        return CT_OK;
    const uint32_t position = above - 1;
    if (directory->max_time_ns[position] < reader->plan.start_ns ||
        directory->min_time_ns[position] >= reader->plan.end_ns)
        return CT_OK;
    reader->next_row = directory->first_row[position];
    reader->end_row = directory->first_row[position + 1];
    return directory->min_time_ns[position] < reader->plan.start_ns ? skip_earlier(reader, err)
                                                                    : CT_OK;
}

ct_status ct_part_segment_time_after(struct ct_part_reader *reader, uint32_t rows, int64_t *time_ns,
                                     struct ct_error *err)
{
    *time_ns = INT64_MAX;
    if (reader->end_row - reader->next_row <= rows)
        return CT_OK;
    const uint32_t row = reader->next_row + rows;
    const uint32_t block = block_of(reader, row);
    const int64_t *times_ns;
    CT_TRY(ct_segment_read_times(reader->segment_reader, block, &times_ns, err));
    const int64_t found_ns = times_ns[row - reader->blocks.first_row[block]];
    *time_ns = found_ns < reader->plan.end_ns ? found_ns : INT64_MAX;
    return CT_OK;
}

ct_status ct_part_segment_add(struct ct_part_reader *reader, int64_t end_ns,
                              struct ct_row_pool *pool, struct ct_error *err)
{
    const uint32_t *cuts = reader->blocks.first_row;
    end_ns = end_ns < reader->plan.end_ns ? end_ns : reader->plan.end_ns;
    uint32_t block = block_of(reader, reader->next_row);
    for (; reader->next_row < reader->end_row; block++) {
        if (reader->blocks.min_time_ns[block] >= end_ns)
            return CT_OK;
        const int64_t *times_ns;
        CT_TRY(ct_segment_read_times(reader->segment_reader, block, &times_ns, err));
        const uint32_t first = reader->next_row - cuts[block];
        const uint32_t block_end =
            (reader->end_row < cuts[block + 1] ? reader->end_row : cuts[block + 1]) - cuts[block];
        const uint32_t end = ct_first_from(times_ns, first, block_end, end_ns);
        if (first < end)
            CT_TRY(add_kept(reader, block, times_ns, first, end, pool, err));
        reader->next_row = cuts[block] + end;
        if (end < block_end)
            return CT_OK;
    }
    return CT_OK;
}
