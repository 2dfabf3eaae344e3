/* JSON strings of texts that no careful program would store: every control byte, quotes, broken
 * UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "api_private.h"

static void assert_json(struct ct_text text, const char *expected)
{
    struct api_memory *memory = api_memory_create(NULL);
    centime_buffer *buffer = api_buffer_create(memory);
    centime_buffer *out = NULL;
    api_json_text(buffer, text);
    assert_int_equal(api_buffer_finish(buffer, &out, NULL), CT_OK);
    assert_string_equal(centime_buffer_bytes(out), expected);
    centime_buffer_destroy(out);
    api_memory_drop(memory);
}

static void every_control_byte_is_escaped(void **state)
{
    (void)state;
    assert_json((struct ct_text){"\0\x01\x1f\x7f", 4}, "\"\\u0000\\u0001\\u001f\\u007f\"");
    assert_json(ct_text_of("a\b\f\n\r\t\"\\/z"), "\"a\\b\\f\\n\\r\\t\\\"\\\\/z\"");
    assert_json(ct_text_of(""), "\"\"");
}

static void broken_utf8_becomes_replacement_characters(void **state)
{
    (void)state;
    assert_json(ct_text_of("\xc3\xa4"), "\"\xc3\xa4\"");
    assert_json(ct_text_of("a\xff\"b"), "\"a\xef\xbf\xbd\\\"b\"");
    assert_json(ct_text_of("\xc3"), "\"\xef\xbf\xbd\"");
    assert_json(ct_text_of("\xed\xa0\x80x"), /* a surrogate */
                "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\"");
}

/* What JSON makes of a byte alone. */
static size_t spell(unsigned char byte, char *out)
{
    static const char *const shorts[] = {
        ['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n", ['\r'] = "\\r",
        ['\t'] = "\\t", ['"'] = "\\\"", ['\\'] = "\\\\"};
    if (byte < CT_COUNT_OF(shorts) && shorts[byte])
        return (size_t)sprintf(out, "%s", shorts[byte]);
    if (byte < 0x20 || byte == 0x7f)
        return (size_t)sprintf(out, "\\u%04x", byte);
    if (byte >= 0x80)
        return (size_t)sprintf(out, "\xef\xbf\xbd");
    *out = (char)byte;
    return 1;
}

/* Texts are looked at in words: every length and place is one. */
static void every_byte_is_found_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 26; len++) {
        for (size_t place = 0; place < len; place++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                char text[32];
                char expected[64] = "\"";
                size_t at = 1;
                memset(text, 'a', sizeof text);
                text[place] = (char)byte;
                for (size_t i = 0; i < len; i++)
                    at += spell((unsigned char)text[i], expected + at);
                memcpy(expected + at, "\"", 2);
                assert_json((struct ct_text){text, len}, expected);
            }
        }
    }
}

static void a_time_is_printed_anew_when_it_changes(void **state)
{
    (void)state;
    struct api_memory *memory = api_memory_create(NULL);
    centime_buffer *buffer = api_buffer_create(memory);
    centime_buffer *out = NULL;
    int64_t times_ns[] = {0, 0, 1, INT64_MIN, 0};
    uint8_t nulls[] = {0, 0, 0, 0, 1};
    const struct ct_result_column column = {
        .type = CT_RESULT_TIME, .is_null = nulls, .int64 = times_ns};
    for (uint64_t row = 0; row < CT_COUNT_OF(times_ns); row++)
        api_json_value(buffer, &column, row);
    assert_int_equal(api_buffer_finish(buffer, &out, NULL), CT_OK);
    assert_string_equal(centime_buffer_bytes(out),
                        "\"1970-01-01T00:00:00Z\"\"1970-01-01T00:00:00Z\""
                        "\"1970-01-01T00:00:00.000000001Z\"\"1677-09-21T00:12:43.145224192Z\"null");
    centime_buffer_destroy(out);
    api_memory_drop(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_control_byte_is_escaped),
        cmocka_unit_test(broken_utf8_becomes_replacement_characters),
        cmocka_unit_test(every_byte_is_found_wherever_it_stands),
        cmocka_unit_test(a_time_is_printed_anew_when_it_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
