/* What a publication does to rollup files. */
#include "file_names.h"
#include "state.h"

static bool is_among(const uint64_t *ids, size_t count, uint64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == id)
            return true;
    }
    return false;
}

/* Does the publication leave the cover as it is? */
static bool is_kept(const struct ct_publication *publication, const struct ct_cover_entry *cover,
                    const uint64_t *segments)
{
    const struct ct_cover_entry *added = publication->cover;
    for (uint32_t i = 0; i < cover->segment_count; i++) {
        if (is_among(publication->dropped, publication->dropped_count, segments[i]) ||
            (added && is_among(publication->cover_segments, added->segment_count, segments[i])))
            return false;
    }
    return true;
}

static void keep(struct ct_manifest_state *after, const struct ct_cover_entry *cover,
                 const uint64_t *segments)
{
    struct ct_cover_entry *kept = &after->covers[after->cover_count++];
    *kept = *cover;
    kept->first_segment = after->covered_count;
    memcpy(after->covered + after->covered_count, segments,
           cover->segment_count * sizeof *segments);
    after->covered_count += cover->segment_count;
}

ct_status ct_store_plan_covers(const struct ct_store *store,
                               const struct ct_publication *publication,
                               struct ct_manifest_state *after, uint64_t **dropped, size_t *count)
{
    const struct ct_manifest_state *state = ct_manifest_state_of(store->manifest);
    const struct ct_allocator *allocator = store->env.allocator;
    const uint32_t more = publication->cover ? publication->cover->segment_count : 0;
    after->covers = ct_alloc_zeroed(allocator, state->cover_count + 1, sizeof *after->covers);
    after->covered =
        ct_alloc_zeroed(allocator, state->covered_count + more, sizeof *after->covered);
    *dropped = ct_alloc_zeroed(allocator, state->cover_count, sizeof **dropped);
    *count = 0;
    if (!after->covers || !after->covered || !*dropped)
        return CT_NO_MEMORY;
    for (size_t i = 0; i < state->cover_count; i++) {
        const struct ct_cover_entry *cover = &state->covers[i];
        const uint64_t *segments = state->covered + cover->first_segment;
        if (is_kept(publication, cover, segments))
            keep(after, cover, segments);
        else
            (*dropped)[(*count)++] = cover->id;
    }
    if (publication->cover)
        keep(after, publication->cover, publication->cover_segments);
    return CT_OK;
}

/* What fails to go is swept at the next open. */
void ct_store_remove_covers(struct ct_store *store, const uint64_t *ids, size_t count)
{
    struct ct_io *io = store->env.io;
    char folder[CT_PATH_BYTES_MAX];
    if (ct_path_join(folder, store->path, CT_FOLDER_ROLLUP, NULL) != CT_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        char name[CT_FILE_NAME_CAP];
        char path[CT_PATH_BYTES_MAX];
        ct_name_rollup(name, ids[i]);
        if (ct_path_join(path, folder, name, NULL) == CT_OK)
            (void)io->calls->remove(io, path, NULL);
    }
}
