/* Settling that keeps what it removes.
 *
 * A row that a snapshot of commit c sees is one with commit <= c < until. Where writes of one
 * identity are folded, each of them but the last goes to the past as it was written, and counts
 * until the commit that the folded row now bears: a snapshot in between folds, from what counts
 * for it, what there was. So nothing is worked out twice, and rows of the same identity in other
 * segments need not be known. */
#include "decimal.h"
#include "row_pool.h"

static bool has_value(const struct ct_pool_column *column, uint32_t row)
{
    return column->has_values && (!column->has_gaps || column->present[row]);
}

static struct ct_decimal decimal_of(const struct ct_pool_column *column, uint32_t row)
{
    return (struct ct_decimal){.mantissa = column->is_wide ? column->wide[row] : column->words[row],
                               .scale = column->scales[row]};
}

static bool is_same(const struct ct_pool_column *column, uint32_t a, uint32_t b)
{
    switch (column->type) {
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
        return column->words[a] == column->words[b];
    case CT_BOOL:
        return column->bools[a] == column->bools[b];
    case CT_STRING:
        return ct_text_equal(column->texts[a], column->texts[b]);
    case CT_DECIMAL:
        return ct_decimal_compare(decimal_of(column, a), decimal_of(column, b)) == 0;
    }
    return false;
}

/* Takes a row's values over into `latest`, the row with the newest value of each column; true where
 * any of them is new. */
static bool overwrite(const struct ct_row_pool *pool, uint32_t row, uint32_t *latest)
{
    bool is_changed = false;
    for (uint32_t i = 0; i < pool->column_count; i++) {
        const struct ct_pool_column *column = &pool->columns[i];
        if ((int)i == pool->commit_column || (int)i == pool->until_column ||
            !has_value(column, row))
            continue;
        if (latest[i] == UINT32_MAX || !is_same(column, latest[i], row)) {
            latest[i] = row;
            is_changed = true;
        }
    }
    return is_changed;
}

static ct_status copy_row(const struct ct_row_pool *pool, uint32_t row, int64_t until,
                          struct ct_row_pool *past)
{
    CT_TRY(ct_row_pool_reserve(past, 1));
    const size_t at = past->row_count;
    past->times_ns[at] = pool->times_ns[row];
    for (uint32_t i = 0; i < pool->column_count; i++) {
        const struct ct_vector value = ct_row_pool_vector(pool, i, row, 1);
        const bool is_there = has_value(&pool->columns[i], row);
        CT_TRY(ct_row_pool_set(past, i, at, is_there ? &value : NULL, 0, 1));
    }
    ct_row_pool_fill(past, (uint32_t)past->until_column, at, until, 1);
    past->row_count++;
    return CT_OK;
}

static int64_t commit_of(const struct ct_row_pool *pool, uint32_t row)
{
    return ct_row_pool_integer(pool, pool->commit_column, row, 0);
}

/* Deleted rows of the group leave it; returns how many are left, moved to order[to ...). */
static ct_status part_with_deleted(struct ct_row_pool *pool, size_t first, size_t end, size_t to,
                                   struct ct_row_pool *past, size_t *left)
{
    *left = 0;
    for (size_t i = first; i < end; i++) {
        const uint32_t row = pool->order[i];
        const int64_t until = ct_row_pool_integer(pool, pool->until_column, row, 0);
        if (until > 0)
            CT_TRY(copy_row(pool, row, until, past));
        else
            pool->order[to + (*left)++] = row;
    }
    return CT_OK;
}

/* The commit that the rows order[first, end) of one identity bear when they are folded. A row that
 * changes nothing is given the greatest of all commits, and so never goes to the past. */
static int64_t settle_commits(struct ct_row_pool *pool, size_t first, size_t end, uint32_t *latest)
{
    for (uint32_t i = 0; i < pool->column_count; i++)
        latest[i] = UINT32_MAX;
    int64_t *commits = pool->columns[pool->commit_column].words;
    int64_t commit = commit_of(pool, pool->order[first]);
    for (size_t i = first; i < end; i++) {
        const uint32_t row = pool->order[i];
        if (overwrite(pool, row, latest))
            commit = commit_of(pool, row);
        else
            commits[row] = INT64_MAX;
    }
    return commit;
}

static ct_status keep_overwritten(struct ct_row_pool *pool, size_t first, size_t end,
                                  struct ct_row_pool *past, uint32_t *latest)
{
    const int64_t commit = settle_commits(pool, first, end, latest);
    for (size_t i = first; i + 1 < end; i++) {
        if (commit_of(pool, pool->order[i]) < commit)
            CT_TRY(copy_row(pool, pool->order[i], commit, past));
    }
    pool->columns[pool->commit_column].words[pool->order[end - 1]] = commit;
    return CT_OK;
}

static bool has_deleted(const struct ct_row_pool *pool)
{
    return pool->columns[pool->until_column].has_values;
}

ct_status ct_row_pool_settle_keeping(struct ct_row_pool *pool, struct ct_row_pool *past,
                                     uint32_t *latest)
{
    CT_ASSERT(pool->commit_column >= 0 && pool->until_column >= 0);
    if (!has_deleted(pool) && ct_row_pool_is_settled(pool))
        return CT_OK;
    CT_TRY(ct_row_pool_sort(pool));
    size_t kept = 0;
    for (size_t first = 0; first < pool->row_count;) {
        const size_t end = ct_row_pool_group_end(pool, first);
        size_t left = 0;
        CT_TRY(part_with_deleted(pool, first, end, kept, past, &left));
        if (left > 1)
            CT_TRY(keep_overwritten(pool, kept, kept + left, past, latest));
        kept += left;
        first = end;
    }
    pool->row_count = kept;
    return ct_row_pool_fold(pool);
}

ct_status ct_row_pool_arrange(struct ct_row_pool *pool, int64_t low)
{
    CT_TRY(ct_row_pool_sort(pool));
    size_t kept = 0;
    for (size_t i = 0; i < pool->row_count; i++) {
        const uint32_t row = pool->order[i];
        pool->order[kept] = row;
        kept += ct_row_pool_integer(pool, pool->until_column, row, 0) > low;
    }
    pool->row_count = kept;
    return ct_row_pool_unfold(pool);
}
