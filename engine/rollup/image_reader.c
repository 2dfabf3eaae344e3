/* Blocks of cells, as far as they are asked for. A stream is checked against its sum and decoded
 * once for each block that is read; slots that are the same as another show that one's array. */
#include "codec.h"
#include "face_tally.h"
#include "open_image.h"

#define ROOM (CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD)

struct stream {
    uint32_t mode; /* ct_stream_mode */
    uint32_t checksum;
    const uint8_t *bytes;
    size_t len;
};

/* A decoded stream. */
struct buffer {
    bool is_decoded;
    bool is_wide; /* decimals */
    uint8_t scale;
    int64_t *narrow;
    ct_int128 *wide;
    double *floats;
    uint8_t *bools;
    struct ct_text *texts;
    char *heap;
    size_t heap_cap;
};

struct reader_column {
    int column; /* the image's, or -1 */
    enum ct_type type;
    unsigned keeps;
    int quantiles, distinct; /* which sketch of the set, or -1 */
    struct buffer slots[CT_COLUMN_SLOTS];
    struct buffer sketches[2];
    uint8_t *present;
};

struct ct_rollup_reader {
    struct ct_rollup_image *image;
    const struct ct_image_face *face;
    const struct ct_image_block *block; /* being read */
    bool wants_row_times;
    struct ct_codec_scratch *scratch;
    struct stream *streams; /* of the block */
    uint32_t stream_count;
    struct buffer slots[CT_FACE_SLOTS];
    uint32_t *positions;
    struct reader_column *columns;
    uint32_t column_count;
    ct_int128 *nothing; /* zeros, for what has no values */
};

/* -- Creating --------------------------------------------------------------------------------- */

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "no memory to read a rollup");
}

static void set_columns(struct ct_rollup_reader *reader, const struct ct_rollup_reader_plan *plan)
{
    const struct ct_rollup_set *set = &reader->face->face.set;
    for (uint32_t i = 0; i < plan->field_count; i++) {
        struct reader_column *column = &reader->columns[i];
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
    reader->nothing = ct_alloc_zeroed(allocator, CT_BLOCK_VALUES_MAX, sizeof *reader->nothing);
    if (!reader->scratch || !reader->streams || !reader->columns || !reader->positions ||
        !reader->nothing) {
        ct_rollup_reader_destroy(reader);
        return no_memory(err);
    }
    set_columns(reader, plan);
    *out = reader;
    return CT_OK;
}

static void release_buffer(const struct ct_allocator *allocator, struct buffer *buffer)
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
        struct reader_column *column = &reader->columns[c];
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

/* -- The table of a block -----------------------------------------------------------------------
 */

/* Which slots may show which: never what is itself the same as another. */
static bool may_be_same(uint32_t slot, uint32_t as)
{
    if (slot < CT_FACE_SLOTS)
        return slot == CT_SLOT_MAX_TIME && as == CT_SLOT_MIN_TIME;
    const uint32_t kind = (slot - CT_FACE_SLOTS) % CT_COLUMN_SLOTS;
    if (as < CT_FACE_SLOTS) {
        const bool is_time = as == CT_SLOT_MIN_TIME || as == CT_SLOT_MAX_TIME;
        return kind == CT_SLOT_COUNT ? as == CT_SLOT_ROWS : kind >= CT_SLOT_FIRST_TIME && is_time;
    }
    const uint32_t as_kind = (as - CT_FACE_SLOTS) % CT_COLUMN_SLOTS;
    return slot - kind == as - as_kind && as_kind >= CT_SLOT_SUM && as_kind < kind &&
           kind <= CT_SLOT_LAST;
}

static bool read_stream(struct ct_rollup_reader *reader, uint32_t slot, struct ct_reader *table,
                        struct ct_reader *payload)
{
    struct stream *stream = &reader->streams[slot];
    stream->mode = (uint32_t)ct_read_varint_max(table, CT_STREAM_SAME + slot);
    if (stream->mode == CT_STREAM_OWN) {
        const uint64_t len = ct_read_varint(table);
        stream->checksum = ct_read32(table);
        if (table->is_bad || len > ct_reader_left(payload))
            return false;
        stream->len = (size_t)len;
        stream->bytes = ct_read_bytes(payload, stream->len);
    } else if (stream->mode >= CT_STREAM_SAME) {
        const uint32_t as = stream->mode - CT_STREAM_SAME;
        if (as >= slot || !may_be_same(slot, as) || reader->streams[as].mode != CT_STREAM_OWN)
            return false;
    }
    return !table->is_bad;
}

static bool read_table(struct ct_rollup_reader *reader)
{
    struct ct_reader table = ct_reader_of(reader->block->table, reader->block->table_len);
    struct ct_reader payload = ct_reader_of(reader->block->payload, reader->block->payload_len);
    const uint32_t sketch_slots = ct_column_slot(reader->image->column_count, CT_SLOT_COUNT);
    for (uint32_t slot = 0; slot < reader->stream_count; slot++) {
        if (!read_stream(reader, slot, &table, &payload))
            return false;
        const bool is_count = slot >= CT_FACE_SLOTS && slot < sketch_slots &&
                              (slot - CT_FACE_SLOTS) % CT_COLUMN_SLOTS == CT_SLOT_COUNT;
        if (is_count && reader->streams[slot].mode == CT_STREAM_ABSENT)
            for (unsigned i = 1; i < CT_COLUMN_SLOTS; i++)
                reader->streams[++slot].mode = CT_STREAM_ABSENT;
    }
    return ct_reader_left(&table) == 0 && ct_reader_left(&payload) == 0;
}

/* -- Decoding --------------------------------------------------------------------------------- */

static ct_status need(const struct ct_rollup_reader *reader, void *array_pointer,
                      size_t element_bytes)
{
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    if (array)
        return CT_OK;
    array = ct_alloc(reader->image->allocator, ROOM * element_bytes);
    if (!array)
        return CT_NO_MEMORY;
    memcpy(array_pointer, &array, sizeof array);
    return CT_OK;
}

/* The stream is its own, and what was written. */
static ct_status check_stream(const struct stream *stream)
{
    if (stream->mode != CT_STREAM_OWN ||
        stream->checksum != ct_short_checksum(stream->bytes, stream->len))
        return CT_CORRUPT;
    return CT_OK;
}

static ct_status decode_ints(struct ct_rollup_reader *reader, uint32_t slot, struct buffer *buffer)
{
    const struct stream *stream = &reader->streams[slot];
    const uint32_t count = reader->block->bounds.cell_count;
    if (buffer->is_decoded)
        return CT_OK;
    CT_TRY(check_stream(stream));
    CT_TRY(need(reader, &buffer->narrow, sizeof *buffer->narrow));
    buffer->is_wide = false;
    buffer->scale = 0;
    buffer->is_decoded = true;
    return slot == CT_SLOT_BUCKET
               ? ct_time_decode(stream->bytes, stream->len, count, reader->scratch, buffer->narrow)
               : ct_int_decode(stream->bytes, stream->len, count, reader->scratch, buffer->narrow);
}

static ct_status decode_decimals(struct ct_rollup_reader *reader, const struct stream *stream,
                                 struct buffer *buffer)
{
    CT_TRY(need(reader, &buffer->narrow, sizeof *buffer->narrow));
    CT_TRY(need(reader, &buffer->wide, sizeof *buffer->wide));
    struct ct_decimal_block block = {.narrow = buffer->narrow, .wide = buffer->wide};
    CT_TRY(ct_decimal_decode(stream->bytes, stream->len, reader->block->bounds.cell_count,
                             reader->scratch, &block));
    buffer->is_wide = block.is_wide;
    buffer->scale = block.scale;
    return CT_OK;
}

static ct_status decode_texts(struct ct_rollup_reader *reader, const struct stream *stream,
                              struct buffer *buffer)
{
    const uint32_t count = reader->block->bounds.cell_count;
    size_t heap_bytes;
    CT_TRY(need(reader, &buffer->texts, sizeof *buffer->texts));
    CT_TRY(ct_text_decoded_size(stream->bytes, stream->len, count, &heap_bytes));
    if (!ct_grow(reader->image->allocator, &buffer->heap, &buffer->heap_cap, heap_bytes + 1, 1))
        return CT_NO_MEMORY;
    return ct_text_decode(stream->bytes, stream->len, count, reader->scratch, buffer->heap,
                          buffer->heap_cap, buffer->texts);
}

static ct_status decode_values(struct ct_rollup_reader *reader, enum ct_type type, bool is_sum,
                               uint32_t slot, struct buffer *buffer)
{
    const struct stream *stream = &reader->streams[slot];
    const uint32_t count = reader->block->bounds.cell_count;
    if (buffer->is_decoded)
        return CT_OK;
    CT_TRY(check_stream(stream));
    buffer->is_decoded = true;
    switch (type) {
    case CT_FLOAT64:
        CT_TRY(need(reader, &buffer->floats, sizeof *buffer->floats));
        return ct_float_decode(stream->bytes, stream->len, count, reader->scratch, buffer->floats);
    case CT_INT64:
    case CT_UINT64:
        if (is_sum)
            return decode_decimals(reader, stream, buffer);
        buffer->is_decoded = false;
        return decode_ints(reader, slot, buffer);
    case CT_BOOL:
        CT_TRY(need(reader, &buffer->bools, sizeof *buffer->bools));
        return ct_bool_decode(stream->bytes, stream->len, count, reader->scratch, buffer->bools);
    case CT_STRING:
        return decode_texts(reader, stream, buffer);
    case CT_DECIMAL:
        return decode_decimals(reader, stream, buffer);
    }
    return CT_CORRUPT;
}

/* -- What every block has -----------------------------------------------------------------------
 */

static ct_status read_positions(struct ct_rollup_reader *reader)
{
    const struct ct_rollup_block *bounds = &reader->block->bounds;
    struct buffer *buffer = &reader->slots[CT_SLOT_POSITION];
    CT_TRY(decode_ints(reader, CT_SLOT_POSITION, buffer));
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
    struct buffer *buffer = &reader->slots[CT_SLOT_BUCKET];
    CT_TRY(decode_ints(reader, CT_SLOT_BUCKET, buffer));
    for (uint32_t i = 0; i < bounds->cell_count; i++)
        if (buffer->narrow[i] < bounds->min_bucket_ns || buffer->narrow[i] > bounds->max_bucket_ns)
            return CT_CORRUPT;
    return CT_OK;
}

static ct_status read_rows(struct ct_rollup_reader *reader)
{
    struct buffer *buffer = &reader->slots[CT_SLOT_ROWS];
    CT_TRY(decode_ints(reader, CT_SLOT_ROWS, buffer));
    for (uint32_t i = 0; i < reader->block->bounds.cell_count; i++)
        if (buffer->narrow[i] < 1 || (uint64_t)buffer->narrow[i] > reader->image->row_count)
            return CT_CORRUPT;
    return CT_OK;
}

/* Times are stored less the bucket. */
static ct_status read_times(struct ct_rollup_reader *reader, uint32_t slot, struct buffer *buffer)
{
    if (buffer->is_decoded)
        return CT_OK;
    CT_TRY(decode_ints(reader, slot, buffer));
    const int64_t *buckets_ns = reader->slots[CT_SLOT_BUCKET].narrow;
    for (uint32_t i = 0; i < reader->block->bounds.cell_count; i++)
        buffer->narrow[i] = (int64_t)((uint64_t)buffer->narrow[i] + (uint64_t)buckets_ns[i]);
    return CT_OK;
}

/* The slot, or the one that it is the same as. */
static uint32_t source_of(const struct ct_rollup_reader *reader, uint32_t slot)
{
    const uint32_t mode = reader->streams[slot].mode;
    return mode >= CT_STREAM_SAME ? mode - CT_STREAM_SAME : slot;
}

static ct_status row_times(struct ct_rollup_reader *reader, uint32_t slot, const int64_t **out)
{
    const uint32_t source = source_of(reader, slot);
    CT_TRY(read_times(reader, source, &reader->slots[source]));
    *out = reader->slots[source].narrow;
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
    CT_TRY(row_times(reader, CT_SLOT_MIN_TIME, &cells->min_times_ns));
    return row_times(reader, CT_SLOT_MAX_TIME, &cells->max_times_ns);
}

/* -- Columns ---------------------------------------------------------------------------------- */

static ct_status read_counts(struct ct_rollup_reader *reader, struct reader_column *column,
                             const int64_t **out)
{
    const uint32_t slot = ct_column_slot((uint32_t)column->column, CT_SLOT_COUNT);
    const int64_t *rows = reader->slots[CT_SLOT_ROWS].narrow;
    if (source_of(reader, slot) == CT_SLOT_ROWS) {
        *out = rows;
        return CT_OK;
    }
    struct buffer *buffer = &column->slots[CT_SLOT_COUNT];
    CT_TRY(decode_ints(reader, slot, buffer));
    CT_TRY(need(reader, &column->present, 1));
    for (uint32_t i = 0; i < reader->block->bounds.cell_count; i++) {
        if (buffer->narrow[i] < 0 || buffer->narrow[i] > rows[i])
            return CT_CORRUPT;
        column->present[i] = buffer->narrow[i] > 0;
    }
    *out = buffer->narrow;
    return CT_OK;
}

/* Points a vector at what was decoded, of this type or of whole numbers. */
static ct_status show(const struct buffer *buffer, struct ct_vector *vector)
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

static ct_status read_vector(struct ct_rollup_reader *reader, struct reader_column *column,
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
    const uint32_t source = source_of(reader, slot);
    const uint32_t source_kind = (source - CT_FACE_SLOTS) % CT_COLUMN_SLOTS;
    struct buffer *buffer = &column->slots[source_kind];
    CT_TRY(decode_values(reader, column->type, source_kind == CT_SLOT_SUM, source, buffer));
    return show(buffer, out);
}

static ct_status read_end_times(struct ct_rollup_reader *reader, struct reader_column *column,
                                enum ct_column_slot kind, const int64_t **out)
{
    const uint32_t slot = ct_column_slot((uint32_t)column->column, kind);
    const uint32_t source = source_of(reader, slot);
    if (source < CT_FACE_SLOTS)
        return row_times(reader, source, out);
    CT_TRY(read_times(reader, source, &column->slots[kind]));
    *out = column->slots[kind].narrow;
    return CT_OK;
}

static ct_status read_sketches(struct ct_rollup_reader *reader, int sketch, struct buffer *buffer,
                               const uint8_t *present, struct ct_vector *out)
{
    const uint32_t slot =
        ct_column_slot(reader->image->column_count, CT_SLOT_COUNT) + (uint32_t)sketch;
    CT_TRY(decode_values(reader, CT_STRING, false, slot, buffer));
    *out = (struct ct_vector){.type = CT_STRING,
                              .count = reader->block->bounds.cell_count,
                              .present = present,
                              .string = buffer->texts};
    return CT_OK;
}

/* The column is there, but has no value in this block. */
static void show_nothing(const struct ct_rollup_reader *reader, const struct reader_column *column,
                         struct ct_cell_column *out)
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

static ct_status read_numbers(struct ct_rollup_reader *reader, struct reader_column *column,
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

static ct_status read_column(struct ct_rollup_reader *reader, struct reader_column *column,
                             struct ct_cell_column *out)
{
    *out = (struct ct_cell_column){0};
    if (column->keeps == 0)
        return CT_OK;
    if (column->column < 0 ||
        reader->streams[ct_column_slot((uint32_t)column->column, CT_SLOT_COUNT)].mode ==
            CT_STREAM_ABSENT) {
        show_nothing(reader, column, out);
        return CT_OK;
    }
    CT_TRY(read_counts(reader, column, &out->counts));
    const bool is_full = out->counts == reader->slots[CT_SLOT_ROWS].narrow;
    return read_numbers(reader, column, is_full ? NULL : column->present, out);
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
    if (!read_table(reader))
        return CT_CORRUPT;
    CT_TRY(read_face(reader, cells));
    for (uint32_t c = 0; c < reader->column_count; c++)
        CT_TRY(read_column(reader, &reader->columns[c], &columns[c]));
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
