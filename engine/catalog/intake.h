/* One client's way in: rows of any tables collected in columns, and the caches that make finding
 * the series of a line one hash probe. Layer catalog; may be included by store, ingest, tests,
 * bench.
 *
 * A row names its table, series and fields; those that exist are the catalog's, those that do not
 * are provisional and become definitions only when the batch is committed: what is refused leaves
 * no trace in the schema. At commit ct_intake_resolve() turns provisional into real; where another
 * intake defined a field with another type, or took the last series, meanwhile it answers CT_STALE,
 * and the client's text is to be read again after ct_intake_reset().
 *
 * An intake lives as long as its connection: tables, aliases and arrays stay warm from batch to
 * batch. Confined to one thread. Texts given to it are copied where they must outlive the call,
 * save string VALUES, which are borrowed until the batch is committed or reset. */
#ifndef CT_INTAKE_H
#define CT_INTAKE_H

#include "arena.h"
#include "catalog.h"
#include "hash.h"

#define CT_PROVISIONAL    ((uint32_t)1 << 31) /* set in numbers of what is not in the catalog yet */
#define CT_BATCH_ROWS_MAX ((uint32_t)1 << 24)
/* Past these two the alias table starts afresh: up to 48 MiB for each connection. */
#define CT_INTAKE_ALIASES_MAX     ((uint32_t)1 << 18)
#define CT_INTAKE_ALIAS_BYTES_MAX ((size_t)32 << 20)

/* Values of one field for the rows of one table, laid out as ct_vector wants them. */
struct ct_batch_column {
    struct ct_text name; /* the intake's copy; bytes NULL: a place that is free */
    uint32_t field;      /* the catalog's, or CT_PROVISIONAL */
    enum ct_type type;
    bool is_money;
    uint32_t filled; /* rows before this have their value or gap; the table's later rows are gaps */
    uint32_t values; /* rows with a value; 0: the column takes no part in the batch */
    uint8_t *present; /* NULL until the first gap */
    union {
        void *data;
        double *float64;
        int64_t *int64;
        uint64_t *uint64;
        uint8_t *boolean;
        struct ct_text *string;
        int64_t *narrow;
    };
    uint8_t *scales; /* decimal */
    ct_int128
        *wide; /* decimal: NULL until a mantissa needs it, then holds all rows' and `narrow` none */
    uint32_t row_cap; /* of the arrays that are there */
};

struct ct_batch_table {
    struct ct_text name; /* as a column's */
    uint32_t table;      /* the catalog's, or CT_PROVISIONAL */
    struct ct_batch_column *columns;
    uint32_t column_count, column_cap;
    uint32_t row_count, row_cap;
    uint32_t *series; /* per row: the catalog's, or CT_PROVISIONAL | index */
    int64_t *times_ns;
    uint32_t provisional_series; /* how many the batch has made in this table */
};

/* One value of a row: for its column's type, already converted. */
struct ct_row_value {
    uint32_t column;
    uint8_t scale; /* decimal */
    bool is_wide;  /* decimal: mantissa in `wide` */
    union {
        double float64;
        int64_t int64;
        uint64_t uint64;
        uint8_t boolean;
        struct ct_text string;
        int64_t narrow;
        ct_int128 wide;
    };
};

/* What raw bytes `measurement,tags` mean, once worked out. */
struct ct_alias {
    uint64_t hash;
    const char *bytes; /* the intake's copy */
    uint32_t len;
    uint32_t table;  /* index among the intake's tables */
    uint32_t series; /* as in ct_batch_table */
};

struct ct_intake {
    struct ct_catalog *catalog;
    const struct ct_allocator *allocator;
    uint32_t database; /* the catalog's, or CT_PROVISIONAL */
    struct ct_text database_name;
    struct ct_batch_table *tables;
    uint32_t table_count, table_cap;
    uint64_t row_count; /* of all tables */
    bool is_fresh; /* the caller vouches: every row has an entry id that was never used, so that
                      nobody needs to look for what a ledger's rows overwrite; until the reset */
    /* Alias table: open addressing, alias_cap a power of two, bytes NULL where free. */
    struct ct_alias *aliases;
    uint32_t alias_count, alias_cap;
    uint64_t hash_seed;
    struct ct_intake_detail *detail; /* maps and arenas: intake_detail.h */
};

/* `database` need not exist: it is provisional then, and made with the first commit. */
ct_status ct_intake_create(struct ct_catalog *catalog, const struct ct_allocator *allocator,
                           struct ct_text database, struct ct_intake **out,
                           struct ct_error *err) CT_MUST_USE;
void ct_intake_destroy(struct ct_intake *intake); /* NULL is fine */

static inline uint64_t ct_intake_hash(const struct ct_intake *intake, const char *bytes, size_t len)
{
    return ct_hash(bytes, len, intake->hash_seed);
}

/* The alias of these raw bytes, or NULL. Borrowed until the next ct_intake_alias_add, resolve or
 * reset. */
static inline const struct ct_alias *ct_intake_alias(const struct ct_intake *intake, uint64_t hash,
                                                     const char *bytes, size_t len)
{
    const uint32_t mask = intake->alias_cap - 1;
    for (uint32_t at = (uint32_t)hash & mask;; at = (at + 1) & mask) {
        const struct ct_alias *alias = &intake->aliases[at];
        if (!alias->bytes)
            return NULL;
        if (alias->hash == hash && alias->len == len && memcmp(alias->bytes, bytes, len) == 0)
            return alias;
    }
}

/* Remembers what raw bytes mean; full: starts afresh. Running out of memory is not an error:
 * nothing is remembered. */
void ct_intake_alias_add(struct ct_intake *intake, uint64_t hash, const char *bytes, size_t len,
                         uint32_t table, uint32_t series);

/* Index of the table among intake->tables (the struct may move). Stable for the intake's life, save
 * that a table which is still provisional at ct_intake_reset is forgotten: its index goes to
 * another name. */
ct_status ct_intake_table(struct ct_intake *intake, struct ct_text name, uint32_t *out,
                          struct ct_error *err) CT_MUST_USE;

/* tags sorted by key bytes, no key twice, none empty. CT_LIMIT past CT_TAGS_MAX or the table's
 * series. */
ct_status ct_intake_series(struct ct_intake *intake, uint32_t table, const struct ct_tag *tags,
                           uint32_t tag_count, uint32_t *out, struct ct_error *err) CT_MUST_USE;

/* The value that a series of the batch has for a tag key, "" where it has none; `series` is as in
 * ct_batch_table. Borrowed until the batch is committed or reset. */
struct ct_text ct_intake_series_tag(const struct ct_intake *intake, uint32_t table, uint32_t series,
                                    struct ct_text key);

/* Index of the column for a field that is written as a `written` literal (CT_DECIMAL for the `d`
 * suffix). The column's type is the field's: where it differs from `written` the caller converts,
 * which is allowed for integer and unsigned to float (if exact) and decimal, and float text to
 * decimal; anything else is CT_TYPE, whose text says both types. A provisional column that has no
 * value yet takes the type of the newest asker. */
ct_status ct_intake_column(struct ct_intake *intake, uint32_t table, struct ct_text field,
                           enum ct_type written, uint32_t *out, struct ct_error *err) CT_MUST_USE;

/* The column's type stays as it is, to the end of the batch at least. */
static inline bool ct_batch_column_is_settled(const struct ct_batch_column *column)
{
    return column->values > 0 || !(column->field & CT_PROVISIONAL);
}

/* Appends one row; of several values of one column the last counts. On failure (CT_NO_MEMORY,
 * CT_LIMIT) the row is not there. */
ct_status ct_intake_row(struct ct_intake *intake, uint32_t table, uint32_t series, int64_t time_ns,
                        const struct ct_row_value *values, uint32_t value_count,
                        struct ct_error *err) CT_MUST_USE;

/* Defines in the catalog all that the batch's rows use and replaces provisional numbers; aliases
 * too. Gaps at the columns' ends are filled in, so that every column that takes part has row_count
 * rows. CT_STALE: see above. */
ct_status ct_intake_resolve(struct ct_intake *intake, struct ct_error *err) CT_MUST_USE;

/* Forgets rows, provisional definitions and the aliases that point to them; keeps arrays and the
 * rest. After a commit as after a refusal. */
void ct_intake_reset(struct ct_intake *intake);

/* The values of a column after resolve, as a vector over all rows of its table. */
struct ct_vector ct_batch_vector(const struct ct_batch_column *column, uint32_t row_count);

#endif
