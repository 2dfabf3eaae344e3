/* All that a question may ask for, through the public face. Expected numbers are worked out by
 * hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "centime.h"

#define JUNE_1 INT64_C(1780272000000000000) /* 2026-06-01T00:00:00Z */
#define DAY    (24 * INT64_C(3600000000000))

static centime_store *store;

static int setup(void **state)
{
    (void)state;
    centime_error err = CENTIME_ERROR_INIT;
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    static const char lines[] =
        "cost,provider=aws,service=ec2 cost_usd=10.00,effective_cost=7,requests=4i "
        "1780272000000000000\n"
        "cost,provider=aws,service=s3 cost_usd=2.50,requests=0i 1780275600000000000\n"
        "cost,provider=gcp,service=gke cost_usd=30.00,effective_cost=25,requests=3i "
        "1780444800000000000\n"
        "cost,provider=gcp,service=gke,currency=EUR,billing_period=2026-07 cost_usd=100.00 "
        "1780448400000000000\n"
        "node,host=a cost_per_hour=2,state=\"up\",energy=5i 1780272000000000000\n"
        "node,host=a cost_per_hour=4,state=\"down\",energy=9i 1780279200000000000\n"
        "node,host=a cost_per_hour=0,energy=2i 1780282800000000000\n";
    return centime_open("memory", &options, &store, &err) == CENTIME_OK &&
                   centime_write(store, NULL, lines, sizeof lines - 1, NULL, NULL, &err) ==
                       CENTIME_OK
               ? 0
               : -1;
}

static int teardown(void **state)
{
    (void)state;
    return centime_close(store, NULL) == CENTIME_OK ? 0 : -1;
}

static centime_query ask(const char *table, const centime_aggregate *aggregates, size_t count)
{
    centime_query query = CENTIME_QUERY_INIT;
    query.table = table;
    query.aggregates = aggregates;
    query.aggregate_count = count;
    return query;
}

static void assert_answer(const centime_query *query, const char *expected)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    centime_buffer *buffer = NULL;
    if (centime_run(store, query, &result, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    assert_int_equal(centime_result_format(result, CENTIME_CSV, &buffer, &err), CENTIME_OK);
    assert_string_equal(centime_buffer_bytes(buffer), expected);
    centime_buffer_destroy(buffer);
    centime_result_destroy(result);
}

static void assert_refused(const centime_query *query, int status, const char *word)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    assert_int_equal(centime_run(store, query, &result, &err), status);
    assert_non_null(strstr(err.text, word));
}

static const char *const dollar[] = {"USD"};
static const centime_filter in_dollars = {
    .kind = CENTIME_IN, .tag = "currency", .values = dollar, .value_count = 1};

static void functions_take_their_options(void **state)
{
    (void)state;
    const centime_aggregate aggregates[] = {{CENTIME_QUANTILE, 0, "cost_usd", "p50"},
                                            {CENTIME_SPREAD, 0, "cost_usd", NULL},
                                            {CENTIME_COUNT_DISTINCT, 0, NULL, NULL},
                                            {CENTIME_MEAN, 0, "cost_usd", NULL}};
    const centime_aggregate_options options[] = {
        {.struct_size = sizeof options[0], .quantile = 0.5},
        {.struct_size = sizeof options[0]},
        {.struct_size = sizeof options[0], .tag = "provider"},
        {.struct_size = sizeof options[0], .has_scale = 1, .scale = 1}};
    centime_query query = ask("cost", aggregates, 4);
    query.aggregate_options = options;
    query.filter = &in_dollars;
    assert_answer(&query, "p50,spread_cost_usd,count_distinct_provider,mean_cost_usd\r\n"
                          "10.00,27.50,2,14.20\r\n");
    const centime_aggregate unknown = {20, 0, "cost_usd", NULL};
    query = ask("cost", &unknown, 1);
    assert_refused(&query, CENTIME_INVALID, "function 20");
}

static void rates_are_integrated_and_counters_are_followed(void **state)
{
    (void)state;
    const centime_aggregate aggregates[] = {{CENTIME_INTEGRAL, 0, "cost_per_hour", NULL},
                                            {CENTIME_INCREASE, 0, "energy", NULL},
                                            {CENTIME_RATE, 0, "energy", NULL}};
    const centime_aggregate_options options[] = {
        {.struct_size = sizeof options[0]},
        {.struct_size = sizeof options[0]},
        {.struct_size = sizeof options[0], .unit_ns = INT64_C(3600000000000)}};
    centime_query query = ask("node", aggregates, 3);
    query.aggregate_options = options;
    assert_answer(&query, "integral_cost_per_hour,increase_energy,rate_energy\r\n8.00,6,2\r\n");
}

static void filters_look_at_tags_and_fields(void **state)
{
    (void)state;
    const centime_aggregate count = {CENTIME_COUNT, 0, NULL, NULL};
    centime_query query = ask("cost", &count, 1);
    static const struct {
        uint32_t kind;
        const char *name, *value, *expected;
    } cases[] = {
        {CENTIME_MATCH, "service", "^(ec2|gke)$", "3"},
        {CENTIME_PRESENT, "billing_period", NULL, "1"},
        {CENTIME_FIELD_GREATER, "cost_usd", "10", "2"},
        {CENTIME_FIELD_GREATER_EQUAL, "cost_usd", "10.000", "3"},
        {CENTIME_FIELD_EQUAL, "requests", "0", "1"},
        {CENTIME_FIELD_NOT_EQUAL, "requests", "0", "2"},
        {CENTIME_FIELD_PRESENT, "effective_cost", NULL, "2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const centime_filter filter = {.kind = cases[i].kind,
                                       .tag = cases[i].name,
                                       .values = &cases[i].value,
                                       .value_count = cases[i].value ? 1 : 0};
        char expected[40] = "count\r\n";
        memcpy(expected + 7, cases[i].expected, 1);
        memcpy(expected + 8, "\r\n", 3);
        query.filter = &filter;
        assert_answer(&query, expected);
    }
    const char *const word = "many";
    const centime_filter wrong = {
        .kind = CENTIME_FIELD_LESS, .tag = "requests", .values = &word, .value_count = 1};
    query.filter = &wrong;
    assert_refused(&query, CENTIME_TYPE, "requests");
}

static void calendar_buckets_are_filled_and_ranked(void **state)
{
    (void)state;
    const centime_aggregate sum = {CENTIME_SUM, 0, "cost_usd", "cost"};
    centime_query query = ask("cost", &sum, 1);
    query.filter = &in_dollars;
    query.unit = CENTIME_DAYS;
    query.start_ns = JUNE_1;
    query.end_ns = JUNE_1 + 4 * DAY;
    query.fill = CENTIME_FILL_VALUE;
    query.fill_value = "0.00";
    assert_answer(&query, "time,cost\r\n"
                          "2026-06-01T00:00:00Z,12.50\r\n2026-06-02T00:00:00Z,0.00\r\n"
                          "2026-06-03T00:00:00Z,30.00\r\n2026-06-04T00:00:00Z,0.00\r\n");
    const char *const by_service = "service";
    query.fill = CENTIME_FILL_NONE;
    query.unit = CENTIME_MONTHS;
    query.tags = &by_service;
    query.tag_count = 1;
    query.order_by = "cost";
    query.is_descending = 1;
    query.bucket_limit = 2;
    assert_answer(&query, "time,service,cost\r\n2026-06-01T00:00:00Z,gke,30.00\r\n"
                          "2026-06-01T00:00:00Z,ec2,10.00\r\n");
    query.time_zone = "Nowhere/Land";
    assert_refused(&query, CENTIME_NOT_FOUND, "Nowhere/Land");
    query.time_zone = NULL;
    query.unit = 9;
    assert_refused(&query, CENTIME_INVALID, "unit 9");
}

static void columns_are_computed(void **state)
{
    (void)state;
    const centime_aggregate aggregates[] = {{CENTIME_SUM, 0, "cost_usd", "cost"},
                                            {CENTIME_SUM, 0, "requests", "requests"}};
    const centime_computed computed[] = {{.struct_size = sizeof computed[0],
                                          .operation = CENTIME_DIVIDE,
                                          .name = "each",
                                          .left = "cost",
                                          .right = "requests",
                                          .has_scale = 1,
                                          .scale = 4},
                                         {.struct_size = sizeof computed[0],
                                          .operation = CENTIME_MULTIPLY,
                                          .name = "gross",
                                          .left = "cost",
                                          .right_value = "1.19"}};
    centime_query query = ask("cost", aggregates, 2);
    query.filter = &in_dollars;
    query.computed = computed;
    query.computed_count = 2;
    assert_answer(&query, "cost,requests,each,gross\r\n42.50,7,6.0714,50.575\r\n");
}

static void a_basis_and_a_dating_choose_what_counts(void **state)
{
    (void)state;
    const centime_aggregate sum = {CENTIME_SUM, 0, NULL, "cost"};
    centime_query query = ask("cost", &sum, 1);
    query.basis = CENTIME_EFFECTIVE;
    assert_answer(&query, "cost\r\n32.00\r\n");
    query.basis = CENTIME_LIST;
    assert_refused(&query, CENTIME_NOT_FOUND, "list_cost");
    const char *const by_currency = "currency";
    query.basis = CENTIME_BILLED;
    query.tags = &by_currency;
    query.tag_count = 1;
    query.unit = CENTIME_MONTHS;
    query.dating = CENTIME_BY_BILLING;
    assert_answer(&query, "time,currency,cost\r\n2026-06-01T00:00:00Z,USD,42.50\r\n"
                          "2026-07-01T00:00:00Z,EUR,100.00\r\n");
}

static void amounts_are_converted_by_stored_rates(void **state)
{
    (void)state;
    const centime_aggregate sum = {CENTIME_SUM, 0, "cost_usd", "cost"};
    centime_query query = ask("cost", &sum, 1);
    assert_refused(&query, CENTIME_CURRENCY, "EUR");
    query.convert_to = "USD";
    query.start_ns = JUNE_1;
    query.end_ns = JUNE_1 + 30 * DAY;
    assert_refused(&query, CENTIME_CURRENCY, "2026-06-01");
    const centime_rate rate = {.struct_size = sizeof rate,
                               .base = "EUR",
                               .quote = "USD",
                               .from_ns = JUNE_1 - 30 * DAY,
                               .rate = "1.10"};
    assert_int_equal(centime_rate_set(store, NULL, &rate, NULL), CENTIME_OK);
    assert_answer(&query, "cost\r\n152.50\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(functions_take_their_options, setup, teardown),
        cmocka_unit_test_setup_teardown(rates_are_integrated_and_counters_are_followed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(filters_look_at_tags_and_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(calendar_buckets_are_filled_and_ranked, setup, teardown),
        cmocka_unit_test_setup_teardown(columns_are_computed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_basis_and_a_dating_choose_what_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(amounts_are_converted_by_stored_rates, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
