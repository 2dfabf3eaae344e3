/* OTLP's data points to rows. Layer http; for otlp_protobuf.c and otlp_json.c, which read them.
 *
 *   metric name           table, dots kept
 *   point attributes      tags, texts as they are, other values as text
 *   resource attributes   tags: those of a list, where the point has none of that name
 *   gauge, sum            `value`, an int64 or a float64 as it was sent
 *   histogram (both)      `count`, `sum`, `min`, `max`; `bucket_<bound>` when asked for
 *   summary               `count`, `sum`; `quantile_<q>` when asked for
 *
 * A delta adds up as it is: SUM. A cumulative counter is stored as it was sent, and INCREASE tells
 * what it grew by: exact, whatever is sent twice, late or lost between. A row of 0 stands at the
 * time at which it began, so that the first report counts in full and a restart is seen even where
 * the counter has passed its old value. */
#ifndef CT_OTLP_ROWS_H
#define CT_OTLP_ROWS_H

#include "arena.h"
#include "counter_starts.h"
#include "metric_rows.h"

#define CT_OTLP_BUCKETS_MAX 512

struct ct_otlp_tags {
    centime_row_tag items[CT_METRIC_TAGS_MAX + 1];
    uint32_t count; /* CT_METRIC_TAGS_MAX + 1: too many */
};

/* One request. */
struct ct_otlp {
    struct ct_metric_rows rows;
    const struct ct_allocator *allocator;
    struct ct_counter_starts *known_starts; /* NULL: none */
    const char *database;
    struct ct_text resource_tags;    /* more of them: "host.name,process.*" */
    bool has_buckets;                /* stores buckets and quantiles too */
    struct ct_counter_start *starts; /* whose rows are in the batch */
    size_t start_count, start_cap;
};

enum ct_otlp_kind {
    CT_OTLP_GAUGE = 0,
    CT_OTLP_SUM,
    CT_OTLP_HISTOGRAM,
    CT_OTLP_EXPONENTIAL,
    CT_OTLP_SUMMARY
};

struct ct_otlp_metric {
    struct ct_text name; /* a zero byte follows it */
    enum ct_otlp_kind kind;
    bool is_cumulative;
    bool is_monotonic;
    const struct ct_otlp_tags *resource;
};

enum ct_otlp_number { CT_OTLP_NONE = 0, CT_OTLP_WHOLE, CT_OTLP_REAL };

struct ct_otlp_point {
    struct ct_otlp_tags tags; /* the point's own */
    uint64_t start_ns, time_ns;
    uint32_t flags;
    enum ct_otlp_number number; /* of gauge and sum */
    int64_t whole;
    double real;
    uint64_t count; /* of the others */
    bool has_sum, has_min, has_max;
    double sum, min, max;
    const uint64_t *bucket_counts;
    const double *bounds; /* of buckets; of a summary the quantiles */
    const double *quantile_values;
    size_t bucket_count, bound_count;
};

/* No attributes, nothing measured. */
void ct_otlp_point_clear(struct ct_otlp_point *point);

/* Adds a tag; nothing where the value is empty or the name is there already. */
void ct_otlp_tag(struct ct_otlp_tags *tags, struct ct_text key, struct ct_text value);

/* Does a resource attribute become a tag? */
bool ct_otlp_is_chosen(const struct ct_otlp *otlp, struct ct_text key);

/* Texts and arrays live until the next point; `arena` is for what is made of them. Errors: as
 * ct_metric_add. */
ct_status ct_otlp_add(struct ct_otlp *otlp, const struct ct_otlp_metric *metric,
                      const struct ct_otlp_point *point, struct ct_arena *arena,
                      struct ct_error *err) CT_MUST_USE;

/* Reads a request's body into otlp->rows. CT_PARSE, CT_TYPE, CT_LIMIT, CT_NO_MEMORY: nothing of it
 * is to be stored. */
ct_status ct_otlp_read_protobuf(struct ct_otlp *otlp, struct ct_text body,
                                struct ct_error *err) CT_MUST_USE;
ct_status ct_otlp_read_json(struct ct_otlp *otlp, struct ct_text body,
                            struct ct_error *err) CT_MUST_USE;

#endif
