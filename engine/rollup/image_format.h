/* What writer and reader of images share: places, slots and limits. Private to rollup. Bytes:
 * ../FORMAT.md section 9.2.
 *
 * The cells of a block are streams, one for each slot. A stream that is equal to another of its
 * block is not stored: it says which. */
#ifndef CT_IMAGE_FORMAT_H
#define CT_IMAGE_FORMAT_H

#include "bytes.h"
#include "hash.h"
#include "rollup.h"

#define CT_IMAGE_MAGIC        "CTROLIMG"
#define CT_IMAGE_VERSION      1
#define CT_IMAGE_HEADER_BYTES 40
#define CT_IMAGE_COLUMNS_MAX  4096
#define CT_IMAGE_FACES_MAX    (CT_ROLLUP_SETS_MAX * (CT_GRAIN_COUNT - 1))

enum ct_face_slot {
    CT_SLOT_POSITION,
    CT_SLOT_BUCKET,
    CT_SLOT_ROWS,
    CT_SLOT_MIN_TIME, /* less the bucket, as all times */
    CT_SLOT_MAX_TIME,
    CT_FACE_SLOTS,
};

/* Of each column, behind those of the face. Those of sketches follow the columns'. */
enum ct_column_slot {
    CT_SLOT_COUNT,
    CT_SLOT_SUM,
    CT_SLOT_MIN,
    CT_SLOT_MAX,
    CT_SLOT_FIRST,
    CT_SLOT_LAST,
    CT_SLOT_FIRST_TIME,
    CT_SLOT_LAST_TIME,
    CT_COLUMN_SLOTS,
};

enum ct_stream_mode {
    CT_STREAM_ABSENT = 0,
    CT_STREAM_OWN = 1,
    CT_STREAM_SAME = 2, /* and up: same as the slot that is the mode less this */
};

static inline uint32_t ct_column_slot(uint32_t column, enum ct_column_slot slot)
{
    return CT_FACE_SLOTS + column * CT_COLUMN_SLOTS + (uint32_t)slot;
}

static inline uint32_t ct_short_checksum(const void *bytes, size_t len)
{
    return (uint32_t)ct_checksum(bytes, len, 0);
}

static inline uint32_t ct_slice_count(uint32_t count)
{
    return (count + CT_BLOCK_VALUES_MAX - 1) / CT_BLOCK_VALUES_MAX;
}

/* Values in slice i of `count`. */
static inline uint32_t ct_slice_len(uint32_t count, uint32_t i)
{
    const uint32_t left = count - i * CT_BLOCK_VALUES_MAX;
    return left < CT_BLOCK_VALUES_MAX ? left : CT_BLOCK_VALUES_MAX;
}

#endif
