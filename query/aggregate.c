/* One worker's loop: blocks to cells. A block that lies in one cell is answered from its stored
 * statistics where those hold all that is asked; else only the columns that are needed are decoded,
 * and the times only where buckets or first and last need them. */
#include "codec.h"
#include "row_filter.h"

ct_status ct_worker_init(struct ct_worker *worker, const struct ct_work *work, uint32_t number,
                         struct ct_error *err)
{
    const struct ct_plan *plan = work->plan;
    *worker = (struct ct_worker){.work = work, .number = number};
    const uint32_t groups = plan->query->tag_count ? work->grouping.group_count : 1;
    ct_status status =
        ct_cells_init(&worker->cells, plan, groups, work->first_bucket, work->bucket_count, err);
    if (status == CT_OK && plan->checks_currency) {
        worker->currency_end =
            1 + ct_catalog_value_count(plan->catalog, plan->table, plan->currency_tag);
        worker->currency_seen = ct_alloc_zeroed(plan->allocator, worker->currency_end, 1);
        if (!worker->currency_seen)
            status = ct_cell_no_memory(err);
    }
    if (status != CT_OK)
        ct_worker_deinit(worker);
    return status;
}

void ct_worker_deinit(struct ct_worker *worker)
{
    if (!worker->work)
        return;
    ct_release(worker->work->plan->allocator, worker->currency_seen);
    ct_cells_deinit(&worker->cells);
    *worker = (struct ct_worker){0};
}

/* A block on its way into the cells. */
struct pass {
    struct ct_worker *worker;
    const struct ct_work_source *source;
    struct ct_cursor *cursor;
    struct ct_row_filter *filter;
    struct ct_block block;
    const int64_t *times_ns; /* NULL where not needed */
    struct ct_vector *vectors;
    struct ct_stretch *stretches; /* of the block, to be added field by field */
    uint32_t stretch_count;
};

static uint32_t group_of(const struct pass *pass, uint32_t position)
{
    return pass->source->groups ? pass->source->groups[position] : 0;
}

static uint32_t currency_of(const struct pass *pass, uint32_t position)
{
    const uint32_t code = pass->source->currencies[position];
    return code ? code : pass->worker->work->missing_currency;
}

static bool is_in_one_bucket(const struct pass *pass)
{
    const struct ct_buckets *buckets = &pass->worker->work->buckets;
    return ct_buckets_is_one(buckets) || ct_bucket_number(buckets, pass->block.min_time_ns) ==
                                             ct_bucket_number(buckets, pass->block.max_time_ns);
}

/* All rows of the block are in one group, and their money, where that is checked, in one currency.
 */
static bool is_in_one_group(const struct pass *pass)
{
    const struct ct_run *runs = pass->block.runs;
    for (uint32_t i = 1; i < pass->block.run_count; i++) {
        if (group_of(pass, runs[i].position) != group_of(pass, runs[0].position))
            return false;
        if (pass->source->currencies && pass->source->currencies[runs[i].position] !=
                                            pass->source->currencies[runs[0].position])
            return false;
    }
    return true;
}

static void see_currency(const struct pass *pass, uint32_t position, uint32_t field)
{
    struct ct_worker *worker = pass->worker;
    if (!pass->source->currencies || !worker->work->plan->fields[field].is_amount)
        return;
    const uint32_t code = currency_of(pass, position);
    if (code < worker->currency_end)
        worker->currency_seen[code] = 1;
}

/* -- From statistics -------------------------------------------------------------------------- */

static ct_status read_stats(const struct pass *pass, uint32_t field, struct ct_block_stats *stats,
                            bool *found, struct ct_error *err)
{
    *found = false;
    CT_TRY(ct_cursor_stats(pass->cursor, field, stats, found, err));
    *found = *found && ct_cells_can_add_stats(&pass->worker->cells, field, stats);
    return CT_OK;
}

/* Either all fields come from statistics or none does: asked first, added then. */
static ct_status try_stats(const struct pass *pass, bool *is_done, struct ct_error *err)
{
    struct ct_worker *worker = pass->worker;
    const struct ct_work *work = worker->work;
    struct ct_block_stats stats;
    bool found = true;
    for (uint32_t i = 0; found && i < work->plan->field_count; i++)
        CT_TRY(read_stats(pass, i, &stats, &found, err));
    *is_done = found;
    if (!found)
        return CT_OK;
    const uint32_t position = pass->block.runs[0].position;
    uint32_t cell;
    CT_TRY(ct_cells_find(&worker->cells, group_of(pass, position),
                         ct_bucket_number(&work->buckets, pass->block.min_time_ns), &cell, err));
    for (uint32_t i = 0; i < work->plan->field_count; i++) {
        CT_TRY(read_stats(pass, i, &stats, &found, err));
        CT_ASSERT(found);
        CT_TRY(ct_cells_add_stats(&worker->cells, i, cell, &stats, err));
        if (stats.value_count)
            see_currency(pass, position, i);
    }
    worker->cells.rows[cell] += pass->block.row_count;
    worker->stats.blocks_from_sums++;
    worker->stats.rows_scanned += pass->block.row_count;
    return CT_OK;
}

/* -- From values ------------------------------------------------------------------------------ */

/* Notes the values of tags that are counted; a row without the tag has none, but for the currency,
 * of which it has the table's. */
static ct_status add_tags(const struct pass *pass, uint32_t position, uint32_t cell,
                          struct ct_error *err)
{
    const struct ct_plan *plan = pass->worker->work->plan;
    for (uint32_t i = 0; i < plan->query->aggregate_count; i++) {
        const struct ct_plan_output *output = &plan->outputs[i];
        if (!output->is_of_tag || output->tag == CT_NONE)
            continue;
        const uint32_t *codes;
        CT_TRY(ct_source_tag_codes(pass->source->source, output->tag, &codes, err));
        uint32_t code = codes[position];
        if (code == 0 && output->tag == plan->currency_tag)
            code = ct_plan_missing_code(plan, output->tag);
        if (codes[position] || output->tag == plan->currency_tag)
            CT_TRY(ct_cells_add_tag(&pass->worker->cells, i, cell, code, err));
    }
    return CT_OK;
}

static ct_status add_stretch(struct pass *pass, uint32_t position, int64_t bucket, uint32_t from,
                             uint32_t count, struct ct_error *err)
{
    struct ct_worker *worker = pass->worker;
    uint32_t cell;
    CT_TRY(ct_cells_find(&worker->cells, group_of(pass, position), bucket, &cell, err));
    worker->cells.rows[cell] += count;
    worker->stats.rows_scanned += count;
    CT_ASSERT(pass->stretch_count < CT_BLOCK_VALUES_MAX);
    pass->stretches[pass->stretch_count++] = (struct ct_stretch){cell, from, count};
    return worker->work->plan->needs_tags ? add_tags(pass, position, cell, err) : CT_OK;
}

/* Rows in order of time mostly go on in the next bucket, which is found without a division. */
static void find_bucket(const struct ct_buckets *buckets, int64_t time_ns,
                        struct ct_bucket_span *span)
{
    const bool is_next = !buckets->edges && time_ns > span->last_ns &&
                         (uint64_t)time_ns - (uint64_t)span->last_ns <= (uint64_t)buckets->width_ns;
    if (!is_next) {
        *span = ct_bucket_span_of(buckets, time_ns);
        return;
    }
    span->number++;
    span->first_ns = span->last_ns + 1;
    if (__builtin_add_overflow(span->first_ns, buckets->width_ns - 1, &span->last_ns))
        span->last_ns = INT64_MAX;
}

/* Cuts rows of one group where their bucket changes. */
static ct_status add_by_bucket(struct pass *pass, uint32_t position, uint32_t from, uint32_t end,
                               struct ct_error *err)
{
    const struct ct_buckets *buckets = &pass->worker->work->buckets;
    const int64_t *times_ns = pass->times_ns;
    struct ct_bucket_span span = {.first_ns = INT64_MAX, .last_ns = INT64_MAX};
    while (from < end) {
        find_bucket(buckets, times_ns[from], &span);
        uint32_t at = from + 1;
        while (at < end && times_ns[at] >= span.first_ns && times_ns[at] <= span.last_ns)
            at++;
        CT_TRY(add_stretch(pass, position, span.number, from, at - from, err));
        from = at;
    }
    return CT_OK;
}

/* Currencies are noted by run, before runs are joined. */
static void see_run(const struct pass *pass, const struct ct_run *run)
{
    for (uint32_t i = 0; i < pass->worker->work->plan->field_count; i++) {
        const uint8_t *present = pass->vectors[i].present;
        if (!present || memchr(present + run->first_row, 1, run->row_count))
            see_currency(pass, run->position, i);
    }
}

/* Whether run i may be in one stretch with the one before it. */
static bool is_joined(const struct pass *pass, uint32_t i)
{
    const struct ct_run *before = &pass->block.runs[i - 1];
    const struct ct_run *run = before + 1;
    if (run->first_row != before->first_row + before->row_count)
        return false;
    if (pass->worker->work->plan->needs_tags && run->position != before->position)
        return false;
    const int64_t *months_ns = pass->source->months_ns;
    if (months_ns && months_ns[run->position] != months_ns[before->position])
        return false;
    return group_of(pass, run->position) == group_of(pass, before->position);
}

/* Rows of one group: in the bucket of their billing period, or cut where their bucket changes. */
static ct_status add_rows(struct pass *pass, uint32_t position, uint32_t from, uint32_t end,
                          bool cuts_buckets, struct ct_error *err)
{
    const struct ct_buckets *buckets = &pass->worker->work->buckets;
    const int64_t *months_ns = pass->source->months_ns;
    if (months_ns && months_ns[position] != CT_BILLING_BY_CHARGE)
        return add_stretch(pass, position, ct_bucket_number(buckets, months_ns[position]), from,
                           end - from, err);
    if (cuts_buckets)
        return add_by_bucket(pass, position, from, end, err);
    return add_stretch(pass, position, ct_bucket_number(buckets, pass->block.min_time_ns), from,
                       end - from, err);
}

/* Neighbouring runs of one group are one stretch. */
static ct_status add_runs(struct pass *pass, bool cuts_buckets, struct ct_error *err)
{
    const struct ct_run *runs = pass->block.runs;
    const uint32_t run_count = pass->block.run_count;
    for (uint32_t i = 0; i < run_count;) {
        const uint32_t first = i;
        uint32_t end_row = runs[i].first_row;
        for (; i < run_count && (i == first || is_joined(pass, i)); i++) {
            end_row += runs[i].row_count;
            if (pass->source->currencies)
                see_run(pass, &runs[i]);
        }
        const uint32_t position = runs[first].position;
        const uint32_t from = runs[first].first_row;
        CT_TRY(add_rows(pass, position, from, end_row, cuts_buckets, err));
    }
    return CT_OK;
}

static ct_status add_values(struct pass *pass, struct ct_error *err)
{
    const struct ct_plan *plan = pass->worker->work->plan;
    const bool cuts_buckets = !is_in_one_bucket(pass);
    pass->times_ns = NULL;
    if (cuts_buckets || plan->needs_times)
        CT_TRY(ct_cursor_times(pass->cursor, &pass->times_ns, err));
    for (uint32_t i = 0; i < plan->field_count; i++)
        CT_TRY(ct_cursor_column(pass->cursor, i, &pass->vectors[i], err));
    pass->worker->stats.blocks_read++;
    pass->stretch_count = 0;
    CT_TRY(add_runs(pass, cuts_buckets, err));
    for (uint32_t i = 0; i < plan->field_count; i++)
        CT_TRY(ct_cells_add(&pass->worker->cells, i, &pass->vectors[i], pass->times_ns,
                            pass->stretches, pass->stretch_count, err));
    return CT_OK;
}

/* -- Tasks ------------------------------------------------------------------------------------ */

static ct_status add_block(struct pass *pass, struct ct_error *err)
{
    const struct ct_work *work = pass->worker->work;
    bool is_done = false;
    const bool has_stats = pass->block.is_whole && !work->options->ignores_stats &&
                           !work->plan->needs_times && !work->plan->needs_tags &&
                           !pass->source->months_ns;
    if (has_stats && is_in_one_bucket(pass) && is_in_one_group(pass))
        CT_TRY(try_stats(pass, &is_done, err));
    return is_done ? CT_OK : add_values(pass, err);
}

static ct_status add_blocks(struct pass *pass, struct ct_error *err)
{
    for (;;) {
        bool found = false;
        CT_TRY(ct_work_check(pass->worker->work, err));
        CT_TRY(ct_cursor_next(pass->cursor, &pass->block, &found, err));
        if (!found)
            return CT_OK;
        CT_TRY(ct_row_filter_apply(pass->filter, pass->source, pass->cursor, &pass->block, err));
        if (pass->block.run_count)
            CT_TRY(add_block(pass, err));
    }
}

/* What a worker needs besides its cells. */
struct tools {
    struct ct_row_filter filter;
    struct ct_vector *vectors;
    struct ct_stretch *stretches;
};

static ct_status run_task(struct ct_worker *worker, const struct ct_work_task *task,
                          struct tools *tools, struct ct_error *err)
{
    struct pass pass = {
        .worker = worker,
        .source = &worker->work->sources[task->source],
        .filter = &tools->filter,
        .vectors = tools->vectors,
        .stretches = tools->stretches,
    };
    CT_TRY(ct_work_cursor(worker->work, task, &pass.cursor, err));
    const ct_status status = pass.source->has_cells
                                 ? ct_worker_add_cells(worker, pass.source, pass.cursor, err)
                                 : add_blocks(&pass, err);
    ct_cursor_close(pass.cursor);
    return status;
}

static ct_status make_tools(struct tools *tools, const struct ct_work *work, struct ct_error *err)
{
    const struct ct_allocator *allocator = work->plan->allocator;
    tools->vectors =
        ct_alloc_zeroed(allocator, (size_t)work->plan->field_count + 1, sizeof *tools->vectors);
    tools->stretches = ct_alloc_zeroed(allocator, CT_BLOCK_VALUES_MAX, sizeof *tools->stretches);
    if (!tools->vectors || !tools->stretches)
        return ct_cell_no_memory(err);
    return ct_row_filter_init(&tools->filter, work, err);
}

void ct_worker_run(struct ct_worker *worker)
{
    const struct ct_work *work = worker->work;
    struct tools tools = {0};
    worker->status = make_tools(&tools, work, &worker->error);
    for (size_t i = worker->number; worker->status == CT_OK && i < work->task_count;
         i += work->worker_count)
        worker->status = run_task(worker, &work->tasks[i], &tools, &worker->error);
    ct_row_filter_deinit(&tools.filter);
    ct_release(work->plan->allocator, tools.vectors);
    ct_release(work->plan->allocator, tools.stretches);
}
