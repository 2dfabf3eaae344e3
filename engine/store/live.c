#include "live_chunk.h"

struct ct_live_set *ct_live_set_create(const struct ct_allocator *allocator, uint64_t log_number)
{
    struct ct_live_set *set = ct_alloc_zeroed(allocator, 1, sizeof *set);
    if (!set)
        return NULL;
    set->allocator = allocator;
    atomic_init(&set->references, 1);
    set->log_number = log_number;
    return set;
}

void ct_live_set_hold(struct ct_live_set *set)
{
    atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
}

static void table_destroy(const struct ct_allocator *allocator, struct ct_live_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->chunk_count; i++)
        ct_live_chunk_destroy(allocator, table->chunks[i]);
    ct_release(allocator, table->chunks);
    ct_release(allocator, table->slot_of_series);
    ct_release(allocator, table->series_of_slot);
    ct_release(allocator, table->slot_min_ns);
    ct_release(allocator, table->slot_max_ns);
    ct_release(allocator, table);
}

void ct_live_set_drop(struct ct_live_set *set)
{
    if (!set || atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel) != 1)
        return;
    const struct ct_allocator *allocator = set->allocator;
    for (size_t i = 0; i < set->table_cap; i++)
        table_destroy(allocator, set->tables[i]);
    ct_release(allocator, set->tables);
    ct_release(allocator, set);
}

/* -- tables ------------------------------------------------------------------------------- */

static bool grow_series(struct ct_live_set *set, struct ct_live_table *table, uint32_t series)
{
    const size_t before = table->series_cap;
    if (!ct_grow(set->allocator, &table->slot_of_series, &table->series_cap, (size_t)series + 1,
                 sizeof *table->slot_of_series))
        return false;
    for (size_t i = before; i < table->series_cap; i++)
        table->slot_of_series[i] = CT_NONE;
    set->bytes += (table->series_cap - before) * sizeof *table->slot_of_series;
    return true;
}

/* The series' slot, made if need be; CT_NONE when memory is out. */
static uint32_t slot_of(struct ct_live_set *set, struct ct_live_table *table, uint32_t series)
{
    if (series >= table->series_cap && !grow_series(set, table, series))
        return CT_NONE;
    uint32_t slot = table->slot_of_series[series];
    if (slot != CT_NONE)
        return slot;
    slot = table->slot_count;
    size_t cap = table->slot_cap;
    size_t min_cap = cap;
    size_t max_cap = cap;
    if (!ct_grow(set->allocator, &table->slot_min_ns, &min_cap, (size_t)slot + 1,
                 sizeof(int64_t)) ||
        !ct_grow(set->allocator, &table->slot_max_ns, &max_cap, (size_t)slot + 1,
                 sizeof(int64_t)) ||
        !ct_grow(set->allocator, &table->series_of_slot, &cap, (size_t)slot + 1, sizeof(uint32_t)))
        return CT_NONE;
    set->bytes += (cap - table->slot_cap) * (2 * sizeof(int64_t) + sizeof(uint32_t));
    table->slot_cap = cap;
    table->series_of_slot[slot] = series;
    table->slot_min_ns[slot] = INT64_MAX;
    table->slot_max_ns[slot] = INT64_MIN;
    table->slot_of_series[series] = slot;
    table->slot_count++;
    return slot;
}

static void add_commits(struct ct_live_chunk *chunk, uint32_t count, uint64_t commit)
{
    for (uint32_t i = 0; i < count; i++)
        chunk->commits[chunk->row_count + i] = (uint32_t)(commit - chunk->first_commit);
}

static void widen(int64_t *min_ns, int64_t *max_ns, int64_t low_ns, int64_t high_ns)
{
    *min_ns = low_ns < *min_ns ? low_ns : *min_ns;
    *max_ns = high_ns > *max_ns ? high_ns : *max_ns;
}

static bool add_slots(struct ct_live_set *set, struct ct_live_table *table,
                      struct ct_live_chunk *chunk, const struct ct_row_block *rows, uint32_t first,
                      uint32_t count)
{
    int64_t low = INT64_MAX;
    int64_t high = INT64_MIN;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t slot = slot_of(set, table, rows->series[first + i]);
        if (slot == CT_NONE)
            return false;
        const int64_t time_ns = rows->times_ns[first + i];
        chunk->slots[chunk->row_count + i] = slot;
        if (time_ns <= table->slot_max_ns[slot] && table->slot_min_ns[slot] != INT64_MAX)
            ct_time_ranges_add(&table->late, ct_time_range_of(time_ns, time_ns));
        if (time_ns > table->slot_max_ns[slot])
            table->slot_max_ns[slot] = time_ns;
        if (time_ns < table->slot_min_ns[slot])
            table->slot_min_ns[slot] = time_ns;
        low = time_ns < low ? time_ns : low;
        high = time_ns > high ? time_ns : high;
    }
    memcpy(chunk->times_ns + chunk->row_count, rows->times_ns + first, count * sizeof(int64_t));
    widen(&chunk->min_time_ns, &chunk->max_time_ns, low, high);
    widen(&table->min_time_ns, &table->max_time_ns, low, high);
    return true;
}

static struct ct_live_table *table_of(struct ct_live_set *set, uint32_t number)
{
    const size_t before = set->table_cap;
    if (!ct_grow(set->allocator, &set->tables, &set->table_cap, (size_t)number + 1,
                 sizeof *set->tables))
        return NULL;
    if (set->table_cap > before)
        memset(set->tables + before, 0, (set->table_cap - before) * sizeof(struct ct_live_table *));
    if (!set->tables[number]) {
        struct ct_live_table *table = ct_alloc_zeroed(set->allocator, 1, sizeof *table);
        if (!table)
            return NULL;
        table->table = number;
        table->min_time_ns = INT64_MAX;
        table->max_time_ns = INT64_MIN;
        set->tables[number] = table;
        set->bytes += sizeof *table;
    }
    return set->tables[number];
}

/* The chunk that takes the next rows, made if need be. */
static struct ct_live_chunk *open_chunk(struct ct_live_set *set, struct ct_live_table *table,
                                        const struct ct_row_block *rows, uint64_t commit)
{
    struct ct_live_chunk *last = table->chunk_count ? table->chunks[table->chunk_count - 1] : NULL;
    if (last && !table->is_closed && last->row_count < last->row_cap &&
        commit - last->first_commit <= UINT32_MAX && ct_live_chunk_fits(last, rows))
        return last;
    if (!ct_grow(set->allocator, &table->chunks, &table->chunk_cap, table->chunk_count + 1,
                 sizeof *table->chunks))
        return NULL;
    struct ct_live_chunk *chunk = ct_live_chunk_create(set, last, rows, commit);
    if (!chunk)
        return NULL;
    table->chunks[table->chunk_count++] = chunk;
    table->is_closed = false;
    return chunk;
}

ct_status ct_live_add(struct ct_live_set *set, uint64_t commit, const struct ct_row_block *rows,
                      struct ct_error *err)
{
    struct ct_live_table *table = table_of(set, rows->table);
    uint32_t first = 0;
    while (table && first < rows->row_count) {
        struct ct_live_chunk *chunk = open_chunk(set, table, rows, commit);
        if (!chunk)
            break;
        const uint32_t room = chunk->row_cap - chunk->row_count;
        const uint32_t left = rows->row_count - first;
        const uint32_t count = left < room ? left : room;
        if (!ct_live_chunk_add(set, chunk, rows, first, count) ||
            !add_slots(set, table, chunk, rows, first, count))
            break;
        add_commits(chunk, count, commit);
        chunk->row_count += count;
        first += count;
    }
    if (!table || first < rows->row_count)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while keeping %u live rows",
                       rows->row_count);
    if (table->row_count == 0)
        table->first_commit = commit;
    table->last_commit = commit;
    table->row_count += rows->row_count;
    set->row_count += rows->row_count;
    return CT_OK;
}

void ct_live_close_chunks(struct ct_live_set *set, uint32_t table)
{
    if (table < set->table_cap && set->tables[table])
        set->tables[table]->is_closed = true;
}

/* -- views -------------------------------------------------------------------------------- */

/* A copy of count elements, or NULL. */
static void *copy_array(const struct ct_allocator *allocator, const void *from, size_t count,
                        size_t element_bytes)
{
    void *to = ct_alloc(allocator, count * element_bytes);
    if (to)
        memcpy(to, from, count * element_bytes);
    return to;
}

static bool copy_table(const struct ct_live_table *table, struct ct_live_view *out,
                       const struct ct_allocator *allocator)
{
    const size_t slots = table->slot_count;
    out->chunks = copy_array(allocator, table->chunks, table->chunk_count, sizeof *out->chunks);
    out->chunk_rows = ct_alloc(allocator, table->chunk_count * sizeof *out->chunk_rows);
    out->chunk_times = ct_alloc(allocator, table->chunk_count * sizeof *out->chunk_times);
    out->series_of_slot = copy_array(allocator, table->series_of_slot, slots, sizeof(uint32_t));
    out->slot_min_ns = copy_array(allocator, table->slot_min_ns, slots, sizeof(int64_t));
    out->slot_max_ns = copy_array(allocator, table->slot_max_ns, slots, sizeof(int64_t));
    if (!out->chunks || !out->chunk_rows || !out->chunk_times || !out->series_of_slot ||
        !out->slot_min_ns || !out->slot_max_ns)
        return false;
    for (size_t i = 0; i < table->chunk_count; i++) {
        const struct ct_live_chunk *chunk = table->chunks[i];
        out->chunk_rows[i] = chunk->row_count;
        out->chunk_times[i] = ct_time_range_of(chunk->min_time_ns, chunk->max_time_ns);
    }
    return true;
}

ct_status ct_live_view_take(struct ct_live_set *set, uint32_t number, struct ct_live_view *out,
                            struct ct_error *err)
{
    memset(out, 0, sizeof *out);
    out->min_time_ns = INT64_MAX;
    out->max_time_ns = INT64_MIN;
    if (!set || number >= set->table_cap || !set->tables[number] ||
        set->tables[number]->row_count == 0)
        return CT_OK;
    const struct ct_live_table *table = set->tables[number];
    if (!copy_table(table, out, set->allocator)) {
        ct_live_view_deinit(out, set->allocator);
        return ct_fail(err, CT_NO_MEMORY, "out of memory while taking a snapshot");
    }
    out->chunk_count = table->chunk_count;
    out->finished_count = table->chunk_count - !table->is_closed;
    out->row_count = table->row_count;
    out->slot_count = table->slot_count;
    out->late = table->late;
    out->first_commit = table->first_commit;
    out->last_commit = table->last_commit;
    out->min_time_ns = table->min_time_ns;
    out->max_time_ns = table->max_time_ns;
    return CT_OK;
}

uint32_t ct_live_view_rows(const struct ct_live_view *view, size_t c, int64_t start_ns,
                           int64_t end_ns)
{
    const struct ct_time_range range = {start_ns, end_ns};
    return ct_time_range_meets(view->chunk_times[c], range) ? view->chunk_rows[c] : 0;
}

void ct_live_view_deinit(struct ct_live_view *view, const struct ct_allocator *allocator)
{
    ct_release(allocator, view->chunks);
    ct_release(allocator, view->chunk_rows);
    ct_release(allocator, view->chunk_times);
    ct_release(allocator, view->series_of_slot);
    ct_release(allocator, view->slot_min_ns);
    ct_release(allocator, view->slot_max_ns);
    memset(view, 0, sizeof *view);
}
