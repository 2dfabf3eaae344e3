/* Counts, sums, extremes and sketches of one column of a block: what was asked for, and no stream
 * more. */
#include "face_tally.h"
#include "open_reader.h"

/* -- Columns ---------------------------------------------------------------------------------- */

static ct_status read_counts(struct ct_rollup_reader *reader, struct ct_reader_column *column,
                             const int64_t **out)
{
    const uint32_t slot = ct_column_slot((uint32_t)column->column, CT_SLOT_COUNT);
    const int64_t *rows = reader->slots[CT_SLOT_ROWS].narrow;
    if (ct_reader_source(reader, slot) == CT_SLOT_ROWS) {
        *out = rows;
        return CT_OK;
    }
    struct ct_stream_buffer *buffer = &column->slots[CT_SLOT_COUNT];
    CT_TRY(ct_reader_ints(reader, slot, buffer));
    CT_TRY(ct_reader_need(reader, &column->present, 1));
    for (uint32_t i = 0; i < reader->block->bounds.cell_count; i++) {
        if (buffer->narrow[i] < 0 || buffer->narrow[i] > rows[i])
            return CT_CORRUPT;
        column->present[i] = buffer->narrow[i] > 0;
    }
    *out = buffer->narrow;
    return CT_OK;
}

/* Points a vector at what was decoded, of this type or of whole numbers. */
static ct_status show(const struct ct_stream_buffer *buffer, struct ct_vector *vector)
{
    switch (vector->type) {
    case CT_FLOAT64:
        vector->float64 = buffer->floats;
        break;
    case CT_INT64:
    case CT_UINT64:
        if (buffer->is_wide || buffer->scale != 0)
            return CT_CORRUPT;
        vector->int64 = buffer->narrow;
        break;
    case CT_BOOL:
        vector->boolean = buffer->bools;
        break;
    case CT_STRING:
        vector->string = buffer->texts;
        break;
    case CT_DECIMAL:
        vector->narrow = buffer->is_wide ? NULL : buffer->narrow;
        vector->wide = buffer->is_wide ? buffer->wide : NULL;
        vector->scale = buffer->scale;
        break;
    }
    return CT_OK;
}

static ct_status read_vector(struct ct_rollup_reader *reader, struct ct_reader_column *column,
                             enum ct_column_slot kind, const uint8_t *present,
                             struct ct_vector *out)
{
    const uint32_t slot = ct_column_slot((uint32_t)column->column, kind);
    const bool is_whole = column->type == CT_INT64 || column->type == CT_UINT64;
    if (kind <= CT_SLOT_MAX && !ct_type_has_sum(column->type))
        return CT_OK;
    *out = (struct ct_vector){
        .type = is_whole && kind == CT_SLOT_SUM ? CT_DECIMAL : column->type,
        .count = reader->block->bounds.cell_count,
        .present = present,
    };
    const uint32_t source = ct_reader_source(reader, slot);
    const uint32_t source_kind = (source - CT_FACE_SLOTS) % CT_COLUMN_SLOTS;
    struct ct_stream_buffer *buffer = &column->slots[source_kind];
    CT_TRY(ct_reader_values(reader, column->type, source_kind == CT_SLOT_SUM, source, buffer));
    return show(buffer, out);
}

static ct_status read_end_times(struct ct_rollup_reader *reader, struct ct_reader_column *column,
                                enum ct_column_slot kind, const int64_t **out)
{
    const uint32_t slot = ct_column_slot((uint32_t)column->column, kind);
    const uint32_t source = ct_reader_source(reader, slot);
    if (source < CT_FACE_SLOTS)
        return ct_reader_row_times(reader, source, out);
    CT_TRY(ct_reader_times(reader, source, &column->slots[kind]));
    *out = column->slots[kind].narrow;
    return CT_OK;
}

static ct_status read_sketches(struct ct_rollup_reader *reader, int sketch,
                               struct ct_stream_buffer *buffer, const uint8_t *present,
                               struct ct_vector *out)
{
    const uint32_t slot =
        ct_column_slot(reader->image->column_count, CT_SLOT_COUNT) + (uint32_t)sketch;
    CT_TRY(ct_reader_values(reader, CT_STRING, false, slot, buffer));
    *out = (struct ct_vector){.type = CT_STRING,
                              .count = reader->block->bounds.cell_count,
                              .present = present,
                              .string = buffer->texts};
    return CT_OK;
}

/* The column is there, but has no value in this block. */
static void show_nothing(const struct ct_rollup_reader *reader,
                         const struct ct_reader_column *column, struct ct_cell_column *out)
{
    const struct {
        unsigned keep;
        struct ct_vector *vector;
    } vectors[] = {{CT_KEEP_SUM, &out->sum},
                   {CT_KEEP_MIN, &out->min},
                   {CT_KEEP_MAX, &out->max},
                   {CT_KEEP_FIRST, &out->first},
                   {CT_KEEP_LAST, &out->last}};
    const int64_t *zeros = (const int64_t *)reader->nothing;
    out->counts = zeros;
    if (column->column < 0)
        return;
    for (unsigned i = 0; i < CT_COUNT_OF(vectors); i++)
        if (column->keeps & vectors[i].keep)
            *vectors[i].vector = (struct ct_vector){
                .type = vectors[i].keep == CT_KEEP_SUM && column->type != CT_FLOAT64 ? CT_DECIMAL
                                                                                     : column->type,
                .count = reader->block->bounds.cell_count,
                .present = (const uint8_t *)reader->nothing,
                .int64 = zeros};
    if (column->keeps & CT_KEEP_FIRST)
        out->first_times_ns = zeros;
    if (column->keeps & CT_KEEP_LAST)
        out->last_times_ns = zeros;
}

static ct_status read_nothing(struct ct_rollup_reader *reader,
                              const struct ct_reader_column *column, struct ct_cell_column *out)
{
    if (!reader->nothing)
        reader->nothing =
            ct_alloc_zeroed(reader->image->allocator, CT_BLOCK_VALUES_MAX, sizeof *reader->nothing);
    if (!reader->nothing)
        return CT_NO_MEMORY;
    show_nothing(reader, column, out);
    return CT_OK;
}

static ct_status read_numbers(struct ct_rollup_reader *reader, struct ct_reader_column *column,
                              const uint8_t *present, struct ct_cell_column *out)
{
    if (column->keeps & CT_KEEP_SUM)
        CT_TRY(read_vector(reader, column, CT_SLOT_SUM, present, &out->sum));
    if (column->keeps & CT_KEEP_MIN)
        CT_TRY(read_vector(reader, column, CT_SLOT_MIN, present, &out->min));
    if (column->keeps & CT_KEEP_MAX)
        CT_TRY(read_vector(reader, column, CT_SLOT_MAX, present, &out->max));
    if (column->keeps & CT_KEEP_FIRST) {
        CT_TRY(read_vector(reader, column, CT_SLOT_FIRST, present, &out->first));
        CT_TRY(read_end_times(reader, column, CT_SLOT_FIRST_TIME, &out->first_times_ns));
    }
    if (column->keeps & CT_KEEP_LAST) {
        CT_TRY(read_vector(reader, column, CT_SLOT_LAST, present, &out->last));
        CT_TRY(read_end_times(reader, column, CT_SLOT_LAST_TIME, &out->last_times_ns));
    }
    if ((column->keeps & CT_KEEP_QUANTILES) && column->quantiles >= 0)
        CT_TRY(read_sketches(reader, column->quantiles, &column->sketches[0], present,
                             &out->quantiles));
    if ((column->keeps & CT_KEEP_DISTINCT) && column->distinct >= 0)
        return read_sketches(reader, column->distinct, &column->sketches[1], present,
                             &out->distinct);
    return CT_OK;
}

ct_status ct_reader_column_read(struct ct_rollup_reader *reader, struct ct_reader_column *column,
                                struct ct_cell_column *out)
{
    *out = (struct ct_cell_column){0};
    if (column->keeps == 0)
        return CT_OK;
    if (column->column < 0 ||
        reader->streams[ct_column_slot((uint32_t)column->column, CT_SLOT_COUNT)].mode ==
            CT_STREAM_ABSENT) {
        return read_nothing(reader, column, out);
    }
    CT_TRY(read_counts(reader, column, &out->counts));
    const bool is_full = out->counts == reader->slots[CT_SLOT_ROWS].narrow;
    return read_numbers(reader, column, is_full ? NULL : column->present, out);
}
