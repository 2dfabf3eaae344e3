#include "item_fields.h"

#include <stdio.h>

#include "centime.h"
#include "nearest_name.h"

#define FIELDS_MAX 64

/* One item on its way into its struct. */
struct reading {
    const struct ct_item_shape *shape;
    struct ct_arena *arena;
    char *item;
    uint64_t filled; /* fields that were there */
    struct ct_item_fault *fault;
};

static void *place(const struct reading *reading, size_t at)
{
    return reading->item + at;
}

static ct_status fail_memory(const struct reading *reading)
{
    return ct_fail(&reading->fault->err, CT_NO_MEMORY, "out of memory while reading JSON");
}

/* -- Values ------------------------------------------------------------------------------------ */

static ct_status read_text(const struct reading *reading, const struct ct_item_field *field,
                           struct ct_json value)
{
    struct ct_text text;
    CT_TRY(ct_json_text(value, &text, &reading->fault->err));
    if (field->is_required && text.len == 0)
        return ct_fail(&reading->fault->err, CT_INVALID, "%s is empty", field->name);
    memcpy(place(reading, field->at), &text.bytes, sizeof text.bytes);
    return CT_OK;
}

/* The digits of a number may live as long as the value only; they do, but end as the value does. */
static ct_status read_decimal(const struct reading *reading, const struct ct_item_field *field,
                              struct ct_json value)
{
    struct ct_text digits;
    CT_TRY(ct_json_decimal(value, &digits, &reading->fault->err));
    memcpy(place(reading, field->at), &digits.bytes, sizeof digits.bytes);
    return CT_OK;
}

static ct_status read_time(const struct reading *reading, const struct ct_item_field *field,
                           struct ct_json value)
{
    int64_t time_ns;
    CT_TRY(ct_json_time(value, &time_ns, &reading->fault->err));
    if (time_ns == 0)
        return ct_fail(&reading->fault->err, CT_RANGE,
                       "%s: 0 is no time of a measurement; leave it out for the present",
                       field->name);
    memcpy(place(reading, field->at), &time_ns, sizeof time_ns);
    return CT_OK;
}

static ct_status read_tags(const struct reading *reading, const struct ct_item_field *field,
                           struct ct_json value)
{
    if (ct_json_kind_of(value) != CT_JSON_OBJECT)
        return ct_fail(&reading->fault->err, CT_TYPE, "%s: an object of texts is wanted, not %s",
                       field->name, ct_json_kind_name(ct_json_kind_of(value)));
    const size_t count = ct_json_count(value);
    centime_cost_tag *tags = ct_arena_alloc_zeroed(reading->arena, count + 1, sizeof *tags);
    if (!tags)
        return fail_memory(reading);
    uint32_t used = 0;
    struct ct_json_iterator members = ct_json_members(&value);
    while (ct_json_next(&members)) {
        struct ct_text text;
        const ct_status status = ct_json_text(members.member, &text, &reading->fault->err);
        if (status == CT_NOT_FOUND)
            continue;
        CT_TRY(status);
        tags[used++] = (centime_cost_tag){members.member.key, text.bytes};
    }
    memcpy(place(reading, field->at), &tags, sizeof tags);
    memcpy(place(reading, field->extra), &used, sizeof used);
    return CT_OK;
}

static ct_status read_names(const struct reading *reading, const struct ct_item_field *field,
                            struct ct_json value)
{
    if (ct_json_kind_of(value) != CT_JSON_ARRAY)
        return ct_fail(&reading->fault->err, CT_TYPE, "%s: an array of texts is wanted, not %s",
                       field->name, ct_json_kind_name(ct_json_kind_of(value)));
    const size_t count = ct_json_count(value);
    const char **names = ct_arena_alloc_zeroed(reading->arena, count + 1, sizeof *names);
    if (!names)
        return fail_memory(reading);
    for (size_t i = 0; i < count; i++) {
        struct ct_text text;
        const ct_status status = ct_json_text(ct_json_at(&value, i), &text, &reading->fault->err);
        if (status == CT_NOT_FOUND)
            return ct_fail(&reading->fault->err, CT_TYPE, "%s[%zu] is null", field->name, i);
        CT_TRY(status);
        names[i] = text.bytes;
    }
    memcpy(place(reading, field->at), &names, sizeof names);
    memcpy(place(reading, field->extra), &count, sizeof count);
    return CT_OK;
}

static ct_status read_value(const struct reading *reading, const struct ct_item_field *field,
                            struct ct_json value)
{
    struct ct_error *err = &reading->fault->err;
    switch (field->kind) {
    case CT_ITEM_TEXT:
        return read_text(reading, field, value);
    case CT_ITEM_DOUBLE: {
        double number;
        CT_TRY(ct_json_double(value, &number, err));
        memcpy(place(reading, field->at), &number, sizeof number);
        return CT_OK;
    }
    case CT_ITEM_INT64: {
        int64_t number;
        CT_TRY(ct_json_int64(value, &number, err));
        memcpy(place(reading, field->at), &number, sizeof number);
        return CT_OK;
    }
    case CT_ITEM_DECIMAL:
        return read_decimal(reading, field, value);
    case CT_ITEM_TIME:
        return read_time(reading, field, value);
    case CT_ITEM_TAGS:
        return read_tags(reading, field, value);
    case CT_ITEM_NAMES:
        return read_names(reading, field, value);
    case CT_ITEM_IGNORED:
        return CT_OK;
    }
    return CT_OK;
}

/* -- Members ----------------------------------------------------------------------------------- */

static size_t find_field(const struct ct_item_shape *shape, const char *name)
{
    size_t i = 0;
    while (i < shape->field_count && strcmp(shape->fields[i].name, name) != 0)
        i++;
    return i;
}

static ct_status fail_unknown(const struct reading *reading, const char *name)
{
    const struct ct_item_shape *shape = reading->shape;
    const char *names[FIELDS_MAX];
    for (size_t i = 0; i < shape->field_count; i++)
        names[i] = shape->fields[i].name;
    const char *nearest = ct_nearest_name(ct_text_of(name), names, shape->field_count);
    return ct_fail(&reading->fault->err, CT_INVALID, "%s has no \"%.60s\"%s%s%s%s", shape->noun,
                   name, nearest ? ": did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "", nearest ? "" : shape->advice);
}

/* Another name of the same place that was given too; NULL: none. */
static const char *find_double(const struct reading *reading, size_t number)
{
    const struct ct_item_field *fields = reading->shape->fields;
    for (size_t i = 0; i < reading->shape->field_count; i++)
        if (i != number && (reading->filled >> i & 1) && fields[i].kind != CT_ITEM_IGNORED &&
            fields[i].at == fields[number].at)
            return fields[i].name;
    return NULL;
}

static ct_status read_member(struct reading *reading, struct ct_json member)
{
    (void)snprintf(reading->fault->field, sizeof reading->fault->field, "%s", member.key);
    const size_t number = find_field(reading->shape, member.key);
    if (number == reading->shape->field_count)
        return fail_unknown(reading, member.key);
    const struct ct_item_field *field = &reading->shape->fields[number];
    if (ct_json_kind_of(member) == CT_JSON_NULL)
        return CT_OK;
    const char *other = find_double(reading, number);
    if (other && field->kind != CT_ITEM_IGNORED)
        return ct_fail(&reading->fault->err, CT_INVALID, "\"%s\" and \"%s\" are the same: give one",
                       other, field->name);
    reading->filled |= UINT64_C(1) << number;
    if (field->has) {
        uint32_t has;
        memcpy(&has, place(reading, reading->shape->has_at), sizeof has);
        has |= field->has;
        memcpy(place(reading, reading->shape->has_at), &has, sizeof has);
    }
    return read_value(reading, field, member);
}

/* Fields that must be there, under any of their names. */
static ct_status check_required(struct reading *reading)
{
    const struct ct_item_shape *shape = reading->shape;
    for (size_t i = 0; i < shape->field_count; i++) {
        const bool is_there = (reading->filled >> i & 1) || find_double(reading, i);
        if (!shape->fields[i].is_required || is_there)
            continue;
        (void)snprintf(reading->fault->field, sizeof reading->fault->field, "%s",
                       shape->fields[i].name);
        return ct_fail(&reading->fault->err, CT_INVALID, "%s is missing", shape->fields[i].name);
    }
    return CT_OK;
}

ct_status ct_item_read(const struct ct_item_shape *shape, const struct ct_json *json,
                       struct ct_arena *arena, void *item, uint64_t *ignored,
                       struct ct_item_fault *fault)
{
    struct reading reading = {.shape = shape, .arena = arena, .item = item, .fault = fault};
    const uint32_t struct_size = (uint32_t)shape->size;
    CT_ASSERT(shape->field_count <= FIELDS_MAX);
    memset(item, 0, shape->size);
    memcpy(item, &struct_size, sizeof struct_size);
    *fault = (struct ct_item_fault){0};
    if (ct_json_kind_of(*json) != CT_JSON_OBJECT)
        return ct_fail(&fault->err, CT_TYPE, "%s is an object, not %s", shape->noun,
                       ct_json_kind_name(ct_json_kind_of(*json)));
    struct ct_json_iterator members = ct_json_members(json);
    while (ct_json_next(&members))
        CT_TRY(read_member(&reading, members.member));
    for (size_t i = 0; i < shape->field_count; i++)
        if (shape->fields[i].kind == CT_ITEM_IGNORED)
            *ignored |= reading.filled & UINT64_C(1) << i;
    return check_required(&reading);
}
