/* The hash side of all names, against a plain array; removing included. */
#include "catalog_fixture.h"
#include "number_index.h"

#define NUMBERS 3000

static bool is_found(const struct ct_number_index *index, uint64_t hash, uint32_t wanted)
{
    struct ct_number_probe probe = ct_number_index_probe(hash);
    for (;;) {
        const uint32_t number = ct_number_index_next(index, &probe);
        if (number == wanted || number == UINT32_MAX)
            return number == wanted;
    }
}

/* With few upper bits, so that many numbers want the same place. */
static uint64_t poor_hash(uint32_t number, uint64_t spread)
{
    return (number * UINT64_C(0x9e3779b97f4a7c15) >> 40) % spread << 32;
}

static void compare_with_a_model(uint64_t spread)
{
    struct sim_random random = sim_random_of(spread);
    struct ct_number_index index = {0};
    bool is_there[NUMBERS] = {false};
    uint32_t count = 0;
    for (unsigned step = 0; step < 20000; step++) {
        const uint32_t number = (uint32_t)sim_random_below(&random, NUMBERS);
        if (is_there[number]) {
            ct_number_index_remove(&index, poor_hash(number, spread), number);
        } else {
            assert_true(ct_number_index_reserve(&index, ct_allocator_system()));
            ct_number_index_add(&index, poor_hash(number, spread), number);
        }
        if (step % 64 == 0)
            ct_number_index_shrink(&index, ct_allocator_system(), 0);
        is_there[number] = !is_there[number];
        count += is_there[number] ? 1 : UINT32_MAX;
        assert_int_equal(index.count, count);
        if (step % 500 == 0)
            for (uint32_t n = 0; n < NUMBERS; n++)
                assert_int_equal(is_found(&index, poor_hash(n, spread), n), is_there[n]);
    }
    ct_number_index_deinit(&index, ct_allocator_system());
}

static void numbers_are_found_until_removed(void **state)
{
    (void)state;
    compare_with_a_model(UINT64_C(1) << 24);
    compare_with_a_model(1000);
    compare_with_a_model(7);
}

static void reset_forgets_all(void **state)
{
    (void)state;
    struct ct_number_index index = {0};
    assert_false(is_found(&index, 5, 0));
    for (uint32_t n = 0; n < 100; n++) {
        assert_true(ct_number_index_reserve(&index, ct_allocator_system()));
        ct_number_index_add(&index, (uint64_t)n << 32, n);
    }
    ct_number_index_reset(&index);
    for (uint32_t n = 0; n < 100; n++)
        assert_false(is_found(&index, (uint64_t)n << 32, n));
    ct_number_index_deinit(&index, ct_allocator_system());
}

static void memory_is_given_back_but_for_what_is_reserved(void **state)
{
    (void)state;
    struct ct_number_index index = {0};
    assert_true(ct_number_index_reserve_more(&index, ct_allocator_system(), 1000));
    assert_int_equal(index.cap, 2048);
    ct_number_index_shrink(&index, ct_allocator_system(), 1000);
    for (uint32_t n = 0; n < 1000; n++)
        ct_number_index_add(&index, (uint64_t)n << 32, n);
    for (uint32_t n = 1; n < 1000; n++) {
        ct_number_index_remove(&index, (uint64_t)n << 32, n);
        ct_number_index_shrink(&index, ct_allocator_system(), 0);
        assert_true(is_found(&index, 0, 0));
    }
    assert_true(index.cap <= 64);
    ct_number_index_deinit(&index, ct_allocator_system());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_found_until_removed),
        cmocka_unit_test(reset_forgets_all),
        cmocka_unit_test(memory_is_given_back_but_for_what_is_reserved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
