/* The makers of single definitions: see catalog_state.h. Each first makes room in every place that
 * the definition goes to, then fills it in, which cannot fail. */
#include "catalog_state.h"
#include "name_check.h"

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for the catalog");
}

static const struct ct_allocator *memory_of(struct ct_catalog *catalog)
{
    return &catalog->counting.base;
}

static bool reserve_records(struct ct_catalog *catalog, size_t journal_bytes)
{
    return ct_journal_reserve(&catalog->journal, journal_bytes) && ct_undo_reserve(catalog);
}

ct_status ct_make_database(struct ct_catalog *catalog, struct ct_text name, struct ct_error *err)
{
    const struct ct_definition definition = {
        .kind = CT_DEFINE_DATABASE,
        .number = catalog->database_names.count,
        .text = name,
    };
    if (definition.number >= CT_DATABASES_MAX)
        return ct_fail(err, CT_LIMIT, "there are %d databases, no more are possible",
                       CT_DATABASES_MAX);
    if (!reserve_records(catalog, ct_definition_bytes_max(&definition)) ||
        !ct_grow(memory_of(catalog), &catalog->databases, &catalog->database_cap,
                 (size_t)definition.number + 1, sizeof *catalog->databases) ||
        !ct_dictionary_add(&catalog->database_names, memory_of(catalog), &catalog->texts, name))
        return no_memory(err);
    struct ct_database *database = &catalog->databases[definition.number];
    *database = (struct ct_database){0};
    ct_dictionary_init(&database->table_names, catalog->seed);
    ct_journal_append(&catalog->journal, &definition);
    ct_undo_note(catalog, CT_DEFINE_DATABASE, 0, 0);
    return CT_OK;
}

static bool reserve_table(struct ct_catalog *catalog, struct ct_database *database)
{
    return ct_grow(memory_of(catalog), &catalog->tables, &catalog->table_cap,
                   (size_t)catalog->table_count + 1, sizeof *catalog->tables) &&
           ct_grow(memory_of(catalog), &database->tables, &database->table_cap,
                   (size_t)database->table_names.count + 1, sizeof *database->tables);
}

ct_status ct_make_table(struct ct_catalog *catalog, uint32_t database, struct ct_text name,
                        struct ct_error *err)
{
    CT_ASSERT(database < catalog->database_names.count);
    struct ct_database *in = &catalog->databases[database];
    const struct ct_definition definition = {
        .kind = CT_DEFINE_TABLE,
        .database = database,
        .number = catalog->table_count,
        .text = name,
    };
    if (definition.number >= CT_TABLES_MAX)
        return ct_fail(err, CT_LIMIT, "there are %d tables, no more are possible: \"%.*s\"",
                       CT_TABLES_MAX, CT_SHOWN(name));
    if (!reserve_records(catalog, ct_definition_bytes_max(&definition)) ||
        !reserve_table(catalog, in) ||
        !ct_dictionary_add(&in->table_names, memory_of(catalog), &catalog->texts, name))
        return no_memory(err);
    const uint32_t number_in_database = in->table_names.count - 1;
    in->tables[number_in_database] = definition.number;
    struct ct_table *table = &catalog->tables[catalog->table_count++];
    *table = (struct ct_table){
        .database = database,
        .number_in_database = number_in_database,
        .options = ct_default_options(name),
    };
    ct_dictionary_init(&table->fields, catalog->seed);
    ct_series_table_init(&table->series, catalog->seed);
    ct_journal_append(&catalog->journal, &definition);
    ct_undo_note(catalog, CT_DEFINE_TABLE, database, 0);
    return CT_OK;
}

ct_status ct_change_options(struct ct_catalog *catalog, uint32_t table,
                            const struct ct_table_options *options, struct ct_error *err)
{
    const struct ct_definition definition = {
        .kind = CT_DEFINE_OPTIONS, .table = table, .options = options};
    if (!ct_journal_reserve(&catalog->journal, ct_definition_bytes_max(&definition)))
        return no_memory(err);
    ct_table_of(catalog, table)->options = *options;
    ct_journal_append(&catalog->journal, &definition);
    return CT_OK;
}

ct_status ct_make_field(struct ct_catalog *catalog, uint32_t table, struct ct_text name,
                        enum ct_type type, bool is_money, struct ct_error *err)
{
    struct ct_table *in = ct_table_of(catalog, table);
    const struct ct_definition definition = {
        .kind = CT_DEFINE_FIELD,
        .table = table,
        .number = in->fields.count,
        .text = name,
        .type = type,
        .is_money = is_money,
    };
    if (definition.number >= CT_TABLE_FIELDS_MAX)
        return ct_fail(err, CT_LIMIT, "table \"%.*s\" has %d fields, no more are possible",
                       CT_SHOWN(ct_table_name_of(catalog, table)), CT_TABLE_FIELDS_MAX);
    if (!reserve_records(catalog, ct_definition_bytes_max(&definition)) ||
        !ct_grow(memory_of(catalog), &in->field_kinds, &in->field_kind_cap,
                 (size_t)definition.number + 1, sizeof *in->field_kinds) ||
        !ct_dictionary_add(&in->fields, memory_of(catalog), &catalog->texts, name))
        return no_memory(err);
    in->field_kinds[definition.number] =
        (struct ct_field_kind){.type = (uint8_t)type, .is_money = is_money};
    ct_journal_append(&catalog->journal, &definition);
    ct_undo_note(catalog, CT_DEFINE_FIELD, table, 0);
    return CT_OK;
}

ct_status ct_make_tag(struct ct_catalog *catalog, uint32_t table, struct ct_text key,
                      struct ct_error *err)
{
    struct ct_series_table *series = &ct_table_of(catalog, table)->series;
    const struct ct_definition definition = {
        .kind = CT_DEFINE_TAG, .table = table, .number = series->keys.count, .text = key};
    if (definition.number >= CT_TABLE_TAG_KEYS_MAX)
        return ct_fail(err, CT_LIMIT, "table \"%.*s\" has %d tag keys, no more are possible",
                       CT_SHOWN(ct_table_name_of(catalog, table)), CT_TABLE_TAG_KEYS_MAX);
    if (!reserve_records(catalog, ct_definition_bytes_max(&definition)) ||
        !ct_series_table_add_tag(series, memory_of(catalog), &catalog->texts, key))
        return no_memory(err);
    ct_journal_append(&catalog->journal, &definition);
    ct_undo_note(catalog, CT_DEFINE_TAG, table, 0);
    return CT_OK;
}

ct_status ct_make_value(struct ct_catalog *catalog, uint32_t table, uint32_t tag,
                        struct ct_text value, struct ct_error *err)
{
    struct ct_dictionary *values = &ct_tag_column_of(catalog, table, tag)->values;
    const struct ct_definition definition = {
        .kind = CT_DEFINE_VALUE,
        .table = table,
        .tag = tag,
        .number = values->count + 1,
        .text = value,
    };
    if (values->count >= CT_SERIES_MAX)
        return ct_fail(err, CT_LIMIT, "tag \"%.*s\" has %u values, no more are possible",
                       CT_SHOWN(ct_dictionary_text(&ct_table_of(catalog, table)->series.keys, tag)),
                       CT_SERIES_MAX);
    if (!reserve_records(catalog, ct_definition_bytes_max(&definition)) ||
        !ct_dictionary_add(values, memory_of(catalog), &catalog->texts, value))
        return no_memory(err);
    ct_journal_append(&catalog->journal, &definition);
    ct_undo_note(catalog, CT_DEFINE_VALUE, table, tag);
    return CT_OK;
}

ct_status ct_make_series(struct ct_catalog *catalog, uint32_t table, const struct ct_tag_code *tags,
                         uint32_t tag_count, struct ct_error *err)
{
    struct ct_series_table *series = &ct_table_of(catalog, table)->series;
    const struct ct_definition definition = {
        .kind = CT_DEFINE_SERIES,
        .table = table,
        .number = series->count,
        .tags = tags,
        .tag_count = tag_count,
    };
    if (series->count >= CT_SERIES_MAX)
        return ct_fail(err, CT_LIMIT, "table \"%.*s\" has %u series, no more are possible",
                       CT_SHOWN(ct_table_name_of(catalog, table)), CT_SERIES_MAX);
    if (!reserve_records(catalog, ct_definition_bytes_max(&definition)) ||
        !ct_series_table_add(series, memory_of(catalog), tags, tag_count))
        return no_memory(err);
    ct_journal_append(&catalog->journal, &definition);
    ct_undo_note(catalog, CT_DEFINE_SERIES, table, 0);
    return CT_OK;
}
