/* Streams to arrays. A stream is checked against its sum before a byte of it is believed. */
#include "open_reader.h"

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
    struct ct_stream *stream = &reader->streams[slot];
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

bool ct_reader_table(struct ct_rollup_reader *reader)
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

ct_status ct_reader_need(const struct ct_rollup_reader *reader, void *array_pointer,
                         size_t element_bytes)
{
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    if (array)
        return CT_OK;
    array = ct_alloc(reader->image->allocator, CT_READER_ROOM * element_bytes);
    if (!array)
        return CT_NO_MEMORY;
    memcpy(array_pointer, &array, sizeof array);
    return CT_OK;
}

/* The stream is its own, and what was written. */
static ct_status check_stream(const struct ct_stream *stream)
{
    if (stream->mode != CT_STREAM_OWN ||
        stream->checksum != ct_short_checksum(stream->bytes, stream->len))
        return CT_CORRUPT;
    return CT_OK;
}

ct_status ct_reader_ints(struct ct_rollup_reader *reader, uint32_t slot,
                         struct ct_stream_buffer *buffer)
{
    const struct ct_stream *stream = &reader->streams[slot];
    const uint32_t count = reader->block->bounds.cell_count;
    if (buffer->is_decoded)
        return CT_OK;
    CT_TRY(check_stream(stream));
    CT_TRY(ct_reader_need(reader, &buffer->narrow, sizeof *buffer->narrow));
    buffer->is_wide = false;
    buffer->scale = 0;
    buffer->is_decoded = true;
    return slot == CT_SLOT_BUCKET
               ? ct_time_decode(stream->bytes, stream->len, count, reader->scratch, buffer->narrow)
               : ct_int_decode(stream->bytes, stream->len, count, reader->scratch, buffer->narrow);
}

static ct_status decode_decimals(struct ct_rollup_reader *reader, const struct ct_stream *stream,
                                 struct ct_stream_buffer *buffer)
{
    CT_TRY(ct_reader_need(reader, &buffer->narrow, sizeof *buffer->narrow));
    CT_TRY(ct_reader_need(reader, &buffer->wide, sizeof *buffer->wide));
    struct ct_decimal_block block = {.narrow = buffer->narrow, .wide = buffer->wide};
    CT_TRY(ct_decimal_decode(stream->bytes, stream->len, reader->block->bounds.cell_count,
                             reader->scratch, &block));
    buffer->is_wide = block.is_wide;
    buffer->scale = block.scale;
    return CT_OK;
}

static ct_status decode_texts(struct ct_rollup_reader *reader, const struct ct_stream *stream,
                              struct ct_stream_buffer *buffer)
{
    const uint32_t count = reader->block->bounds.cell_count;
    size_t heap_bytes;
    CT_TRY(ct_reader_need(reader, &buffer->texts, sizeof *buffer->texts));
    CT_TRY(ct_text_decoded_size(stream->bytes, stream->len, count, &heap_bytes));
    if (!ct_grow(reader->image->allocator, &buffer->heap, &buffer->heap_cap, heap_bytes + 1, 1))
        return CT_NO_MEMORY;
    return ct_text_decode(stream->bytes, stream->len, count, reader->scratch, buffer->heap,
                          buffer->heap_cap, buffer->texts);
}

ct_status ct_reader_values(struct ct_rollup_reader *reader, enum ct_type type, bool is_sum,
                           uint32_t slot, struct ct_stream_buffer *buffer)
{
    const struct ct_stream *stream = &reader->streams[slot];
    const uint32_t count = reader->block->bounds.cell_count;
    if (buffer->is_decoded)
        return CT_OK;
    CT_TRY(check_stream(stream));
    buffer->is_decoded = true;
    switch (type) {
    case CT_FLOAT64:
        CT_TRY(ct_reader_need(reader, &buffer->floats, sizeof *buffer->floats));
        return ct_float_decode(stream->bytes, stream->len, count, reader->scratch, buffer->floats);
    case CT_INT64:
    case CT_UINT64:
        if (is_sum)
            return decode_decimals(reader, stream, buffer);
        buffer->is_decoded = false;
        return ct_reader_ints(reader, slot, buffer);
    case CT_BOOL:
        CT_TRY(ct_reader_need(reader, &buffer->bools, sizeof *buffer->bools));
        return ct_bool_decode(stream->bytes, stream->len, count, reader->scratch, buffer->bools);
    case CT_STRING:
        return decode_texts(reader, stream, buffer);
    case CT_DECIMAL:
        return decode_decimals(reader, stream, buffer);
    }
    return CT_CORRUPT;
}

/* Times are stored less the bucket. */
ct_status ct_reader_times(struct ct_rollup_reader *reader, uint32_t slot,
                          struct ct_stream_buffer *buffer)
{
    if (buffer->is_decoded)
        return CT_OK;
    CT_TRY(ct_reader_ints(reader, slot, buffer));
    const int64_t *buckets_ns = reader->slots[CT_SLOT_BUCKET].narrow;
    for (uint32_t i = 0; i < reader->block->bounds.cell_count; i++)
        buffer->narrow[i] = (int64_t)((uint64_t)buffer->narrow[i] + (uint64_t)buckets_ns[i]);
    return CT_OK;
}

ct_status ct_reader_row_times(struct ct_rollup_reader *reader, uint32_t slot, const int64_t **out)
{
    const uint32_t source = ct_reader_source(reader, slot);
    CT_TRY(ct_reader_times(reader, source, &reader->slots[source]));
    *out = reader->slots[source].narrow;
    return CT_OK;
}
