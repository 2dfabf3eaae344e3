/* Which kernels this processor runs. */
#include "bitpack/kernels.h"

const struct ct_kernels *ct_kernels_best(void)
{
#if defined(__x86_64__)
    if (ct_kernels_avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return ct_kernels_avx2;
#endif
    return &ct_kernels_plain;
}
