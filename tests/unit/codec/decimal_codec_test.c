/* Blocks of decimals: equal as numbers, at one scale, whatever scales they came with. */
#include "codec_fixture.h"

#include "decimal/decimal_codec.h"

static ct_int128 mantissas[ROOM], wide[ROOM];
static int64_t narrow[ROOM], narrow_back[ROOM];
static uint8_t scales[ROOM], out[24 * ROOM];
static struct ct_decimal_block block = {.narrow = narrow_back, .wide = wide};

enum decimal_shape {
    DECIMAL_CENTS,
    DECIMAL_RAGGED,
    DECIMAL_ZEROS,
    DECIMAL_ONE_LONG,
    DECIMAL_LONG,
    DECIMAL_WIDE,
    DECIMAL_WIDE_FEW,
    DECIMAL_EXTREME,
    DECIMAL_SHAPES
};

static ct_int128 power(unsigned n)
{
    return ct_pow10_int128(n);
}

static void decimal_fill(enum decimal_shape shape, uint64_t seed, uint32_t count)
{
    struct sim_random random = sim_random_of(seed);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t r = sim_random_next(&random);
        const int64_t small = (int64_t)(r % 100000) - 20000;
        const ct_int128 huge = (ct_int128)(int64_t)r * ((int64_t)1 << 62) % (power(38) - 1);
        scales[i] = 2;
        mantissas[i] = small;
        switch (shape) {
        case DECIMAL_CENTS:
            break;
        case DECIMAL_RAGGED:
            scales[i] = (uint8_t)(r >> 32 & 7);
            break;
        case DECIMAL_ZEROS:
            scales[i] = 9;
            mantissas[i] = (ct_int128)small * 10000;
            break;
        case DECIMAL_ONE_LONG:
            if (i % 40 == 7) {
                scales[i] = 15;
                mantissas[i] = (int64_t)(r >> 8);
            }
            break;
        case DECIMAL_LONG:
            scales[i] = 18;
            mantissas[i] = (int64_t)r / 16;
            break;
        case DECIMAL_WIDE:
            scales[i] = 24;
            mantissas[i] = huge;
            break;
        case DECIMAL_WIDE_FEW:
            if (i % 30 == 3) {
                scales[i] = 22;
                mantissas[i] = (ct_int128)(int64_t)r * 99991;
            }
            break;
        case DECIMAL_EXTREME:
            scales[i] = 38;
            mantissas[i] = r % 3 == 0 ? power(38) - 1 : r % 3 == 1 ? 1 - power(38) : 0;
            break;
        case DECIMAL_SHAPES:
            break;
        }
    }
}

static ct_status decode(const uint8_t *in, size_t in_len, uint32_t count,
                        struct ct_codec_scratch *scratch)
{
    return ct_decimal_decode(in, in_len, count, scratch, &block);
}

static ct_status check(const uint8_t *in, size_t in_len, uint32_t count,
                       struct ct_codec_scratch *scratch)
{
    struct ct_reader r = ct_reader_of(in, in_len);
    CT_TRY(ct_decimal_check(&r, count, scratch));
    return ct_reader_left(&r) == 0 ? CT_OK : CT_CORRUPT;
}

static void assert_equal_numbers(uint32_t count)
{
    assert_true(block.scale <= CT_DECIMAL_SCALE_MAX);
    for (uint32_t i = 0; i < count; i++) {
        const struct ct_decimal given = {mantissas[i], scales[i]};
        const struct ct_decimal got = {block.is_wide ? wide[i] : narrow_back[i], block.scale};
        assert_int_equal(ct_decimal_compare(given, got), 0);
    }
}

static size_t assert_comes_back(uint32_t count, enum ct_effort effort,
                                struct ct_codec_scratch *scratch)
{
    const size_t len = ct_decimal_encode(mantissas, scales, count, effort, scratch, out);
    assert_in_range(len, 1, ct_codec_bound(count));
    assert_int_equal(decode(out, len, count, scratch), CT_OK);
    assert_equal_numbers(count);
    assert_int_equal(check(out, len, count, scratch), CT_OK);
    return len;
}

static void every_shape_comes_back(void **state)
{
    for (unsigned shape = 0; shape < DECIMAL_SHAPES; shape++) {
        for (uint32_t count = 1; count <= CT_BLOCK_VALUES_MAX; count = next_count(count)) {
            decimal_fill((enum decimal_shape)shape, count, count);
            (void)assert_comes_back(count, CT_EFFORT_FAST, *state);
            if (count % 16 == 0)
                (void)assert_comes_back(count, CT_EFFORT_SMALL, *state);
        }
    }
}

static void narrow_and_wide_inputs_give_the_same_bytes(void **state)
{
    static uint8_t other[24 * ROOM];
    for (unsigned shape = 0; shape <= DECIMAL_LONG; shape++) {
        decimal_fill((enum decimal_shape)shape, 7, 500);
        for (uint32_t i = 0; i < 500; i++)
            narrow[i] = (int64_t)mantissas[i];
        const size_t a = ct_decimal_encode(mantissas, scales, 500, CT_EFFORT_FAST, *state, out);
        const size_t b =
            ct_decimal_encode_narrow(narrow, scales, 500, CT_EFFORT_FAST, *state, other);
        assert_int_equal(a, b);
        assert_memory_equal(out, other, a);
    }
}

static void every_codec_returns_what_it_takes(void **state)
{
    size_t codec_count = 0;
    const struct ct_decimal_codec *const *codecs = ct_decimal_codecs(&codec_count);
    uint32_t uses[8] = {0};
    for (unsigned shape = 0; shape < DECIMAL_SHAPES; shape++) {
        decimal_fill((enum decimal_shape)shape, shape, 321);
        for (size_t c = 0; c < codec_count; c++) {
            struct ct_decimal_source source = {.wide = mantissas,
                                               .scales = scales,
                                               .count = 321,
                                               .effort = CT_EFFORT_SMALL,
                                               .scratch = *state};
            assert_true(ct_block_scale_find(&source));
            struct ct_decimal_plan plan = {.codec = codecs[c]};
            plan.size = codecs[c]->analyse(&source, SIZE_MAX, &plan);
            if (plan.size == SIZE_MAX)
                continue;
            struct ct_writer w = ct_writer_of(out, sizeof out);
            ct_write8(&w, codecs[c]->id);
            codecs[c]->encode(&source, &plan, &w);
            assert_int_equal(ct_writer_len(&w), plan.size);
            assert_int_equal(decode(out, plan.size, 321, *state), CT_OK);
            assert_equal_numbers(321);
            uses[c]++;
        }
    }
    for (size_t c = 0; c < codec_count; c++)
        assert_true(uses[c] > 0);
}

static void common_zeros_are_dropped(void **state)
{
    decimal_fill(DECIMAL_ZEROS, 1, 300);
    (void)assert_comes_back(300, CT_EFFORT_FAST, *state);
    assert_true(block.scale <= 5);
    assert_false(block.is_wide);
}

static void one_long_price_does_not_widen_a_block_of_cents(void **state)
{
    decimal_fill(DECIMAL_ONE_LONG, 1, 1000);
    assert_true(assert_comes_back(1000, CT_EFFORT_FAST, *state) < 2600);
    assert_string_equal(ct_codec_name(CT_FAMILY_DECIMAL, out, 1), "patched");
}

static void numbers_without_a_common_scale_are_refused(void **state)
{
    mantissas[0] = power(37);
    scales[0] = 0;
    mantissas[1] = 1;
    scales[1] = 38;
    assert_int_equal(ct_decimal_encode(mantissas, scales, 2, CT_EFFORT_FAST, *state, out), 0);
    assert_true(ct_decimal_encode(mantissas, scales, 1, CT_EFFORT_FAST, *state, out) > 0);
}

static void damage_is_found_or_harmless(void **state)
{
    for (unsigned shape = 0; shape < DECIMAL_SHAPES; shape++) {
        decimal_fill((enum decimal_shape)shape, 3, 60);
        const size_t len = ct_decimal_encode(mantissas, scales, 60, CT_EFFORT_FAST, *state, out);
        damage(out, len, 60, decode, check, *state);
    }
}

static void long_varints_come_back(void **state)
{
    (void)state;
    struct sim_random random = sim_random_of(2);
    for (unsigned round = 0; round < 10000; round++) {
        const ct_uint128 bits =
            (ct_uint128)sim_random_next(&random) << 64 | sim_random_next(&random);
        const ct_int128 value = (ct_int128)bits >> sim_random_below(&random, 127);
        uint8_t bytes[19];
        struct ct_writer w = ct_writer_of(bytes, sizeof bytes);
        ct_write_varint128(&w, value);
        assert_int_equal(ct_writer_len(&w), ct_varint128_len(value));
        struct ct_reader r = ct_reader_of(bytes, ct_writer_len(&w));
        assert_true(ct_read_varint128(&r) == value);
        assert_false(r.is_bad);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_comes_back),
        cmocka_unit_test(narrow_and_wide_inputs_give_the_same_bytes),
        cmocka_unit_test(every_codec_returns_what_it_takes),
        cmocka_unit_test(common_zeros_are_dropped),
        cmocka_unit_test(one_long_price_does_not_widen_a_block_of_cents),
        cmocka_unit_test(numbers_without_a_common_scale_are_refused),
        cmocka_unit_test(damage_is_found_or_harmless),
        cmocka_unit_test(long_varints_come_back),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
