/* The bytes of a request's body: taken in pieces, unpacked, and limited while they come. Layer
 * http.
 *
 * Encodings: identity, gzip, x-gzip, deflate, zstd, snappy (Prometheus' block format). Invariant:
 * never more than the limits are held, whatever a length says; a declared size is checked before
 * anything is allocated. */
#ifndef CT_BODY_H
#define CT_BODY_H

#include "alloc.h"
#include "status.h"
#include "text.h"

#include <stdint.h>

struct ct_body_limits {
    size_t packed_bytes_max; /* as received */
    size_t unpacked_bytes_max;
    size_t ratio_max;           /* unpacked : packed, asked for past the first MiB unpacked */
    _Atomic size_t *held_bytes; /* of all bodies at once; NULL: not counted */
    size_t held_bytes_max;
};

enum ct_body_fault {
    CT_BODY_FINE = 0,
    CT_BODY_TOO_LARGE, /* 413 */
    CT_BODY_RATIO,     /* 413 */
    CT_BODY_ENCODING,  /* 415: not known */
    CT_BODY_DAMAGED,   /* 400: not what the encoding says, or cut off */
    CT_BODY_OVERLOAD,  /* 503: bodies of all requests together */
    CT_BODY_NO_MEMORY  /* 503 */
};

struct ct_body;

/* encoding: value of Content-Encoding, {NULL, 0} for none. declared_len: of Content-Length,
 * UINT64_MAX where unknown: too long a one fails at once. NULL only with *fault set. */
struct ct_body *ct_body_create(const struct ct_allocator *allocator,
                               const struct ct_body_limits *limits, struct ct_text encoding,
                               uint64_t declared_len, enum ct_body_fault *fault);
enum ct_body_fault ct_body_add(struct ct_body *body, struct ct_text piece);
/* *out lives until the body is destroyed; a zero byte follows it. */
enum ct_body_fault ct_body_end(struct ct_body *body, struct ct_text *out);
void ct_body_destroy(struct ct_body *body);

#endif
