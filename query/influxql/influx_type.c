/* Types of expressions, known before their values. */
#include "influx_frame.h"

static int rank_of(enum ct_result_type type)
{
    static const int ranks[] = {
        [CT_RESULT_DECIMAL] = 6, [CT_RESULT_FLOAT64] = 5, [CT_RESULT_INT64] = 4,
        [CT_RESULT_UINT64] = 3,  [CT_RESULT_TEXT] = 2,    [CT_RESULT_BOOL] = 1,
    };
    return ranks[type];
}

enum ct_result_type ct_influx_wider_type(enum ct_result_type a, enum ct_result_type b)
{
    return rank_of(a) >= rank_of(b) ? a : b;
}

static enum ct_result_type type_of_cast(enum ct_influx_cast cast, enum ct_result_type type)
{
    switch (cast) {
    case CT_CAST_FLOAT:
        return CT_RESULT_FLOAT64;
    case CT_CAST_INTEGER:
        return CT_RESULT_INT64;
    case CT_CAST_UNSIGNED:
        return CT_RESULT_UINT64;
    case CT_CAST_STRING:
        return CT_RESULT_TEXT;
    case CT_CAST_BOOLEAN:
        return CT_RESULT_BOOL;
    case CT_CAST_NONE:
    case CT_CAST_FIELD:
    case CT_CAST_TAG:
        break;
    }
    return type;
}

static enum ct_result_type type_of_variable(const struct ct_influx_plan *plan,
                                            const struct ct_influx_frame *frame,
                                            const struct ct_influx_expr *expr)
{
    enum ct_result_type type = CT_INFLUX_NULL;
    if (frame) {
        if (frame->columns[expr->slot] < 0)
            return CT_INFLUX_NULL;
        return type_of_cast(expr->cast, frame->types[expr->slot]);
    }
    for (uint32_t i = 0; i < plan->input_count; i++)
        type = ct_influx_wider_type(
            type, ct_influx_input_find(plan, &plan->inputs[i], expr->text, expr->cast).type);
    return type ? type_of_cast(expr->cast, type) : type;
}

static enum ct_result_type type_of_call(const struct ct_influx_plan *plan,
                                        const struct ct_influx_frame *frame,
                                        const struct ct_influx_expr *call)
{
    const enum ct_result_type argument = call->argument_count
                                             ? ct_influx_expr_type(plan, frame, call->arguments[0])
                                             : CT_INFLUX_NULL;
    const bool is_exact = argument == CT_RESULT_DECIMAL || argument == CT_RESULT_UINT64;
    if (ct_influx_is_math(call->text)) {
        const bool keeps_type = ct_text_equal(call->text, ct_text_of("abs")) ||
                                ct_text_equal(call->text, ct_text_of("ceil")) ||
                                ct_text_equal(call->text, ct_text_of("floor")) ||
                                ct_text_equal(call->text, ct_text_of("round"));
        return keeps_type ? argument : CT_RESULT_FLOAT64;
    }
    switch (ct_influx_function_of(call->text)) {
    case CT_CALL_COUNT:
    case CT_CALL_ELAPSED:
        return CT_RESULT_INT64;
    case CT_CALL_MEAN:
    case CT_CALL_MEDIAN:
    case CT_CALL_MOVING_AVERAGE:
    case CT_CALL_DERIVATIVE:
    case CT_CALL_NON_NEGATIVE_DERIVATIVE:
    case CT_CALL_INTEGRAL:
        return is_exact ? CT_RESULT_DECIMAL : CT_RESULT_FLOAT64;
    case CT_CALL_STDDEV:
        return CT_RESULT_FLOAT64;
    case CT_CALL_SUM:
    case CT_CALL_CUMULATIVE_SUM:
    case CT_CALL_DIFFERENCE:
    case CT_CALL_NON_NEGATIVE_DIFFERENCE:
    case CT_CALL_SPREAD:
        return is_exact ? CT_RESULT_DECIMAL : argument;
    case CT_CALL_MIN:
    case CT_CALL_MAX:
    case CT_CALL_FIRST:
    case CT_CALL_LAST:
    case CT_CALL_MODE:
    case CT_CALL_PERCENTILE:
    case CT_CALL_DISTINCT:
    case CT_CALL_TOP:
    case CT_CALL_BOTTOM:
    case CT_CALL_UNKNOWN:
        break;
    }
    return argument;
}

static enum ct_result_type type_of_binary(const struct ct_influx_plan *plan,
                                          const struct ct_influx_frame *frame,
                                          const struct ct_influx_expr *expr)
{
    const enum ct_result_type a = ct_influx_expr_type(plan, frame, expr->left);
    const enum ct_result_type b = ct_influx_expr_type(plan, frame, expr->right);
    if (a == CT_INFLUX_NULL || b == CT_INFLUX_NULL)
        return CT_INFLUX_NULL;
    if (a == CT_RESULT_DECIMAL || b == CT_RESULT_DECIMAL || a == CT_RESULT_UINT64 ||
        b == CT_RESULT_UINT64)
        return CT_RESULT_DECIMAL;
    if (a == CT_RESULT_INT64 && b == CT_RESULT_INT64)
        return expr->operation == CT_OPERATOR_DIVIDE ? CT_RESULT_FLOAT64 : CT_RESULT_INT64;
    return ct_influx_wider_type(a, b);
}

enum ct_result_type ct_influx_expr_type(const struct ct_influx_plan *plan,
                                        const struct ct_influx_frame *frame,
                                        const struct ct_influx_expr *expr)
{
    switch (expr->kind) {
    case CT_EXPR_VARIABLE:
        return type_of_variable(plan, frame, expr);
    case CT_EXPR_CALL:
        return type_of_call(plan, frame, expr);
    case CT_EXPR_BINARY:
        return type_of_binary(plan, frame, expr);
    case CT_EXPR_PAREN:
        return ct_influx_expr_type(plan, frame, expr->left);
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
    return ct_influx_value_of_literal(expr).type;
}
