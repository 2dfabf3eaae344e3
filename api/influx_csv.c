/* Results of InfluxQL as CSV: a header "name,tags,time,..." wherever the columns change, then a
 * line a row; times as numbers. A statement that failed is a block of its own, "error" and what was
 * wrong: InfluxDB leaves it out. */
#include "influx_writer.h"

static void add(struct api_influx_writer *w, const char *text)
{
    api_buffer_add_text(w->buffer, text);
}

/* -- Headers ---------------------------------------------------------------------------------- */

static bool has_columns_of_header(const struct api_influx_writer *w, const struct ct_result *rows)
{
    const struct ct_text header = {w->columns, w->columns_len};
    size_t at = 0;
    for (uint32_t i = 0; i < rows->column_count; i++) {
        const struct ct_text name = rows->columns[i].name;
        if (header.len - at < name.len + 1 ||
            !ct_text_equal(name, (struct ct_text){header.bytes + at, name.len}) ||
            header.bytes[at + name.len] != 0)
            return false;
        at += name.len + 1;
    }
    return at == header.len;
}

static void remember_column(struct api_influx_writer *w, struct ct_text name)
{
    const struct ct_allocator *allocator = &w->buffer->memory->allocator;
    const size_t need = w->columns_len + name.len + 1;
    if (need > w->columns_cap) {
        char *columns = ct_resize(allocator, w->columns, 2 * need);
        if (!columns) {
            w->buffer->is_short = true;
            return;
        }
        w->columns = columns;
        w->columns_cap = 2 * need;
    }
    if (name.len)
        memcpy(w->columns + w->columns_len, name.bytes, name.len);
    w->columns[need - 1] = 0;
    w->columns_len = need;
}

/* Blocks stand apart. */
static void begin_block(struct api_influx_writer *w)
{
    add(w, w->has_header ? "\n" : "");
    w->has_header = true;
    w->columns_len = 0;
}

static void add_header(struct api_influx_writer *w, const struct ct_result *rows)
{
    begin_block(w);
    add(w, "name,tags");
    for (uint32_t i = 0; i < rows->column_count; i++) {
        add(w, ",");
        api_csv_text(w->buffer, rows->columns[i].name);
        remember_column(w, rows->columns[i].name);
    }
    add(w, "\n");
}

/* -- Rows ------------------------------------------------------------------------------------- */

static bool is_special(char byte, const char *special)
{
    return byte != 0 && strchr(special, byte) != NULL;
}

/* Escaped as in line protocol, then as a part of a quoted cell. */
static void add_tag_part(struct api_influx_writer *w, struct ct_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        add(w, is_special(text.bytes[i], ",= ") ? "\\" : text.bytes[i] == '"' ? "\"" : "");
        api_buffer_add(w->buffer, text.bytes + i, 1);
    }
}

static bool needs_quotes(struct ct_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (is_special(text.bytes[i], ",\"\r\n"))
            return true;
    return false;
}

/* "host=a,region=eu" as one cell, without tags that are empty. */
static void add_tag_cell(struct api_influx_writer *w, const struct ct_influxql_series *series)
{
    uint32_t shown = 0;
    bool is_quoted = false;
    for (uint32_t i = 0; i < series->tag_count; i++) {
        const struct ct_influxql_tag *tag = &series->tags[i];
        shown += tag->value.len > 0;
        is_quoted |= tag->value.len && (needs_quotes(tag->key) || needs_quotes(tag->value));
    }
    is_quoted |= shown > 1;
    add(w, is_quoted ? "\"" : "");
    shown = 0;
    for (uint32_t i = 0; i < series->tag_count; i++) {
        if (series->tags[i].value.len == 0)
            continue;
        add(w, shown++ ? "," : "");
        add_tag_part(w, series->tags[i].key);
        add(w, "=");
        add_tag_part(w, series->tags[i].value);
    }
    add(w, is_quoted ? "\"" : "");
}

static void add_value(struct api_influx_writer *w, const struct ct_result_column *column,
                      uint64_t row)
{
    if (column->is_null[row])
        return;
    if (column->type == CT_RESULT_TIME)
        api_influx_epoch_time(w->buffer, column->int64[row], w->epoch);
    else if (column->type == CT_RESULT_FLOAT64)
        api_influx_double(w->buffer, column->float64[row], true);
    else
        api_csv_value(w->buffer, column, row);
}

static void add_row(struct api_influx_writer *w, const struct ct_influxql_series *series,
                    uint64_t row)
{
    if (series->name.len)
        api_csv_text(w->buffer, series->name);
    add(w, ",");
    add_tag_cell(w, series);
    for (uint32_t i = 0; i < series->rows->column_count; i++) {
        add(w, ",");
        add_value(w, &series->rows->columns[i], row);
    }
    add(w, "\n");
}

/* -- Results ---------------------------------------------------------------------------------- */

static void add_error(struct api_influx_writer *w, struct ct_text error)
{
    if (error.len == 0)
        return;
    begin_block(w);
    add(w, "error\n");
    api_csv_text(w->buffer, error);
    add(w, "\n");
}

bool api_influx_write_csv(struct api_influx_writer *w)
{
    const struct ct_influxql_result *result = w->result;
    for (; w->series < result->series_count; w->series++, w->row = 0) {
        const struct ct_influxql_series *series = &result->series[w->series];
        if (w->row == 0 && (w->series == 0 || !has_columns_of_header(w, series->rows)))
            add_header(w, series->rows);
        while (w->row < series->rows->row_count) {
            add_row(w, series, w->row++);
            if (w->buffer->len >= w->piece_bytes)
                return false;
        }
    }
    add_error(w, result->error);
    return true;
}
