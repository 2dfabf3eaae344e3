/* One connection's requests, one after another: head, body, answer. No socket and no HTTP library:
 * the listener translates, tests and fuzzers drive it by hand. Layer http.
 *
 *     begin -> head -> body ... -> answer -> end, and again
 *
 * Invariant: each step either wants the next one or has set the reply; then only `end` follows. The
 * head decides all that can be decided without the body: framing, route, access, declared size, so
 * that "100 Continue" is said only to those who may go on. */
#ifndef CT_EXCHANGE_H
#define CT_EXCHANGE_H

#include "body.h"
#include "principal.h"
#include "reply.h"
#include "request.h"
#include "server_private.h"

struct ct_exchange {
    struct ct_server *server;
    struct ct_arena arena; /* of the request in hand */
    struct ct_request request;
    struct ct_reply reply;
    struct ct_principal principal;
    struct ct_body *body; /* while it comes */
    enum ct_method asked; /* request.method is GET for HEAD */
    const char *method;   /* as sent; the listener's */
    bool is_answered;     /* reply is set */
    bool leaves_body;     /* it is set, and the body or a part of it was not read */
    int64_t started_ns;   /* monotonic */
    size_t received_bytes;
    char *target; /* as it came: path and query */
    size_t target_len;
    const char *peer; /* address of the client, the connection's */
};

void ct_exchange_init(struct ct_exchange *exchange, struct ct_server *server, const char *peer,
                      centime_cancel *cancel);
void ct_exchange_deinit(struct ct_exchange *exchange);

/* The request line is there. target: undecoded, zero-terminated. */
void ct_exchange_begin(struct ct_exchange *exchange, const char *target);

/* What a head says. Names and values are the listener's until the end. */
struct ct_head {
    const char *method;  /* as sent */
    const char *version; /* "HTTP/1.1" */
    const struct ct_named_text *headers;
    size_t header_count;
    bool is_broken; /* lines that are folded, or do not end in CR LF, or hold zero bytes */
};

/* True: the body, or its end, comes next, also of a refused request whose body is short. False:
 * send the reply now. */
bool ct_exchange_head(struct ct_exchange *exchange, const struct ct_head *head);
/* False: refused, and no more of it is wanted: send the reply now. */
bool ct_exchange_body(struct ct_exchange *exchange, struct ct_text piece);
/* The body is whole: handles the request, unless its reply is set already. */
void ct_exchange_answer(struct ct_exchange *exchange);
/* Is what will be answered a question, whose time is limited? */
bool ct_exchange_is_query(const struct ct_exchange *exchange);
/* Answers instead of what was going on: the time is over. */
void ct_exchange_refuse(struct ct_exchange *exchange, unsigned status, const char *code,
                        const char *text);
/* The answer was sent, or the client has gone: logs, counts, forgets. */
void ct_exchange_end(struct ct_exchange *exchange, bool is_sent);

#endif
