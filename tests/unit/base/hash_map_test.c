#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hash.h"
#include "hash_map.h"

#define KEY_COUNT 20000

struct keys {
    char bytes[KEY_COUNT][16];
};

static struct ct_text key_of(const void *context, uint32_t id)
{
    const struct keys *keys = context;
    return ct_text_of(keys->bytes[id]);
}

static struct keys *make_keys(void)
{
    static struct keys keys;
    for (unsigned i = 0; i < KEY_COUNT; i++)
        snprintf(keys.bytes[i], sizeof keys.bytes[i], "series-%u", i);
    return &keys;
}

/* Hashes as good as theirs, all the same, and with only the high bits apart. */
static uint64_t good_hash(struct ct_text key)
{
    return ct_hash(key.bytes, key.len, 7);
}

static uint64_t same_hash(struct ct_text key)
{
    (void)key;
    return 42;
}

static uint64_t high_hash(struct ct_text key)
{
    return good_hash(key) << 48;
}

static void check_with(uint64_t (*hash)(struct ct_text key), uint32_t count)
{
    struct ct_allocator_counting c;
    ct_allocator_counting_init(&c, ct_allocator_system(), 0);
    struct keys *keys = make_keys();
    struct ct_hash_map map;
    ct_hash_map_init(&map, &c.base, key_of, keys);
    for (uint32_t id = 0; id < count; id++) {
        const struct ct_text key = key_of(keys, id);
        assert_int_equal(ct_hash_map_find(&map, hash(key), key), CT_HASH_MAP_NONE);
        assert_int_equal(ct_hash_map_add(&map, hash(key), id), CT_OK);
        assert_int_equal(ct_hash_map_find(&map, hash(key), key), id);
    }
    for (uint32_t id = 0; id < count; id++) {
        const struct ct_text key = key_of(keys, id);
        assert_int_equal(ct_hash_map_find(&map, hash(key), key), id);
    }
    const struct ct_text other = ct_text_of("series-");
    assert_int_equal(ct_hash_map_find(&map, hash(other), other), CT_HASH_MAP_NONE);
    assert_int_equal(map.count, count);
    ct_hash_map_reset(&map);
    assert_int_equal(ct_hash_map_find(&map, hash(key_of(keys, 0)), key_of(keys, 0)),
                     CT_HASH_MAP_NONE);
    assert_int_equal(ct_hash_map_add(&map, hash(key_of(keys, 1)), 1), CT_OK);
    assert_int_equal(ct_hash_map_find(&map, hash(key_of(keys, 1)), key_of(keys, 1)), 1);
    ct_hash_map_deinit(&map);
    assert_int_equal(c.live_bytes, 0);
}

static void every_key_is_found_again(void **state)
{
    (void)state;
    check_with(good_hash, KEY_COUNT);
}

static void equal_hashes_do_not_confuse_keys(void **state)
{
    (void)state;
    check_with(same_hash, 300);
    check_with(high_hash, 1000);
}

static void reserved_room_needs_no_memory(void **state)
{
    (void)state;
    struct ct_allocator_counting c;
    ct_allocator_counting_init(&c, ct_allocator_system(), 0);
    struct keys *keys = make_keys();
    struct ct_hash_map map;
    ct_hash_map_init(&map, &c.base, key_of, keys);
    assert_int_equal(ct_hash_map_reserve(&map, 1000), CT_OK);
    const size_t before = c.live_bytes;
    c.limit_bytes = 1;
    for (uint32_t id = 0; id < 1000; id++)
        assert_int_equal(ct_hash_map_add(&map, good_hash(key_of(keys, id)), id), CT_OK);
    assert_int_equal(c.live_bytes, before);
    ct_hash_map_deinit(&map);
}

static void running_out_of_memory_changes_nothing(void **state)
{
    (void)state;
    struct ct_allocator_counting c;
    ct_allocator_counting_init(&c, ct_allocator_system(), 5000);
    struct keys *keys = make_keys();
    struct ct_hash_map map;
    ct_hash_map_init(&map, &c.base, key_of, keys);
    uint32_t id = 0;
    while (ct_hash_map_add(&map, good_hash(key_of(keys, id)), id) == CT_OK)
        id++;
    assert_in_range(id, 10, 1000);
    assert_int_equal(map.count, id);
    assert_int_equal(ct_hash_map_find(&map, good_hash(key_of(keys, id)), key_of(keys, id)),
                     CT_HASH_MAP_NONE);
    while (id-- > 0)
        assert_int_equal(ct_hash_map_find(&map, good_hash(key_of(keys, id)), key_of(keys, id)), id);
    ct_hash_map_deinit(&map);
}

/* Stored in files: from the reference implementation, seed 0 and of no bytes. */
static void hash_values_are_those_of_xxh3(void **state)
{
    (void)state;
    assert_true(ct_hash(NULL, 0, 0) == 0x2d06800538d394c2);
    assert_true(ct_hash("a", 1, 0) == 0xe6c632b61e964e1f);
    assert_true(ct_hash("abc", 3, 0) == 0x78af5f94892f3950);
}

static void pieces_and_whole_have_one_checksum(void **state)
{
    (void)state;
    static uint8_t bytes[5000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 131 >> 3);
    for (size_t len = 0; len <= sizeof bytes; len += len < 300 ? 1 : 613) {
        for (size_t cut = 0; cut <= len; cut += 1 + len / 3) {
            struct ct_checksum_stream stream;
            ct_checksum_begin(&stream, 99);
            ct_checksum_add(&stream, bytes, cut);
            ct_checksum_add(&stream, bytes + cut, len - cut);
            assert_true(ct_checksum_end(&stream) == ct_checksum(bytes, len, 99));
            assert_true(ct_hash(bytes, len, 99) == ct_checksum(bytes, len, 99));
        }
    }
    assert_true(ct_checksum(bytes, 100, 1) != ct_checksum(bytes, 100, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_found_again),
        cmocka_unit_test(equal_hashes_do_not_confuse_keys),
        cmocka_unit_test(reserved_room_needs_no_memory),
        cmocka_unit_test(running_out_of_memory_changes_nothing),
        cmocka_unit_test(hash_values_are_those_of_xxh3),
        cmocka_unit_test(pieces_and_whole_have_one_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
