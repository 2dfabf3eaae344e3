/* A SELECT from end to end: frames, groups, calls, rows of the answer. */
#include "influx_select.h"

#include <stdlib.h>

struct selecting {
    const struct ct_influx_plan *plan;
    const struct ct_influx_frame *frame;
    const struct ct_influx_group *group;
    struct ct_influxql_series *series; /* being made */
    uint64_t skipped;                  /* rows, for OFFSET */
    uint64_t rows_max;
    struct ct_error *err;
};

/* -- Series of the answer --------------------------------------------------------------------- */

static ct_status name_series(struct selecting *s)
{
    const struct ct_influx_plan *plan = s->plan;
    struct ct_influxql_tag *tags;
    CT_TRY(ct_influx_run_alloc(plan->run, plan->dimension_count, sizeof *tags, &tags, s->err));
    for (uint32_t i = 0; i < plan->dimension_count; i++) {
        tags[i].key = plan->dimensions[i];
        tags[i].value = ct_arena_copy(plan->run->arena, s->group->tags[i]);
        if (s->group->tags[i].len && !tags[i].value.bytes)
            return ct_fail(s->err, CT_NO_MEMORY, "out of memory for the tags of a series");
    }
    s->series->name = s->frame->name;
    s->series->tags = tags;
    s->series->tag_count = plan->dimension_count;
    return CT_OK;
}

static ct_status name_column(struct ct_result *rows, uint32_t column, struct ct_text name,
                             enum ct_result_type type, struct ct_error *err)
{
    rows->columns[column].type = type == CT_INFLUX_NULL ? CT_RESULT_FLOAT64 : type;
    return ct_result_copy_text(rows, name, &rows->columns[column].name, err);
}

/* Columns: time, then the plan's fields. */
static ct_status make_series(struct selecting *s)
{
    const struct ct_influx_plan *plan = s->plan;
    CT_TRY(name_series(s));
    struct ct_result *rows = ct_result_create(plan->run->allocator, 0);
    s->series->rows = rows;
    if (!rows)
        return ct_fail(s->err, CT_NO_MEMORY, "out of memory for a series");
    CT_TRY(ct_result_set_columns(rows, 1 + plan->field_count, s->err));
    CT_TRY(name_column(rows, 0, plan->time_name, CT_RESULT_TIME, s->err));
    for (uint32_t i = 0; i < plan->field_count; i++)
        CT_TRY(name_column(rows, 1 + i, plan->fields[i].alias,
                           ct_influx_expr_type(plan, s->frame, plan->fields[i].expr), s->err));
    return CT_OK;
}

/* Room for one more row in the series, which is made with its first. */
static ct_status reserve_row(struct selecting *s)
{
    if (!s->series->rows)
        CT_TRY(make_series(s));
    struct ct_result *rows = s->series->rows;
    if (rows->row_count >= s->rows_max)
        return ct_fail(s->err, CT_LIMIT, "more than %llu rows", (unsigned long long)s->rows_max);
    if (rows->row_count < rows->row_cap)
        return CT_OK;
    return ct_result_reserve(rows, rows->row_cap ? 2 * rows->row_cap : 16, s->err);
}

static ct_status put_row(struct selecting *s, int64_t time_ns, const struct ct_influx_scope *scope)
{
    const struct ct_influx_plan *plan = s->plan;
    CT_TRY(reserve_row(s));
    struct ct_result *rows = s->series->rows;
    const uint64_t row = rows->row_count;
    rows->columns[0].is_null[row] = 0;
    rows->columns[0].int64[row] = time_ns;
    for (uint32_t i = 0; i < plan->field_count; i++) {
        struct ct_influx_value value;
        CT_TRY(ct_influx_eval(scope, plan->fields[i].expr, &value, s->err));
        value = ct_influx_value_convert(&value, rows->columns[1 + i].type);
        CT_TRY(ct_influx_value_put(rows, 1 + i, row, &value, s->err));
    }
    rows->row_count++;
    return CT_OK;
}

/* -- Rows as they are ------------------------------------------------------------------------- */

/* A row is there because of a field: tags alone do not show. */
static bool has_field(const struct selecting *s, const struct ct_influx_scope *scope)
{
    for (uint32_t i = 0; i < s->plan->variable_count; i++)
        if (s->plan->variables[i].is_driving && !s->frame->are_tags[i] &&
            s->frame->columns[i] >= 0 &&
            !s->frame->rows->columns[s->frame->columns[i]].is_null[scope->row])
            return true;
    return false;
}

static ct_status select_rows(struct selecting *s)
{
    const struct ct_influx_limits *limits = &s->plan->select->limits;
    struct ct_influx_scope scope = {.frame = s->frame};
    for (uint32_t i = 0; i < s->group->count; i++) {
        const uint32_t at = s->plan->is_descending ? s->group->count - 1 - i : i;
        scope.row = s->frame->order[s->group->first + at];
        if (!has_field(s, &scope))
            continue;
        if (s->skipped < limits->offset) {
            s->skipped++;
            continue;
        }
        CT_TRY(put_row(s, s->frame->times_ns[scope.row], &scope));
        if (limits->limit && s->series->rows->row_count == limits->limit)
            return CT_OK;
    }
    return CT_OK;
}

/* -- Calls ------------------------------------------------------------------------------------ */

/* LIMIT and OFFSET count the points of each call. */
static void limit_points(const struct ct_influx_limits *limits, struct ct_influx_points *points)
{
    const size_t skipped = limits->offset < points->count ? (size_t)limits->offset : points->count;
    points->count -= skipped;
    if (skipped)
        memmove(points->items, points->items + skipped, points->count * sizeof *points->items);
    if (limits->limit && points->count > limits->limit)
        points->count = (size_t)limits->limit;
}

/* What a call without a point at a row's time shows there. */
static struct ct_influx_value absent_value(const struct selecting *s, uint32_t call)
{
    if (s->plan->fill != CT_INFLUX_FILL_NUMBER)
        return ct_influx_null();
    const struct ct_influx_value number = ct_influx_value_of_literal(s->plan->select->fill_value);
    return ct_influx_value_convert(&number,
                                   ct_influx_expr_type(s->plan, s->frame, s->plan->calls[call]));
}

/* The time of the next row; false where no call has a point left. */
static bool next_time(const struct selecting *s, const struct ct_influx_points *points,
                      const size_t *at, int64_t *out)
{
    bool found = false;
    for (uint32_t i = 0; i < s->plan->call_count; i++) {
        if (at[i] == points[i].count)
            continue;
        const int64_t time_ns = points[i].items[at[i]].time_ns;
        if (!found || (s->plan->is_descending ? time_ns > *out : time_ns < *out))
            *out = time_ns;
        found = true;
    }
    return found;
}

/* Rows of the calls' points side by side, those of one time together. */
static ct_status join_points(struct selecting *s, const struct ct_influx_points *points, size_t *at,
                             struct ct_influx_value *values)
{
    int64_t time_ns;
    while (next_time(s, points, at, &time_ns)) {
        struct ct_influx_scope scope = {
            .frame = s->frame, .row = CT_INFLUX_NO_ROW, .calls = values};
        for (uint32_t i = 0; i < s->plan->call_count; i++) {
            if (at[i] == points[i].count || points[i].items[at[i]].time_ns != time_ns) {
                values[i] = absent_value(s, i);
                continue;
            }
            const struct ct_influx_point *point = &points[i].items[at[i]];
            values[i] = point->value;
            scope.row = point->row;
            at[i]++;
        }
        CT_TRY(put_row(s, time_ns, &scope));
    }
    return CT_OK;
}

static ct_status select_calls(struct selecting *s)
{
    const struct ct_influx_plan *plan = s->plan;
    const struct ct_influx_calling calling = {s->frame, s->group};
    struct ct_influx_points *points;
    struct ct_influx_value *values;
    size_t *at;
    CT_TRY(ct_influx_run_alloc(plan->run, plan->call_count, sizeof *points, &points, s->err));
    CT_TRY(ct_influx_run_alloc(plan->run, plan->call_count, sizeof *values, &values, s->err));
    CT_TRY(ct_influx_run_alloc(plan->run, plan->call_count, sizeof *at, &at, s->err));
    ct_status status = CT_OK;
    for (uint32_t i = 0; i < plan->call_count; i++)
        points[i].allocator = plan->run->allocator;
    for (uint32_t i = 0; status == CT_OK && i < plan->call_count; i++) {
        status = ct_influx_call_run(&calling, plan->calls[i], plan->range, &points[i], s->err);
        limit_points(&plan->select->limits, &points[i]);
    }
    if (status == CT_OK)
        status = join_points(s, points, at, values);
    for (uint32_t i = 0; i < plan->call_count; i++)
        ct_influx_points_release(&points[i]);
    return status;
}

/* -- Groups ----------------------------------------------------------------------------------- */

/* SLIMIT and SOFFSET count the groups of a measurement. */
static bool is_shown(const struct ct_influx_limits *limits, uint32_t group)
{
    return group >= limits->series_offset &&
           (limits->series_limit == 0 || group - limits->series_offset < limits->series_limit);
}

static ct_status select_frame(const struct ct_influx_plan *plan,
                              const struct ct_influx_frame *frame, struct ct_influxql_series **out,
                              uint32_t *count, struct ct_error *err)
{
    for (uint32_t i = 0; frame->rows && i < plan->call_count; i++)
        CT_TRY(ct_influx_call_check_type(frame, plan->calls[i], err));
    for (uint32_t i = 0; i < frame->group_count; i++) {
        const uint32_t at = plan->is_descending ? frame->group_count - 1 - i : i;
        if (!is_shown(&plan->select->limits, at))
            continue;
        CT_TRY(ct_influx_run_check(plan->run, err));
        CT_TRY(ct_influx_run_extend(plan->run, out, *count, sizeof **out, err));
        struct selecting s = {.plan = plan,
                              .frame = frame,
                              .group = &frame->groups[at],
                              .series = &(*out)[*count],
                              .rows_max = plan->run->options->rows_max
                                              ? plan->run->options->rows_max
                                              : CT_INFLUXQL_ROWS_MAX,
                              .err = err};
        *s.series = (struct ct_influxql_series){.rows = NULL};
        (*count)++;
        CT_TRY(plan->call_count ? select_calls(&s) : select_rows(&s));
        if (!s.series->rows)
            (*count)--;
    }
    return CT_OK;
}

ct_status ct_influx_select_run(const struct ct_influx_plan *plan, struct ct_influxql_series **out,
                               uint32_t *count, struct ct_error *err)
{
    struct ct_influx_frame *frames;
    uint32_t frame_count;
    *out = NULL;
    *count = 0;
    ct_status status = ct_influx_frames_read(plan, &frames, &frame_count, err);
    for (uint32_t i = 0; status == CT_OK && i < frame_count; i++) {
        const uint32_t at = plan->is_descending ? frame_count - 1 - i : i;
        status = select_frame(plan, &frames[at], out, count, err);
    }
    ct_influx_frames_release(plan, frames, frame_count);
    return status;
}

void ct_influx_series_release(struct ct_influxql_series *series, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        ct_result_destroy(series[i].rows);
}
