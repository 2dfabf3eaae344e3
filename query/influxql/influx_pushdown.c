/* Aggregates that the logical query works out itself, from rollups and stored sums where there are
 * some: no row is looked at here. The rest of the way, from windows to answers, is the same. */
#include "influx_frame.h"

static bool find_function(enum ct_influx_function function, enum ct_function *out)
{
    static const struct {
        enum ct_influx_function influx;
        enum ct_function query;
    } rows[] = {
        {CT_CALL_COUNT, CT_COUNT}, {CT_CALL_SUM, CT_SUM}, {CT_CALL_MEAN, CT_MEAN},
        {CT_CALL_MIN, CT_MIN},     {CT_CALL_MAX, CT_MAX}, {CT_CALL_FIRST, CT_FIRST},
        {CT_CALL_LAST, CT_LAST},
    };
    for (size_t i = 0; i < CT_COUNT_OF(rows); i++)
        if (rows[i].influx == function) {
            *out = rows[i].query;
            return true;
        }
    return false;
}

/* A call of a field whose values the logical query takes, as its aggregate. */
static bool translate(const struct ct_influx_frame *frame, const struct ct_influx_expr *call,
                      struct ct_aggregate *out)
{
    enum ct_function function;
    const struct ct_influx_expr *argument = call->arguments[0];
    if (!find_function(ct_influx_function_of(call->text), &function) ||
        argument->kind != CT_EXPR_VARIABLE || argument->cast > CT_CAST_TAG)
        return false;
    const enum ct_result_type type = frame->types[argument->slot];
    if (frame->columns[argument->slot] < 0 || frame->are_tags[argument->slot] ||
        (function != CT_COUNT && (!ct_influx_type_is_number(type) || type == CT_RESULT_UINT64)))
        return false;
    if (function == CT_MEAN && type == CT_RESULT_INT64)
        return false; /* rounded there, a float here */
    *out = (struct ct_aggregate){.function = function, .field = argument->text};
    return true;
}

/* A selection alone shows the time and the tags of the row that it found: that is not known here;
 * nor are windows of a zone, nor what lies before the range. */
static bool is_plain(const struct ct_influx_plan *plan)
{
    for (uint32_t i = 0; i < plan->variable_count; i++)
        if (plan->variables[i].is_selected)
            return false;
    return plan->call_count && !plan->interval.zone && plan->reach_ns == 0 &&
           (!plan->is_selector || plan->interval.every_ns);
}

/* Columns: time where there are windows, tags, calls. */
static ct_status run_query(struct ct_influx_frame *frame, const struct ct_influx_input *input,
                           const struct ct_filter *filter, const struct ct_aggregate *aggregates,
                           struct ct_error *err)
{
    const struct ct_influx_plan *plan = frame->plan;
    struct ct_influx_run *run = plan->run;
    const struct ct_influx_range *range = &plan->range;
    struct ct_text tags[CT_INFLUX_DIMENSIONS_MAX];
    const bool has_windows = plan->interval.every_ns != 0;
    struct ct_query query = {
        .database = ct_catalog_database_name(run->catalog,
                                             ct_catalog_table_database(run->catalog, input->table)),
        .table = input->name,
        .aggregates = aggregates,
        .aggregate_count = plan->call_count,
        .tags = tags,
        .filter = filter,
        .start_ns = range->first_ns,
        .end_ns = range->last_ns == INT64_MAX ? INT64_MAX : range->last_ns + 1,
        .bucket_ns = plan->interval.every_ns,
        .origin_ns = plan->interval.offset_ns,
        .skips_empty = true,
    };
    for (uint32_t i = 0; i < plan->dimension_count; i++)
        if (frame->dimension_columns[i] >= 0) {
            frame->dimension_columns[i] = (int32_t)(query.tag_count + has_windows);
            tags[query.tag_count++] = plan->dimensions[i];
        }
    frame->call_column = query.tag_count + has_windows;
    const struct ct_query_options options = {
        .threads = run->options->threads,
        .rows_max = run->options->rows_max ? run->options->rows_max : CT_INFLUXQL_ROWS_MAX,
        .is_cancelled = run->options->is_cancelled,
    };
    return ct_query_run(run->snapshot, run->catalog, run->allocator, &query, &options, &frame->rows,
                        err);
}

/* Without windows every row is of the range's start. */
static ct_status make_times(struct ct_influx_frame *frame, struct ct_error *err)
{
    const struct ct_influx_plan *plan = frame->plan;
    const int64_t time_ns = plan->range.has_first ? plan->range.first_ns : 0;
    int64_t *times_ns;
    if (plan->interval.every_ns)
        return CT_OK;
    CT_TRY(
        ct_influx_run_alloc(plan->run, frame->rows->row_count, sizeof *times_ns, &times_ns, err));
    for (uint64_t i = 0; i < frame->rows->row_count; i++)
        times_ns[i] = time_ns;
    frame->times_ns = times_ns;
    return CT_OK;
}

ct_status ct_influx_pushdown(struct ct_influx_frame *frame, const struct ct_influx_input *input,
                             const struct ct_filter *filter, bool *is_done, struct ct_error *err)
{
    const struct ct_influx_plan *plan = frame->plan;
    struct ct_aggregate *aggregates;
    if (!is_plain(plan))
        return CT_OK;
    CT_TRY(ct_influx_run_alloc(plan->run, plan->call_count, sizeof *aggregates, &aggregates, err));
    for (uint32_t i = 0; i < plan->call_count; i++)
        if (!translate(frame, plan->calls[i], &aggregates[i]))
            return CT_OK;
    *is_done = true;
    frame->is_aggregated = true;
    frame->series_column_count = 0;
    frame->currency_column = 0; /* the query looks after that */
    CT_TRY(run_query(frame, input, filter, aggregates, err));
    return make_times(frame, err);
}
