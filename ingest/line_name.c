/* Measurements, tag keys and values, field names: where they end, what they say.
 *
 * A backslash escapes a byte only where that byte would end the name; before anything else it
 * stands for itself, and so it does before another backslash. Control bytes and broken UTF-8 are
 * refused: they poison every output. */
#include <string.h>

#include "line_parser.h"
#include "utf8.h"

static bool is_control(char byte)
{
    return (unsigned char)byte < 0x20 || byte == 0x7f;
}

static bool ends_name(char byte, enum line_name_kind kind)
{
    return byte == ',' || byte == ' ' || (byte == '=' && kind == NAME_OF_KEY) || is_control(byte);
}

static bool is_escapable(char byte, enum line_name_kind kind)
{
    return ends_name(byte, kind) && !is_control(byte);
}

static char *unescape(struct ct_line_parser *parser, struct ct_text raw, enum line_name_kind kind,
                      size_t *len)
{
    char *out = ct_arena_alloc(&parser->strings, raw.len);
    if (!out)
        return NULL;
    size_t used = 0;
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.bytes[i] == '\\' && i + 1 < raw.len && is_escapable(raw.bytes[i + 1], kind))
            i++;
        out[used++] = raw.bytes[i];
    }
    *len = used;
    return out;
}

enum line_outcome ct_line_read_name(struct ct_line_parser *parser, struct line_cursor *c,
                                    enum line_name_kind kind, struct ct_text *raw,
                                    struct ct_text *name)
{
    bool has_escape = false;
    unsigned char high = 0;
    const char *at = c->at;
    for (; at < c->end && !ends_name(*at, kind); at++) {
        high |= (unsigned char)*at;
        if (*at == '\\' && at + 1 < c->end && is_escapable(at[1], kind)) {
            has_escape = true;
            at++;
        }
    }
    *raw = (struct ct_text){.bytes = c->at, .len = (size_t)(at - c->at)};
    *name = *raw;
    c->at = at;
    if (at == c->end)
        LINE_TRY(ct_line_at_end(parser, c));
    if (high >= 0x80 && !ct_utf8_is_valid(*raw))
        return LINE_REJECT(parser, raw->bytes, CT_PARSE, "name is not valid UTF-8");
    if (!has_escape)
        return LINE_TAKEN;
    name->bytes = unescape(parser, *raw, kind, &name->len);
    return name->bytes ? LINE_TAKEN : ct_line_out_of_memory(parser);
}

/* Why a name ended here and not at what it should have ended at. */
static enum line_outcome reject_end(struct ct_line_parser *parser, const struct line_cursor *c,
                                    const char *expected)
{
    if (c->at == c->end)
        return LINE_REJECT(parser, c->at, CT_PARSE, "line ends where %s was expected", expected);
    if (*c->at == '\n' || *c->at == '\r')
        return LINE_REJECT(parser, c->at, CT_PARSE, "line ends where %s was expected", expected);
    if (is_control(*c->at))
        return LINE_REJECT(parser, c->at, CT_PARSE, "control byte 0x%02x where %s was expected",
                           (unsigned)(unsigned char)*c->at, expected);
    return LINE_REJECT(parser, c->at, CT_PARSE, "'%c' where %s was expected", *c->at, expected);
}

static enum line_outcome read_tag(struct ct_line_parser *parser, struct line_cursor *c,
                                  struct ct_tag *tag)
{
    struct ct_text raw;
    LINE_TRY(ct_line_read_name(parser, c, NAME_OF_KEY, &raw, &tag->key));
    if (raw.len == 0)
        return reject_end(parser, c, "a tag key");
    if (c->at == c->end || *c->at != '=')
        return reject_end(parser, c, "'=' after the tag key");
    c->at++;
    LINE_TRY(ct_line_read_name(parser, c, NAME_OF_KEY, &raw, &tag->value));
    return raw.len ? LINE_TAKEN : reject_end(parser, c, "a tag value");
}

/* Inserts the tag among those before it, by key bytes. */
static enum line_outcome add_tag(struct ct_line_parser *parser, struct ct_tag tag,
                                 const char *where)
{
    uint32_t at = parser->tag_count;
    for (; at > 0; at--) {
        const int order = ct_text_compare(parser->tags[at - 1].key, tag.key);
        if (order == 0)
            return LINE_REJECT(parser, where, CT_PARSE, "tag key \"%.*s\" appears twice",
                               tag.key.len < 64 ? (int)tag.key.len : 64, tag.key.bytes);
        if (order < 0)
            break;
    }
    memmove(&parser->tags[at + 1], &parser->tags[at],
            (parser->tag_count - at) * sizeof parser->tags[0]);
    parser->tags[at] = tag;
    parser->tag_count++;
    return LINE_TAKEN;
}

enum line_outcome ct_line_read_key(struct ct_line_parser *parser, struct line_cursor *c,
                                   struct ct_text *measurement)
{
    const char *start = c->at;
    struct ct_text raw;
    parser->tag_count = 0;
    LINE_TRY(ct_line_read_name(parser, c, NAME_OF_MEASUREMENT, &raw, measurement));
    if (raw.len == 0)
        return reject_end(parser, c, "a measurement");
    while (c->at < c->end && *c->at == ',') {
        const char *where = ++c->at;
        struct ct_tag tag;
        LINE_TRY(read_tag(parser, c, &tag));
        if (parser->tag_count == parser->options.tags_max)
            return LINE_REJECT(parser, where, CT_LIMIT, "more than %u tags",
                               (unsigned)parser->options.tags_max);
        LINE_TRY(add_tag(parser, tag, where));
    }
    if (c->at == c->end || *c->at != ' ')
        return reject_end(parser, c, "a space and the fields");
    if ((size_t)(c->at - start) > parser->options.key_bytes_max)
        return LINE_REJECT(parser, start, CT_LIMIT, "measurement and tags are longer than %u bytes",
                           (unsigned)parser->options.key_bytes_max);
    return LINE_TAKEN;
}
