/* One grouped query for each breakdown: so each can be answered from the rollup that fits it. */
#include "cost_summary.h"

#define TOP_COUNT 10

static const char *const dimension_tags[CT_COST_DIMENSIONS] = {"provider", "service", "cluster",
                                                               "region"};

static const char *const built_in_tags[] = {"provider",       "service",     "region",   "account",
                                            "cluster",        "resource_id", "currency", "source",
                                            "billing_period", "invoice_id"};

struct summing {
    struct ct_snapshot *snapshot;
    struct ct_catalog *catalog;
    const struct ct_cost_summary_request *request;
    const struct ct_query_options *options;
    struct ct_cost_summary *out;
    uint32_t table;
};

static bool is_built_in(struct ct_text tag)
{
    for (size_t i = 0; i < CT_COUNT_OF(built_in_tags); i++)
        if (ct_text_equal(tag, ct_text_of(built_in_tags[i])))
            return true;
    return false;
}

/* False where there is no table, or no field, to sum up. */
static bool find_costs(struct summing *summing)
{
    const struct ct_text database = summing->request->database;
    const uint32_t number =
        ct_catalog_find_database(summing->catalog, database.len ? database : ct_text_of("default"));
    if (number == CT_NONE)
        return false;
    summing->table = ct_catalog_find_table(summing->catalog, number, ct_text_of("cost"));
    if (summing->table == CT_NONE)
        return false;
    return ct_catalog_find_field(summing->catalog, summing->table, ct_text_of("cost_usd")) !=
           CT_NONE;
}

static void name_currency(struct summing *summing)
{
    struct ct_text currency = summing->request->currency;
    const struct ct_table_options table =
        ct_catalog_table_options(summing->catalog, summing->table);
    if (currency.len == 0)
        currency = ct_text_of(table.currency);
    const size_t len = currency.len < 3 ? currency.len : 3;
    memcpy(summing->out->currency, currency.bytes, len);
}

static int64_t next_ns(int64_t time_ns)
{
    return time_ns == INT64_MAX ? INT64_MAX : time_ns + 1;
}

/* Costs by one tag. is_present leaves out rows without it; top_count 0: all, by value. */
static ct_status sum_by(const struct summing *summing, struct ct_text tag, bool is_present,
                        uint32_t top_count, struct ct_result **out, struct ct_error *err)
{
    const struct ct_text missing = {"", 0};
    const struct ct_filter has_missing = {
        .kind = CT_FILTER_IN, .tag = tag, .values = &missing, .value_count = 1};
    struct ct_filter conditions[2];
    uint32_t condition_count = 0;
    if (is_present)
        conditions[condition_count++] =
            (struct ct_filter){.kind = CT_FILTER_NOT, .children = &has_missing, .child_count = 1};
    if (summing->request->currency.len)
        conditions[condition_count++] = (struct ct_filter){.kind = CT_FILTER_IN,
                                                           .tag = ct_text_of("currency"),
                                                           .values = &summing->request->currency,
                                                           .value_count = 1};
    const struct ct_filter filter = {
        .kind = CT_FILTER_AND, .children = conditions, .child_count = condition_count};
    /* Columns of one answer have different names, whatever people call their tags. */
    const bool is_tag_cost = ct_text_equal(tag, ct_text_of("cost"));
    const struct ct_aggregate cost = {.function = CT_SUM,
                                      .field = ct_text_of("cost_usd"),
                                      .name = ct_text_of(is_tag_cost ? "amount" : "cost")};
    const struct ct_query query = {
        .database = summing->request->database,
        .table = ct_text_of("cost"),
        .aggregates = &cost,
        .aggregate_count = 1,
        .tags = &tag,
        .tag_count = 1,
        .filter = condition_count ? &filter : NULL,
        .start_ns = next_ns(summing->request->start_ns),
        .end_ns = next_ns(summing->request->end_ns),
        .order = {.column = top_count ? cost.name : missing, .is_descending = true},
        .limit = top_count,
        .skips_empty = true,
    };
    return ct_query_run(summing->snapshot, summing->catalog, summing->out->allocator, &query,
                        summing->options, out, err);
}

static ct_status sum_dimensions(const struct summing *summing, struct ct_error *err)
{
    struct ct_cost_summary *out = summing->out;
    for (uint32_t i = 0; i < CT_COST_DIMENSIONS; i++)
        CT_TRY(sum_by(summing, out->by[i].tag, false, 0, &out->by[i].result, err));
    const struct ct_result *providers = out->by[CT_COST_BY_PROVIDER].result;
    for (uint64_t row = 0; row < providers->row_count; row++)
        if (ct_decimal_sum_merge(&out->total, &providers->columns[1].decimal[row]) != CT_OK)
            return ct_fail(err, CT_RANGE, "the total cost does not fit 256 bits");
    const uint32_t top_count =
        summing->request->top_count ? summing->request->top_count : TOP_COUNT;
    return sum_by(summing, out->top_resources.tag, true, top_count, &out->top_resources.result,
                  err);
}

/* Insertion by name; tags are few. */
static void insert_tag(struct ct_cost_summary *out, struct ct_cost_breakdown breakdown)
{
    uint32_t at = out->tag_count++;
    for (; at > 0 && ct_text_compare(out->by_tag[at - 1].tag, breakdown.tag) > 0; at--)
        out->by_tag[at] = out->by_tag[at - 1];
    out->by_tag[at] = breakdown;
}

/* The name as shown, borrowed from the result's column. */
static struct ct_text shown_tag(const struct ct_result *result)
{
    struct ct_text tag = result->columns[0].name;
    if (tag.len > 4 && memcmp(tag.bytes, "tag.", 4) == 0)
        tag = (struct ct_text){tag.bytes + 4, tag.len - 4};
    return tag;
}

static ct_status sum_tags(const struct summing *summing, struct ct_error *err)
{
    struct ct_cost_summary *out = summing->out;
    const uint32_t tag_count = ct_catalog_tag_count(summing->catalog, summing->table);
    out->by_tag = ct_alloc_zeroed(out->allocator, (size_t)tag_count + 1, sizeof *out->by_tag);
    if (!out->by_tag)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a cost summary");
    for (uint32_t i = 0; i < tag_count; i++) {
        const struct ct_text tag = ct_catalog_tag_key(summing->catalog, summing->table, i);
        if (is_built_in(tag))
            continue;
        struct ct_result *result;
        CT_TRY(sum_by(summing, tag, true, 0, &result, err));
        if (result->row_count)
            insert_tag(out, (struct ct_cost_breakdown){shown_tag(result), result});
        else
            ct_result_destroy(result);
    }
    return CT_OK;
}

ct_status ct_cost_summary_run(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                              const struct ct_allocator *allocator,
                              const struct ct_cost_summary_request *request,
                              const struct ct_query_options *options, struct ct_cost_summary *out,
                              struct ct_error *err)
{
    if (request->end_ns < request->start_ns)
        return ct_fail(err, CT_INVALID, "a window that ends before it starts");
    struct ct_cost_summary summary = {
        .allocator = allocator, .start_ns = request->start_ns, .end_ns = request->end_ns};
    for (uint32_t i = 0; i < CT_COST_DIMENSIONS; i++)
        summary.by[i].tag = ct_text_of(dimension_tags[i]);
    summary.top_resources.tag = ct_text_of("resource_id");
    memcpy(summary.currency, "USD", sizeof "USD");
    struct summing summing = {.snapshot = snapshot,
                              .catalog = catalog,
                              .request = request,
                              .options = options,
                              .out = &summary};
    if (find_costs(&summing)) {
        name_currency(&summing);
        ct_status status = sum_dimensions(&summing, err);
        if (status == CT_OK)
            status = sum_tags(&summing, err);
        if (status != CT_OK) {
            ct_cost_summary_deinit(&summary);
            return status;
        }
    }
    *out = summary;
    return CT_OK;
}

void ct_cost_summary_deinit(struct ct_cost_summary *summary)
{
    for (uint32_t i = 0; i < CT_COST_DIMENSIONS; i++)
        ct_result_destroy(summary->by[i].result);
    for (uint32_t i = 0; i < summary->tag_count; i++)
        ct_result_destroy(summary->by_tag[i].result);
    if (summary->by_tag)
        ct_release(summary->allocator, summary->by_tag);
    ct_result_destroy(summary->top_resources.result);
    *summary = (struct ct_cost_summary){0};
}
