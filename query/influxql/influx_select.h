/* Runs a planned SELECT. Layer influxql, for its own files only. */
#ifndef CT_INFLUX_SELECT_H
#define CT_INFLUX_SELECT_H

#include "influx_frame.h"

/* One series for each measurement name and group that has rows, sorted by name and tags
 * (backwards where the plan is descending). The array and the tags are the run's arena's, what rows
 * hold is the run's allocator's: released by ct_influx_series_release, also after a failure. */
ct_status ct_influx_select_run(const struct ct_influx_plan *plan, struct ct_influxql_series **out,
                               uint32_t *count, struct ct_error *err) CT_MUST_USE;
void ct_influx_series_release(struct ct_influxql_series *series, uint32_t count);

/* -- Functions over a group (influx_call.c, influx_reduce.c, influx_transform.c) -------------- */

struct ct_influx_point {
    int64_t time_ns;
    uint32_t row; /* of the frame, that it is; CT_INFLUX_NO_ROW */
    struct ct_influx_value value;
};

struct ct_influx_points {
    struct ct_influx_point *items;
    size_t count, cap;
    const struct ct_allocator *allocator;
};

ct_status ct_influx_points_add(struct ct_influx_points *points, struct ct_influx_point point,
                               struct ct_error *err) CT_MUST_USE;
void ct_influx_points_release(struct ct_influx_points *points);

struct ct_influx_calling {
    const struct ct_influx_frame *frame;
    const struct ct_influx_group *group;
};

/* The points of a call, in the order of the plan, filled as it says, without limits. */
ct_status ct_influx_call_run(const struct ct_influx_calling *calling,
                             const struct ct_influx_expr *call, struct ct_influx_range range,
                             struct ct_influx_points *out, struct ct_error *err) CT_MUST_USE;

/* CT_INVALID where the function does not take values of the argument's type. */
ct_status ct_influx_call_check_type(const struct ct_influx_frame *frame,
                                    const struct ct_influx_expr *call,
                                    struct ct_error *err) CT_MUST_USE;

/* Points of one window, in time order of the plan, to what the function makes of them: appended to
 * out, their times those of the points they stem from. */
ct_status ct_influx_reduce(const struct ct_influx_calling *calling,
                           const struct ct_influx_expr *call, struct ct_influx_point *points,
                           size_t count, struct ct_influx_points *out,
                           struct ct_error *err) CT_MUST_USE;

/* derivative and its kin: in place, from point to point. */
ct_status ct_influx_transform(const struct ct_influx_plan *plan, const struct ct_influx_expr *call,
                              struct ct_influx_points *points, struct ct_error *err) CT_MUST_USE;

/* The area under the points: window by window. */
ct_status ct_influx_integrate(const struct ct_influx_plan *plan, const struct ct_influx_expr *call,
                              const struct ct_influx_points *points, struct ct_influx_points *out,
                              struct ct_error *err) CT_MUST_USE;

/* Puts points where windows of the range have none. */
ct_status ct_influx_fill_gaps(const struct ct_influx_plan *plan, const struct ct_influx_expr *call,
                              enum ct_result_type type, struct ct_influx_range range,
                              struct ct_influx_points *points, struct ct_error *err) CT_MUST_USE;

/* a + (b - a) x part / whole, of the type of a and b. */
ct_status ct_influx_interpolate(const struct ct_influx_value *a, const struct ct_influx_value *b,
                                int64_t part, int64_t whole, struct ct_influx_value *out,
                                struct ct_error *err) CT_MUST_USE;

#endif
