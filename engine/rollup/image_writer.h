/* Faces in the making to the bytes of an image. Private to rollup. */
#ifndef CT_IMAGE_WRITER_H
#define CT_IMAGE_WRITER_H

#include "cell_order.h"
#include "face_tally.h"

struct ct_image_bytes {
    uint8_t *bytes;
    size_t len, cap;
};

struct ct_image_room;

struct ct_image_writer {
    const struct ct_allocator *allocator;
    const struct ct_rollup_column *columns;
    uint32_t column_count;
    enum ct_effort effort;
    struct ct_codec_scratch *scratch;
    struct ct_image_room *room;
    struct ct_image_bytes faces;    /* their part of the directory */
    struct ct_image_bytes payloads; /* all streams, one after another */
    uint32_t face_count;
};

/* Columns are borrowed. deinit is fine after a failed init. Failures are CT_NO_MEMORY. */
ct_status ct_image_writer_init(struct ct_image_writer *writer, const struct ct_allocator *allocator,
                               const struct ct_rollup_column *columns, uint32_t column_count,
                               enum ct_effort effort) CT_MUST_USE;
void ct_image_writer_deinit(struct ct_image_writer *writer);

/* A face with a number of more than 38 digits is passed over. */
ct_status ct_image_writer_add(struct ct_image_writer *writer,
                              const struct ct_face_tally *face) CT_MUST_USE;

/* A fresh buffer, the allocator's. */
ct_status ct_image_writer_finish(struct ct_image_writer *writer, uint64_t row_count, uint8_t **out,
                                 size_t *len) CT_MUST_USE;

#endif
