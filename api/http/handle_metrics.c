/* GET /metrics: for Prometheus and what speaks as it does. */
#include "meters.h"
#include "route.h"
#include "server_private.h"

static void answer_metrics(struct ct_server *server, struct ct_request *request,
                           struct ct_reply *reply)
{
    struct ct_text_out out;
    if (!server->config.has_open_metrics &&
        !ct_request_may(server, request, CT_ACCESS_READ, NULL, reply))
        return;
    ct_text_out_init(&out, request->arena);
    ct_meters_print(server, &out);
    const struct ct_text text = ct_text_out_text(&out);
    if (out.is_short)
        ct_reply_error(request, reply, 503, "no_memory", "out of memory");
    else
        ct_reply_bytes(reply, "text/plain; version=0.0.4; charset=utf-8", text);
}

static const struct ct_route routes[] = {
    {CT_METHOD_GET, "/metrics", CT_ACCESS_OPEN, CT_FLAVOUR_PROMETHEUS, CT_DATABASE_NONE,
     answer_metrics},
};

const struct ct_route_table ct_metrics_routes = {routes, CT_COUNT_OF(routes)};
