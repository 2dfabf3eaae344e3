/* A query from end to end: plan, work, workers, merge, finish. All memory of a query is the
 * result's, counted and limited there. */
#include "query.h"

#include "aggregation.h"
#include "conversion.h"
#include "top_groups.h"

static ct_status aggregate(struct ct_work *work, struct ct_snapshot *snapshot,
                           struct ct_result *result, struct ct_error *err)
{
    struct ct_series_scan series;
    struct ct_aggregation aggregation;
    CT_TRY(ct_top_groups_narrow(work, result, err));
    CT_TRY(ct_series_scan_init(&series, work, snapshot, err));
    ct_status status = ct_aggregation_run(&aggregation, work, &series, result, err);
    if (status == CT_OK) {
        status = ct_aggregation_finish(work, &aggregation.workers[0].cells, &series, result, err);
        ct_aggregation_deinit(&aggregation);
    }
    ct_series_scan_deinit(&series);
    return status;
}

static ct_status run_plan(const struct ct_plan *plan, struct ct_snapshot *snapshot,
                          const struct ct_query_options *options, struct ct_result *result,
                          struct ct_error *err)
{
    if (plan->query->conversion.currency.len)
        return ct_conversion_run(plan, snapshot, options, result, err);
    struct ct_work work;
    CT_TRY(ct_work_init(&work, plan, snapshot, options, err));
    result->stats.sources = work.source_count;
    const ct_status status = plan->query->mode == CT_QUERY_ROWS
                                 ? ct_work_select_rows(&work, result, err)
                                 : aggregate(&work, snapshot, result, err);
    ct_work_deinit(&work);
    return status;
}

static ct_status run(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                     const struct ct_query *query, const struct ct_query_options *options,
                     struct ct_result *result, struct ct_error *err)
{
    struct ct_plan plan;
    CT_TRY(ct_plan_init(&plan, catalog, query, options, &result->memory.base, err));
    const ct_status status = run_plan(&plan, snapshot, options, result, err);
    ct_plan_deinit(&plan);
    return status;
}

ct_status ct_query_run(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                       const struct ct_allocator *allocator, const struct ct_query *query,
                       const struct ct_query_options *options, struct ct_result **out,
                       struct ct_error *err)
{
    const struct ct_query_options defaults = {0};
    if (!options)
        options = &defaults;
    struct ct_result *result = ct_result_create(allocator, options->memory_bytes);
    if (!result)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for the result of a query");
    ct_status status = run(snapshot, catalog, query, options, result, err);
    if (status == CT_NO_MEMORY && result->memory.limit_bytes)
        status = ct_result_no_memory(result, err);
    if (status != CT_OK) {
        ct_result_destroy(result);
        return status;
    }
    *out = result;
    return CT_OK;
}
