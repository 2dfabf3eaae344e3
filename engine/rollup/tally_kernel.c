/* The loops of a tally: one for each pair of widths, made by the macros below, so that none of them
 * asks for a width per value. "Mixed" is 64 bits into 128. */
#include "tally.h"

static inline bool is_passed_over(const struct ct_spots *spots, uint32_t i)
{
    return spots->counts && spots->counts[i] == 0;
}

/* -- Sums ------------------------------------------------------------------------------------- */

#define DEFINE_SUM(name, there_type, what_type)                                                    \
    uint32_t name(there_type *sums, const what_type *what, const struct ct_spots *spots,           \
                  uint32_t from)                                                                   \
    {                                                                                              \
        const struct ct_spots s = *spots; /* which no store below can change */                    \
        for (uint32_t i = from; i < s.count; i++) {                                                \
            there_type sum;                                                                        \
            if (is_passed_over(&s, i))                                                             \
                continue;                                                                          \
            if (__builtin_add_overflow(sums[s.at[i]], what[i], &sum))                              \
                return i;                                                                          \
            sums[s.at[i]] = sum;                                                                   \
        }                                                                                          \
        return s.count;                                                                            \
    }

DEFINE_SUM(ct_sum_int64, int64_t, int64_t)
DEFINE_SUM(ct_sum_int128, ct_int128, ct_int128)
DEFINE_SUM(ct_sum_mixed, ct_int128, int64_t)

void ct_sum_double(double *sums, const double *what, const struct ct_spots *spots)
{
    const struct ct_spots s = *spots;
    for (uint32_t i = 0; i < s.count; i++)
        if (!is_passed_over(&s, i))
            sums[s.at[i]] += what[i];
}

void ct_sum_counts(int64_t *counts, const int64_t *what, const struct ct_spots *spots)
{
    const struct ct_spots s = *spots;
    if (what)
        for (uint32_t i = 0; i < s.count; i++)
            counts[s.at[i]] += what[i];
    else
        for (uint32_t i = 0; i < s.count; i++)
            counts[s.at[i]]++;
}

/* -- Extremes --------------------------------------------------------------------------------- */

#define DEFINE_BOUND(name, there_type, what_type, WINS)                                            \
    void name(there_type *there, const what_type *what, const struct ct_spots *spots)              \
    {                                                                                              \
        const struct ct_spots s = *spots;                                                          \
        for (uint32_t i = 0; i < s.count; i++)                                                     \
            if (!is_passed_over(&s, i) && WINS(what[i], there[s.at[i]]))                           \
                there[s.at[i]] = what[i];                                                          \
    }

#define LESS(a, b) ((a) < (b))
#define MORE(a, b) ((a) > (b))

DEFINE_BOUND(ct_lower_int64, int64_t, int64_t, LESS)
DEFINE_BOUND(ct_raise_int64, int64_t, int64_t, MORE)
DEFINE_BOUND(ct_lower_int128, ct_int128, ct_int128, LESS)
DEFINE_BOUND(ct_raise_int128, ct_int128, ct_int128, MORE)
DEFINE_BOUND(ct_lower_mixed, ct_int128, int64_t, LESS)
DEFINE_BOUND(ct_raise_mixed, ct_int128, int64_t, MORE)

void ct_raise_text(int64_t *there, const int64_t *what, const struct ct_spots *spots,
                   const struct ct_text_pool *pool)
{
    for (uint32_t i = 0; i < spots->count; i++)
        if (!is_passed_over(spots, i) && ct_text_pool_less(pool, there[spots->at[i]], what[i]))
            there[spots->at[i]] = what[i];
}

/* What most of all values go through: one loop, so that three arrays are fetched at a time. */
uint32_t ct_fold_int64(struct ct_tally_column *column, const struct ct_view_column *view,
                       const struct ct_spots *spots)
{
    const struct ct_spots s = *spots;
    int64_t *sums = column->sums, *min = column->keys[CT_MIN], *max = column->keys[CT_MAX];
    const int64_t *what = view->sums, *low = view->keys[CT_MIN], *high = view->keys[CT_MAX];
    for (uint32_t i = 0; i < s.count; i++) {
        const uint32_t at = s.at[i];
        int64_t sum;
        if (__builtin_add_overflow(sums[at], what[i], &sum))
            return i;
        sums[at] = sum;
        min[at] = low[i] < min[at] ? low[i] : min[at];
        max[at] = high[i] > max[at] ? high[i] : max[at];
    }
    return s.count;
}

/* -- First and last --------------------------------------------------------------------------- */

#define LOOP_END(BEFORE, VALUE_MORE)                                                               \
    const struct ct_spots s = *spots;                                                              \
    for (uint32_t i = 0; i < s.count; i++) {                                                       \
        const uint32_t at = s.at[i];                                                               \
        const int64_t time_ns = times.what[i];                                                     \
        if (is_passed_over(&s, i) || BEFORE(times.there[at], time_ns))                             \
            continue;                                                                              \
        if (time_ns != times.there[at] || VALUE_MORE(what[i], there[at]))                          \
            there[at] = what[i];                                                                   \
        times.there[at] = time_ns;                                                                 \
    }

#define DEFINE_ENDS(first_name, last_name, there_type, what_type)                                  \
    void first_name(there_type *there, const what_type *what, struct ct_times times,               \
                    const struct ct_spots *spots)                                                  \
    {                                                                                              \
        LOOP_END(LESS, MORE)                                                                       \
    }                                                                                              \
    void last_name(there_type *there, const what_type *what, struct ct_times times,                \
                   const struct ct_spots *spots)                                                   \
    {                                                                                              \
        LOOP_END(MORE, MORE)                                                                       \
    }

DEFINE_ENDS(ct_first_int64, ct_last_int64, int64_t, int64_t)
DEFINE_ENDS(ct_first_int128, ct_last_int128, ct_int128, ct_int128)
DEFINE_ENDS(ct_first_mixed, ct_last_mixed, ct_int128, int64_t)

#define TEXT_MORE(a, b) ct_text_pool_less(pool, b, a)

void ct_first_text(int64_t *there, const int64_t *what, struct ct_times times,
                   const struct ct_spots *spots, const struct ct_text_pool *pool)
{
    LOOP_END(LESS, TEXT_MORE)
}

void ct_last_text(int64_t *there, const int64_t *what, struct ct_times times,
                  const struct ct_spots *spots, const struct ct_text_pool *pool)
{
    LOOP_END(MORE, TEXT_MORE)
}
