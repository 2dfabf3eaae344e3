/* The rows that a SELECT reads, by group. Layer influxql, for its own files only.
 *
 * A frame holds the rows of one measurement name that match the condition, as columns, one for each
 * variable of the plan that its source knows; and the rows' order: group by group (sorted by the
 * values of the dimensions), in a group by time, rows of one time by their series, where the order
 * can be seen. Descending it is the same order backwards. */
#ifndef CT_INFLUX_FRAME_H
#define CT_INFLUX_FRAME_H

#include "influx_plan.h"
#include "influx_value.h"

struct ct_influx_group {
    const struct ct_text *tags; /* values of the plan's dimensions */
    uint32_t first, count;      /* in the frame's order */
};

struct ct_influx_frame {
    const struct ct_influx_plan *plan;
    struct ct_text name;
    struct ct_result *rows;     /* column 0: time */
    const int64_t *times_ns;    /* of rows */
    enum ct_result_type *types; /* by variable, of what the source has under the name */
    int32_t *columns;           /* by variable: column of rows, -1: the source does not know it */
    bool *are_tags;             /* by variable */
    int32_t *dimension_columns; /* by dimension, -1: the source does not know it */
    uint32_t *series_columns;   /* of all tags, by key: what tells series apart */
    uint32_t series_column_count;
    bool is_aggregated;   /* rows are windows of groups, with the values of calls */
    uint32_t call_column; /* then: of the first call */
    int32_t
        currency_column; /* where money is put together: of the tag that tells it apart; 0: none */
    uint32_t *order;     /* rows that fulfil the condition */
    uint32_t row_count;
    struct ct_influx_group *groups;
    uint32_t group_count;
};

/* Reads all inputs. The frames are sorted by name; *count may be 0. They are released by
 * ct_influx_frames_release, also after a failure. */
ct_status ct_influx_frames_read(const struct ct_influx_plan *plan, struct ct_influx_frame **out,
                                uint32_t *count, struct ct_error *err) CT_MUST_USE;
void ct_influx_frames_release(const struct ct_influx_plan *plan, struct ct_influx_frame *frames,
                              uint32_t count);

/* Orders the frame's rows and forms its groups. */
ct_status ct_influx_frame_group(struct ct_influx_frame *frame, struct ct_error *err) CT_MUST_USE;

/* Where the logical query can answer all calls (influx_pushdown.c), lets it: *is_done, and the
 * frame is aggregated. */
ct_status ct_influx_pushdown(struct ct_influx_frame *frame, const struct ct_influx_input *input,
                             const struct ct_filter *filter, bool *is_done,
                             struct ct_error *err) CT_MUST_USE;

/* A condition on tags alone as a filter on series (influx_filter.c). *is_whole: the filter says all
 * that the condition says; else it lets more through. NULL: it says nothing. */
ct_status ct_influx_filter_make(const struct ct_influx_plan *plan,
                                const struct ct_influx_input *input, struct ct_filter **out,
                                bool *is_whole, struct ct_error *err) CT_MUST_USE;

/* -- Expressions over a row (influx_eval.c) --------------------------------------------------- */

#define CT_INFLUX_NO_ROW UINT32_MAX

struct ct_influx_scope {
    const struct ct_influx_frame *frame;
    uint32_t row;                        /* CT_INFLUX_NO_ROW: variables have no value */
    const struct ct_influx_value *calls; /* by slot; NULL: there are none */
    bool is_condition; /* integers divide to integers, a missing tag is "" and not null */
};

ct_status ct_influx_eval(const struct ct_influx_scope *scope, struct ct_influx_expr *expr,
                         struct ct_influx_value *out, struct ct_error *err) CT_MUST_USE;

/* The value of a variable in a row; in a condition, names that the source does not know are tags
 * that no row has. */
struct ct_influx_value ct_influx_variable_value(const struct ct_influx_scope *scope, uint32_t slot);

#endif
