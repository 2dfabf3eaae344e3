/* What a request in line protocol asks for besides its lines: the parameters and headers of
 * InfluxDB's three interfaces, and of our own. Layer http. */
#ifndef CT_LINE_REQUEST_H
#define CT_LINE_REQUEST_H

#include "reply.h"
#include "request.h"

#define CT_REQUEST_KEY_BYTES_MAX 255 /* of Idempotency-Key */

struct ct_line_request {
    uint32_t precision;      /* enum centime_precision */
    uint8_t all_or_nothing;  /* as centime_write_options has it */
    bool is_verbose;         /* 200 and what was done, in place of 204 */
    const char *request_key; /* Idempotency-Key; NULL: none */
};

/* Defaults as the route's flavour has them. False: something makes no sense, and the reply says
 * what. */
bool ct_line_request_read(const struct ct_request *request, struct ct_line_request *out,
                          struct ct_reply *reply);

/* accept_partial, as parameter or X-Centime-Accept-Partial: all_or_nothing is set where it is
 * given. False: the reply tells what is wrong. */
bool ct_accept_partial_read(const struct ct_request *request, uint8_t *all_or_nothing,
                            struct ct_reply *reply);
/* Idempotency-Key; NULL where there is none. False: the reply tells what is wrong. */
bool ct_request_key_read(const struct ct_request *request, const char **key,
                         struct ct_reply *reply);

/* n, ns, u, us, µs, ms, s, m, h, the words of InfluxDB 3 and its auto. False for anything else. */
bool ct_line_precision(struct ct_text name, uint32_t *out);

#endif
