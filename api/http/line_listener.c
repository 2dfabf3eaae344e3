#include "line_listener.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "database_name.h"
#include "line_connection.h"
#include "line_datagrams.h"
#include "line_request.h"
#include "meters.h"
#include "sync.h"

#define STACK_BYTES ((size_t)512 << 10)

/* A connection and its thread; in the listener's list while it runs. */
struct peer {
    struct ct_line_listener *listener;
    struct peer *next, *previous;
    int fd;
    struct sockaddr_storage address;
    char name[CT_ADDRESS_BYTES];
};

struct ct_line_listener {
    struct ct_server *server;
    int tcp_fd, udp_fd, wake_fd; /* -1: none */
    char tcp_address[CT_ADDRESS_BYTES], udp_address[CT_ADDRESS_BYTES];
    struct ct_line_datagrams *datagrams;
    pthread_t tcp_thread, udp_thread;
    bool has_tcp_thread, has_udp_thread;
    _Atomic bool is_stopping;
    struct ct_mutex mutex; /* of the list */
    struct ct_condition peer_left;
    struct peer *peers;
    uint32_t peer_count;
};

/* -- Connections ------------------------------------------------------------------------------- */

static bool is_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET6)
        return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
                      &((const struct sockaddr_in6 *)b)->sin6_addr, sizeof(struct in6_addr)) == 0;
    return a->ss_family == AF_INET && ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
                                          ((const struct sockaddr_in *)b)->sin_addr.s_addr;
}

/* Into the list, unless there are too many, of all or of its host. */
static bool enter(struct ct_line_listener *listener, struct peer *peer)
{
    const struct ct_server_config *config = &listener->server->config;
    uint32_t same_host = 0;
    ct_mutex_lock(&listener->mutex);
    for (const struct peer *at = listener->peers; at; at = at->next)
        same_host += is_same_host(&at->address, &peer->address);
    const bool has_room = listener->peer_count < config->connections_max &&
                          same_host < config->connections_per_address_max;
    if (has_room) {
        peer->next = listener->peers;
        if (peer->next)
            peer->next->previous = peer;
        listener->peers = peer;
        listener->peer_count++;
    }
    ct_mutex_unlock(&listener->mutex);
    return has_room;
}

/* Out of the list, closed and freed; the listener may be gone right after. */
static void leave(struct peer *peer)
{
    struct ct_line_listener *listener = peer->listener;
    const struct ct_allocator *allocator = listener->server->allocator;
    ct_mutex_lock(&listener->mutex);
    if (peer->next)
        peer->next->previous = peer->previous;
    if (peer->previous)
        peer->previous->next = peer->next;
    else
        listener->peers = peer->next;
    close(peer->fd);
    ct_release(allocator, peer);
    listener->peer_count--;
    ct_condition_signal(&listener->peer_left);
    ct_mutex_unlock(&listener->mutex);
}

static void *run_peer(void *argument)
{
    struct peer *peer = argument;
    struct ct_line_listener *listener = peer->listener;
    ct_line_connection_run(listener->server, peer->fd, peer->name, &listener->is_stopping);
    leave(peer);
    return NULL;
}

static bool start_thread(pthread_t *thread, bool is_detached, void *(*run)(void *), void *argument)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    bool is_started =
        pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0 &&
        (!is_detached || pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0) &&
        pthread_create(thread, &attributes, run, argument) == 0;
    pthread_attr_destroy(&attributes);
    return is_started;
}

/* The connection's thread, or none: then the socket is closed, which is all that can be said. */
static void admit(struct ct_line_listener *listener, int fd, const struct sockaddr_storage *address,
                  socklen_t len)
{
    const struct ct_allocator *allocator = listener->server->allocator;
    struct peer *peer = ct_alloc_zeroed(allocator, 1, sizeof *peer);
    pthread_t thread;
    if (!peer) {
        close(fd);
        return;
    }
    peer->listener = listener;
    peer->fd = fd;
    peer->address = *address;
    ct_address_print((const struct sockaddr *)address, len, peer->name);
    if (!enter(listener, peer)) {
        ct_meters_refuse(listener->server->meters, CT_REFUSED_CONNECTIONS);
        ct_server_say(listener->server, CT_LOG_WARNING, "too many connections of lines",
                      peer->name);
        close(fd);
        ct_release(allocator, peer);
        return;
    }
    if (!start_thread(&thread, true, run_peer, peer))
        leave(peer);
}

static void *run_tcp(void *argument)
{
    struct ct_line_listener *listener = argument;
    struct pollfd polled[2] = {{.fd = listener->tcp_fd, .events = POLLIN},
                               {.fd = listener->wake_fd, .events = POLLIN}};
    while (!atomic_load(&listener->is_stopping)) {
        struct sockaddr_storage address;
        socklen_t len = sizeof address;
        if (poll(polled, 2, -1) <= 0 || !polled[0].revents)
            continue;
        const int fd = accept4(listener->tcp_fd, (struct sockaddr *)&address, &len, SOCK_CLOEXEC);
        if (fd >= 0)
            admit(listener, fd, &address, len);
        else
            poll(&polled[1], 1, 10); /* no more files, perhaps: not in a busy loop */
    }
    return NULL;
}

static void *run_udp(void *argument)
{
    struct ct_line_listener *listener = argument;
    ct_line_datagrams_run(listener->datagrams, listener->wake_fd);
    return NULL;
}

/* -- Start ------------------------------------------------------------------------------------- */

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
    return address->ss_family == AF_INET &&
           ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
}

static ct_status open_socket(const struct ct_line_listener *listener, const char *address, int type,
                             int *fd, char *bound, struct ct_error *err)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    if (!address[0])
        return CT_OK;
    CT_TRY(ct_listen_socket_open(address, type, fd, bound, err));
    if (listener->server->config.is_insecure ||
        (getsockname(*fd, (struct sockaddr *)&at, &len) == 0 && is_loopback(&at)))
        return CT_OK;
    return ct_fail(err, CT_INVALID,
                   "lines by %s are taken from anybody who reaches '%s': listen on a loopback "
                   "address, or say insecure",
                   type == SOCK_STREAM ? "TCP" : "UDP", address);
}

static ct_status check_config(const struct ct_server_config *config, struct ct_error *err)
{
    uint32_t precision;
    if (!ct_line_precision(ct_text_of(config->udp_precision), &precision))
        return ct_fail(err, CT_INVALID, "'%s' is no precision of lines: ns, us, ms, s, m, h, auto",
                       config->udp_precision);
    return config->lines_database[0]
               ? ct_database_name_check(ct_text_of(config->lines_database), err)
               : CT_OK;
}

static ct_status open_sockets(struct ct_line_listener *listener, struct ct_error *err)
{
    const struct ct_server_config *config = &listener->server->config;
    CT_TRY(check_config(config, err));
    CT_TRY(open_socket(listener, config->listen_lines, SOCK_STREAM, &listener->tcp_fd,
                       listener->tcp_address, err));
    CT_TRY(open_socket(listener, config->listen_udp, SOCK_DGRAM, &listener->udp_fd,
                       listener->udp_address, err));
    listener->wake_fd = eventfd(0, EFD_CLOEXEC);
    if (listener->wake_fd < 0)
        return ct_fail(err, CT_IO, "no event file for the listener of lines");
    return CT_OK;
}

static ct_status start_threads(struct ct_line_listener *listener, struct ct_error *err)
{
    if (listener->udp_fd >= 0) {
        listener->datagrams = ct_line_datagrams_create(listener->server, listener->udp_fd);
        if (!listener->datagrams)
            return ct_fail(err, CT_NO_MEMORY, "out of memory for datagrams");
        listener->has_udp_thread = start_thread(&listener->udp_thread, false, run_udp, listener);
    }
    if (listener->tcp_fd >= 0)
        listener->has_tcp_thread = start_thread(&listener->tcp_thread, false, run_tcp, listener);
    if (listener->has_udp_thread == (listener->udp_fd >= 0) &&
        listener->has_tcp_thread == (listener->tcp_fd >= 0))
        return CT_OK;
    return ct_fail(err, CT_NO_MEMORY, "no thread for the listener of lines");
}

ct_status ct_line_listener_start(struct ct_server *server, struct ct_line_listener **out,
                                 struct ct_error *err)
{
    const struct ct_server_config *config = &server->config;
    *out = NULL;
    if (!config->listen_lines[0] && !config->listen_udp[0])
        return CT_OK;
    struct ct_line_listener *listener = ct_alloc_zeroed(server->allocator, 1, sizeof *listener);
    if (!listener)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for the listener of lines");
    listener->server = server;
    listener->tcp_fd = listener->udp_fd = listener->wake_fd = -1;
    ct_mutex_init(&listener->mutex);
    ct_condition_init(&listener->peer_left);
    ct_status status = open_sockets(listener, err);
    if (status == CT_OK)
        status = start_threads(listener, err);
    if (status == CT_OK)
        *out = listener;
    else
        ct_line_listener_stop(listener);
    return status;
}

/* -- Stop -------------------------------------------------------------------------------------- */

static void end_threads(struct ct_line_listener *listener)
{
    atomic_store(&listener->is_stopping, true);
    if (listener->wake_fd >= 0)
        eventfd_write(listener->wake_fd, 1);
    if (listener->has_tcp_thread)
        pthread_join(listener->tcp_thread, NULL);
    if (listener->has_udp_thread)
        pthread_join(listener->udp_thread, NULL);
    ct_mutex_lock(&listener->mutex);
    for (const struct peer *at = listener->peers; at; at = at->next)
        shutdown(at->fd, SHUT_RD);
    while (listener->peer_count > 0)
        ct_condition_wait(&listener->peer_left, &listener->mutex);
    ct_mutex_unlock(&listener->mutex);
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void ct_line_listener_stop(struct ct_line_listener *listener)
{
    if (!listener)
        return;
    end_threads(listener);
    close_if_open(listener->tcp_fd);
    close_if_open(listener->udp_fd);
    close_if_open(listener->wake_fd);
    ct_line_datagrams_destroy(listener->datagrams);
    ct_condition_deinit(&listener->peer_left);
    ct_mutex_deinit(&listener->mutex);
    ct_release(listener->server->allocator, listener);
}

const char *ct_line_listener_tcp_address(const struct ct_line_listener *listener)
{
    return listener ? listener->tcp_address : "";
}

const char *ct_line_listener_udp_address(const struct ct_line_listener *listener)
{
    return listener ? listener->udp_address : "";
}
