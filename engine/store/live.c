#include "live.h"

struct ct_live_text {
    struct ct_live_text *next;
    char bytes[];
};

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

static void column_release(const struct ct_allocator *allocator, struct ct_live_column *column)
{
    ct_release(allocator, column->present);
    ct_release(allocator, column->scales);
    ct_release(allocator, column->wide);
    ct_release(allocator, column->int64); /* whichever of the union */
}

static void chunk_destroy(const struct ct_allocator *allocator, struct ct_live_chunk *chunk)
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
    ct_release(allocator, chunk->columns);
    ct_release(allocator, chunk->slots);
    ct_release(allocator, chunk->times_ns);
    ct_release(allocator, chunk);
}

static void table_destroy(const struct ct_allocator *allocator, struct ct_live_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->chunk_count; i++)
        chunk_destroy(allocator, table->chunks[i]);
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

static bool shape_fits(const struct ct_live_chunk *chunk, const struct ct_row_block *rows)
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

static bool column_allocate(struct ct_live_set *set, struct ct_live_column *column, uint32_t rows)
{
    const struct ct_allocator *allocator = set->allocator;
    size_t bytes = 0;
    if (column->is_nullable) {
        column->present = ct_alloc_zeroed(allocator, rows, 1);
        bytes += rows;
        if (!column->present)
            return false;
    }
    if (column->type == CT_DECIMAL) {
        column->scales = ct_alloc_zeroed(allocator, rows, 1);
        bytes += rows;
        if (!column->scales)
            return false;
    }
    if (column->is_wide) {
        column->wide = ct_alloc_zeroed(allocator, rows, sizeof(ct_int128));
        set->bytes += bytes + rows * sizeof(ct_int128);
        return column->wide != NULL;
    }
    column->int64 = ct_alloc_zeroed(allocator, rows, value_bytes(column->type));
    set->bytes += bytes + rows * value_bytes(column->type);
    return column->int64 != NULL;
}

/* A chunk that takes both what the last one took and these rows. */
static struct ct_live_chunk *chunk_create(struct ct_live_set *set, const struct ct_live_chunk *last,
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
    chunk->slots = ct_alloc(allocator, chunk->row_cap * sizeof *chunk->slots);
    chunk->times_ns = ct_alloc(allocator, chunk->row_cap * sizeof *chunk->times_ns);
    chunk->first_commit = commit;
    bool ok = chunk->columns && chunk->slots && chunk->times_ns;
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
        chunk_destroy(allocator, chunk);
        return NULL;
    }
    set->bytes += chunk->row_cap * (sizeof *chunk->slots + sizeof *chunk->times_ns);
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

static bool add_slots(struct ct_live_set *set, struct ct_live_table *table,
                      struct ct_live_chunk *chunk, const struct ct_row_block *rows, uint32_t first,
                      uint32_t count)
{
    int64_t low = table->min_time_ns;
    int64_t high = table->max_time_ns;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t slot = slot_of(set, table, rows->series[first + i]);
        if (slot == CT_NONE)
            return false;
        const int64_t time_ns = rows->times_ns[first + i];
        chunk->slots[chunk->row_count + i] = slot;
        if (time_ns <= table->slot_max_ns[slot] && table->slot_min_ns[slot] != INT64_MAX)
            table->is_unordered = true;
        if (time_ns > table->slot_max_ns[slot])
            table->slot_max_ns[slot] = time_ns;
        if (time_ns < table->slot_min_ns[slot])
            table->slot_min_ns[slot] = time_ns;
        low = time_ns < low ? time_ns : low;
        high = time_ns > high ? time_ns : high;
    }
    memcpy(chunk->times_ns + chunk->row_count, rows->times_ns + first, count * sizeof(int64_t));
    table->min_time_ns = low;
    table->max_time_ns = high;
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
    if (last && !table->is_closed && last->row_count < last->row_cap && shape_fits(last, rows))
        return last;
    if (!ct_grow(set->allocator, &table->chunks, &table->chunk_cap, table->chunk_count + 1,
                 sizeof *table->chunks))
        return NULL;
    struct ct_live_chunk *chunk = chunk_create(set, last, rows, commit);
    if (!chunk)
        return NULL;
    table->chunks[table->chunk_count++] = chunk;
    table->is_closed = false;
    return chunk;
}

static bool add_piece(struct ct_live_set *set, struct ct_live_table *table,
                      struct ct_live_chunk *chunk, const struct ct_row_block *rows, uint32_t first,
                      uint32_t count)
{
    for (uint32_t i = 0; i < rows->column_count; i++) {
        struct ct_live_column *column = find_column(chunk, rows->columns[i].field);
        CT_ASSERT(column && column->type == rows->columns[i].values.type);
        if (!add_values(set, chunk, column, chunk->row_count, &rows->columns[i].values, first,
                        count))
            return false;
    }
    if (!add_slots(set, table, chunk, rows, first, count))
        return false;
    chunk->row_count += count;
    return true;
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
        if (!add_piece(set, table, chunk, rows, first, count))
            break;
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
    out->series_of_slot = copy_array(allocator, table->series_of_slot, slots, sizeof(uint32_t));
    out->slot_min_ns = copy_array(allocator, table->slot_min_ns, slots, sizeof(int64_t));
    out->slot_max_ns = copy_array(allocator, table->slot_max_ns, slots, sizeof(int64_t));
    if (!out->chunks || !out->chunk_rows || !out->series_of_slot || !out->slot_min_ns ||
        !out->slot_max_ns)
        return false;
    for (size_t i = 0; i < table->chunk_count; i++)
        out->chunk_rows[i] = table->chunks[i]->row_count;
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
    out->row_count = table->row_count;
    out->slot_count = table->slot_count;
    out->is_unordered = table->is_unordered;
    out->first_commit = table->first_commit;
    out->last_commit = table->last_commit;
    out->min_time_ns = table->min_time_ns;
    out->max_time_ns = table->max_time_ns;
    return CT_OK;
}

void ct_live_view_deinit(struct ct_live_view *view, const struct ct_allocator *allocator)
{
    ct_release(allocator, view->chunks);
    ct_release(allocator, view->chunk_rows);
    ct_release(allocator, view->series_of_slot);
    ct_release(allocator, view->slot_min_ns);
    ct_release(allocator, view->slot_max_ns);
    memset(view, 0, sizeof *view);
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
