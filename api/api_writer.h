/* A writer, for the files that write. Private to api. */
#ifndef CENTIME_API_WRITER_H
#define CENTIME_API_WRITER_H

#include "api_private.h"
#include "line_protocol.h"

struct centime_writer {
    centime_store *store;
    struct ct_intake *intake;
    struct ct_line_parser *parser;
    struct ct_reject_list rejects; /* of the piece being read */
};

/* One call of centime_writer_lines. */
struct writing {
    centime_writer *writer;
    const char *text;
    size_t len;
    bool all_or_nothing;
    struct ct_line_options line_options;
    uint64_t lines_before; /* of the text, before the piece being read */
    centime_write_result result;
    struct ct_commit_result commit; /* of all pieces */
    struct ct_error first_reject;
};

/* Forgets what the intake holds. */
void api_writer_reset(centime_writer *writer);

/* Commits what the intake holds and adds to the counts; the intake is empty then. CT_STALE: to be
 * reset and filled again. */
ct_status api_writer_commit(centime_writer *writer, struct ct_commit_result *total,
                            struct ct_error *err) CT_MUST_USE;

/* All but what the caller set. */
void api_clear_counts(centime_write_result *result);

#endif
