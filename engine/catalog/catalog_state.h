/* What a catalog consists of, and the makers of single definitions. Private to the catalog layer.
 *
 * Invariants, whenever the lock is free: every definition that exists is in the journal, or was
 * before the journal was trimmed; every number is below its parent's count; the undo list is empty.
 *
 * All functions here want the catalog's lock held by their caller: the makers and the undo for
 * writing, the rest for reading. */
#ifndef CT_CATALOG_STATE_H
#define CT_CATALOG_STATE_H

#include "journal.h"
#include "registry_state.h"
#include "series_table.h"
#include "sync.h"

struct ct_field_kind {
    uint8_t type;
    bool is_money;
};

struct ct_table {
    uint32_t database;
    uint32_t number_in_database;
    struct ct_table_options options;
    struct ct_dictionary fields;
    struct ct_field_kind *field_kinds;
    size_t field_kind_cap;
    struct ct_series_table series;
};

struct ct_database {
    struct ct_dictionary table_names;
    uint32_t *tables; /* [table_names.count] */
    size_t table_cap;
};

/* One definition that is not final yet. */
struct ct_undo_entry {
    enum ct_definition_kind kind;
    uint32_t table; /* of a table: its database */
    uint32_t tag;
};

/* While is_on, the makers note what they make. */
struct ct_undo {
    struct ct_undo_entry *entries;
    size_t count, cap;
    uint64_t journal_end;
    bool is_on;
};

struct ct_catalog {
    const struct ct_allocator *allocator;  /* of the catalog itself and of buffers handed out */
    struct ct_allocator_counting counting; /* of all else */
    struct ct_rwlock lock;
    uint32_t series_max;
    uint64_t seed;
    struct ct_arena texts; /* of all dictionaries */
    struct ct_dictionary database_names;
    struct ct_database *databases;
    size_t database_cap;
    struct ct_table *tables;
    uint32_t table_count;
    size_t table_cap;
    struct ct_registry registry;
    struct ct_journal journal;
    struct ct_undo undo;
};

/* -- Finding ----------------------------------------------------------------------------------- */

static inline struct ct_table *ct_table_of(struct ct_catalog *catalog, uint32_t table)
{
    CT_ASSERT(table < catalog->table_count);
    return &catalog->tables[table];
}

static inline struct ct_tag_column *ct_tag_column_of(struct ct_catalog *catalog, uint32_t table,
                                                     uint32_t tag)
{
    struct ct_series_table *series = &ct_table_of(catalog, table)->series;
    CT_ASSERT(tag < series->keys.count);
    return &series->columns[tag];
}

/* CT_NONE where there is none. */
uint32_t ct_locate_table(const struct ct_catalog *catalog, uint32_t database, struct ct_text name);
uint32_t ct_locate_series(struct ct_catalog *catalog, uint32_t table, const struct ct_tag *tags,
                          uint32_t tag_count);
struct ct_text ct_table_name_of(struct ct_catalog *catalog, uint32_t table);

/* As a new table is, before anyone said otherwise. */
struct ct_table_options ct_default_options(struct ct_text table_name);

/* -- Makers: what they make must not be there yet, and its name must be valid. Each makes one
 * definition with the next number, or fails (CT_LIMIT, CT_NO_MEMORY) and changes nothing.
 * ------------------------------------- */

ct_status ct_make_database(struct ct_catalog *catalog, struct ct_text name,
                           struct ct_error *err) CT_MUST_USE;
/* With ct_default_options, which are not journalled. */
ct_status ct_make_table(struct ct_catalog *catalog, uint32_t database, struct ct_text name,
                        struct ct_error *err) CT_MUST_USE;
ct_status ct_make_field(struct ct_catalog *catalog, uint32_t table, struct ct_text name,
                        enum ct_type type, bool is_money, struct ct_error *err) CT_MUST_USE;
ct_status ct_make_tag(struct ct_catalog *catalog, uint32_t table, struct ct_text key,
                      struct ct_error *err) CT_MUST_USE;
ct_status ct_make_value(struct ct_catalog *catalog, uint32_t table, uint32_t tag,
                        struct ct_text value, struct ct_error *err) CT_MUST_USE;
ct_status ct_make_series(struct ct_catalog *catalog, uint32_t table, const struct ct_tag_code *tags,
                         uint32_t tag_count, struct ct_error *err) CT_MUST_USE;
/* Not undone by ct_undo_all, unless the table is. */
ct_status ct_change_options(struct ct_catalog *catalog, uint32_t table,
                            const struct ct_table_options *options,
                            struct ct_error *err) CT_MUST_USE;

/* A record of the registry put or removed, within the limits, of a database that is there. What
 * changes nothing is not journalled. Not undone by ct_undo_all: never called between begin and end.
 */
ct_status ct_change_record(struct ct_catalog *catalog, const struct ct_definition *definition,
                           struct ct_error *err) CT_MUST_USE;

void ct_database_deinit(struct ct_database *database, const struct ct_allocator *allocator);
void ct_table_deinit(struct ct_table *table, const struct ct_allocator *allocator);

/* -- Undo -------------------------------------------------------------------------------------- */

void ct_undo_begin(struct ct_catalog *catalog);
/* What was made since begin stays. */
void ct_undo_end(struct ct_catalog *catalog);
/* What was made since begin is gone; begin again for more. */
void ct_undo_all(struct ct_catalog *catalog);
/* The end that fits: all of `status` or nothing. Returns status. */
ct_status ct_undo_settle(struct ct_catalog *catalog, ct_status status);
/* Room for one note; false where memory is out. */
bool ct_undo_reserve(struct ct_catalog *catalog);
void ct_undo_note(struct ct_catalog *catalog, enum ct_definition_kind kind, uint32_t table,
                  uint32_t tag);

/* -- What ct_catalog_define_* and the intake share: find or make, inside an undo. ----------------
 */

ct_status ct_need_database(struct ct_catalog *catalog, struct ct_text name, uint32_t *out,
                           struct ct_error *err) CT_MUST_USE;
ct_status ct_need_table(struct ct_catalog *catalog, uint32_t database, struct ct_text name,
                        const struct ct_table_options *options, uint32_t *out,
                        struct ct_error *err) CT_MUST_USE;
ct_status ct_need_field(struct ct_catalog *catalog, uint32_t table, struct ct_text name,
                        enum ct_type type, bool is_money, uint32_t *out,
                        struct ct_error *err) CT_MUST_USE;
ct_status ct_need_series(struct ct_catalog *catalog, uint32_t table, const struct ct_tag *tags,
                         uint32_t tag_count, uint32_t *out, struct ct_error *err) CT_MUST_USE;

#endif
