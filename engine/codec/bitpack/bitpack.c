/* Writing of bit streams, and the checks on reading them. */
#include "bitpack/bitpack.h"

/* Whole words only; returns what is left of the last word through *rest. */
static uint8_t *pack_words(const int64_t *values, uint32_t count, uint64_t base, unsigned width,
                           uint8_t *out, uint64_t *rest)
{
    uint64_t word = 0;
    unsigned used = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t value = (uint64_t)values[i] - base;
        word |= value << used;
        used += width;
        if (used >= 64) {
            ct_store64(out, word);
            out += 8;
            used -= 64;
            word = used ? value >> (width - used) : 0;
        }
    }
    *rest = word;
    return out;
}

/* Up to a quarter of a word: four numbers are joined first, which shortens the chain from word to
 * word. */
static uint8_t *pack_fours(const int64_t *values, uint32_t count, uint64_t base, unsigned width,
                           uint8_t *out, uint64_t *rest)
{
    uint64_t word = 0;
    unsigned used = 0;
    for (uint32_t i = 0; i < count; i += 4) {
        const uint64_t a = (uint64_t)values[i] - base;
        const uint64_t b = (uint64_t)values[i + 1] - base;
        const uint64_t c = (uint64_t)values[i + 2] - base;
        const uint64_t d = (uint64_t)values[i + 3] - base;
        const uint64_t four = (a | b << width) | (c | d << width) << 2 * width;
        word |= four << used;
        used += 4 * width;
        if (used >= 64) {
            ct_store64(out, word);
            out += 8;
            used -= 64;
            word = used ? four >> (4 * width - used) : 0;
        }
    }
    *rest = word;
    return out;
}

void ct_bitpack_write(struct ct_writer *w, const int64_t *values, uint32_t count, uint64_t base,
                      unsigned width)
{
    const size_t bytes = ct_bitpack_bytes(count, width);
    CT_ASSERT(width <= 64 && bytes <= ct_writer_left(w));
    if (bytes == 0)
        return;
    uint8_t *const end = w->at + bytes;
    uint64_t rest = 0;
    /* Sixteen fours end on a word whatever the width, so the two loops can follow each other. */
    const uint32_t fours = width <= 16 ? count & ~UINT32_C(63) : 0;
    uint8_t *at = pack_fours(values, fours, base, width, w->at, &rest);
    at = pack_words(values + fours, count - fours, base, width, at, &rest);
    memcpy(at, &rest, (size_t)(end - at));
    w->at = end;
}

const uint8_t *ct_bitpack_take(struct ct_reader *r, uint32_t count, unsigned width)
{
    if (width > 64) {
        r->is_bad = true;
        return NULL;
    }
    const size_t bytes = ct_bitpack_bytes(count, width);
    const uint8_t *stream = ct_read_bytes(r, bytes);
    const unsigned used = (unsigned)((uint64_t)count * width & 7);
    if (stream && used && stream[bytes - 1] >> used) {
        r->is_bad = true;
        return NULL;
    }
    return stream;
}

bool ct_bit_is_at_end(const struct ct_bit_reader *r)
{
    if ((r->at + 7) / 8 != r->len)
        return false;
    const unsigned used = r->at & 7;
    return used == 0 || r->bytes[r->len - 1] >> used == 0;
}
