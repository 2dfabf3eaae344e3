/* Which sources a scan consists of.
 *
 * Parts (segments, frozen rows, live rows) whose times overlap form a component, of the whole time
 * range or, where cells answer for the rest, of a stretch of it. Inside a component
 * a series may have the same row in several parts only if its own ranges of times overlap there;
 * such a series, and one that a delete touches, goes to the component's merged source and is
 * excluded from the others. All else, nearly everything, is read straight from its part. */
#include "conflict.h"
#include "source.h"

/* -- parts --------------------------------------------------------------------------------------
 */

/* Rows that were added after the snapshot was taken are not part of it. */
static void cut_view(struct ct_live_view *view, const struct ct_live_mark *mark)
{
    uint64_t left = mark->row_count;
    size_t chunk = 0;
    for (; chunk < view->chunk_count && left > 0; chunk++) {
        if (view->chunk_rows[chunk] > left)
            view->chunk_rows[chunk] = (uint32_t)left;
        left -= view->chunk_rows[chunk];
    }
    view->chunk_count = chunk;
    view->row_count = mark->row_count;
    view->slot_count = mark->slot_count;
}

/* Rows of commits after `commit` are not part of it either. */
static void cut_view_as_of(struct ct_live_view *view, uint64_t commit)
{
    size_t count = 0;
    view->row_count = 0;
    for (size_t i = 0; i < view->chunk_count; i++) {
        view->chunk_rows[i] =
            ct_live_chunk_rows_until(view->chunks[i], view->chunk_rows[i], commit);
        view->row_count += view->chunk_rows[i];
        count = view->chunk_rows[i] ? i + 1 : count;
    }
    view->chunk_count = count;
}

static ct_status take_views(struct ct_scan *scan, struct ct_error *err)
{
    struct ct_snapshot *snapshot = scan->snapshot;
    struct ct_store *store = snapshot->store;
    pthread_mutex_lock(&store->state);
    ct_status status = ct_live_view_take(snapshot->frozen, scan->table, &scan->views[0], err);
    if (status == CT_OK && scan->table < snapshot->mark_count &&
        snapshot->marks[scan->table].row_count > 0)
        status = ct_live_view_take(snapshot->live, scan->table, &scan->views[1], err);
    pthread_mutex_unlock(&store->state);
    if (status == CT_OK && scan->views[1].row_count > 0)
        cut_view(&scan->views[1], &snapshot->marks[scan->table]);
    for (int i = 0; i < 2 && status == CT_OK && snapshot->is_as_of; i++)
        cut_view_as_of(&scan->views[i], snapshot->commit);
    return status;
}

/* Parts are added oldest first. */
static void add_in_range(struct ct_scan *scan, struct ct_row_part part)
{
    if (ct_part_max_ns(&part) < scan->start_ns || ct_part_min_ns(&part) >= scan->end_ns)
        return;
    part.age = (uint32_t)scan->part_count;
    part.share = (struct ct_time_range){.start_ns = scan->start_ns, .end_ns = scan->end_ns};
    scan->parts[scan->part_count++] = part;
}

/* May the segment have rows that count at the snapshot's commit? */
static bool counts(const struct ct_snapshot *snapshot, const struct ct_sealed *sealed)
{
    const struct ct_segment_info *info = &sealed->entry.info;
    if (!snapshot->is_as_of)
        return true;
    if (sealed->entry.is_history)
        return info->min_commit <= snapshot->commit && info->max_commit > snapshot->commit;
    /* Without commits of their own, rows count as of the segment's last. */
    return info->max_commit <= snapshot->commit ||
           (info->min_commit <= snapshot->commit && ct_segment_has_commits(sealed->segment));
}

static void add_segments(struct ct_scan *scan, struct ct_sealed *const *sealed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct ct_row_part part = {.sealed = sealed[i]};
        if (counts(scan->snapshot, sealed[i]))
            add_in_range(scan, part);
    }
}

static ct_status collect_parts(struct ct_scan *scan, struct ct_error *err)
{
    size_t count;
    size_t past_count;
    const struct ct_version *version = scan->snapshot->version;
    struct ct_sealed *const *sealed = ct_version_table(version, scan->table, &count);
    struct ct_sealed *const *past = ct_version_history(version, scan->table, &past_count);
    scan->parts = ct_alloc_zeroed(scan->allocator, count + past_count + 2, sizeof *scan->parts);
    if (!scan->parts)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a scan");
    add_segments(scan, sealed, count);
    if (scan->snapshot->is_as_of)
        add_segments(scan, past, past_count);
    for (int i = 0; i < 2; i++) {
        const struct ct_row_part part = {.view = &scan->views[i]};
        if (scan->views[i].row_count > 0)
            add_in_range(scan, part);
    }
    return CT_OK;
}

/* -- components --------------------------------------------------------------------------- */

/* Of the part's rows in its share, at the most. */
static int64_t first_ns(const struct ct_row_part *part)
{
    const int64_t min_ns = ct_part_min_ns(part);
    return min_ns > part->share.start_ns ? min_ns : part->share.start_ns;
}

static int64_t last_ns(const struct ct_row_part *part)
{
    const int64_t max_ns = ct_part_max_ns(part);
    return max_ns < part->share.end_ns || part->share.end_ns == INT64_MAX ? max_ns
                                                                          : part->share.end_ns - 1;
}

static bool is_earlier(const struct ct_row_part *a, const struct ct_row_part *b)
{
    return first_ns(a) < first_ns(b);
}

static bool is_older(const struct ct_row_part *a, const struct ct_row_part *b)
{
    return a->age < b->age;
}

/* Insertion sort: parts are few and come nearly sorted. */
static void sort_parts(struct ct_row_part *parts, size_t count,
                       bool (*is_before)(const struct ct_row_part *a, const struct ct_row_part *b))
{
    for (size_t i = 1; i < count; i++) {
        const struct ct_row_part part = parts[i];
        size_t at = i;
        for (; at > 0 && is_before(&part, &parts[at - 1]); at--)
            parts[at] = parts[at - 1];
        parts[at] = part;
    }
}

static size_t component_end(const struct ct_scan *scan, size_t first)
{
    int64_t max_ns = last_ns(&scan->parts[first]);
    size_t end = first + 1;
    for (; end < scan->part_count && first_ns(&scan->parts[end]) <= max_ns; end++) {
        if (last_ns(&scan->parts[end]) > max_ns)
            max_ns = last_ns(&scan->parts[end]);
    }
    return end;
}

/* -- sources ------------------------------------------------------------------------------ */

static ct_status exclude(struct ct_source *source, const struct ct_conflicts *conflicts,
                         struct ct_error *err)
{
    struct ct_series_ranges ranges;
    CT_TRY(ct_part_ranges(&source->part, &ranges, err));
    source->excluded = ct_alloc_zeroed(source->scan->allocator, ranges.count, 1);
    if (!source->excluded)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a scan");
    for (uint32_t i = 0; i < ranges.count; i++)
        source->excluded[i] = conflicts->flags[ranges.series[i]];
    return CT_OK;
}

struct ct_source *ct_scan_add_source(struct ct_scan *scan, enum ct_source_kind kind)
{
    if (!ct_grow(scan->allocator, &scan->sources, &scan->source_cap, scan->source_count + 1,
                 sizeof *scan->sources))
        return NULL;
    struct ct_source *source = &scan->sources[scan->source_count++];
    *source = (struct ct_source){
        .kind = kind, .scan = scan, .start_ns = scan->start_ns, .end_ns = scan->end_ns};
    return source;
}

ct_status ct_scan_add_part(struct ct_scan *scan, const struct ct_row_part *part, int64_t start_ns,
                           int64_t end_ns, struct ct_error *err)
{
    struct ct_source *source =
        ct_scan_add_source(scan, part->sealed ? CT_SOURCE_SEGMENT : CT_SOURCE_LIVE);
    if (!source)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a scan");
    source->part = *part;
    source->start_ns = start_ns;
    source->end_ns = end_ns;
    if (part->sealed) {
        source->segment_count = 1;
        source->series_count = part->sealed->entry.info.series_count;
        source->row_bound = part->sealed->entry.info.row_count;
        if (scan->snapshot->is_as_of &&
            part->sealed->entry.info.max_commit > scan->snapshot->commit)
            source->as_of = scan->snapshot->commit;
    } else {
        source->end_chunk = part->view->chunk_count;
        source->series = part->view->series_of_slot;
        source->series_count = part->view->slot_count;
        source->row_bound = part->view->row_count;
    }
    return CT_OK;
}

/* History is only ever read merged with the rest. */
static ct_status add_part(struct ct_scan *scan, const struct ct_row_part *part,
                          const struct ct_conflicts *conflicts, struct ct_error *err)
{
    if (part->sealed && part->sealed->entry.is_history)
        return CT_OK;
    CT_TRY(ct_scan_add_part(scan, part, part->share.start_ns, part->share.end_ns, err));
    return conflicts->flagged ? exclude(&scan->sources[scan->source_count - 1], conflicts, err)
                              : CT_OK;
}

static ct_status add_merged(struct ct_scan *scan, const struct ct_row_part *parts, size_t count,
                            const struct ct_conflicts *conflicts, struct ct_error *err)
{
    struct ct_source *source = ct_scan_add_source(scan, CT_SOURCE_MERGED);
    if (!source)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a scan");
    source->tier = CT_TIER_MERGED;
    source->start_ns = parts->share.start_ns; /* parts that meet have the same share */
    source->end_ns = parts->share.end_ns;
    source->parts = parts;
    source->part_count = count;
    source->own_series =
        ct_alloc_zeroed(scan->allocator, conflicts->flagged, sizeof *source->own_series);
    if (!source->own_series)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a scan");
    for (uint32_t series = 0; series < conflicts->series_count; series++) {
        if (conflicts->flags[series])
            source->own_series[source->series_count++] = series;
    }
    source->series = source->own_series;
    for (size_t i = 0; i < count; i++) {
        source->segment_count += parts[i].sealed != NULL;
        source->row_bound +=
            parts[i].sealed ? parts[i].sealed->entry.info.row_count : parts[i].view->row_count;
    }
    return CT_OK;
}

static ct_status add_component(struct ct_scan *scan, struct ct_conflicts *conflicts, size_t first,
                               size_t end, struct ct_error *err)
{
    CT_TRY(ct_conflicts_find(conflicts, scan->snapshot->store->catalog, &scan->deletes,
                             scan->parts + first, end - first, err));
    for (size_t i = first; i < end; i++)
        CT_TRY(add_part(scan, &scan->parts[i], conflicts, err));
    if (conflicts->flagged == 0)
        return CT_OK;
    sort_parts(scan->parts + first, end - first, is_older);
    return add_merged(scan, scan->parts + first, end - first, conflicts, err);
}

static ct_status make_sources(struct ct_scan *scan, struct ct_error *err)
{
    if (scan->part_count == 0)
        return CT_OK;
    struct ct_conflicts conflicts;
    CT_TRY(ct_conflicts_init(&conflicts, scan->allocator,
                             ct_catalog_series_count(scan->snapshot->store->catalog, scan->table),
                             err));
    sort_parts(scan->parts, scan->part_count, is_earlier);
    ct_status status = CT_OK;
    for (size_t first = 0; first < scan->part_count && status == CT_OK;) {
        const size_t end = component_end(scan, first);
        status = add_component(scan, &conflicts, first, end, err);
        first = end;
    }
    ct_conflicts_deinit(&conflicts);
    return status;
}

/* -- the scan ----------------------------------------------------------------------------- */

static ct_status fill(struct ct_scan *scan, const struct ct_cover_request *cover,
                      struct ct_error *err)
{
    struct ct_store *store = scan->snapshot->store;
    if (scan->table >= ct_catalog_table_count(store->catalog))
        return ct_fail(err, CT_NOT_FOUND, "no such table");
    scan->tag_count = ct_catalog_tag_count(store->catalog, scan->table);
    scan->entry_field = ct_entry_field(store->catalog, scan->table);
    CT_TRY(ct_delete_list_init(&scan->deletes, scan->snapshot->version, scan->table,
                               scan->snapshot->commit, scan->allocator, err));
    CT_TRY(take_views(scan, err));
    CT_TRY(collect_parts(scan, err));
    if (cover && cover->grain_max != CT_GRAIN_NONE && !scan->snapshot->is_as_of)
        CT_TRY(ct_scan_cover(scan, cover, err));
    return make_sources(scan, err);
}

ct_status ct_scan_open(struct ct_snapshot *snapshot, uint32_t table, int64_t start_ns,
                       int64_t end_ns, struct ct_scan **out, struct ct_error *err)
{
    return ct_scan_open_covered(snapshot, table, start_ns, end_ns, NULL, out, err);
}

ct_status ct_scan_open_covered(struct ct_snapshot *snapshot, uint32_t table, int64_t start_ns,
                               int64_t end_ns, const struct ct_cover_request *cover,
                               struct ct_scan **out, struct ct_error *err)
{
    struct ct_scan *scan = ct_alloc_zeroed(snapshot->store->env.allocator, 1, sizeof *scan);
    if (!scan)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a scan");
    scan->allocator = snapshot->store->env.allocator;
    scan->snapshot = snapshot;
    atomic_fetch_add_explicit(&snapshot->references, 1, memory_order_relaxed);
    scan->table = table;
    scan->start_ns = start_ns;
    scan->end_ns = end_ns;
    pthread_mutex_init(&scan->lock, NULL);
    const ct_status status = fill(scan, cover, err);
    if (status != CT_OK) {
        ct_scan_close(scan);
        return status;
    }
    *out = scan;
    return CT_OK;
}

static void source_deinit(struct ct_source *source)
{
    const struct ct_allocator *allocator = source->scan->allocator;
    for (uint32_t tag = 0; source->codes && tag < source->scan->tag_count; tag++)
        ct_release(allocator, source->codes[tag]);
    ct_release(allocator, source->codes);
    ct_release(allocator, source->own_series);
    ct_release(allocator, source->excluded);
}

void ct_scan_close(struct ct_scan *scan)
{
    if (!scan)
        return;
    const struct ct_allocator *allocator = scan->allocator;
    for (size_t i = 0; i < scan->source_count; i++)
        source_deinit(&scan->sources[i]);
    ct_release(allocator, scan->sources);
    ct_release(allocator, scan->parts);
    ct_delete_list_deinit(&scan->deletes, allocator);
    ct_live_view_deinit(&scan->views[0], allocator);
    ct_live_view_deinit(&scan->views[1], allocator);
    ct_snapshot_release(scan->snapshot);
    pthread_mutex_destroy(&scan->lock);
    ct_release(allocator, scan);
}

uint32_t ct_scan_source_count(const struct ct_scan *scan)
{
    return (uint32_t)scan->source_count;
}

struct ct_source *ct_scan_source(struct ct_scan *scan, uint32_t index)
{
    CT_ASSERT(index < scan->source_count);
    return &scan->sources[index];
}

/* -- what a source tells ------------------------------------------------------------------ */

uint32_t ct_source_series_count(const struct ct_source *source)
{
    return source->series_count;
}

ct_status ct_source_series(struct ct_source *source, const uint32_t **out, struct ct_error *err)
{
    CT_ASSERT(source->kind != CT_SOURCE_CELLS);
    if (source->kind != CT_SOURCE_SEGMENT) {
        *out = source->series;
        return CT_OK;
    }
    struct ct_segment_series directory;
    CT_TRY(ct_segment_series_of(source->part.sealed->segment, &directory, err));
    *out = directory.series;
    return CT_OK;
}

/* Looks the codes up in the catalog once. Scan's lock held. */
static ct_status look_up_codes(struct ct_source *source, uint32_t tag, struct ct_error *err)
{
    struct ct_scan *scan = source->scan;
    if (!source->codes)
        source->codes = ct_alloc_zeroed(scan->allocator, scan->tag_count, sizeof(uint32_t *));
    if (!source->codes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking up tags");
    if (source->codes[tag])
        return CT_OK;
    uint32_t *codes = ct_alloc_zeroed(scan->allocator, source->series_count, sizeof *codes);
    if (!codes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking up tags");
    ct_catalog_series_codes(scan->snapshot->store->catalog, scan->table, tag, source->series,
                            source->series_count, codes);
    source->codes[tag] = codes;
    return CT_OK;
}

ct_status ct_source_tag_codes(struct ct_source *source, uint32_t tag, const uint32_t **out,
                              struct ct_error *err)
{
    if (source->kind == CT_SOURCE_SEGMENT)
        return ct_segment_tag_codes(source->part.sealed->segment, tag, out, err);
    if (source->kind == CT_SOURCE_CELLS)
        return ct_source_cell_codes(source, tag, out, err);
    if (tag >= source->scan->tag_count)
        return ct_fail(err, CT_NOT_FOUND, "a tag key that was defined after the scan began");
    pthread_mutex_lock(&source->scan->lock);
    const ct_status status = look_up_codes(source, tag, err);
    if (status == CT_OK)
        *out = source->codes[tag];
    pthread_mutex_unlock(&source->scan->lock);
    return status;
}

uint32_t ct_source_unit_count(const struct ct_source *source)
{
    switch (source->kind) {
    case CT_SOURCE_SEGMENT:
        return source->part.sealed->entry.info.block_count;
    case CT_SOURCE_LIVE:
        return (uint32_t)(source->end_chunk - source->first_chunk);
    case CT_SOURCE_MERGED:
        return source->series_count;
    case CT_SOURCE_CELLS:
        return ct_rollup_image_face(source->image->image, source->face->face)->block_count;
    }
    return 0;
}
