/* Rows that are in the log but not yet in a segment. Private to store.
 *
 * A live set holds the rows of a stretch of commits; a live table those of one table, in chunks, in
 * order of arrival. A chunk's columns are fixed when it is made and its arrays never move; rows are
 * only added at its end. So a view that has noted how many rows a chunk had may read them without a
 * lock while more are added.
 *
 * A series has a slot in its live table: filters and groups work on slots. Per slot the range of
 * times is kept. A row that is not newer than its series' newest makes the table unordered: rows
 * may repeat or be out of order then, and readers must sort and merge; else every series' rows
 * ascend strictly in time in order of arrival.
 *
 * Locking: adding and viewing under the store's state lock; reading a view needs none. */
#ifndef CT_LIVE_H
#define CT_LIVE_H

#include <stdatomic.h>

#include "cell_image.h"
#include "intake.h"
#include "time_ranges.h"
#include "value.h"

#define CT_LIVE_CHUNK_ROWS_MIN 64
#define CT_LIVE_CHUNK_ROWS_MAX 16384
#define CT_LIVE_LEVELS         3 /* of images: of one chunk, of 16, of 256 */

struct ct_live_column {
    uint32_t field;
    enum ct_type type;
    bool is_nullable; /* else every row has a value and `present` is NULL */
    bool is_wide;     /* decimal: mantissas in `wide` */
    uint8_t *present;
    union {
        double *float64;
        int64_t *int64;
        uint64_t *uint64;
        uint8_t *boolean;
        struct ct_text *string; /* bytes belong to the chunk */
        int64_t *narrow;
    };
    uint8_t *scales;
    ct_int128 *wide;
};

struct ct_live_chunk {
    struct ct_live_column *columns; /* by field number */
    uint32_t column_count;
    uint32_t row_count, row_cap;
    int64_t min_time_ns, max_time_ns;
    uint64_t first_commit; /* of its rows; a delete closes the chunk, so it is before or after all
                              of them */
    uint32_t *commits;     /* of each row, less first_commit; they do not descend */
    uint32_t *slots;
    int64_t *times_ns;
    struct ct_live_text *texts; /* blocks of string bytes, newest first */
    /* Images of the chunk, of it and its 15 neighbours, and so on: live_cells.c. */
    _Atomic(struct ct_cell_image *) cells[CT_LIVE_LEVELS];
};

struct ct_live_table {
    uint32_t table;
    struct ct_live_chunk **chunks;
    size_t chunk_count, chunk_cap;
    bool is_closed;             /* the next row begins a new chunk */
    struct ct_time_ranges late; /* times of rows that came after later ones of their series: there
                                   may be two of an identity; none: all came in order */
    uint64_t row_count;
    uint64_t first_commit, last_commit;
    int64_t min_time_ns, max_time_ns;
    uint32_t *slot_of_series; /* CT_NONE: no slot */
    size_t series_cap;
    uint32_t slot_count;
    size_t slot_cap;
    uint32_t *series_of_slot;
    int64_t *slot_min_ns, *slot_max_ns;
};

struct ct_live_set {
    const struct ct_allocator *allocator;
    atomic_uint references;
    struct ct_live_table **tables; /* by table number; NULL: no rows */
    size_t table_cap;
    uint64_t row_count;
    size_t bytes;
    uint64_t last_commit; /* 0: no commit yet */
    uint64_t log_number;  /* file that holds its first commit */
    uint64_t journal_end; /* definitions that its rows may use end here; set when it is frozen */
};

/* Rows of one table in a batch or log record, ready to be added: every vector has row_count rows.
 */
struct ct_row_block {
    uint32_t table;
    uint32_t row_count;
    const uint32_t *series;
    const int64_t *times_ns;
    const struct ct_row_column {
        uint32_t field;
        struct ct_vector values;
    } * columns;
    uint32_t column_count;
    bool is_fresh; /* as in struct ct_intake */
};

struct ct_live_set *ct_live_set_create(const struct ct_allocator *allocator, uint64_t log_number);
void ct_live_set_hold(struct ct_live_set *set);
void ct_live_set_drop(struct ct_live_set *set); /* NULL is fine; frees with the last reference */

/* Copies the rows in. On CT_NO_MEMORY some of them may be in: the set is then to be given up. */
ct_status ct_live_add(struct ct_live_set *set, uint64_t commit, const struct ct_row_block *rows,
                      struct ct_error *err) CT_MUST_USE;

/* What was added before a delete must not share a chunk with what comes after. */
void ct_live_close_chunks(struct ct_live_set *set, uint32_t table);

/* The table's rows at one moment. Owns its arrays; the set must be held by someone while it is
 * used. */
struct ct_live_view {
    struct ct_live_chunk **chunks;
    uint32_t *chunk_rows;              /* rows of each chunk that belong to the view */
    struct ct_time_range *chunk_times; /* that hold those of its rows */
    size_t chunk_count;
    size_t finished_count; /* chunks that will take no more rows */
    uint64_t row_count;    /* 0: all pointers are NULL */
    uint32_t slot_count;
    uint32_t *series_of_slot;
    int64_t *slot_min_ns, *slot_max_ns;
    struct ct_time_ranges late; /* as the table's */
    uint64_t first_commit, last_commit;
    int64_t min_time_ns, max_time_ns;
};
ct_status ct_live_view_take(struct ct_live_set *set, uint32_t table, struct ct_live_view *out,
                            struct ct_error *err) CT_MUST_USE;
void ct_live_view_deinit(struct ct_live_view *view, const struct ct_allocator *allocator);

/* The view's rows of chunk c; 0 where none of them is in [start_ns, end_ns). */
uint32_t ct_live_view_rows(const struct ct_live_view *view, size_t c, int64_t start_ns,
                           int64_t end_ns);

/* Rows at the chunk's beginning, of its first row_count, that came with commits up to `commit`. */
uint32_t ct_live_chunk_rows_until(const struct ct_live_chunk *chunk, uint32_t row_count,
                                  uint64_t commit);

/* The chunk's values of a field in rows [first, first + count); false where it has no such column.
 */
bool ct_live_chunk_vector(const struct ct_live_chunk *chunk, uint32_t field, uint32_t first,
                          uint32_t count, struct ct_vector *out);

#endif
