/* When segments may have rows that stand in other segments too. Private to store.
 *
 * Worked out once for each version and table, and only where times of segments overlap at all.
 * Outside of these times a segment is the only place of its rows: what was added up counts. */
#ifndef CT_OVERLAP_H
#define CT_OVERLAP_H

#include "part.h"

/* The version's notes on the segments that ct_version_table gives, as many, each of which
 * ct_version_overlap reads. Any thread: of two that race both find the same. */
ct_status ct_version_overlaps(const struct ct_version *version, uint32_t table,
                              struct ct_catalog *catalog, ct_overlap_note **out,
                              struct ct_error *err) CT_MUST_USE;
static inline const struct ct_time_ranges *ct_version_overlap(ct_overlap_note *note)
{
    return atomic_load_explicit(note, memory_order_acquire);
}

/* Adds the times at which live rows and the other part may have rows of the same series. */
ct_status ct_live_overlaps(const struct ct_live_view *view, const struct ct_row_part *other,
                           struct ct_time_ranges *times, struct ct_error *err) CT_MUST_USE;

#endif
