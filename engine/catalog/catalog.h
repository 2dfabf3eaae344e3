/* What exists: databases, tables, their fields and tag keys, tag values, series. Layer catalog; may
 * be included by store and tests (query sees it through store).
 *
 * Everything is numbered densely from 0 inside its parent, in the order of definition, and never
 * renumbered or removed while the store is open: a number read once stays right. Tag values are
 * numbered from 1 in each tag key of a table (0: the series has no such tag). A series is a table
 * and one set of (tag key, value); its columns of value codes are what filters and groups work on.
 *
 * Every definition is also appended, encoded, to the catalog's journal. The store writes the
 * journal to the log before the first rows that may use it, and to the catalog file before the log
 * is dropped. Applying the same definition twice is harmless, so the two may overlap. Bytes of
 * definitions: ../FORMAT.md section 6.
 *
 * Threads: every call takes the catalog's lock itself (readers share it), save where it says
 * otherwise. Texts handed out live as long as the catalog. */
#ifndef CT_CATALOG_H
#define CT_CATALOG_H

#include "alloc.h"
#include "status.h"
#include "value.h"

#define CT_NONE UINT32_MAX

#define CT_NAME_BYTES_MAX     65535 /* database, table, tag key, field; tag value */
#define CT_TAGS_MAX           128   /* of one series */
#define CT_TABLE_TAG_KEYS_MAX 1024
#define CT_TABLE_FIELDS_MAX   4096
#define CT_DATABASES_MAX      100000
#define CT_TABLES_MAX         100000              /* of all databases */
#define CT_SERIES_MAX         ((uint32_t)1 << 30) /* of one table; options may set less */

enum ct_table_kind { CT_TABLE_METRICS = 0, CT_TABLE_LEDGER = 1 };

/* How long a stretch of time a segment covers at most. Decided at the first seal from the density
 * of the table's rows, or declared. */
enum ct_partition { CT_PARTITION_UNDECIDED = 0, CT_PARTITION_DAY = 1, CT_PARTITION_MONTH = 2 };

struct ct_tag {
    struct ct_text key;
    struct ct_text value;
};

struct ct_table_options {
    enum ct_table_kind kind;
    enum ct_partition partition;
    int64_t retention_ns; /* 0: for ever */
    char currency[4];     /* ISO 4217, default of rows without a currency tag; "USD" */
};

struct ct_field {
    struct ct_text name;
    enum ct_type type;
    bool is_money;
};

struct ct_catalog;

/* series_max: per table. */
struct ct_catalog *ct_catalog_create(const struct ct_allocator *allocator, uint32_t series_max);
void ct_catalog_destroy(struct ct_catalog *catalog);

/* -- Finding. CT_NONE where there is none. --------------------------------------------------- */
uint32_t ct_catalog_database_count(struct ct_catalog *catalog);
uint32_t ct_catalog_find_database(struct ct_catalog *catalog, struct ct_text name);
struct ct_text ct_catalog_database_name(struct ct_catalog *catalog, uint32_t database);

/* Tables are numbered through all databases. */
uint32_t ct_catalog_table_count(struct ct_catalog *catalog);
uint32_t ct_catalog_find_table(struct ct_catalog *catalog, uint32_t database, struct ct_text name);
struct ct_text ct_catalog_table_name(struct ct_catalog *catalog, uint32_t table);
uint32_t ct_catalog_table_database(struct ct_catalog *catalog, uint32_t table);
struct ct_table_options ct_catalog_table_options(struct ct_catalog *catalog, uint32_t table);

uint32_t ct_catalog_field_count(struct ct_catalog *catalog, uint32_t table);
uint32_t ct_catalog_find_field(struct ct_catalog *catalog, uint32_t table, struct ct_text name);
struct ct_field ct_catalog_field(struct ct_catalog *catalog, uint32_t table, uint32_t field);

uint32_t ct_catalog_tag_count(struct ct_catalog *catalog, uint32_t table);
uint32_t ct_catalog_find_tag(struct ct_catalog *catalog, uint32_t table, struct ct_text key);
struct ct_text ct_catalog_tag_key(struct ct_catalog *catalog, uint32_t table, uint32_t tag);

/* Highest code of a tag key: codes 1..value_count are in use. */
uint32_t ct_catalog_value_count(struct ct_catalog *catalog, uint32_t table, uint32_t tag);
/* 0 where the key never had this value. */
uint32_t ct_catalog_find_value(struct ct_catalog *catalog, uint32_t table, uint32_t tag,
                               struct ct_text value);
/* Code 0 gives "". */
struct ct_text ct_catalog_value(struct ct_catalog *catalog, uint32_t table, uint32_t tag,
                                uint32_t code);

uint32_t ct_catalog_series_count(struct ct_catalog *catalog, uint32_t table);
/* tags sorted by key bytes, no key twice. */
uint32_t ct_catalog_find_series(struct ct_catalog *catalog, uint32_t table,
                                const struct ct_tag *tags, uint32_t tag_count);
/* out[i] = the code that series[i] has for the tag key. */
void ct_catalog_series_codes(struct ct_catalog *catalog, uint32_t table, uint32_t tag,
                             const uint32_t *series, uint32_t count, uint32_t *out);

/* -- Defining: returns what is there already, or makes it. All or nothing: what fails leaves no
 * definition. CT_LIMIT past the limits above, CT_INVALID for empty names.
 * -------------------------------------------- */
ct_status ct_catalog_define_database(struct ct_catalog *catalog, struct ct_text name, uint32_t *out,
                                     struct ct_error *err) CT_MUST_USE;
/* A table named "cost" is a ledger unless `options` (may be NULL) says otherwise. */
ct_status ct_catalog_define_table(struct ct_catalog *catalog, uint32_t database,
                                  struct ct_text name, const struct ct_table_options *options,
                                  uint32_t *out, struct ct_error *err) CT_MUST_USE;
ct_status ct_catalog_set_table_options(struct ct_catalog *catalog, uint32_t table,
                                       const struct ct_table_options *options,
                                       struct ct_error *err) CT_MUST_USE;
/* CT_TYPE where the field is there with another type or money flag; CT_INVALID for money that is no
 * decimal. */
ct_status ct_catalog_define_field(struct ct_catalog *catalog, uint32_t table, struct ct_text name,
                                  enum ct_type type, bool is_money, uint32_t *out,
                                  struct ct_error *err) CT_MUST_USE;
/* tags sorted by key bytes, no key twice, no text empty: else CT_INVALID. */
ct_status ct_catalog_define_series(struct ct_catalog *catalog, uint32_t table,
                                   const struct ct_tag *tags, uint32_t tag_count, uint32_t *out,
                                   struct ct_error *err) CT_MUST_USE;

/* -- Journal --------------------------------------------------------------------------------- */

/* Bytes journalled so far, from the catalog's making on (what was applied counts too). */
uint64_t ct_catalog_journal_end(struct ct_catalog *catalog);

/* Copies the definitions journalled in [from, to) into a fresh buffer (the catalog's allocator;
 * caller releases). from and to are ends that ct_catalog_journal_end gave. Bytes before what
 * ct_catalog_journal_trim was told are gone. */
ct_status ct_catalog_journal_copy(struct ct_catalog *catalog, uint64_t from, uint64_t to,
                                  uint8_t **out, size_t *len, struct ct_error *err) CT_MUST_USE;
void ct_catalog_journal_trim(struct ct_catalog *catalog, uint64_t to);

/* How far a dump has come. All zero at its start. */
struct ct_dump_cursor {
    uint32_t phase, table, tag, index;
    uint32_t database_end, table_end, tag_end, series_end; /* what was there when its turn came */
};

/* Longer than the longest definition. */
#define CT_DUMP_PIECE_BYTES_MAX (((size_t)1 << 20) + 8192)

/* Everything that exists as one stream of definitions, in pieces of at most that size, for a fresh
 * catalog file. A fresh buffer per piece (the catalog's allocator; caller releases); *out is NULL
 * and *len 0 at the end. What is defined between two calls may or may not be in it: the journal
 * from its end at the first call has it. */
ct_status ct_catalog_dump(struct ct_catalog *catalog, struct ct_dump_cursor *cursor, uint8_t **out,
                          size_t *len, struct ct_error *err) CT_MUST_USE;

/* Takes definitions read from a log or catalog file; they are journalled again. CT_CORRUPT for what
 * no catalog wrote, and for numbers that contradict what is there, with the offset into `bytes`.
 * Definitions before the fault stay. The limit given to ct_catalog_create does not count here: what
 * was written is read. */
ct_status ct_catalog_apply(struct ct_catalog *catalog, const uint8_t *bytes, size_t len,
                           struct ct_error *err) CT_MUST_USE;

/* Memory in use, for the budget. */
size_t ct_catalog_memory_bytes(struct ct_catalog *catalog);

#endif
