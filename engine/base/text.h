/* A borrowed stretch of bytes: whoever hands it out says how long it lives.
 * Everyone may include this. */
#ifndef CT_TEXT_H
#define CT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct ct_text {
    const char *bytes; /* not terminated; may be NULL where len is 0 */
    size_t len;
};

static inline struct ct_text ct_text_of(const char *terminated)
{
    return (struct ct_text){.bytes = terminated, .len = strlen(terminated)};
}

static inline bool ct_text_equal(struct ct_text a, struct ct_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

/* Byte order, a prefix before what it begins: negative, 0 or positive. */
static inline int ct_text_compare(struct ct_text a, struct ct_text b)
{
    const size_t len = a.len < b.len ? a.len : b.len;
    const int order = len ? memcmp(a.bytes, b.bytes, len) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static inline bool ct_text_begins_with(struct ct_text text, struct ct_text beginning)
{
    return text.len >= beginning.len &&
           (beginning.len == 0 || memcmp(text.bytes, beginning.bytes, beginning.len) == 0);
}

static inline bool ct_text_ends_with(struct ct_text text, struct ct_text end)
{
    return text.len >= end.len &&
           (end.len == 0 || memcmp(text.bytes + text.len - end.len, end.bytes, end.len) == 0);
}

#endif
