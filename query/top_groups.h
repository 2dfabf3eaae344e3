/* Groups that cannot be among the first rows of an answer that is ordered by a sum, largest first,
 * and limited: found from the statistics of stored blocks, so that the blocks that hold nothing but
 * such groups are never decoded. Layer query, for its own files only.
 *
 * Invariant: a group is left out only where `limit` others have sums above its bound, and its bound
 * is at least the sum of what the query counts of it. */
#ifndef CT_TOP_GROUPS_H
#define CT_TOP_GROUPS_H

#include "scan_work.h"

/* Deselects series of such groups in the work's sources. Does nothing where the question is no such
 * one, where rows that have no statistics are many, and where little could be left out: sums that
 * are all alike. The answer is the same in any case. `result` counts what is read here as nothing:
 * its statistics tell of the rows that the answer is made of. */
ct_status ct_top_groups_narrow(struct ct_work *work, struct ct_result *result,
                               struct ct_error *err) CT_MUST_USE;

#endif
