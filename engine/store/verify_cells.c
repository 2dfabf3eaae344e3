#include "verify_cells.h"

#include <math.h>

#include "roll_segment.h"

#define KEEPS_ALL                                                                                  \
    (CT_KEEP_COUNT | CT_KEEP_SUM | CT_KEEP_MIN | CT_KEEP_MAX | CT_KEEP_FIRST | CT_KEEP_LAST)

/* The stored cells of one face, and the same cells made anew. */
struct comparison {
    const struct ct_roll_plan *plan;
    struct ct_cell_image *images[2];
    uint32_t faces[2];
    struct ct_rollup_reader *readers[2];
    struct ct_cell_block blocks[2];
    struct ct_cell_column *columns[2]; /* [plan->column_count] */
    uint32_t next_block[2], next_cell[2];
    unsigned *keeps;
    uint32_t *fields;
};

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory while checking rollups");
}

static ct_status differs(const char *what, struct ct_error *err)
{
    return ct_fail(err, CT_CORRUPT, "a rollup has another %s than its rows add up to", what);
}

/* -- values ------------------------------------------------------------------------------- */

static struct ct_decimal decimal_at(const struct ct_vector *v, uint32_t i)
{
    return (struct ct_decimal){.mantissa = v->wide ? v->wide[i] : v->narrow[i],
                               .scale = v->scales ? v->scales[i] : v->scale};
}

static bool same_value(const struct ct_vector *a, uint32_t i, const struct ct_vector *b, uint32_t k)
{
    if (a->count == 0 || b->count == 0)
        return a->count == b->count;
    switch (a->type) {
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
        return a->uint64[i] == b->uint64[k];
    case CT_BOOL:
        return a->boolean[i] == b->boolean[k];
    case CT_STRING:
        return ct_text_equal(a->string[i], b->string[k]);
    case CT_DECIMAL:
        return ct_decimal_compare(decimal_at(a, i), decimal_at(b, k)) == 0;
    }
    return false;
}

/* Sums of doubles depend on the order of adding: within 1e-12 of the sum of magnitudes, of which
 * count times the greatest is a bound. */
static bool same_sum(const struct ct_cell_column *a, uint32_t i, const struct ct_cell_column *b,
                     uint32_t k)
{
    if (a->sum.count == 0 || a->sum.type != CT_FLOAT64)
        return same_value(&a->sum, i, &b->sum, k);
    const double greatest = fmax(fabs(a->min.float64[i]), fabs(a->max.float64[i]));
    return fabs(a->sum.float64[i] - b->sum.float64[k]) <= 1e-12 * greatest * (double)a->counts[i];
}

static const char *column_difference(const struct ct_cell_column *a, uint32_t i,
                                     const struct ct_cell_column *b, uint32_t k)
{
    const int64_t count = a->counts ? a->counts[i] : 0;
    if (count != (b->counts ? b->counts[k] : 0))
        return "count";
    if (count == 0)
        return NULL;
    if (a->first_times_ns[i] != b->first_times_ns[k] || !same_value(&a->first, i, &b->first, k))
        return "first value";
    if (a->last_times_ns[i] != b->last_times_ns[k] || !same_value(&a->last, i, &b->last, k))
        return "last value";
    if (!same_value(&a->min, i, &b->min, k) || !same_value(&a->max, i, &b->max, k))
        return "minimum or maximum";
    return same_sum(a, i, b, k) ? NULL : "sum";
}

/* -- cells -------------------------------------------------------------------------------- */

/* *found is false behind the last cell. */
static ct_status advance(struct comparison *c, int side, bool *found, struct ct_error *err)
{
    const struct ct_rollup_face *face =
        ct_rollup_image_face(c->images[side]->image, c->faces[side]);
    *found = true;
    if (++c->next_cell[side] < c->blocks[side].cell_count)
        return CT_OK;
    *found = c->next_block[side] < face->block_count;
    if (!*found)
        return CT_OK;
    c->next_cell[side] = 0;
    return ct_rollup_reader_read(c->readers[side], c->next_block[side]++, &c->blocks[side],
                                 c->columns[side], err);
}

static ct_status compare_codes(const struct comparison *c, uint32_t tags, uint32_t i, uint32_t k,
                               struct ct_error *err)
{
    for (uint32_t t = 0; t < tags; t++) {
        const uint32_t *a;
        const uint32_t *b;
        CT_TRY(ct_rollup_face_codes(c->images[0]->image, c->faces[0], t, &a, err));
        CT_TRY(ct_rollup_face_codes(c->images[1]->image, c->faces[1], t, &b, err));
        if (a[i] != b[k])
            return differs("group", err);
    }
    return CT_OK;
}

static ct_status compare_cell(const struct comparison *c, uint32_t tags, struct ct_error *err)
{
    const struct ct_cell_block *a = &c->blocks[0];
    const struct ct_cell_block *b = &c->blocks[1];
    const uint32_t i = c->next_cell[0];
    const uint32_t k = c->next_cell[1];
    CT_TRY(compare_codes(c, tags, a->positions[i], b->positions[k], err));
    if (a->buckets_ns[i] != b->buckets_ns[k] || a->rows[i] != b->rows[k])
        return differs("number of rows", err);
    if (a->min_times_ns[i] != b->min_times_ns[k] || a->max_times_ns[i] != b->max_times_ns[k])
        return differs("range of times", err);
    for (uint32_t f = 0; f < c->plan->column_count; f++) {
        const char *what = column_difference(&c->columns[0][f], i, &c->columns[1][f], k);
        if (what)
            return differs(what, err);
    }
    return CT_OK;
}

static ct_status compare_cells(struct comparison *c, uint32_t tags, struct ct_error *err)
{
    bool found[2] = {true, true};
    while (found[0]) {
        CT_TRY(advance(c, 0, &found[0], err));
        CT_TRY(advance(c, 1, &found[1], err));
        if (found[0] != found[1])
            return differs("number of cells", err);
        if (found[0])
            CT_TRY(compare_cell(c, tags, err));
    }
    return CT_OK;
}

/* -- faces -------------------------------------------------------------------------------- */

/* Number of the same face in the other image; its face count where there is none. */
static uint32_t find_face(const struct ct_rollup_image *image, const struct ct_rollup_face *face)
{
    const uint32_t count = ct_rollup_image_face_count(image);
    for (uint32_t i = 0; i < count; i++) {
        const struct ct_rollup_face *other = ct_rollup_image_face(image, i);
        if (other->grain == face->grain && other->set.tag_count == face->set.tag_count &&
            memcmp(other->set.tags, face->set.tags, face->set.tag_count * sizeof(uint32_t)) == 0)
            return i;
    }
    return count;
}

static ct_status open_readers(struct comparison *c, struct ct_error *err)
{
    const struct ct_rollup_reader_plan plan = {.fields = c->fields,
                                               .keeps = c->keeps,
                                               .field_count = c->plan->column_count,
                                               .wants_row_times = true};
    for (int side = 0; side < 2; side++) {
        c->next_block[side] = 0;
        c->next_cell[side] = 0;
        c->blocks[side].cell_count = 0;
        CT_TRY(ct_rollup_reader_create(c->images[side]->image, c->faces[side], &plan,
                                       &c->readers[side], err));
    }
    return CT_OK;
}

static ct_status compare_face(struct comparison *c, uint32_t number, struct ct_error *err)
{
    const struct ct_rollup_face *face = ct_rollup_image_face(c->images[0]->image, number);
    c->faces[0] = number;
    c->faces[1] = find_face(c->images[1]->image, face);
    if (c->faces[1] == ct_rollup_image_face_count(c->images[1]->image))
        return differs("set", err);
    ct_status status = open_readers(c, err);
    if (status == CT_OK)
        status = compare_cells(c, face->set.tag_count, err);
    for (int side = 0; side < 2; side++) {
        ct_rollup_reader_destroy(c->readers[side]);
        c->readers[side] = NULL;
    }
    return status;
}

static ct_status compare_images(struct comparison *c, struct ct_error *err)
{
    const struct ct_allocator *allocator = c->plan->allocator;
    const uint32_t count = c->plan->column_count;
    c->fields = ct_alloc_zeroed(allocator, count, sizeof *c->fields);
    c->keeps = ct_alloc_zeroed(allocator, count, sizeof *c->keeps);
    c->columns[0] = ct_alloc_zeroed(allocator, count, sizeof **c->columns);
    c->columns[1] = ct_alloc_zeroed(allocator, count, sizeof **c->columns);
    ct_status status = CT_OK;
    if (!c->fields || !c->keeps || !c->columns[0] || !c->columns[1])
        status = no_memory(err);
    for (uint32_t i = 0; i < count && status == CT_OK; i++) {
        c->fields[i] = c->plan->columns[i].field;
        c->keeps[i] = KEEPS_ALL;
    }
    const uint32_t faces = ct_rollup_image_face_count(c->images[0]->image);
    for (uint32_t i = 0; i < faces && status == CT_OK; i++)
        status = compare_face(c, i, err);
    ct_release(allocator, c->fields);
    ct_release(allocator, c->keeps);
    ct_release(allocator, c->columns[0]);
    ct_release(allocator, c->columns[1]);
    return status;
}

/* -- images ------------------------------------------------------------------------------- */

static ct_status compare_with_rows(struct ct_store *store, struct ct_cell_image *stored,
                                   const struct ct_roll_plan *plan,
                                   struct ct_sealed *const *segments, uint32_t count,
                                   struct ct_error *err)
{
    uint8_t *bytes;
    size_t len;
    struct ct_cell_image *made;
    CT_TRY(ct_roll_segments(segments, count, store->catalog, plan, &bytes, &len, err));
    CT_TRY(ct_cell_image_adopt(plan->allocator, bytes, len, plan->tag_count, &made, err));
    struct comparison comparison = {.plan = plan, .images = {stored, made}};
    ct_status status = CT_OK;
    if (ct_rollup_image_rows(stored->image) != ct_rollup_image_rows(made->image))
        status = differs("number of rows in all", err);
    if (status == CT_OK)
        status = compare_images(&comparison, err);
    ct_cell_image_close(made);
    return status;
}

/* The sets are those that were asked for when the cells were made. */
static ct_status verify_image(struct ct_store *store, struct ct_cell_image *stored,
                              struct ct_sealed *const *segments, uint32_t count,
                              struct ct_error *err)
{
    if (!stored->image)
        return CT_OK;
    struct ct_roll_plan plan = {.allocator = store->env.allocator,
                                .sets = stored->asked,
                                .tag_count = stored->tag_end,
                                .effort = CT_EFFORT_FAST,
                                .keeps_all = true};
    ct_status status = ct_roll_plan_segments(&plan, store->catalog, segments, count, err);
    if (status == CT_OK)
        status = compare_with_rows(store, stored, &plan, segments, count, err);
    ct_release(plan.allocator, plan.columns);
    ct_release(plan.allocator, plan.column_at);
    return status;
}

ct_status ct_store_verify_cells(struct ct_store *store, const struct ct_version *version, bool deep,
                                struct ct_verify_counts *counts, struct ct_error *err)
{
    struct ct_cell_image *image;
    for (size_t i = 0; i < version->covers.count; i++) {
        CT_TRY(ct_cover_verify(version->covers.covers[i].cover, err));
        counts->files++;
    }
    for (size_t i = 0; i < version->segment_count && deep; i++) {
        CT_TRY(ct_sealed_cells(version->segments[i], &image, err));
        CT_TRY(verify_image(store, image, &version->segments[i], 1, err));
    }
    for (size_t i = 0; i < version->covers.count && deep; i++) {
        const struct ct_version_cover *cover = &version->covers.covers[i];
        CT_TRY(ct_cover_cells(cover->cover, cover->tag_end, &image, err));
        CT_TRY(verify_image(store, image, cover->segments, cover->segment_count, err));
    }
    return CT_OK;
}
