/* Request keys without a store: a catalog beside them, keys named by numbers. */
#ifndef REQUEST_KEY_FIXTURE_H
#define REQUEST_KEY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "intake.h"
#include "registry.h"
#include "request_keys.h"

#define HOUR_NS  (INT64_C(3600) * 1000000000)
#define START_NS (INT64_C(1780000000) * 1000000000)

static const char *const key_databases[] = {"default", "one", "two"};

static inline struct ct_catalog *create_key_catalog(const struct ct_allocator *allocator)
{
    struct ct_catalog *catalog = ct_catalog_create(allocator, 1000);
    for (uint32_t i = 0; catalog && i < CT_COUNT_OF(key_databases); i++) {
        uint32_t database;
        assert_int_equal(
            ct_catalog_define_database(catalog, ct_text_of(key_databases[i]), &database, NULL),
            CT_OK);
        assert_int_equal(database, i);
    }
    return catalog;
}

/* A key, and the request it belongs to. Points into itself: not to be copied. */
struct numbered_key {
    struct ct_request_taken taken;
    char text[32];
};

static inline void number_key(struct numbered_key *key, uint32_t database, uint64_t number,
                              int64_t time_ns)
{
    const int len =
        snprintf(key->text, sizeof key->text, "request-%llu", (unsigned long long)number);
    key->taken = (struct ct_request_taken){
        .database_name = ct_text_of(key_databases[database]),
        .head = {.database = database,
                 .key = {.key = {key->text, (size_t)len}, .content = {number, ~number}},
                 .time_ns = time_ns,
                 .row_count = number % 1000 + 1},
    };
}

/* New ones, each with the next commit. */
static inline void add_keys(struct ct_request_keys *keys, struct ct_catalog *catalog,
                            uint64_t first, uint64_t count, int64_t time_ns)
{
    for (uint64_t number = first; number < first + count; number++) {
        struct numbered_key key;
        struct ct_commit_result result;
        number_key(&key, (uint32_t)(number % CT_COUNT_OF(key_databases)), number, time_ns);
        assert_int_equal(ct_request_keys_take(keys, catalog, &key.taken, &result, NULL), CT_OK);
        assert_false(result.is_repeat);
        ct_request_keys_done(keys, &key.taken, number);
    }
}

static inline bool is_key_known(struct ct_request_keys *keys, struct ct_catalog *catalog,
                                uint64_t number, int64_t time_ns)
{
    struct numbered_key key;
    struct ct_commit_result result;
    number_key(&key, (uint32_t)(number % CT_COUNT_OF(key_databases)), number, time_ns);
    assert_int_equal(ct_request_keys_take(keys, catalog, &key.taken, &result, NULL), CT_OK);
    if (result.is_repeat) {
        assert_int_equal(result.commit, number);
        assert_int_equal(result.row_count, number % 1000 + 1);
    } else {
        ct_request_keys_release(keys, &key.taken);
    }
    return result.is_repeat;
}

#endif
