/* Expressions: fields, conditions, dimensions, arguments. */
#include "influx_parser.h"
#include "number.h"

/* -- Names ------------------------------------------------------------------------------------ */

ct_status ct_influx_parse_segments(struct ct_influx_parser *parser, struct ct_text out[3],
                                   uint32_t *count)
{
    CT_TRY(ct_influx_parse_name(parser, &out[0]));
    *count = 1;
    for (;;) {
        struct ct_influx_token token;
        const size_t at = parser->at;
        CT_TRY(ct_influx_next_raw(parser, &token));
        if (token.kind != CT_SIGN_DOT) {
            ct_influx_put_back(parser, at);
            return CT_OK;
        }
        const char next = parser->at < parser->text.len ? parser->text.bytes[parser->at] : '\0';
        if (next == '/' || next == ':')
            return CT_OK;
        if (*count == 3)
            return ct_influx_fail(parser, "too many segments in a name at line 1, char 1");
        out[*count] = (struct ct_text){"", 0};
        if (next != '.')
            CT_TRY(ct_influx_parse_name(parser, &out[*count]));
        ++*count;
    }
}

static ct_status join(struct ct_influx_parser *parser, const struct ct_text *segments,
                      uint32_t count, struct ct_text *out)
{
    if (count == 1) {
        *out = segments[0];
        return CT_OK;
    }
    size_t len = count - 1;
    for (uint32_t i = 0; i < count; i++)
        len += segments[i].len;
    char *bytes = ct_arena_alloc(parser->arena, len);
    if (!bytes)
        return ct_fail(parser->err, CT_NO_MEMORY, "out of memory for a statement");
    *out = (struct ct_text){bytes, len};
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            *bytes++ = '.';
        if (segments[i].len)
            memcpy(bytes, segments[i].bytes, segments[i].len);
        bytes += segments[i].len;
    }
    return CT_OK;
}

static bool is_named(struct ct_text text, const char *lower)
{
    for (size_t i = 0; i < text.len; i++) {
        const char byte = text.bytes[i];
        if ((byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte) != lower[i])
            return false;
    }
    return lower[text.len] == 0;
}

/* What stands behind a ::, if one is next. */
static ct_status parse_cast(struct ct_influx_parser *parser, bool of_wildcard,
                            enum ct_influx_cast *out)
{
    static const struct {
        const char *name;
        enum ct_influx_cast cast;
    } casts[] = {
        {"float", CT_CAST_FLOAT},   {"integer", CT_CAST_INTEGER}, {"unsigned", CT_CAST_UNSIGNED},
        {"string", CT_CAST_STRING}, {"boolean", CT_CAST_BOOLEAN},
    };
    struct ct_influx_token token;
    const size_t at = parser->at;
    CT_TRY(ct_influx_next_raw(parser, &token));
    if (token.kind != CT_SIGN_DOUBLE_COLON) {
        ct_influx_put_back(parser, at);
        return CT_OK;
    }
    CT_TRY(ct_influx_next_raw(parser, &token));
    if (token.kind == CT_WORD_FIELD || token.kind == CT_WORD_TAG) {
        *out = token.kind == CT_WORD_FIELD ? CT_CAST_FIELD : CT_CAST_TAG;
        return CT_OK;
    }
    for (size_t i = 0; !of_wildcard && token.kind == CT_TOKEN_NAME && i < CT_COUNT_OF(casts); i++)
        if (is_named(token.text, casts[i].name)) {
            *out = casts[i].cast;
            return CT_OK;
        }
    return ct_influx_unexpected(
        parser, &token,
        of_wildcard ? "field, tag" : "float, integer, unsigned, string, boolean, field, tag");
}

static ct_status parse_variable(struct ct_influx_parser *parser, struct ct_influx_expr **out)
{
    struct ct_text segments[3];
    uint32_t count;
    CT_TRY(ct_influx_parse_segments(parser, segments, &count));
    CT_TRY(ct_influx_node(parser, CT_EXPR_VARIABLE, out));
    CT_TRY(join(parser, segments, count, &(*out)->text));
    return parse_cast(parser, false, &(*out)->cast);
}

/* -- Regular expressions ---------------------------------------------------------------------- */

ct_status ct_influx_parse_regex(struct ct_influx_parser *parser, struct ct_influx_expr **out)
{
    *out = NULL;
    struct ct_influx_token token;
    size_t at = parser->at;
    CT_TRY(ct_influx_next_raw(parser, &token));
    if (token.kind == CT_TOKEN_BLANK) {
        at = parser->at;
        CT_TRY(ct_influx_next_raw(parser, &token));
    }
    if (token.kind == CT_SIGN_SLASH) {
        CT_TRY(ct_influx_token_scan_regex(parser->text, at, parser->arena, &token, parser->err));
        parser->at = token.end;
    }
    parser->has_looked_past_end |= token.kind == CT_TOKEN_END;
    if (token.kind == CT_TOKEN_BAD_REGEX)
        return ct_influx_fail_at(parser, &token, "bad regex: ");
    if (token.kind != CT_TOKEN_REGEX) {
        ct_influx_put_back(parser, at);
        return CT_OK;
    }
    CT_TRY(ct_influx_node(parser, CT_EXPR_REGEX, out));
    (*out)->text = token.text;
    return CT_OK;
}

static ct_status parse_required_regex(struct ct_influx_parser *parser, struct ct_influx_expr **out)
{
    CT_TRY(ct_influx_parse_regex(parser, out));
    if (*out)
        return CT_OK;
    struct ct_influx_token token;
    CT_TRY(ct_influx_next(parser, &token));
    return ct_influx_unexpected(parser, &token, "regex");
}

/* -- Literals --------------------------------------------------------------------------------- */

ct_status ct_influx_duration_parse(struct ct_text text, int64_t *out_ns)
{
    static const struct {
        const char *unit;
        int64_t ns;
    } units[] = {
        {"ns", 1},
        {"ms", 1000000},
        {"\xc2\xb5", 1000},
        {"u", 1000},
        {"s", 1000000000},
        {"m", INT64_C(60) * 1000000000},
        {"h", INT64_C(3600) * 1000000000},
        {"d", INT64_C(86400) * 1000000000},
        {"w", INT64_C(604800) * 1000000000},
    };
    int64_t total = 0;
    const char *at = text.bytes;
    const char *end = text.bytes + text.len;
    if (text.len < 2)
        return CT_PARSE;
    while (at < end) {
        int64_t number;
        const char *stop;
        CT_TRY(ct_scan_int64(at, end, &number, &stop));
        size_t i = 0;
        size_t len = 0;
        for (; i < CT_COUNT_OF(units); i++) {
            len = strlen(units[i].unit);
            if (len <= (size_t)(end - stop) && memcmp(stop, units[i].unit, len) == 0)
                break;
        }
        int64_t part;
        if (i == CT_COUNT_OF(units))
            return CT_PARSE;
        if (__builtin_mul_overflow(number, units[i].ns, &part) ||
            __builtin_add_overflow(total, part, &total))
            return CT_RANGE;
        at = stop + len;
    }
    *out_ns = total;
    return CT_OK;
}

static ct_status parse_number(struct ct_influx_parser *parser, const struct ct_influx_token *token,
                              struct ct_influx_expr **out)
{
    CT_TRY(ct_influx_node(parser, CT_EXPR_NUMBER, out));
    (*out)->text = token->text;
    if (ct_parse_double(token->text, &(*out)->number) != CT_OK)
        return ct_influx_fail_at(parser, token, "unable to parse number");
    return CT_OK;
}

static ct_status parse_integer(struct ct_influx_parser *parser, const struct ct_influx_token *token,
                               struct ct_influx_expr **out)
{
    CT_TRY(ct_influx_node(parser, CT_EXPR_INTEGER, out));
    if (ct_parse_int64(token->text, &(*out)->integer) == CT_OK)
        return CT_OK;
    (*out)->kind = CT_EXPR_UNSIGNED;
    if (ct_parse_uint64(token->text, &(*out)->unsigned_integer) != CT_OK)
        return ct_influx_fail_at(parser, token, "unable to parse integer");
    return CT_OK;
}

static ct_status parse_duration(struct ct_influx_parser *parser,
                                const struct ct_influx_token *token, struct ct_influx_expr **out)
{
    CT_TRY(ct_influx_node(parser, CT_EXPR_DURATION, out));
    const ct_status status = ct_influx_duration_parse(token->text, &(*out)->integer);
    if (status == CT_RANGE)
        return ct_influx_fail(parser, "overflowed duration: choose a smaller duration or INF");
    return status == CT_OK ? CT_OK : ct_influx_fail(parser, "invalid duration");
}

/* -- Terms ------------------------------------------------------------------------------------ */

static ct_status add_argument(struct ct_influx_parser *parser, struct ct_influx_expr *call)
{
    struct ct_influx_expr *argument;
    CT_TRY(ct_influx_parse_regex(parser, &argument));
    if (!argument)
        CT_TRY(ct_influx_parse_expr(parser, &argument));
    CT_TRY(
        ct_influx_extend(parser, &call->arguments, call->argument_count, sizeof *call->arguments));
    call->arguments[call->argument_count++] = argument;
    return CT_OK;
}

static ct_status lower(struct ct_influx_parser *parser, struct ct_text name, struct ct_text *out)
{
    char *bytes = ct_arena_alloc(parser->arena, name.len);
    if (!bytes)
        return ct_fail(parser->err, CT_NO_MEMORY, "out of memory for a statement");
    for (size_t i = 0; i < name.len; i++) {
        const char byte = name.bytes[i];
        bytes[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
    }
    *out = (struct ct_text){bytes, name.len};
    return CT_OK;
}

/* After the opening parenthesis. */
static ct_status parse_call(struct ct_influx_parser *parser, struct ct_text name,
                            struct ct_influx_expr **out)
{
    struct ct_influx_token token;
    CT_TRY(ct_influx_node(parser, CT_EXPR_CALL, out));
    CT_TRY(lower(parser, name, &(*out)->text));
    const size_t at = parser->at;
    CT_TRY(ct_influx_next_raw(parser, &token));
    if (token.kind == CT_SIGN_CLOSE)
        return CT_OK;
    ct_influx_put_back(parser, at);
    for (bool has_more = true; has_more;) {
        CT_TRY(add_argument(parser, *out));
        CT_TRY(ct_influx_accept(parser, CT_SIGN_COMMA, &has_more));
    }
    return ct_influx_expect(parser, CT_SIGN_CLOSE);
}

/* distinct(x), or distinct x. */
static ct_status parse_distinct(struct ct_influx_parser *parser, struct ct_influx_expr **out)
{
    struct ct_influx_token token;
    CT_TRY(ct_influx_next_raw(parser, &token));
    if (token.kind == CT_SIGN_OPEN)
        return parse_call(parser, ct_text_of("distinct"), out);
    if (token.kind != CT_TOKEN_BLANK)
        return ct_influx_unexpected(parser, &token, "(, identifier");
    struct ct_influx_expr *variable;
    CT_TRY(ct_influx_node(parser, CT_EXPR_VARIABLE, &variable));
    CT_TRY(ct_influx_parse_name(parser, &variable->text));
    CT_TRY(ct_influx_node(parser, CT_EXPR_CALL, out));
    (*out)->text = ct_text_of("distinct");
    CT_TRY(ct_influx_extend(parser, &(*out)->arguments, 0, sizeof *(*out)->arguments));
    (*out)->arguments[(*out)->argument_count++] = variable;
    return CT_OK;
}

static ct_status parse_term(struct ct_influx_parser *parser, struct ct_influx_expr **out);

/* After a sign: constants take it in, other terms are multiplied by it. */
static ct_status parse_signed(struct ct_influx_parser *parser, bool is_negative,
                              struct ct_influx_expr **out)
{
    struct ct_influx_token token;
    const size_t at = parser->at;
    CT_TRY(ct_influx_next(parser, &token));
    if (token.kind != CT_TOKEN_NUMBER && token.kind != CT_TOKEN_INTEGER &&
        token.kind != CT_TOKEN_DURATION && token.kind != CT_SIGN_OPEN &&
        token.kind != CT_TOKEN_NAME)
        return ct_influx_unexpected(parser, &token, "identifier, number, duration, (");
    ct_influx_put_back(parser, at);
    struct ct_influx_expr *term;
    CT_TRY(parse_term(parser, &term));
    *out = term;
    if (term->kind == CT_EXPR_NUMBER || term->kind == CT_EXPR_INTEGER ||
        term->kind == CT_EXPR_DURATION) {
        term->number = is_negative ? -term->number : term->number;
        term->integer = is_negative ? -term->integer : term->integer;
        return CT_OK;
    }
    if (term->kind == CT_EXPR_UNSIGNED) {
        if (!is_negative)
            return CT_OK;
        if (term->unsigned_integer != (uint64_t)INT64_MAX + 1)
            return ct_influx_fail(parser, "constant underflows int64");
        term->kind = CT_EXPR_INTEGER;
        term->integer = INT64_MIN;
        return CT_OK;
    }
    CT_TRY(ct_influx_node(parser, CT_EXPR_BINARY, out));
    (*out)->operation = CT_OPERATOR_MULTIPLY;
    (*out)->right = term;
    CT_TRY(ct_influx_node(parser, CT_EXPR_INTEGER, &(*out)->left));
    (*out)->left->integer = is_negative ? -1 : 1;
    return CT_OK;
}

static ct_status parse_paren(struct ct_influx_parser *parser, struct ct_influx_expr **out)
{
    CT_TRY(ct_influx_node(parser, CT_EXPR_PAREN, out));
    CT_TRY(ct_influx_parse_expr(parser, &(*out)->left));
    return ct_influx_expect(parser, CT_SIGN_CLOSE);
}

/* A call or a variable; the name begins at `at`. */
static ct_status parse_named(struct ct_influx_parser *parser, const struct ct_influx_token *name,
                             size_t at, struct ct_influx_expr **out)
{
    struct ct_influx_token token;
    CT_TRY(ct_influx_next_raw(parser, &token));
    if (token.kind == CT_SIGN_OPEN)
        return parse_call(parser, name->text, out);
    ct_influx_put_back(parser, at);
    return parse_variable(parser, out);
}

static ct_status fail_parameter(struct ct_influx_parser *parser,
                                const struct ct_influx_token *token)
{
    if (token->text.len == 0)
        return ct_influx_fail(parser, "empty bound parameter");
    return ct_fail(parser->err, CT_PARSE, "error parsing query: missing parameter: %.*s",
                   (int)(token->text.len < 80 ? token->text.len : 80), token->text.bytes);
}

static ct_status parse_term(struct ct_influx_parser *parser, struct ct_influx_expr **out)
{
    struct ct_influx_token token;
    const size_t at = parser->at;
    CT_TRY(ct_influx_next(parser, &token));
    switch ((unsigned)token.kind) {
    case CT_SIGN_OPEN:
        return parse_paren(parser, out);
    case CT_TOKEN_NAME:
        return parse_named(parser, &token, at, out);
    case CT_WORD_DISTINCT:
        return parse_distinct(parser, out);
    case CT_TOKEN_STRING:
    case CT_TOKEN_REGEX:
        CT_TRY(ct_influx_node(parser, token.kind == CT_TOKEN_REGEX ? CT_EXPR_REGEX : CT_EXPR_STRING,
                              out));
        (*out)->text = token.text;
        return CT_OK;
    case CT_TOKEN_NUMBER:
        return parse_number(parser, &token, out);
    case CT_TOKEN_INTEGER:
        return parse_integer(parser, &token, out);
    case CT_TOKEN_DURATION:
        return parse_duration(parser, &token, out);
    case CT_WORD_TRUE:
    case CT_WORD_FALSE:
        CT_TRY(ct_influx_node(parser, CT_EXPR_BOOLEAN, out));
        (*out)->boolean = token.kind == CT_WORD_TRUE;
        return CT_OK;
    case CT_SIGN_STAR:
        CT_TRY(ct_influx_node(parser, CT_EXPR_WILDCARD, out));
        return parse_cast(parser, true, &(*out)->cast);
    case CT_TOKEN_PARAMETER:
        return fail_parameter(parser, &token);
    case CT_SIGN_PLUS:
    case CT_SIGN_MINUS:
        return parse_signed(parser, token.kind == CT_SIGN_MINUS, out);
    default:
        return ct_influx_unexpected(parser, &token, "identifier, string, number, bool");
    }
}

/* -- Operators -------------------------------------------------------------------------------- */

struct operator_row {
    enum ct_influx_token_kind token;
    enum ct_influx_operator operation;
};

static const struct operator_row operators[] = {
    {CT_SIGN_PLUS, CT_OPERATOR_ADD},        {CT_SIGN_MINUS, CT_OPERATOR_SUBTRACT},
    {CT_SIGN_STAR, CT_OPERATOR_MULTIPLY},   {CT_SIGN_SLASH, CT_OPERATOR_DIVIDE},
    {CT_SIGN_PERCENT, CT_OPERATOR_MODULO},  {CT_SIGN_AMPERSAND, CT_OPERATOR_BIT_AND},
    {CT_SIGN_BAR, CT_OPERATOR_BIT_OR},      {CT_SIGN_CARET, CT_OPERATOR_BIT_XOR},
    {CT_WORD_AND, CT_OPERATOR_AND},         {CT_WORD_OR, CT_OPERATOR_OR},
    {CT_SIGN_EQUAL, CT_OPERATOR_EQUAL},     {CT_SIGN_NOT_EQUAL, CT_OPERATOR_NOT_EQUAL},
    {CT_SIGN_MATCH, CT_OPERATOR_MATCH},     {CT_SIGN_NOT_MATCH, CT_OPERATOR_NOT_MATCH},
    {CT_SIGN_LESS, CT_OPERATOR_LESS},       {CT_SIGN_LESS_EQUAL, CT_OPERATOR_LESS_EQUAL},
    {CT_SIGN_GREATER, CT_OPERATOR_GREATER}, {CT_SIGN_GREATER_EQUAL, CT_OPERATOR_GREATER_EQUAL},
};

static const struct operator_row *operator_of(enum ct_influx_token_kind kind)
{
    for (size_t i = 0; i < CT_COUNT_OF(operators); i++)
        if (operators[i].token == kind)
            return &operators[i];
    return NULL;
}

static int precedence_of(enum ct_influx_operator operation)
{
    switch (operation) {
    case CT_OPERATOR_OR:
        return 1;
    case CT_OPERATOR_AND:
        return 2;
    case CT_OPERATOR_EQUAL:
    case CT_OPERATOR_NOT_EQUAL:
    case CT_OPERATOR_MATCH:
    case CT_OPERATOR_NOT_MATCH:
    case CT_OPERATOR_LESS:
    case CT_OPERATOR_LESS_EQUAL:
    case CT_OPERATOR_GREATER:
    case CT_OPERATOR_GREATER_EQUAL:
        return 3;
    case CT_OPERATOR_ADD:
    case CT_OPERATOR_SUBTRACT:
    case CT_OPERATOR_BIT_OR:
    case CT_OPERATOR_BIT_XOR:
        return 4;
    case CT_OPERATOR_MULTIPLY:
    case CT_OPERATOR_DIVIDE:
    case CT_OPERATOR_MODULO:
    case CT_OPERATOR_BIT_AND:
        return 5;
    }
    return 0;
}

/* Hangs the operator and its right side in where its precedence belongs: down the right edge, past
 * all operators that bind less. */
static void hang(struct ct_influx_expr **root, struct ct_influx_expr *binary)
{
    struct ct_influx_expr **place = root;
    while ((*place)->kind == CT_EXPR_BINARY &&
           precedence_of((*place)->operation) < precedence_of(binary->operation))
        place = &(*place)->right;
    binary->left = *place;
    *place = binary;
}

static ct_status parse_operations(struct ct_influx_parser *parser, struct ct_influx_expr **root)
{
    CT_TRY(parse_term(parser, root));
    for (;;) {
        struct ct_influx_token token;
        const size_t at = parser->at;
        CT_TRY(ct_influx_next(parser, &token));
        const struct operator_row *row = operator_of(token.kind);
        if (!row) {
            ct_influx_put_back(parser, at);
            return CT_OK;
        }
        struct ct_influx_expr *binary;
        CT_TRY(ct_influx_node(parser, CT_EXPR_BINARY, &binary));
        binary->operation = row->operation;
        if (row->operation == CT_OPERATOR_MATCH || row->operation == CT_OPERATOR_NOT_MATCH)
            CT_TRY(parse_required_regex(parser, &binary->right));
        else
            CT_TRY(parse_term(parser, &binary->right));
        hang(root, binary);
    }
}

ct_status ct_influx_parse_expr(struct ct_influx_parser *parser, struct ct_influx_expr **out)
{
    CT_TRY(ct_influx_enter(parser));
    CT_TRY(parse_operations(parser, out));
    ct_influx_leave(parser);
    return CT_OK;
}
