/* Secrets of tokens: made of the system's random bytes, kept as SHA-256, compared in constant time.
 * nettle behind one file. Layer http. */
#ifndef CT_TOKEN_SECRET_H
#define CT_TOKEN_SECRET_H

#include "status.h"
#include "text.h"

#define CT_TOKEN_TEXT_BYTES 47 /* "ct_", 43 letters and digits, a zero byte */
#define CT_TOKEN_HASH_BYTES 32
#define CT_TOKEN_LAST_BYTES 5   /* its last four, and a zero byte */
#define CT_SECRET_BYTES_MAX 256 /* of what is sent as one */

/* A new secret of 256 bits. CT_IO: the system has no random bytes. */
ct_status ct_token_secret_make(char text[CT_TOKEN_TEXT_BYTES], struct ct_error *err) CT_MUST_USE;

void ct_token_secret_hash(struct ct_text secret, uint8_t hash[CT_TOKEN_HASH_BYTES]);

/* Takes as long whether they differ at the first byte or at the last. */
bool ct_token_hash_equal(const uint8_t a[CT_TOKEN_HASH_BYTES],
                         const uint8_t b[CT_TOKEN_HASH_BYTES]);

/* CT_IO where the system has none. */
ct_status ct_random_bytes(void *out, size_t size_bytes, struct ct_error *err) CT_MUST_USE;

#endif
