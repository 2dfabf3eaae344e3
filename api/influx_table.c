/* Answers of InfluxQL for people: each series under its name and tags, as the influx command shows
 * them. */
#include "influx_writer.h"

static void add_tags(centime_buffer *buffer, const struct ct_influxql_series *series)
{
    for (uint32_t i = 0; i < series->tag_count; i++) {
        api_buffer_add_text(buffer, i ? ", " : "tags: ");
        api_printable_text(buffer, series->tags[i].key);
        api_buffer_add(buffer, "=", 1);
        api_printable_text(buffer, series->tags[i].value);
    }
    if (series->tag_count)
        api_buffer_add(buffer, "\n", 1);
}

static ct_status add_series(centime_buffer *buffer, const struct ct_influxql_series *series,
                            struct ct_error *err)
{
    if (buffer->len)
        api_buffer_add(buffer, "\n", 1);
    if (series->name.len) {
        api_buffer_add_text(buffer, "name: ");
        api_printable_text(buffer, series->name);
        api_buffer_add(buffer, "\n", 1);
    }
    add_tags(buffer, series);
    return api_write_table(buffer, series->rows, err);
}

ct_status api_influx_write_table(centime_buffer *buffer, const struct ct_influxql_result *result,
                                 struct ct_error *err)
{
    for (uint32_t i = 0; i < result->series_count; i++)
        CT_TRY(add_series(buffer, &result->series[i], err));
    if (result->error.len == 0)
        return CT_OK;
    api_buffer_add_text(buffer, buffer->len ? "\nerror: " : "error: ");
    api_printable_text(buffer, result->error);
    api_buffer_add(buffer, "\n", 1);
    return CT_OK;
}
