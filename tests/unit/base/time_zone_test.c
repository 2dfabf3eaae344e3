/* Every zone of the system against Python's zoneinfo, the rules past the last transition, and files
 * that are damaged. Without the system's zones (package tzdata) the first is skipped. */
#include "time_zone.h"

#include "civil_time.h"
#include "time_zone_fixture.h"
#include "time_zone_rule.h"
#include "vectors.h"

#define ZONES_FOLDER "/usr/share/zoneinfo"

static struct ct_allocator_counting counting;

static int setup(void **state)
{
    (void)state;
    ct_allocator_counting_init(&counting, ct_allocator_system(), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return counting.live_blocks == 0 ? 0 : -1;
}

/* NULL where there is no such file. */
static struct ct_time_zone *system_zone(const char *name)
{
    static uint8_t bytes[CT_ZONE_FILE_BYTES_MAX];
    char path[256];
    snprintf(path, sizeof path, "%s/%s", ZONES_FOLDER, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    const size_t len = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    struct ct_time_zone *zone = NULL;
    struct ct_error err = {0};
    if (ct_time_zone_parse(bytes, len, ct_text_of(name), &counting.base, &zone, &err) != CT_OK)
        fail_msg("%s: %s", name, err.text);
    return zone;
}

static struct ct_time_zone *zone_of(const struct tzif *file)
{
    struct ct_time_zone *zone = NULL;
    struct ct_error err = {0};
    if (ct_time_zone_parse(file->bytes, file->len, ct_text_of("Test/Zone"), &counting.base, &zone,
                           &err) != CT_OK)
        fail_msg("%s", err.text);
    return zone;
}

static struct ct_time_zone *zone_of_rule(const char *rule)
{
    const struct tzif file = tzif_of('3', 0, NULL, 0, rule);
    return zone_of(&file);
}

static ct_status status_of(const void *bytes, size_t len)
{
    struct ct_time_zone *zone = NULL;
    const ct_status status =
        ct_time_zone_parse(bytes, len, ct_text_of("x"), &counting.base, &zone, NULL);
    assert_true(status == CT_OK || zone == NULL);
    ct_time_zone_destroy(zone);
    return status;
}

static void agrees_with_python_on_every_zone(void **state)
{
    (void)state;
    struct ct_time_zone *zone = system_zone("Europe/Berlin");
    if (!zone) {
        print_message("no time zones in %s\n", ZONES_FOLDER);
        skip();
    }
    struct vectors v;
    vectors_open_script(&v, __FILE__, "time_zone_vectors.py", ZONES_FOLDER);
    while (vectors_next(&v)) {
        const char *word = take(&v);
        const char *first = take(&v);
        if (strcmp(word, "zone") == 0) {
            ct_time_zone_destroy(zone);
            zone = system_zone(first);
            assert_non_null(zone);
            continue;
        }
        const int64_t given = strtoll(first, NULL, 10);
        const int64_t expected = strtoll(take(&v), NULL, 10);
        if (strcmp(word, "at") == 0 ? ct_time_zone_offset(zone, given) != expected
                                    : ct_time_zone_instant(zone, given) != expected)
            fail_msg("%s: %s", ct_time_zone_name(zone), v.shown);
    }
    assert_int_equal(pclose(v.pipe), 0);
    assert_true(v.line_count > 10000);
    ct_time_zone_destroy(zone);
}

static void changes_are_where_the_offset_changes(void **state)
{
    (void)state;
    struct ct_time_zone *zone = system_zone("America/New_York");
    if (!zone)
        skip();
    uint32_t count = 0;
    int64_t at_s = CT_TIME_S_MIN;
    for (int64_t next_s; (next_s = ct_time_zone_next_change(zone, at_s)) < CT_TIME_S_MAX;) {
        assert_true(next_s > at_s);
        assert_int_equal(ct_time_zone_offset(zone, next_s - 1), ct_time_zone_offset(zone, at_s));
        assert_int_not_equal(ct_time_zone_offset(zone, next_s - 1),
                             ct_time_zone_offset(zone, next_s));
        at_s = next_s;
        count++;
    }
    assert_true(count > 600); /* two a year until 2262 */
    ct_time_zone_destroy(zone);
}

static int64_t seconds(const char *text)
{
    int64_t time_ns;
    assert_int_equal(ct_time_parse(ct_text_of(text), &time_ns), CT_OK);
    return time_ns / CT_SECOND_NS;
}

static void a_time_that_is_left_out_or_comes_twice_has_one_instant(void **state)
{
    (void)state;
    struct ct_time_zone *zone = zone_of_rule("CET-1CEST,M3.5.0,M10.5.0/3");
    assert_int_equal(ct_time_zone_instant(zone, seconds("2026-03-29T02:30:00Z")),
                     seconds("2026-03-29T01:00:00Z"));
    assert_int_equal(ct_time_zone_instant(zone, seconds("2026-10-25T02:30:00Z")),
                     seconds("2026-10-25T00:30:00Z"));
    assert_int_equal(ct_time_zone_instant(zone, seconds("2026-10-25T03:00:00Z")),
                     seconds("2026-10-25T02:00:00Z"));
    ct_time_zone_destroy(zone);
}

/* By the rules' own words: what is expected was worked out by hand. */
static void rules_are_read_as_posix_has_them(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *at;
        int32_t offset_s;
    } cases[] = {
        {"UTC0", "2026-07-01T00:00:00Z", 0},
        {"<+0545>-5:45", "2026-07-01T00:00:00Z", 20700},
        {"<-0330>3:30:15", "2026-07-01T00:00:00Z", -12615},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z", -18000},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -14400},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-11-01T05:59:59Z", -14400},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z", -18000},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00Z", 39600},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01T00:00:00Z", 0},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z", 3600},
        {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-12-01T00:00:00Z", 39600},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200},
        {"AAA0BBB,J60/0,J61/0", "2024-02-29T12:00:00Z", 0}, /* J60 is 1 March in leap years too */
        {"AAA0BBB,J60/0,J61/0", "2024-03-01T12:00:00Z", 3600},
        {"AAA0BBB,59/0,60/0", "2024-02-29T12:00:00Z", 3600},
        {"AAA0BBB,59/0,60/0", "2025-03-01T12:00:00Z", 3600},
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        struct ct_time_zone *zone = zone_of_rule(cases[i].rule);
        if (ct_time_zone_offset(zone, seconds(cases[i].at)) != cases[i].offset_s)
            fail_msg("%s at %s", cases[i].rule, cases[i].at);
        ct_time_zone_destroy(zone);
    }
}

static void daylight_time_all_year_never_changes(void **state)
{
    (void)state;
    struct ct_time_zone *zone = zone_of_rule("XXX3EDT4,0/0,J365/23");
    for (int64_t day = -40000; day < 40000; day += 7)
        assert_int_equal(ct_time_zone_offset(zone, day * 86400 + day), -14400);
    assert_true(ct_time_zone_next_change(zone, 0) == INT64_MAX);
    ct_time_zone_destroy(zone);
}

static void what_is_no_rule_is_refused(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "A5",
        "AB5",
        "<AB5",
        "EST",
        "EST5EDT",
        "EST5EDT,M3.2.0",
        "EST5EDT,M3.2.0,M11.1.0,",
        "EST25",
        "EST5:60",
        "EST5EDT,M13.1.0,M1.1.0",
        "EST5EDT,M0.1.0,M1.1.0",
        "EST5EDT,M3.6.0,M1.1.0",
        "EST5EDT,M3.1.7,M1.1.0",
        "EST5EDT,J0,J1",
        "EST5EDT,J366,J1",
        "EST5EDT,366,1",
        "EST5EDT,M3.2.0/168,M11.1.0",
        "EST5EDT,M3.2.0/,M11.1.0",
        "EST5x",
        "EST99999999999999999999",
        "<+05>-5 ",
        "EST--5",
    };
    for (size_t i = 0; i < CT_COUNT_OF(rules); i++) {
        struct ct_zone_rule rule;
        if (ct_zone_rule_parse(ct_text_of(rules[i]), &rule, NULL) != CT_PARSE)
            fail_msg("%s", rules[i]);
        const struct tzif file = tzif_of('2', 0, NULL, 0, rules[i]);
        assert_int_equal(status_of(file.bytes, file.len), CT_CORRUPT);
    }
}

static const struct tzif_change two_changes[] = {{-1000000, 3600}, {2000000, 7200}};

static void every_version_is_read(void **state)
{
    (void)state;
    for (const char *version = "\0"
                               "234",
                    *end = version + 4;
         version < end; version++) {
        const struct tzif file = tzif_of(*version, -600, two_changes, 2, "");
        struct ct_time_zone *zone = zone_of(&file);
        assert_int_equal(ct_time_zone_offset(zone, -1000001), -600);
        assert_int_equal(ct_time_zone_offset(zone, -1000000), 3600);
        assert_int_equal(ct_time_zone_offset(zone, 1999999), 3600);
        assert_int_equal(ct_time_zone_offset(zone, 4000000000), 7200);
        assert_true(ct_time_zone_next_change(zone, 2000000) == INT64_MAX);
        ct_time_zone_destroy(zone);
    }
    const struct tzif unknown = tzif_of('5', 0, two_changes, 2, "");
    assert_int_equal(status_of(unknown.bytes, unknown.len), CT_FORMAT);
}

static void the_rule_begins_with_the_last_transition(void **state)
{
    (void)state;
    const struct tzif file = tzif_of('2', -600, two_changes, 2, "ABC-5");
    struct ct_time_zone *zone = zone_of(&file);
    assert_int_equal(ct_time_zone_offset(zone, 1999999), 3600);
    assert_int_equal(ct_time_zone_offset(zone, 2000000), 18000);
    assert_int_equal(ct_time_zone_next_change(zone, 0), 2000000);
    assert_true(ct_time_zone_next_change(zone, 2000000) == INT64_MAX);
    ct_time_zone_destroy(zone);
    /* What the rule says counts, not the kind of time that the transition names. */
    const struct tzif same = tzif_of('2', -600, two_changes, 2, "ABC-1");
    zone = zone_of(&same);
    assert_int_equal(ct_time_zone_offset(zone, 2000000), 3600);
    assert_true(ct_time_zone_next_change(zone, 0) == INT64_MAX);
    ct_time_zone_destroy(zone);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    const struct tzif whole = tzif_of('2', -600, two_changes, 2, "ABC-5");
    for (size_t len = 0; len < whole.len; len++) {
        const ct_status status = status_of(whole.bytes, len);
        assert_true(status == CT_CORRUPT || status == CT_FORMAT);
    }
    const struct tzif_change unordered[] = {{10, 60}, {10, 120}};
    struct tzif file = tzif_of('2', 0, unordered, 2, "");
    assert_int_equal(status_of(file.bytes, file.len), CT_CORRUPT);
    const struct tzif_change far[] = {{10, CT_ZONE_OFFSET_MAX + 1}};
    file = tzif_of('2', 0, far, 1, "");
    assert_int_equal(status_of(file.bytes, file.len), CT_CORRUPT);
    file = tzif_of(0, 0, two_changes, 2, "");
    file.bytes[44 + 8] = 3; /* the first transition's type: there are three, 0 to 2 */
    assert_int_equal(status_of(file.bytes, file.len), CT_CORRUPT);
    file = tzif_of(0, 0, two_changes, 2, "");
    file.bytes[31] = 1; /* leap seconds */
    assert_int_equal(status_of(file.bytes, file.len), CT_FORMAT);
    file.bytes[31] = 0;
    file.bytes[32] = 1; /* 16 million transitions */
    assert_int_equal(status_of(file.bytes, file.len), CT_CORRUPT);
}

static void memory_that_runs_out_is_reported(void **state)
{
    (void)state;
    struct ct_allocator_counting none;
    ct_allocator_counting_init(&none, ct_allocator_system(), 1);
    const struct tzif file = tzif_of('2', 0, two_changes, 2, "");
    struct ct_time_zone *zone = NULL;
    assert_int_equal(
        ct_time_zone_parse(file.bytes, file.len, ct_text_of("x"), &none.base, &zone, NULL),
        CT_NO_MEMORY);
}

static void names_are_never_paths(void **state)
{
    (void)state;
    static const char *const good[] = {
        "UTC",    "Europe/Berlin", "Etc/GMT+5", "Etc/GMT-14", "America/Argentina/Buenos_Aires",
        "EST5EDT"};
    static const char *const bad[] = {
        "",
        "/etc/passwd",
        "../x",
        "Europe/../x",
        "Europe//Berlin",
        "Europe/",
        "a b",
        "a\\b",
        "a.b",
        "Europe/Berl\xc3\xadn",
        "a234567890123456789012345678901234567890123456789012345678901234x"};
    for (size_t i = 0; i < CT_COUNT_OF(good); i++)
        assert_true(ct_time_zone_name_is_valid(ct_text_of(good[i])));
    for (size_t i = 0; i < CT_COUNT_OF(bad); i++)
        assert_false(ct_time_zone_name_is_valid(ct_text_of(bad[i])));
    assert_false(ct_time_zone_name_is_valid((struct ct_text){"a\0b", 3}));
}

static void no_zone_is_utc(void **state)
{
    (void)state;
    assert_string_equal(ct_time_zone_name(NULL), "UTC");
    assert_int_equal(ct_time_zone_offset(NULL, 1780272000), 0);
    assert_int_equal(ct_time_zone_instant(NULL, 1780272000), 1780272000);
    assert_true(ct_time_zone_next_change(NULL, 0) == INT64_MAX);
    ct_time_zone_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_python_on_every_zone),
        cmocka_unit_test(changes_are_where_the_offset_changes),
        cmocka_unit_test(a_time_that_is_left_out_or_comes_twice_has_one_instant),
        cmocka_unit_test(rules_are_read_as_posix_has_them),
        cmocka_unit_test(daylight_time_all_year_never_changes),
        cmocka_unit_test(what_is_no_rule_is_refused),
        cmocka_unit_test(every_version_is_read),
        cmocka_unit_test(the_rule_begins_with_the_last_transition),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(memory_that_runs_out_is_reported),
        cmocka_unit_test(names_are_never_paths),
        cmocka_unit_test(no_zone_is_utc),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
