/* The secret that a request carries, wherever its client puts one. Layer http. */
#ifndef CT_CREDENTIALS_H
#define CT_CREDENTIALS_H

#include "request.h"
#include "token_secret.h"

/* Of `Authorization: Bearer T`, `Token T`, `Token user:T`, `Basic` with T as the password (the user
 * is not looked at), and, where `takes_url` and there is no such header, the parameter p. It lies
 * in the request or in `memory`. Empty where there is none: an unknown scheme, broken base64, no
 * colon, more than CT_SECRET_BYTES_MAX bytes, an empty password. */
struct ct_text ct_credentials_secret(const struct ct_request *request, bool takes_url,
                                     char memory[CT_SECRET_BYTES_MAX]);

#endif
