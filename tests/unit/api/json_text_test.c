/* JSON strings of texts that no careful program would store: every control byte, quotes, broken
 * UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_control_byte_is_escaped),
        cmocka_unit_test(broken_utf8_becomes_replacement_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
