/* Integer blocks: every codec forced on every shape, and what chance makes of their bytes. */
#include "codec_fixture.h"

#include "int/int_codec.h"

static int64_t values[ROOM], back[ROOM];

static ct_status decode(const uint8_t *in, size_t in_len, uint32_t count,
                        struct ct_codec_scratch *scratch)
{
    return ct_int_decode(in, in_len, count, scratch, back);
}

static ct_status check(const uint8_t *in, size_t in_len, uint32_t count,
                       struct ct_codec_scratch *scratch)
{
    struct ct_reader r = ct_reader_of(in, in_len);
    CT_TRY(ct_int_block_check(&r, count, false, scratch));
    return ct_reader_left(&r) == 0 ? CT_OK : CT_CORRUPT;
}

static void assert_comes_back(const uint8_t *bytes, size_t len, uint32_t count,
                              struct ct_codec_scratch *scratch)
{
    memset(back, 0xee, sizeof back);
    assert_int_equal(ct_int_decode(bytes, len, count, scratch, back), CT_OK);
    assert_memory_equal(back, values, count * sizeof *values);
    assert_int_equal(check(bytes, len, count, scratch), CT_OK);
}

/* One codec's encoding whether or not it is the smallest; 0 where it does not apply. */
static size_t force(const struct ct_int_codec *codec, uint32_t count,
                    struct ct_codec_scratch *scratch, uint8_t *out, size_t cap)
{
    struct ct_int_source source;
    ct_int_source_init(&source, values, count, CT_EFFORT_SMALL, false, scratch);
    struct ct_int_plan plan = {.codec = codec};
    plan.size = codec->analyse(codec, &source, cap, &plan);
    if (plan.size >= cap)
        return 0;
    struct ct_writer w = ct_writer_of(out, cap);
    ct_int_write(&source, &plan, &w);
    assert_int_equal(ct_writer_len(&w), plan.size);
    return plan.size;
}

static void chosen_codec_returns_every_shape(void **state)
{
    struct ct_codec_scratch *scratch = *state;
    static uint8_t out[16 * ROOM];
    for (unsigned shape = 0; shape < SHAPES; shape++) {
        for (uint32_t count = 1; count <= CT_BLOCK_VALUES_MAX; count = next_count(count)) {
            shape_fill((enum shape)shape, count * 31 + shape, values, count);
            for (unsigned effort = 0; effort < 2; effort++) {
                const size_t len =
                    ct_int_encode(values, count, (enum ct_effort)effort, scratch, out);
                assert_true(len <= (size_t)count * 8 + 12);
                assert_comes_back(out, len, count, scratch);
            }
        }
    }
}

static void every_codec_returns_what_it_takes(void **state)
{
    struct ct_codec_scratch *scratch = *state;
    static uint8_t out[16 * ROOM];
    size_t codec_count = 0;
    const struct ct_int_codec *codecs = ct_int_codecs(&codec_count);
    uint32_t uses[32] = {0};
    assert_true(codec_count <= CT_COUNT_OF(uses));
    for (unsigned shape = 0; shape < SHAPES; shape++) {
        for (uint32_t count = 1; count <= CT_BLOCK_VALUES_MAX; count = next_count(count)) {
            if (count > 20 && count < 300 && count % 17 != 0 && count % 64 > 2)
                continue;
            shape_fill((enum shape)shape, count * 7 + shape, values, count);
            for (size_t c = 0; c < codec_count; c++) {
                const size_t len = force(&codecs[c], count, scratch, out, sizeof out);
                if (len == 0)
                    continue;
                uses[c]++;
                assert_comes_back(out, len, count, scratch);
            }
        }
    }
    for (size_t c = 0; c < codec_count; c++)
        assert_true(uses[c] > 10);
}

static void damage_is_found_or_harmless(void **state)
{
    struct ct_codec_scratch *scratch = *state;
    static uint8_t out[16 * ROOM];
    static const uint32_t counts[] = {1, 2, 9, 130, 300};
    size_t codec_count = 0;
    const struct ct_int_codec *codecs = ct_int_codecs(&codec_count);
    for (unsigned shape = 0; shape < SHAPES; shape++) {
        for (size_t n = 0; n < CT_COUNT_OF(counts); n++) {
            shape_fill((enum shape)shape, n * 7 + shape, values, counts[n]);
            for (size_t c = 0; c < codec_count; c++) {
                const size_t len = force(&codecs[c], counts[n], scratch, out, sizeof out);
                if (len && len < 500)
                    damage(out, len, counts[n], decode, check, scratch);
            }
        }
    }
}

static void divided_blocks_are_damaged_too(void **state)
{
    struct ct_codec_scratch *scratch = *state;
    static uint8_t out[16 * ROOM];
    shape_fill(SHAPE_MULTIPLES, 5, values, 200);
    const size_t len = ct_int_encode(values, 200, CT_EFFORT_FAST, scratch, out);
    assert_true(out[0] & CT_INT_DIVISOR);
    damage(out, len, 200, decode, check, scratch);
}

static void divisor_is_the_greatest_common_one(void **state)
{
    (void)state;
    struct sim_random random = sim_random_of(3);
    for (unsigned round = 0; round < 2000; round++) {
        const uint64_t divisor = (sim_random_next(&random) >> sim_random_below(&random, 63)) | 1;
        const uint64_t even = divisor << sim_random_below(&random, 8);
        const uint64_t quotients_max = UINT64_MAX / (even ? even : 1);
        const int64_t base = (int64_t)sim_random_next(&random);
        for (uint32_t i = 0; i < 100 && even; i++) {
            const uint64_t quotient = i == 50   ? 0
                                      : i == 51 ? 1
                                                : sim_random_next(&random) % (quotients_max | 1);
            values[i] =
                (int64_t)((uint64_t)base + (quotient > quotients_max ? 0 : quotient) * even);
        }
        if (!even)
            continue;
        assert_int_equal(ct_divisor_find(values, 100, base), even);
        ct_divisor_quotients(values, 100, base, even, back);
        for (uint32_t i = 0; i < 100; i++)
            assert_int_equal((uint64_t)base + (uint64_t)back[i] * even, (uint64_t)values[i]);
    }
}

static void blocks_inside_integer_blocks_hold_no_blocks(void **state)
{
    struct ct_codec_scratch *scratch = *state;
    /* runs in runs: one run, whose values would be a block of runs */
    const uint8_t nested[] = {CT_INT_RUNS, 1, CT_INT_RUNS, 1, 0, 2, 0, 0, 0, 6};
    assert_int_equal(decode(nested, sizeof nested, 4, scratch), CT_CORRUPT);
    /* the same depth without it is fine: one run of four sevens */
    const uint8_t flat[] = {CT_INT_RUNS, 1, 0, 14, 0, 6};
    assert_int_equal(decode(flat, sizeof flat, 4, scratch), CT_OK);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(back[i], 7);
}

static void impossible_counts_are_refused(void **state)
{
    const uint8_t constant[] = {CT_INT_CONSTANT, 2};
    assert_int_equal(decode(constant, 2, 0, *state), CT_CORRUPT);
    assert_int_equal(decode(constant, 2, CT_BLOCK_VALUES_MAX + 1, *state), CT_CORRUPT);
    assert_int_equal(decode(constant, 2, CT_BLOCK_VALUES_MAX, *state), CT_OK);
}

static void names_are_known_for_all_and_none_else(void **state)
{
    (void)state;
    const uint8_t delta = CT_INT_ORDER_0 + 0x10;
    const uint8_t unknown = 0x7f;
    assert_string_equal(ct_codec_name(CT_FAMILY_INT, &delta, 1), "delta");
    assert_string_equal(ct_codec_name(CT_FAMILY_INT, &unknown, 1), "?");
    assert_string_equal(ct_codec_name(CT_FAMILY_INT, &unknown, 0), "?");
}

static void scratch_without_memory_is_refused(void **state)
{
    (void)state;
    struct ct_allocator_counting counting;
    ct_allocator_counting_init(&counting, ct_allocator_system(), 1000);
    assert_null(ct_codec_scratch_create(&counting.base));
    ct_codec_scratch_destroy(NULL);
}

/* zstd gets no memory: the next best codec serves. */
static void compression_without_memory_falls_back(void **state)
{
    (void)state;
    struct ct_allocator_counting counting;
    ct_allocator_counting_init(&counting, ct_allocator_system(),
                               sizeof(struct ct_codec_scratch) + 100);
    struct ct_codec_scratch *scratch = ct_codec_scratch_create(&counting.base);
    assert_non_null(scratch);
    static uint8_t out[16 * ROOM];
    shape_fill(SHAPE_REPEATING, 1, values, 1000);
    const size_t len = ct_int_encode(values, 1000, CT_EFFORT_SMALL, scratch, out);
    assert_int_not_equal(out[0], CT_INT_DEFLATED);
    assert_comes_back(out, len, 1000, scratch);
    ct_codec_scratch_destroy(scratch);
    assert_int_equal(counting.live_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_codec_returns_every_shape),
        cmocka_unit_test(every_codec_returns_what_it_takes),
        cmocka_unit_test(damage_is_found_or_harmless),
        cmocka_unit_test(divided_blocks_are_damaged_too),
        cmocka_unit_test(divisor_is_the_greatest_common_one),
        cmocka_unit_test(blocks_inside_integer_blocks_hold_no_blocks),
        cmocka_unit_test(impossible_counts_are_refused),
        cmocka_unit_test(names_are_known_for_all_and_none_else),
        cmocka_unit_test(scratch_without_memory_is_refused),
        cmocka_unit_test(compression_without_memory_falls_back),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
