/* Who sends a request: the token that it carries, found among those of the token file. Layer http.
 *
 * Where the file has no tokens, whoever reaches the server may do everything, if the table was made
 * so (a loopback address, or --insecure); as soon as it has one, every request that is not of an
 * open route needs one. An expired token counts as one that is there, and as one that nobody knows:
 * that a token expires never opens the server.
 *
 * Invariant: a right token is always taken; what is limited, by address, is how often wrong ones
 * are answered 401 rather than 429. So nobody locks others out who share an address with them. */
#ifndef CT_AUTH_H
#define CT_AUTH_H

#include "alloc.h"
#include "principal.h"
#include "request.h"

struct ct_server;
struct ct_token_table;

/* Reads the file; one that is not there has no tokens. path is copied. Errors: as
 * ct_token_list_read. */
ct_status ct_token_table_create(const struct ct_allocator *allocator, const char *path,
                                bool is_open_when_empty, struct ct_token_table **out,
                                struct ct_error *err) CT_MUST_USE;
void ct_token_table_destroy(struct ct_token_table *table); /* NULL is fine */

/* Reads the file anew; on failure the old tokens stay. Any thread. */
ct_status ct_token_table_reload(struct ct_token_table *table, struct ct_error *err) CT_MUST_USE;

size_t ct_token_table_count(struct ct_token_table *table);

/* Fills *out from the request's headers, parameters (only with config.takes_url_secrets) and
 * peer. To be called once for a request, when its head is there. server->tokens NULL: everybody
 * is an admin. Any thread. */
void ct_auth_identify(struct ct_server *server, const struct ct_request *request,
                      struct ct_principal *out);

#endif
