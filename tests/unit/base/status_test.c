#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "status.h"

static void every_status_has_its_own_name_and_text(void **state)
{
    (void)state;
    static const ct_status all[] = {
#define ONE(name, number, text) CT_##name,
        CT_STATUS_LIST(ONE)
#undef ONE
    };
    for (size_t i = 0; i < CT_COUNT_OF(all); i++) {
        assert_int_equal(all[i], i); /* dense from 0: bindings may keep them in an array */
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(ct_status_name(all[i]), ct_status_name(all[j]));
            assert_string_not_equal(ct_status_text(all[i]), ct_status_text(all[j]));
        }
    }
    assert_string_equal(ct_status_name(CT_OK), "OK");
    assert_string_equal(ct_status_text(CT_DISK_FULL), "no space left on the device");
    assert_string_equal(ct_status_name((ct_status)9999), "UNKNOWN");
    assert_string_equal(ct_status_text((ct_status)9999), "unknown status");
}

static void failing_returns_the_code_with_and_without_a_story(void **state)
{
    (void)state;
    struct ct_error err;
    memset(&err, 0x5a, sizeof err);
    assert_int_equal(ct_fail(&err, CT_LIMIT, "%d tags, at most %d", 200, 128), CT_LIMIT);
    assert_int_equal(err.code, CT_LIMIT);
    assert_string_equal(err.text, "200 tags, at most 128");
    assert_string_equal(err.file, "");
    assert_int_equal(err.line, 0);
    assert_int_equal(err.os_errno, 0);
    assert_int_equal(ct_fail(NULL, CT_LIMIT, "unheard"), CT_LIMIT);
    assert_int_equal(ct_fail_at(NULL, CT_CORRUPT, "f", 1, "unheard"), CT_CORRUPT);
    assert_int_equal(ct_fail_os(NULL, EIO, "read", "f"), CT_IO);
}

static void long_texts_are_cut_where_it_hurts_least(void **state)
{
    (void)state;
    struct ct_error err;
    char path[300];
    memset(path, 'd', sizeof path);
    memcpy(path + 290, "/last.seg", 10);
    char text[600];
    memset(text, 't', sizeof text);
    text[599] = 0;
    assert_int_equal(ct_fail_at(&err, CT_CORRUPT, path, 77, "%s", text), CT_CORRUPT);
    assert_int_equal(strlen(err.file), sizeof err.file - 1);
    assert_string_equal(err.file + strlen(err.file) - 9, "/last.seg");
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_int_equal(err.offset, 77);
}

static void system_errors_map_to_what_the_caller_can_act_on(void **state)
{
    (void)state;
    static const struct {
        int os_errno;
        ct_status code;
    } cases[] = {{ENOSPC, CT_DISK_FULL}, {EDQUOT, CT_DISK_FULL}, {ENOENT, CT_NOT_FOUND},
                 {ENOMEM, CT_NO_MEMORY}, {EIO, CT_IO},           {EACCES, CT_IO}};
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        struct ct_error err;
        assert_int_equal(ct_fail_os(&err, cases[i].os_errno, "fdatasync", "log.1"), cases[i].code);
        assert_int_equal(err.os_errno, cases[i].os_errno);
        assert_string_equal(err.file, "log.1");
        assert_non_null(strstr(err.text, "fdatasync failed: "));
    }
}

static ct_status twice(ct_status first, ct_status second)
{
    CT_TRY(first);
    CT_TRY(second);
    return CT_OK;
}

static void try_passes_the_first_failure_up(void **state)
{
    (void)state;
    assert_int_equal(twice(CT_OK, CT_OK), CT_OK);
    assert_int_equal(twice(CT_IO, CT_LIMIT), CT_IO);
    assert_int_equal(twice(CT_OK, CT_LIMIT), CT_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_own_name_and_text),
        cmocka_unit_test(failing_returns_the_code_with_and_without_a_story),
        cmocka_unit_test(long_texts_are_cut_where_it_hurts_least),
        cmocka_unit_test(system_errors_map_to_what_the_caller_can_act_on),
        cmocka_unit_test(try_passes_the_first_failure_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
