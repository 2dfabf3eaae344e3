/* Results of InfluxQL as JSON: one document, or one for each chunk. */
#include "influx_writer.h"

static void add(struct api_influx_writer *w, const char *text)
{
    api_buffer_add_text(w->buffer, text);
}

void api_influx_writer_take(struct api_influx_writer *writer,
                            const struct ct_influxql_result *result)
{
    writer->result = result;
    writer->series = 0;
    writer->row = 0;
}

/* -- Rows ------------------------------------------------------------------------------------- */

static void add_value(struct api_influx_writer *w, const struct ct_result_column *column,
                      uint64_t row)
{
    if (column->is_null[row])
        add(w, "null");
    else if (column->type == CT_RESULT_TEXT)
        api_influx_json_text(w->buffer, column->text[row]);
    else if (column->type == CT_RESULT_FLOAT64)
        api_influx_double(w->buffer, column->float64[row], false);
    else if (column->type != CT_RESULT_TIME)
        api_json_value(w->buffer, column, row);
    else if (w->epoch == CENTIME_EPOCH_RFC3339)
        api_influx_zoned_time(w->buffer, column->int64[row], w->result->zone);
    else
        api_influx_epoch_time(w->buffer, column->int64[row], w->epoch);
}

static void add_row(struct api_influx_writer *w, const struct ct_result *rows, uint64_t row)
{
    add(w, w->rows_in_series++ ? ",[" : ",\"values\":[[");
    for (uint32_t i = 0; i < rows->column_count; i++) {
        if (i)
            api_buffer_add(w->buffer, ",", 1);
        add_value(w, &rows->columns[i], row);
    }
    api_buffer_add(w->buffer, "]", 1);
}

/* -- Series ----------------------------------------------------------------------------------- */

static void add_tags(struct api_influx_writer *w, const struct ct_influxql_series *series)
{
    if (series->tag_count == 0)
        return;
    add(w, "\"tags\":{");
    for (uint32_t i = 0; i < series->tag_count; i++) {
        add(w, i ? "," : "");
        api_influx_json_text(w->buffer, series->tags[i].key);
        add(w, ":");
        api_influx_json_text(w->buffer, series->tags[i].value);
    }
    add(w, "},");
}

static void open_series(struct api_influx_writer *w, const struct ct_influxql_series *series)
{
    add(w, w->series_in_document++ ? ",{" : ",\"series\":[{");
    if (series->name.len) {
        add(w, "\"name\":");
        api_influx_json_text(w->buffer, series->name);
        add(w, ",");
    }
    add_tags(w, series);
    add(w, "\"columns\":[");
    for (uint32_t i = 0; i < series->rows->column_count; i++) {
        add(w, i ? "," : "");
        api_influx_json_text(w->buffer, series->rows->columns[i].name);
    }
    add(w, "]");
    w->series_is_open = true;
    w->rows_in_series = 0;
}

static void close_series(struct api_influx_writer *w, bool is_partial)
{
    add(w, w->rows_in_series ? "]" : "");
    add(w, is_partial ? ",\"partial\":true}" : "}");
    w->series_is_open = false;
}

/* The rows of the series that this document takes. False: the piece is full. */
static bool write_rows(struct api_influx_writer *w, const struct ct_result *rows)
{
    const bool is_cut = w->chunk_rows && w->result->chunks == CT_CHUNKS_ROWS;
    while (w->row < rows->row_count && !(is_cut && w->rows_in_series >= w->chunk_rows)) {
        if (w->buffer->len >= w->piece_bytes)
            return false;
        add_row(w, rows, w->row++);
    }
    return true;
}

/* -- Results ---------------------------------------------------------------------------------- */

static void open_result(struct api_influx_writer *w)
{
    const bool begins = w->chunk_rows || w->result_count == 0;
    add(w, begins ? "{\"results\":[{\"statement_id\":" : ",{\"statement_id\":");
    api_influx_integer(w->buffer, w->result->statement_id);
    w->result_is_open = true;
    w->series_in_document = 0;
    w->result_count++;
}

static void close_result(struct api_influx_writer *w)
{
    const struct ct_influxql_result *result = w->result;
    const bool is_last = w->series >= result->series_count;
    add(w, w->series_in_document ? "]" : "");
    if (is_last && result->warning.len) {
        add(w, ",\"messages\":[{\"level\":\"warning\",\"text\":");
        api_influx_json_text(w->buffer, result->warning);
        add(w, "}]");
    }
    add(w, !is_last && result->chunks == CT_CHUNKS_ROWS ? ",\"partial\":true" : "");
    if (result->error.len) {
        add(w, ",\"error\":");
        api_influx_json_text(w->buffer, result->error);
    }
    add(w, w->chunk_rows ? "}]}\n" : "}");
    w->result_is_open = false;
}

/* As many series as a document takes. False: the piece is full. */
static bool write_series(struct api_influx_writer *w)
{
    const struct ct_influxql_result *result = w->result;
    while (w->series < result->series_count) {
        const struct ct_influxql_series *series = &result->series[w->series];
        if (!w->series_is_open)
            open_series(w, series);
        if (!write_rows(w, series->rows))
            return false;
        const bool is_whole = w->row >= series->rows->row_count;
        close_series(w, !is_whole);
        if (is_whole) {
            w->series++;
            w->row = 0;
        }
        if (w->chunk_rows && result->chunks != CT_CHUNKS_NONE)
            return true;
    }
    return true;
}

bool api_influx_write_json(struct api_influx_writer *w)
{
    do {
        if (!w->result_is_open) {
            if (w->buffer->len >= w->piece_bytes)
                return false;
            open_result(w);
        }
        if (!write_series(w))
            return false;
        close_result(w);
    } while (w->series < w->result->series_count);
    return true;
}

void api_influx_end_json(struct api_influx_writer *w)
{
    if (w->result_count == 0)
        add(w, "{}\n");
    else if (!w->chunk_rows)
        add(w, "]}\n");
}
