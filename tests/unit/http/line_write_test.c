/* Line protocol over HTTP, without sockets: parameters, partial and whole answers, request keys,
 * what a store that cannot write is answered. */
#include "server_fixture.h"

/* -- Answers ----------------------------------------------------------------------------------- */

static void good_lines_are_answered_with_nothing(void **state)
{
    struct http *http = *state;
    const char *const targets[] = {"/write?db=a", "/api/v2/write?org=o&bucket=a&precision=ns",
                                   "/api/v3/write_lp?db=a&precision=nanosecond&no_sync=true"};
    for (size_t i = 0; i < CT_COUNT_OF(targets); i++) {
        assert_int_equal(http_post(http, targets[i], "m v=1 1\nm v=2 2"), 204);
        assert_int_equal(http->reply.body.len, 0);
        assert_null(http->reply.content_type);
    }
    assert_int_equal(http_count_rows(http, "a", "m"), 2);
}

static void nothing_is_a_fine_body(void **state)
{
    struct http *http = *state;
    const char *const bodies[] = {"", "\n", "\n\n  \n", "# a comment\n", "\r\n"};
    for (size_t i = 0; i < CT_COUNT_OF(bodies); i++) {
        assert_int_equal(http_post(http, "/write?db=a", bodies[i]), 204);
        assert_int_equal(http_post(http, "/api/v2/write?bucket=a", bodies[i]), 204);
        assert_int_equal(http_post(http, "/api/v3/write_lp?db=a", bodies[i]), 204);
    }
}

static void what_was_done_is_told_on_request(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/write?db=a&verbose=true", "cost,provider=aws cost_usd=1 1"),
                     200);
    expect_contains(http_body(http), "{\"accepted\":1,\"rejected\":0,\"overwritten\":0,"
                                     "\"overwritten_money\":0,\"commit\":");
    assert_int_equal(http_post(http, "/write?db=a&verbose=1", "cost,provider=aws cost_usd=2 1"),
                     200);
    expect_contains(http_body(http), "\"overwritten\":1,\"overwritten_money\":1,");
}

static void overwritten_money_is_never_silent(void **state)
{
    struct http *http = *state;
    const char *const line = "cost,provider=aws cost_usd=1 1";
    assert_int_equal(http_post(http, "/write", line), 204);
    assert_string_equal(http_header(http, "X-Centime-Overwritten-Money"), "");
    assert_int_equal(http_post(http, "/write", line), 204);
    assert_string_equal(http_header(http, "X-Centime-Overwritten-Money"), "");
    assert_int_equal(http_post(http, "/write", "cost,provider=aws cost_usd=1.01 1"), 204);
    assert_string_equal(http_header(http, "X-Centime-Overwritten-Money"), "1");
}

/* -- Databases --------------------------------------------------------------------------------- */

static void a_database_is_made_by_its_first_row(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/write", "m v=1 1"), 204);
    assert_int_equal(http_post(http, "/write?db=", "m v=1 2"), 204);
    assert_int_equal(http_count_rows(http, "default", "m"), 2);
    assert_int_equal(http_post(http, "/write?db=telegraf&rp=&consistency=all", "m v=1 1"), 204);
    assert_int_equal(http_count_rows(http, "telegraf", "m"), 1);
    assert_int_equal(http_post(http, "/api/v2/write?bucket=telegraf%2Fautogen", "m v=1 2"), 204);
    assert_int_equal(http_count_rows(http, "telegraf", "m"), 2);
}

static void names_that_look_like_paths_are_no_databases(void **state)
{
    struct http *http = *state;
    const char *const names[] = {"..%2F..%2Fetc", ".hidden", "..",  "a%2Fb",    "a%5Cb", "a%20b",
                                 "caf%C3%A9",     "%2F",     "a;b", "%22quote", "*"};
    for (size_t i = 0; i < CT_COUNT_OF(names); i++) {
        char target[64];
        snprintf(target, sizeof target, "/write?db=%s", names[i]);
        assert_int_equal(http_post(http, target, "m v=1 1"), 400);
        expect_contains(http_body(http), "cannot be the name of a database");
    }
    char target[128] = "/write?db=";
    memset(target + strlen(target), 'd', 64);
    assert_int_equal(http_post(http, target, "m v=1 1"), 204);
    target[strlen(target)] = 'd';
    assert_int_equal(http_post(http, target, "m v=1 1"), 400);
    assert_int_equal(http_post(http, "/api/v2/write?bucket=..%2F..", "m v=1 1"), 400);
}

static void a_token_writes_where_it_may(void **state)
{
    struct http *http = *state;
    http->principal =
        (struct ct_principal){.id = "t1",
                              .is_token = true,
                              .grants = {{"mine", false, true}, {"read", true, false}},
                              .grant_count = 2};
    assert_int_equal(http_post(http, "/write?db=mine", "m v=1 1"), 204);
    assert_int_equal(http_post(http, "/write?db=read", "m v=1 1"), 403);
    assert_int_equal(http_post(http, "/write?db=other", "m v=1 1"), 404);
    expect_contains(http_body(http), "database not found: \\\"other\\\"");
    http->principal = (struct ct_principal){.id = "anonymous"};
    assert_int_equal(http_post(http, "/api/v2/write?bucket=mine", "m v=1 1"), 401);
    expect_contains(http_body(http), "{\"code\":\"unauthorized\"");
}

static int64_t time_of_first_row(const struct http *http, const char *table)
{
    centime_error err = CENTIME_ERROR_INIT;
    const char *const fields[] = {"v"};
    centime_query query = CENTIME_QUERY_INIT;
    centime_result *result = NULL;
    query.table = table;
    query.mode = CENTIME_ROWS;
    query.fields = fields;
    query.field_count = 1;
    if (centime_run(http->server.store, &query, &result, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    const int64_t time_ns = centime_result_int64(result, 0, 0);
    centime_result_destroy(result);
    return time_ns;
}

/* -- Parameters -------------------------------------------------------------------------------- */

static void precisions_are_those_of_all_clients(void **state)
{
    struct http *http = *state;
    const struct {
        const char *name;
        int64_t ns;
    } cases[] = {
        {"n", 1},
        {"ns", 1},
        {"u", 1000},
        {"us", 1000},
        {"%C2%B5s", 1000},
        {"%CE%BCs", 1000},
        {"ms", 1000000},
        {"s", 1000000000},
        {"m", INT64_C(60000000000)},
        {"h", INT64_C(3600000000000)},
        {"nanosecond", 1},
        {"microsecond", 1000},
        {"millisecond", 1000000},
        {"second", 1000000000},
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        char target[64];
        char table[16];
        char line[32];
        snprintf(target, sizeof target, "/write?precision=%s", cases[i].name);
        snprintf(table, sizeof table, "t%zu", i);
        snprintf(line, sizeof line, "%s v=1 7", table);
        assert_int_equal(http_post(http, target, line), 204);
        assert_int_equal(time_of_first_row(http, table), 7 * cases[i].ns);
    }
}

static void times_of_version_3_are_guessed_where_it_does(void **state)
{
    struct http *http = *state;
    assert_int_equal(
        http_post(http, "/api/v3/write_lp?db=a", "m v=1 1780272000\nm v=1 1780272000000000000\n"),
        204);
    assert_int_equal(http_count_rows(http, "a", "m"), 1);
}

static void parameters_that_make_no_sense_are_told(void **state)
{
    struct http *http = *state;
    const struct {
        const char *target;
        const char *says;
    } cases[] = {
        {"/write?precision=xx", "invalid precision \\\"xx\\\""},
        {"/write?precision=NS", "invalid precision"},
        {"/write?consistency=foo", "invalid consistency level"},
        {"/write?rp=..%2F", "invalid retention policy"},
        {"/write?accept_partial=maybe", "invalid accept_partial"},
        {"/write?verbose=2", "invalid verbose"},
        {"/api/v3/write_lp?no_sync=perhaps", "invalid no_sync"},
        {"/api/v2/write?bucket=a%2F..%2Fb", "invalid retention policy"},
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        assert_int_equal(http_post(http, cases[i].target, "m v=1 1"), 400);
        expect_contains(http_body(http), cases[i].says);
    }
    assert_int_equal(http_count_rows(http, "default", "m"), 0);
}

static void other_methods_are_not_allowed(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/write?db=a", ""), 405);
    assert_int_equal(http_ask(http, CT_METHOD_PUT, "/write?db=a", "m v=1"), 405);
}

/* -- Lines that cannot be taken ---------------------------------------------------------------- */

static void good_lines_are_kept_and_bad_ones_listed(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/write?db=a", "m v=1 1\nm v=\nm v=2 2\nm x\n"), 400);
    const char *body = http_body(http);
    expect_contains(body, "{\"error\":\"partial write: unable to parse 'm v=': field has no value");
    expect_contains(body, "\\nunable to parse 'm x': ");
    expect_contains(body, " dropped=2\",\"code\":\"partial_write\",\"message\":\"partial write: ");
    expect_contains(body, "\"data\":[{\"error_message\":\"field has no value\",\"line_number\":2,"
                          "\"column\":5,\"original_line\":\"m v=\"},{");
    expect_contains(body, "\"accepted\":2,\"rejected\":2,");
    expect_contains(body, "\"request_id\":\"0123456789abcdef\"}\n");
    const char *header = http_header(http, "X-Influxdb-Error");
    expect_contains(header, "partial write: unable to parse 'm v=': ");
    assert_null(strchr(header, '\n'));
    assert_string_equal(http->reply.content_type, "application/json");
    assert_int_equal(http_count_rows(http, "a", "m"), 2);
}

static void a_text_of_bad_lines_alone_is_no_partial_write(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/write?db=a", "bad"), 400);
    expect_contains(http_body(http), "{\"error\":\"unable to parse 'bad': ");
    expect_contains(http_body(http), "\"code\":\"parse\"");
}

static void a_value_of_another_type_is_a_conflict(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/write?db=a", "m v=1 1"), 204);
    assert_int_equal(http_post(http, "/write?db=a", "m v=\"str\" 5"), 400);
    expect_contains(http_body(http), "{\"error\":\"partial write: field type conflict: ");
    expect_contains(http_body(http), "dropped=1");
    assert_int_equal(http_post(http, "/write?db=a", "m v=\"str\" 5\nm v=2 2"), 400);
    expect_contains(http_body(http), "\"accepted\":1,\"rejected\":1,");
    assert_int_equal(http_count_rows(http, "a", "m"), 2);
}

static void version_2_refuses_all_for_a_malformed_line(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/api/v2/write?bucket=a", "m v=1 1\nm v=\n"), 400);
    expect_contains(http_body(http), "\"code\":\"invalid\",\"message\":\"unable to parse 'm v=': ");
    expect_contains(http_body(http), "\"accepted\":0,\"rejected\":1,");
    assert_int_equal(http_count_rows(http, "a", "m"), 0);
    assert_int_equal(
        http_post(http, "/api/v2/write?bucket=a&accept_partial=true", "m v=1 1\nm v=\n"), 422);
    assert_int_equal(http_count_rows(http, "a", "m"), 1);
}

static void version_2_keeps_good_lines_beside_conflicts(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/api/v2/write?bucket=a", "m v=1 1\nm v=\"s\" 2\nm v=3 3"),
                     422);
    expect_contains(http_body(http),
                    "\"code\":\"unprocessable entity\",\"message\":\"failure writing points to "
                    "database: partial write: field type conflict: ");
    assert_string_equal(http_header(http, "X-Platform-Error-Code"), "unprocessable entity");
    assert_int_equal(http_count_rows(http, "a", "m"), 2);
}

static void version_3_says_it_in_its_words(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/api/v3/write_lp?db=a", "m v=1 1\nm v=\n"), 400);
    expect_contains(http_body(http), "{\"error\":\"partial write of line protocol occurred\",");
    expect_contains(http_body(http), "\"line_number\":2,");
    assert_int_equal(
        http_post(http, "/api/v3/write_lp?db=a&accept_partial=false", "m v=2 2\nm v=\n"), 400);
    expect_contains(http_body(http), "{\"error\":\"line protocol parsing error\",");
    assert_int_equal(http_count_rows(http, "a", "m"), 1);
}

static void all_or_nothing_by_parameter_or_header(void **state)
{
    struct http *http = *state;
    const char *const body = "m v=1 1\nm v=\"conflict\" 2\n";
    assert_int_equal(http_post(http, "/write?db=a&accept_partial=false", body), 400);
    assert_int_equal(http_post(http, "/api/v2/write?bucket=a&accept_partial=FALSE", body), 400);
    http_set_header(http, "X-Centime-Accept-Partial", "false");
    assert_int_equal(http_post(http, "/write?db=a", body), 400);
    expect_contains(http_body(http), "{\"error\":\"field type conflict: ");
    expect_contains(http_body(http), "\"accepted\":0,\"rejected\":1,");
    assert_int_equal(http_count_rows(http, "a", "m"), 0);
}

static void many_bad_lines_are_counted_and_the_first_told(void **state)
{
    struct http *http = *state;
    char body[4096];
    size_t len = 0;
    for (int i = 0; i < 300; i++)
        len += (size_t)snprintf(body + len, sizeof body - len, "bad%d\n", i);
    assert_int_equal(http_post(http, "/write?db=a", body), 400);
    const char *answer = http_body(http);
    expect_contains(answer, "unable to parse 'bad9': ");
    expect_contains(answer, "\\nand 290 more\"");
    expect_contains(answer, "\"original_line\":\"bad99\"}]");
    expect_contains(answer, "\"rejected\":300,");
    assert_in_range(strlen(http_header(http, "X-Influxdb-Error")), 1, 1024);
}

/* Whatever a line holds, the header is one line and the body is JSON. */
static void hostile_lines_forge_nothing(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_post(http, "/write?db=a", "m\r\nSet-Cookie: a=b\n\"\\\x01\xff{}\n"), 400);
    const char *header = http_header(http, "X-Influxdb-Error");
    for (const char *c = header; *c; c++)
        assert_in_range((unsigned char)*c, 0x20, 0x7e);
    for (const char *c = http_body(http); *c != '\n'; c++)
        assert_in_range((unsigned char)*c, 0x20, 0x7e);
}

/* -- Request keys ------------------------------------------------------------------------------ */

static void a_request_with_a_key_counts_once(void **state)
{
    struct http *http = *state;
    http_set_header(http, "Idempotency-Key", "k1");
    assert_int_equal(http_post(http, "/write?db=a", "cost,provider=aws cost_usd=1"), 204);
    assert_string_equal(http_header(http, "Idempotency-Replayed"), "");
    assert_int_equal(http_post(http, "/write?db=a", "cost,provider=aws cost_usd=1"), 204);
    assert_string_equal(http_header(http, "Idempotency-Replayed"), "true");
    assert_int_equal(http_count_rows(http, "a", "cost"), 1);
    http_set_header(http, "Idempotency-Key", "k2");
    assert_int_equal(http_post(http, "/write?db=a", "cost,provider=aws cost_usd=1"), 204);
    assert_int_equal(http_count_rows(http, "a", "cost"), 2);
}

static void a_key_used_for_something_else_is_refused(void **state)
{
    struct http *http = *state;
    const char *const others[] = {"/write?db=a&precision=ms", "/write?db=a&accept_partial=false",
                                  "/api/v2/write?bucket=a"};
    http_set_header(http, "Idempotency-Key", "k1");
    assert_int_equal(http_post(http, "/write?db=a", "m v=1 1"), 204);
    assert_int_equal(http_post(http, "/write?db=a", "m v=2 1"), 422);
    expect_contains(http_body(http), "other content");
    for (size_t i = 0; i < CT_COUNT_OF(others); i++)
        assert_int_equal(http_post(http, others[i], "m v=1 1"), 422);
    assert_int_equal(http_post(http, "/write?db=b", "m v=2 1"), 204); /* another tenant's key */
}

static void a_key_has_a_length(void **state)
{
    struct http *http = *state;
    char key[257];
    memset(key, 'k', sizeof key);
    key[256] = 0;
    http_set_header(http, "Idempotency-Key", key);
    assert_int_equal(http_post(http, "/write?db=a", "m v=1 1"), 400);
    key[255] = 0;
    http_set_header(http, "Idempotency-Key", key);
    assert_int_equal(http_post(http, "/write?db=a", "m v=1 1"), 204);
}

/* -- Clients' bodies, byte for byte ------------------------------------------------------------ */

static void captured_bodies_are_taken(void **state)
{
    struct http *http = *state;
    const struct {
        const char *target;
        const char *body;
        int64_t rows; /* of the table, afterwards */
        const char *table;
    } cases[] = {
        {"/write?consistency=all&db=c1&precision=ns&rp=autogen",
         "cpu,host=a value=1 1000000000\n\ncpu,host=b value=2 2000000000\n", 2, "cpu"},
        {"/write?consistency=all&db=c2&precision=ns&rp=", " cpu,host=a value=1\n", 1, "cpu"},
        {"/write?db=c3",
         "cost,svc=ec2,team=ml\\ research n=4i,ok=True,s=\"a \\\"q\\\" \\\\ b\",usd=3.5 "
         "1767225600000000000\n",
         1, "cost"},
        {"/write?db=c4", "cost usd=1 1700000000000000000\ncost usd=2\n", 2, "cost"},
        {"/api/v2/write?org=my-org&bucket=c5&precision=ns",
         "cost,env=prod,team=ml\\,\\ res\\=earch n=4i,ok=T,s=\"a \\\"q\\\" \\\\ b\nnl\",u=5u,"
         "usd=3.5 1700000000000000000\ncost,env=prod usd=1 1795427454072351585",
         2, "cost"},
        {"/api/v2/write?org=my-org&bucket=c6&precision=ms&consistency=one",
         "cost usd=1 1700000000000", 1, "cost"},
        {"/write?db=c7&precision=n&rp=",
         "cost,team=ml\\ research n=4i,s=\"a \\\"q\\\" \\\\ b\",usd=3.5 1700000000000000000", 1,
         "cost"},
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        char database[3] = {'c', (char)('1' + i), 0};
        if (http_post(http, cases[i].target, cases[i].body) != 204)
            fail_msg("case %zu: %s", i, http_body(http));
        assert_int_equal(http_count_rows(http, database, cases[i].table), cases[i].rows);
    }
}

static void questdb_is_kept_to_text(void **state)
{
    struct http *http = *state;
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/settings", ""), 200);
    expect_contains(http_body(http), "{\"config\":{\"line.proto.support.versions\":[1]}}");
    const char body[] = "cost,team=ml\\,\\ res\\=earch usd==\x10\0\0\0\0\0\0\x0c@,n=4i "
                        "1700000000000000t\n";
    assert_int_equal(http_ask_bytes(http, CT_METHOD_POST, "/write?precision=n",
                                    (struct ct_text){body, sizeof body - 1}),
                     400);
    assert_int_equal(http_count_rows(http, "default", "cost"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(good_lines_are_answered_with_nothing),
        HTTP_TEST(nothing_is_a_fine_body),
        HTTP_TEST(what_was_done_is_told_on_request),
        HTTP_TEST(overwritten_money_is_never_silent),
        HTTP_TEST(a_database_is_made_by_its_first_row),
        HTTP_TEST(names_that_look_like_paths_are_no_databases),
        HTTP_TEST(a_token_writes_where_it_may),
        HTTP_TEST(precisions_are_those_of_all_clients),
        HTTP_TEST(times_of_version_3_are_guessed_where_it_does),
        HTTP_TEST(parameters_that_make_no_sense_are_told),
        HTTP_TEST(other_methods_are_not_allowed),
        HTTP_TEST(good_lines_are_kept_and_bad_ones_listed),
        HTTP_TEST(a_text_of_bad_lines_alone_is_no_partial_write),
        HTTP_TEST(a_value_of_another_type_is_a_conflict),
        HTTP_TEST(version_2_refuses_all_for_a_malformed_line),
        HTTP_TEST(version_2_keeps_good_lines_beside_conflicts),
        HTTP_TEST(version_3_says_it_in_its_words),
        HTTP_TEST(all_or_nothing_by_parameter_or_header),
        HTTP_TEST(many_bad_lines_are_counted_and_the_first_told),
        HTTP_TEST(hostile_lines_forge_nothing),
        HTTP_TEST(a_request_with_a_key_counts_once),
        HTTP_TEST(a_key_used_for_something_else_is_refused),
        HTTP_TEST(a_key_has_a_length),
        HTTP_TEST(captured_bodies_are_taken),
        HTTP_TEST(questdb_is_kept_to_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
