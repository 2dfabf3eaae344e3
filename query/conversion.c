#include "conversion.h"
#include "aggregation.h"
#include "exact_math.h"
#include "rates.h"

struct conversion {
    const struct ct_plan *plan; /* the query's */
    const struct ct_query_options *options;
    struct ct_work outer; /* its groups and buckets */
    struct ct_rates rates;
    /* The query that is run in its place. */
    struct ct_query query;
    struct ct_text tags[CT_QUERY_TAGS_MAX];
    struct ct_plan inner_plan;
    int64_t *edges;
    size_t edge_count, edge_cap;
};

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for a conversion of currencies");
}

/* -- What can be converted -------------------------------------------------------------------- */

static ct_status check_outputs(const struct ct_plan *plan, struct ct_error *err)
{
    for (uint32_t i = 0; i < plan->query->aggregate_count; i++) {
        const enum ct_function function = plan->outputs[i].function;
        const uint32_t field = plan->outputs[i].field;
        const bool is_plain = function == CT_COUNT || function == CT_SUM || function == CT_MEAN;
        if (!is_plain && field != CT_NONE && plan->fields[field].is_money)
            return ct_fail(err, CT_INVALID,
                           "%s of money cannot be converted: sum, mean and count can",
                           ct_function_name(function));
    }
    for (uint32_t i = 0; i < plan->field_count; i++)
        if (plan->fields[i].needs & CT_NEED_VALUES)
            return ct_fail(err, CT_INVALID,
                           "a conversion beside median, quantile, mode or count_distinct: ask for "
                           "those apart");
    return CT_OK;
}

static ct_status check(const struct ct_plan *plan, struct ct_error *err)
{
    const struct ct_query *query = plan->query;
    if (query->mode == CT_QUERY_ROWS || plan->needs_series || plan->needs_tags)
        return ct_fail(err, CT_INVALID,
                       "rows, rates over time and counts of tags cannot be converted");
    if (query->tag_count == CT_QUERY_TAGS_MAX)
        return ct_fail(err, CT_LIMIT, "a conversion beside %d tags", CT_QUERY_TAGS_MAX);
    if (query->conversion.has_scale && query->conversion.scale > CT_DECIMAL_SCALE_MAX)
        return ct_fail(err, CT_INVALID, "a scale of %d digits, at most %d", query->conversion.scale,
                       CT_DECIMAL_SCALE_MAX);
    if (query->bucket_ns && (query->start_ns == INT64_MIN || query->end_ns == INT64_MAX))
        return ct_fail(err, CT_INVALID,
                       "a conversion with time buckets of a width needs a start and an end");
    return check_outputs(plan, err);
}

/* -- Edges ------------------------------------------------------------------------------------ */

static ct_status add_edge(struct conversion *conversion, int64_t time_ns, struct ct_error *err)
{
    if (conversion->edge_count == CT_QUERY_EDGES_MAX)
        return ct_fail(err, CT_LIMIT, "more than %d time buckets: use wider ones",
                       CT_QUERY_EDGES_MAX);
    if (!ct_grow(conversion->plan->allocator, &conversion->edges, &conversion->edge_cap,
                 conversion->edge_count + 1, sizeof *conversion->edges))
        return no_memory(err);
    conversion->edges[conversion->edge_count++] = time_ns;
    return CT_OK;
}

/* Those of the query's own buckets. */
static ct_status add_bucket_edges(struct conversion *conversion, struct ct_error *err)
{
    const struct ct_buckets *buckets = &conversion->outer.buckets;
    const struct ct_query *query = conversion->plan->query;
    for (size_t i = 0; buckets->edges && i < buckets->edge_count; i++)
        CT_TRY(add_edge(conversion, buckets->edges[i], err));
    if (buckets->edges)
        return CT_OK;
    if (ct_buckets_is_one(buckets)) {
        CT_TRY(add_edge(conversion, INT64_MIN, err));
        return add_edge(conversion, INT64_MAX, err);
    }
    int64_t number = ct_bucket_number(buckets, query->start_ns);
    CT_TRY(add_edge(conversion, ct_bucket_first_ns(buckets, number), err));
    const int64_t last_wanted_ns = query->start_ns < query->end_ns ? query->end_ns - 1 : INT64_MIN;
    for (; ct_bucket_last_ns(buckets, number) < last_wanted_ns; number++)
        CT_TRY(add_edge(conversion, ct_bucket_last_ns(buckets, number) + 1, err));
    const int64_t last_ns = ct_bucket_last_ns(buckets, number);
    return add_edge(conversion, last_ns == INT64_MAX ? last_ns : last_ns + 1, err);
}

/* Merges two ascending stretches of the edges and drops what stands twice. */
static ct_status merge_edges(struct conversion *conversion, size_t middle, struct ct_error *err)
{
    const size_t count = conversion->edge_count;
    int64_t *merged = ct_alloc_zeroed(conversion->plan->allocator, count, sizeof *merged);
    if (!merged)
        return no_memory(err);
    size_t left = 0;
    size_t right = middle;
    size_t out = 0;
    while (left < middle || right < count) {
        const bool takes_left = right == count || (left < middle && conversion->edges[left] <=
                                                                        conversion->edges[right]);
        const int64_t edge = conversion->edges[takes_left ? left++ : right++];
        if (out == 0 || merged[out - 1] != edge)
            merged[out++] = edge;
    }
    ct_release(conversion->plan->allocator, conversion->edges);
    conversion->edges = merged;
    conversion->edge_count = conversion->edge_cap = out;
    return CT_OK;
}

/* And where rates to the wanted currency change. Those of one base ascend in the list. */
static ct_status cut_edges(struct conversion *conversion, struct ct_error *err)
{
    CT_TRY(add_bucket_edges(conversion, err));
    const int64_t first_ns = conversion->edges[0];
    const int64_t last_ns = conversion->edges[conversion->edge_count - 1];
    const struct ct_text quote = conversion->plan->query->conversion.currency;
    for (size_t i = 0; i < conversion->rates.count;) {
        const struct ct_text base = conversion->rates.items[i].base;
        const size_t middle = conversion->edge_count;
        for (; i < conversion->rates.count && ct_text_equal(conversion->rates.items[i].base, base);
             i++) {
            const struct ct_rate *rate = &conversion->rates.items[i];
            if (ct_text_equal(rate->quote, quote) && rate->from_ns > first_ns &&
                rate->from_ns < last_ns)
                CT_TRY(add_edge(conversion, rate->from_ns, err));
        }
        if (conversion->edge_count > middle)
            CT_TRY(merge_edges(conversion, middle, err));
    }
    return CT_OK;
}

/* -- Adding up -------------------------------------------------------------------------------- */

static ct_status find_rate(const struct conversion *conversion, struct ct_text base,
                           int64_t bucket_ns, struct ct_decimal *out, struct ct_error *err)
{
    const struct ct_query *query = conversion->plan->query;
    const int64_t time_ns = bucket_ns < query->start_ns ? query->start_ns : bucket_ns;
    struct ct_rate_span span;
    if (base.len == 0)
        base = ct_text_of(conversion->plan->currency);
    const ct_status status =
        ct_rates_at(&conversion->rates, base, query->conversion.currency, time_ns, &span, err);
    if (status == CT_OK)
        *out = span.rate;
    if (status != CT_CURRENCY || time_ns != INT64_MIN)
        return status;
    return ct_fail(err, CT_CURRENCY, "no rate of %.*s to %.*s before the first one, or none at all",
                   (int)(base.len < 16 ? base.len : 16), base.bytes,
                   (int)(query->conversion.currency.len < 16 ? query->conversion.currency.len : 16),
                   query->conversion.currency.bytes);
}

/* sum x rate onto the cell's sum. */
static ct_status add_amount(const struct ct_cell_field *to, uint32_t cell,
                            const struct ct_decimal_sum *sum, struct ct_decimal rate,
                            struct ct_error *err)
{
    struct ct_decimal_sum factor = {0};
    struct ct_decimal_sum product;
    ct_status status = ct_decimal_sum_add(&factor, rate.mantissa, rate.scale);
    if (status == CT_OK)
        status = ct_exact_product(sum, &factor, &product);
    if (status != CT_OK)
        return ct_cell_fail_range(err);
    return ct_cell_add_sum(&to->exact[cell], &product, err);
}

static ct_status fold_field(const struct conversion *conversion, struct ct_cells *cells,
                            uint32_t field, uint32_t cell, const struct ct_cells *from,
                            uint32_t from_cell, struct ct_text base, struct ct_error *err)
{
    const struct ct_cell_field *there = &from->fields[field];
    struct ct_cell_field *here = &cells->fields[field];
    if (!conversion->plan->fields[field].is_amount || !there->exact)
        return ct_cells_merge_field(cells, field, cell, there, from_cell, err);
    if (there->counts[from_cell] == 0)
        return CT_OK;
    struct ct_decimal rate = {0};
    CT_TRY(find_rate(conversion, base, conversion->edges[from->buckets[from_cell]], &rate, err));
    here->counts[cell] += there->counts[from_cell];
    return add_amount(here, cell, &there->exact[from_cell], rate, err);
}

/* The query's cell that a cell of the inner one lies in. */
static ct_status find_cell(struct conversion *conversion, const struct ct_grouping *inner,
                           struct ct_cells *cells, uint32_t group, int64_t bucket_ns,
                           uint32_t *cell, struct ct_error *err)
{
    struct ct_work *outer = &conversion->outer;
    uint32_t outer_group = 0;
    if (outer->grouping.tag_count)
        CT_TRY(ct_grouping_of_key(&outer->grouping, inner->keys + (size_t)group * inner->tag_count,
                                  &outer_group, err));
    return ct_cells_find(cells, outer_group, ct_bucket_number(&outer->buckets, bucket_ns), cell,
                         err);
}

static ct_status fold(struct conversion *conversion, const struct ct_work *inner,
                      const struct ct_cells *from, struct ct_cells *cells, struct ct_error *err)
{
    const uint32_t currency_at = inner->grouping.tag_count - 1;
    for (uint32_t from_cell = 0; from_cell < from->cell_count; from_cell++) {
        const uint32_t group = from->groups[from_cell];
        const struct ct_text base = ct_grouping_value(&inner->grouping, group, currency_at);
        uint32_t cell;
        if (from_cell % 1024 == 0)
            CT_TRY(ct_work_check(inner, err));
        CT_TRY(find_cell(conversion, &inner->grouping, cells, group,
                         conversion->edges[from->buckets[from_cell]], &cell, err));
        cells->rows[cell] += from->rows[from_cell];
        for (uint32_t i = 0; i < conversion->plan->field_count; i++)
            CT_TRY(fold_field(conversion, cells, i, cell, from, from_cell, base, err));
    }
    return CT_OK;
}

/* -- From end to end -------------------------------------------------------------------------- */

static ct_status fold_and_finish(struct conversion *conversion, const struct ct_work *inner,
                                 const struct ct_cells *from, struct ct_result *result,
                                 struct ct_error *err)
{
    const struct ct_series_scan no_series = {0};
    struct ct_cells cells;
    ct_status status = ct_cells_init(&cells, conversion->plan, 0, 0, 0, err);
    if (status == CT_OK)
        status = fold(conversion, inner, from, &cells, err);
    if (status == CT_OK)
        status = ct_aggregation_finish(&conversion->outer, &cells, &no_series, result, err);
    ct_cells_deinit(&cells);
    return status;
}

static ct_status run_inner(struct conversion *conversion, struct ct_snapshot *snapshot,
                           struct ct_result *result, struct ct_error *err)
{
    struct ct_series_scan no_series = {0};
    struct ct_aggregation aggregation;
    struct ct_work work;
    CT_TRY(ct_work_init(&work, &conversion->inner_plan, snapshot, conversion->options, err));
    result->stats.sources = work.source_count;
    ct_status status = ct_aggregation_run(&aggregation, &work, &no_series, result, err);
    if (status == CT_OK) {
        status = fold_and_finish(conversion, &work, &aggregation.workers[0].cells, result, err);
        ct_aggregation_deinit(&aggregation);
    }
    ct_work_deinit(&work);
    return status;
}

static ct_status plan_inner(struct conversion *conversion, struct ct_error *err)
{
    const struct ct_query *query = conversion->plan->query;
    if (query->tag_count)
        memcpy(conversion->tags, query->tags, query->tag_count * sizeof *query->tags);
    conversion->tags[query->tag_count] = ct_text_of("currency");
    conversion->query = *query;
    conversion->query.tags = conversion->tags;
    conversion->query.tag_count = query->tag_count + 1;
    conversion->query.conversion = (struct ct_conversion){0};
    CT_TRY(ct_plan_init(&conversion->inner_plan, conversion->plan->catalog, &conversion->query,
                        conversion->options, conversion->plan->allocator, err));
    conversion->inner_plan.edges = conversion->edges;
    conversion->inner_plan.edge_count = conversion->edge_count;
    return CT_OK;
}

static ct_status run(struct conversion *conversion, struct ct_snapshot *snapshot,
                     struct ct_result *result, struct ct_error *err)
{
    const struct ct_plan *plan = conversion->plan;
    const struct ct_conversion *asked = &plan->query->conversion;
    const struct ct_text database = plan->query->database;
    CT_TRY(ct_rates_read(plan->catalog, database.len ? database : ct_text_of("default"),
                         asked->table.len ? asked->table : ct_text_of(CT_RATE_TABLE_DEFAULT),
                         plan->allocator, &conversion->rates, err));
    CT_TRY(cut_edges(conversion, err));
    CT_TRY(plan_inner(conversion, err));
    const ct_status status = run_inner(conversion, snapshot, result, err);
    ct_plan_deinit(&conversion->inner_plan);
    return status;
}

ct_status ct_conversion_run(const struct ct_plan *plan, struct ct_snapshot *snapshot,
                            const struct ct_query_options *options, struct ct_result *result,
                            struct ct_error *err)
{
    CT_TRY(check(plan, err));
    struct conversion *conversion = ct_alloc_zeroed(plan->allocator, 1, sizeof *conversion);
    if (!conversion)
        return no_memory(err);
    conversion->plan = plan;
    conversion->options = options;
    ct_status status = ct_work_init_empty(&conversion->outer, plan, snapshot, options, err);
    if (status == CT_OK)
        status = run(conversion, snapshot, result, err);
    if (conversion->rates.allocator)
        ct_rates_deinit(&conversion->rates);
    ct_release(plan->allocator, conversion->edges);
    ct_work_deinit(&conversion->outer);
    ct_release(plan->allocator, conversion);
    return status;
}
