/* Making room for cells, adding views to them, and showing them as a view. */
#include "tally.h"

#define CELLS_MIN 64

ct_status ct_tally_init(struct ct_tally *tally, const struct ct_allocator *allocator,
                        const struct ct_text_pool *pool, const struct ct_rollup_column *columns,
                        uint32_t column_count)
{
    *tally = (struct ct_tally){
        .allocator = allocator, .pool = pool, .fold = ct_fold_best(), .column_count = column_count};
    tally->columns = ct_alloc_zeroed(allocator, column_count, sizeof *tally->columns);
    if (!tally->columns)
        return CT_NO_MEMORY;
    for (uint32_t c = 0; c < column_count; c++)
        tally->columns[c].type = columns[c].type;
    return CT_OK;
}

void ct_tally_deinit(struct ct_tally *tally)
{
    const struct ct_allocator *allocator = tally->allocator;
    if (!allocator)
        return;
    for (uint32_t c = 0; tally->columns && c < tally->column_count; c++) {
        struct ct_tally_column *column = &tally->columns[c];
        ct_release(allocator, column->counts);
        ct_release(allocator, column->sums);
        ct_release(allocator, column->wide_sums);
        ct_release(allocator, column->float_sums);
        for (unsigned e = 0; e < CT_EXTREMES; e++) {
            ct_release(allocator, column->keys[e]);
            ct_release(allocator, column->wide[e]);
        }
        ct_release(allocator, column->times_ns[0]);
        ct_release(allocator, column->times_ns[1]);
    }
    ct_release(allocator, tally->columns);
    ct_release(allocator, tally->rows);
    ct_release(allocator, tally->times_ns[0]);
    ct_release(allocator, tally->times_ns[1]);
    ct_tally_raised_destroy(allocator, tally->raised);
    *tally = (struct ct_tally){.allocator = allocator};
}

void ct_tally_reset(struct ct_tally *tally)
{
    tally->cell_count = 0;
    tally->is_split = false;
    tally->has_rows = false;
    for (uint32_t c = 0; c < tally->column_count; c++) {
        struct ct_tally_column *column = &tally->columns[c];
        column->is_used = column->has_counts = false;
        column->is_wide = column->has_wide_sums = false;
        column->scale = 0;
    }
}

/* -- Room ------------------------------------------------------------------------------------- */

static ct_status resize(const struct ct_tally *tally, void *array_pointer, uint32_t cap,
                        size_t element_bytes)
{
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    array = ct_resize(tally->allocator, array, cap * element_bytes);
    if (!array)
        return CT_NO_MEMORY;
    memcpy(array_pointer, &array, sizeof array);
    return CT_OK;
}

ct_status ct_tally_need(const struct ct_tally *tally, void *array_pointer, size_t element_bytes)
{
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    return array ? CT_OK : resize(tally, array_pointer, tally->cell_cap, element_bytes);
}

/* Only arrays that are there grow. */
static ct_status resize_made(const struct ct_tally *tally, void *array_pointer, uint32_t cap,
                             size_t element_bytes)
{
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    return array ? resize(tally, array_pointer, cap, element_bytes) : CT_OK;
}

static ct_status resize_column(const struct ct_tally *tally, struct ct_tally_column *column,
                               uint32_t cap)
{
    CT_TRY(resize_made(tally, &column->counts, cap, sizeof *column->counts));
    CT_TRY(resize_made(tally, &column->sums, cap, sizeof *column->sums));
    CT_TRY(resize_made(tally, &column->wide_sums, cap, sizeof *column->wide_sums));
    CT_TRY(resize_made(tally, &column->float_sums, cap, sizeof *column->float_sums));
    for (unsigned e = 0; e < CT_EXTREMES; e++) {
        CT_TRY(resize_made(tally, &column->keys[e], cap, sizeof *column->keys[e]));
        CT_TRY(resize_made(tally, &column->wide[e], cap, sizeof *column->wide[e]));
    }
    CT_TRY(resize_made(tally, &column->times_ns[0], cap, sizeof(int64_t)));
    return resize_made(tally, &column->times_ns[1], cap, sizeof(int64_t));
}

static ct_status make_room(struct ct_tally *tally, uint32_t count)
{
    if (count <= tally->cell_cap)
        return CT_OK;
    uint32_t cap = tally->cell_cap ? tally->cell_cap : CELLS_MIN;
    while (cap < count)
        cap *= 2;
    CT_TRY(resize(tally, &tally->rows, cap, sizeof *tally->rows));
    CT_TRY(resize(tally, &tally->times_ns[0], cap, sizeof(int64_t)));
    CT_TRY(resize(tally, &tally->times_ns[1], cap, sizeof(int64_t)));
    for (uint32_t c = 0; c < tally->column_count; c++)
        CT_TRY(resize_column(tally, &tally->columns[c], cap));
    tally->cell_cap = cap;
    return CT_OK;
}

/* -- Neutral elements, for cells [from, to) ---------------------------------------------------- */

static void fill(int64_t *array, uint32_t from, uint32_t to, int64_t value)
{
    for (uint32_t i = from; i < to; i++)
        array[i] = value;
}

static void fill_wide(ct_int128 *array, uint32_t from, uint32_t to, bool is_high)
{
    const ct_int128 high = (ct_int128)(~(ct_uint128)0 >> 1);
    for (uint32_t i = from; i < to; i++)
        array[i] = is_high ? high : -high - 1;
}

static void clear_extreme(struct ct_tally_column *column, enum ct_extreme e, uint32_t from,
                          uint32_t to)
{
    if (column->is_wide)
        fill_wide(column->wide[e], from, to, e == CT_MIN);
    else
        fill(column->keys[e], from, to, e == CT_MIN ? INT64_MAX : INT64_MIN);
}

static void clear_sums(struct ct_tally_column *column, uint32_t from, uint32_t to)
{
    if (column->type == CT_FLOAT64)
        memset(column->float_sums + from, 0, (to - from) * sizeof *column->float_sums);
    else if (column->has_wide_sums)
        memset(column->wide_sums + from, 0, (to - from) * sizeof *column->wide_sums);
    else
        fill(column->sums, from, to, 0);
}

static void clear_cells(const struct ct_tally *tally, struct ct_tally_column *column, uint32_t from,
                        uint32_t to)
{
    if (column->has_counts)
        fill(column->counts, from, to, 0);
    if (ct_type_has_sum(column->type)) {
        clear_sums(column, from, to);
        clear_extreme(column, CT_MIN, from, to);
    }
    clear_extreme(column, CT_MAX, from, to);
    if (tally->is_split) {
        clear_extreme(column, CT_FIRST, from, to);
        clear_extreme(column, CT_LAST, from, to);
        fill(column->times_ns[0], from, to, INT64_MAX);
        fill(column->times_ns[1], from, to, INT64_MIN);
    }
}

ct_status ct_tally_extend(struct ct_tally *tally, uint32_t count)
{
    const uint32_t from = tally->cell_count;
    CT_TRY(make_room(tally, count));
    fill(tally->rows, from, count, 0);
    fill(tally->times_ns[0], from, count, INT64_MAX);
    fill(tally->times_ns[1], from, count, INT64_MIN);
    for (uint32_t c = 0; c < tally->column_count; c++)
        if (tally->columns[c].is_used)
            clear_cells(tally, &tally->columns[c], from, count);
    tally->cell_count = count;
    return CT_OK;
}

/* -- What a tally did without so far ------------------------------------------------------------
 */

static ct_status need_extreme(const struct ct_tally *tally, struct ct_tally_column *column,
                              enum ct_extreme e)
{
    return column->is_wide ? ct_tally_need(tally, &column->wide[e], sizeof *column->wide[e])
                           : ct_tally_need(tally, &column->keys[e], sizeof *column->keys[e]);
}

static ct_status need_counts(struct ct_tally *tally, struct ct_tally_column *column)
{
    if (column->has_counts)
        return CT_OK;
    CT_TRY(ct_tally_need(tally, &column->counts, sizeof *column->counts));
    memcpy(column->counts, tally->rows, tally->cell_count * sizeof *column->counts);
    column->has_counts = true;
    return CT_OK;
}

static ct_status need_split_arrays(const struct ct_tally *tally, struct ct_tally_column *column)
{
    CT_TRY(need_extreme(tally, column, CT_FIRST));
    CT_TRY(need_extreme(tally, column, CT_LAST));
    CT_TRY(ct_tally_need(tally, &column->times_ns[0], sizeof(int64_t)));
    return ct_tally_need(tally, &column->times_ns[1], sizeof(int64_t));
}

/* First and last were the maximum. A cell without values keeps neutral times. */
static ct_status split_column(const struct ct_tally *tally, struct ct_tally_column *column)
{
    CT_TRY(need_split_arrays(tally, column));
    for (unsigned e = CT_FIRST; e <= CT_LAST; e++) {
        const size_t count = tally->cell_count;
        if (column->is_wide)
            memcpy(column->wide[e], column->wide[CT_MAX], count * sizeof *column->wide[e]);
        else
            memcpy(column->keys[e], column->keys[CT_MAX], count * sizeof *column->keys[e]);
    }
    const int64_t *counts = column->has_counts ? column->counts : tally->rows;
    for (uint32_t i = 0; i < tally->cell_count; i++) {
        column->times_ns[0][i] = counts[i] ? tally->times_ns[0][i] : INT64_MAX;
        column->times_ns[1][i] = counts[i] ? tally->times_ns[1][i] : INT64_MIN;
    }
    return CT_OK;
}

static ct_status become_split(struct ct_tally *tally)
{
    for (uint32_t c = 0; c < tally->column_count; c++)
        if (tally->columns[c].is_used)
            CT_TRY(split_column(tally, &tally->columns[c]));
    tally->is_split = true;
    return CT_OK;
}

ct_status ct_tally_begin_column(struct ct_tally *tally, struct ct_tally_column *column,
                                const struct ct_view_column *view)
{
    column->has_counts = tally->has_rows;
    column->is_wide = view->wide[CT_MAX] != NULL;
    column->has_wide_sums = view->wide_sums != NULL;
    if (column->has_counts)
        CT_TRY(ct_tally_need(tally, &column->counts, sizeof *column->counts));
    if (column->type == CT_FLOAT64)
        CT_TRY(ct_tally_need(tally, &column->float_sums, sizeof *column->float_sums));
    else if (column->has_wide_sums)
        CT_TRY(ct_tally_need(tally, &column->wide_sums, sizeof *column->wide_sums));
    else if (ct_type_has_sum(column->type))
        CT_TRY(ct_tally_need(tally, &column->sums, sizeof *column->sums));
    if (ct_type_has_sum(column->type))
        CT_TRY(need_extreme(tally, column, CT_MIN));
    CT_TRY(need_extreme(tally, column, CT_MAX));
    if (tally->is_split)
        CT_TRY(need_split_arrays(tally, column));
    clear_cells(tally, column, 0, tally->cell_count);
    if (column->scale < view->scale)
        column->scale = view->scale;
    column->is_used = true;
    return CT_OK;
}

/* -- Adding ----------------------------------------------------------------------------------- */

/* Sums from `done` on. */
static ct_status add_sums(struct ct_tally *tally, struct ct_tally_column *column,
                          const struct ct_view_column *view, const struct ct_spots *spots,
                          uint32_t done)
{
    if (column->type == CT_FLOAT64) {
        ct_sum_double(column->float_sums, view->float_sums, spots);
        return CT_OK;
    }
    if (view->wide_sums && !column->has_wide_sums)
        CT_TRY(ct_tally_widen_sums(tally, column));
    if (!column->has_wide_sums) {
        done = ct_sum_int64(column->sums, view->sums, spots, done);
        if (done == spots->count)
            return CT_OK;
        CT_TRY(ct_tally_widen_sums(tally, column));
    }
    done = view->wide_sums ? ct_sum_int128(column->wide_sums, view->wide_sums, spots, done)
                           : ct_sum_mixed(column->wide_sums, view->sums, spots, done);
    return done == spots->count ? CT_OK : CT_RANGE;
}

static void add_bounds(const struct ct_tally *tally, struct ct_tally_column *column,
                       const struct ct_view_column *view, const struct ct_spots *spots)
{
    if (column->type == CT_STRING) {
        ct_raise_text(column->keys[CT_MAX], view->keys[CT_MAX], spots, tally->pool);
    } else if (column->type == CT_BOOL) {
        ct_raise_int64(column->keys[CT_MAX], view->keys[CT_MAX], spots);
    } else if (!column->is_wide) {
        ct_lower_int64(column->keys[CT_MIN], view->keys[CT_MIN], spots);
        ct_raise_int64(column->keys[CT_MAX], view->keys[CT_MAX], spots);
    } else if (view->wide[CT_MIN]) {
        ct_lower_int128(column->wide[CT_MIN], view->wide[CT_MIN], spots);
        ct_raise_int128(column->wide[CT_MAX], view->wide[CT_MAX], spots);
    } else {
        ct_lower_mixed(column->wide[CT_MIN], view->keys[CT_MIN], spots);
        ct_raise_mixed(column->wide[CT_MAX], view->keys[CT_MAX], spots);
    }
}

static ct_status add_values(struct ct_tally *tally, struct ct_tally_column *column,
                            const struct ct_view_column *view, const struct ct_spots *spots)
{
    uint32_t done = 0;
    const bool is_narrow = column->sums && !column->has_wide_sums && !column->is_wide;
    if (is_narrow && view->sums && view->keys[CT_MAX] && !spots->counts)
        done = ct_fold_int64(column, view, spots);
    if (done == spots->count)
        return CT_OK;
    if (ct_type_has_sum(column->type))
        CT_TRY(add_sums(tally, column, view, spots, done));
    add_bounds(tally, column, view, spots); /* some twice, which is harmless */
    return CT_OK;
}

/* The view's own first and last with their times, or what stands for them. */
struct ends {
    const int64_t *keys[2];
    const ct_int128 *wide[2];
    struct ct_times times[2];
};

static struct ends ends_of(const struct ct_tally_column *column, const struct ct_tally_view *view,
                           const struct ct_view_column *values)
{
    struct ends ends;
    for (unsigned e = 0; e < 2; e++) {
        const unsigned extreme = view->is_split ? CT_FIRST + e : CT_MAX;
        ends.keys[e] = values->keys[extreme];
        ends.wide[e] = values->wide[extreme];
        ends.times[e] = (struct ct_times){column->times_ns[e],
                                          view->is_split ? values->times_ns[e] : view->times_ns[e]};
    }
    return ends;
}

static void add_ends(const struct ct_tally *tally, struct ct_tally_column *column,
                     const struct ct_tally_view *view, const struct ct_view_column *values,
                     const struct ct_spots *spots)
{
    const struct ends ends = ends_of(column, view, values);
    int64_t *first = column->keys[CT_FIRST], *last = column->keys[CT_LAST];
    ct_int128 *wide_first = column->wide[CT_FIRST], *wide_last = column->wide[CT_LAST];
    if (column->type == CT_STRING) {
        ct_first_text(first, ends.keys[0], ends.times[0], spots, tally->pool);
        ct_last_text(last, ends.keys[1], ends.times[1], spots, tally->pool);
    } else if (!column->is_wide) {
        ct_first_int64(first, ends.keys[0], ends.times[0], spots);
        ct_last_int64(last, ends.keys[1], ends.times[1], spots);
    } else if (ends.wide[0]) {
        ct_first_int128(wide_first, ends.wide[0], ends.times[0], spots);
        ct_last_int128(wide_last, ends.wide[1], ends.times[1], spots);
    } else {
        ct_first_mixed(wide_first, ends.keys[0], ends.times[0], spots);
        ct_last_mixed(wide_last, ends.keys[1], ends.times[1], spots);
    }
}

static ct_status add_column(struct ct_tally *tally, struct ct_tally_column *column,
                            const struct ct_tally_view *view, const struct ct_view_column *values,
                            const struct ct_spots *all)
{
    struct ct_view_column aligned = *values;
    if (values->is_empty)
        return column->is_used ? need_counts(tally, column) : CT_OK;
    if (!column->is_used)
        CT_TRY(ct_tally_begin_column(tally, column, values));
    if (values->counts)
        CT_TRY(need_counts(tally, column));
    if (column->type == CT_DECIMAL)
        CT_TRY(ct_tally_align(tally, column, values, view->count, &aligned));
    const struct ct_spots spots = {all->at, values->counts, all->count};
    if (column->has_counts)
        ct_sum_counts(column->counts, values->counts ? values->counts : view->rows, &spots);
    CT_TRY(add_values(tally, column, &aligned, &spots));
    if (tally->is_split)
        add_ends(tally, column, view, &aligned, &spots);
    return CT_OK;
}

/* Gives cells without rows the time of their first; true where some cell would have two times. */
static bool meets_other_times(struct ct_tally *tally, const struct ct_tally_view *view,
                              const struct ct_spots *all)
{
    int64_t *earliest = tally->times_ns[0], *latest = tally->times_ns[1];
    const int64_t *times_ns = view->times_ns[0];
    for (uint32_t i = 0; i < all->count; i++) {
        const uint32_t at = all->at[i];
        if (earliest[at] <= latest[at] && earliest[at] != times_ns[i])
            return true;
        earliest[at] = latest[at] = times_ns[i];
    }
    return false;
}

static void add_rows(struct ct_tally *tally, const struct ct_tally_view *view,
                     const struct ct_spots *all)
{
    ct_sum_counts(tally->rows, view->rows, all);
    if (tally->is_split) {
        ct_lower_int64(tally->times_ns[0], view->times_ns[0], all);
        ct_raise_int64(tally->times_ns[1], view->times_ns[1], all);
    }
}

ct_status ct_tally_add(struct ct_tally *tally, const struct ct_tally_view *view, const uint32_t *at)
{
    const struct ct_spots all = {.at = at, .count = view->count};
    if (!tally->is_split && (view->is_split || meets_other_times(tally, view, &all)))
        CT_TRY(become_split(tally));
    for (uint32_t c = 0; c < tally->column_count; c++)
        CT_TRY(add_column(tally, &tally->columns[c], view, &view->columns[c], &all));
    add_rows(tally, view, &all);
    tally->has_rows = true;
    return CT_OK;
}

static inline void prefetch(const int64_t *array, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; array && i < count; i += 8)
        __builtin_prefetch(array + first + i, 1);
}

void ct_tally_prefetch(const struct ct_tally *tally, uint32_t first, uint32_t count)
{
    prefetch(tally->times_ns[0], first, count);
    prefetch(tally->times_ns[1], first, count);
    prefetch(tally->rows, first, count);
    for (uint32_t c = 0; c < tally->column_count; c++) {
        const struct ct_tally_column *column = &tally->columns[c];
        if (column->is_used && !column->is_wide) {
            prefetch(column->sums, first, count);
            prefetch(column->keys[CT_MIN], first, count);
            prefetch(column->keys[CT_MAX], first, count);
        }
    }
}

/* -- Showing ---------------------------------------------------------------------------------- */

#define FROM(array) ((array) ? (array) + from : NULL)

static void view_column(const struct ct_tally *tally, const struct ct_tally_column *column,
                        uint32_t from, struct ct_view_column *out)
{
    *out = (struct ct_view_column){
        .type = column->type, .is_empty = !column->is_used, .scale = column->scale};
    if (!column->is_used)
        return;
    if (column->has_counts)
        out->counts = column->counts + from;
    if (column->type == CT_FLOAT64)
        out->float_sums = column->float_sums + from;
    else if (column->has_wide_sums)
        out->wide_sums = column->wide_sums + from;
    else if (ct_type_has_sum(column->type))
        out->sums = column->sums + from;
    for (unsigned e = 0; e <= (tally->is_split ? CT_LAST : CT_MAX); e++) {
        if (column->is_wide)
            out->wide[e] = FROM(column->wide[e]);
        else
            out->keys[e] = FROM(column->keys[e]);
    }
    for (unsigned e = 0; tally->is_split && e < 2; e++)
        out->times_ns[e] = column->times_ns[e] + from;
}

void ct_tally_view_of(const struct ct_tally *tally, uint32_t from, uint32_t count,
                      struct ct_view_column *columns, struct ct_tally_view *out)
{
    CT_ASSERT(count <= CT_TALLY_VIEW_MAX && from + count <= tally->cell_count);
    for (uint32_t c = 0; c < tally->column_count; c++)
        view_column(tally, &tally->columns[c], from, &columns[c]);
    *out = (struct ct_tally_view){
        .count = count,
        .is_split = tally->is_split,
        .rows = tally->rows + from,
        .times_ns = {tally->times_ns[0] + from, tally->times_ns[1] + from},
        .columns = columns,
    };
}
