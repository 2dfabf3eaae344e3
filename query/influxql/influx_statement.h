/* Statements that are no SELECT. Layer influxql, for its own files only. */
#ifndef CT_INFLUX_STATEMENT_H
#define CT_INFLUX_STATEMENT_H

#include "influx_frame.h"

/* The result of one statement in the making: its series and their tags are the run's arena's, what
 * rows hold is the run's allocator's. */
struct ct_influx_output {
    struct ct_influxql_series *series;
    uint32_t series_count;
};

/* A new series without rows and tags, of these columns. name "": none is shown. */
ct_status ct_influx_output_add(struct ct_influx_run *run, struct ct_influx_output *output,
                               struct ct_text name, const char *const *columns,
                               const enum ct_result_type *types, uint32_t column_count,
                               struct ct_error *err) CT_MUST_USE;

/* A row behind the last series' rows; the values are of its columns' types. */
ct_status ct_influx_output_row(struct ct_influx_output *output,
                               const struct ct_influx_value *values,
                               struct ct_error *err) CT_MUST_USE;

/* SHOW in all forms. */
ct_status ct_influx_show(struct ct_influx_run *run, const struct ct_influx_statement *statement,
                         struct ct_influx_output *output, struct ct_error *err) CT_MUST_USE;

/* CREATE, DROP and DELETE. */
ct_status ct_influx_change(struct ct_influx_run *run, const struct ct_influx_statement *statement,
                           struct ct_error *err) CT_MUST_USE;

/* True where SHOW DATABASES lists it: the caller may read it, and it was not dropped, or was
 * written to since. */
ct_status ct_influx_database_is_shown(struct ct_influx_run *run, uint32_t database, bool *out,
                                      struct ct_error *err) CT_MUST_USE;

/* The measurements that a statement names, sorted by name: all of the database where it names none.
 * Those without rows are left out. */
ct_status ct_influx_tables(struct ct_influx_run *run, const struct ct_influx_statement *statement,
                           uint32_t **out, uint32_t *count, struct ct_error *err) CT_MUST_USE;

/* Which combinations of tag values rows of the range have that pass the filter: one row each,
 * sorted; the columns are the tags, "" where it is missing, and a count. Released by
 * ct_result_destroy. */
ct_status ct_influx_tag_sets(struct ct_influx_run *run, uint32_t table, const struct ct_text *tags,
                             uint32_t tag_count, const struct ct_filter *filter,
                             struct ct_influx_range range, struct ct_result **out,
                             struct ct_error *err) CT_MUST_USE;

#endif
