#include "multipart.h"

#include <strings.h>

#include "utf8.h"

#define BOUNDARY_BYTES_MAX 70 /* RFC 2046 */

static const struct ct_text line_end = {"\r\n", 2};

static struct ct_text after(struct ct_text text, size_t len)
{
    return (struct ct_text){text.bytes + len, text.len - len};
}

/* Where `what` begins in the text; its length where it does not. */
static size_t find(struct ct_text text, struct ct_text what)
{
    for (size_t at = 0; at + what.len <= text.len;) {
        const char *first = memchr(text.bytes + at, what.bytes[0], text.len - what.len - at + 1);
        if (!first)
            break;
        at = (size_t)(first - text.bytes);
        if (memcmp(first, what.bytes, what.len) == 0)
            return at;
        at++;
    }
    return text.len;
}

static bool begins_with(struct ct_text text, const char *word)
{
    const size_t len = strlen(word);
    return text.len >= len && strncasecmp(text.bytes, word, len) == 0;
}

static struct ct_text trim(struct ct_text text)
{
    while (text.len && (text.bytes[0] == ' ' || text.bytes[0] == '\t'))
        text = after(text, 1);
    while (text.len && (text.bytes[text.len - 1] == ' ' || text.bytes[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* Takes the value of an attribute off the text, without its quotes. */
static struct ct_text take_value(struct ct_text *text)
{
    const bool is_quoted = text->len && text->bytes[0] == '"';
    struct ct_text value = is_quoted ? after(*text, 1) : *text;
    const char *end = value.len ? memchr(value.bytes, is_quoted ? '"' : ';', value.len) : NULL;
    if (end)
        value.len = (size_t)(end - value.bytes);
    *text = after(*text, (size_t)(value.bytes + value.len - text->bytes));
    return is_quoted ? value : trim(value);
}

/* What stands after name= in "form-data; name=q; filename=...", without its quotes; {NULL, 0} where
 * it is not there. */
static struct ct_text attribute(struct ct_text header, const char *name)
{
    const size_t name_len = strlen(name);
    for (;;) {
        const char *semicolon = header.len ? memchr(header.bytes, ';', header.len) : NULL;
        if (!semicolon)
            return (struct ct_text){NULL, 0};
        header = trim(after(header, (size_t)(semicolon - header.bytes) + 1));
        size_t key_len = 0;
        while (key_len < header.len && !strchr("=; ", header.bytes[key_len]))
            key_len++;
        const bool is_it = key_len == name_len && begins_with(header, name);
        header = after(header, key_len);
        if (header.len == 0 || header.bytes[0] != '=')
            continue;
        header = after(header, 1);
        const struct ct_text value = take_value(&header);
        if (is_it)
            return value;
    }
}

/* -- Parts ------------------------------------------------------------------------------------- */

/* "\r\n--" and the boundary. */
static ct_status read_delimiter(struct ct_request *request, struct ct_text *out,
                                struct ct_error *err)
{
    const struct ct_text type = ct_request_header(request, "Content-Type");
    const struct ct_text boundary = attribute(type, "boundary");
    if (boundary.len == 0 || boundary.len > BOUNDARY_BYTES_MAX)
        return ct_fail(err, CT_PARSE, "multipart/form-data without a boundary of 1 to %d bytes",
                       BOUNDARY_BYTES_MAX);
    char *bytes = ct_arena_alloc(request->arena, boundary.len + 4);
    if (!bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading a form");
    memcpy(bytes, "\r\n--", 4);
    memcpy(bytes + 4, boundary.bytes, boundary.len);
    *out = (struct ct_text){bytes, boundary.len + 4};
    return CT_OK;
}

/* A copy that ends in a zero byte. */
static ct_status keep(struct ct_request *request, struct ct_text text, struct ct_text *out,
                      struct ct_error *err)
{
    if (text.len && (memchr(text.bytes, 0, text.len) || !ct_utf8_is_valid(text)))
        return ct_fail(err, CT_PARSE, "a part with a zero byte or bytes that are not UTF-8");
    const char *bytes = ct_arena_terminated(request->arena, text);
    if (!bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading a form");
    *out = (struct ct_text){bytes, text.len};
    return CT_OK;
}

/* The name out of a part's headers, which end in an empty line; `part` becomes its content. */
static ct_status read_name(struct ct_text *part, struct ct_text *name, struct ct_error *err)
{
    *name = (struct ct_text){NULL, 0};
    for (;;) {
        const size_t len = find(*part, line_end);
        const struct ct_text line = {part->bytes, len};
        if (len == part->len)
            return ct_fail(err, CT_PARSE, "a part whose headers do not end");
        *part = after(*part, len + line_end.len);
        if (len == 0)
            break;
        if (begins_with(line, "content-disposition:"))
            *name = attribute(line, "name");
    }
    if (name->len == 0)
        return ct_fail(err, CT_PARSE, "a part without a name");
    return CT_OK;
}

static ct_status read_parts(struct ct_request *request, struct ct_text delimiter,
                            struct ct_named_text *out, size_t *count, struct ct_error *err)
{
    const struct ct_text opening = after(delimiter, 2); /* the first has no line before it */
    struct ct_text rest = request->body;
    const size_t first = find(rest, opening);
    if (first == rest.len)
        return ct_fail(err, CT_PARSE, "the body does not have the boundary that its type says");
    rest = after(rest, first + opening.len);
    for (*count = 0; !begins_with(rest, "--"); ++*count) {
        if (*count == CT_MULTIPART_PARTS_MAX)
            return ct_fail(err, CT_LIMIT, "a form of more than %d parts", CT_MULTIPART_PARTS_MAX);
        if (!begins_with(rest, "\r\n"))
            return ct_fail(err, CT_PARSE, "a boundary that is not a line of its own");
        rest = after(rest, line_end.len);
        const size_t len = find(rest, delimiter);
        if (len == rest.len)
            return ct_fail(err, CT_PARSE, "a part without an end");
        struct ct_text name, content = {rest.bytes, len};
        rest = after(rest, len + delimiter.len);
        CT_TRY(read_name(&content, &name, err));
        CT_TRY(keep(request, name, &out[*count].name, err));
        CT_TRY(keep(request, content, &out[*count].value, err));
    }
    return CT_OK;
}

ct_status ct_multipart_add(struct ct_request *request, struct ct_error *err)
{
    struct ct_text delimiter = {NULL, 0};
    size_t count = 0;
    const size_t known = request->parameter_count;
    if (!ct_request_has_type(request, "multipart/form-data"))
        return CT_OK;
    CT_TRY(read_delimiter(request, &delimiter, err));
    struct ct_named_text *all =
        ct_arena_alloc_zeroed(request->arena, known + CT_MULTIPART_PARTS_MAX, sizeof *all);
    if (!all)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading a form");
    if (known)
        memcpy(all, request->parameters, known * sizeof *all);
    CT_TRY(read_parts(request, delimiter, all + known, &count, err));
    request->parameters = all;
    request->parameter_count = known + count;
    return CT_OK;
}
