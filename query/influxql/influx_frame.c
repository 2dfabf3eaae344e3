/* Reading rows: from measurements through the logical query, from subqueries by running them. */
#include "influx_frame.h"

#include <stdlib.h>

#include "influx_select.h"

static ct_status alloc_frame(const struct ct_influx_plan *plan, struct ct_influx_frame *frame,
                             struct ct_text name, struct ct_error *err)
{
    *frame = (struct ct_influx_frame){.plan = plan, .name = name};
    CT_TRY(ct_influx_run_alloc(plan->run, plan->variable_count, sizeof *frame->columns,
                               &frame->columns, err));
    CT_TRY(ct_influx_run_alloc(plan->run, plan->variable_count, sizeof *frame->are_tags,
                               &frame->are_tags, err));
    CT_TRY(ct_influx_run_alloc(plan->run, plan->variable_count, sizeof *frame->types, &frame->types,
                               err));
    return ct_influx_run_alloc(plan->run, plan->dimension_count, sizeof *frame->dimension_columns,
                               &frame->dimension_columns, err);
}

static int64_t clamp_sum(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return a < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

/* The plan's range, with what transformations read before it. */
static struct ct_influx_range reading_range(const struct ct_influx_plan *plan)
{
    struct ct_influx_range range = plan->range;
    if (!plan->is_descending && range.has_first)
        range.first_ns = clamp_sum(range.first_ns, -plan->reach_ns);
    if (plan->is_descending && range.has_last)
        range.last_ns = clamp_sum(range.last_ns, plan->reach_ns);
    return range;
}

/* -- From a measurement ----------------------------------------------------------------------- */

static uint32_t add_name(struct ct_text *names, uint32_t *count, struct ct_text name)
{
    for (uint32_t i = 0; i < *count; i++)
        if (ct_text_equal(names[i], name))
            return i;
    names[*count] = name;
    return (*count)++;
}

/* Whether it can be seen in which order rows of one time come. */
static bool shows_order(const struct ct_influx_plan *plan)
{
    for (uint32_t i = 0; i < plan->call_count; i++) {
        const enum ct_influx_function function = ct_influx_function_of(plan->calls[i]->text);
        if (ct_influx_function_is_transform(function) || function == CT_CALL_INTEGRAL)
            return true;
    }
    return plan->call_count == 0;
}

struct named_column {
    struct ct_text name;
    uint32_t column;
};

static int compare_columns(const void *a, const void *b)
{
    const struct named_column *x = a;
    const struct named_column *y = b;
    return ct_text_compare(x->name, y->name);
}

/* All tags of the table, too, so that series can be put in order; unless they are too many. */
static ct_status add_series_columns(struct ct_influx_frame *frame,
                                    const struct ct_influx_input *input, struct ct_text *tags,
                                    struct ct_query *query, struct ct_error *err)
{
    struct ct_influx_run *run = frame->plan->run;
    const uint32_t count = ct_catalog_tag_count(run->catalog, input->table);
    struct named_column *columns;
    if (!shows_order(frame->plan) || count + query->tag_count > CT_QUERY_TAGS_MAX)
        return CT_OK;
    CT_TRY(ct_influx_run_alloc(run, count, sizeof *columns, &columns, err));
    CT_TRY(ct_influx_run_alloc(run, count, sizeof *frame->series_columns, &frame->series_columns,
                               err));
    for (uint32_t i = 0; i < count; i++) {
        columns[i].name = ct_catalog_tag_key(run->catalog, input->table, i);
        columns[i].column = 1 + add_name(tags, &query->tag_count, columns[i].name);
    }
    qsort(columns, count, sizeof *columns, compare_columns);
    for (uint32_t i = 0; i < count; i++)
        frame->series_columns[i] = columns[i].column;
    frame->series_column_count = count;
    return CT_OK;
}

/* Whether amounts of money that may be in several currencies go into a function. */
static bool puts_money_together(const struct ct_influx_frame *frame,
                                const struct ct_influx_input *input)
{
    const struct ct_influx_plan *plan = frame->plan;
    struct ct_catalog *catalog = plan->run->catalog;
    if (plan->call_count == 0 ||
        ct_catalog_find_tag(catalog, input->table, ct_text_of("currency")) == CT_NONE)
        return false;
    for (uint32_t i = 0; i < plan->dimension_count; i++)
        if (ct_text_equal(plan->dimensions[i], ct_text_of("currency")))
            return false;
    for (uint32_t i = 0; i < plan->variable_count; i++) {
        const uint32_t field =
            ct_catalog_find_field(catalog, input->table, plan->variables[i].name);
        if (plan->variables[i].is_driving && field != CT_NONE &&
            ct_catalog_field(catalog, input->table, field).is_money)
            return true;
    }
    return false;
}

/* Fields and tags that the table has of those that the plan wants; columns are counted from the
 * first tag or field on. *is_driven: one of the fields is a reason for rows. */
static ct_status choose_columns(struct ct_influx_frame *frame, const struct ct_influx_input *input,
                                struct ct_text *fields, struct ct_text *tags,
                                struct ct_query *query, bool *is_driven, struct ct_error *err)
{
    const struct ct_influx_plan *plan = frame->plan;
    *is_driven = false;
    for (uint32_t i = 0; i < plan->dimension_count; i++) {
        const struct ct_influx_name name =
            ct_influx_input_find(plan, input, plan->dimensions[i], CT_CAST_TAG);
        frame->dimension_columns[i] =
            name.role == CT_ROLE_TAG ? (int32_t)add_name(tags, &query->tag_count, name.name) : -1;
    }
    for (uint32_t i = 0; i < plan->variable_count; i++) {
        const struct ct_influx_variable *variable = &plan->variables[i];
        const struct ct_influx_name name =
            ct_influx_input_find(plan, input, variable->name, variable->cast);
        frame->columns[i] = -1;
        frame->are_tags[i] = name.role == CT_ROLE_TAG;
        frame->types[i] = name.type;
        if (name.role == CT_ROLE_TAG)
            frame->columns[i] = (int32_t)add_name(tags, &query->tag_count, name.name);
        if (name.role == CT_ROLE_FIELD)
            frame->columns[i] = (int32_t)add_name(fields, &query->field_count, name.name);
        *is_driven |= name.role == CT_ROLE_FIELD && variable->is_driving;
        if (query->tag_count > CT_QUERY_TAGS_MAX)
            return ct_fail(err, CT_LIMIT, "more than %d tags", CT_QUERY_TAGS_MAX);
    }
    CT_TRY(add_series_columns(frame, input, tags, query, err));
    if (puts_money_together(frame, input))
        frame->currency_column =
            1 + (int32_t)add_name(tags, &query->tag_count, ct_text_of("currency"));
    /* in the result: time, tags, fields */
    for (uint32_t i = 0; i < plan->dimension_count; i++)
        frame->dimension_columns[i] += frame->dimension_columns[i] >= 0;
    for (uint32_t i = 0; i < plan->variable_count; i++)
        if (frame->columns[i] >= 0)
            frame->columns[i] += frame->are_tags[i] ? 1 : 1 + (int32_t)query->tag_count;
    return CT_OK;
}

/* A raw selection without conditions on fields needs no more rows than it shows. */
static void push_limit(const struct ct_influx_plan *plan, bool filter_is_whole,
                       struct ct_query *query)
{
    const struct ct_influx_limits *limits = &plan->select->limits;
    if (!filter_is_whole || plan->call_count || plan->dimension_count || limits->limit == 0)
        return;
    query->limit = limits->limit + limits->offset;
    query->order = (struct ct_order){ct_text_of("time"), plan->is_descending};
}

/* Rows of one time are shown in an order that the limit did not know: all of the last row's time
 * are read. */
static ct_status read_to_boundary(struct ct_influx_frame *frame, struct ct_query *query,
                                  const struct ct_query_options *options, struct ct_error *err)
{
    const struct ct_influx_run *run = frame->plan->run;
    const int64_t last_ns = frame->rows->columns[0].int64[frame->rows->row_count - 1];
    if (frame->plan->is_descending)
        query->start_ns = last_ns;
    else
        query->end_ns = clamp_sum(last_ns, 1);
    query->limit = 0;
    ct_result_destroy(frame->rows);
    frame->rows = NULL;
    return ct_query_run(run->snapshot, run->catalog, run->allocator, query, options, &frame->rows,
                        err);
}

/* Drops the rows that do not fulfil the condition. */
static ct_status apply_condition(struct ct_influx_frame *frame, struct ct_error *err)
{
    struct ct_influx_scope scope = {.frame = frame, .is_condition = true};
    uint32_t kept = 0;
    for (uint32_t i = 0; i < frame->row_count; i++) {
        struct ct_influx_value value;
        scope.row = frame->order[i];
        CT_TRY(ct_influx_eval(&scope, frame->plan->condition, &value, err));
        if (value.type == CT_RESULT_BOOL && value.boolean)
            frame->order[kept++] = frame->order[i];
    }
    frame->row_count = kept;
    return CT_OK;
}

static ct_status read_table(struct ct_influx_frame *frame, const struct ct_influx_input *input,
                            bool *filter_is_whole, struct ct_error *err)
{
    const struct ct_influx_plan *plan = frame->plan;
    struct ct_influx_run *run = plan->run;
    struct ct_text *fields;
    struct ct_text *tags;
    struct ct_filter *filter;
    bool is_driven;
    CT_TRY(ct_influx_run_alloc(run, plan->variable_count, sizeof *fields, &fields, err));
    CT_TRY(ct_influx_run_alloc(
        run, (size_t)plan->variable_count + plan->dimension_count + CT_QUERY_TAGS_MAX, sizeof *tags,
        &tags, err));
    struct ct_query query = {
        .database = ct_catalog_database_name(run->catalog,
                                             ct_catalog_table_database(run->catalog, input->table)),
        .table = input->name,
        .mode = CT_QUERY_ROWS,
        .fields = fields,
        .tags = tags,
        .skips_empty = true,
    };
    CT_TRY(choose_columns(frame, input, fields, tags, &query, &is_driven, err));
    CT_TRY(ct_influx_filter_make(plan, input, &filter, filter_is_whole, err));
    const struct ct_influx_range range = reading_range(plan);
    bool is_done = false;
    if (!is_driven || range.first_ns > range.last_ns)
        return CT_OK;
    if (*filter_is_whole)
        CT_TRY(ct_influx_pushdown(frame, input, filter, &is_done, err));
    if (is_done)
        return CT_OK;
    query.filter = filter;
    query.start_ns = range.first_ns;
    query.end_ns = clamp_sum(range.last_ns, 1);
    push_limit(plan, *filter_is_whole, &query);
    const struct ct_query_options options = {
        .threads = run->options->threads,
        .rows_max = run->options->rows_max ? run->options->rows_max : CT_INFLUXQL_ROWS_MAX,
        .is_cancelled = run->options->is_cancelled,
    };
    CT_TRY(ct_query_run(run->snapshot, run->catalog, run->allocator, &query, &options, &frame->rows,
                        err));
    if (query.limit == 0 || frame->rows->row_count < query.limit)
        return CT_OK;
    return read_to_boundary(frame, &query, &options, err);
}

/* -- From a subquery -------------------------------------------------------------------------- */

/* Columns: time, the fields of the subquery, its dimensions. */
static ct_status make_rows(struct ct_influx_frame *frame, const struct ct_influx_plan *subquery,
                           const struct ct_influxql_series *series, uint32_t count,
                           struct ct_error *err)
{
    const uint32_t tag_at = 1 + subquery->field_count;
    uint64_t row_count = 0;
    frame->rows = ct_result_create(frame->plan->run->allocator, 0);
    if (!frame->rows)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a subquery");
    CT_TRY(ct_result_set_columns(frame->rows, tag_at + subquery->dimension_count, err));
    for (uint32_t column = 0; column < frame->rows->column_count; column++) {
        enum ct_result_type type = column == 0 ? CT_RESULT_TIME : CT_RESULT_TEXT;
        for (uint32_t i = 0; column > 0 && column < tag_at && i < count; i++) {
            const enum ct_result_type next = series[i].rows->columns[column].type;
            type = i ? ct_influx_wider_type(type, next) : next;
        }
        frame->rows->columns[column].type = type;
    }
    for (uint32_t i = 0; i < count; i++)
        row_count += series[i].rows->row_count;
    CT_TRY(ct_result_reserve(frame->rows, row_count, err));
    return CT_OK;
}

static ct_status append_series(struct ct_influx_frame *frame, const struct ct_influx_plan *subquery,
                               const struct ct_influxql_series *series, struct ct_error *err)
{
    const uint32_t tag_at = 1 + subquery->field_count;
    for (uint64_t row = 0; row < series->rows->row_count; row++) {
        const uint64_t to = frame->rows->row_count++;
        for (uint32_t column = 0; column < tag_at; column++) {
            struct ct_influx_value value = ct_influx_value_of(&series->rows->columns[column], row);
            value = ct_influx_value_convert(&value, frame->rows->columns[column].type);
            CT_TRY(ct_influx_value_put(frame->rows, column, to, &value, err));
        }
        for (uint32_t i = 0; i < subquery->dimension_count; i++) {
            const struct ct_influx_value tag = ct_influx_text(series->tags[i].value);
            CT_TRY(ct_influx_value_put(frame->rows, tag_at + i, to, &tag, err));
        }
    }
    return CT_OK;
}

static int32_t find_field(const struct ct_influx_plan *subquery, struct ct_text name)
{
    for (uint32_t i = 0; i < subquery->field_count; i++)
        if (ct_text_equal(subquery->fields[i].alias, name))
            return (int32_t)i;
    return -1;
}

static int32_t find_dimension(const struct ct_influx_plan *subquery, struct ct_text name)
{
    for (uint32_t i = 0; i < subquery->dimension_count; i++)
        if (ct_text_equal(subquery->dimensions[i], name))
            return (int32_t)i;
    return -1;
}

static void map_subquery(struct ct_influx_frame *frame, const struct ct_influx_plan *subquery)
{
    const struct ct_influx_plan *plan = frame->plan;
    const int32_t tag_at = 1 + (int32_t)subquery->field_count;
    const struct ct_influx_input input = {.table = CT_NONE, .subquery = subquery};
    for (uint32_t i = 0; i < plan->variable_count; i++) {
        const struct ct_influx_variable *variable = &plan->variables[i];
        const enum ct_influx_role role =
            ct_influx_input_find(plan, &input, variable->name, variable->cast).role;
        frame->columns[i] = -1;
        frame->are_tags[i] = role == CT_ROLE_TAG;
        if (role == CT_ROLE_FIELD)
            frame->columns[i] = 1 + find_field(subquery, variable->name);
        if (role == CT_ROLE_TAG)
            frame->columns[i] = tag_at + find_dimension(subquery, variable->name);
    }
    for (uint32_t i = 0; i < plan->dimension_count; i++) {
        const int32_t at = find_dimension(subquery, plan->dimensions[i]);
        frame->dimension_columns[i] = at < 0 ? -1 : tag_at + at;
    }
}

static ct_status frame_of_series(struct ct_influx_frame *frame,
                                 const struct ct_influx_plan *subquery,
                                 const struct ct_influxql_series *series, uint32_t count,
                                 struct ct_error *err)
{
    map_subquery(frame, subquery);
    CT_TRY(make_rows(frame, subquery, series, count, err));
    for (uint32_t i = 0; i < frame->plan->variable_count; i++)
        if (frame->columns[i] >= 0)
            frame->types[i] = frame->rows->columns[frame->columns[i]].type;
    for (uint32_t i = 0; i < count; i++)
        CT_TRY(append_series(frame, subquery, &series[i], err));
    return CT_OK;
}

/* -- Frames ----------------------------------------------------------------------------------- */

static ct_status add_frame(const struct ct_influx_plan *plan, struct ct_text name,
                           struct ct_influx_frame **frames, uint32_t *count, struct ct_error *err)
{
    CT_TRY(ct_influx_run_extend(plan->run, frames, *count, sizeof **frames, err));
    CT_TRY(alloc_frame(plan, &(*frames)[*count], name, err));
    (*count)++;
    return CT_OK;
}

/* Amounts of a group are all in one currency. */
static ct_status check_currencies(const struct ct_influx_frame *frame, struct ct_error *err)
{
    const struct ct_text *currencies = frame->rows->columns[frame->currency_column].text;
    for (uint32_t i = 0; i < frame->group_count; i++) {
        const uint32_t *rows = frame->order + frame->groups[i].first;
        for (uint32_t k = 1; k < frame->groups[i].count; k++)
            if (!ct_text_equal(currencies[rows[0]], currencies[rows[k]]))
                return ct_fail(err, CT_CURRENCY,
                               "amounts in several currencies: group by currency or filter to one");
    }
    return CT_OK;
}

/* All rows, those that fulfil the condition; then groups. */
static ct_status finish_frame(struct ct_influx_frame *frame, bool needs_condition,
                              struct ct_error *err)
{
    if (!frame->rows)
        return CT_OK;
    if (frame->rows->row_count >= CT_INFLUX_NO_ROW)
        return ct_fail(err, CT_LIMIT, "a selection of %llu rows",
                       (unsigned long long)frame->rows->row_count);
    frame->row_count = (uint32_t)frame->rows->row_count;
    if (!frame->times_ns)
        frame->times_ns = frame->rows->columns[0].int64;
    CT_TRY(ct_influx_run_alloc(frame->plan->run, frame->row_count, sizeof *frame->order,
                               &frame->order, err));
    for (uint32_t i = 0; i < frame->row_count; i++)
        frame->order[i] = i;
    if (needs_condition)
        CT_TRY(apply_condition(frame, err));
    CT_TRY(ct_influx_frame_group(frame, err));
    return frame->currency_column ? check_currencies(frame, err) : CT_OK;
}

static ct_status read_subquery(const struct ct_influx_plan *plan,
                               const struct ct_influx_plan *subquery,
                               struct ct_influx_frame **frames, uint32_t *count,
                               struct ct_error *err)
{
    struct ct_influxql_series *series = NULL;
    uint32_t series_count = 0;
    ct_status status = ct_influx_select_run(subquery, &series, &series_count, err);
    for (uint32_t first = 0, next = 0; status == CT_OK && first < series_count; first = next) {
        while (next < series_count && ct_text_equal(series[next].name, series[first].name))
            next++;
        status = add_frame(plan, series[first].name, frames, count, err);
        if (status == CT_OK)
            status = frame_of_series(&(*frames)[*count - 1], subquery, &series[first], next - first,
                                     err);
        if (status == CT_OK)
            status = finish_frame(&(*frames)[*count - 1], plan->condition != NULL, err);
    }
    ct_influx_series_release(series, series_count);
    return status;
}

ct_status ct_influx_frames_read(const struct ct_influx_plan *plan, struct ct_influx_frame **out,
                                uint32_t *count, struct ct_error *err)
{
    *out = NULL;
    *count = 0;
    for (uint32_t i = 0; i < plan->input_count; i++) {
        const struct ct_influx_input *input = &plan->inputs[i];
        bool filter_is_whole = true;
        CT_TRY(ct_influx_run_check(plan->run, err));
        if (input->table == CT_NONE) {
            CT_TRY(read_subquery(plan, input->subquery, out, count, err));
            continue;
        }
        CT_TRY(add_frame(plan, input->name, out, count, err));
        struct ct_influx_frame *frame = &(*out)[*count - 1];
        CT_TRY(read_table(frame, input, &filter_is_whole, err));
        CT_TRY(finish_frame(frame, !filter_is_whole, err));
    }
    return CT_OK;
}

void ct_influx_frames_release(const struct ct_influx_plan *plan, struct ct_influx_frame *frames,
                              uint32_t count)
{
    (void)plan;
    for (uint32_t i = 0; i < count; i++)
        ct_result_destroy(frames[i].rows);
}
