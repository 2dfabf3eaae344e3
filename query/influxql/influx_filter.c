/* What a condition says of tags, as a filter that is worked out once for each tag value and series
 * and not for each row. */
#include "influx_frame.h"

struct filtering {
    const struct ct_influx_plan *plan;
    const struct ct_influx_input *input;
    struct ct_error *err;
};

static ct_status make_filter(const struct filtering *f, struct ct_influx_expr *expr,
                             struct ct_filter *out, bool *found, bool *is_whole);

/* NOT of the filter, in place. */
static ct_status negate(const struct filtering *f, struct ct_filter *filter)
{
    struct ct_filter *child;
    CT_TRY(ct_influx_run_alloc(f->plan->run, 1, sizeof *child, &child, f->err));
    *child = *filter;
    *filter = (struct ct_filter){.kind = CT_FILTER_NOT, .children = child, .child_count = 1};
    return CT_OK;
}

static ct_status add_value(const struct filtering *f, struct ct_text **values, uint32_t *count,
                           struct ct_text value)
{
    CT_TRY(ct_influx_run_extend(f->plan->run, values, *count, sizeof **values, f->err));
    (*values)[(*count)++] = value;
    return CT_OK;
}

/* All values of the tag, "" among them, that the pattern matches. */
static ct_status match_values(const struct filtering *f, struct ct_influx_expr *regex,
                              struct ct_filter *out)
{
    struct ct_catalog *catalog = f->plan->run->catalog;
    const uint32_t table = f->input->table;
    const uint32_t tag = ct_catalog_find_tag(catalog, table, out->tag);
    const uint32_t end = tag == CT_NONE ? 0 : ct_catalog_value_count(catalog, table, tag);
    struct ct_text *values = NULL;
    struct ct_pattern *pattern;
    CT_TRY(ct_influx_run_pattern(f->plan->run, regex, &pattern, f->err));
    for (uint32_t code = 0; code <= end; code++) {
        bool matches;
        const struct ct_text value =
            code ? ct_catalog_value(catalog, table, tag, code) : (struct ct_text){"", 0};
        CT_TRY(ct_pattern_matches(pattern, value, &matches, f->err));
        if (matches)
            CT_TRY(add_value(f, &values, &out->value_count, value));
    }
    out->values = values;
    return CT_OK;
}

/* tag = 'x', tag != 'x', tag =~ /x/, tag !~ /x/, either way round. */
static ct_status filter_comparison(const struct filtering *f, struct ct_influx_expr *expr,
                                   struct ct_filter *out, bool *found)
{
    struct ct_influx_expr *variable = expr->left;
    struct ct_influx_expr *constant = expr->right;
    *found = false;
    if (variable->kind == CT_EXPR_STRING) {
        variable = expr->right;
        constant = expr->left;
    }
    const bool is_equality =
        expr->operation == CT_OPERATOR_EQUAL || expr->operation == CT_OPERATOR_NOT_EQUAL;
    const bool is_match =
        expr->operation == CT_OPERATOR_MATCH || expr->operation == CT_OPERATOR_NOT_MATCH;
    if (variable->kind != CT_EXPR_VARIABLE ||
        constant->kind != (is_match ? CT_EXPR_REGEX : CT_EXPR_STRING) || !(is_equality || is_match))
        return CT_OK;
    const struct ct_influx_name name =
        ct_influx_input_find(f->plan, f->input, variable->text, variable->cast);
    if (name.role == CT_ROLE_FIELD)
        return CT_OK;
    *found = true;
    *out = (struct ct_filter){.kind = CT_FILTER_IN, .tag = variable->text};
    if (is_match) {
        CT_TRY(match_values(f, constant, out));
    } else {
        out->values = &constant->text;
        out->value_count = 1;
    }
    const bool is_negative =
        expr->operation == CT_OPERATOR_NOT_EQUAL || expr->operation == CT_OPERATOR_NOT_MATCH;
    return is_negative ? negate(f, out) : CT_OK;
}

/* The terms of a chain of ANDs or ORs, in order. */
static ct_status flatten(const struct filtering *f, struct ct_influx_expr *expr,
                         enum ct_influx_operator operation, struct ct_influx_expr ***terms,
                         uint32_t *count)
{
    while (expr->kind == CT_EXPR_PAREN)
        expr = expr->left;
    if (expr->kind == CT_EXPR_BINARY && expr->operation == operation) {
        CT_TRY(flatten(f, expr->left, operation, terms, count));
        return flatten(f, expr->right, operation, terms, count);
    }
    CT_TRY(ct_influx_run_extend(f->plan->run, terms, *count, sizeof **terms, f->err));
    (*terms)[(*count)++] = expr;
    return CT_OK;
}

/* Of an AND the terms that can be a filter are one; of an OR all must. */
static ct_status filter_chain(const struct filtering *f, struct ct_influx_expr *expr,
                              struct ct_filter *out, bool *found, bool *is_whole)
{
    struct ct_influx_expr **terms = NULL;
    struct ct_filter *children;
    uint32_t count = 0;
    const bool is_and = expr->operation == CT_OPERATOR_AND;
    CT_TRY(flatten(f, expr, expr->operation, &terms, &count));
    CT_TRY(ct_influx_run_alloc(f->plan->run, count, sizeof *children, &children, f->err));
    *out = (struct ct_filter){.kind = is_and ? CT_FILTER_AND : CT_FILTER_OR, .children = children};
    for (uint32_t i = 0; i < count; i++) {
        bool is_filter = false;
        CT_TRY(make_filter(f, terms[i], &children[out->child_count], &is_filter, is_whole));
        if (is_filter)
            out->child_count++;
        else
            *is_whole = false;
    }
    *found = is_and ? out->child_count > 0 : out->child_count == count;
    return CT_OK;
}

static ct_status make_filter(const struct filtering *f, struct ct_influx_expr *expr,
                             struct ct_filter *out, bool *found, bool *is_whole)
{
    while (expr->kind == CT_EXPR_PAREN)
        expr = expr->left;
    if (expr->kind == CT_EXPR_BOOLEAN) {
        *out = (struct ct_filter){.kind = expr->boolean ? CT_FILTER_AND : CT_FILTER_OR};
        *found = true;
        return CT_OK;
    }
    *found = false;
    if (expr->kind != CT_EXPR_BINARY)
        return CT_OK;
    if (expr->operation == CT_OPERATOR_AND || expr->operation == CT_OPERATOR_OR)
        return filter_chain(f, expr, out, found, is_whole);
    return filter_comparison(f, expr, out, found);
}

ct_status ct_influx_filter_make(const struct ct_influx_plan *plan,
                                const struct ct_influx_input *input, struct ct_filter **out,
                                bool *is_whole, struct ct_error *err)
{
    const struct filtering f = {plan, input, err};
    bool found = false;
    *out = NULL;
    *is_whole = true;
    if (!plan->condition)
        return CT_OK;
    struct ct_filter *filter;
    CT_TRY(ct_influx_run_alloc(plan->run, 1, sizeof *filter, &filter, err));
    CT_TRY(make_filter(&f, plan->condition, filter, &found, is_whole));
    *is_whole = *is_whole && found;
    *out = found ? filter : NULL;
    return CT_OK;
}
