/* HTTP's door: the one place that knows the HTTP library. Layer http.
 *
 * A thread for each connection, so that handlers may block. */
#ifndef CT_LISTENER_H
#define CT_LISTENER_H

#include "server_private.h"
#include "status.h"

struct ct_listener;

/* CT_INVALID, CT_IO: the address; CT_NO_MEMORY. Requests come from now on, before it returns. */
ct_status ct_listener_start(struct ct_server *server, struct ct_listener **out,
                            struct ct_error *err);
const char *ct_listener_address(const struct ct_listener *listener);
/* Takes no more connections, lets running requests finish for shutdown_timeout_s, ends all others.
 * False where some were cut. */
bool ct_listener_stop(struct ct_listener *listener);

#endif
