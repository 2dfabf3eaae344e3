#include "route.h"

#include "meters.h"
#include "principal.h"
#include "server_private.h"

extern const struct ct_route_table ct_agent_list_routes;
extern const struct ct_route_table ct_agent_routes;
extern const struct ct_route_table ct_budget_routes;
extern const struct ct_route_table ct_health_routes;
extern const struct ct_route_table ct_influx_query_routes;
extern const struct ct_route_table ct_metrics_routes;
extern const struct ct_route_table ct_observability_routes;
extern const struct ct_route_table ct_openapi_routes;
extern const struct ct_route_table ct_otlp_routes;
extern const struct ct_route_table ct_query_routes;
extern const struct ct_route_table ct_registration_routes;
extern const struct ct_route_table ct_remote_write_routes;
extern const struct ct_route_table ct_restate_routes;
extern const struct ct_route_table ct_summary_routes;
extern const struct ct_route_table ct_table_routes;
extern const struct ct_route_table ct_write_routes;

/* One a line, so that lines may be added side by side. */
/* clang-format off */
static const struct ct_route_table *const tables[] = {
    &ct_agent_list_routes,
    &ct_agent_routes,
    &ct_budget_routes,
    &ct_health_routes,
    &ct_influx_query_routes,
    &ct_metrics_routes,
    &ct_observability_routes,
    &ct_openapi_routes,
    &ct_otlp_routes,
    &ct_query_routes,
    &ct_registration_routes,
    &ct_remote_write_routes,
    &ct_restate_routes,
    &ct_summary_routes,
    &ct_table_routes,
    &ct_write_routes,
};
/* clang-format on */

const struct ct_route_table *const *ct_route_tables(size_t *count)
{
    *count = CT_COUNT_OF(tables);
    return tables;
}

/* A pattern is equal up to a "{", which stands for the rest of the path: not empty, without "/". */
static bool matches(const char *pattern, struct ct_text path, struct ct_text *argument)
{
    const char *brace = strchr(pattern, '{');
    const size_t prefix = brace ? (size_t)(brace - pattern) : strlen(pattern);
    *argument = (struct ct_text){"", 0};
    if (path.len < prefix || memcmp(path.bytes, pattern, prefix) != 0)
        return false;
    if (!brace)
        return path.len == prefix;
    *argument = (struct ct_text){path.bytes + prefix, path.len - prefix};
    return argument->len > 0 && !memchr(argument->bytes, '/', argument->len);
}

/* HEAD is answered by whoever answers GET. */
static unsigned methods_of(const struct ct_route *route)
{
    const unsigned head = route->methods & CT_METHOD_GET ? CT_METHOD_HEAD : 0;
    return (route->methods & ~CT_ROUTE_FORM) | head;
}

/* A pattern without a name is better than one with. */
static bool is_better(const struct ct_route *route, const struct ct_route *than)
{
    return !than || (!strchr(route->pattern, '{') && strchr(than->pattern, '{'));
}

const struct ct_route *ct_route_find(enum ct_method method, struct ct_text path,
                                     struct ct_text *argument, unsigned *allowed)
{
    const struct ct_route *found = NULL;
    *allowed = 0;
    *argument = (struct ct_text){"", 0};
    for (size_t t = 0; t < CT_COUNT_OF(tables); t++)
        for (size_t i = 0; i < tables[t]->count; i++) {
            const struct ct_route *route = &tables[t]->routes[i];
            struct ct_text rest;
            if (!matches(route->pattern, path, &rest))
                continue;
            *allowed |= methods_of(route);
            if ((methods_of(route) & method) && is_better(route, found)) {
                found = route;
                *argument = rest;
            }
        }
    return found;
}

const struct ct_route *ct_route_of_path(struct ct_text path)
{
    struct ct_text argument;
    for (size_t t = 0; t < CT_COUNT_OF(tables); t++)
        for (size_t i = 0; i < tables[t]->count; i++)
            if (matches(tables[t]->routes[i].pattern, path, &argument))
                return &tables[t]->routes[i];
    return NULL;
}

/* -- Dispatch ---------------------------------------------------------------------------------- */

static struct ct_text database_text(const struct ct_request *request)
{
    struct ct_text text = {NULL, 0};
    switch (request->route->database_from) {
    case CT_DATABASE_NONE:
    case CT_DATABASE_BY_HANDLER:
        break;
    case CT_DATABASE_DB:
        text = ct_request_parameter(request, "db");
        break;
    case CT_DATABASE_BUCKET: {
        text = ct_request_parameter(request, "bucket");
        const char *slash = text.len ? memchr(text.bytes, '/', text.len) : NULL;
        if (slash)
            text.len = (size_t)(slash - text.bytes);
        break;
    }
    case CT_DATABASE_DATABASE:
        text = ct_request_parameter(request, "database");
        if (text.len == 0)
            text = ct_request_parameter(request, "db");
        if (text.len == 0)
            text = ct_request_header(request, "X-Centime-Database");
        break;
    }
    return text;
}

/* False: out of memory. */
static bool find_database(const struct ct_server *server, struct ct_request *request)
{
    const struct ct_text text = database_text(request);
    request->database = server->config.default_database;
    if (text.len == 0)
        return true;
    request->database = ct_arena_terminated(request->arena, text);
    return request->database != NULL;
}

/* With the head alone a form, or what else the body says, may still name the database: then it is
 * enough to be somebody, and what the grants are is asked when all is there. */
static bool may_ask(struct ct_server *server, const struct ct_request *request, bool is_whole,
                    struct ct_reply *reply)
{
    const struct ct_route *route = request->route;
    bool comes_later = false;
    const char *database = request->database;
    switch (route->database_from) {
    case CT_DATABASE_NONE:
        database = NULL;
        break;
    case CT_DATABASE_BY_HANDLER:
        database = NULL;
        comes_later = true;
        break;
    case CT_DATABASE_DB:
    case CT_DATABASE_BUCKET:
    case CT_DATABASE_DATABASE:
        comes_later = !is_whole && (route->methods & CT_ROUTE_FORM);
        break;
    }
    return (comes_later && request->principal->is_token) ||
           ct_request_may(server, request, route->access, database, reply);
}

static bool admit(struct ct_server *server, struct ct_request *request, bool is_whole,
                  struct ct_reply *reply)
{
    if (find_database(server, request))
        return may_ask(server, request, is_whole, reply);
    ct_reply_error(request, reply, 503, "no_memory", "out of memory");
    return false;
}

bool ct_route_admits(struct ct_server *server, struct ct_request *request, struct ct_reply *reply)
{
    return admit(server, request, false, reply);
}

static void refuse_overload(struct ct_server *server, const struct ct_request *request,
                            struct ct_reply *reply)
{
    ct_reply_error(request, reply, 503, "overload",
                   "%u queries are running, as many as this server takes (queries_max), and none "
                   "has ended for %u s (query_wait): try again later",
                   server->config.queries_max, server->config.query_wait_s);
    if (server->meters)
        ct_meters_refuse(server->meters, CT_REFUSED_QUERIES);
}

/* Reading may take long and much memory: so many at once, of which an answer that is made while it
 * is sent is one until its end. */
static void handle_counted(struct ct_server *server, struct ct_request *request,
                           struct ct_reply *reply)
{
    if (!ct_query_gate_enter(&server->queries, server->config.query_wait_s)) {
        refuse_overload(server, request, reply);
        return;
    }
    request->route->handle(server, request, reply);
    if (reply->stream.next)
        reply->gate = &server->queries;
    else
        ct_query_gate_leave(&server->queries);
}

void ct_route_dispatch(struct ct_server *server, struct ct_request *request, struct ct_reply *reply)
{
    if (!admit(server, request, true, reply))
        return;
    if (request->route->access == CT_ACCESS_READ)
        handle_counted(server, request, reply);
    else
        request->route->handle(server, request, reply);
}
