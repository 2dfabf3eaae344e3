#include "text_out.h"

#include <stdarg.h>
#include <stdio.h>

#include "utf8.h"

#define FIRST_BYTES 4096

void ct_text_out_init(struct ct_text_out *out, struct ct_arena *arena)
{
    *out = (struct ct_text_out){.arena = arena};
}

/* Room for `more` bytes and the zero byte. */
static bool make_room(struct ct_text_out *out, size_t more)
{
    if (out->is_short)
        return false;
    if (out->cap - out->len > more)
        return true;
    size_t cap = out->cap ? out->cap * 2 : FIRST_BYTES;
    while (cap - out->len <= more)
        cap *= 2;
    char *bytes = ct_arena_alloc(out->arena, cap);
    if (!bytes) {
        out->is_short = true;
        return false;
    }
    if (out->len)
        memcpy(bytes, out->bytes, out->len);
    out->bytes = bytes;
    out->cap = cap;
    return true;
}

void ct_text_out_add(struct ct_text_out *out, struct ct_text text)
{
    if (text.len == 0 || !make_room(out, text.len))
        return;
    memcpy(out->bytes + out->len, text.bytes, text.len);
    out->len += text.len;
}

void ct_text_out_word(struct ct_text_out *out, const char *terminated)
{
    ct_text_out_add(out, ct_text_of(terminated));
}

void ct_text_out_format(struct ct_text_out *out, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (len > 0)
        ct_text_out_add(
            out, (struct ct_text){line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1});
}

static void add_escaped(struct ct_text_out *out, unsigned char c)
{
    switch (c) {
    case '"':
        ct_text_out_word(out, "\\\"");
        break;
    case '\\':
        ct_text_out_word(out, "\\\\");
        break;
    case '\n':
        ct_text_out_word(out, "\\n");
        break;
    case '\r':
        ct_text_out_word(out, "\\r");
        break;
    case '\t':
        ct_text_out_word(out, "\\t");
        break;
    default:
        ct_text_out_format(out, "\\u%04x", c);
        break;
    }
}

/* Bytes that are UTF-8. */
static void add_valid(struct ct_text_out *out, struct ct_text text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.bytes[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
            continue;
        ct_text_out_add(out, (struct ct_text){text.bytes + from, i - from});
        add_escaped(out, c);
        from = i + 1;
    }
    ct_text_out_add(out, (struct ct_text){text.bytes + from, text.len - from});
}

void ct_text_out_json(struct ct_text_out *out, struct ct_text text)
{
    ct_text_out_word(out, "\"");
    while (text.len > 0) {
        const size_t valid = ct_utf8_valid_len(text);
        add_valid(out, (struct ct_text){text.bytes, valid});
        if (valid == text.len)
            break;
        ct_text_out_word(out, "\xef\xbf\xbd");
        text = (struct ct_text){text.bytes + valid + 1, text.len - valid - 1};
    }
    ct_text_out_word(out, "\"");
}

struct ct_text ct_text_out_text(struct ct_text_out *out)
{
    if (!make_room(out, 0))
        return (struct ct_text){"", 0};
    out->bytes[out->len] = 0;
    return (struct ct_text){out->bytes, out->len};
}
