#include "version.h"

#include "file_names.h"

/* History needs both of them; a commit column is one of integers. */
static bool has_hidden_columns(const struct ct_sealed *sealed)
{
    static const uint32_t fields[] = {CT_FIELD_LAG, CT_FIELD_COMMIT, CT_FIELD_UNTIL};
    const struct ct_segment_column *columns = ct_segment_columns(sealed->segment);
    for (size_t i = 0; i < CT_COUNT_OF(fields); i++) {
        const int at = ct_segment_find_column(sealed->segment, fields[i]);
        const bool is_needed = sealed->entry.is_history && fields[i] != CT_FIELD_LAG;
        if (at < 0 ? is_needed : columns[at].type != CT_INT64)
            return false;
    }
    return true;
}

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
    ct_status status = ct_segment_open(io, path, &entry->info, &sealed->segment, err);
    if (status == CT_OK && !has_hidden_columns(sealed)) {
        ct_segment_close(sealed->segment);
        status = ct_fail_at(err, CT_CORRUPT, path, 0, "keeps no commits of its rows");
    }
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
    ct_cell_image_close(sealed->cells);
    ct_segment_close(sealed->segment);
    ct_release(sealed->allocator, sealed);
}

ct_status ct_sealed_cells(struct ct_sealed *sealed, struct ct_cell_image **out,
                          struct ct_error *err)
{
    *out = atomic_load_explicit(&sealed->cells, memory_order_acquire);
    if (*out)
        return CT_OK;
    struct ct_cell_image *made;
    const ct_status status =
        ct_cell_image_open(sealed->allocator, ct_segment_rollup(sealed->segment),
                           sealed->entry.info.tag_count, &made, err);
    if (status == CT_CORRUPT && err)
        ct_name_segment(err->file, sealed->entry.id);
    if (status == CT_OK)
        *out = ct_cell_image_publish(&sealed->cells, made);
    return status;
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
    const bool is_history = sealed->entry.is_history;
    struct ct_sealed **segments = is_history ? version->history : version->segments;
    size_t at = is_history ? version->history_count++ : version->segment_count++;
    for (; at > 0 && is_before(&sealed->entry, &segments[at - 1]->entry); at--)
        segments[at] = segments[at - 1];
    segments[at] = sealed;
}

/* An empty version with room for so many segments, of either kind. */
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
    version->history = ct_alloc_zeroed(allocator, segments, sizeof(struct ct_sealed *));
    version->overlaps = ct_alloc_zeroed(allocator, segments, sizeof *version->overlaps);
    version->tombstones = ct_alloc_zeroed(allocator, tombstone_count, sizeof *version->tombstones);
    if (!version->segments || !version->history || !version->overlaps || !version->tombstones) {
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
        if (!sealed && before)
            sealed = find(before->history, before->history_count, id);
        if (sealed)
            ct_sealed_hold(sealed);
        else
            CT_TRY(ct_sealed_open(io, folder, &state->segments[i], &sealed, err));
        insert(version, sealed);
    }
    return ct_version_covers_init(version, io, folder, state, before, err);
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

/* Where memory is out it is worked out again. */
static void copy_note(struct ct_version *version, size_t index, ct_overlap_note *before)
{
    const struct ct_time_ranges *note = atomic_load_explicit(before, memory_order_acquire);
    struct ct_time_ranges *copy = note ? ct_alloc(version->allocator, sizeof *copy) : NULL;
    if (copy)
        *copy = *note;
    atomic_init(&version->overlaps[index], copy);
}

ct_status ct_version_with_tombstones(const struct ct_version *before,
                                     const struct ct_tombstone *tombstones, size_t tombstone_count,
                                     struct ct_version **out, struct ct_error *err)
{
    struct ct_version *version =
        create_empty(before->allocator, before->segment_count + before->history_count, tombstones,
                     tombstone_count);
    if (!version)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while listing segments");
    for (size_t i = 0; i < before->segment_count; i++) {
        ct_sealed_hold(before->segments[i]);
        copy_note(version, i, &before->overlaps[i]);
        version->segments[version->segment_count++] = before->segments[i];
    }
    for (size_t i = 0; i < before->history_count; i++) {
        ct_sealed_hold(before->history[i]);
        version->history[version->history_count++] = before->history[i];
    }
    const ct_status status = ct_version_covers_copy(version, before, err);
    if (status != CT_OK) {
        ct_version_drop(version);
        return status;
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
    ct_version_covers_deinit(version);
    for (size_t i = 0; i < version->segment_count; i++) {
        ct_sealed_drop(version->segments[i]);
        ct_release(version->allocator,
                   atomic_load_explicit(&version->overlaps[i], memory_order_relaxed));
    }
    for (size_t i = 0; i < version->history_count; i++)
        ct_sealed_drop(version->history[i]);
    ct_release(version->allocator, version->segments);
    ct_release(version->allocator, version->history);
    ct_release(version->allocator, version->overlaps);
    ct_release(version->allocator, version->tombstones);
    ct_release(version->allocator, version);
}

/* The table's part of a list in the order of a version. */
static struct ct_sealed *const *find_table(struct ct_sealed *const *segments, size_t segment_count,
                                           uint32_t table, size_t *count)
{
    size_t low = 0;
    size_t high = segment_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (segments[middle]->entry.info.table < table)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < segment_count && segments[end]->entry.info.table == table)
        end++;
    *count = end - low;
    return segments + low;
}

struct ct_sealed *const *ct_version_table(const struct ct_version *version, uint32_t table,
                                          size_t *count)
{
    return find_table(version->segments, version->segment_count, table, count);
}

struct ct_sealed *const *ct_version_history(const struct ct_version *version, uint32_t table,
                                            size_t *count)
{
    return find_table(version->history, version->history_count, table, count);
}
