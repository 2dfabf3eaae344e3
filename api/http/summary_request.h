/* Parameters that summaries and answers of ours have in common. Layer http. Each is false where the
 * reply tells what is wrong. */
#ifndef CT_SUMMARY_REQUEST_H
#define CT_SUMMARY_REQUEST_H

#include "time_words.h"

/* money=string or money=number, which is the default. */
bool ct_money_parameter(const struct ct_request *request, bool *is_quoted, struct ct_reply *reply);

/* A whole number from 1 on; *out untouched where it is not given. */
bool ct_count_parameter(const struct ct_request *request, const char *name, uint32_t max,
                        uint32_t *out, struct ct_reply *reply);

/* end=, itself included; *end_ns is untouched where it is not given. 1970 is 1 ns later, for 0 is
 * the present. */
bool ct_end_parameter(const struct ct_request *request, int64_t *end_ns, struct ct_reply *reply);

/* end= and money=. */
bool ct_summary_options_read(const struct ct_request *request, centime_summary_options *out,
                             struct ct_reply *reply);

#endif
