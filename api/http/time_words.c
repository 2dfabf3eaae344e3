#include "time_words.h"

#include "civil_time.h"
#include "decimal.h"
#include "number.h"

#define SHOWN_BYTES_MAX 60

static ct_status fail_text(ct_status status, struct ct_text text, const char *what,
                           struct ct_error *err)
{
    const int shown = text.len < SHOWN_BYTES_MAX ? (int)text.len : SHOWN_BYTES_MAX;
    return ct_fail(err, status, "%s, not \"%.*s\"", what, shown, text.bytes ? text.bytes : "");
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct ct_text without(struct ct_text text, size_t len)
{
    return (struct ct_text){text.bytes + len, text.len - len};
}

/* value x unit_ns, exactly. CT_RANGE: finer than ns, or past what int64 holds. */
static ct_status scale(struct ct_decimal value, int64_t unit_ns, int64_t *out)
{
    ct_int128 product;
    if (__builtin_mul_overflow(value.mantissa, (ct_int128)unit_ns, &product))
        return CT_RANGE;
    const ct_int128 divisor = ct_pow10_int128(value.scale);
    if (product % divisor != 0 || product / divisor > INT64_MAX || product / divisor < INT64_MIN)
        return CT_RANGE;
    *out = (int64_t)(product / divisor);
    return CT_OK;
}

/* -- Lengths ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int64_t ns;
} units[] = {
    {"ns", 1},           {"us", 1000},      {"ms", 1000000},  {"s", CT_SECOND_NS},
    {"m", CT_MINUTE_NS}, {"h", CT_HOUR_NS}, {"d", CT_DAY_NS}, {"w", 7 * CT_DAY_NS},
};

static size_t count_number(struct ct_text text)
{
    size_t len = 0;
    while (len < text.len && (is_digit(text.bytes[len]) || text.bytes[len] == '.'))
        len++;
    return len;
}

static size_t count_letters(struct ct_text text)
{
    size_t len = 0;
    while (len < text.len && text.bytes[len] >= 'a' && text.bytes[len] <= 'z')
        len++;
    return len;
}

/* One number and unit at the text's beginning. */
static ct_status read_piece(struct ct_text text, size_t *len, int64_t *piece_ns)
{
    struct ct_decimal value;
    const size_t number_len = count_number(text);
    const size_t unit_len = count_letters(without(text, number_len));
    const struct ct_text unit = {text.bytes + number_len, unit_len};
    CT_TRY(ct_decimal_parse((struct ct_text){text.bytes, number_len}, &value));
    *len = number_len + unit_len;
    for (size_t i = 0; i < CT_COUNT_OF(units); i++)
        if (ct_text_equal(unit, ct_text_of(units[i].name)))
            return scale(value, units[i].ns, piece_ns);
    return CT_PARSE;
}

static ct_status read_length(struct ct_text text, int64_t *out)
{
    int64_t total = 0;
    if (text.len == 0)
        return CT_PARSE;
    while (text.len > 0) {
        size_t len;
        int64_t piece;
        CT_TRY(read_piece(text, &len, &piece));
        if (__builtin_add_overflow(total, piece, &total))
            return CT_RANGE;
        text = without(text, len);
    }
    *out = total;
    return CT_OK;
}

ct_status ct_duration_word(struct ct_text text, int64_t *length_ns, struct ct_error *err)
{
    int64_t length;
    const ct_status status = read_length(text, &length);
    if (status == CT_OK && length > 0) {
        *length_ns = length;
        return CT_OK;
    }
    return fail_text(status == CT_RANGE ? CT_RANGE : CT_PARSE, text,
                     "a length of time such as 90s, 15m, 1.5h or 7d is wanted, above 0 and of at "
                     "most 292 years",
                     err);
}

bool ct_calendar_word(struct ct_text text, uint32_t *unit, uint32_t *count)
{
    static const struct {
        const char *name;
        uint32_t unit;
    } names[] = {{"h", CENTIME_HOURS},   {"d", CENTIME_DAYS},     {"w", CENTIME_WEEKS},
                 {"mo", CENTIME_MONTHS}, {"q", CENTIME_QUARTERS}, {"y", CENTIME_YEARS}};
    uint64_t number;
    const size_t number_len = count_number(text);
    if (ct_parse_uint64((struct ct_text){text.bytes, number_len}, &number) != CT_OK ||
        number == 0 || number > UINT32_MAX)
        return false;
    for (size_t i = 0; i < CT_COUNT_OF(names); i++)
        if (ct_text_equal(without(text, number_len), ct_text_of(names[i].name))) {
            *unit = names[i].unit;
            *count = (uint32_t)number;
            return true;
        }
    return false;
}

/* -- Moments ----------------------------------------------------------------------------------- */

/* By its size. */
static ct_status time_of_number(struct ct_text text, int64_t *time_ns)
{
    static const int64_t unit_ns[] = {CT_SECOND_NS, 1000000, 1000};
    struct ct_decimal value;
    CT_TRY(ct_decimal_parse(text, &value));
    const ct_int128 size = value.mantissa < 0 ? -value.mantissa : value.mantissa;
    ct_int128 limit = INT64_C(5000000000);
    for (size_t i = 0; i < CT_COUNT_OF(unit_ns); i++, limit *= 1000)
        if (size / ct_pow10_int128(value.scale) < limit)
            return scale(value, unit_ns[i], time_ns);
    return scale(value, 1, time_ns);
}

/* "now", "-30d", "now-30d", "now+1h". */
static bool is_relative(struct ct_text text)
{
    return ct_text_begins_with(text, ct_text_of("now")) ||
           (text.len > 1 && text.bytes[0] == '-' && count_number(without(text, 1)) < text.len - 1);
}

static ct_status time_of_relative(struct ct_text text, int64_t now_ns, int64_t *time_ns)
{
    int64_t length = 0;
    if (ct_text_begins_with(text, ct_text_of("now")))
        text = without(text, 3);
    const bool is_back = ct_text_begins_with(text, ct_text_of("-"));
    if (text.len > 0) {
        if (!is_back && text.bytes[0] != '+')
            return CT_PARSE;
        CT_TRY(read_length(without(text, 1), &length));
    }
    return __builtin_add_overflow(now_ns, is_back ? -length : length, time_ns) ? CT_RANGE : CT_OK;
}

static ct_status read_time(struct ct_text text, int64_t now_ns, int64_t *time_ns)
{
    int64_t found = 0;
    ct_status status;
    if (is_relative(text))
        status = time_of_relative(text, now_ns, &found);
    else if ((status = ct_time_parse(text, &found)) == CT_PARSE)
        status = time_of_number(text, &found);
    if (status == CT_OK)
        *time_ns = found;
    return status;
}

static const char wanted_time[] =
    "a time is wanted, such as 2026-06-01T00:00:00Z, 1780272000 (seconds, or ns where it is as "
    "large) or -30d, between 1677 and 2262 and no finer than ns";

ct_status ct_time_word(struct ct_text text, int64_t now_ns, int64_t *time_ns, struct ct_error *err)
{
    const ct_status status = read_time(text, now_ns, time_ns);
    return status == CT_OK ? CT_OK : fail_text(status, text, wanted_time, err);
}

ct_status ct_time_word_json(struct ct_json json, int64_t now_ns, int64_t *time_ns,
                            struct ct_error *err)
{
    struct ct_text text;
    char path[80];
    const enum ct_json_kind kind = ct_json_kind_of(json);
    if (kind == CT_JSON_NULL)
        return CT_NOT_FOUND;
    ct_json_path(json, path, sizeof path);
    if (kind == CT_JSON_STRING)
        CT_TRY(ct_json_text(json, &text, err));
    else if (kind == CT_JSON_NUMBER)
        CT_TRY(ct_json_decimal(json, &text, err));
    else
        return ct_fail(err, CT_TYPE, "%s: %s, not %s", path, wanted_time, ct_json_kind_name(kind));
    const ct_status status = read_time(text, now_ns, time_ns);
    if (status == CT_OK)
        return CT_OK;
    return ct_fail(err, status, "%s: %s, not %.*s", path, wanted_time,
                   text.len < 40 ? (int)text.len : 40, text.bytes);
}

bool ct_time_parameter(const struct ct_request *request, const char *name, int64_t *time_ns,
                       struct ct_reply *reply)
{
    struct ct_error err;
    const struct ct_text text = ct_request_parameter(request, name);
    if (text.len == 0 || ct_time_word(text, request->received_ns, time_ns, &err) == CT_OK)
        return true;
    ct_reply_error(request, reply, 400, "bad_parameter", "%s: %s", name, err.text);
    return false;
}
