#include "json_scan.h"

#include "number.h"

#define ARRAY_WEIGHT  4
#define OBJECT_WEIGHT 8

ct_status ct_json_fail_at(struct ct_text text, size_t at, struct ct_error *err, const char *what)
{
    uint32_t line = 1;
    size_t line_start = 0;
    for (size_t i = 0; i < at && i < text.len; i++) {
        if (text.bytes[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    const uint32_t column = (uint32_t)(at - line_start + 1);
    const ct_status status =
        ct_fail(err, CT_PARSE, "JSON, line %u, column %u: %s", line, column, what);
    if (err) {
        err->line = line;
        err->column = column;
    }
    return status;
}

/* From behind the opening quote to behind the closing one. */
static ct_status skip_string(struct ct_json_scan *scan, struct ct_error *err)
{
    const char *bytes = scan->text.bytes;
    size_t at = scan->at;
    while (at < scan->text.len && bytes[at] != '"') {
        if ((unsigned char)bytes[at] < 0x20)
            return ct_json_fail_at(scan->text, at, err, "a control character within a string");
        if (bytes[at] == '\\') {
            if (scan->text.len - at > 5 && memcmp(bytes + at + 1, "u0000", 5) == 0)
                return ct_json_fail_at(scan->text, at, err,
                                       "a zero byte (\\u0000) within a string");
            at++;
        }
        at++;
    }
    if (at >= scan->text.len)
        return ct_json_fail_at(scan->text, scan->text.len, err, "ends within a string");
    scan->at = at + 1;
    return CT_OK;
}

static bool is_digit(const struct ct_json_scan *scan, size_t at)
{
    return at < scan->text.len && scan->text.bytes[at] >= '0' && scan->text.bytes[at] <= '9';
}

static size_t skip_digits(const struct ct_json_scan *scan, size_t at)
{
    while (is_digit(scan, at))
        at++;
    return at;
}

/* -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?; 0: not that. */
static size_t end_of_number(const struct ct_json_scan *scan, bool *is_whole)
{
    const char *bytes = scan->text.bytes;
    const size_t len = scan->text.len;
    size_t at = scan->at + (bytes[scan->at] == '-');
    if (!is_digit(scan, at) || (bytes[at] == '0' && is_digit(scan, at + 1)))
        return 0;
    at = skip_digits(scan, at);
    *is_whole = true;
    if (at < len && bytes[at] == '.') {
        *is_whole = false;
        if (!is_digit(scan, ++at))
            return 0;
        at = skip_digits(scan, at);
    }
    if (at < len && (bytes[at] == 'e' || bytes[at] == 'E')) {
        *is_whole = false;
        at++;
        if (at < len && (bytes[at] == '+' || bytes[at] == '-'))
            at++;
        if (!is_digit(scan, at))
            return 0;
        at = skip_digits(scan, at);
    }
    return at;
}

/* -0, and whole numbers that neither an int64 nor a uint64 holds. */
static bool is_changed_by_json_c(struct ct_text number)
{
    int64_t narrow;
    uint64_t wide;
    if (number.len < 19)
        return number.len == 2 && memcmp(number.bytes, "-0", 2) == 0;
    return ct_parse_int64(number, &narrow) != CT_OK && ct_parse_uint64(number, &wide) != CT_OK;
}

static ct_status skip_number(struct ct_json_scan *scan, bool *is_changed, struct ct_error *err)
{
    bool is_whole = false;
    const size_t end = end_of_number(scan, &is_whole);
    if (end == 0)
        return ct_json_fail_at(scan->text, scan->at, err, "not a number as JSON has them");
    *is_changed = is_whole && is_changed_by_json_c(
                                  (struct ct_text){scan->text.bytes + scan->at, end - scan->at});
    scan->at = end;
    return CT_OK;
}

static ct_status skip_word(struct ct_json_scan *scan, struct ct_error *err)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < CT_COUNT_OF(words); i++) {
        const size_t len = strlen(words[i]);
        if (scan->text.len - scan->at >= len &&
            memcmp(scan->text.bytes + scan->at, words[i], len) == 0) {
            scan->at += len;
            return CT_OK;
        }
    }
    return ct_json_fail_at(scan->text, scan->at, err,
                           "neither a value nor punctuation (NaN, comments, and words without "
                           "quotes are no JSON)");
}

static ct_status open_one(struct ct_json_scan *scan, size_t weight, size_t depth_max,
                          struct ct_error *err)
{
    scan->weight += weight;
    scan->at++;
    if (++scan->depth > depth_max)
        return ct_fail(err, CT_LIMIT, "JSON nested deeper than %zu", depth_max);
    return CT_OK;
}

/* Over one token or blank. */
static ct_status skip_token(struct ct_json_scan *scan, size_t depth_max, bool *is_changed,
                            struct ct_error *err)
{
    const char c = scan->text.bytes[scan->at];
    switch (c) {
    case ' ':
    case '\t':
    case '\n':
    case '\r':
    case ',':
        scan->at++;
        return CT_OK;
    case ':':
        scan->members++;
        scan->at++;
        return CT_OK;
    case '{':
        return open_one(scan, OBJECT_WEIGHT, depth_max, err);
    case '[':
        return open_one(scan, ARRAY_WEIGHT, depth_max, err);
    case '}':
    case ']':
        scan->depth -= scan->depth > 0;
        scan->at++;
        return CT_OK;
    case '"':
        scan->weight++;
        scan->at++;
        return skip_string(scan, err);
    default:
        scan->weight++;
        if (c == '-' || (c >= '0' && c <= '9'))
            return skip_number(scan, is_changed, err);
        return skip_word(scan, err);
    }
}

ct_status ct_json_scan_next(struct ct_json_scan *scan, size_t weight_max, size_t depth_max,
                            bool *is_number_end, struct ct_error *err)
{
    *is_number_end = false;
    while (scan->at < scan->text.len && !*is_number_end) {
        CT_TRY(skip_token(scan, depth_max, is_number_end, err));
        if (scan->weight > weight_max)
            return ct_fail(err, CT_LIMIT,
                           "JSON with more than %zu values (an array counts for %d, an object for "
                           "%d): send it in parts",
                           weight_max, ARRAY_WEIGHT, OBJECT_WEIGHT);
    }
    return CT_OK;
}
