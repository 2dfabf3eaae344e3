/* Where values are added up: one cell for each group and time bucket that has rows. Layer query,
 * for its own files only.
 *
 * Invariant: adding and merging commute, for everything but sums of doubles: what a set of cells
 * holds does not depend on the order or the grouping of what was added. Confined to one thread. */
#ifndef CT_CELLS_H
#define CT_CELLS_H

#include "plan.h"

struct ct_bag;
struct ct_distinct_sketch;
struct ct_moments;
struct ct_quantile_sketch;
struct ct_square_sum;

struct ct_timed_value {
    int64_t time_ns;
    struct ct_value value; /* a string's bytes are owned, string_cap long */
    size_t string_cap;
};

/* One field's part of every cell; what is not needed is NULL. */
struct ct_cell_field {
    enum ct_type type;
    unsigned needs;
    uint64_t *counts; /* of values */
    struct ct_decimal_sum *exact;
    double *floating;
    struct ct_value *min, *max; /* defined where counts > 0 */
    struct ct_timed_value *first, *last;
    struct ct_square_sum *squares;        /* exact types */
    struct ct_moments *moments;           /* floats */
    struct ct_bag *bag;                   /* of all cells */
    struct ct_quantile_sketch *quantiles; /* without an allocator until there is a value */
    struct ct_distinct_sketch *distincts;
};

struct ct_cells {
    const struct ct_plan *plan;
    struct ct_cell_field *fields; /* the plan's */
    struct ct_bag **tag_bags;     /* by output: codes of tags that are counted; else NULL */
    uint32_t cell_count, cell_cap;
    uint32_t *groups; /* by cell */
    int64_t *buckets; /* by cell: the bucket's number */
    uint64_t *rows;   /* by cell */
    /* Finding: by group x bucket where that is a small table, else by hash. Both hold cell + 1. */
    uint32_t *direct;
    int64_t first_bucket;
    uint64_t bucket_count;
    uint32_t *slots;
    uint64_t slot_cap;
};

/* Buckets are in [first_bucket, first_bucket + bucket_count); bucket_count 0: anywhere. */
ct_status ct_cells_init(struct ct_cells *cells, const struct ct_plan *plan, uint32_t group_count,
                        int64_t first_bucket, uint64_t bucket_count,
                        struct ct_error *err) CT_MUST_USE;
void ct_cells_deinit(struct ct_cells *cells);

/* The cell, made where it is not there. CT_LIMIT past the plan's rows. */
ct_status ct_cells_find(struct ct_cells *cells, uint32_t group, int64_t bucket, uint32_t *cell,
                        struct ct_error *err) CT_MUST_USE;

/* Rows [from, from + count) of a block, count > 0, all for one cell. */
struct ct_stretch {
    uint32_t cell, from, count;
};

/* Adds stretches of a field's vector. times_ns (of the whole vector) only where first or last is
 * kept. */
ct_status ct_cells_add(struct ct_cells *cells, uint32_t field, const struct ct_vector *vector,
                       const int64_t *times_ns, const struct ct_stretch *stretches,
                       uint32_t stretch_count, struct ct_error *err) CT_MUST_USE;

/* Notes that the cell has the value of a tag, for an output that counts different ones. */
ct_status ct_cells_add_tag(struct ct_cells *cells, uint32_t output, uint32_t cell, uint32_t code,
                           struct ct_error *err) CT_MUST_USE;

/* Whether a block's statistics hold all that the field needs. */
bool ct_cells_can_add_stats(const struct ct_cells *cells, uint32_t field,
                            const struct ct_block_stats *stats);
ct_status ct_cells_add_stats(struct ct_cells *cells, uint32_t field, uint32_t cell,
                             const struct ct_block_stats *stats, struct ct_error *err) CT_MUST_USE;

/* Adds one cell's part of a field that keeps no list of values. */
ct_status ct_cells_merge_field(struct ct_cells *cells, uint32_t field, uint32_t cell,
                               const struct ct_cell_field *from, uint32_t from_cell,
                               struct ct_error *err) CT_MUST_USE;

/* Adds all of `from`, of the same plan. */
ct_status ct_cells_merge(struct ct_cells *cells, const struct ct_cells *from,
                         struct ct_error *err) CT_MUST_USE;

/* Value i of a vector, which is present. A string is borrowed from the vector. */
struct ct_value ct_vector_value(const struct ct_vector *vector, uint32_t i);

/* Adds cells of a rollup: cell i of the column to cell targets[i]. */
ct_status ct_cells_add_column(struct ct_cells *cells, uint32_t field,
                              const struct ct_cell_column *column, const uint32_t *targets,
                              uint32_t count, struct ct_error *err) CT_MUST_USE;

/* -- Between cells.c, cell_add.c and cell_column.c ----------------------------------------------
 */

ct_status ct_cell_no_memory(struct ct_error *err);
ct_status ct_cell_fail_range(struct ct_error *err);

/* The low 128 bits of a sum; do they hold all of it? */
static inline bool ct_cell_narrow_total(const struct ct_decimal_sum *sum, ct_int128 *total)
{
    const uint64_t *limb = sum->total.limb;
    const uint64_t fill = (uint64_t)((int64_t)limb[1] >> 63);
    *total = (ct_int128)((ct_uint128)limb[1] << 64 | limb[0]);
    return limb[2] == fill && limb[3] == fill;
}

static inline void ct_cell_set_total(struct ct_decimal_sum *sum, ct_int128 total, uint8_t scale)
{
    uint64_t *limb = sum->total.limb;
    limb[0] = (uint64_t)total;
    limb[1] = (uint64_t)((ct_uint128)total >> 64);
    limb[2] = limb[3] = (uint64_t)((int64_t)limb[1] >> 63);
    sum->scale = scale;
}

/* What the inline path below does not take. */
ct_status ct_cell_add_aligned(struct ct_decimal_sum *sum, ct_int128 mantissa, uint8_t scale,
                              struct ct_error *err) CT_MUST_USE;

/* *sum += mantissa x 10^-scale, exactly; CT_RANGE past 256 bits. Here are sums that fit 128 bits
 * and have the same scale, as nearly all, or are 0 and take it over. */
static inline ct_status ct_cell_add_mantissa(struct ct_decimal_sum *sum, ct_int128 mantissa,
                                             uint8_t scale, struct ct_error *err)
{
    ct_int128 total;
    const bool is_narrow = ct_cell_narrow_total(sum, &total);
    const bool is_aligned = sum->scale == scale || (total == 0 && sum->scale < scale);
    if (!is_narrow || !is_aligned || __builtin_add_overflow(total, mantissa, &total))
        return ct_cell_add_aligned(sum, mantissa, scale, err);
    ct_cell_set_total(sum, total, scale);
    return CT_OK;
}

/* *sum += other, exactly; CT_RANGE past 256 bits. */
ct_status ct_cell_add_sum(struct ct_decimal_sum *sum, const struct ct_decimal_sum *other,
                          struct ct_error *err) CT_MUST_USE;

/* Keeps the smaller, the larger of what is there (where has_value) and value. */
void ct_cell_lower(struct ct_value *there, bool has_value, const struct ct_value *value);
void ct_cell_raise(struct ct_value *there, bool has_value, const struct ct_value *value);

/* Keeps the earlier (is_last: the later) of what is there and a value at a time; of two at one time
 * the larger. */
ct_status ct_cell_time(struct ct_timed_value *there, bool has_value, bool is_last, int64_t time_ns,
                       const struct ct_value *value, const struct ct_allocator *allocator,
                       struct ct_error *err) CT_MUST_USE;

/* -- cell_values.c: what looks at each value by itself ------------------------------------------
 */

/* Whether a field with these needs takes part in what follows. */
bool ct_cell_looks_at_values(unsigned needs);

ct_status ct_cell_values_init(struct ct_cells *cells, struct ct_error *err) CT_MUST_USE;
void ct_cell_values_deinit(struct ct_cells *cells);

/* Grows one array of a cell each, and clears what is new. */
bool ct_cell_grow_array(const struct ct_cells *cells, void *array_pointer, size_t element_bytes,
                        uint32_t cap);
bool ct_cell_values_grow(const struct ct_cells *cells, struct ct_cell_field *field, uint32_t cap);

ct_status ct_cell_values_add(struct ct_cells *cells, struct ct_cell_field *field,
                             const struct ct_vector *vector, const struct ct_stretch *stretch,
                             struct ct_error *err) CT_MUST_USE;
ct_status ct_cell_values_add_stored(struct ct_cells *cells, struct ct_cell_field *field,
                                    uint32_t cell, const struct ct_cell_column *column, uint32_t i,
                                    struct ct_error *err) CT_MUST_USE;
ct_status ct_cell_values_merge(struct ct_cells *cells, struct ct_cell_field *to, uint32_t cell,
                               const struct ct_cell_field *from, uint32_t from_cell,
                               struct ct_error *err) CT_MUST_USE;
ct_status ct_cell_bags_merge(struct ct_cells *cells, const struct ct_cells *from,
                             const uint32_t *map, struct ct_error *err) CT_MUST_USE;

#endif
