/* Three steps, each over less than the one before:
 *
 *   1. a bound for every group: in a stored block no series has more than its rows there times the
 *      block's maximum; sources without stored blocks are added up as they are;
 *   2. the exact sums of the leaders, the few groups with the largest bounds; the limit-th of them
 *      is what others have to reach;
 *   3. the groups whose bounds reach it stay, for the caller to add up.
 *
 * A bound is never below 0, so that it holds for any part of the rows: a time range, conditions on
 * fields, rows of later commits that are left out. */
#include "top_groups.h"
#include "aggregation.h"
#include "top_cells.h"

#define ROWS_MIN          65536 /* of stored blocks; fewer are read in less time than this takes */
#define BLOCKS_PER_ROW    4 /* of the answer, for leaders: the more, the higher what others meet */
#define GROUPS_PER_LEADER 2 /* at least: else nearly all are leaders */

struct narrowing {
    struct ct_work *work;
    struct ct_result *result;
    uint32_t field;                  /* of the plan: what the answer is ordered by the sum of */
    struct ct_cell_field bounds;     /* by group: `exact` and `counts`, 0 where the bound is 0 */
    uint8_t *is_wanted;              /* by group */
    uint64_t block_count, run_count; /* that bounds are from */
    bool is_unknown;                 /* there is no bound */
};

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for the bounds of groups");
}

/* -- Whether it is such a question --------------------------------------------------------------
 */

static bool is_named(const struct ct_plan *plan, uint32_t output, struct ct_text column)
{
    struct ct_output_name name;
    ct_plan_output_name(plan, output, &name);
    const size_t len = name.first.len;
    return ct_text_begins_with(column, name.first) &&
           ct_text_equal((struct ct_text){column.bytes + len, column.len - len}, name.second);
}

/* The field whose exact sum decides the order, or CT_NONE. */
static uint32_t find_field(const struct ct_plan *plan)
{
    const struct ct_query *query = plan->query;
    for (uint32_t i = 0; i < query->tag_count; i++)
        if (ct_text_equal(query->tags[i], query->order.column))
            return CT_NONE;
    for (uint32_t i = 0; i < query->aggregate_count; i++) {
        const struct ct_plan_output *output = &plan->outputs[i];
        if (!is_named(plan, i, query->order.column))
            continue;
        if (output->function != CT_SUM || output->field == CT_NONE)
            return CT_NONE;
        const enum ct_type type = plan->fields[output->field].type;
        const bool is_exact = type == CT_DECIMAL || type == CT_INT64 || type == CT_UINT64;
        return is_exact ? output->field : CT_NONE;
    }
    return CT_NONE;
}

/* Rows of stored blocks are many, and more than twice what has to be read here as it is. */
static bool is_worth_it(const struct ct_work *work)
{
    uint64_t stored = 0;
    uint64_t others = 0;
    for (uint32_t i = 0; i < work->source_count; i++) {
        const struct ct_work_source *source = &work->sources[i];
        if (ct_source_has_outline(source->source))
            stored += source->bound;
        else
            others += source->bound;
    }
    return stored >= ROWS_MIN && stored / 2 >= others;
}

/* Money of a second currency is an error that has to be found wherever it is. */
static bool has_one_currency(const struct ct_work *work)
{
    uint32_t first = CT_NONE;
    for (uint32_t i = 0; work->plan->checks_currency && i < work->source_count; i++) {
        const struct ct_work_source *source = &work->sources[i];
        const uint32_t count = ct_source_series_count(source->source);
        for (uint32_t position = 0; position < count; position++) {
            const uint32_t code = source->currencies[position] ? source->currencies[position]
                                                               : work->missing_currency;
            if (!source->selected[position])
                continue;
            if (first != CT_NONE && code != first)
                return false;
            first = code;
        }
    }
    return true;
}

static bool is_answerable(const struct ct_work *work)
{
    const struct ct_plan *plan = work->plan;
    const struct ct_query *query = plan->query;
    return query->limit > 0 && query->limit <= CT_TOP_LIMIT_MAX && query->tag_count > 0 &&
           query->order.is_descending && !query->fill && !query->bucket_limit &&
           query->limit * BLOCKS_PER_ROW * GROUPS_PER_LEADER <= work->grouping.group_count &&
           !plan->needs_series && ct_buckets_is_one(&work->buckets) && !work->billing.plan &&
           !work->shared_grouping && !work->options->ignores_stats && is_worth_it(work) &&
           has_one_currency(work);
}

/* -- Bounds ------------------------------------------------------------------------------------ */

struct block_bound {
    ct_int128 max; /* above 0 */
    ct_int128 sum; /* of all rows, where none is below 0; else as large as can be */
    uint8_t scale;
};

#define INT128_MAX ((ct_int128)(~(ct_uint128)0 >> 1))

/* The sum where it has the scale and fits; else more than any. */
static ct_int128 sum_of(const struct ct_block_stats *stats, uint8_t scale)
{
    const uint64_t *limb = stats->exact_sum.total.limb;
    if (!stats->has_sum || stats->exact_sum.scale != scale || limb[3] || limb[2] || limb[1] >> 63)
        return INT128_MAX;
    return (ct_int128)((ct_uint128)limb[1] << 64 | limb[0]);
}

/* False where the block adds nothing to any bound. */
static bool bound_block(struct narrowing *narrowing, const struct ct_block_stats *stats,
                        struct block_bound *out)
{
    if (stats->value_count == 0)
        return false;
    narrowing->is_unknown |= !stats->has_min_max;
    bool is_negative = false;
    *out = (struct block_bound){0};
    switch (stats->type) {
    case CT_DECIMAL:
        out->max = stats->decimal_max.mantissa;
        out->scale = stats->decimal_max.scale;
        is_negative = stats->decimal_min.mantissa < 0;
        break;
    case CT_INT64:
        out->max = stats->max.int64;
        is_negative = stats->min.int64 < 0;
        break;
    case CT_UINT64:
        out->max = stats->max.uint64;
        break;
    case CT_FLOAT64:
    case CT_BOOL:
    case CT_STRING:
        narrowing->is_unknown = true;
        break;
    }
    out->sum = is_negative ? INT128_MAX : sum_of(stats, out->scale);
    return out->max > 0 && !narrowing->is_unknown;
}

/* Of rows that are in one block. */
static ct_status raise_bound(struct narrowing *narrowing, uint32_t group,
                             const struct block_bound *bound, uint32_t row_count,
                             struct ct_error *err)
{
    ct_int128 most;
    if (__builtin_mul_overflow(bound->max, (ct_int128)row_count, &most))
        most = INT128_MAX;
    if (bound->sum < most)
        most = bound->sum;
    narrowing->is_unknown |= most == INT128_MAX;
    narrowing->bounds.counts[group] = 1;
    return ct_cell_add_mantissa(&narrowing->bounds.exact[group], most, bound->scale, err);
}

static ct_status read_outline(struct narrowing *narrowing, const struct ct_work_source *source,
                              struct ct_outline *outline, struct ct_error *err)
{
    while (!narrowing->is_unknown) {
        struct ct_outline_block block;
        struct block_bound bound;
        bool found;
        CT_TRY(ct_work_check(narrowing->work, err));
        CT_TRY(ct_outline_next(outline, &block, &found, err));
        if (!found)
            break;
        if (!bound_block(narrowing, &block.stats, &bound))
            continue;
        narrowing->block_count++;
        narrowing->run_count += block.run_count;
        for (uint32_t i = 0; i < block.run_count; i++) {
            const struct ct_run *run = &block.runs[i];
            if (source->selected[run->position])
                CT_TRY(raise_bound(narrowing, source->groups[run->position], &bound, run->row_count,
                                   err));
        }
    }
    return CT_OK;
}

static ct_status bound_stored(struct narrowing *narrowing, struct ct_error *err)
{
    const struct ct_work *work = narrowing->work;
    const uint32_t field = work->plan->field_numbers[narrowing->field];
    for (uint32_t i = 0; i < work->source_count && !narrowing->is_unknown; i++) {
        struct ct_outline *outline;
        if (!ct_source_has_outline(work->sources[i].source))
            continue;
        CT_TRY(ct_outline_open(work->sources[i].source, field, &outline, err));
        const ct_status status = read_outline(narrowing, &work->sources[i], outline, err);
        ct_outline_close(outline);
        CT_TRY(status);
    }
    return CT_OK;
}

/* -- Parts of the work, added up ----------------------------------------------------------------
 */

/* Statistics stay as they were: the rows are read again, by the caller. */
static ct_status add_up(const struct narrowing *narrowing, const struct ct_work *part,
                        struct ct_aggregation *out, struct ct_error *err)
{
    struct ct_series_scan none = {0};
    const struct ct_result_stats stats = narrowing->result->stats;
    const ct_status status = ct_aggregation_run(out, part, &none, narrowing->result, err);
    narrowing->result->stats = stats;
    return status;
}

static ct_status add_bounds(struct narrowing *narrowing, const struct ct_cells *cells,
                            struct ct_error *err)
{
    const struct ct_cell_field *field = &cells->fields[narrowing->field];
    const struct ct_decimal_sum zero = {0};
    for (uint32_t cell = 0; cell < cells->cell_count; cell++) {
        if (field->counts[cell] == 0 || ct_top_compare(&field->exact[cell], &zero) <= 0)
            continue;
        const uint32_t group = cells->groups[cell];
        narrowing->bounds.counts[group] = 1;
        CT_TRY(ct_cell_add_sum(&narrowing->bounds.exact[group], &field->exact[cell], err));
    }
    return CT_OK;
}

/* The tasks of sources that have no outline. */
static ct_status bound_others(struct narrowing *narrowing, struct ct_error *err)
{
    const struct ct_allocator *allocator = narrowing->work->plan->allocator;
    struct ct_work part = *narrowing->work;
    part.task_count = 0;
    part.tasks = ct_alloc_zeroed(allocator, narrowing->work->task_count + 1, sizeof *part.tasks);
    if (!part.tasks)
        return no_memory(err);
    for (size_t i = 0; i < narrowing->work->task_count; i++) {
        const struct ct_work_task task = narrowing->work->tasks[i];
        if (!ct_source_has_outline(part.sources[task.source].source))
            part.tasks[part.task_count++] = task;
    }
    struct ct_aggregation sums;
    ct_status status = part.task_count ? add_up(narrowing, &part, &sums, err) : CT_OK;
    if (status == CT_OK && part.task_count) {
        status = add_bounds(narrowing, &sums.workers[0].cells, err);
        ct_aggregation_deinit(&sums);
    }
    ct_release(allocator, part.tasks);
    return status;
}

/* -- Leaders ----------------------------------------------------------------------------------- */

static uint32_t want_from(struct narrowing *narrowing, const struct ct_decimal_sum *least)
{
    const struct ct_decimal_sum *bounds = narrowing->bounds.exact;
    uint32_t count = 0;
    for (uint32_t group = 0; group < narrowing->work->grouping.group_count; group++) {
        narrowing->is_wanted[group] = ct_top_compare(&bounds[group], least) >= 0;
        count += narrowing->is_wanted[group];
    }
    return count;
}

/* selected[] of `to`, as far as the groups are wanted; `to` may be `from`. */
static void select_wanted(const struct narrowing *narrowing, const struct ct_work_source *from,
                          uint8_t *to)
{
    const uint32_t count = ct_source_series_count(from->source);
    for (uint32_t position = 0; position < count; position++)
        to[position] = from->selected[position] && narrowing->is_wanted[from->groups[position]];
}

/* A part of the work with selections of its own. */
static ct_status make_part(const struct narrowing *narrowing, struct ct_work *part,
                           struct ct_error *err)
{
    const struct ct_work *work = narrowing->work;
    const struct ct_allocator *allocator = work->plan->allocator;
    *part = *work;
    part->worker_count = 1; /* leaders are few */
    part->is_narrowed = true;
    part->source_count = 0;
    part->sources =
        ct_alloc_zeroed(allocator, (size_t)work->source_count + 1, sizeof *part->sources);
    for (uint32_t i = 0; part->sources && i < work->source_count; i++) {
        struct ct_work_source *source = &part->sources[i];
        *source = work->sources[i];
        source->selected = ct_alloc(allocator, (size_t)ct_source_series_count(source->source) + 1);
        if (!source->selected)
            return no_memory(err);
        part->source_count++;
        select_wanted(narrowing, &work->sources[i], source->selected);
    }
    return part->sources ? CT_OK : no_memory(err);
}

static void release_part(struct ct_work *part)
{
    for (uint32_t i = 0; i < part->source_count; i++)
        ct_release(part->plan->allocator, part->sources[i].selected);
    ct_release(part->plan->allocator, part->sources);
}

/* The rank-th largest of some sums; *found is false where there are not so many. */
static ct_status find_ranked(const struct narrowing *narrowing, const struct ct_cell_field *sums,
                             uint32_t count, uint64_t rank, struct ct_decimal_sum *out, bool *found,
                             struct ct_error *err)
{
    const struct ct_allocator *allocator = narrowing->work->plan->allocator;
    uint32_t *heap = ct_alloc_zeroed(allocator, rank, sizeof *heap);
    uint32_t last;
    if (!heap)
        return no_memory(err);
    *found = ct_top_last(sums, count, rank, heap, &last);
    if (*found)
        *out = sums->exact[last];
    ct_release(allocator, heap);
    return CT_OK;
}

/* Series of one block have much the same bound, and mostly one of them is why: so leaders are as
 * many as some blocks have. *found is false where that would be nearly all. */
static ct_status want_leaders(struct narrowing *narrowing, bool *found, struct ct_error *err)
{
    const uint32_t group_count = narrowing->work->grouping.group_count;
    const uint64_t blocks = narrowing->work->plan->query->limit * BLOCKS_PER_ROW;
    struct ct_decimal_sum least;
    *found = false;
    if (narrowing->block_count == 0)
        return CT_OK;
    const uint64_t leaders = blocks * narrowing->run_count / narrowing->block_count;
    if (leaders * GROUPS_PER_LEADER > group_count)
        return CT_OK;
    CT_TRY(find_ranked(narrowing, &narrowing->bounds, group_count, leaders, &least, found, err));
    if (*found)
        *found = want_from(narrowing, &least) <= group_count / 2;
    return CT_OK;
}

/* The limit-th largest sum of the wanted groups; *found is false where there are not so many. */
static ct_status find_least(const struct narrowing *narrowing, struct ct_decimal_sum *least,
                            bool *found, struct ct_error *err)
{
    struct ct_work part;
    struct ct_aggregation sums;
    ct_status status = make_part(narrowing, &part, err);
    if (status == CT_OK)
        status = add_up(narrowing, &part, &sums, err);
    if (status == CT_OK) {
        const struct ct_cells *cells = &sums.workers[0].cells;
        status = find_ranked(narrowing, &cells->fields[narrowing->field], cells->cell_count,
                             part.plan->query->limit, least, found, err);
        ct_aggregation_deinit(&sums);
    }
    release_part(&part);
    return status;
}

/* -- All of it --------------------------------------------------------------------------------- */

static ct_status choose_groups(struct narrowing *narrowing, struct ct_error *err)
{
    struct ct_work *work = narrowing->work;
    struct ct_decimal_sum least;
    bool found;
    CT_TRY(bound_stored(narrowing, err));
    if (narrowing->is_unknown)
        return CT_OK;
    CT_TRY(bound_others(narrowing, err));
    CT_TRY(want_leaders(narrowing, &found, err));
    if (found)
        CT_TRY(find_least(narrowing, &least, &found, err));
    if (!found || want_from(narrowing, &least) == work->grouping.group_count)
        return CT_OK;
    work->is_narrowed = true;
    for (uint32_t i = 0; i < work->source_count; i++)
        select_wanted(narrowing, &work->sources[i], work->sources[i].selected);
    return CT_OK;
}

static ct_status narrow(struct narrowing *narrowing, struct ct_error *err)
{
    const struct ct_allocator *allocator = narrowing->work->plan->allocator;
    const size_t groups = narrowing->work->grouping.group_count;
    struct ct_cell_field *bounds = &narrowing->bounds;
    bounds->exact = ct_alloc_zeroed(allocator, groups, sizeof *bounds->exact);
    bounds->counts = ct_alloc_zeroed(allocator, groups, sizeof *bounds->counts);
    narrowing->is_wanted = ct_alloc_zeroed(allocator, groups, 1);
    const bool has_memory = bounds->exact && bounds->counts && narrowing->is_wanted;
    const ct_status status = has_memory ? choose_groups(narrowing, err) : no_memory(err);
    ct_release(allocator, bounds->exact);
    ct_release(allocator, bounds->counts);
    ct_release(allocator, narrowing->is_wanted);
    return status;
}

ct_status ct_top_groups_narrow(struct ct_work *work, struct ct_result *result, struct ct_error *err)
{
    struct narrowing narrowing = {.work = work, .result = result};
    if (!is_answerable(work))
        return CT_OK;
    narrowing.field = find_field(work->plan);
    if (narrowing.field == CT_NONE)
        return CT_OK;
    const ct_status status = narrow(&narrowing, err);
    /* A sum or a memory limit that the whole answer may keep to is its affair. */
    return status == CT_NO_MEMORY || status == CT_RANGE ? CT_OK : status;
}
