/* Derived blocks: copies and products of another block, to the last digit. */
#include "codec_fixture.h"

#include "derived/derived_codec.h"

static int64_t usage[ROOM], cost[ROOM], back[ROOM];
static uint8_t out[16 * ROOM];
static struct ct_decimal_block block = {.narrow = back};

/* The seed of a test's reference, for the damaged reads. */
static ct_status decode(const uint8_t *in, size_t in_len, uint32_t count,
                        struct ct_codec_scratch *scratch)
{
    return ct_derived_decode(in, in_len, count, usage, 4, scratch, &block);
}

static int64_t round_half_away(ct_int128 numerator, ct_int128 denominator)
{
    const ct_int128 half = numerator < 0 ? -(denominator / 2) : denominator / 2;
    return (int64_t)((numerator + half) / denominator);
}

static void fill_usage(uint64_t seed, uint32_t count)
{
    struct sim_random random = sim_random_of(seed);
    for (uint32_t i = 0; i < count; i++)
        usage[i] = (int64_t)sim_random_below(&random, 20000) - (i % 50 == 49 ? 20000 : 0);
}

static void fill_cost(int64_t price, unsigned exponent, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        cost[i] = round_half_away((ct_int128)usage[i] * price, ct_pow10_int128(exponent));
}

static size_t assert_derived(uint32_t count, uint8_t reference_scale, uint8_t scale,
                             struct ct_codec_scratch *scratch)
{
    const size_t len =
        ct_derived_encode(usage, reference_scale, cost, scale, count, SIZE_MAX, scratch, out);
    assert_true(len > 0);
    assert_int_equal(ct_derived_decode(out, len, count, usage, reference_scale, scratch, &block),
                     CT_OK);
    assert_memory_equal(back, cost, count * sizeof *cost);
    assert_int_equal(block.scale, scale);
    assert_false(block.is_wide);
    return len;
}

static void product_with_any_price_takes_a_dozen_bytes(void **state)
{
    struct sim_random random = sim_random_of(5);
    for (unsigned round = 0; round < 300; round++) {
        fill_usage(round, 720);
        const unsigned exponent = (unsigned)sim_random_below(&random, 15);
        const int64_t price = (int64_t)sim_random_below(&random, 10000000000000) - 2000000000000;
        fill_cost(price, exponent, 720);
        assert_in_range(assert_derived(720, 4, 6, *state), 4, 24);
        assert_string_equal(ct_codec_name(CT_FAMILY_DERIVED, out, 1),
                            price == 100 && exponent == 0 ? "copy" : "product");
    }
}

static void equal_column_takes_three_bytes(void **state)
{
    fill_usage(1, 720);
    memcpy(cost, usage, sizeof cost);
    assert_int_equal(assert_derived(720, 4, 4, *state), 3);
    assert_string_equal(ct_codec_name(CT_FAMILY_DERIVED, out, 1), "copy");
    fill_cost(1000, 0, 720); /* the same numbers at three more digits */
    assert_int_equal(assert_derived(720, 4, 7, *state), 3);
}

static void exceptions_are_stored_apart(void **state)
{
    for (uint32_t count = 8; count <= CT_BLOCK_VALUES_MAX; count = next_count(count)) {
        fill_usage(count, count);
        fill_cost(1234567, 5, count);
        for (uint32_t i = 3; i < count; i += 11)
            cost[i] = (int64_t)i * 1000003 - 77;
        if (count < 20)
            cost[3] = usage[3];
        const size_t len = ct_derived_encode(usage, 4, cost, 6, count, SIZE_MAX, *state, out);
        if (len == 0)
            continue; /* two of eight is too many */
        assert_int_equal(ct_derived_decode(out, len, count, usage, 4, *state, &block), CT_OK);
        assert_memory_equal(back, cost, count * sizeof *cost);
    }
    fill_usage(1, 1000);
    fill_cost(1234567, 5, 1000);
    for (uint32_t i = 3; i < 1000; i += 11)
        cost[i] = (int64_t)i;
    assert_in_range(assert_derived(1000, 4, 6, *state), 100, 400);
}

static void unrelated_columns_are_refused(void **state)
{
    struct sim_random random = sim_random_of(6);
    for (unsigned round = 0; round < 100; round++) {
        fill_usage(round, 300);
        for (uint32_t i = 0; i < 300; i++)
            cost[i] = (int64_t)sim_random_below(&random, 1000000);
        assert_int_equal(ct_derived_encode(usage, 4, cost, 6, 300, SIZE_MAX, *state, out), 0);
    }
}

static void what_is_not_smaller_is_refused(void **state)
{
    fill_usage(1, 300);
    fill_cost(31415926, 5, 300);
    const size_t len = assert_derived(300, 4, 6, *state);
    assert_int_equal(ct_derived_encode(usage, 4, cost, 6, 300, len, *state, out), 0);
    assert_int_equal(ct_derived_encode(usage, 4, cost, 6, 300, len + 1, *state, out), len);
}

static void extremes_come_back_or_are_refused(void **state)
{
    static const int64_t edges[] = {INT64_MIN, INT64_MAX, INT64_MIN + 1, 0, 1, -1};
    struct sim_random random = sim_random_of(7);
    for (unsigned round = 0; round < 5000; round++) {
        const uint32_t count = 1 + (uint32_t)sim_random_below(&random, 40);
        for (uint32_t i = 0; i < count; i++) {
            usage[i] = sim_random_chance(&random, 9) ? edges[sim_random_below(&random, 6)]
                                                     : (int64_t)sim_random_below(&random, 99);
            cost[i] = sim_random_chance(&random, 9) ? edges[sim_random_below(&random, 6)]
                                                    : (int64_t)((uint64_t)usage[i] * (round % 5));
        }
        const size_t len =
            ct_derived_encode(usage, 0, cost, (uint8_t)(round % 20), count, SIZE_MAX, *state, out);
        if (len == 0)
            continue;
        assert_int_equal(ct_derived_decode(out, len, count, usage, 0, *state, &block), CT_OK);
        assert_memory_equal(back, cost, count * sizeof *cost);
    }
}

/* 64-bit multiplication by a reciprocal against 128-bit division. */
static void both_ways_of_applying_a_price_agree(void **state)
{
    (void)state;
    struct sim_random random = sim_random_of(8);
    for (unsigned round = 0; round < 3000; round++) {
        const struct ct_price price = {
            .price = (int64_t)(sim_random_next(&random) >> (1 + sim_random_below(&random, 62))) *
                     (round % 2 ? 1 : -1),
            .exponent = (uint8_t)sim_random_below(&random, 19),
        };
        for (uint32_t i = 0; i < 40; i++)
            usage[i] = (int64_t)(sim_random_next(&random) >> (20 + sim_random_below(&random, 43))) *
                       (i % 3 ? 1 : -1);
        const uint32_t beyond = ct_price_apply(&price, usage, 40, back);
        uint32_t expected_beyond = 0;
        for (uint32_t i = 0; i < 40; i++) {
            const ct_int128 product = (ct_int128)usage[i] * price.price;
            const ct_int128 divisor = ct_pow10_int128(price.exponent);
            const ct_int128 exact =
                (product + (product < 0 ? -divisor / 2 : divisor / 2)) / divisor;
            if (exact > INT64_MIN && exact <= INT64_MAX)
                assert_int_equal(back[i], (int64_t)exact);
            else
                expected_beyond++;
        }
        assert_int_equal(beyond, expected_beyond);
    }
}

static void damage_is_found_or_harmless(void **state)
{
    fill_usage(3, 100);
    fill_cost(987654321, 7, 100);
    cost[5] = cost[77] = 12;
    const size_t len = assert_derived(100, 4, 6, *state);
    damage(out, len, 100, decode, NULL, *state);
    memcpy(cost, usage, sizeof cost);
    cost[9] = INT64_MIN;
    damage(out, assert_derived(100, 4, 4, *state), 100, decode, NULL, *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product_with_any_price_takes_a_dozen_bytes),
        cmocka_unit_test(equal_column_takes_three_bytes),
        cmocka_unit_test(exceptions_are_stored_apart),
        cmocka_unit_test(unrelated_columns_are_refused),
        cmocka_unit_test(what_is_not_smaller_is_refused),
        cmocka_unit_test(extremes_come_back_or_are_refused),
        cmocka_unit_test(both_ways_of_applying_a_price_agree),
        cmocka_unit_test(damage_is_found_or_harmless),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
