/* This file alone is compiled for AVX2 where the processor family has it. */
#include "tally_fold.h"

bool ct_fold_avx2(int64_t *restrict sums, int64_t *restrict min, int64_t *restrict max,
                  const struct ct_fold_values *values, uint32_t count) CT_FOLD_BODY
