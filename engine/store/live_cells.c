#include "live_cells.h"

#include "part.h"
#include "roll_writer.h"

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory while adding up live rows");
}

/* Takes no more rows, and the view has all of them. */
static bool is_finished(const struct ct_live_cells *cells, size_t index)
{
    const struct ct_live_view *view = cells->view;
    return index < view->finished_count && index < view->chunk_count &&
           view->chunk_rows[index] == view->chunks[index]->row_count;
}

static bool is_worth_it(const struct ct_live_cells *cells, size_t index)
{
    return is_finished(cells, index) && (cells->store->options.keeps_all_cells ||
                                         cells->view->chunk_rows[index] >= CT_LIVE_CELLS_ROWS_MIN);
}

static size_t chunks_of(unsigned level)
{
    size_t count = 1;
    while (level-- > 0)
        count *= CT_LIVE_FANOUT;
    return count;
}

/* -- plans -------------------------------------------------------------------------------- */

/* All columns of the chunks. */
static ct_status list_columns(const struct ct_live_cells *cells, size_t first, size_t count,
                              struct ct_segment_column **out, uint32_t *out_count,
                              struct ct_error *err)
{
    struct ct_catalog *catalog = cells->store->catalog;
    const struct ct_allocator *allocator = cells->store->env.allocator;
    const uint32_t field_count = ct_catalog_field_count(catalog, cells->table);
    struct ct_segment_column *columns = ct_alloc_zeroed(allocator, field_count, sizeof *columns);
    uint8_t *types = ct_alloc_zeroed(allocator, field_count, 1);
    if (!columns || !types) {
        ct_release(allocator, columns);
        ct_release(allocator, types);
        return no_memory(err);
    }
    for (size_t i = first; i < first + count; i++) {
        const struct ct_live_chunk *chunk = cells->view->chunks[i];
        for (uint32_t c = 0; c < chunk->column_count; c++)
            types[chunk->columns[c].field] = (uint8_t)chunk->columns[c].type;
    }
    *out_count = 0;
    for (uint32_t field = 0; field < field_count; field++) {
        if (types[field])
            columns[(*out_count)++] =
                (struct ct_segment_column){.field = field, .type = (enum ct_type)types[field]};
    }
    ct_release(allocator, types);
    *out = columns;
    return CT_OK;
}

static ct_status make_plan(const struct ct_live_cells *cells,
                           const struct ct_segment_column *columns, uint32_t column_count,
                           struct ct_roll_plan *plan, struct ct_error *err)
{
    struct ct_catalog *catalog = cells->store->catalog;
    CT_TRY(ct_roll_plan_init(plan, catalog, cells->store->env.allocator, cells->table, columns,
                             column_count, ct_catalog_tag_count(catalog, cells->table),
                             CT_EFFORT_FAST, err));
    plan->keeps_all = cells->store->options.keeps_all_cells;
    return CT_OK;
}

/* -- one chunk ---------------------------------------------------------------------------- */

struct chunk_pass {
    const struct ct_roll_plan *plan;
    struct ct_catalog *catalog;
    uint32_t table;
    struct ct_live_view view; /* of the one chunk; arrays are the whole view's */
    struct ct_part_reader *reader;
    struct ct_row_pool pool;
    struct ct_roll_writer *writer;
    struct ct_vector *vectors;
    uint32_t *codes;
};

static ct_status open_pass(struct chunk_pass *pass, const struct ct_segment_column *columns,
                           uint32_t column_count, struct ct_error *err)
{
    const struct ct_allocator *allocator = pass->plan->allocator;
    const struct ct_row_part part = {.view = &pass->view};
    const struct ct_part_plan plan = {.allocator = allocator,
                                      .columns = columns,
                                      .column_count = column_count,
                                      .start_ns = INT64_MIN,
                                      .end_ns = INT64_MAX,
                                      .deletes = {.catalog = pass->catalog}};
    CT_TRY(ct_part_reader_create(&part, &plan, &pass->reader, err));
    if (ct_row_pool_init(&pass->pool, allocator, columns, column_count, CT_NONE) != CT_OK)
        return no_memory(err);
    pass->vectors = ct_alloc_zeroed(allocator, column_count, sizeof *pass->vectors);
    pass->codes = ct_alloc_zeroed(allocator, pass->plan->tag_count, sizeof *pass->codes);
    if (!pass->vectors || !pass->codes)
        return no_memory(err);
    return ct_roll_writer_create(pass->plan, &pass->writer, err);
}

static void close_pass(struct chunk_pass *pass)
{
    const struct ct_allocator *allocator = pass->plan->allocator;
    ct_roll_writer_destroy(pass->writer);
    ct_part_reader_destroy(pass->reader);
    if (pass->pool.allocator)
        ct_row_pool_deinit(&pass->pool);
    ct_release(allocator, pass->vectors);
    ct_release(allocator, pass->codes);
}

static ct_status add_slot(struct chunk_pass *pass, uint32_t slot, uint32_t column_count,
                          struct ct_error *err)
{
    const uint32_t series = pass->view.series_of_slot[slot];
    ct_row_pool_reset(&pass->pool);
    CT_TRY(ct_part_reader_add(pass->reader, series, &pass->pool, err));
    const uint32_t count = (uint32_t)pass->pool.row_count;
    for (uint32_t tag = 0; tag < pass->plan->tag_count; tag++)
        ct_catalog_series_codes(pass->catalog, pass->table, tag, &series, 1, &pass->codes[tag]);
    for (uint32_t i = 0; i < column_count; i++)
        pass->vectors[i] = ct_row_pool_vector(&pass->pool, i, 0, count);
    return ct_roll_writer_rows(pass->writer, pass->codes, count, pass->pool.times_ns, pass->vectors,
                               err);
}

static ct_status run_pass(struct chunk_pass *pass, const struct ct_segment_column *columns,
                          uint32_t column_count, uint8_t **out, size_t *len, struct ct_error *err)
{
    CT_TRY(open_pass(pass, columns, column_count, err));
    for (uint32_t slot = 0; slot < pass->view.slot_count; slot++) {
        if (pass->reader->slot_start[slot + 1] > pass->reader->slot_start[slot])
            CT_TRY(add_slot(pass, slot, column_count, err));
    }
    return ct_roll_writer_image(pass->writer, out, len, err);
}

static ct_status add_up_chunk(const struct ct_live_cells *cells, size_t index,
                              const struct ct_segment_column *columns, uint32_t column_count,
                              const struct ct_roll_plan *plan, uint8_t **out, size_t *len,
                              struct ct_error *err)
{
    struct chunk_pass pass = {.plan = plan,
                              .catalog = cells->store->catalog,
                              .table = cells->table,
                              .view = *cells->view};
    pass.view.chunks = cells->view->chunks + index;
    pass.view.chunk_rows = cells->view->chunk_rows + index;
    pass.view.chunk_count = 1;
    const ct_status status = run_pass(&pass, columns, column_count, out, len, err);
    close_pass(&pass);
    return status;
}

/* -- neighbours --------------------------------------------------------------------------- */

static ct_status merge_neighbours(const struct ct_live_cells *cells, size_t first, unsigned level,
                                  const struct ct_roll_plan *plan, uint8_t **out, size_t *len,
                                  struct ct_error *err)
{
    struct ct_rollup_image *images[CT_LIVE_FANOUT];
    const size_t step = chunks_of(level - 1);
    for (size_t i = 0; i < CT_LIVE_FANOUT; i++)
        images[i] = atomic_load_explicit(&cells->view->chunks[first + i * step]->cells[level - 1],
                                         memory_order_acquire)
                        ->image;
    const struct ct_rollup_plan rollup = ct_roll_plan_of(plan);
    return ct_rollup_merge(plan->allocator, &rollup, images, CT_LIVE_FANOUT, out, len, err);
}

/* -- making and finding ------------------------------------------------------------------- */

static void note_times(const struct ct_live_cells *cells, size_t first, size_t count,
                       struct ct_cell_image *image)
{
    image->min_ns = INT64_MAX;
    image->max_ns = INT64_MIN;
    for (size_t i = first; i < first + count; i++) {
        const struct ct_live_chunk *chunk = cells->view->chunks[i];
        image->row_count += chunk->row_count;
        for (uint32_t row = 0; row < chunk->row_count; row++) {
            const int64_t time_ns = chunk->times_ns[row];
            image->min_ns = time_ns < image->min_ns ? time_ns : image->min_ns;
            image->max_ns = time_ns > image->max_ns ? time_ns : image->max_ns;
        }
    }
}

static void count_memory(const struct ct_live_cells *cells, size_t bytes)
{
    pthread_mutex_lock(&cells->store->state);
    cells->set->bytes += bytes;
    pthread_mutex_unlock(&cells->store->state);
}

/* The image of the chunks of `level` from `first` on, made anew. */
static ct_status make_image(const struct ct_live_cells *cells, size_t first, unsigned level,
                            struct ct_cell_image **out, struct ct_error *err)
{
    const struct ct_allocator *allocator = cells->store->env.allocator;
    const size_t count = chunks_of(level);
    struct ct_segment_column *columns = NULL;
    uint32_t column_count = 0;
    CT_TRY(list_columns(cells, first, count, &columns, &column_count, err));
    struct ct_roll_plan plan = {0};
    uint8_t *bytes = NULL;
    size_t len = 0;
    ct_status status = make_plan(cells, columns, column_count, &plan, err);
    if (status == CT_OK && level == 0)
        status = add_up_chunk(cells, first, columns, column_count, &plan, &bytes, &len, err);
    else if (status == CT_OK)
        status = merge_neighbours(cells, first, level, &plan, &bytes, &len, err);
    struct ct_cell_image *made = NULL;
    if (status == CT_OK)
        status = ct_cell_image_adopt(allocator, bytes, len, plan.tag_count, &made, err);
    ct_roll_plan_deinit(&plan);
    ct_release(allocator, columns);
    if (status != CT_OK)
        return status;
    note_times(cells, first, count, made);
    count_memory(cells, len);
    *out = ct_cell_image_publish(&cells->view->chunks[first]->cells[level], made);
    return CT_OK;
}

/* The chunk's own image; NULL where it is not worth one, or the budget is spent. */
static ct_status chunk_image(struct ct_live_cells *cells, size_t index, struct ct_cell_image **out,
                             struct ct_error *err)
{
    *out = NULL;
    if (!is_worth_it(cells, index))
        return CT_OK;
    *out = atomic_load_explicit(&cells->view->chunks[index]->cells[0], memory_order_acquire);
    if (*out || cells->budget == 0)
        return CT_OK;
    cells->budget--;
    return make_image(cells, index, 0, out, err);
}

/* The image of the neighbours from `first` on; NULL where one of them has none. */
static ct_status group_image(struct ct_live_cells *cells, size_t first, unsigned level,
                             struct ct_cell_image **out, struct ct_error *err)
{
    if (level == 0)
        return chunk_image(cells, first, out, err);
    *out = NULL;
    if (first + chunks_of(level) > cells->view->chunk_count ||
        !is_worth_it(cells, first + chunks_of(level) - 1))
        return CT_OK;
    *out = atomic_load_explicit(&cells->view->chunks[first]->cells[level], memory_order_acquire);
    const size_t step = chunks_of(level - 1);
    for (size_t i = 0; i < CT_LIVE_FANOUT && !*out; i++) {
        struct ct_cell_image *part;
        CT_TRY(group_image(cells, first + i * step, level - 1, &part, err));
        if (!part)
            return CT_OK;
    }
    return *out ? CT_OK : make_image(cells, first, level, out, err);
}

ct_status ct_live_cells_next(struct ct_live_cells *cells, size_t first, size_t *end,
                             struct ct_cell_image **image, struct ct_error *err)
{
    for (unsigned level = CT_LIVE_LEVELS; level-- > 0;) {
        if (first % chunks_of(level) != 0)
            continue;
        CT_TRY(group_image(cells, first, level, image, err));
        *end = first + chunks_of(level);
        if (*image)
            return CT_OK;
    }
    *end = first + 1;
    return CT_OK;
}
