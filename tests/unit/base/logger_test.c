#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "logger.h"

struct heard {
    char line[CT_LOG_LINE_BYTES_MAX + 1];
    size_t len;
    unsigned count;
    enum ct_log_level level;
};

static void hear(void *context, enum ct_log_level level, struct ct_text line)
{
    struct heard *heard = context;
    assert_in_range(line.len, 1, CT_LOG_LINE_BYTES_MAX);
    memcpy(heard->line, line.bytes, line.len);
    heard->line[line.len] = 0;
    heard->len = line.len;
    heard->level = level;
    heard->count++;
}

static void a_line_is_logfmt(void **state)
{
    (void)state;
    struct heard heard = {0};
    const struct ct_logger logger = {&heard, CT_LOG_INFO, hear};
    struct ct_log_line line;
    ct_log_begin(&line, &logger, CT_LOG_WARNING, "slow sync");
    ct_log_text(&line, "file", ct_text_of("log.7"));
    ct_log_int(&line, "delta", -5);
    ct_log_uint(&line, "bytes", UINT64_MAX);
    ct_log_text(&line, "empty", ct_text_of(""));
    ct_log_end(&line);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.level, CT_LOG_WARNING);
    assert_string_equal(heard.line, "level=warning msg=\"slow sync\" file=log.7 delta=-5 "
                                    "bytes=18446744073709551615 empty=\"\"");
}

static void a_value_cannot_forge_a_line(void **state)
{
    (void)state;
    struct heard heard = {0};
    const struct ct_logger logger = {&heard, CT_LOG_DEBUG, hear};
    struct ct_log_line line;
    ct_log_begin(&line, &logger, CT_LOG_INFO, "m");
    ct_log_text(&line, "tag", ct_text_of("a\" b=c\nlevel=error \\ \x1b[0m\x7f"));
    ct_log_end(&line);
    assert_string_equal(heard.line, "level=info msg=m tag=\"a\\\" b=c\\nlevel=error \\\\ "
                                    "\\x1b[0m\\x7f\"");
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
    (void)state;
    struct heard heard = {0};
    const struct ct_logger logger = {&heard, CT_LOG_DEBUG, hear};
    char text[2 * CT_LOG_LINE_BYTES_MAX];
    memset(text, 'x', sizeof text);
    for (size_t len = CT_LOG_LINE_BYTES_MAX - 80; len < sizeof text; len++) {
        struct ct_log_line line;
        ct_log_begin(&line, &logger, CT_LOG_INFO, "m");
        ct_log_text(&line, "big", (struct ct_text){text, len});
        ct_log_text(&line, "after", ct_text_of("1"));
        ct_log_end(&line);
        const bool is_cut = strstr(heard.line, " cut=true") != NULL;
        if (strstr(heard.line, " after=1") != NULL)
            assert_int_equal(heard.len, strlen("level=info msg=m big= after=1") + len);
        else
            assert_true(is_cut);
    }
    assert_string_equal(heard.line, "level=info msg=m cut=true");
}

static void levels_below_and_absent_loggers_are_silent(void **state)
{
    (void)state;
    struct heard heard = {0};
    const struct ct_logger logger = {&heard, CT_LOG_WARNING, hear};
    ct_log_say(&logger, CT_LOG_INFO, "unheard");
    assert_int_equal(heard.count, 0);
    ct_log_say(NULL, CT_LOG_ERROR, "unheard");
    ct_log_say(&logger, CT_LOG_ERROR, "heard");
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.line, "level=error msg=heard");
}

static void an_error_tells_all_it_knows(void **state)
{
    (void)state;
    struct heard heard = {0};
    const struct ct_logger logger = {&heard, CT_LOG_DEBUG, hear};
    struct ct_error error;
    assert_int_equal(ct_fail_at(&error, CT_CORRUPT, "a.seg", 4096, "checksum differs"), CT_CORRUPT);
    struct ct_log_line line;
    ct_log_begin(&line, &logger, CT_LOG_ERROR, "read failed");
    ct_log_error(&line, &error);
    ct_log_end(&line);
    assert_string_equal(heard.line, "level=error msg=\"read failed\" status=CORRUPT "
                                    "error=\"checksum differs\" file=a.seg offset=4096");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_logfmt),
        cmocka_unit_test(a_value_cannot_forge_a_line),
        cmocka_unit_test(what_does_not_fit_is_left_out_whole),
        cmocka_unit_test(levels_below_and_absent_loggers_are_silent),
        cmocka_unit_test(an_error_tells_all_it_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
