/* Line protocol without HTTP: over TCP, as QuestDB's clients, socket writers and `nc` send it, and
 * over UDP, as collectd does. Off unless configured. Layer http.
 *
 * Neither is answered, and neither says who sends: both are for the machine itself, and an address
 * that others reach is refused unless the configuration is_insecure. */
#ifndef CT_LINE_LISTENER_H
#define CT_LINE_LISTENER_H

#include "status.h"

struct ct_line_listener;
struct ct_server;

/* Listens where config.listen_lines and config.listen_udp say.
 * Owns    *out is the caller's until ct_line_listener_stop; NULL where both are off.
 * Errors  CT_INVALID (no address; one that others reach; no precision; no database's name), CT_IO
 *         (taken), CT_NO_MEMORY. */
ct_status ct_line_listener_start(struct ct_server *server, struct ct_line_listener **out,
                                 struct ct_error *err);
/* Takes no more, commits the whole lines that have arrived, and frees the listener. NULL is fine.
 */
void ct_line_listener_stop(struct ct_line_listener *listener);

/* "127.0.0.1:9009"; "" where off, and for NULL. */
const char *ct_line_listener_tcp_address(const struct ct_line_listener *listener);
const char *ct_line_listener_udp_address(const struct ct_line_listener *listener);

#endif
