/* What those who make results need besides result.h. Layer query, for its own files only. */
#ifndef CT_RESULT_BUILD_H
#define CT_RESULT_BUILD_H

#include "result.h"

/* CT_LIMIT where the query has a limit of memory, else CT_NO_MEMORY. */
ct_status ct_result_no_memory(struct ct_result *result, struct ct_error *err);

/* Names a column by two texts in one. */
ct_status ct_result_name_column(struct ct_result *result, uint32_t column, struct ct_text first,
                                struct ct_text second, struct ct_error *err) CT_MUST_USE;

#endif
