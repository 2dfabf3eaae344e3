#include "exchange.h"

#include "auth.h"
#include "clock.h"
#include "framing.h"
#include "hash.h"
#include "meters.h"
#include "route.h"

#include <stdio.h>

#define TARGET_BYTES_MAX ((size_t)8 * 1024)
#define SKIPPED_BYTES_MAX                                                                          \
    ((size_t)64 * 1024) /* of a refused request, read to keep the connection */
#define ARENA_CHUNK ((size_t)8 * 1024)
#define ARENA_KEPT  ((size_t)128 * 1024) /* between requests; more is given back */

void ct_exchange_init(struct ct_exchange *exchange, struct ct_server *server, const char *peer,
                      centime_cancel *cancel)
{
    *exchange = (struct ct_exchange){.server = server, .peer = peer};
    exchange->request.cancel = cancel;
    ct_arena_init(&exchange->arena, server->allocator, ARENA_CHUNK);
}

static void drop_body(struct ct_exchange *exchange)
{
    if (exchange->body)
        ct_body_destroy(exchange->body);
    exchange->body = NULL;
}

void ct_exchange_deinit(struct ct_exchange *exchange)
{
    drop_body(exchange);
    ct_reply_release(&exchange->reply);
    ct_arena_deinit(&exchange->arena);
}

/* 16 hex digits that do not come twice soon; no secret. */
static void make_id(struct ct_exchange *exchange)
{
    const uint64_t count = atomic_fetch_add(&exchange->server->request_count, 1);
    const uint64_t parts[2] = {count, (uint64_t)exchange->server->started_ns};
    snprintf(exchange->request.id, sizeof exchange->request.id, "%016llx",
             (unsigned long long)ct_hash(parts, sizeof parts, 0));
}

void ct_exchange_begin(struct ct_exchange *exchange, const char *target)
{
    const size_t len = strlen(target);
    exchange->request = (struct ct_request){.arena = &exchange->arena,
                                            .principal = &exchange->principal,
                                            .cancel = exchange->request.cancel,
                                            .peer = exchange->peer,
                                            .path = {"", 0}};
    exchange->reply = (struct ct_reply){0};
    exchange->principal = (struct ct_principal){0};
    exchange->is_answered = exchange->leaves_body = false;
    exchange->received_bytes = 0;
    exchange->method = "";
    exchange->started_ns = ct_clock_monotonic_ns(ct_clock_system());
    make_id(exchange);
    exchange->target = len <= TARGET_BYTES_MAX ? ct_arena_alloc(&exchange->arena, len + 1) : NULL;
    exchange->target_len = len;
    if (exchange->target)
        memcpy(exchange->target, target, len + 1);
}

static void count_refusal(const struct ct_exchange *exchange, enum ct_refusal why)
{
    if (exchange->server->meters)
        ct_meters_refuse(exchange->server->meters, why);
}

void ct_exchange_refuse(struct ct_exchange *exchange, unsigned status, const char *code,
                        const char *text)
{
    ct_reply_error(&exchange->request, &exchange->reply, status, code, "%s", text);
    exchange->is_answered = true;
}

/* As ct_exchange_refuse, where the connection cannot go on: false. */
static bool refuse_closing(struct ct_exchange *exchange, unsigned status, const char *code,
                           const char *text)
{
    ct_exchange_refuse(exchange, status, code, text);
    exchange->reply.closes = true;
    return false;
}

/* -- Head -------------------------------------------------------------------------------------- */

static enum ct_method method_of(const char *method)
{
    static const struct {
        const char *name;
        enum ct_method method;
    } methods[] = {
        {"GET", CT_METHOD_GET}, {"HEAD", CT_METHOD_HEAD},     {"POST", CT_METHOD_POST},
        {"PUT", CT_METHOD_PUT}, {"DELETE", CT_METHOD_DELETE}, {"OPTIONS", CT_METHOD_OPTIONS},
    };
    for (size_t i = 0; i < CT_COUNT_OF(methods); i++)
        if (strcmp(methods[i].name, method) == 0)
            return methods[i].method;
    return CT_METHOD_OTHER;
}

/* Path and parameters of the target. */
static bool read_target(struct ct_exchange *exchange)
{
    struct ct_error err = {0};
    if (!exchange->target && exchange->target_len > TARGET_BYTES_MAX)
        return refuse_closing(exchange, 414, "url_too_long",
                              "a URL has at most 8,192 bytes: send long queries as a form by POST");
    if (!exchange->target)
        return refuse_closing(exchange, 503, "no_memory", "out of memory");
    if (ct_request_set_target(&exchange->request,
                              (struct ct_text){exchange->target, exchange->target_len},
                              &err) == CT_OK)
        return true;
    ct_exchange_refuse(exchange, err.code == CT_NO_MEMORY ? 503 : 400, "bad_url", err.text);
    return false;
}

static bool check_head_size(struct ct_exchange *exchange, const struct ct_head *head)
{
    size_t bytes = exchange->target_len;
    for (size_t i = 0; i < head->header_count; i++)
        bytes += head->headers[i].name.len + head->headers[i].value.len + 4;
    exchange->received_bytes = bytes;
    if (bytes <= exchange->server->config.header_bytes_max)
        return true;
    return refuse_closing(exchange, 431, "head_too_long",
                          "the headers are longer than this server takes (header_bytes_max)");
}

static const char *allowed_text(struct ct_exchange *exchange, unsigned allowed)
{
    static const struct {
        unsigned method;
        const char *name;
    } names[] = {
        {CT_METHOD_GET, "GET"}, {CT_METHOD_HEAD, "HEAD"},     {CT_METHOD_POST, "POST"},
        {CT_METHOD_PUT, "PUT"}, {CT_METHOD_DELETE, "DELETE"}, {CT_METHOD_OPTIONS, "OPTIONS"},
    };
    char *text = ct_arena_alloc(&exchange->arena, 64);
    size_t len = 0;
    if (!text)
        return "";
    text[0] = 0;
    for (size_t i = 0; i < CT_COUNT_OF(names); i++)
        if ((allowed | CT_METHOD_OPTIONS) & names[i].method)
            len += (size_t)snprintf(text + len, 64 - len, len ? ", %s" : "%s", names[i].name);
    return text;
}

static void answer_options(struct ct_exchange *exchange, unsigned allowed)
{
    const char *methods = allowed_text(exchange, allowed);
    ct_reply_nothing(&exchange->reply);
    ct_reply_header(&exchange->reply, "Allow", methods);
    if (exchange->server->config.cors_origin[0]) {
        ct_reply_header(&exchange->reply, "Access-Control-Allow-Methods", methods);
        ct_reply_header(&exchange->reply, "Access-Control-Allow-Headers",
                        "Authorization, Content-Type, Content-Encoding, Idempotency-Key, "
                        "X-Centime-Database");
        ct_reply_header(&exchange->reply, "Access-Control-Max-Age", "600");
    }
    exchange->is_answered = true;
}

/* Who answers; false where nobody does. */
static bool find_route(struct ct_exchange *exchange)
{
    struct ct_request *request = &exchange->request;
    unsigned allowed;
    request->route =
        ct_route_find(exchange->asked, request->path, &request->path_argument, &allowed);
    if (request->route)
        return true;
    if (exchange->asked == CT_METHOD_OPTIONS &&
        (allowed || strcmp(request->path.bytes, "*") == 0)) {
        answer_options(exchange, allowed);
    } else if (allowed) {
        request->route = ct_route_of_path(request->path); /* for the shape of the error */
        ct_exchange_refuse(exchange, 405, "method_not_allowed",
                           "this path does not take that method; Allow says which it takes");
        ct_reply_header(&exchange->reply, "Allow", allowed_text(exchange, allowed));
        request->route = NULL;
    } else {
        ct_exchange_refuse(exchange, 404, "no_such_path",
                           "there is nothing at this path; /api/v1/openapi.json lists what there "
                           "is");
    }
    return false;
}

static bool refuse_body(struct ct_exchange *exchange, enum ct_body_fault fault)
{
    static const struct {
        unsigned status;
        const char *code, *text;
    } answers[] = {
        [CT_BODY_FINE] = {500, "internal", ""},
        [CT_BODY_TOO_LARGE] = {413, "body_too_large",
                               "the body is larger than this server takes (body_bytes_max, "
                               "unpacked_bytes_max): send it in parts"},
        [CT_BODY_RATIO] = {413, "body_ratio",
                           "the body unpacks to more than unpacked_ratio_max times its size: send "
                           "it in parts or not packed"},
        [CT_BODY_ENCODING] = {415, "content_encoding",
                              "Content-Encoding is one of gzip, deflate, zstd, snappy, identity"},
        [CT_BODY_DAMAGED] = {400, "body_damaged",
                             "the body is not what its Content-Encoding says, or was cut off"},
        [CT_BODY_OVERLOAD] = {503, "overload",
                              "the bodies of all requests together are larger than this server "
                              "takes (bodies_bytes_max): send it again later"},
        [CT_BODY_NO_MEMORY] = {503, "no_memory", "out of memory"},
    };
    drop_body(exchange);
    ct_exchange_refuse(exchange, answers[fault].status, answers[fault].code, answers[fault].text);
    if (fault == CT_BODY_TOO_LARGE)
        count_refusal(exchange, CT_REFUSED_BODY_SIZE);
    else if (fault == CT_BODY_RATIO)
        count_refusal(exchange, CT_REFUSED_RATIO);
    else if (fault == CT_BODY_OVERLOAD || fault == CT_BODY_NO_MEMORY)
        count_refusal(exchange, CT_REFUSED_MEMORY);
    return false;
}

static bool begin_body(struct ct_exchange *exchange, uint64_t len)
{
    struct ct_server *server = exchange->server;
    const struct ct_body_limits limits = {
        .packed_bytes_max = server->config.body_bytes_max,
        .unpacked_bytes_max = server->config.unpacked_bytes_max,
        .ratio_max = server->config.unpacked_ratio_max,
        .held_bytes = &server->bodies_bytes,
        .held_bytes_max = server->config.bodies_bytes_max,
    };
    enum ct_body_fault fault = CT_BODY_FINE;
    if (len == 0)
        return true;
    exchange->body =
        ct_body_create(server->allocator, &limits,
                       ct_request_header(&exchange->request, "Content-Encoding"), len, &fault);
    return exchange->body || refuse_body(exchange, fault);
}

/* The reply is set; false where it must be sent before the body comes: where the client waits to be
 * told to send it, or would send much for nothing. */
static bool may_skip_body(struct ct_exchange *exchange, uint64_t body_len)
{
    const bool may = !exchange->reply.closes && body_len <= SKIPPED_BYTES_MAX &&
                     !ct_request_header(&exchange->request, "Expect").bytes;
    exchange->leaves_body = !may && body_len > 0;
    return may;
}

/* False: the reply is set. */
static bool admit(struct ct_exchange *exchange, const struct ct_head *head, uint64_t body_len)
{
    struct ct_request *request = &exchange->request;
    if (!check_head_size(exchange, head) || !read_target(exchange) || !find_route(exchange))
        return false;
    ct_auth_identify(exchange->server, request, &exchange->principal);
    if (ct_route_admits(exchange->server, request, &exchange->reply))
        return begin_body(exchange, body_len);
    exchange->is_answered = true;
    return false;
}

bool ct_exchange_head(struct ct_exchange *exchange, const struct ct_head *head)
{
    struct ct_request *request = &exchange->request;
    request->received_ns = ct_server_now_ns();
    request->headers = head->headers;
    request->header_count = head->header_count;
    exchange->method = head->method;
    exchange->asked = method_of(head->method);
    request->method = exchange->asked == CT_METHOD_HEAD ? CT_METHOD_GET : exchange->asked;
    const struct ct_framing framing =
        ct_framing_check(head->version, head->headers, head->header_count);
    if (framing.status || head->is_broken)
        count_refusal(exchange, CT_REFUSED_FRAMING);
    if (framing.status)
        return refuse_closing(exchange, framing.status, "bad_head", framing.fault);
    if (head->is_broken)
        return refuse_closing(exchange, 400, "bad_head",
                              "a header is one line that ends in CR LF and holds no zero byte");
    return admit(exchange, head, framing.body_len) || may_skip_body(exchange, framing.body_len);
}

/* -- Body and answer --------------------------------------------------------------------------- */

bool ct_exchange_body(struct ct_exchange *exchange, struct ct_text piece)
{
    exchange->received_bytes += piece.len;
    if (exchange->is_answered) /* read to keep the connection */
        return true;
    const enum ct_body_fault fault = ct_body_add(exchange->body, piece);
    if (fault == CT_BODY_FINE)
        return true;
    exchange->reply.closes = exchange->leaves_body = true;
    return refuse_body(exchange, fault);
}

static bool is_form(const struct ct_request *request)
{
    return (request->route->methods & CT_ROUTE_FORM) && request->method == CT_METHOD_POST &&
           ct_request_has_type(request, "application/x-www-form-urlencoded");
}

/* False: the reply is set. */
static bool take_body(struct ct_exchange *exchange)
{
    struct ct_request *request = &exchange->request;
    struct ct_error err = {0};
    request->body = (struct ct_text){"", 0};
    if (exchange->body) {
        const enum ct_body_fault fault = ct_body_end(exchange->body, &request->body);
        if (fault != CT_BODY_FINE)
            return refuse_body(exchange, fault);
    }
    if (!is_form(request) || ct_request_add_form(request, request->body, &err) == CT_OK)
        return true;
    ct_exchange_refuse(exchange, err.code == CT_NO_MEMORY ? 503 : 400, "bad_form", err.text);
    return false;
}

bool ct_exchange_is_query(const struct ct_exchange *exchange)
{
    const struct ct_route *route = exchange->request.route;
    return !exchange->is_answered && route && route->access == CT_ACCESS_READ;
}

void ct_exchange_answer(struct ct_exchange *exchange)
{
    if (exchange->is_answered || !take_body(exchange))
        return;
    ct_route_dispatch(exchange->server, &exchange->request, &exchange->reply);
    exchange->is_answered = true;
}

/* What failed is told in any case. */
static enum ct_log_level level_of(const struct ct_exchange *exchange)
{
    const unsigned status = exchange->reply.status;
    if (status >= 500)
        return CT_LOG_WARNING;
    return status >= 400 || exchange->server->config.logs_requests ? CT_LOG_INFO : CT_LOG_DEBUG;
}

static void log_request(const struct ct_exchange *exchange, int64_t elapsed_ns, bool is_sent)
{
    const struct ct_request *request = &exchange->request;
    struct ct_log_line line;
    ct_log_begin(&line, &exchange->server->logger, level_of(exchange), "request");
    ct_log_text(&line, "id", ct_text_of(request->id));
    ct_log_text(&line, "peer", ct_text_of(exchange->peer));
    ct_log_text(&line, "who", ct_text_of(exchange->principal.id));
    ct_log_text(&line, "method", ct_text_of(exchange->method));
    ct_log_text(&line, "path", request->path);
    ct_log_uint(&line, "status", exchange->reply.status);
    ct_log_uint(&line, "in", exchange->received_bytes);
    ct_log_uint(&line, "out", ct_reply_bytes_made(&exchange->reply));
    ct_log_int(&line, "us", elapsed_ns / 1000);
    if (!is_sent)
        ct_log_text(&line, "sent", ct_text_of("no"));
    ct_log_end(&line);
}

static void count_request(const struct ct_exchange *exchange, int64_t elapsed_ns)
{
    struct ct_meters *meters = exchange->server->meters;
    if (meters)
        ct_meters_request(meters, exchange->request.route, exchange->asked, exchange->reply.status,
                          elapsed_ns, exchange->received_bytes,
                          ct_reply_bytes_made(&exchange->reply));
}

void ct_exchange_end(struct ct_exchange *exchange, bool is_sent)
{
    const int64_t elapsed_ns = ct_clock_monotonic_ns(ct_clock_system()) - exchange->started_ns;
    if (exchange->is_answered) {
        log_request(exchange, elapsed_ns, is_sent);
        count_request(exchange, elapsed_ns);
    }
    drop_body(exchange);
    ct_reply_release(&exchange->reply);
    if (ct_arena_memory_bytes(&exchange->arena) > ARENA_KEPT)
        ct_arena_deinit(&exchange->arena);
    else
        ct_arena_reset(&exchange->arena);
}
