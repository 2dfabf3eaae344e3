/* OTLP/HTTP metrics, without sockets: what the exporters send, in JSON and made byte by byte. */
#include <math.h>

#include "counter_starts.h"
#include "protobuf_bytes.h"
#include "table_figures.h"

#define T0 "1780272000000000000" /* 2026-06-01T00:00:00Z */
#define T1 "1780272060000000000"
#define T2 "1780272120000000000"
#define T3 "1780272180000000000"

static unsigned post(struct http *http, const char *json)
{
    http_set_header(http, "Content-Type", "application/json");
    return http_ask(http, CT_METHOD_POST, "/v1/metrics?db=o", json);
}

/* A request of one metric; `data` is `"gauge":{...}`. */
static unsigned post_metric(struct http *http, const char *name, const char *data)
{
    char body[4096];
    const int len = snprintf(body, sizeof body,
                             "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":"
                             "\"%s\",%s}]}]}]}",
                             name, data);
    assert_in_range(len, 0, sizeof body - 1);
    return post(http, body);
}

static const char *total(struct http *http, const char *table, uint32_t function)
{
    return figure(http, "o", table, function, "value", NULL, NULL);
}

/* -- What exporters send ----------------------------------------------------------------------- */

/* As @opentelemetry/exporter-metrics-otlp-http sends it. */
static const char exported[] =
    "{\"resourceMetrics\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{"
    "\"stringValue\":\"unknown_service:node\"}},{\"key\":\"telemetry.sdk.language\",\"value\":{"
    "\"stringValue\":\"nodejs\"}},{\"key\":\"telemetry.sdk.name\",\"value\":{\"stringValue\":"
    "\"opentelemetry\"}},{\"key\":\"telemetry.sdk.version\",\"value\":{\"stringValue\":\"2.12.1\"}}"
    "],\"droppedAttributesCount\":0},\"scopeMetrics\":[{\"scope\":{\"name\":\"centime-test\","
    "\"version\":\"1.0\"},\"metrics\":[{\"name\":\"llm.cost\",\"description\":\"\",\"unit\":"
    "\"USD\",\"sum\":{\"aggregationTemporality\":2,\"isMonotonic\":true,\"dataPoints\":[{"
    "\"attributes\":[{\"key\":\"team\",\"value\":{\"stringValue\":\"ml\"}},{\"key\":"
    "\"gen_ai.request.model\",\"value\":{\"stringValue\":\"gpt\"}}],\"startTimeUnixNano\":"
    "\"1795427698784000000\",\"timeUnixNano\":\"1795427698785000000\",\"asDouble\":1.25}]}},{"
    "\"name\":\"gen_ai.client.token.usage\",\"description\":\"\",\"unit\":\"{token}\","
    "\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{\"attributes\":[{\"key\":"
    "\"gen_ai.token.type\",\"value\":{\"stringValue\":\"input\"}}],\"bucketCounts\":[0,0,0,1],"
    "\"explicitBounds\":[0,5,25],\"count\":1,\"sum\":42,\"min\":42,\"max\":42,"
    "\"startTimeUnixNano\":\"1795427698784000000\",\"timeUnixNano\":\"1795427698785000000\"}]}},"
    "{\"name\":\"gpu\",\"description\":\"\",\"unit\":\"\",\"gauge\":{\"dataPoints\":[{"
    "\"attributes\":[],\"startTimeUnixNano\":\"1795427698784000000\",\"timeUnixNano\":"
    "\"1795427698785000000\",\"asInt\":\"7\"}]}}]}]}]}";

static void expect_exported(struct http *http)
{
    assert_int_equal(http_count_rows(http, "o", "llm.cost"), 2); /* one of them where it began */
    assert_string_equal(figure(http, "o", "llm.cost", CENTIME_LAST, "value", "service.name",
                               "unknown_service:node"),
                        "1.25");
    assert_string_equal(
        figure(http, "o", "llm.cost", CENTIME_INCREASE, "value", "gen_ai.request.model", "gpt"),
        "1.25");
    assert_string_equal(figure(http, "o", "llm.cost", CENTIME_LAST_TIME, "value", "team", "ml"),
                        "2026-11-23T09:54:58.785Z");
    static const char table[] = "gen_ai.client.token.usage";
    for (const char *const *field = (const char *const[]){"sum", "min", "max", NULL}; *field;
         field++)
        assert_string_equal(
            figure(http, "o", table, CENTIME_LAST, *field, "gen_ai.token.type", "input"), "42");
    assert_string_equal(figure(http, "o", table, CENTIME_LAST, "count", NULL, NULL), "1");
    assert_string_equal(figure(http, "o", table, CENTIME_LAST, "bucket_5", NULL, NULL), "none");
    assert_string_equal(total(http, "gpu", CENTIME_LAST), "7");
    assert_string_equal(
        figure(http, "o", "gpu", CENTIME_LAST, "value", "service.name", "unknown_service:node"),
        "7");
}

static void an_exporter_s_json_becomes_rows(void **state)
{
    struct http *http = *state;
    assert_int_equal(post(http, exported), 200);
    assert_string_equal(http_body(http), "{}");
    assert_string_equal(http->reply.content_type, "application/json");
    expect_exported(http);
}

static void add_attribute(struct bytes *to, unsigned field, const char *key, const char *text)
{
    struct bytes pair = {0}, value = {0};
    bytes_text(&value, 1, text);
    bytes_text(&pair, 1, key);
    bytes_message(&pair, 2, &value);
    bytes_message(to, field, &pair);
}

/* Metrics as one request with the resource of `exported`. */
static void wrap(struct bytes *metrics, struct bytes *out)
{
    struct bytes resource = {0}, resource_metrics = {0};
    add_attribute(&resource, 1, "service.name", "unknown_service:node");
    add_attribute(&resource, 1, "telemetry.sdk.language", "nodejs");
    bytes_message(&resource_metrics, 2, metrics);
    bytes_message(&resource_metrics, 1, &resource); /* behind its metrics, as may be */
    bytes_message(out, 1, &resource_metrics);
}

static unsigned post_protobuf(struct http *http, struct bytes *request)
{
    http_set_header(http, "Content-Type", "application/x-protobuf");
    const unsigned status =
        http_ask_bytes(http, CT_METHOD_POST, "/v1/metrics?db=o", bytes_as_text(request));
    free(request->at);
    *request = (struct bytes){0};
    return status;
}

/* Gives a metric its data (field 5 gauge, 7 sum, 9 histogram, ...) and puts it into its scope. */
static void add_metric(struct bytes *metrics, const char *name, unsigned field, struct bytes *data)
{
    struct bytes metric = {0};
    bytes_text(&metric, 1, name);
    bytes_message(&metric, field, data);
    bytes_message(metrics, 2, &metric);
}

static void add_times(struct bytes *point)
{
    bytes_fixed(point, 2, UINT64_C(1795427698784000000));
    bytes_fixed(point, 3, UINT64_C(1795427698785000000));
}

static void an_exporter_s_protobuf_becomes_the_same_rows(void **state)
{
    struct http *http = *state;
    struct bytes request = {0}, metrics = {0}, data = {0}, point = {0};
    add_times(&point);
    bytes_double(&point, 4, 1.25);
    add_attribute(&point, 7, "team", "ml");
    add_attribute(&point, 7, "gen_ai.request.model", "gpt");
    bytes_message(&data, 1, &point);
    bytes_int(&data, 2, 2);
    bytes_int(&data, 3, 1);
    add_metric(&metrics, "llm.cost", 7, &data);
    add_times(&point);
    bytes_fixed(&point, 4, 1);
    bytes_double(&point, 5, 42);
    bytes_double(&point, 11, 42);
    bytes_double(&point, 12, 42);
    add_attribute(&point, 9, "gen_ai.token.type", "input");
    bytes_message(&data, 1, &point);
    bytes_int(&data, 2, 2);
    add_metric(&metrics, "gen_ai.client.token.usage", 9, &data);
    add_times(&point);
    bytes_fixed(&point, 6, 7);
    bytes_message(&data, 1, &point);
    add_metric(&metrics, "gpu", 5, &data);
    wrap(&metrics, &request);
    assert_int_equal(post_protobuf(http, &request), 200);
    assert_int_equal(http->reply.body.len, 0);
    assert_string_equal(http->reply.content_type, "application/x-protobuf");
    expect_exported(http);
}

static void nothing_is_a_fine_request(void **state)
{
    struct http *http = *state;
    struct bytes none = {0};
    assert_int_equal(post(http, "{}"), 200);
    assert_int_equal(post(http, "{\"resourceMetrics\":[{\"scopeMetrics\":[{}]},{}]}"), 200);
    assert_int_equal(post_metric(http, "m", "\"novelty\":{\"dataPoints\":[{}]}"), 200);
    assert_string_equal(http_body(http), "{}");
    assert_int_equal(post_protobuf(http, &none), 200);
}

static void the_other_path_and_database_are_taken(void **state)
{
    struct http *http = *state;
    http_set_header(http, "Content-Type", "application/json; charset=utf-8");
    http_set_header(http, "X-Centime-Database", "elsewhere");
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/api/v1/otlp/v1/metrics", exported), 200);
    assert_int_equal(http_count_rows(http, "elsewhere", "gpu"), 1);
}

/* -- Counters ---------------------------------------------------------------------------------- */

static unsigned post_counter(struct http *http, const char *start, const char *time,
                             const char *value)
{
    char data[512];
    snprintf(data, sizeof data,
             "\"sum\":{\"aggregationTemporality\":2,\"isMonotonic\":true,\"dataPoints\":[{"
             "\"startTimeUnixNano\":\"%s\",\"timeUnixNano\":\"%s\",\"asInt\":%s}]}",
             start, time, value);
    return post_metric(http, "spent", data);
}

static void a_cumulative_counter_counts_in_full_and_once(void **state)
{
    struct http *http = *state;
    for (int i = 0; i < 3; i++) { /* each report is sent three times */
        assert_int_equal(post_counter(http, T0, T1, "5"), 200);
        assert_int_equal(post_counter(http, T0, T2, "8"), 200);
        assert_string_equal(total(http, "spent", CENTIME_INCREASE), "8");
    }
    assert_int_equal(post_counter(http, T0, T3, "\"11\""), 200);
    assert_string_equal(total(http, "spent", CENTIME_INCREASE), "11");
    assert_string_equal(total(http, "spent", CENTIME_LAST), "11");
}

/* The counter began anew and passed its old value before anybody looked. */
static void a_restart_is_seen_by_its_start(void **state)
{
    struct http *http = *state;
    assert_int_equal(post_counter(http, T0, T1, "5"), 200);
    assert_int_equal(post_counter(http, T2, T3, "7"), 200);
    assert_string_equal(total(http, "spent", CENTIME_INCREASE), "12");
}

/* The time of a start is that of a report: of the first, or of the last before it. */
static void a_start_hides_no_report(void **state)
{
    struct http *http = *state;
    assert_int_equal(post_counter(http, T1, T1, "3"), 200);
    assert_int_equal(post_counter(http, T1, T2, "7"), 200);
    assert_int_equal(http_count_rows(http, "o", "spent"), 3);
    assert_string_equal(total(http, "spent", CENTIME_INCREASE), "7");
    assert_int_equal(post_counter(http, T2, T3, "9"), 200);
    assert_int_equal(http_count_rows(http, "o", "spent"), 5);
    assert_string_equal(total(http, "spent", CENTIME_INCREASE), "16");
}

static void a_start_is_written_once(void **state)
{
    struct http *http = *state;
    http->server.counter_starts = ct_counter_starts_create(http->server.allocator);
    assert_non_null(http->server.counter_starts);
    assert_int_equal(post_counter(http, T0, T1, "5"), 200);
    centime_error err = CENTIME_ERROR_INIT;
    assert_int_equal(centime_delete(http->server.store, "o", "spent", NULL, NULL, 0, INT64_MIN,
                                    INT64_MAX, NULL, &err),
                     CENTIME_OK);
    assert_int_equal(post_counter(http, T0, T2, "8"), 200);
    assert_int_equal(http_count_rows(http, "o", "spent"), 1);
    assert_int_equal(post_counter(http, T1, T2, "8"), 200); /* another start */
    assert_int_equal(http_count_rows(http, "o", "spent"), 2);
    ct_counter_starts_destroy(http->server.counter_starts);
    http->server.counter_starts = NULL;
}

static void deltas_and_gauges_have_no_start(void **state)
{
    struct http *http = *state;
    static const char *const datas[] = {
        "\"sum\":{\"aggregationTemporality\":1,\"isMonotonic\":true,",
        "\"sum\":{\"aggregationTemporality\":2,\"isMonotonic\":false,",
        ("\"sum\":{\"aggregationTemporality\":\"AGGREGATION_TEMPORALITY_DELTA\","
         "\"isMonotonic\":true,"),
        "\"gauge\":{",
    };
    for (size_t i = 0; i < CT_COUNT_OF(datas); i++) {
        char data[512], name[24];
        snprintf(name, sizeof name, "m%zu", i);
        snprintf(data, sizeof data,
                 "%s\"dataPoints\":[{\"startTimeUnixNano\":" T0 ",\"timeUnixNano\":" T1
                 ",\"asDouble\":0.1},{\"startTimeUnixNano\":" T1 ",\"timeUnixNano\":" T2
                 ",\"asDouble\":0.2}]}",
                 datas[i]);
        assert_int_equal(post_metric(http, name, data), 200);
        assert_int_equal(post_metric(http, name, data), 200); /* a retry */
        assert_int_equal(http_count_rows(http, "o", name), 2);
        assert_string_equal(total(http, name, CENTIME_SUM), "0.30000000000000004");
    }
}

/* -- Values ------------------------------------------------------------------------------------ */

static void whole_and_real_numbers_share_a_field_where_they_can(void **state)
{
    struct http *http = *state;
    assert_int_equal(post_metric(http, "n",
                                 "\"gauge\":{\"dataPoints\":["
                                 "{\"timeUnixNano\":1,\"asInt\":\"9223372036854775807\"},"
                                 "{\"timeUnixNano\":2,\"asDouble\":3},"
                                 "{\"timeUnixNano\":3,\"asDouble\":3.5}]}"),
                     200);
    expect_contains(http_body(http), "{\"partialSuccess\":{\"rejectedDataPoints\":\"1\","
                                     "\"errorMessage\":\"1 of 3 data points were not stored; the "
                                     "first: metric \\\"n\\\": field");
    assert_string_equal(total(http, "n", CENTIME_MAX), "9223372036854775807");
    assert_string_equal(total(http, "n", CENTIME_MIN), "3");
    assert_int_equal(post_metric(http, "x",
                                 "\"gauge\":{\"dataPoints\":["
                                 "{\"timeUnixNano\":1,\"asDouble\":0.5},"
                                 "{\"timeUnixNano\":2,\"asInt\":3}]}"),
                     200);
    assert_string_equal(http_body(http), "{}");
    assert_string_equal(total(http, "x", CENTIME_SUM), "3.5");
}

static void attributes_that_are_no_texts_become_texts(void **state)
{
    struct http *http = *state;
    static const char *const values[][2] = {
        {"{\"boolValue\":true}", "true"},
        {"{\"intValue\":\"-5\"}", "-5"},
        {"{\"intValue\":5}", "5"},
        {"{\"doubleValue\":1.50}", "1.5"},
        {"{\"doubleValue\":\"NaN\"}", "NaN"},
        {"{\"bytesValue\":\"AQI=\"}", "AQI="},
        {"{\"arrayValue\":{\"values\":[{\"stringValue\":\"a\"},{\"intValue\":1},{}]}}",
         "[\"a\",1,null]"},
        {"{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"boolValue\":false}}]}}",
         "{\"k\":false}"},
    };
    for (size_t i = 0; i < CT_COUNT_OF(values); i++) {
        char data[512];
        snprintf(data, sizeof data,
                 "\"gauge\":{\"dataPoints\":[{\"timeUnixNano\":%zu,\"asInt\":%zu,\"attributes\":[{"
                 "\"key\":\"k\",\"value\":%s}]}]}",
                 i + 1, i + 100, values[i][0]);
        assert_int_equal(post_metric(http, "m", data), 200);
        assert_string_equal(http_body(http), "{}");
    }
    for (size_t i = 0; i < CT_COUNT_OF(values); i++)
        if (i != 2) {
            char expected[24];
            snprintf(expected, sizeof expected, "%zu", i + 100);
            assert_string_equal(figure(http, "o", "m", CENTIME_MIN, "value", "k", values[i][1]),
                                expected);
        }
}

/* The same in protobuf: numbers, bytes, and a list with a map in it. */
static void attributes_of_protobuf_become_the_same_texts(void **state)
{
    struct http *http = *state;
    struct bytes request = {0}, metrics = {0}, data = {0}, point = {0};
    struct bytes value = {0}, pair = {0}, list = {0}, map = {0};
    for (int kind = 0; kind < 5; kind++) {
        if (kind == 0)
            bytes_int(&value, 2, 1);
        else if (kind == 1)
            bytes_int(&value, 3, -5);
        else if (kind == 2)
            bytes_double(&value, 4, 1.5);
        else if (kind == 3)
            bytes_piece(&value, 7, "\1\2", 2);
        else {
            struct bytes inner = {0}, entry = {0};
            bytes_text(&inner, 1, "a");
            bytes_text(&entry, 1, "k");
            bytes_message(&entry, 2, &inner);
            bytes_message(&map, 1, &entry);
            bytes_message(&inner, 6, &map);
            bytes_message(&list, 1, &inner);
            bytes_message(&list, 1, &(struct bytes){0});
            bytes_message(&value, 5, &list);
        }
        char key[24];
        snprintf(key, sizeof key, "k%d", kind);
        bytes_text(&pair, 1, key);
        bytes_message(&pair, 2, &value);
        bytes_message(&point, 7, &pair);
    }
    add_times(&point);
    bytes_fixed(&point, 6, 1);
    bytes_message(&data, 1, &point);
    add_metric(&metrics, "m", 5, &data);
    wrap(&metrics, &request);
    assert_int_equal(post_protobuf(http, &request), 200);
    static const char *const texts[] = {"true", "-5", "1.5", "AQI=", "[{\"k\":\"a\"},null]"};
    for (size_t i = 0; i < CT_COUNT_OF(texts); i++) {
        char key[24];
        snprintf(key, sizeof key, "k%zu", i);
        assert_string_equal(figure(http, "o", "m", CENTIME_SUM, "value", key, texts[i]), "1");
    }
}

static void a_point_s_attribute_hides_its_resource_s(void **state)
{
    struct http *http = *state;
    static const char body[] =
        "{\"resourceMetrics\":[{\"resource\":{\"attributes\":[{\"key\":\"host.name\",\"value\":{"
        "\"stringValue\":\"resource\"}},{\"key\":\"cloud.region\",\"value\":{\"stringValue\":"
        "\"eu\"}"
        "},{\"key\":\"process.pid\",\"value\":{\"intValue\":\"12\"}}]},\"scopeMetrics\":[{"
        "\"metrics\":[{\"name\":\"m\",\"gauge\":{\"dataPoints\":[{\"timeUnixNano\":1,\"asInt\":1,"
        "\"attributes\":[{\"key\":\"host.name\",\"value\":{\"stringValue\":\"point\"}}]},{"
        "\"timeUnixNano\":1,\"asInt\":2}]}}]}]}]}";
    assert_int_equal(post(http, body), 200);
    assert_string_equal(figure(http, "o", "m", CENTIME_SUM, "value", "host.name", "point"), "1");
    assert_string_equal(figure(http, "o", "m", CENTIME_SUM, "value", "host.name", "resource"), "2");
    assert_string_equal(figure(http, "o", "m", CENTIME_SUM, "value", "cloud.region", "eu"), "3");
    assert_string_equal(figure(http, "o", "m", CENTIME_SUM, "value", "process.pid", ""), "3");
    assert_int_equal(
        http_ask(http, CT_METHOD_POST, "/v1/metrics?db=more&resource_tags=x,process.*", body), 200);
    assert_string_equal(figure(http, "more", "m", CENTIME_SUM, "value", "process.pid", "12"), "3");
}

static void distributions_keep_what_is_asked_for(void **state)
{
    struct http *http = *state;
    static const char body[] =
        "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":["
        "{\"name\":\"h\",\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{"
        "\"startTimeUnixNano\":1,\"timeUnixNano\":5,\"count\":\"3\",\"sum\":7.5,\"bucketCounts\":["
        "\"1\",2,0],\"explicitBounds\":[0.5,10]}]}},"
        "{\"name\":\"e\",\"exponentialHistogram\":{\"aggregationTemporality\":1,\"dataPoints\":[{"
        "\"timeUnixNano\":2,\"count\":3,\"sum\":7.5,\"min\":\"-Infinity\",\"max\":5,\"scale\":1,"
        "\"positive\":{\"offset\":1,\"bucketCounts\":[\"3\"]}}]}},"
        "{\"name\":\"s\",\"summary\":{\"dataPoints\":[{\"timeUnixNano\":2,\"count\":3,\"sum\":7.5,"
        "\"quantileValues\":[{\"value\":1},{\"quantile\":0.99,\"value\":4.5}]}]}}"
        "]}]}]}";
    assert_int_equal(post(http, body), 200);
    assert_string_equal(http_body(http), "{}");
    for (const char *const *table = (const char *const[]){"h", "e", "s", NULL}; *table; table++) {
        assert_string_equal(figure(http, "o", *table, CENTIME_LAST, "count", NULL, NULL), "3");
        assert_string_equal(figure(http, "o", *table, CENTIME_LAST, "sum", NULL, NULL), "7.5");
    }
    assert_string_equal(figure(http, "o", "h", CENTIME_INCREASE, "sum", NULL, NULL), "7.5");
    assert_string_equal(figure(http, "o", "e", CENTIME_LAST, "max", NULL, NULL), "5");
    assert_string_equal(figure(http, "o", "e", CENTIME_LAST, "min", NULL, NULL), "none");
    assert_string_equal(figure(http, "o", "h", CENTIME_LAST, "bucket_10", NULL, NULL), "none");
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/v1/metrics?db=o&buckets=true", body), 200);
    assert_string_equal(figure(http, "o", "h", CENTIME_LAST, "bucket_0.5", NULL, NULL), "1");
    assert_string_equal(figure(http, "o", "h", CENTIME_INCREASE, "bucket_10", NULL, NULL), "2");
    assert_string_equal(figure(http, "o", "h", CENTIME_LAST, "bucket_inf", NULL, NULL), "0");
    assert_string_equal(figure(http, "o", "s", CENTIME_LAST, "quantile_0.99", NULL, NULL), "4.5");
    assert_string_equal(figure(http, "o", "s", CENTIME_LAST, "quantile_0", NULL, NULL), "1");
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/v1/metrics?buckets=perhaps", body), 400);
}

/* -- What is not taken ------------------------------------------------------------------------- */

static void a_bad_point_costs_no_good_one(void **state)
{
    struct http *http = *state;
    static const char *const points[] = {
        "{\"timeUnixNano\":1}",                                   /* no value */
        "{\"asInt\":1}",                                          /* no time */
        "{\"timeUnixNano\":\"9223372036854775808\",\"asInt\":1}", /* past all times */
        "{\"timeUnixNano\":\"soon\",\"asInt\":1}",
        "{\"timeUnixNano\":-1,\"asInt\":1}",
        "{\"timeUnixNano\":1,\"asDouble\":\"NaN\"}",
        "{\"timeUnixNano\":1,\"asDouble\":\"Infinity\"}",
        "{\"timeUnixNano\":1,\"asInt\":1.5}",
        "{\"timeUnixNano\":1,\"asInt\":1,\"attributes\":{}}",
        "{\"timeUnixNano\":1,\"asInt\":1,\"attributes\":[{\"key\":\"a\\nb\",\"value\":{"
        "\"stringValue\":\"x\"}}]}",
        "{\"timeUnixNano\":1,\"asInt\":1,\"attributes\":[{\"value\":{\"stringValue\":\"x\"}}]}",
        "{\"timeUnixNano\":1,\"asInt\":1,\"attributes\":[{\"key\":\"k\",\"value\":{"
        "\"stringValue\":\"\\u0001\"}}]}",
        "7",
    };
    for (size_t i = 0; i < CT_COUNT_OF(points); i++) {
        char data[512];
        snprintf(data, sizeof data,
                 "\"gauge\":{\"dataPoints\":[{\"timeUnixNano\":%zu,\"asInt\":1},%s]}", i + 10,
                 points[i]);
        assert_int_equal(post_metric(http, "m", data), 200);
        expect_contains(http_body(http), "{\"partialSuccess\":{\"rejectedDataPoints\":\"1\"");
        assert_int_equal(http_count_rows(http, "o", "m"), i + 1);
    }
}

static void names_of_metrics_are_hostile(void **state)
{
    struct http *http = *state;
    static const char point[] = "\"gauge\":{\"dataPoints\":[{\"timeUnixNano\":1,\"asInt\":1}]}";
    static const char *const names[] = {"", "a\\nb", "a\\u001bb", "\\u007f"};
    for (size_t i = 0; i < CT_COUNT_OF(names); i++) {
        assert_int_equal(post_metric(http, names[i], point), 200);
        expect_contains(http_body(http), "\"rejectedDataPoints\":\"1\"");
    }
    assert_int_equal(post_metric(http, "../../\\\"<script>,= x", point), 200);
    assert_string_equal(http_body(http), "{}");
    assert_int_equal(http_count_rows(http, "o", "../../\"<script>,= x"), 1);
}

static void rejections_are_told_in_protobuf_too(void **state)
{
    struct http *http = *state;
    struct bytes request = {0}, metrics = {0}, data = {0}, point = {0};
    for (int i = 0; i < 2; i++) {
        add_times(&point);
        bytes_double(&point, 4, i ? (double)NAN : 1);
        bytes_message(&data, 1, &point);
    }
    add_metric(&metrics, "m", 5, &data);
    wrap(&metrics, &request);
    assert_int_equal(post_protobuf(http, &request), 200);
    const char *body = http_body(http);
    assert_int_equal(body[0], 0x0a); /* partial_success { rejected_data_points: 1 ... */
    assert_memory_equal(body + 2, "\x08\x01\x12", 3);
    expect_contains(body + 5, "1 of 2 data points were not stored");
    assert_int_equal(http_count_rows(http, "o", "m"), 1);
}

static void points_without_a_recorded_value_are_passed_over(void **state)
{
    struct http *http = *state;
    assert_int_equal(post_metric(http, "m",
                                 "\"gauge\":{\"dataPoints\":[{\"timeUnixNano\":1,\"flags\":1},{"
                                 "\"timeUnixNano\":2,\"asInt\":1}]}"),
                     200);
    assert_string_equal(http_body(http), "{}");
    assert_int_equal(http_count_rows(http, "o", "m"), 1);
}

static void what_is_no_request_is_400_and_leaves_nothing(void **state)
{
    struct http *http = *state;
    static const char *const bodies[] = {
        "", "{", "[]", "7", "{\"resourceMetrics\":{}}", "{\"resourceMetrics\":[]}x"};
    for (size_t i = 0; i < CT_COUNT_OF(bodies); i++) {
        assert_in_range(post(http, bodies[i]), 400, 422);
        expect_contains(http_body(http), "{\"code\":3,\"message\":\"");
    }
    struct bytes request = {0}, metrics = {0}, data = {0}, point = {0};
    add_times(&point);
    bytes_fixed(&point, 6, 1);
    bytes_message(&data, 1, &point);
    add_metric(&metrics, "m", 5, &data);
    wrap(&metrics, &request);
    bytes_raw(&request, "\x0a\x7f", 2); /* more is announced than there is */
    assert_int_equal(post_protobuf(http, &request), 400);
    assert_string_equal(http->reply.content_type, "application/x-protobuf");
    assert_memory_equal(http_body(http), "\x08\x03\x12", 3);
    assert_int_equal(http_count_rows(http, "o", "m"), 0);
}

static void other_media_types_are_415(void **state)
{
    struct http *http = *state;
    http_set_header(http, "Content-Type", "text/plain");
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/v1/metrics", "{}"), 415);
    expect_contains(http_body(http), "application/x-protobuf");
}

/* Lists in lists: a few bytes each. */
static void depth_and_swelling_have_limits(void **state)
{
    struct http *http = *state;
    struct bytes request = {0}, metrics = {0}, data = {0}, point = {0}, pair = {0};
    struct bytes value = {0}, list = {0};
    bytes_int(&value, 3, 1);
    for (int i = 0; i < 40; i++) {
        bytes_message(&list, 1, &value);
        bytes_message(&value, 5, &list);
    }
    bytes_text(&pair, 1, "deep");
    bytes_message(&pair, 2, &value);
    add_times(&point);
    bytes_fixed(&point, 6, 1);
    bytes_message(&point, 7, &pair);
    bytes_message(&data, 1, &point);
    add_metric(&metrics, "m", 5, &data);
    wrap(&metrics, &request);
    assert_int_equal(post_protobuf(http, &request), 422);
    for (int i = 0; i < 200000; i++)
        bytes_raw(&data, "\x0a\x00", 2);
    add_metric(&metrics, "m", 5, &data);
    wrap(&metrics, &request);
    assert_int_equal(post_protobuf(http, &request), 422);
}

static void attributes_and_buckets_have_limits(void **state)
{
    struct http *http = *state;
    struct bytes request = {0}, metrics = {0}, data = {0}, point = {0};
    for (int i = 0; i < 300; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        add_attribute(&point, 7, key, "v");
    }
    add_times(&point);
    bytes_fixed(&point, 6, 1);
    bytes_message(&data, 1, &point);
    add_metric(&metrics, "m", 5, &data);
    for (int buckets = 2; buckets < 2000; buckets += 1997) { /* 2 with no bound, then too many */
        for (int i = 0; i < buckets; i++)
            bytes_fixed(&point, 6, 1);
        for (int i = 0; i < buckets - 1 && buckets > 2; i++)
            bytes_double(&point, 7, i);
        add_times(&point);
        bytes_message(&data, 1, &point);
        add_metric(&metrics, "h", 9, &data);
    }
    for (int i = 0; i < 2000; i++) {
        struct bytes quantile = {0};
        bytes_double(&quantile, 1, i);
        bytes_double(&quantile, 2, 1);
        bytes_message(&point, 6, &quantile);
    }
    add_times(&point);
    bytes_message(&data, 1, &point);
    add_metric(&metrics, "s", 11, &data);
    wrap(&metrics, &request);
    http_set_header(http, "Content-Type", "application/x-protobuf");
    assert_int_equal(http_ask_bytes(http, CT_METHOD_POST, "/v1/metrics?db=o&buckets=true",
                                    bytes_as_text(&request)),
                     200);
    expect_contains(http_body(http) + 5, "4 of 4 data points were not stored");
    free(request.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(an_exporter_s_json_becomes_rows),
        HTTP_TEST(an_exporter_s_protobuf_becomes_the_same_rows),
        HTTP_TEST(nothing_is_a_fine_request),
        HTTP_TEST(the_other_path_and_database_are_taken),
        HTTP_TEST(a_cumulative_counter_counts_in_full_and_once),
        HTTP_TEST(a_restart_is_seen_by_its_start),
        HTTP_TEST(a_start_hides_no_report),
        HTTP_TEST(a_start_is_written_once),
        HTTP_TEST(deltas_and_gauges_have_no_start),
        HTTP_TEST(whole_and_real_numbers_share_a_field_where_they_can),
        HTTP_TEST(attributes_that_are_no_texts_become_texts),
        HTTP_TEST(attributes_of_protobuf_become_the_same_texts),
        HTTP_TEST(a_point_s_attribute_hides_its_resource_s),
        HTTP_TEST(distributions_keep_what_is_asked_for),
        HTTP_TEST(a_bad_point_costs_no_good_one),
        HTTP_TEST(names_of_metrics_are_hostile),
        HTTP_TEST(rejections_are_told_in_protobuf_too),
        HTTP_TEST(points_without_a_recorded_value_are_passed_over),
        HTTP_TEST(what_is_no_request_is_400_and_leaves_nothing),
        HTTP_TEST(other_media_types_are_415),
        HTTP_TEST(depth_and_swelling_have_limits),
        HTTP_TEST(attributes_and_buckets_have_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
