/* Expressions worked out for one row. */
#include <math.h>

#include "influx_frame.h"
#include "int256.h"

struct ct_influx_value ct_influx_variable_value(const struct ct_influx_scope *scope, uint32_t slot)
{
    const struct ct_influx_frame *frame = scope->frame;
    const int32_t column = frame->columns[slot];
    const struct ct_influx_variable *variable = &frame->plan->variables[slot];
    if (scope->row == CT_INFLUX_NO_ROW)
        return ct_influx_null();
    if (column < 0)
        return scope->is_condition ? ct_influx_text((struct ct_text){"", 0}) : ct_influx_null();
    const struct ct_influx_value value =
        ct_influx_value_of(&frame->rows->columns[column], scope->row);
    if (frame->are_tags[slot] && value.text.len == 0 && !scope->is_condition)
        return ct_influx_null();
    return ct_influx_value_cast(&value, variable->cast);
}

/* -- Math ------------------------------------------------------------------------------------- */

typedef double (*math_function)(double);

static const struct {
    const char *name;
    math_function function; /* NULL: of two arguments, or one that keeps integers */
} maths[] = {
    {"abs", NULL}, {"ceil", NULL}, {"floor", NULL}, {"round", NULL},  {"atan2", NULL},
    {"pow", NULL}, {"log", NULL},  {"acos", acos},  {"asin", asin},   {"atan", atan},
    {"cos", cos},  {"exp", exp},   {"ln", log},     {"log10", log10}, {"log2", log2},
    {"sin", sin},  {"sqrt", sqrt}, {"tan", tan},
};

bool ct_influx_is_math(struct ct_text name)
{
    for (size_t i = 0; i < CT_COUNT_OF(maths); i++)
        if (ct_text_equal(name, ct_text_of(maths[i].name)))
            return true;
    return false;
}

static struct ct_influx_value math_of_two(struct ct_text name, const struct ct_influx_value *a,
                                          const struct ct_influx_value *b)
{
    if (!ct_influx_type_is_number(a->type) || !ct_influx_type_is_number(b->type))
        return ct_influx_null();
    const double x = ct_influx_value_to_double(a);
    const double y = ct_influx_value_to_double(b);
    if (name.bytes[0] == 'a')
        return ct_influx_float(atan2(x, y));
    return ct_influx_float(name.bytes[0] == 'p' ? pow(x, y) : log(x) / log(y));
}

/* abs, ceil, floor or round of a decimal: exact. */
static ct_status round_decimal(char name, const struct ct_influx_value *value,
                               struct ct_influx_value *out, struct ct_error *err)
{
    struct ct_decimal decimal;
    *out = *value;
    if (ct_decimal_sum_value(&value->decimal, &decimal) != CT_OK)
        return ct_fail(err, CT_RANGE, "an amount of more than %d digits", CT_DECIMAL_DIGITS_MAX);
    const ct_int128 unit = ct_pow10_int128(decimal.scale);
    ct_int128 whole = decimal.mantissa / unit;
    const ct_int128 rest = decimal.mantissa % unit;
    if (name == 'c' && rest > 0)
        whole++;
    if (name == 'f' && rest < 0)
        whole--;
    if (name == 'r' && (rest < 0 ? -rest : rest) >= unit - (rest < 0 ? -rest : rest))
        whole += decimal.mantissa < 0 ? -(rest != 0) : (rest != 0);
    out->decimal = (struct ct_decimal_sum){0};
    if (name == 'a')
        return ct_decimal_sum_add(&out->decimal,
                                  decimal.mantissa < 0 ? -decimal.mantissa : decimal.mantissa,
                                  decimal.scale);
    return ct_decimal_sum_add(&out->decimal, whole, 0);
}

/* abs, ceil, floor and round keep the type. */
static ct_status math_of_type(char name, const struct ct_influx_value *value,
                              struct ct_influx_value *out, struct ct_error *err)
{
    *out = *value;
    switch ((unsigned)value->type) {
    case CT_RESULT_INT64:
        if (name == 'a' && value->int64 < 0)
            out->int64 = (int64_t)(0 - (uint64_t)value->int64);
        return CT_OK;
    case CT_RESULT_UINT64:
        return CT_OK;
    case CT_RESULT_DECIMAL:
        return round_decimal(name, value, out, err);
    case CT_RESULT_FLOAT64:
        out->float64 = name == 'a'   ? fabs(value->float64)
                       : name == 'c' ? ceil(value->float64)
                       : name == 'f' ? floor(value->float64)
                                     : round(value->float64);
        return CT_OK;
    default:
        *out = ct_influx_null();
        return CT_OK;
    }
}

static ct_status eval_math(const struct ct_influx_scope *scope, const struct ct_influx_expr *call,
                           struct ct_influx_value *out, struct ct_error *err)
{
    struct ct_influx_value a = ct_influx_null();
    struct ct_influx_value b = ct_influx_null();
    CT_TRY(ct_influx_eval(scope, call->arguments[0], &a, err));
    if (call->argument_count == 2) {
        CT_TRY(ct_influx_eval(scope, call->arguments[1], &b, err));
        *out = math_of_two(call->text, &a, &b);
        return CT_OK;
    }
    for (size_t i = 0; i < CT_COUNT_OF(maths); i++)
        if (maths[i].function && ct_text_equal(call->text, ct_text_of(maths[i].name))) {
            *out = ct_influx_type_is_number(a.type)
                       ? ct_influx_float(maths[i].function(ct_influx_value_to_double(&a)))
                       : ct_influx_null();
            return CT_OK;
        }
    return math_of_type(call->text.bytes[0], &a, out, err);
}

/* -- Conditions ------------------------------------------------------------------------------- */

static ct_status eval_match(const struct ct_influx_scope *scope, struct ct_influx_expr *expr,
                            struct ct_influx_value *out, struct ct_error *err)
{
    struct ct_influx_value left;
    struct ct_pattern *pattern;
    bool matches;
    *out = ct_influx_boolean(false);
    CT_TRY(ct_influx_eval(scope, expr->left, &left, err));
    if (left.type != CT_RESULT_TEXT)
        return CT_OK;
    CT_TRY(ct_influx_run_pattern(scope->frame->plan->run, expr->right, &pattern, err));
    CT_TRY(ct_pattern_matches(pattern, left.text, &matches, err));
    *out = ct_influx_boolean(matches == (expr->operation == CT_OPERATOR_MATCH));
    return CT_OK;
}

static bool is_true(const struct ct_influx_value *value)
{
    return value->type == CT_RESULT_BOOL && value->boolean;
}

static ct_status eval_binary(const struct ct_influx_scope *scope, struct ct_influx_expr *expr,
                             struct ct_influx_value *out, struct ct_error *err)
{
    struct ct_influx_value left;
    struct ct_influx_value right;
    if (expr->operation == CT_OPERATOR_MATCH || expr->operation == CT_OPERATOR_NOT_MATCH)
        return eval_match(scope, expr, out, err);
    CT_TRY(ct_influx_eval(scope, expr->left, &left, err));
    if (expr->operation == CT_OPERATOR_AND && !is_true(&left)) {
        *out = ct_influx_boolean(false);
        return CT_OK;
    }
    if (expr->operation == CT_OPERATOR_OR && is_true(&left)) {
        *out = ct_influx_boolean(true);
        return CT_OK;
    }
    CT_TRY(ct_influx_eval(scope, expr->right, &right, err));
    if (expr->operation < CT_OPERATOR_AND)
        return ct_influx_value_calculate(expr->operation, &left, &right, scope->is_condition, out,
                                         err);
    if (expr->operation < CT_OPERATOR_EQUAL)
        *out = ct_influx_boolean(is_true(&right));
    else
        *out = ct_influx_boolean(ct_influx_value_holds(expr->operation, &left, &right));
    return CT_OK;
}

ct_status ct_influx_eval(const struct ct_influx_scope *scope, struct ct_influx_expr *expr,
                         struct ct_influx_value *out, struct ct_error *err)
{
    switch (expr->kind) {
    case CT_EXPR_VARIABLE:
        *out = ct_influx_variable_value(scope, expr->slot);
        return CT_OK;
    case CT_EXPR_CALL:
        if (ct_influx_is_math(expr->text))
            return eval_math(scope, expr, out, err);
        *out = scope->calls ? scope->calls[expr->slot] : ct_influx_null();
        return CT_OK;
    case CT_EXPR_BINARY:
        return eval_binary(scope, expr, out, err);
    case CT_EXPR_PAREN:
        return ct_influx_eval(scope, expr->left, out, err);
    case CT_EXPR_NUMBER:
    case CT_EXPR_INTEGER:
    case CT_EXPR_UNSIGNED:
    case CT_EXPR_STRING:
    case CT_EXPR_BOOLEAN:
    case CT_EXPR_DURATION:
    case CT_EXPR_TIME:
    case CT_EXPR_WILDCARD:
    case CT_EXPR_REGEX:
        break;
    }
    *out = ct_influx_value_of_literal(expr);
    return CT_OK;
}
