/* The stretch of time in which a table has rows. Layer query, for its own files only. */
#ifndef CT_TIME_BOUNDS_H
#define CT_TIME_BOUNDS_H

#include "scan.h"

/* [*start_ns, *end_ns) becomes narrower where it is open (INT64_MIN, INT64_MAX): no row of the
 * range lies outside. Reads the bounds of blocks, and decodes nothing of segments. Without rows an
 * open range becomes empty. */
ct_status ct_time_bounds(struct ct_snapshot *snapshot, uint32_t table, int64_t *start_ns,
                         int64_t *end_ns, struct ct_error *err) CT_MUST_USE;

#endif
