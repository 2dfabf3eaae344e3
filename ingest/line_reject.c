#include "line_reject.h"

#include <string.h>

#include "utf8.h"

void ct_reject_list_reset(struct ct_reject_list *list)
{
    list->total = 0;
    list->misfits = 0;
    list->kept = 0;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Bytes of the well-formed character that `at` begins with, 0 where there is none. */
static size_t character_len(const char *at, const char *end)
{
    if ((unsigned char)*at < 0x80)
        return 1;
    size_t len = 1;
    while (len < 4 && at + len < end && is_continuation(at[len]))
        len++;
    return ct_utf8_is_valid((struct ct_text){.bytes = at, .len = len}) ? len : 0;
}

static void copy_printable(char *out, size_t cap, const char *at, const char *end)
{
    size_t used = 0;
    while (at < end && *at != '\n' && !(*at == '\r' && at + 1 < end && at[1] == '\n')) {
        const size_t len = character_len(at, end);
        if (used + (len ? len : 1) > cap)
            break;
        const bool is_control = (unsigned char)*at < 0x20 || *at == 0x7f;
        if (len == 0 || is_control)
            out[used++] = '?';
        else
            for (size_t i = 0; i < len; i++)
                out[used++] = at[i];
        at += len ? len : 1;
    }
    out[used] = '\0';
}

static void copy_reason(char *out, const char *reason)
{
    const size_t len = strlen(reason);
    copy_printable(out, CT_REJECT_REASON_BYTES - 1, reason, reason + len);
}

void ct_reject_add(struct ct_reject_list *list, uint64_t first_line, const char *line_start,
                   const char *line_end, const char *at, ct_status code, const char *reason)
{
    CT_ASSERT(line_start <= at && at <= line_end);
    list->total++;
    list->misfits += code == CT_TYPE || code == CT_LIMIT;
    if (list->kept == CT_REJECTS_KEPT)
        return;
    struct ct_reject *reject = &list->items[list->kept++];
    const char *row_start = line_start;
    reject->line = first_line;
    for (const char *c = line_start; c < at; c++) {
        if (*c == '\n') {
            reject->line++;
            row_start = c + 1;
        }
    }
    reject->column = (uint32_t)(at - row_start) + 1;
    reject->code = code;
    copy_reason(reject->reason, reason);
    copy_printable(reject->excerpt, CT_REJECT_EXCERPT_BYTES, line_start, line_end);
}
