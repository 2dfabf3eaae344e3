/* Which sources a scan consists of.
 *
 * Parts (segments, frozen rows, live rows) whose times overlap form a component. Inside a component
 * a series may have the same row in several parts only if its own ranges of times overlap there;
 * such a series, and one that a delete touches, goes to the component's merged source and is
 * excluded from the others. All else, nearly everything, is read straight from its part. */
#include "source.h"

/* -- parts -------------------------------------------------------------------------------- */

static int64_t part_min_ns(const struct ct_row_part *part)
{
    return part->sealed ? part->sealed->entry.info.min_time_ns : part->view->min_time_ns;
}

static int64_t part_max_ns(const struct ct_row_part *part)
{
    return part->sealed ? part->sealed->entry.info.max_time_ns : part->view->max_time_ns;
}

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
    return status;
}

static bool is_in_range(const struct ct_scan *scan, const struct ct_row_part *part)
{
    return part_max_ns(part) >= scan->start_ns && part_min_ns(part) < scan->end_ns;
}

static ct_status collect_parts(struct ct_scan *scan, struct ct_error *err)
{
    size_t count;
    struct ct_sealed *const *sealed =
        ct_version_table(scan->snapshot->version, scan->table, &count);
    scan->parts = ct_alloc_zeroed(scan->allocator, count + 2, sizeof *scan->parts);
    if (!scan->parts)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a scan");
    for (size_t i = 0; i < count; i++) {
        const struct ct_row_part part = {.sealed = sealed[i]};
        if (is_in_range(scan, &part))
            scan->parts[scan->part_count++] = part;
    }
    for (int i = 0; i < 2; i++) {
        const struct ct_row_part part = {.view = &scan->views[i]};
        if (scan->views[i].row_count > 0 && is_in_range(scan, &part))
            scan->parts[scan->part_count++] = part;
    }
    return CT_OK;
}

/* -- components --------------------------------------------------------------------------- */

/* Parts by their earliest time; insertion sort, for there are few and they come nearly sorted.
 * `age` goes along. */
static void sort_by_time(struct ct_row_part *parts, uint32_t *age, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct ct_row_part part = parts[i];
        const uint32_t part_age = age[i];
        size_t at = i;
        for (; at > 0 && part_min_ns(&parts[at - 1]) > part_min_ns(&part); at--) {
            parts[at] = parts[at - 1];
            age[at] = age[at - 1];
        }
        parts[at] = part;
        age[at] = part_age;
    }
}

static void sort_by_age(struct ct_row_part *parts, uint32_t *age, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct ct_row_part part = parts[i];
        const uint32_t part_age = age[i];
        size_t at = i;
        for (; at > 0 && age[at - 1] > part_age; at--) {
            parts[at] = parts[at - 1];
            age[at] = age[at - 1];
        }
        parts[at] = part;
        age[at] = part_age;
    }
}

static size_t component_end(const struct ct_scan *scan, size_t first)
{
    int64_t max_ns = part_max_ns(&scan->parts[first]);
    size_t end = first + 1;
    for (; end < scan->part_count && part_min_ns(&scan->parts[end]) <= max_ns; end++) {
        if (part_max_ns(&scan->parts[end]) > max_ns)
            max_ns = part_max_ns(&scan->parts[end]);
    }
    return end;
}

/* -- conflicts ---------------------------------------------------------------------------- */

/* A part's series with their ranges of times. */
struct ranges {
    const uint32_t *series;
    const int64_t *min_ns, *max_ns;
    uint32_t count;
};

static ct_status ranges_of(const struct ct_row_part *part, struct ranges *out, struct ct_error *err)
{
    if (!part->sealed) {
        *out = (struct ranges){.series = part->view->series_of_slot,
                               .min_ns = part->view->slot_min_ns,
                               .max_ns = part->view->slot_max_ns,
                               .count = part->view->slot_count};
        return CT_OK;
    }
    struct ct_segment_series directory;
    CT_TRY(ct_segment_series_of(part->sealed->segment, &directory, err));
    *out = (struct ranges){.series = directory.series,
                           .min_ns = directory.min_time_ns,
                           .max_ns = directory.max_time_ns,
                           .count = directory.count};
    return CT_OK;
}

/* Bits by series of the component now looked at. */
struct conflicts {
    uint8_t *flags;
    int64_t *newest_ns; /* latest time seen so far; INT64_MIN: none */
    uint32_t series_count;
    uint32_t flagged;
};

static void flag(struct conflicts *conflicts, uint32_t series)
{
    conflicts->flagged += !conflicts->flags[series];
    conflicts->flags[series] = 1;
}

/* Parts come by earliest time: a series whose range begins before the end of what was seen may
 * overlap it. May flag too many, never too few. */
static ct_status flag_overlaps(struct conflicts *conflicts, const struct ct_row_part *parts,
                               size_t count, struct ct_error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct ranges ranges;
        CT_TRY(ranges_of(&parts[i], &ranges, err));
        for (uint32_t k = 0; k < ranges.count; k++) {
            const uint32_t series = ranges.series[k];
            if (series >= conflicts->series_count)
                return ct_fail(err, CT_CORRUPT, "a segment has a series that nobody defined");
            if (ranges.min_ns[k] <= conflicts->newest_ns[series])
                flag(conflicts, series);
            if (ranges.max_ns[k] > conflicts->newest_ns[series])
                conflicts->newest_ns[series] = ranges.max_ns[k];
        }
    }
    return CT_OK;
}

static bool is_touched(const struct ct_scan *scan, const struct ct_row_part *part, size_t *first)
{
    for (; *first < scan->deletes.count; ++*first) {
        if (ct_part_is_touched(part, scan->deletes.tombstones[*first]))
            return true;
    }
    return false;
}

static ct_status flag_deleted(const struct ct_scan *scan, struct conflicts *conflicts,
                              const struct ct_row_part *part, struct ct_error *err)
{
    struct ranges ranges;
    CT_TRY(ranges_of(part, &ranges, err));
    for (size_t i = 0; is_touched(scan, part, &i); i++) {
        const struct ct_tombstone *tombstone = scan->deletes.tombstones[i];
        for (uint32_t k = 0; k < ranges.count; k++) {
            if (ranges.min_ns[k] < tombstone->end_ns && ranges.max_ns[k] >= tombstone->start_ns &&
                ct_tombstone_matches(tombstone, scan->snapshot->store->catalog, ranges.series[k]))
                flag(conflicts, ranges.series[k]);
        }
    }
    return CT_OK;
}

static ct_status find_conflicts(const struct ct_scan *scan, struct conflicts *conflicts,
                                const struct ct_row_part *parts, size_t count, struct ct_error *err)
{
    memset(conflicts->flags, 0, conflicts->series_count);
    conflicts->flagged = 0;
    if (count > 1) {
        for (uint32_t i = 0; i < conflicts->series_count; i++)
            conflicts->newest_ns[i] = INT64_MIN;
        CT_TRY(flag_overlaps(conflicts, parts, count, err));
    }
    for (size_t i = 0; i < count; i++) {
        const struct ct_live_view *view = parts[i].view;
        for (uint32_t k = 0; view && view->is_unordered && k < view->slot_count; k++)
            flag(conflicts, view->series_of_slot[k]);
        CT_TRY(flag_deleted(scan, conflicts, &parts[i], err));
    }
    return CT_OK;
}

/* -- sources ------------------------------------------------------------------------------ */

static ct_status exclude(struct ct_source *source, const struct conflicts *conflicts,
                         struct ct_error *err)
{
    struct ranges ranges;
    CT_TRY(ranges_of(&source->part, &ranges, err));
    source->excluded = ct_alloc_zeroed(source->scan->allocator, ranges.count, 1);
    if (!source->excluded)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a scan");
    for (uint32_t i = 0; i < ranges.count; i++)
        source->excluded[i] = conflicts->flags[ranges.series[i]];
    return CT_OK;
}

static ct_status add_part(struct ct_scan *scan, const struct ct_row_part *part,
                          const struct conflicts *conflicts, struct ct_error *err)
{
    struct ct_source *source = &scan->sources[scan->source_count++];
    source->scan = scan;
    source->part = *part;
    if (part->sealed) {
        source->kind = CT_SOURCE_SEGMENT;
        source->series_count = part->sealed->entry.info.series_count;
        source->row_bound = part->sealed->entry.info.row_count;
    } else {
        source->kind = CT_SOURCE_LIVE;
        source->series = part->view->series_of_slot;
        source->series_count = part->view->slot_count;
        source->row_bound = part->view->row_count;
    }
    return conflicts->flagged ? exclude(source, conflicts, err) : CT_OK;
}

static ct_status add_merged(struct ct_scan *scan, const struct ct_row_part *parts, size_t count,
                            const struct conflicts *conflicts, struct ct_error *err)
{
    struct ct_source *source = &scan->sources[scan->source_count++];
    source->scan = scan;
    source->kind = CT_SOURCE_MERGED;
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
    for (size_t i = 0; i < count; i++)
        source->row_bound +=
            parts[i].sealed ? parts[i].sealed->entry.info.row_count : parts[i].view->row_count;
    return CT_OK;
}

static ct_status add_component(struct ct_scan *scan, struct conflicts *conflicts, uint32_t *age,
                               size_t first, size_t end, struct ct_error *err)
{
    CT_TRY(find_conflicts(scan, conflicts, scan->parts + first, end - first, err));
    for (size_t i = first; i < end; i++)
        CT_TRY(add_part(scan, &scan->parts[i], conflicts, err));
    if (conflicts->flagged == 0)
        return CT_OK;
    sort_by_age(scan->parts + first, age + first, end - first);
    return add_merged(scan, scan->parts + first, end - first, conflicts, err);
}

static ct_status make_sources(struct ct_scan *scan, struct ct_error *err)
{
    const struct ct_allocator *allocator = scan->allocator;
    struct conflicts conflicts = {
        .series_count = ct_catalog_series_count(scan->snapshot->store->catalog, scan->table)};
    uint32_t *age = ct_alloc_zeroed(allocator, scan->part_count, sizeof *age);
    conflicts.flags = ct_alloc_zeroed(allocator, conflicts.series_count, 1);
    conflicts.newest_ns = ct_alloc(allocator, conflicts.series_count * sizeof(int64_t) + 1);
    scan->sources = ct_alloc_zeroed(allocator, 2 * scan->part_count, sizeof *scan->sources);
    ct_status status = CT_OK;
    if (!age || !conflicts.flags || !conflicts.newest_ns || !scan->sources)
        status = ct_fail(err, CT_NO_MEMORY, "out of memory while opening a scan");
    else
        for (size_t i = 0; i < scan->part_count; i++)
            age[i] = (uint32_t)i;
    if (status == CT_OK)
        sort_by_time(scan->parts, age, scan->part_count);
    for (size_t first = 0; first < scan->part_count && status == CT_OK;) {
        const size_t end = component_end(scan, first);
        status = add_component(scan, &conflicts, age, first, end, err);
        first = end;
    }
    ct_release(allocator, age);
    ct_release(allocator, conflicts.flags);
    ct_release(allocator, conflicts.newest_ns);
    return status;
}

/* -- the scan ----------------------------------------------------------------------------- */

static ct_status fill(struct ct_scan *scan, struct ct_error *err)
{
    struct ct_store *store = scan->snapshot->store;
    if (scan->table >= ct_catalog_table_count(store->catalog))
        return ct_fail(err, CT_NOT_FOUND, "no such table");
    scan->tag_count = ct_catalog_tag_count(store->catalog, scan->table);
    scan->entry_field = CT_NONE;
    if (ct_catalog_table_options(store->catalog, scan->table).kind == CT_TABLE_LEDGER)
        scan->entry_field =
            ct_catalog_find_field(store->catalog, scan->table, ct_text_of(CT_ENTRY_ID_FIELD));
    CT_TRY(ct_delete_list_init(&scan->deletes, scan->snapshot->version, scan->table, UINT64_MAX,
                               scan->allocator, err));
    CT_TRY(take_views(scan, err));
    CT_TRY(collect_parts(scan, err));
    return make_sources(scan, err);
}

ct_status ct_scan_open(struct ct_snapshot *snapshot, uint32_t table, int64_t start_ns,
                       int64_t end_ns, struct ct_scan **out, struct ct_error *err)
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
    const ct_status status = fill(scan, err);
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

uint64_t ct_source_row_bound(const struct ct_source *source)
{
    return source->row_bound;
}

ct_status ct_source_series(struct ct_source *source, const uint32_t **out, struct ct_error *err)
{
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
        return (uint32_t)source->part.view->chunk_count;
    case CT_SOURCE_MERGED:
        return source->series_count;
    }
    return 0;
}
