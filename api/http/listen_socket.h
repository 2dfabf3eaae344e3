/* A socket that listens, from an address as people write it. Layer http. */
#ifndef CT_LISTEN_SOCKET_H
#define CT_LISTEN_SOCKET_H

#include "status.h"

#include <sys/socket.h>

#define CT_ADDRESS_BYTES 80 /* "[2001:db8::1]:8080" and a zero byte */

/* Opens and binds a socket, and listens where it is a stream.
 * address  "127.0.0.1:8080", "[::1]:8080", ":8080" (every address); port 0: any that is free
 * type     SOCK_STREAM or SOCK_DGRAM
 * bound    where it stands in fact, CT_ADDRESS_BYTES
 * Owns     *fd is the caller's; it is closed by exec.
 * Errors   CT_INVALID (no such address), CT_IO (taken, not ours, not allowed). */
ct_status ct_listen_socket_open(const char *address, int type, int *fd, char *bound,
                                struct ct_error *err);

/* Prints an IPv4 or IPv6 address with its port, CT_ADDRESS_BYTES. */
void ct_address_print(const struct sockaddr *address, socklen_t len, char *out);

#endif
