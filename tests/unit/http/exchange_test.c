/* One connection's requests, without a connection: what is decided by the head, what becomes of
 * bodies, what is answered where nobody answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "route.h"
#include "wire_fixture.h"

static int set_up(void **state)
{
    struct wire *wire = ct_alloc_zeroed(ct_allocator_system(), 1, sizeof *wire);
    *state = wire;
    return wire && wire_prepare(wire) && wire_open(wire) ? 0 : -1;
}

static int tear_down(void **state)
{
    const bool is_clean = wire_close(*state);
    wire_discard(*state);
    ct_release(ct_allocator_system(), *state);
    return is_clean ? 0 : -1;
}

static unsigned ask(struct wire *wire, const char *text)
{
    return wire_ask(wire, ct_text_of(text), 5);
}

/* "" where the reply has no such header. */
static const char *header_of(const struct wire *wire, const char *name)
{
    const struct ct_reply *reply = &wire->exchange.reply;
    for (size_t i = 0; i < reply->header_count; i++)
        if (strcmp(reply->headers[i].name, name) == 0)
            return reply->headers[i].value;
    return "";
}

static bool says(const struct wire *wire, const char *part)
{
    const struct ct_text body = wire->exchange.reply.body;
    return body.len > 0 && memmem(body.bytes, body.len, part, strlen(part));
}

#define WRITE_HEAD "POST /write?db=a HTTP/1.1\nHost: a\n"
#define LINE       "m v=1 1"

/* -- Paths and methods ------------------------------------------------------------------------- */

static void paths_and_methods_that_nobody_answers(void **state)
{
    struct wire *wire = *state;
    assert_int_equal(ask(wire, "GET /nothing HTTP/1.1\nHost: a\n\n"), 404);
    assert_true(says(wire, "\"code\":\"no_such_path\""));
    assert_int_equal(ask(wire, "DELETE /write HTTP/1.1\nHost: a\n\n"), 405);
    assert_string_equal(header_of(wire, "Allow"), "POST, OPTIONS");
    assert_int_equal(ask(wire, "BREW /ping HTTP/1.1\nHost: a\n\n"), 405);
    assert_int_equal(ask(wire, "get /ping HTTP/1.1\nHost: a\n\n"), 405);
}

/* InfluxDB's clients read {"error": ...} of its own paths. */
static void a_wrong_method_is_told_in_the_flavour_of_the_path(void **state)
{
    struct wire *wire = *state;
    assert_int_equal(ask(wire, "GET /write HTTP/1.1\nHost: a\n\n"), 405);
    assert_false(says(wire, "request_id"));
    assert_true(header_of(wire, "X-Influxdb-Error")[0] != 0);
}

static void options_are_told_without_cors_until_it_is_set(void **state)
{
    struct wire *wire = *state;
    assert_int_equal(ask(wire, "OPTIONS /ping HTTP/1.1\nHost: a\n\n"), 204);
    assert_string_equal(header_of(wire, "Allow"), "GET, HEAD, OPTIONS");
    assert_string_equal(header_of(wire, "Access-Control-Allow-Methods"), "");
    memcpy(wire->server.config.cors_origin, "http://a", 9);
    assert_int_equal(ask(wire, "OPTIONS /ping HTTP/1.1\nHost: a\n\n"), 204);
    assert_string_equal(header_of(wire, "Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS");
    assert_int_equal(ask(wire, "OPTIONS * HTTP/1.1\nHost: a\n\n"), 204);
    assert_int_equal(ask(wire, "OPTIONS /nothing HTTP/1.1\nHost: a\n\n"), 404);
}

#define FROM_PAGE(origin) WRITE_HEAD "Origin: " origin "\nContent-Length: 7\n\n" LINE

/* No preflight asks about a POST of plain text. */
static void a_page_of_another_origin_writes_nothing_without_a_token(void **state)
{
    struct wire *wire = *state;
    assert_int_equal(ask(wire, FROM_PAGE("http://evil.example")), 403);
    assert_int_equal(ask(wire, FROM_PAGE("null")), 403);
    assert_int_equal(ask(wire, FROM_PAGE("http://a")), 204); /* Host: a */
    assert_int_equal(ask(wire, FROM_PAGE("http://dash.example")), 403);
    memcpy(wire->server.config.cors_origin, "http://dash.example", 20);
    assert_int_equal(ask(wire, FROM_PAGE("http://dash.example")), 204);
    assert_int_equal(ask(wire, "GET /ping HTTP/1.1\nHost: a\nOrigin: http://evil.example\n\n"),
                     204);
}

static void targets_are_decoded_once(void **state)
{
    struct wire *wire = *state;
    assert_int_equal(ask(wire, "GET /%70ing HTTP/1.1\nHost: a\n\n"), 204);
    assert_int_equal(ask(wire, "GET /%2570ing HTTP/1.1\nHost: a\n\n"), 404);
    assert_int_equal(ask(wire, "GET http://a:80/ping HTTP/1.1\nHost: a\n\n"), 204);
    assert_int_equal(ask(wire, "GET http://a HTTP/1.1\nHost: a\n\n"), 404);
    assert_int_equal(ask(wire, "GET /ping%00 HTTP/1.1\nHost: a\n\n"), 400);
    assert_int_equal(ask(wire, "GET /ping%ff HTTP/1.1\nHost: a\n\n"), 400);
    assert_int_equal(ask(wire, "GET /ping%2 HTTP/1.1\nHost: a\n\n"), 400);
    assert_int_equal(ask(wire, "GET /ping?verbose=%zz HTTP/1.1\nHost: a\n\n"), 400);
    assert_int_equal(ask(wire, "GET /../ping HTTP/1.1\nHost: a\n\n"), 404);
    assert_int_equal(ask(wire, "GET  HTTP/1.1\nHost: a\n\n"), 404);
    assert_int_equal(ask(wire, ""), 505);
}

/* -- What the head decides --------------------------------------------------------------------- */

static void a_head_that_reads_in_two_ways_ends_the_connection(void **state)
{
    struct wire *wire = *state;
    assert_int_equal(ask(wire, WRITE_HEAD "Content-Length: 7\nTransfer-Encoding: chunked\n\n" LINE),
                     400);
    assert_false(wire->took_body);
    assert_true(wire->exchange.reply.closes);
}

static void long_urls_and_heads_are_refused(void **state)
{
    struct wire *wire = *state;
    static char text[40000];
    memset(text, 'a', sizeof text);
    memcpy(text, "GET /", 5);
    snprintf(text + 8197, 100, " HTTP/1.1\nHost: a\n\n");
    assert_int_equal(ask(wire, text), 414);
    assert_true(wire->exchange.reply.closes);
    memset(text, 'a', sizeof text);
    memcpy(text, "GET /ping HTTP/1.1\nHost: a\nX:", 29);
    snprintf(text + 16500, 100, "\n\n");
    assert_int_equal(ask(wire, text), 431);
    assert_true(wire->exchange.reply.closes);
    text[16000] = '\n';
    text[16001] = '\n';
    assert_int_equal(ask(wire, text), 204);
}

static void a_body_too_large_is_refused_by_its_head(void **state)
{
    struct wire *wire = *state;
    assert_int_equal(ask(wire, WRITE_HEAD "Content-Length: 33554433\n\n" LINE), 413);
    assert_false(wire->took_body);
    assert_int_equal(ask(wire, WRITE_HEAD "Content-Encoding: br\nContent-Length: 70000\n\n"), 415);
    assert_false(wire->took_body);
    assert_int_equal(ask(wire, WRITE_HEAD "Content-Length: 33554432\n\n" LINE), 204);
}

/* "100 Continue" would be said otherwise. */
static void who_waits_to_be_told_is_told_at_once(void **state)
{
    struct wire *wire = *state;
    assert_int_equal(
        ask(wire, "POST /nothing HTTP/1.1\nHost: a\nExpect: 100-continue\nContent-Length: 7\n\n"),
        404);
    assert_false(wire->took_body);
    assert_true(wire->exchange.leaves_body);
    assert_int_equal(ask(wire, "POST /nothing HTTP/1.1\nHost: a\nContent-Length: 7\n\n" LINE), 404);
    assert_true(wire->took_body); /* it is short: the connection is kept */
    assert_int_equal(ask(wire, "POST /nothing HTTP/1.1\nHost: a\nContent-Length: 70000\n\n"), 404);
    assert_false(wire->took_body);
}

/* -- Bodies ------------------------------------------------------------------------------------ */

static void a_body_comes_in_any_pieces(void **state)
{
    struct wire *wire = *state;
    const struct ct_text text = ct_text_of(WRITE_HEAD "Content-Length: 15\n\nm v=1 1\nm v=2 2");
    for (size_t piece_len = 1; piece_len < 17; piece_len++)
        assert_int_equal(wire_ask(wire, text, piece_len), 204);
    assert_int_equal(ask(wire, WRITE_HEAD "Transfer-Encoding: chunked\n\n" LINE), 204);
}

static void a_body_that_turns_out_too_large_ends_the_connection(void **state)
{
    struct wire *wire = *state;
    wire->server.config.body_bytes_max = 6;
    assert_int_equal(ask(wire, WRITE_HEAD "Transfer-Encoding: chunked\n\n" LINE), 413);
    assert_true(wire->exchange.reply.closes);
    assert_true(wire->exchange.leaves_body);
    wire->server.config.body_bytes_max = 7;
    assert_int_equal(ask(wire, WRITE_HEAD "Transfer-Encoding: chunked\n\n" LINE), 204);
}

static void bodies_past_what_all_may_hold_are_asked_to_come_later(void **state)
{
    struct wire *wire = *state;
    wire->server.config.bodies_bytes_max = 6;
    assert_int_equal(ask(wire, WRITE_HEAD "Content-Length: 7\n\n" LINE), 503);
    assert_string_equal(header_of(wire, "Retry-After"), "1");
}

static void damaged_bodies_are_told(void **state)
{
    struct wire *wire = *state;
    assert_int_equal(ask(wire, WRITE_HEAD "Content-Encoding: gzip\nContent-Length: 7\n\n" LINE),
                     400);
    assert_string_equal(header_of(wire, "X-Influxdb-Error"),
                        "the body is not what its Content-Encoding says, or was cut off");
}

static void one_connection_serves_one_request_after_another(void **state)
{
    struct wire *wire = *state;
    char first[CT_REQUEST_ID_BYTES];
    assert_int_equal(ask(wire, WRITE_HEAD "Content-Length: 3\n\nbad"), 400);
    memcpy(first, wire->exchange.request.id, sizeof first);
    assert_int_equal(ask(wire, WRITE_HEAD "Content-Length: 7\n\n" LINE), 204);
    assert_string_not_equal(first, wire->exchange.request.id);
    assert_int_equal(wire->exchange.reply.body.len, 0);
    assert_string_equal(header_of(wire, "X-Influxdb-Error"), "");
}

/* -- Overload ---------------------------------------------------------------------------------- */

static void so_many_queries_run_at_once(void **state)
{
    struct wire *wire = *state;
    const char *const question = "GET /query?db=a&q=SHOW+DATABASES HTTP/1.1\nHost: a\n\n";
    wire->server.queries.max = 2;
    assert_true(ct_query_gate_enter(&wire->server.queries, 0));
    assert_true(ct_query_gate_enter(&wire->server.queries, 0));
    assert_int_equal(ask(wire, question), 503);
    assert_string_equal(header_of(wire, "Retry-After"), "1");
    assert_int_equal(ask(wire, WRITE_HEAD "Content-Length: 7\n\n" LINE), 204);
    ct_query_gate_leave(&wire->server.queries);
    assert_int_equal(ask(wire, question), 200);
    ct_query_gate_leave(&wire->server.queries);
}

static void no_memory_is_answered_and_nothing_is_lost(void **state)
{
    struct wire *wire = *state;
    const char *const text = WRITE_HEAD "Content-Length: 7\n\n" LINE;
    ask(wire, text);
    ct_exchange_end(&wire->exchange, true);
    ct_arena_deinit(&wire->exchange.arena);
    const size_t live = atomic_load(&wire->memory.live_bytes);
    bool was_short = false;
    for (size_t more = 0; more < 200000; more += 8192) {
        wire->memory.limit_bytes = live + more + 1;
        const unsigned status = ask(wire, text);
        was_short = was_short || status == 503 || status == 0;
        assert_true(status == 503 || status == 204 || (status == 0 && more < 20000));
        ct_exchange_end(&wire->exchange, true);
        ct_arena_deinit(&wire->exchange.arena);
    }
    assert_true(was_short);
    wire->memory.limit_bytes = 0;
    assert_int_equal(ask(wire, text), 204);
}

#define WIRE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIRE_TEST(paths_and_methods_that_nobody_answers),
        WIRE_TEST(a_wrong_method_is_told_in_the_flavour_of_the_path),
        WIRE_TEST(options_are_told_without_cors_until_it_is_set),
        WIRE_TEST(a_page_of_another_origin_writes_nothing_without_a_token),
        WIRE_TEST(targets_are_decoded_once),
        WIRE_TEST(a_head_that_reads_in_two_ways_ends_the_connection),
        WIRE_TEST(long_urls_and_heads_are_refused),
        WIRE_TEST(a_body_too_large_is_refused_by_its_head),
        WIRE_TEST(who_waits_to_be_told_is_told_at_once),
        WIRE_TEST(a_body_comes_in_any_pieces),
        WIRE_TEST(a_body_that_turns_out_too_large_ends_the_connection),
        WIRE_TEST(bodies_past_what_all_may_hold_are_asked_to_come_later),
        WIRE_TEST(damaged_bodies_are_told),
        WIRE_TEST(one_connection_serves_one_request_after_another),
        WIRE_TEST(so_many_queries_run_at_once),
        WIRE_TEST(no_memory_is_answered_and_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
