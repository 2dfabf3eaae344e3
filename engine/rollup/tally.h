/* Cells in the making: arrays of counts, sums and extremes that views of other cells (or of rows,
 * which are cells of one row each) are added to. Private to rollup and its tests.
 *
 * A value travels as a key: an int64 that is ordered as the values are. Integers and narrow decimal
 * mantissas are their own keys, doubles and unsigned ones are mapped, strings are numbers in a pool
 * of texts. A column of decimals has one scale, and 128-bit arrays where 64 bits do not do; so have
 * sums, apart from that. What does not fit 128 bits is CT_RANGE, and the tally is spoilt: whoever
 * owns it gives it up whole.
 *
 * Invariants: T1 a cell without rows, or without values in a column, holds the neutral elements
 * (0, the largest minimum, the smallest maximum, ...), so that adding needs no case for it.
 * T2 while not is_split all rows of each cell have the same time, so first and last are the
 * maximum, and are not stored. T3 while not has_counts every row has a value. */
#ifndef CT_TALLY_H
#define CT_TALLY_H

#include "rollup.h"
#include "tally_fold.h"
#include "text_pool.h"

#define CT_TALLY_VIEW_MAX CT_BLOCK_VALUES_MAX

enum ct_extreme { CT_MIN, CT_MAX, CT_FIRST, CT_LAST };
#define CT_EXTREMES 4

static inline int64_t ct_key_of_bits(uint64_t bits)
{
    const int64_t key = (int64_t)bits;
    return key ^ (int64_t)((uint64_t)(key >> 63) >> 1);
}

/* Doubles in total order: -NaN, -infinity, ..., -0, 0, ..., NaN. */
static inline int64_t ct_key_of_double(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return ct_key_of_bits(bits);
}

static inline double ct_double_of_key(int64_t key)
{
    const int64_t bits = ct_key_of_bits((uint64_t)key);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Its own inverse. */
static inline int64_t ct_key_of_unsigned(uint64_t value)
{
    return (int64_t)(value ^ UINT64_C(1) << 63);
}

/* One column of cells, read only. Which of the arrays are there depends on type and width. */
struct ct_view_column {
    enum ct_type type;
    bool is_empty;         /* no cell has a value: nothing else counts */
    uint8_t scale;         /* decimals */
    const int64_t *counts; /* NULL: as rows */
    const int64_t *sums;   /* or one of the next two; none for strings and bools */
    const ct_int128 *wide_sums;
    const double *float_sums;
    const int64_t *keys[CT_EXTREMES];   /* first and last only where the view is split; strings and
                                           bools: no minimum */
    const ct_int128 *wide[CT_EXTREMES]; /* instead, decimals */
    const int64_t *times_ns[2];         /* of first and last; only where the view is split */
};

struct ct_tally_view {
    uint32_t count; /* of cells, at most CT_TALLY_VIEW_MAX */
    bool is_split;
    const int64_t *rows;        /* NULL: one each */
    const int64_t *times_ns[2]; /* earliest and latest row of each cell */
    const struct ct_view_column *columns;
};

struct ct_tally_column {
    enum ct_type type;
    bool is_used; /* some cell has a value; else no array counts */
    bool has_counts, is_wide, has_wide_sums;
    uint8_t scale;
    int64_t *counts;
    int64_t *sums; /* as the one of these that is used */
    ct_int128 *wide_sums;
    double *float_sums;
    int64_t *keys[CT_EXTREMES];
    ct_int128 *wide[CT_EXTREMES];
    int64_t *times_ns[2];
};

struct ct_tally {
    const struct ct_allocator *allocator;
    const struct ct_text_pool *pool;
    ct_fold fold;
    struct ct_tally_column *columns;
    uint32_t column_count;
    uint32_t cell_count, cell_cap;
    bool is_split;
    bool has_rows; /* some cell has */
    int64_t *rows;
    int64_t *times_ns[2];
    struct ct_tally_raised *raised; /* room for views brought to a larger scale, made when needed */
};

/* The pool outlives the tally. deinit is fine after a failed init, and where all is zero. */
ct_status ct_tally_init(struct ct_tally *tally, const struct ct_allocator *allocator,
                        const struct ct_text_pool *pool, const struct ct_rollup_column *columns,
                        uint32_t column_count) CT_MUST_USE;
void ct_tally_deinit(struct ct_tally *tally);

/* No cells; keeps memory. */
void ct_tally_reset(struct ct_tally *tally);

/* Cells up to `count` in all, the new ones empty. */
ct_status ct_tally_extend(struct ct_tally *tally, uint32_t count) CT_MUST_USE;

/* Adds cell i of the view to cell at[i]. CT_RANGE: see above. */
ct_status ct_tally_add(struct ct_tally *tally, const struct ct_tally_view *view,
                       const uint32_t *at) CT_MUST_USE;

/* The same for cells [first, first + view->count), which all have rows, where no array has to
 * change its form; else false, and nothing was added. */
bool ct_tally_add_run(struct ct_tally *tally, const struct ct_tally_view *view,
                      uint32_t first) CT_MUST_USE;

/* Empties the tally and adds the view to its first cells; at[] ascends from 0 to cell_count - 1. */
ct_status ct_tally_reduce(struct ct_tally *tally, const struct ct_tally_view *view,
                          const uint32_t *at, uint32_t cell_count) CT_MUST_USE;

/* Fetches cells that will be added to: what most columns have. */
void ct_tally_prefetch(const struct ct_tally *tally, uint32_t first, uint32_t count);

/* Cells [from, from + count), borrowed until the tally changes. columns[column_count] is the
 * caller's. */
void ct_tally_view_of(const struct ct_tally *tally, uint32_t from, uint32_t count,
                      struct ct_view_column *columns, struct ct_tally_view *out);

/* ct_grain_start of one time after another, most of them in the bucket of the one before. All zero
 * is a beginning. */
struct ct_bucket {
    int64_t start_ns, end_ns;
};

static inline int64_t ct_bucket_start(struct ct_bucket *bucket, int64_t time_ns,
                                      enum ct_grain grain)
{
    if (time_ns < bucket->start_ns || time_ns >= bucket->end_ns) {
        bucket->start_ns = ct_grain_start(time_ns, grain);
        bucket->end_ns = ct_grain_end(time_ns, grain);
    }
    return bucket->start_ns;
}

/* -- Between the tally's files ------------------------------------------------------------------
 */

static inline bool ct_type_has_sum(enum ct_type type)
{
    return type != CT_STRING && type != CT_BOOL;
}

/* Gives a NULL array room for all cells; there is nothing in it. */
ct_status ct_tally_need(const struct ct_tally *tally, void *array_pointer,
                        size_t element_bytes) CT_MUST_USE;

/* The first values of a column: its arrays. */
ct_status ct_tally_begin_column(struct ct_tally *tally, struct ct_tally_column *column,
                                const struct ct_view_column *view) CT_MUST_USE;

/* Wider arrays with the same numbers. */
ct_status ct_tally_widen_sums(struct ct_tally *tally, struct ct_tally_column *column) CT_MUST_USE;
ct_status ct_tally_widen(struct ct_tally *tally, struct ct_tally_column *column) CT_MUST_USE;

/* Brings column and view to one scale and a width that holds both; *out is the view or a copy in
 * the tally's room. Decimals only. */
ct_status ct_tally_align(struct ct_tally *tally, struct ct_tally_column *column,
                         const struct ct_view_column *view, uint32_t count,
                         struct ct_view_column *out) CT_MUST_USE;
void ct_tally_raised_destroy(const struct ct_allocator *allocator, struct ct_tally_raised *raised);

/* -- Loops: what[i] into the arrays at at[i]. Cells whose count is 0 are passed over where counts
 * is not NULL. */

struct ct_spots {
    const uint32_t *at;
    const int64_t *counts;
    uint32_t count;
};

/* From `from` on, up to what does not fit, whose index is returned, else count. */
uint32_t ct_sum_int64(int64_t *sums, const int64_t *what, const struct ct_spots *spots,
                      uint32_t from);
uint32_t ct_sum_int128(ct_int128 *sums, const ct_int128 *what, const struct ct_spots *spots,
                       uint32_t from);
uint32_t ct_sum_mixed(ct_int128 *sums, const int64_t *what, const struct ct_spots *spots,
                      uint32_t from);
void ct_sum_double(double *sums, const double *what, const struct ct_spots *spots);
void ct_sum_counts(int64_t *counts, const int64_t *what, const struct ct_spots *spots);

/* Arrays of one extreme, which must be there: the smaller or larger stays. */
void ct_lower_int64(int64_t *there, const int64_t *what, const struct ct_spots *spots);
void ct_raise_int64(int64_t *there, const int64_t *what, const struct ct_spots *spots);
void ct_lower_int128(ct_int128 *there, const ct_int128 *what, const struct ct_spots *spots);
void ct_raise_int128(ct_int128 *there, const ct_int128 *what, const struct ct_spots *spots);
void ct_lower_mixed(ct_int128 *there, const int64_t *what, const struct ct_spots *spots);
void ct_raise_mixed(ct_int128 *there, const int64_t *what, const struct ct_spots *spots);
void ct_raise_text(int64_t *there, const int64_t *what, const struct ct_spots *spots,
                   const struct ct_text_pool *pool);

/* Narrow sums, minima and maxima at once, where every cell has values; up to a sum that does not
 * fit, whose index is returned, else count. */
uint32_t ct_fold_int64(struct ct_tally_column *column, const struct ct_view_column *view,
                       const struct ct_spots *spots);

/* First and last: the value of the earlier or later time stays, at one time the larger. */
struct ct_times {
    int64_t *there;
    const int64_t *what;
};
void ct_first_int64(int64_t *there, const int64_t *what, struct ct_times times,
                    const struct ct_spots *spots);
void ct_last_int64(int64_t *there, const int64_t *what, struct ct_times times,
                   const struct ct_spots *spots);
void ct_first_int128(ct_int128 *there, const ct_int128 *what, struct ct_times times,
                     const struct ct_spots *spots);
void ct_last_int128(ct_int128 *there, const ct_int128 *what, struct ct_times times,
                    const struct ct_spots *spots);
void ct_first_mixed(ct_int128 *there, const int64_t *what, struct ct_times times,
                    const struct ct_spots *spots);
void ct_last_mixed(ct_int128 *there, const int64_t *what, struct ct_times times,
                   const struct ct_spots *spots);
void ct_first_text(int64_t *there, const int64_t *what, struct ct_times times,
                   const struct ct_spots *spots, const struct ct_text_pool *pool);
void ct_last_text(int64_t *there, const int64_t *what, struct ct_times times,
                  const struct ct_spots *spots, const struct ct_text_pool *pool);

#endif
