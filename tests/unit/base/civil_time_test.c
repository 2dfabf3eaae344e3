#include "civil_time.h"

#include "vectors.h"

#define VECTOR_COUNT 20000

static void check_text_of(struct vectors *v, int64_t time_ns, const char *expected)
{
    char text[CT_TIME_TEXT_MAX + 1];
    text[ct_time_print(time_ns, text)] = 0;
    CHECK(v, strcmp(text, expected) == 0);
}

/* "none": not within int64. */
static void check_moment(struct vectors *v, int64_t moment, int64_t beyond)
{
    const char *expected = take(v);
    if (strcmp(expected, "none") == 0)
        CHECK(v, moment == beyond);
    else
        CHECK(v, moment == strtoll(expected, NULL, 10));
}

static void agrees_with_python(void **state)
{
    (void)state;
    struct vectors v;
    vectors_open(&v, __FILE__, "time", VECTOR_COUNT);
    while (vectors_next(&v)) {
        assert_true(take_is(&v, "time"));
        int64_t time_ns = 12345;
        const ct_status status = ct_time_parse(ct_text_of(take(&v)), &time_ns);
        if (take_is(&v, "RANGE")) {
            CHECK(&v, status == CT_RANGE && time_ns == 12345);
            continue;
        }
        CHECK(&v, status == CT_OK && time_ns == strtoll(take(&v), NULL, 10));
        check_text_of(&v, time_ns, take(&v));
        check_moment(&v, ct_time_unit_start(time_ns, CT_UNIT_HOUR), INT64_MIN);
        check_moment(&v, ct_time_unit_start(time_ns, CT_UNIT_DAY), INT64_MIN);
        check_moment(&v, ct_time_unit_start(time_ns, CT_UNIT_MONTH), INT64_MIN);
        check_moment(&v, ct_time_unit_start(time_ns, CT_UNIT_YEAR), INT64_MIN);
        check_moment(&v, ct_time_unit_end(time_ns, CT_UNIT_MONTH), INT64_MAX);
    }
    vectors_close(&v, VECTOR_COUNT);
}

static int64_t parsed(const char *text)
{
    int64_t time_ns = 0;
    if (ct_time_parse(ct_text_of(text), &time_ns) != CT_OK)
        fail_msg("not read: %s", text);
    return time_ns;
}

static bool prints_as(int64_t time_ns, const char *expected)
{
    char text[CT_TIME_TEXT_MAX + 1];
    text[ct_time_print(time_ns, text)] = 0;
    return strcmp(text, expected) == 0;
}

static void every_day_of_a_thousand_years_follows_the_last(void **state)
{
    (void)state;
    struct ct_date before = ct_date_of_days(-200001);
    for (int64_t day = -200000; day < 200000; day++) {
        const struct ct_date date = ct_date_of_days(day);
        assert_true(ct_date_is_valid(date));
        assert_int_equal(ct_days_of_date(date), day);
        const bool is_next_day =
            date.year == before.year && date.month == before.month && date.day == before.day + 1;
        const bool is_next_month =
            date.day == 1 && date.year * 12 + date.month == before.year * 12 + before.month + 1;
        struct ct_date after = before;
        after.day++;
        assert_true(ct_date_is_valid(after) ? is_next_day : is_next_month);
        before = date;
    }
    const struct ct_date epoch = ct_date_of_days(0);
    assert_int_equal(epoch.year, 1970);
    assert_int_equal(epoch.month, 1);
    assert_int_equal(epoch.day, 1);
    assert_int_equal(ct_date_of_days(-719528).year, 0);
    assert_int_equal(ct_date_of_days(-719529).year, -1);
}

static void every_int64_prints_and_reads_back(void **state)
{
    (void)state;
    assert_true(prints_as(INT64_MIN, "1677-09-21T00:12:43.145224192Z"));
    assert_true(prints_as(INT64_MAX, "2262-04-11T23:47:16.854775807Z"));
    assert_true(parsed("1677-09-21T00:12:43.145224192Z") == INT64_MIN);
    assert_true(parsed("2262-04-11T23:47:16.854775807Z") == INT64_MAX);
    assert_true(prints_as(-1, "1969-12-31T23:59:59.999999999Z"));
    assert_true(prints_as(0, "1970-01-01T00:00:00Z"));
    assert_true(prints_as(500000000, "1970-01-01T00:00:00.5Z"));
    assert_true(prints_as(59000000010, "1970-01-01T00:00:59.00000001Z"));
    uint64_t random = 1;
    for (int i = 0; i < 10000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        char text[CT_TIME_TEXT_MAX];
        int64_t again = 0;
        const size_t len = ct_time_print((int64_t)random, text);
        assert_int_equal(ct_time_parse((struct ct_text){text, len}, &again), CT_OK);
        assert_true(again == (int64_t)random);
    }
}

static void one_past_the_limits_is_out_of_range(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "1677-09-21T00:12:43.145224191Z",
        "2262-04-11T23:47:16.854775808Z",
        "0000-01-01",
        "9999-12-31T23:59:59.999999999Z",
        "2262-04-12",
    };
    for (size_t i = 0; i < CT_COUNT_OF(texts); i++) {
        int64_t time_ns = 77;
        assert_int_equal(ct_time_parse(ct_text_of(texts[i]), &time_ns), CT_RANGE);
        assert_int_equal(time_ns, 77);
    }
}

static void every_written_form_is_read(void **state)
{
    (void)state;
    const int64_t noon = INT64_C(1780315200) * CT_SECOND_NS; /* 2026-06-01T12:00:00Z */
    assert_true(parsed("2026-06-01T12:00:00Z") == noon);
    assert_true(parsed("2026-06-01t12:00:00z") == noon);
    assert_true(parsed("2026-06-01 12:00:00") == noon);
    assert_true(parsed("2026-06-01T12:00:00+00:00") == noon);
    assert_true(parsed("2026-06-01T12:00:00-00:00") == noon);
    assert_true(parsed("2026-06-01T14:30:00+02:30") == noon);
    assert_true(parsed("2026-05-31T23:00:00-13:00") == noon);
    assert_true(parsed("2026-06-01") == noon - 12 * CT_HOUR_NS);
    assert_true(parsed("2026-06-01T12:00:00.5Z") == noon + CT_SECOND_NS / 2);
    assert_true(parsed("2026-06-01T12:00:00.000000001Z") == noon + 1);
    assert_true(parsed("2024-02-29") == INT64_C(1709164800) * CT_SECOND_NS);
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "2026",
        "2026-06",
        "2026-6-1",
        "2026-06-01T",
        "2026-06-01Z",
        "2026-06-01T12",
        "2026-06-01T12:00",
        "2026-06-01T12:00Z",
        "2026-06-01T12:00:0Z",
        "2026-06-01T12:00:00.Z",
        "2026-06-01T12:00:00.0000000001Z",
        "2026-06-01T12:00:00ZZ",
        "2026-06-01T12:00:00Z ",
        " 2026-06-01T12:00:00Z",
        "2026-06-01T12:00:00+2",
        "2026-06-01T12:00:00+0200",
        "2026-06-01T12:00:00+24:00",
        "2026-06-01T12:00:00+02:60",
        "2026-06-01T24:00:00Z",
        "2026-06-01T12:60:00Z",
        "2026-12-31T23:59:60Z",
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "2026-13-01",
        "2026-00-01",
        "2026-06-00",
        "2026-06-32",
        "-026-06-01",
        "+2026-06-01",
        "12026-06-01",
        "2026/06/01",
        "2026-06-01_12:00:00Z",
        "2026-06-01T12:00:00,5Z",
    };
    for (size_t i = 0; i < CT_COUNT_OF(texts); i++) {
        int64_t time_ns = 77;
        if (ct_time_parse(ct_text_of(texts[i]), &time_ns) != CT_PARSE || time_ns != 77)
            fail_msg("taken: '%s'", texts[i]);
    }
    int64_t time_ns;
    assert_int_equal(ct_time_parse((struct ct_text){"2026-06-01\0", 11}, &time_ns), CT_PARSE);
    assert_int_equal(ct_time_parse((struct ct_text){NULL, 0}, &time_ns), CT_PARSE);
}

static void only_the_given_bytes_are_read(void **state)
{
    (void)state;
    int64_t time_ns;
    const char *text = "2026-06-01T12:00:00.5Z";
    for (size_t len = 0; len < strlen(text); len++) {
        /* The date, the whole second and the fraction stand alone; nothing else does. */
        const bool is_whole = len == 10 || len == 19 || len == 21;
        assert_int_equal(ct_time_parse((struct ct_text){text, len}, &time_ns),
                         is_whole ? CT_OK : CT_PARSE);
    }
}

static void units_hold_their_times(void **state)
{
    (void)state;
    static const int64_t times[] = {0,         -1,        1,         CT_HOUR_NS, -CT_DAY_NS,
                                    INT64_MIN, INT64_MAX, 123456789, -987654321};
    for (size_t i = 0; i < CT_COUNT_OF(times); i++) {
        for (int unit = CT_UNIT_HOUR; unit <= CT_UNIT_YEAR; unit++) {
            const int64_t start = ct_time_unit_start(times[i], (enum ct_time_unit)unit);
            const int64_t end = ct_time_unit_end(times[i], (enum ct_time_unit)unit);
            assert_true(start <= times[i] && (times[i] < end || end == INT64_MAX));
            assert_true(start == INT64_MIN ||
                        ct_time_unit_start(start, (enum ct_time_unit)unit) == start);
            assert_true(end == INT64_MAX ||
                        ct_time_unit_start(end, (enum ct_time_unit)unit) == end);
        }
    }
    assert_true(prints_as(ct_time_unit_end(parsed("2024-02-28T13:00:01Z"), CT_UNIT_DAY),
                          "2024-02-29T00:00:00Z"));
    assert_true(prints_as(ct_time_unit_end(parsed("2024-12-31T23:59:59Z"), CT_UNIT_YEAR),
                          "2025-01-01T00:00:00Z"));
    assert_true(prints_as(ct_time_unit_end(parsed("1969-12-31T23:59:59Z"), CT_UNIT_HOUR),
                          "1970-01-01T00:00:00Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_python),
        cmocka_unit_test(every_day_of_a_thousand_years_follows_the_last),
        cmocka_unit_test(every_int64_prints_and_reads_back),
        cmocka_unit_test(one_past_the_limits_is_out_of_range),
        cmocka_unit_test(every_written_form_is_read),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(only_the_given_bytes_are_read),
        cmocka_unit_test(units_hold_their_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
