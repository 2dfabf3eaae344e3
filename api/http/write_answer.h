/* What a request in line protocol is answered, in the words that clients of InfluxDB's three
 * interfaces look for. Layer http.
 *
 * Invariant: "partial write" and "unable to parse", at which clients give a batch up, are never
 * said with a 5xx. */
#ifndef CT_WRITE_ANSWER_H
#define CT_WRITE_ANSWER_H

#include "line_request.h"

/* status: what the library's call returned, with result and err. */
void ct_write_answer(const struct ct_request *request, const struct ct_line_request *asked,
                     int status, const centime_write_result *result, const centime_error *err,
                     struct ct_reply *reply);

#endif
