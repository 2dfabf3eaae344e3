/* An open rollup image with its faces in the order in which a scan tries them. Private to store.
 *
 * Owned by what its rows are in (a segment, a rollup file, live rows), made at first use and shared
 * by all scans from then on. */
#ifndef CT_CELL_IMAGE_H
#define CT_CELL_IMAGE_H

#include <stdatomic.h>

#include "roll_payload.h"

struct ct_cell_face {
    uint64_t tags; /* bit (tag mod 64) of each tag of its set */
    uint32_t face; /* of the image */
    uint32_t cell_count;
    enum ct_grain grain;
};

struct ct_cell_image {
    const struct ct_allocator *allocator;
    struct ct_rollup_image *image; /* NULL: there are no faces */
    struct ct_cell_face *faces;    /* fewest cells first */
    uint32_t face_count;
    uint32_t tag_end;         /* no row has tag keys from this number on */
    struct ct_set_list asked; /* sets that were wanted when it was made */
    uint8_t *own_bytes;       /* of the image, where nobody else keeps them; or NULL */
    int64_t min_ns, max_ns;   /* of live rows: their times */
    uint64_t row_count;       /* of live rows */
};

/* What a scan wants of a face. */
struct ct_face_request {
    const uint32_t *tags;
    uint32_t tag_count;
    const uint32_t *fields;
    const unsigned *keeps;
    uint32_t field_count;
    uint64_t row_count; /* the rows it is to stand for: a face of as many cells is no gain */
};

/* `payload` as ct_roll_payload_make gave it, outliving the image; empty: no faces, and no sets were
 * asked for. */
ct_status ct_cell_image_open(const struct ct_allocator *allocator, struct ct_text payload,
                             uint32_t tag_end, struct ct_cell_image **out,
                             struct ct_error *err) CT_MUST_USE;
/* Takes over the bytes of an image (the allocator's) in any case. */
ct_status ct_cell_image_adopt(const struct ct_allocator *allocator, uint8_t *bytes, size_t len,
                              uint32_t tag_end, struct ct_cell_image **out,
                              struct ct_error *err) CT_MUST_USE;
void ct_cell_image_close(struct ct_cell_image *image); /* NULL is fine */

/* The face of the fewest cells that has all the tags asked for, whose grain is in
 * [grain_min, grain_max], and which keeps what is asked of the fields; NULL: none. */
const struct ct_cell_face *ct_cell_image_find(const struct ct_cell_image *image,
                                              const struct ct_face_request *request,
                                              enum ct_grain grain_min, enum ct_grain grain_max);

/* Publishes `made` in an empty place, or closes it where another thread was faster; what stands
 * there then. */
struct ct_cell_image *ct_cell_image_publish(_Atomic(struct ct_cell_image *) *place,
                                            struct ct_cell_image *made);

#endif
