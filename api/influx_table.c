/* Answers of InfluxQL for people: each series under its name and tags, as the influx command shows
 * them. */
#include "influx_json.h"

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

ct_status api_write_influx_table(centime_buffer *buffer, const struct ct_influxql_answer *answer,
                                 struct ct_error *err)
{
    for (uint32_t i = 0; i < answer->result_count; i++) {
        const struct ct_influxql_result *result = &answer->results[i];
        for (uint32_t k = 0; k < result->series_count; k++)
            CT_TRY(add_series(buffer, &result->series[k], err));
        if (result->error.len == 0)
            continue;
        api_buffer_add_text(buffer, buffer->len ? "\nerror: " : "error: ");
        api_printable_text(buffer, result->error);
        api_buffer_add(buffer, "\n", 1);
    }
    return CT_OK;
}
