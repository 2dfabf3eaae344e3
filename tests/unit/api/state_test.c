/* What centime_state_of tells an operator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "centime.h"

static centime_store *open_with(uint32_t durability)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_options options = CENTIME_OPTIONS_INIT;
    centime_store *store = NULL;
    options.in_memory = 1;
    options.no_thread = 1;
    options.durability = durability;
    if (centime_open("memory", &options, &store, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    return store;
}

static centime_state state_of(centime_store *store)
{
    centime_state state = {.struct_size = sizeof state};
    assert_int_equal(centime_state_of(store, &state), CENTIME_OK);
    return state;
}

static void write_text(centime_store *store, const char *text)
{
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_write(store, NULL, text, strlen(text), NULL, NULL, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
}

static void a_sync_is_counted_where_one_was_waited_for(void **state)
{
    (void)state;
    centime_store *store = open_with(CENTIME_SYNC);
    const uint64_t before = state_of(store).log_syncs;
    write_text(store, "m v=1 1\nm v=2 2\n");
    write_text(store, "m v=3 3\n");
    assert_int_equal(state_of(store).log_syncs - before, 2);
    assert_true(state_of(store).log_sync_ns > 0);
    assert_int_equal(centime_sync(store, NULL), CENTIME_OK); /* nothing is left to sync */
    assert_int_equal(state_of(store).log_syncs - before, 2);
    assert_int_equal(centime_close(store, NULL), CENTIME_OK);
}

static void what_nobody_waited_for_is_counted_when_it_is_synced(void **state)
{
    (void)state;
    centime_store *store = open_with(CENTIME_NONE);
    const uint64_t before = state_of(store).log_syncs;
    write_text(store, "m v=1 1\n");
    write_text(store, "m v=2 2\n");
    assert_int_equal(state_of(store).log_syncs, before);
    assert_int_equal(centime_sync(store, NULL), CENTIME_OK);
    assert_int_equal(state_of(store).log_syncs - before, 1);
    assert_int_equal(centime_close(store, NULL), CENTIME_OK);
}

static void tables_and_series_are_counted(void **state)
{
    (void)state;
    centime_store *store = open_with(CENTIME_SYNC);
    const uint64_t tables = state_of(store).table_count;
    write_text(store, "m,h=a v=1 1\nm,h=b v=1 1\nm,h=a v=2 2\nn v=1 1\n");
    assert_int_equal(state_of(store).table_count - tables, 2);
    assert_int_equal(state_of(store).series_count, 3);
    assert_int_equal(centime_close(store, NULL), CENTIME_OK);
}

/* A set that is declared later is built beside the segments, in a file that covers them. */
static void rollup_files_are_counted_with_what_they_cover(void **state)
{
    (void)state;
    static char lines[10000 * 48];
    centime_error err = CENTIME_ERROR_INIT;
    centime_store *store = open_with(CENTIME_SYNC);
    size_t len = 0;
    for (int i = 0; i < 10000; i++)
        len += (size_t)snprintf(lines + len, sizeof lines - len, "m,host=h%d v=%d %d000000\n",
                                i % 4, i, i);
    write_text(store, lines);
    assert_int_equal(centime_seal(store, &err), CENTIME_OK);
    assert_int_equal(state_of(store).rollup_files, 0);
    const char *const tags[] = {"host"}, *const quantiles[] = {"v"};
    centime_rollup rollup = {.struct_size = sizeof rollup,
                             .table = "m",
                             .tags = tags,
                             .tag_count = 1,
                             .quantiles = quantiles,
                             .quantile_count = 1};
    assert_int_equal(centime_rollup_declare(store, NULL, &rollup, &err), CENTIME_OK);
    for (int did_work = 1; did_work;)
        assert_int_equal(centime_step(store, &did_work, &err), CENTIME_OK);
    const centime_state now = state_of(store);
    assert_int_equal(now.rollup_files, 1);
    assert_int_equal(now.covered_segments, now.segment_count);
    assert_true(now.rollup_bytes > 0);
    assert_int_equal(centime_close(store, NULL), CENTIME_OK);
}

/* Who was built against an older header gets what that one had. */
static void an_older_struct_is_filled_as_far_as_it_goes(void **state)
{
    (void)state;
    centime_store *store = open_with(CENTIME_SYNC);
    centime_state older = {.struct_size = offsetof(centime_state, rollup_files), .log_sync_ns = 77};
    write_text(store, "m v=1 1\n");
    assert_int_equal(centime_state_of(store, &older), CENTIME_OK);
    assert_int_equal(older.live_rows, 1);
    assert_int_equal(older.log_sync_ns, 77);
    assert_int_equal(centime_close(store, NULL), CENTIME_OK);
}

/* Enough rows for it to be worth a file. */
static void write_many(centime_store *store, int from, int count)
{
    static char text[1 << 20];
    size_t len = 0;
    for (int i = from; i < from + count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "m v=1 %d\n", i);
    write_text(store, text);
}

static void rows_that_are_left_alone_go_into_a_file(void **state)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_options options = CENTIME_OPTIONS_INIT;
    centime_store *store = NULL;
    (void)state;
    options.in_memory = 1;
    assert_int_equal(centime_open("memory", &options, &store, &err), CENTIME_OK);
    write_many(store, 0, 40000);
    assert_int_equal(state_of(store).live_rows, 40000);
    const struct timespec moment = {.tv_nsec = 50000000};
    for (int i = 0; i < 1200 && state_of(store).live_rows > 0; i++)
        nanosleep(&moment, NULL);
    assert_int_equal(state_of(store).live_rows, 0);
    assert_int_equal(state_of(store).segment_rows, 40000);
    write_many(store, 40000, 10); /* few are left where they are */
    assert_int_equal(state_of(store).live_rows, 10);
    assert_int_equal(centime_close(store, &err), CENTIME_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sync_is_counted_where_one_was_waited_for),
        cmocka_unit_test(what_nobody_waited_for_is_counted_when_it_is_synced),
        cmocka_unit_test(tables_and_series_are_counted),
        cmocka_unit_test(rollup_files_are_counted_with_what_they_cover),
        cmocka_unit_test(an_older_struct_is_filled_as_far_as_it_goes),
        cmocka_unit_test(rows_that_are_left_alone_go_into_a_file),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
