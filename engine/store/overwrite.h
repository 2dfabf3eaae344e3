/* Writes that take the place of rows which are there already: looked for where money is concerned,
 * so that a client that changes an amount by repeating a line is told (DESIGN section 2). Private
 * to store.
 *
 * For each series the newest time ever written is kept. A row that is newer cannot repeat another;
 * only the others, few in ordinary use, are looked up. Everything here belongs to the log's leader.
 */
#ifndef CT_OVERWRITE_H
#define CT_OVERWRITE_H

#include "live.h"

struct ct_store;

/* Newest time by series, of one table. */
struct ct_newest {
    int64_t *time_ns; /* INT64_MIN: no row yet */
    size_t series_cap;
    bool is_loaded; /* what lay in segments and live rows before is taken in */
    bool has_money; /* else nobody asks */
};

struct ct_overwrites {
    struct ct_newest *tables; /* by table number */
    size_t table_cap;
    /* Series of the rows now added that may repeat others, and the range of those rows' times. */
    uint32_t *series;
    size_t series_count, series_cap;
    int64_t min_time_ns, max_time_ns;
};

struct ct_overwrite_counts {
    uint64_t rows;  /* rows that took the place of others */
    uint64_t money; /* of these, rows that changed an amount */
};

void ct_overwrites_deinit(struct ct_overwrites *overwrites, const struct ct_allocator *allocator);

/* Before rows of the table are added to the live set: takes in what was there, once. */
ct_status ct_overwrites_prepare(struct ct_store *store, uint32_t table,
                                struct ct_error *err) CT_MUST_USE;

/* After they were added, all of them: adds to the counts. */
ct_status ct_overwrites_count(struct ct_store *store, const struct ct_row_block *rows,
                              struct ct_overwrite_counts *counts, struct ct_error *err) CT_MUST_USE;

#endif
