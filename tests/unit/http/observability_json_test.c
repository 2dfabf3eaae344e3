/* What observability programs report as JSON, and the seed's summaries of it. */
#include "server_fixture.h"

#define NOON INT64_C(1780315200) /* 2026-06-01T12:00:00Z, seconds */

static void the_seeds_cost_entry_is_summed_up(void **state)
{
    struct http *http = *state;
    assert_int_equal(
        http_post(http, "/api/v1/costs",
                  "{\"timestamp\": 1780315200.25, \"provider\": \"aws\", \"service\": \"ec2\","
                  " \"resource_id\": \"i-1234567890abcdef0\", \"cost_usd\": 3.50, \"region\": "
                  "\"us-west-2\", \"tags\": {\"team\": \"ml-research\", \"project\": null}}"),
        200);
    expect_contains(http_body(http), "{\"accepted\":1,\"rejected\":0,\"overwritten\":0,");
    assert_int_equal(http_post(http, "/api/v1/costs",
                               "[{\"timestamp\":\"2026-06-01T11:00:00Z\",\"provider\":\"gcp\","
                               "\"cost_usd\":7.8125e-08,\"cluster_id\":\"c\"},"
                               "{\"timestamp\":1780315100,\"cost_usd\":\"-1.25\"}]"),
                     200);
    const char *json = http_get(http, "/api/v1/costs/summary?end=2026-06-01T12:30:00Z");
    expect_contains(json, "{\"total_cost\":2.250000078125,");
    expect_contains(json, "\"by_provider\":{\"\":-1.25,\"aws\":3.50,\"gcp\":0.000000078125}");
    expect_contains(json, "\"by_cluster\":{\"\":2.25,\"c\":0.000000078125}");
    expect_contains(json, "\"by_tag\":{\"team\":{\"ml-research\":3.50}}");
    json =
        http_get(http, "/api/v1/costs/summary?end=1780315200.25&time_range_hours=0.5&money=string");
    expect_contains(json, "{\"total_cost\":\"2.25\",");
    expect_contains(json, "\"end\":\"2026-06-01T12:00:00.25Z\"}");
    expect_contains(http_get(http, "/api/v1/costs/summary?end=1780315200249999999"),
                    "\"total_cost\":-1.249999921875,");
}

static void equal_costs_count_each_and_a_repeated_request_once(void **state)
{
    struct http *http = *state;
    const char *body = "[{\"timestamp\":1780315200,\"cost_usd\":1},"
                       "{\"timestamp\":1780315200,\"cost_usd\":1}]";
    assert_int_equal(http_post(http, "/api/v1/costs", body), 200);
    assert_int_equal(http_count_rows(http, "default", "cost"), 2);
    http_set_header(http, "Idempotency-Key", "k1");
    assert_int_equal(http_post(http, "/api/v1/costs", body), 200);
    expect_contains(http_body(http), "\"is_repeat\":false");
    assert_int_equal(http_post(http, "/api/v1/costs", body), 200);
    expect_contains(http_body(http), "\"accepted\":2,");
    expect_contains(http_body(http), "\"is_repeat\":true");
    assert_string_equal(http_header(http, "Idempotency-Replayed"), "true");
    assert_int_equal(http_count_rows(http, "default", "cost"), 4);
    assert_int_equal(http_post(http, "/api/v1/costs", "{\"cost_usd\":1}"), 422);
    expect_contains(http_body(http), "\"code\":\"idempotency_key_reused\"");
    assert_int_equal(
        http_post(http, "/api/v1/metrics/rag", "{\"pipeline_id\":\"p\",\"total_time_ms\":1}"), 422);
}

static void a_bad_item_costs_no_good_one(void **state)
{
    struct http *http = *state;
    const char *body = "[{\"timestamp\":1780315200,\"cost_usd\":1},"
                       "{\"timestamp\":1780315200,\"cost_usd\":\"3,5\"},"
                       "{\"timestamp\":1780315200,\"cost_us\":1},"
                       "{\"timestamp\":1780315200},"
                       "{\"timestamp\":1780315200,\"cost_usd\":2,\"entry_id\":\"~x\"},"
                       "{\"timestamp\":1780315200,\"cost_usd\":2,\"tags\":{\"team\":5}},"
                       "{\"timestamp\":0,\"cost_usd\":2},"
                       "17,"
                       "{\"timestamp\":1780315200,\"cost_usd\":2}]";
    assert_int_equal(http_post(http, "/api/v1/costs", body), 400);
    const char *json = http_body(http);
    expect_contains(json,
                    "{\"error\":\"7 of 9 not taken: item 1, [1].cost_usd: a number is wanted, "
                    "not 3,5\",\"code\":\"partial_write\",\"details\":[{\"index\":1,\"field\":"
                    "\"cost_usd\",");
    expect_contains(json, "{\"index\":2,\"field\":\"cost_us\",\"error\":\"a cost entry has no "
                          "\\\"cost_us\\\": did you mean \\\"cost_usd\\\"?\"}");
    expect_contains(json, "{\"index\":3,\"field\":\"cost_usd\",\"error\":\"cost_usd is missing\"}");
    expect_contains(json, "{\"index\":5,\"field\":\"tags\",\"error\":\"[5].tags.team: a string is "
                          "wanted, not a number\"}");
    expect_contains(json, "{\"index\":6,\"field\":\"timestamp\",");
    expect_contains(json,
                    "{\"index\":7,\"field\":null,\"error\":\"a cost entry is an object, not a "
                    "number\"}");
    expect_contains(json, "{\"index\":4,\"field\":null,\"error\":\"entry_id \\\"~x\\\"");
    expect_contains(json, "\"accepted\":2,\"rejected\":7,");
    assert_int_equal(http_count_rows(http, "default", "cost"), 2);
    expect_contains(http_get(http, "/api/v1/costs/summary?end=1780315200"), "\"total_cost\":3.00,");
}

static void all_or_nothing_takes_nothing_beside_a_bad_item(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/api/v1/costs?accept_partial=false",
                               "[{\"cost_usd\":1},{\"cost_usd\":\"x\"}]"),
                     400);
    expect_contains(http_body(http), "\"code\":\"invalid\",\"details\":[{\"index\":1,");
    expect_contains(http_body(http), "\"accepted\":0,\"rejected\":2}");
    assert_int_equal(http_post(http, "/api/v1/costs?accept_partial=false",
                               "[{\"cost_usd\":1},{\"cost_usd\":2,\"entry_id\":\"~x\"}]"),
                     400);
    expect_contains(http_body(http), "\"details\":[{\"index\":1,\"field\":null,");
    assert_int_equal(http_count_rows(http, "default", "cost"), 0);
    assert_int_equal(http_post(http, "/api/v1/costs?accept_partial=maybe", "[]"), 400);
}

static void what_is_no_json_is_refused_as_a_whole(void **state)
{
    struct http *http = *state;
    static const char *const bodies[] = {"", "{", "{\"cost_usd\":1,\"cost_usd\":2}", "NaN"};
    for (size_t i = 0; i < CT_COUNT_OF(bodies); i++) {
        assert_int_equal(http_post(http, "/api/v1/costs", bodies[i]), 400);
        expect_contains(http_body(http), "\"code\":\"parse\"");
        expect_contains(http_body(http), "line 1, column");
    }
    assert_int_equal(http_post(http, "/api/v1/costs", "null"), 400);
    expect_contains(http_body(http), "a cost entry is an object, not nothing");
    assert_int_equal(http_post(http, "/api/v1/costs", "[]"), 200);
    expect_contains(http_body(http), "\"accepted\":0,");
}

static void clusters_are_registered_and_judged(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/api/v1/clusters",
                               "{\"cluster_id\":\"gpu-cluster-1\",\"nodes\":[\"node-1\",\"node-2\","
                               "\"node-3\"],\"region\":\"us-west-2\"}"),
                     200);
    expect_contains(http_body(http), "{\"status\":\"registered\",\"cluster_id\":\"gpu-cluster-1\"");
    assert_int_equal(
        http_post(http, "/api/v1/metrics/system",
                  "{\"timestamp\":1780315200,\"cpu_usage\":75.5,\"memory_usage\":68.2,"
                  "\"disk_usage\":45.0,\"gpu_usage\":92.3,\"cluster_id\":\"gpu-cluster-1\","
                  "\"node_id\":\"node-1\",\"network_io\":{\"in\":5},\"fan_speed\":1,"
                  "\"cost_per_hour\":32.77}"),
        200);
    expect_contains(http_body(http), ",\"ignored\":[\"network_io\",\"fan_speed\"]}");
    const char *json = http_get(http, "/api/v1/clusters/health?end=2026-06-01T12:01:00Z");
    expect_contains(json, "{\"gpu-cluster-1\":{\"health_status\":\"healthy\",\"total_nodes\":3,"
                          "\"healthy_nodes\":1,\"avg_cpu_usage\":75.5,\"avg_memory_usage\":68.2,"
                          "\"avg_disk_usage\":45,\"avg_gpu_usage\":92.3}}");
    expect_contains(http_get(http, "/api/v1/clusters"), "[{\"cluster_id\":\"gpu-cluster-1\",");
    assert_int_equal(
        http_post(http, "/api/v1/clusters",
                  "[{\"cluster_id\":\"a\"},{\"nodes\":[]},{\"cluster_id\":\"b\",\"nodes\":["
                  "\"\"]},{\"cluster_id\":\"c\",\"nodes\":[1]}]"),
        400);
    expect_contains(http_body(http), "\"accepted\":1,\"rejected\":3,\"registered\":[{\"status\":"
                                     "\"registered\",\"cluster_id\":\"a\"");
    assert_int_equal(http_post(http, "/api/v1/metrics/system", "{\"cluster_id\":\"a\"}"), 400);
    expect_contains(http_body(http), "nothing was measured");
    assert_int_equal(http_post(http, "/api/v1/metrics/system",
                               "{\"cluster_id\":\"a\",\"cluster\":\"b\",\"cpu_usage\":1}"),
                     400);
    expect_contains(http_body(http), "\\\"cluster_id\\\" and \\\"cluster\\\" are the same");
}

static void services_are_registered_and_sampled(void **state)
{
    struct http *http = *state;
    assert_int_equal(
        http_post(http, "/api/v1/services",
                  "[{\"service_name\":\"training-api\",\"cluster_id\":\"gpu-cluster-1\","
                  "\"dependencies\":[\"database\",\"cache\"]}]"),
        200);
    expect_contains(http_body(http), "[{\"status\":\"registered\",\"service\":\"training-api\"");
    assert_int_equal(
        http_post(http, "/api/v1/metrics/service",
                  "{\"service_name\":\"training-api\",\"timestamp\":1780315200,"
                  "\"request_count\":1000,\"success_rate\":99.5,\"avg_response_time\":45.2,"
                  "\"status\":\"running\"}"),
        200);
    assert_int_equal(http_count_rows(http, "default", "service"), 1);
    expect_contains(http_get(http, "/api/v1/services"),
                    "\"dependencies\":[\"database\",\"cache\"]");
    assert_int_equal(http_post(http, "/api/v1/metrics/service",
                               "{\"service_name\":\"x\",\"request_count\":10.5}"),
                     400);
    expect_contains(http_body(http), "request_count: a whole number is wanted, not 10.5");
}

static void training_runs_are_summed_up_as_of_any_time(void **state)
{
    struct http *http = *state;
    for (int i = 1; i <= 3; i++) {
        char body[400];
        (void)snprintf(body, sizeof body,
                       "{\"run_id\":\"llm-training-001\",\"model_name\":\"gpt-custom-7b\","
                       "\"epoch\":5,\"step\":%d,\"training_loss\":0.%d,\"validation_loss\":0.289,"
                       "\"learning_rate\":0.0001,\"gpu_memory_mb\":42000,\"batch_size\":32,"
                       "\"throughput_samples_per_sec\":128.5,\"timestamp\":%lld}",
                       1000 + i, 5 - i, (long long)(NOON + i));
        assert_int_equal(http_post(http, "/api/v1/metrics/llm-training", body), 200);
    }
    expect_contains(http_get(http, "/api/v1/training/llm-training-001"),
                    "\"total_steps\":3,\"max_step\":1003,\"current_epoch\":5,\"current_loss\":0.2,"
                    "\"best_loss\":0.2");
    expect_contains(http_get(http, "/api/v1/training?run_id=llm-training-001&end=1780315201"),
                    "\"total_steps\":1,\"max_step\":1001,");
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/api/v1/training/none", ""), 404);
    expect_contains(http_body(http), "no training run \\\"none\\\"");
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/api/v1/training", ""), 400);
    assert_int_equal(
        http_ask(http, CT_METHOD_GET, "/api/v1/training/llm-training-001?end=1780315200", ""), 404);
    assert_int_equal(
        http_post(http, "/api/v1/metrics/llm-training", "{\"run_id\":\"r\",\"epoch\":1}"), 400);
    expect_contains(http_body(http), "step is missing");
}

static void pipelines_are_summed_up_and_queries_kept_private(void **state)
{
    struct http *http = *state;
    const char *body =
        "{\"pipeline_id\":\"production-rag\",\"query\":\"What is machine "
        "learning?\",\"retrieval_time_ms\":45.2,\"generation_time_ms\":120.5,"
        "\"total_time_ms\":165.7,\"relevance_score\":0.95,\"num_retrieved_docs\":5,"
        "\"embedding_tokens\":50,\"generation_tokens\":150,\"timestamp\":1780315200}";
    assert_int_equal(http_post(http, "/api/v1/metrics/rag", body), 200);
    expect_contains(http_get(http, "/api/v1/rag/production-rag"),
                    "\"total_queries\":1,\"avg_retrieval_time_ms\":45.2,");
    centime_buffer *buffer = NULL;
    centime_influx_options options = CENTIME_INFLUX_OPTIONS_INIT;
    options.database = "default";
    const char *ask = "SELECT \"query\" FROM rag";
    assert_int_equal(
        centime_influxql(http->server.store, ask, strlen(ask), &options, &buffer, NULL), 0);
    assert_null(strstr(centime_buffer_bytes(buffer), "machine"));
    centime_buffer_destroy(buffer);
    http->server.config.keeps_queries = true;
    assert_int_equal(http_post(http, "/api/v1/metrics/rag?query_text=hash", body), 200);
    assert_int_equal(http_post(http, "/api/v1/metrics/rag?query_text=secret", body), 400);
    assert_int_equal(http_post(http, "/api/v1/metrics/rag?query_text=keep", body), 200);
    assert_int_equal(
        centime_influxql(http->server.store, ask, strlen(ask), &options, &buffer, NULL), 0);
    expect_contains(centime_buffer_bytes(buffer), "What is machine learning?");
    centime_buffer_destroy(buffer);
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/api/v1/rag/other", ""), 404);
}

static void parameters_that_make_no_sense_are_told(void **state)
{
    struct http *http = *state;
    static const struct {
        const char *target, *words;
    } cases[] = {
        {"/api/v1/costs/summary?time_range_hours=0", "time_range_hours is a number above 0"},
        {"/api/v1/costs/summary?time_range_hours=-5", "time_range_hours is a number above 0"},
        {"/api/v1/costs/summary?time_range_hours=1e9", "at most 2562047 hours, not \\\"1e9\\\""},
        {"/api/v1/costs/summary?time_range_hours=day", "not \\\"day\\\""},
        {"/api/v1/costs/summary?time_range_hours=1e-30", "above 0"},
        {"/api/v1/costs/summary?end=yesterday", "end: a time is wanted"},
        {"/api/v1/costs/summary?end=2026-02-30", "not \\\"2026-02-30\\\""},
        {"/api/v1/costs/summary?end=99999999999999999999999", "end: a time is wanted"},
        {"/api/v1/costs/summary?top=0", "top is a whole number from 1 to 10000"},
        {"/api/v1/costs/summary?money=words", "money takes number"},
        {"/api/v1/budgets?money=x", "money takes number"},
        {"/api/v1/budgets?view=x", "view takes status or settings"},
        {"/api/v1/clusters/health?end=x", "end: a time is wanted"},
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        assert_int_equal(http_ask(http, CT_METHOD_GET, cases[i].target, ""), 400);
        expect_contains(http_body(http), cases[i].words);
        expect_contains(http_body(http), "\"code\":\"bad_parameter\"");
    }
    expect_contains(http_get(http, "/api/v1/costs/summary"), "{\"total_cost\":0.00,");
    assert_int_equal(http_post(http, "/api/v1/costs", "{\"cost_usd\":1}"), 200);
    expect_contains(http_get(http, "/api/v1/costs/summary"), "{\"total_cost\":1.00,");
    expect_contains(http_get(http, "/api/v1/costs/summary?time_range_hours=2562047&end=0"),
                    "{\"total_cost\":0.00,");
}

static void a_token_of_one_database_sees_no_other(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/api/v1/costs?database=a", "{\"cost_usd\":1}"), 200);
    assert_int_equal(http_count_rows(http, "a", "cost"), 1);
    http->principal = (struct ct_principal){.is_token = true, .grant_count = 1};
    http->principal.grants[0] = (struct ct_grant){.database = "b", .reads = true};
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/api/v1/costs/summary?database=a", ""), 404);
    assert_int_equal(http_post(http, "/api/v1/costs?database=b", "{\"cost_usd\":1}"), 403);
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/api/v1/costs/summary?db=b", ""), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(the_seeds_cost_entry_is_summed_up),
        HTTP_TEST(equal_costs_count_each_and_a_repeated_request_once),
        HTTP_TEST(a_bad_item_costs_no_good_one),
        HTTP_TEST(all_or_nothing_takes_nothing_beside_a_bad_item),
        HTTP_TEST(what_is_no_json_is_refused_as_a_whole),
        HTTP_TEST(clusters_are_registered_and_judged),
        HTTP_TEST(services_are_registered_and_sampled),
        HTTP_TEST(training_runs_are_summed_up_as_of_any_time),
        HTTP_TEST(pipelines_are_summed_up_and_queries_kept_private),
        HTTP_TEST(parameters_that_make_no_sense_are_told),
        HTTP_TEST(a_token_of_one_database_sees_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
