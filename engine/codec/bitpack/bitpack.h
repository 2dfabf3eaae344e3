/* Numbers of a common bit width, one after another. Layer codec only.
 *
 * Number i of width w takes the bits [i x w, (i + 1) x w) of the stream; bit b is bit b % 8 of byte
 * b / 8. A stream ends with the byte that holds its last bit; what is left of that byte is 0. So a
 * tail wastes less than a byte, and eight numbers always fill w bytes, which is what the vector
 * kernels build on. */
#ifndef CT_BITPACK_H
#define CT_BITPACK_H

#include "bitpack/kernels.h"
#include "bytes.h"

/* Bits that `value` needs: 0 to 64. */
static inline unsigned ct_bit_width(uint64_t value)
{
    return value == 0 ? 0 : 64 - (unsigned)__builtin_clzll(value);
}

static inline size_t ct_bitpack_bytes(uint32_t count, unsigned width)
{
    return ((size_t)count * width + 7) / 8;
}

/* Writes values[i] - base, each below 2^width. */
void ct_bitpack_write(struct ct_writer *w, const int64_t *values, uint32_t count, uint64_t base,
                      unsigned width);

/* Takes a stream's bytes from the reader: NULL, and the reader is bad, where it is cut off, wider
 * than 64 or has bits set behind its end. Borrowed from the reader's input. */
const uint8_t *ct_bitpack_take(struct ct_reader *r, uint32_t count, unsigned width);

/* -- Single numbers of up to 32 bits (reading: 56), in the same order of bits. */

struct ct_bit_writer {
    struct ct_writer *writer;
    uint64_t word;
    unsigned used; /* below 32 between calls */
};

static inline void ct_bit_put(struct ct_bit_writer *w, uint64_t value, unsigned width)
{
    w->word |= value << w->used;
    w->used += width;
    if (w->used >= 32) {
        ct_write32(w->writer, (uint32_t)w->word);
        w->word >>= 32;
        w->used -= 32;
    }
}

static inline void ct_bit_finish(struct ct_bit_writer *w)
{
    ct_write_bytes(w->writer, &w->word, (w->used + 7) / 8);
    w->word = 0;
    w->used = 0;
}

/* Past the end it gives zeros; the caller asks at the end whether `at` went too far. */
struct ct_bit_reader {
    const uint8_t *bytes;
    size_t len;
    uint64_t at; /* in bits */
};

static inline uint64_t ct_bit_peek(const struct ct_bit_reader *r)
{
    const size_t byte = r->at >> 3;
    uint64_t word = 0;
    if (byte + 8 <= r->len)
        word = ct_load64(r->bytes + byte);
    else if (byte < r->len)
        memcpy(&word, r->bytes + byte, r->len - byte);
    return word >> (r->at & 7);
}

static inline uint64_t ct_bit_get(struct ct_bit_reader *r, unsigned width)
{
    const uint64_t value = ct_bit_peek(r) & ((UINT64_C(1) << width) - 1);
    r->at += width;
    return value;
}

/* Whether what was read ended in the last byte, and only zeros are left of it. */
bool ct_bit_is_at_end(const struct ct_bit_reader *r);

#endif
