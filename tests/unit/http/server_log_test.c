#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server_log.h"

#define NOON_NS INT64_C(1780315200007000000) /* 2026-06-01T12:00:00.007Z */

static const char *formatted(const struct ct_server_log *log, enum ct_log_level level,
                             struct ct_text line)
{
    static char out[CT_SERVER_LOG_BYTES_MAX + 1];
    const size_t len = ct_server_log_format(log, level, line, NOON_NS, out);
    assert_in_range(len, 1, CT_SERVER_LOG_BYTES_MAX);
    out[len] = 0;
    return out;
}

/* Keeps the one line that is written to it. */
static void keep(void *context, enum ct_log_level level, struct ct_text line)
{
    char *kept = context;
    (void)level;
    memcpy(kept, line.bytes, line.len);
    kept[line.len] = 0;
}

static void a_line_has_its_time_first(void **state)
{
    const struct ct_server_log log = {0};
    (void)state;
    assert_string_equal(formatted(&log, CT_LOG_INFO, ct_text_of("level=info msg=\"a b\" n=5")),
                        "ts=2026-06-01T12:00:00.007Z level=info msg=\"a b\" n=5\n");
}

static void in_json_every_value_is_a_text(void **state)
{
    const struct ct_server_log log = {.is_json = true};
    (void)state;
    assert_string_equal(
        formatted(&log, CT_LOG_INFO, ct_text_of("level=info msg=\"a b\" n=5 empty=\"\"")),
        "{\"ts\":\"2026-06-01T12:00:00.007Z\",\"level\":\"info\",\"msg\":\"a b\","
        "\"n\":\"5\",\"empty\":\"\"}\n");
}

static void journald_is_told_the_priority(void **state)
{
    const struct ct_server_log log = {.has_priority = true};
    const struct ct_text line = ct_text_of("level=x");
    (void)state;
    assert_memory_equal(formatted(&log, CT_LOG_DEBUG, line), "<7>ts=", 6);
    assert_memory_equal(formatted(&log, CT_LOG_INFO, line), "<6>ts=", 6);
    assert_memory_equal(formatted(&log, CT_LOG_WARNING, line), "<4>ts=", 6);
    assert_memory_equal(formatted(&log, CT_LOG_ERROR, line), "<3>ts=", 6);
}

/* A value with everything that could end a text or a line. */
static void no_value_forges_a_line(void **state)
{
    static const char evil[] = "a\"b\\c\nlevel=error\r\t\x01\x7f=\xff\xc3\xa9";
    const struct ct_server_log logfmt = {0}, json = {.is_json = true};
    char kept[CT_LOG_LINE_BYTES_MAX + 1];
    const struct ct_logger logger = {kept, CT_LOG_DEBUG, keep};
    struct ct_log_line line;
    (void)state;
    ct_log_begin(&line, &logger, CT_LOG_INFO, "m");
    ct_log_text(&line, "tag", ct_text_of(evil));
    ct_log_text(&line, "after", ct_text_of("x"));
    ct_log_end(&line);
    const char *text = formatted(&logfmt, CT_LOG_INFO, ct_text_of(kept));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    assert_null(strchr(text, '\r'));
    text = formatted(&json, CT_LOG_INFO, ct_text_of(kept));
    assert_non_null(strstr(text,
                           "\"tag\":\"a\\\"b\\\\c\\u000alevel=error\\u000d\\u0009\\u0001\\u007f="
                           "\xef\xbf\xbd\xc3\xa9\",\"after\":\"x\"}\n"));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void the_longest_line_fits(void **state)
{
    const struct ct_server_log json = {.is_json = true, .has_priority = true};
    char bytes[CT_LOG_LINE_BYTES_MAX];
    (void)state;
    memcpy(bytes, "k=\"", 3);
    memset(bytes + 3, '\x01', sizeof bytes - 4); /* each becomes six bytes */
    bytes[sizeof bytes - 1] = '"';
    const char *text = formatted(&json, CT_LOG_INFO, (struct ct_text){bytes, sizeof bytes});
    assert_string_equal(text + strlen(text) - 3, "\"}\n");
    /* A line that was cut in the middle of an escape is not read past its end. */
    memset(bytes + 3, '\\', sizeof bytes - 3);
    formatted(&json, CT_LOG_INFO, (struct ct_text){bytes, sizeof bytes - 1});
    memcpy(bytes, "k=\"\\x1", 6);
    assert_non_null(strstr(formatted(&json, CT_LOG_INFO, (struct ct_text){bytes, 6}), "\"k\":"));
}

static void levels_below_the_least_are_left_out(void **state)
{
    struct ct_server_log log;
    struct ct_logger logger;
    (void)state;
    ct_server_log_init(&log, false, "warning", &logger);
    assert_int_equal(logger.level_min, CT_LOG_WARNING);
    ct_server_log_init(&log, true, "debug", &logger);
    assert_int_equal(logger.level_min, CT_LOG_DEBUG);
    assert_true(log.is_json);
}

static void journald_is_known_by_the_file_that_it_reads(void **state)
{
    struct ct_server_log log;
    struct ct_logger logger;
    struct stat about;
    char said[64];
    (void)state;
    assert_int_equal(fstat(STDERR_FILENO, &about), 0);
    snprintf(said, sizeof said, "%llu:%llu", (unsigned long long)about.st_dev,
             (unsigned long long)about.st_ino);
    setenv("JOURNAL_STREAM", said, 1);
    ct_server_log_init(&log, false, "info", &logger);
    assert_true(log.has_priority);
    setenv("JOURNAL_STREAM", "1:1", 1); /* stderr was led elsewhere since */
    ct_server_log_init(&log, false, "info", &logger);
    assert_false(log.has_priority);
    unsetenv("JOURNAL_STREAM");
    ct_server_log_init(&log, false, "info", &logger);
    assert_false(log.has_priority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_its_time_first),
        cmocka_unit_test(in_json_every_value_is_a_text),
        cmocka_unit_test(journald_is_told_the_priority),
        cmocka_unit_test(no_value_forges_a_line),
        cmocka_unit_test(the_longest_line_fits),
        cmocka_unit_test(levels_below_the_least_are_left_out),
        cmocka_unit_test(journald_is_known_by_the_file_that_it_reads),
    };
    return cmocka_run_group_tests_name("server_log", tests, NULL, NULL);
}
