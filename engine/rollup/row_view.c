#include "row_view.h"

ct_status ct_row_view_init(struct ct_row_view *rows, const struct ct_allocator *allocator,
                           const struct ct_rollup_column *columns, uint32_t column_count)
{
    *rows = (struct ct_row_view){.allocator = allocator, .column_count = column_count};
    rows->columns = ct_alloc_zeroed(allocator, column_count, sizeof *rows->columns);
    rows->views = ct_alloc_zeroed(allocator, column_count, sizeof *rows->views);
    rows->lent = ct_alloc_zeroed(allocator, column_count, sizeof *rows->lent);
    if (!rows->columns || !rows->views || !rows->lent)
        return CT_NO_MEMORY;
    for (uint32_t c = 0; c < column_count; c++)
        rows->views[c].type = columns[c].type;
    return CT_OK;
}

void ct_row_view_deinit(struct ct_row_view *rows)
{
    for (uint32_t c = 0; rows->columns && c < rows->column_count; c++) {
        ct_release(rows->allocator, rows->columns[c].keys);
        ct_release(rows->allocator, rows->columns[c].counts);
        ct_release(rows->allocator, rows->columns[c].wide);
    }
    ct_release(rows->allocator, rows->columns);
    ct_release(rows->allocator, rows->views);
    ct_release(rows->allocator, rows->lent);
}

static ct_status need(const struct ct_row_view *rows, void *array_pointer, size_t element_bytes)
{
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    if (array)
        return CT_OK;
    array = ct_alloc(rows->allocator, CT_TALLY_VIEW_MAX * element_bytes);
    if (!array)
        return CT_NO_MEMORY;
    memcpy(array_pointer, &array, sizeof array);
    return CT_OK;
}

static void show_keys(struct ct_view_column *view, const int64_t *keys)
{
    for (unsigned e = 0; e <= CT_MAX; e++)
        view->keys[e] = keys;
}

/* -- Decimals --------------------------------------------------------------------------------- */

struct decimals {
    const struct ct_vector *vector;
    const uint8_t *present; /* of the slice */
    uint32_t from, count;
};

static inline bool has_value(const struct decimals *decimals, uint32_t i)
{
    return !decimals->present || decimals->present[i];
}

static inline struct ct_decimal decimal_at(const struct decimals *decimals, uint32_t i)
{
    const struct ct_vector *v = decimals->vector;
    const uint32_t row = decimals->from + i;
    return (struct ct_decimal){.mantissa = v->wide ? v->wide[row] : v->narrow[row],
                               .scale = v->scales ? v->scales[row] : v->scale};
}

static uint8_t widest_scale(const struct decimals *decimals)
{
    uint8_t widest = 0;
    if (!decimals->vector->scales)
        return decimals->vector->scale;
    for (uint32_t i = 0; i < decimals->count; i++) {
        const uint8_t scale = decimals->vector->scales[decimals->from + i];
        if (has_value(decimals, i) && scale > widest)
            widest = scale;
    }
    return widest;
}

static bool to_narrow(const struct decimals *decimals, uint8_t scale, int64_t *out)
{
    for (uint32_t i = 0; i < decimals->count; i++) {
        const struct ct_decimal value = decimal_at(decimals, i);
        const unsigned digits = (unsigned)scale - value.scale;
        out[i] = 0;
        if (!has_value(decimals, i) || value.mantissa == 0)
            continue;
        if (digits > 18 || value.mantissa != (int64_t)value.mantissa ||
            __builtin_mul_overflow((int64_t)value.mantissa, ct_pow10_int64[digits], &out[i]))
            return false;
    }
    return true;
}

/* Zeros at the end of a mantissa are dropped where they are too many. */
static bool to_wide(const struct decimals *decimals, uint8_t scale, ct_int128 *out)
{
    struct ct_decimal raised;
    for (uint32_t i = 0; i < decimals->count; i++) {
        out[i] = 0;
        if (!has_value(decimals, i))
            continue;
        if (ct_decimal_rescale(decimal_at(decimals, i), scale, &raised) != CT_OK)
            return false;
        out[i] = raised.mantissa;
    }
    return true;
}

static uint8_t least_scale(const struct decimals *decimals)
{
    uint8_t scale = 0;
    for (uint32_t i = 0; i < decimals->count; i++) {
        const struct ct_decimal value = ct_decimal_normalise(decimal_at(decimals, i));
        if (has_value(decimals, i) && value.scale > scale)
            scale = value.scale;
    }
    return scale;
}

static ct_status show_wide(struct ct_row_view *rows, struct ct_row_column *column,
                           struct ct_view_column *view, const struct decimals *decimals,
                           uint8_t scale)
{
    CT_TRY(need(rows, &column->wide, sizeof *column->wide));
    if (!to_wide(decimals, scale, column->wide)) {
        scale = least_scale(decimals);
        if (!to_wide(decimals, scale, column->wide))
            return CT_RANGE;
    }
    view->scale = scale;
    view->wide_sums = column->wide;
    for (unsigned e = 0; e <= CT_MAX; e++)
        view->wide[e] = column->wide;
    return CT_OK;
}

static ct_status show_decimals(struct ct_row_view *rows, struct ct_row_column *column,
                               struct ct_view_column *view, const struct decimals *decimals)
{
    const struct ct_vector *vector = decimals->vector;
    const uint8_t widest = widest_scale(decimals);
    const uint8_t scale = widest > column->scale ? widest : column->scale;
    if (!vector->wide && !vector->scales && vector->scale == scale) {
        column->scale = view->scale = scale;
        view->sums = vector->narrow + decimals->from;
        show_keys(view, view->sums);
        return CT_OK;
    }
    CT_TRY(need(rows, &column->keys, sizeof *column->keys));
    if (!to_narrow(decimals, scale, column->keys))
        return show_wide(rows, column, view, decimals, scale);
    column->scale = view->scale = scale;
    view->sums = column->keys;
    show_keys(view, column->keys);
    return CT_OK;
}

/* -- The other types -------------------------------------------------------------------------- */

static ct_status show_floats(struct ct_row_view *rows, struct ct_row_column *column,
                             struct ct_view_column *view, const double *values, uint32_t count)
{
    CT_TRY(need(rows, &column->keys, sizeof *column->keys));
    for (uint32_t i = 0; i < count; i++)
        column->keys[i] = ct_key_of_double(values[i]);
    view->float_sums = values;
    show_keys(view, column->keys);
    return CT_OK;
}

static ct_status show_unsigned(struct ct_row_view *rows, struct ct_row_column *column,
                               struct ct_view_column *view, const uint64_t *values, uint32_t count)
{
    uint64_t any = 0;
    CT_TRY(need(rows, &column->keys, sizeof *column->keys));
    for (uint32_t i = 0; i < count; i++) {
        column->keys[i] = ct_key_of_unsigned(values[i]);
        any |= values[i];
    }
    show_keys(view, column->keys);
    view->sums = (const int64_t *)values;
    if (any <= INT64_MAX)
        return CT_OK;
    CT_TRY(need(rows, &column->wide, sizeof *column->wide));
    for (uint32_t i = 0; i < count; i++)
        column->wide[i] = values[i];
    view->sums = NULL;
    view->wide_sums = column->wide;
    return CT_OK;
}

static ct_status show_bools(struct ct_row_view *rows, struct ct_row_column *column,
                            struct ct_view_column *view, const uint8_t *values, uint32_t count)
{
    CT_TRY(need(rows, &column->keys, sizeof *column->keys));
    for (uint32_t i = 0; i < count; i++)
        column->keys[i] = values[i] != 0;
    view->keys[CT_MAX] = column->keys;
    return CT_OK;
}

/* Numbers that the text pool lends. */
static ct_status show_texts(struct ct_row_view *rows, struct ct_view_column *view, uint32_t c,
                            const struct ct_text *values, uint32_t count)
{
    struct ct_row_column *column = &rows->columns[c];
    CT_TRY(need(rows, &column->keys, sizeof *column->keys));
    for (uint32_t i = 0; i < count; i++)
        column->keys[i] = CT_TEXT_LENT | (int64_t)c << 32 | i;
    rows->lent[c] = values;
    view->keys[CT_MAX] = column->keys;
    return CT_OK;
}

static ct_status show_presence(struct ct_row_view *rows, struct ct_row_column *column,
                               struct ct_view_column *view, const uint8_t *present, uint32_t count)
{
    uint32_t values = 0;
    if (!present)
        return CT_OK;
    CT_TRY(need(rows, &column->counts, sizeof *column->counts));
    for (uint32_t i = 0; i < count; i++) {
        column->counts[i] = present[i] != 0;
        values += present[i] != 0;
    }
    view->is_empty = values == 0;
    if (values < count)
        view->counts = column->counts;
    return CT_OK;
}

static ct_status show_column(struct ct_row_view *rows, uint32_t c, const struct ct_vector *vector,
                             uint32_t from, uint32_t count)
{
    struct ct_row_column *column = &rows->columns[c];
    struct ct_view_column *view = &rows->views[c];
    const uint8_t *present = vector->present ? vector->present + from : NULL;
    *view = (struct ct_view_column){.type = view->type, .is_empty = vector->count == 0};
    if (view->is_empty)
        return CT_OK;
    CT_TRY(show_presence(rows, column, view, present, count));
    if (view->is_empty)
        return CT_OK;
    switch (view->type) {
    case CT_FLOAT64:
        return show_floats(rows, column, view, vector->float64 + from, count);
    case CT_INT64:
        view->sums = vector->int64 + from;
        show_keys(view, view->sums);
        return CT_OK;
    case CT_UINT64:
        return show_unsigned(rows, column, view, vector->uint64 + from, count);
    case CT_BOOL:
        return show_bools(rows, column, view, vector->boolean + from, count);
    case CT_STRING:
        return show_texts(rows, view, c, vector->string + from, count);
    case CT_DECIMAL: {
        const struct decimals decimals = {vector, present, from, count};
        return show_decimals(rows, column, view, &decimals);
    }
    }
    return CT_OK;
}

ct_status ct_row_view_set(struct ct_row_view *rows, const int64_t *times_ns,
                          const struct ct_vector *vectors, uint32_t from, uint32_t count)
{
    for (uint32_t c = 0; c < rows->column_count; c++)
        CT_TRY(show_column(rows, c, &vectors[c], from, count));
    rows->view = (struct ct_tally_view){
        .count = count,
        .times_ns = {times_ns + from, times_ns + from},
        .columns = rows->views,
    };
    return CT_OK;
}
