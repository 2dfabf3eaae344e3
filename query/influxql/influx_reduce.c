/* Many points to one, or a few. */
#include <math.h>
#include <stdlib.h>

#include "influx_select.h"

/* -- Order ------------------------------------------------------------------------------------ */

static int by_time(const void *a, const void *b)
{
    const struct ct_influx_point *x = a;
    const struct ct_influx_point *y = b;
    return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

static int by_value(const void *a, const void *b)
{
    const struct ct_influx_point *x = a;
    const struct ct_influx_point *y = b;
    const int order = ct_influx_value_compare(&x->value, &y->value);
    return order ? order : by_time(a, b);
}

/* Largest first, of equal ones the earliest. */
static int by_falling_value(const void *a, const void *b)
{
    const struct ct_influx_point *x = a;
    const struct ct_influx_point *y = b;
    const int order = ct_influx_value_compare(&y->value, &x->value);
    return order ? order : by_time(a, b);
}

/* Of one time the largest first. */
static int by_time_falling_value(const void *a, const void *b)
{
    const int order = by_time(a, b);
    return order ? order : by_falling_value(a, b);
}

static int by_time_and_value(const void *a, const void *b)
{
    const int order = by_time(a, b);
    return order ? order : by_value(a, b);
}

/* -- Sums ------------------------------------------------------------------------------------- */

static ct_status sum(const struct ct_influx_point *points, size_t count,
                     struct ct_influx_value *out, struct ct_error *err)
{
    *out = points[0].value;
    for (size_t i = 1; i < count; i++) {
        const struct ct_influx_value so_far = *out;
        CT_TRY(
            ct_influx_value_calculate(CT_OPERATOR_ADD, &so_far, &points[i].value, false, out, err));
    }
    return CT_OK;
}

/* As a float, or where the total is exact as a decimal. */
static ct_status mean(const struct ct_influx_point *points, size_t count,
                      struct ct_influx_value *out, struct ct_error *err)
{
    struct ct_influx_value total;
    const struct ct_influx_value size = ct_influx_integer((int64_t)count);
    CT_TRY(sum(points, count, &total, err));
    return ct_influx_value_calculate(CT_OPERATOR_DIVIDE, &total, &size, false, out, err);
}

static struct ct_influx_value stddev(const struct ct_influx_point *points, size_t count)
{
    double average = 0;
    double variance = 0;
    if (count < 2)
        return ct_influx_null();
    for (size_t i = 0; i < count; i++)
        average += (ct_influx_value_to_double(&points[i].value) - average) / (double)(i + 1);
    for (size_t i = 0; i < count; i++) {
        const double away = ct_influx_value_to_double(&points[i].value) - average;
        variance += away * away;
    }
    return ct_influx_float(sqrt(variance / (double)(count - 1)));
}

/* -- Selections ------------------------------------------------------------------------------- */

/* Whether the point takes the place of the best so far. */
static bool is_better(enum ct_influx_function function, const struct ct_influx_point *point,
                      const struct ct_influx_point *best)
{
    const int order = ct_influx_value_compare(&point->value, &best->value);
    const int time_order = by_time(point, best);
    switch ((unsigned)function) {
    case CT_CALL_MIN:
        return order < 0 || (order == 0 && time_order < 0);
    case CT_CALL_MAX:
        return order > 0 || (order == 0 && time_order < 0);
    case CT_CALL_FIRST:
        return time_order < 0 || (time_order == 0 && order > 0);
    default:
        return time_order > 0 || (time_order == 0 && order > 0);
    }
}

static const struct ct_influx_point *select_one(enum ct_influx_function function,
                                                const struct ct_influx_point *points, size_t count)
{
    const struct ct_influx_point *best = points;
    for (size_t i = 1; i < count; i++)
        if (is_better(function, &points[i], best))
            best = &points[i];
    return best;
}

static ct_status spread(const struct ct_influx_point *points, size_t count,
                        struct ct_influx_value *out, struct ct_error *err)
{
    return ct_influx_value_calculate(
        CT_OPERATOR_SUBTRACT, &select_one(CT_CALL_MAX, points, count)->value,
        &select_one(CT_CALL_MIN, points, count)->value, false, out, err);
}

static ct_status median(struct ct_influx_point *points, size_t count, struct ct_influx_value *out,
                        struct ct_error *err)
{
    qsort(points, count, sizeof *points, by_value);
    const size_t middle = count / 2;
    if (count % 2)
        return mean(&points[middle], 1, out, err);
    return mean(&points[middle - 1], 2, out, err);
}

/* The most frequent value; of several the smallest, unless a larger one begins before the best so
 * far ends. */
static struct ct_influx_value mode(struct ct_influx_point *points, size_t count)
{
    size_t best = 0;
    size_t best_count = 0;
    qsort(points, count, sizeof *points, by_value);
    for (size_t first = 0, next = 0; first < count; first = next) {
        while (next < count &&
               ct_influx_value_compare(&points[first].value, &points[next].value) == 0)
            next++;
        const bool is_earlier = next - first > 1 && next - first == best_count &&
                                points[first].time_ns <= points[best].time_ns;
        if (next - first > best_count || is_earlier) {
            best = next - 1;
            best_count = next - first;
        }
    }
    return points[best].value;
}

static struct ct_influx_value mode_of_booleans(const struct ct_influx_point *points, size_t count)
{
    size_t trues = 0;
    for (size_t i = 0; i < count; i++)
        trues += points[i].value.boolean;
    return ct_influx_boolean(trues >= count - trues);
}

/* The nearest rank; none below it. */
static ct_status percentile(const struct ct_influx_expr *call, struct ct_influx_point *points,
                            size_t count, struct ct_influx_points *out, struct ct_error *err)
{
    const struct ct_influx_value percent = ct_influx_value_of_literal(call->arguments[1]);
    const double rank =
        floor((double)count * ct_influx_value_to_double(&percent) / 100.0 + 0.5) - 1;
    if (!(rank >= 0 && rank < (double)count))
        return CT_OK;
    qsort(points, count, sizeof *points, by_value);
    return ct_influx_points_add(out, points[(size_t)rank], err);
}

static ct_status distinct(struct ct_influx_point *points, size_t count,
                          struct ct_influx_points *out, struct ct_error *err)
{
    const size_t first = out->count;
    qsort(points, count, sizeof *points, by_value);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || ct_influx_value_compare(&points[i - 1].value, &points[i].value) != 0)
            CT_TRY(ct_influx_points_add(out, points[i], err));
    qsort(out->items + first, out->count - first, sizeof *out->items, by_time_and_value);
    return CT_OK;
}

/* -- top and bottom --------------------------------------------------------------------------- */

static bool are_of_one_group(const struct ct_influx_calling *calling,
                             const struct ct_influx_expr *call, const struct ct_influx_point *a,
                             const struct ct_influx_point *b)
{
    const struct ct_influx_scope x = {.frame = calling->frame, .row = a->row, .is_condition = true};
    const struct ct_influx_scope y = {.frame = calling->frame, .row = b->row, .is_condition = true};
    for (uint32_t i = 1; i + 1 < call->argument_count; i++) {
        const struct ct_influx_value left = ct_influx_variable_value(&x, call->arguments[i]->slot);
        const struct ct_influx_value right = ct_influx_variable_value(&y, call->arguments[i]->slot);
        if (left.type != right.type || ct_influx_value_compare(&left, &right) != 0)
            return false;
    }
    return true;
}

/* The first `limit` of the points as they are sorted, one of each group of the tags that the call
 * names. */
static ct_status rank(const struct ct_influx_calling *calling, const struct ct_influx_expr *call,
                      struct ct_influx_point *points, size_t count, struct ct_influx_points *out,
                      struct ct_error *err)
{
    const size_t first = out->count;
    const bool is_top = ct_influx_function_of(call->text) == CT_CALL_TOP;
    const uint64_t limit = (uint64_t)call->arguments[call->argument_count - 1]->integer;
    qsort(points, count, sizeof *points, is_top ? by_falling_value : by_value);
    for (size_t i = 0; i < count && out->count - first < limit; i++) {
        bool is_new = true;
        for (size_t k = first; call->argument_count > 2 && is_new && k < out->count; k++)
            is_new = !are_of_one_group(calling, call, &out->items[k], &points[i]);
        if (is_new)
            CT_TRY(ct_influx_points_add(out, points[i], err));
    }
    qsort(out->items + first, out->count - first, sizeof *out->items,
          is_top ? by_time_falling_value : by_time_and_value);
    return CT_OK;
}

ct_status ct_influx_reduce(const struct ct_influx_calling *calling,
                           const struct ct_influx_expr *call, struct ct_influx_point *points,
                           size_t count, struct ct_influx_points *out, struct ct_error *err)
{
    struct ct_influx_point one = {.time_ns = points[0].time_ns, .row = CT_INFLUX_NO_ROW};
    const enum ct_influx_function function = ct_influx_function_of(call->text);
    switch ((unsigned)function) {
    case CT_CALL_COUNT:
        one.value = ct_influx_integer((int64_t)count);
        break;
    case CT_CALL_SUM:
        CT_TRY(sum(points, count, &one.value, err));
        break;
    case CT_CALL_MEAN:
        CT_TRY(mean(points, count, &one.value, err));
        break;
    case CT_CALL_MEDIAN:
        CT_TRY(median(points, count, &one.value, err));
        break;
    case CT_CALL_MODE:
        one.value = points[0].value.type == CT_RESULT_BOOL ? mode_of_booleans(points, count)
                                                           : mode(points, count);
        break;
    case CT_CALL_STDDEV:
        one.value = stddev(points, count);
        break;
    case CT_CALL_SPREAD:
        CT_TRY(spread(points, count, &one.value, err));
        break;
    case CT_CALL_PERCENTILE:
        return percentile(call, points, count, out, err);
    case CT_CALL_DISTINCT:
        return distinct(points, count, out, err);
    case CT_CALL_TOP:
    case CT_CALL_BOTTOM:
        return rank(calling, call, points, count, out, err);
    default:
        one = *select_one(function, points, count);
        break;
    }
    return ct_influx_points_add(out, one, err);
}
