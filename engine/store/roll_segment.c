#include "roll_segment.h"

#include "series_windows.h"

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory while adding up segments");
}

/* -- columns ------------------------------------------------------------------------------ */

/* Types by field; 0 where no segment has the field. */
static void note_types(struct ct_sealed *const *segments, uint32_t count, uint32_t field_count,
                       uint8_t *types)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct ct_segment_column *columns = ct_segment_columns(segments[i]->segment);
        for (uint32_t c = 0; c < segments[i]->entry.info.column_count; c++) {
            if (columns[c].field < field_count)
                types[columns[c].field] = (uint8_t)columns[c].type;
        }
    }
}

ct_status ct_roll_plan_segments(struct ct_roll_plan *plan, struct ct_catalog *catalog,
                                struct ct_sealed *const *segments, uint32_t count,
                                struct ct_error *err)
{
    CT_ASSERT(count > 0);
    const uint32_t table = segments[0]->entry.info.table;
    const uint32_t field_count = ct_catalog_field_count(catalog, table);
    uint8_t *types = ct_alloc_zeroed(plan->allocator, field_count, 1);
    struct ct_segment_column *columns =
        ct_alloc_zeroed(plan->allocator, field_count, sizeof *columns);
    uint32_t column_count = 0;
    ct_status status = types && columns ? CT_OK : no_memory(err);
    if (status == CT_OK)
        note_types(segments, count, field_count, types);
    for (uint32_t field = 0; status == CT_OK && field < field_count; field++) {
        if (types[field] && ct_field_is_rolled(catalog, table, field))
            columns[column_count++] =
                (struct ct_segment_column){.field = field, .type = (enum ct_type)types[field]};
    }
    if (status == CT_OK)
        status = ct_roll_plan_columns(plan, catalog, table, columns, column_count, err);
    ct_release(plan->allocator, types);
    ct_release(plan->allocator, columns);
    return status;
}

/* -- rows --------------------------------------------------------------------------------- */

struct pass {
    const struct ct_roll_plan *plan;
    struct ct_catalog *catalog;
    struct ct_segment_column *columns; /* [plan->column_count] */
    struct ct_row_pool pool;
    struct ct_roll_writer *writer;
    struct ct_vector *vectors;
    uint32_t *codes;           /* [plan->tag_count] of one series */
    const uint32_t **codes_of; /* [plan->tag_count]: by position in the segment's directory */
};

static ct_status open_pass(struct pass *pass, struct ct_error *err)
{
    const struct ct_roll_plan *plan = pass->plan;
    const struct ct_allocator *allocator = plan->allocator;
    pass->columns = ct_alloc_zeroed(allocator, plan->column_count, sizeof *pass->columns);
    pass->vectors = ct_alloc_zeroed(allocator, plan->column_count, sizeof *pass->vectors);
    pass->codes = ct_alloc_zeroed(allocator, plan->tag_count, sizeof *pass->codes);
    pass->codes_of = ct_alloc_zeroed(allocator, plan->tag_count, sizeof(uint32_t *));
    if (!pass->columns || !pass->vectors || !pass->codes || !pass->codes_of)
        return no_memory(err);
    for (uint32_t i = 0; i < plan->column_count; i++)
        pass->columns[i] = (struct ct_segment_column){.field = plan->columns[i].field,
                                                      .type = plan->columns[i].type};
    if (ct_row_pool_init(&pass->pool, allocator, pass->columns, plan->column_count, CT_NONE) !=
        CT_OK)
        return no_memory(err);
    return ct_roll_writer_create(plan, &pass->writer, err);
}

static void close_pass(struct pass *pass)
{
    const struct ct_allocator *allocator = pass->plan->allocator;
    ct_roll_writer_destroy(pass->writer);
    if (pass->pool.allocator)
        ct_row_pool_deinit(&pass->pool);
    ct_release(allocator, pass->columns);
    ct_release(allocator, pass->vectors);
    ct_release(allocator, pass->codes);
    ct_release(allocator, pass->codes_of);
}

static ct_status add_pool(struct pass *pass, struct ct_error *err)
{
    const uint32_t count = (uint32_t)pass->pool.row_count;
    for (uint32_t i = 0; i < pass->plan->column_count; i++)
        pass->vectors[i] = ct_row_pool_vector(&pass->pool, i, 0, count);
    return ct_roll_writer_rows(pass->writer, pass->codes, count, pass->pool.times_ns, pass->vectors,
                               err);
}

/* Rows of a series stand in a segment in the order of time, each once. */
static ct_status add_series(struct pass *pass, struct ct_series_windows *windows, uint32_t series,
                            uint32_t position, struct ct_error *err)
{
    for (uint32_t tag = 0; tag < pass->plan->tag_count; tag++)
        pass->codes[tag] = pass->codes_of[tag][position];
    bool found;
    CT_TRY(ct_series_windows_seek(windows, series, err));
    CT_TRY(ct_series_windows_next(windows, &found, err));
    while (found) {
        CT_TRY(add_pool(pass, err));
        CT_TRY(ct_series_windows_next(windows, &found, err));
    }
    return CT_OK;
}

static ct_status add_all_series(struct pass *pass, struct ct_part_reader *reader,
                                struct ct_sealed *sealed, struct ct_error *err)
{
    struct ct_segment_series series;
    struct ct_series_windows windows;
    ct_series_windows_init(&windows, &reader, 1, &pass->pool, 0);
    CT_TRY(ct_segment_series_of(sealed->segment, &series, err));
    for (uint32_t tag = 0; tag < pass->plan->tag_count; tag++)
        CT_TRY(ct_segment_tag_codes(sealed->segment, tag, &pass->codes_of[tag], err));
    for (uint32_t i = 0; i < series.count; i++)
        CT_TRY(add_series(pass, &windows, series.series[i], i, err));
    return CT_OK;
}

static ct_status add_segment(struct pass *pass, struct ct_sealed *sealed, struct ct_error *err)
{
    const struct ct_row_part part = {.sealed = sealed};
    const struct ct_part_plan plan = {.allocator = pass->plan->allocator,
                                      .columns = pass->columns,
                                      .column_count = pass->plan->column_count,
                                      .start_ns = INT64_MIN,
                                      .end_ns = INT64_MAX,
                                      .deletes = {.catalog = pass->catalog}};
    struct ct_part_reader *reader;
    CT_TRY(ct_part_reader_create(&part, &plan, &reader, err));
    const ct_status status = add_all_series(pass, reader, sealed, err);
    ct_part_reader_destroy(reader);
    return status;
}

ct_status ct_roll_segments(struct ct_sealed *const *segments, uint32_t count,
                           struct ct_catalog *catalog, const struct ct_roll_plan *plan,
                           uint8_t **out, size_t *len, struct ct_error *err)
{
    struct pass pass = {.plan = plan, .catalog = catalog};
    ct_status status = open_pass(&pass, err);
    for (uint32_t i = 0; i < count && status == CT_OK; i++)
        status = add_segment(&pass, segments[i], err);
    if (status == CT_OK)
        status = ct_roll_writer_image(pass.writer, out, len, err);
    close_pass(&pass);
    return status;
}
