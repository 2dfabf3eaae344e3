/* Blocks of texts: repeated, all different, empty, long. */
#include "codec_fixture.h"

#include "text/text_codec.h"

static struct ct_text values[ROOM], back[ROOM];
static char letters[ROOM * 64];
static uint8_t out[ROOM * 80];

enum text_shape {
    TEXT_SAME,
    TEXT_FEW,
    TEXT_PATHS,
    TEXT_EMPTY,
    TEXT_RANDOM,
    TEXT_SOME_EMPTY,
    TEXT_SHAPES
};

static size_t text_write(enum text_shape shape, uint64_t r, char *at)
{
    switch (shape) {
    case TEXT_SAME:
        return (size_t)snprintf(at, 64, "healthy");
    case TEXT_FEW:
        return (size_t)snprintf(at, 64, "status-%u", (unsigned)(r % 7));
    case TEXT_PATHS:
        return (size_t)snprintf(at, 64, "/region/us-east-1/instance/i-%08x", (unsigned)(r >> 40));
    case TEXT_EMPTY:
        return 0;
    case TEXT_RANDOM:
        for (size_t i = 0; i < r % 60; i++)
            at[i] = (char)(r >> i % 57);
        return r % 60;
    case TEXT_SOME_EMPTY:
        return r % 3 ? 0 : (size_t)snprintf(at, 64, "%u", (unsigned)(r % 1000));
    case TEXT_SHAPES:
        break;
    }
    return 0;
}

static void fill(enum text_shape shape, uint64_t seed, uint32_t count)
{
    struct sim_random random = sim_random_of(seed);
    for (uint32_t i = 0; i < count; i++) {
        char *at = letters + (size_t)i * 64;
        const size_t len = text_write(shape, sim_random_next(&random), at);
        values[i] = (struct ct_text){len ? at : NULL, len};
    }
}

static ct_status decode(const uint8_t *in, size_t in_len, uint32_t count,
                        struct ct_codec_scratch *scratch)
{
    size_t heap_bytes = 0;
    CT_TRY(ct_text_decoded_size(in, in_len, count, &heap_bytes));
    if (heap_bytes > sizeof letters)
        return CT_CORRUPT; /* a limit of this test's own */
    char *heap = malloc(heap_bytes + 1);
    assert_non_null(heap);
    const ct_status status = ct_text_decode(in, in_len, count, scratch, heap, heap_bytes, back);
    for (uint32_t i = 0; status == CT_OK && i < count; i++)
        assert_true(back[i].bytes >= heap && back[i].bytes + back[i].len <= heap + heap_bytes);
    free(heap);
    return status;
}

static size_t assert_comes_back(uint32_t count, enum ct_effort effort,
                                struct ct_codec_scratch *scratch)
{
    const size_t bound = ct_text_bound(values, count);
    assert_true(bound <= sizeof out);
    const size_t len = ct_text_encode(values, count, effort, scratch, out);
    assert_true(len <= bound);
    size_t heap_bytes = 0;
    assert_int_equal(ct_text_decoded_size(out, len, count, &heap_bytes), CT_OK);
    char *heap = malloc(heap_bytes + 1);
    assert_int_equal(ct_text_decode(out, len, count, scratch, heap, heap_bytes, back), CT_OK);
    for (uint32_t i = 0; i < count; i++)
        assert_true(ct_text_equal(values[i], back[i]));
    if (heap_bytes)
        assert_int_equal(ct_text_decode(out, len, count, scratch, heap, heap_bytes - 1, back),
                         CT_CORRUPT);
    free(heap);
    return len;
}

static void every_shape_comes_back(void **state)
{
    for (unsigned shape = 0; shape < TEXT_SHAPES; shape++) {
        for (uint32_t count = 1; count <= CT_BLOCK_VALUES_MAX; count = next_count(count)) {
            fill((enum text_shape)shape, count, count);
            (void)assert_comes_back(count, CT_EFFORT_FAST, *state);
            if (count % 8 == 0)
                (void)assert_comes_back(count, CT_EFFORT_SMALL, *state);
        }
    }
}

static void one_text_many_times_takes_its_own_length(void **state)
{
    fill(TEXT_SAME, 1, 1000);
    assert_in_range(assert_comes_back(1000, CT_EFFORT_FAST, *state), 7, 16);
    assert_string_equal(ct_codec_name(CT_FAMILY_TEXT, out, 1), "dictionary");
}

static void alike_texts_are_deflated(void **state)
{
    fill(TEXT_PATHS, 1, 1000);
    assert_true(assert_comes_back(1000, CT_EFFORT_FAST, *state) < 12000);
    assert_string_equal(ct_codec_name(CT_FAMILY_TEXT, out, 1), "plain-zstd");
}

static void damage_is_found_or_harmless(void **state)
{
    for (unsigned shape = 0; shape < TEXT_SHAPES; shape++) {
        for (unsigned effort = 0; effort < 2; effort++) {
            fill((enum text_shape)shape, 2, 20);
            const size_t len = ct_text_encode(values, 20, (enum ct_effort)effort, *state, out);
            damage(out, len, 20, decode, NULL, *state);
        }
    }
}

static void unfolding_beyond_the_limits_is_refused(void **state)
{
    (void)state;
    size_t heap_bytes = 0;
    /* a heap of 2^30 + 1 bytes, deflated */
    const uint8_t huge[] = {CT_TEXT_DEFLATED, 0x81, 0x80, 0x80, 0x80, 0x04};
    assert_int_equal(ct_text_decoded_size(huge, sizeof huge, 1, &heap_bytes), CT_CORRUPT);
    /* 2^23 bytes out of six would be a ratio of more than a million */
    const uint8_t steep[] = {CT_TEXT_DEFLATED, 0x80, 0x80, 0x80, 0x04, 0};
    assert_int_equal(ct_text_decoded_size(steep, sizeof steep, 1, &heap_bytes), CT_CORRUPT);
    /* more than there is, not deflated */
    const uint8_t lying[] = {CT_TEXT_PLAIN, 7, 0, 14, 'a'};
    assert_int_equal(ct_text_decoded_size(lying, sizeof lying, 1, &heap_bytes), CT_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_comes_back),
        cmocka_unit_test(one_text_many_times_takes_its_own_length),
        cmocka_unit_test(alike_texts_are_deflated),
        cmocka_unit_test(damage_is_found_or_harmless),
        cmocka_unit_test(unfolding_beyond_the_limits_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
