/* Grouping sets through the public face: a declared set with sketches is built from rows that are
 * there, and quantiles and distinct counts then come from cells: within their stated errors of the
 * true values, the same whichever way they came, and the same after new rows in new files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "centime.h"

#define START_NS INT64_C(1780272000000000000) /* 2026-06-01T00:00:00Z */
#define STEP_NS  INT64_C(60000000000)
#define STEPS    2000
#define HOSTS    4
#define USERS    500

static centime_store *store;

static int setup(void **state)
{
    (void)state;
    centime_error err = CENTIME_ERROR_INIT;
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    options.no_thread = 1;
    return centime_open("memory", &options, &store, &err) == CENTIME_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return centime_close(store, NULL) == CENTIME_OK ? 0 : -1;
}

/* Latencies 1, 2, ... in a scrambled order; every user number below USERS is met. */
static void write_steps(int first, int end)
{
    static char lines[STEPS * HOSTS * 96];
    size_t len = 0;
    for (int step = first; step < end; step++)
        for (int host = 0; host < HOSTS; host++)
            len +=
                (size_t)snprintf(lines + len, sizeof lines - len,
                                 "request,host=h%d,zone=z%d latency=%d,user=\"u%d\" %lld\n", host,
                                 host / 2, 1 + step * 7919 % STEPS, (step * HOSTS + host) % USERS,
                                 (long long)(START_NS + step * STEP_NS));
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_write(store, NULL, lines, len, NULL, NULL, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
}

static void work_off(void)
{
    centime_error err = CENTIME_ERROR_INIT;
    for (int did_work = 1; did_work;)
        assert_int_equal(centime_step(store, &did_work, &err), CENTIME_OK);
}

struct answer {
    double quantile;
    uint64_t distinct, rows_scanned;
};

static struct answer ask(double quantile, uint8_t ignores_rollups)
{
    const centime_aggregate aggregates[] = {{CENTIME_APPROXIMATE_QUANTILE, 0, "latency", NULL},
                                            {CENTIME_APPROXIMATE_DISTINCT, 0, "user", NULL}};
    const centime_aggregate_options options[] = {
        {.struct_size = sizeof options[0], .quantile = quantile},
        {.struct_size = sizeof options[0]}};
    centime_query query = CENTIME_QUERY_INIT;
    query.table = "request";
    query.aggregates = aggregates;
    query.aggregate_count = 2;
    query.aggregate_options = options;
    query.ignores_rollups = ignores_rollups;
    centime_result *result;
    centime_error err = CENTIME_ERROR_INIT;
    centime_result_stats stats = {.struct_size = sizeof stats};
    if (centime_run(store, &query, &result, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    assert_int_equal(centime_result_stats_of(result, &stats), CENTIME_OK);
    const struct answer answer = {centime_result_double(result, 0, 0),
                                  (uint64_t)centime_result_int64(result, 1, 0), stats.rows_scanned};
    centime_result_destroy(result);
    return answer;
}

static void assert_near(const struct answer *answer, double quantile)
{
    const double expected = ceil(quantile * STEPS);
    assert_true(fabs(answer->quantile - expected) <= 0.01 * expected);
    assert_true(fabs((double)answer->distinct - USERS) <= 0.08 * USERS);
}

static void declare_sketches(void)
{
    const char *const tags[] = {"zone"};
    const char *const quantiles[] = {"latency"};
    const char *const distinct[] = {"user"};
    const centime_rollup rollup = {.struct_size = sizeof rollup,
                                   .table = "request",
                                   .tags = tags,
                                   .tag_count = 1,
                                   .quantiles = quantiles,
                                   .quantile_count = 1,
                                   .distinct = distinct,
                                   .distinct_count = 1};
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_rollup_declare(store, NULL, &rollup, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
}

static void sketches_of_a_declared_set_answer_in_place_of_rows(void **state)
{
    (void)state;
    centime_error err = CENTIME_ERROR_INIT;
    write_steps(0, STEPS / 2);
    assert_int_equal(centime_seal(store, &err), CENTIME_OK);
    declare_sketches();
    work_off();
    write_steps(STEPS / 2, STEPS);
    assert_int_equal(centime_seal(store, &err), CENTIME_OK);
    work_off();
    for (int percent = 1; percent < 100; percent += 7) {
        const struct answer cells = ask(percent / 100.0, 0);
        const struct answer rows = ask(percent / 100.0, 1);
        assert_int_equal(cells.rows_scanned, 0);
        assert_int_equal(rows.rows_scanned, STEPS * HOSTS);
        assert_true(cells.quantile == rows.quantile);
        assert_int_equal(cells.distinct, rows.distinct);
        assert_near(&cells, percent / 100.0);
    }
}

static int find_set(const centime_result *sets, const char *tags)
{
    for (uint64_t row = 0; row < centime_result_rows(sets); row++)
        if (strcmp(centime_result_text(sets, 0, row).bytes, tags) == 0)
            return (int)row;
    return -1;
}

static void sets_are_listed_with_their_origin_and_dropped(void **state)
{
    (void)state;
    const char *const tags[] = {"zone"};
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *sets;
    write_steps(0, 10);
    declare_sketches();
    assert_int_equal(centime_rollups(store, NULL, "request", &sets, &err), CENTIME_OK);
    const int row = find_set(sets, "zone");
    assert_true(row >= 0);
    assert_string_equal(centime_result_text(sets, 2, (uint64_t)row).bytes, "declared");
    assert_string_equal(centime_result_text(sets, 3, (uint64_t)row).bytes, "latency");
    assert_string_equal(centime_result_text(sets, 4, (uint64_t)row).bytes, "user");
    centime_result_destroy(sets);
    assert_int_equal(centime_rollup_drop(store, NULL, "request", tags, 1, &err), CENTIME_OK);
    assert_int_equal(centime_rollups(store, NULL, "request", &sets, &err), CENTIME_OK);
    assert_int_equal(find_set(sets, "zone"), -1);
    centime_result_destroy(sets);
    assert_int_equal(centime_rollups(store, NULL, "nothing", &sets, &err), CENTIME_NOT_FOUND);
}

static void sets_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const char *const twice[] = {"zone", "zone"};
    const char *const many[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    centime_rollup rollup = {.struct_size = sizeof rollup, .table = "request"};
    centime_error err = CENTIME_ERROR_INIT;
    rollup.tags = twice;
    rollup.tag_count = 2;
    assert_int_equal(centime_rollup_declare(store, NULL, &rollup, &err), CENTIME_INVALID);
    rollup.tags = many;
    rollup.tag_count = 8;
    assert_int_equal(centime_rollup_declare(store, NULL, &rollup, &err), CENTIME_LIMIT);
    assert_int_equal(centime_rollup_declare(store, NULL, NULL, &err), CENTIME_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sketches_of_a_declared_set_answer_in_place_of_rows, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(sets_are_listed_with_their_origin_and_dropped, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(sets_that_make_no_sense_are_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
