/* Windows without points. */
#include "influx_select.h"

struct filling {
    const struct ct_influx_plan *plan;
    enum ct_influx_fill fill;
    struct ct_influx_value number; /* of CT_INFLUX_FILL_NUMBER */
    const struct ct_influx_points *points;
    struct ct_influx_points *out;
    struct ct_error *err;
};

/* The window after (descending: before) the one that starts there. */
static int64_t next_window(const struct ct_influx_plan *plan, int64_t start_ns)
{
    int64_t first_ns;
    int64_t end_ns;
    ct_influx_window(&plan->interval, start_ns, &first_ns, &end_ns);
    if (!plan->is_descending)
        return end_ns;
    ct_influx_window(&plan->interval, first_ns == INT64_MIN ? first_ns : first_ns - 1, &start_ns,
                     &end_ns);
    return start_ns;
}

/* On the line between the points on both sides, counted in windows; null at the ends. */
static ct_status fill_line(const struct filling *f, size_t next, int64_t start_ns,
                           struct ct_influx_value *out)
{
    *out = ct_influx_null();
    if (next == 0 || next == f->points->count)
        return CT_OK;
    const struct ct_influx_point *a = &f->points->items[next - 1];
    const struct ct_influx_point *b = &f->points->items[next];
    const int64_t every_ns = f->plan->interval.every_ns;
    if (a->value.type == CT_INFLUX_NULL || b->value.type != a->value.type)
        return CT_OK;
    return ct_influx_interpolate(&a->value, &b->value, start_ns / every_ns - a->time_ns / every_ns,
                                 b->time_ns / every_ns - a->time_ns / every_ns, out, f->err);
}

/* The point of an empty window, `next` being the first point behind it. */
static ct_status fill_one(const struct filling *f, size_t next, int64_t start_ns)
{
    struct ct_influx_point point = {start_ns, CT_INFLUX_NO_ROW, ct_influx_null()};
    switch (f->fill) {
    case CT_INFLUX_FILL_NULL:
    case CT_INFLUX_FILL_NONE:
        break;
    case CT_INFLUX_FILL_NUMBER:
        point.value = f->number;
        break;
    case CT_INFLUX_FILL_PREVIOUS:
        if (next > 0)
            point.value = f->points->items[next - 1].value;
        break;
    case CT_INFLUX_FILL_LINEAR:
        CT_TRY(fill_line(f, next, start_ns, &point.value));
        break;
    }
    if (f->out->count >= CT_INFLUXQL_ROWS_MAX)
        return ct_fail(f->err, CT_LIMIT,
                       "more than %u windows: a longer interval or a shorter "
                       "range has less",
                       CT_INFLUXQL_ROWS_MAX);
    return ct_influx_points_add(f->out, point, f->err);
}

/* Never past a point, whatever its time is. */
static bool is_reached(const struct filling *f, size_t next, int64_t start_ns)
{
    const int64_t time_ns = f->points->items[next].time_ns;
    return f->plan->is_descending ? time_ns >= start_ns : time_ns <= start_ns;
}

static ct_status fill_all(const struct filling *f, int64_t start_ns, int64_t last_ns)
{
    const bool is_descending = f->plan->is_descending;
    size_t next = 0;
    for (;;) {
        const bool is_past = is_descending ? start_ns < last_ns : start_ns > last_ns;
        if (is_past && next == f->points->count)
            return CT_OK;
        bool has_points = false;
        for (; next < f->points->count && is_reached(f, next, start_ns); next++) {
            CT_TRY(ct_influx_points_add(f->out, f->points->items[next], f->err));
            has_points = true;
        }
        if (!has_points && !is_past)
            CT_TRY(fill_one(f, next, start_ns));
        const int64_t following_ns = next_window(f->plan, start_ns);
        if (following_ns == start_ns)
            return CT_OK;
        start_ns = following_ns;
    }
}

ct_status ct_influx_fill_gaps(const struct ct_influx_plan *plan, const struct ct_influx_expr *call,
                              enum ct_result_type type, struct ct_influx_range range,
                              struct ct_influx_points *points, struct ct_error *err)
{
    struct ct_influx_points out = {.allocator = plan->run->allocator};
    struct filling f = {plan, plan->fill, ct_influx_null(), points, &out, err};
    int64_t first_ns;
    int64_t last_ns;
    int64_t end_ns;
    if (points->count == 0)
        return CT_OK;
    if (f.fill == CT_INFLUX_FILL_NULL && ct_influx_function_of(call->text) == CT_CALL_COUNT) {
        f.fill = CT_INFLUX_FILL_NUMBER;
        f.number = ct_influx_integer(0);
    } else if (f.fill == CT_INFLUX_FILL_NUMBER) {
        f.number = ct_influx_value_of_literal(plan->select->fill_value);
        f.number = ct_influx_value_convert(&f.number, type);
    }
    first_ns = points->items[0].time_ns;
    last_ns = points->items[points->count - 1].time_ns;
    if (range.has_first)
        ct_influx_window(&plan->interval, range.first_ns,
                         plan->is_descending ? &last_ns : &first_ns, &end_ns);
    if (range.has_last)
        ct_influx_window(&plan->interval, range.last_ns, plan->is_descending ? &first_ns : &last_ns,
                         &end_ns);
    const ct_status status = fill_all(&f, first_ns, last_ns);
    if (status == CT_OK) {
        const struct ct_influx_points swap = *points;
        *points = out;
        out = swap;
    }
    ct_influx_points_release(&out);
    return status;
}
