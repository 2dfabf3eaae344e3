/* The inner side of an intake: how its tables, columns and provisional series are found by name.
 * Private to the catalog layer.
 *
 * Invariants: detail->tables[i] belongs to intake->tables[i]. A place whose name is NULL is free,
 * all of its counters 0 and in no index. A column that is provisional has values only until the
 * batch ends. An alias with a provisional series has its position in provisional_aliases. */
#ifndef CT_INTAKE_DETAIL_H
#define CT_INTAKE_DETAIL_H

#include "dictionary.h"
#include "intake.h"

/* Places in an array that names have left; found by walking on from where the last one was. */
struct ct_free_places {
    uint32_t count;
    uint32_t next;
};

struct ct_provisional_series {
    uint64_t hash;
    const struct ct_tag *tags; /* in the batch arena, texts too */
    uint32_t tag_count;
    uint32_t resolved; /* the catalog's; CT_NONE while it has none */
};

struct ct_intake_table_detail {
    struct ct_number_index column_index;
    struct ct_free_places free_columns;
    uint32_t provisional_columns; /* of them, those with a name */
    struct ct_number_index series_index;
    struct ct_provisional_series *series; /* [provisional_series] */
    size_t series_cap;
    struct ct_dictionary
        new_tag_keys; /* that the catalog does not have; texts in the batch arena */
};

struct ct_intake_detail {
    struct ct_number_index table_index;
    struct ct_free_places free_tables;
    struct ct_intake_table_detail *tables;
    struct ct_arena alias_texts;
    size_t alias_bytes;
    struct ct_arena batch;
    uint32_t *provisional_aliases;
    size_t provisional_alias_count, provisional_alias_cap;
};

/* -- Names ------------------------------------------------------------------------------------- */

static inline uint64_t ct_intake_name_hash(const struct ct_intake *intake, struct ct_text name)
{
    return ct_hash(name.bytes, name.len, intake->hash_seed);
}

/* A copy that ct_intake_name_release gives back; bytes is NULL where memory is out. */
struct ct_text ct_intake_name_copy(const struct ct_intake *intake, struct ct_text name);
void ct_intake_name_release(const struct ct_intake *intake, struct ct_text name);

static inline ct_status ct_intake_no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for the batch");
}

/* -- Columns of one batch (batch_column.c) ------------------------------------------------------
 */

/* Makes room for `row_cap` rows; false where memory is out: the column is as it was. */
bool ct_batch_column_reserve(struct ct_batch_column *column, const struct ct_allocator *allocator,
                             uint32_t row_cap);
/* Rows from `filled` to `end` (within row_cap) are gaps. False: as above. */
bool ct_batch_column_fill_gap(struct ct_batch_column *column, const struct ct_allocator *allocator,
                              uint32_t end);
/* From narrow to wide mantissas. False: as above. */
bool ct_batch_column_widen(struct ct_batch_column *column, const struct ct_allocator *allocator);
/* Gives its arrays back; it has no rows then. */
void ct_batch_column_release(struct ct_batch_column *column, const struct ct_allocator *allocator);
/* No rows, arrays kept. */
void ct_batch_column_reset(struct ct_batch_column *column, const struct ct_allocator *allocator);

/* Forgets columns that are still provisional, and all rows. */
void ct_intake_reset_columns(struct ct_intake *intake, uint32_t table);
/* Gives back all that the table's columns have. */
void ct_intake_release_columns(struct ct_intake *intake, uint32_t table);

/* -- Aliases (intake_alias.c) -------------------------------------------------------------------
 */

bool ct_intake_aliases_init(struct ct_intake *intake);
void ct_intake_aliases_deinit(struct ct_intake *intake);
/* Provisional aliases get the number that their series was resolved to; the others of them are
 * forgotten. */
void ct_intake_aliases_settle(struct ct_intake *intake);

#endif
