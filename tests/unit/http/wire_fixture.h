/* A server without sockets that is told requests as text, head and body, as the listener would hand
 * them on. For tests and fuzzers of what lies before the handlers.
 *
 *     wire_ask(&wire, ct_text_of("POST /write?db=a HTTP/1.1\nHost: a\nContent-Length: 7\n\nm v=1
 * 1"), 3);
 *
 * Lines end in \n here. The reply stands in wire.exchange until the next request. Memory is
 * counted: wire_close says whether all of it came back. */
#ifndef WIRE_FIXTURE_H
#define WIRE_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "agent_ingest.h"
#include "counter_starts.h"
#include "exchange.h"
#include "meters.h"
#include "writer_pool.h"

#define WIRE_HEADERS_MAX 64

struct wire {
    struct ct_server server;
    struct ct_allocator_counting memory;
    struct ct_exchange exchange;
    struct ct_arena arena; /* of the text of heads */
    struct ct_named_text headers[WIRE_HEADERS_MAX];
    bool took_body; /* the last head was answered by "go on" */
};

/* Counters, which are large: made once for many openings. False: out of memory. */
static inline bool wire_prepare(struct wire *wire)
{
    *wire = (struct wire){0};
    wire->server.meters = ct_meters_create(ct_allocator_system());
    wire->server.counter_starts = ct_counter_starts_create(ct_allocator_system());
    return wire->server.meters && wire->server.counter_starts;
}

static inline void wire_discard(struct wire *wire)
{
    ct_meters_destroy(wire->server.meters);
    ct_counter_starts_destroy(wire->server.counter_starts);
}

/* A store with nothing in it. False: no store. */
static inline bool wire_open(struct wire *wire)
{
    centime_options options = CENTIME_OPTIONS_INIT;
    ct_allocator_counting_init(&wire->memory, ct_allocator_system(), 0);
    options.in_memory = 1;
    options.no_thread = 1;
    ct_server_config_init(&wire->server.config);
    wire->server.allocator = &wire->memory.base;
    wire->server.logger.level_min = CT_LOG_ERROR + 1; /* nothing is even formatted */
    ct_arena_init(&wire->arena, ct_allocator_system(), 0);
    if (centime_open("wire", &options, &wire->server.store, NULL) != CENTIME_OK)
        return false;
    wire->server.writers = ct_writer_pool_create(&wire->memory.base, wire->server.store);
    wire->server.agents = ct_agents_create(&wire->memory.base);
    ct_query_gate_init(&wire->server.queries, 0);
    ct_exchange_init(&wire->exchange, &wire->server, "127.0.0.1:1", NULL);
    return wire->server.writers != NULL && wire->server.agents != NULL;
}

/* True: nothing was lost. */
static inline bool wire_close(struct wire *wire)
{
    ct_exchange_deinit(&wire->exchange);
    ct_writer_pool_destroy(wire->server.writers);
    ct_agents_destroy(wire->server.agents);
    ct_arena_deinit(&wire->arena);
    return centime_close(wire->server.store, NULL) == CENTIME_OK &&
           atomic_load(&wire->memory.live_blocks) == 0 &&
           atomic_load(&wire->server.bodies_bytes) == 0 &&
           ct_query_gate_running(&wire->server.queries) == 0;
}

/* Up to a byte, which becomes a zero byte, or to the end of the text, where a zero byte stands. */
static inline char *wire_cut(char **rest, char end)
{
    char *from = *rest;
    char *at = strchr(from, end);
    if (!at) {
        *rest = from + strlen(from);
        return from;
    }
    *at = 0;
    *rest = at + 1;
    return from;
}

/* The head's lines, in a copy. */
static inline struct ct_head wire_read_head(struct wire *wire, char *text, char **target)
{
    char *line = wire_cut(&text, '\n');
    struct ct_head head = {.headers = wire->headers};
    head.method = wire_cut(&line, ' ');
    *target = wire_cut(&line, ' ');
    head.version = line;
    while (*text && head.header_count < WIRE_HEADERS_MAX) {
        char *value = wire_cut(&text, '\n');
        const char *name = wire_cut(&value, ':');
        while (*value == ' ')
            value++;
        wire->headers[head.header_count++] =
            (struct ct_named_text){ct_text_of(name), ct_text_of(value)};
    }
    return head;
}

/* Asks and returns the status, 0 where there is none. The body is handed on in pieces. */
static inline unsigned wire_ask(struct wire *wire, struct ct_text text, size_t piece_len)
{
    struct ct_exchange *exchange = &wire->exchange;
    const char *gap = text.len ? memmem(text.bytes, text.len, "\n\n", 2) : NULL;
    const size_t head_len = gap ? (size_t)(gap - text.bytes) : text.len;
    const struct ct_text body =
        gap ? (struct ct_text){gap + 2, text.len - head_len - 2} : (struct ct_text){"", 0};
    char *target;
    ct_exchange_end(exchange, true); /* of the one before */
    ct_arena_reset(&wire->arena);
    char *copy = ct_arena_alloc(&wire->arena, head_len + 1);
    if (!copy)
        return 0;
    memcpy(copy, text.bytes, head_len);
    copy[head_len] = 0;
    const struct ct_head head = wire_read_head(wire, copy, &target);
    ct_exchange_begin(exchange, target);
    wire->took_body = ct_exchange_head(exchange, &head);
    bool goes_on = wire->took_body;
    const bool is_announced = exchange->body || exchange->is_answered;
    for (size_t at = 0; goes_on && is_announced && at < body.len; at += piece_len) {
        const size_t left = body.len - at;
        goes_on = ct_exchange_body(
            exchange, (struct ct_text){body.bytes + at, left < piece_len ? left : piece_len});
    }
    if (goes_on)
        ct_exchange_answer(exchange);
    return exchange->is_answered ? exchange->reply.status : 0;
}

#endif
