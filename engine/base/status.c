#include "status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ct_status_text(ct_status status)
{
    switch (status) {
#define CT_STATUS_CASE(name, number, text)                                                         \
    case CT_##name:                                                                                \
        return text;
        CT_STATUS_LIST(CT_STATUS_CASE)
#undef CT_STATUS_CASE
    }
    return "unknown status";
}

const char *ct_status_name(ct_status status)
{
    switch (status) {
#define CT_STATUS_CASE(name, number, text)                                                         \
    case CT_##name:                                                                                \
        return #name;
        CT_STATUS_LIST(CT_STATUS_CASE)
#undef CT_STATUS_CASE
    }
    return "UNKNOWN";
}

/* The end of a path says more than its beginning. */
static void keep_end(char *out, size_t cap, const char *text)
{
    const size_t len = strlen(text);
    const char *from = len < cap ? text : text + (len - cap + 1);
    memcpy(out, from, strlen(from) + 1);
}

static void fill(struct ct_error *err, ct_status code, const char *file, uint64_t offset)
{
    memset(err, 0, sizeof *err);
    err->code = code;
    err->offset = offset;
    if (file)
        keep_end(err->file, sizeof err->file, file);
}

ct_status ct_fail(struct ct_error *err, ct_status code, const char *format, ...)
{
    CT_ASSERT(code != CT_OK);
    if (!err)
        return code;
    fill(err, code, NULL, 0);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    return code;
}

ct_status ct_fail_at(struct ct_error *err, ct_status code, const char *file, uint64_t offset,
                     const char *format, ...)
{
    CT_ASSERT(code != CT_OK);
    if (!err)
        return code;
    fill(err, code, file, offset);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    return code;
}

static ct_status status_of_errno(int os_errno)
{
    switch (os_errno) {
    case ENOSPC:
    case EDQUOT:
        return CT_DISK_FULL;
    case ENOENT:
        return CT_NOT_FOUND;
    case ENOMEM:
        return CT_NO_MEMORY;
    default:
        return CT_IO;
    }
}

ct_status ct_fail_os(struct ct_error *err, int os_errno, const char *operation, const char *file)
{
    const ct_status code = status_of_errno(os_errno);
    if (!err)
        return code;
    char reason[128];
    fill(err, code, file, 0);
    err->os_errno = os_errno;
    /* _GNU_SOURCE: this strerror_r returns the text, which may or may not be `reason`. */
    snprintf(err->text, sizeof err->text, "%s failed: %s", operation,
             strerror_r(os_errno, reason, sizeof reason));
    return code;
}

void ct_assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "centime: %s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}
