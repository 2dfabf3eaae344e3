#include "series_walk.h"
#include "exact_math.h"

#define SECOND_NS  INT64_C(1000000000)
#define RATE_SCALE 12

void ct_series_walk_init(struct ct_series_walk *walk, const struct ct_plan *plan,
                         const struct ct_plan_output *output, const struct ct_buckets *buckets,
                         const struct ct_sample *samples, size_t count)
{
    *walk = (struct ct_series_walk){
        .output = output,
        .type = plan->fields[output->field].type,
        .buckets = buckets,
        .start_ns = plan->query->start_ns,
        .end_ns = plan->query->end_ns,
        .samples = samples,
        .count = count,
    };
}

static ct_status fail_range(const struct ct_series_walk *walk, struct ct_error *err)
{
    return ct_fail(err, CT_RANGE, "%s of values that do not fit 256 bits",
                   ct_function_name(walk->output->function));
}

/* b - a of times in order, which may lie further apart than int64 reaches. */
static uint64_t distance(int64_t a, int64_t b)
{
    return (uint64_t)b - (uint64_t)a;
}

static bool is_after_gap(const struct ct_series_walk *walk, size_t at)
{
    const int64_t gap_max_ns = walk->output->aggregate->gap_max_ns;
    return gap_max_ns > 0 && distance(walk->samples[at - 1].time_ns, walk->samples[at].time_ns) >
                                 (uint64_t)gap_max_ns;
}

/* -- Increase and rate ------------------------------------------------------------------------ */

/* Whether sample `at` has grown from the one before it within the range. */
static bool has_growth(const struct ct_series_walk *walk, size_t at)
{
    return at > 0 && walk->samples[at].time_ns >= walk->start_ns && !is_after_gap(walk, at);
}

/* A smaller value began from 0. */
static ct_status add_growth(const struct ct_series_walk *walk, size_t at,
                            struct ct_series_step *step, struct ct_error *err)
{
    const struct ct_sample *before = &walk->samples[at - 1];
    const struct ct_sample *here = &walk->samples[at];
    const bool is_reset = ct_sample_compare(walk->type, here, before) < 0;
    if (walk->type == CT_FLOAT64) {
        step->floating += is_reset ? here->float64 : here->float64 - before->float64;
        return CT_OK;
    }
    ct_status status = ct_decimal_sum_add(&step->exact, here->mantissa, here->scale);
    if (status == CT_OK && !is_reset)
        status = ct_decimal_sum_add(&step->exact, -before->mantissa, before->scale);
    return status == CT_OK ? CT_OK : fail_range(walk, err);
}

/* growth x unit / elapsed. */
static ct_status divide_by_time(const struct ct_series_walk *walk, uint64_t elapsed_ns,
                                struct ct_series_step *step, struct ct_error *err)
{
    const struct ct_aggregate *aggregate = walk->output->aggregate;
    const int64_t unit_ns = aggregate->unit_ns ? aggregate->unit_ns : SECOND_NS;
    if (walk->type == CT_FLOAT64) {
        step->floating = step->floating * ((double)unit_ns / (double)elapsed_ns);
        return CT_OK;
    }
    const unsigned scale = aggregate->has_scale ? aggregate->scale : RATE_SCALE;
    ct_status status = ct_exact_multiply(&step->exact, (uint64_t)unit_ns);
    if (status == CT_OK)
        status = ct_exact_divide(&step->exact, elapsed_ns, scale, &step->exact);
    return status == CT_OK ? CT_OK : fail_range(walk, err);
}

/* All that grew within one bucket. */
static ct_status next_growth(struct ct_series_walk *walk, struct ct_series_step *step, bool *found,
                             struct ct_error *err)
{
    while (walk->at < walk->count && !has_growth(walk, walk->at))
        walk->at++;
    *found = walk->at < walk->count;
    if (!*found)
        return CT_OK;
    const struct ct_bucket_span span =
        ct_bucket_span_of(walk->buckets, walk->samples[walk->at].time_ns);
    *step = (struct ct_series_step){.bucket = span.number};
    uint64_t elapsed_ns = 0;
    for (; walk->at < walk->count && walk->samples[walk->at].time_ns <= span.last_ns; walk->at++) {
        if (!has_growth(walk, walk->at))
            continue;
        CT_TRY(add_growth(walk, walk->at, step, err));
        elapsed_ns +=
            distance(walk->samples[walk->at - 1].time_ns, walk->samples[walk->at].time_ns);
    }
    if (walk->output->function == CT_INCREASE)
        return CT_OK;
    if (elapsed_ns == 0) /* all at one moment: no rate */
        return next_growth(walk, step, found, err);
    return divide_by_time(walk, elapsed_ns, step, err);
}

/* -- Integral --------------------------------------------------------------------------------- */

/* Until when sample `at` holds, as far as the range reaches; exclusive. */
static int64_t hold_end(const struct ct_series_walk *walk, size_t at)
{
    const struct ct_sample *sample = &walk->samples[at];
    int64_t end_ns = walk->end_ns;
    if (at + 1 < walk->count)
        end_ns = walk->samples[at + 1].time_ns;
    else if (walk->end_ns == INT64_MAX)
        end_ns = sample->time_ns;
    const int64_t gap_max_ns = walk->output->aggregate->gap_max_ns;
    if (gap_max_ns > 0 && distance(sample->time_ns, end_ns) > (uint64_t)gap_max_ns)
        end_ns = sample->time_ns + gap_max_ns;
    return end_ns;
}

static ct_status hold(const struct ct_series_walk *walk, uint64_t held_ns,
                      struct ct_series_step *step, struct ct_error *err)
{
    const struct ct_sample *sample = &walk->samples[walk->at];
    const int64_t unit_ns = ct_integral_unit_ns(walk->output->aggregate);
    if (walk->type == CT_FLOAT64) {
        step->floating = sample->float64 * ((double)held_ns / (double)unit_ns);
        return CT_OK;
    }
    const struct ct_decimal value = {sample->mantissa, sample->scale};
    return ct_exact_add_product(&step->exact, value, held_ns) == CT_OK ? CT_OK
                                                                       : fail_range(walk, err);
}

static void next_sample(struct ct_series_walk *walk)
{
    walk->at++;
    walk->is_inside = false;
}

/* What one sample holds in one bucket; nothing, but of a sample in the range, is a step too. */
static ct_status next_hold(struct ct_series_walk *walk, struct ct_series_step *step, bool *found,
                           struct ct_error *err)
{
    for (; walk->at < walk->count; next_sample(walk)) {
        const int64_t sample_ns = walk->samples[walk->at].time_ns;
        const int64_t end_ns = hold_end(walk, walk->at);
        const bool is_new = !walk->is_inside;
        if (is_new)
            walk->time_ns = sample_ns > walk->start_ns ? sample_ns : walk->start_ns;
        walk->is_inside = true;
        if (walk->time_ns >= end_ns && !(is_new && sample_ns >= walk->start_ns))
            continue;
        const struct ct_bucket_span span = ct_bucket_span_of(walk->buckets, walk->time_ns);
        *step = (struct ct_series_step){.bucket = span.number};
        *found = true;
        if (walk->time_ns >= end_ns)
            return CT_OK;
        const int64_t stop_ns = span.last_ns >= end_ns ? end_ns : span.last_ns + 1;
        CT_TRY(hold(walk, distance(walk->time_ns, stop_ns), step, err));
        walk->time_ns = stop_ns;
        return CT_OK;
    }
    *found = false;
    return CT_OK;
}

ct_status ct_series_walk_next(struct ct_series_walk *walk, struct ct_series_step *step, bool *found,
                              struct ct_error *err)
{
    return walk->output->function == CT_INTEGRAL ? next_hold(walk, step, found, err)
                                                 : next_growth(walk, step, found, err);
}
