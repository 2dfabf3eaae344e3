/* Images to one image. One face at a time: of each image the smallest face that can give it is
 * added up by group and bucket, so that memory is that of one face. */
#include "builder.h"
#include "cell_view.h"
#include "image_writer.h"
#include "open_image.h"

struct merge {
    const struct ct_rollup_plan *plan;
    struct ct_rollup_image *const *images;
    uint32_t image_count;
    uint64_t row_count;
    struct ct_allocator_counting memory;
    struct ct_image_writer writer;
    struct ct_text_pool pool; /* of one face */
    struct ct_cell_view view;
    struct ct_face_room room;
    uint32_t *fields; /* the plan's columns, for readers */
    unsigned *keeps;
    struct ct_cell_column *cells; /* read, by column */
    struct ct_error *err;
};

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "no memory to merge rollups");
}

/* -- One image's part of one face ---------------------------------------------------------------
 */

/* The image's smallest face that can give the one wanted, or -1. */
static int find_source(const struct ct_rollup_image *image, const struct ct_face_tally *wanted)
{
    int best = -1;
    for (uint32_t f = 0; f < image->face_count; f++) {
        const struct ct_rollup_face *face = &image->faces[f].face;
        if (ct_face_derives(&face->set, face->grain, &wanted->set, wanted->grain) &&
            (best < 0 || face->cell_count < image->faces[best].face.cell_count))
            best = (int)f;
    }
    return best;
}

static ct_status map_groups(struct ct_rollup_image *image, uint32_t source,
                            struct ct_face_tally *face, uint32_t *map, struct ct_error *err)
{
    const struct ct_rollup_face *from = ct_rollup_image_face(image, source);
    const uint32_t *by_tag[CT_ROLLUP_TAGS_MAX];
    uint32_t which[CT_ROLLUP_TAGS_MAX], codes[CT_ROLLUP_TAGS_MAX] = {0};
    ct_set_positions(&from->set, &face->set, which);
    for (uint32_t i = 0; i < face->set.tag_count; i++)
        CT_TRY(ct_rollup_face_codes(image, source, which[i], &by_tag[i], err));
    for (uint32_t g = 0; g < from->group_count; g++) {
        for (uint32_t i = 0; i < face->set.tag_count; i++)
            codes[i] = by_tag[i][g];
        if (ct_face_tally_group(face, codes, &map[g]) != CT_OK)
            return no_memory(err);
    }
    return CT_OK;
}

/* One source being read. */
struct source {
    struct ct_rollup_reader *reader;
    uint32_t *map;
    bool is_split;
};

static ct_status add_block(struct merge *merge, struct source *source, uint32_t block,
                           struct ct_face_tally *face)
{
    struct ct_cell_block cells;
    struct ct_face_room *room = &merge->room;
    struct ct_sketch_view sketches[CT_ROLLUP_SKETCHES_MAX] = {0};
    struct ct_bucket bucket = {0};
    CT_TRY(ct_rollup_reader_read(source->reader, block, &cells, merge->cells, merge->err));
    CT_TRY(ct_cell_view_set(&merge->view, &cells, merge->cells, source->is_split));
    for (uint32_t i = 0; i < cells.cell_count; i++) {
        room->groups[i] = source->map[cells.positions[i]];
        room->buckets_ns[i] = ct_bucket_start(&bucket, cells.buckets_ns[i], face->grain);
    }
    for (uint32_t s = 0; s < face->set.sketch_count; s++) {
        const struct ct_rollup_sketch *sketch = &face->set.sketches[s];
        for (uint32_t c = 0; c < merge->plan->column_count; c++)
            if (merge->fields[c] == sketch->field)
                sketches[s].stored = sketch->keep == CT_KEEP_QUANTILES
                                         ? merge->cells[c].quantiles.string
                                         : merge->cells[c].distinct.string;
    }
    CT_TRY(ct_face_tally_cells(face, room->groups, room->buckets_ns, cells.cell_count, room->at));
    CT_TRY(ct_tally_add(&face->tally, &merge->view.view, room->at));
    const ct_status status = ct_face_tally_sketches(face, sketches, room->at, cells.cell_count);
    return status == CT_CORRUPT ? ct_image_corrupt(merge->err, "a sketch") : status;
}

static ct_status open_source(struct merge *merge, struct ct_rollup_image *image, uint32_t number,
                             struct ct_face_tally *face, struct source *out)
{
    const struct ct_allocator *memory = &merge->memory.base;
    const struct ct_rollup_face *from = ct_rollup_image_face(image, number);
    const struct ct_rollup_reader_plan plan = {
        .fields = merge->fields,
        .keeps = merge->keeps,
        .field_count = merge->plan->column_count,
        .wants_row_times = true,
    };
    out->is_split = from->is_split;
    out->map = ct_alloc(memory, from->group_count * sizeof *out->map);
    if (!out->map)
        return no_memory(merge->err);
    CT_TRY(map_groups(image, number, face, out->map, merge->err));
    return ct_rollup_reader_create(image, number, &plan, &out->reader, merge->err);
}

static ct_status add_image(struct merge *merge, struct ct_rollup_image *image, uint32_t number,
                           struct ct_face_tally *face)
{
    struct source source = {0};
    const uint32_t blocks = ct_rollup_image_face(image, number)->block_count;
    ct_status status = open_source(merge, image, number, face, &source);
    for (uint32_t block = 0; block < blocks && status == CT_OK; block++) {
        status = add_block(merge, &source, block, face);
        if (status == CT_OK && merge->memory.live_bytes > CT_ROLLUP_MEMORY_MAX)
            status = CT_LIMIT;
    }
    ct_rollup_reader_destroy(source.reader);
    ct_release(&merge->memory.base, source.map);
    return status;
}

/* -- Faces ------------------------------------------------------------------------------------ */

static bool every_image_has(const struct merge *merge, const struct ct_face_tally *face)
{
    for (uint32_t i = 0; i < merge->image_count; i++)
        if (merge->images[i]->row_count && find_source(merge->images[i], face) < 0)
            return false;
    return true;
}

static ct_status fill_face(struct merge *merge, struct ct_face_tally *face)
{
    for (uint32_t i = 0; i < merge->image_count; i++) {
        struct ct_rollup_image *image = merge->images[i];
        if (image->row_count)
            CT_TRY(add_image(merge, image, (uint32_t)find_source(image, face), face));
    }
    const uint64_t cells = face->tally.cell_count;
    return merge->plan->keeps_all || cells * CT_ROLLUP_SHRINK <= merge->row_count ? CT_OK
                                                                                  : CT_LIMIT;
}

/* R3: a face that does not fit is left out. */
static ct_status merge_face(struct merge *merge, const struct ct_rollup_set *set,
                            enum ct_grain grain)
{
    const struct ct_rollup_plan *plan = merge->plan;
    struct ct_face_tally face;
    ct_text_pool_init(&merge->pool, &merge->memory.base);
    ct_status status = ct_face_tally_init(&face, &merge->memory.base, &merge->pool, set, grain,
                                          plan->columns, plan->column_count);
    if (status == CT_OK && every_image_has(merge, &face)) {
        status = fill_face(merge, &face);
        if (status == CT_OK)
            status = ct_image_writer_add(&merge->writer, &face);
        if (status == CT_LIMIT || status == CT_RANGE)
            status = CT_OK;
    }
    ct_face_tally_deinit(&face);
    ct_text_pool_deinit(&merge->pool);
    return status == CT_NO_MEMORY ? no_memory(merge->err) : status;
}

static ct_status merge_faces(struct merge *merge)
{
    const struct ct_rollup_plan *plan = merge->plan;
    for (uint32_t s = 0; s < plan->set_count && merge->row_count; s++)
        for (unsigned grain = CT_GRAIN_MINUTE; grain < CT_GRAIN_COUNT; grain++)
            if (plan->sets[s].grains & CT_GRAIN_BIT(grain))
                CT_TRY(merge_face(merge, &plan->sets[s], (enum ct_grain)grain));
    return CT_OK;
}

/* -- The whole ----------------------------------------------------------------------------------
 */

static ct_status check_images(struct merge *merge)
{
    const struct ct_rollup_plan *plan = merge->plan;
    for (uint32_t i = 0; i < merge->image_count; i++) {
        const struct ct_rollup_image *image = merge->images[i];
        if (__builtin_add_overflow(merge->row_count, image->row_count, &merge->row_count))
            return ct_fail(merge->err, CT_LIMIT, "rollups of too many rows to merge");
        for (uint32_t c = 0; c < plan->column_count; c++) {
            const int there = ct_image_find_column(image, plan->columns[c].field);
            if (there >= 0 && image->columns[there].type != plan->columns[c].type)
                return ct_fail(merge->err, CT_INVALID, "a field has two types in rollups");
        }
    }
    return CT_OK;
}

static ct_status make_room(struct merge *merge)
{
    const struct ct_rollup_plan *plan = merge->plan;
    const struct ct_allocator *memory = &merge->memory.base;
    const uint32_t count = plan->column_count;
    merge->fields = ct_alloc_zeroed(memory, count, sizeof *merge->fields);
    merge->keeps = ct_alloc_zeroed(memory, count, sizeof *merge->keeps);
    merge->cells = ct_alloc_zeroed(memory, count, sizeof *merge->cells);
    if (!merge->fields || !merge->keeps || !merge->cells ||
        ct_cell_view_init(&merge->view, memory, &merge->pool, plan->columns, count) != CT_OK)
        return no_memory(merge->err);
    for (uint32_t c = 0; c < count; c++) {
        merge->fields[c] = plan->columns[c].field;
        merge->keeps[c] = CT_KEEP_COUNT | CT_KEEP_SUM | CT_KEEP_MIN | CT_KEEP_MAX | CT_KEEP_FIRST |
                          CT_KEEP_LAST | CT_KEEP_QUANTILES | CT_KEEP_DISTINCT;
    }
    return CT_OK;
}

ct_status ct_rollup_merge(const struct ct_allocator *allocator, const struct ct_rollup_plan *plan,
                          struct ct_rollup_image *const *images, uint32_t image_count,
                          uint8_t **out, size_t *len, struct ct_error *err)
{
    struct merge *merge = ct_alloc_zeroed(allocator, 1, sizeof *merge);
    if (!merge)
        return no_memory(err);
    merge->plan = plan;
    merge->images = images;
    merge->image_count = image_count;
    merge->err = err;
    ct_allocator_counting_init(&merge->memory, allocator, 0);
    merge->view.allocator = &merge->memory.base;
    ct_status status = ct_image_writer_init(&merge->writer, allocator, plan->columns,
                                            plan->column_count, plan->effort);
    if (status == CT_OK)
        status = check_images(merge);
    if (status == CT_OK)
        status = make_room(merge);
    if (status == CT_OK)
        status = merge_faces(merge);
    if (status == CT_OK)
        status = ct_image_writer_finish(&merge->writer, merge->row_count, out, len);
    ct_image_writer_deinit(&merge->writer);
    ct_cell_view_deinit(&merge->view);
    ct_release(&merge->memory.base, merge->fields);
    ct_release(&merge->memory.base, merge->keeps);
    ct_release(&merge->memory.base, merge->cells);
    ct_release(allocator, merge);
    return status == CT_NO_MEMORY ? no_memory(err) : status;
}
