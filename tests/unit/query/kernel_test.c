/* Each kernel against a loop that a reader can check at a glance, on values of every size and on
 * the extremes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel.h"

#define COUNT_MAX 2100

static int64_t values[COUNT_MAX];
static double doubles[COUNT_MAX];
static uint8_t present[COUNT_MAX];
static uint64_t seed;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void fill(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        values[i] = (int64_t)(next_random() >> (next_random() % 64));
        if (next_random() % 16 == 0)
            values[i] = next_random() % 2 ? INT64_MIN : INT64_MAX;
        doubles[i] = (double)(values[i] / 1024) / 7.0;
        present[i] = next_random() % 3 != 0;
    }
    present[next_random() % count] = 1;
}

static void assert_sums(const uint8_t *mask, uint32_t count)
{
    ct_int128 of_int64 = 0;
    ct_int128 of_uint64 = 0;
    double of_float64 = 0;
    double magnitude = 0;
    uint32_t there = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (mask && !mask[i])
            continue;
        there++;
        of_int64 += values[i];
        of_uint64 += (uint64_t)values[i];
        of_float64 += doubles[i];
        magnitude += doubles[i] < 0 ? -doubles[i] : doubles[i];
    }
    assert_int_equal(ct_kernel_count(mask, count), there);
    assert_true(ct_kernel_sum_int64(values, mask, count) == of_int64);
    assert_true(ct_kernel_sum_uint64((const uint64_t *)values, mask, count) == of_uint64);
    const double difference = ct_kernel_sum_float64(doubles, mask, count) - of_float64;
    assert_true(difference <= 1e-12 * magnitude && -difference <= 1e-12 * magnitude);
}

static void assert_ranges(const uint8_t *mask, uint32_t count)
{
    uint32_t first = 0;
    while (mask && !mask[first])
        first++;
    struct ct_range_int64 of_int64 = {values[first], values[first]};
    struct ct_range_uint64 of_uint64 = {(uint64_t)values[first], (uint64_t)values[first]};
    struct ct_range_float64 of_float64 = {doubles[first], doubles[first]};
    for (uint32_t i = first; i < count; i++) {
        if (mask && !mask[i])
            continue;
        const uint64_t bits = (uint64_t)values[i];
        of_int64.min = values[i] < of_int64.min ? values[i] : of_int64.min;
        of_int64.max = values[i] > of_int64.max ? values[i] : of_int64.max;
        of_uint64.min = bits < of_uint64.min ? bits : of_uint64.min;
        of_uint64.max = bits > of_uint64.max ? bits : of_uint64.max;
        of_float64.min = doubles[i] < of_float64.min ? doubles[i] : of_float64.min;
        of_float64.max = doubles[i] > of_float64.max ? doubles[i] : of_float64.max;
    }
    const struct ct_range_int64 a = ct_kernel_range_int64(values, mask, count);
    const struct ct_range_uint64 b = ct_kernel_range_uint64((const uint64_t *)values, mask, count);
    const struct ct_range_float64 c = ct_kernel_range_float64(doubles, mask, count);
    assert_true(a.min == of_int64.min && a.max == of_int64.max);
    assert_true(b.min == of_uint64.min && b.max == of_uint64.max);
    assert_true(c.min == of_float64.min && c.max == of_float64.max);
}

static void kernels_agree_with_plain_loops(void **state)
{
    (void)state;
    seed = 20260601;
    for (uint32_t round = 0; round < 2000; round++) {
        const uint32_t count = 1 + (uint32_t)(next_random() % (round % 8 ? 40 : COUNT_MAX));
        fill(count);
        assert_sums(NULL, count);
        assert_sums(present, count);
        assert_ranges(NULL, count);
        assert_ranges(present, count);
    }
}

static void extremes_do_not_overflow(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COUNT_MAX; i++)
        values[i] = INT64_MIN;
    assert_true(ct_kernel_sum_int64(values, NULL, COUNT_MAX) == (ct_int128)INT64_MIN * COUNT_MAX);
    for (uint32_t i = 0; i < COUNT_MAX; i++)
        values[i] = -1;
    assert_true(ct_kernel_sum_uint64((const uint64_t *)values, NULL, COUNT_MAX) ==
                (ct_int128)UINT64_MAX * COUNT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_agree_with_plain_loops),
        cmocka_unit_test(extremes_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
