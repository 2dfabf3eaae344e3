/* Which path is answered by whom, and what one must be allowed for it. Layer http.
 *
 * Each handle_*.c has a table of its routes; route.c has the list of tables. The OpenAPI
 * description is checked against them by a test. */
#ifndef CT_ROUTE_H
#define CT_ROUTE_H

#include "reply.h"
#include "request.h"

struct ct_server;

enum ct_access {
    CT_ACCESS_OPEN = 0, /* anybody */
    CT_ACCESS_READ = 1,
    CT_ACCESS_WRITE = 2,
    CT_ACCESS_ADMIN = 3
};

/* How errors look. */
enum ct_flavour {
    CT_FLAVOUR_CENTIME = 0,
    CT_FLAVOUR_INFLUX_1 = 1,  /* {"error": text} and X-Influxdb-Error */
    CT_FLAVOUR_INFLUX_2 = 2,  /* {"code": ..., "message": ...} */
    CT_FLAVOUR_INFLUX_3 = 3,  /* {"error": ..., "data": [...]} */
    CT_FLAVOUR_OTLP = 4,      /* google.rpc.Status, in JSON or protobuf as the request was */
    CT_FLAVOUR_PROMETHEUS = 5 /* text */
};

enum ct_database_from {
    CT_DATABASE_NONE = 0,      /* the route has none: access is of any database */
    CT_DATABASE_DB = 1,        /* parameter db */
    CT_DATABASE_BUCKET = 2,    /* parameter bucket, up to a "/" */
    CT_DATABASE_DATABASE = 3,  /* parameter database, else db, else header X-Centime-Database */
    CT_DATABASE_BY_HANDLER = 4 /* stands in the body: the handler asks ct_request_may */
};

/* A bit beside those of enum ct_method: form bodies (application/x-www-form-urlencoded) of POST are
 * parameters. */
#define CT_ROUTE_FORM 256U

struct ct_route {
    unsigned methods;    /* bits of enum ct_method; HEAD comes with GET; CT_ROUTE_FORM */
    const char *pattern; /* "/api/v1/training/{run_id}": at most one {name}, a whole last segment */
    enum ct_access access;
    enum ct_flavour flavour;
    enum ct_database_from database_from;
    void (*handle)(struct ct_server *server, struct ct_request *request, struct ct_reply *reply);
};

struct ct_route_table {
    const struct ct_route *routes;
    size_t count;
};

/* All tables, and how many. */
const struct ct_route_table *const *ct_route_tables(size_t *count);

/* The route of a path and method; NULL where there is none, *allowed then has the methods that the
 * path takes (0: no such path). Sets *argument. */
const struct ct_route *ct_route_find(enum ct_method method, struct ct_text path,
                                     struct ct_text *argument, unsigned *allowed);

/* Any route of a path, for how its errors look; NULL where there is no such path. */
const struct ct_route *ct_route_of_path(struct ct_text path);

/* Before the body is read: may it come at all? What ct_route_dispatch asks, as far as a head tells;
 * false with the reply set. A form may still name the database. */
bool ct_route_admits(struct ct_server *server, struct ct_request *request, struct ct_reply *reply);

/* May the request's principal do this to a database (NULL: to any one at all)? Where not, the reply
 * is set: 401 without a token or with a wrong one (429 after many), 403 for a database of which it
 * may do something else, 404 as for one that does not exist where it may do nothing;
 * 400 for writing to a name that no database may have. */
bool ct_request_may(struct ct_server *server, const struct ct_request *request,
                    enum ct_access access, const char *database, struct ct_reply *reply);

/* What the listener calls when head and body are there: finds database, checks access, handles. The
 * reply is set in any case. */
void ct_route_dispatch(struct ct_server *server, struct ct_request *request,
                       struct ct_reply *reply);

#endif
