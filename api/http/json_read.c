#include "json_read.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>

#include "civil_time.h"
#include "decimal.h"
#include "json_scan.h"
#include "number.h"
#include "utf8.h"

#define PATH_BYTES_MAX 120
#define KEPT_EXPONENT  "e0" /* keeps json-c from making an integer of what would not fit one */

/* -- Parsing ----------------------------------------------------------------------------------- */

struct parser {
    struct json_tokener *tokener;
    struct ct_json_scan scan;
    struct json_object *root;
    size_t fed; /* bytes of the text that json-c has seen */
    bool is_whole;
    bool has_kept; /* numbers with KEPT_EXPONENT */
};

/* A step of json-c. */
static ct_status feed(struct parser *parser, struct ct_text piece, struct ct_error *err)
{
    if (parser->is_whole || piece.len == 0)
        return CT_OK;
    parser->root = json_tokener_parse_ex(parser->tokener, piece.bytes, (int)piece.len);
    const enum json_tokener_error what = json_tokener_get_error(parser->tokener);
    parser->is_whole = what == json_tokener_success;
    if (parser->is_whole || what == json_tokener_continue)
        return CT_OK;
    if (what == json_tokener_error_parse_eof)
        return CT_OK; /* told of at the end */
    const size_t at = parser->fed + json_tokener_get_parse_end(parser->tokener);
    return ct_json_fail_at(parser->scan.text,
                           at < parser->scan.text.len ? at : parser->scan.text.len, err,
                           json_tokener_error_desc(what));
}

/* Up to where the scan is. */
static ct_status feed_scanned(struct parser *parser, struct ct_error *err)
{
    const struct ct_text piece = {parser->scan.text.bytes + parser->fed,
                                  parser->scan.at - parser->fed};
    if (parser->is_whole) { /* all the rest was blanks, or else is too much */
        for (size_t i = 0; i < piece.len; i++)
            if (!strchr(" \t\r\n", piece.bytes[i]))
                return ct_json_fail_at(parser->scan.text, parser->fed + i, err,
                                       "more text after the value");
    }
    CT_TRY(feed(parser, piece, err));
    parser->fed = parser->scan.at;
    return CT_OK;
}

static ct_status read_all(struct parser *parser, struct ct_error *err)
{
    while (parser->scan.at < parser->scan.text.len) {
        bool is_number_end;
        CT_TRY(ct_json_scan_next(&parser->scan, CT_JSON_NODES_MAX, CT_JSON_DEPTH_MAX,
                                 &is_number_end, err));
        CT_TRY(feed_scanned(parser, err));
        if (is_number_end) {
            CT_TRY(feed(parser, ct_text_of(KEPT_EXPONENT), err));
            parser->has_kept = true;
        }
    }
    CT_TRY(feed(parser, (struct ct_text){"", 1}, err)); /* the end of a number at the root */
    if (!parser->is_whole)
        return ct_json_fail_at(parser->scan.text, parser->scan.text.len, err,
                               "ends before the value does");
    return CT_OK;
}

/* The digits of a number that came with a point or an exponent; NULL for another. json-c keeps them
 * in memory of its own, which goes with the value. */
static char *digits_of_double(struct json_object *value)
{
    return json_object_is_type(value, json_type_double) ? json_object_get_userdata(value) : NULL;
}

/* Takes KEPT_EXPONENT off where it was put on. */
static void mend_number(struct json_object *value)
{
    char *digits = digits_of_double(value);
    const size_t len = digits ? strlen(digits) : 0;
    if (len > 2 && strcmp(digits + len - 2, KEPT_EXPONENT) == 0 &&
        strspn(digits, "-0123456789") == len - 2)
        digits[len - 2] = 0;
}

/* How many members there are below; mends numbers on the way. Depth is limited by the scan. */
static size_t count_members(struct json_object *value, bool mends)
{
    size_t count = 0;
    if (json_object_is_type(value, json_type_object)) {
        for (struct lh_entry *entry = json_object_get_object(value)->head; entry;
             entry = entry->next)
            count += 1 + count_members((struct json_object *)lh_entry_v(entry), mends);
    } else if (json_object_is_type(value, json_type_array)) {
        const size_t len = json_object_array_length(value);
        for (size_t i = 0; i < len; i++)
            count += count_members(json_object_array_get_idx(value, i), mends);
    } else if (mends) {
        mend_number(value);
    }
    return count;
}

/* Behind the closing quote of the string that begins at `at`. The text is well-formed. */
static size_t end_of_string(struct ct_text text, size_t at)
{
    for (at++; text.bytes[at] != '"'; at++)
        at += text.bytes[at] == '\\';
    return at + 1;
}

/* Is this key, quotes and escapes and all, among those seen? It is from now on. */
static bool is_seen(struct json_object *seen, struct json_tokener *tokener, struct ct_text key)
{
    json_tokener_reset(tokener);
    struct json_object *decoded = json_tokener_parse_ex(tokener, key.bytes, (int)key.len);
    const char *name = json_object_get_string(decoded);
    const bool is_there = name && json_object_object_get_ex(seen, name, NULL);
    if (name && !is_there)
        (void)json_object_object_add(seen, name, NULL);
    json_object_put(decoded);
    return is_there;
}

/* Where a key stands for the second time in the object that begins at `at`, itself and not what is
 * in it; 0: nowhere. */
static size_t find_repeated(struct ct_text text, size_t at, struct json_tokener *tokener)
{
    struct json_object *seen = json_object_new_object();
    size_t depth = 0, found = 0;
    bool is_key = true;
    while (seen && at < text.len && !found) {
        const char c = text.bytes[at];
        const size_t next = c == '"' ? end_of_string(text, at) : at + 1;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            break;
        else if (c == ',' || c == ':')
            is_key = c == ',';
        else if (c == '"' && is_key && depth == 1 &&
                 is_seen(seen, tokener, (struct ct_text){text.bytes + at, next - at}))
            found = at;
        at = next;
    }
    json_object_put(seen);
    return found;
}

/* Some object has two members of one name. Slow, but who sends such is told which. */
static ct_status fail_repeated(struct ct_text text, struct json_tokener *tokener,
                               struct ct_error *err)
{
    char what[PATH_BYTES_MAX];
    size_t found = 0;
    for (size_t at = 0; at < text.len && !found;) {
        if (text.bytes[at] == '{')
            found = find_repeated(text, at, tokener);
        at = text.bytes[at] == '"' ? end_of_string(text, at) : at + 1;
    }
    const size_t len = end_of_string(text, found) - found;
    (void)snprintf(what, sizeof what, "the key %.*s stands twice in one object",
                   (int)(len < 60 ? len : 60), text.bytes + found);
    return ct_json_fail_at(text, found, err, what);
}

static ct_status parse_with(struct parser *parser, struct ct_error *err)
{
    CT_TRY(read_all(parser, err));
    if (count_members(parser->root, parser->has_kept) == parser->scan.members)
        return CT_OK;
    return fail_repeated(parser->scan.text, parser->tokener, err);
}

ct_status ct_json_parse(struct ct_text text, struct ct_json *root, struct ct_error *err)
{
    const bool has_mark = text.len >= 3 && memcmp(text.bytes, "\xef\xbb\xbf", 3) == 0;
    const size_t start = has_mark ? 3 : 0;
    struct parser parser = {.scan = {.text = text, .at = start}, .fed = start};
    if (text.len > INT_MAX / 2)
        return ct_fail(err, CT_LIMIT, "JSON of %zu bytes", text.len);
    const size_t valid_len = ct_utf8_valid_len(text);
    if (valid_len < text.len)
        return ct_json_fail_at(text, valid_len, err, "bytes that are not UTF-8");
    parser.tokener = json_tokener_new_ex(CT_JSON_DEPTH_MAX + 1);
    if (!parser.tokener)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading JSON");
    json_tokener_set_flags(parser.tokener, JSON_TOKENER_STRICT);
    const ct_status status = parse_with(&parser, err);
    json_tokener_free(parser.tokener);
    if (status == CT_OK)
        *root = (struct ct_json){.value = parser.root, .is_there = true};
    else
        json_object_put(parser.root);
    return status;
}

void ct_json_release(struct ct_json *root)
{
    json_object_put(root->value);
    *root = (struct ct_json){0};
}

/* -- Looking at values ------------------------------------------------------------------------- */

enum ct_json_kind ct_json_kind_of(struct ct_json json)
{
    switch (json_object_get_type(json.value)) {
    case json_type_null:
        return CT_JSON_NULL;
    case json_type_boolean:
        return CT_JSON_BOOL;
    case json_type_double:
    case json_type_int:
        return CT_JSON_NUMBER;
    case json_type_string:
        return CT_JSON_STRING;
    case json_type_array:
        return CT_JSON_ARRAY;
    case json_type_object:
        return CT_JSON_OBJECT;
    }
    return CT_JSON_NULL;
}

const char *ct_json_kind_name(enum ct_json_kind kind)
{
    static const char *const names[] = {
        [CT_JSON_NULL] = "nothing",    [CT_JSON_BOOL] = "true or false",
        [CT_JSON_NUMBER] = "a number", [CT_JSON_STRING] = "a string",
        [CT_JSON_ARRAY] = "an array",  [CT_JSON_OBJECT] = "an object"};
    return names[kind];
}

struct ct_json ct_json_member(const struct ct_json *object, const char *key)
{
    struct ct_json member = {.parent = object, .key = key};
    if (ct_json_kind_of(*object) == CT_JSON_OBJECT)
        member.is_there = json_object_object_get_ex(object->value, key, &member.value);
    return member;
}

size_t ct_json_count(struct ct_json array_or_object)
{
    switch (ct_json_kind_of(array_or_object)) {
    case CT_JSON_ARRAY:
        return json_object_array_length(array_or_object.value);
    case CT_JSON_OBJECT:
        return (size_t)json_object_object_length(array_or_object.value);
    case CT_JSON_NULL:
    case CT_JSON_BOOL:
    case CT_JSON_NUMBER:
    case CT_JSON_STRING:
        return 0;
    }
    return 0;
}

struct ct_json ct_json_at(const struct ct_json *array, size_t index)
{
    struct ct_json element = {.parent = array, .index = index};
    if (ct_json_kind_of(*array) == CT_JSON_ARRAY && index < ct_json_count(*array)) {
        element.value = json_object_array_get_idx(array->value, index);
        element.is_there = true;
    }
    return element;
}

struct ct_json_iterator ct_json_members(const struct ct_json *object)
{
    const bool is_object = ct_json_kind_of(*object) == CT_JSON_OBJECT;
    return (struct ct_json_iterator){
        .object = object, .entry = is_object ? json_object_get_object(object->value)->head : NULL};
}

bool ct_json_next(struct ct_json_iterator *iterator)
{
    struct lh_entry *entry = iterator->entry;
    if (!entry)
        return false;
    iterator->member = (struct ct_json){.value = (struct json_object *)lh_entry_v(entry),
                                        .parent = iterator->object,
                                        .key = lh_entry_k(entry),
                                        .is_there = true};
    iterator->entry = entry->next;
    return true;
}

/* -- Values ------------------------------------------------------------------------------------ */

ct_status ct_json_wanted(struct ct_json json, const char *wanted, struct ct_error *err)
{
    char path[PATH_BYTES_MAX];
    ct_json_path(json, path, sizeof path);
    return ct_fail(err, CT_TYPE, "%s: %s is wanted, not %s", path, wanted,
                   ct_json_kind_name(ct_json_kind_of(json)));
}

/* What is wrong with a value that stands there, itself shown. */
static ct_status fail_value(struct ct_json json, ct_status status, const char *what,
                            struct ct_error *err)
{
    char path[PATH_BYTES_MAX];
    ct_json_path(json, path, sizeof path);
    return ct_fail(err, status, "%s: %s, not %.60s", path, what,
                   json_object_get_string(json.value));
}

static struct ct_text string_of(struct json_object *value)
{
    return (struct ct_text){json_object_get_string(value),
                            (size_t)json_object_get_string_len(value)};
}

/* The digits; whole numbers that json-c keeps as integers print as they came. */
static ct_status digits_of(struct ct_json json, struct ct_text *out, struct ct_error *err)
{
    const char *digits = digits_of_double(json.value);
    if (!digits)
        digits = json_object_get_string(json.value);
    if (!digits)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading JSON");
    *out = ct_text_of(digits);
    return CT_OK;
}

ct_status ct_json_text(struct ct_json json, struct ct_text *out, struct ct_error *err)
{
    const enum ct_json_kind kind = ct_json_kind_of(json);
    if (kind == CT_JSON_NULL)
        return CT_NOT_FOUND;
    if (kind != CT_JSON_STRING)
        return ct_json_wanted(json, "a string", err);
    *out = string_of(json.value);
    return CT_OK;
}

ct_status ct_json_bool(struct ct_json json, bool *out, struct ct_error *err)
{
    const enum ct_json_kind kind = ct_json_kind_of(json);
    if (kind == CT_JSON_NULL)
        return CT_NOT_FOUND;
    if (kind != CT_JSON_BOOL)
        return ct_json_wanted(json, "true or false", err);
    *out = json_object_get_boolean(json.value);
    return CT_OK;
}

/* CT_NOT_FOUND where there is none; of a number only. */
static ct_status number_of(struct ct_json json, const char *wanted, struct ct_text *out,
                           struct ct_error *err)
{
    const enum ct_json_kind kind = ct_json_kind_of(json);
    if (kind == CT_JSON_NULL)
        return CT_NOT_FOUND;
    if (kind != CT_JSON_NUMBER)
        return ct_json_wanted(json, wanted, err);
    return digits_of(json, out, err);
}

ct_status ct_json_int64(struct ct_json json, int64_t *out, struct ct_error *err)
{
    struct ct_text digits;
    CT_TRY(number_of(json, "a whole number", &digits, err));
    const ct_status status = ct_parse_int64(digits, out);
    if (status == CT_RANGE)
        return fail_value(json, CT_RANGE, "a whole number of at most 64 bits is wanted", err);
    return status == CT_OK ? CT_OK : fail_value(json, CT_TYPE, "a whole number is wanted", err);
}

ct_status ct_json_double(struct ct_json json, double *out, struct ct_error *err)
{
    struct ct_text digits;
    CT_TRY(number_of(json, "a number", &digits, err));
    if (ct_parse_double(digits, out) != CT_OK)
        return fail_value(json, CT_RANGE, "a number that a double holds is wanted", err);
    return CT_OK;
}

ct_status ct_json_decimal(struct ct_json json, struct ct_text *out, struct ct_error *err)
{
    struct ct_decimal value;
    struct ct_text digits;
    if (ct_json_kind_of(json) == CT_JSON_STRING)
        digits = string_of(json.value);
    else
        CT_TRY(number_of(json, "a number, or a string that holds one,", &digits, err));
    const ct_status status = ct_decimal_parse(digits, &value);
    if (status == CT_RANGE)
        return fail_value(json, CT_RANGE, "a number of at most 38 digits is wanted", err);
    if (status != CT_OK)
        return fail_value(json, CT_TYPE, "a number is wanted", err);
    *out = digits;
    return CT_OK;
}

/* Seconds as they were written, without rounding. */
static ct_status time_of_seconds(struct ct_text digits, int64_t *time_ns)
{
    struct ct_decimal seconds;
    CT_TRY(ct_decimal_parse(digits, &seconds));
    CT_TRY(ct_decimal_rescale(seconds, 9, &seconds));
    if (seconds.mantissa < INT64_MIN || seconds.mantissa > INT64_MAX)
        return CT_RANGE;
    *time_ns = (int64_t)seconds.mantissa;
    return CT_OK;
}

ct_status ct_json_time(struct ct_json json, int64_t *time_ns, struct ct_error *err)
{
    struct ct_text digits;
    if (ct_json_kind_of(json) == CT_JSON_STRING) {
        const ct_status status = ct_time_parse(string_of(json.value), time_ns);
        if (status == CT_OK)
            return CT_OK;
        return fail_value(json, status == CT_RANGE ? CT_RANGE : CT_TYPE,
                          "a time between 1677 and 2262 such as 2026-06-01T12:30:00Z is wanted",
                          err);
    }
    CT_TRY(number_of(json, "seconds since 1970 UTC, or a time such as 2026-06-01T12:30:00Z,",
                     &digits, err));
    if (time_of_seconds(digits, time_ns) != CT_OK)
        return fail_value(json, CT_RANGE,
                          "seconds since 1970 UTC, between 1677 and 2262 and with at most 9 digits "
                          "after the point, are wanted",
                          err);
    return CT_OK;
}

/* -- Paths and printing ------------------------------------------------------------------------ */

static size_t add_path(struct ct_json json, char *out, size_t cap)
{
    size_t len = json.parent ? add_path(*json.parent, out, cap) : 0;
    if (json.parent && len < cap) {
        const int added = json.key
                              ? snprintf(out + len, cap - len, "%s%s", len ? "." : "", json.key)
                              : snprintf(out + len, cap - len, "[%zu]", json.index);
        len += added > 0 ? (size_t)added : 0;
    }
    return len;
}

void ct_json_path(struct ct_json json, char *out, size_t cap)
{
    if (!json.parent)
        (void)snprintf(out, cap, "the body");
    else
        (void)add_path(json, out, cap);
}

struct ct_text ct_json_print(struct ct_json json, struct ct_arena *arena)
{
    size_t len = 0;
    const char *text = json_object_to_json_string_length(
        json.value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    const char *copy = text ? ct_arena_terminated(arena, (struct ct_text){text, len}) : NULL;
    return copy ? (struct ct_text){copy, len} : (struct ct_text){NULL, 0};
}
