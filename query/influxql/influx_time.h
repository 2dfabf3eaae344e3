/* Time in statements: what conditions say of it, and windows of GROUP BY time(). Layer influxql,
 * for its own files only. */
#ifndef CT_INFLUX_TIME_H
#define CT_INFLUX_TIME_H

#include "influx_ast.h"
#include "status.h"
#include "time_zone.h"

/* Both ends belong to it; empty where first > last. */
struct ct_influx_range {
    int64_t first_ns, last_ns;
    bool has_first, has_last; /* that a condition says so */
};

static inline struct ct_influx_range ct_influx_range_all(void)
{
    return (struct ct_influx_range){.first_ns = INT64_MIN, .last_ns = INT64_MAX};
}

struct ct_influx_range ct_influx_range_meet(struct ct_influx_range a, struct ct_influx_range b);

/* Takes the comparisons with time out of a condition, wherever they stand (InfluxDB reads those
 * under OR as if it were AND): their range, and the rest, NULL where nothing is left.
 * zone     of times without an offset; NULL: UTC
 * Errors   CT_INVALID, as InfluxDB words it; CT_NO_MEMORY. */
ct_status ct_influx_split_condition(struct ct_arena *arena, struct ct_influx_expr *condition,
                                    int64_t now_ns, const struct ct_time_zone *zone,
                                    struct ct_influx_expr **rest, struct ct_influx_range *range,
                                    struct ct_error *err) CT_MUST_USE;

/* The time that a constant expression of numbers, durations, times in quotes and now() stands for.
 * CT_INVALID. */
ct_status ct_influx_time_of(const struct ct_influx_expr *expr, int64_t now_ns,
                            const struct ct_time_zone *zone, int64_t *out_ns,
                            struct ct_error *err) CT_MUST_USE;

/* every_ns 0: one window, which is the whole range. */
struct ct_influx_interval {
    int64_t every_ns, offset_ns;
    const struct ct_time_zone *zone; /* NULL: UTC */
};

/* The window that holds the time: start <= time < end. Windows are cut from the zone's midnight of
 * 1970 on, and those that a change of the clocks falls into are longer or shorter by it. */
void ct_influx_window(const struct ct_influx_interval *interval, int64_t time_ns, int64_t *start_ns,
                      int64_t *end_ns);

#endif
