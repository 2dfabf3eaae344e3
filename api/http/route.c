#include "route.h"

#include "database_name.h"
#include "principal.h"
#include "server_private.h"

extern const struct ct_route_table ct_health_routes;
extern const struct ct_route_table ct_write_routes;

static const struct ct_route_table *const tables[] = {
    &ct_health_routes,
    &ct_write_routes,
};

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

/* -- Access ------------------------------------------------------------------------------------ */

static bool holds(const struct ct_principal *principal, const char *database, bool writes)
{
    for (uint32_t i = 0; i < principal->grant_count; i++) {
        const struct ct_grant *grant = &principal->grants[i];
        const bool names = strcmp(grant->database, "*") == 0 ||
                           (database && strcmp(grant->database, database) == 0);
        if (names && (writes ? grant->writes : grant->reads))
            return true;
    }
    return false;
}

bool ct_principal_reads(const struct ct_principal *principal, const char *database)
{
    return principal->is_admin || holds(principal, database, false);
}

bool ct_principal_writes(const struct ct_principal *principal, const char *database)
{
    return principal->is_admin || holds(principal, database, true);
}

static bool is_allowed(const struct ct_principal *principal, enum ct_access access,
                       const char *database)
{
    switch (access) {
    case CT_ACCESS_OPEN:
        return true;
    case CT_ACCESS_READ:
        return ct_principal_reads(principal, database);
    case CT_ACCESS_WRITE:
        return ct_principal_writes(principal, database);
    case CT_ACCESS_ADMIN:
        return principal->is_admin;
    }
    return false;
}

static void refuse_unknown(const struct ct_request *request, struct ct_reply *reply)
{
    const bool is_influx = request->route && request->route->flavour == CT_FLAVOUR_INFLUX_1;
    ct_reply_header(reply, "WWW-Authenticate",
                    is_influx ? "Basic realm=\"InfluxDB\"" : "Bearer realm=\"centime\"");
    ct_reply_error(request, reply, 401, "unauthorized",
                   is_influx ? "unable to parse authentication credentials"
                             : "this needs a token: send it as 'Authorization: Bearer ct_...'");
}

/* A write makes its database: here names are checked. Reading finds none of another name. */
static bool may_be_made(const struct ct_request *request, const char *database,
                        struct ct_reply *reply)
{
    struct ct_error err;
    if (ct_database_name_check(ct_text_of(database), &err) == CT_OK)
        return true;
    ct_reply_error(request, reply, 400, "bad_database", "%s", err.text);
    return false;
}

bool ct_request_may(struct ct_server *server, const struct ct_request *request,
                    enum ct_access access, const char *database, struct ct_reply *reply)
{
    const struct ct_principal *principal = request->principal;
    if (is_allowed(principal, access, database))
        return access != CT_ACCESS_WRITE || !database || may_be_made(request, database, reply);
    (void)server;
    if (!principal->is_token)
        refuse_unknown(request, reply);
    else if (access == CT_ACCESS_ADMIN)
        ct_reply_error(request, reply, 403, "forbidden", "this needs an admin token");
    else if (database &&
             (ct_principal_reads(principal, database) || ct_principal_writes(principal, database)))
        ct_reply_error(request, reply, 403, "forbidden", "the token may not %s database \"%s\"",
                       access == CT_ACCESS_READ ? "read" : "write to", database);
    else
        ct_reply_error(request, reply, 404, "not_found", "database not found: \"%s\"",
                       database ? database : "");
    return false;
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
    char *name = ct_arena_alloc(request->arena, text.len + 1);
    if (!name)
        return false;
    memcpy(name, text.bytes, text.len);
    name[text.len] = 0;
    request->database = name;
    return true;
}

static bool is_of_a_database(const struct ct_route *route)
{
    return route->database_from != CT_DATABASE_NONE &&
           route->database_from != CT_DATABASE_BY_HANDLER;
}

static bool has_any_grant(const struct ct_principal *principal, enum ct_access access)
{
    bool found = principal->is_admin;
    for (uint32_t i = 0; i < principal->grant_count && !found; i++)
        found =
            access == CT_ACCESS_WRITE ? principal->grants[i].writes : principal->grants[i].reads;
    return found;
}

/* The handler, or the form in the body, names the database: some grant is needed now, the right one
 * is asked for then. */
static bool may_of_some_database(struct ct_server *server, struct ct_request *request,
                                 struct ct_reply *reply)
{
    const enum ct_access access = request->route->access;
    if (access == CT_ACCESS_OPEN || has_any_grant(request->principal, access))
        return true;
    if (!request->principal->is_token)
        return ct_request_may(server, request, access, NULL, reply);
    ct_reply_error(request, reply, 403, "forbidden", "the token may not %s any database",
                   access == CT_ACCESS_READ ? "read" : "write to");
    return false;
}

bool ct_route_admits(struct ct_server *server, struct ct_request *request, struct ct_reply *reply)
{
    const struct ct_route *route = request->route;
    if (!find_database(server, request)) {
        ct_reply_error(request, reply, 503, "no_memory", "out of memory");
        return false;
    }
    if (!is_of_a_database(route) || (route->methods & CT_ROUTE_FORM))
        return route->access == CT_ACCESS_ADMIN
                   ? ct_request_may(server, request, route->access, NULL, reply)
                   : may_of_some_database(server, request, reply);
    return ct_request_may(server, request, route->access, request->database, reply);
}

/* Reading may take long and much memory: so many at once. A queries_max of 0 is none. */
static void handle_counted(struct ct_server *server, struct ct_request *request,
                           struct ct_reply *reply)
{
    const uint32_t max = server->config.queries_max;
    if (atomic_fetch_add(&server->queries_running, 1) >= max && max > 0)
        ct_reply_error(request, reply, 503, "overload",
                       "%u queries are running, as many as this server takes (queries_max): try "
                       "again later",
                       max);
    else
        request->route->handle(server, request, reply);
    atomic_fetch_sub(&server->queries_running, 1);
}

void ct_route_dispatch(struct ct_server *server, struct ct_request *request, struct ct_reply *reply)
{
    const struct ct_route *route = request->route;
    if (!ct_route_admits(server, request, reply))
        return;
    if (is_of_a_database(route) &&
        !ct_request_may(server, request, route->access, request->database, reply))
        return;
    if (route->access == CT_ACCESS_READ)
        handle_counted(server, request, reply);
    else
        route->handle(server, request, reply);
}
