/* Blocks of doubles: bit for bit, whatever the bits. */
#include "codec_fixture.h"

#include <math.h>

#include "float/float_codec.h"

static double values[ROOM], back[ROOM];
static uint8_t out[16 * ROOM];

enum float_shape {
    FLOAT_CONSTANT,
    FLOAT_CENTS,
    FLOAT_PERCENT,
    FLOAT_LARGE,
    FLOAT_SINGLE,
    FLOAT_LOSS,
    FLOAT_BITS,
    FLOAT_ODD,
    FLOAT_MIXED,
    FLOAT_REPEATED,
    FLOAT_SHAPES
};

static double odd_value(uint64_t r)
{
    static const uint64_t bits[] = {
        UINT64_C(0x8000000000000000), /* -0 */
        UINT64_C(0x0000000000000001), /* least subnormal */
        UINT64_C(0x800fffffffffffff), /* greatest subnormal, negative */
        UINT64_C(0x7ff0000000000000), /* infinity */
        UINT64_C(0xfff0000000000000), UINT64_C(0x7ff8000000000000), /* quiet NaN */
        UINT64_C(0x7ff0000000000001),                               /* signalling NaN */
        UINT64_C(0xfff8dead0000beef),                               /* payload */
        UINT64_C(0x7fefffffffffffff), UINT64_C(0x4320000000000000), /* 2^51 */
        UINT64_C(0xc320000000000000), UINT64_C(0x431fffffffffffff), 0,
    };
    return ct_double_of_bits(bits[r % CT_COUNT_OF(bits)]);
}

static double float_value(enum float_shape shape, uint64_t r, uint32_t i)
{
    switch (shape) {
    case FLOAT_CONSTANT:
        return 0.1;
    case FLOAT_CENTS:
        return (double)(int64_t)(r % 100000) / 100;
    case FLOAT_PERCENT:
        return ((double)(500 + (int64_t)(r % 21)) + (double)i) / 10;
    case FLOAT_LARGE:
        return (double)(r % 1000) * 1e19;
    case FLOAT_SINGLE:
        return (double)((float)(r % 100003) / 7.0F);
    case FLOAT_LOSS:
        return 4.0 / (1.0 + i * 0.01) + (double)(r >> 11) * 0x1p-60;
    case FLOAT_BITS:
        return ct_double_of_bits(r);
    case FLOAT_ODD:
        return odd_value(r);
    case FLOAT_MIXED:
        return r % 16 == 0 ? odd_value(r >> 8) : (double)(int64_t)(r % 4000) / 1000 - 2;
    case FLOAT_REPEATED:
        return i && r % 10 ? values[i - 1] : sin((double)(r % 1000));
    case FLOAT_SHAPES:
        break;
    }
    return 0;
}

static void float_fill(enum float_shape shape, uint64_t seed, uint32_t count)
{
    struct sim_random random = sim_random_of(seed);
    for (uint32_t i = 0; i < count; i++)
        values[i] = float_value(shape, sim_random_next(&random), i);
}

static ct_status decode(const uint8_t *in, size_t in_len, uint32_t count,
                        struct ct_codec_scratch *scratch)
{
    return ct_float_decode(in, in_len, count, scratch, back);
}

static ct_status check(const uint8_t *in, size_t in_len, uint32_t count,
                       struct ct_codec_scratch *scratch)
{
    struct ct_reader r = ct_reader_of(in, in_len);
    CT_TRY(ct_float_check(&r, count, scratch));
    return ct_reader_left(&r) == 0 ? CT_OK : CT_CORRUPT;
}

static void assert_comes_back(size_t len, uint32_t count, struct ct_codec_scratch *scratch)
{
    memset(back, 0xee, sizeof back);
    assert_int_equal(ct_float_decode(out, len, count, scratch, back), CT_OK);
    assert_memory_equal(back, values, count * sizeof *values);
    assert_int_equal(check(out, len, count, scratch), CT_OK);
}

static size_t force(const struct ct_float_codec *codec, uint32_t count,
                    struct ct_codec_scratch *scratch)
{
    const struct ct_float_source source = {values, count, CT_EFFORT_SMALL, scratch};
    struct ct_float_plan plan = {.codec = codec};
    plan.size = codec->analyse(&source, SIZE_MAX, &plan);
    if (plan.size == SIZE_MAX)
        return 0;
    struct ct_writer w = ct_writer_of(out, sizeof out);
    ct_write8(&w, codec->id);
    codec->encode(&source, &plan, &w);
    assert_int_equal(ct_writer_len(&w), plan.size);
    return plan.size;
}

static void chosen_codec_returns_every_shape(void **state)
{
    for (unsigned shape = 0; shape < FLOAT_SHAPES; shape++) {
        for (uint32_t count = 1; count <= CT_BLOCK_VALUES_MAX; count = next_count(count)) {
            float_fill((enum float_shape)shape, count, count);
            for (unsigned effort = 0; effort < 2; effort++) {
                const size_t len =
                    ct_float_encode(values, count, (enum ct_effort)effort, *state, out);
                assert_true(len <= 1 + (size_t)count * 8);
                assert_comes_back(len, count, *state);
            }
        }
    }
}

static void every_codec_returns_what_it_takes(void **state)
{
    size_t codec_count = 0;
    const struct ct_float_codec *const *codecs = ct_float_codecs(&codec_count);
    uint32_t uses[16] = {0};
    for (unsigned shape = 0; shape < FLOAT_SHAPES; shape++) {
        for (uint32_t count = 1; count <= CT_BLOCK_VALUES_MAX; count = next_count(count)) {
            float_fill((enum float_shape)shape, count * 3, count);
            for (size_t c = 0; c < codec_count; c++) {
                const size_t len = force(codecs[c], count, *state);
                if (len == 0)
                    continue;
                uses[c]++;
                assert_comes_back(len, count, *state);
            }
        }
    }
    for (size_t c = 0; c < codec_count; c++)
        assert_true(uses[c] > 10);
}

static void decimals_take_the_bits_of_their_digits(void **state)
{
    float_fill(FLOAT_PERCENT, 1, 1000);
    const size_t len = ct_float_encode(values, 1000, CT_EFFORT_FAST, *state, out);
    assert_string_equal(ct_codec_name(CT_FAMILY_FLOAT, out, len), "alp");
    assert_true(len < 900);
}

static void all_short_decimals_are_integers_to_alp(void **state)
{
    struct sim_random random = sim_random_of(8);
    static const double powers[] = {1, 10, 100, 1e3, 1e6, 1e9, 1e12, 1e15};
    for (size_t p = 0; p < CT_COUNT_OF(powers); p++) {
        for (uint32_t i = 0; i < 500; i++)
            values[i] =
                (double)(int64_t)sim_random_below(&random, UINT64_C(1000000000000000)) / powers[p];
        const size_t len = force(&ct_float_alp, 500, *state);
        assert_true(len > 0);
        /* behind the id and the exponent: no patches */
        assert_int_equal(out[2], 0);
        assert_comes_back(len, 500, *state);
    }
}

static void singles_take_half(void **state)
{
    float_fill(FLOAT_SINGLE, 1, 1000);
    assert_true(ct_float_encode(values, 1000, CT_EFFORT_FAST, *state, out) < 4100);
}

static void damage_is_found_or_harmless(void **state)
{
    size_t codec_count = 0;
    const struct ct_float_codec *const *codecs = ct_float_codecs(&codec_count);
    static const uint32_t counts[] = {1, 2, 20, 60};
    for (unsigned shape = 0; shape < FLOAT_SHAPES; shape++) {
        for (size_t n = 0; n < CT_COUNT_OF(counts); n++) {
            float_fill((enum float_shape)shape, n, counts[n]);
            for (size_t c = 0; c < codec_count; c++) {
                const size_t len = force(codecs[c], counts[n], *state);
                if (len)
                    damage(out, len, counts[n], decode, check, *state);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_codec_returns_every_shape),
        cmocka_unit_test(every_codec_returns_what_it_takes),
        cmocka_unit_test(decimals_take_the_bits_of_their_digits),
        cmocka_unit_test(all_short_decimals_are_integers_to_alp),
        cmocka_unit_test(singles_take_half),
        cmocka_unit_test(damage_is_found_or_harmless),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
