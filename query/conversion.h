/* Sums of several currencies in one. Layer query, for its own files only.
 *
 * The query is run with the currency as one more tag, and with its time buckets cut once more
 * wherever a rate changes: so each of those cells has one currency and one rate. Cells that lie in
 * one cell of the query are added, each times its rate. */
#ifndef CT_CONVERSION_H
#define CT_CONVERSION_H

#include "scan_work.h"

/* A query with a conversion, from its plan to its result. CT_INVALID for what cannot be converted,
 * CT_CURRENCY for an amount without a rate. */
ct_status ct_conversion_run(const struct ct_plan *plan, struct ct_snapshot *snapshot,
                            const struct ct_query_options *options, struct ct_result *result,
                            struct ct_error *err) CT_MUST_USE;

#endif
