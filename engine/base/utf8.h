/* UTF-8, checked strictly (RFC 3629): no surrogates, no overlong forms, nothing past U+10FFFF.
 * Everyone may include this. */
#ifndef CT_UTF8_H
#define CT_UTF8_H

#include "text.h"

/* How many bytes from the start are whole, valid characters: text.len where all are, else the
 * position of the first byte of the first bad or unfinished one. */
size_t ct_utf8_valid_len(struct ct_text text);

static inline bool ct_utf8_is_valid(struct ct_text text)
{
    return ct_utf8_valid_len(text) == text.len;
}

#endif
