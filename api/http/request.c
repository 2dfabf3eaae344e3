#include "request.h"

#include <strings.h>

#include "utf8.h"

#define PARAMETERS_MAX 256

static bool is_name(struct ct_text name, const char *wanted, bool any_case)
{
    if (strlen(wanted) != name.len)
        return false;
    return (any_case ? strncasecmp(name.bytes, wanted, name.len)
                     : memcmp(name.bytes, wanted, name.len)) == 0;
}

struct ct_text ct_request_parameter(const struct ct_request *request, const char *name)
{
    for (size_t i = 0; i < request->parameter_count; i++)
        if (is_name(request->parameters[i].name, name, false) &&
            request->parameters[i].value.len > 0)
            return request->parameters[i].value;
    return (struct ct_text){NULL, 0};
}

struct ct_text ct_request_header(const struct ct_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (is_name(request->headers[i].name, name, true))
            return request->headers[i].value;
    return (struct ct_text){NULL, 0};
}

static bool is_one_of(struct ct_text text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_name(text, words[i], true))
            return true;
    return false;
}

bool ct_request_flag(const struct ct_request *request, const char *name, bool otherwise, bool *out)
{
    static const char *const yes[] = {"true", "1", "yes", "t"};
    static const char *const no[] = {"false", "0", "no", "f"};
    const struct ct_text value = ct_request_parameter(request, name);
    if (value.len == 0)
        *out = otherwise;
    else if (is_one_of(value, yes, CT_COUNT_OF(yes)))
        *out = true;
    else if (is_one_of(value, no, CT_COUNT_OF(no)))
        *out = false;
    else
        return false;
    return true;
}

bool ct_request_has_type(const struct ct_request *request, const char *media_type)
{
    struct ct_text type = ct_request_header(request, "Content-Type");
    const char *semicolon = type.len ? memchr(type.bytes, ';', type.len) : NULL;
    if (semicolon)
        type.len = (size_t)(semicolon - type.bytes);
    while (type.len > 0 && type.bytes[type.len - 1] == ' ')
        type.len--;
    return type.len > 0 && is_name(type, media_type, true);
}

/* -- Forms ------------------------------------------------------------------------------------- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* A copy without escapes; in forms a plus is a blank. */
static ct_status decode(struct ct_arena *arena, struct ct_text text, bool is_form,
                        struct ct_text *out, struct ct_error *err)
{
    char *bytes = ct_arena_alloc(arena, text.len + 1);
    size_t len = 0;
    if (!bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading parameters");
    for (size_t i = 0; i < text.len; i++) {
        char c = text.bytes[i];
        if (c == '%') {
            const int high = i + 2 < text.len ? digit_of(text.bytes[i + 1]) : -1;
            const int low = high >= 0 ? digit_of(text.bytes[i + 2]) : -1;
            if (low < 0)
                return ct_fail(err, CT_PARSE, "'%%' without two hex digits in a %s",
                               is_form ? "parameter" : "path");
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && is_form) {
            c = ' ';
        }
        bytes[len++] = c;
    }
    bytes[len] = 0;
    *out = (struct ct_text){bytes, len};
    if (memchr(bytes, 0, len) || !ct_utf8_is_valid(*out))
        return ct_fail(err, CT_PARSE, "a %s with a zero byte or bytes that are not UTF-8",
                       is_form ? "parameter" : "path");
    return CT_OK;
}

static ct_status read_pair(struct ct_request *request, struct ct_text pair,
                           struct ct_named_text *out, struct ct_error *err)
{
    const char *equals = memchr(pair.bytes, '=', pair.len);
    const size_t name_len = equals ? (size_t)(equals - pair.bytes) : pair.len;
    const size_t value_at = equals ? name_len + 1 : pair.len;
    CT_TRY(decode(request->arena, (struct ct_text){pair.bytes, name_len}, true, &out->name, err));
    return decode(request->arena, (struct ct_text){pair.bytes + value_at, pair.len - value_at},
                  true, &out->value, err);
}

static size_t count_pairs(struct ct_text form)
{
    size_t count = 1;
    for (size_t i = 0; i < form.len; i++)
        count += form.bytes[i] == '&';
    return count;
}

ct_status ct_request_add_form(struct ct_request *request, struct ct_text form, struct ct_error *err)
{
    if (form.len == 0)
        return CT_OK;
    const size_t count = request->parameter_count + count_pairs(form);
    if (count > PARAMETERS_MAX)
        return ct_fail(err, CT_LIMIT, "%zu parameters, at most %d", count, PARAMETERS_MAX);
    struct ct_named_text *all = ct_arena_alloc_zeroed(request->arena, count, sizeof *all);
    if (!all)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading parameters");
    size_t used = request->parameter_count;
    if (used)
        memcpy(all, request->parameters, used * sizeof *all);
    for (size_t at = 0; at < form.len;) {
        const char *ampersand = memchr(form.bytes + at, '&', form.len - at);
        const size_t end = ampersand ? (size_t)(ampersand - form.bytes) : form.len;
        if (end > at)
            CT_TRY(
                read_pair(request, (struct ct_text){form.bytes + at, end - at}, &all[used++], err));
        at = end + 1;
    }
    request->parameters = all;
    request->parameter_count = used;
    return CT_OK;
}

/* -- Target ------------------------------------------------------------------------------------ */

/* Without scheme and host, which proxies are sent. */
static struct ct_text strip_host(struct ct_text target)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < CT_COUNT_OF(schemes); i++) {
        const size_t len = strlen(schemes[i]);
        if (target.len < len || strncasecmp(target.bytes, schemes[i], len) != 0)
            continue;
        const char *slash = memchr(target.bytes + len, '/', target.len - len);
        const size_t at = slash ? (size_t)(slash - target.bytes) : target.len;
        return slash ? (struct ct_text){slash, target.len - at} : (struct ct_text){"/", 1};
    }
    return target;
}

ct_status ct_request_set_target(struct ct_request *request, struct ct_text target,
                                struct ct_error *err)
{
    struct ct_text path = strip_host(target), query = {"", 0};
    const char *mark = path.len ? memchr(path.bytes, '?', path.len) : NULL;
    if (mark) {
        query = (struct ct_text){mark + 1, path.len - (size_t)(mark - path.bytes) - 1};
        path.len = (size_t)(mark - path.bytes);
    }
    CT_TRY(decode(request->arena, path, false, &request->path, err));
    return ct_request_add_form(request, query, err);
}
