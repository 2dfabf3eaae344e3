#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"

static const uint64_t edges[] = {
    0,
    1,
    0x7f,
    0x80,
    0x3fff,
    0x4000,
    0x1fffff,
    0x200000,
    UINT32_MAX,
    (uint64_t)UINT32_MAX + 1,
    ((uint64_t)1 << 56) - 1,
    (uint64_t)1 << 56,
    ((uint64_t)1 << 63) - 1,
    (uint64_t)1 << 63,
    UINT64_MAX,
};

static uint64_t read_varint_of(const void *bytes, size_t len, bool *is_bad)
{
    struct ct_reader r = ct_reader_of(bytes, len);
    const uint64_t value = ct_read_varint(&r);
    *is_bad = r.is_bad;
    return value;
}

static void every_varint_reads_back_in_its_announced_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < CT_COUNT_OF(edges); i++) {
        uint8_t bytes[CT_VARINT_BYTES_MAX];
        struct ct_writer w = ct_writer_of(bytes, sizeof bytes);
        ct_write_varint(&w, edges[i]);
        assert_int_equal(ct_writer_len(&w), ct_varint_len(edges[i]));
        bool is_bad;
        assert_int_equal(read_varint_of(bytes, ct_writer_len(&w), &is_bad), edges[i]);
        assert_false(is_bad);
    }
}

static void a_varint_cut_short_is_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < CT_COUNT_OF(edges); i++) {
        uint8_t bytes[CT_VARINT_BYTES_MAX];
        struct ct_writer w = ct_writer_of(bytes, sizeof bytes);
        ct_write_varint(&w, edges[i]);
        for (size_t len = 0; len < ct_writer_len(&w); len++) {
            bool is_bad;
            assert_int_equal(read_varint_of(bytes, len, &is_bad), 0);
            assert_true(is_bad);
        }
    }
}

static void a_varint_past_64_bits_is_bad(void **state)
{
    (void)state;
    bool is_bad;
    uint8_t bytes[11];
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(read_varint_of(bytes, sizeof bytes, &is_bad), 0);
    assert_true(is_bad);
    bytes[9] = 2; /* bit 65 */
    assert_int_equal(read_varint_of(bytes, sizeof bytes, &is_bad), 0);
    assert_true(is_bad);
    bytes[9] = 1;
    assert_int_equal(read_varint_of(bytes, sizeof bytes, &is_bad), UINT64_MAX);
    assert_false(is_bad);
}

static void a_varint_past_its_limit_is_bad(void **state)
{
    (void)state;
    const uint8_t bytes[] = {100, 101};
    struct ct_reader r = ct_reader_of(bytes, sizeof bytes);
    assert_int_equal(ct_read_varint_max(&r, 100), 100);
    assert_false(r.is_bad);
    assert_int_equal(ct_read_varint_max(&r, 100), 0);
    assert_true(r.is_bad);
}

static void zigzag_keeps_every_sign(void **state)
{
    (void)state;
    const int64_t values[] = {0, -1, 1, -2, 63, -64, 64, INT64_MAX, INT64_MIN};
    assert_int_equal(ct_zigzag(-1), 1);
    assert_int_equal(ct_zigzag(1), 2);
    for (size_t i = 0; i < CT_COUNT_OF(values); i++) {
        uint8_t bytes[CT_VARINT_BYTES_MAX];
        struct ct_writer w = ct_writer_of(bytes, sizeof bytes);
        ct_write_svarint(&w, values[i]);
        struct ct_reader r = ct_reader_of(bytes, ct_writer_len(&w));
        assert_true(ct_read_svarint(&r) == values[i]);
        assert_int_equal(ct_reader_left(&r), 0);
    }
}

static void fixed_widths_are_little_endian(void **state)
{
    (void)state;
    uint8_t bytes[15];
    struct ct_writer w = ct_writer_of(bytes, sizeof bytes);
    ct_write8(&w, 0x01);
    ct_write16(&w, 0x0302);
    ct_write32(&w, 0x07060504);
    ct_write64(&w, 0x0f0e0d0c0b0a0908);
    assert_int_equal(ct_writer_left(&w), 0);
    for (uint8_t i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], i + 1);
    struct ct_reader r = ct_reader_of(bytes, sizeof bytes);
    assert_int_equal(ct_read8(&r), 0x01);
    assert_int_equal(ct_read16(&r), 0x0302);
    assert_int_equal(ct_read32(&r), 0x07060504);
    assert_true(ct_read64(&r) == 0x0f0e0d0c0b0a0908);
    assert_false(r.is_bad);
}

static void a_short_read_sticks(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 2, 3, 4, 5};
    struct ct_reader r = ct_reader_of(bytes, sizeof bytes);
    assert_int_equal(ct_read16(&r), 0x0201);
    assert_int_equal(ct_read32(&r), 0); /* three are left */
    assert_true(r.is_bad);
    assert_int_equal(ct_read8(&r), 0); /* though one would be there */
    assert_null(ct_read_bytes(&r, 1));
    assert_int_equal(ct_read_varint(&r), 0);
    assert_int_equal(ct_reader_left(&r), 3);
}

static void bytes_are_borrowed_from_the_input(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 2, 3};
    struct ct_reader r = ct_reader_of(bytes, sizeof bytes);
    assert_ptr_equal(ct_read_bytes(&r, 3), bytes);
    assert_non_null(ct_read_bytes(&r, 0));
    assert_false(r.is_bad);
    assert_null(ct_read_bytes(&r, SIZE_MAX));
    assert_true(r.is_bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_varint_reads_back_in_its_announced_length),
        cmocka_unit_test(a_varint_cut_short_is_bad),
        cmocka_unit_test(a_varint_past_64_bits_is_bad),
        cmocka_unit_test(a_varint_past_its_limit_is_bad),
        cmocka_unit_test(zigzag_keeps_every_sign),
        cmocka_unit_test(fixed_widths_are_little_endian),
        cmocka_unit_test(a_short_read_sticks),
        cmocka_unit_test(bytes_are_borrowed_from_the_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
