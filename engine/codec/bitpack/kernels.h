/* The loops that every block runs through, in one table for each instruction set. Layer codec only.
 *
 * All tables give the same bytes; tests compare them. The choice is made once, when a scratch is
 * created, by what the processor has. */
#ifndef CT_KERNELS_H
#define CT_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values whose minimum and maximum are kept together when a block is looked at. */
#define CT_SPAN_VALUES 32

struct ct_kernels {
    const char *name;

    /* out[i] = base + the i-th `width`-bit number of the stream at `in`. Reads in[0..room) only,
     * where room is at least the bytes of the stream; writes up to 7 elements past count. width 0
     * to 64. */
    void (*unpack)(const uint8_t *in, size_t room, unsigned width, uint32_t count, uint64_t base,
                   int64_t *out);

    /* The least and greatest difference of the order-th kind (0: the values) in each span of
     * CT_SPAN_VALUES of the count - order differences. */
    void (*span_ranges)(const int64_t *values, uint32_t count, unsigned order, int64_t *min,
                        int64_t *max);

    /* out[i] = the i-th difference of the order-th kind, i < count - order. */
    void (*differences)(const int64_t *values, uint32_t count, unsigned order, int64_t *out);

    /* Running sums in place: values[i] += values[i - 1], i from 1. */
    void (*integrate)(int64_t *values, uint32_t count);

    /* out[i] = in[i] / divisor, or x multiplier where divisor is 0. |in[i]| <= 2^51. May read and
     * write up to 3 elements past count. */
    void (*to_doubles)(const int64_t *in, uint32_t count, double divisor, double multiplier,
                       double *out);
};

extern const struct ct_kernels ct_kernels_plain;

/* NULL where it was not built for this kind of processor. Whether this processor has the
 * instructions is another question: ct_kernels_best asks it. */
extern const struct ct_kernels *const ct_kernels_avx2;

/* The fastest table that this processor can run. */
const struct ct_kernels *ct_kernels_best(void);

#endif
