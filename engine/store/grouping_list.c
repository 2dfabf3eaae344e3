/* The grouping sets of a table with what is stored of them. */
#include "grouping_sets.h"
#include "state.h"

static bool is_same(const struct ct_rollup_set *a, const struct ct_rollup_set *b)
{
    return a->tag_count == b->tag_count &&
           memcmp(a->tags, b->tags, a->tag_count * sizeof a->tags[0]) == 0;
}

/* Cells of the set in the image, of all grains. */
static uint64_t cells_of(const struct ct_cell_image *image, const struct ct_rollup_set *set)
{
    uint64_t cells = 0;
    for (uint32_t i = 0; i < image->face_count; i++) {
        const struct ct_rollup_face *face =
            ct_rollup_image_face(image->image, image->faces[i].face);
        if (is_same(&face->set, set))
            cells += face->cell_count;
    }
    return cells;
}

/* A segment has a set where its section has cells of it, or the file that covers it. */
static ct_status count_segment(const struct ct_version *version, size_t index,
                               struct ct_grouping_set *sets, uint32_t count, struct ct_error *err)
{
    struct ct_cell_image *section;
    struct ct_cell_image *file = NULL;
    const uint32_t number = version->covers.cover_of[index];
    CT_TRY(ct_sealed_cells(version->segments[index], &section, err));
    if (number > 0) {
        const struct ct_version_cover *cover = &version->covers.covers[number - 1];
        CT_TRY(ct_cover_cells(cover->cover, cover->tag_end, &file, err));
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t cells = cells_of(section, &sets[i].set);
        sets[i].cell_count += cells;
        sets[i].segment_count += cells > 0 || (file && cells_of(file, &sets[i].set) > 0);
    }
    return CT_OK;
}

static ct_status count_version(const struct ct_version *version, uint32_t table,
                               struct ct_grouping_set *sets, uint32_t count, struct ct_error *err)
{
    for (size_t i = 0; i < version->segment_count; i++) {
        if (version->segments[i]->entry.info.table == table)
            CT_TRY(count_segment(version, i, sets, count, err));
    }
    for (size_t i = 0; i < version->covers.count; i++) {
        const struct ct_version_cover *cover = &version->covers.covers[i];
        struct ct_cell_image *file;
        if (cover->table != table)
            continue;
        CT_TRY(ct_cover_cells(cover->cover, cover->tag_end, &file, err));
        for (uint32_t s = 0; s < count; s++)
            sets[s].cell_count += cells_of(file, &sets[s].set);
    }
    return CT_OK;
}

static ct_status list_sets(struct ct_store *store, uint32_t table, struct ct_grouping_set **out,
                           uint32_t *count, struct ct_error *err)
{
    const struct ct_allocator *allocator = store->env.allocator;
    struct ct_set_list list = {0};
    bool *is_declared = NULL;
    CT_TRY(ct_grouping_sets_of(store->catalog, table, ct_catalog_tag_count(store->catalog, table),
                               allocator, &list, &is_declared, err));
    struct ct_grouping_set *sets = ct_alloc_zeroed(allocator, list.count, sizeof *sets);
    for (uint32_t i = 0; sets && i < list.count; i++)
        sets[i] = (struct ct_grouping_set){.set = list.sets[i], .is_declared = is_declared[i]};
    *out = sets;
    *count = list.count;
    ct_set_list_deinit(&list, allocator);
    ct_release(allocator, is_declared);
    return sets ? CT_OK : ct_fail(err, CT_NO_MEMORY, "out of memory for grouping sets");
}

ct_status ct_store_list_sets(struct ct_store *store, uint32_t table, struct ct_grouping_set **out,
                             uint32_t *count, struct ct_error *err)
{
    if (table >= ct_catalog_table_count(store->catalog))
        return ct_fail(err, CT_NOT_FOUND, "no such table");
    struct ct_grouping_set *sets;
    CT_TRY(list_sets(store, table, &sets, count, err));
    pthread_mutex_lock(&store->state);
    struct ct_version *version = store->version;
    ct_version_hold(version);
    pthread_mutex_unlock(&store->state);
    const ct_status status = count_version(version, table, sets, *count, err);
    ct_version_drop(version);
    if (status != CT_OK) {
        ct_release(store->env.allocator, sets);
        return status;
    }
    *out = sets;
    return CT_OK;
}
