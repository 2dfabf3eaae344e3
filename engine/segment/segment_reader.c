/* The reading half of segment.h: one thread's room for decoded blocks.
 *
 * Invariant: a column's room holds block `block` of it, as last asked for, and nothing else touches
 * it; what a derived column is computed from has room of its own, so that no vector handed out
 * changes under its user. */
#include "open_segment.h"

#define NO_BLOCK    UINT32_MAX
#define VALUES_ROOM (CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD)

/* Decoded values of one column of one block; arrays are made when first needed. */
struct column_room {
    uint32_t block;
    uint32_t mode;   /* how it was stored */
    void *values;    /* 8 bytes each; strings 16 */
    ct_int128 *wide; /* decimals */
    uint8_t *present;
    uint8_t *scales; /* ragged decimals */
    char *heap;      /* strings */
    size_t heap_cap;
    struct ct_vector vector;
};

struct ct_segment_reader {
    struct ct_segment *segment;
    const struct ct_allocator *allocator;
    struct ct_codec_scratch *scratch;
    bool owns_scratch;
    const struct ct_block_arrays *blocks;
    uint32_t time_block;
    int64_t *times_ns;
    struct column_room *rooms; /* [column_count] */
    struct column_room reference;
    uint32_t reference_column;
};

/* -- Making and unmaking ---------------------------------------------------------------------- */

static ct_status no_memory(const struct ct_segment_reader *reader, struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "no memory to read segment %s", reader->segment->file->path);
}

static ct_status init_reader(struct ct_segment_reader *reader, struct ct_error *err)
{
    const uint32_t column_count = reader->segment->footer.info.column_count;
    if (!reader->scratch) {
        reader->scratch = ct_codec_scratch_create(reader->allocator);
        reader->owns_scratch = true;
    }
    reader->times_ns = ct_alloc(reader->allocator, VALUES_ROOM * sizeof *reader->times_ns);
    reader->rooms = ct_alloc_zeroed(reader->allocator, column_count, sizeof *reader->rooms);
    if (!reader->scratch || !reader->times_ns || !reader->rooms)
        return no_memory(reader, err);
    for (uint32_t c = 0; c < column_count; c++)
        reader->rooms[c].block = NO_BLOCK;
    reader->time_block = reader->reference.block = NO_BLOCK;
    return ct_segment_block_arrays(reader->segment, &reader->blocks, err);
}

ct_status ct_segment_reader_create(struct ct_segment *segment, struct ct_codec_scratch *scratch,
                                   struct ct_segment_reader **out, struct ct_error *err)
{
    struct ct_segment_reader *reader = ct_alloc_zeroed(segment->io->allocator, 1, sizeof *reader);
    if (!reader)
        return ct_fail(err, CT_NO_MEMORY, "no memory to read segment %s", segment->file->path);
    reader->segment = segment;
    reader->scratch = scratch;
    reader->allocator = segment->io->allocator;
    const ct_status status = init_reader(reader, err);
    if (status != CT_OK) {
        ct_segment_reader_destroy(reader);
        return status;
    }
    *out = reader;
    return CT_OK;
}

static void deinit_room(const struct ct_allocator *allocator, struct column_room *room)
{
    ct_release(allocator, room->values);
    ct_release(allocator, room->wide);
    ct_release(allocator, room->present);
    ct_release(allocator, room->scales);
    ct_release(allocator, room->heap);
}

void ct_segment_reader_destroy(struct ct_segment_reader *reader)
{
    if (!reader)
        return;
    for (uint32_t c = 0; reader->rooms && c < reader->segment->footer.info.column_count; c++)
        deinit_room(reader->allocator, &reader->rooms[c]);
    deinit_room(reader->allocator, &reader->reference);
    ct_release(reader->allocator, reader->rooms);
    ct_release(reader->allocator, reader->times_ns);
    if (reader->owns_scratch)
        ct_codec_scratch_destroy(reader->scratch);
    ct_release(reader->allocator, reader);
}

/* An array of the room, zeroed when it is made. */
static bool has_room(struct ct_segment_reader *reader, void *array_pointer, size_t element_bytes)
{
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    if (array)
        return true;
    array = ct_alloc_zeroed(reader->allocator, VALUES_ROOM, element_bytes);
    memcpy(array_pointer, &array, sizeof array);
    return array != NULL;
}

/* -- One block's parts ------------------------------------------------------------------------ */

/* A block being read. */
struct block_read {
    struct ct_segment_reader *reader;
    struct column_room *room;
    struct ct_reader r; /* what is left of the payload */
    uint32_t column, block, rows, value_count, mode;
};

static uint32_t rows_of(const struct ct_segment_reader *reader, uint32_t block)
{
    return reader->blocks->first_row[block + 1] - reader->blocks->first_row[block];
}

/* The story behind a decoder's status. */
static ct_status failed(const struct block_read *b, ct_status status, struct ct_error *err)
{
    if (status == CT_NO_MEMORY)
        return no_memory(b->reader, err);
    const struct ct_segment *segment = b->reader->segment;
    return ct_fail_at(err, status, segment->file->path,
                      b->r.at ? (uint64_t)(b->r.at - segment->bytes) : 0,
                      "block %u of column %u is malformed", b->block, b->column);
}

static ct_status read_presence(struct block_read *b, struct ct_error *err)
{
    struct column_room *room = b->room;
    if (b->value_count == b->rows) {
        room->vector.present = NULL;
        return CT_OK;
    }
    if (!has_room(b->reader, &room->present, 1))
        return no_memory(b->reader, err);
    room->vector.present = room->present;
    if (b->value_count == 0) {
        memset(room->present, 0, b->rows);
        return CT_OK;
    }
    const uint64_t len = ct_read_varint_max(&b->r, ct_reader_left(&b->r));
    const uint8_t *bytes = ct_read_bytes(&b->r, (size_t)len);
    ct_status status = CT_CORRUPT;
    if (bytes)
        status = ct_bool_decode(bytes, (size_t)len, b->rows, b->reader->scratch, room->present);
    if (status != CT_OK)
        return failed(b, status, err);
    uint32_t count = 0;
    for (uint32_t i = 0; i < b->rows; i++)
        count += room->present[i];
    return count == b->value_count ? CT_OK : failed(b, CT_CORRUPT, err);
}

static ct_status read_text(struct block_read *b)
{
    size_t heap_bytes;
    struct column_room *room = b->room;
    const size_t left = ct_reader_left(&b->r);
    CT_TRY(ct_text_decoded_size(b->r.at, left, b->rows, &heap_bytes));
    if (!ct_grow(b->reader->allocator, &room->heap, &room->heap_cap, heap_bytes + 1, 1))
        return CT_NO_MEMORY;
    return ct_text_decode(b->r.at, left, b->rows, b->reader->scratch, room->heap, room->heap_cap,
                          room->values);
}

/* -- Decimals --------------------------------------------------------------------------------- */

static void set_decimals(struct column_room *room, const struct ct_decimal_block *block)
{
    room->vector.scale = block->scale;
    room->vector.scales = NULL;
    room->vector.wide = block->is_wide ? block->wide : NULL;
    room->vector.narrow = block->is_wide ? NULL : block->narrow;
}

/* Scales, low halves, high halves: values that no common scale holds. */
static ct_status read_ragged(struct block_read *b)
{
    struct column_room *room = b->room;
    struct ct_codec_scratch *scratch = b->reader->scratch;
    const ct_int128 limit = ct_pow10_int128(CT_DECIMAL_DIGITS_MAX);
    int64_t *numbers = room->values;
    if (!has_room(b->reader, &room->scales, 1))
        return CT_NO_MEMORY;
    CT_TRY(ct_array_read(&b->r, CT_ARRAY_INT, b->rows, scratch, numbers));
    for (uint32_t i = 0; i < b->rows; i++) {
        if ((uint64_t)numbers[i] > CT_DECIMAL_SCALE_MAX)
            return CT_CORRUPT;
        room->scales[i] = (uint8_t)numbers[i];
    }
    CT_TRY(ct_array_read(&b->r, CT_ARRAY_INT, b->rows, scratch, numbers));
    for (uint32_t i = 0; i < b->rows; i++)
        room->wide[i] = (uint64_t)numbers[i];
    CT_TRY(ct_int_decode(b->r.at, ct_reader_left(&b->r), b->rows, scratch, numbers));
    for (uint32_t i = 0; i < b->rows; i++) {
        room->wide[i] += (ct_int128)numbers[i] * ((ct_int128)1 << 64);
        if (room->wide[i] >= limit || room->wide[i] <= -limit)
            return CT_CORRUPT;
    }
    room->vector.wide = room->wide;
    room->vector.narrow = NULL;
    room->vector.scales = room->scales;
    return CT_OK;
}

static ct_status read_block(struct ct_segment_reader *reader, uint32_t column, uint32_t block,
                            struct column_room *room, bool is_reference, struct ct_error *err);

static ct_status read_reference(struct ct_segment_reader *reader, uint32_t column, uint32_t block,
                                struct ct_error *err)
{
    if (reader->reference.block == block && reader->reference_column == column)
        return CT_OK;
    reader->reference.block = NO_BLOCK;
    CT_TRY(read_block(reader, column, block, &reader->reference, true, err));
    reader->reference_column = column;
    reader->reference.block = block;
    return CT_OK;
}

/* The block that `b` is computed from, decoded: the reference column's own room where it stands
 * there already. */
static ct_status find_reference(struct block_read *b, const struct ct_vector **out,
                                struct ct_error *err)
{
    struct ct_segment_reader *reader = b->reader;
    const uint32_t column = b->mode - CT_MODE_DERIVED;
    const struct ct_footer *footer = &reader->segment->footer;
    if (column >= footer->info.column_count || column == b->column ||
        footer->columns[column].type != CT_DECIMAL)
        return failed(b, CT_CORRUPT, err);
    const struct column_room *room = &reader->rooms[column];
    if (room->block != b->block) {
        CT_TRY(read_reference(reader, column, b->block, err));
        room = &reader->reference;
    }
    *out = &room->vector;
    return room->mode == CT_MODE_PLAIN && !(*out)->wide ? CT_OK : failed(b, CT_CORRUPT, err);
}

/* One step only: no chains, no circles. */
static ct_status read_derived(struct block_read *b, struct ct_decimal_block *block,
                              struct ct_error *err)
{
    const struct ct_vector *reference = NULL;
    CT_TRY(find_reference(b, &reference, err));
    const ct_status status =
        ct_derived_decode(b->r.at, ct_reader_left(&b->r), b->rows, reference->narrow,
                          reference->scale, b->reader->scratch, block);
    return status == CT_OK ? CT_OK : failed(b, status, err);
}

static ct_status read_decimals(struct block_read *b, bool is_reference, struct ct_error *err)
{
    struct column_room *room = b->room;
    if (!has_room(b->reader, &room->wide, sizeof *room->wide))
        return no_memory(b->reader, err);
    struct ct_decimal_block block = {.narrow = room->values, .wide = room->wide};
    ct_status status = CT_CORRUPT;
    if (b->mode == CT_MODE_PLAIN)
        status =
            ct_decimal_decode(b->r.at, ct_reader_left(&b->r), b->rows, b->reader->scratch, &block);
    else if (!is_reference && b->mode == CT_MODE_RAGGED)
        status = read_ragged(b);
    else if (!is_reference)
        CT_TRY(status = read_derived(b, &block, err));
    if (status != CT_OK)
        return failed(b, status, err);
    if (b->mode != CT_MODE_RAGGED)
        set_decimals(room, &block);
    return CT_OK;
}

/* -- A column of a block ---------------------------------------------------------------------- */

static ct_status read_values(struct block_read *b, bool is_reference, struct ct_error *err)
{
    const size_t left = ct_reader_left(&b->r);
    struct ct_codec_scratch *scratch = b->reader->scratch;
    void *values = b->room->values;
    ct_status status = CT_CORRUPT;
    switch (b->room->vector.type) {
    case CT_FLOAT64:
        status = ct_float_decode(b->r.at, left, b->rows, scratch, values);
        break;
    case CT_INT64:
    case CT_UINT64:
        status = ct_int_decode(b->r.at, left, b->rows, scratch, values);
        break;
    case CT_BOOL:
        status = ct_bool_decode(b->r.at, left, b->rows, scratch, values);
        break;
    case CT_STRING:
        status = read_text(b);
        break;
    case CT_DECIMAL:
        return read_decimals(b, is_reference, err);
    }
    return status == CT_OK ? CT_OK : failed(b, status, err);
}

/* All values of a block without any: zeros that mean nothing. */
static void set_nothing(struct column_room *room, uint32_t rows)
{
    const size_t size = room->vector.type == CT_STRING ? sizeof(struct ct_text) : sizeof(int64_t);
    memset(room->values, 0, rows * size);
    room->vector.narrow = room->values;
    room->vector.wide = NULL;
    room->vector.scales = NULL;
    room->vector.scale = 0;
}

static ct_status find_payload(struct block_read *b, struct ct_error *err)
{
    struct ct_segment *segment = b->reader->segment;
    const uint32_t group = b->block / CT_SEGMENT_GROUP_BLOCKS;
    const uint32_t in_group = b->block % CT_SEGMENT_GROUP_BLOCKS;
    const struct ct_directory *directory;
    struct ct_text payload;
    if (ct_footer_chunk(&segment->footer, group, b->column + 1)->directory_bytes == 0)
        return CT_OK;
    CT_TRY(
        ct_segment_directory(segment, group, b->column + 1, b->reader->scratch, &directory, err));
    CT_TRY(ct_segment_payload(segment, directory, b->column + 1, b->block, false, &payload, err));
    b->r = ct_reader_of(payload.bytes, payload.len);
    b->value_count = directory->value_count[in_group];
    b->mode = directory->mode[in_group];
    return CT_OK;
}

/* Decodes into `room`; the room's own `block` is the caller's. */
static ct_status read_block(struct ct_segment_reader *reader, uint32_t column, uint32_t block,
                            struct column_room *room, bool is_reference, struct ct_error *err)
{
    const enum ct_type type = reader->segment->footer.columns[column].type;
    struct block_read b = {.reader = reader,
                           .room = room,
                           .column = column,
                           .block = block,
                           .rows = rows_of(reader, block)};
    if (!has_room(reader, &room->values,
                  type == CT_STRING ? sizeof(struct ct_text) : sizeof(int64_t)))
        return no_memory(reader, err);
    CT_TRY(find_payload(&b, err));
    room->mode = b.mode;
    room->vector = (struct ct_vector){.type = type, .count = b.rows};
    room->vector.int64 = room->values;
    CT_TRY(read_presence(&b, err));
    if (b.value_count > 0)
        return read_values(&b, is_reference, err);
    set_nothing(room, b.rows);
    return CT_OK;
}

/* What was decoded as a reference is now asked for itself. */
static void swap_rooms(struct column_room *room, struct column_room *reference)
{
    const struct column_room decoded = *reference;
    *reference = *room;
    *room = decoded;
    reference->block = NO_BLOCK;
}

ct_status ct_segment_read_column(struct ct_segment_reader *reader, uint32_t column, uint32_t block,
                                 struct ct_vector *out, struct ct_error *err)
{
    CT_ASSERT(column < reader->segment->footer.info.column_count);
    CT_ASSERT(block < reader->segment->footer.info.block_count);
    struct column_room *room = &reader->rooms[column];
    if (room->block != block) {
        room->block = NO_BLOCK;
        if (reader->reference.block == block && reader->reference_column == column)
            swap_rooms(room, &reader->reference);
        else
            CT_TRY(read_block(reader, column, block, room, false, err));
        room->block = block;
    }
    *out = room->vector;
    return CT_OK;
}

ct_status ct_segment_read_times(struct ct_segment_reader *reader, uint32_t block,
                                const int64_t **times_ns, struct ct_error *err)
{
    struct ct_segment *segment = reader->segment;
    CT_ASSERT(block < segment->footer.info.block_count);
    if (reader->time_block != block) {
        const struct ct_directory *directory;
        struct ct_text payload;
        reader->time_block = NO_BLOCK;
        CT_TRY(ct_segment_directory(segment, block / CT_SEGMENT_GROUP_BLOCKS, 0, reader->scratch,
                                    &directory, err));
        CT_TRY(ct_segment_payload(segment, directory, 0, block, false, &payload, err));
        const ct_status status =
            ct_time_decode((const uint8_t *)payload.bytes, payload.len, rows_of(reader, block),
                           reader->scratch, reader->times_ns);
        if (status == CT_NO_MEMORY)
            return no_memory(reader, err);
        if (status != CT_OK)
            return ct_fail_at(err, CT_CORRUPT, segment->file->path,
                              (uint64_t)((const uint8_t *)payload.bytes - segment->bytes),
                              "the times of block %u are malformed", block);
        reader->time_block = block;
    }
    *times_ns = reader->times_ns;
    return CT_OK;
}

ct_status ct_segment_read_stats(struct ct_segment_reader *reader, uint32_t column, uint32_t block,
                                struct ct_block_stats *out, struct ct_error *err)
{
    struct ct_segment *segment = reader->segment;
    CT_ASSERT(column < segment->footer.info.column_count);
    CT_ASSERT(block < segment->footer.info.block_count);
    const uint32_t group = block / CT_SEGMENT_GROUP_BLOCKS;
    if (ct_footer_chunk(&segment->footer, group, column + 1)->directory_bytes == 0) {
        const enum ct_type type = segment->footer.columns[column].type;
        const bool has_numbers = type != CT_BOOL && type != CT_STRING;
        memset(out, 0, sizeof *out);
        out->type = type;
        out->has_sum = out->has_min_max = has_numbers;
        return CT_OK;
    }
    const struct ct_directory *directory;
    CT_TRY(ct_segment_directory(segment, group, column + 1, reader->scratch, &directory, err));
    ct_directory_stats(directory, block % CT_SEGMENT_GROUP_BLOCKS, out);
    return CT_OK;
}
