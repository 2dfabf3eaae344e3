/* One TCP connection that sends lines. Layer http; of line_listener.c.
 *
 * What has arrived is committed when it is CT_LINE_BATCH_BYTES or when CT_LINE_BATCH_NS have passed
 * since its first byte. A refused line is told by closing the connection, after the good lines
 * beside it have been committed; so are a store that cannot write and a client that is silent for
 * idle_timeout_s. A last line without its line end is never taken: what a client that died half-way
 * has sent of an amount is another amount. */
#ifndef CT_LINE_CONNECTION_H
#define CT_LINE_CONNECTION_H

#include "listen_socket.h"
#include "server_private.h"

#define CT_LINE_BATCH_BYTES ((size_t)1 << 20)
#define CT_LINE_BATCH_NS    INT64_C(50000000)

/* Reads until the client, a fault or *is_stopping ends it; who sets the latter shuts the socket
 * down for reading besides, which wakes it. fd: stays the caller's. */
void ct_line_connection_run(struct ct_server *server, int fd, const char *peer,
                            const _Atomic bool *is_stopping);

#endif
