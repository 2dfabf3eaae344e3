#include "cell_image.h"

#include <stdlib.h>

static uint64_t tag_bit(uint32_t tag)
{
    return (uint64_t)1 << (tag % 64);
}

static int compare_faces(const void *left, const void *right)
{
    const struct ct_cell_face *a = left;
    const struct ct_cell_face *b = right;
    if (a->cell_count != b->cell_count)
        return a->cell_count < b->cell_count ? -1 : 1;
    return a->face < b->face ? -1 : a->face > b->face;
}

static ct_status list_faces(struct ct_cell_image *image, struct ct_error *err)
{
    image->face_count = ct_rollup_image_face_count(image->image);
    image->faces = ct_alloc_zeroed(image->allocator, image->face_count, sizeof *image->faces);
    if (!image->faces && image->face_count > 0)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a rollup");
    for (uint32_t i = 0; i < image->face_count; i++) {
        const struct ct_rollup_face *face = ct_rollup_image_face(image->image, i);
        image->faces[i] =
            (struct ct_cell_face){.face = i, .cell_count = face->cell_count, .grain = face->grain};
        for (uint32_t t = 0; t < face->set.tag_count; t++)
            image->faces[i].tags |= tag_bit(face->set.tags[t]);
    }
    if (image->face_count > 0)
        qsort(image->faces, image->face_count, sizeof *image->faces, compare_faces);
    return CT_OK;
}

static ct_status open_bytes(struct ct_cell_image *image, const uint8_t *bytes, size_t len,
                            struct ct_error *err)
{
    CT_TRY(ct_rollup_image_open(image->allocator, bytes, len, &image->image, err));
    return list_faces(image, err);
}

static struct ct_cell_image *create(const struct ct_allocator *allocator, uint32_t tag_end)
{
    struct ct_cell_image *image = ct_alloc_zeroed(allocator, 1, sizeof *image);
    if (!image)
        return NULL;
    image->allocator = allocator;
    image->tag_end = tag_end;
    return image;
}

ct_status ct_cell_image_open(const struct ct_allocator *allocator, struct ct_text payload,
                             uint32_t tag_end, struct ct_cell_image **out, struct ct_error *err)
{
    struct ct_cell_image *image = create(allocator, tag_end);
    if (!image)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a rollup");
    struct ct_text bytes = {0};
    ct_status status = CT_OK;
    if (payload.len > 0)
        status = ct_roll_payload_read(allocator, payload, &image->asked, &bytes, err);
    if (status == CT_OK && bytes.len > 0)
        status = open_bytes(image, (const uint8_t *)bytes.bytes, bytes.len, err);
    if (status != CT_OK) {
        ct_cell_image_close(image);
        return status;
    }
    *out = image;
    return CT_OK;
}

ct_status ct_cell_image_adopt(const struct ct_allocator *allocator, uint8_t *bytes, size_t len,
                              uint32_t tag_end, struct ct_cell_image **out, struct ct_error *err)
{
    struct ct_cell_image *image = create(allocator, tag_end);
    if (!image) {
        ct_release(allocator, bytes);
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a rollup");
    }
    image->own_bytes = bytes;
    const ct_status status = open_bytes(image, bytes, len, err);
    if (status != CT_OK) {
        ct_cell_image_close(image);
        return status;
    }
    *out = image;
    return CT_OK;
}

void ct_cell_image_close(struct ct_cell_image *image)
{
    if (!image)
        return;
    const struct ct_allocator *allocator = image->allocator;
    ct_rollup_image_close(image->image);
    ct_set_list_deinit(&image->asked, allocator);
    ct_release(allocator, image->faces);
    ct_release(allocator, image->own_bytes);
    ct_release(allocator, image);
}

/* -- finding ------------------------------------------------------------------------------ */

static bool has_tag(const struct ct_rollup_set *set, uint32_t tag)
{
    for (uint32_t i = 0; i < set->tag_count; i++) {
        if (set->tags[i] == tag)
            return true;
    }
    return false;
}

static bool is_usable(const struct ct_cell_image *image, const struct ct_cell_face *candidate,
                      const struct ct_face_request *request)
{
    const struct ct_rollup_face *face = ct_rollup_image_face(image->image, candidate->face);
    for (uint32_t i = 0; i < request->tag_count; i++) {
        if (request->tags[i] < image->tag_end && !has_tag(&face->set, request->tags[i]))
            return false;
    }
    for (uint32_t i = 0; i < request->field_count; i++) {
        if (!ct_rollup_face_keeps(image->image, candidate->face, request->fields[i],
                                  request->keeps[i]))
            return false;
    }
    return true;
}

const struct ct_cell_face *ct_cell_image_find(const struct ct_cell_image *image,
                                              const struct ct_face_request *request,
                                              enum ct_grain grain_min, enum ct_grain grain_max)
{
    uint64_t wanted = 0;
    for (uint32_t i = 0; i < request->tag_count; i++) {
        if (request->tags[i] < image->tag_end)
            wanted |= tag_bit(request->tags[i]);
    }
    for (uint32_t i = 0; i < image->face_count; i++) {
        const struct ct_cell_face *face = &image->faces[i];
        if ((face->tags & wanted) != wanted || face->grain < grain_min || face->grain > grain_max)
            continue;
        if (face->cell_count >= request->row_count)
            return NULL;
        if (is_usable(image, face, request))
            return face;
    }
    return NULL;
}

struct ct_cell_image *ct_cell_image_publish(_Atomic(struct ct_cell_image *) *place,
                                            struct ct_cell_image *made)
{
    struct ct_cell_image *there = NULL;
    if (atomic_compare_exchange_strong_explicit(place, &there, made, memory_order_acq_rel,
                                                memory_order_acquire))
        return made;
    ct_cell_image_close(made);
    return there;
}
