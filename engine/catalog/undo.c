/* Taking back the newest definitions, newest first: what makes several of them all or nothing. */
#include "catalog_state.h"

void ct_undo_begin(struct ct_catalog *catalog)
{
    CT_ASSERT(!catalog->undo.is_on && catalog->undo.count == 0);
    catalog->undo.is_on = true;
    catalog->undo.journal_end = catalog->journal.end;
}

/* A rare large batch does not hold its notes for ever. */
#define KEPT_ENTRIES_MAX 4096

void ct_undo_end(struct ct_catalog *catalog)
{
    struct ct_undo *undo = &catalog->undo;
    undo->is_on = false;
    undo->count = 0;
    if (undo->cap > KEPT_ENTRIES_MAX) {
        ct_release(&catalog->counting.base, undo->entries);
        undo->entries = NULL;
        undo->cap = 0;
    }
}

bool ct_undo_reserve(struct ct_catalog *catalog)
{
    struct ct_undo *undo = &catalog->undo;
    return !undo->is_on || ct_grow(&catalog->counting.base, &undo->entries, &undo->cap,
                                   undo->count + 1, sizeof *undo->entries);
}

void ct_undo_note(struct ct_catalog *catalog, enum ct_definition_kind kind, uint32_t table,
                  uint32_t tag)
{
    struct ct_undo *undo = &catalog->undo;
    if (undo->is_on)
        undo->entries[undo->count++] =
            (struct ct_undo_entry){.kind = kind, .table = table, .tag = tag};
}

void ct_database_deinit(struct ct_database *database, const struct ct_allocator *allocator)
{
    ct_dictionary_deinit(&database->table_names, allocator);
    ct_release(allocator, database->tables);
}

void ct_table_deinit(struct ct_table *table, const struct ct_allocator *allocator)
{
    ct_dictionary_deinit(&table->fields, allocator);
    ct_release(allocator, table->field_kinds);
    ct_series_table_deinit(&table->series, allocator);
}

static void undo_one(struct ct_catalog *catalog, const struct ct_undo_entry *entry)
{
    const struct ct_allocator *allocator = &catalog->counting.base;
    switch (entry->kind) {
    case CT_DEFINE_DATABASE:
        ct_dictionary_drop_last(&catalog->database_names);
        ct_database_deinit(&catalog->databases[catalog->database_names.count], allocator);
        return;
    case CT_DEFINE_TABLE:
        ct_dictionary_drop_last(&catalog->databases[entry->table].table_names);
        ct_table_deinit(&catalog->tables[--catalog->table_count], allocator);
        return;
    case CT_DEFINE_FIELD:
        ct_dictionary_drop_last(&catalog->tables[entry->table].fields);
        return;
    case CT_DEFINE_TAG:
        ct_series_table_drop_tag(&catalog->tables[entry->table].series, allocator);
        return;
    case CT_DEFINE_VALUE:
        ct_dictionary_drop_last(&ct_tag_column_of(catalog, entry->table, entry->tag)->values);
        return;
    case CT_DEFINE_SERIES:
        ct_series_table_drop_last(&catalog->tables[entry->table].series);
        return;
    case CT_DEFINE_OPTIONS:
    case CT_DEFINE_RECORD:
        break;
    }
    CT_ASSERT(false); /* never noted */
}

void ct_undo_all(struct ct_catalog *catalog)
{
    struct ct_undo *undo = &catalog->undo;
    CT_ASSERT(undo->is_on);
    while (undo->count > 0)
        undo_one(catalog, &undo->entries[--undo->count]);
    ct_journal_cut(&catalog->journal, undo->journal_end);
    ct_undo_end(catalog);
}

ct_status ct_undo_settle(struct ct_catalog *catalog, ct_status status)
{
    if (status == CT_OK)
        ct_undo_end(catalog);
    else
        ct_undo_all(catalog);
    return status;
}
