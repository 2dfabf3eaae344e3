/* Regular expressions: what they match, what is refused, and that none runs away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pattern.h"

static struct ct_pattern *compile(const char *text)
{
    struct ct_pattern *pattern = NULL;
    struct ct_error err = {0};
    if (ct_pattern_compile(ct_text_of(text), ct_allocator_system(), &pattern, &err) != CT_OK)
        fail_msg("%s", err.text);
    return pattern;
}

static bool matches(const char *text, const char *subject)
{
    struct ct_pattern *pattern = compile(text);
    bool found = false;
    assert_int_equal(ct_pattern_matches(pattern, ct_text_of(subject), &found, NULL), CT_OK);
    ct_pattern_destroy(pattern);
    return found;
}

static void a_pattern_may_stand_anywhere_unless_anchored(void **state)
{
    (void)state;
    assert_true(matches("ec", "ec2"));
    assert_true(matches("2$", "ec2"));
    assert_false(matches("^2", "ec2"));
    assert_true(matches("", ""));
    assert_true(matches("^(aws|gcp)$", "gcp"));
    assert_false(matches("^(aws|gcp)$", "gcp\n"));
    assert_true(matches("^.$", "\xc3\xa4")); /* one letter, two bytes */
    assert_true(matches("(?i)AWS", "aws"));
}

static void bytes_that_are_no_text_match_nothing(void **state)
{
    (void)state;
    assert_false(matches("^.$", "\xff"));
    assert_true(matches("b$", "\xff"
                              "b"));
}

static void a_malformed_pattern_is_refused_with_its_place(void **state)
{
    (void)state;
    struct ct_pattern *pattern = NULL;
    struct ct_error err = {0};
    const struct ct_allocator *allocator = ct_allocator_system();
    assert_int_equal(ct_pattern_compile(ct_text_of("a(b"), allocator, &pattern, &err), CT_INVALID);
    assert_non_null(strstr(err.text, "'a(b'"));
    assert_null(pattern);
    static char many[CT_PATTERN_BYTES_MAX + 1];
    memset(many, 'a', sizeof many);
    const struct ct_text text = {many, sizeof many};
    assert_int_equal(ct_pattern_compile(text, allocator, &pattern, &err), CT_LIMIT);
}

static void a_match_that_runs_away_is_stopped(void **state)
{
    (void)state;
    struct ct_pattern *pattern = compile("^(a+)+$");
    struct ct_error err = {0};
    bool found;
    assert_int_equal(
        ct_pattern_matches(pattern, ct_text_of("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), &found, &err),
        CT_LIMIT);
    assert_non_null(strstr(err.text, "(a+)+"));
    ct_pattern_destroy(pattern);
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    for (size_t limit = 0;; limit += 40) {
        struct ct_allocator_counting memory;
        ct_allocator_counting_init(&memory, ct_allocator_system(), limit + 1);
        struct ct_pattern *pattern = NULL;
        bool found = false;
        ct_status status = ct_pattern_compile(ct_text_of("^(a|b)+c"), &memory.base, &pattern, NULL);
        if (status == CT_OK)
            status = ct_pattern_matches(pattern, ct_text_of("ababc"), &found, NULL);
        ct_pattern_destroy(pattern);
        assert_int_equal(memory.live_bytes, 0);
        if (status == CT_OK) {
            assert_true(found);
            return;
        }
        assert_int_equal(status, CT_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_may_stand_anywhere_unless_anchored),
        cmocka_unit_test(bytes_that_are_no_text_match_nothing),
        cmocka_unit_test(a_malformed_pattern_is_refused_with_its_place),
        cmocka_unit_test(a_match_that_runs_away_is_stopped),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
