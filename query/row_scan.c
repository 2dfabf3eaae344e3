/* Rows as they are: time, tags and fields of every row that matches. With a limit the rows are
 * sorted and cut now and then, so that no more than a few times the limit is ever held; where the
 * order is by time ascending, rows later than the last of those are not even looked at. */
#include "row_filter.h"

#define HELD_ROWS_MIN 1024

struct selection {
    const struct ct_work *work;
    struct ct_result *result;
    struct ct_row_filter filter;
    struct ct_vector *vectors;
    struct ct_text *texts; /* tag values by code, one array after another; copied on first use */
    struct ct_text **by_tag;
    uint32_t *code_end; /* by tag */
    uint64_t held_max;  /* rows held before the limit is applied; UINT64_MAX: no limit */
    bool is_by_time;    /* ascending, before all else */
    int64_t latest_ns;  /* no later row can be in the answer */
};

static ct_status make_columns(struct selection *selection, struct ct_error *err)
{
    const struct ct_plan *plan = selection->work->plan;
    const struct ct_query *query = plan->query;
    struct ct_result *result = selection->result;
    const struct ct_text none = {"", 0};
    const uint32_t field_at = 1 + query->tag_count;
    CT_TRY(ct_result_set_columns(result, field_at + query->field_count, err));
    result->columns[0].type = CT_RESULT_TIME;
    CT_TRY(ct_result_name_column(result, 0, ct_text_of("time"), none, err));
    CT_TRY(ct_work_tag_columns(selection->work, result, 1, err));
    for (uint32_t i = 0; i < query->field_count; i++) {
        const struct ct_plan_field *field = &plan->fields[plan->outputs[i].field];
        result->columns[field_at + i].type = ct_result_type_of(field->type);
        result->columns[field_at + i].is_money = field->is_money;
        CT_TRY(ct_result_name_column(result, field_at + i, query->fields[i], none, err));
    }
    return CT_OK;
}

/* The text of a tag's code, copied into the result once. */
static ct_status tag_text(struct selection *selection, uint32_t i, uint32_t code,
                          struct ct_text *out, struct ct_error *err)
{
    const struct ct_plan *plan = selection->work->plan;
    if (code >= selection->code_end[i])
        return ct_fail(err, CT_CORRUPT, "a series has a tag value that is not defined");
    struct ct_text *text = &selection->by_tag[i][code];
    if (!text->bytes) {
        const struct ct_text value =
            code ? ct_catalog_value(plan->catalog, plan->table, plan->tags[i], code)
                 : ct_plan_missing_tag(plan, plan->tags[i]);
        CT_TRY(ct_result_copy_text(selection->result, value, text, err));
    }
    *out = *text;
    return CT_OK;
}

static bool has_value(const struct selection *selection, uint32_t row)
{
    const struct ct_plan *plan = selection->work->plan;
    for (uint32_t i = 0; i < plan->field_count; i++)
        if (!selection->vectors[i].present || selection->vectors[i].present[row])
            return true;
    return plan->field_count == 0;
}

static ct_status put_fields(struct selection *selection, uint32_t row, uint64_t at,
                            struct ct_error *err)
{
    const struct ct_plan *plan = selection->work->plan;
    struct ct_result *result = selection->result;
    const uint32_t first = 1 + plan->query->tag_count;
    for (uint32_t i = 0; i < plan->query->field_count; i++) {
        const struct ct_vector *vector = &selection->vectors[plan->outputs[i].field];
        if (vector->present && !vector->present[row]) {
            struct ct_result_column *column = &result->columns[first + i];
            const size_t value_bytes = ct_result_value_bytes(column->type);
            column->is_null[at] = 1;
            memset((char *)column->values + at * value_bytes, 0, value_bytes);
            continue;
        }
        const struct ct_value value = ct_vector_value(vector, row);
        CT_TRY(ct_result_put(result, first + i, at, &value, err));
    }
    return CT_OK;
}

static ct_status put_row(struct selection *selection, const struct ct_text *tags, int64_t time_ns,
                         uint32_t row, struct ct_error *err)
{
    struct ct_result *result = selection->result;
    const struct ct_plan *plan = selection->work->plan;
    const uint64_t at = result->row_count;
    if (at == plan->rows_max)
        return ct_fail(err, CT_LIMIT, "more than %llu rows: narrow the query or set a limit",
                       (unsigned long long)plan->rows_max);
    CT_TRY(ct_result_reserve(result, at + 1, err));
    result->columns[0].is_null[at] = 0;
    result->columns[0].int64[at] = time_ns;
    for (uint32_t i = 0; i < plan->query->tag_count; i++) {
        result->columns[1 + i].is_null[at] = 0;
        result->columns[1 + i].text[at] = tags[i];
    }
    CT_TRY(put_fields(selection, row, at, err));
    result->row_count++;
    return CT_OK;
}

/* Keeps the rows that may be in the answer. */
static ct_status cut(struct selection *selection, struct ct_error *err)
{
    struct ct_result *result = selection->result;
    const uint64_t limit = selection->work->plan->query->limit;
    struct ct_result_order order;
    CT_TRY(ct_work_order(selection->work, result, false, &order, err));
    CT_TRY(ct_result_sort(result, &order, limit, err));
    if (selection->is_by_time && limit && result->row_count == limit)
        selection->latest_ns = result->columns[0].int64[limit - 1];
    return CT_OK;
}

static ct_status put_run(struct selection *selection, const struct ct_work_source *source,
                         const struct ct_run *run, const int64_t *times_ns, struct ct_error *err)
{
    const struct ct_plan *plan = selection->work->plan;
    struct ct_text tags[CT_QUERY_TAGS_MAX];
    for (uint32_t i = 0; i < plan->query->tag_count; i++) {
        uint32_t code = 0;
        if (plan->tags[i] != CT_NONE) {
            const uint32_t *codes;
            CT_TRY(ct_source_tag_codes(source->source, plan->tags[i], &codes, err));
            code = codes[run->position];
        }
        CT_TRY(tag_text(selection, i, code, &tags[i], err));
    }
    for (uint32_t row = run->first_row; row < run->first_row + run->row_count; row++) {
        if (times_ns[row] > selection->latest_ns)
            continue;
        if (plan->query->skips_empty && !has_value(selection, row))
            continue;
        CT_TRY(put_row(selection, tags, times_ns[row], row, err));
        if (selection->result->row_count >= selection->held_max)
            CT_TRY(cut(selection, err));
    }
    return CT_OK;
}

static ct_status put_block(struct selection *selection, const struct ct_work_source *source,
                           struct ct_cursor *cursor, const struct ct_block *block,
                           struct ct_error *err)
{
    for (uint32_t i = 0; i < block->run_count; i++)
        selection->result->stats.rows_scanned += block->runs[i].row_count;
    if (block->run_count == 0 || block->min_time_ns > selection->latest_ns)
        return CT_OK;
    const int64_t *times_ns;
    CT_TRY(ct_cursor_times(cursor, &times_ns, err));
    for (uint32_t i = 0; i < selection->work->plan->field_count; i++)
        CT_TRY(ct_cursor_column(cursor, i, &selection->vectors[i], err));
    selection->result->stats.blocks_read++;
    for (uint32_t i = 0; i < block->run_count; i++)
        CT_TRY(put_run(selection, source, &block->runs[i], times_ns, err));
    return CT_OK;
}

static ct_status put_blocks(struct selection *selection, const struct ct_work_source *source,
                            struct ct_cursor *cursor, struct ct_error *err)
{
    for (;;) {
        struct ct_block block;
        bool found = false;
        CT_TRY(ct_work_check(selection->work, err));
        CT_TRY(ct_cursor_next(cursor, &block, &found, err));
        if (!found)
            return CT_OK;
        CT_TRY(ct_row_filter_apply(&selection->filter, source, cursor, &block, err));
        CT_TRY(put_block(selection, source, cursor, &block, err));
    }
}

static ct_status put_tasks(struct selection *selection, struct ct_error *err)
{
    const struct ct_work *work = selection->work;
    for (size_t i = 0; i < work->task_count; i++) {
        struct ct_cursor *cursor;
        CT_TRY(ct_work_cursor(work, &work->tasks[i], &cursor, err));
        const ct_status status =
            put_blocks(selection, &work->sources[work->tasks[i].source], cursor, err);
        ct_cursor_close(cursor);
        CT_TRY(status);
    }
    return cut(selection, err);
}

/* Room for the texts of every code of every tag. */
static bool make_texts(struct selection *selection)
{
    const struct ct_plan *plan = selection->work->plan;
    const uint32_t tag_count = plan->query->tag_count;
    selection->by_tag =
        ct_alloc_zeroed(plan->allocator, (size_t)tag_count + 1, sizeof *selection->by_tag);
    selection->code_end =
        ct_alloc_zeroed(plan->allocator, (size_t)tag_count + 1, sizeof *selection->code_end);
    if (!selection->by_tag || !selection->code_end)
        return false;
    size_t total = 0;
    for (uint32_t i = 0; i < tag_count; i++) {
        selection->code_end[i] = 1;
        if (plan->tags[i] != CT_NONE)
            selection->code_end[i] +=
                ct_catalog_value_count(plan->catalog, plan->table, plan->tags[i]);
        total += selection->code_end[i];
    }
    selection->texts = ct_alloc_zeroed(plan->allocator, total + 1, sizeof *selection->texts);
    if (!selection->texts)
        return false;
    size_t at = 0;
    for (uint32_t i = 0; i < tag_count; at += selection->code_end[i], i++)
        selection->by_tag[i] = selection->texts + at;
    return true;
}

static void choose_limit(struct selection *selection)
{
    const struct ct_query *query = selection->work->plan->query;
    selection->is_by_time =
        query->order.column.len == 0 ||
        (!query->order.is_descending && ct_text_equal(query->order.column, ct_text_of("time")));
    const uint64_t rows_max = selection->work->plan->rows_max;
    selection->held_max = UINT64_MAX;
    if (query->limit == 0 || query->limit > rows_max / 4)
        return;
    const uint64_t held = 4 * query->limit < HELD_ROWS_MIN ? HELD_ROWS_MIN : 4 * query->limit;
    selection->held_max = held < rows_max ? held : rows_max;
}

ct_status ct_work_select_rows(const struct ct_work *work, struct ct_result *result,
                              struct ct_error *err)
{
    const struct ct_allocator *allocator = work->plan->allocator;
    struct selection selection = {.work = work, .result = result, .latest_ns = INT64_MAX};
    selection.vectors =
        ct_alloc_zeroed(allocator, (size_t)work->plan->field_count + 1, sizeof *selection.vectors);
    ct_status status = CT_OK;
    if (!selection.vectors || !make_texts(&selection))
        status = ct_result_no_memory(result, err);
    choose_limit(&selection);
    if (status == CT_OK)
        status = ct_row_filter_init(&selection.filter, work, err);
    if (status == CT_OK)
        status = make_columns(&selection, err);
    if (status == CT_OK)
        status = put_tasks(&selection, err);
    ct_row_filter_deinit(&selection.filter);
    ct_release(allocator, selection.vectors);
    ct_release(allocator, selection.texts);
    ct_release(allocator, selection.by_tag);
    ct_release(allocator, selection.code_end);
    return status;
}
