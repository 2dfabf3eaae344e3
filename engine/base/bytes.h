/* Little-endian stored bytes, read and written field by field and never past the end.
 * Everyone may include this.
 *
 * A reader turns sticky-bad at the first short read: the caller reads a whole record and asks once.
 * A writer asserts room: its caller has reserved the size beforehand. */
#ifndef CT_BYTES_H
#define CT_BYTES_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "status.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "stored bytes are little-endian");

#define CT_VARINT_BYTES_MAX 10

static inline uint16_t ct_load16(const void *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint32_t ct_load32(const void *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint64_t ct_load64(const void *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* Eight bytes looked at in one word. */
#define CT_EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))
#define CT_HIGH_BITS       CT_EACH_BYTE(0x80)

/* The high bit of the lowest byte that is `byte`, 0 where none is; bytes above it may be wrong. */
static inline uint64_t ct_equal_bytes(uint64_t word, char byte)
{
    const uint64_t other = word ^ CT_EACH_BYTE((unsigned char)byte);
    return (other - CT_EACH_BYTE(1)) & ~other & CT_HIGH_BITS;
}

static inline void ct_store16(void *at, uint16_t value)
{
    memcpy(at, &value, sizeof value);
}

static inline void ct_store32(void *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
}

static inline void ct_store64(void *at, uint64_t value)
{
    memcpy(at, &value, sizeof value);
}

/* Small magnitudes, of either sign, to small unsigned numbers. */
static inline uint64_t ct_zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
}

static inline int64_t ct_unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

struct ct_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool is_bad; /* a read went past the end, or a varint was malformed; all later reads give 0 */
};

static inline struct ct_reader ct_reader_of(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    return (struct ct_reader){.at = at, .end = at + len};
}

static inline size_t ct_reader_left(const struct ct_reader *r)
{
    return (size_t)(r->end - r->at);
}

/* Borrowed: `len` bytes inside the reader's input, or NULL (and is_bad) where there are fewer. */
static inline const uint8_t *ct_read_bytes(struct ct_reader *r, size_t len)
{
    if (r->is_bad || len > ct_reader_left(r)) {
        r->is_bad = true;
        return NULL;
    }
    const uint8_t *bytes = r->at;
    r->at += len;
    return bytes;
}

static inline uint8_t ct_read8(struct ct_reader *r)
{
    const uint8_t *bytes = ct_read_bytes(r, 1);
    return bytes ? *bytes : 0;
}

static inline uint16_t ct_read16(struct ct_reader *r)
{
    const uint8_t *bytes = ct_read_bytes(r, 2);
    return bytes ? ct_load16(bytes) : 0;
}

static inline uint32_t ct_read32(struct ct_reader *r)
{
    const uint8_t *bytes = ct_read_bytes(r, 4);
    return bytes ? ct_load32(bytes) : 0;
}

static inline uint64_t ct_read64(struct ct_reader *r)
{
    const uint8_t *bytes = ct_read_bytes(r, 8);
    return bytes ? ct_load64(bytes) : 0;
}

/* LEB128, at most 10 bytes; a number past 64 bits is bad. */
uint64_t ct_read_varint(struct ct_reader *r);

/* A varint that must not exceed `max`; beyond it the reader turns bad. */
uint64_t ct_read_varint_max(struct ct_reader *r, uint64_t max);

static inline int64_t ct_read_svarint(struct ct_reader *r)
{
    return ct_unzigzag(ct_read_varint(r));
}

struct ct_writer {
    uint8_t *start;
    uint8_t *at;
    uint8_t *end;
};

static inline struct ct_writer ct_writer_of(void *bytes, size_t cap)
{
    uint8_t *start = bytes;
    return (struct ct_writer){.start = start, .at = start, .end = start + cap};
}

static inline size_t ct_writer_len(const struct ct_writer *w)
{
    return (size_t)(w->at - w->start);
}

static inline size_t ct_writer_left(const struct ct_writer *w)
{
    return (size_t)(w->end - w->at);
}

static inline void ct_write_bytes(struct ct_writer *w, const void *bytes, size_t len)
{
    CT_ASSERT(len <= ct_writer_left(w));
    if (len)
        memcpy(w->at, bytes, len);
    w->at += len;
}

static inline void ct_write8(struct ct_writer *w, uint8_t value)
{
    ct_write_bytes(w, &value, sizeof value);
}

static inline void ct_write16(struct ct_writer *w, uint16_t value)
{
    ct_write_bytes(w, &value, sizeof value);
}

static inline void ct_write32(struct ct_writer *w, uint32_t value)
{
    ct_write_bytes(w, &value, sizeof value);
}

static inline void ct_write64(struct ct_writer *w, uint64_t value)
{
    ct_write_bytes(w, &value, sizeof value);
}

void ct_write_varint(struct ct_writer *w, uint64_t value);

static inline void ct_write_svarint(struct ct_writer *w, int64_t value)
{
    ct_write_varint(w, ct_zigzag(value));
}

/* Bytes that ct_write_varint would write: 1 to 10. */
static inline size_t ct_varint_len(uint64_t value)
{
    return value == 0 ? 1 : (size_t)(70 - __builtin_clzll(value)) / 7;
}

#endif
