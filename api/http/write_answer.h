/* What a request in line protocol is answered, in the words that clients of InfluxDB's three
 * interfaces look for. Layer http.
 *
 * Invariant: "partial write" and "unable to parse", at which clients give a batch up, are never
 * said with a 5xx. */
#ifndef CT_WRITE_ANSWER_H
#define CT_WRITE_ANSWER_H

#include "line_request.h"
#include "text_out.h"

/* status: what the library's call returned, with result and err. */
void ct_write_answer(const struct ct_request *request, const struct ct_line_request *asked,
                     int status, const centime_write_result *result, const centime_error *err,
                     struct ct_reply *reply);

/* X-Centime-Overwritten-Money and Idempotency-Replayed, where they have something to say. */
void ct_write_headers(const struct ct_request *request, const centime_write_result *result,
                      struct ct_reply *reply);
/* "accepted":3,"rejected":0,...: what a write did, as members of an object. */
void ct_write_counts(const centime_write_result *result, struct ct_text_out *out);
/* A write that failed as a whole; request_key NULL: none was given. */
void ct_write_failure(const struct ct_request *request, const char *request_key,
                      const centime_error *err, struct ct_reply *reply);

#endif
