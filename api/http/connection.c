#include "connection.h"

#include "clock.h"
#include "meters.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>

#define SECOND_NS        ((int64_t)1000000000)
#define TICK_NS          (SECOND_NS / 4)
#define GONE_TICKS       4    /* a client that has gone for so long is not waited for */
#define BODY_RATE_MIN    1024 /* bytes a second, after the first body_timeout_s */
#define EXCESS_TIMEOUT_S 2    /* of connections that only get their refusal */
#define EXCESS_MAX       64   /* of these at once; beyond, the door stays shut */

struct ct_connection_table {
    struct ct_server *server;
    struct ct_mutex mutex; /* all below, and the fields of every connection but its exchange */
    struct ct_condition condition;
    struct ct_connection *first;
    size_t count;
    bool is_draining, is_ending;
    pthread_t watch;
};

static int64_t now_ns(void)
{
    return ct_clock_monotonic_ns(ct_clock_system());
}

/* -- The watch --------------------------------------------------------------------------------- */

static int64_t later_ns(int64_t from_ns, uint32_t seconds)
{
    return from_ns + (int64_t)seconds * SECOND_NS;
}

/* Too long without a byte, or slower than the least rate on the whole. */
static bool is_slow_body(const struct ct_connection *connection, int64_t at_ns, uint32_t timeout_s)
{
    const int64_t granted_s = timeout_s + (int64_t)(connection->body_bytes / BODY_RATE_MIN);
    return at_ns > later_ns(connection->last_ns, timeout_s) ||
           (at_ns - connection->since_ns) / SECOND_NS > granted_s;
}

static bool has_unread_bytes(const struct ct_connection *connection)
{
    char byte;
    return recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* The other side has closed or reset. */
static bool is_gone(const struct ct_connection *connection)
{
    struct pollfd at = {.fd = connection->fd, .events = POLLRDHUP};
    return poll(&at, 1, 0) > 0 && (at.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static void cancel(struct ct_connection *connection)
{
    connection->is_cancelled = true;
    if (connection->cancel)
        centime_cancel_set(connection->cancel);
}

/* A last word to who is still sending, and the end. The thread that waits on the socket wakes up;
 * nothing is being sent on it in these states. */
static void cut(struct ct_connection *connection, bool tells)
{
    static const char late[] = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
                               "Content-Length: 0\r\n\r\n";
    if (tells)
        (void)!send(connection->fd, late, sizeof late - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(connection->fd, SHUT_RDWR);
    connection->is_cut = true;
}

/* It lasts too long. */
static void cut_late(struct ct_connection *connection, bool tells)
{
    ct_meters_refuse(connection->table->server->meters, CT_REFUSED_TIMEOUT);
    cut(connection, tells);
}

static void watch_answer(struct ct_connection *connection, int64_t at_ns)
{
    const struct ct_server_config *config = &connection->table->server->config;
    connection->gone_ticks = is_gone(connection) ? connection->gone_ticks + 1 : 0;
    if (connection->gone_ticks >= GONE_TICKS || at_ns > connection->query_end_ns)
        cancel(connection);
    if (at_ns > later_ns(connection->request_end_ns, config->body_timeout_s))
        cut_late(connection, false);
}

static void watch_one(struct ct_connection *connection, int64_t at_ns, bool is_draining)
{
    const struct ct_server_config *config = &connection->table->server->config;
    const uint32_t head_s = connection->is_excess ? EXCESS_TIMEOUT_S : config->header_timeout_s;
    if (connection->is_cut)
        return;
    switch (connection->state) {
    case CT_CONNECTION_IDLE:
        if (at_ns > later_ns(connection->since_ns,
                             connection->is_excess ? EXCESS_TIMEOUT_S : config->idle_timeout_s))
            cut(connection, has_unread_bytes(connection));
        else if (is_draining && !has_unread_bytes(connection))
            cut(connection, false);
        break;
    case CT_CONNECTION_HEAD:
        if (at_ns > later_ns(connection->since_ns, head_s))
            cut_late(connection, true);
        break;
    case CT_CONNECTION_BODY:
        if (is_slow_body(connection, at_ns, config->body_timeout_s) ||
            at_ns > connection->request_end_ns)
            cut_late(connection, true);
        break;
    case CT_CONNECTION_ANSWER:
        watch_answer(connection, at_ns);
        break;
    }
}

static void *watch(void *context)
{
    struct ct_connection_table *table = context;
    ct_mutex_lock(&table->mutex);
    while (!table->is_ending) {
        const int64_t at_ns = now_ns();
        for (struct ct_connection *each = table->first; each; each = each->next)
            watch_one(each, at_ns, table->is_draining);
        ct_condition_wait_until(&table->condition, &table->mutex, at_ns + TICK_NS);
    }
    ct_mutex_unlock(&table->mutex);
    return NULL;
}

/* -- The table --------------------------------------------------------------------------------- */

struct ct_connection_table *ct_connection_table_create(struct ct_server *server)
{
    struct ct_connection_table *table = ct_alloc_zeroed(server->allocator, 1, sizeof *table);
    if (!table)
        return NULL;
    table->server = server;
    ct_mutex_init(&table->mutex);
    ct_condition_init(&table->condition);
    if (pthread_create(&table->watch, NULL, watch, table) == 0)
        return table;
    ct_condition_deinit(&table->condition);
    ct_mutex_deinit(&table->mutex);
    ct_release(server->allocator, table);
    return NULL;
}

void ct_connection_table_destroy(struct ct_connection_table *table)
{
    CT_ASSERT(table->count == 0);
    ct_mutex_lock(&table->mutex);
    table->is_ending = true;
    ct_condition_broadcast(&table->condition);
    ct_mutex_unlock(&table->mutex);
    pthread_join(table->watch, NULL);
    ct_condition_deinit(&table->condition);
    ct_mutex_deinit(&table->mutex);
    ct_release(table->server->allocator, table);
}

size_t ct_connection_room(const struct ct_connection_table *table)
{
    return (size_t)table->server->config.connections_max + EXCESS_MAX;
}

/* Without the port. */
static size_t host_len(const char *peer)
{
    const char *colon = strrchr(peer, ':');
    return colon ? (size_t)(colon - peer) : strlen(peer);
}

static bool is_excess(const struct ct_connection_table *table, const char *peer)
{
    const struct ct_server_config *config = &table->server->config;
    const size_t len = host_len(peer);
    uint32_t of_peer = 0;
    if (table->count >= config->connections_max)
        return true;
    for (const struct ct_connection *each = table->first; each; each = each->next)
        of_peer += host_len(each->peer) == len && memcmp(each->peer, peer, len) == 0;
    return config->connections_per_address_max > 0 &&
           of_peer >= config->connections_per_address_max;
}

struct ct_connection *ct_connection_add(struct ct_connection_table *table, int fd,
                                        const struct sockaddr *peer, socklen_t peer_len)
{
    struct ct_server *server = table->server;
    struct ct_connection *connection = ct_alloc_zeroed(server->allocator, 1, sizeof *connection);
    if (!connection)
        return NULL;
    connection->table = table;
    connection->fd = fd;
    connection->since_ns = now_ns();
    ct_address_print(peer, peer_len, connection->peer);
    if (centime_cancel_create(&connection->cancel, NULL) != CENTIME_OK) {
        ct_release(server->allocator, connection);
        return NULL;
    }
    ct_exchange_init(&connection->exchange, server, connection->peer, connection->cancel);
    ct_meters_connection(server->meters, 1);
    ct_mutex_lock(&table->mutex);
    connection->is_excess = is_excess(table, connection->peer);
    connection->next = table->first;
    if (table->first)
        table->first->previous = connection;
    table->first = connection;
    table->count++;
    ct_mutex_unlock(&table->mutex);
    if (connection->is_excess)
        ct_meters_refuse(server->meters, CT_REFUSED_CONNECTIONS);
    return connection;
}

void ct_connection_remove(struct ct_connection *connection)
{
    struct ct_connection_table *table = connection->table;
    ct_mutex_lock(&table->mutex);
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        table->first = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    table->count--;
    ct_condition_broadcast(&table->condition);
    ct_mutex_unlock(&table->mutex);
    ct_exchange_deinit(&connection->exchange);
    centime_cancel_destroy(connection->cancel);
    ct_meters_connection(table->server->meters, -1);
    ct_release(table->server->allocator, connection);
}

/* A flag that was set stays so: the next request gets another. */
static void renew_cancel(struct ct_connection *connection)
{
    centime_cancel *fresh = NULL;
    if (centime_cancel_create(&fresh, NULL) != CENTIME_OK)
        return;
    centime_cancel_destroy(connection->cancel);
    connection->cancel = fresh;
    connection->exchange.request.cancel = fresh;
    connection->is_cancelled = false;
}

/* With the table's mutex. */
static void enter(struct ct_connection *connection, enum ct_connection_state state, int64_t at_ns)
{
    const uint32_t request_s = connection->table->server->config.request_timeout_s;
    connection->state = state;
    connection->since_ns = connection->last_ns = at_ns;
    if (state == CT_CONNECTION_HEAD) {
        connection->request_end_ns = connection->query_end_ns = later_ns(at_ns, request_s);
        if (connection->is_cancelled && !connection->table->is_draining)
            renew_cancel(connection);
    }
    connection->body_bytes = 0;
    connection->gone_ticks = 0;
}

void ct_connection_enter(struct ct_connection *connection, enum ct_connection_state state)
{
    const int64_t at_ns = now_ns();
    ct_mutex_lock(&connection->table->mutex);
    enter(connection, state, at_ns);
    ct_mutex_unlock(&connection->table->mutex);
}

void ct_connection_enter_query(struct ct_connection *connection)
{
    const int64_t at_ns = now_ns();
    const int64_t end_ns = later_ns(at_ns, connection->table->server->config.query_timeout_s);
    ct_mutex_lock(&connection->table->mutex);
    enter(connection, CT_CONNECTION_ANSWER, at_ns);
    if (end_ns < connection->query_end_ns)
        connection->query_end_ns = end_ns;
    ct_mutex_unlock(&connection->table->mutex);
}

void ct_connection_progress(struct ct_connection *connection, size_t bytes)
{
    ct_mutex_lock(&connection->table->mutex);
    connection->last_ns = now_ns();
    connection->body_bytes += bytes;
    ct_mutex_unlock(&connection->table->mutex);
}

/* -- The end ----------------------------------------------------------------------------------- */

/* Waits until all are gone; true where they are before the deadline. */
static bool wait_for_none(struct ct_connection_table *table, int64_t deadline_ns)
{
    while (table->count > 0 && now_ns() < deadline_ns)
        ct_condition_wait_until(&table->condition, &table->mutex, deadline_ns);
    return table->count == 0;
}

bool ct_connection_table_drain(struct ct_connection_table *table, uint32_t timeout_s)
{
    ct_mutex_lock(&table->mutex);
    table->is_draining = true;
    ct_condition_broadcast(&table->condition);
    const bool is_done = wait_for_none(table, later_ns(now_ns(), timeout_s));
    for (struct ct_connection *each = table->first; each; each = each->next)
        cancel(each);
    if (!is_done)
        wait_for_none(table, later_ns(now_ns(), 1));
    ct_mutex_unlock(&table->mutex);
    return is_done;
}
