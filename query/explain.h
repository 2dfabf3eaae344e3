/* What a query would read, without reading it. Layer query; for people, and for tests that want to
 * know which way an answer came. */
#ifndef CT_EXPLAIN_H
#define CT_EXPLAIN_H

#include "query.h"

/* One row for each kind of source, rows first, then cells by tier and grain. Columns: source
 * ("rows", "merged rows", "live cells", "segment cells", "rollup file"), grain ("" for rows), tags
 * (those of the rollup's set, with commas), parts, segments, rows (which they stand for, before the
 * filter), cells, start and end (the parts' share of time, end exclusive). The result is the
 * caller's. Errors: as ct_query_run. */
ct_status ct_query_explain(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                           const struct ct_allocator *allocator, const struct ct_query *query,
                           const struct ct_query_options *options, struct ct_result **out,
                           struct ct_error *err) CT_MUST_USE;

#endif
