/* Answers for programs: JSON rows, JSON with names apart, JSON lines, CSV. */
#include "api_private.h"

/* -- JSON ------------------------------------------------------------------------------------- */

static void write_object(centime_buffer *buffer, const struct ct_result *result, uint64_t row)
{
    api_buffer_add(buffer, "{", 1);
    for (uint32_t i = 0; i < result->column_count; i++) {
        if (i)
            api_buffer_add(buffer, ",", 1);
        api_json_text(buffer, result->columns[i].name);
        api_buffer_add(buffer, ":", 1);
        api_json_value(buffer, &result->columns[i], row);
    }
    api_buffer_add(buffer, "}", 1);
}

void api_write_json(centime_buffer *buffer, const struct ct_result *result)
{
    api_buffer_add_text(buffer, "{\"rows\":[");
    for (uint64_t row = 0; row < result->row_count; row++) {
        if (row)
            api_buffer_add(buffer, ",", 1);
        write_object(buffer, result, row);
    }
    api_buffer_add_text(buffer, "]}");
}

static void write_columns(centime_buffer *buffer, const struct ct_result *result)
{
    static const char *const names[] = {
        [CT_RESULT_TIME] = "time",       [CT_RESULT_TEXT] = "text",
        [CT_RESULT_INT64] = "int64",     [CT_RESULT_UINT64] = "uint64",
        [CT_RESULT_FLOAT64] = "float64", [CT_RESULT_BOOL] = "bool",
        [CT_RESULT_DECIMAL] = "decimal",
    };
    for (uint32_t i = 0; i < result->column_count; i++) {
        api_buffer_add_text(buffer, i ? ",{\"name\":" : "{\"name\":");
        api_json_text(buffer, result->columns[i].name);
        api_buffer_add_text(buffer, ",\"type\":\"");
        api_buffer_add_text(buffer, names[result->columns[i].type]);
        api_buffer_add_text(buffer, "\"}");
    }
}

void api_write_json_columns(centime_buffer *buffer, const struct ct_result *result)
{
    api_buffer_add_text(buffer, "{\"columns\":[");
    write_columns(buffer, result);
    api_buffer_add_text(buffer, "],\"rows\":[");
    for (uint64_t row = 0; row < result->row_count; row++) {
        if (row)
            api_buffer_add(buffer, ",", 1);
        api_buffer_add(buffer, "[", 1);
        for (uint32_t i = 0; i < result->column_count; i++) {
            if (i)
                api_buffer_add(buffer, ",", 1);
            api_json_value(buffer, &result->columns[i], row);
        }
        api_buffer_add(buffer, "]", 1);
    }
    api_buffer_add_text(buffer, "]}");
}

void api_write_ndjson(centime_buffer *buffer, const struct ct_result *result)
{
    for (uint64_t row = 0; row < result->row_count; row++) {
        write_object(buffer, result, row);
        api_buffer_add(buffer, "\n", 1);
    }
}

/* -- CSV -------------------------------------------------------------------------------------- */

/* The empty text is quoted, so that it differs from null; so are blanks at an end, which readers
 * like to drop. */
static bool needs_quotes(struct ct_text text)
{
    if (text.len == 0 || text.bytes[0] == ' ' || text.bytes[text.len - 1] == ' ')
        return true;
    for (size_t i = 0; i < text.len; i++)
        if (text.bytes[i] == '"' || text.bytes[i] == ',' || text.bytes[i] == '\r' ||
            text.bytes[i] == '\n')
            return true;
    return false;
}

void api_csv_text(centime_buffer *buffer, struct ct_text text)
{
    if (!needs_quotes(text)) {
        api_buffer_add(buffer, text.bytes, text.len);
        return;
    }
    api_buffer_add(buffer, "\"", 1);
    for (size_t from = 0; from < text.len;) {
        const char *quote = memchr(text.bytes + from, '"', text.len - from);
        const size_t end = quote ? (size_t)(quote - text.bytes) + 1 : text.len;
        api_buffer_add(buffer, text.bytes + from, end - from);
        if (quote)
            api_buffer_add(buffer, "\"", 1);
        from = end;
    }
    api_buffer_add(buffer, "\"", 1);
}

void api_csv_value(centime_buffer *buffer, const struct ct_result_column *column, uint64_t row)
{
    if (column->is_null[row])
        return;
    if (column->type == CT_RESULT_TEXT) {
        api_csv_text(buffer, column->text[row]);
        return;
    }
    if (column->type == CT_RESULT_TIME) {
        const struct ct_text time = api_time_text(buffer, column->int64[row]);
        api_buffer_add(buffer, time.bytes, time.len);
        return;
    }
    char *to = api_buffer_room(buffer, CENTIME_DECIMAL_BYTES);
    if (to)
        buffer->len += api_print_value(column, row, to);
}

void api_write_csv(centime_buffer *buffer, const struct ct_result *result)
{
    for (uint32_t i = 0; i < result->column_count; i++) {
        if (i)
            api_buffer_add(buffer, ",", 1);
        api_csv_text(buffer, result->columns[i].name);
    }
    api_buffer_add(buffer, "\r\n", 2);
    for (uint64_t row = 0; row < result->row_count; row++) {
        for (uint32_t i = 0; i < result->column_count; i++) {
            if (i)
                api_buffer_add(buffer, ",", 1);
            api_csv_value(buffer, &result->columns[i], row);
        }
        api_buffer_add(buffer, "\r\n", 2);
    }
}
