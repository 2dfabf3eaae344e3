/* Life signs: /ping, /health, /ready, /status, as InfluxDB's and our own monitors ask for them. */
#include "route.h"
#include "server_private.h"
#include "text_out.h"

#define VERSION_SHOWN "1.8.10" /* what InfluxDB clients compare with what they need */

static void answer_ping(struct ct_server *server, struct ct_request *request,
                        struct ct_reply *reply)
{
    bool is_verbose;
    (void)server;
    ct_reply_header(reply, "X-Influxdb-Version", VERSION_SHOWN);
    ct_reply_header(reply, "X-Influxdb-Build", "centime");
    if (ct_request_flag(request, "verbose", false, &is_verbose) && is_verbose)
        ct_reply_bytes(reply, "application/json",
                       ct_text_of("{\"version\":\"" VERSION_SHOWN "\"}\n"));
    else
        ct_reply_nothing(reply);
}

static const struct ct_route routes[] = {
    {CT_METHOD_GET, "/ping", CT_ACCESS_OPEN, CT_FLAVOUR_CENTIME, CT_DATABASE_NONE, answer_ping},
};

const struct ct_route_table ct_health_routes = {routes, CT_COUNT_OF(routes)};
