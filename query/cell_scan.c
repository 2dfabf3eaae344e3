/* Cells of rollups into the cells of a query. A rollup's cell is added whole: its group decides
 * the query's group, its start the bucket, which by the scan's contract holds all of it. */
#include "scan_work.h"

unsigned ct_keeps_of(unsigned needs)
{
    unsigned keeps = CT_KEEP_COUNT;
    keeps |= needs & CT_NEED_SUM ? CT_KEEP_SUM : 0;
    keeps |= needs & CT_NEED_MIN ? CT_KEEP_MIN : 0;
    keeps |= needs & CT_NEED_MAX ? CT_KEEP_MAX : 0;
    keeps |= needs & CT_NEED_FIRST ? CT_KEEP_FIRST : 0;
    keeps |= needs & CT_NEED_LAST ? CT_KEEP_LAST : 0;
    keeps |= needs & CT_NEED_QUANTILES ? CT_KEEP_QUANTILES : 0;
    keeps |= needs & CT_NEED_DISTINCT ? CT_KEEP_DISTINCT : 0;
    return keeps;
}

/* A block of cells on its way. */
struct pass {
    struct ct_worker *worker;
    const struct ct_work_source *source;
    struct ct_cell_block block;
    const struct ct_cell_column *columns;
    uint32_t *targets; /* by cell of the block: the query's cell */
};

static ct_status find_targets(struct pass *pass, struct ct_error *err)
{
    struct ct_cells *cells = &pass->worker->cells;
    const struct ct_buckets *buckets = &pass->worker->work->buckets;
    const struct ct_cell_block *block = &pass->block;
    for (uint32_t i = 0; i < block->cell_count; i++) {
        const uint32_t group = pass->source->groups ? pass->source->groups[block->positions[i]] : 0;
        CT_TRY(ct_cells_find(cells, group, ct_bucket_number(buckets, block->buckets_ns[i]),
                             &pass->targets[i], err));
        cells->rows[pass->targets[i]] += (uint64_t)block->rows[i];
        pass->worker->stats.rows_from_cells += (uint64_t)block->rows[i];
    }
    pass->worker->stats.cells_read += block->cell_count;
    return CT_OK;
}

static void see_currencies(const struct pass *pass, uint32_t field)
{
    struct ct_worker *worker = pass->worker;
    if (!pass->source->currencies || !worker->work->plan->fields[field].is_amount)
        return;
    for (uint32_t i = 0; i < pass->block.cell_count; i++) {
        const uint32_t code = pass->source->currencies[pass->block.positions[i]];
        const uint32_t seen = code ? code : worker->work->missing_currency;
        if (pass->columns[field].counts[i] && seen < worker->currency_end)
            worker->currency_seen[seen] = 1;
    }
}

static ct_status add_block(struct pass *pass, struct ct_error *err)
{
    CT_TRY(find_targets(pass, err));
    for (uint32_t field = 0; field < pass->worker->work->plan->field_count; field++) {
        see_currencies(pass, field);
        CT_TRY(ct_cells_add_column(&pass->worker->cells, field, &pass->columns[field],
                                   pass->targets, pass->block.cell_count, err));
    }
    return CT_OK;
}

static ct_status add_blocks(struct pass *pass, struct ct_cursor *cursor, struct ct_error *err)
{
    for (;;) {
        bool found = false;
        CT_TRY(ct_work_check(pass->worker->work, err));
        CT_TRY(ct_cursor_next_cells(cursor, &pass->block, &pass->columns, &found, err));
        if (!found)
            return CT_OK;
        CT_TRY(add_block(pass, err));
    }
}

ct_status ct_worker_add_cells(struct ct_worker *worker, const struct ct_work_source *source,
                              struct ct_cursor *cursor, struct ct_error *err)
{
    const struct ct_allocator *allocator = worker->work->plan->allocator;
    struct pass pass = {.worker = worker, .source = source};
    pass.targets = ct_alloc(allocator, CT_BLOCK_VALUES_MAX * sizeof *pass.targets);
    if (!pass.targets)
        return ct_cell_no_memory(err);
    const ct_status status = add_blocks(&pass, cursor, err);
    ct_release(allocator, pass.targets);
    return status;
}
