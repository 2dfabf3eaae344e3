/* What InfluxDB refuses before it looks at data, in its order and its words. */
#include <stdio.h>

#include "influx_plan.h"

struct checking {
    const struct ct_influx_plan *plan;
    struct ct_error *err;
    bool takes_wildcard; /* in the field at hand */
    bool only_selectors, has_distinct, has_variables;
    uint32_t call_count;
    struct ct_text ranking; /* "top" or "bottom", once seen */
};

static ct_status check_expr(struct checking *c, const struct ct_influx_expr *expr);

static bool is_literal(const struct ct_influx_expr *expr)
{
    return expr->kind >= CT_EXPR_NUMBER && expr->kind != CT_EXPR_REGEX;
}

/* `before`, the call's name, `after`. */
static ct_status refuse(struct checking *c, const char *before, const struct ct_influx_expr *call,
                        const char *after)
{
    return ct_fail(c->err, CT_INVALID, "%s%.*s%s", before,
                   (int)(call->text.len < 60 ? call->text.len : 60), call->text.bytes, after);
}

static ct_status check_count(struct checking *c, const struct ct_influx_expr *call, uint32_t min,
                             uint32_t max)
{
    const uint32_t got = call->argument_count;
    const int len = (int)(call->text.len < 60 ? call->text.len : 60);
    if (got >= min && got <= max)
        return CT_OK;
    if (min == max)
        return ct_fail(c->err, CT_INVALID,
                       "invalid number of arguments for %.*s, expected %u, got %u", len,
                       call->text.bytes, min, got);
    if (max == UINT32_MAX)
        return ct_fail(c->err, CT_INVALID,
                       "invalid number of arguments for %.*s, expected at least %u, got %u", len,
                       call->text.bytes, min, got);
    return ct_fail(c->err, CT_INVALID,
                   "invalid number of arguments for %.*s, expected at least %u but no more than "
                   "%u, got %u",
                   len, call->text.bytes, min, max, got);
}

/* The argument that a function reads values of: a field, or where it may be several, a wildcard. */
static ct_status check_symbol(struct checking *c, const struct ct_influx_expr *call,
                              const struct ct_influx_expr *argument)
{
    if (argument->kind == CT_EXPR_VARIABLE)
        return CT_OK;
    if (argument->kind != CT_EXPR_WILDCARD && argument->kind != CT_EXPR_REGEX)
        return refuse(c, "expected field argument in ", call, "()");
    if (!c->takes_wildcard)
        return refuse(c,
                      argument->kind == CT_EXPR_WILDCARD
                          ? "unsupported expression with wildcard: "
                          : "unsupported expression with regex field: ",
                      call, "()");
    c->only_selectors = false;
    return CT_OK;
}

static bool is_distinct(const struct ct_influx_expr *expr)
{
    return expr->kind == CT_EXPR_CALL && ct_text_equal(expr->text, ct_text_of("distinct"));
}

static ct_status check_distinct(struct checking *c, const struct ct_influx_expr *call,
                                bool is_nested)
{
    if (call->argument_count == 0)
        return ct_fail(c->err, CT_INVALID, "distinct function requires at least one argument");
    if (call->argument_count > 1)
        return ct_fail(c->err, CT_INVALID, "distinct function can only have one argument");
    if (call->arguments[0]->kind != CT_EXPR_VARIABLE)
        return ct_fail(c->err, CT_INVALID, "expected field argument in distinct()");
    c->has_distinct |= !is_nested;
    c->only_selectors = false;
    return CT_OK;
}

/* "-1s", "90m": in the largest unit that divides it. */
static void print_duration(int64_t ns, char *out, size_t cap)
{
    static const struct {
        int64_t ns;
        const char *name;
    } units[] = {
        {INT64_C(604800000000000), "w"},
        {INT64_C(86400000000000), "d"},
        {INT64_C(3600000000000), "h"},
        {INT64_C(60000000000), "m"},
        {INT64_C(1000000000), "s"},
        {1000000, "ms"},
        {1000, "u"},
        {1, "ns"},
    };
    size_t i = ns == 0 ? 4 : 0;
    while (ns % units[i].ns != 0)
        i++;
    snprintf(out, cap, "%lld%s", (long long)(ns / units[i].ns), units[i].name);
}

/* The optional second argument, a unit of time. */
static ct_status check_unit(struct checking *c, const struct ct_influx_expr *call)
{
    if (call->argument_count < 2)
        return CT_OK;
    const struct ct_influx_expr *unit = call->arguments[1];
    const bool is_integral = ct_influx_function_of(call->text) == CT_CALL_INTEGRAL;
    if (unit->kind != CT_EXPR_DURATION && is_integral)
        return ct_fail(c->err, CT_INVALID, "second argument must be a duration");
    if (unit->kind != CT_EXPR_DURATION)
        return refuse(c, "second argument to ", call, " must be a duration");
    if (unit->integer > 0)
        return CT_OK;
    char text[40];
    print_duration(unit->integer, text, sizeof text);
    return ct_fail(c->err, CT_INVALID, "duration argument must be positive, got %s", text);
}

static ct_status check_average(struct checking *c, const struct ct_influx_expr *call)
{
    const struct ct_influx_expr *size = call->arguments[1];
    if (size->kind != CT_EXPR_INTEGER)
        return refuse(c, "second argument for ", call, " must be an integer");
    if (size->integer <= 1)
        return ct_fail(c->err, CT_INVALID, "moving_average window must be greater than 1, got %lld",
                       (long long)size->integer);
    return CT_OK;
}

static ct_status check_transform(struct checking *c, const struct ct_influx_expr *call,
                                 enum ct_influx_function function)
{
    const bool has_unit = function == CT_CALL_DERIVATIVE || function == CT_CALL_ELAPSED ||
                          function == CT_CALL_NON_NEGATIVE_DERIVATIVE;
    const uint32_t min = function == CT_CALL_MOVING_AVERAGE ? 2 : 1;
    CT_TRY(check_count(c, call, min, has_unit ? 2 : min));
    if (has_unit)
        CT_TRY(check_unit(c, call));
    if (function == CT_CALL_MOVING_AVERAGE)
        CT_TRY(check_average(c, call));
    c->only_selectors = false;
    const struct ct_influx_expr *argument = call->arguments[0];
    const bool has_interval = c->plan->interval.every_ns != 0;
    if (argument->kind == CT_EXPR_CALL) {
        if (!has_interval)
            return refuse(c, "", call, " aggregate requires a GROUP BY interval");
        return is_distinct(argument) ? check_distinct(c, argument, true) : check_expr(c, argument);
    }
    if (has_interval && !c->plan->has_inherited_interval)
        return refuse(c, "aggregate function required inside the call to ", call, "");
    return check_symbol(c, call, argument);
}

static ct_status check_ranking(struct checking *c, const struct ct_influx_expr *call)
{
    if (c->ranking.len)
        return ct_fail(c->err, CT_INVALID,
                       "selector function %.*s() cannot be combined with other functions",
                       (int)c->ranking.len, c->ranking.bytes);
    CT_TRY(check_count(c, call, 2, UINT32_MAX));
    const struct ct_influx_expr *limit = call->arguments[call->argument_count - 1];
    const uint64_t select_limit = c->plan->select->limits.limit;
    const int len = (int)call->text.len;
    if (limit->kind != CT_EXPR_INTEGER)
        return refuse(c, "expected integer as last argument in ", call, "()");
    if (limit->integer <= 0)
        return ct_fail(c->err, CT_INVALID, "limit (%lld) in %.*s function must be at least 1",
                       (long long)limit->integer, len, call->text.bytes);
    if (select_limit > 0 && (uint64_t)limit->integer > select_limit)
        return ct_fail(c->err, CT_INVALID,
                       "limit (%lld) in %.*s function can not be larger than the LIMIT (%llu) in "
                       "the select statement",
                       (long long)limit->integer, len, call->text.bytes,
                       (unsigned long long)select_limit);
    if (call->arguments[0]->kind != CT_EXPR_VARIABLE)
        return refuse(c, "expected first argument to be a field in ", call, "()");
    for (uint32_t i = 1; i + 1 < call->argument_count; i++) {
        if (call->arguments[i]->kind != CT_EXPR_VARIABLE)
            return refuse(c, "only fields or tags are allowed in ", call, "()");
        c->has_variables = true;
    }
    c->ranking = call->text;
    return CT_OK;
}

static ct_status check_math(struct checking *c, const struct ct_influx_expr *call)
{
    const bool takes_two = ct_text_equal(call->text, ct_text_of("atan2")) ||
                           ct_text_equal(call->text, ct_text_of("pow")) ||
                           ct_text_equal(call->text, ct_text_of("log"));
    CT_TRY(check_count(c, call, takes_two ? 2 : 1, takes_two ? 2 : 1));
    for (uint32_t i = 0; i < call->argument_count; i++)
        if (!is_literal(call->arguments[i]))
            CT_TRY(check_expr(c, call->arguments[i]));
    return CT_OK;
}

static ct_status check_aggregate(struct checking *c, const struct ct_influx_expr *call,
                                 enum ct_influx_function function)
{
    if (function == CT_CALL_UNKNOWN)
        return refuse(c, "undefined function ", call, "()");
    if (function != CT_CALL_MIN && function != CT_CALL_MAX && function != CT_CALL_FIRST &&
        function != CT_CALL_LAST)
        c->only_selectors = false;
    CT_TRY(check_count(c, call, 1, 1));
    if (function == CT_CALL_COUNT && is_distinct(call->arguments[0]))
        return check_distinct(c, call->arguments[0], true);
    return check_symbol(c, call, call->arguments[0]);
}

static ct_status check_percentile(struct checking *c, const struct ct_influx_expr *call)
{
    CT_TRY(check_count(c, call, 2, 2));
    if (call->arguments[1]->kind != CT_EXPR_INTEGER && call->arguments[1]->kind != CT_EXPR_NUMBER)
        return refuse(c, "expected float argument in ", call, "()");
    return check_symbol(c, call, call->arguments[0]);
}

static ct_status check_call(struct checking *c, const struct ct_influx_expr *call)
{
    if (ct_influx_is_math(call->text))
        return check_math(c, call);
    c->call_count++;
    const enum ct_influx_function function = ct_influx_function_of(call->text);
    if (ct_influx_function_is_transform(function))
        return check_transform(c, call, function);
    switch ((unsigned)function) {
    case CT_CALL_DISTINCT:
        return check_distinct(c, call, false);
    case CT_CALL_TOP:
    case CT_CALL_BOTTOM:
        return check_ranking(c, call);
    case CT_CALL_PERCENTILE:
        return check_percentile(c, call);
    case CT_CALL_INTEGRAL:
        CT_TRY(check_count(c, call, 1, 2));
        CT_TRY(check_unit(c, call));
        c->only_selectors = false;
        return check_symbol(c, call, call->arguments[0]);
    default:
        return check_aggregate(c, call, function);
    }
}

static ct_status check_expr(struct checking *c, const struct ct_influx_expr *expr)
{
    switch (expr->kind) {
    case CT_EXPR_VARIABLE:
        c->has_variables = true;
        return CT_OK;
    case CT_EXPR_WILDCARD:
    case CT_EXPR_REGEX:
        c->has_variables = true;
        if (c->takes_wildcard)
            return CT_OK;
        return ct_fail(c->err, CT_INVALID, "unable to use %s in a binary expression",
                       expr->kind == CT_EXPR_WILDCARD ? "wildcard" : "regex");
    case CT_EXPR_CALL:
        return check_call(c, expr);
    case CT_EXPR_BINARY:
        c->takes_wildcard = false;
        if (is_literal(expr->left) && is_literal(expr->right))
            return ct_fail(c->err, CT_INVALID, "field must contain at least one variable");
        if (!is_literal(expr->left))
            CT_TRY(check_expr(c, expr->left));
        return is_literal(expr->right) ? CT_OK : check_expr(c, expr->right);
    case CT_EXPR_PAREN:
        return check_expr(c, expr->left);
    case CT_EXPR_NUMBER:
    case CT_EXPR_INTEGER:
    case CT_EXPR_UNSIGNED:
    case CT_EXPR_STRING:
    case CT_EXPR_BOOLEAN:
    case CT_EXPR_DURATION:
    case CT_EXPR_TIME:
        break;
    }
    return ct_fail(c->err, CT_INVALID, "field must contain at least one variable");
}

/* How the fields go together. */
static ct_status check_together(const struct checking *c)
{
    const struct ct_influx_plan *plan = c->plan;
    if (c->call_count > 1 && c->ranking.len)
        return ct_fail(c->err, CT_INVALID,
                       "selector function %.*s() cannot be combined with other functions",
                       (int)c->ranking.len, c->ranking.bytes);
    if (c->call_count == 0) {
        if (plan->fill == CT_INFLUX_FILL_NONE || plan->fill == CT_INFLUX_FILL_LINEAR)
            return ct_fail(c->err, CT_INVALID, "fill(%s) must be used with a function",
                           plan->fill == CT_INFLUX_FILL_NONE ? "none" : "linear");
        if (plan->interval.every_ns && !plan->has_inherited_interval)
            return ct_fail(c->err, CT_INVALID, "GROUP BY requires at least one aggregate function");
    }
    if (c->has_distinct && (c->call_count != 1 || c->has_variables))
        return ct_fail(c->err, CT_INVALID,
                       "aggregate function distinct() cannot be combined with other functions or "
                       "fields");
    if (c->has_variables && !c->only_selectors)
        return ct_fail(c->err, CT_INVALID,
                       "mixing aggregate and non-aggregate queries is not supported");
    if (c->has_variables && c->call_count > 1)
        return ct_fail(c->err, CT_INVALID,
                       "mixing multiple selector functions with tags or fields is not supported");
    return CT_OK;
}

static ct_status check_condition(struct checking *c, const struct ct_influx_expr *expr)
{
    if (!expr)
        return CT_OK;
    if (expr->kind == CT_EXPR_CALL && !ct_influx_is_math(expr->text))
        return refuse(c, "invalid function call in condition: ", expr, "()");
    if (expr->kind == CT_EXPR_CALL)
        CT_TRY(check_math(c, expr));
    CT_TRY(check_condition(c, expr->left));
    return check_condition(c, expr->right);
}

ct_status ct_influx_plan_check(const struct ct_influx_plan *plan, struct ct_error *err)
{
    struct checking c = {.plan = plan, .err = err, .only_selectors = true};
    const struct ct_influx_select *select = plan->select;
    uint32_t checked = 0;
    if (select->has_target)
        return ct_fail(err, CT_INVALID, "SELECT INTO is not supported");
    CT_TRY(check_condition(&c, plan->condition));
    for (uint32_t i = 0; i < select->field_count; i++) {
        const struct ct_influx_expr *expr = select->fields[i].expr;
        if (expr->kind == CT_EXPR_VARIABLE && ct_text_equal(expr->text, ct_text_of("time")))
            continue;
        checked++;
        c.takes_wildcard = true;
        CT_TRY(check_expr(&c, expr));
    }
    if (checked == 0)
        return ct_fail(err, CT_INVALID, "at least 1 non-time field must be queried");
    return check_together(&c);
}
