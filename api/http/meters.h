/* What /metrics tells: counters and latencies of the server, in Prometheus' text format together
 * with the store's figures. Layer http. Counting never waits. */
#ifndef CT_METERS_H
#define CT_METERS_H

#include "reply.h"
#include "text_out.h"

struct ct_server;
struct ct_meters;

struct ct_meters *ct_meters_create(const struct ct_allocator *allocator); /* NULL: out of memory */
void ct_meters_destroy(struct ct_meters *meters);

/* A request that was answered; route NULL: none was found. */
void ct_meters_request(struct ct_meters *meters, const struct ct_route *route,
                       enum ct_method method, unsigned status, int64_t elapsed_ns,
                       size_t received_bytes, size_t sent_bytes);

enum ct_write_path {
    CT_WRITE_HTTP = 0,
    CT_WRITE_JSON = 1,
    CT_WRITE_AGENT = 2,
    CT_WRITE_OTLP = 3,
    CT_WRITE_PROMETHEUS = 4,
    CT_WRITE_TCP = 5,
    CT_WRITE_UDP = 6
};
#define CT_WRITE_PATHS 7

/* What a write did: rows, rejected lines, overwritten money, repeats. */
void ct_meters_write(struct ct_meters *meters, enum ct_write_path path,
                     const centime_write_result *result);

enum ct_refusal { /* requests and connections that were not served, and why */
                  CT_REFUSED_CONNECTIONS = 0,
                  CT_REFUSED_BODY_SIZE,
                  CT_REFUSED_RATIO,
                  CT_REFUSED_MEMORY,
                  CT_REFUSED_TOKEN,
                  CT_REFUSED_QUERIES,
                  CT_REFUSED_TIMEOUT,
                  CT_REFUSED_FRAMING,
                  CT_REFUSED_STORE,     /* read-only, full */
                  CT_REFUSED_DATAGRAMS, /* UDP: came faster than they were read */
};
#define CT_REFUSALS 10

void ct_meters_refuse(struct ct_meters *meters, enum ct_refusal why);
void ct_meters_refuse_many(struct ct_meters *meters, enum ct_refusal why, uint64_t count);
void ct_meters_connection(struct ct_meters *meters, int change); /* +1 opened, -1 closed */

/* The whole text. */
void ct_meters_print(struct ct_server *server, struct ct_text_out *out);

#endif
