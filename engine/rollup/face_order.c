/* Which face can be made from which. */
#include "face_tally.h"

int ct_set_find_sketch(const struct ct_rollup_set *set, struct ct_rollup_sketch sketch)
{
    for (uint32_t s = 0; s < set->sketch_count; s++)
        if (set->sketches[s].field == sketch.field && set->sketches[s].keep == sketch.keep)
            return (int)s;
    return -1;
}

static bool has_tag(const struct ct_rollup_set *set, uint32_t tag, uint32_t *position)
{
    for (uint32_t i = 0; i < set->tag_count; i++) {
        if (set->tags[i] == tag) {
            *position = i;
            return true;
        }
    }
    return false;
}

bool ct_face_derives(const struct ct_rollup_set *fine, enum ct_grain fine_grain,
                     const struct ct_rollup_set *coarse, enum ct_grain coarse_grain)
{
    uint32_t position;
    if (fine_grain > coarse_grain)
        return false;
    for (uint32_t i = 0; i < coarse->tag_count; i++)
        if (!has_tag(fine, coarse->tags[i], &position))
            return false;
    for (uint32_t s = 0; s < coarse->sketch_count; s++)
        if (ct_set_find_sketch(fine, coarse->sketches[s]) < 0)
            return false;
    return true;
}

void ct_set_positions(const struct ct_rollup_set *fine, const struct ct_rollup_set *coarse,
                      uint32_t *which)
{
    for (uint32_t i = 0; i < coarse->tag_count; i++) {
        const bool is_there = has_tag(fine, coarse->tags[i], &which[i]);
        CT_ASSERT(is_there);
    }
}
