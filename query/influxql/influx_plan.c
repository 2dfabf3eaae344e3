/* From the statement to a plan: sources, times, windows, and numbers for variables and calls. */
#include "influx_plan.h"

#include <stdlib.h>

static const struct {
    const char *name;
    enum ct_influx_function function;
} functions[] = {
    {"count", CT_CALL_COUNT},
    {"sum", CT_CALL_SUM},
    {"mean", CT_CALL_MEAN},
    {"min", CT_CALL_MIN},
    {"max", CT_CALL_MAX},
    {"first", CT_CALL_FIRST},
    {"last", CT_CALL_LAST},
    {"median", CT_CALL_MEDIAN},
    {"mode", CT_CALL_MODE},
    {"stddev", CT_CALL_STDDEV},
    {"spread", CT_CALL_SPREAD},
    {"percentile", CT_CALL_PERCENTILE},
    {"distinct", CT_CALL_DISTINCT},
    {"top", CT_CALL_TOP},
    {"bottom", CT_CALL_BOTTOM},
    {"integral", CT_CALL_INTEGRAL},
    {"derivative", CT_CALL_DERIVATIVE},
    {"non_negative_derivative", CT_CALL_NON_NEGATIVE_DERIVATIVE},
    {"difference", CT_CALL_DIFFERENCE},
    {"non_negative_difference", CT_CALL_NON_NEGATIVE_DIFFERENCE},
    {"cumulative_sum", CT_CALL_CUMULATIVE_SUM},
    {"moving_average", CT_CALL_MOVING_AVERAGE},
    {"elapsed", CT_CALL_ELAPSED},
};

enum ct_influx_function ct_influx_function_of(struct ct_text name)
{
    for (size_t i = 0; i < CT_COUNT_OF(functions); i++)
        if (ct_text_equal(name, ct_text_of(functions[i].name)))
            return functions[i].function;
    return CT_CALL_UNKNOWN;
}

/* -- Sources ---------------------------------------------------------------------------------- */

static int compare_inputs(const void *a, const void *b)
{
    const struct ct_influx_input *x = a;
    const struct ct_influx_input *y = b;
    return ct_text_compare(x->name, y->name);
}

static ct_status add_input(struct ct_influx_plan *plan, struct ct_influx_input input,
                           struct ct_error *err)
{
    for (uint32_t i = 0; input.table != CT_NONE && i < plan->input_count; i++)
        if (plan->inputs[i].table == input.table)
            return CT_OK; /* named twice */
    if (plan->input_count >= CT_INFLUX_SOURCES_MAX)
        return ct_fail(err, CT_LIMIT, "more than %d measurements", CT_INFLUX_SOURCES_MAX);
    CT_TRY(ct_influx_run_extend(plan->run, &plan->inputs, plan->input_count, sizeof *plan->inputs,
                                err));
    plan->inputs[plan->input_count++] = input;
    return CT_OK;
}

static ct_status add_matching(struct ct_influx_plan *plan, uint32_t database,
                              struct ct_influx_expr *regex, struct ct_error *err)
{
    struct ct_influx_run *run = plan->run;
    struct ct_pattern *pattern;
    CT_TRY(ct_influx_run_pattern(run, regex, &pattern, err));
    const uint32_t count = ct_catalog_table_count(run->catalog);
    for (uint32_t table = 0; table < count; table++) {
        bool matches = false;
        if (ct_catalog_table_database(run->catalog, table) != database)
            continue;
        const struct ct_text name = ct_catalog_table_name(run->catalog, table);
        CT_TRY(ct_pattern_matches(pattern, name, &matches, err));
        if (matches)
            CT_TRY(add_input(plan, (struct ct_influx_input){name, table, NULL}, err));
    }
    return CT_OK;
}

static ct_status add_source(struct ct_influx_plan *plan, const struct ct_influx_source *source,
                            struct ct_error *err)
{
    struct ct_influx_run *run = plan->run;
    struct ct_influx_input input = {.table = CT_NONE};
    if (source->subquery) {
        struct ct_influx_plan *subquery;
        CT_TRY(ct_influx_plan_make(run, source->subquery, plan, &subquery, err));
        input.subquery = subquery;
        return add_input(plan, input, err);
    }
    uint32_t database;
    CT_TRY(ct_influx_run_database(run, source->database, &database, err));
    const struct ct_text retention =
        source->retention.len ? source->retention : run->options->retention;
    if (retention.len && !ct_text_equal(retention, ct_text_of("autogen")))
        return ct_fail(err, CT_NOT_FOUND, "retention policy not found: %.*s",
                       (int)(retention.len < 100 ? retention.len : 100), retention.bytes);
    if (source->regex)
        return add_matching(plan, database, source->regex, err);
    input.table = ct_catalog_find_table(run->catalog, database, source->name);
    if (input.table == CT_NONE)
        return CT_OK;
    input.name = ct_catalog_table_name(run->catalog, input.table);
    return add_input(plan, input, err);
}

static ct_status add_sources(struct ct_influx_plan *plan, struct ct_error *err)
{
    for (uint32_t i = 0; i < plan->select->source_count; i++)
        CT_TRY(add_source(plan, &plan->select->sources[i], err));
    if (plan->input_count)
        qsort(plan->inputs, plan->input_count, sizeof *plan->inputs, compare_inputs);
    return CT_OK;
}

/* -- Times ------------------------------------------------------------------------------------ */

static ct_status read_offset(struct ct_influx_plan *plan, const struct ct_influx_expr *expr,
                             struct ct_error *err)
{
    const bool is_now = expr->kind == CT_EXPR_CALL && ct_text_equal(expr->text, ct_text_of("now"));
    if (expr->kind == CT_EXPR_CALL && !is_now)
        return ct_fail(err, CT_INVALID, "time dimension offset function must be now()");
    if (expr->kind != CT_EXPR_DURATION && expr->kind != CT_EXPR_STRING && !is_now)
        return ct_fail(err, CT_INVALID, "time dimension offset must be duration or now()");
    int64_t time_ns;
    CT_TRY(ct_influx_time_of(expr, plan->run->now_ns, plan->interval.zone, &time_ns, err));
    plan->interval.offset_ns = time_ns % plan->interval.every_ns;
    return CT_OK;
}

static ct_status read_interval(struct ct_influx_plan *plan, const struct ct_influx_expr *call,
                               struct ct_error *err)
{
    if (!ct_text_equal(call->text, ct_text_of("time")))
        return ct_fail(err, CT_INVALID, "only time() calls allowed in dimensions");
    if (call->argument_count < 1 || call->argument_count > 2)
        return ct_fail(err, CT_INVALID, "time dimension expected 1 or 2 arguments");
    const struct ct_influx_expr *every = call->arguments[0];
    if (every->kind != CT_EXPR_DURATION || every->integer <= 0)
        return ct_fail(err, CT_INVALID, "time dimension must have duration argument");
    if (plan->interval.every_ns)
        return ct_fail(err, CT_INVALID, "multiple time dimensions not allowed");
    plan->interval.every_ns = every->integer;
    return call->argument_count == 2 ? read_offset(plan, call->arguments[1], err) : CT_OK;
}

static ct_status read_dimensions(struct ct_influx_plan *plan, struct ct_error *err)
{
    for (uint32_t i = 0; i < plan->select->dimension_count; i++) {
        const struct ct_influx_expr *expr = plan->select->dimensions[i];
        if (expr->kind == CT_EXPR_CALL)
            CT_TRY(read_interval(plan, expr, err));
        else if (expr->kind == CT_EXPR_VARIABLE && ct_text_equal(expr->text, ct_text_of("time")))
            return ct_fail(err, CT_INVALID,
                           "time() is a function and expects at least one argument");
        else if (expr->kind != CT_EXPR_VARIABLE && expr->kind != CT_EXPR_WILDCARD &&
                 expr->kind != CT_EXPR_REGEX)
            return ct_fail(err, CT_INVALID, "only time and tag dimensions allowed");
    }
    return CT_OK;
}

/* What a subquery has from the query round it: range, order, and windows where it has none. */
static ct_status inherit(struct ct_influx_plan *plan, const struct ct_influx_plan *parent,
                         struct ct_error *err)
{
    const struct ct_influx_select *select = plan->select;
    if (select->is_ordered && select->is_descending != parent->is_descending)
        return ct_fail(err, CT_INVALID,
                       "subqueries must be ordered in the same direction as the query itself");
    plan->is_descending = parent->is_descending;
    plan->range = ct_influx_range_meet(plan->range, parent->range);
    if (plan->interval.every_ns && plan->fill == CT_INFLUX_FILL_NULL)
        plan->fill = CT_INFLUX_FILL_NONE;
    if (parent->interval.every_ns && !plan->interval.every_ns) {
        plan->interval = parent->interval;
        plan->has_inherited_interval = true;
        if (plan->fill == CT_INFLUX_FILL_NULL)
            plan->fill = CT_INFLUX_FILL_NONE;
    }
    return CT_OK;
}

static ct_status read_times(struct ct_influx_plan *plan, const struct ct_influx_plan *parent,
                            struct ct_error *err)
{
    const struct ct_influx_select *select = plan->select;
    struct ct_influx_run *run = plan->run;
    CT_TRY(ct_influx_run_zone(run, select->zone, &plan->interval.zone, err));
    CT_TRY(ct_influx_split_condition(run->arena, select->condition, run->now_ns,
                                     plan->interval.zone, &plan->condition, &plan->range, err));
    CT_TRY(read_dimensions(plan, err));
    plan->fill = select->fill;
    plan->is_descending = select->is_descending;
    if (parent)
        CT_TRY(inherit(plan, parent, err));
    if (plan->interval.every_ns && !plan->range.has_last) {
        plan->range.last_ns = run->now_ns;
        plan->range.has_last = true;
    }
    return CT_OK;
}

/* -- Numbers ---------------------------------------------------------------------------------- */

static ct_status number_variable(struct ct_influx_plan *plan, struct ct_influx_expr *expr,
                                 bool is_selected, bool is_driving, struct ct_error *err)
{
    uint32_t i = 0;
    while (i < plan->variable_count && !(plan->variables[i].cast == expr->cast &&
                                         ct_text_equal(plan->variables[i].name, expr->text)))
        i++;
    if (i == plan->variable_count) {
        if (i >= CT_INFLUX_COLUMNS_MAX)
            return ct_fail(err, CT_LIMIT, "more than %d fields and tags", CT_INFLUX_COLUMNS_MAX);
        CT_TRY(ct_influx_run_extend(plan->run, &plan->variables, i, sizeof *plan->variables, err));
        plan->variables[plan->variable_count++] =
            (struct ct_influx_variable){.name = expr->text, .cast = expr->cast};
    }
    plan->variables[i].is_selected |= is_selected;
    plan->variables[i].is_driving |= is_driving;
    expr->slot = i;
    return CT_OK;
}

static ct_status number_all(struct ct_influx_plan *plan, struct ct_influx_expr *expr,
                            bool is_selected, bool is_driving, struct ct_error *err);

static ct_status number_call(struct ct_influx_plan *plan, struct ct_influx_expr *call,
                             struct ct_error *err)
{
    const enum ct_influx_function function = ct_influx_function_of(call->text);
    const bool is_ranking = function == CT_CALL_TOP || function == CT_CALL_BOTTOM;
    uint32_t i = 0;
    while (i < plan->call_count && !ct_influx_expr_equal(plan->calls[i], call))
        i++;
    if (i == plan->call_count) {
        CT_TRY(ct_influx_run_extend(plan->run, &plan->calls, i, sizeof *plan->calls, err));
        plan->calls[plan->call_count++] = call;
    }
    call->slot = i;
    for (uint32_t k = 0; k < call->argument_count; k++)
        if (k == 0 || is_ranking) {
            struct ct_influx_expr *argument = call->arguments[k];
            if (argument->kind == CT_EXPR_CALL)
                CT_TRY(number_all(plan, argument->arguments[0], false, true, err));
            else
                CT_TRY(number_all(plan, argument, false, k == 0, err));
        }
    return CT_OK;
}

static ct_status number_all(struct ct_influx_plan *plan, struct ct_influx_expr *expr,
                            bool is_selected, bool is_driving, struct ct_error *err)
{
    if (!expr)
        return CT_OK;
    if (expr->kind == CT_EXPR_VARIABLE)
        return number_variable(plan, expr, is_selected, is_driving, err);
    if (expr->kind == CT_EXPR_CALL && !ct_influx_is_math(expr->text))
        return number_call(plan, expr, err);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        CT_TRY(number_all(plan, expr->arguments[i], is_selected, is_driving, err));
    CT_TRY(number_all(plan, expr->left, is_selected, is_driving, err));
    return number_all(plan, expr->right, is_selected, is_driving, err);
}

static bool picks_a_row(enum ct_influx_function function)
{
    return function == CT_CALL_MIN || function == CT_CALL_MAX || function == CT_CALL_FIRST ||
           function == CT_CALL_LAST || function == CT_CALL_PERCENTILE || function == CT_CALL_TOP ||
           function == CT_CALL_BOTTOM;
}

static ct_status number_fields(struct ct_influx_plan *plan, struct ct_error *err)
{
    CT_TRY(number_all(plan, plan->condition, false, false, err));
    for (uint32_t i = 0; i < plan->field_count; i++)
        CT_TRY(number_all(plan, plan->fields[i].expr, true, false, err));
    for (uint32_t i = 0; plan->call_count == 0 && i < plan->variable_count; i++)
        plan->variables[i].is_driving = plan->variables[i].is_selected;
    if (plan->call_count == 1)
        plan->is_selector = picks_a_row(ct_influx_function_of(plan->calls[0]->text));
    for (uint32_t i = 0; i < plan->call_count; i++) {
        const enum ct_influx_function function = ct_influx_function_of(plan->calls[i]->text);
        if (ct_influx_function_is_transform(function) && function != CT_CALL_CUMULATIVE_SUM)
            plan->reach_ns = plan->interval.every_ns;
    }
    return CT_OK;
}

ct_status ct_influx_plan_make(struct ct_influx_run *run, const struct ct_influx_select *select,
                              const struct ct_influx_plan *parent, struct ct_influx_plan **out,
                              struct ct_error *err)
{
    struct ct_influx_plan *plan;
    CT_TRY(ct_influx_run_alloc(run, 1, sizeof *plan, &plan, err));
    plan->run = run;
    plan->select = select;
    plan->time_name = ct_text_of("time");
    CT_TRY(read_times(plan, parent, err));
    CT_TRY(ct_influx_plan_check(plan, err));
    for (uint32_t i = 0; parent && i < parent->dimension_count; i++) {
        CT_TRY(ct_influx_run_extend(run, &plan->dimensions, plan->dimension_count,
                                    sizeof *plan->dimensions, err));
        plan->dimensions[plan->dimension_count++] = parent->dimensions[i];
    }
    CT_TRY(ct_influx_plan_add_named_dimensions(plan, err));
    CT_TRY(add_sources(plan, err));
    CT_TRY(ct_influx_plan_expand(plan, err));
    CT_TRY(number_fields(plan, err));
    *out = plan;
    return CT_OK;
}
