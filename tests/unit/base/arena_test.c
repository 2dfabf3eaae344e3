#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

static void pieces_are_aligned_and_do_not_overlap(void **state)
{
    (void)state;
    struct ct_arena arena;
    ct_arena_init(&arena, ct_allocator_system(), 1024);
    uint8_t *pieces[200];
    for (size_t i = 0; i < 200; i++) {
        pieces[i] = ct_arena_alloc(&arena, i);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % CT_ARENA_ALIGN, 0);
        memset(pieces[i], (int)i, i);
    }
    for (size_t i = 0; i < 200; i++) {
        for (size_t j = 0; j < i; j++)
            assert_int_equal(pieces[i][j], i);
    }
    ct_arena_deinit(&arena);
}

static void copies_are_packed_and_equal(void **state)
{
    (void)state;
    struct ct_arena arena;
    ct_arena_init(&arena, ct_allocator_system(), 0);
    const struct ct_text a = ct_arena_copy(&arena, ct_text_of("cluster"));
    const struct ct_text b = ct_arena_copy(&arena, ct_text_of("gpu-1"));
    assert_true(ct_text_equal(a, ct_text_of("cluster")));
    assert_true(ct_text_equal(b, ct_text_of("gpu-1")));
    assert_in_range(b.bytes - a.bytes, 7, 7 + 16); /* the red zone of a sanitizer build */
    assert_int_equal(ct_arena_copy(&arena, (struct ct_text){0}).len, 0);
    uint64_t *aligned = ct_arena_alloc_zeroed(&arena, 3, sizeof *aligned);
    assert_int_equal((uintptr_t)aligned % CT_ARENA_ALIGN, 0);
    assert_true(aligned[0] == 0 && aligned[1] == 0 && aligned[2] == 0);
    ct_arena_deinit(&arena);
}

static void use_up(struct ct_arena *arena)
{
    for (size_t i = 0; i < 100; i++)
        assert_non_null(ct_arena_alloc(arena, 1 + i * 37 % 900));
    assert_non_null(ct_arena_alloc(arena, 5000)); /* larger than a chunk */
    assert_non_null(ct_arena_alloc(arena, 10));
}

static void terminated_copies_end_in_a_zero_byte(void **state)
{
    struct ct_arena arena;
    (void)state;
    ct_arena_init(&arena, ct_allocator_system(), 0);
    assert_string_equal(ct_arena_terminated(&arena, (struct ct_text){"abcd", 3}), "abc");
    assert_string_equal(ct_arena_terminated(&arena, (struct ct_text){NULL, 0}), "");
    ct_arena_deinit(&arena);
}

static void a_steady_load_allocates_only_once(void **state)
{
    (void)state;
    struct ct_allocator_counting c;
    ct_allocator_counting_init(&c, ct_allocator_system(), 0);
    struct ct_arena arena;
    ct_arena_init(&arena, &c.base, 1024);
    assert_int_equal(c.live_blocks, 0);
    use_up(&arena);
    const size_t blocks = c.live_blocks;
    assert_int_equal(ct_arena_memory_bytes(&arena), c.live_bytes);
    for (int i = 0; i < 10; i++) {
        ct_arena_reset(&arena);
        use_up(&arena);
    }
    assert_int_equal(c.live_blocks, blocks);
    ct_arena_deinit(&arena);
    assert_int_equal(c.live_bytes, 0);
    use_up(&arena); /* usable again */
    ct_arena_deinit(&arena);
    assert_int_equal(c.live_blocks, 0);
}

static void kept_chunks_that_are_too_small_are_passed_over(void **state)
{
    (void)state;
    struct ct_allocator_counting c;
    ct_allocator_counting_init(&c, ct_allocator_system(), 0);
    struct ct_arena arena;
    ct_arena_init(&arena, &c.base, 1024);
    for (int i = 0; i < 3; i++)
        assert_non_null(ct_arena_alloc(&arena, 900));
    assert_non_null(ct_arena_alloc(&arena, 9000));
    const size_t blocks = c.live_blocks;
    ct_arena_reset(&arena);
    assert_non_null(ct_arena_alloc(&arena, 10));
    uint8_t *large = ct_arena_alloc(&arena, 8000); /* the kept one, behind two small ones */
    assert_non_null(large);
    memset(large, 1, 8000);
    assert_int_equal(c.live_blocks, blocks);
    large = ct_arena_alloc(&arena, 20000); /* none of them */
    assert_non_null(large);
    memset(large, 2, 20000);
    assert_int_equal(c.live_blocks, blocks + 1);
    ct_arena_deinit(&arena);
    assert_int_equal(c.live_bytes, 0);
}

static void running_out_of_memory_leaves_the_arena_usable(void **state)
{
    (void)state;
    struct ct_allocator_counting c;
    ct_allocator_counting_init(&c, ct_allocator_system(), 3000);
    struct ct_arena arena;
    ct_arena_init(&arena, &c.base, 1024);
    char *kept = ct_arena_alloc(&arena, 100);
    memset(kept, 'k', 100);
    assert_null(ct_arena_alloc(&arena, 10000));
    assert_null(ct_arena_alloc(&arena, SIZE_MAX));
    assert_null(ct_arena_alloc(&arena, SIZE_MAX - 20));
    assert_null(ct_arena_alloc_zeroed(&arena, SIZE_MAX / 2, 3));
    assert_null(ct_arena_copy(&arena, (struct ct_text){kept, SIZE_MAX - 50}).bytes);
    assert_non_null(ct_arena_alloc(&arena, 100));
    assert_int_equal(kept[99], 'k');
    ct_arena_deinit(&arena);
    assert_int_equal(c.live_bytes, 0);
}

static void sanitizers_see_past_the_end_and_after_reset(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    struct ct_arena arena;
    ct_arena_init(&arena, ct_allocator_system(), 0);
    char *piece = ct_arena_alloc(&arena, 24);
    assert_false(__asan_address_is_poisoned(piece + 23));
    assert_true(__asan_address_is_poisoned(piece + 24));
    ct_arena_alloc(&arena, 24);
    assert_true(__asan_address_is_poisoned(piece + 24));
    ct_arena_reset(&arena);
    assert_true(__asan_address_is_poisoned(piece));
    ct_arena_deinit(&arena);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_do_not_overlap),
        cmocka_unit_test(copies_are_packed_and_equal),
        cmocka_unit_test(terminated_copies_end_in_a_zero_byte),
        cmocka_unit_test(a_steady_load_allocates_only_once),
        cmocka_unit_test(kept_chunks_that_are_too_small_are_passed_over),
        cmocka_unit_test(running_out_of_memory_leaves_the_arena_usable),
        cmocka_unit_test(sanitizers_see_past_the_end_and_after_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
