/* Single values as text, the same in every format. */
#include "api_private.h"
#include "bytes.h"
#include "number.h"
#include "utf8.h"

#define MONEY_DIGITS_MIN 2

static_assert(CENTIME_DECIMAL_BYTES > CT_DECIMAL_TEXT_MAX, "a decimal and its zero byte fit");

size_t api_print_value(const struct ct_result_column *column, uint64_t row, char *out)
{
    if (column->is_null[row])
        return 0;
    switch (column->type) {
    case CT_RESULT_TIME:
        return ct_time_print(column->int64[row], out);
    case CT_RESULT_INT64:
        return ct_print_int64(column->int64[row], out);
    case CT_RESULT_UINT64:
        return ct_print_uint64(column->uint64[row], out);
    case CT_RESULT_FLOAT64:
        return ct_print_double(column->float64[row], out);
    case CT_RESULT_BOOL:
        memcpy(out, column->boolean[row] ? "true" : "false", 5);
        return column->boolean[row] ? 4 : 5;
    case CT_RESULT_DECIMAL:
        return ct_decimal_sum_print(&column->decimal[row], column->is_money ? MONEY_DIGITS_MIN : 0,
                                    out);
    case CT_RESULT_TEXT:
        break;
    }
    return 0;
}

struct ct_text api_time_text(centime_buffer *buffer, int64_t time_ns)
{
    if (buffer->time_len == 0 || buffer->time_ns != time_ns) {
        buffer->time_ns = time_ns;
        buffer->time_len = ct_time_print(time_ns, buffer->time_text);
    }
    return (struct ct_text){buffer->time_text, buffer->time_len};
}

/* -- JSON ------------------------------------------------------------------------------------- */

static void add_control(centime_buffer *buffer, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    size_t len = sizeof escape;
    static const char shorts[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    for (size_t i = 0; i + 1 < sizeof shorts; i += 2)
        if ((unsigned char)shorts[i] == byte) {
            escape[1] = shorts[i + 1];
            len = 2;
        }
    api_buffer_add(buffer, escape, len);
}

/* Does every byte of eight stand for itself in a JSON string, and is ASCII? */
static bool is_plain_word(uint64_t word)
{
    const uint64_t controls = (word - CT_EACH_BYTE(0x20)) & ~word & CT_HIGH_BITS;
    return ((word & CT_HIGH_BITS) | controls | ct_equal_bytes(word, '"') |
            ct_equal_bytes(word, '\\') | ct_equal_bytes(word, 0x7f)) == 0;
}

static bool is_plain(struct ct_text text)
{
    if (text.len < 8) {
        uint64_t word = CT_EACH_BYTE('x');
        if (text.len)
            memcpy(&word, text.bytes, text.len);
        return is_plain_word(word);
    }
    for (size_t at = 0; at + 8 < text.len; at += 8)
        if (!is_plain_word(ct_load64(text.bytes + at)))
            return false;
    return is_plain_word(ct_load64(text.bytes + text.len - 8));
}

static void add_quoted(centime_buffer *buffer, struct ct_text text)
{
    char *to = api_buffer_room(buffer, text.len + 2);
    if (!to)
        return;
    *to = '"';
    if (text.len)
        memcpy(to + 1, text.bytes, text.len);
    to[text.len + 1] = '"';
    buffer->len += text.len + 2;
}

/* Bytes that are known to be UTF-8. */
static void add_escaped(centime_buffer *buffer, struct ct_text text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char byte = (unsigned char)text.bytes[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f)
            continue;
        api_buffer_add(buffer, text.bytes + from, i - from);
        add_control(buffer, byte);
        from = i + 1;
    }
    api_buffer_add(buffer, text.bytes + from, text.len - from);
}

void api_json_text(centime_buffer *buffer, struct ct_text text)
{
    if (is_plain(text)) { /* as nearly all are */
        add_quoted(buffer, text);
        return;
    }
    api_buffer_add(buffer, "\"", 1);
    while (text.len) {
        const size_t valid = ct_utf8_valid_len(text);
        add_escaped(buffer, (struct ct_text){text.bytes, valid});
        const size_t skipped = valid < text.len ? valid + 1 : valid;
        if (valid < text.len)
            api_buffer_add_text(buffer, "\xef\xbf\xbd"); /* U+FFFD for each byte that is not */
        text = (struct ct_text){text.bytes + skipped, text.len - skipped};
    }
    api_buffer_add(buffer, "\"", 1);
}

void api_json_value(centime_buffer *buffer, const struct ct_result_column *column, uint64_t row)
{
    if (column->is_null[row]) {
        api_buffer_add_text(buffer, "null");
        return;
    }
    if (column->type == CT_RESULT_TEXT) {
        api_json_text(buffer, column->text[row]);
        return;
    }
    if (column->type == CT_RESULT_TIME) {
        add_quoted(buffer, api_time_text(buffer, column->int64[row]));
        return;
    }
    const bool is_quoted = column->type == CT_RESULT_DECIMAL && buffer->quotes_decimals;
    api_buffer_add(buffer, "\"", is_quoted);
    char *to = api_buffer_room(buffer, CENTIME_DECIMAL_BYTES);
    if (to)
        buffer->len += api_print_value(column, row, to);
    api_buffer_add(buffer, "\"", is_quoted);
}
