/* Cells to rows. Cells are put in the order of time and group values first, so that the rows come
 * out sorted by their columns from left to right; another order is sorted afterwards and keeps that
 * one for ties. */
#include "computed.h"
#include "fill.h"
#include "outputs.h"
#include "top_cells.h"

#define ROWS_PER_CHECK 1024

struct finish {
    const struct ct_work *work;
    const struct ct_cells *cells;
    const struct ct_series_scan *series;
    struct ct_result *result;
    uint32_t *order;       /* cells in the order of rows */
    uint8_t *is_shown;     /* by group: a row is of it */
    uint32_t *ranks;       /* by group */
    struct ct_text *texts; /* by group and tag, in the result */
    uint64_t row_count;
    uint32_t output_at; /* column of the first output */
};

static ct_status no_memory(const struct finish *finish, struct ct_error *err)
{
    return ct_result_no_memory(finish->result, err);
}

/* -- Order ------------------------------------------------------------------------------------ */

static bool is_before(const struct finish *finish, uint32_t a, uint32_t b)
{
    const struct ct_cells *cells = finish->cells;
    if (cells->buckets[a] != cells->buckets[b])
        return cells->buckets[a] < cells->buckets[b];
    return finish->ranks[cells->groups[a]] < finish->ranks[cells->groups[b]];
}

static void merge(const struct finish *finish, const uint32_t *in, uint64_t middle, uint64_t end,
                  uint32_t *out)
{
    uint64_t left = 0;
    uint64_t right = middle;
    for (uint64_t at = 0; at < end; at++) {
        const bool takes_left =
            right == end || (left < middle && !is_before(finish, in[right], in[left]));
        out[at] = takes_left ? in[left++] : in[right++];
    }
}

static ct_status sort_cells(struct finish *finish, struct ct_error *err)
{
    const uint64_t count = finish->row_count;
    const struct ct_allocator *allocator = finish->work->plan->allocator;
    uint32_t *scratch = ct_alloc_zeroed(allocator, count + 1, sizeof *scratch);
    if (!scratch)
        return no_memory(finish, err);
    for (uint64_t width = 1; width < count; width *= 2) {
        for (uint64_t at = 0; at < count; at += 2 * width) {
            const uint64_t left = count - at;
            merge(finish, finish->order + at, left < width ? left : width,
                  left < 2 * width ? left : 2 * width, scratch + at);
        }
        uint32_t *swap = finish->order;
        finish->order = scratch;
        scratch = swap;
    }
    ct_release(allocator, scratch);
    return CT_OK;
}

/* By walking the table of buckets and groups, where it is not much larger than what it holds. */
static bool order_by_table(struct finish *finish, const uint32_t *groups)
{
    const struct ct_cells *cells = finish->cells;
    const uint64_t group_count = finish->work->grouping.group_count;
    if (!cells->direct || !groups ||
        cells->bucket_count * group_count > 16 * (uint64_t)cells->cell_count)
        return false;
    uint64_t at = 0;
    for (uint64_t bucket = 0; bucket < cells->bucket_count; bucket++)
        for (uint64_t rank = 0; rank < group_count; rank++) {
            const uint32_t cell = cells->direct[groups[rank] * cells->bucket_count + bucket];
            if (cell)
                finish->order[at++] = cell - 1;
        }
    CT_ASSERT(at == cells->cell_count);
    return true;
}

/* Groups of the cells in `order`, each once; *count is how many. */
static void list_groups(const struct finish *finish, uint32_t *groups, uint32_t *count)
{
    *count = 0;
    for (uint64_t i = 0; i < finish->row_count; i++) {
        const uint32_t group = finish->cells->groups[finish->order[i]];
        if (!finish->is_shown[group])
            groups[(*count)++] = group;
        finish->is_shown[group] = 1;
    }
}

static ct_status order_cells(struct finish *finish, struct ct_error *err)
{
    const struct ct_work *work = finish->work;
    const uint32_t group_count = work->grouping.group_count;
    uint32_t *groups =
        ct_alloc_zeroed(work->plan->allocator, (size_t)group_count + 1, sizeof *groups);
    if (!groups)
        return no_memory(finish, err);
    uint32_t shown_count;
    list_groups(finish, groups, &shown_count);
    const bool has_groups = work->plan->query->tag_count > 0;
    ct_status status =
        has_groups ? ct_grouping_rank(&work->grouping, groups, shown_count, err) : CT_OK;
    for (uint32_t rank = 0; status == CT_OK && rank < shown_count; rank++)
        finish->ranks[groups[rank]] = rank;
    const bool has_all =
        finish->row_count == finish->cells->cell_count && shown_count == group_count;
    if (status == CT_OK && !order_by_table(finish, has_groups && has_all ? groups : NULL))
        status = sort_cells(finish, err);
    ct_release(work->plan->allocator, groups);
    return status;
}

/* The cells that may be rows: all, or the few that a limit can leave. */
static ct_status choose_cells(struct finish *finish, struct ct_error *err)
{
    const struct ct_query *query = finish->work->plan->query;
    bool is_done = false;
    const int column =
        query->order.column.len ? ct_result_find(finish->result, query->order.column) : -1;
    const uint32_t output = (uint32_t)column - finish->output_at;
    if (column >= (int)finish->output_at && output < query->aggregate_count)
        CT_TRY(ct_top_cells(finish->work, finish->cells, output, finish->order, &finish->row_count,
                            &is_done, err));
    for (uint32_t cell = 0; !is_done && cell < finish->cells->cell_count; cell++)
        finish->order[cell] = cell;
    return CT_OK;
}

/* Leaves out cells in which every field asked for has no value; where buckets are filled, groups
 * of which all cells are so. */
static ct_status drop_empty(struct finish *finish, struct ct_error *err)
{
    const struct ct_work *work = finish->work;
    const struct ct_fill_context context = {work, finish->cells, finish->series};
    const size_t group_count = (size_t)work->grouping.group_count + 1;
    uint8_t *groups = ct_alloc_zeroed(work->plan->allocator, group_count, 1);
    if (!groups)
        return no_memory(finish, err);
    ct_fill_mark_groups(&context, true, groups);
    uint64_t kept = 0;
    for (uint64_t i = 0; i < finish->row_count; i++) {
        const uint32_t cell = finish->order[i];
        const bool is_kept = work->plan->query->fill ? groups[finish->cells->groups[cell]]
                                                     : ct_fill_has_value(&context, cell);
        if (is_kept)
            finish->order[kept++] = cell;
    }
    finish->row_count = kept;
    ct_release(work->plan->allocator, groups);
    return CT_OK;
}

/* -- Columns ---------------------------------------------------------------------------------- */

static ct_status name_output(struct finish *finish, uint32_t column, uint32_t output,
                             struct ct_error *err)
{
    struct ct_output_name name;
    ct_plan_output_name(finish->work->plan, output, &name);
    return ct_result_name_column(finish->result, column, name.first, name.second, err);
}

static ct_status make_columns(struct finish *finish, struct ct_error *err)
{
    const struct ct_query *query = finish->work->plan->query;
    const uint32_t tag_at = ct_buckets_is_one(&finish->work->buckets) ? 0 : 1;
    const uint32_t output_at = tag_at + query->tag_count;
    struct ct_result *result = finish->result;
    CT_TRY(ct_result_set_columns(result, output_at + query->aggregate_count + query->computed_count,
                                 err));
    finish->output_at = output_at;
    if (tag_at) {
        result->columns[0].type = CT_RESULT_TIME;
        CT_TRY(ct_result_name_column(result, 0, ct_text_of("time"), (struct ct_text){"", 0}, err));
    }
    CT_TRY(ct_work_tag_columns(finish->work, result, tag_at, err));
    for (uint32_t i = 0; i < query->aggregate_count; i++) {
        ct_outputs_type(finish->work->plan, i, &result->columns[output_at + i]);
        CT_TRY(name_output(finish, output_at + i, i, err));
    }
    return ct_computed_columns(query, result, output_at + query->aggregate_count, err);
}

/* -- Values ----------------------------------------------------------------------------------- */

static ct_status copy_group_texts(struct finish *finish, struct ct_error *err)
{
    const struct ct_grouping *grouping = &finish->work->grouping;
    const uint32_t tag_count = grouping->tag_count;
    for (uint32_t group = 0; group < grouping->group_count; group++)
        for (uint32_t i = 0; finish->is_shown[group] && i < tag_count; i++)
            CT_TRY(ct_result_copy_text(finish->result, ct_grouping_value(grouping, group, i),
                                       &finish->texts[(size_t)group * tag_count + i], err));
    return CT_OK;
}

static void fill_keys(struct finish *finish)
{
    const struct ct_query *query = finish->work->plan->query;
    struct ct_result_column *column = finish->result->columns;
    if (!ct_buckets_is_one(&finish->work->buckets)) {
        memset(column->is_null, 0, finish->row_count);
        for (uint64_t row = 0; row < finish->row_count; row++)
            column->int64[row] = ct_bucket_first_ns(&finish->work->buckets,
                                                    finish->cells->buckets[finish->order[row]]);
        column++;
    }
    for (uint32_t i = 0; i < query->tag_count; i++, column++) {
        memset(column->is_null, 0, finish->row_count);
        for (uint64_t row = 0; row < finish->row_count; row++) {
            const size_t group = finish->cells->groups[finish->order[row]];
            column->text[row] = finish->texts[group * query->tag_count + i];
        }
    }
}

static ct_status fill_outputs(struct finish *finish, struct ct_error *err)
{
    const struct ct_plan *plan = finish->work->plan;
    const struct ct_outputs outputs = {finish->work, finish->cells, finish->series, finish->result};
    CT_TRY(ct_outputs_prepare(&outputs, err));
    for (uint32_t i = 0; i < plan->query->aggregate_count; i++)
        for (uint64_t row = 0; row < finish->row_count; row++) {
            if (row % ROWS_PER_CHECK == 0)
                CT_TRY(ct_work_check(finish->work, err));
            CT_TRY(
                ct_outputs_put(&outputs, i, finish->order[row], finish->output_at + i, row, err));
        }
    return CT_OK;
}

/* Values for buckets without, then what is worked out from them. */
static ct_status fill_gaps(struct finish *finish, struct ct_error *err)
{
    const struct ct_query *query = finish->work->plan->query;
    const struct ct_fill_context context = {finish->work, finish->cells, finish->series};
    if (query->fill > CT_FILL_NULL)
        CT_TRY(ct_fill_values(&context, finish->result, finish->output_at, finish->order,
                              finish->row_count, err));
    return ct_computed_fill(query, finish->result, finish->output_at + query->aggregate_count,
                            finish->row_count, err);
}

static ct_status fill(struct finish *finish, struct ct_error *err)
{
    CT_TRY(make_columns(finish, err));
    CT_TRY(choose_cells(finish, err));
    CT_TRY(order_cells(finish, err));
    if (finish->work->plan->query->skips_empty)
        CT_TRY(drop_empty(finish, err));
    /* never no arrays at all */
    CT_TRY(ct_result_reserve(finish->result, finish->row_count + 1, err));
    CT_TRY(copy_group_texts(finish, err));
    fill_keys(finish);
    CT_TRY(fill_outputs(finish, err));
    CT_TRY(fill_gaps(finish, err));
    finish->result->row_count = finish->row_count;
    struct ct_result_order order;
    CT_TRY(ct_work_order(finish->work, finish->result, true, &order, err));
    return ct_result_sort(finish->result, &order, finish->work->plan->query->limit, err);
}

ct_status ct_work_finish(const struct ct_work *work, const struct ct_cells *cells,
                         const struct ct_series_scan *series, struct ct_result *result,
                         struct ct_error *err)
{
    const struct ct_allocator *allocator = work->plan->allocator;
    const size_t groups = (size_t)work->grouping.group_count + 1;
    struct finish finish = {.work = work,
                            .cells = cells,
                            .series = series,
                            .result = result,
                            .row_count = cells->cell_count};
    finish.order = ct_alloc_zeroed(allocator, (size_t)cells->cell_count + 1, sizeof(uint32_t));
    finish.ranks = ct_alloc_zeroed(allocator, groups, sizeof(uint32_t));
    finish.is_shown = ct_alloc_zeroed(allocator, groups, 1);
    finish.texts =
        ct_alloc_zeroed(allocator, groups * (work->grouping.tag_count + 1), sizeof(struct ct_text));
    const bool has_memory = finish.order && finish.ranks && finish.is_shown && finish.texts;
    const ct_status status = has_memory ? fill(&finish, err) : no_memory(&finish, err);
    ct_release(allocator, finish.order);
    ct_release(allocator, finish.ranks);
    ct_release(allocator, finish.is_shown);
    ct_release(allocator, finish.texts);
    return status;
}
