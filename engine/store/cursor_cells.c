/* Cursors over the cells of an image. A unit is a block of cells. Blocks of which every cell is
 * wanted, nearly all, are handed out as they were decoded; of others the wanted cells are copied
 * together. */
#include "source.h"

#define VALUES_MAX CT_BLOCK_VALUES_MAX

/* Arrays that a vector was copied together in; made when first needed. */
struct gathered {
    void *values; /* 8 bytes each, strings 16 */
    ct_int128 *wide;
    uint8_t *present, *scales;
};

enum { SUM, MIN, MAX, FIRST, LAST, QUANTILES, DISTINCT, VECTORS };

struct gathered_column {
    struct gathered vectors[VECTORS];
    int64_t *counts, *first_times_ns, *last_times_ns;
};

struct ct_cell_cursor {
    const struct ct_allocator *allocator;
    struct ct_rollup_reader *reader;
    struct ct_cell_column *decoded; /* [field_count]: the reader's */
    struct ct_cell_column *columns; /* [field_count]: copied together */
    struct gathered_column *room;   /* [field_count] */
    uint32_t field_count;
    uint32_t *wanted; /* numbers of the wanted cells of the block */
    uint32_t wanted_count;
    uint32_t *positions;
    int64_t *buckets_ns, *rows, *min_times_ns, *max_times_ns;
};

/* -- making and unmaking ------------------------------------------------------------------ */

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory while reading cells");
}

static ct_status allocate(struct ct_cell_cursor *cells, struct ct_error *err)
{
    const struct ct_allocator *allocator = cells->allocator;
    const size_t fields = (size_t)cells->field_count + 1;
    cells->decoded = ct_alloc_zeroed(allocator, fields, sizeof *cells->decoded);
    cells->columns = ct_alloc_zeroed(allocator, fields, sizeof *cells->columns);
    cells->room = ct_alloc_zeroed(allocator, fields, sizeof *cells->room);
    cells->wanted = ct_alloc(allocator, VALUES_MAX * sizeof *cells->wanted);
    return cells->decoded && cells->columns && cells->room && cells->wanted ? CT_OK
                                                                            : no_memory(err);
}

ct_status ct_cursor_cells_begin(struct ct_cursor *cursor, const struct ct_cursor_plan *plan,
                                struct ct_error *err)
{
    const struct ct_source *source = cursor->source;
    CT_ASSERT(plan->keeps || plan->field_count == 0);
    cursor->cells = ct_alloc_zeroed(cursor->allocator, 1, sizeof *cursor->cells);
    if (!cursor->cells)
        return no_memory(err);
    cursor->cells->allocator = cursor->allocator;
    cursor->cells->field_count = plan->field_count;
    CT_TRY(allocate(cursor->cells, err));
    const struct ct_rollup_reader_plan reader = {.fields = plan->fields,
                                                 .keeps = plan->keeps,
                                                 .field_count = plan->field_count,
                                                 .wants_row_times = source->by_row_times};
    return ct_rollup_reader_create(source->image->image, source->face->face, &reader,
                                   &cursor->cells->reader, err);
}

static void release_column(const struct ct_allocator *allocator, struct gathered_column *column)
{
    for (int v = 0; v < VECTORS; v++) {
        ct_release(allocator, column->vectors[v].values);
        ct_release(allocator, column->vectors[v].wide);
        ct_release(allocator, column->vectors[v].present);
        ct_release(allocator, column->vectors[v].scales);
    }
    ct_release(allocator, column->counts);
    ct_release(allocator, column->first_times_ns);
    ct_release(allocator, column->last_times_ns);
}

void ct_cursor_cells_end(struct ct_cursor *cursor)
{
    struct ct_cell_cursor *cells = cursor->cells;
    if (!cells)
        return;
    const struct ct_allocator *allocator = cells->allocator;
    ct_rollup_reader_destroy(cells->reader);
    for (uint32_t i = 0; cells->room && i < cells->field_count; i++)
        release_column(allocator, &cells->room[i]);
    ct_release(allocator, cells->decoded);
    ct_release(allocator, cells->columns);
    ct_release(allocator, cells->room);
    ct_release(allocator, cells->wanted);
    ct_release(allocator, cells->positions);
    ct_release(allocator, cells->buckets_ns);
    ct_release(allocator, cells->rows);
    ct_release(allocator, cells->min_times_ns);
    ct_release(allocator, cells->max_times_ns);
    ct_release(allocator, cells);
}

/* -- which cells -------------------------------------------------------------------------- */

static bool has_selected(const struct ct_cursor *cursor, const struct ct_rollup_block *block)
{
    return !cursor->selected ||
           memchr(cursor->selected + block->first_position, 1,
                  (size_t)block->last_position - block->first_position + 1) != NULL;
}

/* May the block have wanted cells, as far as its bounds tell? */
static bool is_block_wanted(const struct ct_cursor *cursor, const struct ct_rollup_block *block)
{
    const struct ct_source *source = cursor->source;
    const enum ct_grain grain = source->face->grain;
    if (block->min_bucket_ns >= source->end_ns)
        return false;
    if (source->by_row_times ? ct_grain_end(block->max_bucket_ns, grain) <= source->start_ns
                             : block->max_bucket_ns < source->start_ns)
        return false;
    return has_selected(cursor, block);
}

static bool is_in_share(const struct ct_source *source, const struct ct_cell_block *block,
                        uint32_t i)
{
    if (source->by_row_times)
        return block->min_times_ns[i] >= source->start_ns &&
               block->max_times_ns[i] < source->end_ns;
    /* INT64_MAX stands for no end, as in a scan. */
    return block->buckets_ns[i] >= source->start_ns && block->buckets_ns[i] < source->end_ns;
}

static void find_wanted(const struct ct_cursor *cursor, const struct ct_cell_block *block)
{
    struct ct_cell_cursor *cells = cursor->cells;
    cells->wanted_count = 0;
    for (uint32_t i = 0; i < block->cell_count; i++) {
        cells->wanted[cells->wanted_count] = i;
        cells->wanted_count += is_in_share(cursor->source, block, i) &&
                               (!cursor->selected || cursor->selected[block->positions[i]]);
    }
}

/* -- copying together --------------------------------------------------------------------- */

/* The wanted elements of `from` into the array that *to_pointer is, made if need be. */
static bool gather(struct ct_cell_cursor *cells, void *to_pointer, const void *from,
                   size_t element_bytes)
{
    char *to;
    memcpy(&to, to_pointer, sizeof to);
    if (!to) {
        to = ct_alloc(cells->allocator, VALUES_MAX * element_bytes);
        memcpy(to_pointer, &to, sizeof to);
    }
    if (!to)
        return false;
    const char *bytes = from;
    for (uint32_t i = 0; i < cells->wanted_count; i++)
        memcpy(to + i * element_bytes, bytes + cells->wanted[i] * element_bytes, element_bytes);
    return true;
}

static size_t value_bytes(const struct ct_vector *vector)
{
    switch (vector->type) {
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

static bool gather_vector(struct ct_cell_cursor *cells, struct gathered *room,
                          struct ct_vector *vector)
{
    if (vector->count == 0)
        return true;
    vector->count = cells->wanted_count;
    if (vector->present) {
        if (!gather(cells, &room->present, vector->present, 1))
            return false;
        vector->present = room->present;
    }
    if (vector->scales) {
        if (!gather(cells, &room->scales, vector->scales, 1))
            return false;
        vector->scales = room->scales;
    }
    if (vector->wide) {
        if (!gather(cells, &room->wide, vector->wide, sizeof *vector->wide))
            return false;
        vector->wide = room->wide;
        return true;
    }
    if (!room->values && vector->type == CT_BOOL)
        room->values = ct_alloc(cells->allocator, VALUES_MAX * sizeof(int64_t));
    if (!gather(cells, &room->values, vector->int64, value_bytes(vector)))
        return false;
    vector->int64 = room->values;
    return true;
}

static bool gather_numbers(struct ct_cell_cursor *cells, int64_t **room, const int64_t **numbers)
{
    if (!*numbers)
        return true;
    const bool ok = gather(cells, room, *numbers, sizeof **numbers);
    *numbers = *room;
    return ok;
}

static bool gather_column(struct ct_cell_cursor *cells, uint32_t i)
{
    struct ct_cell_column *column = &cells->columns[i];
    struct gathered_column *room = &cells->room[i];
    *column = cells->decoded[i];
    struct ct_vector *const vectors[VECTORS] = {
        [SUM] = &column->sum,          [MIN] = &column->min,   [MAX] = &column->max,
        [FIRST] = &column->first,      [LAST] = &column->last, [QUANTILES] = &column->quantiles,
        [DISTINCT] = &column->distinct};
    bool ok = gather_numbers(cells, &room->counts, &column->counts) &&
              gather_numbers(cells, &room->first_times_ns, &column->first_times_ns) &&
              gather_numbers(cells, &room->last_times_ns, &column->last_times_ns);
    for (int v = 0; v < VECTORS && ok; v++)
        ok = gather_vector(cells, &room->vectors[v], vectors[v]);
    return ok;
}

static ct_status gather_block(struct ct_cell_cursor *cells, struct ct_cell_block *block,
                              struct ct_error *err)
{
    bool ok = gather(cells, &cells->positions, block->positions, sizeof *block->positions) &&
              gather_numbers(cells, &cells->buckets_ns, &block->buckets_ns) &&
              gather_numbers(cells, &cells->rows, &block->rows) &&
              gather_numbers(cells, &cells->min_times_ns, &block->min_times_ns) &&
              gather_numbers(cells, &cells->max_times_ns, &block->max_times_ns);
    for (uint32_t i = 0; i < cells->field_count && ok; i++)
        ok = gather_column(cells, i);
    if (!ok)
        return no_memory(err);
    block->positions = cells->positions;
    block->cell_count = cells->wanted_count;
    return CT_OK;
}

ct_status ct_cursor_next_cells(struct ct_cursor *cursor, struct ct_cell_block *out,
                               const struct ct_cell_column **columns, bool *found,
                               struct ct_error *err)
{
    const struct ct_source *source = cursor->source;
    struct ct_cell_cursor *cells = cursor->cells;
    CT_ASSERT(source->kind == CT_SOURCE_CELLS);
    *found = false;
    while (cursor->next_unit < cursor->end_unit && !*found) {
        const uint32_t unit = cursor->next_unit++;
        struct ct_rollup_block bounds;
        ct_rollup_face_block(source->image->image, source->face->face, unit, &bounds);
        if (!is_block_wanted(cursor, &bounds))
            continue;
        CT_TRY(ct_rollup_reader_read(cells->reader, unit, out, cells->decoded, err));
        find_wanted(cursor, out);
        *found = cells->wanted_count > 0;
        *columns = cells->decoded;
        if (!*found || cells->wanted_count == out->cell_count)
            continue;
        CT_TRY(gather_block(cells, out, err));
        *columns = cells->columns;
    }
    return CT_OK;
}

/* -- groups ------------------------------------------------------------------------------- */

/* A key that no row of the image has: code 0 for every group. */
static ct_status no_codes(struct ct_source *source, uint32_t tag, const uint32_t **out,
                          struct ct_error *err)
{
    struct ct_scan *scan = source->scan;
    pthread_mutex_lock(&scan->lock);
    if (!source->codes)
        source->codes = ct_alloc_zeroed(scan->allocator, scan->tag_count, sizeof(uint32_t *));
    if (source->codes && !source->codes[tag])
        source->codes[tag] = ct_alloc_zeroed(scan->allocator, source->series_count, sizeof **out);
    *out = source->codes ? source->codes[tag] : NULL;
    pthread_mutex_unlock(&scan->lock);
    return *out ? CT_OK : ct_fail(err, CT_NO_MEMORY, "out of memory while looking up tags");
}

ct_status ct_source_cell_codes(struct ct_source *source, uint32_t tag, const uint32_t **out,
                               struct ct_error *err)
{
    struct ct_rollup_image *image = source->image->image;
    const struct ct_rollup_face *face = ct_rollup_image_face(image, source->face->face);
    for (uint32_t i = 0; i < face->set.tag_count; i++) {
        if (face->set.tags[i] == tag)
            return ct_rollup_face_codes(image, source->face->face, i, out, err);
    }
    if (tag >= source->scan->tag_count || tag < source->image->tag_end)
        return ct_fail(err, CT_NOT_FOUND, "a tag key that these cells do not have");
    return no_codes(source, tag, out, err);
}
