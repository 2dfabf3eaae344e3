/* Columns worked out from other columns of the answer. Layer query, for its own files only. */
#ifndef CT_COMPUTED_H
#define CT_COMPUTED_H

#include "query.h"
#include "result_build.h"

/* Types and names of the query's computed columns, from `first` on; those before it have theirs.
 * CT_NOT_FOUND for an operand that is none of them, CT_TYPE for one that is no number. */
ct_status ct_computed_columns(const struct ct_query *query, struct ct_result *result,
                              uint32_t first, struct ct_error *err) CT_MUST_USE;

/* Their values in rows [0, row_count). CT_RANGE where one does not fit. */
ct_status ct_computed_fill(const struct ct_query *query, struct ct_result *result, uint32_t first,
                           uint64_t row_count, struct ct_error *err) CT_MUST_USE;

/* A value of an exact type of number as a sum. */
ct_status ct_result_exact(const struct ct_result_column *column, uint64_t row,
                          struct ct_decimal_sum *out) CT_MUST_USE;

#endif
