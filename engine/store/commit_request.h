/* A commit on its way into the log. Private to store: commit.c makes requests, commit_queue.c
 * brings them home. */
#ifndef CT_COMMIT_REQUEST_H
#define CT_COMMIT_REQUEST_H

#include "state.h"

enum ct_request_kind { CT_REQUEST_ROWS, CT_REQUEST_DELETE, CT_REQUEST_DEFINITIONS };

struct ct_commit_request {
    struct ct_commit_request *next;
    enum ct_request_kind kind;
    struct ct_byte_buffer payload;
    struct ct_row_block *blocks; /* rows: what becomes visible, one for each table */
    size_t block_count;
    struct ct_row_column *columns;  /* of all blocks */
    struct ct_tombstone *tombstone; /* delete */
    struct ct_request_taken *key;   /* rows: NULL: none */
    uint64_t commit;
    struct ct_overwrite_counts overwritten;
    bool is_done;
    ct_status status;
    struct ct_error error;
};

/* Queues the request and returns once it is durable and visible, or has failed; by this thread or
 * another. */
ct_status ct_store_submit(struct ct_store *store, struct ct_commit_request *request,
                          struct ct_error *err) CT_MUST_USE;

#endif
