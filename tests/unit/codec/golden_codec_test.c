/* The bytes that engine/FORMAT.md section 8 gives as examples: they decode to their values, now and
 * in every later version, and encoders still write them (zstd's frames apart, whose bytes are
 * zstd's business). */
#include "codec_fixture.h"

#include "float/float_codec.h"
#include "int/int_codec.h"

static int64_t numbers[ROOM], back[ROOM];
static uint8_t out[4096];

static size_t parse_hex(const char *hex, uint8_t *bytes)
{
    size_t len = 0;
    for (; *hex; hex += hex[2] ? 3 : 2) {
        unsigned byte = 0;
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        bytes[len++] = (uint8_t)byte;
    }
    return len;
}

static int64_t constant(uint32_t i)
{
    (void)i;
    return 7;
}

static int64_t affine(uint32_t i)
{
    return 100 - 3 * (int64_t)i;
}

static int64_t listed(uint32_t i)
{
    static const int64_t list[] = {10, 12, 11, 13, 17};
    return list[i];
}

static int64_t two_levels(uint32_t i)
{
    return i < 128 ? 5 : 900 + (int64_t)i;
}

static int64_t one_outlier(uint32_t i)
{
    return i == 33 ? 1000000 : i % 2;
}

static int64_t squares(uint32_t i)
{
    return 100 + i * i % 5;
}

static int64_t two_runs(uint32_t i)
{
    return i < 7 ? 500 : -2;
}

static int64_t two_values(uint32_t i)
{
    return i * i % 2 ? 1000000007 : -5;
}

static int64_t repeating(uint32_t i)
{
    return i % 10 * i % 10;
}

static int64_t multiples(uint32_t i)
{
    return 1000 + 7000 * (int64_t)(i * i % 23);
}

struct example {
    const char *name;
    int64_t (*value)(uint32_t i);
    uint32_t count;
    const char *hex;
};

static const struct example int_examples[] = {
    {"constant", constant, 4, "00 0e"},
    {"affine", affine, 4, "01 c8 01 05"},
    {"for", listed, 5, "10 14 03 50 76"},
    {"delta", listed, 5, "20 14 01 03 c3 0a"},
    {"delta2", listed, 5, "30 14 04 05 03 70 01"},
    {"for-frames", two_levels, 130, "11 0a 00 00 ff 07 01 02"},
    {"for-patched", one_outlier, 40, "12 00 01 01 21 80 89 7a aa aa aa aa a8"},
    {"delta-patched", one_outlier, 40,
     "22 00 01 02 02 20 82 89 7a 00 fd 88 7a 22 22 22 22 22 22 22 22 20 22"},
    {"for-coded", squares, 40,
     "13 c8 01 00 00 04 f7 cf f3 7f f9 7f 22 14 8b e4 16 13 bd 77 0f 14 10 00"},
    {"delta-coded", squares, 40,
     "23 c8 01 05 00 00 06 f7 cf df 3f e1 ef 3f 96 16 0a a9 df 4d 98 b0 fd d6 da 16 0f 02 00"},
    {"delta2-coded", squares, 40,
     "33 c8 01 02 05 00 00 05 f7 ff fc 5f e0 ff 83 9d c6 df 45 25 5e dc 00"},
    {"runs", two_runs, 12, "02 02 01 e8 07 eb 07 01 0c 03"},
    {"dictionary", two_values, 16, "03 01 01 09 98 a8 d6 b9 07 10 00 01 aa aa"},
    {"zstd", repeating, 100,
     "04 00 01 1a 28 b5 2f fd 00 00 8d 00 00 50 00 01 04 09 06 05 06 09 04 01 01 00 d7 a9 20 01"},
};

static void fill(const struct example *example)
{
    for (uint32_t i = 0; i < example->count; i++)
        numbers[i] = example->value(i);
}

static void int_examples_decode(void **state)
{
    for (size_t e = 0; e < CT_COUNT_OF(int_examples); e++) {
        const struct example *example = &int_examples[e];
        const size_t len = parse_hex(example->hex, out);
        fill(example);
        assert_string_equal(ct_codec_name(CT_FAMILY_INT, out, len), example->name);
        assert_int_equal(ct_int_decode(out, len, example->count, *state, back), CT_OK);
        assert_memory_equal(back, numbers, example->count * sizeof *back);
    }
}

static void int_examples_are_what_is_written(void **state)
{
    for (size_t e = 0; e < CT_COUNT_OF(int_examples); e++) {
        const struct example *example = &int_examples[e];
        uint8_t expected[256];
        const size_t len = parse_hex(example->hex, expected);
        const struct ct_int_codec *codec = ct_int_codec_find(expected[0]);
        if (codec->id == CT_INT_DEFLATED)
            continue;
        fill(example);
        struct ct_int_source source;
        ct_int_source_init(&source, numbers, example->count, CT_EFFORT_SMALL, false, *state);
        struct ct_int_plan plan = {.codec = codec};
        plan.size = codec->analyse(codec, &source, sizeof out, &plan);
        assert_int_equal(plan.size, len);
        struct ct_writer w = ct_writer_of(out, sizeof out);
        ct_int_write(&source, &plan, &w);
        assert_memory_equal(out, expected, len);
    }
}

static void assert_written(size_t len, const char *hex)
{
    uint8_t expected[256];
    assert_int_equal(len, parse_hex(hex, expected));
    assert_memory_equal(out, expected, len);
}

static void divided_integers(void **state)
{
    for (uint32_t i = 0; i < 40; i++)
        numbers[i] = multiples(i);
    assert_written(ct_int_encode(numbers, 40, CT_EFFORT_FAST, *state, out),
                   "90 d0 0f d8 36 00 05 20 90 04 45 1b 92 21 63 10 93 a3 09 98 48 00 81 24 28 da "
                   "90 0c 19 83 98 1c");
}

static void regular_times(void **state)
{
    for (uint32_t i = 0; i < 24; i++)
        numbers[i] = INT64_C(1780272000000000000) + i % 8 * INT64_C(10000000000);
    assert_written(ct_time_encode(numbers, 24, CT_EFFORT_FAST, *state, out),
                   "40 0a 03 80 eb e3 a9 01 02 07 00 00 07 00 00");
    assert_int_equal(ct_time_decode(out, 15, 24, *state, back), CT_OK);
    assert_memory_equal(back, numbers, 24 * sizeof *back);
}

static void floats(void **state)
{
    const double tenths[] = {0.1, 0.1, 0.1};
    assert_written(ct_float_encode(tenths, 3, CT_EFFORT_FAST, *state, out),
                   "00 9a 99 99 99 99 99 b9 3f");
    const double decimals[] = {0.5, 12.3, 1.0 / 3, 7.25, -0.25};
    assert_written(ct_float_encode(decimals, 5, CT_EFFORT_FAST, *state, out),
                   "01 02 01 02 55 55 55 55 55 55 d5 3f 10 31 0b 4b 38 e7 39 dd 05 00");
    static const double halves[] = {1.5, 1.5, 3.5, 5.25};
    const struct ct_float_source source = {halves, 4, CT_EFFORT_SMALL, *state};
    struct ct_float_plan plan = {.codec = &ct_float_xor};
    struct ct_writer w = ct_writer_of(out, sizeof out);
    ct_write8(&w, ct_float_xor.id);
    ct_float_xor.encode(&source, &plan, &w);
    assert_written(ct_writer_len(&w), "03 00 00 00 00 00 00 f8 3f 0e 98 fe ff 42 64");
    double doubles[ROOM];
    const size_t len = parse_hex(
        "05 19 28 b5 2f fd 00 00 85 00 00 20 00 00 f8 3f 03 00 03 92 30 27 5d 3e 15 60 01", out);
    assert_int_equal(ct_float_decode(out, len, 64, *state, doubles), CT_OK);
    for (uint32_t i = 0; i < 64; i++)
        assert_true(doubles[i] == (i % 2 ? 1.5 : 0));
}

static void bools(void **state)
{
    uint8_t values[64] = {0};
    for (uint32_t i = 0; i < 10; i++)
        values[i] = i % 3 == 0;
    assert_written(ct_bool_encode(values, 10, *state, out), "02 49 02");
    for (uint32_t i = 0; i < 64; i++)
        values[i] = i >= 40;
    assert_written(ct_bool_encode(values, 64, *state, out), "03 00 02 01 4e 1f");
    assert_written(ct_bool_encode(values, 9, *state, out), "00");
    assert_written(ct_bool_encode(values + 50, 9, *state, out), "01");
}

static void decimals(void **state)
{
    uint8_t scales[32];
    memset(scales, 2, sizeof scales);
    for (uint32_t i = 0; i < 4; i++)
        numbers[i] = 1999 + i;
    assert_written(ct_decimal_encode_narrow(numbers, scales, 4, CT_EFFORT_FAST, *state, out),
                   "00 02 01 9e 1f 02");
    ct_int128 mantissas[32];
    for (uint32_t i = 0; i < 32; i++)
        mantissas[i] = 100 + i % 4;
    scales[5] = 24;
    mantissas[5] = (ct_int128)INT64_C(1234567890123456789) * 1000000 + 7;
    assert_written(
        ct_decimal_encode(mantissas, scales, 32, CT_EFFORT_FAST, *state, out),
        "01 18 82 01 05 8e bd 95 de 87 91 d3 b6 9e b8 ab 10 10 c8 01 02 e4 e0 e4 e4 e4 e4 "
        "e4 e4");
    scales[0] = scales[1] = 0;
    mantissas[0] = -((ct_int128)1 << 70);
    mantissas[1] = 2 * mantissas[0];
    assert_written(ct_decimal_encode(mantissas, scales, 2, CT_EFFORT_FAST, *state, out),
                   "02 00 00 00 01 7f 7f");
}

static void derived(void **state)
{
    int64_t reference[ROOM];
    for (uint32_t i = 0; i < 16; i++) {
        reference[i] = i * 101;
        numbers[i] = (reference[i] * 125 + 50) / 100;
    }
    numbers[9] = -1;
    assert_written(ct_derived_encode(reference, 4, numbers, 6, 16, SIZE_MAX, *state, out),
                   "01 06 fa 01 02 01 09 01");
    struct ct_decimal_block block = {.narrow = back};
    assert_int_equal(ct_derived_decode(out, 8, 16, reference, 4, *state, &block), CT_OK);
    assert_memory_equal(back, numbers, 16 * sizeof *back);
    assert_written(ct_derived_encode(reference, 4, reference, 4, 16, SIZE_MAX, *state, out),
                   "00 04 00");
}

static void texts(void **state)
{
    struct ct_text values[16] = {{"ok", 2}, {"down", 4}, {"", 0}};
    assert_written(ct_text_encode(values, 3, CT_EFFORT_FAST, *state, out),
                   "00 06 10 00 03 22 00 6f 6b 64 6f 77 6e");
    for (uint32_t i = 0; i < 6; i++)
        values[i] = ct_text_of(i % 4 ? "us-east-1" : "eu");
    assert_written(ct_text_encode(values, 6, CT_EFFORT_FAST, *state, out),
                   "01 0b 01 01 04 0e 10 00 01 2e 65 75 75 73 2d 65 61 73 74 2d 31");
    const size_t len =
        parse_hex("80 c0 01 00 18 28 b5 2f fd 00 00 0d 01 00 60 69 2d 30 31 32 33 34 35 "
                  "36 37 38 39 0b a0 40 78 1c b0 13 eb b5 a3 38 c6 51 8c 62 c5 3d 9e "
                  "c6 52",
                  out);
    char heap[192];
    assert_int_equal(ct_text_decode(out, len, 16, *state, heap, sizeof heap, values), CT_OK);
    for (uint32_t i = 0; i < 16; i++) {
        char expected[32];
        (void)snprintf(expected, sizeof expected, "i-000000000%u", i % 10);
        assert_true(ct_text_equal(values[i], ct_text_of(expected)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int_examples_decode),
        cmocka_unit_test(int_examples_are_what_is_written),
        cmocka_unit_test(divided_integers),
        cmocka_unit_test(regular_times),
        cmocka_unit_test(floats),
        cmocka_unit_test(bools),
        cmocka_unit_test(decimals),
        cmocka_unit_test(derived),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
