#include "overlap.h"

#include "conflict.h"

/* -- segments among themselves ------------------------------------------------------------ */

struct numbered_part {
    struct ct_row_part part;
    size_t index; /* in ct_version_table's order */
};

static void sort_by_time(struct numbered_part *parts, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct numbered_part part = parts[i];
        size_t at = i;
        for (; at > 0 && ct_part_min_ns(&part.part) < ct_part_min_ns(&parts[at - 1].part); at--)
            parts[at] = parts[at - 1];
        parts[at] = part;
    }
}

static size_t component_end(const struct numbered_part *parts, size_t first, size_t count)
{
    int64_t max_ns = ct_part_max_ns(&parts[first].part);
    size_t end = first + 1;
    for (; end < count && ct_part_min_ns(&parts[end].part) <= max_ns; end++) {
        if (ct_part_max_ns(&parts[end].part) > max_ns)
            max_ns = ct_part_max_ns(&parts[end].part);
    }
    return end;
}

/* Of two that race one keeps its note. */
static ct_status set_note(const struct ct_allocator *allocator, const struct ct_time_ranges *times,
                          ct_overlap_note *note, struct ct_error *err)
{
    struct ct_time_ranges *copy = ct_alloc(allocator, sizeof *copy);
    struct ct_time_ranges *before = NULL;
    if (!copy)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while comparing segments");
    *copy = *times;
    if (!atomic_compare_exchange_strong_explicit(note, &before, copy, memory_order_acq_rel,
                                                 memory_order_acquire))
        ct_release(allocator, copy);
    return CT_OK;
}

/* The times of the component at which a series of the part, one that stands elsewhere too, has
 * rows. */
static ct_status note_part(const struct ct_conflicts *conflicts, const struct ct_row_part *part,
                           ct_overlap_note *note, struct ct_error *err)
{
    struct ct_time_ranges times = {0};
    struct ct_series_ranges ranges = {0};
    if (conflicts->flagged > 0)
        CT_TRY(ct_part_ranges(part, &ranges, err));
    for (uint32_t i = 0; i < ranges.count; i++) {
        const struct ct_time_range own = ct_time_range_of(ranges.min_ns[i], ranges.max_ns[i]);
        for (uint32_t k = 0; conflicts->flags[ranges.series[i]] && k < conflicts->times.count;
             k++) {
            if (ct_time_range_meets(own, conflicts->times.ranges[k]))
                ct_time_ranges_add(&times, conflicts->times.ranges[k]);
        }
    }
    return set_note(conflicts->allocator, &times, note, err);
}

static ct_status note_component(struct ct_catalog *catalog, uint32_t table,
                                const struct ct_allocator *allocator,
                                const struct numbered_part *parts, size_t count,
                                ct_overlap_note *notes, struct ct_error *err)
{
    const struct ct_time_ranges none = {0};
    if (count == 1)
        return set_note(allocator, &none, &notes[parts->index], err);
    struct ct_row_part *plain = ct_alloc_zeroed(allocator, count, sizeof *plain);
    if (!plain)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while comparing segments");
    for (size_t i = 0; i < count; i++)
        plain[i] = parts[i].part;
    const struct ct_delete_list no_deletes = {0};
    struct ct_conflicts conflicts = {0};
    ct_status status =
        ct_conflicts_init(&conflicts, allocator, ct_catalog_series_count(catalog, table), err);
    if (status == CT_OK)
        status = ct_conflicts_find(&conflicts, catalog, &no_deletes, plain, count, err);
    for (size_t i = 0; i < count && status == CT_OK; i++)
        status = note_part(&conflicts, &plain[i], &notes[parts[i].index], err);
    if (conflicts.allocator)
        ct_conflicts_deinit(&conflicts);
    ct_release(allocator, plain);
    return status;
}

static ct_status find_overlaps(const struct ct_version *version, struct ct_sealed *const *segments,
                               size_t count, uint32_t table, struct ct_catalog *catalog,
                               ct_overlap_note *notes, struct ct_error *err)
{
    struct numbered_part *parts = ct_alloc_zeroed(version->allocator, count, sizeof *parts);
    if (!parts)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while comparing segments");
    for (size_t i = 0; i < count; i++)
        parts[i] = (struct numbered_part){.part = {.sealed = segments[i]}, .index = i};
    sort_by_time(parts, count);
    ct_status status = CT_OK;
    for (size_t first = 0; first < count && status == CT_OK;) {
        const size_t end = component_end(parts, first, count);
        status = note_component(catalog, table, version->allocator, parts + first, end - first,
                                notes, err);
        first = end;
    }
    ct_release(version->allocator, parts);
    return status;
}

ct_status ct_version_overlaps(const struct ct_version *version, uint32_t table,
                              struct ct_catalog *catalog, ct_overlap_note **out,
                              struct ct_error *err)
{
    size_t count;
    struct ct_sealed *const *segments = ct_version_table(version, table, &count);
    ct_overlap_note *notes = version->overlaps + (segments - version->segments);
    bool is_known = true;
    for (size_t i = 0; i < count && is_known; i++)
        is_known = ct_version_overlap(&notes[i]) != NULL;
    *out = notes;
    return is_known ? CT_OK : find_overlaps(version, segments, count, table, catalog, notes, err);
}

/* -- live rows against another part ------------------------------------------------------- */

/* Position of the series among the ranges, which ascend by series; CT_NONE where it has none. */
static uint32_t find_series(const struct ct_series_ranges *ranges, uint32_t series)
{
    uint32_t low = 0;
    uint32_t high = ranges->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (ranges->series[middle] < series)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ranges->count && ranges->series[low] == series ? low : CT_NONE;
}

static void add_slot(const struct ct_live_view *view, uint32_t slot,
                     const struct ct_series_ranges *ranges, struct ct_time_ranges *times)
{
    const uint32_t at = find_series(ranges, view->series_of_slot[slot]);
    if (at == CT_NONE)
        return;
    const int64_t min_ns = view->slot_min_ns[slot];
    const int64_t max_ns = view->slot_max_ns[slot];
    const struct ct_time_range both =
        ct_time_range_of(min_ns > ranges->min_ns[at] ? min_ns : ranges->min_ns[at],
                         max_ns < ranges->max_ns[at] ? max_ns : ranges->max_ns[at]);
    ct_time_ranges_add(times, both);
}

ct_status ct_live_overlaps(const struct ct_live_view *view, const struct ct_row_part *other,
                           struct ct_time_ranges *times, struct ct_error *err)
{
    const int64_t min_ns = ct_part_min_ns(other);
    const int64_t max_ns = ct_part_max_ns(other);
    if (view->min_time_ns > max_ns || view->max_time_ns < min_ns)
        return CT_OK;
    if (!other->sealed) { /* live rows have no order of series: taken for overlapping as they are */
        ct_time_ranges_add(
            times, ct_time_range_of(view->min_time_ns > min_ns ? view->min_time_ns : min_ns,
                                    view->max_time_ns < max_ns ? view->max_time_ns : max_ns));
        return CT_OK;
    }
    struct ct_series_ranges ranges;
    CT_TRY(ct_part_ranges(other, &ranges, err));
    for (uint32_t slot = 0; slot < view->slot_count; slot++) {
        if (view->slot_min_ns[slot] <= max_ns && view->slot_max_ns[slot] >= min_ns)
            add_slot(view, slot, &ranges, times);
    }
    return CT_OK;
}
