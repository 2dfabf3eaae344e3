/* Columns of a result and where their bytes live. Texts are copied into chunks that only grow, so
 * that a text handed out never moves; each is followed by a zero byte, for C's sake. */
#include "result.h"
#include "result_build.h"

#define TEXT_CHUNK_BYTES ((size_t)16 << 10)

struct ct_result_text {
    struct ct_result_text *next;
    size_t used, cap;
    char bytes[];
};

struct ct_result *ct_result_create(const struct ct_allocator *allocator, size_t memory_bytes)
{
    struct ct_result *result = ct_alloc_zeroed(allocator, 1, sizeof *result);
    if (!result)
        return NULL;
    result->allocator = allocator;
    ct_allocator_counting_init(&result->memory, allocator, memory_bytes);
    return result;
}

void ct_result_destroy(struct ct_result *result)
{
    if (!result)
        return;
    const struct ct_allocator *memory = &result->memory.base;
    for (uint32_t i = 0; i < result->column_count; i++) {
        ct_release(memory, result->columns[i].is_null);
        ct_release(memory, result->columns[i].values);
    }
    ct_release(memory, result->columns);
    while (result->texts) {
        struct ct_result_text *next = result->texts->next;
        ct_release(memory, result->texts);
        result->texts = next;
    }
    ct_release(result->allocator, result);
}

enum ct_result_type ct_result_type_of(enum ct_type type)
{
    switch (type) {
    case CT_FLOAT64:
        return CT_RESULT_FLOAT64;
    case CT_INT64:
        return CT_RESULT_INT64;
    case CT_UINT64:
        return CT_RESULT_UINT64;
    case CT_BOOL:
        return CT_RESULT_BOOL;
    case CT_STRING:
        return CT_RESULT_TEXT;
    case CT_DECIMAL:
        return CT_RESULT_DECIMAL;
    }
    return CT_RESULT_TEXT;
}

size_t ct_result_value_bytes(enum ct_result_type type)
{
    switch (type) {
    case CT_RESULT_TIME:
    case CT_RESULT_INT64:
    case CT_RESULT_UINT64:
    case CT_RESULT_FLOAT64:
        return 8;
    case CT_RESULT_BOOL:
        return 1;
    case CT_RESULT_TEXT:
        return sizeof(struct ct_text);
    case CT_RESULT_DECIMAL:
        return sizeof(struct ct_decimal_sum);
    }
    return 0;
}

ct_status ct_result_no_memory(struct ct_result *result, struct ct_error *err)
{
    if (result->memory.limit_bytes)
        return ct_fail(err, CT_LIMIT,
                       "the query needs more than its %zu bytes of memory: narrow its time range, "
                       "filter or groups, or raise the limit",
                       result->memory.limit_bytes);
    return ct_fail(err, CT_NO_MEMORY, "out of memory for the result of a query");
}

ct_status ct_result_set_columns(struct ct_result *result, uint32_t column_count,
                                struct ct_error *err)
{
    CT_ASSERT(!result->columns);
    result->columns = ct_alloc_zeroed(&result->memory.base, column_count, sizeof *result->columns);
    if (!result->columns && column_count)
        return ct_result_no_memory(result, err);
    result->column_count = column_count;
    return CT_OK;
}

ct_status ct_result_reserve(struct ct_result *result, uint64_t row_count, struct ct_error *err)
{
    if (row_count <= result->row_cap)
        return CT_OK;
    const uint64_t cap = row_count > 2 * result->row_cap ? row_count : 2 * result->row_cap;
    const struct ct_allocator *memory = &result->memory.base;
    for (uint32_t i = 0; i < result->column_count; i++) {
        struct ct_result_column *column = &result->columns[i];
        const size_t bytes = ct_result_value_bytes(column->type);
        if (cap > SIZE_MAX / bytes)
            return ct_result_no_memory(result, err);
        uint8_t *is_null = ct_resize(memory, column->is_null, cap);
        if (!is_null)
            return ct_result_no_memory(result, err);
        column->is_null = is_null;
        void *values = ct_resize(memory, column->values, cap * bytes);
        if (!values)
            return ct_result_no_memory(result, err);
        column->values = values;
    }
    result->row_cap = cap;
    return CT_OK;
}

static struct ct_result_text *add_chunk(struct ct_result *result, size_t need)
{
    const size_t cap = need > TEXT_CHUNK_BYTES ? need : TEXT_CHUNK_BYTES;
    struct ct_result_text *chunk = ct_alloc(&result->memory.base, sizeof *chunk + cap);
    if (!chunk)
        return NULL;
    *chunk = (struct ct_result_text){.next = result->texts, .cap = cap};
    result->texts = chunk;
    return chunk;
}

/* Bytes that live as long as the result, one more than `len`. */
static char *take_bytes(struct ct_result *result, size_t len)
{
    struct ct_result_text *chunk = result->texts;
    if (!chunk || chunk->cap - chunk->used <= len)
        chunk = add_chunk(result, len + 1);
    if (!chunk)
        return NULL;
    char *bytes = chunk->bytes + chunk->used;
    chunk->used += len + 1;
    bytes[len] = 0;
    return bytes;
}

ct_status ct_result_copy_text(struct ct_result *result, struct ct_text text, struct ct_text *out,
                              struct ct_error *err)
{
    char *bytes = take_bytes(result, text.len);
    if (!bytes)
        return ct_result_no_memory(result, err);
    if (text.len)
        memcpy(bytes, text.bytes, text.len);
    *out = (struct ct_text){bytes, text.len};
    return CT_OK;
}

ct_status ct_result_name_column(struct ct_result *result, uint32_t column, struct ct_text first,
                                struct ct_text second, struct ct_error *err)
{
    char *bytes = take_bytes(result, first.len + second.len);
    if (!bytes)
        return ct_result_no_memory(result, err);
    memcpy(bytes, first.bytes, first.len);
    if (second.len)
        memcpy(bytes + first.len, second.bytes, second.len);
    result->columns[column].name = (struct ct_text){bytes, first.len + second.len};
    return CT_OK;
}

int ct_result_find(const struct ct_result *result, struct ct_text name)
{
    for (uint32_t i = 0; i < result->column_count; i++)
        if (ct_text_equal(result->columns[i].name, name))
            return (int)i;
    return -1;
}

double ct_result_to_double(const struct ct_result_column *column, uint64_t row)
{
    if (column->is_null[row])
        return 0;
    switch (column->type) {
    case CT_RESULT_TIME:
    case CT_RESULT_INT64:
        return (double)column->int64[row];
    case CT_RESULT_UINT64:
        return (double)column->uint64[row];
    case CT_RESULT_FLOAT64:
        return column->float64[row];
    case CT_RESULT_BOOL:
        return column->boolean[row];
    case CT_RESULT_DECIMAL:
        return ct_decimal_sum_to_double(&column->decimal[row]);
    case CT_RESULT_TEXT:
        break;
    }
    return 0;
}
