/* Single values as InfluxDB 1.x shows them, which is as Go's encoders do. */
#include "influx_writer.h"

#include <math.h>
#include <stdio.h>

#include "civil_time.h"
#include "number.h"
#include "utf8.h"

#define ZONED_TEXT_MAX (CT_TIME_TEXT_MAX + 6) /* Z becomes +hh:mm */

/* -- Texts ------------------------------------------------------------------------------------ */

static void add_escape(centime_buffer *buffer, unsigned code)
{
    char text[8];
    switch (code) {
    case '"':
    case '\\':
        api_buffer_add(buffer, code == '"' ? "\\\"" : "\\\\", 2);
        return;
    case '\n':
        api_buffer_add(buffer, "\\n", 2);
        return;
    case '\r':
        api_buffer_add(buffer, "\\r", 2);
        return;
    case '\t':
        api_buffer_add(buffer, "\\t", 2);
        return;
    default:
        snprintf(text, sizeof text, "\\u%04x", code & 0xffff);
        api_buffer_add(buffer, text, 6);
    }
}

/* U+2028 and U+2029, which JavaScript takes for ends of lines; else 0. */
static unsigned line_separator(struct ct_text text, size_t at)
{
    if (text.len - at < 3 || memcmp(text.bytes + at, "\xe2\x80", 2) != 0)
        return 0;
    const unsigned char last = (unsigned char)text.bytes[at + 2];
    return last == 0xa8 || last == 0xa9 ? 0x2000U | (last & 0x3fU) : 0;
}

/* Bytes that are known to be UTF-8. */
static void add_valid(centime_buffer *buffer, struct ct_text text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char byte = (unsigned char)text.bytes[i];
        const unsigned separator = byte == 0xe2 ? line_separator(text, i) : 0;
        if (!separator && byte >= 0x20 && byte != '"' && byte != '\\' && byte != '<' &&
            byte != '>' && byte != '&')
            continue;
        api_buffer_add(buffer, text.bytes + from, i - from);
        add_escape(buffer, separator ? separator : byte);
        i += separator ? 2 : 0;
        from = i + 1;
    }
    api_buffer_add(buffer, text.bytes + from, text.len - from);
}

void api_influx_json_text(centime_buffer *buffer, struct ct_text text)
{
    api_buffer_add(buffer, "\"", 1);
    while (text.len) {
        const size_t valid = ct_utf8_valid_len(text);
        add_valid(buffer, (struct ct_text){text.bytes, valid});
        const size_t skipped = valid < text.len ? valid + 1 : valid;
        if (valid < text.len)
            api_buffer_add_text(buffer, "\\ufffd"); /* for each byte that is not UTF-8 */
        text = (struct ct_text){text.bytes + skipped, text.len - skipped};
    }
    api_buffer_add(buffer, "\"", 1);
}

/* -- Numbers ---------------------------------------------------------------------------------- */

void api_influx_integer(centime_buffer *buffer, int64_t number)
{
    char text[CT_INT64_TEXT_MAX];
    api_buffer_add(buffer, text, ct_print_int64(number, text));
}

static void add_zeros(centime_buffer *buffer, int count)
{
    for (; count > 0; count--)
        api_buffer_add(buffer, "0", 1);
}

/* `exponent` is that of the first digit. */
static void add_plain(centime_buffer *buffer, const char *digits, size_t count, int exponent)
{
    if (exponent < 0) {
        api_buffer_add(buffer, "0.", 2);
        add_zeros(buffer, -exponent - 1);
        api_buffer_add(buffer, digits, count);
        return;
    }
    const size_t whole = (size_t)exponent + 1;
    api_buffer_add(buffer, digits, count < whole ? count : whole);
    if (count <= whole) {
        add_zeros(buffer, (int)(whole - count));
        return;
    }
    api_buffer_add(buffer, ".", 1);
    api_buffer_add(buffer, digits + whole, count - whole);
}

/* 1.5e+21, 1e-7: without a zero before the digit of a negative exponent. */
static void add_scientific(centime_buffer *buffer, const char *digits, size_t count, int exponent)
{
    api_buffer_add(buffer, digits, 1);
    if (count > 1)
        api_buffer_add(buffer, ".", 1);
    api_buffer_add(buffer, digits + 1, count - 1);
    api_buffer_add(buffer, exponent < 0 ? "e-" : "e+", 2);
    api_influx_integer(buffer, exponent < 0 ? -exponent : exponent);
}

void api_influx_double(centime_buffer *buffer, double x, bool is_csv)
{
    const struct ct_shortest shortest = ct_double_shortest(x);
    const double magnitude = fabs(x);
    const bool is_plain = is_csv || x == 0 || (magnitude >= 1e-6 && magnitude < 1e21);
    char digits[CT_INT64_TEXT_MAX];
    const size_t count = ct_print_uint64(shortest.digits, digits);
    const int exponent = shortest.exponent + (int)count - 1;
    if (signbit(x))
        api_buffer_add(buffer, "-", 1);
    if (is_plain)
        add_plain(buffer, digits, count, exponent);
    else
        add_scientific(buffer, digits, count, exponent);
}

/* -- Times ------------------------------------------------------------------------------------ */

static int64_t unit_of(enum centime_influx_epoch epoch)
{
    switch (epoch) {
    case CENTIME_EPOCH_US:
        return 1000;
    case CENTIME_EPOCH_MS:
        return 1000000;
    case CENTIME_EPOCH_S:
        return CT_SECOND_NS;
    case CENTIME_EPOCH_M:
        return CT_MINUTE_NS;
    case CENTIME_EPOCH_H:
        return CT_HOUR_NS;
    case CENTIME_EPOCH_RFC3339:
    case CENTIME_EPOCH_NS:
        break;
    }
    return 1;
}

void api_influx_epoch_time(centime_buffer *buffer, int64_t time_ns, enum centime_influx_epoch epoch)
{
    api_influx_integer(buffer, time_ns / unit_of(epoch));
}

static size_t print_zoned(int64_t time_ns, const struct ct_time_zone *zone, char *out)
{
    const int64_t time_s = time_ns / CT_SECOND_NS - (time_ns % CT_SECOND_NS < 0);
    const int32_t offset_s = ct_time_zone_offset(zone, time_s);
    int64_t local_ns;
    if (offset_s == 0 ||
        __builtin_add_overflow(time_ns, (int64_t)offset_s * CT_SECOND_NS, &local_ns))
        return ct_time_print(time_ns, out);
    const size_t len = ct_time_print(local_ns, out) - 1;
    const unsigned minutes = (unsigned)(offset_s < 0 ? -offset_s : offset_s) / 60;
    const int added = snprintf(out + len, ZONED_TEXT_MAX - len, "%c%02u:%02u",
                               offset_s < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
    return len + (size_t)added;
}

void api_influx_zoned_time(centime_buffer *buffer, int64_t time_ns, const struct ct_time_zone *zone)
{
    char text[ZONED_TEXT_MAX];
    const size_t len = zone ? print_zoned(time_ns, zone, text) : ct_time_print(time_ns, text);
    api_buffer_add(buffer, "\"", 1);
    api_buffer_add(buffer, text, len);
    api_buffer_add(buffer, "\"", 1);
}
