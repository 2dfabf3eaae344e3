#include "json_indent.h"

static void begin_line(const struct api_json_indent *indent, centime_buffer *out)
{
    api_buffer_add(out, "\n", 1);
    for (uint32_t i = 0; i < indent->depth; i++)
        api_buffer_add(out, "    ", 4);
}

static void add_in_text(struct api_json_indent *indent, char byte)
{
    if (indent->is_escaped)
        indent->is_escaped = false;
    else if (byte == '\\')
        indent->is_escaped = true;
    else if (byte == '"')
        indent->is_in_text = false;
}

/* A byte that is no part of a text. */
static void add_byte(struct api_json_indent *indent, char byte, centime_buffer *out)
{
    const bool closes = byte == '}' || byte == ']';
    if (closes)
        indent->depth--;
    if (closes != indent->is_opened)
        begin_line(indent, out);
    indent->is_opened = false;
    api_buffer_add(out, &byte, 1);
    if (byte == ',')
        begin_line(indent, out);
    if (byte == ':')
        api_buffer_add(out, " ", 1);
    if (byte == '{' || byte == '[') {
        indent->depth++;
        indent->is_opened = true;
    }
    indent->is_in_text = byte == '"';
}

void api_json_indent_add(struct api_json_indent *indent, struct ct_text text, centime_buffer *out)
{
    for (size_t i = 0; i < text.len; i++) {
        const char byte = text.bytes[i];
        if (!indent->is_in_text) {
            add_byte(indent, byte, out);
            continue;
        }
        add_in_text(indent, byte);
        api_buffer_add(out, &byte, 1);
    }
}
