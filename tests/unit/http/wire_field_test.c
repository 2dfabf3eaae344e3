/* Fields of protobuf messages, taken one by one from bytes that are exactly as long as they seem.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protobuf_bytes.h"
#include "wire_field.h"

/* The status of taking the first field of a copy with nothing behind it. */
static ct_status take(const char *bytes, size_t len, struct ct_wire_field *out, size_t *left)
{
    struct ct_error err;
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    struct ct_text rest = {copy, len};
    const ct_status status = ct_wire_next(&rest, out, &err);
    *left = rest.len;
    free(copy);
    return status;
}

static void fields_are_taken_one_by_one(void **state)
{
    struct bytes message = {0};
    struct ct_wire_field field;
    struct ct_error err;
    (void)state;
    bytes_int(&message, 1, -1);
    bytes_fixed(&message, 2, UINT64_C(0x0102030405060708));
    bytes_text(&message, 536870911, "text"); /* the largest number of a field */
    bytes_raw(&message, "\x25\x01\x02\x03\x04", 5);
    bytes_text(&message, 5, "");
    struct ct_text rest = bytes_as_text(&message);
    assert_int_equal(ct_wire_next(&rest, &field, &err), CT_OK);
    assert_int_equal(field.number, 1);
    assert_false(field.is_bytes);
    assert_true(field.bits == UINT64_MAX);
    assert_int_equal(ct_wire_next(&rest, &field, &err), CT_OK);
    assert_true(field.bits == UINT64_C(0x0102030405060708));
    assert_int_equal(ct_wire_next(&rest, &field, &err), CT_OK);
    assert_int_equal(field.number, 536870911);
    assert_true(field.is_bytes && ct_text_equal(field.bytes, ct_text_of("text")));
    assert_int_equal(ct_wire_next(&rest, &field, &err), CT_OK);
    assert_int_equal(field.number, 4);
    assert_int_equal(field.bits, 0x04030201);
    assert_int_equal(ct_wire_next(&rest, &field, &err), CT_OK);
    assert_true(field.is_bytes && field.bytes.len == 0);
    assert_int_equal(rest.len, 0);
    free(message.at);
}

static void what_is_cut_off_is_no_field(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cut[] = {
        {"\x08", 1},                                           /* a key without its value */
        {"\x08\x80", 2},                                       /* half a number */
        {"\x80", 1},                                           /* half a key */
        {"\x09\x01\x02\x03\x04\x05\x06\x07", 8},               /* 7 bytes of 8 */
        {"\x0d\x01\x02\x03", 4},                               /* 3 of 4 */
        {"\x0a\x02x", 3},                                      /* 1 of 2 */
        {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x", 12}, /* 1 of 2^64 - 1 */
        {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02x", 12}, /* past 64 bits */
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12},
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11},
        {"\x00\x01", 2},                 /* field 0 */
        {"\x80\x80\x80\x80\x10\x01", 6}, /* a field past the largest */
        {"\x0b\x0c", 2},                 /* a group */
        {"\x0e\x01", 2},                 /* types that there are not */
        {"\x0f\x01", 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        struct ct_wire_field field;
        size_t left;
        if (take(cut[i].bytes, cut[i].len, &field, &left) != CT_PARSE)
            fail_msg("case %zu was taken", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_taken_one_by_one),
        cmocka_unit_test(what_is_cut_off_is_no_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
