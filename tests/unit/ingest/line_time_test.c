/* What timestamps count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line_fixture.h"
#include "line_time.h"

static void every_name_of_a_precision_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t unit_ns;
    } names[] = {{"ns", 1},
                 {"n", 1},
                 {"nanosecond", 1},
                 {"us", 1000},
                 {"u", 1000},
                 {"\u00b5s", 1000},
                 {"\u03bcs", 1000},
                 {"microsecond", 1000},
                 {"ms", 1000000},
                 {"millisecond", 1000000},
                 {"s", 1000000000},
                 {"second", 1000000000},
                 {"m", 60 * INT64_C(1000000000)},
                 {"h", 3600 * INT64_C(1000000000)}};
    for (size_t i = 0; i < CT_COUNT_OF(names); i++) {
        enum ct_precision precision;
        assert_int_equal(ct_precision_parse(ct_text_of(names[i].name), &precision, NULL), CT_OK);
        assert_int_equal(ct_precision_ns(precision), names[i].unit_ns);
    }
}

static void other_precisions_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {"", "d", "NS", "ns ", "seconds", "\u00b5", "1s"};
    for (size_t i = 0; i < CT_COUNT_OF(names); i++) {
        enum ct_precision precision = CT_PRECISION_MS;
        struct ct_error err;
        assert_int_equal(ct_precision_parse(ct_text_of(names[i]), &precision, &err), CT_INVALID);
        assert_int_equal(precision, CT_PRECISION_MS);
        assert_non_null(strstr(err.text, names[i]));
    }
}

/* Feeds `m v=1 TIME` until it is well known, and gives the time that each row got, which must be
 * the same. */
static bool read_time(enum ct_precision precision, const char *time, int64_t *time_ns)
{
    enum { TIMES = 16 };
    static struct line_fixture f;
    char text[(TIMES + 1) * 64] = "m v=1 1\n";
    for (int i = 0; i < TIMES; i++) {
        const size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "m v=1 %s\n", time);
    }
    fixture_open(&f);
    const struct ct_line_options options = {.precision = precision};
    fixture_start(&f, &options);
    fixture_feed(&f, text, strlen(text), true);
    const uint32_t rows = (uint32_t)f.intake->row_count;
    assert_true(rows == 1 + TIMES || rows == 1);
    for (uint32_t i = 1; i < rows; i++) {
        *time_ns = f.intake->tables[0].times_ns[1];
        assert_int_equal(f.intake->tables[0].times_ns[i], *time_ns);
    }
    if (rows == 1)
        assert_int_equal(f.rejects->items[0].code, CT_RANGE);
    fixture_close(&f);
    return rows > 1;
}

static void times_are_scaled_to_nanoseconds(void **state)
{
    (void)state;
    int64_t time_ns;
    assert_true(read_time(CT_PRECISION_S, "1780272000", &time_ns));
    assert_int_equal(time_ns, INT64_C(1780272000000000000));
    assert_true(read_time(CT_PRECISION_MS, "-5", &time_ns));
    assert_int_equal(time_ns, -5000000);
    assert_true(read_time(CT_PRECISION_H, "2", &time_ns));
    assert_int_equal(time_ns, INT64_C(7200000000000));
    assert_true(read_time(CT_PRECISION_NS, "0000000000000000001", &time_ns));
    assert_int_equal(time_ns, 1);
}

static void times_past_the_range_are_refused_after_scaling(void **state)
{
    (void)state;
    int64_t time_ns;
    assert_true(read_time(CT_PRECISION_S, "9223372036", &time_ns));
    assert_false(read_time(CT_PRECISION_S, "9223372037", &time_ns));
    assert_true(read_time(CT_PRECISION_H, "-2562047", &time_ns));
    assert_false(read_time(CT_PRECISION_H, "-2562048", &time_ns));
    assert_true(read_time(CT_PRECISION_NS, "9223372036854775806", &time_ns));
    assert_false(read_time(CT_PRECISION_NS, "9223372036854775807", &time_ns));
    assert_false(read_time(CT_PRECISION_NS, "9999999999999999999", &time_ns));
    assert_false(read_time(CT_PRECISION_NS, "18446744073709551617", &time_ns));
    assert_true(read_time(CT_PRECISION_NS, "000000000000000000000001", &time_ns));
    assert_int_equal(time_ns, 1);
    assert_false(read_time(CT_PRECISION_US, "9223372036854775806", &time_ns));
}

static void auto_guesses_the_unit_by_size(void **state)
{
    (void)state;
    static const char *const times[] = {"1780272000", "1780272000000", "1780272000000000",
                                        "1780272000000000000"};
    for (size_t i = 0; i < CT_COUNT_OF(times); i++) {
        int64_t time_ns;
        assert_true(read_time(CT_PRECISION_AUTO, times[i], &time_ns));
        assert_int_equal(time_ns, INT64_C(1780272000000000000));
    }
}

static void the_default_time_is_truncated_down_to_the_precision(void **state)
{
    (void)state;
    assert_int_equal(ct_line_time_truncate(1999999999, CT_PRECISION_S), 1000000000);
    assert_int_equal(ct_line_time_truncate(-1, CT_PRECISION_S), -1000000000);
    assert_int_equal(ct_line_time_truncate(1234567, CT_PRECISION_US), 1234000);
    assert_int_equal(ct_line_time_truncate(CT_LINE_TIME_MIN_NS, CT_PRECISION_H),
                     CT_LINE_TIME_MIN_NS);
    assert_int_equal(ct_line_time_truncate(CT_LINE_TIME_MAX_NS, CT_PRECISION_NS),
                     CT_LINE_TIME_MAX_NS);
}

/* The last text's times meant something else. */
static void a_new_text_reads_a_known_timestamp_by_its_own_precision(void **state)
{
    (void)state;
    static struct line_fixture f;
    fixture_open(&f);
    const char text[] = "m v=1 7\nm v=1 7\nm v=1 7\nm v=1 7\nm v=1 7\nm v=1 7\nm v=1 7\nm v=1 7\n"
                        "m v=1 7\nm v=1 7\nm v=1 7\nm v=1 7\nm v=1 7\nm v=1 7\nm v=1 7\nm v=1 7\n";
    for (enum ct_precision precision = CT_PRECISION_NS; precision <= CT_PRECISION_H; precision++) {
        const struct ct_line_options options = {.precision = precision};
        fixture_start(&f, &options);
        fixture_feed(&f, text, strlen(text), true);
        assert_int_equal(f.intake->row_count, 16);
        for (uint32_t i = 0; i < 16; i++)
            assert_int_equal(f.intake->tables[0].times_ns[i], 7 * ct_precision_ns(precision));
        assert_int_equal(ct_intake_resolve(f.intake, &f.err), CT_OK);
        fixture_reset(&f);
    }
    fixture_close(&f);
}

static void a_default_time_that_no_row_may_have_is_refused(void **state)
{
    (void)state;
    static struct line_fixture f;
    fixture_open(&f);
    const struct ct_line_options options = {.default_time_ns = INT64_MAX};
    assert_int_equal(ct_line_parser_start(f.parser, &options, &f.err), CT_INVALID);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_of_a_precision_is_known),
        cmocka_unit_test(other_precisions_are_refused_by_name),
        cmocka_unit_test(times_are_scaled_to_nanoseconds),
        cmocka_unit_test(times_past_the_range_are_refused_after_scaling),
        cmocka_unit_test(auto_guesses_the_unit_by_size),
        cmocka_unit_test(the_default_time_is_truncated_down_to_the_precision),
        cmocka_unit_test(a_new_text_reads_a_known_timestamp_by_its_own_precision),
        cmocka_unit_test(a_default_time_that_no_row_may_have_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
