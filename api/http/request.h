/* One request of HTTP, as the handlers see it: no socket, no library, so that tests and fuzzers
 * make them by hand. Layer http; for all of it.
 *
 * Everything lies in the request's arena or in the listener's memory, and lives until the reply has
 * been sent. */
#ifndef CT_REQUEST_H
#define CT_REQUEST_H

#include "arena.h"
#include "centime.h"
#include "status.h"
#include "text.h"

struct ct_principal;
struct ct_route;

enum ct_method { /* bits, so that a route may take several */
                 CT_METHOD_GET = 1,
                 CT_METHOD_HEAD = 2, /* handlers see GET: the listener leaves the body out */
                 CT_METHOD_POST = 4,
                 CT_METHOD_PUT = 8,
                 CT_METHOD_DELETE = 16,
                 CT_METHOD_OPTIONS = 32,
                 CT_METHOD_OTHER = 64
};

/* Decoded: percent escapes, and `+` in parameters, are what they stand for. */
struct ct_named_text {
    struct ct_text name, value;
};

#define CT_REQUEST_ID_BYTES 17 /* 16 hex digits and a zero byte */

struct ct_request {
    enum ct_method method;
    struct ct_text path;          /* decoded, without the query; ended by a zero byte */
    struct ct_text path_argument; /* what {name} of the route stands for; ended by a zero byte */
    const struct ct_named_text *parameters; /* of the URL, then of a form body */
    size_t parameter_count;
    const struct ct_named_text *headers;
    size_t header_count;
    struct ct_text body; /* unpacked (gzip, zstd, ...), ended by a zero byte */
    const struct ct_route *route;
    const struct ct_principal *principal; /* never NULL */
    const char *database;                 /* as the route finds it; the default where not given */
    const char *peer;                     /* address of the client, for logs */
    /* Set when the request's time is over, its client has gone or the server stops: queries take
     * it. NULL: never. */
    const centime_cancel *cancel;
    struct ct_arena *arena;
    int64_t received_ns; /* since 1970 UTC: when the head was there */
    char id[CT_REQUEST_ID_BYTES];
};

/* The first of the name that has a value. An empty value is an absent one: clients send `rp=`.
 * {NULL, 0} where there is none. Values end in a zero byte. */
struct ct_text ct_request_parameter(const struct ct_request *request, const char *name);

/* Names of headers in any case. */
struct ct_text ct_request_header(const struct ct_request *request, const char *name);

/* "true", "1", "yes", or a parameter without a value is true; "false", "0", "no" false; `otherwise`
 * where there is none. False and *out untouched where it is something else. */
bool ct_request_flag(const struct ct_request *request, const char *name, bool otherwise, bool *out);

/* Splits "a=1&b=2" and undoes its escapes, in place of a copy in the arena. CT_PARSE for a broken
 * escape, a zero byte or bytes that are not UTF-8, CT_LIMIT for more than 256. Adds to what the
 * request has. */
ct_status ct_request_add_form(struct ct_request *request, struct ct_text form,
                              struct ct_error *err);

/* Path and parameters of a request's target as it stands in the first line: "/a%20b?c=d",
 * "http://host/a", "*". The path is decoded once; errors as above. */
ct_status ct_request_set_target(struct ct_request *request, struct ct_text target,
                                struct ct_error *err);

/* Does the body's media type (before any ";") equal this, in any case? */
bool ct_request_has_type(const struct ct_request *request, const char *media_type);

#endif
