/* Request keys as records of the registry: saved, loaded, grown, forgotten, damaged. What crashes
 * do with them: request_key_history_test.c. */
#include "request_key_fixture.h"

#include <stdlib.h>

struct world {
    struct ct_catalog *catalog;
    struct ct_request_keys keys;
};

static int set_up(void **state)
{
    static struct world world;
    world.catalog = create_key_catalog(ct_allocator_system());
    ct_request_keys_init(&world.keys, ct_allocator_system());
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    ct_request_keys_deinit(&world->keys);
    ct_catalog_destroy(world->catalog);
    return 0;
}

static void save(struct world *world, uint64_t sealed_commit, int64_t now_ns)
{
    assert_int_equal(
        ct_request_keys_save(&world->keys, world->catalog, sealed_commit, now_ns, NULL), CT_OK);
}

static ct_status reload(struct world *world, uint64_t sealed_commit)
{
    ct_request_keys_deinit(&world->keys);
    ct_request_keys_init(&world->keys, ct_allocator_system());
    return ct_request_keys_load(&world->keys, world->catalog, sealed_commit, NULL);
}

static size_t record_count(struct world *world)
{
    return ct_registry_count(world->catalog, 0, CT_REGISTRY_REQUEST_KEY);
}

static void assert_known(struct world *world, uint64_t first, uint64_t end)
{
    for (uint64_t number = first; number < end; number++)
        assert_true(is_key_known(&world->keys, world->catalog, number, START_NS));
}

static void many_keys_are_few_records(void **state)
{
    struct world *world = *state;
    add_keys(&world->keys, world->catalog, 1, 10000, START_NS);
    save(world, 10000, START_NS);
    assert_int_equal(record_count(world), 5);
    assert_int_equal(reload(world, 10000), CT_OK);
    assert_int_equal(ct_request_key_table_count(&world->keys.table), 10000);
    assert_known(world, 1, 10001);
    assert_false(is_key_known(&world->keys, world->catalog, 10001, START_NS));
}

static void keys_one_by_one_are_few_records_too(void **state)
{
    struct world *world = *state;
    for (uint64_t number = 1; number <= 2000; number++) {
        add_keys(&world->keys, world->catalog, number, 1, START_NS);
        save(world, number, START_NS);
        if (number % 300 == 0)
            assert_int_equal(reload(world, number), CT_OK);
    }
    assert_in_range(record_count(world), 2, 8);
    assert_int_equal(reload(world, 2000), CT_OK);
    assert_int_equal(ct_request_key_table_count(&world->keys.table), 2000);
    assert_known(world, 1, 2001);
}

static void only_what_is_sealed_is_saved_and_loaded(void **state)
{
    struct world *world = *state;
    add_keys(&world->keys, world->catalog, 1, 100, START_NS);
    save(world, 60, START_NS);
    assert_int_equal(reload(world, 100), CT_OK);
    assert_int_equal(ct_request_key_table_count(&world->keys.table), 60);
    assert_int_equal(reload(world, 40), CT_OK);
    assert_int_equal(ct_request_key_table_count(&world->keys.table), 40);
    /* The log has them, and they are there once. */
    for (uint64_t number = 30; number <= 100; number++) {
        struct numbered_key key;
        number_key(&key, (uint32_t)(number % 3), number, START_NS);
        assert_int_equal(ct_request_keys_restore(&world->keys, &key.taken.head, number, NULL),
                         CT_OK);
    }
    assert_int_equal(ct_request_key_table_count(&world->keys.table), 100);
    assert_known(world, 1, 101);
    save(world, 100, START_NS);
    assert_int_equal(reload(world, 100), CT_OK);
    assert_int_equal(ct_request_key_table_count(&world->keys.table), 100);
    assert_known(world, 1, 101);
}

static void old_records_go_and_young_ones_stay(void **state)
{
    struct world *world = *state;
    const int64_t later_ns = START_NS + 2 * HOUR_NS;
    add_keys(&world->keys, world->catalog, 1, 5000, START_NS);
    save(world, 5000, START_NS);
    add_keys(&world->keys, world->catalog, 5001, 5000, later_ns);
    save(world, 10000, later_ns);
    assert_int_equal(record_count(world), 6);
    save(world, 10000, START_NS + CT_REQUEST_KEY_HOLD_NS);
    assert_int_equal(record_count(world), 6);
    assert_known(world, 1, 10001);
    save(world, 10000, START_NS + CT_REQUEST_KEY_HOLD_NS + INT64_C(2000000000));
    assert_int_equal(record_count(world), 3);
    assert_int_equal(ct_request_key_table_count(&world->keys.table), 5000);
    assert_false(is_key_known(&world->keys, world->catalog, 5000, START_NS));
    assert_known(world, 5001, 10001);
    assert_int_equal(reload(world, 10000), CT_OK);
    assert_known(world, 5001, 10001);
    save(world, 10000, later_ns + 2 * CT_REQUEST_KEY_HOLD_NS);
    assert_int_equal(record_count(world), 0);
    assert_int_equal(ct_request_key_table_count(&world->keys.table), 0);
}

static void past_the_maximum_keys_are_refused_until_the_oldest_is_old(void **state)
{
    struct world *world = *state;
    struct numbered_key key;
    struct ct_commit_result result;
    const int64_t end_ns = START_NS + CT_REQUEST_KEY_HOLD_NS;
    world->keys.max = 100;
    add_keys(&world->keys, world->catalog, 1, 99, START_NS);
    struct numbered_key under_way;
    number_key(&under_way, 0, 500, START_NS);
    assert_int_equal(
        ct_request_keys_take(&world->keys, world->catalog, &under_way.taken, &result, NULL), CT_OK);
    number_key(&key, 0, 501, end_ns);
    assert_int_equal(ct_request_keys_take(&world->keys, world->catalog, &key.taken, &result, NULL),
                     CT_LIMIT);
    assert_known(world, 1, 100);
    ct_request_keys_release(&world->keys, &under_way.taken);
    assert_int_equal(ct_request_keys_take(&world->keys, world->catalog, &key.taken, &result, NULL),
                     CT_OK);
    ct_request_keys_done(&world->keys, &key.taken, 501);
    number_key(&key, 0, 502, end_ns + INT64_C(2000000000));
    assert_int_equal(ct_request_keys_take(&world->keys, world->catalog, &key.taken, &result, NULL),
                     CT_OK);
    ct_request_keys_done(&world->keys, &key.taken, 502);
    assert_in_range(ct_request_key_table_count(&world->keys.table), 2, 100);
}

/* -- no room ----------------------------------------------------------------------------------- */

/* Another kind's records fill the registry; where one goes, keys are saved after all. */
static void keys_wait_in_memory_for_room_in_the_registry(void **state)
{
    struct world *world = *state;
    char name[16];
    for (int i = 0; i < CT_REGISTRY_RECORDS_MAX; i++) {
        const int len = snprintf(name, sizeof name, "%d", i);
        const struct ct_text key = {name, (size_t)len};
        assert_int_equal(
            ct_registry_put(world->catalog, 0, CT_REGISTRY_ALIAS, key, ct_text_of("v"), NULL),
            CT_OK);
    }
    add_keys(&world->keys, world->catalog, 1, 100, START_NS);
    save(world, 50, START_NS);
    assert_int_equal(record_count(world), 0);
    assert_known(world, 1, 101);
    assert_int_equal(ct_registry_put(world->catalog, 0, CT_REGISTRY_ALIAS, ct_text_of("7"),
                                     (struct ct_text){0}, NULL),
                     CT_OK);
    save(world, 100, START_NS);
    assert_int_equal(record_count(world), 1);
    assert_int_equal(reload(world, 100), CT_OK);
    assert_known(world, 1, 101);
}

struct failing {
    struct ct_allocator base;
    uint64_t left; /* calls until all fail */
};

static void *failing_resize(void *context, void *pointer, size_t size_bytes)
{
    struct failing *failing = context;
    if (failing->left == 0)
        return NULL;
    failing->left--;
    const struct ct_allocator *system = ct_allocator_system();
    return ct_resize(system, pointer, size_bytes);
}

static void *failing_allocate(void *context, size_t size_bytes)
{
    return failing_resize(context, NULL, size_bytes);
}

static void failing_release(void *context, void *pointer)
{
    (void)context;
    ct_release(ct_allocator_system(), pointer);
}

static ct_status add_until_it_fails(struct ct_request_keys *keys, struct ct_catalog *catalog,
                                    uint64_t end, uint64_t *count)
{
    for (uint64_t number = *count + 1; number < end; number++) {
        struct numbered_key key;
        struct ct_commit_result result;
        number_key(&key, (uint32_t)(number % 3), number, START_NS);
        CT_TRY(ct_request_keys_take(keys, catalog, &key.taken, &result, NULL));
        ct_request_keys_done(keys, &key.taken, number);
        *count = number;
    }
    return CT_OK;
}

/* Adds, saves, grows and loads; memory ends at some call, then is there again. */
static bool live_with(uint64_t calls)
{
    struct failing failing = {.left = UINT64_MAX};
    failing.base = (struct ct_allocator){.context = &failing,
                                         .allocate = failing_allocate,
                                         .resize = failing_resize,
                                         .release = failing_release};
    struct ct_catalog *catalog = create_key_catalog(&failing.base);
    struct ct_request_keys keys, loaded;
    ct_request_keys_init(&keys, &failing.base);
    ct_request_keys_init(&loaded, &failing.base);
    failing.left = calls;
    uint64_t count = 0;
    ct_status status = add_until_it_fails(&keys, catalog, 120, &count);
    if (status == CT_OK)
        status = ct_request_keys_save(&keys, catalog, 100, START_NS, NULL);
    if (status == CT_OK)
        status = add_until_it_fails(&keys, catalog, 3000, &count);
    if (status == CT_OK)
        status = ct_request_keys_save(&keys, catalog, 2500, START_NS, NULL);
    if (status == CT_OK)
        status = ct_request_keys_load(&loaded, catalog, 3000, NULL);
    assert_true(status == CT_OK || status == CT_NO_MEMORY);
    failing.left = UINT64_MAX;
    ct_request_keys_deinit(&loaded);
    ct_request_keys_init(&loaded, &failing.base);
    assert_int_equal(ct_request_keys_save(&keys, catalog, count, START_NS, NULL), CT_OK);
    assert_int_equal(ct_request_keys_load(&loaded, catalog, count, NULL), CT_OK);
    assert_int_equal(ct_request_key_table_count(&loaded.table), count);
    for (uint64_t number = 1; number <= count; number++)
        assert_true(is_key_known(&loaded, catalog, number, START_NS));
    ct_request_keys_deinit(&keys);
    ct_request_keys_deinit(&loaded);
    ct_catalog_destroy(catalog);
    return status == CT_OK;
}

static void nothing_is_lost_where_memory_is_out(void **state)
{
    (void)state;
    uint64_t calls = 0;
    while (!live_with(calls))
        calls += calls < 40 ? 1 : 3;
    assert_true(calls > 60);
}

/* -- damage ------------------------------------------------------------------------------------ */

static void damaged_records_are_told(void **state)
{
    (void)state;
    static struct ct_request_done out[CT_REQUEST_RECORD_KEYS_MAX];
    struct ct_byte_buffer bytes = {.allocator = ct_allocator_system()};
    const struct ct_request_done keys[] = {
        {.hash = 1, .content = 2, .commit = 7, .time_seconds = -CT_REQUEST_SECONDS_MAX},
        {.hash = UINT64_MAX,
         .commit = CT_COMMITS_MAX,
         .time_seconds = CT_REQUEST_SECONDS_MAX,
         .row_count = CT_BATCH_ROWS_MAX,
         .database = CT_DATABASES_MAX - 1},
    };
    uint32_t count;
    assert_int_equal(ct_request_record_encode(keys, 2, &bytes), CT_OK);
    struct ct_text value = {(const char *)bytes.bytes, bytes.len};
    assert_int_equal(ct_request_record_decode(value, out, &count, NULL), CT_OK);
    assert_int_equal(count, 2);
    assert_memory_equal(out, keys, sizeof keys);
    for (value.len = 0; value.len < bytes.len; value.len++)
        assert_int_equal(ct_request_record_decode(value, out, &count, NULL), CT_CORRUPT);
    assert_non_null(ct_byte_buffer_room(&bytes, 1));
    bytes.bytes[bytes.len] = 0;
    value = (struct ct_text){(const char *)bytes.bytes, bytes.len + 1};
    assert_int_equal(ct_request_record_decode(value, out, &count, NULL), CT_CORRUPT);
    bytes.bytes[0] = 1;
    assert_int_equal(ct_request_record_decode(value, out, &count, NULL), CT_FORMAT);
    ct_byte_buffer_deinit(&bytes);
}

/* Whatever stands there: read or refused, and nothing else. */
static void any_bytes_are_read_or_refused(void **state)
{
    struct world *world = *state;
    static struct ct_request_done out[CT_REQUEST_RECORD_KEYS_MAX];
    struct ct_byte_buffer bytes = {.allocator = ct_allocator_system()};
    add_keys(&world->keys, world->catalog, 1, 40, START_NS);
    for (uint64_t place = 0; place < 40; place++)
        out[place] = ct_request_key_table_at(&world->keys.table, place);
    assert_int_equal(ct_request_record_encode(out, 40, &bytes), CT_OK);
    const struct ct_text value = {(const char *)bytes.bytes, bytes.len};
    for (size_t at = 0; at < bytes.len; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            uint32_t count;
            bytes.bytes[at] ^= (uint8_t)(1u << bit);
            if (ct_request_record_decode(value, out, &count, NULL) == CT_OK) {
                assert_in_range(count, 1, CT_REQUEST_RECORD_KEYS_MAX);
                for (uint32_t i = 1; i < count; i++)
                    assert_true(out[i].commit > out[i - 1].commit);
                assert_true(out[count - 1].commit <= CT_COMMITS_MAX);
            }
            bytes.bytes[at] ^= (uint8_t)(1u << bit);
        }
    }
    ct_byte_buffer_deinit(&bytes);
}

static void put_raw(struct world *world, struct ct_text name, const struct ct_request_done *done)
{
    struct ct_byte_buffer bytes = {.allocator = ct_allocator_system()};
    assert_int_equal(ct_request_record_encode(done, 1, &bytes), CT_OK);
    const struct ct_text value = {(const char *)bytes.bytes, bytes.len};
    assert_int_equal(ct_registry_put(world->catalog, 0, CT_REGISTRY_REQUEST_KEY, name, value, NULL),
                     CT_OK);
    ct_byte_buffer_deinit(&bytes);
}

static void records_that_contradict_are_told(void **state)
{
    struct world *world = *state;
    char text[CT_REQUEST_RECORD_NAME_CAP];
    struct ct_request_done done = {.commit = 5, .row_count = 1, .database = 3};
    put_raw(world, ct_request_record_name(text, 5, 5), &done); /* there are only three */
    assert_int_equal(reload(world, 9), CT_CORRUPT);
    done.database = 2;
    put_raw(world, ct_request_record_name(text, 5, 5), &done);
    assert_int_equal(reload(world, 9), CT_OK);
    put_raw(world, ct_request_record_name(text, 5, 6), &done);
    assert_int_equal(reload(world, 9), CT_CORRUPT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_keys_are_few_records),
        TEST(keys_one_by_one_are_few_records_too),
        TEST(only_what_is_sealed_is_saved_and_loaded),
        TEST(old_records_go_and_young_ones_stay),
        TEST(past_the_maximum_keys_are_refused_until_the_oldest_is_old),
        TEST(keys_wait_in_memory_for_room_in_the_registry),
        cmocka_unit_test(nothing_is_lost_where_memory_is_out),
        cmocka_unit_test(damaged_records_are_told),
        TEST(any_bytes_are_read_or_refused),
        TEST(records_that_contradict_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
