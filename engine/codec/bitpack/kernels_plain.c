/* The kernels for the baseline of the processor family: the reference for all others. */
#include "bitpack/kernels_portable.h"

const struct ct_kernels ct_kernels_plain = {
    .name = "plain",
    .unpack = unpack_portable,
    .span_ranges = span_ranges_portable,
    .differences = differences_portable,
    .integrate = integrate_portable,
    .to_doubles = to_doubles_portable,
};
