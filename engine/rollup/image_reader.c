/* Blocks of cells, as far as they are asked for. A stream is checked against its sum and decoded
 * once for each block that is read; slots that are the same as another show that one's array. */
#include "face_tally.h"
#include "open_reader.h"

/* -- Creating --------------------------------------------------------------------------------- */

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "no memory to read a rollup");
}

static void set_columns(struct ct_rollup_reader *reader, const struct ct_rollup_reader_plan *plan)
{
    const struct ct_rollup_set *set = &reader->face->face.set;
    for (uint32_t i = 0; i < plan->field_count; i++) {
        struct ct_reader_column *column = &reader->columns[i];
        const uint32_t field = plan->fields[i];
        column->column = ct_image_find_column(reader->image, field);
        column->type =
            column->column < 0 ? CT_FLOAT64 : reader->image->columns[column->column].type;
        column->keeps = plan->keeps[i];
        column->quantiles =
            ct_set_find_sketch(set, (struct ct_rollup_sketch){field, CT_KEEP_QUANTILES});
        column->distinct =
            ct_set_find_sketch(set, (struct ct_rollup_sketch){field, CT_KEEP_DISTINCT});
    }
}

ct_status ct_rollup_reader_create(struct ct_rollup_image *image, uint32_t face,
                                  const struct ct_rollup_reader_plan *plan,
                                  struct ct_rollup_reader **out, struct ct_error *err)
{
    CT_ASSERT(face < image->face_count);
    const struct ct_allocator *allocator = image->allocator;
    struct ct_rollup_reader *reader = ct_alloc_zeroed(allocator, 1, sizeof *reader);
    if (!reader)
        return no_memory(err);
    reader->image = image;
    reader->face = &image->faces[face];
    reader->wants_row_times = plan->wants_row_times;
    reader->stream_count =
        ct_column_slot(image->column_count, CT_SLOT_COUNT) + reader->face->face.set.sketch_count;
    reader->scratch = ct_codec_scratch_create(allocator);
    reader->streams = ct_alloc_zeroed(allocator, reader->stream_count, sizeof *reader->streams);
    reader->columns = ct_alloc_zeroed(allocator, plan->field_count, sizeof *reader->columns);
    reader->column_count = plan->field_count;
    reader->positions = ct_alloc(allocator, CT_BLOCK_VALUES_MAX * sizeof *reader->positions);
    if (!reader->scratch || !reader->streams || !reader->columns || !reader->positions) {
        ct_rollup_reader_destroy(reader);
        return no_memory(err);
    }
    set_columns(reader, plan);
    *out = reader;
    return CT_OK;
}

static void release_buffer(const struct ct_allocator *allocator, struct ct_stream_buffer *buffer)
{
    ct_release(allocator, buffer->narrow);
    ct_release(allocator, buffer->wide);
    ct_release(allocator, buffer->floats);
    ct_release(allocator, buffer->bools);
    ct_release(allocator, buffer->texts);
    ct_release(allocator, buffer->heap);
}

void ct_rollup_reader_destroy(struct ct_rollup_reader *reader)
{
    if (!reader)
        return;
    const struct ct_allocator *allocator = reader->image->allocator;
    for (unsigned slot = 0; slot < CT_FACE_SLOTS; slot++)
        release_buffer(allocator, &reader->slots[slot]);
    for (uint32_t c = 0; reader->columns && c < reader->column_count; c++) {
        struct ct_reader_column *column = &reader->columns[c];
        for (unsigned slot = 0; slot < CT_COLUMN_SLOTS; slot++)
            release_buffer(allocator, &column->slots[slot]);
        release_buffer(allocator, &column->sketches[0]);
        release_buffer(allocator, &column->sketches[1]);
        ct_release(allocator, column->present);
    }
    ct_codec_scratch_destroy(reader->scratch);
    ct_release(allocator, reader->streams);
    ct_release(allocator, reader->columns);
    ct_release(allocator, reader->positions);
    ct_release(allocator, reader->nothing);
    ct_release(allocator, reader);
}

/* -- What every block has -----------------------------------------------------------------------
 */

static ct_status read_positions(struct ct_rollup_reader *reader)
{
    const struct ct_rollup_block *bounds = &reader->block->bounds;
    struct ct_stream_buffer *buffer = &reader->slots[CT_SLOT_POSITION];
    CT_TRY(ct_reader_ints(reader, CT_SLOT_POSITION, buffer));
    for (uint32_t i = 0; i < bounds->cell_count; i++) {
        const int64_t position = buffer->narrow[i];
        if (position < bounds->first_position || position > bounds->last_position)
            return CT_CORRUPT;
        reader->positions[i] = (uint32_t)position;
    }
    return CT_OK;
}

static ct_status read_buckets(struct ct_rollup_reader *reader)
{
    const struct ct_rollup_block *bounds = &reader->block->bounds;
    struct ct_stream_buffer *buffer = &reader->slots[CT_SLOT_BUCKET];
    CT_TRY(ct_reader_ints(reader, CT_SLOT_BUCKET, buffer));
    for (uint32_t i = 0; i < bounds->cell_count; i++)
        if (buffer->narrow[i] < bounds->min_bucket_ns || buffer->narrow[i] > bounds->max_bucket_ns)
            return CT_CORRUPT;
    return CT_OK;
}

static ct_status read_rows(struct ct_rollup_reader *reader)
{
    struct ct_stream_buffer *buffer = &reader->slots[CT_SLOT_ROWS];
    CT_TRY(ct_reader_ints(reader, CT_SLOT_ROWS, buffer));
    for (uint32_t i = 0; i < reader->block->bounds.cell_count; i++)
        if (buffer->narrow[i] < 1 || (uint64_t)buffer->narrow[i] > reader->image->row_count)
            return CT_CORRUPT;
    return CT_OK;
}

static ct_status read_face(struct ct_rollup_reader *reader, struct ct_cell_block *cells)
{
    CT_TRY(read_positions(reader));
    CT_TRY(read_buckets(reader));
    CT_TRY(read_rows(reader));
    *cells = (struct ct_cell_block){
        .cell_count = reader->block->bounds.cell_count,
        .positions = reader->positions,
        .buckets_ns = reader->slots[CT_SLOT_BUCKET].narrow,
        .rows = reader->slots[CT_SLOT_ROWS].narrow,
    };
    if (!reader->wants_row_times)
        return CT_OK;
    CT_TRY(ct_reader_row_times(reader, CT_SLOT_MIN_TIME, &cells->min_times_ns));
    return ct_reader_row_times(reader, CT_SLOT_MAX_TIME, &cells->max_times_ns);
}

static void forget_decoded(struct ct_rollup_reader *reader)
{
    for (unsigned slot = 0; slot < CT_FACE_SLOTS; slot++)
        reader->slots[slot].is_decoded = false;
    for (uint32_t c = 0; c < reader->column_count; c++) {
        for (unsigned slot = 0; slot < CT_COLUMN_SLOTS; slot++)
            reader->columns[c].slots[slot].is_decoded = false;
        reader->columns[c].sketches[0].is_decoded = false;
        reader->columns[c].sketches[1].is_decoded = false;
    }
}

static ct_status read_block(struct ct_rollup_reader *reader, struct ct_cell_block *cells,
                            struct ct_cell_column *columns)
{
    if (!ct_reader_table(reader))
        return CT_CORRUPT;
    CT_TRY(read_face(reader, cells));
    for (uint32_t c = 0; c < reader->column_count; c++)
        CT_TRY(ct_reader_column_read(reader, &reader->columns[c], &columns[c]));
    return CT_OK;
}

ct_status ct_rollup_reader_read(struct ct_rollup_reader *reader, uint32_t block,
                                struct ct_cell_block *cells, struct ct_cell_column *columns,
                                struct ct_error *err)
{
    CT_ASSERT(block < reader->face->face.block_count);
    reader->block = &reader->face->blocks[block];
    forget_decoded(reader);
    const ct_status status = read_block(reader, cells, columns);
    if (status == CT_OK)
        return CT_OK;
    return status == CT_CORRUPT ? ct_image_corrupt(err, "a block of a face") : no_memory(err);
}
