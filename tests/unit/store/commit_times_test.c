/* Marks of when commits were made: what is kept, and what is told of commits in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "commit_times.h"

#define SECOND_NS INT64_C(1000000000)
#define MINUTE_NS (60 * SECOND_NS)

static void add(struct ct_commit_times *times, uint64_t commit, int64_t time_ns)
{
    const struct ct_commit_time mark = {.commit = commit, .time_ns = time_ns};
    assert_int_equal(ct_commit_times_add(times, ct_allocator_system(), mark), CT_OK);
}

static void a_commit_between_two_marks_counts_as_of_the_first(void **state)
{
    (void)state;
    struct ct_commit_times times = {0};
    bool found;
    add(&times, 5, 100 * SECOND_NS);
    add(&times, 9, 200 * SECOND_NS);
    assert_int_equal(ct_commit_times_of(&times, 8, &found), 100 * SECOND_NS);
    assert_true(found);
    assert_int_equal(ct_commit_times_of(&times, 9, &found), 200 * SECOND_NS);
    (void)ct_commit_times_of(&times, 4, &found);
    assert_false(found);
    assert_int_equal(ct_commit_times_at(&times, 199 * SECOND_NS, 20, &found), 8);
    assert_int_equal(ct_commit_times_at(&times, 200 * SECOND_NS, 20, &found), 20);
    assert_true(found);
    (void)ct_commit_times_at(&times, 99 * SECOND_NS, 20, &found);
    assert_false(found);
    ct_commit_times_deinit(&times, ct_allocator_system());
}

static void marks_are_due_once_a_second_and_ascend(void **state)
{
    (void)state;
    struct ct_commit_times times = {0};
    assert_true(ct_commit_times_is_due(&times, INT64_MIN));
    add(&times, 1, 10 * SECOND_NS);
    assert_false(ct_commit_times_is_due(&times, 11 * SECOND_NS - 1));
    assert_true(ct_commit_times_is_due(&times, 11 * SECOND_NS));
    assert_false(ct_commit_times_is_due(&times, INT64_MIN));
    add(&times, 1, 20 * SECOND_NS);
    add(&times, 2, 9 * SECOND_NS);
    assert_int_equal(times.count, 1);
    ct_commit_times_deinit(&times, ct_allocator_system());
}

static void old_marks_are_thinned_to_a_minute(void **state)
{
    (void)state;
    struct ct_commit_times times = {0};
    const uint64_t commits = 100000;
    bool found;
    for (uint64_t i = 1; i <= commits; i++)
        add(&times, i, (int64_t)i * SECOND_NS);
    assert_in_range(times.count, 3600, 2 * (3600 + commits / 60));
    for (uint64_t i = 1; i <= commits; i++) {
        const int64_t late_ns = (int64_t)i * SECOND_NS - ct_commit_times_of(&times, i, &found);
        assert_true(found && late_ns >= 0 && late_ns <= MINUTE_NS);
        assert_true(i < commits - 3000 || late_ns == 0);
    }
    ct_commit_times_deinit(&times, ct_allocator_system());
}

static void what_is_forgotten_does_not_touch_later_commits(void **state)
{
    (void)state;
    struct ct_commit_times times = {0};
    bool found;
    for (uint64_t i = 1; i <= 10; i++)
        add(&times, i * 10, (int64_t)i * MINUTE_NS);
    ct_commit_times_forget(&times, 55);
    assert_int_equal(times.count, 6);
    assert_int_equal(ct_commit_times_of(&times, 55, &found), 5 * MINUTE_NS);
    assert_true(found);
    (void)ct_commit_times_of(&times, 49, &found);
    assert_false(found);
    ct_commit_times_deinit(&times, ct_allocator_system());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_between_two_marks_counts_as_of_the_first),
        cmocka_unit_test(marks_are_due_once_a_second_and_ascend),
        cmocka_unit_test(old_marks_are_thinned_to_a_minute),
        cmocka_unit_test(what_is_forgotten_does_not_touch_later_commits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
