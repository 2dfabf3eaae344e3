/* The keys that are done: what they cost, and that they are found as long as they are there. */
#include "request_key_fixture.h"

#include "hash.h"
#include "sim_random.h"

#ifdef CT_SANITIZED
#define MANY UINT64_C(100000)
#else
#define MANY UINT64_C(1000000)
#endif

static struct ct_request_done done_of(uint64_t number, uint64_t hashes)
{
    return (struct ct_request_done){
        .hash = ct_hash(&number, sizeof number, 7) % hashes,
        .content = ~number,
        .commit = number * 3 + 1,
        .time_seconds = (int64_t)number - 50,
        .row_count = (uint32_t)(number % (1 << 24)) + 1,
        .database = (uint32_t)(number % 100000),
    };
}

static void add(struct ct_request_key_table *table, uint64_t number, uint64_t hashes)
{
    const struct ct_request_done done = done_of(number, hashes);
    assert_true(ct_request_key_table_reserve(table, done.hash));
    ct_request_key_table_add(table, &done);
}

static void assert_same(const struct ct_request_done *done, const struct ct_request_done *wanted)
{
    assert_int_equal(done->hash, wanted->hash);
    assert_int_equal(done->content, wanted->content);
    assert_int_equal(done->commit, wanted->commit);
    assert_int_equal(done->time_seconds, wanted->time_seconds);
    assert_int_equal(done->row_count, wanted->row_count);
    assert_int_equal(done->database, wanted->database);
}

static void extreme_values_are_kept(void **state)
{
    (void)state;
    struct ct_request_key_table table = {.allocator = ct_allocator_system()};
    const struct ct_request_done cases[] = {
        {.commit = 1, .time_seconds = -CT_REQUEST_SECONDS_MAX},
        {.hash = UINT64_MAX,
         .content = UINT64_MAX,
         .commit = CT_COMMITS_MAX,
         .time_seconds = CT_REQUEST_SECONDS_MAX,
         .row_count = CT_BATCH_ROWS_MAX,
         .database = CT_DATABASES_MAX - 1},
    };
    for (uint64_t i = 0; i < CT_COUNT_OF(cases); i++) {
        struct ct_request_done found;
        assert_true(ct_request_key_table_reserve(&table, cases[i].hash));
        ct_request_key_table_add(&table, &cases[i]);
        found = ct_request_key_table_at(&table, i);
        assert_same(&found, &cases[i]);
        assert_true(ct_request_key_table_find(&table, cases[i].database, cases[i].hash, &found));
        assert_same(&found, &cases[i]);
    }
    ct_request_key_table_deinit(&table);
}

static void assert_found(const struct ct_request_key_table *table, uint64_t number, bool is_there)
{
    const struct ct_request_done wanted = done_of(number, UINT64_MAX);
    struct ct_request_done found;
    assert_int_equal(ct_request_key_table_find(table, wanted.database, wanted.hash, &found),
                     is_there);
    if (is_there)
        assert_same(&found, &wanted);
}

static void keys_are_found_from_first_to_last(void **state)
{
    (void)state;
    struct sim_random random = sim_random_of(1);
    struct ct_request_key_table table = {.allocator = ct_allocator_system()};
    uint64_t oldest = 0, next = 0;
    for (int round = 0; round < 200; round++) {
        for (uint64_t left = sim_random_below(&random, 3000); left > 0; left--)
            add(&table, next++, UINT64_MAX);
        for (uint64_t left = sim_random_below(&random, next - oldest + 1); left > 0; left--) {
            ct_request_key_table_drop_oldest(&table);
            oldest++;
        }
        assert_int_equal(ct_request_key_table_count(&table), next - oldest);
        for (uint64_t number = oldest; number < next; number += 1 + (next - oldest) / 100)
            assert_found(&table, number, true);
        assert_found(&table, next, false);
        if (oldest > 0)
            assert_found(&table, oldest - 1, false);
    }
    ct_request_key_table_deinit(&table);
}

/* So few hashes that many keys share one: of the same database the newest counts. */
static void of_the_same_hash_the_newest_counts(void **state)
{
    (void)state;
    struct ct_request_key_table table = {.allocator = ct_allocator_system()};
    struct ct_request_done found;
    for (uint64_t number = 0; number < 1000; number++)
        add(&table, number, 5);
    assert_true(ct_request_key_table_find(&table, 7, done_of(7, 5).hash, &found));
    assert_int_equal(found.commit, done_of(7, 5).commit);
    struct ct_request_done again = done_of(7, 5);
    again.commit = 100000;
    assert_true(ct_request_key_table_reserve(&table, again.hash));
    ct_request_key_table_add(&table, &again);
    for (int left = 1000; left >= 0; left--) {
        assert_true(ct_request_key_table_find(&table, 7, again.hash, &found));
        assert_int_equal(found.commit, again.commit);
        ct_request_key_table_drop_oldest(&table);
    }
    assert_false(ct_request_key_table_find(&table, 7, again.hash, &found));
    ct_request_key_table_deinit(&table);
}

/* Also while others hold room, and while memory is out for anything else. */
static void what_was_reserved_is_there(void **state)
{
    (void)state;
    struct ct_allocator_counting counting;
    ct_allocator_counting_init(&counting, ct_allocator_system(), 0);
    struct ct_request_key_table table = {.allocator = &counting.base};
    for (uint64_t number = 0; number < 5000; number++)
        assert_true(ct_request_key_table_reserve(&table, done_of(number, 3).hash));
    counting.limit_bytes = 1;
    bool is_full = false;
    for (uint64_t number = 5000; number < 20000 && !is_full; number++) {
        is_full = !ct_request_key_table_reserve(&table, done_of(number, 3).hash);
        if (!is_full && number % 2)
            ct_request_key_table_unreserve(&table, done_of(number, 3).hash);
    }
    assert_true(is_full);
    for (uint64_t number = 0; number < 5000; number++) {
        const struct ct_request_done done = done_of(number, 3);
        ct_request_key_table_add(&table, &done);
    }
    for (uint64_t number = 0; number < 5000; number++)
        ct_request_key_table_drop_oldest(&table); /* shrinks nothing: there is no memory for it */
    ct_request_key_table_deinit(&table);
    assert_int_equal(counting.live_bytes, 0);
}

static void a_key_costs_little_and_gives_it_back(void **state)
{
    (void)state;
    struct ct_allocator_counting counting;
    ct_allocator_counting_init(&counting, ct_allocator_system(), 0);
    struct ct_request_key_table table = {.allocator = &counting.base};
    for (uint64_t number = 0; number < MANY; number++)
        add(&table, number, UINT64_MAX);
    print_message("%.1f bytes a key, %.1f at most\n", (double)counting.live_bytes / (double)MANY,
                  (double)counting.peak_bytes / (double)MANY);
    assert_true(counting.peak_bytes < MANY * 56);
    for (uint64_t number = 0; number < MANY - 100; number++)
        ct_request_key_table_drop_oldest(&table);
    assert_true(counting.live_bytes < 128 << 10);
    for (uint64_t number = MANY - 100; number < MANY; number++)
        assert_found(&table, number, true);
    ct_request_key_table_deinit(&table);
    assert_int_equal(counting.live_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extreme_values_are_kept),
        cmocka_unit_test(keys_are_found_from_first_to_last),
        cmocka_unit_test(of_the_same_hash_the_newest_counts),
        cmocka_unit_test(what_was_reserved_is_there),
        cmocka_unit_test(a_key_costs_little_and_gives_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
