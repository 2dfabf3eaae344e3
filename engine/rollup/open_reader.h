/* A reader of a face's blocks, opened up. Private to rollup: image_reader.c, image_decode.c and
 * image_columns.c. */
#ifndef CT_OPEN_READER_H
#define CT_OPEN_READER_H

#include "codec.h"
#include "open_image.h"

#define CT_READER_ROOM (CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD)

struct ct_stream {
    uint32_t mode; /* ct_stream_mode */
    uint32_t checksum;
    const uint8_t *bytes;
    size_t len;
};

/* A decoded stream. */
struct ct_stream_buffer {
    bool is_decoded;
    bool is_wide; /* decimals */
    uint8_t scale;
    int64_t *narrow;
    ct_int128 *wide;
    double *floats;
    uint8_t *bools;
    struct ct_text *texts;
    char *heap;
    size_t heap_cap;
};

struct ct_reader_column {
    int column; /* the image's, or -1 */
    enum ct_type type;
    unsigned keeps;
    int quantiles, distinct; /* which sketch of the set, or -1 */
    struct ct_stream_buffer slots[CT_COLUMN_SLOTS];
    struct ct_stream_buffer sketches[2];
    uint8_t *present;
};

struct ct_rollup_reader {
    struct ct_rollup_image *image;
    const struct ct_image_face *face;
    const struct ct_image_block *block; /* being read */
    bool wants_row_times;
    struct ct_codec_scratch *scratch;
    struct ct_stream *streams; /* of the block */
    uint32_t stream_count;
    struct ct_stream_buffer slots[CT_FACE_SLOTS];
    uint32_t *positions;
    struct ct_reader_column *columns;
    uint32_t column_count;
    ct_int128 *nothing; /* zeros, for what has no values; made when needed */
};

/* Reads where the streams of reader->block are; false where the table is damaged. */
bool ct_reader_table(struct ct_rollup_reader *reader) CT_MUST_USE;

/* The slot, or the one that it is the same as. */
static inline uint32_t ct_reader_source(const struct ct_rollup_reader *reader, uint32_t slot)
{
    const uint32_t mode = reader->streams[slot].mode;
    return mode >= CT_STREAM_SAME ? mode - CT_STREAM_SAME : slot;
}

/* Decode a slot's own stream, once for each block. CT_CORRUPT, CT_NO_MEMORY. */
ct_status ct_reader_ints(struct ct_rollup_reader *reader, uint32_t slot,
                         struct ct_stream_buffer *buffer) CT_MUST_USE;
ct_status ct_reader_values(struct ct_rollup_reader *reader, enum ct_type type, bool is_sum,
                           uint32_t slot, struct ct_stream_buffer *buffer) CT_MUST_USE;
/* Integers that were stored less the bucket. */
ct_status ct_reader_times(struct ct_rollup_reader *reader, uint32_t slot,
                          struct ct_stream_buffer *buffer) CT_MUST_USE;
/* One of the two slots of the rows' times. */
ct_status ct_reader_row_times(struct ct_rollup_reader *reader, uint32_t slot,
                              const int64_t **out) CT_MUST_USE;

/* A NULL array gets room for a block. */
ct_status ct_reader_need(const struct ct_rollup_reader *reader, void *array_pointer,
                         size_t element_bytes) CT_MUST_USE;

/* What was asked for of one column. Rows and buckets of the block are decoded. */
ct_status ct_reader_column_read(struct ct_rollup_reader *reader, struct ct_reader_column *column,
                                struct ct_cell_column *out) CT_MUST_USE;

#endif
