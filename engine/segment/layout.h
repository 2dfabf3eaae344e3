/* The fixed points of a segment file, and bytes that grow. Private to the segment layer and its
 * tests. Bytes: ../FORMAT.md section 7. */
#ifndef CT_SEGMENT_LAYOUT_H
#define CT_SEGMENT_LAYOUT_H

#include <xxhash.h>

#include "alloc.h"
#include "bytes.h"
#include "segment.h"

#define CT_SEGMENT_VERSION        2 /* what is written; 1, without a rollup section, is read too */
#define CT_SEGMENT_MAGIC          "CTSEGMNT"
#define CT_SEGMENT_END_MAGIC      "TNMGESTC"
#define CT_SEGMENT_MAGIC_BYTES    8
#define CT_SEGMENT_HEADER_BYTES   16
#define CT_SEGMENT_HEADER_CHECKED 12 /* bytes that the header's own checksum covers */
#define CT_SEGMENT_TRAILER_BYTES  24

#define CT_SEGMENT_PAYLOAD_BYTES_MAX   UINT32_MAX /* of one chunk: a column in a group */
#define CT_SEGMENT_DIRECTORY_BYTES_MAX ((size_t)1 << 16)
#define CT_SEGMENT_SLICE_SERIES        CT_BLOCK_VALUES_MAX

/* What stands in a slot of a group: slot 0 is time, slot 1 + c is column c. */
#define CT_TYPE_TIME 0

/* How the values of a decimal block are stored. */
#define CT_MODE_PLAIN   0
#define CT_MODE_RAGGED  1
#define CT_MODE_DERIVED 2 /* plus the number of the column it is computed from */

static inline uint64_t ct_segment_checksum(const void *bytes, size_t len)
{
    return XXH3_64bits(bytes, len);
}

static inline uint32_t ct_segment_short_checksum(const void *bytes, size_t len)
{
    return (uint32_t)XXH3_64bits(bytes, len);
}

/* Bytes at the end of which things are written; room is made before. All zero: empty. */
struct ct_byte_buffer {
    uint8_t *bytes;
    size_t len, cap;
};

/* Room for `extra` bytes behind len; false where memory is out. */
static inline bool ct_byte_buffer_reserve(const struct ct_allocator *allocator,
                                          struct ct_byte_buffer *buffer, size_t extra)
{
    return extra <= SIZE_MAX - buffer->len &&
           ct_grow(allocator, &buffer->bytes, &buffer->cap, buffer->len + extra, 1);
}

static inline void ct_byte_buffer_deinit(const struct ct_allocator *allocator,
                                         struct ct_byte_buffer *buffer)
{
    ct_release(allocator, buffer->bytes);
    *buffer = (struct ct_byte_buffer){0};
}

/* -- Arrays: a varint with the length, then one block of the int or time codec. --------------- */

/* Bytes of room that ct_array_write_* needs for `count` values. */
static inline size_t ct_array_bound(uint32_t count)
{
    return CT_VARINT_BYTES_MAX + ct_codec_bound(count);
}

enum ct_array_kind { CT_ARRAY_INT, CT_ARRAY_TIME, CT_ARRAY_FLOAT };

/* Writes values[count], of the kind's C type, behind w->at. */
void ct_array_write(struct ct_writer *w, enum ct_array_kind kind, const void *values,
                    uint32_t count, enum ct_effort effort, struct ct_codec_scratch *scratch);

/* Reads values[count + CT_BLOCK_VALUES_PAD room]; r turns bad where the bytes are no such array
 * (CT_CORRUPT), and where memory is out (CT_NO_MEMORY). */
ct_status ct_array_read(struct ct_reader *r, enum ct_array_kind kind, uint32_t count,
                        struct ct_codec_scratch *scratch, void *values) CT_MUST_USE;

#endif
