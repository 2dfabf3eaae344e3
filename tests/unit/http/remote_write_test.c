/* Prometheus remote write, without sockets: requests made byte by byte. */
#include <math.h>

#include "protobuf_bytes.h"
#include "remote_write.h"
#include "server_fixture.h"
#include "table_figures.h"

#define MS INT64_C(1780272000000)

static void add_label(struct bytes *series, const char *name, const char *value)
{
    struct bytes label = {0};
    bytes_text(&label, 1, name);
    bytes_text(&label, 2, value);
    bytes_message(series, 1, &label);
}

static void add_sample(struct bytes *series, double value, int64_t time_ms)
{
    struct bytes sample = {0};
    bytes_double(&sample, 1, value);
    bytes_int(&sample, 2, time_ms);
    bytes_message(series, 2, &sample);
}

/* A series of one sample. */
static void add_series(struct bytes *request, const char *name, const char *job, double value,
                       int64_t time_ms)
{
    struct bytes series = {0};
    add_label(&series, "__name__", name);
    add_label(&series, "job", job);
    add_sample(&series, value, time_ms);
    bytes_message(request, 1, &series);
}

/* Posts and empties the request. */
static unsigned post(struct http *http, struct bytes *request)
{
    const unsigned status =
        http_ask_bytes(http, CT_METHOD_POST, "/api/v1/write?db=p", bytes_as_text(request));
    free(request->at);
    *request = (struct bytes){0};
    return status;
}

static int open_as_prometheus(void **state)
{
    if (http_open(state) != 0)
        return -1;
    http_set_header(*state, "Content-Type", "application/x-protobuf");
    http_set_header(*state, "X-Prometheus-Remote-Write-Version", "0.1.0");
    return 0;
}

#define WRITE_TEST(test) cmocka_unit_test_setup_teardown(test, open_as_prometheus, http_close)

static double stale_marker(void)
{
    const uint64_t bits = UINT64_C(0x7ff0000000000002);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void series_become_rows_of_many_tables(void **state)
{
    struct http *http = *state;
    struct bytes request = {0};
    add_series(&request, "up", "a", 1, MS);
    add_series(&request, "up", "b", 0, MS);
    add_series(&request, "node_total_hourly_cost", "a", 0.1, MS);
    assert_int_equal(post(http, &request), 204);
    assert_int_equal(http->reply.body.len, 0);
    assert_string_equal(http_header(http, "X-Prometheus-Remote-Write-Samples-Written"), "3");
    assert_int_equal(http_count_rows(http, "p", "up"), 2);
    assert_string_equal(figure(http, "p", "up", CENTIME_SUM, "value", "job", "a"), "1");
    assert_string_equal(figure(http, "p", "up", CENTIME_LAST_TIME, "value", "job", "a"),
                        "2026-06-01T00:00:00Z");
    assert_string_equal(
        figure(http, "p", "node_total_hourly_cost", CENTIME_LAST, "value", "job", "a"), "0.1");
}

static void a_batch_sent_again_changes_nothing(void **state)
{
    struct http *http = *state;
    for (int i = 0; i < 2; i++) {
        struct bytes request = {0};
        add_series(&request, "up", "a", 1, MS);
        add_series(&request, "up", "a", 1, MS + 1);
        assert_int_equal(post(http, &request), 204);
    }
    assert_int_equal(http_count_rows(http, "p", "up"), 2);
}

static void staleness_markers_are_passed_over(void **state)
{
    struct http *http = *state;
    struct bytes request = {0};
    struct ct_error err;
    struct ct_remote_write write = {.allocator = http->server.allocator};
    centime_error story = CENTIME_ERROR_INIT;
    add_series(&request, "up", "a", 1, MS);
    add_series(&request, "up", "a", stale_marker(), MS + 1);
    add_series(&request, "gone", "a", stale_marker(), MS);
    assert_int_equal(centime_writer_create(http->server.store, "p", &write.rows.writer, &story),
                     CENTIME_OK);
    write.body = bytes_as_text(&request);
    assert_int_equal(ct_metric_write(&write.rows, ct_remote_write_read, &write, NULL, &err), CT_OK);
    assert_int_equal(write.stale, 2);
    assert_int_equal(write.rows.points, 1);
    assert_int_equal(write.rows.rejected, 0);
    assert_int_equal(http_count_rows(http, "p", "up"), 1);
    assert_int_equal(http_count_rows(http, "p", "gone"), 0);
    centime_writer_destroy(write.rows.writer);
    free(request.at);
}

static void a_bad_sample_costs_no_good_one(void **state)
{
    struct http *http = *state;
    struct bytes request = {0}, series = {0};
    add_series(&request, "m", "good", 1, MS);
    add_series(&request, "m", "nan", (double)NAN, MS);
    add_series(&request, "m", "infinite", (double)INFINITY, MS);
    add_series(&request, "m", "late", 1, INT64_MAX);
    add_series(&request, "m", "control\nbyte", 1, MS);
    add_series(&request, "m", "not UTF-8 \xff", 1, MS);
    add_series(&request, "", "no name", 1, MS);
    add_label(&series, "job", "unnamed");
    add_sample(&series, 1, MS);
    bytes_message(&request, 1, &series);
    add_label(&series, "__name__", "m");
    add_label(&series, "job", "twice");
    add_label(&series, "job", "twice");
    add_sample(&series, 1, MS);
    bytes_message(&request, 1, &series);
    add_series(&request, "m", "good too", 2, MS);
    assert_int_equal(post(http, &request), 204);
    assert_string_equal(http_header(http, "X-Prometheus-Remote-Write-Samples-Written"), "2");
    assert_int_equal(http_count_rows(http, "p", "m"), 2);
}

static void a_zero_byte_does_not_cut_a_label(void **state)
{
    struct http *http = *state;
    struct bytes request = {0}, series = {0}, label = {0};
    add_label(&series, "__name__", "m");
    bytes_text(&label, 1, "job");
    bytes_piece(&label, 2, "a\0b", 3);
    bytes_message(&series, 1, &label);
    add_sample(&series, 1, MS);
    bytes_message(&request, 1, &series);
    assert_int_equal(post(http, &request), 204);
    assert_int_equal(http_count_rows(http, "p", "m"), 0);
}

static void too_many_labels_are_refused_one_by_one(void **state)
{
    struct http *http = *state;
    struct bytes request = {0}, series = {0};
    char name[16];
    add_label(&series, "__name__", "m");
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "l%03d", i);
        add_label(&series, name, "v");
    }
    add_sample(&series, 1, MS);
    bytes_message(&request, 1, &series);
    add_series(&request, "m", "good", 1, MS);
    assert_int_equal(post(http, &request), 204);
    assert_int_equal(http_count_rows(http, "p", "m"), 1);
}

static void metadata_and_unknown_fields_are_passed_over(void **state)
{
    struct http *http = *state;
    struct bytes request = {0};
    bytes_text(&request, 3, "\x08\x01\x12\x02up");
    bytes_int(&request, 99, 7);
    bytes_fixed(&request, 100, 7);
    add_series(&request, "up", "a", 1, MS);
    assert_int_equal(post(http, &request), 204);
    assert_int_equal(http_count_rows(http, "p", "up"), 1);
    assert_int_equal(post(http, &request), 204); /* nothing at all */
}

static void native_histograms_are_counted_and_left_out(void **state)
{
    struct http *http = *state;
    struct bytes request = {0}, series = {0};
    add_label(&series, "__name__", "h");
    bytes_text(&series, 4, "\x08\x01");
    bytes_message(&request, 1, &series);
    add_series(&request, "up", "a", 1, MS);
    assert_int_equal(post(http, &request), 204);
    assert_string_equal(http_header(http, "X-Prometheus-Remote-Write-Samples-Written"), "1");
}

static void what_is_no_request_is_400_and_leaves_nothing(void **state)
{
    struct http *http = *state;
    static const char *const tails[] = {
        "\x0a\x05\x01",
        "\x0b",
        "\x00",
        "\x0a\xff\xff\xff\xff\x0f",
        "\x0a\x02\x0a\x7f",
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    };
    for (size_t i = 0; i < CT_COUNT_OF(tails); i++) {
        struct bytes request = {0};
        add_series(&request, "up", "a", 1, MS);
        bytes_raw(&request, tails[i], tails[i][0] ? strlen(tails[i]) : 1);
        assert_int_equal(post(http, &request), 400);
        assert_string_equal(http->reply.content_type, "text/plain; charset=utf-8");
        expect_contains(http_body(http), "protobuf");
        assert_int_equal(http_count_rows(http, "p", "up"), 0);
    }
}

/* Two bytes make a message of many in memory. */
static void a_series_that_swells_is_refused(void **state)
{
    struct http *http = *state;
    struct bytes request = {0}, series = {0};
    for (int i = 0; i < 300000; i++)
        bytes_raw(&series, "\x12\x00", 2);
    bytes_message(&request, 1, &series);
    assert_int_equal(post(http, &request), 422);
    expect_contains(http_body(http), "too many parts");
}

static void other_protocols_are_415(void **state)
{
    struct http *http = *state;
    struct bytes request = {0};
    http_set_header(http, "Content-Type",
                    "application/x-protobuf;proto=io.prometheus.write.v2.Request");
    assert_int_equal(post(http, &request), 415);
    http_set_header(http, "Content-Type", "application/json");
    assert_int_equal(post(http, &request), 415);
    http_set_header(http, "Content-Type", "application/x-protobuf;proto=prometheus.WriteRequest");
    assert_int_equal(post(http, &request), 204);
    http_set_header(http, "X-Prometheus-Remote-Write-Version", "2.0.0");
    assert_int_equal(post(http, &request), 415);
    expect_contains(http_body(http), "0.1.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WRITE_TEST(series_become_rows_of_many_tables),
        WRITE_TEST(a_batch_sent_again_changes_nothing),
        WRITE_TEST(staleness_markers_are_passed_over),
        WRITE_TEST(a_bad_sample_costs_no_good_one),
        WRITE_TEST(a_zero_byte_does_not_cut_a_label),
        WRITE_TEST(too_many_labels_are_refused_one_by_one),
        WRITE_TEST(metadata_and_unknown_fields_are_passed_over),
        WRITE_TEST(native_histograms_are_counted_and_left_out),
        WRITE_TEST(what_is_no_request_is_400_and_leaves_nothing),
        WRITE_TEST(a_series_that_swells_is_refused),
        WRITE_TEST(other_protocols_are_415),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
