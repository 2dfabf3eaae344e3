/* The rows of one series, collected from several places and put in order. Private to store.
 *
 * Rows are added oldest write first. Settling sorts them by time and makes one of those that have
 * the same identity: each field takes its newest value (DESIGN section 2). Where an entry id is
 * part of the identity, rows of one time are told apart by it, rows without one being alike. What
 * comes in order and without repeats, as nearly everything does, is not touched. */
#ifndef CT_ROW_POOL_H
#define CT_ROW_POOL_H

#include "arena.h"
#include "segment.h"
#include "value.h"

struct ct_pool_column {
    uint32_t field;
    enum ct_type type;
    bool has_gaps; /* `present` counts */
    bool has_values;
    bool is_wide; /* decimal: mantissas are in `wide`, all of them */
    uint8_t *present;
    int64_t *words; /* every type of 8 bytes; mantissas */
    uint8_t *bools;
    uint8_t *scales;
    ct_int128 *wide;
    struct ct_text *texts;
};

struct ct_row_pool {
    const struct ct_allocator *allocator;
    struct ct_pool_column *columns;
    uint32_t column_count;
    int entry_column;                /* index of the column that belongs to the identity, or -1 */
    int commit_column, until_column; /* of CT_FIELD_COMMIT and CT_FIELD_UNTIL, or -1 */
    bool sorts_by_commit; /* rows are added in any order: of one identity the later commit wins */
    size_t row_count, row_cap;
    int64_t *times_ns;
    struct ct_arena texts;
    /* For settling. */
    uint32_t *order, *order_spare;
    size_t order_cap;
    struct ct_pool_column *settled; /* swapped with `columns` */
    int64_t *settled_times_ns;
    uint64_t repeated_rows; /* folded into others, since init */
};

/* Zeroes the pool and takes the columns in; entry_field is CT_NONE (UINT32_MAX) or the field of the
 * entry id. */
ct_status ct_row_pool_init(struct ct_row_pool *pool, const struct ct_allocator *allocator,
                           const struct ct_segment_column *columns, uint32_t column_count,
                           uint32_t entry_field) CT_MUST_USE;
void ct_row_pool_deinit(struct ct_row_pool *pool);
void ct_row_pool_reset(struct ct_row_pool *pool);

/* Room for `count` more rows in every array. CT_NO_MEMORY, CT_LIMIT past 2^32 - 1 rows. */
ct_status ct_row_pool_reserve(struct ct_row_pool *pool, size_t count) CT_MUST_USE;

/* Sets column `i` of rows [row, row + count) from a vector's rows [first, ...); room must be there.
 * A NULL vector: no value. Strings are copied. Columns may be set in any order; the rows count once
 * row_count was raised by the caller. */
ct_status ct_row_pool_set(struct ct_row_pool *pool, uint32_t i, size_t row,
                          const struct ct_vector *values, uint32_t first,
                          uint32_t count) CT_MUST_USE;

/* Sets integer column `i` of rows [row, row + count) to one value. */
void ct_row_pool_fill(struct ct_row_pool *pool, uint32_t i, size_t row, int64_t value,
                      uint32_t count);

/* The integer in column `i` of a row; `absent` where it has none. */
int64_t ct_row_pool_integer(const struct ct_row_pool *pool, int i, size_t row, int64_t absent);

/* Fills `order` with the rows in order of identity, rows of the same identity in order of writing.
 */
ct_status ct_row_pool_sort(struct ct_row_pool *pool) CT_MUST_USE;

/* After sorting: the end of the group of one identity that begins at order[first]. */
size_t ct_row_pool_group_end(const struct ct_row_pool *pool, size_t first);

/* Sorts and folds as said above. */
ct_status ct_row_pool_settle(struct ct_row_pool *pool) CT_MUST_USE;

/* The same for a pool with both hidden columns, a row with an `until` being one that a delete of
 * that commit removes. What a snapshot of an earlier commit may still need, rows deleted and rows
 * overwritten by a later commit, is added to `past` (reset by the caller; the same columns), with
 * the commit up to which it counts. A row that only repeats what was there leaves no trace: the
 * commit of what was there stays. `latest` is working memory of column_count numbers. */
ct_status ct_row_pool_settle_keeping(struct ct_row_pool *pool, struct ct_row_pool *past,
                                     uint32_t *latest) CT_MUST_USE;

/* Sorts rows of history, by commit too, folds nothing, and leaves out those that counted until
 * `low` at most. */
ct_status ct_row_pool_arrange(struct ct_row_pool *pool, int64_t low) CT_MUST_USE;

/* -- Between the files of the pool ------------------------------------------------------------ */

bool ct_row_pool_is_settled(const struct ct_row_pool *pool);
/* Sorted: makes one row of each group of the first row_count entries of `order`. */
ct_status ct_row_pool_fold(struct ct_row_pool *pool) CT_MUST_USE;
/* Sorted: makes one row of each of those entries. */
ct_status ct_row_pool_unfold(struct ct_row_pool *pool) CT_MUST_USE;

/* Column i of rows [first, first + count), borrowed until the pool changes. count 0 where the
 * column has no value in the whole pool. */
struct ct_vector ct_row_pool_vector(const struct ct_row_pool *pool, uint32_t i, size_t first,
                                    uint32_t count);

#endif
