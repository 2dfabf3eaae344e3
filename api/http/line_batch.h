/* Lines that came without HTTP, on their way into the store: texts read into one writer and
 * committed together. Layer http. */
#ifndef CT_LINE_BATCH_H
#define CT_LINE_BATCH_H

#include "centime.h"
#include "meters.h"
#include "text.h"

struct ct_server;

/* What was done with a batch. */
struct ct_line_outcome {
    centime_write_result counts; /* rejects: at most the first */
    centime_reject first_reject;
    size_t text_of_reject; /* which text it is in */
    size_t consumed;       /* of the last text */
    int status;            /* enum centime_status; rejected lines are no failure */
    centime_error err;
};

/* Commits the lines of the texts: the good ones, whatever stands beside them. Without is_final the
 * last text may end in half a line, which stays where `consumed` says. On failure nothing is
 * written. Counts into the meters. Precision and database are the configuration's. */
void ct_line_batch_write(struct ct_server *server, enum ct_write_path path,
                         const struct ct_text *texts, size_t count, bool is_final,
                         struct ct_line_outcome *out);

#endif
