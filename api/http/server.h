/* The server: centime over HTTP. Layer http; of all of api/http the command `serve` sees this and
 * server_config.h. */
#ifndef CT_SERVER_H
#define CT_SERVER_H

#include "server_config.h"
#include "status.h"

struct ct_server;

/* Opens the store and listens. Errors: as centime_open; CT_INVALID for a configuration that makes
 * no sense or would be unsafe; CT_IO where the address is taken. The config is copied. */
ct_status ct_server_start(const struct ct_server_config *config, struct ct_server **out,
                          struct ct_error *err);

/* "127.0.0.1:43817": where it listens in fact. */
const char *ct_server_address(const struct ct_server *server);
const char *ct_server_lines_address(const struct ct_server *server); /* "" where off */
const char *ct_server_udp_address(const struct ct_server *server);

/* Reads the tokens anew; on failure the old ones stay. */
ct_status ct_server_reload(struct ct_server *server, struct ct_error *err);

/* Takes no more connections, lets running requests finish for shutdown_timeout_s, closes the store.
 * Frees the server whatever it returns. */
ct_status ct_server_stop(struct ct_server *server, struct ct_error *err);

/* One line of the server's own log. level: 0 debug, 1 information, 2 a warning, 3 an error. */
void ct_server_say(struct ct_server *server, int level, const char *message, const char *detail);

#endif
