/* Rows in, an image out. A slice of rows is turned into keys once, added up once at each grain that
 * some root has, and these few cells go to each root. */
#include "builder.h"

#include "image_writer.h"

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "no memory for a rollup");
}

static ct_status make_parts(struct ct_rollup_builder *builder, const struct ct_rollup_plan *plan,
                            struct ct_error *err)
{
    const struct ct_allocator *memory = &builder->memory.base;
    const size_t column_bytes = plan->column_count * sizeof *builder->columns;
    builder->columns = ct_alloc(memory, column_bytes ? column_bytes : 1);
    builder->codes = ct_alloc_zeroed(memory, plan->tag_count, sizeof *builder->codes);
    builder->room = ct_alloc(memory, sizeof *builder->room);
    if (!builder->room)
        return no_memory(err);
    builder->room->columns =
        ct_alloc_zeroed(memory, plan->column_count, sizeof *builder->room->columns);
    if (!builder->columns || !builder->codes || !builder->room->columns)
        return no_memory(err);
    if (column_bytes)
        memcpy(builder->columns, plan->columns, column_bytes);
    if (ct_row_view_init(&builder->rows, memory, plan->columns, plan->column_count) != CT_OK)
        return no_memory(err);
    return ct_builder_make_faces(builder, plan, err);
}

ct_status ct_rollup_builder_create(const struct ct_allocator *allocator,
                                   const struct ct_rollup_plan *plan,
                                   struct ct_rollup_builder **out, struct ct_error *err)
{
    if (plan->set_count > CT_ROLLUP_SETS_MAX)
        return ct_fail(err, CT_LIMIT, "%u grouping sets; at most %d", plan->set_count,
                       CT_ROLLUP_SETS_MAX);
    struct ct_rollup_builder *builder = ct_alloc_zeroed(allocator, 1, sizeof *builder);
    if (!builder)
        return no_memory(err);
    ct_allocator_counting_init(&builder->memory, allocator, 0);
    builder->allocator = allocator;
    builder->memory_max_bytes = CT_ROLLUP_MEMORY_MAX;
    builder->column_count = plan->column_count;
    builder->tag_count = plan->tag_count;
    builder->effort = plan->effort;
    builder->keeps_all = plan->keeps_all;
    ct_text_pool_init(&builder->pool, &builder->memory.base);
    const ct_status status = make_parts(builder, plan, err);
    if (status != CT_OK) {
        ct_rollup_builder_destroy(builder);
        return status;
    }
    *out = builder;
    return CT_OK;
}

void ct_rollup_builder_destroy(struct ct_rollup_builder *builder)
{
    if (!builder)
        return;
    const struct ct_allocator *memory = &builder->memory.base;
    for (uint32_t i = 0; builder->faces && i < builder->face_count; i++)
        ct_face_tally_deinit(&builder->faces[i].face);
    for (unsigned grain = 0; grain < CT_GRAIN_COUNT; grain++)
        ct_level_destroy(memory, builder->levels[grain]);
    if (builder->rows.allocator)
        ct_row_view_deinit(&builder->rows);
    ct_text_pool_deinit(&builder->pool);
    ct_release(memory, builder->faces);
    if (builder->room)
        ct_release(memory, builder->room->columns);
    ct_release(memory, builder->room);
    ct_release(memory, builder->codes);
    ct_release(memory, builder->columns);
    ct_release(builder->allocator, builder);
}

ct_status ct_rollup_builder_series(struct ct_rollup_builder *builder, const uint32_t *codes,
                                   struct ct_error *err)
{
    (void)err;
    if (builder->tag_count)
        memcpy(builder->codes, codes, builder->tag_count * sizeof *codes);
    for (uint32_t i = 0; i < builder->face_count; i++)
        builder->faces[i].has_group = false;
    return CT_OK;
}

/* -- Rows ------------------------------------------------------------------------------------- */

static ct_status find_group(struct ct_rollup_builder *builder, struct ct_builder_face *root)
{
    uint32_t codes[CT_ROLLUP_TAGS_MAX] = {0};
    if (root->has_group)
        return CT_OK;
    for (uint32_t i = 0; i < root->face.set.tag_count; i++)
        codes[i] = builder->codes[root->face.set.tags[i]];
    CT_TRY(ct_face_tally_group(&root->face, codes, &root->group));
    root->has_group = true;
    return CT_OK;
}

static const struct ct_vector *find_vector(const struct ct_rollup_builder *builder,
                                           const struct ct_vector *vectors, uint32_t field)
{
    for (uint32_t c = 0; c < builder->column_count; c++)
        if (builder->columns[c].field == field && vectors[c].count)
            return &vectors[c];
    return NULL;
}

/* Values of rows [from, ...) to one sketch of each row's cell. */
static ct_status add_to_sketch(struct ct_face_tally *face, uint32_t s,
                               const struct ct_vector *vector, uint32_t from, uint32_t count,
                               const uint32_t *row_at, const uint32_t *at)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = from + i, cell = at[row_at[i]];
        if (vector->present && !vector->present[row])
            continue;
        if (face->quantiles[s])
            CT_TRY(ct_quantile_sketch_add(&face->quantiles[s][cell], ct_sketch_number(vector, row),
                                          1));
        else
            CT_TRY(ct_distinct_sketch_add(&face->distinct[s][cell], ct_sketch_hash(vector, row)));
    }
    return CT_OK;
}

struct slice {
    const struct ct_vector *vectors;
    uint32_t from, count;
};

static ct_status add_to_root(struct ct_rollup_builder *builder, struct ct_builder_face *root,
                             const struct slice *slice)
{
    struct ct_face_tally *face = &root->face;
    struct ct_face_room *room = builder->room;
    struct ct_level *level;
    CT_TRY(ct_builder_level(builder, face->grain, &level));
    CT_TRY(find_group(builder, root));
    uint32_t first;
    if (face->set.sketch_count == 0 &&
        ct_face_tally_run(face, root->group, level->buckets_ns, level->view.count, &first) &&
        ct_tally_add_run(&face->tally, &level->view, first))
        return CT_OK;
    for (uint32_t i = 0; i < level->view.count; i++)
        room->groups[i] = root->group;
    CT_TRY(ct_face_tally_cells(face, room->groups, level->buckets_ns, level->view.count, room->at));
    CT_TRY(ct_tally_add(&face->tally, &level->view, room->at));
    for (uint32_t s = 0; s < face->set.sketch_count; s++) {
        const struct ct_vector *vector =
            find_vector(builder, slice->vectors, face->set.sketches[s].field);
        if (vector)
            CT_TRY(
                add_to_sketch(face, s, vector, slice->from, slice->count, level->row_at, room->at));
    }
    return CT_OK;
}

/* The cells of all roots are on their way before the first is added to. Failures are met again
 * there. */
#define PREFETCH_CELLS_MAX 128

static void prefetch_roots(struct ct_rollup_builder *builder)
{
    for (uint32_t i = 0; i < builder->face_count; i++) {
        struct ct_builder_face *root = &builder->faces[i];
        struct ct_level *level;
        if (root->state == CT_FACE_ROOT &&
            ct_builder_level(builder, root->face.grain, &level) == CT_OK &&
            level->view.count <= PREFETCH_CELLS_MAX && find_group(builder, root) == CT_OK)
            ct_face_tally_prefetch(&root->face, root->group, level->view.count);
    }
}

/* Gives up the largest roots until the rest is small enough. */
static ct_status keep_memory_bounded(struct ct_rollup_builder *builder)
{
    while (atomic_load_explicit(&builder->memory.live_bytes, memory_order_relaxed) >
           builder->memory_max_bytes) {
        uint32_t largest = UINT32_MAX, cells = 0;
        for (uint32_t i = 0; i < builder->face_count; i++) {
            const struct ct_builder_face *face = &builder->faces[i];
            if (face->state == CT_FACE_ROOT && face->face.tally.cell_count > cells) {
                largest = i;
                cells = face->face.tally.cell_count;
            }
        }
        if (largest == UINT32_MAX)
            return CT_OK;
        CT_TRY(ct_builder_give_up(builder, largest));
    }
    return CT_OK;
}

static ct_status add_slice(struct ct_rollup_builder *builder, const struct slice *slice)
{
    builder->pool.lent = builder->rows.lent;
    for (unsigned grain = 0; grain < CT_GRAIN_COUNT; grain++)
        if (builder->levels[grain])
            builder->levels[grain]->is_ready = false;
    prefetch_roots(builder);
    /* Faces that become roots on the way stand behind the one that is given up. */
    for (uint32_t i = 0; i < builder->face_count; i++) {
        struct ct_builder_face *root = &builder->faces[i];
        if (root->state != CT_FACE_ROOT)
            continue;
        const ct_status status = add_to_root(builder, root, slice);
        if (status == CT_RANGE) {
            root->state = CT_FACE_LOST;
            ct_face_tally_deinit(&root->face);
        } else if (status == CT_LIMIT) {
            CT_TRY(ct_builder_give_up(builder, i));
        } else if (status != CT_OK) {
            return status;
        }
    }
    return keep_memory_bounded(builder);
}

ct_status ct_rollup_builder_rows(struct ct_rollup_builder *builder, uint32_t row_count,
                                 const int64_t *times_ns, const struct ct_vector *columns,
                                 struct ct_error *err)
{
    builder->row_count += row_count;
    for (uint32_t from = 0; from < row_count && !builder->is_lost; from += CT_TALLY_VIEW_MAX) {
        const uint32_t left = row_count - from;
        const struct slice slice = {columns, from,
                                    left < CT_TALLY_VIEW_MAX ? left : CT_TALLY_VIEW_MAX};
        ct_status status = ct_row_view_set(&builder->rows, times_ns, columns, from, slice.count);
        if (status == CT_OK)
            status = add_slice(builder, &slice);
        else if (status == CT_RANGE)
            builder->is_lost = true; /* no face can hold these values */
        if (status != CT_OK && status != CT_RANGE)
            return no_memory(err);
    }
    return CT_OK;
}

/* -- The image ----------------------------------------------------------------------------------
 */

static bool is_worth_keeping(const struct ct_rollup_builder *builder,
                             const struct ct_builder_face *face)
{
    const uint64_t cells = face->face.tally.cell_count;
    if (face->state != CT_FACE_ROOT && face->state != CT_FACE_DONE)
        return false;
    return builder->keeps_all || cells * CT_ROLLUP_SHRINK <= builder->row_count;
}

ct_status ct_rollup_builder_finish(struct ct_rollup_builder *builder, uint8_t **out, size_t *len,
                                   struct ct_error *err)
{
    struct ct_image_writer writer;
    ct_status status = ct_image_writer_init(&writer, builder->allocator, builder->columns,
                                            builder->column_count, builder->effort);
    if (status == CT_OK && !builder->is_lost && builder->row_count)
        status = ct_builder_derive(builder);
    for (uint32_t i = 0; i < builder->face_count && status == CT_OK; i++)
        if (!builder->is_lost && builder->row_count &&
            is_worth_keeping(builder, &builder->faces[i]))
            status = ct_image_writer_add(&writer, &builder->faces[i].face);
    if (status == CT_OK)
        status = ct_image_writer_finish(&writer, builder->row_count, out, len);
    ct_image_writer_deinit(&writer);
    return status == CT_OK ? CT_OK : no_memory(err);
}
