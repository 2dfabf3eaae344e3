#include "conflict.h"

ct_status ct_part_ranges(const struct ct_row_part *part, struct ct_series_ranges *out,
                         struct ct_error *err)
{
    if (!part->sealed) {
        *out = (struct ct_series_ranges){.series = part->view->series_of_slot,
                                         .min_ns = part->view->slot_min_ns,
                                         .max_ns = part->view->slot_max_ns,
                                         .count = part->view->slot_count};
        return CT_OK;
    }
    struct ct_segment_series directory;
    CT_TRY(ct_segment_series_of(part->sealed->segment, &directory, err));
    *out = (struct ct_series_ranges){.series = directory.series,
                                     .min_ns = directory.min_time_ns,
                                     .max_ns = directory.max_time_ns,
                                     .count = directory.count};
    return CT_OK;
}

ct_status ct_conflicts_init(struct ct_conflicts *conflicts, const struct ct_allocator *allocator,
                            uint32_t series_count, struct ct_error *err)
{
    *conflicts = (struct ct_conflicts){.allocator = allocator, .series_count = series_count};
    conflicts->flags = ct_alloc_zeroed(allocator, series_count, 1);
    conflicts->newest_ns = ct_alloc_zeroed(allocator, series_count, sizeof *conflicts->newest_ns);
    if (conflicts->flags && conflicts->newest_ns)
        return CT_OK;
    ct_conflicts_deinit(conflicts);
    return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a scan");
}

void ct_conflicts_deinit(struct ct_conflicts *conflicts)
{
    ct_release(conflicts->allocator, conflicts->flags);
    ct_release(conflicts->allocator, conflicts->newest_ns);
}

static void flag(struct ct_conflicts *conflicts, uint32_t series)
{
    conflicts->flagged += !conflicts->flags[series];
    conflicts->flags[series] = 1;
}

/* The series' rows from min_ns through max_ns, of which those up to its newest row so far may stand
 * elsewhere. */
static void note_overlap(struct ct_conflicts *conflicts, uint32_t series, int64_t min_ns,
                         int64_t max_ns)
{
    const int64_t newest_ns = conflicts->newest_ns[series];
    flag(conflicts, series);
    ct_time_ranges_add(&conflicts->times,
                       ct_time_range_of(min_ns, max_ns < newest_ns ? max_ns : newest_ns));
}

/* Parts come by earliest time: a series whose range begins before the end of what was seen may
 * overlap it. May flag too many, never too few. */
static ct_status flag_overlaps(struct ct_conflicts *conflicts, const struct ct_row_part *parts,
                               size_t count, struct ct_error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct ct_series_ranges ranges;
        CT_TRY(ct_part_ranges(&parts[i], &ranges, err));
        for (uint32_t k = 0; k < ranges.count; k++) {
            const uint32_t series = ranges.series[k];
            if (series >= conflicts->series_count)
                return ct_fail(err, CT_CORRUPT, "a segment has a series that nobody defined");
            if (ranges.min_ns[k] <= conflicts->newest_ns[series])
                note_overlap(conflicts, series, ranges.min_ns[k], ranges.max_ns[k]);
            if (ranges.max_ns[k] > conflicts->newest_ns[series])
                conflicts->newest_ns[series] = ranges.max_ns[k];
        }
    }
    return CT_OK;
}

static void flag_deleted(struct ct_conflicts *conflicts, struct ct_catalog *catalog,
                         const struct ct_tombstone *tombstone,
                         const struct ct_series_ranges *ranges)
{
    for (uint32_t k = 0; k < ranges->count; k++) {
        if (ranges->min_ns[k] < tombstone->end_ns && ranges->max_ns[k] >= tombstone->start_ns &&
            ct_tombstone_matches(tombstone, catalog, ranges->series[k]))
            flag(conflicts, ranges->series[k]);
    }
}

static ct_status flag_all(struct ct_conflicts *conflicts, const struct ct_row_part *part,
                          struct ct_error *err)
{
    struct ct_series_ranges ranges;
    CT_TRY(ct_part_ranges(part, &ranges, err));
    for (uint32_t k = 0; k < ranges.count; k++) {
        if (ranges.series[k] >= conflicts->series_count)
            return ct_fail(err, CT_CORRUPT, "a segment has a series that nobody defined");
        flag(conflicts, ranges.series[k]);
    }
    return CT_OK;
}

static ct_status flag_part(struct ct_conflicts *conflicts, struct ct_catalog *catalog,
                           const struct ct_delete_list *deletes, const struct ct_row_part *part,
                           struct ct_error *err)
{
    const struct ct_live_view *view = part->view;
    for (uint32_t k = 0; view && view->late.count > 0 && k < view->slot_count; k++)
        flag(conflicts, view->series_of_slot[k]);
    if (part->sealed && part->sealed->entry.is_history)
        return flag_all(conflicts, part, err);
    for (size_t i = 0; i < deletes->count; i++) {
        struct ct_series_ranges ranges;
        if (!ct_part_is_touched(part, deletes->tombstones[i]))
            continue;
        CT_TRY(ct_part_ranges(part, &ranges, err));
        flag_deleted(conflicts, catalog, deletes->tombstones[i], &ranges);
    }
    return CT_OK;
}

ct_status ct_conflicts_find(struct ct_conflicts *conflicts, struct ct_catalog *catalog,
                            const struct ct_delete_list *deletes, const struct ct_row_part *parts,
                            size_t count, struct ct_error *err)
{
    memset(conflicts->flags, 0, conflicts->series_count);
    conflicts->flagged = 0;
    conflicts->times = (struct ct_time_ranges){0};
    if (count > 1) {
        for (uint32_t i = 0; i < conflicts->series_count; i++)
            conflicts->newest_ns[i] = INT64_MIN;
        CT_TRY(flag_overlaps(conflicts, parts, count, err));
    }
    for (size_t i = 0; i < count; i++)
        CT_TRY(flag_part(conflicts, catalog, deletes, &parts[i], err));
    return CT_OK;
}
