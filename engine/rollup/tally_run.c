/* The two ways into a tally that nearly all rows take. Both do what ct_tally_add does, and nothing
 * at all where something is out of the ordinary. */
#include "tally.h"

/* -- Cells that are there, one after another: a series of the same hours as the one before. ------
 */

/* Narrow numbers of which every cell has some, at one scale: nothing to make or to convert. */
static bool is_plain(const struct ct_tally_column *column, const struct ct_view_column *view)
{
    if (view->is_empty)
        return !column->is_used;
    return column->is_used && !column->has_counts && !column->is_wide && !column->has_wide_sums &&
           column->sums && !view->counts && view->sums && view->keys[CT_MAX] &&
           view->scale == column->scale;
}

static bool has_these_times(const struct ct_tally *tally, const struct ct_tally_view *view,
                            uint32_t first)
{
    const size_t bytes = view->count * sizeof(int64_t);
    return memcmp(tally->times_ns[0] + first, view->times_ns[0], bytes) == 0 &&
           memcmp(tally->times_ns[1] + first, view->times_ns[0], bytes) == 0;
}

static void take_back(struct ct_tally *tally, const struct ct_tally_view *view, uint32_t first,
                      uint32_t column_count)
{
    for (uint32_t c = 0; c < column_count; c++) {
        int64_t *sums = tally->columns[c].sums;
        const int64_t *what = view->columns[c].sums;
        for (uint32_t i = 0; !view->columns[c].is_empty && i < view->count; i++)
            sums[first + i] = (int64_t)((uint64_t)sums[first + i] - (uint64_t)what[i]);
    }
}

bool ct_tally_add_run(struct ct_tally *tally, const struct ct_tally_view *view, uint32_t first)
{
    bool is_ordinary = !tally->is_split && !view->is_split && !view->rows;
    for (uint32_t c = 0; is_ordinary && c < tally->column_count; c++)
        is_ordinary = is_plain(&tally->columns[c], &view->columns[c]);
    if (!is_ordinary || !has_these_times(tally, view, first))
        return false;
    for (uint32_t c = 0; c < tally->column_count; c++) {
        struct ct_tally_column *column = &tally->columns[c];
        const struct ct_view_column *from = &view->columns[c];
        const struct ct_fold_values values = {from->sums, from->keys[CT_MIN], from->keys[CT_MAX]};
        if (!from->is_empty && !tally->fold(column->sums + first, column->keys[CT_MIN] + first,
                                            column->keys[CT_MAX] + first, &values, view->count)) {
            take_back(tally, view, first, c);
            return false;
        }
    }
    for (uint32_t i = 0; i < view->count; i++)
        tally->rows[first + i]++;
    return true;
}

/* -- Empty cells, each of which gets a stretch of rows of ascending times. -----------------------
 */

static bool is_ascending(const int64_t *times_ns, uint32_t count)
{
    bool is_good = true;
    for (uint32_t i = 1; i < count; i++)
        is_good &= times_ns[i - 1] < times_ns[i];
    return is_good;
}

static bool is_numbers(const struct ct_view_column *view)
{
    return view->is_empty || (!view->counts && view->keys[CT_MIN] && !view->wide_sums);
}

/* [from, to) of one cell. */
struct stretch {
    uint32_t cell, from, to;
};

static bool sum_stretch(struct ct_tally_column *column, const struct ct_view_column *view,
                        struct stretch stretch)
{
    if (view->float_sums) {
        double sum = 0;
        for (uint32_t i = stretch.from; i < stretch.to; i++)
            sum += view->float_sums[i];
        column->float_sums[stretch.cell] = sum;
        return true;
    }
    int64_t sum = 0;
    bool overflows = false;
    for (uint32_t i = stretch.from; i < stretch.to; i++)
        overflows |= __builtin_add_overflow(sum, view->sums[i], &sum);
    column->sums[stretch.cell] = sum;
    return !overflows;
}

static void bound_stretch(struct ct_tally_column *column, const struct ct_view_column *view,
                          struct stretch stretch)
{
    const int64_t *keys = view->keys[CT_MIN]; /* of rows: all extremes are the value */
    int64_t min = keys[stretch.from], max = min;
    for (uint32_t i = stretch.from + 1; i < stretch.to; i++) {
        min = keys[i] < min ? keys[i] : min;
        max = keys[i] > max ? keys[i] : max;
    }
    column->keys[CT_MIN][stretch.cell] = min;
    column->keys[CT_MAX][stretch.cell] = max;
    column->keys[CT_FIRST][stretch.cell] = keys[stretch.from];
    column->keys[CT_LAST][stretch.cell] = keys[stretch.to - 1];
}

static bool reduce(struct ct_tally *tally, const struct ct_tally_view *view, struct stretch stretch)
{
    const int64_t first_ns = view->times_ns[0][stretch.from];
    const int64_t last_ns = view->times_ns[0][stretch.to - 1];
    bool fits = true;
    for (uint32_t c = 0; c < tally->column_count; c++) {
        struct ct_tally_column *column = &tally->columns[c];
        if (view->columns[c].is_empty)
            continue;
        fits &= sum_stretch(column, &view->columns[c], stretch);
        bound_stretch(column, &view->columns[c], stretch);
        column->times_ns[0][stretch.cell] = first_ns;
        column->times_ns[1][stretch.cell] = last_ns;
    }
    tally->rows[stretch.cell] = stretch.to - stretch.from;
    tally->times_ns[0][stretch.cell] = first_ns;
    tally->times_ns[1][stretch.cell] = last_ns;
    return fits;
}

ct_status ct_tally_reduce(struct ct_tally *tally, const struct ct_tally_view *view,
                          const uint32_t *at, uint32_t cell_count)
{
    bool is_ordinary =
        !view->rows && cell_count < view->count && is_ascending(view->times_ns[0], view->count);
    for (uint32_t c = 0; is_ordinary && c < tally->column_count; c++)
        is_ordinary = is_numbers(&view->columns[c]);
    ct_tally_reset(tally);
    CT_TRY(ct_tally_extend(tally, cell_count));
    if (!is_ordinary)
        return ct_tally_add(tally, view, at);
    tally->is_split = true; /* more rows than cells, and no two of one time */
    for (uint32_t c = 0; c < tally->column_count; c++)
        if (!view->columns[c].is_empty)
            CT_TRY(ct_tally_begin_column(tally, &tally->columns[c], &view->columns[c]));
    bool fits = true;
    for (uint32_t from = 0, to = 0; from < view->count; from = to) {
        while (to < view->count && at[to] == at[from])
            to++;
        fits &= reduce(tally, view, (struct stretch){at[from], from, to});
    }
    tally->has_rows = true;
    if (fits)
        return CT_OK;
    ct_tally_reset(tally);
    CT_TRY(ct_tally_extend(tally, cell_count));
    return ct_tally_add(tally, view, at);
}
