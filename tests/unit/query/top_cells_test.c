/* Claim: an answer that is ordered and limited is the beginning of the whole one, whatever it is
 * ordered by, for exact sums, sums of doubles and counts, upward and downward, with ties. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fake_store.h"

static const struct ct_text tags[] = {{"provider", 8}, {"service", 7}};

static struct ct_result *run(const struct ct_query *query)
{
    struct ct_error err;
    struct ct_result *result = NULL;
    const struct ct_query_options options = {.threads = 1};
    if (ct_query_run(&fake, &fake_catalog, ct_allocator_system(), query, &options, &result, &err) !=
        CT_OK)
        fail_msg("%s", err.text);
    return result;
}

static void assert_begins(const struct ct_result *all, const struct ct_result *top, uint64_t limit)
{
    const uint64_t expected = limit < all->row_count ? limit : all->row_count;
    assert_int_equal(top->row_count, expected);
    for (uint64_t row = 0; row < expected; row++) {
        assert_true(ct_text_equal(top->columns[0].text[row], all->columns[0].text[row]));
        assert_true(ct_text_equal(top->columns[1].text[row], all->columns[1].text[row]));
        assert_int_equal(top->columns[2].is_null[row], all->columns[2].is_null[row]);
    }
}

static void check(enum ct_function function, uint32_t field, bool is_descending)
{
    const struct ct_aggregate aggregate = {.function = function,
                                           .field = field < FAKE_FIELDS ? fake_fields[field].name
                                                                        : (struct ct_text){"", 0},
                                           .name = ct_text_of("value")};
    struct ct_query query = {.table = ct_text_of("cost"),
                             .aggregates = &aggregate,
                             .aggregate_count = 1,
                             .tags = tags,
                             .tag_count = 2,
                             .start_ns = INT64_MIN,
                             .end_ns = INT64_MAX,
                             .order = {ct_text_of("value"), is_descending}};
    struct ct_result *all = run(&query);
    for (uint64_t limit = 1; limit <= all->row_count + 2; limit += 1 + limit / 3) {
        query.limit = limit;
        struct ct_result *top = run(&query);
        assert_begins(all, top, limit);
        ct_result_destroy(top);
    }
    ct_result_destroy(all);
}

static void limited_answers_are_the_beginning_of_whole_ones(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        fake_make(seed, 0, 1, 0);
        for (int descending = 0; descending < 2; descending++) {
            check(CT_COUNT, FAKE_FIELDS, descending != 0);
            check(CT_COUNT, F_REQUESTS, descending != 0);
            check(CT_SUM, F_COST, descending != 0);
            check(CT_SUM, F_CPU, descending != 0);
            check(CT_SUM, F_BYTES, descending != 0);
            check(CT_MAX, F_COST, descending != 0);
            check(CT_MEAN, F_COST, descending != 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limited_answers_are_the_beginning_of_whole_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
