/* Wildcards and patterns in fields and dimensions become what the sources have; columns get their
 * names. */
#include <stdio.h>
#include <stdlib.h>

#include "influx_plan.h"
#include "influx_value.h"

#define SUFFIX_BYTES 16

/* -- What an input has ------------------------------------------------------------------------ */

static bool is_field_cast(enum ct_influx_cast cast)
{
    return cast != CT_CAST_NONE && cast != CT_CAST_TAG;
}

static struct ct_influx_name find_in_subquery(const struct ct_influx_plan *subquery,
                                              struct ct_text name, enum ct_influx_cast cast)
{
    for (uint32_t i = 0; cast != CT_CAST_TAG && i < subquery->field_count; i++)
        if (ct_text_equal(subquery->fields[i].alias, name))
            return (struct ct_influx_name){
                name, CT_ROLE_FIELD, ct_influx_expr_type(subquery, NULL, subquery->fields[i].expr)};
    for (uint32_t i = 0; !is_field_cast(cast) && i < subquery->dimension_count; i++)
        if (ct_text_equal(subquery->dimensions[i], name))
            return (struct ct_influx_name){name, CT_ROLE_TAG, CT_RESULT_TEXT};
    return (struct ct_influx_name){name, CT_ROLE_NONE, CT_INFLUX_NULL};
}

struct ct_influx_name ct_influx_input_find(const struct ct_influx_plan *plan,
                                           const struct ct_influx_input *input, struct ct_text name,
                                           enum ct_influx_cast cast)
{
    if (input->table == CT_NONE)
        return find_in_subquery(input->subquery, name, cast);
    struct ct_catalog *catalog = plan->run->catalog;
    if (cast != CT_CAST_TAG) {
        const uint32_t field = ct_catalog_find_field(catalog, input->table, name);
        if (field != CT_NONE)
            return (struct ct_influx_name){
                name, CT_ROLE_FIELD,
                ct_result_type_of(ct_catalog_field(catalog, input->table, field).type)};
    }
    if (!is_field_cast(cast) && ct_catalog_find_tag(catalog, input->table, name) != CT_NONE)
        return (struct ct_influx_name){name, CT_ROLE_TAG, CT_RESULT_TEXT};
    return (struct ct_influx_name){name, CT_ROLE_NONE, CT_INFLUX_NULL};
}

static int compare_names(const void *a, const void *b)
{
    const struct ct_influx_name *x = a;
    const struct ct_influx_name *y = b;
    const int order = ct_text_compare(x->name, y->name);
    return order ? order : (int)x->role - (int)y->role;
}

ct_status ct_influx_input_names(const struct ct_influx_plan *plan,
                                const struct ct_influx_input *input, struct ct_influx_name **out,
                                uint32_t *count, struct ct_error *err)
{
    struct ct_catalog *catalog = plan->run->catalog;
    const struct ct_influx_plan *subquery = input->subquery;
    const uint32_t field_count =
        subquery ? subquery->field_count : ct_catalog_field_count(catalog, input->table);
    const uint32_t tag_count =
        subquery ? subquery->dimension_count : ct_catalog_tag_count(catalog, input->table);
    CT_TRY(ct_influx_run_alloc(plan->run, (size_t)field_count + tag_count, sizeof **out, out, err));
    for (uint32_t i = 0; i < field_count; i++) {
        const struct ct_text name =
            subquery ? subquery->fields[i].alias : ct_catalog_field(catalog, input->table, i).name;
        (*out)[i] = ct_influx_input_find(plan, input, name, CT_CAST_FIELD);
    }
    for (uint32_t i = 0; i < tag_count; i++) {
        const struct ct_text name =
            subquery ? subquery->dimensions[i] : ct_catalog_tag_key(catalog, input->table, i);
        (*out)[field_count + i] = (struct ct_influx_name){name, CT_ROLE_TAG, CT_RESULT_TEXT};
    }
    *count = field_count + tag_count;
    if (*count)
        qsort(*out, *count, sizeof **out, compare_names);
    return CT_OK;
}

/* The names of all inputs, sorted, each once a role. */
static ct_status all_names(const struct ct_influx_plan *plan, struct ct_influx_name **out,
                           uint32_t *out_count, struct ct_error *err)
{
    *out = NULL;
    *out_count = 0;
    for (uint32_t i = 0; i < plan->input_count; i++) {
        struct ct_influx_name *names;
        struct ct_influx_name *both;
        uint32_t count;
        CT_TRY(ct_influx_input_names(plan, &plan->inputs[i], &names, &count, err));
        CT_TRY(
            ct_influx_run_alloc(plan->run, (size_t)*out_count + count, sizeof *both, &both, err));
        uint32_t total = 0;
        for (uint32_t a = 0, b = 0; a < *out_count || b < count;) {
            const int order = a == *out_count ? 1
                              : b == count    ? -1
                                              : compare_names(&(*out)[a], &names[b]);
            both[total] = order <= 0 ? (*out)[a] : names[b];
            if (order == 0)
                both[total].type = ct_influx_wider_type(both[total].type, names[b].type);
            a += order <= 0;
            b += order >= 0;
            total++;
        }
        *out = both;
        *out_count = total;
    }
    return CT_OK;
}

/* -- Dimensions ------------------------------------------------------------------------------- */

static ct_status add_dimension(struct ct_influx_plan *plan, struct ct_text name,
                               struct ct_error *err)
{
    uint32_t at = 0;
    while (at < plan->dimension_count && ct_text_compare(plan->dimensions[at], name) < 0)
        at++;
    if (at < plan->dimension_count && ct_text_equal(plan->dimensions[at], name))
        return CT_OK;
    if (plan->dimension_count >= CT_INFLUX_DIMENSIONS_MAX)
        return ct_fail(err, CT_LIMIT, "more than %d tags in GROUP BY", CT_INFLUX_DIMENSIONS_MAX);
    CT_TRY(ct_influx_run_extend(plan->run, &plan->dimensions, plan->dimension_count,
                                sizeof *plan->dimensions, err));
    memmove(&plan->dimensions[at + 1], &plan->dimensions[at],
            (plan->dimension_count - at) * sizeof *plan->dimensions);
    plan->dimensions[at] = name;
    plan->dimension_count++;
    return CT_OK;
}

ct_status ct_influx_plan_add_named_dimensions(struct ct_influx_plan *plan, struct ct_error *err)
{
    for (uint32_t i = 0; i < plan->select->dimension_count; i++)
        if (plan->select->dimensions[i]->kind == CT_EXPR_VARIABLE)
            CT_TRY(add_dimension(plan, plan->select->dimensions[i]->text, err));
    return CT_OK;
}

/* Whether a wildcard or pattern means the name. */
static ct_status means(const struct ct_influx_plan *plan, struct ct_influx_expr *expr,
                       const struct ct_influx_name *name, bool *out, struct ct_error *err)
{
    struct ct_pattern *pattern;
    *out = (expr->cast != CT_CAST_FIELD || name->role == CT_ROLE_FIELD) &&
           (expr->cast != CT_CAST_TAG || name->role == CT_ROLE_TAG);
    if (expr->kind != CT_EXPR_REGEX)
        return CT_OK;
    CT_TRY(ct_influx_run_pattern(plan->run, expr, &pattern, err));
    return ct_pattern_matches(pattern, name->name, out, err);
}

static ct_status expand_dimensions(struct ct_influx_plan *plan, const struct ct_influx_name *names,
                                   uint32_t count, struct ct_error *err)
{
    for (uint32_t i = 0; i < plan->select->dimension_count; i++) {
        struct ct_influx_expr *expr = plan->select->dimensions[i];
        if (expr->kind != CT_EXPR_WILDCARD && expr->kind != CT_EXPR_REGEX)
            continue;
        for (uint32_t k = 0; k < count; k++) {
            bool is_meant = false;
            if (names[k].role == CT_ROLE_TAG)
                CT_TRY(means(plan, expr, &names[k], &is_meant, err));
            if (is_meant)
                CT_TRY(add_dimension(plan, names[k].name, err));
        }
    }
    return CT_OK;
}

/* -- Fields ----------------------------------------------------------------------------------- */

static ct_status add_field(struct ct_influx_plan *plan, struct ct_influx_expr *expr,
                           struct ct_text alias, struct ct_error *err)
{
    if (plan->field_count >= CT_INFLUX_COLUMNS_MAX)
        return ct_fail(err, CT_LIMIT, "more than %d columns", CT_INFLUX_COLUMNS_MAX);
    CT_TRY(ct_influx_run_extend(plan->run, &plan->fields, plan->field_count, sizeof *plan->fields,
                                err));
    plan->fields[plan->field_count++] = (struct ct_influx_field){expr, alias};
    return CT_OK;
}

static ct_status copy_node(const struct ct_influx_plan *plan, const struct ct_influx_expr *expr,
                           struct ct_influx_expr **out, struct ct_error *err)
{
    CT_TRY(ct_influx_run_alloc(plan->run, 1, sizeof **out, out, err));
    **out = *expr;
    return CT_OK;
}

static ct_status make_variable(const struct ct_influx_plan *plan, const struct ct_influx_name *name,
                               struct ct_influx_expr **out, struct ct_error *err)
{
    CT_TRY(ct_influx_run_alloc(plan->run, 1, sizeof **out, out, err));
    (*out)->kind = CT_EXPR_VARIABLE;
    (*out)->text = name->name;
    (*out)->cast = name->role == CT_ROLE_TAG ? CT_CAST_TAG : CT_CAST_FIELD;
    return CT_OK;
}

static bool is_dimension(const struct ct_influx_plan *plan, const struct ct_influx_name *name)
{
    for (uint32_t i = 0; name->role == CT_ROLE_TAG && i < plan->dimension_count; i++)
        if (ct_text_equal(plan->dimensions[i], name->name))
            return true;
    return false;
}

static ct_status expand_wildcard(struct ct_influx_plan *plan, struct ct_influx_expr *expr,
                                 const struct ct_influx_name *names, uint32_t count,
                                 struct ct_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        bool is_meant;
        struct ct_influx_expr *variable;
        CT_TRY(means(plan, expr, &names[i], &is_meant, err));
        if (!is_meant || is_dimension(plan, &names[i]))
            continue;
        CT_TRY(make_variable(plan, &names[i], &variable, err));
        CT_TRY(add_field(plan, variable, (struct ct_text){"", 0}, err));
    }
    return CT_OK;
}

/* Whether a call of a wildcard takes fields of the type. */
static bool takes_type(enum ct_influx_function function, enum ct_result_type type)
{
    if (ct_influx_type_is_number(type))
        return true;
    if (function == CT_CALL_MIN || function == CT_CALL_MAX)
        return type == CT_RESULT_BOOL;
    return (type == CT_RESULT_BOOL || type == CT_RESULT_TEXT) &&
           (function == CT_CALL_COUNT || function == CT_CALL_FIRST || function == CT_CALL_LAST ||
            function == CT_CALL_DISTINCT || function == CT_CALL_MODE ||
            function == CT_CALL_ELAPSED);
}

/* Copies the call, and those it stands round, down to the one that holds the wildcard, and puts the
 * variable there. */
static ct_status replace_wildcard(const struct ct_influx_plan *plan,
                                  const struct ct_influx_expr *call,
                                  struct ct_influx_expr *variable, struct ct_influx_expr **out,
                                  struct ct_error *err)
{
    struct ct_influx_expr *inner = variable;
    CT_TRY(copy_node(plan, call, out, err));
    if (call->arguments[0]->kind == CT_EXPR_CALL)
        CT_TRY(replace_wildcard(plan, call->arguments[0], variable, &inner, err));
    struct ct_influx_expr **arguments;
    CT_TRY(
        ct_influx_run_alloc(plan->run, call->argument_count, sizeof *arguments, &arguments, err));
    memcpy(arguments, call->arguments, call->argument_count * sizeof *arguments);
    arguments[0] = inner;
    (*out)->arguments = arguments;
    return CT_OK;
}

static ct_status join_names(const struct ct_influx_plan *plan, struct ct_text a, struct ct_text b,
                            struct ct_text *out, struct ct_error *err)
{
    char *bytes;
    CT_TRY(ct_influx_run_alloc(plan->run, a.len + b.len + 1, 1, &bytes, err));
    if (a.len)
        memcpy(bytes, a.bytes, a.len);
    bytes[a.len] = '_';
    if (b.len)
        memcpy(bytes + a.len + 1, b.bytes, b.len);
    *out = (struct ct_text){bytes, a.len + b.len + 1};
    return CT_OK;
}

/* The call that reads fields, inside of those that read it. */
static struct ct_influx_expr *innermost(struct ct_influx_expr *call)
{
    while (call->argument_count && call->arguments[0]->kind == CT_EXPR_CALL)
        call = call->arguments[0];
    return call;
}

static ct_status expand_call(struct ct_influx_plan *plan, const struct ct_influx_field *field,
                             const struct ct_influx_name *names, uint32_t count,
                             struct ct_error *err)
{
    struct ct_influx_expr *inner = innermost(field->expr);
    const enum ct_influx_function function = ct_influx_function_of(inner->text);
    const struct ct_text prefix = field->alias.len ? field->alias : field->expr->text;
    for (uint32_t i = 0; i < count; i++) {
        bool is_meant = false;
        struct ct_influx_expr *variable;
        struct ct_influx_expr *call;
        struct ct_text name;
        if (names[i].role == CT_ROLE_FIELD && takes_type(function, names[i].type))
            CT_TRY(means(plan, inner->arguments[0], &names[i], &is_meant, err));
        if (!is_meant)
            continue;
        CT_TRY(make_variable(plan, &names[i], &variable, err));
        CT_TRY(replace_wildcard(plan, field->expr, variable, &call, err));
        CT_TRY(join_names(plan, prefix, names[i].name, &name, err));
        CT_TRY(add_field(plan, call, name, err));
    }
    return CT_OK;
}

static bool holds_wildcard(const struct ct_influx_expr *call)
{
    return call->argument_count && (call->arguments[0]->kind == CT_EXPR_WILDCARD ||
                                    call->arguments[0]->kind == CT_EXPR_REGEX);
}

static ct_status expand_field(struct ct_influx_plan *plan, const struct ct_influx_field *field,
                              const struct ct_influx_name *names, uint32_t count,
                              struct ct_error *err)
{
    struct ct_influx_expr *expr = field->expr;
    if (expr->kind == CT_EXPR_VARIABLE && ct_text_equal(expr->text, ct_text_of("time"))) {
        if (field->alias.len)
            plan->time_name = field->alias;
        return CT_OK;
    }
    if (expr->kind == CT_EXPR_WILDCARD || expr->kind == CT_EXPR_REGEX)
        return expand_wildcard(plan, expr, names, count, err);
    if (expr->kind == CT_EXPR_CALL && holds_wildcard(innermost(expr)))
        return expand_call(plan, field, names, count, err);
    CT_TRY(add_field(plan, expr, field->alias, err));
    const enum ct_influx_function function =
        expr->kind == CT_EXPR_CALL ? ct_influx_function_of(expr->text) : CT_CALL_UNKNOWN;
    if (function == CT_CALL_TOP || function == CT_CALL_BOTTOM)
        for (uint32_t i = 1; i + 1 < expr->argument_count; i++)
            CT_TRY(add_field(plan, expr->arguments[i], (struct ct_text){"", 0}, err));
    return CT_OK;
}

/* -- Names of columns ------------------------------------------------------------------------- */

/* Names of the variables and calls in an expression, joined. */
static ct_status gather_name(const struct ct_influx_plan *plan, const struct ct_influx_expr *expr,
                             struct ct_text *out, struct ct_error *err)
{
    if (expr->kind == CT_EXPR_VARIABLE || expr->kind == CT_EXPR_CALL) {
        if (out->len)
            return join_names(plan, *out, expr->text, out, err);
        *out = expr->text;
        return CT_OK;
    }
    if (expr->left)
        CT_TRY(gather_name(plan, expr->left, out, err));
    return expr->right ? gather_name(plan, expr->right, out, err) : CT_OK;
}

static bool is_taken(const struct ct_influx_plan *plan, struct ct_text name)
{
    for (uint32_t i = 0; i < plan->field_count; i++)
        if (plan->fields[i].alias.len && ct_text_equal(plan->fields[i].alias, name))
            return true;
    return ct_text_equal(plan->time_name, name);
}

/* The name, or the first of name_1, name_2 ... that is free. */
static ct_status free_name(const struct ct_influx_plan *plan, struct ct_text name,
                           struct ct_text *out, struct ct_error *err)
{
    char suffix[SUFFIX_BYTES];
    struct ct_text tried = name;
    for (unsigned i = 1; is_taken(plan, tried); i++) {
        snprintf(suffix, sizeof suffix, "%u", i);
        CT_TRY(join_names(plan, name, ct_text_of(suffix), &tried, err));
    }
    *out = tried;
    return CT_OK;
}

static ct_status name_columns(struct ct_influx_plan *plan, struct ct_error *err)
{
    for (uint32_t i = 0; i < plan->field_count; i++) {
        struct ct_text name = {"", 0};
        if (plan->fields[i].alias.len)
            continue;
        CT_TRY(gather_name(plan, plan->fields[i].expr, &name, err));
        CT_TRY(free_name(plan, name, &name, err));
        plan->fields[i].alias = name;
    }
    return CT_OK;
}

ct_status ct_influx_plan_expand(struct ct_influx_plan *plan, struct ct_error *err)
{
    struct ct_influx_name *names;
    uint32_t count;
    CT_TRY(all_names(plan, &names, &count, err));
    CT_TRY(expand_dimensions(plan, names, count, err));
    for (uint32_t i = 0; i < plan->select->field_count; i++)
        CT_TRY(expand_field(plan, &plan->select->fields[i], names, count, err));
    return name_columns(plan, err);
}
