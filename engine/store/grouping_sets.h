/* Which grouping sets a table has: defaults by the table's name and kind, and what was declared.
 * Layer store; for api and tests. Bytes of declarations: ../FORMAT.md section 10.3.
 *
 * A set is a few tag keys and the grains at which cells are kept for it. In a table with money the
 * tag `currency` is part of every set, said or not. A set that names a tag key which the table does
 * not have yet waits until it has. Declaring or dropping changes what is stored, never an answer:
 * until the background step has built a new set, rows answer. */
#ifndef CT_GROUPING_SETS_H
#define CT_GROUPING_SETS_H

#include "roll_payload.h"
#include "store.h"

/* Tag keys of a declared set: one place is the currency's. */
#define CT_GROUPING_KEYS_MAX (CT_ROLLUP_TAGS_MAX - 1)

struct ct_declared_sketch {
    struct ct_text field;
    enum ct_keep keep; /* CT_KEEP_QUANTILES or CT_KEEP_DISTINCT */
};

/* All borrowed for the call. */
struct ct_set_declaration {
    const struct ct_text *keys; /* in any order */
    uint32_t key_count;
    unsigned grains; /* CT_GRAIN_BIT of those wanted, at least one */
    const struct ct_declared_sketch *sketches;
    uint32_t sketch_count;
};

/* Declares a set of the table, or changes one (a default one too), durably. CT_INVALID for keys
 * that are empty, repeated or hold a comma, and for grains and sketches that there are not;
 * CT_LIMIT past the limits. Table and tag keys need not exist yet. */
ct_status ct_store_declare_set(struct ct_store *store, struct ct_text database,
                               struct ct_text table, const struct ct_set_declaration *declaration,
                               struct ct_error *err) CT_MUST_USE;

/* No cells are made for the set any more; those that are stored go with their files. */
ct_status ct_store_drop_set(struct ct_store *store, struct ct_text database, struct ct_text table,
                            const struct ct_text *keys, uint32_t key_count,
                            struct ct_error *err) CT_MUST_USE;

/* One set of a table that has all its tag keys. */
struct ct_grouping_set {
    struct ct_rollup_set set;
    bool is_declared;       /* else by default */
    uint32_t segment_count; /* that have cells of it, in their section or by a rollup file */
    uint64_t cell_count;    /* stored, of all grains */
};

/* A fresh array of *count (the store's allocator; caller releases). Opens every rollup. */
ct_status ct_store_list_sets(struct ct_store *store, uint32_t table, struct ct_grouping_set **out,
                             uint32_t *count, struct ct_error *err) CT_MUST_USE;

/* -- Inside the store ---------------------------------------------------------------------------
 */

/* The table's sets of tag keys below `tag_end`, with their sketches; defaults first. *is_declared
 * (may be NULL): a fresh array beside them. */
ct_status ct_grouping_sets_of(struct ct_catalog *catalog, uint32_t table, uint32_t tag_end,
                              const struct ct_allocator *allocator, struct ct_set_list *out,
                              bool **is_declared, struct ct_error *err) CT_MUST_USE;

/* False for what cells never hold: the entry id, distinct in every row, and the store's own
 * columns. */
bool ct_field_is_rolled(struct ct_catalog *catalog, uint32_t table, uint32_t field);

#endif
