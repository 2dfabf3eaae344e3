#include "version.h"

#include "file_names.h"

ct_status ct_sealed_open(struct ct_io *io, const char *folder, const struct ct_segment_entry *entry,
                         struct ct_sealed **out, struct ct_error *err)
{
    char name[CT_FILE_NAME_CAP];
    char segments[CT_PATH_BYTES_MAX];
    char path[CT_PATH_BYTES_MAX];
    ct_name_segment(name, entry->id);
    CT_TRY(ct_path_join(segments, folder, CT_FOLDER_SEGMENT, err));
    CT_TRY(ct_path_join(path, segments, name, err));
    struct ct_sealed *sealed = ct_alloc_zeroed(io->allocator, 1, sizeof *sealed);
    if (!sealed)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a segment");
    sealed->allocator = io->allocator;
    sealed->entry = *entry;
    atomic_init(&sealed->references, 1);
    const ct_status status = ct_segment_open(io, path, &entry->info, &sealed->segment, err);
    if (status != CT_OK) {
        ct_release(io->allocator, sealed);
        return status;
    }
    *out = sealed;
    return CT_OK;
}

void ct_sealed_hold(struct ct_sealed *sealed)
{
    atomic_fetch_add_explicit(&sealed->references, 1, memory_order_relaxed);
}

void ct_sealed_drop(struct ct_sealed *sealed)
{
    if (!sealed || atomic_fetch_sub_explicit(&sealed->references, 1, memory_order_acq_rel) != 1)
        return;
    ct_segment_close(sealed->segment);
    ct_release(sealed->allocator, sealed);
}

static struct ct_sealed *find(struct ct_sealed *const *segments, size_t count, uint64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (segments[i]->entry.id == id)
            return segments[i];
    }
    return NULL;
}

/* True where a stands before b in a version. */
static bool is_before(const struct ct_segment_entry *a, const struct ct_segment_entry *b)
{
    if (a->info.table != b->info.table)
        return a->info.table < b->info.table;
    if (a->info.max_commit != b->info.max_commit)
        return a->info.max_commit < b->info.max_commit;
    return a->id < b->id;
}

static void insert(struct ct_version *version, struct ct_sealed *sealed)
{
    size_t at = version->segment_count++;
    for (; at > 0 && is_before(&sealed->entry, &version->segments[at - 1]->entry); at--)
        version->segments[at] = version->segments[at - 1];
    version->segments[at] = sealed;
}

/* An empty version with room. */
static struct ct_version *create_empty(const struct ct_allocator *allocator, size_t segments,
                                       const struct ct_tombstone *tombstones,
                                       size_t tombstone_count)
{
    struct ct_version *version = ct_alloc_zeroed(allocator, 1, sizeof *version);
    if (!version)
        return NULL;
    version->allocator = allocator;
    atomic_init(&version->references, 1);
    version->segments = ct_alloc_zeroed(allocator, segments, sizeof(struct ct_sealed *));
    version->tombstones = ct_alloc_zeroed(allocator, tombstone_count, sizeof *version->tombstones);
    if (!version->segments || !version->tombstones) {
        ct_version_drop(version);
        return NULL;
    }
    if (tombstone_count)
        memcpy(version->tombstones, tombstones, tombstone_count * sizeof *tombstones);
    version->tombstone_count = tombstone_count;
    return version;
}

static ct_status fill(struct ct_version *version, struct ct_io *io, const char *folder,
                      const struct ct_manifest_state *state, const struct ct_version *before,
                      struct ct_sealed *const *added, size_t added_count, struct ct_error *err)
{
    for (size_t i = 0; i < state->segment_count; i++) {
        const uint64_t id = state->segments[i].id;
        struct ct_sealed *sealed = find(added, added_count, id);
        if (!sealed && before)
            sealed = find(before->segments, before->segment_count, id);
        if (sealed)
            ct_sealed_hold(sealed);
        else
            CT_TRY(ct_sealed_open(io, folder, &state->segments[i], &sealed, err));
        insert(version, sealed);
    }
    return CT_OK;
}

ct_status ct_version_create(struct ct_io *io, const char *folder,
                            const struct ct_manifest_state *state, const struct ct_version *before,
                            struct ct_sealed *const *added, size_t added_count,
                            struct ct_version **out, struct ct_error *err)
{
    struct ct_version *version = create_empty(io->allocator, state->segment_count,
                                              state->tombstones, state->tombstone_count);
    if (!version)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while listing segments");
    const ct_status status = fill(version, io, folder, state, before, added, added_count, err);
    if (status != CT_OK) {
        ct_version_drop(version);
        return status;
    }
    *out = version;
    return CT_OK;
}

ct_status ct_version_with_tombstones(const struct ct_version *before,
                                     const struct ct_tombstone *tombstones, size_t tombstone_count,
                                     struct ct_version **out, struct ct_error *err)
{
    struct ct_version *version =
        create_empty(before->allocator, before->segment_count, tombstones, tombstone_count);
    if (!version)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while listing segments");
    for (size_t i = 0; i < before->segment_count; i++) {
        ct_sealed_hold(before->segments[i]);
        version->segments[version->segment_count++] = before->segments[i];
    }
    *out = version;
    return CT_OK;
}

void ct_version_hold(struct ct_version *version)
{
    atomic_fetch_add_explicit(&version->references, 1, memory_order_relaxed);
}

void ct_version_drop(struct ct_version *version)
{
    if (!version || atomic_fetch_sub_explicit(&version->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < version->segment_count; i++)
        ct_sealed_drop(version->segments[i]);
    ct_release(version->allocator, version->segments);
    ct_release(version->allocator, version->tombstones);
    ct_release(version->allocator, version);
}

struct ct_sealed *const *ct_version_table(const struct ct_version *version, uint32_t table,
                                          size_t *count)
{
    size_t low = 0;
    size_t high = version->segment_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (version->segments[middle]->entry.info.table < table)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < version->segment_count && version->segments[end]->entry.info.table == table)
        end++;
    *count = end - low;
    return version->segments + low;
}
