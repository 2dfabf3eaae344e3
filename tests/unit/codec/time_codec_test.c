/* Blocks of times: regular runs of one series or several, and irregular ones. */
#include "codec_fixture.h"

#include "time/time_codec.h"

#define SECOND INT64_C(1000000000)

static int64_t times[ROOM], back[ROOM];
static uint8_t out[16 * ROOM];

static ct_status decode(const uint8_t *in, size_t in_len, uint32_t count,
                        struct ct_codec_scratch *scratch)
{
    return ct_time_decode(in, in_len, count, scratch, back);
}

static ct_status check(const uint8_t *in, size_t in_len, uint32_t count,
                       struct ct_codec_scratch *scratch)
{
    struct ct_reader r = ct_reader_of(in, in_len);
    CT_TRY(ct_time_check(&r, count, scratch));
    return ct_reader_left(&r) == 0 ? CT_OK : CT_CORRUPT;
}

static size_t assert_comes_back(uint32_t count, enum ct_effort effort,
                                struct ct_codec_scratch *scratch)
{
    const size_t len = ct_time_encode(times, count, effort, scratch, out);
    memset(back, 0xee, sizeof back);
    assert_int_equal(ct_time_decode(out, len, count, scratch, back), CT_OK);
    assert_memory_equal(back, times, count * sizeof *times);
    assert_int_equal(check(out, len, count, scratch), CT_OK);
    return len;
}

static void one_regular_series_takes_a_dozen_bytes(void **state)
{
    for (uint32_t i = 0; i < 720; i++)
        times[i] = (1780272000 + (int64_t)i * 3600) * SECOND;
    assert_in_range(assert_comes_back(720, CT_EFFORT_FAST, *state), 6, 12);
    assert_string_equal(ct_codec_name(CT_FAMILY_TIME, out, 1), "regular");
}

static void several_series_take_four_bytes_each(void **state)
{
    for (uint32_t i = 0; i < 1080; i++)
        times[i] = (1780272000 + (int64_t)(i % 360) * 10) * SECOND;
    assert_in_range(assert_comes_back(1080, CT_EFFORT_FAST, *state), 12, 20);
}

static void jittered_times_take_the_bits_of_their_jitter(void **state)
{
    struct sim_random random = sim_random_of(9);
    for (uint32_t i = 0; i < 1000; i++)
        times[i] = (1780272000 + (int64_t)i * 10) * SECOND +
                   (int64_t)sim_random_below(&random, 1000) * 1000000;
    /* a millisecond of a second: 10 bits, 11 with the sign */
    assert_in_range(assert_comes_back(1000, CT_EFFORT_FAST, *state), 1000, 1420);
}

static void every_shape_comes_back(void **state)
{
    for (unsigned shape = 0; shape < SHAPES; shape++) {
        for (uint32_t count = 1; count <= CT_BLOCK_VALUES_MAX; count = next_count(count)) {
            shape_fill((enum shape)shape, count, times, count);
            (void)assert_comes_back(count, CT_EFFORT_FAST, *state);
            (void)assert_comes_back(count, CT_EFFORT_SMALL, *state);
        }
    }
}

static void runs_of_every_length_come_back(void **state)
{
    struct sim_random random = sim_random_of(4);
    for (unsigned round = 0; round < 500; round++) {
        const uint32_t count = 1 + (uint32_t)sim_random_below(&random, CT_BLOCK_VALUES_MAX);
        const uint64_t run_max = 1 + sim_random_below(&random, 200);
        for (uint32_t i = 0; i < count;) {
            const uint64_t start = sim_random_next(&random) >> sim_random_below(&random, 40);
            const uint64_t step = sim_random_next(&random) >> sim_random_below(&random, 64);
            const uint64_t len = 1 + sim_random_below(&random, run_max);
            for (uint64_t k = 0; k < len && i < count; k++)
                times[i++] = (int64_t)(start + k * step);
        }
        (void)assert_comes_back(count, CT_EFFORT_FAST, *state);
    }
}

static void damage_is_found_or_harmless(void **state)
{
    static const uint32_t counts[] = {1, 2, 8, 100, 360};
    for (size_t n = 0; n < CT_COUNT_OF(counts); n++) {
        for (uint32_t i = 0; i < counts[n]; i++)
            times[i] = (1780272000 + (int64_t)(i % 60) * 10) * SECOND;
        struct ct_writer w = ct_writer_of(out, sizeof out);
        if (ct_regular_analyse(times, counts[n]) == SIZE_MAX)
            continue;
        ct_regular_encode(times, counts[n], &w);
        damage(out, ct_writer_len(&w), counts[n], decode, check, *state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_regular_series_takes_a_dozen_bytes),
        cmocka_unit_test(several_series_take_four_bytes_each),
        cmocka_unit_test(jittered_times_take_the_bits_of_their_jitter),
        cmocka_unit_test(every_shape_comes_back),
        cmocka_unit_test(runs_of_every_length_come_back),
        cmocka_unit_test(damage_is_found_or_harmless),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
