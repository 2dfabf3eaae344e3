/* Arrays of structs of which some do not fit. */
#include "seed_fixture.h"

static int64_t count_rows(struct seed *seed, const char *table)
{
    const centime_aggregate count = {CENTIME_COUNT, 0, NULL, NULL};
    centime_query query = CENTIME_QUERY_INIT;
    centime_result *result = NULL;
    query.table = table;
    query.aggregates = &count;
    query.aggregate_count = 1;
    expect_ok(seed, centime_run(seed->store, &query, &result, &seed->err));
    const int64_t rows = centime_result_int64(result, 0, 0);
    centime_result_destroy(result);
    return rows;
}

static void items_that_fit_are_kept_beside_others(void **state)
{
    struct seed *seed = *state;
    centime_reject rejects[2];
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    const centime_cost_entry items[] = {seed_cost("1"),  seed_cost("one"), seed_cost("2"),
                                        seed_cost(NULL), seed_cost("0.5"), seed_cost("1e99")};
    result.rejects = rejects;
    result.reject_cap = 2;
    centime_writer_partial(seed->writer);
    assert_int_equal(centime_writer_costs(seed->writer, items, 6, &result, &seed->err),
                     CENTIME_PARSE);
    assert_int_equal(seed->err.line, 2);
    expect_contains(seed->err.text, "one");
    assert_int_equal(result.rows, 3);
    assert_int_equal(result.rejected, 3);
    assert_int_equal(result.misfits, 3);
    assert_int_equal(result.reject_count, 2);
    assert_int_equal(rejects[0].line, 2);
    assert_int_equal(rejects[1].line, 4);
    assert_int_equal(rejects[1].code, CENTIME_INVALID);
    expect_contains(rejects[1].reason, "cost_usd is missing");
    assert_true(result.commit > 0);
    assert_int_equal(count_rows(seed, "cost"), 3);
    expect_contains(costs_json(seed), "\"total_cost\":3.50,");
}

static void only_the_next_call_is_partial(void **state)
{
    struct seed *seed = *state;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    const centime_cost_entry items[] = {seed_cost("1"), seed_cost("one")};
    centime_writer_partial(seed->writer);
    assert_int_equal(centime_writer_costs(seed->writer, items, 1, &result, &seed->err), CENTIME_OK);
    assert_int_equal(result.rejected, 0);
    assert_int_equal(centime_writer_costs(seed->writer, items, 2, &result, &seed->err),
                     CENTIME_PARSE);
    assert_int_equal(count_rows(seed, "cost"), 1);
    centime_writer_partial(seed->writer);
    centime_writer_discard(seed->writer);
    assert_int_equal(centime_writer_costs(seed->writer, items, 2, NULL, NULL), CENTIME_PARSE);
    assert_int_equal(count_rows(seed, "cost"), 1);
}

static void a_repeated_request_writes_its_good_items_once(void **state)
{
    struct seed *seed = *state;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    const centime_cost_entry items[] = {seed_cost("1"), seed_cost("one")};
    for (uint32_t i = 0; i < 2; i++) {
        expect_ok(seed, centime_writer_request(seed->writer, "key", "body", 4, &seed->err));
        centime_writer_partial(seed->writer);
        assert_int_equal(centime_writer_costs(seed->writer, items, 2, &result, &seed->err),
                         CENTIME_PARSE);
        assert_int_equal(result.is_repeat, i);
        assert_int_equal(result.rows, 1);
        assert_int_equal(result.rejected, 1);
    }
    assert_int_equal(count_rows(seed, "cost"), 1);
}

static void nothing_is_written_where_no_item_fits(void **state)
{
    struct seed *seed = *state;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    const centime_cost_entry item = seed_cost("one");
    centime_writer_partial(seed->writer);
    assert_int_equal(centime_writer_costs(seed->writer, &item, 1, &result, NULL), CENTIME_PARSE);
    assert_int_equal(result.rows, 0);
    assert_int_equal(result.rejected, 1);
    assert_int_equal(result.commit, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEED_TEST(items_that_fit_are_kept_beside_others),
        SEED_TEST(only_the_next_call_is_partial),
        SEED_TEST(a_repeated_request_writes_its_good_items_once),
        SEED_TEST(nothing_is_written_where_no_item_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
