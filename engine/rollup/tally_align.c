/* Scales and widths of a tally's decimals. Both only ever grow. */
#include "tally.h"

/* A view at the column's scale; for any number of its arrays. */
struct ct_tally_raised {
    int64_t keys[CT_EXTREMES][CT_TALLY_VIEW_MAX];
    ct_int128 wide[CT_EXTREMES][CT_TALLY_VIEW_MAX];
    int64_t sums[CT_TALLY_VIEW_MAX];
    ct_int128 wide_sums[CT_TALLY_VIEW_MAX];
};

void ct_tally_raised_destroy(const struct ct_allocator *allocator, struct ct_tally_raised *raised)
{
    ct_release(allocator, raised);
}

/* -- Wider ------------------------------------------------------------------------------------ */

ct_status ct_tally_widen_sums(struct ct_tally *tally, struct ct_tally_column *column)
{
    CT_TRY(ct_tally_need(tally, &column->wide_sums, sizeof *column->wide_sums));
    for (uint32_t i = 0; i < tally->cell_count; i++)
        column->wide_sums[i] = column->sums[i];
    column->has_wide_sums = true;
    return CT_OK;
}

/* Neutral elements stay neutral: no value in 64 bits is beyond theirs. */
ct_status ct_tally_widen(struct ct_tally *tally, struct ct_tally_column *column)
{
    for (unsigned e = 0; e <= (tally->is_split ? CT_LAST : CT_MAX); e++) {
        CT_TRY(ct_tally_need(tally, &column->wide[e], sizeof *column->wide[e]));
        const int64_t *counts = column->has_counts ? column->counts : tally->rows;
        const ct_int128 high = (ct_int128)(~(ct_uint128)0 >> 1);
        const ct_int128 neutral = e == CT_MIN ? high : -high - 1;
        for (uint32_t i = 0; i < tally->cell_count; i++)
            column->wide[e][i] = counts[i] ? column->keys[e][i] : neutral;
    }
    column->is_wide = true;
    return CT_OK;
}

/* -- To a larger scale ------------------------------------------------------------------------ */

/* from and to may be one array. False where some number does not fit. Where counts is given,
 * numbers of cells that have none are carried over as they are. */
static bool raise_narrow(const int64_t *from, const int64_t *counts, uint32_t count,
                         unsigned digits, int64_t *to)
{
    if (digits > 18)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const int64_t factor = counts && counts[i] == 0 ? 1 : ct_pow10_int64[digits];
        int64_t raised; /* gcc 12 multiplies twice where the result is stored over a factor */
        if (__builtin_mul_overflow(from[i], factor, &raised))
            return false;
        to[i] = raised;
    }
    return true;
}

static bool raise_wide(const ct_int128 *from, const int64_t *narrow, const int64_t *counts,
                       uint32_t count, unsigned digits, ct_int128 *to)
{
    const ct_int128 power = ct_pow10_int128(digits);
    for (uint32_t i = 0; i < count; i++) {
        const ct_int128 factor = counts && counts[i] == 0 ? 1 : power;
        ct_int128 raised;
        if (__builtin_mul_overflow(from ? from[i] : (ct_int128)narrow[i], factor, &raised))
            return false;
        to[i] = raised;
    }
    return true;
}

/* Whether all of the numbers can be raised and stay in 64 bits. */
static bool can_raise_narrow(const int64_t *from, const int64_t *counts, uint32_t count,
                             unsigned digits)
{
    int64_t raised;
    for (uint32_t i = 0; i < count && digits <= 18; i++)
        if (counts[i] && __builtin_mul_overflow(from[i], ct_pow10_int64[digits], &raised))
            return false;
    return digits <= 18;
}

static ct_status raise_sums(struct ct_tally *tally, struct ct_tally_column *column,
                            const int64_t *counts, unsigned digits)
{
    if (!column->has_wide_sums &&
        !can_raise_narrow(column->sums, counts, tally->cell_count, digits))
        CT_TRY(ct_tally_widen_sums(tally, column));
    const bool fits =
        column->has_wide_sums
            ? raise_wide(column->wide_sums, NULL, counts, tally->cell_count, digits,
                         column->wide_sums)
            : raise_narrow(column->sums, counts, tally->cell_count, digits, column->sums);
    return fits ? CT_OK : CT_RANGE;
}

/* Minimum and maximum are the outermost: where they fit all do. */
static ct_status raise_extremes(struct ct_tally *tally, struct ct_tally_column *column,
                                const int64_t *counts, unsigned digits)
{
    if (!column->is_wide &&
        (!can_raise_narrow(column->keys[CT_MIN], counts, tally->cell_count, digits) ||
         !can_raise_narrow(column->keys[CT_MAX], counts, tally->cell_count, digits)))
        CT_TRY(ct_tally_widen(tally, column));
    for (unsigned e = 0; e <= (tally->is_split ? CT_LAST : CT_MAX); e++) {
        const bool fits = column->is_wide ? raise_wide(column->wide[e], NULL, counts,
                                                       tally->cell_count, digits, column->wide[e])
                                          : raise_narrow(column->keys[e], counts, tally->cell_count,
                                                         digits, column->keys[e]);
        if (!fits)
            return CT_RANGE;
    }
    return CT_OK;
}

static ct_status raise_column(struct ct_tally *tally, struct ct_tally_column *column, uint8_t scale)
{
    const int64_t *counts = column->has_counts ? column->counts : tally->rows;
    const unsigned digits = (unsigned)scale - column->scale;
    CT_TRY(raise_sums(tally, column, counts, digits));
    CT_TRY(raise_extremes(tally, column, counts, digits));
    column->scale = scale;
    return CT_OK;
}

/* One array of a view at the column's scale, narrow where it can be. */
struct raising {
    const int64_t *counts;
    uint32_t count;
    unsigned digits;
};

static bool raise_array(const struct raising *raising, const int64_t **narrow,
                        const ct_int128 **wide, int64_t *narrow_room, ct_int128 *wide_room)
{
    if (*narrow &&
        raise_narrow(*narrow, raising->counts, raising->count, raising->digits, narrow_room)) {
        *narrow = narrow_room;
        return true;
    }
    if (!raise_wide(*wide, *narrow, raising->counts, raising->count, raising->digits, wide_room))
        return false;
    *narrow = NULL;
    *wide = wide_room;
    return true;
}

/* All extremes of a view have one width. */
static void make_extremes_wide(struct ct_tally_raised *raised, struct ct_view_column *view,
                               uint32_t count)
{
    bool is_wide = false;
    for (unsigned e = 0; e < CT_EXTREMES; e++)
        is_wide |= view->wide[e] != NULL;
    for (unsigned e = 0; is_wide && e < CT_EXTREMES; e++) {
        if (!view->keys[e])
            continue;
        for (uint32_t i = 0; i < count; i++)
            raised->wide[e][i] = view->keys[e][i];
        view->wide[e] = raised->wide[e];
        view->keys[e] = NULL;
    }
}

static ct_status raise_view(struct ct_tally *tally, struct ct_view_column *view, uint32_t count,
                            uint8_t scale)
{
    const struct raising raising = {view->counts, count, (unsigned)scale - view->scale};
    if (!tally->raised)
        tally->raised = ct_alloc(tally->allocator, sizeof *tally->raised);
    if (!tally->raised)
        return CT_NO_MEMORY;
    struct ct_tally_raised *raised = tally->raised;
    if (!raise_array(&raising, &view->sums, &view->wide_sums, raised->sums, raised->wide_sums))
        return CT_RANGE;
    for (unsigned e = 0; e < CT_EXTREMES; e++)
        if ((view->keys[e] || view->wide[e]) &&
            !raise_array(&raising, &view->keys[e], &view->wide[e], raised->keys[e],
                         raised->wide[e]))
            return CT_RANGE;
    make_extremes_wide(raised, view, count);
    view->scale = scale;
    return CT_OK;
}

ct_status ct_tally_align(struct ct_tally *tally, struct ct_tally_column *column,
                         const struct ct_view_column *view, uint32_t count,
                         struct ct_view_column *out)
{
    *out = *view;
    if (view->scale > column->scale)
        CT_TRY(raise_column(tally, column, view->scale));
    else if (view->scale < column->scale)
        CT_TRY(raise_view(tally, out, count, column->scale));
    if (out->wide[CT_MAX] && !column->is_wide)
        CT_TRY(ct_tally_widen(tally, column));
    return CT_OK;
}
