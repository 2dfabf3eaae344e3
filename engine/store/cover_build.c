/* Making rollup files: one for each table and UTC month that has several segments, or segments
 * whose sections lack a set that is wanted by now.
 *
 * The cells come from the file before and from the sections of segments that it does not cover;
 * only a segment whose section lacks a wanted set is added up from its rows. Segments that share
 * rows with others, or that a delete concerns, are left out: what they hold is not settled. */
#include "cover.h"
#include "overlap.h"
#include "roll_segment.h"
#include "state.h"

#define ROLL_MIN 4 /* segments without a file that are worth one */

struct month {
    struct ct_store *store;
    const struct ct_version *version;
    uint32_t table;
    int64_t month_ns;
    struct ct_sealed **segments; /* that stand alone, in the version's order */
    uint32_t *cover_of;          /* of each: as the version's */
    uint32_t count;
    const struct ct_version_cover *before; /* a file of theirs that still serves; NULL: none */
    struct ct_roll_plan plan;
    struct ct_rollup_image **images; /* what is merged */
    struct ct_cell_image **own;      /* those of them that were made here */
    uint32_t image_count, own_count;
};

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory while making a rollup file");
}

/* -- what a month has --------------------------------------------------------------------- */

static int64_t month_of(const struct ct_sealed *sealed)
{
    return ct_grain_start(sealed->entry.partition_start_ns, CT_GRAIN_MONTH);
}

static bool is_of(const struct month *month, const struct ct_sealed *sealed)
{
    return sealed->entry.info.table == month->table && month_of(sealed) == month->month_ns;
}

static bool is_touched(const struct ct_version *version, struct ct_sealed *sealed)
{
    const struct ct_row_part part = {.sealed = sealed};
    for (size_t i = 0; i < version->tombstone_count; i++) {
        if (version->tombstones[i].table == sealed->entry.info.table &&
            ct_part_is_touched(&part, &version->tombstones[i]))
            return true;
    }
    return false;
}

static ct_status find_segments(struct month *month, struct ct_error *err)
{
    const struct ct_version *version = month->version;
    const struct ct_allocator *allocator = month->store->env.allocator;
    size_t count;
    struct ct_sealed *const *segments = ct_version_table(version, month->table, &count);
    ct_overlap_note *overlaps;
    CT_TRY(ct_version_overlaps(version, month->table, month->store->catalog, &overlaps, err));
    month->segments = ct_alloc_zeroed(allocator, count, sizeof(struct ct_sealed *));
    month->cover_of = ct_alloc_zeroed(allocator, count, sizeof *month->cover_of);
    if (!month->segments || !month->cover_of)
        return no_memory(err);
    for (size_t i = 0; i < count && month->count < CT_COVER_SEGMENTS_MAX; i++) {
        if (!is_of(month, segments[i]) || is_touched(version, segments[i]) ||
            ct_version_overlap(&overlaps[i])->count > 0)
            continue;
        month->segments[month->count] = segments[i];
        month->cover_of[month->count++] =
            version->covers.cover_of[(size_t)(segments - version->segments) + i];
    }
    return CT_OK;
}

static uint32_t covered_by(const struct month *month, uint32_t cover)
{
    uint32_t covered = 0;
    for (uint32_t i = 0; i < month->count; i++)
        covered += month->cover_of[i] == cover;
    return covered;
}

/* A file serves as long as all its segments stand alone. */
static void find_before(struct month *month)
{
    for (uint32_t i = 0; i < month->count && !month->before; i++) {
        const uint32_t number = month->cover_of[i];
        if (number == 0)
            continue;
        const struct ct_version_cover *cover = &month->version->covers.covers[number - 1];
        if (covered_by(month, number) == cover->segment_count)
            month->before = cover;
    }
    for (uint32_t i = 0; i < month->count; i++) {
        const uint32_t number = month->cover_of[i];
        if (number != 0 && &month->version->covers.covers[number - 1] != month->before)
            month->cover_of[i] = 0;
    }
}

/* -- what it lacks ------------------------------------------------------------------------ */

static bool has_all_tags(const struct ct_rollup_set *set, const struct ct_sealed *sealed)
{
    return set->tag_count == 0 || set->tags[set->tag_count - 1] < sealed->entry.info.tag_count;
}

/* A set of keys that the segment knows, which nobody asked for when its cells were made. */
static ct_status lacks_set(struct month *month, uint32_t index, bool *lacks, struct ct_error *err)
{
    struct ct_sealed *sealed = month->segments[index];
    struct ct_cell_image *section;
    struct ct_cell_image *file = NULL;
    CT_TRY(ct_sealed_cells(sealed, &section, err));
    if (month->cover_of[index] != 0)
        CT_TRY(ct_cover_cells(month->before->cover, month->before->tag_end, &file, err));
    for (uint32_t i = 0; i < month->plan.sets.count && !*lacks; i++) {
        const struct ct_rollup_set *set = &month->plan.sets.sets[i];
        *lacks = has_all_tags(set, sealed) && !ct_set_list_includes(&section->asked, set) &&
                 !(file && ct_set_list_includes(&file->asked, set));
    }
    return CT_OK;
}

static ct_status is_due(struct month *month, bool *is_due, struct ct_error *err)
{
    uint32_t uncovered = 0;
    *is_due = false;
    for (uint32_t i = 0; i < month->count && !*is_due; i++) {
        uncovered += month->cover_of[i] == 0;
        CT_TRY(lacks_set(month, i, is_due, err));
    }
    *is_due |= uncovered >= ROLL_MIN;
    return CT_OK;
}

/* -- making it ---------------------------------------------------------------------------- */

static ct_status add_rows(struct month *month, struct ct_sealed *sealed, struct ct_error *err)
{
    uint8_t *bytes;
    size_t len;
    CT_TRY(ct_roll_segments(&sealed, 1, month->store->catalog, &month->plan, &bytes, &len, err));
    struct ct_cell_image *image;
    CT_TRY(
        ct_cell_image_adopt(month->plan.allocator, bytes, len, month->plan.tag_count, &image, err));
    month->own[month->own_count++] = image;
    month->images[month->image_count++] = image->image;
    return CT_OK;
}

/* The cells of one segment: from its section, if that was made for all that is wanted now. */
static ct_status add_segment(struct month *month, struct ct_sealed *sealed, struct ct_error *err)
{
    struct ct_cell_image *section;
    CT_TRY(ct_sealed_cells(sealed, &section, err));
    if (!section->image || !ct_set_list_includes_all(&section->asked, &month->plan.sets))
        return add_rows(month, sealed, err);
    month->images[month->image_count++] = section->image;
    return CT_OK;
}

static ct_status add_before(struct month *month, bool *serves, struct ct_error *err)
{
    *serves = false;
    if (!month->before)
        return CT_OK;
    struct ct_cell_image *file;
    CT_TRY(ct_cover_cells(month->before->cover, month->before->tag_end, &file, err));
    *serves = file->image && ct_set_list_includes_all(&file->asked, &month->plan.sets);
    if (*serves)
        month->images[month->image_count++] = file->image;
    return CT_OK;
}

static ct_status collect_images(struct month *month, struct ct_error *err)
{
    const struct ct_allocator *allocator = month->plan.allocator;
    month->images = ct_alloc_zeroed(allocator, (size_t)month->count + 1, sizeof(void *));
    month->own = ct_alloc_zeroed(allocator, (size_t)month->count + 1, sizeof(void *));
    if (!month->images || !month->own)
        return no_memory(err);
    bool serves;
    CT_TRY(add_before(month, &serves, err));
    for (uint32_t i = 0; i < month->count; i++) {
        if (!serves || month->cover_of[i] == 0)
            CT_TRY(add_segment(month, month->segments[i], err));
    }
    return CT_OK;
}

/* Ids of the segments, ascending. */
static uint64_t *list_ids(const struct month *month)
{
    uint64_t *ids = ct_alloc_zeroed(month->plan.allocator, month->count, sizeof *ids);
    for (uint32_t i = 0; ids && i < month->count; i++) {
        uint32_t at = i;
        for (; at > 0 && ids[at - 1] > month->segments[i]->entry.id; at--)
            ids[at] = ids[at - 1];
        ids[at] = month->segments[i]->entry.id;
    }
    return ids;
}

static ct_status write_file(struct month *month, const uint8_t *payload, size_t payload_len,
                            struct ct_error *err)
{
    struct ct_store *store = month->store;
    uint64_t *ids = list_ids(month);
    if (!ids)
        return no_memory(err);
    struct ct_cover_entry entry = {.id = ct_store_take_number(store),
                                   .table = month->table,
                                   .month_ns = month->month_ns,
                                   .segment_count = month->count};
    ct_status status =
        ct_cover_write(store->env.io, store->path, &entry, ids, payload, payload_len, err);
    if (status == CT_OK) {
        const struct ct_publication publication = {.cover = &entry, .cover_segments = ids};
        status = ct_store_publish(store, &publication, err);
    }
    ct_release(month->plan.allocator, ids);
    return status;
}

static ct_status merge_images(struct month *month, struct ct_error *err)
{
    const struct ct_allocator *allocator = month->plan.allocator;
    const struct ct_rollup_plan plan = ct_roll_plan_of(&month->plan);
    uint8_t *image;
    size_t image_len;
    CT_TRY(ct_rollup_merge(allocator, &plan, month->images, month->image_count, &image, &image_len,
                           err));
    uint8_t *payload;
    size_t payload_len;
    ct_status status = ct_roll_payload_make(allocator, &month->plan.sets, image, image_len,
                                            &payload, &payload_len, err);
    ct_release(allocator, image);
    if (status != CT_OK)
        return status;
    status = write_file(month, payload, payload_len, err);
    ct_release(allocator, payload);
    return status;
}

static ct_status make_file(struct month *month, struct ct_error *err)
{
    CT_TRY(ct_roll_plan_segments(&month->plan, month->store->catalog, month->segments, month->count,
                                 err));
    CT_TRY(collect_images(month, err));
    return merge_images(month, err);
}

/* -- choosing ----------------------------------------------------------------------------- */

static void month_deinit(struct month *month)
{
    const struct ct_allocator *allocator = month->store->env.allocator;
    for (uint32_t i = 0; i < month->own_count; i++)
        ct_cell_image_close(month->own[i]);
    ct_release(allocator, month->own);
    ct_release(allocator, month->images);
    ct_release(allocator, month->segments);
    ct_release(allocator, month->cover_of);
    ct_roll_plan_deinit(&month->plan);
}

static ct_status look_at(struct month *month, bool *did_work, struct ct_error *err)
{
    CT_TRY(find_segments(month, err));
    if (month->count == 0)
        return CT_OK;
    find_before(month);
    uint32_t tag_end = 0;
    for (uint32_t i = 0; i < month->count; i++) {
        if (month->segments[i]->entry.info.tag_count > tag_end)
            tag_end = month->segments[i]->entry.info.tag_count;
    }
    CT_TRY(ct_roll_plan_init(&month->plan, month->store->catalog, month->store->env.allocator,
                             month->table, NULL, 0, tag_end, CT_EFFORT_SMALL, err));
    month->plan.keeps_all = month->store->options.keeps_all_cells;
    CT_TRY(is_due(month, did_work, err));
    if (!*did_work)
        return CT_OK;
    return make_file(month, err);
}

/* The first segment of the version in its table and month. */
static bool is_first(const struct ct_version *version, size_t index)
{
    const struct ct_sealed *sealed = version->segments[index];
    for (size_t i = index; i > 0; i--) {
        const struct ct_sealed *other = version->segments[i - 1];
        if (other->entry.info.table != sealed->entry.info.table)
            return true;
        if (month_of(other) == month_of(sealed))
            return false;
    }
    return true;
}

static ct_status roll_version(struct ct_store *store, struct ct_version *version, bool *did_work,
                              struct ct_error *err)
{
    ct_status status = CT_OK;
    for (size_t i = 0; i < version->segment_count && status == CT_OK && !*did_work; i++) {
        if (!is_first(version, i))
            continue;
        struct month month = {.store = store,
                              .version = version,
                              .table = version->segments[i]->entry.info.table,
                              .month_ns = month_of(version->segments[i])};
        status = look_at(&month, did_work, err);
        month_deinit(&month);
    }
    return status;
}

ct_status ct_store_roll_one(struct ct_store *store, bool *did_work, struct ct_error *err)
{
    const uint64_t wanted = ct_registry_version(store->catalog, CT_REGISTRY_GROUPING_SET) + 1;
    pthread_mutex_lock(&store->state);
    struct ct_version *version = store->version;
    ct_version_hold(version);
    pthread_mutex_unlock(&store->state);
    *did_work = false;
    ct_status status = CT_OK;
    if (version->rolled_for != wanted)
        status = roll_version(store, version, did_work, err);
    if (status == CT_OK && !*did_work)
        version->rolled_for = wanted; /* looked at under the step lock only */
    ct_version_drop(version);
    return status;
}
