/* The end of a connection whose client is still sending: it is told, and given the time to read it.
 * Layer http.
 *
 * Closing a socket with unread bytes resets the connection, and the answer is lost with it. So the
 * sending side is closed first, and what still comes is thrown away, so many bytes and so long. */
#ifndef CT_PARTING_H
#define CT_PARTING_H

#include "exchange.h"

/* Sends the reply past the HTTP library, which answers whole requests only. False: the client does
 * not take it. */
bool ct_parting_answer(int fd, const struct ct_exchange *exchange);

/* Closes the sending side and waits until the client has closed its own. */
void ct_parting_linger(int fd);

#endif
