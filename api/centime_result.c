/* Reading an answer, value by value or by columns. */
#include "api_private.h"
#include "arrow_column.h"

ct_status api_result_wrap(struct api_memory *memory, struct ct_result *result, uint64_t elapsed_ns,
                          centime_result **out, struct ct_error *err)
{
    centime_result *wrapped = ct_alloc_zeroed(&memory->allocator, 1, sizeof *wrapped);
    struct api_result_share *share = ct_alloc_zeroed(&memory->allocator, 1, sizeof *share);
    if (!wrapped || !share) {
        ct_release(&memory->allocator, wrapped);
        ct_release(&memory->allocator, share);
        ct_result_destroy(result);
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer");
    }
    ct_refcount_init(&share->references);
    share->result = wrapped;
    *wrapped = (centime_result){api_memory_take(memory), result, elapsed_ns, share};
    *out = wrapped;
    return CT_OK;
}

const centime_result *api_result_take(const centime_result *result)
{
    if (result->share)
        ct_refcount_take(&result->share->references);
    return result;
}

void api_result_drop(const centime_result *result)
{
    struct api_result_share *share = result->share;
    if (!share || !ct_refcount_drop(&share->references))
        return;
    struct api_memory *memory = result->memory;
    ct_result_destroy(result->result);
    ct_release(&memory->allocator, share->result);
    ct_release(&memory->allocator, share);
    api_memory_drop(memory);
}

void centime_result_destroy(centime_result *result)
{
    if (result)
        api_result_drop(result);
}

uint64_t centime_result_rows(const centime_result *result)
{
    return result->result->row_count;
}

uint32_t centime_result_columns(const centime_result *result)
{
    return result->result->column_count;
}

static const struct ct_result_column *column_of(const centime_result *result, uint32_t column)
{
    return column < result->result->column_count ? &result->result->columns[column] : NULL;
}

/* NULL where there is no value. */
static const struct ct_result_column *column_at(const centime_result *result, uint32_t column,
                                                uint64_t row)
{
    const struct ct_result_column *there = column_of(result, column);
    if (!there || row >= result->result->row_count || there->is_null[row])
        return NULL;
    return there;
}

const char *centime_result_name(const centime_result *result, uint32_t column)
{
    const struct ct_result_column *there = column_of(result, column);
    return there ? there->name.bytes : NULL;
}

int centime_result_type(const centime_result *result, uint32_t column)
{
    const struct ct_result_column *there = column_of(result, column);
    if (!there)
        return 0;
    switch (there->type) {
    case CT_RESULT_TIME:
        return CENTIME_TIME;
    case CT_RESULT_TEXT:
        return CENTIME_TEXT;
    case CT_RESULT_INT64:
        return CENTIME_INT64;
    case CT_RESULT_UINT64:
        return CENTIME_UINT64;
    case CT_RESULT_FLOAT64:
        return CENTIME_FLOAT64;
    case CT_RESULT_BOOL:
        return CENTIME_BOOL;
    case CT_RESULT_DECIMAL:
        return CENTIME_DECIMAL;
    }
    return 0;
}

int centime_result_find(const centime_result *result, const char *name)
{
    return ct_result_find(result->result, api_text(name));
}

int centime_result_is_null(const centime_result *result, uint32_t column, uint64_t row)
{
    return column_at(result, column, row) == NULL;
}

int64_t centime_result_int64(const centime_result *result, uint32_t column, uint64_t row)
{
    const struct ct_result_column *there = column_at(result, column, row);
    if (!there)
        return 0;
    if (there->type == CT_RESULT_TIME || there->type == CT_RESULT_INT64)
        return there->int64[row];
    if (there->type == CT_RESULT_UINT64)
        return (int64_t)there->uint64[row];
    return there->type == CT_RESULT_BOOL ? there->boolean[row] : 0;
}

double centime_result_double(const centime_result *result, uint32_t column, uint64_t row)
{
    const struct ct_result_column *there = column_at(result, column, row);
    return there ? ct_result_to_double(there, row) : 0;
}

centime_text centime_result_text(const centime_result *result, uint32_t column, uint64_t row)
{
    const struct ct_result_column *there = column_at(result, column, row);
    if (!there || there->type != CT_RESULT_TEXT)
        return (centime_text){"", 0};
    return (centime_text){there->text[row].bytes, there->text[row].len};
}

size_t centime_result_print(const centime_result *result, uint32_t column, uint64_t row, char *out,
                            size_t cap)
{
    char value[CENTIME_DECIMAL_BYTES];
    const struct ct_result_column *there = column_at(result, column, row);
    struct ct_text text = {value, 0};
    if (there && there->type == CT_RESULT_TEXT)
        text = there->text[row];
    else if (there)
        text.len = api_print_value(there, row, value);
    if (cap == 0)
        return text.len;
    const size_t len = text.len < cap ? text.len : cap - 1;
    memcpy(out, text.bytes, len);
    out[len] = 0;
    return text.len;
}

static ct_status read_decimal(const struct ct_result_column *column, uint64_t row,
                              centime_decimal *out, struct ct_error *err)
{
    if (!column || column->type != CT_RESULT_DECIMAL)
        return ct_fail(err, CT_INVALID, "there is no decimal in this row and column");
    const struct ct_decimal_sum *sum = &column->decimal[row];
    const uint64_t fill = (uint64_t)((int64_t)sum->total.limb[1] >> 63);
    if (sum->total.limb[2] != fill || sum->total.limb[3] != fill)
        return ct_fail(err, CT_RANGE, "a sum of more than 128 bits: print it as text");
    *out = (centime_decimal){
        .low = sum->total.limb[0], .high = (int64_t)sum->total.limb[1], .scale = sum->scale};
    return CT_OK;
}

int centime_result_decimal(const centime_result *result, uint32_t column, uint64_t row,
                           centime_decimal *out, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(read_decimal(column_at(result, column, row), row, out, &story), &story, err);
}

const void *centime_result_values(const centime_result *result, uint32_t column)
{
    static_assert(sizeof(centime_text) == sizeof(struct ct_text) &&
                      offsetof(centime_text, len) == offsetof(struct ct_text, len),
                  "texts are handed out as they are");
    const struct ct_result_column *there = column_of(result, column);
    return there && there->type != CT_RESULT_DECIMAL ? there->values : NULL;
}

const uint8_t *centime_result_nulls(const centime_result *result, uint32_t column)
{
    const struct ct_result_column *there = column_of(result, column);
    return there ? there->is_null : NULL;
}

int centime_result_stats_of(const centime_result *result, centime_result_stats *out)
{
    const struct ct_result_stats *stats = &result->result->stats;
    const centime_result_stats filled = {
        .rows_scanned = stats->rows_scanned,
        .blocks_read = stats->blocks_read,
        .blocks_from_sums = stats->blocks_from_sums,
        .elapsed_ns = result->elapsed_ns,
        .cells_read = stats->cells_read,
        .rows_from_cells = stats->rows_from_cells,
    };
    return (int)api_write_struct(out, &filled, sizeof filled, "centime_result_stats", NULL);
}

static ct_status write_format(centime_buffer *buffer, const struct ct_result *result, int format,
                              struct ct_error *err)
{
    switch ((enum centime_format)format) {
    case CENTIME_JSON:
        api_write_json(buffer, result);
        return CT_OK;
    case CENTIME_CSV:
        api_write_csv(buffer, result);
        return CT_OK;
    case CENTIME_TABLE:
        return api_write_table(buffer, result, err);
    case CENTIME_NDJSON:
        api_write_ndjson(buffer, result);
        return CT_OK;
    case CENTIME_JSON_COLUMNS:
        api_write_json_columns(buffer, result);
        return CT_OK;
    case CENTIME_ARROW:
        return api_write_arrow(buffer, result, err);
    case CENTIME_DECIMALS_QUOTED:
        break;
    }
    return ct_fail(err, CT_INVALID, "unknown format %d", format);
}

static ct_status format_result(const centime_result *result, int format, centime_buffer **out,
                               struct ct_error *err)
{
    centime_buffer *buffer = api_buffer_create(result->memory);
    if (!buffer)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer's text");
    buffer->quotes_decimals = (format & CENTIME_DECIMALS_QUOTED) != 0;
    const ct_status status =
        write_format(buffer, result->result, format & ~CENTIME_DECIMALS_QUOTED, err);
    if (status == CT_OK)
        return api_buffer_finish(buffer, out, err);
    centime_buffer_destroy(buffer);
    return status;
}

int centime_result_format(const centime_result *result, int format, centime_buffer **out,
                          centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(format_result(result, format, out, &story), &story, err);
}
