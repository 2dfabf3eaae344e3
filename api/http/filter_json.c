#include "filter_json.h"

#include "nearest_name.h"

#define PATH_BYTES_MAX 100

struct reading {
    struct ct_arena *arena;
    struct ct_error *err;
};

static void *take(const struct reading *reading, size_t count, size_t size)
{
    void *piece = ct_arena_alloc_zeroed(reading->arena, count + 1, size);
    if (!piece)
        (void)ct_fail(reading->err, CT_NO_MEMORY, "out of memory for a filter");
    return piece;
}

/* -- Values ------------------------------------------------------------------------------------ */

/* Of a tag: null is "", a row without it. */
static ct_status read_tag_value(const struct reading *reading, struct ct_json json,
                                const char **out)
{
    struct ct_text text = {"", 0};
    const enum ct_json_kind kind = ct_json_kind_of(json);
    if (kind == CT_JSON_STRING)
        CT_TRY(ct_json_text(json, &text, reading->err));
    else if (kind != CT_JSON_NULL || !json.is_there)
        return ct_json_wanted(json, "a text, or null for rows without the tag,", reading->err);
    *out = text.bytes;
    return CT_OK;
}

/* One value, or an array of such. */
static ct_status read_tag_values(const struct reading *reading, struct ct_json json,
                                 centime_filter *out)
{
    const bool is_list = ct_json_kind_of(json) == CT_JSON_ARRAY;
    const size_t count = is_list ? ct_json_count(json) : 1;
    const char **values = take(reading, count, sizeof *values);
    if (!values)
        return CT_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        CT_TRY(read_tag_value(reading, is_list ? ct_json_at(&json, i) : json, &values[i]));
    out->values = values;
    out->value_count = count;
    return CT_OK;
}

/* Of a field: a number's digits, a text, "true". */
static ct_status read_field_value(const struct reading *reading, struct ct_json json,
                                  centime_filter *out)
{
    struct ct_text text;
    bool truth;
    const char **values = take(reading, 1, sizeof *values);
    if (!values)
        return CT_NO_MEMORY;
    const enum ct_json_kind kind = ct_json_kind_of(json);
    if (kind == CT_JSON_STRING) {
        CT_TRY(ct_json_text(json, &text, reading->err));
        values[0] = text.bytes;
    } else if (kind == CT_JSON_NUMBER) {
        CT_TRY(ct_json_decimal(json, &text, reading->err));
        values[0] = text.bytes;
    } else if (kind == CT_JSON_BOOL) {
        CT_TRY(ct_json_bool(json, &truth, reading->err));
        values[0] = truth ? "true" : "false";
    } else {
        return ct_json_wanted(json, "a number, a text, true or false", reading->err);
    }
    out->values = values;
    out->value_count = 1;
    return CT_OK;
}

static ct_status read_pattern(const struct reading *reading, struct ct_json json,
                              centime_filter *out)
{
    if (ct_json_kind_of(json) != CT_JSON_STRING)
        return ct_json_wanted(json, "a regular expression", reading->err);
    return read_tag_values(reading, json, out);
}

/* -- Operators --------------------------------------------------------------------------------- */

enum operand { OF_TAG, OF_FIELD, PATTERN, TRUTH };

static const struct {
    const char *name;
    uint32_t kind;
    enum operand operand;
    bool is_negated;
} operators[] = {
    {"in", CENTIME_IN, OF_TAG, false},
    {"not_in", CENTIME_IN, OF_TAG, true},
    {"match", CENTIME_MATCH, PATTERN, false},
    {"not_match", CENTIME_MATCH, PATTERN, true},
    {"present", CENTIME_PRESENT, TRUTH, false},
    {"eq", CENTIME_FIELD_EQUAL, OF_FIELD, false},
    {"ne", CENTIME_FIELD_NOT_EQUAL, OF_FIELD, false},
    {"lt", CENTIME_FIELD_LESS, OF_FIELD, false},
    {"le", CENTIME_FIELD_LESS_EQUAL, OF_FIELD, false},
    {"gt", CENTIME_FIELD_GREATER, OF_FIELD, false},
    {"ge", CENTIME_FIELD_GREATER_EQUAL, OF_FIELD, false},
    {"field_match", CENTIME_FIELD_MATCH, PATTERN, false},
    {"field_present", CENTIME_FIELD_PRESENT, TRUTH, false},
};
#define OPERATORS CT_COUNT_OF(operators)

static ct_status fail_operator(const struct reading *reading, struct ct_json at)
{
    const char *names[OPERATORS];
    char path[PATH_BYTES_MAX];
    for (size_t i = 0; i < OPERATORS; i++)
        names[i] = operators[i].name;
    const char *nearest = ct_nearest_name(ct_text_of(at.key), names, OPERATORS);
    ct_json_path(at, path, sizeof path);
    return ct_fail(reading->err, CT_INVALID,
                   "%s: no such operator%s%s%s; there are in, not_in, match, not_match and present "
                   "of tags, eq, ne, lt, le, gt, ge, field_match and field_present of fields",
                   path, nearest ? ", did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "");
}

/* Makes *out the opposite of what it is. */
static ct_status negate(const struct reading *reading, centime_filter *out)
{
    centime_filter *child = take(reading, 1, sizeof *child);
    if (!child)
        return CT_NO_MEMORY;
    *child = *out;
    *out = (centime_filter){.kind = CENTIME_NOT, .child_count = 1, .children = child};
    return CT_OK;
}

static ct_status read_operator(const struct reading *reading, const char *name,
                               struct ct_json member, centime_filter *out)
{
    size_t i = 0;
    bool is_negated;
    while (i < OPERATORS && strcmp(operators[i].name, member.key) != 0)
        i++;
    if (i == OPERATORS)
        return fail_operator(reading, member);
    *out = (centime_filter){.kind = operators[i].kind, .tag = name};
    is_negated = operators[i].is_negated;
    switch (operators[i].operand) {
    case OF_TAG:
        CT_TRY(read_tag_values(reading, member, out));
        break;
    case OF_FIELD:
        CT_TRY(read_field_value(reading, member, out));
        break;
    case PATTERN:
        CT_TRY(read_pattern(reading, member, out));
        break;
    case TRUTH:
        if (ct_json_kind_of(member) != CT_JSON_BOOL)
            return ct_json_wanted(member, "true or false", reading->err);
        CT_TRY(ct_json_bool(member, &is_negated, reading->err));
        is_negated = !is_negated;
        break;
    }
    return is_negated ? negate(reading, out) : CT_OK;
}

/* {"gt": 5, "le": 10}: both. */
static ct_status read_operators(const struct reading *reading, const char *name,
                                struct ct_json json, centime_filter *out)
{
    const size_t count = ct_json_count(json);
    centime_filter *children = take(reading, count, sizeof *children);
    size_t used = 0;
    if (!children)
        return CT_NO_MEMORY;
    if (count == 0)
        return ct_json_wanted(json, "a value, or an object with an operator", reading->err);
    struct ct_json_iterator members = ct_json_members(&json);
    while (ct_json_next(&members))
        CT_TRY(read_operator(reading, name, members.member, &children[used++]));
    *out =
        (centime_filter){.kind = CENTIME_AND, .child_count = (uint32_t)count, .children = children};
    return CT_OK;
}

/* -- Trees ------------------------------------------------------------------------------------- */

static ct_status read_tree(const struct reading *reading, struct ct_json json, centime_filter *out);

static ct_status read_list(const struct reading *reading, uint32_t kind, struct ct_json json,
                           centime_filter *out)
{
    const size_t count = ct_json_count(json);
    if (ct_json_kind_of(json) != CT_JSON_ARRAY)
        return ct_json_wanted(json, "an array of filters", reading->err);
    centime_filter *children = take(reading, count, sizeof *children);
    if (!children)
        return CT_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        CT_TRY(read_tree(reading, ct_json_at(&json, i), &children[i]));
    *out = (centime_filter){.kind = kind, .child_count = (uint32_t)count, .children = children};
    return CT_OK;
}

/* "name": condition, of a tag or a field. */
static ct_status read_condition(const struct reading *reading, struct ct_json member,
                                centime_filter *out)
{
    const bool is_tag = strncmp(member.key, "tag:", 4) == 0;
    const bool is_field = strncmp(member.key, "field:", 6) == 0;
    const char *name = member.key + (is_tag ? 4 : is_field ? 6 : 0);
    const enum ct_json_kind kind = ct_json_kind_of(member);
    if (kind == CT_JSON_OBJECT)
        return read_operators(reading, name, member, out);
    if (is_field || (!is_tag && (kind == CT_JSON_NUMBER || kind == CT_JSON_BOOL))) {
        *out = (centime_filter){.kind = CENTIME_FIELD_EQUAL, .tag = name};
        return read_field_value(reading, member, out);
    }
    *out = (centime_filter){.kind = CENTIME_IN, .tag = name};
    return read_tag_values(reading, member, out);
}

static ct_status read_member(const struct reading *reading, struct ct_json member,
                             centime_filter *out)
{
    if (strcmp(member.key, "and") == 0)
        return read_list(reading, CENTIME_AND, member, out);
    if (strcmp(member.key, "or") == 0)
        return read_list(reading, CENTIME_OR, member, out);
    if (strcmp(member.key, "not") != 0)
        return read_condition(reading, member, out);
    CT_TRY(read_tree(reading, member, out));
    return negate(reading, out);
}

static ct_status read_tree(const struct reading *reading, struct ct_json json, centime_filter *out)
{
    const size_t count = ct_json_count(json);
    size_t used = 0;
    if (ct_json_kind_of(json) != CT_JSON_OBJECT)
        return ct_json_wanted(json, "an object such as {\"provider\": \"aws\"}", reading->err);
    centime_filter *children = take(reading, count, sizeof *children);
    if (!children)
        return CT_NO_MEMORY;
    struct ct_json_iterator members = ct_json_members(&json);
    while (ct_json_next(&members))
        CT_TRY(read_member(reading, members.member, &children[used++]));
    if (count == 1)
        *out = children[0];
    else
        *out = (centime_filter){
            .kind = CENTIME_AND, .child_count = (uint32_t)count, .children = children};
    return CT_OK;
}

ct_status ct_filter_json_read(struct ct_json json, struct ct_arena *arena, centime_filter *out,
                              struct ct_error *err)
{
    const struct reading reading = {arena, err};
    return read_tree(&reading, json, out);
}
