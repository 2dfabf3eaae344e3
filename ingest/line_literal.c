/* Field values as they are written: numbers, booleans, strings. */
#include <string.h>

#include "line_parser.h"
#include "number.h"
#include "utf8.h"

static bool ends_value(char byte)
{
    return byte == ',' || byte == ' ' || byte == '\n' || byte == '\r';
}

static enum line_outcome reject_number(struct ct_line_parser *parser, struct ct_text token,
                                       ct_status code)
{
    const int shown = token.len < 64 ? (int)token.len : 64;
    if (code == CT_RANGE)
        return LINE_REJECT(parser, token.bytes, CT_RANGE, "number %.*s is out of range", shown,
                           token.bytes);
    return LINE_REJECT(parser, token.bytes, CT_PARSE, "%.*s is not a number", shown, token.bytes);
}

/* By its last byte: 1i, 1u, 1d, 1t (QuestDB's times: microseconds since 1970), else a float. */
static enum line_outcome read_number(struct ct_line_parser *parser, struct ct_text token,
                                     struct line_field *field)
{
    struct ct_text digits = {.bytes = token.bytes, .len = token.len - 1};
    struct ct_value *value = &field->value;
    ct_status status;
    switch (token.bytes[token.len - 1]) {
    case 'i':
    case 't':
        value->type = CT_INT64;
        status = ct_parse_int64(digits, &value->int64);
        break;
    case 'u':
        value->type = CT_UINT64;
        status = *token.bytes == '-' ? CT_PARSE : ct_parse_uint64(digits, &value->uint64);
        break;
    case 'd':
        value->type = CT_DECIMAL;
        status = ct_decimal_parse(digits, &value->decimal);
        break;
    default:
        digits = token;
        value->type = CT_FLOAT64;
        status = ct_parse_double(digits, &value->float64);
    }
    field->raw_value = digits;
    return status == CT_OK ? LINE_TAKEN : reject_number(parser, token, status);
}

static enum line_outcome read_bool(struct ct_line_parser *parser, struct ct_text token,
                                   struct line_field *field)
{
    static const char *const words[] = {"t", "T", "true",  "True",  "TRUE",
                                        "f", "F", "false", "False", "FALSE"};
    field->raw_value = token;
    for (size_t i = 0; i < CT_COUNT_OF(words); i++) {
        if (ct_text_equal(token, ct_text_of(words[i]))) {
            field->value = (struct ct_value){.type = CT_BOOL, .boolean = i < 5};
            return LINE_TAKEN;
        }
    }
    return LINE_REJECT(parser, token.bytes, CT_PARSE,
                       "%.*s is no boolean: expected t, true, f or false",
                       token.len < 64 ? (int)token.len : 64, token.bytes);
}

/* Inside a string only \" and \\ are escapes. */
static enum line_outcome unescape_string(struct ct_line_parser *parser, struct ct_text raw,
                                         struct ct_text *out)
{
    char *bytes = ct_arena_alloc(&parser->strings, raw.len);
    if (!bytes)
        return ct_line_out_of_memory(parser);
    size_t used = 0;
    for (size_t i = 0; i < raw.len; i++) {
        const char next = i + 1 < raw.len ? raw.bytes[i + 1] : '\0';
        if (raw.bytes[i] == '\\' && (next == '"' || next == '\\'))
            i++;
        bytes[used++] = raw.bytes[i];
    }
    *out = (struct ct_text){.bytes = bytes, .len = used};
    return LINE_TAKEN;
}

static uint64_t count_newlines(const char *at, const char *end)
{
    uint64_t count = 0;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        count++;
        at++;
    }
    return count;
}

/* The closing quote from `at` on; or `end`, or the backslash before `end` that hides what follows.
 */
static const char *find_closing_quote(const struct ct_line_parser *parser, const char *at,
                                      const char *end, bool *has_escape)
{
    for (;;) {
        at = parser->scan->find_quote(at, end);
        if (at == end || *at == '"')
            return at;
        *has_escape = true;
        if (end - at < 2)
            return at;
        at += 2;
    }
}

static enum line_outcome check_string(struct ct_line_parser *parser, struct line_cursor *c,
                                      struct ct_text raw)
{
    c->newlines += count_newlines(raw.bytes, raw.bytes + raw.len);
    if (!ct_utf8_is_valid(raw))
        return LINE_REJECT(parser, raw.bytes, CT_PARSE, "string is not valid UTF-8");
    return LINE_TAKEN;
}

/* No closing quote before `end`, which is the text's or where the string is too long. */
static enum line_outcome string_at_end(struct ct_line_parser *parser, struct line_cursor *c,
                                       const char *open, const char *stop, const char *end)
{
    c->is_in_string = true;
    c->at = stop;
    if (end < c->end)
        return LINE_REJECT(parser, open, CT_LIMIT, "string is longer than %u bytes",
                           (unsigned)parser->options.string_bytes_max);
    LINE_TRY(ct_line_at_end(parser, c));
    return LINE_REJECT(parser, open, CT_PARSE, "string has no closing quote");
}

static enum line_outcome read_string(struct ct_line_parser *parser, struct line_cursor *c,
                                     struct line_field *field)
{
    const char *open = c->at;
    const char *start = open + 1;
    const size_t left = (size_t)(c->end - start);
    const size_t most = (size_t)parser->options.string_bytes_max + 1; /* the quote may be last */
    const char *end = left > most ? start + most : c->end;
    const char *close = parser->scan->find_not_plain(start, end);
    const bool is_plain = close < end && *close == '"';
    bool has_escape = false;
    if (!is_plain)
        close = find_closing_quote(parser, close, end, &has_escape);
    if (close == end || *close != '"')
        return string_at_end(parser, c, open, close, end);
    const struct ct_text raw = {.bytes = start, .len = (size_t)(close - start)};
    c->at = close + 1;
    field->raw_value = raw;
    field->value = (struct ct_value){.type = CT_STRING, .string = raw};
    if (!is_plain)
        LINE_TRY(check_string(parser, c, raw));
    if (has_escape)
        LINE_TRY(unescape_string(parser, raw, &field->value.string));
    if (c->at == c->end)
        return ct_line_at_end(parser, c);
    if (!ends_value(*c->at))
        return LINE_REJECT(parser, c->at, CT_PARSE, "text after the closing quote of a string");
    return LINE_TAKEN;
}

enum line_outcome ct_line_read_value(struct ct_line_parser *parser, struct line_cursor *c,
                                     struct line_field *field)
{
    const char *start = c->at;
    if (start == c->end) {
        LINE_TRY(ct_line_at_end(parser, c));
        return LINE_REJECT(parser, start, CT_PARSE, "line ends where a value was expected");
    }
    if (*start == '"')
        return read_string(parser, c, field);
    while (c->at < c->end && !ends_value(*c->at))
        c->at++;
    if (c->at == c->end)
        LINE_TRY(ct_line_at_end(parser, c));
    const struct ct_text token = {.bytes = start, .len = (size_t)(c->at - start)};
    if (token.len == 0)
        return LINE_REJECT(parser, start, CT_PARSE, "field has no value");
    if (strchr("tTfF", *start) && *start)
        return read_bool(parser, token, field);
    if (strchr("-.0123456789", *start) && *start)
        return read_number(parser, token, field);
    return LINE_REJECT(parser, start, CT_PARSE,
                       "value is no number, boolean or \"string\" in double quotes");
}
