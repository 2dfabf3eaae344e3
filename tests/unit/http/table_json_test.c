/* Tables, grouping sets, rates, differences and restatements over HTTP. */
#include "server_fixture.h"

static void refused(struct http *http, const char *target, const char *body, unsigned status,
                    const char *words)
{
    const unsigned got = http_post(http, target, body);
    if (got != status)
        fail_msg("%s %s: %u %s", target, body, got, http_body(http));
    expect_contains(http_body(http), words);
}

static void tables_are_those_of_the_database(void **state)
{
    struct http *http = *state;
    assert_string_equal(http_get(http, "/api/v1/tables"), "{\"rows\":[]}\n");
    assert_int_equal(http_post(http, "/write?db=default", "m,t=a v=1 1\nn v=2i 1"), 204);
    assert_int_equal(http_post(http, "/write?db=other", "secret v=1 1"), 204);
    const char *json = http_get(http, "/api/v1/tables");
    expect_contains(json,
                    "{\"rows\":[{\"database\":\"default\",\"table\":\"m\",\"kind\":"
                    "\"metrics\",\"currency\":\"USD\",\"fields\":1,\"tags\":1,\"series\":1},");
    assert_null(strstr(json, "secret"));
    expect_contains(http_get(http, "/api/v1/tables?database=other"), "secret");
    expect_contains(http_get(http, "/api/v1/tables/m"),
                    "{\"name\":\"t\",\"role\":\"tag\",\"type\":\"text\"");
    expect_contains(http_get(http, "/api/v1/tables/m?format=csv"), "v,field,float,false,");
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/api/v1/tables/none", ""), 404);
}

static void grouping_sets_are_declared_listed_and_dropped(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/write", "m,a=x,b=y v=1 1"), 204);
    assert_int_equal(http_post(http, "/api/v1/rollups",
                               "{\"table\":\"m\",\"tags\":[\"a\",\"b\"],\"grains\":[\"day\"],"
                               "\"quantiles\":[\"v\"]}"),
                     204);
    expect_contains(http_get(http, "/api/v1/rollups?table=m"), "\"origin\":\"declared\"");
    refused(http, "/api/v1/rollups", "{\"tags\":[]}", 400, "table: it is missing");
    refused(http, "/api/v1/rollups", "{\"table\":\"m\",\"grains\":[\"week\"]}", 400,
            "grains[0]: one of minute, hour");
    refused(http, "/api/v1/rollups", "{\"table\":\"m\",\"grain\":[]}", 400, "\\\"grains\\\"?");
    assert_int_equal(http_ask(http, CT_METHOD_DELETE, "/api/v1/rollups?table=m&tag=a&tag=b", ""),
                     204);
    assert_null(strstr(http_get(http, "/api/v1/rollups?table=m"), "\"declared\""));
    assert_int_equal(http_ask(http, CT_METHOD_DELETE, "/api/v1/rollups", ""), 400);
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/api/v1/rollups", ""), 400);
}

static void rates_are_set_and_convert(void **state)
{
    struct http *http = *state;
    assert_int_equal(
        http_post(http, "/api/v1/rates",
                  "[{\"base\":\"EUR\",\"quote\":\"USD\",\"from\":\"2026-06-01\",\"rate\":"
                  "1.0837},{\"base\":\"GBP\",\"quote\":\"USD\",\"from\":\"2026-06-01\","
                  "\"rate\":\"1.25\"}]"),
        204);
    expect_contains(http_get(http, "/api/v1/rates"), "\"base\":\"EUR\",\"quote\":\"USD\",\"from\":"
                                                     "\"2026-06-01T00:00:00Z\",\"rate\":1.0837}");
    assert_int_equal(
        http_post(http, "/api/v1/costs",
                  "{\"timestamp\":\"2026-06-02\",\"cost_usd\":10,\"currency\":\"EUR\"}"),
        200);
    assert_int_equal(
        http_post(http, "/api/v1/query",
                  "{\"table\":\"cost\",\"aggregates\":\"sum(cost_usd)\",\"convert_to\":"
                  "\"USD\"}"),
        200);
    expect_contains(http_body(http), "\"sum_cost_usd\":10.837}");
    refused(http, "/api/v1/rates", "{\"base\":\"EUR\",\"quote\":\"USD\",\"rate\":1}", 400,
            "from is missing");
    refused(http, "/api/v1/rates", "{\"base\":\"EUR\",\"quote\":\"USD\",\"from\":0}", 400,
            "rate is missing");
    refused(http, "/api/v1/rates",
            "{\"base\":\"EUR\",\"quote\":\"USD\",\"from\":\"2026-06-01T01:00:00Z\",\"rate\":1}",
            400, "midnight");
    assert_int_equal(
        http_post(http, "/api/v1/rates",
                  "{\"base\":\"EUR\",\"quote\":\"USD\",\"from\":\"2026-06-01\",\"rate\":"
                  "null}"),
        204);
    assert_null(strstr(http_get(http, "/api/v1/rates"), "EUR"));
}

static void a_scope_is_restated_and_the_difference_told(void **state)
{
    struct http *http = *state;
    const char *target = "/api/v1/restate?table=cost&scope=source=cur&expected_count=2"
                         "&expected_total=7.50&sequence=5";
    assert_int_equal(http_post(http, "/write",
                               "cost,source=cur,provider=aws cost_usd=5 1\n"
                               "cost,source=other cost_usd=1 1"),
                     204);
    const char *lines = "cost,source=cur,provider=aws cost_usd=3.50 1\n"
                        "cost,source=cur,provider=gcp cost_usd=4 1";
    assert_int_equal(http_post(http, target, lines), 200);
    expect_contains(http_body(http), "\"is_unchanged\":false,\"given_rows\":2,");
    expect_contains(http_body(http), "\"rows_before\":1,\"rows_after\":2,\"total_before\":5.00,"
                                     "\"total_after\":7.50}");
    assert_int_equal(
        http_post(http, "/api/v1/restate?scope=source=cur&sequence=5&money=string", lines), 200);
    expect_contains(http_body(http), "\"is_unchanged\":true");
    expect_contains(http_body(http), "\"total_after\":\"7.50\"}");
    refused(http, "/api/v1/restate?scope=source=cur&sequence=4", lines, 409, "\"code\":\"stale\"");
    refused(http, "/api/v1/restate?scope=source=cur&expected_count=3", lines, 400, "3");
    refused(http, "/api/v1/restate?scope=source=cur", "cost,source=x cost_usd=1 1", 400,
            "line 1: ");
    refused(http, "/api/v1/restate?scope=source=cur", "cost,source=cur cost_usd= 1", 400, "line 1");
    refused(http, "/api/v1/restate", lines, 400, "which rows?");
    refused(http, "/api/v1/restate?scope=source", lines, 400, "scope takes TAG=VALUE");
    refused(http, "/api/v1/restate?scope=source=cur&sequence=x", lines, 400, "sequence takes");
    refused(http, "/api/v1/restate?scope=source=cur&precision=x", lines, 400, "precision takes");
    refused(http, "/api/v1/restate?scope=source=cur&force=x", lines, 400, "force takes");
    refused(http, "/api/v1/restate?start=0&end=0", lines, 400, "start is not before end");
    refused(http, "/api/v1/restate?start=soon", lines, 400, "start: a time is wanted");
    assert_int_equal(
        http_post(http, "/api/v1/difference",
                  "{\"table\":\"cost\",\"field\":\"cost_usd\",\"group_by\":[\"provider\"],"
                  "\"from_commit\":1,\"filter\":{\"source\":\"cur\"},\"end\":1}"),
        200);
    expect_contains(http_body(http), "{\"provider\":\"aws\",\"before\":5.00,\"after\":3.50,"
                                     "\"change\":-1.50,\"status\":\"changed\"}");
    expect_contains(http_body(http), "\"status\":\"new\"");
    refused(http, "/api/v1/difference",
            "{\"table\":\"cost\",\"field\":\"cost_usd\",\"from_commit\":1,\"start\":0,\"end\":0}",
            400, "start is not before end");
    refused(http, "/api/v1/difference", "{\"table\":\"cost\",\"from_commit\":1}", 400,
            "field: it is missing");
    refused(http, "/api/v1/difference",
            "{\"table\":\"cost\",\"field\":\"cost_usd\",\"from_commit\":-1}", 400, "from_commit");
    refused(http, "/api/v1/difference", "{\"table\":\"cost\",\"field\":\"cost_usd\"}", 400, "from");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(tables_are_those_of_the_database),
        HTTP_TEST(grouping_sets_are_declared_listed_and_dropped),
        HTTP_TEST(rates_are_set_and_convert),
        HTTP_TEST(a_scope_is_restated_and_the_difference_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
