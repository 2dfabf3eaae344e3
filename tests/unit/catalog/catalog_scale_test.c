/* A catalog of a million series: prints memory and times; checks the memory only, and not under a
 * sanitizer, which has its own needs. */
#include "intake_fixture.h"

#include <time.h>

#ifdef CT_SANITIZED
#define SERIES 20000
#else
#define SERIES 1000000
#endif
#define TAGS 8

/* Like a bill's: many resources, few of everything else. */
struct resource {
    char rooms[TAGS][TEXT_ROOM];
    struct ct_tag tags[TAGS];
};

static void resource_of(uint32_t number, struct resource *out)
{
    static const char *const keys[TAGS] = {"account", "cluster",     "currency", "provider",
                                           "region",  "resource_id", "service",  "team"};
    static const uint32_t spread[TAGS] = {500, 200, 3, 4, 25, UINT32_MAX, 120, 60};
    for (unsigned i = 0; i < TAGS; i++)
        out->tags[i] = (struct ct_tag){
            ct_text_of(keys[i]),
            numbered(out->rooms[i], spread[i] == UINT32_MAX ? "i-0123456789abc" : "value-",
                     number % spread[i])};
}

/* Of this thread's processor time: others may be busy too. */
static int64_t now_ns(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return now.tv_sec * 1000000000 + now.tv_nsec;
}

static double seconds_since(int64_t start_ns)
{
    return (double)(now_ns() - start_ns) * 1e-9;
}

static void report(const char *what, int64_t start_ns, double count)
{
    print_message("%-34s %8.0f ns each\n", what, seconds_since(start_ns) * 1e9 / count);
}

static void define_all(struct ct_catalog *catalog)
{
    struct resource resource;
    uint32_t number;
    assert_int_equal(ct_catalog_define_database(catalog, ct_text_of("d"), &number, NULL), CT_OK);
    assert_int_equal(ct_catalog_define_table(catalog, 0, ct_text_of("cost"), NULL, &number, NULL),
                     CT_OK);
    const int64_t start_ns = now_ns();
    for (uint32_t i = 0; i < SERIES; i++) {
        resource_of(i, &resource);
        assert_int_equal(ct_catalog_define_series(catalog, 0, resource.tags, TAGS, &number, NULL),
                         CT_OK);
        if (i % 1000 == 999) /* as a store does */
            ct_catalog_journal_trim(catalog, ct_catalog_journal_end(catalog));
    }
    report("define a series of 8 tags", start_ns, SERIES);
}

static void find_all(struct ct_catalog *catalog)
{
    struct resource resource;
    const int64_t start_ns = now_ns();
    for (uint32_t i = 0; i < SERIES; i++) {
        const uint32_t number = (uint32_t)((uint64_t)i * 7919 % SERIES);
        resource_of(number, &resource);
        assert_int_equal(ct_catalog_find_series(catalog, 0, resource.tags, TAGS), number);
    }
    report("find it (with making its texts)", start_ns, SERIES);
}

static void a_million_series_fit_in_150_megabytes(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    define_all(catalog);
    const double megabytes = (double)ct_catalog_memory_bytes(catalog) * 1e-6;
    print_message("%d series of %d tags: %.1f MB, %.1f bytes each\n", SERIES, TAGS, megabytes,
                  megabytes * 1e6 / SERIES);
#ifndef CT_SANITIZED
    assert_true(megabytes < 150);
#endif
    find_all(catalog);
    int64_t start_ns = now_ns();
    struct stream dump = dump_of(catalog);
    report("dump a series", start_ns, SERIES);
    print_message("dumped: %.1f bytes a series\n", (double)dump.len / SERIES);
    struct ct_catalog *again = catalog_of(CT_SERIES_MAX);
    start_ns = now_ns();
    assert_int_equal(ct_catalog_apply(again, dump.bytes, dump.len, NULL), CT_OK);
    report("apply a series", start_ns, SERIES);
    assert_int_equal(ct_catalog_series_count(again, 0), SERIES);
    stream_release(&dump);
    ct_catalog_destroy(again);
    ct_catalog_destroy(catalog);
}

#define BATCH   10000
#define BATCHES (SERIES / BATCH)

/* As a parser calls it once all is warm. */
static void rows_cost_a_few_nanoseconds(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    struct ct_intake *intake = intake_of(catalog);
    const uint32_t table = table_of(intake, "cost");
    const uint32_t series = series_of(intake, table, "service", "ec2");
    char raw[TEXT_ROOM];
    numbered(raw, "cost,service=ec", 2);
    add_alias(intake, raw, table, series);
    struct ct_row_value values[2] = {{.scale = 4, .narrow = 12345}, {.scale = 2, .narrow = 5}};
    unsigned wrong = 0;
    double row_s = 0;
    double alias_s = 0;
    for (unsigned batch = 0; batch < BATCHES; batch++) {
        values[0].column = column_of(intake, table, "cost_usd", CT_DECIMAL);
        values[1].column = column_of(intake, table, "usage_quantity", CT_DECIMAL);
        int64_t start_ns = now_ns();
        for (uint32_t i = 0; i < BATCH; i++)
            assert_true(ct_intake_row(intake, table, batch ? 0 : series, i, values, 2, NULL) ==
                        CT_OK);
        row_s += seconds_since(start_ns);
        resolve(intake);
        ct_intake_reset(intake);
        start_ns = now_ns();
        for (uint32_t i = 0; i < BATCH; i++)
            wrong += alias_of(intake, raw)->series != 0;
        alias_s += seconds_since(start_ns);
    }
    assert_int_equal(wrong, 0);
    print_message("a row of 2 decimals %.1f ns, its alias %.1f ns\n",
                  row_s * 1e9 / (BATCH * BATCHES), alias_s * 1e9 / (BATCH * BATCHES));
    ct_intake_destroy(intake);
    ct_catalog_destroy(catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_series_fit_in_150_megabytes),
        cmocka_unit_test(rows_cost_a_few_nanoseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
