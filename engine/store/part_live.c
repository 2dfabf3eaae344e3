#include "part.h"

#include <stdlib.h>

#define ROW_BITS 14
#define ROW_MASK ((1u << ROW_BITS) - 1)

static_assert(CT_LIVE_CHUNK_ROWS_MAX == 1 << ROW_BITS, "a reference holds any row of a chunk");

static bool is_wanted(const struct ct_part_reader *reader, uint32_t slot)
{
    return !reader->plan.wanted_slots || reader->plan.wanted_slots[slot];
}

/* Chunks without a row in the plan's range of times are left out. */
static uint32_t chunk_rows(const struct ct_part_reader *reader, size_t c)
{
    return ct_live_view_rows(reader->part.view, c, reader->plan.start_ns, reader->plan.end_ns);
}

static void count_rows(struct ct_part_reader *reader)
{
    const struct ct_live_view *view = reader->part.view;
    for (size_t c = 0; c < view->chunk_count; c++) {
        const uint32_t *slots = view->chunks[c]->slots;
        const uint32_t row_count = chunk_rows(reader, c);
        for (uint32_t row = 0; row < row_count; row++)
            reader->slot_start[slots[row] + 1]++;
    }
    for (uint32_t slot = 0; slot < view->slot_count; slot++) {
        if (!is_wanted(reader, slot))
            reader->slot_start[slot + 1] = 0;
        reader->slot_start[slot + 1] += reader->slot_start[slot];
    }
}

/* A counting sort by slot: rows of a slot keep their order of arrival. slot_start[s] is moved to
 * the slot's end on the way and back afterwards. */
static void group_rows(struct ct_part_reader *reader)
{
    const struct ct_live_view *view = reader->part.view;
    for (size_t c = 0; c < view->chunk_count; c++) {
        const uint32_t *slots = view->chunks[c]->slots;
        const uint32_t row_count = chunk_rows(reader, c);
        for (uint32_t row = 0; row < row_count; row++) {
            if (is_wanted(reader, slots[row]))
                reader->references[reader->slot_start[slots[row]]++] =
                    (uint32_t)(c << ROW_BITS) | row;
        }
    }
    for (uint32_t slot = view->slot_count; slot > 0; slot--)
        reader->slot_start[slot] = reader->slot_start[slot - 1];
    reader->slot_start[0] = 0;
}

static const struct ct_live_column *chunk_column(const struct ct_live_chunk *chunk, uint32_t field)
{
    for (uint32_t i = 0; i < chunk->column_count; i++) {
        if (chunk->columns[i].field == field)
            return &chunk->columns[i];
    }
    return NULL;
}

static bool map_series(struct ct_part_reader *reader)
{
    const struct ct_live_view *view = reader->part.view;
    for (uint32_t slot = 0; slot < view->slot_count; slot++) {
        if (view->series_of_slot[slot] >= reader->series_count)
            reader->series_count = (size_t)view->series_of_slot[slot] + 1;
    }
    reader->slot_of_series =
        ct_alloc(reader->plan.allocator, (reader->series_count + 1) * sizeof(uint32_t));
    if (!reader->slot_of_series)
        return false;
    for (size_t series = 0; series < reader->series_count; series++)
        reader->slot_of_series[series] = CT_NONE;
    for (uint32_t slot = 0; slot < view->slot_count; slot++)
        reader->slot_of_series[view->series_of_slot[slot]] = slot;
    return true;
}

ct_status ct_part_live_begin(struct ct_part_reader *reader, struct ct_error *err)
{
    const struct ct_live_view *view = reader->part.view;
    const struct ct_allocator *allocator = reader->plan.allocator;
    if (view->chunk_count > UINT32_MAX >> ROW_BITS)
        return ct_fail(err, CT_LIMIT, "too many live rows");
    reader->slot_start = ct_alloc_zeroed(allocator, (size_t)view->slot_count + 1, sizeof(uint64_t));
    reader->chunk_columns = ct_alloc_zeroed(
        allocator, (size_t)reader->plan.column_count * view->chunk_count, sizeof(void *));
    if (!reader->slot_start || !reader->chunk_columns || !map_series(reader))
        return ct_fail(err, CT_NO_MEMORY, "out of memory while sorting live rows");
    count_rows(reader);
    reader->references =
        ct_alloc(allocator, (reader->slot_start[view->slot_count] + 1) * sizeof(uint32_t));
    if (!reader->references)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while sorting live rows");
    group_rows(reader);
    for (uint32_t i = 0; i < reader->plan.column_count; i++) {
        for (size_t c = 0; c < view->chunk_count; c++)
            reader->chunk_columns[i * view->chunk_count + c] =
                chunk_column(view->chunks[c], reader->plan.columns[i].field);
    }
    return CT_OK;
}

/* -- in pieces ------------------------------------------------------------------------------- */

static int64_t time_of(const struct ct_part_reader *reader, uint32_t reference)
{
    return reader->part.view->chunks[reference >> ROW_BITS]->times_ns[reference & ROW_MASK];
}

static bool is_by_time(const struct ct_part_reader *reader, uint64_t first, uint64_t end)
{
    for (uint64_t i = first + 1; i < end; i++) {
        if (time_of(reader, reader->references[i]) < time_of(reader, reader->references[i - 1]))
            return false;
    }
    return true;
}

struct timed_reference {
    int64_t time_ns;
    uint32_t reference;
};

/* References ascend in order of arrival. */
static int compare_references(const void *a, const void *b)
{
    const struct timed_reference *first = a;
    const struct timed_reference *second = b;
    if (first->time_ns != second->time_ns)
        return first->time_ns < second->time_ns ? -1 : 1;
    return (first->reference > second->reference) - (first->reference < second->reference);
}

static ct_status sort_by_time(struct ct_part_reader *reader, uint64_t first, uint64_t end)
{
    const size_t count = (size_t)(end - first);
    uint32_t *references = reader->references + first;
    struct timed_reference *timed = ct_alloc_zeroed(reader->plan.allocator, count, sizeof *timed);
    if (!timed)
        return CT_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        timed[i] = (struct timed_reference){.time_ns = time_of(reader, references[i]),
                                            .reference = references[i]};
    qsort(timed, count, sizeof *timed, compare_references);
    for (size_t i = 0; i < count; i++)
        references[i] = timed[i].reference;
    ct_release(reader->plan.allocator, timed);
    return CT_OK;
}

ct_status ct_part_live_seek(struct ct_part_reader *reader, uint32_t series, struct ct_error *err)
{
    reader->next_reference = reader->end_reference = 0;
    if (series >= reader->series_count || reader->slot_of_series[series] == CT_NONE)
        return CT_OK;
    const uint32_t slot = reader->slot_of_series[series];
    const uint64_t first = reader->slot_start[slot];
    const uint64_t end = reader->slot_start[slot + 1];
    if (reader->part.view->late.count > 0 && !is_by_time(reader, first, end) &&
        sort_by_time(reader, first, end) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while sorting live rows");
    reader->next_reference = first;
    reader->end_reference = end;
    return CT_OK;
}

int64_t ct_part_live_time_after(const struct ct_part_reader *reader, uint32_t rows)
{
    if (reader->end_reference - reader->next_reference <= rows)
        return INT64_MAX;
    const int64_t time_ns = time_of(reader, reader->references[reader->next_reference + rows]);
    return time_ns < reader->plan.end_ns ? time_ns : INT64_MAX;
}

/* The first reference not yet given whose time is not before end_ns. */
static uint64_t first_from(const struct ct_part_reader *reader, int64_t end_ns)
{
    uint64_t low = reader->next_reference;
    uint64_t high = reader->end_reference;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (time_of(reader, reader->references[middle]) < end_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* References of the rows before end_ns that are in the plan's time range and not deleted; NULL when
 * memory is out. */
static const uint32_t *keep_rows(struct ct_part_reader *reader, int64_t end_ns, size_t *count)
{
    const struct ct_live_view *view = reader->part.view;
    const uint64_t end = first_from(reader, end_ns);
    const uint32_t *references = reader->references + reader->next_reference;
    const size_t all = (size_t)(end - reader->next_reference);
    if (!ct_grow(reader->plan.allocator, &reader->kept, &reader->kept_cap, all + 1,
                 sizeof *reader->kept))
        return NULL;
    reader->next_reference = end;
    size_t kept = 0;
    for (size_t i = 0; i < all; i++) {
        const struct ct_live_chunk *chunk = view->chunks[references[i] >> ROW_BITS];
        const int64_t time_ns = chunk->times_ns[references[i] & ROW_MASK];
        reader->kept[kept] = references[i];
        kept += time_ns >= reader->plan.start_ns && time_ns < reader->plan.end_ns &&
                !ct_part_drops(reader, time_ns, chunk->first_commit);
    }
    *count = kept;
    return reader->kept;
}

/* -- rows into the pool ---------------------------------------------------------------------- */

/* One row of one column, however it is stored. */
static ct_status set_row(const struct ct_live_column *column, uint32_t row,
                         struct ct_row_pool *pool, uint32_t i, size_t at)
{
    if (!column || (column->present && !column->present[row]))
        return ct_row_pool_set(pool, i, at, NULL, 0, 1);
    struct ct_vector values = {.type = column->type, .count = 1};
    if (column->wide)
        values.wide = column->wide + row;
    else if (column->type == CT_BOOL)
        values.boolean = column->boolean + row;
    else if (column->type == CT_STRING)
        values.string = column->string + row;
    else
        values.int64 = column->int64 + row;
    if (column->scales)
        values.scales = column->scales + row;
    return ct_row_pool_set(pool, i, at, &values, 0, 1);
}

/* A value of 8 bytes, always there: the bulk of what is ever sealed. */
static bool is_plain(const struct ct_live_column *column)
{
    return column && !column->present && !column->wide && column->type != CT_BOOL &&
           column->type != CT_STRING;
}

static ct_status gather_column(struct ct_part_reader *reader, uint32_t i,
                               const uint32_t *references, size_t count, struct ct_row_pool *pool)
{
    const struct ct_live_column *const *columns =
        reader->chunk_columns + (size_t)i * reader->part.view->chunk_count;
    struct ct_pool_column *out = &pool->columns[i];
    const size_t base = pool->row_count;
    for (size_t k = 0; k < count; k++) {
        const struct ct_live_column *column = columns[references[k] >> ROW_BITS];
        const uint32_t row = references[k] & ROW_MASK;
        if (!is_plain(column) || out->is_wide) {
            CT_TRY(set_row(column, row, pool, i, base + k));
            continue;
        }
        out->words[base + k] = column->int64[row];
        if (column->scales)
            out->scales[base + k] = column->scales[row];
        if (out->has_gaps)
            out->present[base + k] = 1;
        out->has_values = true;
    }
    return CT_OK;
}

/* Hidden columns: the commit of each row, and the delete that removes it. */
static void gather_commits(struct ct_part_reader *reader, const uint32_t *references, size_t count,
                           struct ct_row_pool *pool)
{
    for (size_t k = 0; k < count; k++) {
        const struct ct_live_chunk *chunk = reader->part.view->chunks[references[k] >> ROW_BITS];
        const uint64_t commit = chunk->first_commit + chunk->commits[references[k] & ROW_MASK];
        if (pool->commit_column >= 0)
            ct_row_pool_fill(pool, (uint32_t)pool->commit_column, pool->row_count + k,
                             (int64_t)commit, 1);
        if (reader->marks_deleted && reader->deleted_count > 0)
            ct_part_mark_deleted(reader, commit, pool, pool->row_count + k);
    }
}

ct_status ct_part_live_add(struct ct_part_reader *reader, int64_t end_ns, struct ct_row_pool *pool,
                           struct ct_error *err)
{
    size_t count = 0;
    const uint32_t *references = keep_rows(reader, end_ns, &count);
    ct_status status = references ? ct_row_pool_reserve(pool, count) : CT_NO_MEMORY;
    if (status != CT_OK)
        return ct_fail(err, status, "too many rows of one series for the memory there is");
    if (count == 0)
        return CT_OK;
    for (size_t k = 0; k < count; k++)
        pool->times_ns[pool->row_count + k] = reader->part.view->chunks[references[k] >> ROW_BITS]
                                                  ->times_ns[references[k] & ROW_MASK];
    for (uint32_t i = 0; i < reader->plan.column_count; i++) {
        if ((int)i == pool->commit_column)
            continue;
        status = (int)i == pool->until_column
                     ? ct_row_pool_set(pool, i, pool->row_count, NULL, 0, (uint32_t)count)
                     : gather_column(reader, i, references, count, pool);
        if (status != CT_OK)
            return ct_fail(err, status, "out of memory while reading live rows");
    }
    if (pool->commit_column >= 0)
        gather_commits(reader, references, count, pool);
    pool->row_count += count;
    return CT_OK;
}
