/* Answers of InfluxQL as InfluxDB 1.x writes them, in pieces. Private to api.
 *
 * Results are given one after another; each is written as far as a piece goes, and gone on with in
 * the next. Invariant: what is written does not depend on where pieces end. */
#ifndef CENTIME_INFLUX_WRITER_H
#define CENTIME_INFLUX_WRITER_H

#include "api_private.h"
#include "influxql.h"
#include "json_indent.h"

#define API_PIECE_ALL SIZE_MAX

struct api_influx_writer {
    centime_buffer *buffer; /* the piece */
    size_t piece_bytes;     /* a piece ends with the row that reaches this */
    enum centime_influx_epoch epoch;
    uint64_t chunk_rows; /* of JSON: a document for each so many rows; 0: one for all */
    const struct ct_influxql_result *result; /* being written */
    uint32_t result_count;
    uint32_t series; /* of the result, and row of it: next to be written */
    uint64_t row;
    bool result_is_open, series_is_open; /* JSON: its end is still to be written */
    uint32_t series_in_document;
    uint64_t rows_in_series; /* of this document */
    struct api_json_indent indent;
    bool is_pretty;
    char *columns; /* CSV: those of the last header, each ended by a zero byte */
    size_t columns_len, columns_cap;
    bool has_header;
};

/* The results before it are written. */
void api_influx_writer_take(struct api_influx_writer *writer,
                            const struct ct_influxql_result *result);

/* Goes on with the result. False: the piece is full, and there is more. */
bool api_influx_write_json(struct api_influx_writer *writer);
bool api_influx_write_csv(struct api_influx_writer *writer);
/* After the last result. */
void api_influx_end_json(struct api_influx_writer *writer);

/* A result as tables under their names and tags, for people; times in RFC 3339. CT_NO_MEMORY. */
ct_status api_influx_write_table(centime_buffer *buffer, const struct ct_influxql_result *result,
                                 struct ct_error *err) CT_MUST_USE;

/* -- Values as Go's encoders write them (influx_value_print.c) --------------------------------- */

/* A JSON string, with <, > and & escaped too. */
void api_influx_json_text(centime_buffer *buffer, struct ct_text text);
/* JSON: an exponent below 1e-6 and from 1e+21 on. CSV: never one. */
void api_influx_double(centime_buffer *buffer, double x, bool is_csv);
void api_influx_integer(centime_buffer *buffer, int64_t number);
/* A whole number in the epoch's unit, rounded towards 0; RFC 3339 counts as ns. */
void api_influx_epoch_time(centime_buffer *buffer, int64_t time_ns,
                           enum centime_influx_epoch epoch);
/* In quotes, as the clocks of the zone show it, with their distance from UTC. zone NULL: UTC. */
void api_influx_zoned_time(centime_buffer *buffer, int64_t time_ns,
                           const struct ct_time_zone *zone);

#endif
