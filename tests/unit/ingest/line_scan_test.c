/* Every scanner of this machine finds what a loop over the bytes finds, and reads nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "line_scan.h"

#define LEN_MAX 100

static bool is_key_end(char c)
{
    return c == ' ' || c == '\n';
}

static bool is_not_plain(char c)
{
    return c == '"' || c == '\\' || c == '\n' || (unsigned char)c >= 0x80;
}

static bool is_quote(char c)
{
    return c == '"' || c == '\\';
}

typedef const char *(*finder)(const char *at, const char *end);

static void check_finder(finder find, bool (*is_match)(char), const char *bytes, size_t len)
{
    const char *expected = bytes;
    while (expected < bytes + len && !is_match(*expected))
        expected++;
    assert_ptr_equal(find(bytes, bytes + len), expected);
}

/* In memory of exactly `len` bytes: a sanitizer sees what is read beyond. */
static void check_all(const struct ct_line_scanner *scanner, size_t len, unsigned char filler,
                      size_t at, unsigned char byte)
{
    char *bytes = malloc(len ? len : 1);
    assert_non_null(bytes);
    memset(bytes, filler, len);
    if (at < len)
        bytes[at] = (char)byte;
    check_finder(scanner->find_key_end, is_key_end, bytes, len);
    check_finder(scanner->find_not_plain, is_not_plain, bytes, len);
    check_finder(scanner->find_quote, is_quote, bytes, len);
    free(bytes);
}

static void every_byte_value_is_judged_alike_in_every_place(void **state)
{
    (void)state;
    for (size_t i = 0; ct_line_scanner_at(i); i++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            for (size_t at = 0; at < 70; at++)
                check_all(ct_line_scanner_at(i), 70, 'x', at, (unsigned char)byte);
        }
    }
}

static void nothing_beyond_the_end_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; ct_line_scanner_at(i); i++) {
        for (size_t len = 0; len <= LEN_MAX; len++) {
            check_all(ct_line_scanner_at(i), len, 'x', len, 0);
            for (size_t at = 0; at < len; at++)
                check_all(ct_line_scanner_at(i), len, '!', at, '"');
        }
    }
}

static void the_best_scanner_is_one_of_those_that_run_here(void **state)
{
    (void)state;
    bool is_listed = false;
    for (size_t i = 0; ct_line_scanner_at(i); i++)
        is_listed = is_listed || ct_line_scanner_at(i) == ct_line_scanner_best();
    assert_true(is_listed);
    assert_string_equal(ct_line_scanner_at(0)->name, "portable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_value_is_judged_alike_in_every_place),
        cmocka_unit_test(nothing_beyond_the_end_is_read),
        cmocka_unit_test(the_best_scanner_is_one_of_those_that_run_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
