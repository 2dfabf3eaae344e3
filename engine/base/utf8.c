#include "utf8.h"

#include "bytes.h"

static bool is_between(uint8_t byte, uint8_t min, uint8_t max)
{
    return byte >= min && byte <= max;
}

/* Bytes of the character at `at`, 0 where it is bad or cut off. The second byte's range is what
 * keeps out overlong forms, surrogates and what lies past U+10FFFF (Unicode, table 3-7). */
static size_t character_len(const uint8_t *at, size_t left)
{
    const uint8_t lead = at[0];
    if (lead < 0x80)
        return 1;
    const size_t len = is_between(lead, 0xc2, 0xdf)   ? 2
                       : is_between(lead, 0xe0, 0xef) ? 3
                       : is_between(lead, 0xf0, 0xf4) ? 4
                                                      : 0;
    if (len == 0 || len > left)
        return 0;
    const uint8_t second_min = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const uint8_t second_max = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (!is_between(at[1], second_min, second_max))
        return 0;
    for (size_t i = 2; i < len; i++) {
        if (!is_between(at[i], 0x80, 0xbf))
            return 0;
    }
    return len;
}

/* How many of the bytes at the start are ASCII for sure: a multiple of 8. */
static size_t ascii_len(const uint8_t *at, size_t left)
{
    size_t len = 0;
    while (left - len >= 32 && ((ct_load64(at + len) | ct_load64(at + len + 8) |
                                 ct_load64(at + len + 16) | ct_load64(at + len + 24)) &
                                CT_HIGH_BITS) == 0)
        len += 32;
    while (left - len >= 8 && (ct_load64(at + len) & CT_HIGH_BITS) == 0)
        len += 8;
    return len;
}

size_t ct_utf8_valid_len(struct ct_text text)
{
    if (text.len == 0)
        return 0;
    const uint8_t *bytes = (const uint8_t *)text.bytes;
    size_t at = ascii_len(bytes, text.len);
    while (at < text.len) {
        const size_t len = character_len(bytes + at, text.len - at);
        if (len == 0)
            return at;
        at += len;
        if (len == 1 && text.len - at >= 8)
            at += ascii_len(bytes + at, text.len - at);
    }
    return text.len;
}
