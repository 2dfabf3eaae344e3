/* Bytes that grow at their end: what a record is put together in. Private to store. */
#ifndef CT_BYTE_BUFFER_H
#define CT_BYTE_BUFFER_H

#include "alloc.h"
#include "bytes.h"
#include "text.h"

struct ct_byte_buffer {
    const struct ct_allocator *allocator;
    uint8_t *bytes;
    size_t len, cap;
};

static inline void ct_byte_buffer_deinit(struct ct_byte_buffer *buffer)
{
    ct_release(buffer->allocator, buffer->bytes);
    buffer->bytes = NULL;
    buffer->len = buffer->cap = 0;
}

/* Room for `len` more bytes at the end, or NULL when memory is out. What was written is then added
 * with ct_byte_buffer_advance. */
static inline uint8_t *ct_byte_buffer_room(struct ct_byte_buffer *buffer, size_t len)
{
    if (!ct_grow(buffer->allocator, &buffer->bytes, &buffer->cap, buffer->len + len, 1))
        return NULL;
    return buffer->bytes + buffer->len;
}

static inline void ct_byte_buffer_advance(struct ct_byte_buffer *buffer, size_t len)
{
    CT_ASSERT(len <= buffer->cap - buffer->len);
    buffer->len += len;
}

/* Appends them; CT_NO_MEMORY. */
static inline ct_status ct_byte_buffer_bytes(struct ct_byte_buffer *buffer, const void *bytes,
                                             size_t len)
{
    uint8_t *at = ct_byte_buffer_room(buffer, len);
    if (!at)
        return CT_NO_MEMORY;
    if (len)
        memcpy(at, bytes, len);
    ct_byte_buffer_advance(buffer, len);
    return CT_OK;
}

static inline ct_status ct_byte_buffer_varint(struct ct_byte_buffer *buffer, uint64_t value)
{
    uint8_t *at = ct_byte_buffer_room(buffer, CT_VARINT_BYTES_MAX);
    if (!at)
        return CT_NO_MEMORY;
    struct ct_writer w = ct_writer_of(at, CT_VARINT_BYTES_MAX);
    ct_write_varint(&w, value);
    ct_byte_buffer_advance(buffer, ct_writer_len(&w));
    return CT_OK;
}

/* Its length, then its bytes. */
static inline ct_status ct_byte_buffer_text(struct ct_byte_buffer *buffer, struct ct_text text)
{
    CT_TRY(ct_byte_buffer_varint(buffer, text.len));
    return ct_byte_buffer_bytes(buffer, text.bytes, text.len);
}

#endif
