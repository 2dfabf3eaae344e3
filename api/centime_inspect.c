/* What is in a store, as results: tables, their columns, and where the bytes are. */
#include "api_private.h"

struct column_shape {
    const char *name;
    enum ct_result_type type;
};

/* An empty result of these columns with room for row_count rows; every value is set by the caller,
 * none is null. */
static ct_status make_result(centime_store *store, const struct column_shape *shapes,
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

static ct_status put_text(struct ct_result *result, uint32_t column, uint64_t row,
                          struct ct_text text, struct ct_error *err)
{
    return ct_result_copy_text(result, text, &result->columns[column].text[row], err);
}

/* Sorts by the columns from left to right and hands out; takes the result over. */
static ct_status finish(centime_store *store, struct ct_result *result, ct_status status,
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

/* -- Tables ----------------------------------------------------------------------------------- */

static ct_status fill_table(struct ct_catalog *catalog, uint32_t table, struct ct_result *result,
                            struct ct_error *err)
{
    const struct ct_table_options options = ct_catalog_table_options(catalog, table);
    const uint32_t database = ct_catalog_table_database(catalog, table);
    CT_TRY(put_text(result, 0, table, ct_catalog_database_name(catalog, database), err));
    CT_TRY(put_text(result, 1, table, ct_catalog_table_name(catalog, table), err));
    CT_TRY(put_text(result, 2, table,
                    ct_text_of(options.kind == CT_TABLE_LEDGER ? "ledger" : "metrics"), err));
    CT_TRY(put_text(result, 3, table, ct_text_of(options.currency), err));
    result->columns[4].uint64[table] = ct_catalog_field_count(catalog, table);
    result->columns[5].uint64[table] = ct_catalog_tag_count(catalog, table);
    result->columns[6].uint64[table] = ct_catalog_series_count(catalog, table);
    return CT_OK;
}

static ct_status list_tables(centime_store *store, centime_result **out, struct ct_error *err)
{
    static const struct column_shape shapes[] = {
        {"database", CT_RESULT_TEXT}, {"table", CT_RESULT_TEXT},    {"kind", CT_RESULT_TEXT},
        {"currency", CT_RESULT_TEXT}, {"fields", CT_RESULT_UINT64}, {"tags", CT_RESULT_UINT64},
        {"series", CT_RESULT_UINT64},
    };
    struct ct_catalog *catalog = ct_store_catalog(store->store);
    const uint32_t count = ct_catalog_table_count(catalog);
    struct ct_result *result = NULL;
    CT_TRY(make_result(store, shapes, CT_COUNT_OF(shapes), count, &result, err));
    ct_status status = CT_OK;
    for (uint32_t table = 0; status == CT_OK && table < count; table++)
        status = fill_table(catalog, table, result, err);
    return finish(store, result, status, out, err);
}

int centime_tables(centime_store *store, centime_result **out, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(list_tables(store, out, &story), &story, err);
}

/* -- Columns ---------------------------------------------------------------------------------- */

static ct_status fill_tag(struct ct_catalog *catalog, uint32_t table, uint32_t tag, uint64_t row,
                          struct ct_result *result, struct ct_error *err)
{
    CT_TRY(put_text(result, 0, row, ct_catalog_tag_key(catalog, table, tag), err));
    CT_TRY(put_text(result, 1, row, ct_text_of("tag"), err));
    CT_TRY(put_text(result, 2, row, ct_text_of("text"), err));
    result->columns[3].boolean[row] = 0;
    result->columns[4].uint64[row] = ct_catalog_value_count(catalog, table, tag);
    return CT_OK;
}

static ct_status fill_field(struct ct_catalog *catalog, uint32_t table, uint32_t number,
                            uint64_t row, struct ct_result *result, struct ct_error *err)
{
    const struct ct_field field = ct_catalog_field(catalog, table, number);
    CT_TRY(put_text(result, 0, row, field.name, err));
    CT_TRY(put_text(result, 1, row, ct_text_of("field"), err));
    CT_TRY(put_text(result, 2, row, ct_text_of(ct_type_name(field.type)), err));
    result->columns[3].boolean[row] = field.is_money;
    result->columns[4].is_null[row] = 1;
    result->columns[4].uint64[row] = 0;
    return CT_OK;
}

static ct_status list_columns(centime_store *store, const char *database, const char *name,
                              centime_result **out, struct ct_error *err)
{
    static const struct column_shape shapes[] = {
        {"name", CT_RESULT_TEXT},     {"role", CT_RESULT_TEXT},     {"type", CT_RESULT_TEXT},
        {"is_money", CT_RESULT_BOOL}, {"values", CT_RESULT_UINT64},
    };
    uint32_t table;
    CT_TRY(api_find_table(store, database, name, &table, err));
    struct ct_catalog *catalog = ct_store_catalog(store->store);
    const uint32_t tag_count = ct_catalog_tag_count(catalog, table);
    const uint32_t field_count = ct_catalog_field_count(catalog, table);
    struct ct_result *result;
    CT_TRY(make_result(store, shapes, CT_COUNT_OF(shapes), (uint64_t)tag_count + field_count,
                       &result, err));
    ct_status status = CT_OK;
    for (uint32_t i = 0; status == CT_OK && i < tag_count; i++)
        status = fill_tag(catalog, table, i, i, result, err);
    for (uint32_t i = 0; status == CT_OK && i < field_count; i++)
        status = fill_field(catalog, table, i, (uint64_t)tag_count + i, result, err);
    return finish(store, result, status, out, err);
}

int centime_table_columns(centime_store *store, const char *database, const char *table,
                          centime_result **out, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(list_columns(store, database, table, out, &story), &story, err);
}

/* -- Bytes ------------------------------------------------------------------------------------ */

static ct_status fill_usage(struct ct_catalog *catalog, uint32_t table,
                            const struct ct_table_usage *usage, struct ct_result *result,
                            struct ct_error *err)
{
    for (size_t row = 0; row < usage->entry_count; row++) {
        const struct ct_usage_entry *entry = &usage->entries[row];
        const struct ct_text name = entry->field == CT_NONE
                                        ? ct_text_of("time")
                                        : ct_catalog_field(catalog, table, entry->field).name;
        CT_TRY(put_text(result, 0, row, name, err));
        CT_TRY(put_text(result, 1, row, ct_text_of(entry->codec), err));
        result->columns[2].uint64[row] = entry->blocks;
        result->columns[3].uint64[row] = entry->values;
        result->columns[4].uint64[row] = entry->bytes;
    }
    const uint64_t last = usage->entry_count;
    CT_TRY(put_text(result, 0, last, ct_text_of(""), err));
    CT_TRY(put_text(result, 1, last, ct_text_of("directories"), err));
    result->columns[2].uint64[last] = usage->segment_count;
    result->columns[3].uint64[last] = usage->segment_rows;
    result->columns[4].uint64[last] = usage->directory_bytes;
    return CT_OK;
}

static ct_status list_usage(centime_store *store, const char *database, const char *name,
                            centime_result **out, struct ct_error *err)
{
    static const struct column_shape shapes[] = {
        {"name", CT_RESULT_TEXT},     {"codec", CT_RESULT_TEXT},   {"blocks", CT_RESULT_UINT64},
        {"values", CT_RESULT_UINT64}, {"bytes", CT_RESULT_UINT64},
    };
    uint32_t table;
    CT_TRY(api_find_table(store, database, name, &table, err));
    struct ct_table_usage usage = {0};
    CT_TRY(ct_store_usage(store->store, table, &usage, err));
    struct ct_result *result = NULL;
    ct_status status =
        make_result(store, shapes, CT_COUNT_OF(shapes), usage.entry_count + 1, &result, err);
    if (status == CT_OK) {
        status = fill_usage(ct_store_catalog(store->store), table, &usage, result, err);
        status = finish(store, result, status, out, err);
    }
    ct_table_usage_release(store->store, &usage);
    return status;
}

int centime_table_usage(centime_store *store, const char *database, const char *table,
                        centime_result **out, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(list_usage(store, database, table, out, &story), &story, err);
}
