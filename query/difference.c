#include "difference.h"

#include "result_build.h"

/* Behind the tags: columns of the answers to the two questions, and of the difference. */
enum answer_column { SUM = 0, ROWS = 1 };
enum difference_column { BEFORE = 0, AFTER = 1, CHANGE = 2, STATUS = 3, COLUMNS = 4 };

struct merge {
    const struct ct_result *sides[2]; /* before, after: sorted by tags */
    uint32_t tag_count;
    struct ct_result *out;
};

static ct_status ask(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                     const struct ct_allocator *allocator, const struct ct_difference *difference,
                     const struct ct_query_options *options, struct ct_result **out,
                     struct ct_error *err)
{
    const struct ct_aggregate aggregates[] = {
        [SUM] = {.function = CT_SUM, .field = difference->field, .name = ct_text_of("sum")},
        [ROWS] = {.function = CT_COUNT, .name = ct_text_of("rows")},
    };
    const struct ct_query query = {
        .database = difference->database,
        .table = difference->table,
        .aggregates = aggregates,
        .aggregate_count = CT_COUNT_OF(aggregates),
        .tags = difference->tags,
        .tag_count = difference->tag_count,
        .filter = difference->filter,
        .start_ns = difference->start_ns,
        .end_ns = difference->end_ns,
    };
    CT_TRY(ct_query_run(snapshot, catalog, allocator, &query, options, out, err));
    if ((*out)->columns[difference->tag_count + SUM].type == CT_RESULT_DECIMAL)
        return CT_OK;
    ct_result_destroy(*out);
    *out = NULL;
    return ct_fail(
        err, CT_TYPE, "field \"%.*s\" has no exact sum: a difference needs a decimal or an integer",
        (int)(difference->field.len < 60 ? difference->field.len : 60), difference->field.bytes);
}

/* -- currencies ------------------------------------------------------------------------------- */

static bool is_grouped_by_currency(const struct ct_difference *difference)
{
    for (uint32_t i = 0; i < difference->tag_count; i++) {
        if (ct_text_equal(difference->tags[i], ct_text_of("currency")))
            return true;
    }
    return false;
}

/* Adds the currencies that the side's amounts are in: one, or a second that is another. */
static void note_currencies(const struct ct_result *side, struct ct_text found[2], uint32_t *count)
{
    for (uint64_t row = 0; row < side->row_count && *count < 2; row++) {
        const struct ct_text currency = side->columns[0].text[row];
        const bool has_amounts = !side->columns[1 + SUM].is_null[row];
        if (has_amounts && (*count == 0 || !ct_text_equal(found[0], currency)))
            found[(*count)++] = currency;
    }
}

/* Each question alone refuses to add up two currencies; taking dollars from euros would pass them
 * both. */
static ct_status check_currency(struct ct_snapshot *const snapshots[2], struct ct_catalog *catalog,
                                const struct ct_allocator *allocator,
                                const struct ct_difference *difference,
                                const struct ct_query_options *options, struct ct_error *err)
{
    const struct ct_text currency = ct_text_of("currency");
    struct ct_difference by_currency = *difference;
    by_currency.tags = &currency;
    by_currency.tag_count = 1;
    struct ct_result *sides[2] = {NULL, NULL};
    struct ct_text found[2];
    uint32_t count = 0;
    ct_status status = CT_OK;
    for (int i = 0; i < 2 && status == CT_OK; i++) {
        status = ask(snapshots[i], catalog, allocator, &by_currency, options, &sides[i], err);
        if (status == CT_OK)
            note_currencies(sides[i], found, &count);
    }
    if (status == CT_OK && count > 1)
        status = ct_fail(err, CT_CURRENCY,
                         "amounts in %.3s and %.3s: group by currency, or filter to one",
                         found[0].bytes, found[1].bytes);
    ct_result_destroy(sides[0]);
    ct_result_destroy(sides[1]);
    return status;
}

/* -- one row ---------------------------------------------------------------------------------- */

/* A side's row of the group now looked at; row UINT64_MAX: it has none. */
struct side {
    const struct ct_result *result;
    uint64_t row;
};

static bool has_rows(const struct merge *merge, struct side side)
{
    return side.row != UINT64_MAX &&
           side.result->columns[merge->tag_count + ROWS].uint64[side.row] > 0;
}

/* NULL where there is no value. */
static const struct ct_decimal_sum *sum_of(const struct merge *merge, struct side side)
{
    if (side.row == UINT64_MAX)
        return NULL;
    const struct ct_result_column *column = &side.result->columns[merge->tag_count + SUM];
    return column->is_null[side.row] ? NULL : &column->decimal[side.row];
}

static bool is_unchanged(const struct merge *merge, struct side before, struct side after)
{
    const struct ct_decimal_sum zero = {0};
    const struct ct_decimal_sum *a = sum_of(merge, before);
    const struct ct_decimal_sum *b = sum_of(merge, after);
    return has_rows(merge, before) == has_rows(merge, after) &&
           ct_decimal_sum_compare(a ? a : &zero, b ? b : &zero) == 0;
}

static void put_sum(const struct merge *merge, enum difference_column column, uint64_t row,
                    const struct ct_decimal_sum *sum)
{
    struct ct_result_column *out = &merge->out->columns[merge->tag_count + column];
    out->is_null[row] = sum == NULL;
    out->decimal[row] = sum ? *sum : (struct ct_decimal_sum){0};
}

static ct_status put_change(const struct merge *merge, uint64_t row, struct side before,
                            struct side after, struct ct_error *err)
{
    struct ct_decimal_sum change = {0};
    const struct ct_decimal_sum *a = sum_of(merge, before);
    const struct ct_decimal_sum *b = sum_of(merge, after);
    if ((b && ct_decimal_sum_merge(&change, b) != CT_OK) ||
        (a && ct_decimal_sum_subtract(&change, a) != CT_OK))
        return ct_fail(err, CT_RANGE, "a difference of more than 77 digits");
    put_sum(merge, BEFORE, row, a);
    put_sum(merge, AFTER, row, b);
    put_sum(merge, CHANGE, row, &change);
    return CT_OK;
}

static ct_status put_row(struct merge *merge, struct side before, struct side after,
                         struct ct_error *err)
{
    struct ct_result *out = merge->out;
    if (is_unchanged(merge, before, after))
        return CT_OK;
    const uint64_t row = out->row_count;
    const struct side names = before.row != UINT64_MAX ? before : after;
    CT_TRY(ct_result_reserve(out, row + 1, err));
    for (uint32_t i = 0; i < merge->tag_count; i++) {
        out->columns[i].is_null[row] = 0;
        CT_TRY(ct_result_copy_text(out, names.result->columns[i].text[names.row],
                                   &out->columns[i].text[row], err));
    }
    CT_TRY(put_change(merge, row, before, after, err));
    const char *status = !has_rows(merge, before)  ? "new"
                         : !has_rows(merge, after) ? "gone"
                                                   : "changed";
    struct ct_result_column *column = &out->columns[merge->tag_count + STATUS];
    column->is_null[row] = 0;
    CT_TRY(ct_result_copy_text(out, ct_text_of(status), &column->text[row], err));
    out->row_count++;
    return CT_OK;
}

/* -- all rows --------------------------------------------------------------------------------- */

/* Which side's row comes first by its tags; 0: both are of one group. */
static int compare(const struct merge *merge, const uint64_t rows[2])
{
    for (int side = 0; side < 2; side++) {
        if (rows[side] >= merge->sides[side]->row_count)
            return side ? -1 : 1;
    }
    for (uint32_t i = 0; i < merge->tag_count; i++) {
        const int order = ct_text_compare(merge->sides[0]->columns[i].text[rows[0]],
                                          merge->sides[1]->columns[i].text[rows[1]]);
        if (order != 0)
            return order;
    }
    return 0;
}

static ct_status merge_rows(struct merge *merge, struct ct_error *err)
{
    uint64_t rows[2] = {0, 0};
    while (rows[0] < merge->sides[0]->row_count || rows[1] < merge->sides[1]->row_count) {
        const int order = compare(merge, rows);
        struct side sides[2];
        for (int i = 0; i < 2; i++) {
            const bool is_of_group = i ? order >= 0 : order <= 0;
            sides[i] = (struct side){merge->sides[i], is_of_group ? rows[i]++ : UINT64_MAX};
        }
        CT_TRY(put_row(merge, sides[0], sides[1], err));
    }
    return CT_OK;
}

static ct_status make_columns(struct merge *merge, struct ct_error *err)
{
    static const char *const names[COLUMNS] = {"before", "after", "change", "status"};
    const struct ct_text none = {"", 0};
    const struct ct_result *like = merge->sides[1];
    CT_TRY(ct_result_set_columns(merge->out, merge->tag_count + COLUMNS, err));
    for (uint32_t i = 0; i < merge->tag_count; i++) {
        merge->out->columns[i].type = CT_RESULT_TEXT;
        merge->out->columns[i].is_tag = true;
        CT_TRY(ct_result_name_column(merge->out, i, like->columns[i].name, none, err));
    }
    for (uint32_t i = 0; i < COLUMNS; i++) {
        struct ct_result_column *column = &merge->out->columns[merge->tag_count + i];
        column->type = i == STATUS ? CT_RESULT_TEXT : CT_RESULT_DECIMAL;
        column->is_money = i != STATUS && like->columns[merge->tag_count + SUM].is_money;
        CT_TRY(ct_result_name_column(merge->out, merge->tag_count + i, ct_text_of(names[i]), none,
                                     err));
    }
    return ct_result_reserve(merge->out, 1, err);
}

static void add_stats(struct ct_result_stats *to, const struct ct_result_stats *from)
{
    to->rows_scanned += from->rows_scanned;
    to->blocks_read += from->blocks_read;
    to->blocks_from_sums += from->blocks_from_sums;
    to->cells_read += from->cells_read;
    to->rows_from_cells += from->rows_from_cells;
    to->sources += from->sources;
}

static ct_status merge_answers(struct merge *merge, const struct ct_allocator *allocator,
                               const struct ct_query_options *options, struct ct_result **out,
                               struct ct_error *err)
{
    merge->out = ct_result_create(allocator, options ? options->memory_bytes : 0);
    if (!merge->out)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for the result of a query");
    ct_status status = make_columns(merge, err);
    if (status == CT_OK)
        status = merge_rows(merge, err);
    if (status != CT_OK) {
        ct_result_destroy(merge->out);
        return status;
    }
    add_stats(&merge->out->stats, &merge->sides[0]->stats);
    add_stats(&merge->out->stats, &merge->sides[1]->stats);
    *out = merge->out;
    return CT_OK;
}

ct_status ct_difference_run(struct ct_snapshot *before, struct ct_snapshot *after,
                            struct ct_catalog *catalog, const struct ct_allocator *allocator,
                            const struct ct_difference *difference,
                            const struct ct_query_options *options, struct ct_result **out,
                            struct ct_error *err)
{
    struct ct_snapshot *const snapshots[2] = {before, after};
    struct ct_result *answers[2] = {NULL, NULL};
    struct merge merge = {.tag_count = difference->tag_count};
    ct_status status = CT_OK;
    for (int i = 0; i < 2 && status == CT_OK; i++)
        status = ask(snapshots[i], catalog, allocator, difference, options, &answers[i], err);
    merge.sides[0] = answers[0];
    merge.sides[1] = answers[1];
    if (status == CT_OK && answers[0]->columns[difference->tag_count + SUM].is_money &&
        !is_grouped_by_currency(difference))
        status = check_currency(snapshots, catalog, allocator, difference, options, err);
    if (status == CT_OK)
        status = merge_answers(&merge, allocator, options, out, err);
    ct_result_destroy(answers[0]);
    ct_result_destroy(answers[1]);
    return status;
}
