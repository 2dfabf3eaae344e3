/* A request that comes again while the first is under way waits for it. */
#include "request_key_fixture.h"

#include <pthread.h>

#define ROUNDS 300

struct second {
    struct ct_request_keys *keys;
    struct ct_catalog *catalog;
    struct numbered_key key;
    uint64_t commit; /* should it be its turn */
    struct ct_commit_result result;
    ct_status status;
};

static void *send_again(void *context)
{
    struct second *second = context;
    second->status = ct_request_keys_take(second->keys, second->catalog, &second->key.taken,
                                          &second->result, NULL);
    if (second->status == CT_OK && !second->result.is_repeat)
        ct_request_keys_done(second->keys, &second->key.taken, second->commit);
    return NULL;
}

/* The first one fails or not: the second is its heir, or gets its answer. */
static void the_second_waits_for_the_first(void **state)
{
    (void)state;
    struct ct_catalog *catalog = create_key_catalog(ct_allocator_system());
    struct ct_request_keys keys;
    ct_request_keys_init(&keys, ct_allocator_system());
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        struct second second = {.keys = &keys, .catalog = catalog, .commit = round};
        struct numbered_key first;
        struct ct_commit_result result;
        const bool fails = round % 2;
        number_key(&first, 0, round, START_NS);
        number_key(&second.key, 0, round, START_NS);
        assert_int_equal(ct_request_keys_take(&keys, catalog, &first.taken, &result, NULL), CT_OK);
        assert_false(result.is_repeat);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, send_again, &second), 0);
        if (fails)
            ct_request_keys_release(&keys, &first.taken);
        else
            ct_request_keys_done(&keys, &first.taken, round);
        pthread_join(thread, NULL);
        assert_int_equal(second.status, CT_OK);
        assert_int_equal(second.result.is_repeat, !fails);
        assert_int_equal(ct_request_key_table_count(&keys.table), round);
    }
    ct_request_keys_deinit(&keys);
    ct_catalog_destroy(catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_waits_for_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
