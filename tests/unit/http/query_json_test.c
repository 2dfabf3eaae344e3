/* The native query over HTTP. */
#include "server_fixture.h"

static void add_costs(struct http *http)
{
    assert_int_equal(
        http_ask(
            http, CT_METHOD_POST, "/api/v1/costs",
            "[{\"timestamp\":\"2026-06-01T00:00:00Z\",\"provider\":\"aws\",\"service\":\"ec2\","
            "\"cost_usd\":3.50,\"tags\":{\"team\":\"ml\"},\"entry_id\":\"1\"},"
            "{\"timestamp\":\"2026-06-01T06:00:00Z\",\"provider\":\"aws\",\"service\":\"s3\","
            "\"cost_usd\":0.000000078125,\"entry_id\":\"2\"},"
            "{\"timestamp\":\"2026-06-03T00:00:00Z\",\"provider\":\"gcp\",\"service\":\"gce\","
            "\"cost_usd\":20,\"usage_quantity\":4,\"tags\":{\"team\":\"web\"},\"entry_id\":"
            "\"3\"}]"),
        200);
}

static const char *ask(struct http *http, const char *question)
{
    const unsigned status = http_ask(http, CT_METHOD_POST, "/api/v1/query", question);
    if (status != 200)
        fail_msg("%s: %u %s", question, status, http_body(http));
    return http_body(http);
}

static void questions_are_answered_exactly(void **state)
{
    struct http *http = *state;
    static const struct {
        const char *question, *answer;
    } cases[] = {
        {"{\"table\":\"cost\",\"aggregates\":\"sum(cost_usd)\"}",
         "{\"rows\":[{\"sum_cost_usd\":23.500000078125}]}"},
        {"{\"table\":\"cost\",\"aggregates\":[\"count\",\"count(*)\"],\"database\":null}",
         "\"count\":3"},
        {"{\"table\":\"cost\",\"aggregates\":[\"sum(cost_usd)\"],\"group_by\":[\"provider\"],"
         "\"money\":\"string\"}",
         "{\"rows\":[{\"provider\":\"aws\",\"sum_cost_usd\":\"3.500000078125\"},{\"provider\":"
         "\"gcp\",\"sum_cost_usd\":\"20.00\"}]}"},
        {"{\"table\":\"cost\",\"aggregates\":[{\"function\":\"sum\",\"field\":\"cost_usd\","
         "\"name\":\"total\"}],\"tags\":\"provider\",\"order_by\":\"-total\",\"limit\":1}",
         "{\"rows\":[{\"provider\":\"gcp\",\"total\":20.00}]}"},
        {"{\"table\":\"cost\",\"aggregates\":[{\"function\":\"sum\",\"field\":\"cost_usd\","
         "\"name\":\"total\"}],\"tags\":\"provider\",\"order_by\":{\"column\":\"total\","
         "\"descending\":true},\"limit\":1,\"format\":\"csv\"}",
         "provider,total\r\ngcp,20.00\r\n"},
        {"{\"table\":\"cost\",\"aggregates\":[\"sum(cost_usd)\"],\"bucket\":\"1d\",\"start\":"
         "\"2026-06-01\",\"end\":\"2026-06-04\",\"fill\":0,\"format\":\"columns\"}",
         "\"rows\":[[\"2026-06-01T00:00:00Z\",3.500000078125],[\"2026-06-02T00:00:00Z\",0.00],"
         "[\"2026-06-03T00:00:00Z\",20.00]]}"},
        {"{\"table\":\"cost\",\"aggregates\":[\"sum(cost_usd)\"],\"bucket\":\"1mo\",\"time_zone\":"
         "\"America/New_York\",\"format\":\"ndjson\"}",
         "{\"time\":\"2026-05-01T04:00:00Z\",\"sum_cost_usd\":3.50}\n"
         "{\"time\":\"2026-06-01T04:00:00Z\",\"sum_cost_usd\":20.000000078125}\n"},
        {"{\"table\":\"cost\",\"aggregates\":[\"sum(cost_usd)\"],\"bucket\":\"6h\",\"end\":"
         "\"2026-06-02\",\"bucket_limit\":1}",
         "{\"rows\":[{\"time\":\"2026-06-01T00:00:00Z\",\"sum_cost_usd\":3.50},{\"time\":"
         "\"2026-06-01T06:00:00Z\",\"sum_cost_usd\":0.000000078125}]}"},
        {"{\"table\":\"cost\",\"fields\":[\"cost_usd\"],\"tags\":[\"service\"],\"start\":"
         "1780444800}",
         "{\"rows\":[{\"time\":\"2026-06-03T00:00:00Z\",\"service\":\"gce\",\"cost_usd\":20.00}]}"},
        {"{\"table\":\"cost\",\"aggregates\":[\"sum(cost_usd)\",\"sum(usage_quantity)\"],"
         "\"filter\":{\"provider\":\"gcp\"},\"computed\":[{\"name\":\"price\",\"operation\":\"/\","
         "\"left\":\"sum_cost_usd\",\"right\":\"sum_usage_quantity\",\"scale\":2},{\"name\":"
         "\"plus\",\"operation\":\"add\",\"left\":\"price\",\"right\":0.1}]}",
         "\"price\":5.00,\"plus\":5.10}"},
        {"{\"table\":\"cost\",\"aggregates\":[\"p50(cost_usd)\",\"p99.9(cost_usd)\"]}",
         "\"p50(cost_usd)\":3.50,\"p99.9(cost_usd)\":20.00"},
        {"{\"table\":\"cost\",\"aggregates\":[{\"function\":\"count_distinct\",\"tag\":"
         "\"service\"}]}",
         "3}"},
        {"{\"table\":\"cost\",\"aggregates\":[\"sum()\"],\"basis\":\"billed\",\"dating\":"
         "\"charge\",\"ignores_rollups\":true,\"skips_empty\":true,\"threads\":1}",
         "23.500000078125"},
        {"{\"table\":\"cost\",\"aggregates\":[\"count\"],\"explain\":true}", "\"source\":"},
        {"{\"table\":\"cost\",\"aggregates\":[\"count\"],\"as_of_commit\":1}", "\"count\":3"},
    };
    add_costs(http);
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++)
        expect_contains(ask(http, cases[i].question), cases[i].answer);
}

static void filters_choose_rows(void **state)
{
    struct http *http = *state;
    static const struct {
        const char *filter, *count;
    } cases[] = {
        {"{}", "3"},
        {"{\"provider\":\"aws\"}", "2"},
        {"{\"provider\":[\"aws\",\"gcp\"],\"service\":\"s3\"}", "1"},
        {"{\"tag.team\":null}", "1"},
        {"{\"tag.team\":[null,\"ml\"]}", "2"},
        {"{\"provider\":{\"not_in\":[\"aws\"]}}", "1"},
        {"{\"service\":{\"match\":\"^(ec|gc)\"}}", "2"},
        {"{\"service\":{\"not_match\":\"^(ec|gc)\"}}", "1"},
        {"{\"tag.team\":{\"present\":true}}", "2"},
        {"{\"tag.team\":{\"present\":false}}", "1"},
        {"{\"cost_usd\":{\"gt\":0.000000078125}}", "2"},
        {"{\"cost_usd\":{\"ge\":\"0.000000078125\",\"lt\":20}}", "2"},
        {"{\"cost_usd\":3.5}", "1"},
        {"{\"cost_usd\":{\"ne\":3.5}}", "2"},
        {"{\"field:entry_id\":\"2\"}", "1"},
        {"{\"entry_id\":{\"field_match\":\"[12]\"}}", "2"},
        {"{\"usage_quantity\":{\"field_present\":true}}", "1"},
        {"{\"or\":[{\"service\":\"ec2\"},{\"service\":\"gce\"}]}", "2"},
        {"{\"and\":[{\"provider\":\"aws\"},{\"not\":{\"service\":\"ec2\"}}]}", "1"},
        {"{\"not\":{\"provider\":\"aws\",\"service\":\"ec2\"}}", "2"},
        {"{\"tag:or\":null}", "3"},
    };
    add_costs(http);
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        char question[300], answer[60];
        (void)snprintf(question, sizeof question,
                       "{\"table\":\"cost\",\"aggregates\":[\"count\"],\"filter\":%s}",
                       cases[i].filter);
        (void)snprintf(answer, sizeof answer, "{\"rows\":[{\"count\":%s}]}", cases[i].count);
        expect_contains(ask(http, question), answer);
    }
}

static void questions_that_make_no_sense_are_told_with_their_place(void **state)
{
    struct http *http = *state;
    static const struct {
        unsigned status;
        const char *rest, *words;
    } cases[] = {
        {400, "\"agregates\":[]", "agregates: no such member, did you mean \\\"aggregates\\\"?"},
        {400, "\"zzzzzzzzzz\":1", "zzzzzzzzzz: no such member; there are database, table,"},
        {400, "\"fields\":[]", "nothing is asked"},
        {400, "\"fields\":[\"a\"],\"aggregates\":[\"count\"]", "aggregates and fields"},
        {400, "\"aggregates\":[\"summ(x)\"]", "aggregates[0]: no function \\\"summ\\\""},
        {400, "\"aggregates\":[\"sum(x\"]", "aggregates[0]: \\\"sum(x\\\" is no aggregate"},
        {400, "\"aggregates\":[{\"field\":\"x\"}]", "aggregates[0].function: it is missing"},
        {400, "\"aggregates\":[{\"function\":\"sun\"}]", "aggregates[0].function: one of count,"},
        {400, "\"aggregates\":[{\"function\":\"sum\",\"feild\":\"x\"}]", "did you mean \\\"field"},
        {400, "\"aggregates\":[{\"function\":\"rate\",\"field\":\"x\",\"unit\":\"1 h\"}]",
         "aggregates[0].unit: a length of time"},
        {400, "\"aggregates\":[{\"function\":\"mean\",\"scale\":39}]", "from 0 to 38"},
        {400, "\"aggregates\":[5]", "aggregates[0]: an object is wanted, not a number"},
        {400, "\"aggregates\":[\"count\"],\"filter\":[]", "filter: an object such as"},
        {400, "\"aggregates\":[\"count\"],\"filter\":{\"a\":{}}", "filter.a: a value, or"},
        {400, "\"aggregates\":[\"count\"],\"filter\":{\"a\":{\"gtt\":1}}",
         "filter.a.gtt: no such operator, did you mean \\\"gt\\\"?"},
        {400, "\"aggregates\":[\"count\"],\"filter\":{\"or\":{\"a\":\"b\"}}",
         "filter.or: an array of filters is wanted, not an object"},
        {400, "\"aggregates\":[\"count\"],\"filter\":{\"a\":{\"in\":[[]]}}",
         "filter.a.in[0]: a text"},
        {400, "\"aggregates\":[\"count\"],\"filter\":{\"a\":{\"gt\":null}}",
         "filter.a.gt: a number"},
        {400, "\"aggregates\":[\"count\"],\"filter\":{\"a\":{\"match\":5}}",
         "filter.a.match: a reg"},
        {400, "\"aggregates\":[\"count\"],\"start\":\"soon\"", "start: a time is wanted"},
        {400, "\"aggregates\":[\"count\"],\"start\":0,\"end\":0", "start is not before end"},
        {400, "\"aggregates\":[\"count\"],\"start\":true", "start: a time is wanted"},
        {400, "\"aggregates\":[\"count\"],\"bucket\":\"1 day\"", "bucket: a width such as"},
        {400, "\"aggregates\":[\"count\"],\"bucket\":\"0d\"", "bucket: a width such as"},
        {400, "\"aggregates\":[\"count\"],\"fill\":\"zero\"", "fill: one of none, null,"},
        {400, "\"aggregates\":[\"count\"],\"limit\":-1", "limit: a whole number from 0 to"},
        {400, "\"aggregates\":[\"count\"],\"limit\":1.5", "limit: a whole number is wanted"},
        {400, "\"aggregates\":[\"count\"],\"basis\":\"net\"", "basis: one of none, billed,"},
        {400, "\"aggregates\":[\"count\"],\"format\":\"xml\"", "format: one of json, columns,"},
        {400, "\"aggregates\":[\"count\"],\"group_by\":[null]", "group_by[0]: a text is wanted"},
        {400, "\"aggregates\":[\"count\"],\"group_by\":[],\"tags\":[]", "are the same"},
        {400, "\"aggregates\":[\"count\"],\"computed\":[{\"name\":\"x\"}]",
         "computed[0].operation: it is missing"},
        {400, "\"aggregates\":[\"count\"],\"computed\":[{\"name\":\"x\",\"operation\":\"+\"}]",
         "computed[0].left: a column's name or a number"},
        {400, "\"aggregates\":[\"count\"],\"week_start\":\"funday\"", "week_start: one of monday,"},
        {404, "\"aggregates\":[\"sum(nothing)\"]", "nothing"},
        {400, "\"aggregates\":[\"count\"],\"order_by\":\"nothing\"", "nothing"},
        {404, "\"aggregates\":[\"count\"],\"bucket\":\"1d\",\"time_zone\":\"Mars/Base\"",
         "Mars/Base"},
    };
    add_costs(http);
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        char question[300];
        (void)snprintf(question, sizeof question, "{\"table\":\"cost\",%s}", cases[i].rest);
        const unsigned status = http_ask(http, CT_METHOD_POST, "/api/v1/query", question);
        if (status != cases[i].status && !(status == 404 && cases[i].status == 400))
            fail_msg("%s: %u %s", question, status, http_body(http));
        expect_contains(http_body(http), cases[i].words);
    }
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query", ""), 400);
    expect_contains(http_body(http), "send a question such as");
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query", "[]"), 400);
    expect_contains(http_body(http), "the body: an object is wanted, not an array");
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query", "{}"), 400);
    expect_contains(http_body(http), "table is missing");
}

static void the_answers_form_is_by_parameter_header_or_member(void **state)
{
    struct http *http = *state;
    const char *question = "{\"table\":\"cost\",\"aggregates\":[\"sum(cost_usd)\"]}";
    add_costs(http);
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query?format=csv", question), 200);
    assert_string_equal(http->reply.content_type, "text/csv; charset=utf-8");
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query?format=x", question), 400);
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query?money=string", question), 200);
    expect_contains(http_body(http), "\"23.500000078125\"");
    http_set_header(http, "Accept", "text/html, text/CSV;q=0.9, application/json");
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query", question), 200);
    expect_contains(http_body(http), "sum_cost_usd\r\n23.5");
    http_set_header(http, "Accept", "application/vnd.apache.arrow.stream");
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query", question), 200);
    assert_string_equal(http->reply.content_type, "application/vnd.apache.arrow.stream");
    assert_memory_equal(http->reply.body.bytes, "\xff\xff\xff\xff", 4);
    http_set_header(http, "Accept", "*/*");
    assert_int_equal(
        http_ask(http, CT_METHOD_GET,
                 "/api/v1/query?q=%7B%22table%22:%22cost%22,%22aggregates%22:%22count%22%7D", ""),
        200);
    expect_contains(http_body(http), "{\"rows\":[{\"count\":3}]}");
    assert_string_equal(http_header(http, "X-Centime-Rows"), "1");
    assert_string_not_equal(http_header(http, "X-Centime-Elapsed-Us"), "");
}

static void limits_of_the_server_hold_whatever_is_wished(void **state)
{
    struct http *http = *state;
    const char *rows = "{\"table\":\"cost\",\"fields\":[\"cost_usd\"],\"rows_max\":1000}";
    add_costs(http);
    http->server.config.query_rows_max = 2;
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query", rows), 422);
    expect_contains(http_body(http), "\"code\":\"limit\"");
    http->server.config.query_rows_max = 3;
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query", rows), 200);
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query",
                              "{\"table\":\"cost\",\"fields\":[\"cost_usd\"],\"rows_max\":1}"),
                     422);
}

static void a_token_asks_its_databases_only(void **state)
{
    struct http *http = *state;
    add_costs(http);
    http->principal = (struct ct_principal){.is_token = true, .grant_count = 1};
    http->principal.grants[0] = (struct ct_grant){.database = "b", .reads = true, .writes = true};
    const char *question = "{\"table\":\"cost\",\"aggregates\":\"count\"}";
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query", question), 404);
    expect_contains(http_body(http), "database not found");
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query?database=b",
                              "{\"database\":\"default\",\"table\":\"cost\",\"aggregates\":"
                              "\"count\"}"),
                     404);
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/costs?db=b", "{\"cost_usd\":1}"), 200);
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query?database=b", question), 200);
    expect_contains(http_body(http), "\"count\":1");
    http->principal.grants[0].reads = false;
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/query?database=b", question), 403);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(questions_are_answered_exactly),
        HTTP_TEST(filters_choose_rows),
        HTTP_TEST(questions_that_make_no_sense_are_told_with_their_place),
        HTTP_TEST(the_answers_form_is_by_parameter_header_or_member),
        HTTP_TEST(limits_of_the_server_hold_whatever_is_wished),
        HTTP_TEST(a_token_asks_its_databases_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
