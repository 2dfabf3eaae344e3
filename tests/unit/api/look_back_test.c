/* Questions as of an earlier commit or time, and differences between two, through the C library.
 * Expected numbers are worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "centime.h"

static const centime_aggregate sum_cost = {CENTIME_SUM, 0, "cost_usd", NULL};
static const char *const tags[] = {"provider", "service"};

static const char first_bill[] =
    "cost,provider=aws,service=ec2 cost_usd=10.10 1780272000000000000\n"
    "cost,provider=aws,service=s3 cost_usd=2 1780272000000000000\n"
    "cost,provider=gcp,service=gke cost_usd=5.5 1780272000000000000\n";
static const char second_bill[] =
    "cost,provider=aws,service=ec2 cost_usd=10.100000000000000000001 1780272000000000000\n"
    "cost,provider=aws,service=s3 cost_usd=2.00 1780272000000000000\n"
    "cost,provider=azure,service=aks cost_usd=0.000 1780272000000000000\n";

static void write_text(centime_store *store, const char *text)
{
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_write(store, NULL, text, strlen(text), NULL, NULL, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
}

/* Commit 1: the first bill. 2: the second one over it. 3: what gcp charged is deleted. */
static centime_store *open_bills(void)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    options.no_thread = 1;
    centime_store *store = NULL;
    if (centime_open("memory", &options, &store, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    write_text(store, first_bill);
    write_text(store, second_bill);
    const char *key = "provider";
    const char *value = "gcp";
    uint64_t commit = 0;
    if (centime_delete(store, NULL, "cost", &key, &value, 1, INT64_MIN, INT64_MAX, &commit, &err) !=
        CENTIME_OK)
        fail_msg("%s", err.text);
    assert_int_equal(commit, 3);
    return store;
}

/* Line ends apart. */
static void assert_csv(centime_result *result, const char *expected)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_buffer *buffer = NULL;
    char found[1024];
    size_t len = 0;
    assert_int_equal(centime_result_format(result, CENTIME_CSV, &buffer, &err), CENTIME_OK);
    assert_true(centime_buffer_len(buffer) < sizeof found);
    for (const char *at = centime_buffer_bytes(buffer); *at; at++) {
        found[len] = *at;
        len += *at != '\r';
    }
    found[len] = 0;
    assert_string_equal(found, expected);
    centime_buffer_destroy(buffer);
    centime_result_destroy(result);
}

static void assert_total_as_of(centime_store *store, uint64_t commit, int64_t time_ns,
                               const char *expected)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_query query = CENTIME_QUERY_INIT;
    query.table = "cost";
    query.aggregates = &sum_cost;
    query.aggregate_count = 1;
    query.as_of_commit = commit;
    query.as_of_time_ns = time_ns;
    centime_result *result = NULL;
    if (centime_run(store, &query, &result, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    assert_csv(result, expected);
}

static int ask_difference(centime_store *store, uint64_t from, uint64_t to, size_t tag_count,
                          centime_result **result, centime_error *err)
{
    const centime_difference_query query = {.struct_size = sizeof query,
                                            .table = "cost",
                                            .field = "cost_usd",
                                            .tags = tags,
                                            .tag_count = tag_count,
                                            .from_commit = from,
                                            .to_commit = to};
    return centime_difference(store, &query, result, err);
}

static void assert_difference(centime_store *store, uint64_t from, uint64_t to, size_t tag_count,
                              const char *expected)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    if (ask_difference(store, from, to, tag_count, &result, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    assert_csv(result, expected);
}

static void a_question_is_answered_as_of_a_commit(void **state)
{
    (void)state;
    centime_store *store = open_bills();
    for (int is_compacted = 0; is_compacted < 2; is_compacted++) {
        assert_total_as_of(store, 1, 0, "sum_cost_usd\n17.60\n");
        assert_total_as_of(store, 2, 0, "sum_cost_usd\n17.600000000000000000001\n");
        assert_total_as_of(store, 3, 0, "sum_cost_usd\n12.100000000000000000001\n");
        assert_total_as_of(store, 0, 0, "sum_cost_usd\n12.100000000000000000001\n");
        assert_int_equal(centime_compact(store, NULL), CENTIME_OK);
    }
    centime_state is = {.struct_size = sizeof is};
    assert_int_equal(centime_state_of(store, &is), CENTIME_OK);
    assert_int_equal(is.history_rows, 2);
    assert_int_equal(is.history_days, 400);
    assert_int_equal(is.history_low, 0);
    assert_int_equal(centime_close(store, NULL), CENTIME_OK);
}

static void a_question_is_answered_as_of_a_time(void **state)
{
    (void)state;
    centime_store *store = open_bills();
    int64_t made_ns = 0;
    uint64_t commit = 9;
    assert_int_equal(centime_commit_time(store, 1, &made_ns, NULL), CENTIME_OK);
    assert_int_equal(centime_commit_at(store, made_ns - 1, &commit, NULL), CENTIME_OK);
    assert_int_equal(commit, 0);
    assert_total_as_of(store, 0, made_ns - 1, "sum_cost_usd\n\n");
    assert_total_as_of(store, 0, INT64_MAX, "sum_cost_usd\n12.100000000000000000001\n");
    assert_int_equal(centime_close(store, NULL), CENTIME_OK);
}

static void a_moment_out_of_reach_is_refused(void **state)
{
    (void)state;
    centime_error err = CENTIME_ERROR_INIT;
    centime_store *store = open_bills();
    centime_query query = CENTIME_QUERY_INIT;
    centime_result *result = NULL;
    query.table = "cost";
    query.aggregates = &sum_cost;
    query.aggregate_count = 1;
    query.as_of_commit = 4;
    assert_int_equal(centime_run(store, &query, &result, &err), CENTIME_RANGE);
    assert_non_null(strstr(err.text, "the last one is 3"));
    query.as_of_commit = 1;
    query.as_of_time_ns = 1;
    assert_int_equal(centime_run(store, &query, &result, &err), CENTIME_INVALID);
    assert_int_equal(centime_keep_history(store, 0, &err), CENTIME_OK);
    assert_int_equal(centime_compact(store, &err), CENTIME_OK);
    query.as_of_time_ns = 0;
    assert_int_equal(centime_run(store, &query, &result, &err), CENTIME_RANGE);
    assert_non_null(strstr(err.text, "the first that can be asked for is 3"));
    assert_int_equal(centime_keep_history(store, 100000, &err), CENTIME_LIMIT);
    assert_int_equal(centime_close(store, NULL), CENTIME_OK);
}

static void a_difference_names_what_is_new_gone_and_changed(void **state)
{
    (void)state;
    centime_store *store = open_bills();
    for (int is_compacted = 0; is_compacted < 2; is_compacted++) {
        assert_difference(store, 1, 3, 2,
                          "provider,service,before,after,change,status\n"
                          "aws,ec2,10.10,10.100000000000000000001,0.000000000000000000001,changed\n"
                          "azure,aks,,0.00,0.00,new\n"
                          "gcp,gke,5.50,,-5.50,gone\n");
        assert_difference(store, 1, 0, 0,
                          "before,after,change,status\n"
                          "17.60,12.100000000000000000001,-5.499999999999999999999,changed\n");
        assert_difference(store, 2, 3, 1,
                          "provider,before,after,change,status\ngcp,5.50,,-5.50,gone\n");
        assert_difference(store, 2, 2, 1, "provider,before,after,change,status\n");
        assert_difference(store, 3, 1, 1,
                          "provider,before,after,change,status\n"
                          "aws,12.100000000000000000001,12.10,-0.000000000000000000001,changed\n"
                          "azure,0.00,,0.00,gone\n"
                          "gcp,,5.50,5.50,new\n");
        assert_int_equal(centime_compact(store, NULL), CENTIME_OK);
    }
    assert_int_equal(centime_close(store, NULL), CENTIME_OK);
}

static void a_difference_between_currencies_is_refused(void **state)
{
    (void)state;
    centime_error err = CENTIME_ERROR_INIT;
    centime_store *store = open_bills();
    centime_result *result = NULL;
    uint64_t commit;
    write_text(store, "cost,provider=x,currency=EUR cost_usd=1 1780272000000000000\n");
    assert_int_equal(ask_difference(store, 3, 0, 1, &result, &err), CENTIME_CURRENCY);
    const char *keys[] = {"currency"};
    const char *values[] = {""};
    assert_int_equal(
        centime_delete(store, NULL, "cost", keys, values, 1, INT64_MIN, INT64_MAX, &commit, &err),
        CENTIME_OK);
    assert_int_equal(ask_difference(store, 3, 0, 1, &result, &err), CENTIME_CURRENCY);
    assert_non_null(strstr(err.text, "USD and EUR"));
    const char *by_currency[] = {"currency"};
    const centime_difference_query query = {.struct_size = sizeof query,
                                            .table = "cost",
                                            .field = "cost_usd",
                                            .tags = by_currency,
                                            .tag_count = 1,
                                            .from_commit = 3};
    assert_int_equal(centime_difference(store, &query, &result, &err), CENTIME_OK);
    assert_csv(result, "currency,before,after,change,status\n"
                       "EUR,,1.00,1.00,new\n"
                       "USD,12.100000000000000000001,,-12.100000000000000000001,gone\n");
    assert_int_equal(centime_close(store, NULL), CENTIME_OK);
}

static void a_difference_needs_an_exact_field_and_a_beginning(void **state)
{
    (void)state;
    centime_error err = CENTIME_ERROR_INIT;
    centime_store *store = open_bills();
    centime_result *result = NULL;
    centime_difference_query query = {
        .struct_size = sizeof query, .table = "cost", .field = "cost_usd"};
    assert_int_equal(centime_difference(store, &query, &result, &err), CENTIME_INVALID);
    write_text(store, "load,host=a value=1.5 1780272000000000000\n");
    query.from_commit = 3;
    query.table = "load";
    query.field = "value";
    assert_int_equal(centime_difference(store, &query, &result, &err), CENTIME_TYPE);
    query.field = "other";
    assert_int_equal(centime_difference(store, &query, &result, &err), CENTIME_NOT_FOUND);
    assert_int_equal(centime_close(store, NULL), CENTIME_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_answered_as_of_a_commit),
        cmocka_unit_test(a_question_is_answered_as_of_a_time),
        cmocka_unit_test(a_moment_out_of_reach_is_refused),
        cmocka_unit_test(a_difference_names_what_is_new_gone_and_changed),
        cmocka_unit_test(a_difference_between_currencies_is_refused),
        cmocka_unit_test(a_difference_needs_an_exact_field_and_a_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
