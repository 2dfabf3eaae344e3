/* A block of a face's cells to streams. Private to rollup; image_writer.c is its user. */
#ifndef CT_IMAGE_STREAMS_H
#define CT_IMAGE_STREAMS_H

#include "image_format.h"
#include "image_writer.h"

#define CT_STREAM_ROOM (CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD)

/* What one slot's stream is made of. */
struct ct_gathered {
    const int64_t *narrow; /* doubles: their bits; strings: numbers of the pool */
    const ct_int128 *wide; /* instead */
};

struct ct_image_room {
    struct ct_image_bytes table; /* of the block at hand */
    int64_t face[CT_FACE_SLOTS][CT_STREAM_ROOM];
    int64_t narrow[CT_COLUMN_SLOTS][CT_STREAM_ROOM];
    ct_int128 wide[CT_COLUMN_SLOTS][CT_STREAM_ROOM];
    double floats[CT_STREAM_ROOM];
    uint8_t bools[CT_STREAM_ROOM];
    uint8_t scales[CT_STREAM_ROOM];
    struct ct_text texts[CT_STREAM_ROOM];
    struct ct_image_bytes sketches;
};

/* Room for `len` more bytes at the end, or NULL. */
uint8_t *ct_image_bytes_room(const struct ct_allocator *allocator, struct ct_image_bytes *bytes,
                             size_t len);

/* Adds the streams of cells[count] to the payloads, and their table to room->table. */
ct_status ct_image_block_write(struct ct_image_writer *writer, const struct ct_face_tally *face,
                               const struct ct_cell_order *order, const uint32_t *cells,
                               uint32_t count) CT_MUST_USE;

/* A stream of integers: codes, positions, ... Its bytes to the payloads, its place to `table`. */
ct_status ct_image_put_ints(struct ct_image_writer *writer, const int64_t *values, uint32_t count,
                            bool is_time, struct ct_image_bytes *table) CT_MUST_USE;

#endif
