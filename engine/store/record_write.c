#include "record.h"

/* Values of a slice lie behind their length in this many bytes. */
#define LENGTH_BYTES 4

/* Room for a length and `bound` bytes; the encoder writes behind the length. */
static uint8_t *begin_piece(struct ct_byte_buffer *out, size_t bound)
{
    uint8_t *at = ct_byte_buffer_room(out, LENGTH_BYTES + bound);
    return at ? at + LENGTH_BYTES : NULL;
}

static void end_piece(struct ct_byte_buffer *out, size_t len)
{
    CT_ASSERT(len <= UINT32_MAX);
    ct_store32(out->bytes + out->len, (uint32_t)len);
    ct_byte_buffer_advance(out, LENGTH_BYTES + len);
}

struct slice {
    uint32_t first, count;
};

static ct_status write_series(const uint32_t *series, struct slice slice,
                              struct ct_codec_scratch *scratch, struct ct_byte_buffer *out)
{
    int64_t values[CT_BLOCK_VALUES_MAX];
    for (uint32_t i = 0; i < slice.count; i++)
        values[i] = series[slice.first + i];
    uint8_t *at = begin_piece(out, ct_codec_bound(slice.count));
    if (!at)
        return CT_NO_MEMORY;
    end_piece(out, ct_int_encode(values, slice.count, CT_EFFORT_FAST, scratch, at));
    return CT_OK;
}

static ct_status write_times(const int64_t *times_ns, struct slice slice,
                             struct ct_codec_scratch *scratch, struct ct_byte_buffer *out)
{
    uint8_t *at = begin_piece(out, ct_codec_bound(slice.count));
    if (!at)
        return CT_NO_MEMORY;
    end_piece(out,
              ct_time_encode(times_ns + slice.first, slice.count, CT_EFFORT_FAST, scratch, at));
    return CT_OK;
}

static ct_status write_strings(const struct ct_vector *values, struct slice slice,
                               struct ct_codec_scratch *scratch, struct ct_byte_buffer *out)
{
    struct ct_text texts[CT_BLOCK_VALUES_MAX];
    for (uint32_t i = 0; i < slice.count; i++) {
        const bool is_there = !values->present || values->present[slice.first + i];
        texts[i] = is_there ? values->string[slice.first + i] : (struct ct_text){0};
    }
    uint8_t *at = begin_piece(out, ct_text_bound(texts, slice.count));
    if (!at)
        return CT_NO_MEMORY;
    end_piece(out, ct_text_encode(texts, slice.count, CT_EFFORT_FAST, scratch, at));
    return CT_OK;
}

static size_t encode_decimals(const struct ct_vector *values, struct slice slice,
                              struct ct_codec_scratch *scratch, uint8_t *at)
{
    uint8_t scales[CT_BLOCK_VALUES_MAX];
    if (values->scales)
        memcpy(scales, values->scales + slice.first, slice.count);
    else
        memset(scales, values->scale, slice.count);
    if (values->wide)
        return ct_decimal_encode(values->wide + slice.first, scales, slice.count, CT_EFFORT_FAST,
                                 scratch, at);
    return ct_decimal_encode_narrow(values->narrow + slice.first, scales, slice.count,
                                    CT_EFFORT_FAST, scratch, at);
}

static ct_status write_values(const struct ct_vector *values, struct slice slice,
                              struct ct_codec_scratch *scratch, struct ct_byte_buffer *out)
{
    if (values->type == CT_STRING)
        return write_strings(values, slice, scratch, out);
    uint8_t *at = begin_piece(out, ct_codec_bound(slice.count));
    if (!at)
        return CT_NO_MEMORY;
    size_t len = 0;
    switch (values->type) {
    case CT_FLOAT64:
        len = ct_float_encode(values->float64 + slice.first, slice.count, CT_EFFORT_FAST, scratch,
                              at);
        break;
    case CT_INT64:
    case CT_UINT64:
        len = ct_int_encode(values->int64 + slice.first, slice.count, CT_EFFORT_FAST, scratch, at);
        break;
    case CT_BOOL:
        len = ct_bool_encode(values->boolean + slice.first, slice.count, scratch, at);
        break;
    case CT_DECIMAL:
        len = encode_decimals(values, slice, scratch, at);
        break;
    case CT_STRING:
        break;
    }
    end_piece(out, len);
    return CT_OK;
}

static ct_status write_presence(const struct ct_vector *values, struct slice slice,
                                struct ct_codec_scratch *scratch, struct ct_byte_buffer *out)
{
    uint8_t *at = begin_piece(out, ct_codec_bound(slice.count));
    if (!at)
        return CT_NO_MEMORY;
    end_piece(out, ct_bool_encode(values->present + slice.first, slice.count, scratch, at));
    return CT_OK;
}

static ct_status write_slice(const struct ct_batch_table *table, struct slice slice,
                             struct ct_codec_scratch *scratch, struct ct_byte_buffer *out)
{
    CT_TRY(write_series(table->series, slice, scratch, out));
    CT_TRY(write_times(table->times_ns, slice, scratch, out));
    for (uint32_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].values == 0)
            continue;
        const struct ct_vector values = ct_batch_vector(&table->columns[i], table->row_count);
        if (values.present)
            CT_TRY(write_presence(&values, slice, scratch, out));
        CT_TRY(write_values(&values, slice, scratch, out));
    }
    return CT_OK;
}

static ct_status write_head(const struct ct_batch_table *table, struct ct_byte_buffer *out)
{
    uint32_t columns = 0;
    for (uint32_t i = 0; i < table->column_count; i++)
        columns += table->columns[i].values > 0;
    CT_TRY(ct_byte_buffer_varint(out, table->table));
    CT_TRY(ct_byte_buffer_varint(out, table->row_count));
    CT_TRY(ct_byte_buffer_varint(out, columns));
    for (uint32_t i = 0; i < table->column_count; i++) {
        const struct ct_batch_column *column = &table->columns[i];
        if (column->values == 0)
            continue;
        const unsigned flags =
            (column->present ? CT_RECORD_HAS_GAPS : 0) | (column->wide ? CT_RECORD_IS_WIDE : 0);
        CT_TRY(ct_byte_buffer_varint(out, column->field));
        CT_TRY(ct_byte_buffer_varint(out, column->type));
        CT_TRY(ct_byte_buffer_varint(out, flags));
    }
    return CT_OK;
}

static ct_status write_table(const struct ct_batch_table *table, struct ct_codec_scratch *scratch,
                             struct ct_byte_buffer *out)
{
    CT_TRY(write_head(table, out));
    for (uint32_t first = 0; first < table->row_count; first += CT_BLOCK_VALUES_MAX) {
        const uint32_t left = table->row_count - first;
        const struct slice slice = {
            .first = first, .count = left < CT_BLOCK_VALUES_MAX ? left : CT_BLOCK_VALUES_MAX};
        CT_TRY(write_slice(table, slice, scratch, out));
    }
    return CT_OK;
}

ct_status ct_record_encode_rows(const struct ct_intake *intake, struct ct_codec_scratch *scratch,
                                struct ct_byte_buffer *out, struct ct_error *err)
{
    for (uint32_t i = 0; i < intake->table_count; i++) {
        const struct ct_batch_table *table = &intake->tables[i];
        if (table->row_count == 0)
            continue;
        CT_ASSERT(!(table->table & CT_PROVISIONAL));
        const ct_status status = write_table(table, scratch, out);
        if (status != CT_OK)
            return ct_fail(err, status, "out of memory while writing a commit record");
    }
    return CT_OK;
}

ct_status ct_record_encode_delete(const struct ct_tombstone *tombstone, struct ct_byte_buffer *out,
                                  struct ct_error *err)
{
    ct_status status = ct_byte_buffer_varint(out, tombstone->table);
    if (status == CT_OK)
        status = ct_byte_buffer_varint(out, ct_zigzag(tombstone->start_ns));
    if (status == CT_OK)
        status = ct_byte_buffer_varint(out, ct_zigzag(tombstone->end_ns));
    if (status == CT_OK)
        status = ct_byte_buffer_varint(out, tombstone->tag_count);
    for (uint32_t i = 0; status == CT_OK && i < tombstone->tag_count; i++) {
        status = ct_byte_buffer_varint(out, tombstone->tags[i].tag);
        if (status == CT_OK)
            status = ct_byte_buffer_varint(out, tombstone->tags[i].code);
    }
    if (status != CT_OK)
        return ct_fail(err, status, "out of memory while writing a delete");
    return CT_OK;
}

size_t ct_record_encode_time(int64_t time_ns, uint8_t out[CT_VARINT_BYTES_MAX])
{
    struct ct_writer w = ct_writer_of(out, CT_VARINT_BYTES_MAX);
    ct_write_svarint(&w, time_ns / CT_TIME_UNIT_NS);
    return ct_writer_len(&w);
}
