/* An intake's life, and its tables. */
#include "intake_detail.h"
#include "name_check.h"

struct ct_text ct_intake_name_copy(const struct ct_intake *intake, struct ct_text name)
{
    char *copy = ct_alloc(intake->allocator, name.len);
    if (copy)
        memcpy(copy, name.bytes, name.len);
    return (struct ct_text){.bytes = copy, .len = copy ? name.len : 0};
}

void ct_intake_name_release(const struct ct_intake *intake, struct ct_text name)
{
    void *owned;
    memcpy(&owned, &name.bytes, sizeof owned);
    ct_release(intake->allocator, owned);
}

static bool init(struct ct_intake *intake, struct ct_text database)
{
    intake->detail = ct_alloc_zeroed(intake->allocator, 1, sizeof *intake->detail);
    if (!intake->detail)
        return false;
    ct_arena_init(&intake->detail->batch, intake->allocator, 0);
    intake->database_name = ct_intake_name_copy(intake, database);
    return intake->database_name.bytes && ct_intake_aliases_init(intake);
}

static void find_database(struct ct_intake *intake)
{
    const uint32_t database = ct_catalog_find_database(intake->catalog, intake->database_name);
    intake->database = database == CT_NONE ? CT_PROVISIONAL : database;
}

ct_status ct_intake_create(struct ct_catalog *catalog, const struct ct_allocator *allocator,
                           struct ct_text database, struct ct_intake **out, struct ct_error *err)
{
    CT_TRY(ct_name_check(database, "database name", err));
    struct ct_intake *intake = ct_alloc_zeroed(allocator, 1, sizeof *intake);
    if (!intake)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an intake");
    intake->catalog = catalog;
    intake->allocator = allocator;
    /* As the catalog's seed. */
    intake->hash_seed = (uint64_t)(uintptr_t)intake * 0x9e3779b97f4a7c15u;
    if (!init(intake, database)) {
        ct_intake_destroy(intake);
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an intake");
    }
    find_database(intake);
    *out = intake;
    return CT_OK;
}

/* Everything of one table but its place. */
static void deinit_table(struct ct_intake *intake, uint32_t table)
{
    struct ct_batch_table *batch = &intake->tables[table];
    struct ct_intake_table_detail *detail = &intake->detail->tables[table];
    ct_intake_release_columns(intake, table);
    ct_release(intake->allocator, batch->series);
    ct_release(intake->allocator, batch->times_ns);
    ct_intake_name_release(intake, batch->name);
    ct_number_index_deinit(&detail->series_index, intake->allocator);
    ct_release(intake->allocator, detail->series);
    ct_dictionary_deinit(&detail->new_tag_keys, intake->allocator);
    *batch = (struct ct_batch_table){0};
    *detail = (struct ct_intake_table_detail){0};
}

void ct_intake_destroy(struct ct_intake *intake)
{
    if (!intake)
        return;
    const struct ct_allocator *allocator = intake->allocator;
    struct ct_intake_detail *detail = intake->detail;
    for (uint32_t table = 0; table < intake->table_count; table++)
        deinit_table(intake, table);
    ct_release(allocator, intake->tables);
    ct_intake_name_release(intake, intake->database_name);
    ct_intake_aliases_deinit(intake);
    if (detail) {
        ct_number_index_deinit(&detail->table_index, allocator);
        ct_release(allocator, detail->tables);
        ct_arena_deinit(&detail->batch);
    }
    ct_release(allocator, detail);
    ct_release(allocator, intake);
}

/* -- Tables ------------------------------------------------------------------------------------ */

static uint32_t find_table(const struct ct_intake *intake, struct ct_text name)
{
    struct ct_number_probe probe = ct_number_index_probe(ct_intake_name_hash(intake, name));
    for (;;) {
        const uint32_t table = ct_number_index_next(&intake->detail->table_index, &probe);
        if (table == CT_NONE || ct_text_equal(intake->tables[table].name, name))
            return table;
    }
}

/* A place for one more table, or CT_NONE where memory is out. */
static uint32_t free_table(struct ct_intake *intake)
{
    struct ct_intake_detail *detail = intake->detail;
    if (detail->free_tables.count > 0) {
        while (intake->tables[detail->free_tables.next].name.bytes)
            detail->free_tables.next++;
        return detail->free_tables.next;
    }
    const size_t need = (size_t)intake->table_count + 1;
    size_t cap = intake->table_cap;
    size_t detail_cap = intake->table_cap;
    if (!ct_grow(intake->allocator, &intake->tables, &cap, need, sizeof *intake->tables) ||
        !ct_grow(intake->allocator, &detail->tables, &detail_cap, need, sizeof *detail->tables))
        return CT_NONE;
    intake->table_cap = (uint32_t)cap;
    intake->tables[intake->table_count] = (struct ct_batch_table){0};
    detail->tables[intake->table_count] = (struct ct_intake_table_detail){0};
    return intake->table_count;
}

static uint32_t known_table(struct ct_intake *intake, struct ct_text name)
{
    if (intake->database & CT_PROVISIONAL)
        find_database(intake);
    if (intake->database & CT_PROVISIONAL)
        return CT_PROVISIONAL;
    const uint32_t table = ct_catalog_find_table(intake->catalog, intake->database, name);
    return table == CT_NONE ? CT_PROVISIONAL : table;
}

static ct_status add_table(struct ct_intake *intake, struct ct_text name, uint32_t *out,
                           struct ct_error *err)
{
    struct ct_intake_detail *detail = intake->detail;
    CT_TRY(ct_name_check(name, "table name", err));
    if (intake->table_count - detail->free_tables.count >= CT_TABLES_MAX)
        return ct_fail(err, CT_LIMIT, "%d tables in use, no more are possible: \"%.*s\"",
                       CT_TABLES_MAX, CT_SHOWN(name));
    if (!ct_number_index_reserve(&detail->table_index, intake->allocator))
        return ct_intake_no_memory(err);
    const uint32_t table = free_table(intake);
    const struct ct_text copy =
        table == CT_NONE ? (struct ct_text){0} : ct_intake_name_copy(intake, name);
    if (!copy.bytes)
        return ct_intake_no_memory(err);
    if (table == intake->table_count)
        intake->table_count++;
    else
        detail->free_tables.count--;
    intake->tables[table].name = copy;
    intake->tables[table].table = known_table(intake, copy);
    ct_dictionary_init(&detail->tables[table].new_tag_keys, intake->hash_seed);
    ct_number_index_add(&detail->table_index, ct_intake_name_hash(intake, copy), table);
    *out = table;
    return CT_OK;
}

ct_status ct_intake_table(struct ct_intake *intake, struct ct_text name, uint32_t *out,
                          struct ct_error *err)
{
    const uint32_t table = find_table(intake, name);
    if (table == CT_NONE)
        return add_table(intake, name, out, err);
    *out = table;
    return CT_OK;
}

/* -- Reset ------------------------------------------------------------------------------------- */

static void forget_table(struct ct_intake *intake, uint32_t table)
{
    struct ct_intake_detail *detail = intake->detail;
    ct_number_index_remove(&detail->table_index,
                           ct_intake_name_hash(intake, intake->tables[table].name), table);
    deinit_table(intake, table);
    detail->free_tables.count++;
}

static void reset_table(struct ct_intake *intake, uint32_t table)
{
    struct ct_batch_table *batch = &intake->tables[table];
    struct ct_intake_table_detail *detail = &intake->detail->tables[table];
    if (batch->row_count > 0 || detail->provisional_columns > 0)
        ct_intake_reset_columns(intake, table);
    batch->row_count = 0;
    if (batch->provisional_series > 0) {
        ct_number_index_reset(&detail->series_index);
        batch->provisional_series = 0;
    }
    if (detail->new_tag_keys.count > 0) { /* its texts go with the batch */
        ct_dictionary_deinit(&detail->new_tag_keys, intake->allocator);
        ct_dictionary_init(&detail->new_tag_keys, intake->hash_seed);
    }
}

void ct_intake_reset(struct ct_intake *intake)
{
    ct_intake_aliases_settle(intake);
    for (uint32_t table = 0; table < intake->table_count; table++) {
        const struct ct_batch_table *batch = &intake->tables[table];
        if (batch->name.bytes && (batch->table & CT_PROVISIONAL))
            forget_table(intake, table);
        else if (batch->name.bytes)
            reset_table(intake, table);
    }
    intake->detail->free_tables.next = 0;
    intake->row_count = 0;
    intake->is_fresh = false;
    ct_arena_reset(&intake->detail->batch);
}
