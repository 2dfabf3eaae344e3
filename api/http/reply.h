/* What a handler answers. Layer http; for all of it.
 *
 * A handler sets a status and a body and returns; it never waits for the client. Errors have one
 * shape for our own paths, {"error": text, "code": slug, "details": [...], "request_id": ...}, and
 * those of InfluxDB, OTLP and Prometheus for theirs: the route says which (route.h). */
#ifndef CT_REPLY_H
#define CT_REPLY_H

#include "centime.h"
#include "query_gate.h"
#include "request.h"
#include "status.h"

#define CT_REPLY_HEADERS_MAX 12
#define CT_INFLUX_VERSION    "1.8.10" /* what InfluxDB's clients compare with what they need */

/* A body that is made while it is sent. */
struct ct_reply_stream {
    /* The next piece, which lives until the next call; an empty one is the end. False: there should
     * be more and cannot be. NULL: the reply has no stream. */
    bool (*next)(void *context, struct ct_text *piece);
    void (*destroy)(void *context);
    void *context;       /* the reply's */
    struct ct_text rest; /* of a piece that is not all sent */
    size_t sent_bytes;
};

struct ct_reply {
    unsigned status;               /* 200, ... */
    const char *content_type;      /* static; NULL: none */
    struct ct_text body;           /* in the request's arena, static, or in `buffer` */
    centime_buffer *buffer;        /* the reply's, destroyed when it has been sent; NULL: none */
    struct ct_reply_stream stream; /* follows the body */
    struct ct_query_gate *gate;    /* left when the reply is released; NULL: none was entered */
    struct ct_reply_header {
        const char *name;  /* static */
        const char *value; /* in the request's arena or static; no line breaks */
    } headers[CT_REPLY_HEADERS_MAX];
    size_t header_count;
    bool closes; /* the connection, after the answer */
};

/* Drops what does not fit: CT_REPLY_HEADERS_MAX is enough for what handlers set. */
void ct_reply_header(struct ct_reply *reply, const char *name, const char *value);

/* 200 with a body. `bytes` as struct ct_reply has it. */
void ct_reply_bytes(struct ct_reply *reply, const char *content_type, struct ct_text bytes);
/* 200 with a buffer, which becomes the reply's. */
void ct_reply_buffer(struct ct_reply *reply, const char *content_type, centime_buffer *buffer);
/* 200 with bytes and what is made after them. The context becomes the reply's. */
void ct_reply_streamed(struct ct_reply *reply, const char *content_type, struct ct_text first,
                       struct ct_reply_stream stream);
/* Up to cap bytes of the body, then of the stream, from where the last call stopped. 0: the end;
 * -1: it breaks off. */
ptrdiff_t ct_reply_read(struct ct_reply *reply, char *out, size_t cap);
/* Of the body, as far as it was made. */
size_t ct_reply_bytes_made(const struct ct_reply *reply);
/* Gives back what the reply holds. */
void ct_reply_release(struct ct_reply *reply);

/* 204. */
void ct_reply_nothing(struct ct_reply *reply);

/* An error in the shape of the route's flavour. `code` is a slug such as "bad_parameter". The text
 * says what was wrong, where, and what to do. */
void ct_reply_error(const struct ct_request *request, struct ct_reply *reply, unsigned status,
                    const char *code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* An error of the library. Status by kind: what the client can mend is 4xx; overload, a read-only
 * store, a full disk, out of memory are 503 with Retry-After on every flavour, never a 4xx; damage
 * is 500. */
void ct_reply_failure(const struct ct_request *request, struct ct_reply *reply,
                      const centime_error *err);

/* X-Influxdb-Error: what InfluxDB 1 says in the body, again, in one line of at most 1,024 bytes.
 * Part of ct_reply_error; for those who print a body of their own. */
void ct_reply_influx_header(const struct ct_request *request, struct ct_reply *reply,
                            struct ct_text text);

/* The same of an error of our own. */
void ct_reply_fail(const struct ct_request *request, struct ct_reply *reply,
                   const struct ct_error *err);

/* X-Influxdb-Version and X-Influxdb-Build, which clients of InfluxDB look for. */
void ct_reply_influx_version(struct ct_reply *reply);

/* "disk_full", "parse", ...: the slug of an enum centime_status. */
const char *ct_reply_slug(int status);

#endif
