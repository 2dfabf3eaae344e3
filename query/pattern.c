#define PCRE2_CODE_UNIT_WIDTH 8
#include "pattern.h"

#include <pcre2.h>

struct ct_pattern {
    const struct ct_allocator *allocator;
    pcre2_general_context *general;
    pcre2_code *code;
    pcre2_match_data *match_data;
    pcre2_match_context *limits;
    size_t len;
    char text[]; /* for messages */
};

static void *take(size_t size_bytes, void *context)
{
    return ct_alloc(context, size_bytes);
}

static void give_back(void *pointer, void *context)
{
    ct_release(context, pointer);
}

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for a regular expression");
}

static ct_status compile(struct ct_pattern *pattern, struct ct_error *err)
{
    pcre2_compile_context *context = pcre2_compile_context_create(pattern->general);
    if (!context)
        return no_memory(err);
    const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY |
                             PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE;
    int code;
    PCRE2_SIZE offset;
    pattern->code =
        pcre2_compile((PCRE2_SPTR)pattern->text, pattern->len, options, &code, &offset, context);
    pcre2_compile_context_free(context);
    if (pattern->code)
        return CT_OK;
    if (code == PCRE2_ERROR_HEAP_FAILED)
        return no_memory(err);
    PCRE2_UCHAR reason[120] = {0};
    (void)pcre2_get_error_message(code, reason, sizeof reason);
    return ct_fail(err, CT_INVALID, "regular expression '%.*s', byte %zu: %s",
                   (int)(pattern->len < 80 ? pattern->len : 80), pattern->text, (size_t)offset,
                   (const char *)reason);
}

static ct_status prepare(struct ct_pattern *pattern, struct ct_error *err)
{
    pattern->general =
        pcre2_general_context_create(take, give_back, (void *)(uintptr_t)pattern->allocator);
    if (!pattern->general)
        return no_memory(err);
    CT_TRY(compile(pattern, err));
    pattern->match_data = pcre2_match_data_create(1, pattern->general);
    pattern->limits = pcre2_match_context_create(pattern->general);
    if (!pattern->match_data || !pattern->limits)
        return no_memory(err);
    (void)pcre2_set_match_limit(pattern->limits, CT_PATTERN_STEPS_MAX);
    (void)pcre2_set_depth_limit(pattern->limits, CT_PATTERN_DEPTH_MAX);
    (void)pcre2_set_heap_limit(pattern->limits, CT_PATTERN_HEAP_KIB);
    return CT_OK;
}

ct_status ct_pattern_compile(struct ct_text text, const struct ct_allocator *allocator,
                             struct ct_pattern **out, struct ct_error *err)
{
    if (text.len > CT_PATTERN_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "a regular expression of %zu bytes, at most %d", text.len,
                       CT_PATTERN_BYTES_MAX);
    struct ct_pattern *pattern = ct_alloc(allocator, sizeof *pattern + text.len + 1);
    if (!pattern)
        return no_memory(err);
    *pattern = (struct ct_pattern){.allocator = allocator, .len = text.len};
    if (text.len)
        memcpy(pattern->text, text.bytes, text.len);
    pattern->text[text.len] = 0;
    const ct_status status = prepare(pattern, err);
    if (status != CT_OK) {
        ct_pattern_destroy(pattern);
        return status;
    }
    *out = pattern;
    return CT_OK;
}

void ct_pattern_destroy(struct ct_pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_context_free(pattern->limits);
    pcre2_match_data_free(pattern->match_data);
    pcre2_code_free(pattern->code);
    pcre2_general_context_free(pattern->general);
    ct_release(pattern->allocator, pattern);
}

ct_status ct_pattern_matches(struct ct_pattern *pattern, struct ct_text subject, bool *out,
                             struct ct_error *err)
{
    const PCRE2_SPTR bytes = (PCRE2_SPTR)(subject.bytes ? subject.bytes : "");
    const int code =
        pcre2_match(pattern->code, bytes, subject.len, 0, 0, pattern->match_data, pattern->limits);
    *out = code >= 0;
    if (code >= 0 || code == PCRE2_ERROR_NOMATCH)
        return CT_OK;
    if (code == PCRE2_ERROR_NOMEMORY)
        return no_memory(err);
    return ct_fail(err, CT_LIMIT,
                   "the regular expression '%.*s' takes more than %d steps on one text: make it "
                   "simpler",
                   (int)(pattern->len < 80 ? pattern->len : 80), pattern->text,
                   CT_PATTERN_STEPS_MAX);
}
