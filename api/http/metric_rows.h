/* Measured points, whichever protocol they came by, to rows of one commit. Layer http; for OTLP and
 * Prometheus.
 *
 * Invariant: a point that cannot be stored is counted and the first reason kept; it never costs a
 * point that can. What ends the whole request (memory, too many points, the store) is an error, and
 * nothing of the request is stored then. */
#ifndef CT_METRIC_ROWS_H
#define CT_METRIC_ROWS_H

#include "centime.h"
#include "status.h"
#include "text.h"

#define CT_METRIC_TAGS_MAX   128 /* what a row takes */
#define CT_METRIC_VALUES_MAX 640
#define CT_METRIC_POINTS_MAX 4000000 /* of a request */

struct ct_metric_value {
    const char *field;
    bool is_whole; /* `whole`, else `real` */
    int64_t whole;
    double real;
};

struct ct_metric_point {
    struct ct_text table; /* of the metric's name; a zero byte follows it */
    const centime_row_tag *tags;
    uint32_t tag_count; /* more than CT_METRIC_TAGS_MAX: rejected */
    const struct ct_metric_value *values;
    uint32_t value_count; /* at most CT_METRIC_VALUES_MAX */
    int64_t time_ns;
};

struct ct_metric_rows {
    centime_writer *writer;
    uint64_t points; /* met, whatever became of them */
    uint64_t rejected;
    char reason[320]; /* of the first rejected: UTF-8, no control bytes */
};

/* Counts a point and adds its row. *is_stored (NULL: not wanted) is false where it was rejected. A
 * real number without a fraction becomes whole where its field holds whole ones. Errors: CT_LIMIT
 * (of the request), CT_NO_MEMORY. */
ct_status ct_metric_add(struct ct_metric_rows *rows, const struct ct_metric_point *point,
                        bool *is_stored, struct ct_error *err) CT_MUST_USE;

/* A row besides: no point of the sender's is counted. Errors as before; what cannot be stored is
 * left out. */
ct_status ct_metric_add_besides(struct ct_metric_rows *rows, const struct ct_metric_point *point,
                                struct ct_error *err) CT_MUST_USE;

/* Counts points that cannot become rows at all. */
void ct_metric_reject(struct ct_metric_rows *rows, struct ct_text table, uint64_t points,
                      const char *why);

/* Has `read` put a request's points into the batch and commits it; again, where definitions changed
 * meanwhile. *result may be NULL. Errors: those of `read`, of the commit; the batch is empty then.
 */
ct_status ct_metric_write(struct ct_metric_rows *rows,
                          ct_status (*read)(void *context, struct ct_error *err), void *context,
                          centime_write_result *result, struct ct_error *err) CT_MUST_USE;

#endif
