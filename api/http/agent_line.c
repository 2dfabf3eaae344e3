#include "agent_line.h"

#include "number.h"

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Lost in a tag: what is no text, and a backslash that would escape what follows the tag. */
static bool is_lost(struct ct_text text, size_t at)
{
    return is_control(text.bytes[at]) || (text.bytes[at] == '\\' && at + 1 == text.len);
}

bool ct_line_takes_tag(struct ct_text value)
{
    for (size_t i = 0; i < value.len; i++)
        if (is_lost(value, i))
            return false;
    return true;
}

static void add_escaped(struct ct_text_out *out, struct ct_text text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.bytes[i];
        const bool is_out = is_lost(text, i);
        if (!is_out && c != ',' && c != '=' && c != ' ')
            continue;
        ct_text_out_add(out, (struct ct_text){text.bytes + from, i - from});
        ct_text_out_word(out, is_out ? "_" : "\\");
        from = is_out ? i + 1 : i;
    }
    ct_text_out_add(out, (struct ct_text){text.bytes + from, text.len - from});
}

void ct_line_tag(struct ct_text_out *out, const char *prefix, struct ct_text key,
                 struct ct_text value)
{
    if (key.len == 0 || value.len == 0)
        return;
    ct_text_out_word(out, ",");
    ct_text_out_word(out, prefix);
    add_escaped(out, key);
    ct_text_out_word(out, "=");
    add_escaped(out, value);
}

static void begin_field(struct ct_text_out *fields, const char *name)
{
    if (fields->len)
        ct_text_out_word(fields, ",");
    ct_text_out_word(fields, name);
    ct_text_out_word(fields, "=");
}

void ct_line_double(struct ct_text_out *fields, const char *name, double value)
{
    char digits[CT_DOUBLE_TEXT_MAX];
    begin_field(fields, name);
    ct_text_out_add(fields, (struct ct_text){digits, ct_print_double(value, digits)});
}

void ct_line_int64(struct ct_text_out *fields, const char *name, int64_t value)
{
    char digits[CT_INT64_TEXT_MAX];
    begin_field(fields, name);
    ct_text_out_add(fields, (struct ct_text){digits, ct_print_int64(value, digits)});
    ct_text_out_word(fields, "i");
}

void ct_line_bool(struct ct_text_out *fields, const char *name, bool value)
{
    begin_field(fields, name);
    ct_text_out_word(fields, value ? "true" : "false");
}

void ct_line_decimal(struct ct_text_out *fields, const char *name, struct ct_decimal value)
{
    char digits[CT_DECIMAL_TEXT_MAX];
    begin_field(fields, name);
    ct_text_out_add(fields, (struct ct_text){digits, ct_decimal_print(value, 0, digits)});
}

void ct_line_string(struct ct_text_out *fields, const char *name, struct ct_text value)
{
    size_t from = 0;
    begin_field(fields, name);
    ct_text_out_word(fields, "\"");
    for (size_t i = 0; i < value.len; i++) {
        if (value.bytes[i] != '"' && value.bytes[i] != '\\')
            continue;
        ct_text_out_add(fields, (struct ct_text){value.bytes + from, i - from});
        ct_text_out_word(fields, "\\");
        from = i;
    }
    ct_text_out_add(fields, (struct ct_text){value.bytes + from, value.len - from});
    ct_text_out_word(fields, "\"");
}

void ct_line_end(struct ct_text_out *out, const char *table, struct ct_text tags,
                 struct ct_text fields, int64_t time_ns)
{
    char digits[CT_INT64_TEXT_MAX];
    ct_text_out_word(out, table);
    ct_text_out_add(out, tags);
    ct_text_out_word(out, " ");
    ct_text_out_add(out, fields);
    ct_text_out_word(out, " ");
    ct_text_out_add(out, (struct ct_text){digits, ct_print_int64(time_ns, digits)});
    ct_text_out_word(out, "\n");
}
