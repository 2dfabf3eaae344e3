/* Requests that count once: through repeats, conflicts, seals, merges, reopening, power cuts and
 * time. A request's row stands at a time of its own each time it is sent, so that one that counts
 * twice is seen as two rows. Seed of a failing history: printed; give it as argument to replay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "request_keys.h"
#include "scan.h"
#include "sim_io.h"
#include "sim_random.h"

#ifdef CT_SANITIZED
#define HISTORIES 150
#else
#define HISTORIES 1500
#endif
#define LIVES  6
#define KEYS   12
#define PATH   "/store"
#define DAY_NS (INT64_C(86400) * 1000000000)

static int64_t now_ns;

static int64_t test_now(void *context)
{
    (void)context;
    return now_ns;
}

static const struct ct_clock test_clock = {.now_ns = test_now, .monotonic_ns = test_now};

struct world {
    struct ct_env env;
    struct sim_io *sim;
    struct sim_random random;
    struct ct_store *store;
    int64_t next_time_ns;
    bool is_done[KEYS]; /* acknowledged */
    bool is_lazy;       /* what was acknowledged may be lost, key and row together */
};

static ct_status open_store(struct world *world)
{
    const struct ct_store_options options = {.memory_bytes = 256 << 10,
                                             .durability = world->is_lazy ? CT_DURABILITY_NONE
                                                                          : CT_DURABILITY_SYNC,
                                             .seed = sim_random_next(&world->random)};
    return ct_store_open(&world->env, PATH, &options, &world->store, NULL);
}

/* One row, whatever the content is said to be. */
static ct_status send_to(struct world *world, const char *database, const char *key,
                         uint64_t content, struct ct_commit_result *result)
{
    struct ct_intake *intake;
    uint32_t table, series;
    struct ct_row_value value = {.int64 = 1};
    CT_TRY(ct_intake_create(ct_store_catalog(world->store), world->env.allocator,
                            ct_text_of(database), &intake, NULL));
    assert_int_equal(ct_intake_table(intake, ct_text_of("load"), &table, NULL), CT_OK);
    assert_int_equal(ct_intake_series(intake, table, NULL, 0, &series, NULL), CT_OK);
    assert_int_equal(
        ct_intake_column(intake, table, ct_text_of("n"), CT_INT64, &value.column, NULL), CT_OK);
    assert_int_equal(ct_intake_row(intake, table, series, world->next_time_ns++, &value, 1, NULL),
                     CT_OK);
    const struct ct_request_key request = {.key = ct_text_of(key), .content = {content, ~content}};
    const ct_status status = ct_store_commit_once(world->store, intake, &request, result, NULL);
    ct_intake_destroy(intake);
    return status;
}

static ct_status send_key(struct world *world, const char *key, uint64_t content,
                          struct ct_commit_result *result)
{
    return send_to(world, "default", key, content, result);
}

static uint64_t count_rows(struct world *world)
{
    struct ct_catalog *catalog = ct_store_catalog(world->store);
    struct ct_snapshot *snapshot;
    uint64_t rows = 0;
    assert_int_equal(ct_snapshot_take(world->store, &snapshot, NULL), CT_OK);
    for (uint32_t table = 0; table < ct_catalog_table_count(catalog); table++) {
        struct ct_scan *scan;
        assert_int_equal(ct_scan_open(snapshot, table, INT64_MIN, INT64_MAX, &scan, NULL), CT_OK);
        for (uint32_t i = 0; i < ct_scan_source_count(scan); i++) {
            struct ct_source_info info;
            ct_source_describe(ct_scan_source(scan, i), &info);
            rows += info.row_bound; /* no two rows are alike */
        }
        ct_scan_close(scan);
    }
    ct_snapshot_release(snapshot);
    return rows;
}

static int set_up(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    now_ns = 1000 * DAY_NS;
    world.random = sim_random_of(1);
    world.sim = sim_io_create(ct_allocator_system(), 1);
    world.env = (struct ct_env){
        .allocator = ct_allocator_system(), .io = sim_io_door(world.sim), .clock = &test_clock};
    assert_int_equal(open_store(&world), CT_OK);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    assert_int_equal(ct_store_close(world->store, NULL), CT_OK);
    sim_io_destroy(world->sim);
    return 0;
}

static void reopen(struct world *world)
{
    assert_int_equal(ct_store_close(world->store, NULL), CT_OK);
    assert_int_equal(open_store(world), CT_OK);
}

static void assert_repeat(struct world *world, const char *key, uint64_t commit)
{
    struct ct_commit_result result;
    assert_int_equal(send_key(world, key, 1, &result), CT_OK);
    assert_true(result.is_repeat);
    assert_int_equal(result.commit, commit);
    assert_int_equal(result.row_count, 1);
}

static void a_repeat_gets_the_first_answer(void **state)
{
    struct world *world = *state;
    struct ct_commit_result result;
    assert_int_equal(send_key(world, "a", 1, &result), CT_OK);
    assert_false(result.is_repeat);
    assert_repeat(world, "a", result.commit);
    assert_int_equal(send_key(world, "b", 1, &result), CT_OK);
    assert_false(result.is_repeat);
    assert_int_equal(count_rows(world), 2);
}

static void other_content_with_the_same_key_is_refused(void **state)
{
    struct world *world = *state;
    struct ct_commit_result result;
    assert_int_equal(send_key(world, "a", 1, &result), CT_OK);
    assert_int_equal(send_key(world, "a", 2, &result), CT_INVALID);
    assert_int_equal(count_rows(world), 1);
}

static void databases_have_keys_of_their_own(void **state)
{
    struct world *world = *state;
    struct ct_commit_result result;
    assert_int_equal(send_to(world, "default", "a", 1, &result), CT_OK);
    assert_int_equal(send_to(world, "other", "a", 1, &result), CT_OK);
    assert_false(result.is_repeat);
    const uint64_t commit = result.commit;
    for (int i = 0; i < 3; i++) { /* from memory, log and registry */
        assert_int_equal(send_to(world, "other", "a", 1, &result), CT_OK);
        assert_true(result.is_repeat);
        assert_int_equal(result.commit, commit);
        assert_repeat(world, "a", 1);
        if (i == 1)
            assert_int_equal(ct_store_seal(world->store, NULL), CT_OK);
        reopen(world);
    }
}

static void keys_survive_seals_merges_and_reopening(void **state)
{
    struct world *world = *state;
    struct ct_commit_result result;
    assert_int_equal(send_key(world, "a", 1, &result), CT_OK);
    const uint64_t commit = result.commit;
    reopen(world); /* from the log */
    assert_repeat(world, "a", commit);
    assert_int_equal(ct_store_seal(world->store, NULL), CT_OK);
    assert_repeat(world, "a", commit);
    reopen(world); /* from the registry */
    assert_repeat(world, "a", commit);
    assert_int_equal(send_key(world, "b", 1, &result), CT_OK);
    assert_int_equal(ct_store_compact(world->store, NULL), CT_OK);
    reopen(world);
    assert_repeat(world, "a", commit);
    assert_repeat(world, "b", result.commit);
    assert_int_equal(send_key(world, "a", 2, &result), CT_INVALID);
    assert_int_equal(count_rows(world), 2);
}

static void a_key_is_kept_for_a_day_and_then_forgotten(void **state)
{
    struct world *world = *state;
    struct ct_commit_result result;
    assert_int_equal(send_key(world, "a", 1, &result), CT_OK);
    const uint64_t commit = result.commit;
    assert_int_equal(ct_store_seal(world->store, NULL), CT_OK);
    now_ns += DAY_NS;
    assert_int_equal(send_key(world, "b", 1, &result), CT_OK);
    assert_int_equal(ct_store_seal(world->store, NULL), CT_OK);
    assert_repeat(world, "a", commit);
    now_ns += DAY_NS / 12;
    assert_int_equal(send_key(world, "c", 1, &result), CT_OK);
    assert_int_equal(ct_store_seal(world->store, NULL), CT_OK);
    reopen(world);
    struct ct_registered *records;
    size_t count;
    assert_int_equal(ct_registry_list(ct_store_catalog(world->store), 0, CT_REGISTRY_REQUEST_KEY,
                                      world->env.allocator, &records, &count, NULL),
                     CT_OK);
    ct_registered_release_all(world->env.allocator, records, count);
    assert_int_equal(count, 1);
    assert_int_equal(send_key(world, "a", 2, &result), CT_OK); /* new again */
    assert_false(result.is_repeat);
    reopen(world);
    assert_int_equal(send_key(world, "a", 2, &result), CT_OK);
    assert_true(result.is_repeat);
}

static void a_key_that_failed_is_free(void **state)
{
    struct world *world = *state;
    struct ct_commit_result result;
    char key[CT_REQUEST_KEY_BYTES_MAX + 2];
    memset(key, 'k', sizeof key);
    key[sizeof key - 1] = 0;
    assert_int_equal(send_key(world, key, 1, &result), CT_INVALID);
    assert_int_equal(send_key(world, "", 1, &result), CT_INVALID);
    assert_int_equal(send_key(world, key + 1, 1, &result), CT_OK);
    sim_io_fail_at(world->sim, sim_io_call_count(world->sim) + 1, CT_DISK_FULL, false);
    assert_int_not_equal(send_key(world, "a", 1, &result), CT_OK);
    (void)ct_store_close(world->store, NULL);
    assert_int_equal(open_store(world), CT_OK);
    assert_int_equal(send_key(world, "a", 1, &result), CT_OK);
    assert_int_equal(count_rows(world), 2);
}

static void damaged_heads_are_told(void **state)
{
    struct world *world = *state;
    struct ct_byte_buffer bytes = {.allocator = world->env.allocator};
    const struct ct_request_head head = {.database = 3,
                                         .key = {.key = {"abc", 3}, .content = {1, UINT64_MAX}},
                                         .time_ns = -5,
                                         .row_count = 9};
    struct ct_request_head read;
    struct ct_text rows;
    assert_int_equal(ct_request_head_encode(&head, &bytes, NULL), CT_OK);
    struct ct_text payload = {(const char *)bytes.bytes, bytes.len};
    assert_int_equal(ct_request_head_decode(payload, &read, &rows, NULL), CT_OK);
    assert_true(ct_text_equal(read.key.key, head.key.key));
    assert_int_equal(read.key.content[1], UINT64_MAX);
    assert_int_equal(read.time_ns, -5);
    assert_int_equal(rows.len, 0);
    for (payload.len = 0; payload.len < bytes.len; payload.len++)
        assert_int_equal(ct_request_head_decode(payload, &read, &rows, NULL), CT_CORRUPT);
    ct_byte_buffer_deinit(&bytes);
}

/* -- power cuts ---------------------------------------------------------------------------- */

static ct_status send_number(struct world *world, int key, struct ct_commit_result *result)
{
    char text[16];
    (void)snprintf(text, sizeof text, "k%d", key / 2);
    return send_to(world, key % 2 ? "other" : "default", text, 1, result);
}

static ct_status step(struct world *world)
{
    struct ct_commit_result result;
    bool did_work;
    const int key = (int)sim_random_below(&world->random, KEYS);
    switch (sim_random_below(&world->random, 10)) {
    case 0:
        return ct_store_seal(world->store, NULL);
    case 1:
        return ct_store_step(world->store, &did_work, NULL);
    case 2:
        return ct_store_compact(world->store, NULL);
    default:
        break;
    }
    const ct_status status = send_number(world, key, &result);
    if (status != CT_OK)
        return status;
    assert_true(!world->is_done[key] || result.is_repeat);
    world->is_done[key] = true;
    return CT_OK;
}

/* Every request once more: those that were acknowledged are known, and all are there once. */
static void check(struct world *world)
{
    assert_int_equal(open_store(world), CT_OK);
    if (world->is_lazy)
        memset(world->is_done, 0, sizeof world->is_done);
    for (int key = 0; key < KEYS; key++) {
        struct ct_commit_result result;
        if (!world->is_done[key] && sim_random_chance(&world->random, 2))
            continue; /* what became of it stays open */
        assert_int_equal(send_number(world, key, &result), CT_OK);
        assert_true(!world->is_done[key] || result.is_repeat);
        world->is_done[key] = true;
    }
    assert_in_range(count_rows(world), 0, KEYS);
}

static void run_history(uint64_t seed)
{
    struct world world = {.random = sim_random_of(seed), .is_lazy = seed % 3 == 0};
    now_ns = 1000 * DAY_NS;
    world.sim = sim_io_create(ct_allocator_system(), seed);
    world.env = (struct ct_env){
        .allocator = ct_allocator_system(), .io = sim_io_door(world.sim), .clock = &test_clock};
    assert_int_equal(open_store(&world), CT_OK);
    for (int i = 0; i < LIVES; i++) {
        if (sim_random_chance(&world.random, 2))
            sim_io_fail_at(world.sim,
                           sim_io_call_count(world.sim) + 1 + sim_random_below(&world.random, 40),
                           CT_IO, sim_random_chance(&world.random, 2));
        ct_status status = CT_OK;
        for (uint64_t left = sim_random_below(&world.random, 10); left > 0 && status == CT_OK;
             left--)
            status = step(&world);
        sim_io_power_cut(world.sim, sim_random_next(&world.random));
        (void)ct_store_close(world.store, NULL);
        check(&world);
    }
    uint64_t done = 0;
    for (int key = 0; key < KEYS; key++) {
        struct ct_commit_result result;
        assert_int_equal(send_number(&world, key, &result), CT_OK);
        done++; /* each of them is there, and once */
    }
    assert_int_equal(count_rows(&world), done);
    (void)ct_store_close(world.store, NULL);
    sim_io_destroy(world.sim);
}

static uint64_t only_seed, last_seed;

static int tell_seed(void **state)
{
    (void)state;
    printf("last seed %llu\n", (unsigned long long)last_seed);
    return 0;
}

static void a_request_counts_once_through_power_cuts(void **state)
{
    (void)state;
    const uint64_t first = only_seed ? only_seed : 1;
    const uint64_t end = only_seed ? only_seed + 1 : HISTORIES + 1;
    for (uint64_t seed = first; seed < end; seed++) {
        last_seed = seed;
        run_history(seed);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    only_seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;
    const struct CMUnitTest tests[] = {
        TEST(a_repeat_gets_the_first_answer),
        TEST(other_content_with_the_same_key_is_refused),
        TEST(databases_have_keys_of_their_own),
        TEST(keys_survive_seals_merges_and_reopening),
        TEST(a_key_is_kept_for_a_day_and_then_forgotten),
        TEST(a_key_that_failed_is_free),
        TEST(damaged_heads_are_told),
        cmocka_unit_test_teardown(a_request_counts_once_through_power_cuts, tell_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
