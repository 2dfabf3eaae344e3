/* Statements, and what all of parsing needs. */
#include "influx_parse.h"

#include <stdio.h>

#include "influx_parser.h"

#define SHOWN_BYTES_MAX 40
#define PREFIX          "error parsing query: "

/* -- Errors ----------------------------------------------------------------------------------- */

/* 1-based, in characters, as InfluxDB counts: strings and regular expressions begin where the
 * character before them stands, and an end that was looked at before is one further. */
static void locate(const struct ct_influx_parser *parser, const struct ct_influx_token *token,
                   uint32_t *line, uint32_t *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < token->start && i < parser->text.len; i++) {
        const unsigned char byte = (unsigned char)parser->text.bytes[i];
        if (byte == '\n') {
            ++*line;
            *column = 1;
        } else if ((byte & 0xc0) != 0x80) {
            ++*column;
        }
    }
    const bool is_delimited = token->kind == CT_TOKEN_STRING ||
                              token->kind == CT_TOKEN_BAD_STRING || token->kind == CT_TOKEN_REGEX ||
                              token->kind == CT_TOKEN_BAD_REGEX;
    if (is_delimited && *column > 1)
        --*column;
    if (token->kind == CT_TOKEN_END && parser->has_looked_past_end)
        ++*column;
}

ct_status ct_influx_unexpected(struct ct_influx_parser *parser, const struct ct_influx_token *token,
                               const char *expected)
{
    uint32_t line;
    uint32_t column;
    locate(parser, token, &line, &column);
    const struct ct_text shown = ct_influx_token_shown(token);
    const int len = (int)(shown.len < SHOWN_BYTES_MAX ? shown.len : SHOWN_BYTES_MAX);
    return ct_fail(parser->err, CT_PARSE, PREFIX "found %.*s, expected %s at line %u, char %u", len,
                   shown.bytes, expected, line, column);
}

ct_status ct_influx_fail_at(struct ct_influx_parser *parser, const struct ct_influx_token *token,
                            const char *message)
{
    uint32_t line;
    uint32_t column;
    locate(parser, token, &line, &column);
    return ct_fail(parser->err, CT_PARSE, PREFIX "%s at line %u, char %u", message, line, column);
}

ct_status ct_influx_fail(struct ct_influx_parser *parser, const char *message)
{
    return ct_fail(parser->err, CT_PARSE, PREFIX "%s", message);
}

/* -- Memory and limits ------------------------------------------------------------------------ */

static ct_status no_memory(struct ct_influx_parser *parser)
{
    return ct_fail(parser->err, CT_NO_MEMORY, "out of memory for a statement");
}

ct_status ct_influx_node(struct ct_influx_parser *parser, enum ct_influx_expr_kind kind,
                         struct ct_influx_expr **out)
{
    if (parser->node_count++ >= CT_INFLUX_NODES_MAX)
        return ct_fail(parser->err, CT_LIMIT, PREFIX "more than %d terms", CT_INFLUX_NODES_MAX);
    *out = ct_arena_alloc_zeroed(parser->arena, 1, sizeof **out);
    if (!*out)
        return no_memory(parser);
    (*out)->kind = kind;
    return CT_OK;
}

ct_status ct_influx_extend(struct ct_influx_parser *parser, void *array_pointer, uint32_t count,
                           size_t element_bytes)
{
    if (count >= CT_INFLUX_LIST_MAX)
        return ct_fail(parser->err, CT_LIMIT, PREFIX "a list of more than %d", CT_INFLUX_LIST_MAX);
    if (count & (count - 1)) /* room for a power of two */
        return CT_OK;
    void *old;
    memcpy(&old, array_pointer, sizeof old);
    void *grown =
        ct_arena_alloc_zeroed(parser->arena, count ? 2 * (size_t)count : 1, element_bytes);
    if (!grown)
        return no_memory(parser);
    if (count)
        memcpy(grown, old, count * element_bytes);
    memcpy(array_pointer, &grown, sizeof grown);
    return CT_OK;
}

ct_status ct_influx_enter(struct ct_influx_parser *parser)
{
    if (parser->depth++ >= CT_INFLUX_DEPTH_MAX)
        return ct_fail(parser->err, CT_LIMIT, PREFIX "nested more than %d deep",
                       CT_INFLUX_DEPTH_MAX);
    return CT_OK;
}

void ct_influx_leave(struct ct_influx_parser *parser)
{
    parser->depth--;
}

/* -- Tokens ----------------------------------------------------------------------------------- */

static const struct ct_influx_parameter *find_parameter(const struct ct_influx_parser *parser,
                                                        struct ct_text name)
{
    for (uint32_t i = 0; i < parser->parameter_count; i++)
        if (ct_text_equal(parser->parameters[i].name, name))
            return &parser->parameters[i];
    return NULL;
}

/* A parameter's token becomes that of its value. */
static void bind(const struct ct_influx_parameter *parameter, struct ct_influx_token *token)
{
    static const enum ct_influx_token_kind kinds[] = {
        [CT_PARAMETER_STRING] = CT_TOKEN_STRING,     [CT_PARAMETER_INTEGER] = CT_TOKEN_INTEGER,
        [CT_PARAMETER_NUMBER] = CT_TOKEN_NUMBER,     [CT_PARAMETER_REGEX] = CT_TOKEN_REGEX,
        [CT_PARAMETER_DURATION] = CT_TOKEN_DURATION, [CT_PARAMETER_IDENTIFIER] = CT_TOKEN_NAME,
    };
    token->text = parameter->text;
    if (parameter->kind != CT_PARAMETER_BOOLEAN) {
        token->kind = kinds[parameter->kind];
        return;
    }
    token->kind = ct_text_equal(parameter->text, ct_text_of("true")) ? CT_WORD_TRUE : CT_WORD_FALSE;
    token->text = (struct ct_text){"", 0};
}

ct_status ct_influx_next_raw(struct ct_influx_parser *parser, struct ct_influx_token *out)
{
    CT_TRY(ct_influx_token_scan(parser->text, parser->at, parser->arena, out, parser->err));
    parser->at = out->end;
    parser->has_looked_past_end |= out->reads_past_end;
    if (out->kind == CT_TOKEN_PARAMETER) {
        const struct ct_influx_parameter *parameter = find_parameter(parser, out->text);
        if (parameter)
            bind(parameter, out);
    }
    return CT_OK;
}

ct_status ct_influx_next(struct ct_influx_parser *parser, struct ct_influx_token *out)
{
    do
        CT_TRY(ct_influx_next_raw(parser, out));
    while (out->kind == CT_TOKEN_BLANK);
    return CT_OK;
}

void ct_influx_put_back(struct ct_influx_parser *parser, size_t at)
{
    parser->at = at;
}

ct_status ct_influx_accept(struct ct_influx_parser *parser, enum ct_influx_token_kind kind,
                           bool *found)
{
    struct ct_influx_token token;
    const size_t at = parser->at;
    CT_TRY(ct_influx_next(parser, &token));
    *found = token.kind == kind;
    if (!*found)
        ct_influx_put_back(parser, at);
    return CT_OK;
}

ct_status ct_influx_expect(struct ct_influx_parser *parser, enum ct_influx_token_kind kind)
{
    struct ct_influx_token token;
    CT_TRY(ct_influx_next(parser, &token));
    if (token.kind != kind)
        return ct_influx_unexpected(parser, &token, ct_influx_token_kind_text(kind));
    return CT_OK;
}

ct_status ct_influx_parse_name(struct ct_influx_parser *parser, struct ct_text *out)
{
    struct ct_influx_token token;
    CT_TRY(ct_influx_next(parser, &token));
    if (token.kind != CT_TOKEN_NAME)
        return ct_influx_unexpected(parser, &token, "identifier");
    *out = token.text;
    return CT_OK;
}

/* -- Statements ------------------------------------------------------------------------------- */

/* Goes to the semicolon or the end, whatever stands there. */
static ct_status skip_statement(struct ct_influx_parser *parser)
{
    for (;;) {
        struct ct_influx_token token;
        const size_t at = parser->at;
        CT_TRY(ct_influx_next(parser, &token));
        if (token.kind == CT_SIGN_SEMICOLON || token.kind == CT_TOKEN_END) {
            ct_influx_put_back(parser, at);
            return CT_OK;
        }
    }
}

static ct_status refuse(struct ct_influx_parser *parser, const char *name,
                        struct ct_influx_statement *out)
{
    out->kind = CT_STATEMENT_REFUSED;
    out->name = ct_text_of(name);
    return skip_statement(parser);
}

static bool is_policy_word(enum ct_influx_token_kind kind)
{
    return kind == CT_WORD_DURATION || kind == CT_WORD_NAME || kind == CT_WORD_REPLICATION ||
           kind == CT_WORD_SHARD;
}

/* WITH [DURATION d] [REPLICATION n] [SHARD DURATION d] [NAME n]: read, and of no effect. */
static ct_status parse_policy(struct ct_influx_parser *parser)
{
    bool found;
    CT_TRY(ct_influx_accept(parser, CT_WORD_WITH, &found));
    if (!found)
        return CT_OK;
    struct ct_influx_token token;
    size_t at = parser->at;
    CT_TRY(ct_influx_next(parser, &token));
    if (!is_policy_word(token.kind))
        return ct_influx_unexpected(parser, &token, "DURATION, NAME, REPLICATION, SHARD");
    while (is_policy_word(token.kind)) {
        if (token.kind == CT_WORD_SHARD)
            CT_TRY(ct_influx_expect(parser, CT_WORD_DURATION));
        struct ct_influx_token value;
        CT_TRY(ct_influx_next(parser, &value));
        if (token.kind == CT_WORD_NAME && value.kind != CT_TOKEN_NAME)
            return ct_influx_unexpected(parser, &value, "identifier");
        if (token.kind == CT_WORD_REPLICATION && value.kind != CT_TOKEN_INTEGER)
            return ct_influx_unexpected(parser, &value, "integer");
        if ((token.kind == CT_WORD_DURATION || token.kind == CT_WORD_SHARD) &&
            value.kind != CT_TOKEN_DURATION && value.kind != CT_WORD_INF)
            return ct_influx_unexpected(parser, &value, "duration");
        at = parser->at;
        CT_TRY(ct_influx_next(parser, &token));
    }
    ct_influx_put_back(parser, at);
    return CT_OK;
}

static ct_status parse_create(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    struct ct_influx_token token;
    CT_TRY(ct_influx_next(parser, &token));
    switch ((unsigned)token.kind) {
    case CT_WORD_DATABASE:
        out->kind = CT_STATEMENT_CREATE_DATABASE;
        CT_TRY(ct_influx_parse_name(parser, &out->name));
        return parse_policy(parser);
    case CT_WORD_CONTINUOUS:
        return refuse(parser, "CREATE CONTINUOUS QUERY", out);
    case CT_WORD_USER:
        return refuse(parser, "CREATE USER", out);
    case CT_WORD_RETENTION:
        return refuse(parser, "CREATE RETENTION POLICY", out);
    case CT_WORD_SUBSCRIPTION:
        return refuse(parser, "CREATE SUBSCRIPTION", out);
    default:
        return ct_influx_unexpected(parser, &token,
                                    "CONTINUOUS, DATABASE, USER, RETENTION, SUBSCRIPTION");
    }
}

/* As refuse, where a word must follow for it to be the statement. */
static ct_status refuse_before(struct ct_influx_parser *parser, enum ct_influx_token_kind word,
                               const char *name, struct ct_influx_statement *out)
{
    CT_TRY(ct_influx_expect(parser, word));
    return refuse(parser, name, out);
}

/* [FROM sources] [WHERE condition], one of them at least. */
static ct_status parse_deletion(struct ct_influx_parser *parser, bool is_drop,
                                struct ct_influx_statement *out)
{
    out->kind = is_drop ? CT_STATEMENT_DROP_SERIES : CT_STATEMENT_DELETE;
    struct ct_influx_token token;
    const size_t at = parser->at;
    CT_TRY(ct_influx_next(parser, &token));
    if (token.kind == CT_WORD_FROM)
        CT_TRY(ct_influx_parse_sources(parser, false, &out->sources, &out->source_count));
    else
        ct_influx_put_back(parser, at);
    for (uint32_t i = 0; i < out->source_count; i++) {
        if (out->sources[i].retention.len)
            return ct_influx_fail(parser, "retention policy not supported at line 1, char 1");
        if (out->sources[i].database.len)
            return ct_influx_fail(parser, "database not supported at line 1, char 1");
    }
    CT_TRY(ct_influx_parse_where(parser, &out->condition));
    if (!out->condition && out->source_count == 0)
        return ct_influx_unexpected(parser, &token, "FROM, WHERE");
    return CT_OK;
}

static ct_status parse_drop(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    struct ct_influx_token token;
    CT_TRY(ct_influx_next(parser, &token));
    switch ((unsigned)token.kind) {
    case CT_WORD_DATABASE:
        out->kind = CT_STATEMENT_DROP_DATABASE;
        return ct_influx_parse_name(parser, &out->name);
    case CT_WORD_MEASUREMENT:
        out->kind = CT_STATEMENT_DROP_MEASUREMENT;
        return ct_influx_parse_name(parser, &out->name);
    case CT_WORD_SERIES:
        return parse_deletion(parser, true, out);
    case CT_WORD_CONTINUOUS:
        return refuse(parser, "DROP CONTINUOUS QUERY", out);
    case CT_WORD_RETENTION:
        return refuse(parser, "DROP RETENTION POLICY", out);
    case CT_WORD_SHARD:
        return refuse(parser, "DROP SHARD", out);
    case CT_WORD_SUBSCRIPTION:
        return refuse(parser, "DROP SUBSCRIPTION", out);
    case CT_WORD_USER:
        return refuse(parser, "DROP USER", out);
    default:
        return ct_influx_unexpected(
            parser, &token,
            "CONTINUOUS, DATABASE, MEASUREMENT, RETENTION, SERIES, SHARD, SUBSCRIPTION, USER");
    }
}

static ct_status parse_statement(struct ct_influx_parser *parser, struct ct_influx_statement *out)
{
    struct ct_influx_token token;
    bool found;
    CT_TRY(ct_influx_next(parser, &token));
    switch ((unsigned)token.kind) {
    case CT_WORD_SELECT:
        out->kind = CT_STATEMENT_SELECT;
        return ct_influx_parse_select(parser, false, &out->select);
    case CT_WORD_SHOW:
        return ct_influx_parse_show(parser, out);
    case CT_WORD_CREATE:
        return parse_create(parser, out);
    case CT_WORD_DROP:
        return parse_drop(parser, out);
    case CT_WORD_DELETE:
        return parse_deletion(parser, false, out);
    case CT_WORD_EXPLAIN:
        CT_TRY(ct_influx_accept(parser, CT_WORD_ANALYZE, &found));
        return refuse_before(parser, CT_WORD_SELECT, "EXPLAIN", out);
    case CT_WORD_GRANT:
        return refuse(parser, "GRANT", out);
    case CT_WORD_REVOKE:
        return refuse(parser, "REVOKE", out);
    case CT_WORD_ALTER:
        return refuse_before(parser, CT_WORD_RETENTION, "ALTER RETENTION POLICY", out);
    case CT_WORD_SET:
        return refuse_before(parser, CT_WORD_PASSWORD, "SET PASSWORD", out);
    case CT_WORD_KILL:
        return refuse_before(parser, CT_WORD_QUERY, "KILL QUERY", out);
    default:
        return ct_influx_unexpected(parser, &token,
                                    "SELECT, DELETE, SHOW, CREATE, DROP, EXPLAIN, GRANT, REVOKE, "
                                    "ALTER, SET, KILL");
    }
}

static ct_status parse_statements(struct ct_influx_parser *parser, struct ct_influx_query *out)
{
    bool is_separated = true;
    for (;;) {
        struct ct_influx_token token;
        const size_t at = parser->at;
        CT_TRY(ct_influx_next(parser, &token));
        if (token.kind == CT_TOKEN_END)
            return CT_OK;
        if (token.kind == CT_SIGN_SEMICOLON) {
            is_separated = true;
            continue;
        }
        if (!is_separated)
            return ct_influx_unexpected(parser, &token, ";");
        ct_influx_put_back(parser, at);
        CT_TRY(ct_influx_extend(parser, &out->statements, out->statement_count,
                                sizeof *out->statements));
        CT_TRY(parse_statement(parser, &out->statements[out->statement_count++]));
        is_separated = false;
    }
}

ct_status ct_influx_parse(struct ct_text text, const struct ct_influx_parameter *parameters,
                          uint32_t parameter_count, struct ct_arena *arena,
                          struct ct_influx_query *out, struct ct_error *err)
{
    if (text.len > CT_INFLUX_TEXT_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "a query of %zu bytes, at most %zu", text.len,
                       CT_INFLUX_TEXT_BYTES_MAX);
    while (text.len && strchr(" \t\r\n", text.bytes[text.len - 1])) /* as InfluxDB does */
        text.len--;
    struct ct_influx_parser parser = {
        .text = text,
        .parameters = parameters,
        .parameter_count = parameter_count,
        .arena = arena,
        .err = err,
    };
    *out = (struct ct_influx_query){0};
    return parse_statements(&parser, out);
}
