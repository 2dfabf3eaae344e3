/* Prometheus remote write 1.0 to rows. Layer http; for handle_remote_write.c.
 *
 *   label __name__    table
 *   other labels      tags
 *   sample            `value`, a float64, and its time, from milliseconds
 *
 * Staleness markers, which say that a series has ended, are passed over. */
#ifndef CT_REMOTE_WRITE_H
#define CT_REMOTE_WRITE_H

#include "alloc.h"
#include "metric_rows.h"

/* One request. */
struct ct_remote_write {
    struct ct_metric_rows rows;
    const struct ct_allocator *allocator;
    struct ct_text body; /* unpacked: WriteRequest */
    uint64_t stale;      /* markers passed over */
};

/* For ct_metric_write; context is the struct above. CT_PARSE, CT_LIMIT, CT_NO_MEMORY. */
ct_status ct_remote_write_read(void *context, struct ct_error *err) CT_MUST_USE;

#endif
