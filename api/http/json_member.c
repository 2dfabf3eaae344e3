#include "json_member.h"

#include <stdarg.h>
#include <stdio.h>

#include "nearest_name.h"

#define PATH_BYTES_MAX 100
#define TEXT_BYTES_MAX 200
#define LIST_BYTES_MAX 130

ct_status ct_json_fail(struct ct_json at, ct_status status, struct ct_error *err,
                       const char *format, ...)
{
    char path[PATH_BYTES_MAX], text[TEXT_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ct_json_path(at, path, sizeof path);
    return ct_fail(err, status, "%s: %s", path, text);
}

/* "a, b, c, ...": as many as there is room for. */
static void list_names(const char *const *names, size_t count, char *out, size_t cap)
{
    size_t len = 0;
    out[0] = 0;
    for (size_t i = 0; i < count; i++) {
        if (len + strlen(names[i]) + 8 > cap) {
            (void)snprintf(out + len, cap - len, ", ...");
            return;
        }
        len += (size_t)snprintf(out + len, cap - len, "%s%s", i ? ", " : "", names[i]);
    }
}

ct_status ct_json_known(struct ct_json object, const char *const *names, size_t count,
                        struct ct_error *err)
{
    char list[LIST_BYTES_MAX];
    if (ct_json_kind_of(object) != CT_JSON_OBJECT)
        return ct_json_fail(object, CT_TYPE, err, "an object is wanted, not %s",
                            ct_json_kind_name(ct_json_kind_of(object)));
    struct ct_json_iterator members = ct_json_members(&object);
    while (ct_json_next(&members)) {
        size_t i = 0;
        while (i < count && strcmp(names[i], members.member.key) != 0)
            i++;
        if (i < count)
            continue;
        const char *nearest = ct_nearest_name(ct_text_of(members.member.key), names, count);
        if (nearest)
            return ct_json_fail(members.member, CT_INVALID, err,
                                "no such member, did you mean \"%s\"?", nearest);
        list_names(names, count, list, sizeof list);
        return ct_json_fail(members.member, CT_INVALID, err, "no such member; there are %s", list);
    }
    return CT_OK;
}

ct_status ct_json_word(struct ct_json json, const char *const *words, size_t count, uint32_t *out,
                       struct ct_error *err)
{
    char list[LIST_BYTES_MAX];
    struct ct_text text;
    CT_TRY(ct_json_text(json, &text, err));
    for (size_t i = 0; i < count; i++)
        if (ct_text_equal(text, ct_text_of(words[i]))) {
            *out = (uint32_t)i;
            return CT_OK;
        }
    list_names(words, count, list, sizeof list);
    return ct_json_fail(json, CT_INVALID, err, "one of %s is wanted, not \"%.40s\"", list,
                        text.bytes);
}

ct_status ct_json_required(struct ct_json json, const char **out, struct ct_error *err)
{
    struct ct_text text;
    const ct_status status = ct_json_text(json, &text, err);
    if (status == CT_NOT_FOUND || (status == CT_OK && text.len == 0))
        return ct_json_fail(json, CT_INVALID, err, "it is missing");
    CT_TRY(status);
    *out = text.bytes;
    return CT_OK;
}

ct_status ct_json_texts(struct ct_json json, struct ct_arena *arena, const char *const **out,
                        size_t *count, struct ct_error *err)
{
    const bool is_list = ct_json_kind_of(json) == CT_JSON_ARRAY;
    const size_t len = is_list ? ct_json_count(json) : 1;
    const char **texts = ct_arena_alloc_zeroed(arena, len + 1, sizeof *texts);
    if (!texts)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading JSON");
    for (size_t i = 0; i < len; i++) {
        struct ct_text text;
        const struct ct_json one = is_list ? ct_json_at(&json, i) : json;
        const ct_status status = ct_json_text(one, &text, err);
        if (status == CT_NOT_FOUND)
            return ct_json_fail(one, CT_TYPE, err, "a text is wanted, not null");
        CT_TRY(status);
        texts[i] = text.bytes;
    }
    *out = texts;
    *count = len;
    return CT_OK;
}
