/* The kernels in portable C, compiled once for each instruction set: included by kernels_*.c only.
 *
 * Differences are taken modulo 2^64; they are then ordered as int64. */
#ifndef CT_KERNELS_PORTABLE_H
#define CT_KERNELS_PORTABLE_H

#include "bitpack/kernels.h"
#include "bytes.h"

/* Reads `len` <= 8 bytes that may stand at the end of memory. */
static inline uint64_t load_partial(const uint8_t *at, size_t len)
{
    uint64_t word = 0;
    memcpy(&word, at, len);
    return word;
}

/* A number of 58 to 64 bits may lie over nine bytes. */
static inline uint64_t unpack_one(const uint8_t *in, size_t room, unsigned width, uint32_t index)
{
    const uint64_t bit = (uint64_t)index * width;
    const size_t byte = bit >> 3;
    const unsigned shift = bit & 7;
    const size_t left = room - byte;
    uint64_t value = (left >= 8 ? ct_load64(in + byte) : load_partial(in + byte, left)) >> shift;
    if (shift + width > 64)
        value |= (uint64_t)in[byte + 8] << (64 - shift);
    return width == 64 ? value : value & ((UINT64_C(1) << width) - 1);
}

static inline void unpack_portable(const uint8_t *in, size_t room, unsigned width, uint32_t count,
                                   uint64_t base, int64_t *out)
{
    if (width == 0) {
        for (uint32_t i = 0; i < count; i++)
            out[i] = (int64_t)base;
        return;
    }
    uint32_t i = 0;
    if (width == 64)
        for (; i < count; i++)
            out[i] = (int64_t)(base + ct_load64(in + (size_t)i * 8));
    if (width <= 57) {
        const uint64_t mask = (UINT64_C(1) << width) - 1;
        for (uint64_t bit = 0; i < count && (bit >> 3) + 8 <= room; i++, bit += width)
            out[i] = (int64_t)(base + (ct_load64(in + (bit >> 3)) >> (bit & 7) & mask));
    }
    for (; i < count; i++)
        out[i] = (int64_t)(base + unpack_one(in, room, width, i));
}

static inline int64_t difference(const int64_t *at, unsigned order)
{
    const uint64_t a = (uint64_t)at[0];
    if (order == 0)
        return (int64_t)a;
    const uint64_t b = (uint64_t)at[1];
    if (order == 1)
        return (int64_t)(b - a);
    return (int64_t)((uint64_t)at[2] - 2 * b + a);
}

/* `order` is a constant at each place of call, so that each becomes a loop of its own. */
static inline void ranges_of_order(const int64_t *values, uint32_t count, unsigned order,
                                   int64_t *min, int64_t *max)
{
    for (uint32_t start = 0; start < count; start += CT_SPAN_VALUES) {
        const uint32_t left = count - start;
        const uint32_t len = left < CT_SPAN_VALUES ? left : CT_SPAN_VALUES;
        int64_t low = INT64_MAX;
        int64_t high = INT64_MIN;
        for (uint32_t i = 0; i < len; i++) {
            const int64_t d = difference(values + start + i, order);
            low = d < low ? d : low;
            high = d > high ? d : high;
        }
        *min++ = low;
        *max++ = high;
    }
}

static inline void span_ranges_portable(const int64_t *values, uint32_t count, unsigned order,
                                        int64_t *min, int64_t *max)
{
    if (order == 0)
        ranges_of_order(values, count, 0, min, max);
    else if (order == 1)
        ranges_of_order(values, count - 1, 1, min, max);
    else
        ranges_of_order(values, count - 2, 2, min, max);
}

static inline void differences_portable(const int64_t *values, uint32_t count, unsigned order,
                                        int64_t *out)
{
    const uint32_t out_count = count - order;
    if (order == 0)
        memcpy(out, values, out_count * sizeof *out);
    else if (order == 1)
        for (uint32_t i = 0; i < out_count; i++)
            out[i] = difference(values + i, 1);
    else
        for (uint32_t i = 0; i < out_count; i++)
            out[i] = difference(values + i, 2);
}

static inline void integrate_portable(int64_t *values, uint32_t count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += (uint64_t)values[i];
        values[i] = (int64_t)sum;
    }
}

/* 1.5 x 2^52: adding an integer of up to 51 bits to its bits adds it to its value. */
static inline double small_to_double(int64_t value)
{
    const uint64_t bits = (uint64_t)value + UINT64_C(0x4338000000000000);
    double shifted;
    memcpy(&shifted, &bits, sizeof shifted);
    return shifted - 6755399441055744.0;
}

static inline void to_doubles_portable(const int64_t *in, uint32_t count, double divisor,
                                       double multiplier, double *out)
{
    if (divisor > 0)
        for (uint32_t i = 0; i < count; i++)
            out[i] = small_to_double(in[i]) / divisor;
    else
        for (uint32_t i = 0; i < count; i++)
            out[i] = small_to_double(in[i]) * multiplier;
}

#endif
