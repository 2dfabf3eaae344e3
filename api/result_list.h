/* Results that are lists of ours, not answers of queries. Private to api. */
#ifndef CENTIME_RESULT_LIST_H
#define CENTIME_RESULT_LIST_H

#include "api_private.h"

struct api_list_column {
    const char *name;
    enum ct_result_type type;
};

/* An empty result of these columns with room for row_count rows; every value is set by the caller,
 * none is null. */
ct_status api_list_create(centime_store *store, const struct api_list_column *shapes,
                          uint32_t column_count, uint64_t row_count, struct ct_result **out,
                          struct ct_error *err) CT_MUST_USE;

/* Sets a text. */
ct_status api_list_put(struct ct_result *result, uint32_t column, uint64_t row, struct ct_text text,
                       struct ct_error *err) CT_MUST_USE;

/* Sorts by the columns from left to right and hands out, where status is CT_OK; takes the result
 * over. */
ct_status api_list_finish(centime_store *store, struct ct_result *result, ct_status status,
                          centime_result **out, struct ct_error *err) CT_MUST_USE;

#endif
