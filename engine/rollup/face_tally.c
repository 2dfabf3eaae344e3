/* Groups and cells by hash. Rows come in runs, so the cell behind the last one, or that one itself,
 * is tried first. */
#include "face_tally.h"

#include "hash.h"

#define SLOTS_MIN 64u

ct_status ct_face_tally_init(struct ct_face_tally *face, const struct ct_allocator *allocator,
                             const struct ct_text_pool *pool, const struct ct_rollup_set *set,
                             enum ct_grain grain, const struct ct_rollup_column *columns,
                             uint32_t column_count)
{
    *face = (struct ct_face_tally){.set = *set, .grain = grain};
    face->set.grains = CT_GRAIN_BIT(grain);
    return ct_tally_init(&face->tally, allocator, pool, columns, column_count);
}

static void release_sketches(struct ct_face_tally *face, uint32_t s)
{
    for (uint32_t i = 0; i < face->tally.cell_count; i++) {
        if (face->quantiles[s])
            ct_quantile_sketch_deinit(&face->quantiles[s][i]);
        if (face->distinct[s])
            ct_distinct_sketch_deinit(&face->distinct[s][i]);
    }
    ct_release(face->tally.allocator, face->quantiles[s]);
    ct_release(face->tally.allocator, face->distinct[s]);
}

void ct_face_tally_deinit(struct ct_face_tally *face)
{
    const struct ct_allocator *allocator = face->tally.allocator;
    if (!allocator)
        return;
    for (uint32_t s = 0; s < face->set.sketch_count; s++)
        release_sketches(face, s);
    ct_release(allocator, face->codes);
    ct_release(allocator, face->hints);
    ct_release(allocator, face->group_slots.slots);
    ct_release(allocator, face->groups);
    ct_release(allocator, face->buckets_ns);
    ct_release(allocator, face->cell_slots.slots);
    ct_tally_deinit(&face->tally);
    *face = (struct ct_face_tally){0};
}

/* -- Slots ------------------------------------------------------------------------------------ */

static uint64_t hash_of_group(const struct ct_face_tally *face, uint32_t group)
{
    const uint32_t tag_count = face->set.tag_count;
    return ct_hash(face->codes + (size_t)group * tag_count, tag_count * sizeof(uint32_t), 0);
}

static inline uint64_t hash_of_key(uint32_t group, int64_t bucket_ns)
{
    uint64_t hash =
        ((uint64_t)bucket_ns ^ group * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93);
    return hash ^ hash >> 32;
}

static void put(struct ct_slots *slots, uint64_t hash, uint32_t number)
{
    uint32_t at = (uint32_t)hash & (slots->slot_count - 1);
    while (slots->slots[at] != 0)
        at = (at + 1) & (slots->slot_count - 1);
    slots->slots[at] = number + 1;
}

/* Room for twice `count`; *is_new: what was there has to be put again. */
static ct_status grow(const struct ct_allocator *allocator, struct ct_slots *slots, uint32_t count,
                      bool *is_new)
{
    *is_new = false;
    if (count <= slots->slot_count / 2)
        return CT_OK;
    uint32_t slot_count = slots->slot_count ? slots->slot_count * 2 : SLOTS_MIN;
    while (count > slot_count / 2)
        slot_count *= 2;
    uint32_t *fresh = ct_alloc_zeroed(allocator, slot_count, sizeof *fresh);
    if (!fresh)
        return CT_NO_MEMORY;
    ct_release(allocator, slots->slots);
    *slots = (struct ct_slots){fresh, slot_count};
    *is_new = true;
    return CT_OK;
}

/* -- Groups ----------------------------------------------------------------------------------- */

static bool is_group(const struct ct_face_tally *face, uint32_t group, const uint32_t *codes)
{
    const uint32_t tag_count = face->set.tag_count;
    return memcmp(face->codes + (size_t)group * tag_count, codes, tag_count * sizeof *codes) == 0;
}

static ct_status make_group(struct ct_face_tally *face, const uint32_t *codes, uint64_t hash,
                            uint32_t *group)
{
    const uint32_t tag_count = face->set.tag_count;
    const size_t code_count = (size_t)face->group_count * tag_count;
    bool is_new;
    if (!ct_grow(face->tally.allocator, &face->codes, &face->code_cap, code_count + tag_count,
                 sizeof *codes) ||
        !ct_grow(face->tally.allocator, &face->hints, &face->hint_cap, face->group_count + 1u,
                 sizeof *face->hints))
        return CT_NO_MEMORY;
    CT_TRY(grow(face->tally.allocator, &face->group_slots, face->group_count + 1, &is_new));
    for (uint32_t i = 0; is_new && i < face->group_count; i++)
        put(&face->group_slots, hash_of_group(face, i), i);
    if (tag_count)
        memcpy(face->codes + code_count, codes, tag_count * sizeof *codes);
    put(&face->group_slots, hash, face->group_count);
    face->hints[face->group_count] = UINT32_MAX;
    *group = face->group_count++;
    return CT_OK;
}

ct_status ct_face_tally_group(struct ct_face_tally *face, const uint32_t *codes, uint32_t *group)
{
    const struct ct_slots *slots = &face->group_slots;
    if (face->set.tag_count == 0 && face->group_count) {
        *group = 0;
        return CT_OK;
    }
    const uint64_t hash = ct_hash(codes, face->set.tag_count * sizeof *codes, 0);
    if (slots->slot_count) {
        uint32_t at = (uint32_t)hash & (slots->slot_count - 1);
        for (; slots->slots[at] != 0; at = (at + 1) & (slots->slot_count - 1)) {
            if (is_group(face, slots->slots[at] - 1, codes)) {
                *group = slots->slots[at] - 1;
                return CT_OK;
            }
        }
    }
    return make_group(face, codes, hash, group);
}

/* -- Cells ------------------------------------------------------------------------------------ */

static inline bool is_cell(const struct ct_face_tally *face, uint32_t cell, uint32_t group,
                           int64_t bucket_ns)
{
    return face->groups[cell] == group && face->buckets_ns[cell] == bucket_ns;
}

/* Room for `count` cells, so that making them cannot fail but for the tally. */
static ct_status reserve_cells(struct ct_face_tally *face, uint32_t count)
{
    const struct ct_allocator *allocator = face->tally.allocator;
    bool is_new;
    if (!ct_grow(allocator, &face->groups, &face->group_cap, count, sizeof *face->groups) ||
        !ct_grow(allocator, &face->buckets_ns, &face->bucket_cap, count, sizeof *face->buckets_ns))
        return CT_NO_MEMORY;
    CT_TRY(grow(allocator, &face->cell_slots, count, &is_new));
    for (uint32_t i = 0; is_new && i < face->tally.cell_count; i++)
        put(&face->cell_slots, hash_of_key(face->groups[i], face->buckets_ns[i]), i);
    return CT_OK;
}

/* The cell, or cell_count where it is to be made. */
static uint32_t find_cell(const struct ct_face_tally *face, uint32_t cell_count, uint32_t group,
                          int64_t bucket_ns)
{
    const struct ct_slots *slots = &face->cell_slots;
    uint32_t at = (uint32_t)hash_of_key(group, bucket_ns) & (slots->slot_count - 1);
    for (; slots->slots[at] != 0; at = (at + 1) & (slots->slot_count - 1))
        if (is_cell(face, slots->slots[at] - 1, group, bucket_ns))
            return slots->slots[at] - 1;
    return cell_count;
}

/* Cells made for a batch that is refused. */
static void forget_cells(struct ct_face_tally *face)
{
    memset(face->cell_slots.slots, 0, face->cell_slots.slot_count * sizeof(uint32_t));
    for (uint32_t i = 0; i < face->tally.cell_count; i++)
        put(&face->cell_slots, hash_of_key(face->groups[i], face->buckets_ns[i]), i);
}

static ct_status extend_sketches(struct ct_face_tally *face, uint32_t cell_count)
{
    const struct ct_allocator *allocator = face->tally.allocator;
    for (uint32_t s = 0; s < face->set.sketch_count; s++) {
        const bool is_quantiles = face->set.sketches[s].keep == CT_KEEP_QUANTILES;
        void *array = is_quantiles ? (void *)&face->quantiles[s] : (void *)&face->distinct[s];
        if (!ct_grow(allocator, array, &face->sketch_caps[s], cell_count,
                     is_quantiles ? sizeof **face->quantiles : sizeof **face->distinct))
            return CT_NO_MEMORY;
    }
    for (uint32_t s = 0; s < face->set.sketch_count; s++) {
        for (uint32_t i = face->tally.cell_count; i < cell_count; i++) {
            if (face->quantiles[s])
                ct_quantile_sketch_init(&face->quantiles[s][i], allocator);
            else
                ct_distinct_sketch_init(&face->distinct[s][i], allocator);
        }
    }
    return CT_OK;
}

bool ct_face_tally_run(const struct ct_face_tally *face, uint32_t group, const int64_t *buckets_ns,
                       uint32_t count, uint32_t *first)
{
    const uint32_t cell = face->hints[group], cell_count = face->tally.cell_count;
    uint32_t other = 0;
    if (cell >= cell_count || count > cell_count - cell ||
        memcmp(face->buckets_ns + cell, buckets_ns, count * sizeof *buckets_ns) != 0)
        return false;
    for (uint32_t i = 0; i < count; i++)
        other |= face->groups[cell + i] ^ group;
    *first = cell;
    return other == 0;
}

ct_status ct_face_tally_cells(struct ct_face_tally *face, const uint32_t *groups,
                              const int64_t *buckets_ns, uint32_t count, uint32_t *at)
{
    const uint32_t old_count = face->tally.cell_count;
    uint32_t cell_count = old_count, cell = 0;
    CT_TRY(reserve_cells(face, old_count + count));
    cell = face->hints[groups[0]];
    if (cell >= cell_count || !is_cell(face, cell, groups[0], buckets_ns[0]))
        cell = find_cell(face, cell_count, groups[0], buckets_ns[0]);
    face->hints[groups[0]] = cell;
    for (uint32_t i = 0; i < count; i++) {
        if (cell + 1 < cell_count && is_cell(face, cell + 1, groups[i], buckets_ns[i]))
            cell++;
        else if (cell >= cell_count || !is_cell(face, cell, groups[i], buckets_ns[i]))
            cell = find_cell(face, cell_count, groups[i], buckets_ns[i]);
        if (cell == cell_count) {
            face->groups[cell] = groups[i];
            face->buckets_ns[cell] = buckets_ns[i];
            put(&face->cell_slots, hash_of_key(groups[i], buckets_ns[i]), cell_count++);
        }
        at[i] = cell;
    }
    if (cell_count > CT_ROLLUP_CELLS_MAX) {
        forget_cells(face);
        return CT_LIMIT;
    }
    if (cell_count == old_count)
        return CT_OK;
    CT_TRY(extend_sketches(face, cell_count));
    return ct_tally_extend(&face->tally, cell_count);
}

void ct_face_tally_prefetch(const struct ct_face_tally *face, uint32_t group, uint32_t count)
{
    const uint32_t first = face->hints[group];
    if (first >= face->tally.cell_count || count > face->tally.cell_count - first)
        return;
    for (uint32_t i = 0; i < count; i += 8)
        __builtin_prefetch(face->buckets_ns + first + i);
    for (uint32_t i = 0; i < count; i += 16)
        __builtin_prefetch(face->groups + first + i);
    ct_tally_prefetch(&face->tally, first, count);
}

/* -- Adding cells of others ---------------------------------------------------------------------
 */

static ct_status merge_quantiles(struct ct_quantile_sketch *sketches,
                                 const struct ct_sketch_view *from, const uint32_t *at,
                                 uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!from->stored)
            CT_TRY(ct_quantile_sketch_merge(&sketches[at[i]], &from->quantiles[i]));
        else if (from->stored[i].len)
            CT_TRY(ct_quantile_sketch_merge_stored(&sketches[at[i]], from->stored[i]));
    }
    return CT_OK;
}

static ct_status merge_distinct(struct ct_distinct_sketch *sketches,
                                const struct ct_sketch_view *from, const uint32_t *at,
                                uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!from->stored)
            CT_TRY(ct_distinct_sketch_merge(&sketches[at[i]], &from->distinct[i]));
        else if (from->stored[i].len)
            CT_TRY(ct_distinct_sketch_merge_stored(&sketches[at[i]], from->stored[i]));
    }
    return CT_OK;
}

ct_status ct_face_tally_sketches(struct ct_face_tally *face, const struct ct_sketch_view *from,
                                 const uint32_t *at, uint32_t count)
{
    for (uint32_t s = 0; s < face->set.sketch_count; s++) {
        if (!from[s].quantiles && !from[s].distinct && !from[s].stored)
            continue;
        if (face->quantiles[s])
            CT_TRY(merge_quantiles(face->quantiles[s], &from[s], at, count));
        else
            CT_TRY(merge_distinct(face->distinct[s], &from[s], at, count));
    }
    return CT_OK;
}

static ct_status map_groups(struct ct_face_tally *face, const struct ct_face_tally *source,
                            uint32_t *map)
{
    uint32_t which[CT_ROLLUP_TAGS_MAX], codes[CT_ROLLUP_TAGS_MAX] = {0};
    ct_set_positions(&source->set, &face->set, which);
    for (uint32_t g = 0; g < source->group_count; g++) {
        for (uint32_t i = 0; i < face->set.tag_count; i++)
            codes[i] = source->codes[(size_t)g * source->set.tag_count + which[i]];
        CT_TRY(ct_face_tally_group(face, codes, &map[g]));
    }
    return CT_OK;
}

static ct_status add_slice(struct ct_face_tally *face, const struct ct_face_tally *source,
                           uint32_t from, uint32_t count, const uint32_t *map,
                           struct ct_face_room *room)
{
    struct ct_tally_view view;
    struct ct_sketch_view sketches[CT_ROLLUP_SKETCHES_MAX] = {0};
    struct ct_bucket bucket = {0};
    for (uint32_t i = 0; i < count; i++) {
        room->groups[i] = map[source->groups[from + i]];
        room->buckets_ns[i] = ct_bucket_start(&bucket, source->buckets_ns[from + i], face->grain);
    }
    for (uint32_t s = 0; s < face->set.sketch_count; s++) {
        const int there = ct_set_find_sketch(&source->set, face->set.sketches[s]);
        CT_ASSERT(there >= 0);
        if (source->quantiles[there])
            sketches[s].quantiles = source->quantiles[there] + from;
        else
            sketches[s].distinct = source->distinct[there] + from;
    }
    CT_TRY(ct_face_tally_cells(face, room->groups, room->buckets_ns, count, room->at));
    ct_tally_view_of(&source->tally, from, count, room->columns, &view);
    CT_TRY(ct_tally_add(&face->tally, &view, room->at));
    return ct_face_tally_sketches(face, sketches, room->at, count);
}

ct_status ct_face_tally_add_face(struct ct_face_tally *face, const struct ct_face_tally *source,
                                 struct ct_face_room *room)
{
    const struct ct_allocator *allocator = face->tally.allocator;
    uint32_t *map = ct_alloc(allocator, (source->group_count + 1u) * sizeof *map);
    if (!map)
        return CT_NO_MEMORY;
    ct_status status = map_groups(face, source, map);
    for (uint32_t from = 0; from < source->tally.cell_count && status == CT_OK;
         from += CT_TALLY_VIEW_MAX) {
        const uint32_t left = source->tally.cell_count - from;
        status = add_slice(face, source, from, left < CT_TALLY_VIEW_MAX ? left : CT_TALLY_VIEW_MAX,
                           map, room);
    }
    ct_release(allocator, map);
    return status;
}
