#include "series_scan.h"
#include "codec.h"
#include "row_filter.h"
#include "series_walk.h"

#define STEPS_PER_CHECK 1024

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for a scan of series");
}

static bool is_of_series(const struct ct_plan_output *output)
{
    return output->function == CT_INCREASE || output->function == CT_RATE ||
           output->function == CT_INTEGRAL;
}

/* The longest that a sample before the range may reach into it. */
static int64_t start_of(const struct ct_plan *plan)
{
    int64_t reach_ns = 0;
    for (uint32_t i = 0; i < plan->query->aggregate_count; i++)
        if (is_of_series(&plan->outputs[i]) && plan->outputs[i].aggregate->gap_max_ns > reach_ns)
            reach_ns = plan->outputs[i].aggregate->gap_max_ns;
    int64_t start_ns;
    if (__builtin_sub_overflow(plan->query->start_ns, reach_ns, &start_ns))
        return INT64_MIN;
    return start_ns;
}

ct_status ct_series_scan_init(struct ct_series_scan *scan, struct ct_work *base,
                              struct ct_snapshot *snapshot, struct ct_error *err)
{
    *scan = (struct ct_series_scan){0};
    const struct ct_plan *plan = base->plan;
    if (!plan->needs_series)
        return CT_OK;
    CT_TRY(ct_work_init_rows(&scan->rows, base, snapshot, start_of(plan), err));
    scan->outputs =
        ct_alloc_zeroed(plan->allocator, plan->query->aggregate_count, sizeof *scan->outputs);
    scan->base = base;
    if (scan->outputs)
        return CT_OK;
    ct_series_scan_deinit(scan);
    return no_memory(err);
}

void ct_series_scan_deinit(struct ct_series_scan *scan)
{
    if (!scan->base)
        return;
    const struct ct_plan *plan = scan->base->plan;
    for (uint32_t i = 0; scan->outputs && i < plan->query->aggregate_count; i++)
        ct_release(plan->allocator, scan->outputs[i].sums);
    ct_release(plan->allocator, scan->outputs);
    ct_work_deinit(&scan->rows);
    *scan = (struct ct_series_scan){0};
}

const struct ct_series_sum *ct_series_sum_of(const struct ct_series_scan *scan, uint32_t output,
                                             uint32_t cell)
{
    const struct ct_series_output *sums = &scan->outputs[output];
    return cell < sums->sum_cap && sums->sums[cell].count ? &sums->sums[cell] : NULL;
}

/* -- Collecting one field --------------------------------------------------------------------- */

struct collect {
    const struct ct_work *work;
    const struct ct_work_source *source;
    struct ct_cursor *cursor;
    struct ct_row_filter *filter;
    uint32_t field;
    struct ct_samples *samples;
};

static ct_status collect_block(const struct collect *collect, const struct ct_block *block,
                               struct ct_error *err)
{
    const struct ct_work_source *source = collect->source;
    const int64_t *times_ns;
    const uint32_t *series;
    struct ct_vector vector;
    CT_TRY(ct_source_series(source->source, &series, err));
    CT_TRY(ct_cursor_times(collect->cursor, &times_ns, err));
    CT_TRY(ct_cursor_column(collect->cursor, collect->field, &vector, err));
    for (uint32_t i = 0; i < block->run_count; i++) {
        const struct ct_run *run = &block->runs[i];
        const struct ct_sample_run sample_run = {
            .series = series[run->position],
            .group = source->groups ? source->groups[run->position] : 0,
            .currency = source->currencies ? source->currencies[run->position] : 0,
        };
        CT_TRY(ct_samples_add(collect->samples, &sample_run, &vector, times_ns, run->first_row,
                              run->row_count, err));
    }
    return CT_OK;
}

static ct_status collect_blocks(const struct collect *collect, struct ct_error *err)
{
    for (;;) {
        struct ct_block block;
        bool found = false;
        CT_TRY(ct_work_check(collect->work, err));
        CT_TRY(ct_cursor_next(collect->cursor, &block, &found, err));
        if (!found)
            return CT_OK;
        CT_TRY(ct_row_filter_apply(collect->filter, collect->source, collect->cursor, &block, err));
        if (block.run_count)
            CT_TRY(collect_block(collect, &block, err));
    }
}

static ct_status collect_field(const struct ct_series_scan *scan, struct ct_row_filter *filter,
                               uint32_t field, struct ct_samples *samples, struct ct_error *err)
{
    const struct ct_work *work = &scan->rows;
    for (size_t i = 0; i < work->task_count; i++) {
        struct collect collect = {
            .work = work,
            .source = &work->sources[work->tasks[i].source],
            .filter = filter,
            .field = field,
            .samples = samples,
        };
        CT_TRY(ct_work_cursor(work, &work->tasks[i], &collect.cursor, err));
        const ct_status status = collect_blocks(&collect, err);
        ct_cursor_close(collect.cursor);
        CT_TRY(status);
    }
    return ct_samples_finish(samples, err);
}

/* -- Adding up -------------------------------------------------------------------------------- */

/* The sum of a cell, made where there is none yet. */
static ct_status sum_at(const struct ct_series_scan *scan, uint32_t output, uint32_t cell,
                        struct ct_series_sum **out, struct ct_error *err)
{
    struct ct_series_output *sums = &scan->outputs[output];
    const size_t before = sums->sum_cap;
    if (!ct_grow(scan->base->plan->allocator, &sums->sums, &sums->sum_cap, (size_t)cell + 1,
                 sizeof *sums->sums))
        return no_memory(err);
    if (sums->sum_cap > before)
        memset(sums->sums + before, 0, (sums->sum_cap - before) * sizeof *sums->sums);
    *out = &sums->sums[cell];
    return CT_OK;
}

static ct_status add_step(const struct ct_series_scan *scan, struct ct_cells *cells,
                          uint32_t output, uint32_t group, const struct ct_series_step *step,
                          struct ct_error *err)
{
    uint32_t cell;
    struct ct_series_sum *sum = NULL;
    CT_TRY(ct_cells_find(cells, group, step->bucket, &cell, err));
    CT_TRY(sum_at(scan, output, cell, &sum, err));
    sum->count++;
    sum->floating += step->floating;
    return ct_cell_add_sum(&sum->exact, &step->exact, err);
}

static ct_status walk_series(const struct ct_series_scan *scan, struct ct_worker *worker,
                             uint32_t output, const struct ct_sample_run *run,
                             const struct ct_sample *samples, size_t count, struct ct_error *err)
{
    const struct ct_plan *plan = scan->base->plan;
    struct ct_series_walk walk;
    struct ct_series_step step;
    ct_series_walk_init(&walk, plan, &plan->outputs[output], &scan->base->buckets, samples, count);
    for (uint64_t steps = 0;; steps++) {
        bool found = false;
        if (steps % STEPS_PER_CHECK == 0)
            CT_TRY(ct_work_check(scan->base, err));
        CT_TRY(ct_series_walk_next(&walk, &step, &found, err));
        if (!found)
            return CT_OK;
        CT_TRY(add_step(scan, &worker->cells, output, run->group, &step, err));
    }
}

static void see_currency(const struct ct_series_scan *scan, struct ct_worker *worker,
                         const struct ct_sample_run *run, uint32_t field)
{
    if (!worker->currency_seen || !scan->base->plan->fields[field].is_amount)
        return;
    const uint32_t code = run->currency ? run->currency : scan->base->missing_currency;
    if (code < worker->currency_end)
        worker->currency_seen[code] = 1;
}

static ct_status walk_field(const struct ct_series_scan *scan, struct ct_worker *worker,
                            uint32_t field, struct ct_samples *samples, struct ct_error *err)
{
    const struct ct_plan *plan = scan->base->plan;
    for (;;) {
        struct ct_sample_run run = {0};
        const struct ct_sample *ordered = NULL;
        size_t count = 0;
        CT_TRY(ct_samples_next(samples, &run, &ordered, &count, err));
        if (count == 0)
            return CT_OK;
        see_currency(scan, worker, &run, field);
        for (uint32_t i = 0; i < plan->query->aggregate_count; i++)
            if (is_of_series(&plan->outputs[i]) && plan->outputs[i].field == field)
                CT_TRY(walk_series(scan, worker, i, &run, ordered, count, err));
    }
}

ct_status ct_series_scan_run(struct ct_series_scan *scan, struct ct_worker *worker,
                             struct ct_error *err)
{
    if (!scan->base)
        return CT_OK;
    const struct ct_plan *plan = scan->base->plan;
    struct ct_row_filter filter;
    CT_TRY(ct_row_filter_init(&filter, &scan->rows, err));
    ct_status status = CT_OK;
    for (uint32_t i = 0; status == CT_OK && i < plan->field_count; i++) {
        if (!(plan->fields[i].needs & CT_NEED_SERIES))
            continue;
        struct ct_samples samples;
        ct_samples_init(&samples, plan->allocator, plan->fields[i].type);
        status = collect_field(scan, &filter, i, &samples, err);
        if (status == CT_OK)
            status = walk_field(scan, worker, i, &samples, err);
        ct_samples_deinit(&samples);
    }
    ct_row_filter_deinit(&filter);
    return status;
}
