/* Samples of series: collected in pieces, handed out series by series in the order of time. Layer
 * query, for its own files only. Confined to one thread. */
#ifndef CT_SAMPLES_H
#define CT_SAMPLES_H

#include "alloc.h"
#include "status.h"
#include "value.h"

struct ct_sample {
    union {
        ct_int128 mantissa; /* integers too */
        double float64;
    };
    int64_t time_ns;
    uint8_t scale;
};

/* Samples that came together. */
struct ct_sample_run {
    uint32_t series, group, currency;
    size_t first, count;
};

struct ct_samples {
    const struct ct_allocator *allocator;
    enum ct_type type;
    struct ct_sample *samples;
    size_t count, cap;
    struct ct_sample_run *runs;
    size_t run_count, run_cap;
    struct ct_sample *ordered; /* of one series */
    size_t ordered_cap;
    size_t next_run;
};

void ct_samples_init(struct ct_samples *samples, const struct ct_allocator *allocator,
                     enum ct_type type);
void ct_samples_deinit(struct ct_samples *samples);

/* The present values among [from, from + count): of the run's series, group and currency. */
ct_status ct_samples_add(struct ct_samples *samples, const struct ct_sample_run *run,
                         const struct ct_vector *vector, const int64_t *times_ns, uint32_t from,
                         uint32_t count, struct ct_error *err) CT_MUST_USE;

/* After the last was added: brings runs of one series together. */
ct_status ct_samples_finish(struct ct_samples *samples, struct ct_error *err) CT_MUST_USE;

/* The next series, by its number; its samples by time, and at one time by value. *count is 0 at the
 * end. Borrowed until the next call; run gets series, group and currency. */
ct_status ct_samples_next(struct ct_samples *samples, struct ct_sample_run *run,
                          const struct ct_sample **out, size_t *count,
                          struct ct_error *err) CT_MUST_USE;

/* As numbers of the type. */
int ct_sample_compare(enum ct_type type, const struct ct_sample *a, const struct ct_sample *b);

#endif
