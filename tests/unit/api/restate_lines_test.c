/* Restatement through the public header: lines, their numbers in errors, texts in pieces, and what
 * the result says. The rules themselves are tested in unit/store/restate_test.c. */
#include "seed_fixture.h"

static const char *const keys[] = {"provider", "billing_period"};
static const char *const values[] = {"aws", "2026-10"};

static centime_restate_scope scope_of_october(void)
{
    centime_restate_scope scope = CENTIME_RESTATE_SCOPE_INIT;
    scope.table = "cost";
    scope.keys = keys;
    scope.values = values;
    scope.key_count = 2;
    return scope;
}

#define AWS "cost,billing_period=2026-10,provider=aws"

static void write_text(struct seed *seed, const char *text)
{
    expect_ok(seed, centime_write(seed->store, NULL, text, strlen(text), NULL, NULL, &seed->err));
}

static int restate_text(struct seed *seed, const char *text, const centime_restate_options *options,
                        centime_restate_result *result)
{
    const centime_restate_scope scope = scope_of_october();
    return centime_restate(seed->store, &scope, text, strlen(text), options, result, &seed->err);
}

/* Rows and total of the table, as "3 4.50". */
static const char *all_costs(struct seed *seed)
{
    static char out[2 * CENTIME_DECIMAL_BYTES];
    const centime_aggregate aggregates[] = {{.function = CENTIME_COUNT},
                                            {.function = CENTIME_SUM, .field = "cost_usd"}};
    centime_query query = CENTIME_QUERY_INIT;
    query.table = "cost";
    query.aggregates = aggregates;
    query.aggregate_count = 2;
    centime_result *result = NULL;
    expect_ok(seed, centime_run(seed->store, &query, &result, &seed->err));
    char count[CENTIME_DECIMAL_BYTES], sum[CENTIME_DECIMAL_BYTES];
    centime_result_print(result, 0, 0, count, sizeof count);
    centime_result_print(result, 1, 0, sum, sizeof sum);
    (void)snprintf(out, sizeof out, "%s %s", count, sum);
    centime_result_destroy(result);
    return out;
}

static void a_month_is_replaced_and_told(void **state)
{
    struct seed *seed = *state;
    centime_restate_options options = CENTIME_RESTATE_OPTIONS_INIT;
    centime_restate_result result = CENTIME_RESTATE_RESULT_INIT;
    write_text(seed,
               AWS " cost_usd=1.50 1\n" AWS " cost_usd=2 2\ncost,provider=gcp cost_usd=7 1\n");
    options.expects_count = 1;
    options.expected_count = 3;
    options.expected_total = "6.0300";
    expect_ok(seed, restate_text(seed,
                                 AWS " cost_usd=2.01 1\n" AWS " cost_usd=2.01 1\n" AWS
                                     " cost_usd=2.01 3\n",
                                 &options, &result));
    assert_int_equal(result.commit, 2);
    assert_int_equal(result.numbered_rows, 1);
    assert_int_equal(result.rows_before, 2);
    assert_int_equal(result.rows_after, 3);
    assert_string_equal(result.total_before, "3.50");
    assert_string_equal(result.total_after, "6.03");
    assert_string_equal(all_costs(seed), "4 13.03");
}

static void one_bad_line_and_nothing_is_changed(void **state)
{
    struct seed *seed = *state;
    write_text(seed, AWS " cost_usd=1.50 1\n");
    assert_int_equal(
        restate_text(seed, "# a comment\n" AWS " cost_usd=2 1\n" AWS " cost_usd= 2\n", NULL, NULL),
        CENTIME_PARSE);
    assert_int_equal(seed->err.line, 3);
    assert_string_equal(all_costs(seed), "1 1.50");
}

static void a_line_outside_the_scope_is_named(void **state)
{
    struct seed *seed = *state;
    write_text(seed, AWS " cost_usd=1.50 1\n");
    assert_int_equal(restate_text(seed,
                                  "# a comment\n" AWS " cost_usd=2,note=\"two\nlines\" 1\n\n"
                                  "cost,billing_period=2026-11,provider=aws cost_usd=2 1\n",
                                  NULL, NULL),
                     CENTIME_INVALID);
    assert_int_equal(seed->err.line, 5);
    assert_non_null(strstr(seed->err.text, "billing_period is \"2026-11\""));
    assert_int_equal(restate_text(seed, "system,cluster=a cpu_usage=1 1\n", NULL, NULL),
                     CENTIME_INVALID);
    assert_int_equal(seed->err.line, 1);
    assert_string_equal(all_costs(seed), "1 1.50");
}

/* However the text is cut, lines and their numbers are the same. */
static void a_text_comes_in_pieces(void **state)
{
    struct seed *seed = *state;
    static const char text[] =
        AWS " cost_usd=2,note=\"two\nlines\" 1\n" AWS " cost_usd=3 2\n" AWS " cost_usd=4 3";
    const centime_restate_scope scope = scope_of_october();
    const size_t len = sizeof text - 1;
    for (size_t cut = 0; cut <= len; cut++) {
        centime_restate_result result = CENTIME_RESTATE_RESULT_INIT;
        centime_restatement *restatement;
        size_t consumed;
        expect_ok(seed, centime_restate_begin(seed->store, &scope, &restatement, &seed->err));
        expect_ok(seed,
                  centime_restate_lines(restatement, text, cut, 0, NULL, &consumed, &seed->err));
        assert_true(consumed <= cut);
        expect_ok(seed, centime_restate_lines(restatement, text + consumed, len - consumed, 1, NULL,
                                              NULL, &seed->err));
        expect_ok(seed, centime_restate_finish(restatement, NULL, &result, &seed->err));
        assert_int_equal(result.is_unchanged, cut > 0);
        assert_string_equal(result.total_after, "9.00");
    }
}

static void a_failed_restatement_cannot_be_finished(void **state)
{
    struct seed *seed = *state;
    const centime_restate_scope scope = scope_of_october();
    centime_restatement *restatement;
    expect_ok(seed, centime_restate_begin(seed->store, &scope, &restatement, &seed->err));
    assert_int_equal(centime_restate_lines(restatement, "cost x 1\n", 9, 1, NULL, NULL, &seed->err),
                     CENTIME_PARSE);
    assert_int_equal(centime_restate_finish(restatement, NULL, NULL, &seed->err), CENTIME_INVALID);
}

static void options_are_checked_first(void **state)
{
    struct seed *seed = *state;
    centime_restate_options options = CENTIME_RESTATE_OPTIONS_INIT;
    centime_restate_result unset = {0};
    options.expected_total = "12,5";
    assert_int_equal(restate_text(seed, AWS " cost_usd=1 1\n", &options, NULL), CENTIME_INVALID);
    assert_int_equal(restate_text(seed, AWS " cost_usd=1 1\n", NULL, &unset), CENTIME_INVALID);
    options = (centime_restate_options)CENTIME_RESTATE_OPTIONS_INIT;
    options.field = "usage";
    assert_int_equal(restate_text(seed, AWS " cost_usd=1 1\n", &options, NULL), CENTIME_NOT_FOUND);
    assert_int_equal(restate_text(seed, "", NULL, NULL), CENTIME_INVALID);
    centime_state store_state = {.struct_size = sizeof store_state};
    expect_ok(seed, centime_state_of(seed->store, &store_state));
    assert_int_equal(store_state.last_commit, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEED_TEST(a_month_is_replaced_and_told),
        SEED_TEST(one_bad_line_and_nothing_is_changed),
        SEED_TEST(a_line_outside_the_scope_is_named),
        SEED_TEST(a_text_comes_in_pieces),
        SEED_TEST(a_failed_restatement_cannot_be_finished),
        SEED_TEST(options_are_checked_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
