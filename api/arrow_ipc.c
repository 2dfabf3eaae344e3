/* Answers as a stream of Arrow's IPC messages. A message:
 *
 *     0xffffffff | length of the metadata (4 bytes) | Message, a FlatBuffer, padded to 8 | body
 *
 * The body of a record batch is its columns' buffers, each padded to 64 bytes. The end is a message
 * of length 0. Numbers of slots, types and units are those of Arrow's Schema.fbs and Message.fbs.
 */
#include "arrow_column.h"
#include "arrow_flatbuffer.h"

#define METADATA_V5     4
#define HEADER_SCHEMA   1
#define HEADER_BATCH    3
#define UNIT_NANOSECOND 3
#define DOUBLE          2
#define BODY_ALIGNMENT  64

enum { /* numbers of the union Type */
       TYPE_INT = 2,
       TYPE_FLOAT = 3,
       TYPE_UTF8 = 5,
       TYPE_BOOL = 6,
       TYPE_DECIMAL = 7,
       TYPE_TIMESTAMP = 10,
};

static void add_zeros(centime_buffer *buffer, size_t len)
{
    static const char zeros[BODY_ALIGNMENT] = {0};
    api_buffer_add(buffer, zeros, len);
}

/* A Message round its header, written out; the FlatBuffer is used up. */
static ct_status write_message(centime_buffer *buffer, struct api_flatbuffer *flat, uint8_t kind,
                               size_t header, size_t body_bytes, struct ct_error *err)
{
    api_flatbuffer_table_start(flat);
    api_flatbuffer_add(flat, 3, (int64_t)body_bytes, 8);
    api_flatbuffer_add_place(flat, 2, header);
    api_flatbuffer_add(flat, 0, METADATA_V5, 2);
    api_flatbuffer_add(flat, 1, kind, 1);
    const bool is_whole = api_flatbuffer_finish(flat, api_flatbuffer_table_end(flat));
    if (is_whole) {
        const uint32_t prefix[] = {UINT32_MAX, (uint32_t)flat->len};
        api_buffer_add(buffer, (const char *)prefix, sizeof prefix);
        api_buffer_add(buffer, (const char *)api_flatbuffer_start(flat), flat->len);
    }
    api_flatbuffer_deinit(flat);
    return is_whole ? CT_OK : ct_fail(err, CT_NO_MEMORY, "out of memory for an Arrow message");
}

/* -- The schema ------------------------------------------------------------------------------- */

static size_t write_number_type(struct api_flatbuffer *flat, int bits, bool is_signed)
{
    api_flatbuffer_table_start(flat);
    api_flatbuffer_add(flat, 0, bits, 4);
    api_flatbuffer_add(flat, 1, is_signed, 1);
    return api_flatbuffer_table_end(flat);
}

static size_t write_decimal_type(struct api_flatbuffer *flat, const struct api_arrow_type *type)
{
    api_flatbuffer_table_start(flat);
    api_flatbuffer_add(flat, 0, type->is_wide ? 76 : 38, 4);
    api_flatbuffer_add(flat, 1, type->scale, 4);
    api_flatbuffer_add(flat, 2, type->is_wide ? 256 : 128, 4);
    return api_flatbuffer_table_end(flat);
}

static size_t write_time_type(struct api_flatbuffer *flat)
{
    const size_t zone = api_flatbuffer_text(flat, "UTC", 3);
    api_flatbuffer_table_start(flat);
    api_flatbuffer_add_place(flat, 1, zone);
    api_flatbuffer_add(flat, 0, UNIT_NANOSECOND, 2);
    return api_flatbuffer_table_end(flat);
}

static size_t write_float_type(struct api_flatbuffer *flat)
{
    api_flatbuffer_table_start(flat);
    api_flatbuffer_add(flat, 0, DOUBLE, 2);
    return api_flatbuffer_table_end(flat);
}

static size_t write_empty_type(struct api_flatbuffer *flat)
{
    api_flatbuffer_table_start(flat);
    return api_flatbuffer_table_end(flat);
}

static size_t write_type(struct api_flatbuffer *flat, const struct api_arrow_type *type,
                         uint8_t *number)
{
    switch (type->type) {
    case CT_RESULT_TIME:
        *number = TYPE_TIMESTAMP;
        return write_time_type(flat);
    case CT_RESULT_INT64:
    case CT_RESULT_UINT64:
        *number = TYPE_INT;
        return write_number_type(flat, 64, type->type == CT_RESULT_INT64);
    case CT_RESULT_FLOAT64:
        *number = TYPE_FLOAT;
        return write_float_type(flat);
    case CT_RESULT_DECIMAL:
        *number = TYPE_DECIMAL;
        return write_decimal_type(flat, type);
    case CT_RESULT_BOOL:
        *number = TYPE_BOOL;
        return write_empty_type(flat);
    case CT_RESULT_TEXT:
        break;
    }
    *number = TYPE_UTF8;
    return write_empty_type(flat);
}

static size_t write_field(struct api_flatbuffer *flat, struct ct_text name,
                          const struct api_arrow_type *type)
{
    uint8_t type_number;
    const size_t name_place = api_flatbuffer_text(flat, name.bytes, name.len);
    const size_t type_place = write_type(flat, type, &type_number);
    const size_t children = api_flatbuffer_places(flat, NULL, 0);
    api_flatbuffer_table_start(flat);
    api_flatbuffer_add_place(flat, 5, children);
    api_flatbuffer_add_place(flat, 3, type_place);
    api_flatbuffer_add_place(flat, 0, name_place);
    api_flatbuffer_add(flat, 2, type_number, 1);
    api_flatbuffer_add(flat, 1, true, 1);
    return api_flatbuffer_table_end(flat);
}

static ct_status write_schema(centime_buffer *buffer, const struct ct_result *result,
                              const struct api_arrow_type *types, struct ct_error *err)
{
    const struct ct_allocator *allocator = &buffer->memory->allocator;
    size_t *fields = ct_alloc_zeroed(allocator, (size_t)result->column_count + 1, sizeof *fields);
    if (!fields)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an Arrow schema");
    struct api_flatbuffer flat;
    api_flatbuffer_init(&flat, allocator);
    for (uint32_t i = 0; i < result->column_count; i++)
        fields[i] = write_field(&flat, result->columns[i].name, &types[i]);
    const size_t vector = api_flatbuffer_places(&flat, fields, result->column_count);
    ct_release(allocator, fields);
    api_flatbuffer_table_start(&flat);
    api_flatbuffer_add_place(&flat, 1, vector);
    const size_t schema = api_flatbuffer_table_end(&flat);
    return write_message(buffer, &flat, HEADER_SCHEMA, schema, 0, err);
}

/* -- Record batches --------------------------------------------------------------------------- */

static size_t padding(size_t bytes)
{
    return (BODY_ALIGNMENT - bytes % BODY_ALIGNMENT) % BODY_ALIGNMENT;
}

/* What a batch says of its columns, and then its columns. */
struct batch {
    uint32_t column_count, made_count;
    struct api_arrow_column *columns;
    struct api_flatbuffer_pair *nodes;   /* rows and nulls of each column */
    struct api_flatbuffer_pair *buffers; /* where in the body each buffer begins, and its bytes */
    size_t buffer_count, body_bytes;
};

static void batch_deinit(struct batch *batch, const struct ct_allocator *allocator)
{
    for (uint32_t i = 0; i < batch->made_count; i++)
        api_arrow_column_deinit(&batch->columns[i]);
    ct_release(allocator, batch->columns);
    ct_release(allocator, batch->nodes);
    ct_release(allocator, batch->buffers);
}

static ct_status batch_init(struct batch *batch, const struct ct_allocator *allocator,
                            uint32_t column_count, struct ct_error *err)
{
    const size_t count = (size_t)column_count + 1;
    *batch = (struct batch){.column_count = column_count};
    batch->columns = ct_alloc_zeroed(allocator, count, sizeof *batch->columns);
    batch->nodes = ct_alloc_zeroed(allocator, count, sizeof *batch->nodes);
    batch->buffers =
        ct_alloc_zeroed(allocator, count, API_ARROW_BUFFERS_MAX * sizeof *batch->buffers);
    if (batch->columns && batch->nodes && batch->buffers)
        return CT_OK;
    batch_deinit(batch, allocator);
    return ct_fail(err, CT_NO_MEMORY, "out of memory for an Arrow batch");
}

static void place_column(struct batch *batch, const struct api_arrow_column *column)
{
    batch->nodes[batch->made_count++] =
        (struct api_flatbuffer_pair){(int64_t)column->row_count, (int64_t)column->null_count};
    for (uint32_t i = 0; i < column->buffer_count; i++) {
        batch->buffers[batch->buffer_count++] =
            (struct api_flatbuffer_pair){(int64_t)batch->body_bytes, (int64_t)column->bytes[i]};
        batch->body_bytes += column->bytes[i] + padding(column->bytes[i]);
    }
}

static void write_body(centime_buffer *buffer, const struct batch *batch)
{
    for (uint32_t i = 0; i < batch->column_count; i++) {
        const struct api_arrow_column *column = &batch->columns[i];
        for (uint32_t j = 0; j < column->buffer_count; j++) {
            api_buffer_add(buffer, column->buffers[j], column->bytes[j]);
            add_zeros(buffer, padding(column->bytes[j]));
        }
    }
}

static ct_status write_batch(centime_buffer *buffer, const struct batch *batch, uint64_t row_count,
                             struct ct_error *err)
{
    struct api_flatbuffer flat;
    api_flatbuffer_init(&flat, &buffer->memory->allocator);
    const size_t buffers = api_flatbuffer_pairs(&flat, batch->buffers, batch->buffer_count);
    const size_t nodes = api_flatbuffer_pairs(&flat, batch->nodes, batch->column_count);
    api_flatbuffer_table_start(&flat);
    api_flatbuffer_add(&flat, 0, (int64_t)row_count, 8);
    api_flatbuffer_add_place(&flat, 1, nodes);
    api_flatbuffer_add_place(&flat, 2, buffers);
    const size_t header = api_flatbuffer_table_end(&flat);
    CT_TRY(write_message(buffer, &flat, HEADER_BATCH, header, batch->body_bytes, err));
    write_body(buffer, batch);
    return CT_OK;
}

static ct_status write_rows(centime_buffer *buffer, const struct ct_result *result,
                            const struct api_arrow_type *types, uint64_t first_row,
                            uint64_t row_count, struct ct_error *err)
{
    const struct ct_allocator *allocator = &buffer->memory->allocator;
    struct batch batch;
    CT_TRY(batch_init(&batch, allocator, result->column_count, err));
    ct_status status = CT_OK;
    for (uint32_t i = 0; status == CT_OK && i < result->column_count; i++) {
        status = api_arrow_column_init(&batch.columns[i], allocator, &result->columns[i], &types[i],
                                       first_row, row_count, err);
        if (status == CT_OK)
            place_column(&batch, &batch.columns[i]);
    }
    if (status == CT_OK)
        status = write_batch(buffer, &batch, row_count, err);
    batch_deinit(&batch, allocator);
    return status;
}

static ct_status write_stream(centime_buffer *buffer, const struct ct_result *result,
                              struct api_arrow_type *types, struct ct_error *err)
{
    for (uint32_t i = 0; i < result->column_count; i++)
        CT_TRY(api_arrow_type_of(result, i, &types[i], err));
    CT_TRY(write_schema(buffer, result, types, err));
    uint64_t count;
    for (uint64_t row = 0; (count = api_arrow_batch_rows(result, row)) > 0; row += count)
        CT_TRY(write_rows(buffer, result, types, row, count, err));
    const uint32_t end[] = {UINT32_MAX, 0};
    api_buffer_add(buffer, (const char *)end, sizeof end);
    return CT_OK;
}

ct_status api_write_arrow(centime_buffer *buffer, const struct ct_result *result,
                          struct ct_error *err)
{
    const struct ct_allocator *allocator = &buffer->memory->allocator;
    struct api_arrow_type *types =
        ct_alloc_zeroed(allocator, (size_t)result->column_count + 1, sizeof *types);
    if (!types)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an Arrow schema");
    const ct_status status = write_stream(buffer, result, types, err);
    ct_release(allocator, types);
    return status;
}
