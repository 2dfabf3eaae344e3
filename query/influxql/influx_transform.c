/* From point to point: rates, differences, running sums and averages; and the area under them. */
#include "civil_time.h"
#include "influx_select.h"

/* -- Arithmetic ------------------------------------------------------------------------------- */

static ct_status calculate(enum ct_influx_operator operation, const struct ct_influx_value *a,
                           struct ct_influx_value b, struct ct_influx_value *out,
                           struct ct_error *err)
{
    const struct ct_influx_value left = *a; /* may be *out */
    return ct_influx_value_calculate(operation, &left, &b, false, out, err);
}

/* value x times / by: as a float, or exactly. */
static ct_status scale(const struct ct_influx_value *value, int64_t times, int64_t by,
                       struct ct_influx_value *out, struct ct_error *err)
{
    if (value->type == CT_RESULT_FLOAT64 || value->type == CT_RESULT_INT64) {
        *out = ct_influx_float(ct_influx_value_to_double(value) / ((double)by / (double)times));
        return CT_OK;
    }
    CT_TRY(calculate(CT_OPERATOR_MULTIPLY, value, ct_influx_integer(times), out, err));
    return calculate(CT_OPERATOR_DIVIDE, out, ct_influx_integer(by), out, err);
}

ct_status ct_influx_interpolate(const struct ct_influx_value *a, const struct ct_influx_value *b,
                                int64_t part, int64_t whole, struct ct_influx_value *out,
                                struct ct_error *err)
{
    if (a->type == CT_RESULT_FLOAT64 || a->type == CT_RESULT_INT64) {
        const double from = ct_influx_value_to_double(a);
        const double step = (ct_influx_value_to_double(b) - from) / (double)whole;
        const struct ct_influx_value value = ct_influx_float(step * (double)part + from);
        *out = ct_influx_value_convert(&value, a->type);
        return CT_OK;
    }
    struct ct_influx_value step;
    CT_TRY(calculate(CT_OPERATOR_SUBTRACT, b, *a, &step, err));
    CT_TRY(scale(&step, part, whole, &step, err));
    return calculate(CT_OPERATOR_ADD, a, step, out, err);
}

static int64_t unit_of(const struct ct_influx_expr *call, int64_t otherwise_ns)
{
    const bool has_unit = call->argument_count == 2 && call->arguments[1]->kind == CT_EXPR_DURATION;
    return has_unit ? call->arguments[1]->integer : otherwise_ns;
}

/* -- Transformations -------------------------------------------------------------------------- */

struct step {
    enum ct_influx_function function;
    int64_t unit_ns;
    bool is_descending;
};

/* What stands at `point`, `before` being the point that came before it; *found false: nothing. */
static ct_status take_step(const struct step *step, const struct ct_influx_point *before,
                           const struct ct_influx_point *point, struct ct_influx_value *out,
                           bool *found, struct ct_error *err)
{
    struct ct_influx_value change;
    int64_t elapsed_ns;
    if (__builtin_sub_overflow(point->time_ns, before->time_ns, &elapsed_ns))
        elapsed_ns = INT64_MAX;
    *found = true;
    if (step->function == CT_CALL_ELAPSED) {
        *out = ct_influx_integer(elapsed_ns / step->unit_ns);
        return CT_OK;
    }
    CT_TRY(calculate(CT_OPERATOR_SUBTRACT, &point->value, before->value, &change, err));
    const struct ct_influx_value zero = ct_influx_integer(0);
    const bool is_non_negative = step->function == CT_CALL_NON_NEGATIVE_DERIVATIVE ||
                                 step->function == CT_CALL_NON_NEGATIVE_DIFFERENCE;
    *out = change;
    if (step->function == CT_CALL_DERIVATIVE || step->function == CT_CALL_NON_NEGATIVE_DERIVATIVE)
        CT_TRY(scale(&change, step->unit_ns, step->is_descending ? -elapsed_ns : elapsed_ns, out,
                     err));
    *found = !is_non_negative || ct_influx_value_compare(&change, &zero) >= 0;
    return CT_OK;
}

/* Points of a time that was there already are left out, but for elapsed. */
static ct_status walk(const struct step *step, struct ct_influx_points *points,
                      struct ct_error *err)
{
    struct ct_influx_point before = {.row = CT_INFLUX_NO_ROW};
    size_t kept = 0;
    bool has_before = false;
    for (size_t i = 0; i < points->count; i++) {
        const struct ct_influx_point point = points->items[i];
        const bool is_repeated =
            has_before && point.time_ns == before.time_ns && step->function != CT_CALL_ELAPSED;
        if (point.value.type == CT_INFLUX_NULL || is_repeated)
            continue;
        bool found = false;
        struct ct_influx_value value;
        if (has_before)
            CT_TRY(take_step(step, &before, &point, &value, &found, err));
        before = point;
        has_before = true;
        if (found)
            points->items[kept++] =
                (struct ct_influx_point){point.time_ns, CT_INFLUX_NO_ROW, value};
    }
    points->count = kept;
    return CT_OK;
}

static ct_status accumulate(struct ct_influx_points *points, struct ct_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < points->count; i++) {
        struct ct_influx_point point = points->items[i];
        if (point.value.type == CT_INFLUX_NULL)
            continue;
        if (kept)
            CT_TRY(calculate(CT_OPERATOR_ADD, &points->items[kept - 1].value, point.value,
                             &point.value, err));
        point.row = CT_INFLUX_NO_ROW;
        points->items[kept++] = point;
    }
    points->count = kept;
    return CT_OK;
}

static void drop_nulls(struct ct_influx_points *points)
{
    size_t kept = 0;
    for (size_t i = 0; i < points->count; i++)
        if (points->items[i].value.type != CT_INFLUX_NULL)
            points->items[kept++] = points->items[i];
    points->count = kept;
}

/* Averages of the last `size` points. From the end, so that what is read is still there. */
static ct_status average(struct ct_influx_points *points, size_t size, struct ct_error *err)
{
    drop_nulls(points);
    if (points->count < size) {
        points->count = 0;
        return CT_OK;
    }
    struct ct_influx_value total = points->items[points->count - 1].value;
    for (size_t i = 1; i < size; i++)
        CT_TRY(calculate(CT_OPERATOR_ADD, &total, points->items[points->count - 1 - i].value,
                         &total, err));
    for (size_t last = points->count - 1;; last--) {
        const struct ct_influx_value leaving = points->items[last].value;
        points->items[last].row = CT_INFLUX_NO_ROW;
        CT_TRY(calculate(CT_OPERATOR_DIVIDE, &total, ct_influx_integer((int64_t)size),
                         &points->items[last].value, err));
        if (last + 1 == size)
            break;
        CT_TRY(calculate(CT_OPERATOR_SUBTRACT, &total, leaving, &total, err));
        CT_TRY(calculate(CT_OPERATOR_ADD, &total, points->items[last - size].value, &total, err));
    }
    points->count -= size - 1;
    memmove(points->items, points->items + size - 1, points->count * sizeof *points->items);
    return CT_OK;
}

ct_status ct_influx_transform(const struct ct_influx_plan *plan, const struct ct_influx_expr *call,
                              struct ct_influx_points *points, struct ct_error *err)
{
    const enum ct_influx_function function = ct_influx_function_of(call->text);
    if (function == CT_CALL_CUMULATIVE_SUM)
        return accumulate(points, err);
    if (function == CT_CALL_MOVING_AVERAGE)
        return average(points, (size_t)call->arguments[1]->integer, err);
    int64_t unit_ns = plan->interval.every_ns ? plan->interval.every_ns : CT_SECOND_NS;
    if (function == CT_CALL_ELAPSED)
        unit_ns = 1;
    const struct step step = {function, unit_of(call, unit_ns), plan->is_descending};
    return walk(&step, points, err);
}

/* -- Integral --------------------------------------------------------------------------------- */

struct integral {
    const struct ct_influx_plan *plan;
    int64_t unit_ns;
    int64_t start_ns, end_ns; /* of the window, in time order */
    struct ct_influx_value area;
    struct ct_influx_points *out;
    struct ct_error *err;
};

/* Adds the trapezium between two points. */
static ct_status add_area(struct integral *integral, const struct ct_influx_point *a,
                          const struct ct_influx_point *b)
{
    struct ct_influx_value part;
    const int64_t elapsed_ns = b->time_ns - a->time_ns;
    CT_TRY(calculate(CT_OPERATOR_ADD, &a->value, b->value, &part, integral->err));
    if (part.type == CT_RESULT_FLOAT64 || part.type == CT_RESULT_INT64)
        part = ct_influx_float(0.5 * ct_influx_value_to_double(&part) * (double)elapsed_ns /
                               (double)integral->unit_ns);
    else {
        CT_TRY(scale(&part, elapsed_ns, integral->unit_ns, &part, integral->err));
        CT_TRY(calculate(CT_OPERATOR_MULTIPLY, &part, ct_influx_float(0.5), &part, integral->err));
    }
    return calculate(CT_OPERATOR_ADD, &integral->area, part, &integral->area, integral->err);
}

static void open_window(struct integral *integral, int64_t time_ns)
{
    const struct ct_influx_range *range = &integral->plan->range;
    integral->start_ns = range->has_first ? range->first_ns : 0;
    integral->end_ns = INT64_MAX;
    integral->area = ct_influx_float(0);
    if (integral->plan->interval.every_ns)
        ct_influx_window(&integral->plan->interval, time_ns, &integral->start_ns,
                         &integral->end_ns);
}

static ct_status close_window(struct integral *integral)
{
    const struct ct_influx_point point = {integral->start_ns, CT_INFLUX_NO_ROW, integral->area};
    return ct_influx_points_add(integral->out, point, integral->err);
}

/* The next point is past the window: the line to it is cut where the window ends. */
static ct_status cross(struct integral *integral, struct ct_influx_point *before,
                       const struct ct_influx_point *point)
{
    const bool is_descending = integral->plan->is_descending;
    struct ct_influx_point cut = {.time_ns = is_descending ? integral->start_ns : integral->end_ns};
    if (before->time_ns != cut.time_ns) {
        CT_TRY(ct_influx_interpolate(&before->value, &point->value, cut.time_ns - before->time_ns,
                                     point->time_ns - before->time_ns, &cut.value, integral->err));
        CT_TRY(add_area(integral, before, &cut));
        *before = cut;
    }
    CT_TRY(close_window(integral));
    open_window(integral, point->time_ns);
    return CT_OK;
}

ct_status ct_influx_integrate(const struct ct_influx_plan *plan, const struct ct_influx_expr *call,
                              const struct ct_influx_points *points, struct ct_influx_points *out,
                              struct ct_error *err)
{
    struct integral integral = {
        .plan = plan, .unit_ns = unit_of(call, CT_SECOND_NS), .out = out, .err = err};
    struct ct_influx_point before;
    if (points->count == 0)
        return CT_OK;
    before = points->items[0];
    open_window(&integral, before.time_ns);
    for (size_t i = 1; i < points->count; i++) {
        struct ct_influx_point point = points->items[i];
        if (point.value.type == CT_RESULT_INT64)
            point.value = ct_influx_value_cast(&point.value, CT_CAST_FLOAT);
        if (before.value.type == CT_RESULT_INT64)
            before.value = ct_influx_value_cast(&before.value, CT_CAST_FLOAT);
        if (point.time_ns == before.time_ns) {
            before = point;
            continue;
        }
        if (plan->interval.every_ns &&
            (point.time_ns < integral.start_ns || point.time_ns >= integral.end_ns))
            CT_TRY(cross(&integral, &before, &point));
        CT_TRY(add_area(&integral, &before, &point));
        before = point;
    }
    return close_window(&integral);
}
