/* What /metrics and the life signs say. */
#include "server_fixture.h"

#include <ftw.h>
#include <stdlib.h>

#include "clock.h"
#include "meters.h"
#include "process_figures.h"

/* The value of a line that begins with `name` and a blank; "" where there is none. */
static const char *value_of(struct http *http, const char *name)
{
    static char value[64];
    const size_t len = strlen(name);
    value[0] = 0;
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/metrics", ""), 200);
    for (const char *line = http_body(http); line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, len) == 0 && line[len] == ' ')
            snprintf(value, sizeof value, "%.*s", (int)strcspn(line + len + 1, "\n"),
                     line + len + 1);
    }
    return value;
}

static const struct ct_route *route_of(enum ct_method method, const char *path)
{
    struct ct_text argument;
    unsigned allowed;
    const struct ct_route *route = ct_route_find(method, ct_text_of(path), &argument, &allowed);
    assert_non_null(route);
    return route;
}

static void requests_are_counted_by_pattern_method_and_status(void **state)
{
    struct http *http = *state;
    struct ct_meters *meters = http->server.meters;
    const struct ct_route *ping = route_of(CT_METHOD_GET, "/ping");
    ct_meters_request(meters, ping, CT_METHOD_GET, 204, 400000, 10, 20);
    ct_meters_request(meters, ping, CT_METHOD_GET, 204, 500000, 1, 2);
    ct_meters_request(meters, ping, CT_METHOD_HEAD, 204, 500001, 0, 0);
    ct_meters_request(meters, ping, CT_METHOD_GET, 299, INT64_C(3600000000000), 0, 0);
    ct_meters_request(meters, NULL, CT_METHOD_OTHER, 404, -5, 0, 0);
#define COUNT(labels) value_of(http, "centime_http_requests_total{" labels "}")
    assert_string_equal(COUNT("path=\"/ping\",method=\"GET\",code=\"204\""), "2");
    assert_string_equal(COUNT("path=\"/ping\",method=\"HEAD\",code=\"204\""), "1");
    assert_string_equal(COUNT("path=\"/ping\",method=\"GET\",code=\"other\""), "1");
    assert_string_equal(COUNT("path=\"other\",method=\"OTHER\",code=\"404\""), "1");
    assert_string_equal(COUNT("path=\"/ping\",method=\"POST\",code=\"204\""), "");
#define DURATION(rest) value_of(http, "centime_http_request_duration_seconds" rest)
    assert_string_equal(DURATION("_bucket{path=\"/ping\",le=\"0.0005\"}"), "2");
    assert_string_equal(DURATION("_bucket{path=\"/ping\",le=\"0.001\"}"), "3");
    assert_string_equal(DURATION("_bucket{path=\"/ping\",le=\"10\"}"), "3");
    assert_string_equal(DURATION("_bucket{path=\"/ping\",le=\"+Inf\"}"), "4");
    assert_string_equal(DURATION("_count{path=\"/ping\"}"), "4");
    assert_string_equal(DURATION("_sum{path=\"/ping\"}"), "3600.0014");
    assert_string_equal(value_of(http, "centime_http_received_bytes_total"), "11");
    assert_string_equal(value_of(http, "centime_http_sent_bytes_total"), "22");
}

static void writes_are_counted_by_their_path(void **state)
{
    struct http *http = *state;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    result.rows = 7;
    result.rejected = 2;
    result.overwritten_money = 1;
    ct_meters_write(http->server.meters, CT_WRITE_OTLP, &result);
    result.is_repeat = 1; /* counts nothing but itself */
    ct_meters_write(http->server.meters, CT_WRITE_OTLP, &result);
    assert_string_equal(value_of(http, "centime_rows_written_total{path=\"otlp\"}"), "7");
    assert_string_equal(value_of(http, "centime_rows_written_total{path=\"udp\"}"), "0");
    assert_string_equal(value_of(http, "centime_rows_rejected_total{path=\"otlp\"}"), "2");
    assert_string_equal(value_of(http, "centime_money_overwritten_total{path=\"otlp\"}"), "1");
    assert_string_equal(value_of(http, "centime_repeated_requests_total{path=\"otlp\"}"), "1");
}

static void refusals_and_connections_are_counted(void **state)
{
    struct http *http = *state;
    ct_meters_refuse(http->server.meters, CT_REFUSED_RATIO);
    ct_meters_connection(http->server.meters, 1);
    ct_meters_connection(http->server.meters, 1);
    ct_meters_connection(http->server.meters, -1);
    assert_string_equal(value_of(http, "centime_refused_total{reason=\"ratio\"}"), "1");
    assert_string_equal(value_of(http, "centime_refused_total{reason=\"store\"}"), "0");
    assert_string_equal(value_of(http, "centime_http_connections"), "1");
    assert_string_equal(value_of(http, "centime_http_connections_opened_total"), "2");
}

static void the_store_is_told_of(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_ask(http, CT_METHOD_POST, "/write?db=a", "m v=1 1\nm v=2 2\n"), 204);
    assert_string_equal(value_of(http, "centime_live_rows"), "2");
    assert_string_equal(value_of(http, "centime_last_commit"), "1");
    assert_string_equal(value_of(http, "centime_segment_rows"), "0");
    centime_error err = CENTIME_ERROR_INIT;
    assert_int_equal(centime_seal(http->server.store, &err), CENTIME_OK);
    assert_string_equal(value_of(http, "centime_segment_rows"), "2");
    assert_string_equal(value_of(http, "centime_segment_files"), "1");
    assert_string_equal(value_of(http, "centime_seals_total"), "1");
    assert_string_equal(value_of(http, "centime_store_read_only"), "0");
    assert_string_not_equal(value_of(http, "centime_storage_bytes{kind=\"segment\"}"), "0");
}

/* A name stands under one HELP and one TYPE, its lines together, and no line twice. */
static void every_name_stands_once(void **state)
{
    struct http *http = *state;
    char seen[8192] = "\n";
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/metrics", ""), 200);
    for (const char *line = http_body(http); line && line[1]; line = strchr(line + 1, '\n')) {
        char name[128];
        line += *line == '\n';
        if (strncmp(line, "# TYPE ", 7) != 0)
            continue;
        snprintf(name, sizeof name, "\n%.*s\n", (int)strcspn(line + 7, " "), line + 7);
        assert_null(strstr(seen, name));
        assert_in_range(strlen(seen) + strlen(name), 1, sizeof seen - 1);
        strcat(seen, name + 1);
    }
    assert_non_null(strstr(seen, "\nprocess_cpu_seconds_total\n"));
    assert_non_null(strstr(seen, "\ncentime_build_info\n"));
}

static void metrics_need_a_token_unless_they_are_open(void **state)
{
    struct http *http = *state;
    http->principal = (struct ct_principal){.id = "anonymous"};
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/metrics", ""), 401);
    assert_string_equal(http_body(http),
                        "this needs a token: send it as 'Authorization: Bearer ct_...'\n");
    http->server.config.has_open_metrics = true;
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/metrics", ""), 200);
    http->server.config.has_open_metrics = false;
    http->principal = (struct ct_principal){
        .is_token = true, .grants = {{.database = "a", .reads = true}}, .grant_count = 1};
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/metrics", ""), 200);
}

static void the_system_tells_of_the_process(void **state)
{
    struct ct_process_figures figures;
    (void)state;
    ct_process_figures_read(&figures);
    const double now_s = (double)ct_clock_now_ns(ct_clock_system()) / 1e9;
    assert_true(figures.started_s > now_s - 3600 && figures.started_s < now_s + 5);
    assert_true(figures.cpu_s >= 0 && figures.cpu_s < 600);
    assert_true(figures.resident_bytes > 100000 && figures.resident_bytes < (uint64_t)1 << 40);
    assert_true(figures.virtual_bytes >= figures.resident_bytes);
    assert_in_range(figures.open_files, 1, 200);
    assert_true(figures.open_files_max >= figures.open_files);
    assert_in_range(figures.threads, 1, 8);
}

/* -- Life signs -------------------------------------------------------------------------------- */

static void life_signs_are_open_and_in_the_words_of_influxdb(void **state)
{
    struct http *http = *state;
    http->principal = (struct ct_principal){.id = "anonymous"};
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/ping", ""), 204);
    assert_string_equal(http_header(http, "X-Influxdb-Version"), "1.8.10");
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/ping?verbose=true", ""), 200);
    assert_string_equal(http_body(http), "{\"version\":\"1.8.10\"}\n");
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/status", ""), 204);
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/health", ""), 200);
    assert_non_null(strstr(http_body(http), "\"status\":\"pass\",\"checks\":[]"));
    http->server.started_ns = ct_server_now_ns() - INT64_C(65000000000);
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/ready", ""), 200);
    assert_non_null(strstr(http_body(http), "\"up\":\"65s\""));
}

static void a_server_that_stops_is_not_ready(void **state)
{
    struct http *http = *state;
    atomic_store(&http->server.is_stopping, true);
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/ready", ""), 503);
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/health", ""), 200);
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about;
    (void)kind;
    (void)at;
    return remove(path);
}

/* Its files are removed while it is open: it has read what it needs. */
static int open_read_only(void **state)
{
    static char path[] = "/tmp/centime-health-XXXXXX";
    centime_error err = CENTIME_ERROR_INIT;
    centime_store *store;
    centime_options options = CENTIME_OPTIONS_INIT;
    if (!mkdtemp(path) || centime_open(path, &options, &store, &err) != CENTIME_OK ||
        centime_close(store, &err) != CENTIME_OK)
        return -1;
    options.read_only = 1;
    *state = http_create(path, &options);
    return *state && nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : -1;
}

static void a_store_that_does_not_write_fails_its_health(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/health", ""), 503);
    assert_non_null(strstr(http_body(http), "\"status\":\"fail\""));
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/ready", ""), 200);
    assert_string_equal(value_of(http, "centime_store_read_only"), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(requests_are_counted_by_pattern_method_and_status),
        HTTP_TEST(writes_are_counted_by_their_path),
        HTTP_TEST(refusals_and_connections_are_counted),
        HTTP_TEST(the_store_is_told_of),
        HTTP_TEST(every_name_stands_once),
        HTTP_TEST(metrics_need_a_token_unless_they_are_open),
        cmocka_unit_test(the_system_tells_of_the_process),
        HTTP_TEST(life_signs_are_open_and_in_the_words_of_influxdb),
        HTTP_TEST(a_server_that_stops_is_not_ready),
        cmocka_unit_test_setup_teardown(a_store_that_does_not_write_fails_its_health,
                                        open_read_only, http_close),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
