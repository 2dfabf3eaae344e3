/* Answers of InfluxQL as InfluxDB 1.x writes them. Private to api. */
#ifndef CENTIME_INFLUX_JSON_H
#define CENTIME_INFLUX_JSON_H

#include "api_private.h"
#include "influxql.h"

/* {"results":[...]}; times as `epoch` says. */
void api_write_influx_json(centime_buffer *buffer, const struct ct_influxql_answer *answer,
                           enum centime_influx_epoch epoch);

/* A header line "name,tags,time,..." wherever the columns change, then a line a row; times as
 * numbers. */
void api_write_influx_csv(centime_buffer *buffer, const struct ct_influxql_answer *answer,
                          enum centime_influx_epoch epoch);

/* Each series as a table under its name and tags, for people; times in RFC 3339. CT_NO_MEMORY. */
ct_status api_write_influx_table(centime_buffer *buffer, const struct ct_influxql_answer *answer,
                                 struct ct_error *err) CT_MUST_USE;

#endif
