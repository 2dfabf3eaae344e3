#include "result_list.h"

ct_status api_list_create(centime_store *store, const struct api_list_column *shapes,
                          uint32_t column_count, uint64_t row_count, struct ct_result **out,
                          struct ct_error *err)
{
    struct ct_result *result = ct_result_create(&store->memory->allocator, 0);
    if (!result)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a list");
    ct_status status = ct_result_set_columns(result, column_count, err);
    for (uint32_t i = 0; status == CT_OK && i < column_count; i++) {
        result->columns[i].type = shapes[i].type;
        status =
            ct_result_copy_text(result, ct_text_of(shapes[i].name), &result->columns[i].name, err);
    }
    if (status == CT_OK)
        status = ct_result_reserve(result, row_count + 1, err);
    if (status != CT_OK) {
        ct_result_destroy(result);
        return status;
    }
    for (uint32_t i = 0; i < column_count; i++)
        memset(result->columns[i].is_null, 0, row_count);
    result->row_count = row_count;
    *out = result;
    return CT_OK;
}

ct_status api_list_put(struct ct_result *result, uint32_t column, uint64_t row, struct ct_text text,
                       struct ct_error *err)
{
    return ct_result_copy_text(result, text, &result->columns[column].text[row], err);
}

ct_status api_list_finish(centime_store *store, struct ct_result *result, ct_status status,
                          centime_result **out, struct ct_error *err)
{
    const struct ct_result_order order = {.first = -1};
    if (status == CT_OK)
        status = ct_result_sort(result, &order, 0, err);
    if (status == CT_OK)
        return api_result_wrap(store->memory, result, 0, out, err);
    ct_result_destroy(result);
    return status;
}
