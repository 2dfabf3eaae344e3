/* Is a head one that every reader of HTTP/1.1 reads alike? Layer http.
 *
 * Proxies and servers that disagree on where a request ends let one client speak in another's name.
 * What could be read in two ways is refused, and the connection closed. */
#ifndef CT_FRAMING_H
#define CT_FRAMING_H

#include "request.h"

#define CT_FRAMING_UNKNOWN UINT64_MAX

struct ct_framing {
    uint64_t body_len; /* 0: none; CT_FRAMING_UNKNOWN: chunked */
    unsigned status;   /* 0: fine; 400, 501, 505 */
    const char *fault; /* static: what is wrong */
};

/* Content-Length with Transfer-Encoding, or twice, or not digits alone; a transfer coding other
 * than chunked; no or two Host headers in 1.1; names that are no tokens; control bytes in values.
 */
struct ct_framing ct_framing_check(const char *version, const struct ct_named_text *headers,
                                   size_t header_count);

#endif
