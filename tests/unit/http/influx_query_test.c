/* /query: where the question may stand, what of it is checked, who is told what, and long answers.
 */
#include "server_fixture.h"

#include <stdlib.h>

static void write_rows(struct http *http, const char *database, const char *lines)
{
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_write(http->server.store, database, lines, strlen(lines), NULL, NULL, &err) !=
        CENTIME_OK)
        fail_msg("%s", err.text);
}

static int open_with_rows(void **state)
{
    if (http_open(state) != 0)
        return -1;
    write_rows(*state, "a", "m,h=x v=1 1000000000\nm,h=y v=2 2000000000\n");
    write_rows(*state, "b", "secret,h=x v=1 1000000000\n");
    return 0;
}

#define QUERY_TEST(test) cmocka_unit_test_setup_teardown(test, open_with_rows, http_close)

static void expect(struct http *http, enum ct_method method, const char *target, const char *body,
                   unsigned status, const char *part)
{
    const unsigned got = http_ask(http, method, target, body);
    if (got != status)
        fail_msg("%s: %u, not %u: %s", target, got, status, http_body(http));
    expect_contains(http_body(http), part);
}

static void expect_get(struct http *http, const char *target, unsigned status, const char *part)
{
    expect(http, CT_METHOD_GET, target, "", status, part);
}

/* -- Where the question stands ------------------------------------------------------------------
 */

static void the_question_stands_in_url_form_or_file(void **state)
{
    struct http *http = *state;
    static const char rows[] = "\"values\":[[1,1],[2,2]]";
    expect_get(http, "/query?db=a&epoch=s&q=SELECT+v+FROM+m", 200, rows);
    expect(http, CT_METHOD_POST, "/query?db=a&epoch=s&q=SELECT+v+FROM+m", "", 200, rows);
    http_set_header(http, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    expect(http, CT_METHOD_POST, "/query?epoch=s", "db=a&q=SELECT+v+FROM+m%0A", 200, rows);
    http_set_header(http, "Content-Type", "multipart/form-data; charset=x; boundary=\"b b\"");
    expect(http, CT_METHOD_POST, "/query?epoch=s",
           "what comes before\r\n--b b\r\nContent-Type: text/plain\r\n"
           "content-disposition: form-data; filename=\"a;name=z\"; name=\"q\"\r\n\r\n"
           "SELECT v FROM m\r\n--b b\r\nContent-Disposition: form-data; name=db\r\n\r\na\r\n"
           "--b b--\r\n",
           200, rows);
    assert_string_equal(http->reply.content_type, "application/json");
    assert_string_equal(http_header(http, "X-Influxdb-Version"), "1.8.10");
}

static void broken_files_are_told(void **state)
{
    struct http *http = *state;
    static const struct {
        const char *type, *body, *text;
    } cases[] = {
        {"multipart/form-data", "--b\r\n", "without a boundary"},
        {"multipart/form-data; boundary=", "--b\r\n", "without a boundary"},
        {"multipart/form-data; boundary=b", "", "does not have the boundary"},
        {"multipart/form-data; boundary=b", "--b", "not a line of its own"},
        {"multipart/form-data; boundary=b", "--bx\r\n", "not a line of its own"},
        {"multipart/form-data; boundary=b", "--b\r\nx", "a part without an end"},
        {"multipart/form-data; boundary=b", "--b\r\nx\r\n--b--", "whose headers do not end"},
        {"multipart/form-data; boundary=b", "--b\r\n\r\nx\r\n--b--", "without a name"},
        {"multipart/form-data; boundary=b",
         "--b\r\nContent-Disposition: form-data; name=q\r\n\r\n\xff\r\n--b--", "not UTF-8"},
        {"multipart/form-data; boundary=b",
         "--b\r\nContent-Disposition: form-data; name=z\r\n\r\nx\r\n--b--", "missing required"},
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        http_set_header(http, "Content-Type", cases[i].type);
        expect(http, CT_METHOD_POST, "/query?db=a", cases[i].body, 400, cases[i].text);
    }
}

static void a_form_has_a_limit_of_parts(void **state)
{
    struct http *http = *state;
    static const char part[] = "--b\r\nContent-Disposition: form-data; name=z\r\n\r\nx\r\n";
    char *body = calloc(66, sizeof part);
    assert_non_null(body);
    http_set_header(http, "Content-Type", "multipart/form-data; boundary=b");
    for (size_t i = 0; i < 65; i++)
        memcpy(body + i * (sizeof part - 1), part, sizeof part - 1);
    memcpy(body + 65 * (sizeof part - 1), "--b--", 5);
    expect(http, CT_METHOD_POST, "/query?db=a&q=SHOW+DATABASES", body, 400, "more than 64 parts");
    memcpy(body + 64 * (sizeof part - 1), "--b--", 6);
    expect(http, CT_METHOD_POST, "/query?db=a&q=SHOW+DATABASES", body, 200, "databases");
    free(body);
}

/* -- What is checked -----------------------------------------------------------------------------
 */

static void errors_say_what_is_wrong(void **state)
{
    struct http *http = *state;
    expect_get(http, "/query?db=a", 400, "{\"error\":\"missing required parameter \\\"q\\\"\"}\n");
    assert_string_equal(http_header(http, "X-Influxdb-Error"), "missing required parameter \"q\"");
    expect_get(http, "/query?db=a&q=+", 400, "missing required parameter");
    expect_get(http, "/query?db=a&q=SELECT", 400, "{\"error\":\"error parsing query: found EOF");
    expect_get(http, "/query?db=a&q=SELECT+v+FROM+m&epoch=x", 400, "invalid epoch \\\"x\\\"");
    expect_get(http, "/query?db=a&q=SELECT&pretty=true", 400, "{\n    \"error\": \"error parsing");
    expect_get(http, "/query?db=a&q=SELECT+foo(v)+FROM+m", 200, "undefined function foo()");
    expect_get(http, "/query?db=a&q=SELECT+v+FROM+m&rp=x", 200, "retention policy not found: x");
    http_set_header(http, "Accept", "text/csv;q=0.5");
    expect_get(http, "/query?db=a&q=SELECT", 400, "error\n\"error parsing query: found EOF, ");
    assert_string_equal(http->reply.content_type, "text/csv");
    expect_get(http, "/query?db=a&q=SELECT+v+FROM+m&epoch=h", 200, "name,tags,time,v\nm,,0,1\n");
}

static void parameters_are_values_and_never_text(void **state)
{
    struct http *http = *state;
    static const char ask[] = "/query?db=a&epoch=s&q=SELECT+v+FROM+m+WHERE+h+%3D+$h";
    static const struct {
        const char *params, *part;
        unsigned status;
    } cases[] = {
        {"{\"h\":\"x\"}", "[[1,1]]", 200},
        {"{\"h\":{\"string\":\"y\"}}", "[[2,2]]", 200},
        {"{\"h\":\"x'+OR+'1'%3D'1\"}", "{\"statement_id\":0}", 200},
        {"{\"h\":\"x\\u0000y\"}", "zero byte", 400},
        {"{\"h\":{\"regex\":\"a\\u0000\"}}", "zero byte", 400},
        {"{\"h\":{\"regex\":\"a\",\"string\":\"b\"}}", "by its one member", 400},
        {"{\"h\":{}}", "by its one member", 400},
        {"{\"h\":null}", "not null", 400},
        {"{\"h\":99999999999999999999}", "error parsing query parameters: h: ", 400},
        {"{\"h\":1,\"h\":2}", "error parsing query parameters: ", 400},
        {"[]", "an object of names and values", 400},
        {"x", "error parsing query parameters: ", 400},
        {"{}", "missing parameter: h", 400},
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        char target[256];
        snprintf(target, sizeof target, "%s&params=%s", ask, cases[i].params);
        expect_get(http, target, cases[i].status, cases[i].part);
    }
}

static void limits_are_those_of_the_server(void **state)
{
    struct http *http = *state;
    http->server.config.query_rows_max = 1;
    expect_get(http, "/query?db=a&q=SELECT+v+FROM+m", 200, "\"error\":\"");
    http->server.config.query_rows_max = 0;
    http->server.config.query_memory_bytes = 70000;
    expect_get(http, "/query?db=a&q=SELECT+v+FROM+m", 200, "more than 70000 bytes of memory");
}

static void a_cancelled_request_is_told_in_its_statement(void **state)
{
    struct http *http = *state;
    centime_cancel *cancel;
    assert_int_equal(CENTIME_OK, centime_cancel_create(&cancel, NULL));
    http_ask(http, CT_METHOD_GET, "/query?db=a&q=SELECT+v+FROM+m", "");
    http->request.cancel = cancel;
    centime_cancel_set(cancel);
    ct_route_dispatch(&http->server, &http->request, &http->reply);
    expect_contains(http_body(http), "\"error\":\"query interrupted\"");
    centime_cancel_destroy(cancel);
}

/* -- Who is told what ----------------------------------------------------------------------------
 */

static void be(struct http *http, const char *database, bool reads, bool writes)
{
    struct ct_grant *grant = &http->principal.grants[http->principal.grant_count++];
    http->principal.is_admin = false;
    http->principal.is_token = true;
    snprintf(grant->database, sizeof grant->database, "%s", database);
    grant->reads = reads;
    grant->writes = writes;
}

static void a_token_of_one_database_never_learns_of_another(void **state)
{
    struct http *http = *state;
    static const char not_found[] = "\"error\":\"database not found: b\"";
    be(http, "a", true, false);
    expect_get(http, "/query?q=SHOW+DATABASES", 200, "\"values\":[[\"a\"]]");
    expect_get(http, "/query?db=a&epoch=s&q=SELECT+v+FROM+m", 200, "[[1,1],[2,2]]");
    expect_get(http, "/query?db=b&q=SELECT+v+FROM+secret", 200, not_found);
    expect_get(http, "/query?db=a&q=SELECT+v+FROM+b..secret", 200, not_found);
    expect_get(http, "/query?db=a&q=SHOW+MEASUREMENTS+ON+b", 200, not_found);
    expect(http, CT_METHOD_POST, "/query?q=DROP+DATABASE+b", "", 200, not_found);
    expect(http, CT_METHOD_POST, "/query?q=CREATE+DATABASE+b", "", 200, "not authorized to create");
    expect(http, CT_METHOD_POST, "/query?db=a&q=DELETE+FROM+m", "", 200, "not authorized to write");
    assert_int_equal(http_count_rows(http, "a", "m"), 2);
    assert_int_equal(http_count_rows(http, "b", "secret"), 1);
    be(http, "*", false, true);
    expect(http, CT_METHOD_POST, "/query?db=b&q=DELETE+FROM+secret", "", 200,
           "\"statement_id\":0}");
    assert_int_equal(http_count_rows(http, "b", "secret"), 0);
}

static void nobody_is_told_nothing(void **state)
{
    struct http *http = *state;
    http->principal.is_admin = false;
    expect_get(http, "/query?db=a&q=SHOW+DATABASES", 401, "unable to parse authentication");
    expect(http, CT_METHOD_POST, "/api/v2/query", "", 401, "\"code\":\"unauthorized\"");
}

static void deleting_is_not_for_get(void **state)
{
    struct http *http = *state;
    expect_get(http, "/query?db=a&q=DELETE+FROM+m", 200, "refused by GET");
    expect_get(http, "/query?q=DROP+DATABASE+a", 200, "refused by GET");
    assert_int_equal(http_count_rows(http, "a", "m"), 2);
    expect_get(http, "/query?q=CREATE+DATABASE+c", 200, "\"messages\":[{\"level\":\"warning\"");
    expect(http, CT_METHOD_POST, "/query?q=DROP+DATABASE+a", "", 200, "{\"statement_id\":0}");
    assert_int_equal(http_count_rows(http, "a", "m"), 0);
}

static void flux_is_refused_with_a_way_out(void **state)
{
    struct http *http = *state;
    expect(http, CT_METHOD_POST, "/api/v2/query?org=o", "{}", 400,
           "{\"code\":\"invalid\",\"message\":");
    expect_contains(http_body(http), "/query?db=");
}

/* -- Long answers --------------------------------------------------------------------------------
 */

#define MANY 20000

static void write_many(struct http *http)
{
    char *lines = malloc((size_t)MANY * 48);
    size_t len = 0;
    assert_non_null(lines);
    for (int i = 0; i < MANY; i++)
        len += (size_t)snprintf(lines + len, 48, "many,h=%d v=%d %d\n", i % 7, i, i + 1);
    write_rows(http, "a", lines);
    free(lines);
}

/* The reply's stream, in pieces of `cap`. */
static char *read_all(struct http *http, size_t cap, size_t *len)
{
    char *all = calloc(1, 4 << 20);
    assert_non_null(all);
    *len = 0;
    for (ptrdiff_t got; (got = ct_reply_read(&http->reply, all + *len, cap)) != 0;) {
        assert_in_range(got, 1, cap);
        *len += (size_t)got;
        assert_in_range(*len, 1, (4 << 20) - cap - 1);
    }
    assert_int_equal(ct_reply_bytes_made(&http->reply), *len);
    return all;
}

static void long_answers_are_made_while_they_are_sent(void **state)
{
    struct http *http = *state;
    static const char text[] = "SELECT * FROM many; SELECT v FROM many GROUP BY h";
    centime_influx_options options = CENTIME_INFLUX_OPTIONS_INIT;
    centime_buffer *whole;
    size_t len;
    write_many(http);
    options.database = "a";
    options.epoch = CENTIME_EPOCH_NS;
    assert_int_equal(CENTIME_OK, centime_influxql(http->server.store, text, strlen(text), &options,
                                                  &whole, NULL));
    static const size_t caps[] = {1, 1000, 65536};
    for (size_t i = 0; i < CT_COUNT_OF(caps); i++) {
        assert_int_equal(200, http_ask(http, CT_METHOD_GET,
                                       "/query?db=a&epoch=ns&q=SELECT+*+FROM+many;+SELECT+v+FROM+"
                                       "many+GROUP+BY+h",
                                       ""));
        assert_non_null(http->reply.stream.next);
        assert_int_equal(ct_query_gate_running(&http->server.queries), 1);
        assert_in_range(http->reply.body.len, 128 << 10, 256 << 10);
        char *read = read_all(http, caps[i], &len);
        assert_int_equal(len, centime_buffer_len(whole));
        assert_memory_equal(read, centime_buffer_bytes(whole), len);
        free(read);
    }
    centime_buffer_destroy(whole);
    http_forget_reply(http);
    assert_int_equal(ct_query_gate_running(&http->server.queries), 0);
    assert_int_equal(200, http_ask(http, CT_METHOD_GET, "/query?db=a&q=SELECT+v+FROM+m", ""));
    assert_null(http->reply.stream.next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        QUERY_TEST(the_question_stands_in_url_form_or_file),
        QUERY_TEST(broken_files_are_told),
        QUERY_TEST(a_form_has_a_limit_of_parts),
        QUERY_TEST(errors_say_what_is_wrong),
        QUERY_TEST(parameters_are_values_and_never_text),
        QUERY_TEST(limits_are_those_of_the_server),
        QUERY_TEST(a_cancelled_request_is_told_in_its_statement),
        QUERY_TEST(a_token_of_one_database_never_learns_of_another),
        QUERY_TEST(nobody_is_told_nothing),
        QUERY_TEST(deleting_is_not_for_get),
        QUERY_TEST(flux_is_refused_with_a_way_out),
        QUERY_TEST(long_answers_are_made_while_they_are_sent),
    };
    return cmocka_run_group_tests_name("influx_query", tests, NULL, NULL);
}
