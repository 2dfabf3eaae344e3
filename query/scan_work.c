/* Sources, their wanted series and groups, and the cut into tasks. */
#include "scan_work.h"
#include "civil_time.h"
#include "time_bounds.h"

#define TASKS_PER_WORKER 4
#define COVER_LEAVES_MAX 64 /* conditions of a filter that rollups are tried for */
/* Or cells; below, starting a thread costs more than it saves. */
#define ROWS_FOR_MORE_THREADS 65536

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for a scan");
}

static bool has_any(const uint8_t *selected, uint32_t count)
{
    return count && memchr(selected, 1, count) != NULL;
}

static ct_status group_source(struct ct_work *work, struct ct_work_source *slot, uint32_t count,
                              struct ct_error *err)
{
    const struct ct_plan *plan = work->plan;
    if (plan->query->mode == CT_QUERY_AGGREGATE && plan->query->tag_count) {
        slot->groups = ct_alloc(plan->allocator, count * sizeof *slot->groups);
        if (!slot->groups)
            return no_memory(err);
        CT_TRY(ct_grouping_source(work->shared_grouping ? work->shared_grouping : &work->grouping,
                                  slot->source, slot->selected, slot->groups, err));
    }
    if (plan->checks_currency)
        CT_TRY(ct_source_tag_codes(slot->source, plan->currency_tag, &slot->currencies, err));
    return CT_OK;
}

static ct_status date_source(const struct ct_work *work, struct ct_work_source *slot,
                             uint32_t count, struct ct_error *err)
{
    slot->months_ns = ct_alloc_zeroed(work->plan->allocator, (size_t)count + 1, sizeof(int64_t));
    if (!slot->months_ns)
        return no_memory(err);
    return ct_billing_source(&work->billing, slot->source, slot->selected, slot->months_ns, err);
}

/* Keeps the source where a series of it is wanted. */
static ct_status add_source(struct ct_work *work, struct ct_source *source, struct ct_error *err)
{
    const uint32_t count = ct_source_series_count(source);
    struct ct_work_source *slot = &work->sources[work->source_count];
    struct ct_source_info info;
    ct_source_describe(source, &info);
    *slot = (struct ct_work_source){.source = source, .has_cells = ct_source_info_has_cells(&info)};
    slot->bound = slot->has_cells ? info.cell_bound : info.row_bound;
    slot->selected = ct_alloc(work->plan->allocator, (size_t)count + 1);
    if (work->filter.has_fields)
        slot->certain = ct_alloc(work->plan->allocator, (size_t)count + 1);
    work->source_count++;
    if (!slot->selected || (work->filter.has_fields && !slot->certain))
        return no_memory(err);
    CT_TRY(ct_filter_select(&work->filter, source, slot->selected, slot->certain, err));
    if (work->billing.plan)
        CT_TRY(date_source(work, slot, count, err));
    if (has_any(slot->selected, count))
        return group_source(work, slot, count, err);
    ct_release(work->plan->allocator, slot->selected);
    ct_release(work->plan->allocator, slot->certain);
    ct_release(work->plan->allocator, slot->months_ns);
    work->source_count--;
    return CT_OK;
}

static ct_status add_sources(struct ct_work *work, struct ct_error *err)
{
    const uint32_t count = ct_scan_source_count(work->scan);
    work->sources =
        ct_alloc_zeroed(work->plan->allocator, (size_t)count + 1, sizeof *work->sources);
    if (!work->sources)
        return no_memory(err);
    for (uint32_t i = 0; i < count; i++)
        CT_TRY(add_source(work, ct_scan_source(work->scan, i), err));
    return CT_OK;
}

static void choose_workers(struct ct_work *work)
{
    uint64_t bound = 0;
    for (uint32_t i = 0; i < work->source_count; i++)
        bound += work->sources[i].bound;
    uint32_t threads = work->options->threads ? work->options->threads : 1;
    if (threads > CT_WORKERS_MAX)
        threads = CT_WORKERS_MAX;
    const bool is_small = bound < ROWS_FOR_MORE_THREADS;
    work->worker_count = is_small || work->plan->query->mode == CT_QUERY_ROWS ? 1 : threads;
}

static ct_status add_task(struct ct_work *work, struct ct_work_task task, struct ct_error *err)
{
    if (!ct_grow(work->plan->allocator, &work->tasks, &work->task_cap, work->task_count + 1,
                 sizeof *work->tasks))
        return no_memory(err);
    work->tasks[work->task_count++] = task;
    return CT_OK;
}

/* Cuts so that tasks are few for one worker and about alike for several. */
static ct_status cut_tasks(struct ct_work *work, struct ct_error *err)
{
    uint64_t units = 0;
    for (uint32_t i = 0; i < work->source_count; i++)
        units += ct_source_unit_count(work->sources[i].source);
    const uint64_t pieces = (uint64_t)work->worker_count * TASKS_PER_WORKER;
    const uint32_t step =
        work->worker_count == 1 ? UINT32_MAX : (uint32_t)((units + pieces - 1) / pieces);
    for (uint32_t i = 0; i < work->source_count; i++) {
        const uint32_t count = ct_source_unit_count(work->sources[i].source);
        for (uint32_t unit = 0; unit < count;) {
            const uint32_t end = count - unit < step ? count : unit + step;
            CT_TRY(add_task(work, (struct ct_work_task){i, unit, end}, err));
            unit = end;
        }
    }
    return CT_OK;
}

/* Of an open range only the stretch that has rows is cut; charges that go by billing period are
 * counted at months that may lie outside. */
static ct_status cut_calendar(struct ct_work *work, struct ct_snapshot *snapshot,
                              struct ct_error *err)
{
    const struct ct_query *query = work->plan->query;
    int64_t start_ns = query->start_ns;
    int64_t end_ns = query->end_ns;
    if (query->dating == CT_DATED_BY_CHARGE)
        CT_TRY(ct_time_bounds(snapshot, work->plan->table, &start_ns, &end_ns, err));
    if (start_ns >= end_ns) { /* nothing is there: any bucket does */
        start_ns = 0;
        end_ns = 1;
    }
    size_t count;
    CT_TRY(ct_calendar_cut(&query->calendar, query->period, start_ns, end_ns, CT_QUERY_EDGES_MAX,
                           work->plan->allocator, &work->edges, &count, err));
    work->buckets = (struct ct_buckets){.edges = work->edges, .edge_count = count};
    work->bucket_count = count - 1;
    return CT_OK;
}

static ct_status choose_buckets(struct ct_work *work, struct ct_snapshot *snapshot,
                                struct ct_error *err)
{
    const struct ct_query *query = work->plan->query;
    if (work->plan->edges) {
        work->buckets =
            (struct ct_buckets){.edges = work->plan->edges, .edge_count = work->plan->edge_count};
        work->bucket_count = work->plan->edge_count - 1;
        return CT_OK;
    }
    if (query->has_period)
        return cut_calendar(work, snapshot, err);
    work->buckets = ct_buckets_of(query->bucket_ns, query->origin_ns);
    work->bucket_count = 1;
    if (query->bucket_ns == 0)
        return CT_OK;
    const int64_t last_ns = query->end_ns == INT64_MAX ? INT64_MAX : query->end_ns - 1;
    const int64_t last = ct_bucket_number(&work->buckets, last_ns);
    work->first_bucket = ct_bucket_number(&work->buckets, query->start_ns);
    work->bucket_count = (uint64_t)last - (uint64_t)work->first_bucket + 1; /* 0: 2^64 */
    return CT_OK;
}

static ct_status prepare(struct ct_work *work, struct ct_error *err)
{
    if (!work->shared_grouping)
        CT_TRY(ct_grouping_init(&work->grouping, work->plan, err));
    if (work->plan->checks_currency)
        work->missing_currency = ct_plan_missing_code(work->plan, work->plan->currency_tag);
    CT_TRY(add_sources(work, err));
    choose_workers(work);
    return cut_tasks(work, err);
}

/* -- Opening ---------------------------------------------------------------------------------- */

/* Tags that the filter looks at, the grouping's, and the currency where that is minded. */
static uint32_t list_tags(const struct ct_work *work, uint32_t *tags, uint32_t cap)
{
    const struct ct_plan *plan = work->plan;
    uint32_t count = 0;
    for (uint32_t i = 0; i < work->filter.leaf_count && count < cap; i++)
        if (!work->filter.leaves[i].is_field && work->filter.leaves[i].tag != CT_NONE)
            tags[count++] = work->filter.leaves[i].tag;
    for (uint32_t i = 0; i < plan->query->tag_count && count < cap; i++)
        if (plan->tags[i] != CT_NONE)
            tags[count++] = plan->tags[i];
    if (plan->checks_currency && count < cap)
        tags[count++] = plan->currency_tag;
    return count;
}

/* The coarsest cells that lie in one bucket each. */
static enum ct_grain grain_of(const struct ct_buckets *buckets)
{
    if (ct_buckets_is_one(buckets))
        return CT_GRAIN_MONTH;
    if (buckets->edges)
        return ct_calendar_grain(buckets->edges, buckets->edge_count);
    static const struct {
        enum ct_grain grain;
        int64_t width_ns;
    } grains[] = {
        {CT_GRAIN_DAY, CT_DAY_NS}, {CT_GRAIN_HOUR, CT_HOUR_NS}, {CT_GRAIN_MINUTE, CT_MINUTE_NS}};
    for (size_t i = 0; i < sizeof grains / sizeof *grains; i++)
        if (buckets->width_ns % grains[i].width_ns == 0 &&
            buckets->phase_ns % grains[i].width_ns == 0)
            return grains[i].grain;
    return CT_GRAIN_NONE;
}

/* Cells where rollups have them, unless rows are wanted. */
static ct_status open_scan(struct ct_work *work, struct ct_snapshot *snapshot, struct ct_error *err)
{
    const struct ct_plan *plan = work->plan;
    const struct ct_query *query = plan->query;
    CT_TRY(choose_buckets(work, snapshot, err));
    CT_TRY(ct_filter_init(&work->filter, plan, err));
    CT_TRY(ct_billing_init(&work->billing, plan, err));
    if (work->billing.plan) /* whenever they were charged */
        return ct_scan_open(snapshot, plan->table, INT64_MIN, INT64_MAX, &work->scan, err);
    if (query->mode == CT_QUERY_ROWS || work->options->ignores_rollups || ct_plan_needs_rows(plan))
        return ct_scan_open(snapshot, plan->table, query->start_ns, query->end_ns, &work->scan,
                            err);
    uint32_t tags[CT_QUERY_TAGS_MAX + COVER_LEAVES_MAX + 1];
    work->keeps = ct_alloc_zeroed(plan->allocator, (size_t)plan->field_count + 1, sizeof(unsigned));
    if (!work->keeps)
        return no_memory(err);
    for (uint32_t i = 0; i < plan->field_count; i++)
        work->keeps[i] = ct_keeps_of(plan->fields[i].needs);
    const struct ct_cover_request cover = {
        .tags = tags,
        .tag_count = list_tags(work, tags, sizeof tags / sizeof *tags),
        .fields = plan->field_numbers,
        .keeps = work->keeps,
        .field_count = plan->field_count,
        .grain_max =
            work->filter.leaf_count > COVER_LEAVES_MAX ? CT_GRAIN_NONE : grain_of(&work->buckets),
    };
    return ct_scan_open_covered(snapshot, plan->table, query->start_ns, query->end_ns, &cover,
                                &work->scan, err);
}

static const struct ct_clock *clock_of(const struct ct_query_options *options)
{
    return options->clock ? options->clock : ct_clock_system();
}

static int64_t deadline_of(const struct ct_query_options *options)
{
    int64_t deadline_ns;
    if (options->elapsed_max_ns <= 0 ||
        __builtin_add_overflow(ct_clock_monotonic_ns(clock_of(options)), options->elapsed_max_ns,
                               &deadline_ns))
        return INT64_MAX;
    return deadline_ns;
}

ct_status ct_work_init(struct ct_work *work, const struct ct_plan *plan,
                       struct ct_snapshot *snapshot, const struct ct_query_options *options,
                       struct ct_error *err)
{
    *work = (struct ct_work){.plan = plan, .options = options, .deadline_ns = deadline_of(options)};
    ct_status status = open_scan(work, snapshot, err);
    if (status == CT_OK)
        status = prepare(work, err);
    if (status != CT_OK)
        ct_work_deinit(work);
    return status;
}

ct_status ct_work_init_empty(struct ct_work *work, const struct ct_plan *plan,
                             struct ct_snapshot *snapshot, const struct ct_query_options *options,
                             struct ct_error *err)
{
    *work = (struct ct_work){
        .plan = plan, .options = options, .deadline_ns = deadline_of(options), .worker_count = 1};
    ct_status status = choose_buckets(work, snapshot, err);
    if (status == CT_OK)
        status = ct_grouping_init(&work->grouping, plan, err);
    if (status != CT_OK)
        ct_work_deinit(work);
    return status;
}

ct_status ct_work_init_rows(struct ct_work *work, struct ct_work *base,
                            struct ct_snapshot *snapshot, int64_t start_ns, struct ct_error *err)
{
    const struct ct_plan *plan = base->plan;
    *work = (struct ct_work){.plan = plan,
                             .options = base->options,
                             .deadline_ns = base->deadline_ns,
                             .shared_grouping = &base->grouping};
    ct_status status = ct_filter_init(&work->filter, plan, err);
    if (status == CT_OK)
        status =
            ct_scan_open(snapshot, plan->table, start_ns, plan->query->end_ns, &work->scan, err);
    if (status == CT_OK)
        status = prepare(work, err);
    if (status != CT_OK)
        ct_work_deinit(work);
    return status;
}

void ct_work_deinit(struct ct_work *work)
{
    if (!work->plan)
        return;
    const struct ct_allocator *allocator = work->plan->allocator;
    for (uint32_t i = 0; i < work->source_count; i++) {
        ct_release(allocator, work->sources[i].selected);
        ct_release(allocator, work->sources[i].certain);
        ct_release(allocator, work->sources[i].months_ns);
        ct_release(allocator, work->sources[i].groups);
    }
    ct_release(allocator, work->sources);
    ct_release(allocator, work->tasks);
    ct_release(allocator, work->keeps);
    ct_release(allocator, work->edges);
    ct_grouping_deinit(&work->grouping);
    ct_filter_deinit(&work->filter);
    ct_billing_deinit(&work->billing);
    ct_scan_close(work->scan);
    *work = (struct ct_work){0};
}

ct_status ct_work_check(const struct ct_work *work, struct ct_error *err)
{
    const _Atomic bool *is_cancelled = work->options->is_cancelled;
    if (is_cancelled && atomic_load_explicit(is_cancelled, memory_order_relaxed))
        return ct_fail(err, CT_CANCELLED, "the query was cancelled");
    if (work->deadline_ns == INT64_MAX ||
        ct_clock_monotonic_ns(clock_of(work->options)) <= work->deadline_ns)
        return CT_OK;
    return ct_fail(err, CT_LIMIT,
                   "the query takes longer than its %lld ms: narrow its time range or filter, or "
                   "raise the limit",
                   (long long)(work->options->elapsed_max_ns / 1000000));
}

ct_status ct_work_cursor(const struct ct_work *work, const struct ct_work_task *task,
                         struct ct_cursor **out, struct ct_error *err)
{
    const struct ct_work_source *source = &work->sources[task->source];
    const bool is_selective = work->plan->query->filter || source->months_ns || work->is_narrowed;
    const struct ct_cursor_plan plan = {
        .fields = work->plan->field_numbers,
        .field_count = source->has_cells ? work->plan->field_count : work->plan->read_count,
        .keeps = source->has_cells ? work->keeps : NULL,
        .selected = is_selective ? source->selected : NULL,
        .first_unit = task->first_unit,
        .end_unit = task->end_unit,
    };
    return ct_cursor_open(source->source, &plan, out, err);
}

ct_status ct_work_order(const struct ct_work *work, const struct ct_result *result,
                        bool keeps_row_order, struct ct_result_order *out, struct ct_error *err)
{
    const struct ct_order *order = &work->plan->query->order;
    *out = (struct ct_result_order){.first = -1,
                                    .keeps_row_order = keeps_row_order,
                                    .each_limit = work->plan->query->bucket_limit};
    if (order->column.len == 0)
        return CT_OK;
    out->first = ct_result_find(result, order->column);
    out->is_descending = order->is_descending;
    if (out->first >= 0)
        return CT_OK;
    return ct_fail(err, CT_NOT_FOUND, "no result column \"%.*s\" to order by",
                   (int)(order->column.len < 80 ? order->column.len : 80), order->column.bytes);
}

ct_status ct_work_tag_columns(const struct ct_work *work, struct ct_result *result, uint32_t first,
                              struct ct_error *err)
{
    const struct ct_query *query = work->plan->query;
    for (uint32_t i = 0; i < query->tag_count; i++) {
        result->columns[first + i].type = CT_RESULT_TEXT;
        result->columns[first + i].is_tag = true;
        CT_TRY(
            ct_result_name_column(result, first + i, query->tags[i], (struct ct_text){"", 0}, err));
    }
    return CT_OK;
}
