/* Bit streams, and the kernels: every instruction set gives what the plain C one gives. */
#include "codec_fixture.h"

#include "bitpack/bitpack.h"

/* The tables that this machine can run, beside the plain one. */
static const struct ct_kernels *other_kernels(void)
{
    return ct_kernels_best();
}

static void fill_below(struct sim_random *random, unsigned width, uint64_t base, int64_t *values,
                       uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        values[i] = (int64_t)(base + (width ? sim_random_next(random) >> (64 - width) : 0));
}

static void every_width_and_count_comes_back(void **state)
{
    (void)state;
    const struct ct_kernels *tables[] = {&ct_kernels_plain, other_kernels()};
    static int64_t values[ROOM], back[ROOM];
    struct sim_random random = sim_random_of(1);
    for (unsigned width = 0; width <= 64; width++) {
        for (uint32_t count = 1; count <= CT_BLOCK_VALUES_MAX; count = next_count(count)) {
            if (count > 70 && count % 61 != 0 && count < 300)
                continue;
            const uint64_t base = sim_random_next(&random);
            fill_below(&random, width, base, values, count);
            const size_t len = ct_bitpack_bytes(count, width);
            uint8_t *stream = malloc(len ? len : 1);
            struct ct_writer w = ct_writer_of(stream, len);
            ct_bitpack_write(&w, values, count, base, width);
            assert_int_equal(ct_writer_len(&w), len);
            struct ct_reader r = ct_reader_of(stream, len);
            assert_non_null(ct_bitpack_take(&r, count, width));
            for (size_t t = 0; t < CT_COUNT_OF(tables); t++) {
                memset(back, 0x5a, sizeof back);
                tables[t]->unpack(stream, len, width, count, base, back);
                assert_memory_equal(back, values, count * sizeof *values);
                assert_int_equal(back[count + 7], INT64_C(0x5a5a5a5a5a5a5a5a));
            }
            free(stream);
        }
    }
}

static void bits_lie_low_first(void **state)
{
    (void)state;
    const int64_t values[] = {1, 2, 3, 4, 5};
    uint8_t stream[2];
    struct ct_writer w = ct_writer_of(stream, sizeof stream);
    ct_bitpack_write(&w, values, 5, 0, 3);
    /* 101 100 011 010 001, read from the right */
    assert_int_equal(stream[0], 0xd1);
    assert_int_equal(stream[1], 0x58);
}

static void bits_behind_the_end_are_refused(void **state)
{
    (void)state;
    uint8_t stream[] = {0xd1, 0x58};
    struct ct_reader r = ct_reader_of(stream, 2);
    assert_non_null(ct_bitpack_take(&r, 5, 3));
    stream[1] |= 0x80;
    r = ct_reader_of(stream, 2);
    assert_null(ct_bitpack_take(&r, 5, 3));
    r = ct_reader_of(stream, 2);
    assert_null(ct_bitpack_take(&r, 1, 65));
    r = ct_reader_of(stream, 2);
    assert_null(ct_bitpack_take(&r, 17, 1));
}

static void kernels_agree_on_ranges_and_differences(void **state)
{
    (void)state;
    static int64_t values[ROOM], a[ROOM], b[ROOM];
    int64_t min_a[64], max_a[64], min_b[64], max_b[64];
    const struct ct_kernels *other = other_kernels();
    for (unsigned shape = 0; shape < SHAPES; shape++) {
        for (uint32_t count = 3; count <= CT_BLOCK_VALUES_MAX; count = next_count(count)) {
            shape_fill((enum shape)shape, count, values, count);
            for (unsigned order = 0; order < 3; order++) {
                const size_t spans = (count - order + CT_SPAN_VALUES - 1) / CT_SPAN_VALUES;
                ct_kernels_plain.span_ranges(values, count, order, min_a, max_a);
                other->span_ranges(values, count, order, min_b, max_b);
                assert_memory_equal(min_a, min_b, spans * sizeof *min_a);
                assert_memory_equal(max_a, max_b, spans * sizeof *max_a);
                ct_kernels_plain.differences(values, count, order, a);
                other->differences(values, count, order, b);
                assert_memory_equal(a, b, (count - order) * sizeof *a);
            }
        }
    }
}

static void integration_undoes_differences(void **state)
{
    (void)state;
    static int64_t values[ROOM], sums[ROOM];
    const struct ct_kernels *tables[] = {&ct_kernels_plain, other_kernels()};
    for (uint32_t count = 2; count <= CT_BLOCK_VALUES_MAX; count = next_count(count)) {
        shape_fill(SHAPE_NOISE, count, values, count);
        for (size_t t = 0; t < CT_COUNT_OF(tables); t++) {
            sums[0] = values[0];
            tables[t]->differences(values, count, 1, sums + 1);
            tables[t]->integrate(sums, count);
            assert_memory_equal(sums, values, count * sizeof *values);
        }
    }
}

static void doubles_of_integers_are_exact(void **state)
{
    (void)state;
    const int64_t edge = INT64_C(1) << 51;
    const int64_t in[] = {0, 1, -1, 123456789, -987654321, edge - 1, -edge, 7};
    double out[8];
    const struct ct_kernels *tables[] = {&ct_kernels_plain, other_kernels()};
    for (size_t t = 0; t < CT_COUNT_OF(tables); t++) {
        tables[t]->to_doubles(in, CT_COUNT_OF(in), 1000.0, 0, out);
        for (size_t i = 0; i < CT_COUNT_OF(in); i++)
            assert_true(out[i] == (double)in[i] / 1000.0);
        tables[t]->to_doubles(in, CT_COUNT_OF(in), 0, 100.0, out);
        for (size_t i = 0; i < CT_COUNT_OF(in); i++)
            assert_true(out[i] == (double)in[i] * 100.0);
    }
}

/* The vector kernel divides by correction; the last bit must be that of a division. */
static void division_is_correctly_rounded(void **state)
{
    (void)state;
    static int64_t in[ROOM];
    static double quotients[ROOM];
    const struct ct_kernels *other = other_kernels();
    struct sim_random random = sim_random_of(11);
    double divisor = 1;
    for (unsigned exponent = 0; exponent <= 18; exponent++, divisor *= 10) {
        for (unsigned round = 0; round < 200; round++) {
            for (uint32_t i = 0; i < CT_BLOCK_VALUES_MAX; i++)
                in[i] = round < 20 ? (int64_t)(round * CT_BLOCK_VALUES_MAX + i)
                                   : (int64_t)(sim_random_next(&random) >> (13 + round % 40)) *
                                         (i % 2 ? 1 : -1);
            other->to_doubles(in, CT_BLOCK_VALUES_MAX, divisor, 0, quotients);
            for (uint32_t i = 0; i < CT_BLOCK_VALUES_MAX; i++) {
                const double exact = (double)in[i] / divisor;
                assert_memory_equal(&quotients[i], &exact, sizeof exact);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width_and_count_comes_back),
        cmocka_unit_test(bits_lie_low_first),
        cmocka_unit_test(bits_behind_the_end_are_refused),
        cmocka_unit_test(kernels_agree_on_ranges_and_differences),
        cmocka_unit_test(integration_undoes_differences),
        cmocka_unit_test(doubles_of_integers_are_exact),
        cmocka_unit_test(division_is_correctly_rounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
