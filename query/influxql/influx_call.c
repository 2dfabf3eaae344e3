/* Calls: from rows to points, window by window. */
#include "influx_select.h"

#include <stdlib.h>

ct_status ct_influx_points_add(struct ct_influx_points *points, struct ct_influx_point point,
                               struct ct_error *err)
{
    if (!ct_grow(points->allocator, &points->items, &points->cap, points->count + 1,
                 sizeof *points->items))
        return ct_fail(err, CT_NO_MEMORY, "out of memory for the points of a function");
    points->items[points->count++] = point;
    return CT_OK;
}

void ct_influx_points_release(struct ct_influx_points *points)
{
    ct_release(points->allocator, points->items);
    *points = (struct ct_influx_points){.allocator = points->allocator};
}

/* -- Types ------------------------------------------------------------------------------------ */

/* How InfluxDB's errors call the function. */
static const char *shown_name(enum ct_influx_function function)
{
    switch ((unsigned)function) {
    case CT_CALL_CUMULATIVE_SUM:
        return "cumulative sum";
    case CT_CALL_MOVING_AVERAGE:
        return "moving average";
    case CT_CALL_NON_NEGATIVE_DERIVATIVE:
        return "derivative";
    case CT_CALL_NON_NEGATIVE_DIFFERENCE:
        return "difference";
    default:
        return NULL;
    }
}

static bool takes_type(enum ct_influx_function function, enum ct_result_type type)
{
    switch ((unsigned)function) {
    case CT_CALL_COUNT:
    case CT_CALL_FIRST:
    case CT_CALL_LAST:
    case CT_CALL_MODE:
    case CT_CALL_DISTINCT:
    case CT_CALL_ELAPSED:
        return true;
    case CT_CALL_MIN:
    case CT_CALL_MAX:
        return ct_influx_type_is_number(type) || type == CT_RESULT_BOOL;
    default:
        return ct_influx_type_is_number(type);
    }
}

ct_status ct_influx_call_check_type(const struct ct_influx_frame *frame,
                                    const struct ct_influx_expr *call, struct ct_error *err)
{
    const struct ct_influx_expr *argument = call->arguments[0];
    const enum ct_influx_function function = ct_influx_function_of(call->text);
    if (argument->kind == CT_EXPR_CALL)
        CT_TRY(ct_influx_call_check_type(frame, argument, err));
    else if (frame->columns[argument->slot] < 0 || frame->are_tags[argument->slot])
        return CT_OK;
    const enum ct_result_type type = ct_influx_expr_type(frame->plan, frame, argument);
    if (type == CT_INFLUX_NULL || takes_type(function, type))
        return CT_OK;
    const char *name = shown_name(function);
    return ct_fail(err, CT_INVALID, "unsupported %.*s iterator type: *query.%sInterruptIterator",
                   name ? 20 : (int)call->text.len, name ? name : call->text.bytes,
                   type == CT_RESULT_BOOL ? "boolean" : "string");
}

/* -- Points of rows --------------------------------------------------------------------------- */

/* The values of a field in the group, in the order of the plan; rows without one are left out. */
static ct_status gather(const struct ct_influx_calling *calling, uint32_t slot,
                        struct ct_influx_range range, struct ct_influx_points *out,
                        struct ct_error *err)
{
    const struct ct_influx_frame *frame = calling->frame;
    const struct ct_influx_group *group = calling->group;
    struct ct_influx_scope scope = {.frame = frame};
    if (frame->columns[slot] < 0 || frame->are_tags[slot] || frame->is_aggregated)
        return CT_OK;
    for (uint32_t i = 0; i < group->count; i++) {
        const uint32_t at = frame->plan->is_descending ? group->count - 1 - i : i;
        scope.row = frame->order[group->first + at];
        const int64_t time_ns = frame->times_ns[scope.row];
        if (time_ns < range.first_ns || time_ns > range.last_ns)
            continue;
        const struct ct_influx_value value = ct_influx_variable_value(&scope, slot);
        if (value.type != CT_INFLUX_NULL)
            CT_TRY(ct_influx_points_add(out, (struct ct_influx_point){time_ns, scope.row, value},
                                        err));
    }
    return CT_OK;
}

/* The values of a call that the logical query worked out, window by window. */
static ct_status gather_windows(const struct ct_influx_calling *calling,
                                const struct ct_influx_expr *call, struct ct_influx_points *out,
                                struct ct_error *err)
{
    const struct ct_influx_frame *frame = calling->frame;
    const struct ct_influx_group *group = calling->group;
    const struct ct_result_column *column = &frame->rows->columns[frame->call_column + call->slot];
    const enum ct_result_type type = ct_influx_expr_type(frame->plan, frame, call);
    const bool is_count = ct_influx_function_of(call->text) == CT_CALL_COUNT;
    for (uint32_t i = 0; i < group->count; i++) {
        const uint32_t at = frame->plan->is_descending ? group->count - 1 - i : i;
        const uint32_t row = frame->order[group->first + at];
        struct ct_influx_value value = ct_influx_value_of(column, row);
        value = ct_influx_value_convert(&value, type);
        if (value.type == CT_INFLUX_NULL || (is_count && value.int64 == 0))
            continue;
        CT_TRY(ct_influx_points_add(
            out, (struct ct_influx_point){frame->times_ns[row], CT_INFLUX_NO_ROW, value}, err));
    }
    return CT_OK;
}

/* -- Windows ---------------------------------------------------------------------------------- */

/* How many of the points, from the first on, lie in its window, which begins at *start_ns. */
static size_t window_len(const struct ct_influx_plan *plan, const struct ct_influx_point *points,
                         size_t count, int64_t *start_ns)
{
    int64_t end_ns;
    size_t len = 0;
    if (plan->interval.every_ns == 0) {
        *start_ns = plan->range.has_first ? plan->range.first_ns : 0;
        return count;
    }
    ct_influx_window(&plan->interval, points[0].time_ns, start_ns, &end_ns);
    while (len < count && points[len].time_ns >= *start_ns && points[len].time_ns < end_ns)
        len++;
    return len ? len : 1;
}

/* Selections on their own keep their times, top and bottom always. */
static bool keeps_times(const struct ct_influx_plan *plan, enum ct_influx_function function)
{
    if (function == CT_CALL_TOP || function == CT_CALL_BOTTOM)
        return true;
    return plan->is_selector && plan->interval.every_ns == 0;
}

static ct_status reduce_windows(const struct ct_influx_calling *calling,
                                const struct ct_influx_expr *call, struct ct_influx_points *points,
                                struct ct_influx_points *out, struct ct_error *err)
{
    const struct ct_influx_plan *plan = calling->frame->plan;
    const bool keeps = keeps_times(plan, ct_influx_function_of(call->text));
    for (size_t first = 0, len = 0; first < points->count; first += len) {
        int64_t start_ns;
        const size_t before = out->count;
        CT_TRY(ct_influx_run_check(plan->run, err));
        len = window_len(plan, points->items + first, points->count - first, &start_ns);
        CT_TRY(ct_influx_reduce(calling, call, points->items + first, len, out, err));
        for (size_t i = before; !keeps && i < out->count; i++)
            out->items[i].time_ns = start_ns;
        for (size_t i = before, last = out->count; keeps && plan->is_descending && i + 1 < last;
             i++, last--) {
            const struct ct_influx_point swap = out->items[i];
            out->items[i] = out->items[last - 1];
            out->items[last - 1] = swap;
        }
    }
    return CT_OK;
}

/* -- Calls ------------------------------------------------------------------------------------ */

static bool is_filled(enum ct_influx_function function)
{
    return function <= CT_CALL_PERCENTILE;
}

static int64_t clamp_sum(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return a < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

static ct_status run_reduction(const struct ct_influx_calling *calling,
                               const struct ct_influx_expr *call, struct ct_influx_points *input,
                               struct ct_influx_range range, struct ct_influx_points *out,
                               struct ct_error *err)
{
    const struct ct_influx_plan *plan = calling->frame->plan;
    const enum ct_influx_function function = ct_influx_function_of(call->text);
    if (function == CT_CALL_INTEGRAL)
        return ct_influx_integrate(plan, call, input, out, err);
    if (calling->frame->is_aggregated)
        CT_TRY(gather_windows(calling, call, out, err));
    else
        CT_TRY(reduce_windows(calling, call, input, out, err));
    if (plan->interval.every_ns == 0 || plan->fill == CT_INFLUX_FILL_NONE || !is_filled(function))
        return CT_OK;
    const enum ct_result_type type = ct_influx_expr_type(plan, calling->frame, call);
    return ct_influx_fill_gaps(plan, call, type, range, out, err);
}

ct_status ct_influx_call_run(const struct ct_influx_calling *calling,
                             const struct ct_influx_expr *call, struct ct_influx_range range,
                             struct ct_influx_points *out, struct ct_error *err)
{
    const struct ct_influx_plan *plan = calling->frame->plan;
    const struct ct_influx_expr *argument = call->arguments[0];
    const enum ct_influx_function function = ct_influx_function_of(call->text);
    const bool is_transform = ct_influx_function_is_transform(function);
    if (is_transform && function != CT_CALL_CUMULATIVE_SUM) {
        if (!plan->is_descending && range.has_first)
            range.first_ns = clamp_sum(range.first_ns, -plan->interval.every_ns);
        if (plan->is_descending && range.has_last)
            range.last_ns = clamp_sum(range.last_ns, plan->interval.every_ns);
    }
    struct ct_influx_points input = {.allocator = plan->run->allocator};
    struct ct_influx_points *read = is_transform ? out : &input;
    ct_status status = argument->kind == CT_EXPR_CALL
                           ? ct_influx_call_run(calling, argument, range, read, err)
                           : gather(calling, argument->slot, range, read, err);
    if (status == CT_OK)
        status = is_transform ? ct_influx_transform(plan, call, out, err)
                              : run_reduction(calling, call, &input, range, out, err);
    ct_influx_points_release(&input);
    return status;
}
