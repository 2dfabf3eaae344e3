/* SHOW in all its forms. */
#include "influx_parser.h"

static ct_status parse_on(struct ct_influx_parser *parser, struct ct_text *out)
{
    bool found;
    CT_TRY(ct_influx_accept(parser, CT_WORD_ON, &found));
    return found ? ct_influx_parse_name(parser, out) : CT_OK;
}

static ct_status parse_from(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    bool found;
    CT_TRY(ct_influx_accept(parser, CT_WORD_FROM, &found));
    return found ? ct_influx_parse_sources(parser, false, &out->sources, &out->source_count)
                 : CT_OK;
}

/* [WHERE] [ORDER BY] [LIMIT] [OFFSET]: what there is to show is sorted anyway. */
static ct_status parse_rest(struct ct_influx_parser *parser, bool of_series_too,
                            struct ct_influx_statement *out)
{
    bool is_ordered;
    bool is_descending = false;
    CT_TRY(ct_influx_parse_where(parser, &out->condition));
    CT_TRY(ct_influx_parse_order_by(parser, &is_ordered, &is_descending));
    return ct_influx_parse_limits(parser, of_series_too, &out->limits);
}

/* -- WITH KEY --------------------------------------------------------------------------------- */

static ct_status add_key(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    CT_TRY(ct_influx_extend(parser, &out->keys, out->key_count, sizeof *out->keys));
    return ct_influx_parse_name(parser, &out->keys[out->key_count++]);
}

static ct_status parse_key_list(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    CT_TRY(ct_influx_expect(parser, CT_SIGN_OPEN));
    for (bool has_more = true; has_more;) {
        CT_TRY(add_key(parser, out));
        CT_TRY(ct_influx_accept(parser, CT_SIGN_COMMA, &has_more));
    }
    return ct_influx_expect(parser, CT_SIGN_CLOSE);
}

static ct_status parse_key_regex(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    struct ct_influx_token token;
    CT_TRY(ct_influx_parse_regex(parser, &out->key_regex));
    if (out->key_regex)
        return CT_OK;
    CT_TRY(ct_influx_next(parser, &token));
    return ct_influx_unexpected(parser, &token, "regex");
}

/* After WITH. */
static ct_status parse_key(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    struct ct_influx_token token;
    CT_TRY(ct_influx_expect(parser, CT_WORD_KEY));
    CT_TRY(ct_influx_next(parser, &token));
    out->has_key = true;
    switch ((unsigned)token.kind) {
    case CT_WORD_IN:
        out->key_operator = CT_OPERATOR_EQUAL;
        return parse_key_list(parser, out);
    case CT_SIGN_EQUAL:
    case CT_SIGN_NOT_EQUAL:
        out->key_operator = token.kind == CT_SIGN_EQUAL ? CT_OPERATOR_EQUAL : CT_OPERATOR_NOT_EQUAL;
        return add_key(parser, out);
    case CT_SIGN_MATCH:
    case CT_SIGN_NOT_MATCH:
        out->key_operator = token.kind == CT_SIGN_MATCH ? CT_OPERATOR_MATCH : CT_OPERATOR_NOT_MATCH;
        return parse_key_regex(parser, out);
    default:
        return ct_influx_unexpected(parser, &token, "IN, =, =~");
    }
}

static ct_status parse_required_key(struct ct_influx_parser *parser,
                                    struct ct_influx_statement *out)
{
    CT_TRY(ct_influx_expect(parser, CT_WORD_WITH));
    return parse_key(parser, out);
}

/* -- Cardinalities ---------------------------------------------------------------------------- */

/* After CARDINALITY: [ON] [FROM] [WITH KEY] [WHERE] [GROUP BY] [LIMIT] [OFFSET]. */
static ct_status parse_cardinality(struct ct_influx_parser *parser,
                                   enum ct_influx_statement_kind kind,
                                   struct ct_influx_statement *out)
{
    out->kind = kind;
    CT_TRY(parse_on(parser, &out->database));
    CT_TRY(parse_from(parser, out));
    if (kind == CT_STATEMENT_SHOW_TAG_VALUES_CARDINALITY)
        CT_TRY(parse_required_key(parser, out));
    CT_TRY(ct_influx_parse_where(parser, &out->condition));
    struct ct_influx_expr **dimensions = NULL;
    uint32_t count = 0;
    CT_TRY(ct_influx_parse_group_by(parser, &dimensions, &count));
    return ct_influx_parse_limits(parser, false, &out->limits);
}

/* [EXACT] CARDINALITY, or nothing of that. */
static ct_status accept_cardinality(struct ct_influx_parser *parser, bool is_required,
                                    struct ct_influx_statement *out, bool *found)
{
    CT_TRY(ct_influx_accept(parser, CT_WORD_EXACT, &out->is_exact));
    struct ct_influx_token token;
    const size_t at = parser->at;
    CT_TRY(ct_influx_next(parser, &token));
    *found = token.kind == CT_WORD_CARDINALITY;
    if (*found)
        return CT_OK;
    if (is_required)
        return ct_influx_unexpected(parser, &token,
                                    out->is_exact ? "CARDINALITY" : "EXACT, CARDINALITY");
    ct_influx_put_back(parser, at);
    return CT_OK;
}

static ct_status parse_required_cardinality(struct ct_influx_parser *parser,
                                            enum ct_influx_statement_kind kind,
                                            struct ct_influx_statement *out)
{
    bool found;
    CT_TRY(accept_cardinality(parser, true, out, &found));
    return parse_cardinality(parser, kind, out);
}

/* -- One function a form ---------------------------------------------------------------------- */

static ct_status parse_measurements(struct ct_influx_parser *parser,
                                    struct ct_influx_statement *out)
{
    out->kind = CT_STATEMENT_SHOW_MEASUREMENTS;
    CT_TRY(parse_on(parser, &out->database));
    bool found;
    CT_TRY(ct_influx_accept(parser, CT_WORD_WITH, &found));
    if (found) {
        struct ct_influx_token token;
        CT_TRY(ct_influx_expect(parser, CT_WORD_MEASUREMENT));
        CT_TRY(ct_influx_next(parser, &token));
        if (token.kind != CT_SIGN_EQUAL && token.kind != CT_SIGN_MATCH)
            return ct_influx_unexpected(parser, &token, "=, =~");
        CT_TRY(ct_influx_parse_sources(parser, false, &out->sources, &out->source_count));
    }
    return parse_rest(parser, false, out);
}

static ct_status parse_series(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    bool found;
    CT_TRY(accept_cardinality(parser, false, out, &found));
    if (found)
        return parse_cardinality(parser, CT_STATEMENT_SHOW_SERIES_CARDINALITY, out);
    out->kind = CT_STATEMENT_SHOW_SERIES;
    CT_TRY(parse_on(parser, &out->database));
    CT_TRY(parse_from(parser, out));
    return parse_rest(parser, false, out);
}

static ct_status parse_tag_keys(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    out->kind = CT_STATEMENT_SHOW_TAG_KEYS;
    CT_TRY(parse_on(parser, &out->database));
    CT_TRY(parse_from(parser, out));
    bool found;
    CT_TRY(ct_influx_accept(parser, CT_WORD_WITH, &found));
    if (found)
        CT_TRY(parse_key(parser, out));
    return parse_rest(parser, true, out);
}

static ct_status parse_tag_values(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    bool found;
    CT_TRY(accept_cardinality(parser, false, out, &found));
    if (found)
        return parse_cardinality(parser, CT_STATEMENT_SHOW_TAG_VALUES_CARDINALITY, out);
    out->kind = CT_STATEMENT_SHOW_TAG_VALUES;
    CT_TRY(parse_on(parser, &out->database));
    CT_TRY(parse_from(parser, out));
    CT_TRY(parse_required_key(parser, out));
    return parse_rest(parser, false, out);
}

static ct_status parse_tag(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    struct ct_influx_token token;
    CT_TRY(ct_influx_next(parser, &token));
    switch ((unsigned)token.kind) {
    case CT_WORD_KEY:
        return parse_required_cardinality(parser, CT_STATEMENT_SHOW_TAG_KEY_CARDINALITY, out);
    case CT_WORD_KEYS:
        return parse_tag_keys(parser, out);
    case CT_WORD_VALUES:
        return parse_tag_values(parser, out);
    default:
        return ct_influx_unexpected(parser, &token, "KEY, KEYS, VALUES");
    }
}

static ct_status parse_field(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    struct ct_influx_token token;
    CT_TRY(ct_influx_next(parser, &token));
    if (token.kind == CT_WORD_KEY)
        return parse_required_cardinality(parser, CT_STATEMENT_SHOW_FIELD_KEY_CARDINALITY, out);
    if (token.kind != CT_WORD_KEYS)
        return ct_influx_unexpected(parser, &token, "KEY, KEYS");
    out->kind = CT_STATEMENT_SHOW_FIELD_KEYS;
    CT_TRY(parse_on(parser, &out->database));
    CT_TRY(parse_from(parser, out));
    bool is_ordered;
    bool is_descending = false;
    CT_TRY(ct_influx_parse_order_by(parser, &is_ordered, &is_descending));
    return ct_influx_parse_limits(parser, false, &out->limits);
}

static ct_status refuse(const char *name, struct ct_influx_statement *out)
{
    out->kind = CT_STATEMENT_REFUSED;
    out->name = ct_text_of(name);
    return CT_OK;
}

/* Skips what may follow FOR. */
static ct_status refuse_module(struct ct_influx_parser *parser, const char *name,
                               struct ct_influx_statement *out)
{
    bool found;
    CT_TRY(ct_influx_accept(parser, CT_WORD_FOR, &found));
    if (found)
        CT_TRY(ct_influx_expect(parser, CT_TOKEN_STRING));
    return refuse(name, out);
}

static ct_status parse_other(struct ct_influx_parser *parser, const struct ct_influx_token *token,
                             struct ct_influx_statement *out)
{
    switch ((unsigned)token->kind) {
    case CT_WORD_GRANTS:
        CT_TRY(ct_influx_expect(parser, CT_WORD_FOR));
        CT_TRY(ct_influx_parse_name(parser, &out->name));
        return refuse("SHOW GRANTS", out);
    case CT_WORD_SHARD:
        CT_TRY(ct_influx_expect(parser, CT_WORD_GROUPS));
        return refuse("SHOW SHARD GROUPS", out);
    case CT_WORD_SHARDS:
        return refuse("SHOW SHARDS", out);
    case CT_WORD_STATS:
        return refuse_module(parser, "SHOW STATS", out);
    case CT_WORD_DIAGNOSTICS:
        return refuse_module(parser, "SHOW DIAGNOSTICS", out);
    default:
        return ct_influx_unexpected(
            parser, token,
            "CONTINUOUS, DATABASES, DIAGNOSTICS, FIELD, GRANTS, MEASUREMENT, MEASUREMENTS, "
            "QUERIES, RETENTION, SERIES, SHARD, SHARDS, STATS, SUBSCRIPTIONS, TAG, USERS");
    }
}

ct_status ct_influx_parse_show(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    struct ct_influx_token token;
    CT_TRY(ct_influx_next(parser, &token));
    switch ((unsigned)token.kind) {
    case CT_WORD_DATABASES:
        out->kind = CT_STATEMENT_SHOW_DATABASES;
        return CT_OK;
    case CT_WORD_USERS:
        out->kind = CT_STATEMENT_SHOW_USERS;
        return CT_OK;
    case CT_WORD_QUERIES:
        out->kind = CT_STATEMENT_SHOW_QUERIES;
        return CT_OK;
    case CT_WORD_SUBSCRIPTIONS:
        out->kind = CT_STATEMENT_SHOW_SUBSCRIPTIONS;
        return CT_OK;
    case CT_WORD_CONTINUOUS:
        out->kind = CT_STATEMENT_SHOW_CONTINUOUS_QUERIES;
        return ct_influx_expect(parser, CT_WORD_QUERIES);
    case CT_WORD_RETENTION:
        out->kind = CT_STATEMENT_SHOW_RETENTION_POLICIES;
        CT_TRY(ct_influx_expect(parser, CT_WORD_POLICIES));
        return parse_on(parser, &out->database);
    case CT_WORD_MEASUREMENT:
        return parse_required_cardinality(parser, CT_STATEMENT_SHOW_MEASUREMENT_CARDINALITY, out);
    case CT_WORD_MEASUREMENTS:
        return parse_measurements(parser, out);
    case CT_WORD_SERIES:
        return parse_series(parser, out);
    case CT_WORD_TAG:
        return parse_tag(parser, out);
    case CT_WORD_FIELD:
        return parse_field(parser, out);
    default:
        return parse_other(parser, &token, out);
    }
}
