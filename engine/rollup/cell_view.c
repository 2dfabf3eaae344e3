#include "cell_view.h"

struct ct_cell_view_column {
    int64_t keys[CT_EXTREMES][CT_TALLY_VIEW_MAX];
    int64_t sums[CT_TALLY_VIEW_MAX];
    ct_int128 wide[CT_EXTREMES][CT_TALLY_VIEW_MAX];
    ct_int128 wide_sums[CT_TALLY_VIEW_MAX];
};

ct_status ct_cell_view_init(struct ct_cell_view *cells, const struct ct_allocator *allocator,
                            struct ct_text_pool *pool, const struct ct_rollup_column *columns,
                            uint32_t column_count)
{
    *cells =
        (struct ct_cell_view){.allocator = allocator, .pool = pool, .column_count = column_count};
    /* Written before it is read; clearing it would cost more than a small block. */
    cells->rooms = ct_alloc(allocator, (column_count + 1u) * sizeof *cells->rooms);
    cells->columns = ct_alloc_zeroed(allocator, column_count, sizeof *cells->columns);
    if (!cells->rooms || !cells->columns)
        return CT_NO_MEMORY;
    for (uint32_t c = 0; c < column_count; c++)
        cells->columns[c].type = columns[c].type;
    return CT_OK;
}

void ct_cell_view_deinit(struct ct_cell_view *cells)
{
    ct_release(cells->allocator, cells->rooms);
    ct_release(cells->allocator, cells->columns);
}

/* -- Values of one type -------------------------------------------------------------------------
 */

static ct_status keys_of(struct ct_cell_view *cells, const struct ct_vector *vector,
                         const int64_t *counts, int64_t *room, const int64_t **out)
{
    *out = room;
    switch (vector->type) {
    case CT_FLOAT64:
        for (uint32_t i = 0; i < vector->count; i++)
            room[i] = ct_key_of_double(vector->float64[i]);
        return CT_OK;
    case CT_UINT64:
        for (uint32_t i = 0; i < vector->count; i++)
            room[i] = ct_key_of_unsigned(vector->uint64[i]);
        return CT_OK;
    case CT_BOOL:
        for (uint32_t i = 0; i < vector->count; i++)
            room[i] = vector->boolean[i];
        return CT_OK;
    case CT_STRING:
        for (uint32_t i = 0; i < vector->count; i++) {
            room[i] = CT_TEXT_NONE;
            if (counts[i])
                CT_TRY(ct_text_pool_add(cells->pool, vector->string[i], &room[i]));
        }
        return CT_OK;
    case CT_INT64:
    case CT_DECIMAL: /* whole numbers, as sums */
        *out = vector->int64;
        return CT_OK;
    }
    return CT_OK;
}

/* -- Decimals: each array was stored at a scale of its own --------------------------------------
 */

struct aligned {
    const int64_t *narrow;
    const ct_int128 *wide;
};

static bool raise_narrow(const struct ct_vector *vector, uint8_t scale, int64_t *room)
{
    const unsigned digits = (unsigned)scale - vector->scale;
    if (vector->wide || digits > 18)
        return false;
    for (uint32_t i = 0; i < vector->count; i++)
        if (__builtin_mul_overflow(vector->narrow[i], ct_pow10_int64[digits], &room[i]))
            return false;
    return true;
}

static bool raise_wide(const struct ct_vector *vector, uint8_t scale, ct_int128 *room)
{
    const ct_int128 power = ct_pow10_int128((unsigned)scale - vector->scale);
    for (uint32_t i = 0; i < vector->count; i++) {
        const ct_int128 value = vector->wide ? vector->wide[i] : vector->narrow[i];
        if (__builtin_mul_overflow(value, power, &room[i]))
            return false;
    }
    return true;
}

static ct_status align(const struct ct_vector *vector, uint8_t scale, bool is_wide,
                       int64_t *narrow_room, ct_int128 *wide_room, struct aligned *out)
{
    *out = (struct aligned){0};
    if (!is_wide && !vector->wide && vector->scale == scale) {
        out->narrow = vector->narrow;
    } else if (!is_wide && raise_narrow(vector, scale, narrow_room)) {
        out->narrow = narrow_room;
    } else if (raise_wide(vector, scale, wide_room)) {
        out->wide = wide_room;
    } else {
        return CT_RANGE;
    }
    return CT_OK;
}

/* The extremes as far as there are any, all of one width. */
static ct_status align_extremes(struct ct_cell_view_column *room,
                                const struct ct_vector *const *vectors, uint8_t scale,
                                bool is_split, struct ct_view_column *out)
{
    const unsigned count = is_split ? CT_EXTREMES : CT_FIRST;
    struct aligned aligned[CT_EXTREMES];
    bool is_wide = false;
    for (unsigned e = 0; e < count; e++) {
        CT_TRY(align(vectors[e], scale, false, room->keys[e], room->wide[e], &aligned[e]));
        is_wide |= aligned[e].wide != NULL;
    }
    for (unsigned e = 0; e < count; e++) {
        if (is_wide)
            CT_TRY(align(vectors[e], scale, true, room->keys[e], room->wide[e], &aligned[e]));
        out->keys[e] = aligned[e].narrow;
        out->wide[e] = aligned[e].wide;
    }
    return CT_OK;
}

static ct_status set_decimals(struct ct_cell_view_column *room, const struct ct_cell_column *column,
                              bool is_split, struct ct_view_column *out)
{
    const struct ct_vector *const vectors[CT_EXTREMES] = {&column->min, &column->max,
                                                          &column->first, &column->last};
    struct aligned sums;
    uint8_t scale = column->sum.scale;
    for (unsigned e = 0; e <= (is_split ? CT_LAST : CT_MAX); e++)
        scale = vectors[e]->scale > scale ? vectors[e]->scale : scale;
    out->scale = scale;
    CT_TRY(align(&column->sum, scale, false, room->sums, room->wide_sums, &sums));
    out->sums = sums.narrow;
    out->wide_sums = sums.wide;
    return align_extremes(room, vectors, scale, is_split, out);
}

/* -- Columns ---------------------------------------------------------------------------------- */

static ct_status set_extremes(struct ct_cell_view *cells, struct ct_cell_view_column *room,
                              const struct ct_cell_column *column, bool is_split,
                              struct ct_view_column *out)
{
    const struct ct_vector *const vectors[CT_EXTREMES] = {&column->min, &column->max,
                                                          &column->first, &column->last};
    const bool has_bounds = ct_type_has_sum(out->type);
    for (unsigned e = has_bounds ? CT_MIN : CT_FIRST; e <= (is_split ? CT_LAST : CT_MAX); e++)
        CT_TRY(keys_of(cells, vectors[e], column->counts, room->keys[e], &out->keys[e]));
    if (has_bounds)
        return CT_OK;
    /* Strings and bools have first and last alone. */
    if (!is_split)
        return keys_of(cells, &column->first, column->counts, room->keys[CT_MAX],
                       &out->keys[CT_MAX]);
    for (uint32_t i = 0; i < column->first.count; i++)
        room->keys[CT_MAX][i] = INT64_MIN;
    out->keys[CT_MAX] = room->keys[CT_MAX];
    return CT_OK;
}

static ct_status set_column(struct ct_cell_view *cells, uint32_t c, uint32_t count,
                            const int64_t *rows, const struct ct_cell_column *column, bool is_split)
{
    struct ct_view_column *out = &cells->columns[c];
    int64_t any = 0;
    *out = (struct ct_view_column){.type = out->type};
    for (uint32_t i = 0; i < count; i++)
        any |= column->counts[i];
    out->is_empty = any == 0;
    if (out->is_empty)
        return CT_OK;
    if (column->counts != rows)
        out->counts = column->counts;
    if (is_split) {
        out->times_ns[0] = column->first_times_ns;
        out->times_ns[1] = column->last_times_ns;
    }
    if (out->type == CT_DECIMAL)
        return set_decimals(&cells->rooms[c], column, is_split, out);
    if (out->type == CT_FLOAT64)
        out->float_sums = column->sum.float64;
    else if (column->sum.wide)
        out->wide_sums = column->sum.wide;
    else if (ct_type_has_sum(out->type))
        out->sums = column->sum.narrow;
    return set_extremes(cells, &cells->rooms[c], column, is_split, out);
}

ct_status ct_cell_view_set(struct ct_cell_view *cells, const struct ct_cell_block *block,
                           const struct ct_cell_column *columns, bool is_split)
{
    for (uint32_t c = 0; c < cells->column_count; c++)
        CT_TRY(set_column(cells, c, block->cell_count, block->rows, &columns[c], is_split));
    cells->view = (struct ct_tally_view){
        .count = block->cell_count,
        .is_split = is_split,
        .rows = block->rows,
        .times_ns = {block->min_times_ns, block->max_times_ns},
        .columns = cells->columns,
    };
    return CT_OK;
}
