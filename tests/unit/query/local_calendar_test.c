/* Calendars in time zones. Zones come from the system's files, by the loader that is tested here
 * too; without them (package tzdata) tests that need one are skipped. */
#include "local_calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "civil_time.h"
#include "sim_random.h"
#include "time_zone_file.h"

static struct ct_allocator_counting counting;
static struct ct_io io;

static int setup(void **state)
{
    (void)state;
    ct_allocator_counting_init(&counting, ct_allocator_system(), 0);
    ct_io_posix_init(&io, &counting.base);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return counting.live_blocks == 0 ? 0 : -1;
}

static struct ct_time_zone *zone_of(const char *name)
{
    struct ct_time_zone *zone = NULL;
    struct ct_error err = {0};
    const ct_status status =
        ct_time_zone_load(&io, NULL, ct_text_of(name), &counting.base, &zone, &err);
    if (status == CT_NOT_FOUND) {
        print_message("%s\n", err.text);
        skip();
    }
    assert_int_equal(status, CT_OK);
    return zone;
}

static int64_t at(const char *text)
{
    int64_t time_ns;
    assert_int_equal(ct_time_parse(ct_text_of(text), &time_ns), CT_OK);
    return time_ns;
}

/* The period of `unit` that holds the time is [start, end). */
static void check_period(const struct ct_calendar *calendar, enum ct_calendar_unit unit,
                         const char *time, const char *start, const char *end)
{
    int64_t start_ns, end_ns;
    ct_calendar_period(calendar, (struct ct_period){.unit = unit}, at(time), &start_ns, &end_ns);
    char text[CT_TIME_TEXT_MAX + 1] = {0};
    text[ct_time_print(start_ns, text)] = 0;
    assert_string_equal(text, start);
    text[ct_time_print(end_ns, text)] = 0;
    assert_string_equal(text, end);
}

struct edges {
    int64_t *ns;
    size_t count;
};

static struct edges cut(const struct ct_calendar *calendar, struct ct_period period,
                        int64_t start_ns, int64_t end_ns)
{
    struct edges edges = {0};
    struct ct_error err = {0};
    if (ct_calendar_cut(calendar, period, start_ns, end_ns, 1000000, &counting.base, &edges.ns,
                        &edges.count, &err) != CT_OK)
        fail_msg("%s", err.text);
    assert_true(edges.count >= 2);
    assert_true(edges.ns[0] <= start_ns && edges.ns[1] > start_ns);
    assert_true(edges.ns[edges.count - 1] >= end_ns && edges.ns[edges.count - 2] < end_ns);
    for (size_t i = 1; i < edges.count; i++)
        assert_true(edges.ns[i] > edges.ns[i - 1]);
    return edges;
}

static void release(struct edges edges)
{
    ct_release(&counting.base, edges.ns);
}

static void check_count(const struct ct_calendar *calendar, enum ct_calendar_unit unit,
                        uint32_t unit_count, const char *start, const char *end, size_t expected)
{
    const struct edges edges =
        cut(calendar, (struct ct_period){.unit = unit, .count = unit_count}, at(start), at(end));
    assert_int_equal(edges.count - 1, expected);
    release(edges);
}

static void months_and_weeks_have_the_hours_of_their_zone(void **state)
{
    (void)state;
    struct ct_time_zone *zone = zone_of("America/New_York");
    const struct ct_calendar york = {.zone = zone};
    check_period(&york, CT_CALENDAR_MONTH, "2024-03-15T00:00:00Z", "2024-03-01T05:00:00Z",
                 "2024-04-01T04:00:00Z");
    check_period(&york, CT_CALENDAR_MONTH, "2024-11-15T00:00:00Z", "2024-11-01T04:00:00Z",
                 "2024-12-01T05:00:00Z");
    check_count(&york, CT_CALENDAR_HOUR, 1, "2024-03-01T05:00:00Z", "2024-04-01T04:00:00Z", 743);
    check_count(&york, CT_CALENDAR_HOUR, 1, "2024-11-01T04:00:00Z", "2024-12-01T05:00:00Z", 721);
    ct_time_zone_destroy(zone);
    zone = zone_of("Europe/Berlin");
    const struct ct_calendar berlin = {.zone = zone};
    check_period(&berlin, CT_CALENDAR_WEEK, "2024-03-31T12:00:00Z", "2024-03-24T23:00:00Z",
                 "2024-03-31T22:00:00Z"); /* 167 hours */
    check_count(&berlin, CT_CALENDAR_WEEK, 1, "2021-06-01T00:00:00Z", "2024-06-01T00:00:00Z", 157);
    ct_time_zone_destroy(zone);
}

static void days_have_23_24_or_25_hours(void **state)
{
    (void)state;
    struct ct_time_zone *zone = zone_of("America/New_York");
    const struct ct_calendar york = {.zone = zone};
    check_period(&york, CT_CALENDAR_DAY, "2024-03-10T12:00:00Z", "2024-03-10T05:00:00Z",
                 "2024-03-11T04:00:00Z");
    check_period(&york, CT_CALENDAR_DAY, "2024-11-03T12:00:00Z", "2024-11-03T04:00:00Z",
                 "2024-11-04T05:00:00Z");
    check_count(&york, CT_CALENDAR_HOUR, 1, "2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z", 23);
    check_count(&york, CT_CALENDAR_HOUR, 1, "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z", 25);
    check_count(&york, CT_CALENDAR_HOUR, 6, "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z", 4);
    check_count(&york, CT_CALENDAR_HOUR, 1, "2024-06-03T04:00:00Z", "2024-06-04T04:00:00Z", 24);
    ct_time_zone_destroy(zone);
}

static void a_day_without_midnight_begins_with_its_first_instant(void **state)
{
    (void)state;
    struct ct_time_zone *zone = zone_of("America/Sao_Paulo");
    const struct ct_calendar calendar = {.zone = zone};
    check_period(&calendar, CT_CALENDAR_DAY, "2017-10-15T12:00:00Z", "2017-10-15T03:00:00Z",
                 "2017-10-16T02:00:00Z");
    check_period(&calendar, CT_CALENDAR_DAY, "2017-10-15T02:59:59Z", "2017-10-14T03:00:00Z",
                 "2017-10-15T03:00:00Z");
    ct_time_zone_destroy(zone);
}

/* Newfoundland's clocks went back from 00:01 to 23:01: the day had begun and goes on. */
static void a_day_with_two_midnights_begins_with_the_first(void **state)
{
    (void)state;
    struct ct_time_zone *zone = zone_of("America/St_Johns");
    const struct ct_calendar calendar = {.zone = zone};
    check_period(&calendar, CT_CALENDAR_DAY, "2006-10-29T02:45:00Z", "2006-10-29T02:30:00Z",
                 "2006-10-30T03:30:00Z");
    check_period(&calendar, CT_CALENDAR_DAY, "2006-10-29T02:29:59Z", "2006-10-28T02:30:00Z",
                 "2006-10-29T02:30:00Z");
    ct_time_zone_destroy(zone);
}

static void a_day_that_was_left_out_is_no_bucket(void **state)
{
    (void)state;
    struct ct_time_zone *zone = zone_of("Pacific/Apia"); /* no 30 December 2011 */
    const struct ct_calendar calendar = {.zone = zone};
    check_period(&calendar, CT_CALENDAR_DAY, "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z",
                 "2011-12-30T10:00:00Z");
    check_period(&calendar, CT_CALENDAR_DAY, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z",
                 "2011-12-31T10:00:00Z");
    check_count(&calendar, CT_CALENDAR_DAY, 1, "2011-12-01T10:00:00Z", "2011-12-31T10:00:00Z", 30);
    ct_time_zone_destroy(zone);
}

static void half_hours_of_daylight_time_are_kept(void **state)
{
    (void)state;
    struct ct_time_zone *zone = zone_of("Australia/Lord_Howe"); /* 02:00 back to 01:30 */
    const struct ct_calendar calendar = {.zone = zone};
    check_period(&calendar, CT_CALENDAR_HOUR, "2024-04-06T15:10:00Z", "2024-04-06T14:00:00Z",
                 "2024-04-06T15:30:00Z");
    check_count(&calendar, CT_CALENDAR_HOUR, 1, "2024-04-06T13:00:00Z", "2024-04-07T13:30:00Z", 24);
    ct_time_zone_destroy(zone);
}

static void fiscal_years_start_where_they_are_told(void **state)
{
    (void)state;
    const struct ct_calendar british = {.year_month = 4, .month_day = 6};
    check_period(&british, CT_CALENDAR_YEAR, "2026-04-05T23:59:59Z", "2025-04-06T00:00:00Z",
                 "2026-04-06T00:00:00Z");
    check_period(&british, CT_CALENDAR_QUARTER, "2026-06-01T00:00:00Z", "2026-04-06T00:00:00Z",
                 "2026-07-06T00:00:00Z");
    check_period(&british, CT_CALENDAR_MONTH, "2026-06-01T00:00:00Z", "2026-05-06T00:00:00Z",
                 "2026-06-06T00:00:00Z");
    const struct ct_calendar october = {.year_month = 10};
    check_period(&october, CT_CALENDAR_YEAR, "2026-06-01T00:00:00Z", "2025-10-01T00:00:00Z",
                 "2026-10-01T00:00:00Z");
}

static void a_day_that_a_month_lacks_is_its_last(void **state)
{
    (void)state;
    const struct ct_calendar calendar = {.month_day = 31};
    check_period(&calendar, CT_CALENDAR_MONTH, "2024-02-10T00:00:00Z", "2024-01-31T00:00:00Z",
                 "2024-02-29T00:00:00Z");
    check_period(&calendar, CT_CALENDAR_MONTH, "2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z",
                 "2024-03-31T00:00:00Z");
    check_period(&calendar, CT_CALENDAR_MONTH, "2023-04-29T00:00:00Z", "2023-03-31T00:00:00Z",
                 "2023-04-30T00:00:00Z");
}

static void weeks_start_on_their_day(void **state)
{
    (void)state;
    const struct ct_calendar monday = {0}, sunday = {.week_start = 7}, thursday = {.week_start = 4};
    check_period(&monday, CT_CALENDAR_WEEK, "2026-11-29T23:00:00Z", "2026-11-23T00:00:00Z",
                 "2026-11-30T00:00:00Z");
    check_period(&sunday, CT_CALENDAR_WEEK, "2026-11-29T23:00:00Z", "2026-11-29T00:00:00Z",
                 "2026-12-06T00:00:00Z");
    check_period(&thursday, CT_CALENDAR_WEEK, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z",
                 "1970-01-08T00:00:00Z");
    check_period(&thursday, CT_CALENDAR_WEEK, "1969-12-31T23:00:00Z", "1969-12-25T00:00:00Z",
                 "1970-01-01T00:00:00Z");
}

/* Bounds of the bucket of several units that holds the time. */
static int64_t start_of(struct ct_period period, const char *time)
{
    const struct ct_calendar calendar = {0};
    int64_t start_ns, end_ns;
    ct_calendar_period(&calendar, period, at(time), &start_ns, &end_ns);
    return start_ns;
}

static void several_units_stay_where_they_are(void **state)
{
    (void)state;
    const struct ct_period three = {CT_CALENDAR_MONTH, 3, 0};
    const struct ct_period shifted = {CT_CALENDAR_MONTH, 3, 1};
    const struct ct_period fortnight = {CT_CALENDAR_WEEK, 2, 0};
    const struct ct_period other = {CT_CALENDAR_WEEK, 2, -1};
    assert_true(start_of(three, "2026-05-31T00:00:00Z") == at("2026-04-01T00:00:00Z"));
    assert_true(start_of(shifted, "2026-05-31T00:00:00Z") == at("2026-05-01T00:00:00Z"));
    assert_true(start_of(fortnight, "1970-01-01T00:00:00Z") == at("1969-12-29T00:00:00Z"));
    assert_true(start_of(fortnight, "1970-01-11T00:00:00Z") == at("1969-12-29T00:00:00Z"));
    assert_true(start_of(other, "1970-01-11T00:00:00Z") == at("1970-01-05T00:00:00Z"));
}

static void check_around(const struct ct_calendar *calendar, struct ct_period period,
                         int64_t time_ns)
{
    int64_t start_ns, end_ns, other_ns, past_ns;
    ct_calendar_period(calendar, period, time_ns, &start_ns, &end_ns);
    assert_true(start_ns <= time_ns && time_ns < end_ns);
    ct_calendar_period(calendar, period, start_ns, &other_ns, &past_ns);
    assert_true(other_ns == start_ns && past_ns == end_ns);
    ct_calendar_period(calendar, period, end_ns - 1, &other_ns, &past_ns);
    assert_true(other_ns == start_ns && past_ns == end_ns);
    ct_calendar_period(calendar, period, end_ns, &other_ns, &past_ns);
    assert_true(other_ns == end_ns);
}

/* Every edge of `coarse` is one of `fine`. */
static void check_nested(struct edges coarse, struct edges fine)
{
    size_t j = 0;
    for (size_t i = 0; i + 1 < coarse.count; i++) {
        while (j < fine.count && fine.ns[j] < coarse.ns[i])
            j++;
        assert_true(i == 0 || (j < fine.count && fine.ns[j] == coarse.ns[i]));
    }
}

static void buckets_cover_time_once_and_days_add_up_to_months(void **state)
{
    (void)state;
    static const char *const names[] = {
        "America/New_York", "America/St_Johns", "Asia/Kolkata",      "Pacific/Apia",
        "Africa/Cairo",     "Asia/Gaza",        "Africa/Casablanca", "Australia/Lord_Howe",
        "Asia/Manila",      "America/Juneau",   "Europe/Dublin",     "Antarctica/Troll"};
    struct sim_random random = sim_random_of(20261130);
    for (size_t i = 0; i < CT_COUNT_OF(names); i++) {
        struct ct_time_zone *zone = zone_of(names[i]);
        const struct ct_calendar calendar = {.zone = zone,
                                             .week_start = (uint8_t)sim_random_below(&random, 8)};
        for (int round = 0; round < 300; round++) {
            const int64_t span_ns = INT64_C(140) * 365 * CT_DAY_NS;
            const int64_t time_ns =
                (int64_t)(sim_random_next(&random) % (uint64_t)(2 * span_ns)) - span_ns;
            for (int unit = 0; unit < CT_CALENDAR_UNIT_COUNT; unit++) {
                const struct ct_period period = {.unit = (enum ct_calendar_unit)unit,
                                                 .count = 1 + (uint32_t)(round % 4)};
                check_around(&calendar, period, time_ns);
            }
            const int64_t end_ns = time_ns + 100 * CT_DAY_NS;
            const struct edges days =
                cut(&calendar, (struct ct_period){CT_CALENDAR_DAY, 1, 0}, time_ns, end_ns);
            const struct edges months =
                cut(&calendar, (struct ct_period){CT_CALENDAR_MONTH, 1, 0}, time_ns, end_ns);
            check_nested(months, days);
            release(days);
            release(months);
        }
        ct_time_zone_destroy(zone);
    }
}

static void the_ends_of_time_are_buckets_too(void **state)
{
    (void)state;
    struct ct_time_zone *zone = zone_of("America/New_York");
    const struct ct_calendar calendar = {.zone = zone};
    const struct edges years =
        cut(&calendar, (struct ct_period){.unit = CT_CALENDAR_YEAR}, INT64_MIN, INT64_MAX);
    assert_true(years.ns[0] == INT64_MIN && years.ns[years.count - 1] == INT64_MAX);
    assert_int_equal(years.count - 1, 2262 - 1677 + 1);
    release(years);
    for (int unit = 0; unit < CT_CALENDAR_UNIT_COUNT; unit++) {
        const struct ct_period period = {(enum ct_calendar_unit)unit, 1, 0};
        int64_t start_ns, end_ns;
        ct_calendar_period(&calendar, period, INT64_MAX, &start_ns, &end_ns);
        assert_true(start_ns < INT64_MAX && end_ns == INT64_MAX);
        ct_calendar_period(&calendar, period, INT64_MIN, &start_ns, &end_ns);
        assert_true(start_ns == INT64_MIN && end_ns > INT64_MIN);
    }
    ct_time_zone_destroy(zone);
}

static enum ct_grain grain_of(const struct ct_time_zone *zone, enum ct_calendar_unit unit)
{
    const struct ct_calendar calendar = {.zone = zone};
    const struct edges edges = cut(&calendar, (struct ct_period){.unit = unit},
                                   at("2026-01-10T00:00:00Z"), at("2026-08-10T00:00:00Z"));
    const enum ct_grain grain = ct_calendar_grain(edges.ns, edges.count);
    release(edges);
    return grain;
}

static void a_rollup_serves_only_buckets_that_it_does_not_cross(void **state)
{
    (void)state;
    assert_int_equal(grain_of(NULL, CT_CALENDAR_YEAR), CT_GRAIN_MONTH);
    assert_int_equal(grain_of(NULL, CT_CALENDAR_MONTH), CT_GRAIN_MONTH);
    assert_int_equal(grain_of(NULL, CT_CALENDAR_WEEK), CT_GRAIN_DAY);
    assert_int_equal(grain_of(NULL, CT_CALENDAR_HOUR), CT_GRAIN_HOUR);
    struct ct_time_zone *zone = zone_of("America/New_York");
    assert_int_equal(grain_of(zone, CT_CALENDAR_DAY), CT_GRAIN_HOUR);
    assert_int_equal(grain_of(zone, CT_CALENDAR_YEAR), CT_GRAIN_HOUR);
    ct_time_zone_destroy(zone);
    zone = zone_of("Asia/Kolkata");
    assert_int_equal(grain_of(zone, CT_CALENDAR_DAY), CT_GRAIN_MINUTE);
    ct_time_zone_destroy(zone);
    const int64_t whole[] = {INT64_MIN, at("2026-06-01T00:00:00Z"), INT64_MAX};
    assert_int_equal(ct_calendar_grain(whole, 3), CT_GRAIN_MONTH);
    const int64_t odd[] = {at("2026-06-01T00:00:00Z"), at("2026-06-01T00:00:00.5Z")};
    assert_int_equal(ct_calendar_grain(odd, 2), CT_GRAIN_NONE);
}

static void check_refused(struct ct_calendar calendar, struct ct_period period)
{
    int64_t *edges = NULL;
    size_t count = 0;
    assert_int_equal(
        ct_calendar_cut(&calendar, period, 0, 1, 10, &counting.base, &edges, &count, NULL),
        CT_INVALID);
    assert_null(edges);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    const struct ct_period day = {.unit = CT_CALENDAR_DAY};
    check_refused((struct ct_calendar){.week_start = 8}, day);
    check_refused((struct ct_calendar){.year_month = 13}, day);
    check_refused((struct ct_calendar){.month_day = 32}, day);
    check_refused((struct ct_calendar){0}, (struct ct_period){.unit = (enum ct_calendar_unit)6});
    check_refused((struct ct_calendar){0}, (struct ct_period){CT_CALENDAR_HOUR, 5, 0});
    check_refused((struct ct_calendar){0}, (struct ct_period){CT_CALENDAR_DAY, 10001, 0});
    check_refused((struct ct_calendar){0}, (struct ct_period){CT_CALENDAR_DAY, 2, -10001});
    const struct ct_calendar utc = {0};
    int64_t *edges = NULL;
    size_t count = 0;
    assert_int_equal(ct_calendar_cut(&utc, day, 5, 5, 10, &counting.base, &edges, &count, NULL),
                     CT_INVALID);
    assert_int_equal(
        ct_calendar_cut(&utc, day, 0, 10 * CT_DAY_NS, 10, &counting.base, &edges, &count, NULL),
        CT_LIMIT);
    assert_int_equal(
        ct_calendar_cut(&utc, day, 0, 9 * CT_DAY_NS, 10, &counting.base, &edges, &count, NULL),
        CT_OK);
    assert_int_equal(count, 10);
    ct_release(&counting.base, edges);
}

static void units_have_names(void **state)
{
    (void)state;
    enum ct_calendar_unit unit;
    assert_true(ct_calendar_unit_of(ct_text_of("mo"), &unit) && unit == CT_CALENDAR_MONTH);
    assert_true(ct_calendar_unit_of(ct_text_of("weekly"), &unit) && unit == CT_CALENDAR_WEEK);
    assert_string_equal(ct_calendar_unit_name(CT_CALENDAR_QUARTER), "quarter");
    assert_false(ct_calendar_unit_of(ct_text_of("m"), &unit));
}

static void zones_that_are_not_there_are_told(void **state)
{
    (void)state;
    struct ct_io *memory = ct_io_memory_create(&counting.base);
    struct ct_time_zone *zone = NULL;
    struct ct_error err = {0};
    assert_int_equal(
        ct_time_zone_load(memory, "/zones", ct_text_of("A/B"), &counting.base, &zone, &err),
        CT_NOT_FOUND);
    assert_non_null(strstr(err.text, "tzdata"));
    assert_int_equal(
        ct_time_zone_load(memory, "/zones", ct_text_of("../B"), &counting.base, &zone, &err),
        CT_INVALID);
    assert_int_equal(memory->calls->make_folder(memory, "/zones", NULL), CT_OK);
    assert_int_equal(ct_replace_file(memory, "/zones", "Bad", ct_text_of("no zone at all"), NULL),
                     CT_OK);
    assert_int_equal(
        ct_time_zone_load(memory, "/zones", ct_text_of("Bad"), &counting.base, &zone, &err),
        CT_FORMAT);
    assert_int_equal(
        ct_time_zone_load(memory, "/zones", ct_text_of("Other"), &counting.base, &zone, &err),
        CT_NOT_FOUND);
    assert_string_equal(err.text, "no time zone Other");
    assert_int_equal(
        ct_time_zone_load(memory, "/zones", ct_text_of("UTC"), &counting.base, &zone, &err), CT_OK);
    assert_null(zone);
    ct_io_memory_destroy(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_and_weeks_have_the_hours_of_their_zone),
        cmocka_unit_test(days_have_23_24_or_25_hours),
        cmocka_unit_test(a_day_without_midnight_begins_with_its_first_instant),
        cmocka_unit_test(a_day_with_two_midnights_begins_with_the_first),
        cmocka_unit_test(a_day_that_was_left_out_is_no_bucket),
        cmocka_unit_test(half_hours_of_daylight_time_are_kept),
        cmocka_unit_test(fiscal_years_start_where_they_are_told),
        cmocka_unit_test(a_day_that_a_month_lacks_is_its_last),
        cmocka_unit_test(weeks_start_on_their_day),
        cmocka_unit_test(several_units_stay_where_they_are),
        cmocka_unit_test(buckets_cover_time_once_and_days_add_up_to_months),
        cmocka_unit_test(the_ends_of_time_are_buckets_too),
        cmocka_unit_test(a_rollup_serves_only_buckets_that_it_does_not_cross),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(units_have_names),
        cmocka_unit_test(zones_that_are_not_there_are_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
