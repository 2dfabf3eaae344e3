/* SELECT and its clauses, which SHOW and DELETE share. */
#include "influx_parser.h"
#include "number.h"

/* -- Fields ----------------------------------------------------------------------------------- */

/* The first operator that belongs into a condition; *found false where there is none. */
static void find_condition(const struct ct_influx_expr *expr, enum ct_influx_operator *out,
                           bool *found)
{
    if (!expr || *found)
        return;
    if (expr->kind == CT_EXPR_BINARY && expr->operation >= CT_OPERATOR_AND) {
        *out = expr->operation;
        *found = true;
        return;
    }
    find_condition(expr->left, out, found);
    find_condition(expr->right, out, found);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        find_condition(expr->arguments[i], out, found);
}

static ct_status check_field(struct ct_influx_parser *parser, const struct ct_influx_expr *expr,
                             size_t at)
{
    enum ct_influx_operator operation = CT_OPERATOR_AND;
    bool found = false;
    find_condition(expr, &operation, &found);
    if (!found)
        return CT_OK;
    return ct_fail(parser->err, CT_PARSE,
                   "error parsing query: invalid operator %s in SELECT clause at line 1, char %zu; "
                   "operator is intended for WHERE clause",
                   ct_influx_operator_text(operation), at + 1);
}

static ct_status parse_alias(struct ct_influx_parser *parser, struct ct_text *out)
{
    bool found;
    CT_TRY(ct_influx_accept(parser, CT_WORD_AS, &found));
    return found ? ct_influx_parse_name(parser, out) : CT_OK;
}

static ct_status parse_field(struct ct_influx_parser *parser, struct ct_influx_field *out)
{
    CT_TRY(ct_influx_parse_regex(parser, &out->expr));
    if (!out->expr) {
        const size_t before = parser->at;
        struct ct_influx_token token;
        CT_TRY(ct_influx_next(parser, &token));
        ct_influx_put_back(parser, before);
        CT_TRY(ct_influx_parse_expr(parser, &out->expr));
        CT_TRY(check_field(parser, out->expr, token.start));
    }
    return parse_alias(parser, &out->alias);
}

static ct_status parse_fields(struct ct_influx_parser *parser, struct ct_influx_select *select)
{
    for (bool has_more = true; has_more;) {
        CT_TRY(
            ct_influx_extend(parser, &select->fields, select->field_count, sizeof *select->fields));
        CT_TRY(parse_field(parser, &select->fields[select->field_count++]));
        CT_TRY(ct_influx_accept(parser, CT_SIGN_COMMA, &has_more));
    }
    return CT_OK;
}

/* -- Sources ---------------------------------------------------------------------------------- */

static ct_status parse_subquery(struct ct_influx_parser *parser, struct ct_influx_source *out)
{
    CT_TRY(ct_influx_expect(parser, CT_WORD_SELECT));
    CT_TRY(ct_influx_enter(parser));
    CT_TRY(ct_influx_parse_select(parser, true, &out->subquery));
    ct_influx_leave(parser);
    return ct_influx_expect(parser, CT_SIGN_CLOSE);
}

/* What stands before the last dot are retention policy and database. */
static ct_status parse_source(struct ct_influx_parser *parser, bool takes_subqueries,
                              struct ct_influx_source *out)
{
    CT_TRY(ct_influx_parse_regex(parser, &out->regex));
    if (out->regex)
        return CT_OK;
    bool found = false;
    if (takes_subqueries)
        CT_TRY(ct_influx_accept(parser, CT_SIGN_OPEN, &found));
    if (found)
        return parse_subquery(parser, out);
    struct ct_text segments[3];
    uint32_t count;
    CT_TRY(ct_influx_parse_segments(parser, segments, &count));
    if (count < 3)
        CT_TRY(ct_influx_parse_regex(parser, &out->regex));
    if (!out->regex)
        out->name = segments[--count];
    if (count > 0)
        out->retention = segments[--count];
    if (count > 0)
        out->database = segments[--count];
    return CT_OK;
}

ct_status ct_influx_parse_sources(struct ct_influx_parser *parser, bool takes_subqueries,
                                  struct ct_influx_source **out, uint32_t *count)
{
    for (bool has_more = true; has_more;) {
        CT_TRY(ct_influx_extend(parser, out, *count, sizeof **out));
        CT_TRY(parse_source(parser, takes_subqueries, &(*out)[(*count)++]));
        CT_TRY(ct_influx_accept(parser, CT_SIGN_COMMA, &has_more));
    }
    return CT_OK;
}

/* -- Clauses ---------------------------------------------------------------------------------- */

ct_status ct_influx_parse_where(struct ct_influx_parser *parser, struct ct_influx_expr **out)
{
    bool found;
    CT_TRY(ct_influx_accept(parser, CT_WORD_WHERE, &found));
    return found ? ct_influx_parse_expr(parser, out) : CT_OK;
}

ct_status ct_influx_parse_group_by(struct ct_influx_parser *parser, struct ct_influx_expr ***out,
                                   uint32_t *count)
{
    bool has_more;
    CT_TRY(ct_influx_accept(parser, CT_WORD_GROUP, &has_more));
    if (has_more)
        CT_TRY(ct_influx_expect(parser, CT_WORD_BY));
    while (has_more) {
        CT_TRY(ct_influx_extend(parser, out, *count, sizeof **out));
        struct ct_influx_expr **dimension = &(*out)[(*count)++];
        CT_TRY(ct_influx_parse_regex(parser, dimension));
        if (!*dimension)
            CT_TRY(ct_influx_parse_expr(parser, dimension));
        CT_TRY(ct_influx_accept(parser, CT_SIGN_COMMA, &has_more));
    }
    return CT_OK;
}

static bool is_named(struct ct_text text, const char *lower_case)
{
    for (size_t i = 0; i < text.len; i++)
        if ((text.bytes[i] | 0x20) != lower_case[i])
            return false;
    return lower_case[text.len] == 0;
}

/* The call of `name` that is next, or NULL: a clause in the form of a function. */
static ct_status parse_clause_call(struct ct_influx_parser *parser, const char *name,
                                   const char *no_call, struct ct_influx_expr **out)
{
    *out = NULL;
    struct ct_influx_token token;
    const size_t at = parser->at;
    CT_TRY(ct_influx_next(parser, &token));
    ct_influx_put_back(parser, at);
    if (token.kind != CT_TOKEN_NAME || !is_named(token.text, name))
        return CT_OK;
    CT_TRY(ct_influx_parse_expr(parser, out));
    return (*out)->kind == CT_EXPR_CALL ? CT_OK : ct_influx_fail(parser, no_call);
}

static ct_status parse_fill(struct ct_influx_parser *parser, struct ct_influx_select *out)
{
    static const struct {
        const char *name;
        enum ct_influx_fill fill;
    } fills[] = {
        {"null", CT_INFLUX_FILL_NULL},
        {"none", CT_INFLUX_FILL_NONE},
        {"previous", CT_INFLUX_FILL_PREVIOUS},
        {"linear", CT_INFLUX_FILL_LINEAR},
    };
    struct ct_influx_expr *call;
    CT_TRY(parse_clause_call(parser, "fill", "fill must be a function call", &call));
    if (!call)
        return CT_OK;
    if (call->argument_count != 1)
        return ct_influx_fail(parser,
                              "fill requires an argument, e.g.: 0, null, none, previous, linear");
    struct ct_influx_expr *argument = call->arguments[0];
    for (size_t i = 0; argument->kind == CT_EXPR_VARIABLE && i < CT_COUNT_OF(fills); i++)
        if (ct_text_equal(argument->text, ct_text_of(fills[i].name))) {
            out->fill = fills[i].fill;
            return CT_OK;
        }
    if (argument->kind != CT_EXPR_INTEGER && argument->kind != CT_EXPR_NUMBER)
        return ct_influx_fail(parser, "expected number argument in fill()");
    out->fill = CT_INFLUX_FILL_NUMBER;
    out->fill_value = argument;
    return CT_OK;
}

static ct_status parse_zone(struct ct_influx_parser *parser, struct ct_influx_select *out)
{
    struct ct_influx_expr *call;
    CT_TRY(parse_clause_call(parser, "tz", "tz must be a function call", &call));
    if (!call)
        return CT_OK;
    if (call->argument_count != 1)
        return ct_influx_fail(parser, "tz requires exactly one argument");
    if (call->arguments[0]->kind != CT_EXPR_STRING)
        return ct_influx_fail(parser, "expected string argument in tz()");
    out->zone = call->arguments[0]->text;
    return CT_OK;
}

ct_status ct_influx_parse_order_by(struct ct_influx_parser *parser, bool *is_ordered,
                                   bool *is_descending)
{
    static const char refusal[] = "only ORDER BY time supported at this time";
    CT_TRY(ct_influx_accept(parser, CT_WORD_ORDER, is_ordered));
    if (!*is_ordered)
        return CT_OK;
    CT_TRY(ct_influx_expect(parser, CT_WORD_BY));
    struct ct_influx_token token;
    CT_TRY(ct_influx_next(parser, &token));
    bool found;
    if (token.kind == CT_TOKEN_NAME) {
        if (!ct_text_equal(token.text, ct_text_of("time")))
            return ct_influx_fail(parser, refusal);
        CT_TRY(ct_influx_accept(parser, CT_WORD_DESC, is_descending));
        if (!*is_descending)
            CT_TRY(ct_influx_accept(parser, CT_WORD_ASC, &found));
    } else if (token.kind == CT_WORD_ASC || token.kind == CT_WORD_DESC) {
        *is_descending = token.kind == CT_WORD_DESC;
    } else {
        return ct_influx_unexpected(parser, &token, "identifier, ASC, DESC");
    }
    CT_TRY(ct_influx_accept(parser, CT_SIGN_COMMA, &found));
    return found ? ct_influx_fail(parser, refusal) : CT_OK;
}

static ct_status parse_limit(struct ct_influx_parser *parser, enum ct_influx_token_kind word,
                             uint64_t *out)
{
    bool found;
    CT_TRY(ct_influx_accept(parser, word, &found));
    if (!found)
        return CT_OK;
    struct ct_influx_token token;
    CT_TRY(ct_influx_next(parser, &token));
    if (token.kind != CT_TOKEN_INTEGER)
        return ct_influx_unexpected(parser, &token, "integer");
    if (ct_parse_uint64(token.text, out) != CT_OK || *out > INT64_MAX)
        return ct_influx_fail_at(parser, &token, "unable to parse integer");
    return CT_OK;
}

ct_status ct_influx_parse_limits(struct ct_influx_parser *parser, bool of_series_too,
                                 struct ct_influx_limits *out)
{
    CT_TRY(parse_limit(parser, CT_WORD_LIMIT, &out->limit));
    CT_TRY(parse_limit(parser, CT_WORD_OFFSET, &out->offset));
    if (!of_series_too)
        return CT_OK;
    CT_TRY(parse_limit(parser, CT_WORD_SLIMIT, &out->series_limit));
    return parse_limit(parser, CT_WORD_SOFFSET, &out->series_offset);
}

/* INTO: read, so that it can be refused by name. */
static ct_status parse_target(struct ct_influx_parser *parser, struct ct_influx_select *out)
{
    CT_TRY(ct_influx_accept(parser, CT_WORD_INTO, &out->has_target));
    if (!out->has_target)
        return CT_OK;
    struct ct_text segments[3];
    uint32_t count;
    CT_TRY(ct_influx_parse_segments(parser, segments, &count));
    bool found;
    CT_TRY(ct_influx_accept(parser, CT_SIGN_COLON, &found));
    return found ? ct_influx_expect(parser, CT_WORD_MEASUREMENT) : CT_OK;
}

ct_status ct_influx_parse_select(struct ct_influx_parser *parser, bool is_subquery,
                                 struct ct_influx_select **out)
{
    struct ct_influx_select *select = ct_arena_alloc_zeroed(parser->arena, 1, sizeof *select);
    if (!select)
        return ct_fail(parser->err, CT_NO_MEMORY, "out of memory for a statement");
    *out = select;
    CT_TRY(parse_fields(parser, select));
    if (!is_subquery)
        CT_TRY(parse_target(parser, select));
    CT_TRY(ct_influx_expect(parser, CT_WORD_FROM));
    CT_TRY(ct_influx_parse_sources(parser, true, &select->sources, &select->source_count));
    CT_TRY(ct_influx_parse_where(parser, &select->condition));
    CT_TRY(ct_influx_parse_group_by(parser, &select->dimensions, &select->dimension_count));
    CT_TRY(parse_fill(parser, select));
    CT_TRY(ct_influx_parse_order_by(parser, &select->is_ordered, &select->is_descending));
    CT_TRY(ct_influx_parse_limits(parser, true, &select->limits));
    return parse_zone(parser, select);
}
