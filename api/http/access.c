/* What principals may do, and what they are told where they may not: see ct_request_may. */
#include "database_name.h"
#include "meters.h"
#include "principal.h"
#include "route.h"
#include "server_private.h"

static bool names(const struct ct_grant *grant, const char *database)
{
    return !database || strcmp(grant->database, "*") == 0 || strcmp(grant->database, database) == 0;
}

static bool holds(const struct ct_principal *principal, const char *database, bool writes)
{
    for (uint32_t i = 0; i < principal->grant_count; i++) {
        const struct ct_grant *grant = &principal->grants[i];
        if (names(grant, database) && (writes ? grant->writes : grant->reads))
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

/* In the words of InfluxDB where its clients ask. */
static const char *unknown_text(enum ct_flavour flavour, bool is_wrong)
{
    if (flavour == CT_FLAVOUR_INFLUX_1)
        return is_wrong ? "authorization failed" : "unable to parse authentication credentials";
    if (flavour == CT_FLAVOUR_INFLUX_2)
        return "unauthorized access";
    return is_wrong ? "no token has this secret: it was mistyped or revoked, or has expired"
                    : "this needs a token: send it as 'Authorization: Bearer ct_...'";
}

static void refuse_unknown(struct ct_server *server, const struct ct_request *request,
                           struct ct_reply *reply)
{
    const struct ct_principal *principal = request->principal;
    const enum ct_flavour flavour = request->route ? request->route->flavour : CT_FLAVOUR_CENTIME;
    if (server->meters)
        ct_meters_refuse(server->meters, CT_REFUSED_TOKEN);
    if (principal->is_barred) {
        ct_reply_error(request, reply, 429, "too_many_wrong_tokens",
                       "too many requests with a wrong token from this address: mend the token, "
                       "then try again");
        return;
    }
    ct_reply_header(reply, "WWW-Authenticate",
                    flavour == CT_FLAVOUR_INFLUX_1 ? "Basic realm=\"InfluxDB\""
                                                   : "Bearer realm=\"centime\"");
    ct_reply_error(request, reply, 401, "unauthorized", "%s",
                   unknown_text(flavour, principal->is_wrong));
}

/* One that is known asks for what its grants do not have. A database that it may not read is to it
 * as one that is not there. */
static void refuse_access(const struct ct_request *request, enum ct_access access,
                          const char *database, struct ct_reply *reply)
{
    const struct ct_principal *principal = request->principal;
    const char *does = access == CT_ACCESS_READ ? "read" : "write to";
    if (access == CT_ACCESS_ADMIN)
        ct_reply_error(request, reply, 403, "forbidden", "this needs an admin token");
    else if (!database)
        ct_reply_error(request, reply, 403, "forbidden", "the token may not %s any database", does);
    else if (ct_principal_reads(principal, database) || ct_principal_writes(principal, database))
        ct_reply_error(request, reply, 403, "forbidden", "the token may not %s database \"%s\"",
                       does, database);
    else
        ct_reply_error(request, reply, 404, "not_found", "database not found: \"%s\"", database);
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

/* A browser says which page sends a request, and sends some that no preflight asks about. Where
 * nobody needs a token, any page that somebody on this machine looks at could write: only pages of
 * this server and of cors_origin may. */
static bool is_of_foreign_page(const struct ct_server *server, const struct ct_request *request)
{
    const struct ct_text origin = ct_request_header(request, "Origin");
    const struct ct_text host = ct_request_header(request, "Host");
    if (request->principal->is_token || !origin.bytes ||
        ct_text_equal(origin, ct_text_of(server->config.cors_origin)))
        return false;
    const char *scheme_end = memmem(origin.bytes, origin.len, "://", 3);
    const size_t skipped = scheme_end ? (size_t)(scheme_end - origin.bytes) + 3 : 0;
    return !ct_text_equal((struct ct_text){origin.bytes + skipped, origin.len - skipped}, host);
}

bool ct_request_may(struct ct_server *server, const struct ct_request *request,
                    enum ct_access access, const char *database, struct ct_reply *reply)
{
    const struct ct_principal *principal = request->principal;
    if (access != CT_ACCESS_OPEN && is_of_foreign_page(server, request)) {
        ct_reply_error(request, reply, 403, "foreign_page",
                       "a page of another origin sent this without a token: set cors_origin to its "
                       "origin, or let it send a token");
        return false;
    }
    if (is_allowed(principal, access, database))
        return access != CT_ACCESS_WRITE || !database || may_be_made(request, database, reply);
    if (!principal->is_token)
        refuse_unknown(server, request, reply);
    else
        refuse_access(request, access, database, reply);
    return false;
}
