#include "listen_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 1024

/* "host:port" or "[host]:port" into its two halves. */
static ct_status split(const char *address, char *host, size_t host_cap, const char **port,
                       struct ct_error *err)
{
    const char *colon = strrchr(address, ':');
    const bool is_bracketed = address[0] == '[' && colon && colon > address && colon[-1] == ']';
    if (!colon || !colon[1] || (!is_bracketed && memchr(address, ':', colon - address)))
        return ct_fail(err, CT_INVALID,
                       "'%s' is no address to listen on: 127.0.0.1:8080 or [::1]:8080", address);
    const char *from = is_bracketed ? address + 1 : address;
    const size_t len = (size_t)(colon - from) - is_bracketed;
    if (len >= host_cap)
        return ct_fail(err, CT_INVALID, "the host of '%s' is too long", address);
    memcpy(host, from, len);
    host[len] = 0;
    *port = colon + 1;
    return CT_OK;
}

static ct_status resolve(const char *address, int type, struct addrinfo **out, struct ct_error *err)
{
    char host[256];
    const char *port = NULL;
    CT_TRY(split(address, host, sizeof host, &port, err));
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = type, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    const int failure = getaddrinfo(host[0] ? host : NULL, port, &hints, out);
    if (failure)
        return ct_fail(err, CT_INVALID, "cannot listen on '%s': %s", address,
                       gai_strerror(failure));
    return CT_OK;
}

static void close_keeping_errno(int fd)
{
    const int kept = errno;
    close(fd);
    errno = kept;
}

/* -1 with errno where one step fails. */
static int open_bound(const struct addrinfo *info)
{
    const int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, info->ai_protocol);
    const int on = 1;
    if (fd < 0)
        return -1;
    if (info->ai_socktype == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
        (info->ai_socktype != SOCK_STREAM || listen(fd, BACKLOG) == 0))
        return fd;
    close_keeping_errno(fd);
    return -1;
}

ct_status ct_listen_socket_open(const char *address, int type, int *fd, char *bound,
                                struct ct_error *err)
{
    struct addrinfo *infos = NULL;
    CT_TRY(resolve(address, type, &infos, err));
    int opened = -1;
    for (const struct addrinfo *info = infos; info && opened < 0; info = info->ai_next)
        opened = open_bound(info);
    const int failure = errno;
    freeaddrinfo(infos);
    if (opened < 0)
        return ct_fail(err, CT_IO, "cannot listen on '%s': %s", address, strerror(failure));
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    getsockname(opened, (struct sockaddr *)&at, &len);
    ct_address_print((struct sockaddr *)&at, len, bound);
    *fd = opened;
    return CT_OK;
}

void ct_address_print(const struct sockaddr *address, socklen_t len, char *out)
{
    char host[64] = "?", port[8] = "?";
    getnameinfo(address, len, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(out, CT_ADDRESS_BYTES, address->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
             port);
}
