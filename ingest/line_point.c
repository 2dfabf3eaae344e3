/* One line read carefully: blank, comment or point. Every fault of a line is found here. */
#include <string.h>

#include "line_parser.h"
#include "line_time.h"
#include "number.h"

enum line_outcome ct_line_at_end(struct ct_line_parser *parser, const struct line_cursor *c)
{
    if (c->is_capped)
        return LINE_REJECT(parser, c->start, CT_LIMIT, "line is longer than %u bytes",
                           (unsigned)parser->options.line_bytes_max);
    return c->is_final ? LINE_TAKEN : LINE_INCOMPLETE;
}

enum line_outcome ct_line_out_of_memory(struct ct_line_parser *parser)
{
    (void)ct_fail(&parser->failure, CT_NO_MEMORY, "out of memory for lines");
    return LINE_FAILED;
}

static void skip_spaces(struct line_cursor *c)
{
    while (c->at < c->end && *c->at == ' ')
        c->at++;
}

/* Steps over \n, \r\n, or what may stand for them at the text's end. *is_there: whether there was
 * one. */
static enum line_outcome read_line_end(struct ct_line_parser *parser, struct line_cursor *c,
                                       bool *is_there)
{
    *is_there = false;
    const char *at = c->at;
    if (at < c->end && *at == '\r')
        at++;
    if (at == c->end)
        LINE_TRY(ct_line_at_end(parser, c));
    else if (*at == '\n')
        at++;
    else
        return LINE_TAKEN;
    *is_there = true;
    c->is_ended = true;
    c->at = at;
    return LINE_TAKEN;
}

static enum line_outcome read_comment(struct ct_line_parser *parser, struct line_cursor *c)
{
    while (c->at < c->end && (unsigned char)*c->at >= 0x20 && *c->at != 0x7f)
        c->at++;
    const char *where = c->at;
    bool is_there;
    LINE_TRY(read_line_end(parser, c, &is_there));
    if (is_there)
        return LINE_TAKEN;
    return LINE_REJECT(parser, where, CT_PARSE, "control byte 0x%02x in a comment",
                       (unsigned)(unsigned char)*where);
}

static struct line_field *next_field(struct ct_line_parser *parser)
{
    if (!ct_grow(parser->allocator, &parser->fields, &parser->field_cap, parser->field_count + 1,
                 sizeof *parser->fields))
        return NULL;
    return &parser->fields[parser->field_count++];
}

static enum line_outcome read_field(struct ct_line_parser *parser, struct line_cursor *c)
{
    if (parser->field_count == parser->options.fields_max)
        return LINE_REJECT(parser, c->at, CT_LIMIT, "more than %u fields",
                           (unsigned)parser->options.fields_max);
    struct line_field *field = next_field(parser);
    if (!field)
        return ct_line_out_of_memory(parser);
    LINE_TRY(ct_line_read_name(parser, c, NAME_OF_KEY, &field->raw_name, &field->name));
    if (field->raw_name.len == 0)
        return LINE_REJECT(parser, c->at, CT_PARSE, "a field name was expected here");
    if (c->at == c->end || *c->at != '=')
        return LINE_REJECT(parser, c->at, CT_PARSE, "'=' was expected after the field name");
    if (field->raw_name.len > parser->options.key_bytes_max)
        return LINE_REJECT(parser, field->raw_name.bytes, CT_LIMIT,
                           "field name is longer than %u bytes",
                           (unsigned)parser->options.key_bytes_max);
    if (ct_text_equal(field->name, ct_text_of("time")))
        return LINE_REJECT(
            parser, field->raw_name.bytes, CT_INVALID,
            "a field may not be named time: the time is the number after the fields");
    c->at++;
    return ct_line_read_value(parser, c, field);
}

static enum line_outcome read_fields(struct ct_line_parser *parser, struct line_cursor *c)
{
    parser->field_count = 0;
    for (;;) {
        LINE_TRY(read_field(parser, c));
        if (c->at == c->end || *c->at != ',')
            return LINE_TAKEN;
        c->at++;
    }
}

static enum line_outcome read_time(struct ct_line_parser *parser, struct line_cursor *c,
                                   int64_t *time_ns)
{
    const char *start = c->at;
    while (c->at < c->end && *c->at != ' ' && *c->at != '\n' && *c->at != '\r')
        c->at++;
    if (c->at == c->end)
        LINE_TRY(ct_line_at_end(parser, c));
    const struct ct_text token = {.bytes = start, .len = (size_t)(c->at - start)};
    const int shown = token.len < 64 ? (int)token.len : 64;
    int64_t count = 0;
    ct_status status = token.len && *start != '+' ? ct_parse_int64(token, &count) : CT_PARSE;
    if (status == CT_OK)
        status = ct_line_time_of(count, parser->options.precision, time_ns);
    if (status == CT_RANGE)
        return LINE_REJECT(parser, start, CT_RANGE, "timestamp %.*s is out of range", shown, start);
    if (status != CT_OK)
        return LINE_REJECT(parser, start, CT_PARSE, "%.*s is not a timestamp", shown, start);
    return LINE_TAKEN;
}

/* What may follow the fields: a timestamp, spaces, the line end. */
static enum line_outcome read_tail(struct ct_line_parser *parser, struct line_cursor *c,
                                   int64_t *time_ns)
{
    bool is_there;
    skip_spaces(c);
    *time_ns = parser->options.default_time_ns;
    LINE_TRY(read_line_end(parser, c, &is_there));
    if (is_there)
        return LINE_TAKEN;
    LINE_TRY(read_time(parser, c, time_ns));
    skip_spaces(c);
    const char *where = c->at;
    LINE_TRY(read_line_end(parser, c, &is_there));
    if (is_there)
        return LINE_TAKEN;
    return LINE_REJECT(parser, where, CT_PARSE, "text after the timestamp");
}

struct ct_text ct_line_raw_key(const struct ct_line_scanner *scan, const char *start,
                               const char *end)
{
    for (const char *at = start;; at++) {
        at = scan->find_key_end(at, end);
        if (at == end || *at == '\n' || at == start)
            return (struct ct_text){0};
        if (at[-1] != '\\')
            return (struct ct_text){.bytes = start, .len = (size_t)(at - start)};
    }
}

static enum line_outcome read_point(struct ct_line_parser *parser, struct line_cursor *c)
{
    const struct ct_text key = ct_line_raw_key(parser->scan, c->at, c->end);
    struct ct_text measurement = {0};
    const struct ct_alias *alias = NULL;
    uint64_t hash = 0;
    if (key.len > 0 && key.len <= parser->options.key_bytes_max) {
        hash = ct_intake_hash(parser->intake, key.bytes, key.len);
        alias = ct_intake_alias(parser->intake, hash, key.bytes, key.len);
    }
    if (alias)
        c->at += key.len;
    else
        LINE_TRY(ct_line_read_key(parser, c, &measurement));
    skip_spaces(c);
    int64_t time_ns;
    LINE_TRY(read_fields(parser, c));
    LINE_TRY(read_tail(parser, c, &time_ns));
    return ct_line_place(parser, c, key, &measurement, alias, hash, time_ns);
}

enum line_outcome ct_line_read(struct ct_line_parser *parser, struct line_cursor *c)
{
    bool is_there;
    skip_spaces(c);
    LINE_TRY(read_line_end(parser, c, &is_there));
    if (is_there)
        return LINE_TAKEN;
    if (*c->at == '#')
        return read_comment(parser, c);
    return read_point(parser, c);
}
