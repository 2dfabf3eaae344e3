/* A server without sockets: requests made by hand, over a store in memory. For tests of handlers.
 *
 *     struct http *http = *state;
 *     assert_int_equal(http_ask(http, CT_METHOD_POST, "/write?db=a", "m v=1 1"), 204);
 *     assert_string_equal(http_body(http), "");
 *
 * What http_ask answered lives until the next one. */
#ifndef SERVER_FIXTURE_H
#define SERVER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "agent_ingest.h"
#include "meters.h"
#include "principal.h"
#include "route.h"
#include "server_private.h"
#include "sync.h"
#include "writer_pool.h"

#define HTTP_HEADERS_MAX 8

struct http {
    struct ct_server server;
    struct ct_arena arena;
    struct ct_principal principal;                  /* an admin, until a test makes it less */
    struct ct_named_text headers[HTTP_HEADERS_MAX]; /* of the requests to come */
    size_t header_count;
    struct ct_request request;
    struct ct_reply reply;
    struct ct_mutex log_mutex;
    char log[4096]; /* what the server said, its first lines */
    size_t log_len;
};

static inline void http_keep_log(void *context, enum ct_log_level level, struct ct_text line)
{
    struct http *http = context;
    (void)level;
    ct_mutex_lock(&http->log_mutex);
    if (line.len + 1 < sizeof http->log - http->log_len) {
        memcpy(http->log + http->log_len, line.bytes, line.len);
        http->log_len += line.len;
        http->log[http->log_len++] = '\n';
    }
    ct_mutex_unlock(&http->log_mutex);
}

static inline struct http *http_create(const char *path, const centime_options *options)
{
    const struct ct_allocator *allocator = ct_allocator_system();
    centime_error err = CENTIME_ERROR_INIT;
    struct http *http = ct_alloc_zeroed(allocator, 1, sizeof *http);
    if (!http)
        return NULL;
    http->server.allocator = allocator;
    memcpy(http->server.config.default_database, "default", 8);
    http->server.logger = (struct ct_logger){http, CT_LOG_INFO, http_keep_log};
    ct_mutex_init(&http->log_mutex);
    http->principal.is_admin = true;
    ct_arena_init(&http->arena, allocator, 0);
    if (centime_open(path, options, &http->server.store, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    ct_query_gate_init(&http->server.queries, 0);
    http->server.writers = ct_writer_pool_create(allocator, http->server.store);
    http->server.meters = ct_meters_create(allocator);
    http->server.agents = ct_agents_create(allocator);
    return http;
}

static inline int http_open(void **state)
{
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    options.no_thread = 1;
    *state = http_create("http", &options);
    return *state ? 0 : -1;
}

static inline void http_forget_reply(struct http *http)
{
    ct_reply_release(&http->reply);
    http->reply = (struct ct_reply){0};
    ct_arena_reset(&http->arena);
}

static inline int http_close(void **state)
{
    struct http *http = *state;
    centime_error err = CENTIME_ERROR_INIT;
    http_forget_reply(http);
    ct_writer_pool_destroy(http->server.writers);
    ct_meters_destroy(http->server.meters);
    ct_agents_destroy(http->server.agents);
    const int status = centime_close(http->server.store, &err);
    ct_arena_deinit(&http->arena);
    ct_mutex_deinit(&http->log_mutex);
    ct_release(http->server.allocator, http);
    return status;
}

#define HTTP_TEST(test) cmocka_unit_test_setup_teardown(test, http_open, http_close)

/* name and value live as long as the test. */
static inline void http_set_header(struct http *http, const char *name, const char *value)
{
    size_t at = 0;
    while (at < http->header_count && !ct_text_equal(http->headers[at].name, ct_text_of(name)))
        at++;
    assert_in_range(at, 0, HTTP_HEADERS_MAX - 1);
    http->headers[at] = (struct ct_named_text){ct_text_of(name), ct_text_of(value)};
    http->header_count = at == http->header_count ? at + 1 : http->header_count;
}

static inline bool is_form(const struct ct_request *request)
{
    return (request->route->methods & CT_ROUTE_FORM) && request->method == CT_METHOD_POST &&
           ct_request_has_type(request, "application/x-www-form-urlencoded");
}

/* Sends a request and returns the status. target: path and query, with escapes only after the '?'.
 */
static inline unsigned http_ask_bytes(struct http *http, enum ct_method method, const char *target,
                                      struct ct_text body)
{
    http_forget_reply(http);
    struct ct_request *request = &http->request;
    const char *mark = strchr(target, '?');
    const size_t path_len = mark ? (size_t)(mark - target) : strlen(target);
    char *path = ct_arena_alloc(&http->arena, path_len + 1);
    assert_non_null(path);
    memcpy(path, target, path_len);
    path[path_len] = 0;
    *request = (struct ct_request){.method = method,
                                   .path = {path, path_len},
                                   .headers = http->headers,
                                   .header_count = http->header_count,
                                   .body = body,
                                   .principal = &http->principal,
                                   .arena = &http->arena,
                                   .id = "0123456789abcdef"};
    struct ct_error err;
    assert_int_equal(CT_OK, ct_request_add_form(request, ct_text_of(mark ? mark + 1 : ""), &err));
    unsigned allowed;
    request->route = ct_route_find(method, request->path, &request->path_argument, &allowed);
    if (!request->route)
        return allowed ? 405 : 404;
    if (is_form(request))
        assert_int_equal(CT_OK, ct_request_add_form(request, request->body, &err));
    ct_route_dispatch(&http->server, request, &http->reply);
    return http->reply.status;
}

static inline unsigned http_ask(struct http *http, enum ct_method method, const char *target,
                                const char *body)
{
    return http_ask_bytes(http, method, target, ct_text_of(body));
}

/* Of the last answer; ends in a zero byte. */
static inline const char *http_body(const struct http *http)
{
    const struct ct_text body = http->reply.body;
    char *text = ct_arena_alloc(http->request.arena, body.len + 1);
    assert_non_null(text);
    if (body.len)
        memcpy(text, body.bytes, body.len);
    text[body.len] = 0;
    return text;
}

static inline unsigned http_post(struct http *http, const char *target, const char *body)
{
    return http_ask(http, CT_METHOD_POST, target, body);
}

/* What is answered with 200; any other status fails the test. */
static inline const char *http_get(struct http *http, const char *target)
{
    const unsigned status = http_ask(http, CT_METHOD_GET, target, "");
    if (status != 200)
        fail_msg("%s: %u %s", target, status, http_body(http));
    return http_body(http);
}

/* "" where the last answer has none. */
static inline const char *http_header(const struct http *http, const char *name)
{
    for (size_t i = 0; i < http->reply.header_count; i++)
        if (strcmp(http->reply.headers[i].name, name) == 0)
            return http->reply.headers[i].value;
    return "";
}

#define expect_contains(text, part)                                                                \
    do {                                                                                           \
        const char *expect_text = (text);                                                          \
        if (!strstr(expect_text, (part)))                                                          \
            fail_msg("no %s in %s", (part), expect_text);                                          \
    } while (0)

/* How many rows a table of a database has. */
static inline int64_t http_count_rows(const struct http *http, const char *database,
                                      const char *table)
{
    centime_error err = CENTIME_ERROR_INIT;
    const centime_aggregate count = {CENTIME_COUNT, 0, NULL, NULL};
    centime_query query = CENTIME_QUERY_INIT;
    centime_result *result = NULL;
    query.database = database;
    query.table = table;
    query.aggregates = &count;
    query.aggregate_count = 1;
    const int status = centime_run(http->server.store, &query, &result, &err);
    if (status == CENTIME_NOT_FOUND)
        return 0;
    if (status != CENTIME_OK)
        fail_msg("%s", err.text);
    const int64_t rows = centime_result_int64(result, 0, 0);
    centime_result_destroy(result);
    return rows;
}

#endif
