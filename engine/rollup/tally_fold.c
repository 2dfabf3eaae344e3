#include "tally_fold.h"

bool ct_fold_plain(int64_t *restrict sums, int64_t *restrict min, int64_t *restrict max,
                   const struct ct_fold_values *values, uint32_t count) CT_FOLD_BODY

    ct_fold ct_fold_best(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return ct_fold_avx2;
#endif
    return ct_fold_plain;
}
