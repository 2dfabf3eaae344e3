#include "samples.h"
#include "cells.h"

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for the samples of series");
}

void ct_samples_init(struct ct_samples *samples, const struct ct_allocator *allocator,
                     enum ct_type type)
{
    *samples = (struct ct_samples){.allocator = allocator, .type = type};
}

void ct_samples_deinit(struct ct_samples *samples)
{
    if (!samples->allocator)
        return;
    ct_release(samples->allocator, samples->samples);
    ct_release(samples->allocator, samples->runs);
    ct_release(samples->allocator, samples->ordered);
    *samples = (struct ct_samples){0};
}

static struct ct_sample sample_of(const struct ct_vector *vector, uint32_t i, int64_t time_ns)
{
    const struct ct_value value = ct_vector_value(vector, i);
    struct ct_sample sample = {.time_ns = time_ns};
    if (value.type == CT_FLOAT64) {
        sample.float64 = value.float64;
    } else if (value.type == CT_DECIMAL) {
        sample.mantissa = value.decimal.mantissa;
        sample.scale = value.decimal.scale;
    } else {
        sample.mantissa = value.type == CT_UINT64 ? (ct_int128)value.uint64 : value.int64;
    }
    return sample;
}

ct_status ct_samples_add(struct ct_samples *samples, const struct ct_sample_run *run,
                         const struct ct_vector *vector, const int64_t *times_ns, uint32_t from,
                         uint32_t count, struct ct_error *err)
{
    const struct ct_allocator *allocator = samples->allocator;
    if (!ct_grow(allocator, &samples->samples, &samples->cap, samples->count + count,
                 sizeof *samples->samples) ||
        !ct_grow(allocator, &samples->runs, &samples->run_cap, samples->run_count + 1,
                 sizeof *samples->runs))
        return no_memory(err);
    const size_t first = samples->count;
    for (uint32_t i = from; i < from + count; i++)
        if (!vector->present || vector->present[i])
            samples->samples[samples->count++] = sample_of(vector, i, times_ns[i]);
    if (samples->count == first)
        return CT_OK;
    struct ct_sample_run *added = &samples->runs[samples->run_count++];
    *added = *run;
    added->first = first;
    added->count = samples->count - first;
    return CT_OK;
}

/* -- Order ------------------------------------------------------------------------------------ */

int ct_sample_compare(enum ct_type type, const struct ct_sample *a, const struct ct_sample *b)
{
    if (type == CT_FLOAT64)
        return (a->float64 > b->float64) - (a->float64 < b->float64);
    if (a->scale == b->scale)
        return (a->mantissa > b->mantissa) - (a->mantissa < b->mantissa);
    return ct_decimal_compare((struct ct_decimal){a->mantissa, a->scale},
                              (struct ct_decimal){b->mantissa, b->scale});
}

static bool is_run_before(const struct ct_samples *samples, const struct ct_sample_run *a,
                          const struct ct_sample_run *b)
{
    if (a->series != b->series)
        return a->series < b->series;
    return samples->samples[a->first].time_ns < samples->samples[b->first].time_ns;
}

static bool is_sample_before(const struct ct_samples *samples, const struct ct_sample *a,
                             const struct ct_sample *b)
{
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns;
    return ct_sample_compare(samples->type, a, b) < 0;
}

/* Merge sort from the bottom, stable; `array` may end up in `scratch`, which is then returned. */
#define DEFINE_SORT(name, element, is_before)                                                      \
    static element *name(const struct ct_samples *samples, element *array, size_t count,           \
                         element *scratch)                                                         \
    {                                                                                              \
        for (size_t width = 1; width < count; width *= 2) {                                        \
            for (size_t at = 0; at < count; at += 2 * width) {                                     \
                const size_t middle = at + width < count ? at + width : count;                     \
                const size_t end = at + 2 * width < count ? at + 2 * width : count;                \
                size_t left = at, right = middle;                                                  \
                for (size_t out = at; out < end; out++) {                                          \
                    const bool takes_right =                                                       \
                        left == middle ||                                                          \
                        (right < end && is_before(samples, &array[right], &array[left]));          \
                    scratch[out] = takes_right ? array[right++] : array[left++];                   \
                }                                                                                  \
            }                                                                                      \
            element *swap = array;                                                                 \
            array = scratch;                                                                       \
            scratch = swap;                                                                        \
        }                                                                                          \
        return array;                                                                              \
    }

DEFINE_SORT(sort_runs, struct ct_sample_run, is_run_before)
DEFINE_SORT(sort_samples, struct ct_sample, is_sample_before)

ct_status ct_samples_finish(struct ct_samples *samples, struct ct_error *err)
{
    const size_t count = samples->run_count;
    struct ct_sample_run *scratch = ct_alloc_zeroed(samples->allocator, count + 1, sizeof *scratch);
    if (!scratch)
        return no_memory(err);
    struct ct_sample_run *sorted = sort_runs(samples, samples->runs, count, scratch);
    if (sorted == scratch) {
        scratch = samples->runs;
        samples->runs = sorted;
    }
    ct_release(samples->allocator, scratch);
    return CT_OK;
}

static bool is_ordered(const struct ct_samples *samples, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (is_sample_before(samples, &samples->ordered[i], &samples->ordered[i - 1]))
            return false;
    return true;
}

/* Room for the samples twice: sorting goes to and fro. */
static ct_status copy_series(struct ct_samples *samples, size_t end_run, size_t count,
                             struct ct_error *err)
{
    if (!ct_grow(samples->allocator, &samples->ordered, &samples->ordered_cap, 2 * count,
                 sizeof *samples->ordered))
        return no_memory(err);
    size_t at = 0;
    for (; samples->next_run < end_run; samples->next_run++) {
        const struct ct_sample_run *run = &samples->runs[samples->next_run];
        memcpy(samples->ordered + at, samples->samples + run->first,
               run->count * sizeof *samples->ordered);
        at += run->count;
    }
    return CT_OK;
}

ct_status ct_samples_next(struct ct_samples *samples, struct ct_sample_run *run,
                          const struct ct_sample **out, size_t *count, struct ct_error *err)
{
    *count = 0;
    if (samples->next_run == samples->run_count)
        return CT_OK;
    *run = samples->runs[samples->next_run];
    size_t end_run = samples->next_run;
    size_t total = 0;
    for (; end_run < samples->run_count && samples->runs[end_run].series == run->series; end_run++)
        total += samples->runs[end_run].count;
    CT_TRY(copy_series(samples, end_run, total, err));
    *out = samples->ordered;
    if (!is_ordered(samples, total))
        *out = sort_samples(samples, samples->ordered, total, samples->ordered + total);
    *count = total;
    return CT_OK;
}
