/* Sketches: how wrong they may be, and that their stored form depends on nothing but the values.
 *
 *     sketch_test [SEED] */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <math.h>

#include "hash.h"
#include "sim_random.h"
#include "sketch.h"

#define VALUES 5000

static uint64_t seed = 1;
static double values[VALUES], sorted[VALUES];

enum spread { SPREAD_NARROW, SPREAD_SIGNED, SPREAD_DECADES, SPREAD_ZEROS, SPREAD_HUGE, SPREADS };

static double value_of(enum spread spread, struct sim_random *random)
{
    const double unit = (double)sim_random_below(random, 1000000) / 1e6;
    switch (spread) {
    case SPREAD_NARROW:
        return 90 + 20 * unit;
    case SPREAD_SIGNED:
        return 2000 * unit - 1000;
    case SPREAD_DECADES:
        return pow(10, 8 * unit) / 100;
    case SPREAD_ZEROS:
        return sim_random_chance(random, 3) ? 7 * unit - 3 : 0;
    case SPREAD_HUGE:
        return (sim_random_chance(random, 2) ? 1 : -1) * pow(10, 600 * unit - 300);
    case SPREADS:
        break;
    }
    return 0;
}

static void fill(enum spread spread, uint64_t with)
{
    struct sim_random random = sim_random_of(with);
    for (uint32_t i = 0; i < VALUES; i++)
        values[i] = value_of(spread, &random);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct ct_quantile_sketch quantiles_of(uint32_t from, uint32_t to)
{
    struct ct_quantile_sketch sketch;
    ct_quantile_sketch_init(&sketch, ct_allocator_system());
    for (uint32_t i = from; i < to; i++)
        assert_int_equal(ct_quantile_sketch_add(&sketch, values[i], 1), CT_OK);
    return sketch;
}

static void every_quantile_is_within_the_stated_error(void **state)
{
    (void)state;
    for (unsigned spread = 0; spread < SPREAD_HUGE; spread++) {
        fill((enum spread)spread, seed);
        memcpy(sorted, values, sizeof values);
        qsort(sorted, VALUES, sizeof *sorted, by_value);
        struct ct_quantile_sketch sketch = quantiles_of(0, VALUES);
        for (uint32_t rank = 1; rank <= VALUES; rank++) {
            double got;
            const double q = (rank - 0.5) / VALUES, exact = sorted[rank - 1];
            assert_int_equal(ct_quantile_sketch_value(&sketch, q, &got), CT_OK);
            if (fabs(got - exact) > CT_QUANTILE_ERROR * fabs(exact))
                fail_msg("seed %llu: rank %u of spread %u is %g, not %g", (unsigned long long)seed,
                         rank, spread, got, exact);
        }
        ct_quantile_sketch_deinit(&sketch);
    }
}

static void small_values_beside_large_ones_are_folded(void **state)
{
    (void)state;
    struct ct_quantile_sketch sketch;
    double got;
    ct_quantile_sketch_init(&sketch, ct_allocator_system());
    for (int exponent = -100; exponent <= 100; exponent++)
        assert_int_equal(ct_quantile_sketch_add(&sketch, ldexp(1, exponent), 1), CT_OK);
    assert_int_equal(ct_quantile_sketch_value(&sketch, 1, &got), CT_OK);
    assert_true(fabs(got - ldexp(1, 100)) <= CT_QUANTILE_ERROR * ldexp(1, 100));
    assert_int_equal(ct_quantile_sketch_value(&sketch, 0, &got), CT_OK);
    assert_true(got >= ldexp(1, 68) && got < ldexp(1, 69));
    assert_int_equal(sketch.count, 201);
    ct_quantile_sketch_deinit(&sketch);
}

static void infinities_are_large_and_nan_is_nothing(void **state)
{
    (void)state;
    struct ct_quantile_sketch sketch;
    double got;
    ct_quantile_sketch_init(&sketch, ct_allocator_system());
    assert_int_equal(ct_quantile_sketch_add(&sketch, (double)NAN, 1), CT_OK);
    assert_int_equal(ct_quantile_sketch_value(&sketch, 0.5, &got), CT_INVALID);
    assert_int_equal(ct_quantile_sketch_add(&sketch, (double)INFINITY, 3), CT_OK);
    assert_int_equal(ct_quantile_sketch_add(&sketch, 5e-324, 1), CT_OK);
    assert_int_equal(ct_quantile_sketch_value(&sketch, 1, &got), CT_OK);
    assert_true(got > 1.7e308 && isfinite(got));
    assert_int_equal(ct_quantile_sketch_value(&sketch, 0.25, &got), CT_OK);
    assert_true(got == 0);
    assert_int_equal(ct_quantile_sketch_value(&sketch, 1.01, &got), CT_INVALID);
    assert_int_equal(ct_quantile_sketch_value(&sketch, (double)NAN, &got), CT_INVALID);
    assert_int_equal(ct_quantile_sketch_add(&sketch, 1, UINT64_MAX), CT_RANGE);
    ct_quantile_sketch_deinit(&sketch);
}

static struct ct_text quantile_bytes(const struct ct_quantile_sketch *sketch, uint8_t *room)
{
    ct_quantile_sketch_write(sketch, room);
    return (struct ct_text){(const char *)room, ct_quantile_sketch_size(sketch)};
}

static uint8_t wanted_bytes[1 << 17], got_bytes[1 << 17], part_bytes[1 << 17];

/* Cuts the values into parts, makes a sketch of each, and merges them in random order, half of them
 * through their stored form. */
static void assert_quantiles_merge_alike(struct sim_random *random)
{
    struct ct_quantile_sketch all = quantiles_of(0, VALUES), parts[7], merged;
    uint32_t part_count = 0;
    for (uint32_t from = 0; from < VALUES; part_count++) {
        const uint32_t to = part_count == CT_COUNT_OF(parts) - 1
                                ? VALUES
                                : from + (uint32_t)sim_random_below(random, VALUES - from + 1);
        parts[part_count] = quantiles_of(from, to);
        from = to;
    }
    ct_quantile_sketch_init(&merged, ct_allocator_system());
    for (uint32_t left = part_count; left > 0; left--) {
        const uint64_t i = sim_random_below(random, left);
        const struct ct_text stored = quantile_bytes(&parts[i], part_bytes);
        assert_int_equal(sim_random_chance(random, 2)
                             ? ct_quantile_sketch_merge(&merged, &parts[i])
                             : ct_quantile_sketch_merge_stored(&merged, stored),
                         CT_OK);
        ct_quantile_sketch_deinit(&parts[i]);
        parts[i] = parts[left - 1];
    }
    assert_int_equal(merged.count, VALUES);
    assert_true(
        ct_text_equal(quantile_bytes(&all, wanted_bytes), quantile_bytes(&merged, got_bytes)));
    ct_quantile_sketch_deinit(&all);
    ct_quantile_sketch_deinit(&merged);
}

static void quantiles_do_not_depend_on_the_order_of_merging(void **state)
{
    (void)state;
    struct sim_random random = sim_random_of(seed);
    for (unsigned spread = 0; spread < SPREADS; spread++) {
        for (unsigned round = 0; round < 20; round++) {
            fill((enum spread)spread, sim_random_next(&random));
            assert_quantiles_merge_alike(&random);
        }
    }
}

/* -- Distinct -----------------------------------------------------------------------------------
 */

static struct ct_distinct_sketch distinct_of(uint64_t from, uint64_t to)
{
    struct ct_distinct_sketch sketch;
    ct_distinct_sketch_init(&sketch, ct_allocator_system());
    for (uint64_t i = from; i < to; i++) {
        const uint64_t number = i + seed * 1000003;
        assert_int_equal(ct_distinct_sketch_add(&sketch, ct_hash(&number, sizeof number, 0)),
                         CT_OK);
    }
    return sketch;
}

static void few_distinct_values_are_counted_exactly(void **state)
{
    (void)state;
    for (uint64_t count = 0; count <= CT_DISTINCT_EXACT; count += 16) {
        struct ct_distinct_sketch sketch = distinct_of(0, count), again = distinct_of(0, count);
        assert_int_equal(ct_distinct_sketch_merge(&sketch, &again), CT_OK);
        assert_int_equal(ct_distinct_sketch_estimate(&sketch), count);
        ct_distinct_sketch_deinit(&sketch);
        ct_distinct_sketch_deinit(&again);
    }
}

static void many_distinct_values_are_within_five_deviations(void **state)
{
    (void)state;
    for (uint64_t count = CT_DISTINCT_EXACT + 1; count < 400000; count = count * 3 / 2) {
        struct ct_distinct_sketch sketch = distinct_of(0, count);
        const double estimate = (double)ct_distinct_sketch_estimate(&sketch);
        if (fabs(estimate - (double)count) > 5 * CT_DISTINCT_ERROR * (double)count)
            fail_msg("seed %llu: %g for %llu", (unsigned long long)seed, estimate,
                     (unsigned long long)count);
        ct_distinct_sketch_deinit(&sketch);
    }
}

static struct ct_text distinct_bytes(const struct ct_distinct_sketch *sketch, uint8_t *room)
{
    ct_distinct_sketch_write(sketch, room);
    return (struct ct_text){(const char *)room, ct_distinct_sketch_size(sketch)};
}

static void distinct_counts_do_not_depend_on_the_order_of_merging(void **state)
{
    (void)state;
    struct sim_random random = sim_random_of(seed);
    for (unsigned round = 0; round < 100; round++) {
        const uint64_t end = sim_random_below(&random, round % 2 ? 600 : 6000);
        const uint64_t cut = sim_random_below(&random, end + 1);
        struct ct_distinct_sketch all = distinct_of(0, end), low = distinct_of(0, cut),
                                  high = distinct_of(cut / 2, end);
        assert_int_equal(ct_distinct_sketch_merge_stored(&high, distinct_bytes(&low, part_bytes)),
                         CT_OK);
        assert_true(
            ct_text_equal(distinct_bytes(&all, wanted_bytes), distinct_bytes(&high, got_bytes)));
        assert_int_equal(ct_distinct_sketch_merge(&low, &all), CT_OK);
        assert_true(
            ct_text_equal(distinct_bytes(&all, wanted_bytes), distinct_bytes(&low, got_bytes)));
        ct_distinct_sketch_deinit(&all);
        ct_distinct_sketch_deinit(&low);
        ct_distinct_sketch_deinit(&high);
    }
}

static void equal_numbers_hash_alike(void **state)
{
    (void)state;
    static const int64_t narrow[] = {35, 350};
    static const ct_int128 wide[] = {35, 350};
    static const uint8_t scales[] = {1, 2};
    static const double zeros[] = {0.0, -0.0};
    const struct ct_vector a = {.type = CT_DECIMAL, .count = 2, .narrow = narrow, .scales = scales};
    const struct ct_vector b = {.type = CT_DECIMAL, .count = 2, .wide = wide, .scales = scales};
    const struct ct_vector c = {.type = CT_FLOAT64, .count = 2, .float64 = zeros};
    assert_int_equal(ct_sketch_hash(&a, 0), ct_sketch_hash(&a, 1));
    assert_int_equal(ct_sketch_hash(&a, 0), ct_sketch_hash(&b, 1));
    assert_int_equal(ct_sketch_hash(&c, 0), ct_sketch_hash(&c, 1));
    assert_true(ct_sketch_number(&a, 1) == 3.5);
}

/* -- Damage and failure -------------------------------------------------------------------------
 */

static ct_status merge_exactly(bool is_distinct, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1); /* so that reading past the end is seen */
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    const struct ct_text stored = {(const char *)copy, len};
    struct ct_quantile_sketch quantiles;
    struct ct_distinct_sketch distinct;
    ct_quantile_sketch_init(&quantiles, ct_allocator_system());
    ct_distinct_sketch_init(&distinct, ct_allocator_system());
    const ct_status status = is_distinct ? ct_distinct_sketch_merge_stored(&distinct, stored)
                                         : ct_quantile_sketch_merge_stored(&quantiles, stored);
    ct_quantile_sketch_deinit(&quantiles);
    ct_distinct_sketch_deinit(&distinct);
    free(copy);
    return status;
}

static void cut_and_changed_sketches_are_refused_or_read(void **state)
{
    (void)state;
    fill(SPREAD_SIGNED, seed);
    struct ct_quantile_sketch quantiles = quantiles_of(0, 300);
    struct ct_distinct_sketch few = distinct_of(0, 20), many = distinct_of(0, 1000);
    const struct ct_text stored[] = {quantile_bytes(&quantiles, wanted_bytes),
                                     distinct_bytes(&few, got_bytes),
                                     distinct_bytes(&many, part_bytes)};
    for (unsigned s = 0; s < CT_COUNT_OF(stored); s++) {
        uint8_t *bytes = s == 0 ? wanted_bytes : s == 1 ? got_bytes : part_bytes;
        assert_int_equal(merge_exactly(s > 0, bytes, stored[s].len), CT_OK);
        for (size_t len = 0; len < stored[s].len; len++)
            if (s != 1 || len % 8 != 1) /* a whole number of hashes is a sketch */
                assert_int_equal(merge_exactly(s > 0, bytes, len), CT_CORRUPT);
        for (size_t at = 0; at < stored[s].len; at++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                bytes[at] ^= (uint8_t)(1u << bit);
                const ct_status status = merge_exactly(s > 0, bytes, stored[s].len);
                assert_true(status == CT_OK || status == CT_CORRUPT);
                bytes[at] ^= (uint8_t)(1u << bit);
            }
        }
    }
    ct_quantile_sketch_deinit(&quantiles);
    ct_distinct_sketch_deinit(&few);
    ct_distinct_sketch_deinit(&many);
}

static void memory_that_is_out_leaves_the_sketch_as_it_was(void **state)
{
    (void)state;
    struct ct_allocator_counting counting;
    ct_allocator_counting_init(&counting, ct_allocator_system(), 8192);
    struct ct_quantile_sketch quantiles;
    struct ct_distinct_sketch distinct;
    ct_quantile_sketch_init(&quantiles, &counting.base);
    ct_distinct_sketch_init(&distinct, &counting.base);
    for (int exponent = 0; exponent < 31; exponent++) {
        const uint64_t count = quantiles.count;
        const ct_status status = ct_quantile_sketch_add(&quantiles, ldexp(1, exponent), 1);
        assert_int_equal(quantiles.count, count + (status == CT_OK));
    }
    assert_in_range(quantiles.count, 2, 30);
    for (uint64_t i = 0; i < CT_DISTINCT_EXACT + 1; i++) {
        const uint32_t count = distinct.hash_count;
        const ct_status status = ct_distinct_sketch_add(&distinct, ct_hash(&i, sizeof i, 0));
        assert_int_equal(distinct.hash_count, count + (status == CT_OK));
    }
    assert_null(distinct.registers);
    ct_quantile_sketch_deinit(&quantiles);
    ct_distinct_sketch_deinit(&distinct);
    assert_int_equal(counting.live_blocks, 0);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    (void)printf("seed %llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_quantile_is_within_the_stated_error),
        cmocka_unit_test(small_values_beside_large_ones_are_folded),
        cmocka_unit_test(infinities_are_large_and_nan_is_nothing),
        cmocka_unit_test(quantiles_do_not_depend_on_the_order_of_merging),
        cmocka_unit_test(few_distinct_values_are_counted_exactly),
        cmocka_unit_test(many_distinct_values_are_within_five_deviations),
        cmocka_unit_test(distinct_counts_do_not_depend_on_the_order_of_merging),
        cmocka_unit_test(equal_numbers_hash_alike),
        cmocka_unit_test(cut_and_changed_sketches_are_refused_or_read),
        cmocka_unit_test(memory_that_is_out_leaves_the_sketch_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
