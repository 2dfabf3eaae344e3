/* Claim: an answer that is ordered and limited is the beginning of the whole one, whatever it is
 * ordered by, for exact sums, sums of doubles and counts, upward and downward, with ties, of all
 * rows and of a range of time without empty ones. */
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
        if (all->columns[2].type == CT_RESULT_DECIMAL)
            assert_int_equal(ct_decimal_sum_compare(&top->columns[2].decimal[row],
                                                    &all->columns[2].decimal[row]),
                             0);
    }
}

static void check(enum ct_function function, uint32_t field, bool is_descending, bool is_cut)
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
                             .start_ns = is_cut ? 30 : INT64_MIN,
                             .end_ns = is_cut ? 120 : INT64_MAX,
                             .skips_empty = is_cut,
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
        for (int way = 0; way < 4; way++) {
            const bool is_descending = way & 1;
            const bool is_cut = way & 2;
            check(CT_COUNT, FAKE_FIELDS, is_descending, is_cut);
            check(CT_COUNT, F_REQUESTS, is_descending, is_cut);
            check(CT_SUM, F_COST, is_descending, is_cut);
            check(CT_SUM, F_CPU, is_descending, is_cut);
            check(CT_SUM, F_BYTES, is_descending, is_cut);
            check(CT_SUM, F_REQUESTS, is_descending, is_cut);
            check(CT_MAX, F_COST, is_descending, is_cut);
            check(CT_MEAN, F_COST, is_descending, is_cut);
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
