/* Results as bytes, in the format that a request asks for. Layer http. */
#ifndef CT_ANSWER_FORMAT_H
#define CT_ANSWER_FORMAT_H

#include "reply.h"

struct ct_answer_format {
    int format; /* enum centime_format */
    bool is_given;
    bool is_quoted; /* decimals as text */
};

/* "json", "columns", "csv", "ndjson", "arrow"; false for anything else. */
bool ct_answer_format_named(struct ct_text name, int *format);

/* Where `format` is not given yet: the parameter format, else the first type of Accept that is
 * known, else JSON; money=string. False: the reply tells. */
bool ct_answer_format_read(const struct ct_request *request, struct ct_answer_format *out,
                           struct ct_reply *reply);

/* 200 with the result, and headers about it; the result is not kept. */
void ct_answer_result(const struct ct_request *request, const centime_result *result,
                      const struct ct_answer_format *format, struct ct_reply *reply);

#endif
