#include "json_members.h"

#include "civil_time.h"
#include "number.h"

void api_json_key(centime_buffer *buffer, const char *key)
{
    if (buffer->len && buffer->bytes[buffer->len - 1] != '{')
        api_buffer_add(buffer, ",", 1);
    api_buffer_add(buffer, "\"", 1);
    api_buffer_add_text(buffer, key);
    api_buffer_add(buffer, "\":", 2);
}

void api_json_text_member(centime_buffer *buffer, const char *key, struct ct_text text)
{
    api_json_key(buffer, key);
    api_json_text(buffer, text);
}

void api_json_int_member(centime_buffer *buffer, const char *key, int64_t value)
{
    char text[CT_INT64_TEXT_MAX];
    api_json_key(buffer, key);
    api_buffer_add(buffer, text, ct_print_int64(value, text));
}

void api_json_double_member(centime_buffer *buffer, const char *key, double value)
{
    char text[CT_DOUBLE_TEXT_MAX];
    api_json_key(buffer, key);
    api_buffer_add(buffer, text, ct_print_double(value, text));
}

void api_json_time_member(centime_buffer *buffer, const char *key, int64_t time_ns)
{
    char text[CT_TIME_TEXT_MAX];
    api_json_text_member(buffer, key, (struct ct_text){text, ct_time_print(time_ns, text)});
}

/* Money: what shows digits after the point in any case. */
static void add_decimal(centime_buffer *buffer, const char *text, size_t len, unsigned digits_min)
{
    const size_t quote_len = buffer->quotes_decimals && digits_min > 0;
    api_buffer_add(buffer, "\"", quote_len);
    api_buffer_add(buffer, text, len);
    api_buffer_add(buffer, "\"", quote_len);
}

void api_json_sum_member(centime_buffer *buffer, const char *key, const struct ct_decimal_sum *sum,
                         unsigned digits_min)
{
    char text[CT_DECIMAL_TEXT_MAX];
    api_json_key(buffer, key);
    add_decimal(buffer, text, ct_decimal_sum_print(sum, digits_min, text), digits_min);
}

void api_json_decimal_member(centime_buffer *buffer, const char *key, struct ct_decimal value,
                             unsigned digits_min)
{
    char text[CT_DECIMAL_TEXT_MAX];
    api_json_key(buffer, key);
    add_decimal(buffer, text, ct_decimal_print(value, digits_min, text), digits_min);
}
