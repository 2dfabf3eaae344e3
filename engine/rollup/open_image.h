/* An image that was opened: where its faces, blocks and streams are. Private to rollup. */
#ifndef CT_OPEN_IMAGE_H
#define CT_OPEN_IMAGE_H

#include <stdatomic.h>

#include "image_format.h"

struct ct_image_block {
    struct ct_rollup_block bounds;
    const uint8_t *table;
    size_t table_len;
    const uint8_t *payload;
    size_t payload_len;
};

struct ct_image_face {
    struct ct_rollup_face face;
    struct ct_image_block *blocks;
    const uint8_t *code_tables[CT_ROLLUP_TAGS_MAX];   /* by tag: entries of its slices, checked */
    const uint8_t *code_payloads[CT_ROLLUP_TAGS_MAX]; /* by tag: where the first slice is */
    uint32_t *_Atomic codes[CT_ROLLUP_TAGS_MAX];      /* decoded on first use */
};

struct ct_rollup_image {
    const struct ct_allocator *allocator;
    const uint8_t *bytes;
    size_t len;
    const uint8_t *directory_end; /* where payloads begin */
    uint64_t row_count;
    struct ct_rollup_column *columns;
    uint32_t column_count;
    struct ct_image_face *faces;
    uint32_t face_count;
};

/* CT_CORRUPT, with a sentence. */
ct_status ct_image_corrupt(struct ct_error *err, const char *what);

/* Position of a field among the image's columns, or -1. */
int ct_image_find_column(const struct ct_rollup_image *image, uint32_t field);

#endif
