#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alloc.h"

static void counting_follows_allocate_resize_release(void **state)
{
    (void)state;
    struct ct_allocator_counting c;
    ct_allocator_counting_init(&c, ct_allocator_system(), 0);
    char *a = ct_alloc(&c.base, 100);
    char *b = ct_resize(&c.base, NULL, 50);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(c.live_bytes, 150);
    assert_int_equal(c.live_blocks, 2);
    memset(a, 'x', 100);
    a = ct_resize(&c.base, a, 300);
    assert_non_null(a);
    assert_int_equal(a[99], 'x');
    assert_int_equal(c.live_bytes, 350);
    a = ct_resize(&c.base, a, 10);
    assert_non_null(a);
    assert_int_equal(c.live_bytes, 60);
    ct_release(&c.base, a);
    ct_release(&c.base, b);
    ct_release(&c.base, NULL);
    assert_int_equal(c.live_bytes, 0);
    assert_int_equal(c.live_blocks, 0);
    assert_true(c.peak_bytes >= 350);
}

static void limit_refuses_and_keeps_what_is_there(void **state)
{
    (void)state;
    struct ct_allocator_counting c;
    ct_allocator_counting_init(&c, ct_allocator_system(), 1000);
    char *a = ct_alloc(&c.base, 400);
    assert_non_null(a);
    a[399] = 'k';
    assert_null(ct_alloc(&c.base, 601));
    assert_null(ct_resize(&c.base, a, 1001));
    assert_int_equal(a[399], 'k');
    assert_int_equal(c.live_bytes, 400);
    assert_null(ct_alloc(&c.base, SIZE_MAX));
    assert_null(ct_alloc(&c.base, SIZE_MAX - 100)); /* wraps around to less than the limit */
    assert_null(ct_resize(&c.base, a, SIZE_MAX));
    void *b = ct_alloc(&c.base, 600);
    assert_non_null(b);
    assert_null(ct_alloc(&c.base, 1));
    ct_release(&c.base, b);
    ct_release(&c.base, a);
    assert_int_equal(c.live_bytes, 0);
}

static void *fail_allocate(void *context, size_t size_bytes)
{
    (void)context;
    (void)size_bytes;
    return NULL;
}

static void *fail_resize(void *context, void *pointer, size_t size_bytes)
{
    (void)pointer;
    return fail_allocate(context, size_bytes);
}

static void counting_gives_back_what_the_inner_one_refused(void **state)
{
    (void)state;
    const struct ct_allocator failing = {.allocate = fail_allocate, .resize = fail_resize};
    struct ct_allocator_counting c;
    ct_allocator_counting_init(&c, &failing, 0);
    assert_null(ct_alloc(&c.base, 10));
    assert_null(ct_resize(&c.base, NULL, 10));
    assert_int_equal(c.live_bytes, 0);
    assert_int_equal(c.live_blocks, 0);
}

static void zeroed_is_zero_and_checked(void **state)
{
    (void)state;
    const struct ct_allocator *system = ct_allocator_system();
    uint64_t *zeros = ct_alloc_zeroed(system, 100, sizeof *zeros);
    assert_non_null(zeros);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(zeros[i], 0);
    ct_release(system, zeros);
    assert_null(ct_alloc_zeroed(system, SIZE_MAX / 4, 8));
    void *empty = ct_alloc_zeroed(system, 0, 8);
    assert_non_null(empty);
    ct_release(system, empty);
}

static void growing_at_least_doubles_and_keeps_the_elements(void **state)
{
    (void)state;
    struct ct_allocator_counting c;
    ct_allocator_counting_init(&c, ct_allocator_system(), 16384);
    uint32_t *array = NULL;
    size_t cap = 0;
    assert_true(ct_grow(&c.base, &array, &cap, 1, sizeof *array));
    assert_int_equal(cap, 16);
    for (uint32_t i = 0; i < 16; i++)
        array[i] = i;
    uint32_t *same = array;
    assert_true(ct_grow(&c.base, &array, &cap, 16, sizeof *array));
    assert_ptr_equal(array, same);
    assert_true(ct_grow(&c.base, &array, &cap, 17, sizeof *array));
    assert_int_equal(cap, 32);
    assert_true(ct_grow(&c.base, &array, &cap, 500, sizeof *array));
    assert_int_equal(cap, 500);
    assert_int_equal(array[15], 15);
    same = array;
    assert_false(ct_grow(&c.base, &array, &cap, 100000, sizeof *array));
    assert_false(ct_grow(&c.base, &array, &cap, SIZE_MAX / 2, sizeof *array));
    assert_ptr_equal(array, same);
    assert_int_equal(cap, 500);
    ct_release(&c.base, array);
    assert_int_equal(c.live_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counting_follows_allocate_resize_release),
        cmocka_unit_test(limit_refuses_and_keeps_what_is_there),
        cmocka_unit_test(counting_gives_back_what_the_inner_one_refused),
        cmocka_unit_test(zeroed_is_zero_and_checked),
        cmocka_unit_test(growing_at_least_doubles_and_keeps_the_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
