/* Blocks of bools: alike, in runs, or neither. */
#include "codec_fixture.h"

#include "bool/bool_codec.h"

static uint8_t values[ROOM], back[ROOM], out[2 * ROOM];

static ct_status decode(const uint8_t *in, size_t in_len, uint32_t count,
                        struct ct_codec_scratch *scratch)
{
    return ct_bool_decode(in, in_len, count, scratch, back);
}

static ct_status check(const uint8_t *in, size_t in_len, uint32_t count,
                       struct ct_codec_scratch *scratch)
{
    struct ct_reader r = ct_reader_of(in, in_len);
    CT_TRY(ct_bool_check(&r, count, scratch));
    return ct_reader_left(&r) == 0 ? CT_OK : CT_CORRUPT;
}

static void fill(uint64_t seed, uint64_t change_one_in, uint32_t count)
{
    struct sim_random random = sim_random_of(seed);
    uint8_t value = seed & 1;
    for (uint32_t i = 0; i < count; i++) {
        value ^= sim_random_chance(&random, change_one_in);
        values[i] = value;
    }
}

static size_t assert_comes_back(uint32_t count, struct ct_codec_scratch *scratch)
{
    const size_t len = ct_bool_encode(values, count, scratch, out);
    memset(back, 0xee, sizeof back);
    assert_int_equal(ct_bool_decode(out, len, count, scratch, back), CT_OK);
    assert_memory_equal(back, values, count);
    assert_int_equal(check(out, len, count, scratch), CT_OK);
    assert_true(len <= 1 + (size_t)(count + 7) / 8);
    return len;
}

static void every_density_and_count_comes_back(void **state)
{
    static const uint64_t densities[] = {1, 2, 3, 10, 50, 300, 100000};
    for (size_t d = 0; d < CT_COUNT_OF(densities); d++) {
        for (uint32_t count = 1; count <= CT_BLOCK_VALUES_MAX; count = next_count(count)) {
            fill(count, densities[d], count);
            (void)assert_comes_back(count, *state);
        }
    }
}

static void all_alike_takes_a_byte(void **state)
{
    memset(values, 1, 1000);
    assert_int_equal(assert_comes_back(1000, *state), 1);
    assert_string_equal(ct_codec_name(CT_FAMILY_BOOL, out, 1), "true");
    memset(values, 0, 1000);
    assert_int_equal(assert_comes_back(1000, *state), 1);
    assert_string_equal(ct_codec_name(CT_FAMILY_BOOL, out, 1), "false");
}

static void every_codec_returns_what_it_takes(void **state)
{
    size_t codec_count = 0;
    const struct ct_bool_codec *codecs = ct_bool_codecs(&codec_count);
    fill(1, 30, 500);
    const struct ct_bool_source source = {values, 500, *state};
    for (size_t c = CT_BOOL_BITMAP; c < codec_count; c++) {
        const size_t size = codecs[c].analyse(&source);
        assert_true(size < 100);
        struct ct_writer w = ct_writer_of(out, sizeof out);
        ct_write8(&w, (uint8_t)c);
        codecs[c].encode(&source, &w);
        assert_int_equal(ct_writer_len(&w), size);
        assert_int_equal(decode(out, size, 500, *state), CT_OK);
        assert_memory_equal(back, values, 500);
        damage(out, size, 500, decode, check, *state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_density_and_count_comes_back),
        cmocka_unit_test(all_alike_takes_a_byte),
        cmocka_unit_test(every_codec_returns_what_it_takes),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
