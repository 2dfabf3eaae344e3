/* Lines by UDP. Layer http; of line_listener.c.
 *
 * A datagram holds whole lines; the last may lack its line end. What has arrived is committed when
 * it is CT_LINE_BATCH_BYTES or CT_LINE_BATCH_NS after its first datagram. Nobody is answered: bad
 * lines, and datagrams that the system dropped because they came faster than they were read, are
 * counted and told in the log, at most once every ten seconds. */
#ifndef CT_LINE_DATAGRAMS_H
#define CT_LINE_DATAGRAMS_H

#include "server_private.h"

struct ct_line_datagrams;

/* The socket stays the caller's. NULL: out of memory. */
struct ct_line_datagrams *ct_line_datagrams_create(struct ct_server *server, int fd);
void ct_line_datagrams_destroy(struct ct_line_datagrams *datagrams);

/* Reads until `wake_fd` can be read. */
void ct_line_datagrams_run(struct ct_line_datagrams *datagrams, int wake_fd);

#endif
