/* What a request to /query asks, read and checked. Layer http. */
#ifndef CT_INFLUX_QUESTION_H
#define CT_INFLUX_QUESTION_H

#include "json_read.h"
#include "request.h"
#include "server_private.h"

struct ct_influx_question {
    struct ct_text text; /* the statements */
    centime_influx_options options;
    bool is_csv;
    struct ct_json json; /* what the options' parameters point to */
};

/* Out of parameters (of URL, form or file), headers and the principal's grants; borrows from the
 * request. Unknown words of `pretty`, `chunked` and `chunk_size` are as none, as in InfluxDB. Also
 * after a failure *out says in which form it is to be told, and is released.
 * CT_INVALID, CT_PARSE, CT_TYPE, CT_RANGE, CT_LIMIT: told for the client; CT_NO_MEMORY. */
ct_status ct_influx_question_read(const struct ct_server *server, struct ct_request *request,
                                  struct ct_influx_question *out, struct ct_error *err) CT_MUST_USE;
void ct_influx_question_release(struct ct_influx_question *question);

#endif
