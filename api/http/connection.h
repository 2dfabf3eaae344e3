/* Connections and what each is waiting for: limits of number and of time. Layer http.
 *
 *                    line            head            body whole
 *     IDLE/new ------------> HEAD ---------> BODY -----------------> ANSWER --- sent ---> IDLE
 *
 * A watch thread looks at all of them a few times a second. Where a state lasts too long it ends
 * the connection by shutting its socket down, which wakes the thread that waits on it; a request
 * that runs too long is told so by its cancel flag first. Nobody is ever interrupted otherwise.
 *
 * Invariant: a socket in the table is open: it is taken out before it is closed. */
#ifndef CT_CONNECTION_H
#define CT_CONNECTION_H

#include "exchange.h"
#include "listen_socket.h"
#include "sync.h"

enum ct_connection_state {
    CT_CONNECTION_IDLE = 0, /* for the first byte of a request */
    CT_CONNECTION_HEAD,
    CT_CONNECTION_BODY,
    CT_CONNECTION_ANSWER /* being worked out, or being sent */
};

struct ct_connection {
    struct ct_exchange exchange;
    struct ct_connection_table *table;
    struct ct_connection *next, *previous;
    centime_cancel *cancel;
    int fd;
    char peer[CT_ADDRESS_BYTES];
    bool is_told;   /* the answer went past the library; of the connection's own thread */
    bool is_excess; /* over a limit: gets one answer, 503 */
    bool is_cut;    /* shut down by the watch */
    bool is_cancelled;
    enum ct_connection_state state;
    int64_t since_ns, last_ns; /* of the state; of the last byte of the body */
    size_t body_bytes;
    int64_t request_end_ns; /* of the request's time; 0: none runs */
    int64_t query_end_ns;   /* of a query's, which is not longer */
    uint32_t gone_ticks;    /* how often the watch has found that the client has gone */
};

struct ct_connection_table;

/* Starts the watch. NULL: out of memory or threads. */
struct ct_connection_table *ct_connection_table_create(struct ct_server *server);
/* All connections are removed. */
void ct_connection_table_destroy(struct ct_connection_table *table);

/* NULL: out of memory. */
struct ct_connection *ct_connection_add(struct ct_connection_table *table, int fd,
                                        const struct sockaddr *peer, socklen_t peer_len);
void ct_connection_remove(struct ct_connection *connection);

void ct_connection_enter(struct ct_connection *connection, enum ct_connection_state state);
/* CT_CONNECTION_ANSWER, of a query: query_timeout_s begins. */
void ct_connection_enter_query(struct ct_connection *connection);
/* Bytes of the body have come. */
void ct_connection_progress(struct ct_connection *connection, size_t bytes);

/* How many may be open without one being refused at the door. */
size_t ct_connection_room(const struct ct_connection_table *table);

/* Ends idle connections now and those that run when they have answered, at the latest after
 * timeout_s. False where some had to be cut. */
bool ct_connection_table_drain(struct ct_connection_table *table, uint32_t timeout_s);

#endif
