/* The image of the rows of some segments, made from the rows: for sets that sections lack, and to
 * check what is stored. Private to store. */
#ifndef CT_ROLL_SEGMENT_H
#define CT_ROLL_SEGMENT_H

#include "roll_writer.h"
#include "version.h"

/* Gives the plan all columns of the segments that cells hold. */
ct_status ct_roll_plan_segments(struct ct_roll_plan *plan, struct ct_catalog *catalog,
                                struct ct_sealed *const *segments, uint32_t count,
                                struct ct_error *err) CT_MUST_USE;

/* Segments of one table, in which no row stands twice; the plan with columns as above. A fresh
 * buffer (the plan's allocator; caller releases). */
ct_status ct_roll_segments(struct ct_sealed *const *segments, uint32_t count,
                           struct ct_catalog *catalog, const struct ct_roll_plan *plan,
                           uint8_t **out, size_t *len, struct ct_error *err) CT_MUST_USE;

#endif
