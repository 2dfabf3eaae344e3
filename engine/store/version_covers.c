#include "version_covers.h"

#include "version.h"

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory while listing rollup files");
}

static ct_status allocate(struct ct_version *version, size_t cover_count, struct ct_error *err)
{
    struct ct_version_covers *covers = &version->covers;
    covers->covers = ct_alloc_zeroed(version->allocator, cover_count, sizeof *covers->covers);
    covers->cover_of =
        ct_alloc_zeroed(version->allocator, version->segment_count, sizeof *covers->cover_of);
    return covers->covers && covers->cover_of ? CT_OK : no_memory(err);
}

static struct ct_cover *find_open(const struct ct_version *before, uint64_t id)
{
    for (size_t i = 0; before && i < before->covers.count; i++) {
        if (before->covers.covers[i].cover->id == id)
            return before->covers.covers[i].cover;
    }
    return NULL;
}

static bool is_listed(const uint64_t *ids, uint32_t count, uint64_t id)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && ids[low] == id;
}

static void add_segment(struct ct_version_cover *cover, struct ct_sealed *sealed)
{
    const struct ct_segment_info *info = &sealed->entry.info;
    cover->segments[cover->segment_count++] = sealed;
    cover->row_count += info->row_count;
    if (info->min_time_ns < cover->min_ns)
        cover->min_ns = info->min_time_ns;
    if (info->max_time_ns > cover->max_ns)
        cover->max_ns = info->max_time_ns;
    if (info->tag_count > cover->tag_end)
        cover->tag_end = info->tag_count;
}

/* Finds the segments in the version; `number` is the cover's. */
static ct_status resolve(struct ct_version *version, struct ct_version_cover *cover,
                         uint32_t number, const uint64_t *ids, uint32_t count, struct ct_error *err)
{
    cover->min_ns = INT64_MAX;
    cover->max_ns = INT64_MIN;
    cover->segments = ct_alloc_zeroed(version->allocator, count, sizeof(struct ct_sealed *));
    if (!cover->segments)
        return no_memory(err);
    for (size_t i = 0; i < version->segment_count; i++) {
        struct ct_sealed *sealed = version->segments[i];
        if (sealed->entry.info.table != cover->table || !is_listed(ids, count, sealed->entry.id))
            continue;
        CT_ASSERT(version->covers.cover_of[i] == 0 && cover->segment_count < count);
        version->covers.cover_of[i] = number + 1;
        add_segment(cover, sealed);
    }
    CT_ASSERT(cover->segment_count == count);
    return CT_OK;
}

ct_status ct_version_covers_init(struct ct_version *version, struct ct_io *io, const char *folder,
                                 const struct ct_manifest_state *state,
                                 const struct ct_version *before, struct ct_error *err)
{
    CT_TRY(allocate(version, state->cover_count, err));
    for (size_t i = 0; i < state->cover_count; i++) {
        const struct ct_cover_entry *entry = &state->covers[i];
        const uint64_t *ids = state->covered + entry->first_segment;
        struct ct_cover *open = find_open(before, entry->id);
        if (open)
            ct_cover_hold(open);
        else
            CT_TRY(ct_cover_open(io, folder, entry, ids, &open, err));
        struct ct_version_cover *cover = &version->covers.covers[version->covers.count];
        *cover = (struct ct_version_cover){
            .cover = open, .table = entry->table, .month_ns = entry->month_ns};
        const uint32_t number = (uint32_t)version->covers.count++;
        CT_TRY(resolve(version, cover, number, ids, entry->segment_count, err));
    }
    return CT_OK;
}

ct_status ct_version_covers_copy(struct ct_version *version, const struct ct_version *before,
                                 struct ct_error *err)
{
    CT_ASSERT(version->segment_count == before->segment_count);
    CT_TRY(allocate(version, before->covers.count, err));
    for (size_t i = 0; i < before->covers.count; i++) {
        const struct ct_version_cover *from = &before->covers.covers[i];
        struct ct_version_cover *to = &version->covers.covers[version->covers.count];
        *to = *from;
        to->segments = ct_alloc(version->allocator, from->segment_count * sizeof(void *));
        if (!to->segments)
            return no_memory(err);
        memcpy(to->segments, from->segments, from->segment_count * sizeof(void *));
        ct_cover_hold(to->cover);
        version->covers.count++;
    }
    if (version->segment_count > 0)
        memcpy(version->covers.cover_of, before->covers.cover_of,
               version->segment_count * sizeof *version->covers.cover_of);
    return CT_OK;
}

void ct_version_covers_deinit(struct ct_version *version)
{
    for (size_t i = 0; i < version->covers.count; i++) {
        ct_cover_drop(version->covers.covers[i].cover);
        ct_release(version->allocator, version->covers.covers[i].segments);
    }
    ct_release(version->allocator, version->covers.covers);
    ct_release(version->allocator, version->covers.cover_of);
}
