/* Which segments may have rows that stand in other segments too. Private to store.
 *
 * Worked out once for each version and table, and only where times of segments overlap at all. A
 * segment without such rows is the only place of all its rows: what was added up over it counts. */
#ifndef CT_OVERLAP_H
#define CT_OVERLAP_H

#include "part.h"

enum ct_overlap { CT_OVERLAP_UNKNOWN = 0, CT_OVERLAP_NONE = 1, CT_OVERLAP_SOME = 2 };

/* The version's notes on the segments that ct_version_table gives, as many, all known; borrowed.
 * Any thread: of two that race both find the same. */
ct_status ct_version_overlaps(const struct ct_version *version, uint32_t table,
                              struct ct_catalog *catalog, const _Atomic(uint8_t) **out,
                              struct ct_error *err) CT_MUST_USE;

/* True where a slot of the live rows overlaps, in its series' times, rows of the other part. */
ct_status ct_live_overlaps(const struct ct_live_view *view, const struct ct_row_part *other,
                           bool *overlaps, struct ct_error *err) CT_MUST_USE;

#endif
