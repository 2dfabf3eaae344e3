/* The oracle for stores: commits kept in a list, their meaning worked out in the most obvious way.
 * For tests.
 *
 * Two tables: `cost`, a ledger, and `system`, where the last write wins. The model keeps every
 * commit, so that it can say what the rows are after any number of them: after a crash the store
 * must be one of those states. */
#ifndef STORE_MODEL_H
#define STORE_MODEL_H

#include "scan.h"
#include "sim_random.h"

#define MODEL_TABLES   2
#define MODEL_SERIES   7
#define MODEL_FIELDS   5
#define MODEL_NO_ENTRY (-1)
#define MODEL_NUMBERED 100

enum model_table { MODEL_COST = 0, MODEL_SYSTEM = 1 };

/* Field k of a table: cost_usd (decimal), note (string), entry_id (string; see `entry`), count
 * (int), flag (bool) for cost; cpu (float), count (int), total (unsigned), flag (bool), rate_usd
 * (decimal) for system. */
struct model_value {
    bool is_set;
    ct_int128 mantissa; /* decimal */
    uint8_t scale;
    int64_t number; /* int, unsigned, bool, string: which of the texts */
    double real;
};

struct model_row {
    uint8_t table, series;
    int16_t entry; /* entry id of a cost row, MODEL_NO_ENTRY, or MODEL_NUMBERED + the number that a
                      restatement gave it */
    int64_t time_ns;
    struct model_value values[MODEL_FIELDS];
};

struct model_commit {
    struct model_row *rows; /* NULL: a delete */
    size_t row_count;
    bool is_restatement;  /* deletes, then adds the rows */
    uint8_t table;        /* delete, restatement: */
    int8_t cluster, node; /* -1: any */
    int64_t start_ns, end_ns;
};

struct model {
    struct model_commit *commits;
    size_t commit_count, commit_cap;
};

void model_deinit(struct model *model);

/* Random commits. Rows are late, repeated, partial and out of order on purpose; `bulk` makes long
 * runs of one series. */
struct model_commit model_random_rows(struct sim_random *random, bool bulk);
struct model_commit model_random_delete(struct sim_random *random);
void model_commit_deinit(struct model_commit *commit);

/* Takes the commit over. */
void model_add(struct model *model, struct model_commit commit);

/* The rows after the first `commit_count` commits, by table, series, time, entry; the caller frees.
 */
struct model_row *model_rows(const struct model *model, size_t commit_count, size_t *count);

/* Brings a commit to the store. *commit as ct_store_commit or ct_store_delete; 0 where the store
 * had nothing to do. */
ct_status model_send(struct ct_store *store, const struct model_commit *commit, uint64_t *number,
                     struct ct_error *err);

/* -- Restatements (store_model_restate.c) --------------------------------------------------- */

/* Rows of the scope, or now and then none; equal charges among them, numbered as the store does. */
struct model_commit model_random_restatement(struct sim_random *random, bool bulk);
struct model_commit model_copy(const struct model_commit *commit);
/* As model_send, in several steps; *is_unchanged: the store says that nothing was to be done. */
ct_status model_restate(struct ct_store *store, const struct model_commit *commit,
                        struct sim_random *random, uint64_t *number, bool *is_unchanged,
                        struct ct_error *err);

/* Parts of the model that these need. */
struct model_row model_random_row(struct sim_random *random, uint8_t table);
bool model_is_in_scope(const struct model_commit *commit, const struct model_row *row);
ct_status model_send_row(struct ct_intake *intake, const struct model_row *row,
                         struct ct_error *err);
/* The tags of a delete's scope; returns how many. */
uint32_t model_scope_tags(const struct model_commit *commit, struct ct_tag tags[2],
                          char tag_texts[2][16]);
const char *model_table_name(int table);
/* Sorted rows; tells the first difference. */
bool model_same_rows(const struct model_row *expected, size_t expected_count,
                     const struct model_row *found, size_t found_count);

/* -- For comparisons of other kinds: cover_model.c ----------------------------------------------
 */
int model_cluster_of(int series);
int model_node_of(int series); /* -1: none */
const char *model_field_name(int table, int field);
enum ct_type model_field_type(int table, int field);
/* The store's number of the table; CT_NONE before its first row. */
uint32_t model_table_number(struct ct_store *store, int table);
void model_get_value(const struct ct_vector *vector, uint32_t row, struct model_value *out);
/* As the engine orders values of the type. */
int model_compare_values(const struct model_value *a, const struct model_value *b,
                         enum ct_type type);
int64_t model_random_time(struct sim_random *random);

/* Compares all rows of the snapshot, read by scans cut at random, with the model's. On a difference
 * prints it and returns false. Also holds stored statistics against what is decoded. */
bool model_matches(const struct model *model, size_t commit_count, struct ct_snapshot *snapshot,
                   struct sim_random *random);

#endif
