/* Agents over the routes: what is taken, what is told, what is listed. Money: agent_money_test.c.
 */
#include "agents_fixture.h"

#define REGISTER "/api/v1/agents/register"

static void expect_refused(struct http *http, const char *target, const char *body,
                           const char *part)
{
    assert_int_equal(http_ask(http, CT_METHOD_POST, target, body), 400);
    expect_contains(http_body(http), part);
}

static void only_the_id_is_required(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_ask(http, CT_METHOD_POST, REGISTER, "{\"agent_id\":\"a\"}"), 200);
    assert_string_equal(http_body(http),
                        "{\"message\":\"Agent registered\",\"status\":\"success\"}\n");
    expect_success(report(http, "{\"agent_id\":\"never registered\"}"));
    assert_int_equal(http_count_rows(http, "default", "agent_report"), 1);
    /* What push_metrics() of the project's own tests sends. */
    expect_refused(http, INGEST,
                   "{\"timestamp\":\"2026-06-01T00:00:00\",\"region\":\"r\",\"ec2_instances\":5,"
                   "\"total_cost\":1234.56}",
                   "agent_id is missing");
    expect_refused(http, REGISTER, "{\"hostname\":\"vm\"}", "agent_id is missing");
    expect_refused(http, INGEST, "[1]", "an object with agent_id is wanted");
    expect_refused(http, INGEST, "{\"agent_id\":\"\"}", "agent_id is missing");
    expect_refused(http, INGEST, "{\"agent_id\":", "\"error\"");
    assert_int_equal(http_count_rows(http, "default", "agent_report"), 1);
}

static void an_id_of_another_type_is_told(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_ask(http, CT_METHOD_POST, INGEST, "{\"agent_id\":7}"), 422);
    expect_contains(http_body(http), "agent_id: a string is wanted");
}

/* The rest of the report counts. */
static void a_wrong_type_costs_itself_and_is_told(void **state)
{
    struct http *http = *state;
    const char *answer = report(
        http, "{\"agent_id\":\"a\",\"timestamp\":1795427700,\"region\":7,\"services\":{"
              "\"ec2\":{\"instances\":[\"nonsense\",{\"state\":\"running\"},"
              "{\"instance_id\":\"i-1\",\"cpu_usage\":\"high\",\"hourly_cost\":\"much\","
              "\"tags\":{\"team\":7,\"env\":\"prod\"},\"launch_time\":\"yesterday\"},"
              "{\"instance_id\":\"i-2\",\"cpu_usage\":5,\"tags\":3},"
              "{\"instance_id\":\"i-2\",\"cpu_usage\":6}]},"
              "\"rds\":{\"databases\":{}},\"lambda\":[],"
              "\"s3\":{\"buckets\":[{\"bucket_name\":\"b\",\"size_bytes\":5,\"error\":null}]}}}");
    expect_contains(answer, "\"status\":\"success\"");
    expect_contains(answer, "region: a string is wanted");
    expect_contains(answer, "services.ec2.instances[0]: an object is wanted");
    expect_contains(answer, "services.ec2.instances[1].instance_id: missing");
    expect_contains(answer, "services.ec2.instances[2].cpu_usage: a number is wanted");
    expect_contains(answer, "services.ec2.instances[2].hourly_cost: ");
    expect_contains(answer, "services.ec2.instances[2].tags.team: a string is wanted");
    expect_contains(answer, "services.ec2.instances[2].launch_time: ");
    expect_contains(answer, "services.ec2.instances[3].tags: an object is wanted");
    expect_contains(answer, "services.ec2.instances[4]: the same resource again");
    expect_contains(answer, "services.rds.databases: an array is wanted");
    expect_contains(answer, "services.lambda: an object is wanted");
    expect_contains(answer, "\"warning_count\":11}");
    assert_string_equal(
        rows_of(http, "resource", "service resource_id tag.env", "cpu_usage size_bytes"),
        "2026-11-23T09:55:00Z,ec2,i-1,prod,,\r\n"
        "2026-11-23T09:55:00Z,ec2,i-2,\"\",5,\r\n"
        "2026-11-23T09:55:00Z,s3,b,\"\",,5\r\n");
    assert_string_equal(rows_of(http, "agent_report", "agent_id", "sections sections_failed"),
                        "2026-11-23T09:55:00Z,a,4,2\r\n");
}

static void what_failed_is_unknown_and_not_nothing(void **state)
{
    struct http *http = *state;
    expect_success(report(http, "{\"agent_id\":\"a\",\"timestamp\":1795427700,\"services\":{"
                                "\"ec2\":{\"service\":\"ec2\",\"error\":\"no credentials\"},"
                                "\"s3\":{\"buckets\":[{\"bucket_name\":\"b\",\"monthly_cost\":0,"
                                "\"error\":\"denied\"}]}},"
                                "\"summary\":{\"total_hourly_cost\":0}}"));
    assert_int_equal(http_count_rows(http, "default", "resource"), 0);
    assert_int_equal(http_count_rows(http, "default", "cost"), 0);
    assert_string_equal(rows_of(http, "agent_report", "agent_id", "sections sections_failed"),
                        "2026-11-23T09:55:00Z,a,2,1\r\n");
}

static void times_are_read_in_every_form(void **state)
{
    struct http *http = *state;
    report(http, "{\"agent_id\":\"float\",\"timestamp\":1795427774.9886904}");
    report(http, "{\"agent_id\":\"iso\",\"timestamp\":\"2026-11-23T09:56:12.301306\"}");
    report(http, "{\"agent_id\":\"zone\",\"timestamp\":\"2026-11-23T02:56:12-07:00\"}");
    report(http, "{\"agent_id\":\"inner\",\"metrics\":{\"timestamp\":1795427774.5}}");
    assert_string_equal(rows_of(http, "agent_report", "agent_id", "events"),
                        "2026-11-23T09:56:12Z,zone,0\r\n"
                        "2026-11-23T09:56:12.301306Z,iso,0\r\n"
                        "2026-11-23T09:56:14.5Z,inner,0\r\n"
                        "2026-11-23T09:56:14.9886904Z,float,0\r\n");
    http->request.received_ns = 0;
    expect_contains(report(http, "{\"agent_id\":\"oops\",\"timestamp\":\"oops\"}"),
                    "timestamp: a time");
    expect_success(report(http, "{\"agent_id\":\"none\"}"));
    assert_int_equal(http_count_rows(http, "default", "agent_report"), 6);
}

/* Ids of Google go up to 2^64, its network tags are a list, and no money is said anywhere. */
static void googles_ids_keep_their_digits(void **state)
{
    struct http *http = *state;
    expect_success(report(
        http, "{\"agent_id\":\"g\",\"timestamp\":1795427700,\"metrics\":{\"project_id\":\"p\","
              "\"region\":\"us-central1\",\"compute_engine\":{\"instances\":[{\"instance_id\":"
              "18446744073709551615,\"instance_name\":\"n\",\"status\":\"RUNNING\","
              "\"cpu_utilization\":12.5,\"memory_usage\":0,\"tags\":[\"http\",\"db\"]}]},"
              "\"cloud_sql\":{\"service\":\"cloud_sql\",\"error\":\"not available\"},"
              "\"cost_metrics\":{\"current_month_cost\":0,\"note\":\"needs "
              "set-up\"}},\"events\":[{},{}]}"));
    assert_string_equal(
        rows_of(http, "resource", "provider account region resource_id tag.network_tags",
                "cpu_usage state interval_s"),
        "2026-11-23T09:55:00Z,gcp,p,us-central1,18446744073709551615,\"http,db\",12.5,RUNNING,60"
        "\r\n");
    assert_int_equal(http_count_rows(http, "default", "cost"), 0);
    assert_string_equal(rows_of(http, "agent_report", "provider account", "events sections_failed"),
                        "2026-11-23T09:55:00Z,gcp,p,2,1\r\n");
}

static void databases_of_azure_are_told_apart_by_server(void **state)
{
    struct http *http = *state;
    expect_success(report(
        http, "{\"agent_id\":\"z\",\"timestamp\":1795427700,\"metrics\":{\"subscription_id\":\"s\","
              "\"virtual_machines\":{\"virtual_machines\":[{\"vm_name\":\"v\",\"vm_id\":\"/a/v\","
              "\"location\":\"westeurope\",\"power_state\":\"running\",\"cpu_utilization\":0,"
              "\"os_disk_size\":30,\"tags\":{\"team\":\"x\"}}]},"
              "\"sql_databases\":{\"sql_servers\":["
              "{\"server_name\":\"one\",\"location\":\"eastus\",\"databases\":"
              "[{\"database_name\":\"db\",\"max_size_bytes\":1024}]},"
              "{\"server_name\":\"two\",\"location\":\"eastus\",\"databases\":"
              "[{\"database_name\":\"db\",\"max_size_bytes\":2048}]}]}}}"));
    assert_string_equal(rows_of(http, "resource", "service region resource_id tag.team",
                                "storage_gb size_bytes_max"),
                        "2026-11-23T09:55:00Z,sql_databases,eastus,one/db,\"\",,1024\r\n"
                        "2026-11-23T09:55:00Z,sql_databases,eastus,two/db,\"\",,2048\r\n"
                        "2026-11-23T09:55:00Z,virtual_machines,westeurope,/a/v,x,30,\r\n");
    /* Always 0, and so unknown. */
    assert_string_equal(rows_of(http, "resource", "service", "cpu_usage"), "");
}

static void a_generic_agent_is_a_node(void **state)
{
    struct http *http = *state;
    expect_success(report(
        http,
        "{\"agent_id\":\"g\",\"timestamp\":1795427700,\"metrics\":{\"hostname\":\"vm\","
        "\"environment\":\"on-premise\",\"collectors\":{\"system_metrics\":{\"data\":{\"cpu\":"
        "{\"usage_percent\":0.5},\"memory\":{\"usage_percent\":1.9},\"disk\":"
        "{\"usage_percent\":12.25}},\"healthy\":true},\"gpus\":{\"data\":{\"gpu_metrics\":["
        "{\"gpu_utilization\":90},{\"gpu_utilization\":95}]}},\"broken\":{\"data\":{\"error\":"
        "\"x\"},\"healthy\":true}}}}"));
    assert_string_equal(
        rows_of(http, "system", "cluster node", "cpu_usage memory_usage disk_usage gpu_usage"),
        "2026-11-23T09:55:00Z,on-premise,vm,0.5,1.9,12.25,92.5\r\n");
    /* A failed collector is unknown, whatever the agent's summary makes of it. */
    expect_success(report(http,
                          "{\"agent_id\":\"g\",\"timestamp\":1795427760,\"metrics\":{\"hostname\":"
                          "\"vm\",\"collectors\":{\"system_metrics\":{\"data\":{\"error\":\"x\"}}},"
                          "\"summary\":{\"cpu_usage\":0}}}"));
    assert_int_equal(http_count_rows(http, "default", "system"), 1);
}

/* Names that line protocol could take for something else, and what it cannot hold. */
static void hostile_names_are_only_names(void **state)
{
    struct http *http = *state;
    expect_success(report_ec2(http, "a,b=c d\\\\", 0,
                              "{\"instance_id\":\"i 1,x=y\\\\z\",\"tags\":{\"a b\":\"c,d=e f\\\\\","
                              "\"new\":\"line\\nline\",\"e\":\"\"}}"));
    assert_string_equal(rows_of(http, "resource", "resource_id", "interval_s"),
                        "2026-11-23T09:55:00Z,\"i 1,x=y\\z\",300\r\n");
    assert_string_equal(rows_of(http, "resource", "tag.new", "interval_s"),
                        "2026-11-23T09:55:00Z,line_line,300\r\n");
    expect_contains(report_ec2(http, "a", 300, "{\"instance_id\":\"x\\ny\"}"), "control bytes");
    assert_int_equal(http_count_rows(http, "default", "resource"), 1);
}

static void databases_are_kept_apart(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_ask(http, CT_METHOD_POST, INGEST "?db=other", "{\"agent_id\":\"a\"}"),
                     200);
    assert_int_equal(http_count_rows(http, "default", "agent_report"), 0);
    assert_int_equal(http_count_rows(http, "other", "agent_report"), 1);
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/api/v1/agents", ""), 200);
    assert_string_equal(http_body(http), "{\"agents\":[]}\n");
}

/* -- Lists ------------------------------------------------------------------------------------- */

static void agents_are_judged_by_their_own_interval(void **state)
{
    struct http *http = *state;
    report_ec2(http, "five-minutes", 0, "");
    report(http, "{\"agent_id\":\"hourly\",\"timestamp\":1795427700,\"metrics\":{\"services\":"
                 "{\"datadog\":{}}}}");
    assert_string_equal(
        http_get(http, "/api/v1/agents?end=1795428299"),
        "{\"agents\":["
        "{\"agent_id\":\"five-minutes\",\"hostname\":\"vm\",\"cloud_provider\":\"aws\","
        "\"region\":\"us-west-2\",\"agent_type\":\"unknown\",\"config\":{},\"registered_at\":null,"
        "\"last_heartbeat\":1795427700.0,\"status\":\"healthy\",\"interval_s\":300,"
        "\"sections_failed\":0},"
        "{\"agent_id\":\"hourly\",\"hostname\":\"unknown\",\"cloud_provider\":\"saas\","
        "\"region\":\"unknown\",\"agent_type\":\"unknown\",\"config\":{},\"registered_at\":null,"
        "\"last_heartbeat\":1795427700.0,\"status\":\"healthy\",\"interval_s\":3600,"
        "\"sections_failed\":0}]}\n");
    expect_contains(http_get(http, "/api/v1/agents?end=1795428300"), "\"status\":\"warning\"");
    expect_contains(http_get(http, "/api/v1/agents?end=1795428600"), "\"status\":\"offline\"");
    expect_contains(http_get(http, "/api/v1/metrics/summary?end=1795428600"),
                    "{\"total_agents\":2,\"healthy_agents\":1,\"warning_agents\":0,"
                    "\"offline_agents\":1,\"total_events_last_hour\":0,");
    expect_contains(http_get(http, "/api/v1/metrics/summary?end=1795442100"),
                    "\"healthy_agents\":0,\"warning_agents\":0,\"offline_agents\":2,");
    /* Before they were heard of. */
    assert_string_equal(http_get(http, "/api/v1/agents?end=1795427699"), "{\"agents\":[]}\n");
    expect_contains(http_get(http, "/api/v1/agents?end=2026-12-23T09:55:00Z"), "{\"agents\":[]}");
}

static void a_registration_says_who_it_is(void **state)
{
    struct http *http = *state;
    for (int i = 0; i < 2; i++) /* as the agent does */
        assert_int_equal(
            http_ask(http, CT_METHOD_POST, REGISTER,
                     "{\"agent_id\":\"a\",\"hostname\":\"host\",\"cloud_provider\":\"aws\","
                     "\"region\":\"r\",\"agent_type\":\"aws_telemetry\",\"config\":{\"services\":"
                     "[\"ec2\"],\"collection_interval\":900}}"),
            200);
    const char *listed = http_get(http, "/api/v1/agents");
    expect_contains(listed, "{\"agents\":[{\"agent_id\":\"a\",\"hostname\":\"host\",");
    expect_contains(listed, "\"config\":{\"services\":[\"ec2\"],\"collection_interval\":900},");
    expect_contains(listed, "\"last_heartbeat\":null,\"status\":\"healthy\",\"interval_s\":900,");
    assert_null(strstr(listed, "\"registered_at\":null"));
    /* Its reports answer for twice what it said. */
    report_ec2(http, "a", 0, "{\"instance_id\":\"i\",\"hourly_cost\":1}");
    report_ec2(http, "a", 1800, "{\"instance_id\":\"i\",\"hourly_cost\":1}");
    assert_string_equal(cost(http), "0.50");
}

static void recent_reports_are_shown_as_they_came(void **state)
{
    struct http *http = *state;
    report(http, "{\"agent_id\":\"a\",\"timestamp\":1795427700.25,\"hostname\":\"vm\","
                 "\"metrics\":{\"x\":0.10},\"events\":[{\"type\":\"e\"}]}");
    report(http, "{\"agent_id\":\"b\",\"timestamp\":1795427800}");
    assert_string_equal(
        http_get(http, "/api/v1/telemetry/recent?end=1795427900&hours=1"),
        "{\"telemetry\":[{\"timestamp\":1795427800.0,\"agent_id\":\"b\",\"hostname\":\"unknown\","
        "\"cloud_provider\":\"unknown\",\"region\":\"unknown\",\"sections_failed\":0,"
        "\"warning_count\":0},"
        "{\"timestamp\":1795427700.25,\"agent_id\":\"a\",\"hostname\":\"vm\",\"cloud_provider\":"
        "\"unknown\",\"region\":\"unknown\",\"sections_failed\":0,\"warning_count\":0,"
        "\"metrics\":{\"x\":0.10},\"events\":[{\"type\":\"e\"}]}],\"count\":2,\"hours\":1,"
        "\"is_cut\":false}\n");
    expect_contains(http_get(http, "/api/v1/telemetry/recent?end=1795427900&limit=1"),
                    "\"count\":1,\"hours\":24,\"is_cut\":true}");
    expect_contains(http_get(http, "/api/v1/telemetry/recent?end=1795427900&hours=0.03"),
                    "\"count\":1,");
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/api/v1/telemetry/recent?hours=abc", ""), 400);
    expect_contains(http_body(http), "hours is a number");
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/api/v1/telemetry/recent?limit=1001", ""), 400);
    expect_contains(http_get(http, "/api/v1/metrics/summary?end=1795427900"),
                    "\"total_events_last_hour\":1,\"average_events_per_agent\":0.5,"
                    "\"data_points\":2,\"timestamp\":1795427900.0}");
}

static void a_long_body_is_taken_and_not_kept(void **state)
{
    struct http *http = *state;
    struct ct_text_out out;
    struct ct_arena arena;
    ct_arena_init(&arena, ct_allocator_system(), 0);
    ct_text_out_init(&out, &arena);
    ct_text_out_word(&out, "{\"agent_id\":\"a\",\"timestamp\":1795427700,\"services\":{\"ec2\":"
                           "{\"instances\":[");
    for (int i = 0; i < 2000; i++)
        ct_text_out_format(&out,
                           "%s{\"instance_id\":\"i-%d\",\"hourly_cost\":0.17,\"cpu_usage\":%d,"
                           "\"tags\":{\"team\":\"t%d\"}}",
                           i ? "," : "", i, i % 100, i % 10);
    ct_text_out_word(&out, "]}}}");
    assert_int_equal(http_ask_bytes(http, CT_METHOD_POST, INGEST, ct_text_out_text(&out)), 200);
    expect_success(http_body(http));
    assert_int_equal(http_count_rows(http, "default", "resource"), 2000);
    assert_string_equal(rows_of(http, "agent_report", "agent_id", "resources body"),
                        "2026-11-23T09:55:00Z,a,2000,\"\"\r\n");
    expect_contains(http_get(http, "/api/v1/telemetry/recent?end=1795427900"), "\"count\":1,");
    ct_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(only_the_id_is_required),
        HTTP_TEST(an_id_of_another_type_is_told),
        HTTP_TEST(a_wrong_type_costs_itself_and_is_told),
        HTTP_TEST(what_failed_is_unknown_and_not_nothing),
        HTTP_TEST(times_are_read_in_every_form),
        HTTP_TEST(googles_ids_keep_their_digits),
        HTTP_TEST(databases_of_azure_are_told_apart_by_server),
        HTTP_TEST(a_generic_agent_is_a_node),
        HTTP_TEST(hostile_names_are_only_names),
        HTTP_TEST(databases_are_kept_apart),
        HTTP_TEST(agents_are_judged_by_their_own_interval),
        HTTP_TEST(a_registration_says_who_it_is),
        HTTP_TEST(recent_reports_are_shown_as_they_came),
        HTTP_TEST(a_long_body_is_taken_and_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
