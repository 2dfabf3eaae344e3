/* What the parts of a server share. Layer http. */
#ifndef CT_SERVER_PRIVATE_H
#define CT_SERVER_PRIVATE_H

#include "alloc.h"
#include "centime.h"
#include "logger.h"
#include "query_gate.h"
#include "server.h"
#include "server_log.h"

struct ct_listener;
struct ct_line_listener;
struct ct_token_table;
struct ct_writer_pool;
struct ct_meters;
struct ct_agents;
struct ct_counter_starts;

struct ct_server {
    struct ct_server_config config;
    const struct ct_allocator *allocator;
    struct ct_server_log log;
    struct ct_logger logger; /* on it: ct_log_begin(&line, &server->logger, ...) */
    centime_store *store;
    struct ct_writer_pool *writers;
    struct ct_token_table *tokens;
    struct ct_meters *meters;
    struct ct_listener *listener;
    struct ct_line_listener *lines;           /* TCP and UDP; NULL: off */
    struct ct_agents *agents;                 /* whose turn it is to report */
    struct ct_counter_starts *counter_starts; /* of OTLP; NULL: none are known */
    int64_t started_ns;
    _Atomic uint64_t request_count;
    struct ct_query_gate queries;
    _Atomic size_t bodies_bytes; /* held by all requests */
    _Atomic bool is_stopping;
};

/* Now, since 1970 UTC. */
int64_t ct_server_now_ns(void);

#endif
