/* Results of InfluxQL as JSON and CSV. */
#include "influx_json.h"

#include <stdio.h>

#include "civil_time.h"
#include "number.h"

#define ZONED_TEXT_MAX (CT_TIME_TEXT_MAX + 6) /* Z becomes +hh:mm */

/* -- Times ------------------------------------------------------------------------------------ */

static int64_t unit_of(enum centime_influx_epoch epoch)
{
    switch (epoch) {
    case CENTIME_EPOCH_US:
        return 1000;
    case CENTIME_EPOCH_MS:
        return 1000000;
    case CENTIME_EPOCH_S:
        return CT_SECOND_NS;
    case CENTIME_EPOCH_M:
        return CT_MINUTE_NS;
    case CENTIME_EPOCH_H:
        return CT_HOUR_NS;
    case CENTIME_EPOCH_RFC3339:
    case CENTIME_EPOCH_NS:
        break;
    }
    return 1;
}

static void add_number(centime_buffer *buffer, int64_t number)
{
    char text[CT_INT64_TEXT_MAX];
    api_buffer_add(buffer, text, ct_print_int64(number, text));
}

/* As the clocks of the zone show it, with their distance from UTC. */
static size_t print_zoned(int64_t time_ns, const struct ct_time_zone *zone, char *out)
{
    const int64_t time_s = time_ns / CT_SECOND_NS - (time_ns % CT_SECOND_NS < 0);
    const int32_t offset_s = ct_time_zone_offset(zone, time_s);
    int64_t local_ns;
    if (offset_s == 0 ||
        __builtin_add_overflow(time_ns, (int64_t)offset_s * CT_SECOND_NS, &local_ns))
        return ct_time_print(time_ns, out);
    const size_t len = ct_time_print(local_ns, out) - 1;
    const unsigned minutes = (unsigned)(offset_s < 0 ? -offset_s : offset_s) / 60;
    const int added = snprintf(out + len, ZONED_TEXT_MAX - len, "%c%02u:%02u",
                               offset_s < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
    return len + (size_t)added;
}

static void add_time(centime_buffer *buffer, int64_t time_ns, enum centime_influx_epoch epoch,
                     const struct ct_time_zone *zone)
{
    char text[ZONED_TEXT_MAX];
    if (epoch != CENTIME_EPOCH_RFC3339) {
        add_number(buffer, time_ns / unit_of(epoch));
        return;
    }
    const size_t len = zone ? print_zoned(time_ns, zone, text) : ct_time_print(time_ns, text);
    api_json_text(buffer, (struct ct_text){text, len});
}

/* -- JSON ------------------------------------------------------------------------------------- */

static void add_tags(centime_buffer *buffer, const struct ct_influxql_series *series)
{
    if (series->tag_count == 0)
        return;
    api_buffer_add_text(buffer, "\"tags\":{");
    for (uint32_t i = 0; i < series->tag_count; i++) {
        if (i)
            api_buffer_add(buffer, ",", 1);
        api_json_text(buffer, series->tags[i].key);
        api_buffer_add(buffer, ":", 1);
        api_json_text(buffer, series->tags[i].value);
    }
    api_buffer_add_text(buffer, "},");
}

static void add_row(centime_buffer *buffer, const struct ct_result *rows, uint64_t row,
                    enum centime_influx_epoch epoch, const struct ct_time_zone *zone)
{
    api_buffer_add_text(buffer, row ? ",[" : "[");
    for (uint32_t i = 0; i < rows->column_count; i++) {
        const struct ct_result_column *column = &rows->columns[i];
        if (i)
            api_buffer_add(buffer, ",", 1);
        if (column->type == CT_RESULT_TIME && !column->is_null[row])
            add_time(buffer, column->int64[row], epoch, zone);
        else
            api_json_value(buffer, column, row);
    }
    api_buffer_add(buffer, "]", 1);
}

static void add_series(centime_buffer *buffer, const struct ct_influxql_series *series,
                       enum centime_influx_epoch epoch, const struct ct_time_zone *zone)
{
    const struct ct_result *rows = series->rows;
    api_buffer_add(buffer, "{", 1);
    if (series->name.len) {
        api_buffer_add_text(buffer, "\"name\":");
        api_json_text(buffer, series->name);
        api_buffer_add(buffer, ",", 1);
    }
    add_tags(buffer, series);
    api_buffer_add_text(buffer, "\"columns\":[");
    for (uint32_t i = 0; i < rows->column_count; i++) {
        if (i)
            api_buffer_add(buffer, ",", 1);
        api_json_text(buffer, rows->columns[i].name);
    }
    api_buffer_add_text(buffer, rows->row_count ? "],\"values\":[" : "]");
    for (uint64_t row = 0; row < rows->row_count; row++)
        add_row(buffer, rows, row, epoch, zone);
    api_buffer_add_text(buffer, rows->row_count ? "]}" : "}");
}

static void add_result(centime_buffer *buffer, const struct ct_influxql_result *result,
                       enum centime_influx_epoch epoch)
{
    api_buffer_add_text(buffer, "{\"statement_id\":");
    add_number(buffer, result->statement_id);
    for (uint32_t i = 0; i < result->series_count; i++) {
        api_buffer_add_text(buffer, i ? "," : ",\"series\":[");
        add_series(buffer, &result->series[i], epoch, result->zone);
    }
    if (result->series_count)
        api_buffer_add(buffer, "]", 1);
    if (result->error.len) {
        api_buffer_add_text(buffer, ",\"error\":");
        api_json_text(buffer, result->error);
    }
    api_buffer_add(buffer, "}", 1);
}

void api_write_influx_json(centime_buffer *buffer, const struct ct_influxql_answer *answer,
                           enum centime_influx_epoch epoch)
{
    api_buffer_add_text(buffer, "{\"results\":[");
    for (uint32_t i = 0; i < answer->result_count; i++) {
        if (i)
            api_buffer_add(buffer, ",", 1);
        add_result(buffer, &answer->results[i], epoch);
    }
    api_buffer_add_text(buffer, "]}\n");
}

/* -- CSV -------------------------------------------------------------------------------------- */

static bool has_same_columns(const struct ct_influxql_series *a, const struct ct_influxql_series *b)
{
    if (!a || a->rows->column_count != b->rows->column_count)
        return false;
    for (uint32_t i = 0; i < a->rows->column_count; i++)
        if (!ct_text_equal(a->rows->columns[i].name, b->rows->columns[i].name))
            return false;
    return true;
}

static void add_header(centime_buffer *buffer, const struct ct_result *rows, bool is_first)
{
    api_buffer_add_text(buffer, is_first ? "name,tags" : "\nname,tags");
    for (uint32_t i = 0; i < rows->column_count; i++) {
        api_buffer_add(buffer, ",", 1);
        api_csv_text(buffer, rows->columns[i].name);
    }
    api_buffer_add(buffer, "\n", 1);
}

static bool is_plain_text(struct ct_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr(",\"\r\n", text.bytes[i]))
            return false;
    return true;
}

/* A part of a quoted cell. */
static void add_quoted(centime_buffer *buffer, struct ct_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.bytes[i] == '"')
            api_buffer_add(buffer, "\"", 1);
        api_buffer_add(buffer, text.bytes + i, 1);
    }
}

/* "host=a,region=eu", as one cell: in quotes unless it is one plain tag. */
static void add_tag_cell(centime_buffer *buffer, const struct ct_influxql_series *series)
{
    const bool is_plain = series->tag_count == 1 && is_plain_text(series->tags[0].key) &&
                          is_plain_text(series->tags[0].value);
    if (series->tag_count == 0)
        return;
    api_buffer_add_text(buffer, is_plain ? "" : "\"");
    for (uint32_t i = 0; i < series->tag_count; i++) {
        if (i)
            api_buffer_add(buffer, ",", 1);
        add_quoted(buffer, series->tags[i].key);
        api_buffer_add(buffer, "=", 1);
        add_quoted(buffer, series->tags[i].value);
    }
    api_buffer_add_text(buffer, is_plain ? "" : "\"");
}

static void add_csv_row(centime_buffer *buffer, const struct ct_influxql_series *series,
                        uint64_t row, enum centime_influx_epoch epoch)
{
    if (series->name.len)
        api_csv_text(buffer, series->name);
    api_buffer_add(buffer, ",", 1);
    add_tag_cell(buffer, series);
    for (uint32_t i = 0; i < series->rows->column_count; i++) {
        const struct ct_result_column *column = &series->rows->columns[i];
        api_buffer_add(buffer, ",", 1);
        if (column->type == CT_RESULT_TIME && !column->is_null[row])
            add_number(buffer, column->int64[row] / unit_of(epoch));
        else
            api_csv_value(buffer, column, row);
    }
    api_buffer_add(buffer, "\n", 1);
}

void api_write_influx_csv(centime_buffer *buffer, const struct ct_influxql_answer *answer,
                          enum centime_influx_epoch epoch)
{
    const struct ct_influxql_series *last = NULL;
    for (uint32_t i = 0; i < answer->result_count; i++) {
        const struct ct_influxql_result *result = &answer->results[i];
        for (uint32_t k = 0; k < result->series_count; k++) {
            const struct ct_influxql_series *series = &result->series[k];
            if (!has_same_columns(last, series) || k == 0)
                add_header(buffer, series->rows, last == NULL);
            last = series;
            for (uint64_t row = 0; row < series->rows->row_count; row++)
                add_csv_row(buffer, series, row, epoch);
        }
    }
}
