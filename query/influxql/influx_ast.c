/* What trees can tell of themselves. */
#include "influx_ast.h"

static const char *const operator_texts[] = {
    [CT_OPERATOR_ADD] = "+",      [CT_OPERATOR_SUBTRACT] = "-",
    [CT_OPERATOR_MULTIPLY] = "*", [CT_OPERATOR_DIVIDE] = "/",
    [CT_OPERATOR_MODULO] = "%",   [CT_OPERATOR_BIT_AND] = "&",
    [CT_OPERATOR_BIT_OR] = "|",   [CT_OPERATOR_BIT_XOR] = "^",
    [CT_OPERATOR_AND] = "AND",    [CT_OPERATOR_OR] = "OR",
    [CT_OPERATOR_EQUAL] = "=",    [CT_OPERATOR_NOT_EQUAL] = "!=",
    [CT_OPERATOR_MATCH] = "=~",   [CT_OPERATOR_NOT_MATCH] = "!~",
    [CT_OPERATOR_LESS] = "<",     [CT_OPERATOR_LESS_EQUAL] = "<=",
    [CT_OPERATOR_GREATER] = ">",  [CT_OPERATOR_GREATER_EQUAL] = ">=",
};

const char *ct_influx_operator_text(enum ct_influx_operator operation)
{
    return operator_texts[operation];
}

static bool equal_or_absent(const struct ct_influx_expr *a, const struct ct_influx_expr *b)
{
    return a && b ? ct_influx_expr_equal(a, b) : a == b;
}

bool ct_influx_expr_equal(const struct ct_influx_expr *a, const struct ct_influx_expr *b)
{
    if (a->kind != b->kind || a->operation != b->operation || a->cast != b->cast ||
        a->boolean != b->boolean || a->integer != b->integer ||
        a->unsigned_integer != b->unsigned_integer || a->argument_count != b->argument_count ||
        !ct_text_equal(a->text, b->text))
        return false;
    for (uint32_t i = 0; i < a->argument_count; i++)
        if (!ct_influx_expr_equal(a->arguments[i], b->arguments[i]))
            return false;
    return equal_or_absent(a->left, b->left) && equal_or_absent(a->right, b->right);
}
