/* What is in a store, as results: tables, their columns, and where the bytes are. */
#include "result_list.h"

/* -- Tables ----------------------------------------------------------------------------------- */

static ct_status fill_table(struct ct_catalog *catalog, uint32_t table, struct ct_result *result,
                            struct ct_error *err)
{
    const struct ct_table_options options = ct_catalog_table_options(catalog, table);
    const uint32_t database = ct_catalog_table_database(catalog, table);
    CT_TRY(api_list_put(result, 0, table, ct_catalog_database_name(catalog, database), err));
    CT_TRY(api_list_put(result, 1, table, ct_catalog_table_name(catalog, table), err));
    CT_TRY(api_list_put(result, 2, table,
                        ct_text_of(options.kind == CT_TABLE_LEDGER ? "ledger" : "metrics"), err));
    CT_TRY(api_list_put(result, 3, table, ct_text_of(options.currency), err));
    result->columns[4].uint64[table] = ct_catalog_field_count(catalog, table);
    result->columns[5].uint64[table] = ct_catalog_tag_count(catalog, table);
    result->columns[6].uint64[table] = ct_catalog_series_count(catalog, table);
    return CT_OK;
}

static ct_status list_tables(centime_store *store, centime_result **out, struct ct_error *err)
{
    static const struct api_list_column shapes[] = {
        {"database", CT_RESULT_TEXT}, {"table", CT_RESULT_TEXT},    {"kind", CT_RESULT_TEXT},
        {"currency", CT_RESULT_TEXT}, {"fields", CT_RESULT_UINT64}, {"tags", CT_RESULT_UINT64},
        {"series", CT_RESULT_UINT64},
    };
    struct ct_catalog *catalog = ct_store_catalog(store->store);
    const uint32_t count = ct_catalog_table_count(catalog);
    struct ct_result *result = NULL;
    CT_TRY(api_list_create(store, shapes, CT_COUNT_OF(shapes), count, &result, err));
    ct_status status = CT_OK;
    for (uint32_t table = 0; status == CT_OK && table < count; table++)
        status = fill_table(catalog, table, result, err);
    return api_list_finish(store, result, status, out, err);
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
    CT_TRY(api_list_put(result, 0, row, ct_catalog_tag_key(catalog, table, tag), err));
    CT_TRY(api_list_put(result, 1, row, ct_text_of("tag"), err));
    CT_TRY(api_list_put(result, 2, row, ct_text_of("text"), err));
    result->columns[3].boolean[row] = 0;
    result->columns[4].uint64[row] = ct_catalog_value_count(catalog, table, tag);
    return CT_OK;
}

static ct_status fill_field(struct ct_catalog *catalog, uint32_t table, uint32_t number,
                            uint64_t row, struct ct_result *result, struct ct_error *err)
{
    const struct ct_field field = ct_catalog_field(catalog, table, number);
    CT_TRY(api_list_put(result, 0, row, field.name, err));
    CT_TRY(api_list_put(result, 1, row, ct_text_of("field"), err));
    CT_TRY(api_list_put(result, 2, row, ct_text_of(ct_type_name(field.type)), err));
    result->columns[3].boolean[row] = field.is_money;
    result->columns[4].is_null[row] = 1;
    result->columns[4].uint64[row] = 0;
    return CT_OK;
}

static ct_status list_columns(centime_store *store, const char *database, const char *name,
                              centime_result **out, struct ct_error *err)
{
    static const struct api_list_column shapes[] = {
        {"name", CT_RESULT_TEXT},     {"role", CT_RESULT_TEXT},     {"type", CT_RESULT_TEXT},
        {"is_money", CT_RESULT_BOOL}, {"values", CT_RESULT_UINT64},
    };
    uint32_t table;
    CT_TRY(api_find_table(store, database, name, &table, err));
    struct ct_catalog *catalog = ct_store_catalog(store->store);
    const uint32_t tag_count = ct_catalog_tag_count(catalog, table);
    const uint32_t field_count = ct_catalog_field_count(catalog, table);
    struct ct_result *result;
    CT_TRY(api_list_create(store, shapes, CT_COUNT_OF(shapes), (uint64_t)tag_count + field_count,
                           &result, err));
    ct_status status = CT_OK;
    for (uint32_t i = 0; status == CT_OK && i < tag_count; i++)
        status = fill_tag(catalog, table, i, i, result, err);
    for (uint32_t i = 0; status == CT_OK && i < field_count; i++)
        status = fill_field(catalog, table, i, (uint64_t)tag_count + i, result, err);
    return api_list_finish(store, result, status, out, err);
}

int centime_table_columns(centime_store *store, const char *database, const char *table,
                          centime_result **out, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(list_columns(store, database, table, out, &story), &story, err);
}

/* -- Bytes ------------------------------------------------------------------------------------ */

/* What a column is called in listings: the hidden one by what it holds. */
static struct ct_text column_name(struct ct_catalog *catalog, uint32_t table, uint32_t field)
{
    if (field == CT_NONE)
        return ct_text_of("time");
    return field == CT_USAGE_COMMIT ? ct_text_of("(commit)")
                                    : ct_catalog_field(catalog, table, field).name;
}

static ct_status fill_usage(struct ct_catalog *catalog, uint32_t table,
                            const struct ct_table_usage *usage, struct ct_result *result,
                            struct ct_error *err)
{
    for (size_t row = 0; row < usage->entry_count; row++) {
        const struct ct_usage_entry *entry = &usage->entries[row];
        CT_TRY(api_list_put(result, 0, row, column_name(catalog, table, entry->field), err));
        CT_TRY(api_list_put(result, 1, row, ct_text_of(entry->codec), err));
        result->columns[2].uint64[row] = entry->blocks;
        result->columns[3].uint64[row] = entry->values;
        result->columns[4].uint64[row] = entry->bytes;
    }
    const uint64_t last = usage->entry_count;
    CT_TRY(api_list_put(result, 0, last, ct_text_of(""), err));
    CT_TRY(api_list_put(result, 1, last, ct_text_of("directories"), err));
    result->columns[2].uint64[last] = usage->segment_count;
    result->columns[3].uint64[last] = usage->segment_rows;
    result->columns[4].uint64[last] = usage->directory_bytes;
    return CT_OK;
}

static ct_status list_usage(centime_store *store, const char *database, const char *name,
                            centime_result **out, struct ct_error *err)
{
    static const struct api_list_column shapes[] = {
        {"name", CT_RESULT_TEXT},     {"codec", CT_RESULT_TEXT},   {"blocks", CT_RESULT_UINT64},
        {"values", CT_RESULT_UINT64}, {"bytes", CT_RESULT_UINT64},
    };
    uint32_t table;
    CT_TRY(api_find_table(store, database, name, &table, err));
    struct ct_table_usage usage = {0};
    CT_TRY(ct_store_usage(store->store, table, &usage, err));
    struct ct_result *result = NULL;
    ct_status status =
        api_list_create(store, shapes, CT_COUNT_OF(shapes), usage.entry_count + 1, &result, err);
    if (status == CT_OK) {
        status = fill_usage(ct_store_catalog(store->store), table, &usage, result, err);
        status = api_list_finish(store, result, status, out, err);
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
