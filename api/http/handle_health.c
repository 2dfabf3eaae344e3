/* Life signs: /ping, /health, /ready, /status, as InfluxDB's and our own monitors ask for them. */
#include "civil_time.h"
#include "route.h"
#include "server_private.h"
#include "text_out.h"

#define VERSION_SHOWN "1.8.10" /* what InfluxDB clients compare with what they need */

static void add_versions(struct ct_reply *reply)
{
    ct_reply_header(reply, "X-Influxdb-Version", VERSION_SHOWN);
    ct_reply_header(reply, "X-Influxdb-Build", "centime");
}

static void answer_ping(struct ct_server *server, struct ct_request *request,
                        struct ct_reply *reply)
{
    bool is_verbose;
    (void)server;
    add_versions(reply);
    if (ct_request_flag(request, "verbose", false, &is_verbose) && is_verbose)
        ct_reply_bytes(reply, "application/json",
                       ct_text_of("{\"version\":\"" VERSION_SHOWN "\"}\n"));
    else
        ct_reply_nothing(reply);
}

static void answer_status(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    (void)server;
    (void)request;
    add_versions(reply);
    ct_reply_nothing(reply);
}

/* Why a store does not write stands in the log: this is open to everybody. */
static void answer_health(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    centime_state state = {.struct_size = sizeof state};
    const bool is_well =
        centime_state_of(server->store, &state) == CENTIME_OK && !state.is_read_only;
    struct ct_text_out out;
    ct_text_out_init(&out, request->arena);
    ct_text_out_format(&out,
                       "{\"name\":\"centime\",\"message\":\"%s\",\"status\":\"%s\",\"checks\":[],"
                       "\"version\":\"%s\"}\n",
                       is_well ? "ready for queries and writes"
                               : "the store is read-only: its log says why",
                       is_well ? "pass" : "fail", centime_version());
    ct_reply_bytes(reply, "application/json", ct_text_out_text(&out));
    reply->status = is_well ? 200 : 503;
}

/* There is a server only when recovery is done: what is left to tell is that it stops. */
static void answer_ready(struct ct_server *server, struct ct_request *request,
                         struct ct_reply *reply)
{
    char started[CT_TIME_TEXT_MAX];
    struct ct_text_out out;
    const size_t started_len = ct_time_print(server->started_ns, started);
    const int64_t up_ns = ct_server_now_ns() - server->started_ns;
    if (atomic_load(&server->is_stopping)) {
        ct_reply_error(request, reply, 503, "stopping", "the server is stopping");
        return;
    }
    ct_text_out_init(&out, request->arena);
    ct_text_out_format(&out, "{\"status\":\"ready\",\"started\":\"%.*s\",\"up\":\"%llds\"}\n",
                       (int)started_len, started, (long long)(up_ns / CT_SECOND_NS));
    ct_reply_bytes(reply, "application/json", ct_text_out_text(&out));
}

static const struct ct_route routes[] = {
    {CT_METHOD_GET, "/ping", CT_ACCESS_OPEN, CT_FLAVOUR_CENTIME, CT_DATABASE_NONE, answer_ping},
    {CT_METHOD_GET, "/status", CT_ACCESS_OPEN, CT_FLAVOUR_CENTIME, CT_DATABASE_NONE, answer_status},
    {CT_METHOD_GET, "/health", CT_ACCESS_OPEN, CT_FLAVOUR_CENTIME, CT_DATABASE_NONE, answer_health},
    {CT_METHOD_GET, "/ready", CT_ACCESS_OPEN, CT_FLAVOUR_CENTIME, CT_DATABASE_NONE, answer_ready},
};

const struct ct_route_table ct_health_routes = {routes, CT_COUNT_OF(routes)};
