#include "budget_status.h"

#include "civil_time.h"
#include "exact_math.h"

#define TABLE          "cost"
#define BILLING_PERIOD "billing_period"
#define CURRENCY       "currency"

struct summing {
    struct ct_snapshot *snapshot;
    struct ct_catalog *catalog;
    const struct ct_allocator *allocator;
    const struct ct_query_options *options;
    struct ct_text database;
    const struct ct_budget *budget;
    const struct ct_time_zone *zone;
    uint32_t table;
    struct ct_arena arena; /* of filters */
    struct ct_budget_spend *out;
};

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for a budget's status");
}

/* False where there is no table, or no field, to sum up. */
static bool find_costs(struct summing *summing)
{
    const uint32_t database = ct_catalog_find_database(summing->catalog, summing->database);
    if (database == CT_NONE)
        return false;
    summing->table = ct_catalog_find_table(summing->catalog, database, ct_text_of(TABLE));
    return summing->table != CT_NONE && ct_catalog_find_field(summing->catalog, summing->table,
                                                              ct_text_of("cost_usd")) != CT_NONE;
}

/* -- Scope ------------------------------------------------------------------------------------- */

static bool is_prefix(struct ct_text value)
{
    return value.len > 0 && value.bytes[value.len - 1] == '*';
}

static bool begins_with(struct ct_text text, struct ct_text prefix)
{
    return text.len >= prefix.len && memcmp(text.bytes, prefix.bytes, prefix.len) == 0;
}

/* Texts being listed: counted all, kept as far as there is room. */
struct text_list {
    struct ct_text *texts;
    uint32_t count, cap;
};

static void list_text(struct text_list *list, struct ct_text text)
{
    if (list->count < list->cap)
        list->texts[list->count] = text;
    list->count++;
}

/* All values of the key that begin like this. */
static void list_prefixed(const struct summing *summing, struct ct_text key, struct ct_text prefix,
                          struct text_list *list)
{
    const uint32_t tag = ct_catalog_find_tag(summing->catalog, summing->table, key);
    const uint32_t codes =
        tag == CT_NONE ? 0 : ct_catalog_value_count(summing->catalog, summing->table, tag);
    for (uint32_t code = 1; code <= codes; code++) {
        const struct ct_text value = ct_catalog_value(summing->catalog, summing->table, tag, code);
        if (begins_with(value, prefix))
            list_text(list, value);
    }
}

static void list_values(const struct summing *summing, const struct ct_budget_condition *condition,
                        struct text_list *list)
{
    list->count = 0;
    for (uint32_t i = 0; i < condition->value_count; i++) {
        const struct ct_text value = condition->values[i];
        if (is_prefix(value))
            list_prefixed(summing, condition->key, (struct ct_text){value.bytes, value.len - 1},
                          list);
        else
            list_text(list, value);
    }
}

/* Values that come between the two counts are later than the snapshot: none of its rows has them.
 */
static ct_status make_condition(struct summing *summing,
                                const struct ct_budget_condition *condition, struct ct_filter *out,
                                struct ct_error *err)
{
    struct text_list list = {0};
    list_values(summing, condition, &list);
    list.cap = list.count;
    list.texts = ct_arena_alloc_zeroed(&summing->arena, (size_t)list.cap + 1, sizeof *list.texts);
    struct ct_filter *in = ct_arena_alloc_zeroed(&summing->arena, 1, sizeof *in);
    if (!in || !list.texts)
        return no_memory(err);
    list_values(summing, condition, &list);
    *in = (struct ct_filter){.kind = CT_FILTER_IN,
                             .tag = condition->key,
                             .values = list.texts,
                             .value_count = list.count < list.cap ? list.count : list.cap};
    *out = condition->is_negated
               ? (struct ct_filter){.kind = CT_FILTER_NOT, .children = in, .child_count = 1}
               : *in;
    return CT_OK;
}

/* The scope's conditions, with room for two more behind them. */
static ct_status make_scope(struct summing *summing, struct ct_filter **out, struct ct_error *err)
{
    const struct ct_budget *budget = summing->budget;
    struct ct_filter *conditions = ct_arena_alloc_zeroed(
        &summing->arena, (size_t)budget->condition_count + 2, sizeof *conditions);
    if (!conditions)
        return no_memory(err);
    for (uint32_t i = 0; i < budget->condition_count; i++)
        CT_TRY(make_condition(summing, &budget->conditions[i], &conditions[i], err));
    *out = conditions;
    return CT_OK;
}

/* -- Summing ----------------------------------------------------------------------------------- */

/* Where no row ever had a currency they are grouped under "". */
static bool is_in_currency(const struct summing *summing, struct ct_text currency)
{
    const struct ct_table_options table =
        ct_catalog_table_options(summing->catalog, summing->table);
    if (currency.len == 0)
        currency = ct_text_of(table.currency);
    return ct_text_equal(currency, ct_text_of(summing->budget->currency));
}

static ct_status take_sums(struct summing *summing, const struct ct_result *result,
                           struct ct_error *err)
{
    for (uint64_t row = 0; row < result->row_count; row++) {
        if (!is_in_currency(summing, result->columns[0].text[row]))
            summing->out->other_currency_rows += result->columns[2].uint64[row];
        else if (ct_decimal_sum_merge(&summing->out->spent, &result->columns[1].decimal[row]) !=
                 CT_OK)
            return ct_fail(err, CT_RANGE, "what was spent does not fit 256 bits");
    }
    return CT_OK;
}

/* Adds the rows for which all conditions hold. */
static ct_status sum_rows(struct summing *summing, const struct ct_filter *conditions,
                          uint32_t condition_count, int64_t start_ns, int64_t end_ns,
                          struct ct_error *err)
{
    const struct ct_filter filter = {
        .kind = CT_FILTER_AND, .children = conditions, .child_count = condition_count};
    const struct ct_text currency = ct_text_of(CURRENCY);
    const struct ct_aggregate aggregates[] = {
        {.function = CT_SUM, .field = ct_text_of("cost_usd")},
        {.function = CT_COUNT, .field = ct_text_of("cost_usd")},
    };
    const struct ct_query query = {
        .database = summing->database,
        .table = ct_text_of(TABLE),
        .aggregates = aggregates,
        .aggregate_count = CT_COUNT_OF(aggregates),
        .tags = &currency,
        .tag_count = 1,
        .filter = condition_count ? &filter : NULL,
        .start_ns = start_ns,
        .end_ns = end_ns,
        .skips_empty = true,
    };
    struct ct_result *result;
    CT_TRY(ct_query_run(summing->snapshot, summing->catalog, summing->allocator, &query,
                        summing->options, &result, err));
    const ct_status status = take_sums(summing, result, err);
    ct_result_destroy(result);
    return status;
}

/* -- Billing periods --------------------------------------------------------------------------- */

/* Midnight of the day on which it starts, by the budget's clocks. False where it cannot be read. */
static bool billing_start(struct ct_text period, const struct ct_time_zone *zone, int64_t *out_ns)
{
    char date[] = "YYYY-MM-01";
    int64_t utc_ns;
    if (period.len < 7)
        return false;
    memcpy(date, period.bytes, period.len < 10 ? 7 : 10);
    if (ct_time_parse(ct_text_of(date), &utc_ns) != CT_OK)
        return false;
    return !__builtin_mul_overflow(ct_time_zone_instant(zone, utc_ns / CT_SECOND_NS), CT_SECOND_NS,
                                   out_ns);
}

/* The billing periods that start in the budget's, and those that tell nothing. */
struct billing {
    struct text_list inside, unknown;
};

static ct_status sort_periods(struct summing *summing, struct billing *out, struct ct_error *err)
{
    const uint32_t tag =
        ct_catalog_find_tag(summing->catalog, summing->table, ct_text_of(BILLING_PERIOD));
    const uint32_t codes =
        tag == CT_NONE ? 0 : ct_catalog_value_count(summing->catalog, summing->table, tag);
    out->inside.cap = out->unknown.cap = codes + 1;
    out->inside.texts = ct_arena_alloc_zeroed(&summing->arena, codes + 1, sizeof(struct ct_text));
    out->unknown.texts = ct_arena_alloc_zeroed(&summing->arena, codes + 1, sizeof(struct ct_text));
    if (!out->inside.texts || !out->unknown.texts)
        return no_memory(err);
    list_text(&out->unknown, (struct ct_text){"", 0});
    for (uint32_t code = 1; code <= codes; code++) {
        const struct ct_text period = ct_catalog_value(summing->catalog, summing->table, tag, code);
        int64_t start_ns;
        if (!billing_start(period, summing->zone, &start_ns))
            list_text(&out->unknown, period);
        else if (start_ns >= summing->out->start_ns && start_ns < summing->out->end_ns)
            list_text(&out->inside, period);
    }
    return CT_OK;
}

/* `scope` has room for one condition more. */
static ct_status sum_billed(struct summing *summing, struct ct_filter *scope, struct ct_error *err)
{
    struct billing billing = {0};
    struct ct_filter *last = &scope[summing->budget->condition_count];
    const uint32_t count = summing->budget->condition_count + 1;
    CT_TRY(sort_periods(summing, &billing, err));
    *last = (struct ct_filter){.kind = CT_FILTER_IN, .tag = ct_text_of(BILLING_PERIOD)};
    if (billing.inside.count) {
        last->values = billing.inside.texts;
        last->value_count = billing.inside.count;
        CT_TRY(sum_rows(summing, scope, count, INT64_MIN, INT64_MAX, err));
    }
    last->values = billing.unknown.texts;
    last->value_count = billing.unknown.count;
    return sum_rows(summing, scope, count, summing->out->start_ns, summing->out->end_ns, err);
}

static ct_status sum_up(struct summing *summing, struct ct_error *err)
{
    struct ct_filter *scope = NULL;
    CT_TRY(make_scope(summing, &scope, err));
    if (summing->budget->calendar == CT_BUDGET_BILLING)
        return sum_billed(summing, scope, err);
    return sum_rows(summing, scope, summing->budget->condition_count, summing->out->start_ns,
                    summing->out->end_ns, err);
}

ct_status ct_budget_sum_up(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                           const struct ct_allocator *allocator, struct ct_text database,
                           const struct ct_budget *budget, const struct ct_time_zone *zone,
                           int64_t now_ns, const struct ct_query_options *options,
                           struct ct_budget_spend *out, struct ct_error *err)
{
    const struct ct_calendar calendar = {.zone = zone,
                                         .week_start = budget->week_start,
                                         .year_month = budget->year_month,
                                         .month_day = budget->month_day};
    struct ct_budget_spend spend = {0};
    struct summing summing = {.snapshot = snapshot,
                              .catalog = catalog,
                              .allocator = allocator,
                              .options = options,
                              .database = database,
                              .budget = budget,
                              .zone = zone,
                              .out = &spend};
    ct_calendar_period(&calendar, (struct ct_period){.unit = budget->period, .count = 1}, now_ns,
                       &spend.start_ns, &spend.end_ns);
    ct_arena_init(&summing.arena, allocator, 0);
    const ct_status status = find_costs(&summing) ? sum_up(&summing, err) : CT_OK;
    ct_arena_deinit(&summing.arena);
    if (status == CT_OK)
        *out = spend;
    return status;
}

/* -- Judging ----------------------------------------------------------------------------------- */

const char *ct_budget_state_name(enum ct_budget_state state)
{
    static const char *const names[] = {"ok", "warning", "exceeded"};
    return names[state];
}

static ct_status judge(const struct ct_budget *budget, struct ct_budget_status *out)
{
    const struct ct_decimal_sum *spent = &out->spend.spent;
    struct ct_decimal_sum amount = {0}, threshold = {0}, alert, hundredfold = *spent;
    CT_TRY(ct_decimal_sum_add(&amount, budget->amount.mantissa, budget->amount.scale));
    CT_TRY(ct_decimal_sum_add(&threshold, budget->alert_threshold.mantissa,
                              budget->alert_threshold.scale));
    CT_TRY(ct_exact_product(&amount, &threshold, &alert));
    out->remaining = amount;
    CT_TRY(ct_decimal_sum_subtract(&out->remaining, spent));
    CT_TRY(ct_exact_multiply(&hundredfold, 100));
    CT_TRY(ct_exact_ratio(&hundredfold, &amount, CT_PERCENTAGE_SCALE, &out->percentage_used));
    out->state = CT_BUDGET_OK;
    if (ct_decimal_sum_compare(spent, &amount) > 0)
        out->state = CT_BUDGET_EXCEEDED;
    else if (ct_decimal_sum_compare(spent, &alert) >= 0)
        out->state = CT_BUDGET_WARNING;
    return CT_OK;
}

ct_status ct_budget_judge(const struct ct_budget *budget, const struct ct_budget_spend *spend,
                          struct ct_budget_status *out, struct ct_error *err)
{
    *out = (struct ct_budget_status){.spend = *spend};
    if (judge(budget, out) != CT_OK)
        return ct_fail(err, CT_RANGE, "what was spent does not fit 256 bits");
    return CT_OK;
}
