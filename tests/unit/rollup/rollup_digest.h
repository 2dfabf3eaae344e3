/* Everything that an image gives to a reader, as one number. Used by tests and fuzz targets. */
#ifndef ROLLUP_DIGEST_H
#define ROLLUP_DIGEST_H

#include "bytes.h"
#include "hash.h"
#include "rollup.h"

#define DIGEST_FIELDS_MAX 16

static inline void digest_add(uint64_t *digest, const void *bytes, size_t len)
{
    *digest = ct_hash(bytes, len, *digest);
}

static inline void digest_vector(uint64_t *digest, const struct ct_vector *vector,
                                 const int64_t *counts)
{
    for (uint32_t i = 0; i < vector->count; i++) {
        if (!counts[i])
            continue;
        if (vector->type == CT_STRING)
            digest_add(digest, vector->string[i].bytes, vector->string[i].len);
        else if (vector->type == CT_BOOL)
            digest_add(digest, &vector->boolean[i], 1);
        else if (vector->wide)
            digest_add(digest, &vector->wide[i], sizeof *vector->wide);
        else
            digest_add(digest, &vector->int64[i], sizeof *vector->int64);
    }
    digest_add(digest, &vector->scale, 1);
}

static inline void digest_column(uint64_t *digest, const struct ct_cell_column *column,
                                 uint32_t count)
{
    const struct ct_vector *const vectors[] = {&column->sum,     &column->min,  &column->max,
                                               &column->first,   &column->last, &column->quantiles,
                                               &column->distinct};
    digest_add(digest, column->counts, count * sizeof *column->counts);
    for (unsigned v = 0; v < CT_COUNT_OF(vectors); v++)
        digest_vector(digest, vectors[v], column->counts);
    if (column->first_times_ns)
        digest_add(digest, column->first_times_ns, count * sizeof(int64_t));
    if (column->last_times_ns)
        digest_add(digest, column->last_times_ns, count * sizeof(int64_t));
}

static inline ct_status digest_blocks(struct ct_rollup_image *image, uint32_t face,
                                      struct ct_rollup_reader *reader, uint32_t field_count,
                                      uint64_t *digest)
{
    struct ct_cell_column columns[DIGEST_FIELDS_MAX];
    for (uint32_t b = 0; b < ct_rollup_image_face(image, face)->block_count; b++) {
        struct ct_cell_block cells;
        CT_TRY(ct_rollup_reader_read(reader, b, &cells, columns, NULL));
        const uint32_t count = cells.cell_count;
        digest_add(digest, cells.positions, count * sizeof *cells.positions);
        digest_add(digest, cells.buckets_ns, count * sizeof(int64_t));
        digest_add(digest, cells.rows, count * sizeof(int64_t));
        digest_add(digest, cells.min_times_ns, count * sizeof(int64_t));
        digest_add(digest, cells.max_times_ns, count * sizeof(int64_t));
        for (uint32_t c = 0; c < field_count; c++)
            digest_column(digest, &columns[c], count);
    }
    return CT_OK;
}

/* fields[field_count], at most DIGEST_FIELDS_MAX; all there is of each. */
static inline ct_status digest_face(struct ct_rollup_image *image, uint32_t number,
                                    const uint32_t *fields, uint32_t field_count, uint64_t *digest)
{
    const struct ct_rollup_face *face = ct_rollup_image_face(image, number);
    unsigned keeps[DIGEST_FIELDS_MAX];
    struct ct_rollup_reader *reader;
    for (uint32_t c = 0; c < field_count; c++)
        keeps[c] = 255;
    digest_add(digest, &face->set, sizeof face->set);
    digest_add(digest, &face->grain, sizeof face->grain);
    for (uint32_t tag = 0; tag < face->set.tag_count; tag++) {
        const uint32_t *codes;
        CT_TRY(ct_rollup_face_codes(image, number, tag, &codes, NULL));
        digest_add(digest, codes, face->group_count * sizeof *codes);
    }
    const struct ct_rollup_reader_plan plan = {fields, keeps, field_count, true};
    CT_TRY(ct_rollup_reader_create(image, number, &plan, &reader, NULL));
    const ct_status status = digest_blocks(image, number, reader, field_count, digest);
    ct_rollup_reader_destroy(reader);
    return status;
}

static inline ct_status digest_image(const struct ct_allocator *allocator, const uint8_t *bytes,
                                     size_t len, const uint32_t *fields, uint32_t field_count,
                                     uint64_t *digest)
{
    struct ct_rollup_image *image;
    CT_TRY(ct_rollup_image_open(allocator, bytes, len, &image, NULL));
    const uint64_t rows = ct_rollup_image_rows(image);
    ct_status status = CT_OK;
    *digest = 0;
    digest_add(digest, &rows, sizeof rows);
    for (uint32_t f = 0; f < ct_rollup_image_face_count(image) && status == CT_OK; f++)
        status = digest_face(image, f, fields, field_count, digest);
    ct_rollup_image_close(image);
    return status;
}

#endif
