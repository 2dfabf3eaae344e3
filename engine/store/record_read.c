#include "record.h"

#define ROOM (CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD)

/* Room for the decoded values of one column of a piece. */
struct column_room {
    uint32_t field;
    enum ct_type type;
    bool has_gaps;
    uint8_t *present;
    int64_t *words; /* every type of 8 bytes; bools in its first bytes */
    struct ct_text *texts;
    char *heap;
    size_t heap_cap;
    ct_int128 *wide;
};

struct ct_record_reader {
    const struct ct_allocator *allocator;
    struct ct_codec_scratch *scratch;
    struct ct_reader in;
    uint32_t table;
    uint32_t rows_left; /* of the table's rows in this record */
    uint32_t column_count;
    struct column_room *rooms;
    size_t room_cap;
    struct ct_row_column *columns;
    size_t column_cap;
    uint32_t series[ROOM];
    int64_t words[ROOM];
    int64_t times_ns[ROOM];
};

struct ct_record_reader *ct_record_reader_create(const struct ct_allocator *allocator)
{
    struct ct_record_reader *reader = ct_alloc_zeroed(allocator, 1, sizeof *reader);
    if (!reader)
        return NULL;
    reader->allocator = allocator;
    reader->scratch = ct_codec_scratch_create(allocator);
    if (!reader->scratch) {
        ct_record_reader_destroy(reader);
        return NULL;
    }
    return reader;
}

void ct_record_reader_destroy(struct ct_record_reader *reader)
{
    if (!reader)
        return;
    const struct ct_allocator *allocator = reader->allocator;
    for (size_t i = 0; i < reader->room_cap; i++) {
        ct_release(allocator, reader->rooms[i].present);
        ct_release(allocator, reader->rooms[i].words);
        ct_release(allocator, reader->rooms[i].texts);
        ct_release(allocator, reader->rooms[i].heap);
        ct_release(allocator, reader->rooms[i].wide);
    }
    ct_release(allocator, reader->rooms);
    ct_release(allocator, reader->columns);
    ct_codec_scratch_destroy(reader->scratch);
    ct_release(allocator, reader);
}

void ct_record_reader_begin(struct ct_record_reader *reader, struct ct_text payload)
{
    reader->in = ct_reader_of(payload.bytes, payload.len);
    reader->rows_left = 0;
}

static ct_status grow_rooms(struct ct_record_reader *reader, uint32_t count)
{
    const size_t before = reader->room_cap;
    if (!ct_grow(reader->allocator, &reader->rooms, &reader->room_cap, count,
                 sizeof *reader->rooms) ||
        !ct_grow(reader->allocator, &reader->columns, &reader->column_cap, count,
                 sizeof *reader->columns))
        return CT_NO_MEMORY;
    if (reader->room_cap > before)
        memset(reader->rooms + before, 0, (reader->room_cap - before) * sizeof *reader->rooms);
    return CT_OK;
}

static bool is_type(uint64_t type)
{
    return type >= CT_FLOAT64 && type <= CT_DECIMAL;
}

static ct_status read_head(struct ct_record_reader *reader)
{
    struct ct_reader *in = &reader->in;
    reader->table = (uint32_t)ct_read_varint_max(in, CT_NONE - 1);
    reader->rows_left = (uint32_t)ct_read_varint_max(in, CT_BATCH_ROWS_MAX);
    reader->column_count = (uint32_t)ct_read_varint_max(in, CT_TABLE_FIELDS_MAX);
    if (in->is_bad || reader->rows_left == 0 || reader->column_count == 0)
        return CT_CORRUPT;
    CT_TRY(grow_rooms(reader, reader->column_count));
    for (uint32_t i = 0; i < reader->column_count; i++) {
        struct column_room *room = &reader->rooms[i];
        room->field = (uint32_t)ct_read_varint_max(in, CT_TABLE_FIELDS_MAX - 1);
        const uint64_t type = ct_read_varint(in);
        const uint64_t flags = ct_read_varint_max(in, CT_RECORD_HAS_GAPS | CT_RECORD_IS_WIDE);
        if (in->is_bad || !is_type(type))
            return CT_CORRUPT;
        room->type = (enum ct_type)type;
        room->has_gaps = (flags & CT_RECORD_HAS_GAPS) != 0;
    }
    return CT_OK;
}

static struct ct_text read_piece(struct ct_record_reader *reader)
{
    const uint32_t len = ct_read32(&reader->in);
    const uint8_t *bytes = ct_read_bytes(&reader->in, len);
    return (struct ct_text){.bytes = (const char *)bytes, .len = bytes ? len : 0};
}

static bool make_room(const struct ct_allocator *allocator, void *pointer, size_t count,
                      size_t size_bytes)
{
    void *array;
    memcpy(&array, pointer, sizeof array);
    if (array)
        return true;
    array = ct_alloc_zeroed(allocator, count, size_bytes);
    memcpy(pointer, &array, sizeof array);
    return array != NULL;
}

static ct_status read_strings(struct ct_record_reader *reader, struct column_room *room,
                              struct ct_text piece, uint32_t count, struct ct_vector *out)
{
    const uint8_t *bytes = (const uint8_t *)piece.bytes;
    size_t heap_bytes = 0;
    CT_TRY(ct_text_decoded_size(bytes, piece.len, count, &heap_bytes));
    if (!make_room(reader->allocator, &room->texts, ROOM, sizeof *room->texts) ||
        !ct_grow(reader->allocator, &room->heap, &room->heap_cap, heap_bytes, 1))
        return CT_NO_MEMORY;
    out->string = room->texts;
    return ct_text_decode(bytes, piece.len, count, reader->scratch, room->heap, room->heap_cap,
                          room->texts);
}

static ct_status read_decimals(struct ct_record_reader *reader, struct column_room *room,
                               struct ct_text piece, uint32_t count, struct ct_vector *out)
{
    if (!make_room(reader->allocator, &room->wide, ROOM, sizeof *room->wide))
        return CT_NO_MEMORY;
    struct ct_decimal_block block = {.narrow = room->words, .wide = room->wide};
    CT_TRY(
        ct_decimal_decode((const uint8_t *)piece.bytes, piece.len, count, reader->scratch, &block));
    out->scale = block.scale;
    if (block.is_wide)
        out->wide = block.wide;
    out->narrow = block.narrow;
    return CT_OK;
}

static ct_status read_values(struct ct_record_reader *reader, struct column_room *room,
                             uint32_t count, struct ct_vector *out)
{
    const struct ct_text piece = read_piece(reader);
    if (reader->in.is_bad)
        return CT_CORRUPT;
    if (!make_room(reader->allocator, &room->words, ROOM, sizeof *room->words))
        return CT_NO_MEMORY;
    const uint8_t *bytes = (const uint8_t *)piece.bytes;
    out->int64 = room->words;
    switch (room->type) {
    case CT_FLOAT64: {
        double *values = (double *)(void *)room->words;
        out->float64 = values;
        return ct_float_decode(bytes, piece.len, count, reader->scratch, values);
    }
    case CT_INT64:
    case CT_UINT64:
        return ct_int_decode(bytes, piece.len, count, reader->scratch, room->words);
    case CT_BOOL: {
        uint8_t *values = (uint8_t *)room->words;
        out->boolean = values;
        return ct_bool_decode(bytes, piece.len, count, reader->scratch, values);
    }
    case CT_STRING:
        return read_strings(reader, room, piece, count, out);
    case CT_DECIMAL:
        return read_decimals(reader, room, piece, count, out);
    }
    return CT_CORRUPT;
}

static ct_status read_column(struct ct_record_reader *reader, uint32_t i, uint32_t count)
{
    struct column_room *room = &reader->rooms[i];
    struct ct_row_column *column = &reader->columns[i];
    column->field = room->field;
    column->values = (struct ct_vector){.type = room->type, .count = count};
    if (room->has_gaps) {
        const struct ct_text piece = read_piece(reader);
        if (reader->in.is_bad)
            return CT_CORRUPT;
        if (!make_room(reader->allocator, &room->present, ROOM, 1))
            return CT_NO_MEMORY;
        CT_TRY(ct_bool_decode((const uint8_t *)piece.bytes, piece.len, count, reader->scratch,
                              room->present));
        column->values.present = room->present;
    }
    return read_values(reader, room, count, &column->values);
}

static ct_status read_slice(struct ct_record_reader *reader, uint32_t count)
{
    struct ct_text piece = read_piece(reader);
    if (reader->in.is_bad)
        return CT_CORRUPT;
    CT_TRY(ct_int_decode((const uint8_t *)piece.bytes, piece.len, count, reader->scratch,
                         reader->words));
    for (uint32_t i = 0; i < count; i++) {
        if (reader->words[i] < 0 || reader->words[i] >= CT_SERIES_MAX)
            return CT_CORRUPT;
        reader->series[i] = (uint32_t)reader->words[i];
    }
    piece = read_piece(reader);
    if (reader->in.is_bad)
        return CT_CORRUPT;
    CT_TRY(ct_time_decode((const uint8_t *)piece.bytes, piece.len, count, reader->scratch,
                          reader->times_ns));
    for (uint32_t i = 0; i < reader->column_count; i++)
        CT_TRY(read_column(reader, i, count));
    return CT_OK;
}

ct_status ct_record_reader_next(struct ct_record_reader *reader, struct ct_row_block *out,
                                bool *found, struct ct_error *err)
{
    *found = false;
    if (reader->rows_left == 0 && ct_reader_left(&reader->in) == 0)
        return CT_OK;
    ct_status status = CT_OK;
    if (reader->rows_left == 0)
        status = read_head(reader);
    const uint32_t count =
        reader->rows_left < CT_BLOCK_VALUES_MAX ? reader->rows_left : CT_BLOCK_VALUES_MAX;
    if (status == CT_OK)
        status = read_slice(reader, count);
    if (status == CT_NO_MEMORY)
        return ct_fail(err, status, "out of memory while reading a commit record");
    if (status != CT_OK)
        return ct_fail(err, CT_CORRUPT, "a commit record is whole but makes no sense");
    reader->rows_left -= count;
    *out = (struct ct_row_block){.table = reader->table,
                                 .row_count = count,
                                 .series = reader->series,
                                 .times_ns = reader->times_ns,
                                 .columns = reader->columns,
                                 .column_count = reader->column_count};
    *found = true;
    return CT_OK;
}

ct_status ct_record_decode_delete(struct ct_text payload, uint64_t commit, struct ct_tombstone *out,
                                  struct ct_error *err)
{
    struct ct_reader in = ct_reader_of(payload.bytes, payload.len);
    memset(out, 0, sizeof *out);
    out->commit = commit;
    out->table = (uint32_t)ct_read_varint_max(&in, CT_NONE - 1);
    out->start_ns = ct_read_svarint(&in);
    out->end_ns = ct_read_svarint(&in);
    out->tag_count = (uint32_t)ct_read_varint_max(&in, CT_TOMBSTONE_TAGS_MAX);
    for (uint32_t i = 0; i < out->tag_count && !in.is_bad; i++) {
        out->tags[i].tag = (uint32_t)ct_read_varint_max(&in, CT_SEGMENT_TAGS_MAX);
        out->tags[i].code = (uint32_t)ct_read_varint_max(&in, UINT32_MAX);
    }
    if (in.is_bad || ct_reader_left(&in) > 0)
        return ct_fail(err, CT_CORRUPT, "a delete record is whole but makes no sense");
    return CT_OK;
}

ct_status ct_record_decode_time(struct ct_text payload, uint64_t commit, struct ct_commit_time *out,
                                struct ct_error *err)
{
    struct ct_reader in = ct_reader_of(payload.bytes, payload.len);
    const int64_t time_ms = ct_read_svarint(&in);
    out->commit = commit;
    if (in.is_bad || ct_reader_left(&in) > 0 ||
        __builtin_mul_overflow(time_ms, CT_TIME_UNIT_NS, &out->time_ns))
        return ct_fail(err, CT_CORRUPT, "a time record is whole but makes no sense");
    return CT_OK;
}
