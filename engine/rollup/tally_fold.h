/* The loop that most charges go through: a run of cells, each of which gets one more value. Private
 * to rollup. Compiled twice, for the baseline and with AVX2. */
#ifndef CT_TALLY_FOLD_H
#define CT_TALLY_FOLD_H

#include <stdbool.h>
#include <stdint.h>

struct ct_fold_values {
    const int64_t *sums, *min, *max;
};

/* Adds value i to cell i. False where some sum does not fit: then all sums are as they were, and
 * minima and maxima have the values already, which does no harm. */
typedef bool (*ct_fold)(int64_t *restrict sums, int64_t *restrict min, int64_t *restrict max,
                        const struct ct_fold_values *values, uint32_t count);

bool ct_fold_plain(int64_t *restrict sums, int64_t *restrict min, int64_t *restrict max,
                   const struct ct_fold_values *values, uint32_t count);
bool ct_fold_avx2(int64_t *restrict sums, int64_t *restrict min, int64_t *restrict max,
                  const struct ct_fold_values *values, uint32_t count);

/* The one for this processor. */
ct_fold ct_fold_best(void);

/* The body of both: compilers believe `restrict` of parameters only. */
#define CT_FOLD_BODY                                                                               \
    {                                                                                              \
        const int64_t *const what = values->sums;                                                  \
        const int64_t *const low = values->min;                                                    \
        const int64_t *const high = values->max;                                                   \
        int64_t spoilt = 0; /* negative: terms of one sign, the sum of the other */                \
        for (uint32_t i = 0; i < count; i++) {                                                     \
            const int64_t sum = (int64_t)((uint64_t)sums[i] + (uint64_t)what[i]);                  \
            spoilt |= (sum ^ sums[i]) & (sum ^ what[i]);                                           \
            sums[i] = sum;                                                                         \
            min[i] = low[i] < min[i] ? low[i] : min[i];                                            \
            max[i] = high[i] > max[i] ? high[i] : max[i];                                          \
        }                                                                                          \
        for (uint32_t i = 0; spoilt < 0 && i < count; i++)                                         \
            sums[i] = (int64_t)((uint64_t)sums[i] - (uint64_t)what[i]);                            \
        return spoilt >= 0;                                                                        \
    }

#endif
