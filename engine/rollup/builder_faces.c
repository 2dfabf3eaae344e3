/* Which faces take rows and which are made of others. Only a few need see every row: a set whose
 * tags are among another's is summed from that one's cells, and a grain from the next finer. */
#include "builder.h"

static uint32_t face_count_of(const struct ct_rollup_plan *plan)
{
    uint32_t count = 0;
    for (uint32_t s = 0; s < plan->set_count; s++)
        count += (uint32_t)__builtin_popcount(plan->sets[s].grains);
    return count;
}

static ct_status check_set(const struct ct_rollup_plan *plan, const struct ct_rollup_set *set,
                           struct ct_error *err)
{
    const unsigned grains = CT_GRAIN_BIT(CT_GRAIN_COUNT) - CT_GRAIN_BIT(CT_GRAIN_MINUTE);
    bool is_good = set->tag_count <= CT_ROLLUP_TAGS_MAX &&
                   set->sketch_count <= CT_ROLLUP_SKETCHES_MAX && (set->grains & ~grains) == 0;
    for (uint32_t i = 0; is_good && i < set->tag_count; i++)
        is_good = set->tags[i] < plan->tag_count && (i == 0 || set->tags[i - 1] < set->tags[i]);
    for (uint32_t s = 0; is_good && s < set->sketch_count; s++)
        is_good =
            set->sketches[s].keep == CT_KEEP_QUANTILES || set->sketches[s].keep == CT_KEEP_DISTINCT;
    return is_good ? CT_OK
                   : ct_fail(err, CT_INVALID,
                             "a grouping set has ascending tags of its table and known grains");
}

/* B1. */
static int order(const struct ct_face_tally *a, const struct ct_face_tally *b)
{
    if (a->grain != b->grain)
        return a->grain < b->grain ? -1 : 1;
    return (int)b->set.tag_count - (int)a->set.tag_count;
}

static void sort_faces(struct ct_builder_face *faces, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const struct ct_builder_face face = faces[i];
        uint32_t at = i;
        for (; at > 0 && order(&faces[at - 1].face, &face.face) > 0; at--)
            faces[at] = faces[at - 1];
        faces[at] = face;
    }
}

/* The nearest is best: of the coarsest grain, then of the fewest tags. */
static void choose_parent(struct ct_builder_face *faces, uint32_t face)
{
    struct ct_builder_face *child = &faces[face];
    child->state = CT_FACE_ROOT;
    for (uint32_t p = face; p-- > 0;) {
        const struct ct_face_tally *parent = &faces[p].face;
        if (ct_face_derives(&parent->set, parent->grain, &child->face.set, child->face.grain)) {
            child->state = CT_FACE_WAITING;
            child->parent = p;
            return;
        }
    }
}

ct_status ct_builder_make_faces(struct ct_rollup_builder *builder,
                                const struct ct_rollup_plan *plan, struct ct_error *err)
{
    const uint32_t count = face_count_of(plan);
    builder->faces = ct_alloc_zeroed(&builder->memory.base, count, sizeof *builder->faces);
    if (!builder->faces)
        return ct_fail(err, CT_NO_MEMORY, "no memory for the faces of a rollup");
    for (uint32_t s = 0; s < plan->set_count; s++) {
        const struct ct_rollup_set *set = &plan->sets[s];
        CT_TRY(check_set(plan, set, err));
        builder->has_sketches |= set->sketch_count > 0;
        for (unsigned grain = CT_GRAIN_MINUTE; grain < CT_GRAIN_COUNT; grain++) {
            if (!(set->grains & CT_GRAIN_BIT(grain)))
                continue;
            struct ct_builder_face *face = &builder->faces[builder->face_count++];
            if (ct_face_tally_init(&face->face, &builder->memory.base, &builder->pool, set,
                                   (enum ct_grain)grain, plan->columns,
                                   plan->column_count) != CT_OK)
                return ct_fail(err, CT_NO_MEMORY, "no memory for the faces of a rollup");
        }
    }
    sort_faces(builder->faces, count);
    for (uint32_t i = 0; i < count; i++)
        choose_parent(builder->faces, i);
    return CT_OK;
}

/* -- Making faces of faces ----------------------------------------------------------------------
 */

/* A face that grows too large on the way leaves its children to its parent. */
static ct_status make_of(struct ct_rollup_builder *builder, uint32_t face, uint32_t parent)
{
    struct ct_builder_face *child = &builder->faces[face];
    const ct_status status =
        ct_face_tally_add_face(&child->face, &builder->faces[parent].face, builder->room);
    if (status != CT_LIMIT && status != CT_RANGE)
        return status;
    ct_face_tally_deinit(&child->face);
    child->state = status == CT_LIMIT ? CT_FACE_GIVEN_UP : CT_FACE_LOST;
    for (uint32_t i = face + 1; status == CT_LIMIT && i < builder->face_count; i++)
        if (builder->faces[i].state == CT_FACE_WAITING && builder->faces[i].parent == face)
            builder->faces[i].parent = parent;
    return CT_OK;
}

ct_status ct_builder_give_up(struct ct_rollup_builder *builder, uint32_t face)
{
    for (uint32_t i = face + 1; i < builder->face_count; i++) {
        struct ct_builder_face *child = &builder->faces[i];
        if (child->state != CT_FACE_WAITING || child->parent != face)
            continue;
        child->state = CT_FACE_ROOT;
        child->has_group = false;
        CT_TRY(make_of(builder, i, face));
    }
    builder->faces[face].state = CT_FACE_GIVEN_UP;
    ct_face_tally_deinit(&builder->faces[face].face);
    return CT_OK;
}

ct_status ct_builder_derive(struct ct_rollup_builder *builder)
{
    for (uint32_t i = 0; i < builder->face_count; i++) {
        struct ct_builder_face *child = &builder->faces[i];
        if (child->state != CT_FACE_WAITING)
            continue;
        child->state = CT_FACE_DONE;
        if (builder->faces[child->parent].state == CT_FACE_LOST)
            child->state = CT_FACE_LOST;
        else
            CT_TRY(make_of(builder, i, child->parent));
    }
    return CT_OK;
}
