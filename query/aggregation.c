/* Adding up over all workers of a query. */
#include "aggregation.h"

#include <pthread.h>

#include "fill.h"

#define CURRENCIES_BYTES 120

static void add_stats(struct ct_result_stats *to, const struct ct_result_stats *from)
{
    to->rows_scanned += from->rows_scanned;
    to->blocks_read += from->blocks_read;
    to->blocks_from_sums += from->blocks_from_sums;
    to->cells_read += from->cells_read;
    to->rows_from_cells += from->rows_from_cells;
}

static void *run_worker(void *argument)
{
    ct_worker_run(argument);
    return NULL;
}

/* The last worker's share is done by the calling thread; where a thread cannot be started, that
 * one's too. */
static void run_workers(struct ct_worker *workers, uint32_t count)
{
    pthread_t threads[CT_WORKERS_MAX];
    bool is_started[CT_WORKERS_MAX] = {false};
    for (uint32_t i = 0; i + 1 < count; i++)
        is_started[i] = pthread_create(&threads[i], NULL, run_worker, &workers[i]) == 0;
    for (uint32_t i = 0; i < count; i++)
        if (!is_started[i])
            ct_worker_run(&workers[i]);
    for (uint32_t i = 0; i + 1 < count; i++)
        if (is_started[i])
            pthread_join(threads[i], NULL);
}

/* -- Currencies ------------------------------------------------------------------------------- */

static uint32_t append_currency(const struct ct_plan *plan, uint32_t code, char *out, uint32_t used)
{
    const struct ct_text text =
        code ? ct_catalog_value(plan->catalog, plan->table, plan->currency_tag, code)
             : ct_text_of(plan->currency);
    const uint32_t len = (uint32_t)(text.len < 16 ? text.len : 16);
    if (used + len + 8 > CURRENCIES_BYTES)
        return used;
    if (used) {
        memcpy(out + used, ", ", 2);
        used += 2;
    }
    memcpy(out + used, text.bytes, len);
    return used + len;
}

/* Money of several currencies is not summed up. */
static ct_status check_currencies(const struct ct_plan *plan, const struct ct_worker *workers,
                                  uint32_t worker_count, struct ct_error *err)
{
    if (!plan->checks_currency)
        return CT_OK;
    char list[CURRENCIES_BYTES];
    uint32_t seen_count = 0;
    uint32_t used = 0;
    for (uint32_t code = 0; code < workers[0].currency_end; code++) {
        bool is_seen = false;
        for (uint32_t i = 0; i < worker_count; i++)
            is_seen |= code < workers[i].currency_end && workers[i].currency_seen[code];
        if (is_seen) {
            seen_count++;
            used = append_currency(plan, code, list, used);
        }
    }
    if (seen_count < 2)
        return CT_OK;
    return ct_fail(err, CT_CURRENCY,
                   "amounts in %u currencies (%.*s): group by currency or filter to one",
                   seen_count, (int)used, list);
}

/* -- Cells ------------------------------------------------------------------------------------ */

static ct_status merge_workers(struct ct_aggregation *aggregation, struct ct_series_scan *series,
                               struct ct_result *result, struct ct_error *err)
{
    const struct ct_work *work = aggregation->work;
    struct ct_worker *workers = aggregation->workers;
    for (uint32_t i = 0; i < work->worker_count; i++) {
        if (workers[i].status != CT_OK) {
            if (err)
                *err = workers[i].error;
            return workers[i].status;
        }
        add_stats(&result->stats, &workers[i].stats);
    }
    for (uint32_t i = 1; i < work->worker_count; i++)
        CT_TRY(ct_cells_merge(&workers[0].cells, &workers[i].cells, err));
    CT_TRY(ct_series_scan_run(series, &workers[0], err));
    return check_currencies(work->plan, workers, work->worker_count, err);
}

ct_status ct_aggregation_run(struct ct_aggregation *aggregation, const struct ct_work *work,
                             struct ct_series_scan *series, struct ct_result *result,
                             struct ct_error *err)
{
    *aggregation = (struct ct_aggregation){.work = work};
    aggregation->workers =
        ct_alloc_zeroed(work->plan->allocator, work->worker_count, sizeof *aggregation->workers);
    if (!aggregation->workers)
        return ct_result_no_memory(result, err);
    ct_status status = CT_OK;
    for (uint32_t i = 0; status == CT_OK && i < work->worker_count; i++)
        status = ct_worker_init(&aggregation->workers[i], work, i, err);
    if (status == CT_OK) {
        run_workers(aggregation->workers, work->worker_count);
        status = merge_workers(aggregation, series, result, err);
    }
    if (status != CT_OK)
        ct_aggregation_deinit(aggregation);
    return status;
}

void ct_aggregation_deinit(struct ct_aggregation *aggregation)
{
    for (uint32_t i = 0; aggregation->workers && i < aggregation->work->worker_count; i++)
        ct_worker_deinit(&aggregation->workers[i]);
    if (aggregation->workers)
        ct_release(aggregation->work->plan->allocator, aggregation->workers);
    *aggregation = (struct ct_aggregation){0};
}

ct_status ct_aggregation_finish(const struct ct_work *work, struct ct_cells *cells,
                                const struct ct_series_scan *series, struct ct_result *result,
                                struct ct_error *err)
{
    if (work->plan->query->tag_count == 0 && ct_buckets_is_one(&work->buckets)) {
        uint32_t cell; /* one row, also of nothing */
        CT_TRY(ct_cells_find(cells, 0, 0, &cell, err));
    }
    if (work->plan->query->fill)
        CT_TRY(ct_fill_cells(&(struct ct_fill_context){work, cells, series}, cells, err));
    return ct_work_finish(work, cells, series, result, err);
}
