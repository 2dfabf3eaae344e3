#include "budget_scope.h"

#include "text_out.h"

/* Conditions in the making. */
struct scope {
    struct ct_arena *arena;
    centime_budget_condition *conditions;
    uint32_t count, cap;
    struct ct_error *err;
};

static ct_status fail_memory(const struct scope *scope)
{
    return ct_fail(scope->err, CT_NO_MEMORY, "out of memory for a budget");
}

static ct_status read_value(const struct scope *scope, struct ct_json json, const char **out)
{
    struct ct_text text = {NULL, 0};
    const enum ct_json_kind kind = ct_json_kind_of(json);
    if (kind != CT_JSON_STRING && kind != CT_JSON_NULL)
        return ct_json_wanted(json, "a text, or null for rows without the tag,", scope->err);
    if (kind == CT_JSON_STRING)
        CT_TRY(ct_json_text(json, &text, scope->err));
    *out = text.bytes;
    return CT_OK;
}

/* One value, or an array of such. */
static ct_status read_values(const struct scope *scope, struct ct_json json,
                             centime_budget_condition *out)
{
    const bool is_list = ct_json_kind_of(json) == CT_JSON_ARRAY;
    const size_t count = is_list ? ct_json_count(json) : 1;
    const char **values = ct_arena_alloc_zeroed(scope->arena, count + 1, sizeof *values);
    if (!values)
        return fail_memory(scope);
    for (size_t i = 0; i < count; i++)
        CT_TRY(read_value(scope, is_list ? ct_json_at(&json, i) : json, &values[i]));
    out->values = values;
    out->value_count = (uint32_t)count;
    return CT_OK;
}

/* The next condition, within the room that was made for them. */
static centime_budget_condition *add(struct scope *scope, const char *key)
{
    CT_ASSERT(scope->count < scope->cap);
    centime_budget_condition *condition = &scope->conditions[scope->count++];
    condition->key = key;
    return condition;
}

static ct_status read_condition(struct scope *scope, const char *key, struct ct_json json)
{
    centime_budget_condition *condition = add(scope, key);
    if (ct_json_kind_of(json) != CT_JSON_OBJECT)
        return read_values(scope, json, condition);
    const struct ct_json negated = ct_json_member(&json, "not");
    if (!negated.is_there || ct_json_count(json) != 1)
        return ct_json_wanted(json, "a text, null, an array of them or {\"not\": ...}", scope->err);
    condition->is_negated = 1;
    return read_values(scope, negated, condition);
}

static ct_status read_tags(struct scope *scope, struct ct_json tags)
{
    if (ct_json_kind_of(tags) == CT_JSON_NULL)
        return CT_OK;
    if (ct_json_kind_of(tags) != CT_JSON_OBJECT)
        return ct_json_wanted(tags, "an object of entry tags", scope->err);
    struct ct_json_iterator members = ct_json_members(&tags);
    while (ct_json_next(&members)) {
        struct ct_text_out key;
        ct_text_out_init(&key, scope->arena);
        ct_text_out_word(&key, "tag.");
        ct_text_out_word(&key, members.member.key);
        if (key.is_short)
            return fail_memory(scope);
        CT_TRY(read_condition(scope, ct_text_out_text(&key).bytes, members.member));
    }
    return CT_OK;
}

static ct_status read_object(struct scope *scope, struct ct_json json)
{
    struct ct_json_iterator members = ct_json_members(&json);
    while (ct_json_next(&members)) {
        if (strcmp(members.member.key, "tags") == 0)
            CT_TRY(read_tags(scope, members.member));
        else
            CT_TRY(read_condition(scope, members.member.key, members.member));
    }
    return CT_OK;
}

/* As the library lists it. */
static ct_status read_listed(struct scope *scope, struct ct_json json)
{
    for (size_t i = 0; i < ct_json_count(json); i++) {
        struct ct_text key;
        bool is_negated = false;
        const struct ct_json one = ct_json_at(&json, i);
        const struct ct_json values = ct_json_member(&one, "values");
        if (ct_json_kind_of(one) != CT_JSON_OBJECT)
            return ct_json_wanted(one, "an object with key and values", scope->err);
        if (ct_json_text(ct_json_member(&one, "key"), &key, scope->err) != CT_OK)
            return ct_json_wanted(ct_json_member(&one, "key"), "the name of a tag", scope->err);
        if (ct_json_kind_of(values) != CT_JSON_ARRAY)
            return ct_json_wanted(values, "an array of texts", scope->err);
        if (ct_json_bool(ct_json_member(&one, "is_negated"), &is_negated, scope->err) == CT_TYPE)
            return CT_TYPE;
        centime_budget_condition *condition = add(scope, key.bytes);
        condition->is_negated = is_negated;
        CT_TRY(read_values(scope, values, condition));
    }
    return CT_OK;
}

ct_status ct_budget_scope_read(struct ct_json json, struct ct_arena *arena, centime_budget *out,
                               struct ct_error *err)
{
    const struct ct_json tags = ct_json_member(&json, "tags");
    const size_t cap = ct_json_count(json) + ct_json_count(tags);
    const enum ct_json_kind kind = ct_json_kind_of(json);
    struct scope scope = {.arena = arena, .cap = (uint32_t)cap, .err = err};
    if (kind == CT_JSON_NULL)
        return CT_OK;
    if (kind != CT_JSON_OBJECT && kind != CT_JSON_ARRAY)
        return ct_json_wanted(json, "an object of tags and their values", err);
    scope.conditions = ct_arena_alloc_zeroed(arena, cap + 1, sizeof *scope.conditions);
    if (!scope.conditions)
        return fail_memory(&scope);
    CT_TRY(kind == CT_JSON_OBJECT ? read_object(&scope, json) : read_listed(&scope, json));
    out->conditions = scope.conditions;
    out->condition_count = scope.count;
    return CT_OK;
}
