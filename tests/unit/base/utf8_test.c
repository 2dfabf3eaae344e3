#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "status.h"
#include "utf8.h"

static size_t encode(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

static void every_code_point_but_surrogates_is_valid(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x120000; code++) {
        char bytes[4];
        const size_t len = encode(code, bytes);
        const bool is_character = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
        assert_int_equal(ct_utf8_is_valid((struct ct_text){bytes, len}), is_character);
        if (is_character && len > 1)
            assert_int_equal(ct_utf8_valid_len((struct ct_text){bytes, len - 1}), 0);
    }
}

/* Any one, two or three bytes: valid exactly where an encoder makes them. */
static void no_other_bytes_are_valid(void **state)
{
    (void)state;
    size_t valid = 0;
    for (uint32_t bits = 0; bits < 0x1000000; bits++) {
        const char bytes[] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
        valid += ct_utf8_is_valid((struct ct_text){bytes, 3});
    }
    const size_t two = 0x800 - 0x80;
    const size_t three = 0x10000 - 0x800 - 0x800;
    assert_int_equal(valid, 128u * 128u * 128u + 2 * 128 * two + three);
}

static void overlong_forms_are_bad(void **state)
{
    (void)state;
    static const char *const texts[] = {"\xc0\x80",
                                        "\xc1\xbf",
                                        "\xe0\x80\x80",
                                        "\xe0\x9f\xbf",
                                        "\xf0\x80\x80\x80",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf5\x80\x80\x80",
                                        "\xf4\x90\x80\x80",
                                        "\xed\xa0\x80",
                                        "\xff",
                                        "\x80"};
    for (size_t i = 0; i < CT_COUNT_OF(texts); i++)
        assert_int_equal(ct_utf8_valid_len(ct_text_of(texts[i])), 0);
}

static void the_first_bad_byte_is_found_anywhere(void **state)
{
    (void)state;
    char bytes[200];
    for (size_t len = 1; len <= sizeof bytes; len += 7) {
        for (size_t bad = 0; bad < len; bad++) {
            memset(bytes, 'a', len);
            bytes[bad] = (char)0xc3; /* wants one more byte, which 'a' is not */
            assert_int_equal(ct_utf8_valid_len((struct ct_text){bytes, len}), bad);
            if (bad + 1 < len) {
                bytes[bad + 1] = (char)0xa9;
                assert_int_equal(ct_utf8_valid_len((struct ct_text){bytes, len}), len);
            }
        }
    }
    assert_true(ct_utf8_is_valid((struct ct_text){NULL, 0}));
    assert_true(
        ct_utf8_is_valid(ct_text_of("Kosten f\xc3\xbcr \xe2\x82\xac, "
                                    "\xe6\x9d\xb1\xe4\xba\xac, \xf0\x9f\x92\xb6 and more")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_but_surrogates_is_valid),
        cmocka_unit_test(no_other_bytes_are_valid),
        cmocka_unit_test(overlong_forms_are_bad),
        cmocka_unit_test(the_first_bad_byte_is_found_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
