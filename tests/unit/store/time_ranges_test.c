/* Stretches of time: a few, which say too much rather than too little, and unions of any number.
 * Against a model of 400 instants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim_random.h"
#include "time_ranges.h"

#define INSTANTS 400

static struct ct_time_range random_range(struct sim_random *random)
{
    const int64_t start_ns = (int64_t)sim_random_below(random, INSTANTS);
    const uint64_t most = (uint64_t)(INSTANTS - start_ns) + 1;
    return (struct ct_time_range){
        .start_ns = start_ns,
        .end_ns = start_ns + (int64_t)sim_random_below(random, most < 20 ? most : 20)};
}

static void mark(bool instants[INSTANTS], struct ct_time_range range)
{
    for (int64_t t = range.start_ns; t < range.end_ns; t++)
        instants[t] = true;
}

static unsigned runs_of(const bool instants[INSTANTS])
{
    unsigned runs = 0;
    for (int t = 0; t < INSTANTS; t++)
        runs += instants[t] && (t == 0 || !instants[t - 1]);
    return runs;
}

static bool has(const struct ct_time_range *ranges, size_t count, int64_t time_ns)
{
    bool found = false;
    for (size_t i = 0; i < count; i++)
        found |= ranges[i].start_ns <= time_ns && time_ns < ranges[i].end_ns;
    return found;
}

static void expect_apart(const struct ct_time_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(ranges[i].start_ns < ranges[i].end_ns);
        assert_true(i == 0 || ranges[i - 1].end_ns < ranges[i].start_ns);
    }
}

/* Exactly what was added while that fits, at least that later. */
static void a_few_ranges_hold_all_that_was_added(void **state)
{
    struct sim_random random = sim_random_of(1);
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct ct_time_ranges ranges = {0};
        bool instants[INSTANTS] = {false};
        bool is_exact = true;
        const uint64_t adds = 1 + sim_random_below(&random, 40);
        for (uint64_t i = 0; i < adds; i++) {
            const struct ct_time_range range = random_range(&random);
            mark(instants, range);
            ct_time_ranges_add(&ranges, range);
            is_exact &= runs_of(instants) <= CT_TIME_RANGES_MAX;
        }
        expect_apart(ranges.ranges, ranges.count);
        for (int64_t t = 0; t < INSTANTS; t++) {
            const bool found = has(ranges.ranges, ranges.count, t);
            assert_true(found || !instants[t]);
            assert_true(!is_exact || found == instants[t]);
            assert_int_equal(ct_time_ranges_meet(
                                 &ranges, (struct ct_time_range){.start_ns = t, .end_ns = t + 1}),
                             found);
        }
    }
}

static void a_union_is_what_was_added(void **state)
{
    struct sim_random random = sim_random_of(2);
    (void)state;
    for (int round = 0; round < 500; round++) {
        struct ct_time_union all = {.allocator = ct_allocator_system()};
        bool instants[INSTANTS] = {false};
        for (uint64_t i = sim_random_below(&random, 30); i > 0; i--) {
            struct ct_time_ranges few = {0};
            for (int k = 0; k < 3; k++) {
                const struct ct_time_range range = random_range(&random);
                mark(instants, range);
                ct_time_ranges_add(&few, range);
            }
            assert_true(ct_time_union_add(&all, &few));
        }
        ct_time_union_settle(&all);
        expect_apart(all.ranges, all.count);
        for (int64_t t = 0; t < INSTANTS; t++)
            assert_int_equal(has(all.ranges, all.count, t), instants[t]);
        ct_time_union_deinit(&all);
    }
}

static void ends_of_time_do_not_overflow(void **state)
{
    struct ct_time_ranges ranges = {0};
    (void)state;
    ct_time_ranges_add(&ranges, (struct ct_time_range){.start_ns = INT64_MIN, .end_ns = -5});
    ct_time_ranges_add(&ranges, (struct ct_time_range){.start_ns = 5, .end_ns = INT64_MAX});
    for (int64_t t = -4; t < 5; t++)
        ct_time_ranges_add(&ranges, (struct ct_time_range){.start_ns = t, .end_ns = t});
    assert_int_equal(ranges.count, 2);
    const struct ct_time_range last = ct_time_range_of(7, INT64_MAX);
    assert_true(last.end_ns == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_ranges_hold_all_that_was_added),
        cmocka_unit_test(a_union_is_what_was_added),
        cmocka_unit_test(ends_of_time_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
