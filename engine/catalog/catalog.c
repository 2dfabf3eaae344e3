/* A catalog's making and end, and all that only looks. */
#include "catalog_state.h"

struct ct_catalog *ct_catalog_create(const struct ct_allocator *allocator, uint32_t series_max)
{
    struct ct_catalog *catalog = ct_alloc_zeroed(allocator, 1, sizeof *catalog);
    if (!catalog)
        return NULL;
    catalog->allocator = allocator;
    ct_allocator_counting_init(&catalog->counting, allocator, 0);
    ct_rwlock_init(&catalog->lock);
    catalog->series_max = series_max < CT_SERIES_MAX ? series_max : CT_SERIES_MAX;
    /* Where it lies differs from run to run, so nobody can prepare names that collide. Nothing that
     * is stored or handed out depends on it. */
    catalog->seed = (uint64_t)(uintptr_t)catalog * 0x9e3779b97f4a7c15u;
    ct_arena_init(&catalog->texts, &catalog->counting.base, 0);
    ct_dictionary_init(&catalog->database_names, catalog->seed);
    ct_registry_init(&catalog->registry);
    catalog->journal.allocator = &catalog->counting.base;
    return catalog;
}

void ct_catalog_destroy(struct ct_catalog *catalog)
{
    if (!catalog)
        return;
    const struct ct_allocator *counted = &catalog->counting.base;
    for (uint32_t table = 0; table < catalog->table_count; table++)
        ct_table_deinit(&catalog->tables[table], counted);
    ct_release(counted, catalog->tables);
    for (uint32_t database = 0; database < catalog->database_names.count; database++)
        ct_database_deinit(&catalog->databases[database], counted);
    ct_release(counted, catalog->databases);
    ct_dictionary_deinit(&catalog->database_names, counted);
    ct_registry_deinit(&catalog->registry, counted);
    ct_journal_deinit(&catalog->journal);
    ct_release(counted, catalog->undo.entries);
    ct_arena_deinit(&catalog->texts);
    ct_rwlock_deinit(&catalog->lock);
    ct_release(catalog->allocator, catalog);
}

size_t ct_catalog_memory_bytes(struct ct_catalog *catalog)
{
    return sizeof *catalog +
           atomic_load_explicit(&catalog->counting.live_bytes, memory_order_relaxed);
}

/* -- Under the lock ---------------------------------------------------------------------------- */

uint32_t ct_locate_table(const struct ct_catalog *catalog, uint32_t database, struct ct_text name)
{
    CT_ASSERT(database < catalog->database_names.count);
    const struct ct_database *in = &catalog->databases[database];
    const uint32_t number = ct_dictionary_find(&in->table_names, name);
    return number == CT_NONE ? CT_NONE : in->tables[number];
}

struct ct_text ct_table_name_of(struct ct_catalog *catalog, uint32_t table)
{
    const struct ct_table *of = ct_table_of(catalog, table);
    return ct_dictionary_text(&catalog->databases[of->database].table_names,
                              of->number_in_database);
}

uint32_t ct_locate_series(struct ct_catalog *catalog, uint32_t table, const struct ct_tag *tags,
                          uint32_t tag_count)
{
    const struct ct_series_table *series = &ct_table_of(catalog, table)->series;
    struct ct_tag_code codes[CT_TAGS_MAX];
    if (tag_count > CT_TAGS_MAX)
        return CT_NONE;
    for (uint32_t i = 0; i < tag_count; i++) {
        const uint32_t tag = ct_dictionary_find(&series->keys, tags[i].key);
        if (tag == CT_NONE)
            return CT_NONE;
        const uint32_t value = ct_dictionary_find(&series->columns[tag].values, tags[i].value);
        if (value == CT_NONE)
            return CT_NONE;
        ct_tag_code_insert(codes, i, (struct ct_tag_code){.tag = tag, .code = value + 1});
    }
    return ct_series_table_find(series, codes, tag_count);
}

/* -- Databases and tables ---------------------------------------------------------------------- */

uint32_t ct_catalog_database_count(struct ct_catalog *catalog)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t count = catalog->database_names.count;
    ct_rwlock_unlock(&catalog->lock);
    return count;
}

uint32_t ct_catalog_find_database(struct ct_catalog *catalog, struct ct_text name)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t database = ct_dictionary_find(&catalog->database_names, name);
    ct_rwlock_unlock(&catalog->lock);
    return database;
}

struct ct_text ct_catalog_database_name(struct ct_catalog *catalog, uint32_t database)
{
    ct_rwlock_lock_read(&catalog->lock);
    const struct ct_text name = ct_dictionary_text(&catalog->database_names, database);
    ct_rwlock_unlock(&catalog->lock);
    return name;
}

uint32_t ct_catalog_table_count(struct ct_catalog *catalog)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t count = catalog->table_count;
    ct_rwlock_unlock(&catalog->lock);
    return count;
}

uint32_t ct_catalog_find_table(struct ct_catalog *catalog, uint32_t database, struct ct_text name)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t table = ct_locate_table(catalog, database, name);
    ct_rwlock_unlock(&catalog->lock);
    return table;
}

struct ct_text ct_catalog_table_name(struct ct_catalog *catalog, uint32_t table)
{
    ct_rwlock_lock_read(&catalog->lock);
    const struct ct_text name = ct_table_name_of(catalog, table);
    ct_rwlock_unlock(&catalog->lock);
    return name;
}

uint32_t ct_catalog_table_database(struct ct_catalog *catalog, uint32_t table)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t database = ct_table_of(catalog, table)->database;
    ct_rwlock_unlock(&catalog->lock);
    return database;
}

struct ct_table_options ct_catalog_table_options(struct ct_catalog *catalog, uint32_t table)
{
    ct_rwlock_lock_read(&catalog->lock);
    const struct ct_table_options options = ct_table_of(catalog, table)->options;
    ct_rwlock_unlock(&catalog->lock);
    return options;
}

/* -- Fields ------------------------------------------------------------------------------------ */

uint32_t ct_catalog_field_count(struct ct_catalog *catalog, uint32_t table)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t count = ct_table_of(catalog, table)->fields.count;
    ct_rwlock_unlock(&catalog->lock);
    return count;
}

uint32_t ct_catalog_find_field(struct ct_catalog *catalog, uint32_t table, struct ct_text name)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t field = ct_dictionary_find(&ct_table_of(catalog, table)->fields, name);
    ct_rwlock_unlock(&catalog->lock);
    return field;
}

struct ct_field ct_catalog_field(struct ct_catalog *catalog, uint32_t table, uint32_t field)
{
    ct_rwlock_lock_read(&catalog->lock);
    const struct ct_table *of = ct_table_of(catalog, table);
    const struct ct_text name = ct_dictionary_text(&of->fields, field);
    const struct ct_field_kind kind = of->field_kinds[field];
    ct_rwlock_unlock(&catalog->lock);
    return (struct ct_field){
        .name = name, .type = (enum ct_type)kind.type, .is_money = kind.is_money};
}

/* -- Tags -------------------------------------------------------------------------------------- */

uint32_t ct_catalog_tag_count(struct ct_catalog *catalog, uint32_t table)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t count = ct_table_of(catalog, table)->series.keys.count;
    ct_rwlock_unlock(&catalog->lock);
    return count;
}

uint32_t ct_catalog_find_tag(struct ct_catalog *catalog, uint32_t table, struct ct_text key)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t tag = ct_dictionary_find(&ct_table_of(catalog, table)->series.keys, key);
    ct_rwlock_unlock(&catalog->lock);
    return tag;
}

struct ct_text ct_catalog_tag_key(struct ct_catalog *catalog, uint32_t table, uint32_t tag)
{
    ct_rwlock_lock_read(&catalog->lock);
    const struct ct_text key = ct_dictionary_text(&ct_table_of(catalog, table)->series.keys, tag);
    ct_rwlock_unlock(&catalog->lock);
    return key;
}

uint32_t ct_catalog_value_count(struct ct_catalog *catalog, uint32_t table, uint32_t tag)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t count = ct_tag_column_of(catalog, table, tag)->values.count;
    ct_rwlock_unlock(&catalog->lock);
    return count;
}

uint32_t ct_catalog_find_value(struct ct_catalog *catalog, uint32_t table, uint32_t tag,
                               struct ct_text value)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t number =
        ct_dictionary_find(&ct_tag_column_of(catalog, table, tag)->values, value);
    ct_rwlock_unlock(&catalog->lock);
    return number == CT_NONE ? 0 : number + 1;
}

struct ct_text ct_catalog_value(struct ct_catalog *catalog, uint32_t table, uint32_t tag,
                                uint32_t code)
{
    if (code == 0)
        return (struct ct_text){.bytes = "", .len = 0};
    ct_rwlock_lock_read(&catalog->lock);
    const struct ct_text value =
        ct_dictionary_text(&ct_tag_column_of(catalog, table, tag)->values, code - 1);
    ct_rwlock_unlock(&catalog->lock);
    return value;
}

/* -- Series ------------------------------------------------------------------------------------ */

uint32_t ct_catalog_series_count(struct ct_catalog *catalog, uint32_t table)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t count = ct_table_of(catalog, table)->series.count;
    ct_rwlock_unlock(&catalog->lock);
    return count;
}

uint32_t ct_catalog_find_series(struct ct_catalog *catalog, uint32_t table,
                                const struct ct_tag *tags, uint32_t tag_count)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t series = ct_locate_series(catalog, table, tags, tag_count);
    ct_rwlock_unlock(&catalog->lock);
    return series;
}

void ct_catalog_series_codes(struct ct_catalog *catalog, uint32_t table, uint32_t tag,
                             const uint32_t *series, uint32_t count, uint32_t *out)
{
    ct_rwlock_lock_read(&catalog->lock);
    const struct ct_tag_column *column = ct_tag_column_of(catalog, table, tag);
    for (uint32_t i = 0; i < count; i++)
        out[i] = ct_tag_column_code(column, series[i]);
    ct_rwlock_unlock(&catalog->lock);
}

/* -- Journal ----------------------------------------------------------------------------------- */

uint64_t ct_catalog_journal_end(struct ct_catalog *catalog)
{
    ct_rwlock_lock_read(&catalog->lock);
    const uint64_t end = catalog->journal.end;
    ct_rwlock_unlock(&catalog->lock);
    return end;
}

ct_status ct_catalog_journal_copy(struct ct_catalog *catalog, uint64_t from, uint64_t to,
                                  uint8_t **out, size_t *len, struct ct_error *err)
{
    CT_ASSERT(from <= to);
    const size_t bytes = (size_t)(to - from);
    uint8_t *copy = ct_alloc(catalog->allocator, bytes ? bytes : 1);
    if (!copy)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for %zu bytes of definitions", bytes);
    ct_rwlock_lock_read(&catalog->lock);
    ct_journal_copy(&catalog->journal, from, to, copy);
    ct_rwlock_unlock(&catalog->lock);
    *out = copy;
    *len = bytes;
    return CT_OK;
}

void ct_catalog_journal_trim(struct ct_catalog *catalog, uint64_t to)
{
    ct_rwlock_lock_write(&catalog->lock);
    ct_journal_trim(&catalog->journal, to);
    ct_rwlock_unlock(&catalog->lock);
}
