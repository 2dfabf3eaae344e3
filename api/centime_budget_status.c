/* How budgets stand: as a list, as JSON, and whether they hold. */
#include "json_members.h"
#include "result_list.h"
#include "time_zone_file.h"

#define MONEY_DIGITS_MIN 2

/* One question about all budgets or one, answered at one moment. */
struct asking {
    centime_store *store;
    struct ct_text database;
    int64_t now_ns;
    struct ct_budget_moment moment;
    struct ct_budgets budgets;
    struct ct_snapshot *snapshot;
};

/* The version is read before the budgets are: what is remembered is never newer than it says. */
static ct_status begin(struct asking *asking, centime_store *store, const char *database,
                       const char *id, int64_t now_ns, struct ct_error *err)
{
    struct ct_catalog *catalog = ct_store_catalog(store->store);
    *asking = (struct asking){.store = store,
                              .database = api_database(database),
                              .now_ns = now_ns ? now_ns : ct_clock_now_ns(store->env.clock)};
    asking->moment.version = ct_registry_version(catalog, CT_REGISTRY_BUDGET);
    CT_TRY(ct_budgets_read(catalog, asking->database, api_text(id), &store->memory->allocator,
                           &asking->budgets, err));
    const ct_status status = ct_snapshot_take(store->store, &asking->snapshot, err);
    if (status != CT_OK) {
        ct_budgets_deinit(&asking->budgets);
        return status;
    }
    asking->moment.commit = ct_snapshot_commit(asking->snapshot);
    return CT_OK;
}

static void end(struct asking *asking)
{
    ct_snapshot_release(asking->snapshot);
    ct_budgets_deinit(&asking->budgets);
}

static ct_status sum_up(struct asking *asking, const struct ct_budget *budget,
                        struct ct_budget_spend *spend, struct ct_error *err)
{
    centime_store *store = asking->store;
    const struct ct_allocator *allocator = &store->memory->allocator;
    const struct ct_query_options options = {.threads = store->query_threads};
    struct ct_time_zone *zone;
    CT_TRY(ct_time_zone_load(&store->posix, NULL, budget->time_zone, allocator, &zone, err));
    const ct_status status =
        ct_budget_sum_up(asking->snapshot, ct_store_catalog(store->store), allocator,
                         asking->database, budget, zone, asking->now_ns, &options, spend, err);
    ct_time_zone_destroy(zone);
    return status;
}

static ct_status find_status(struct asking *asking, const struct ct_budget *budget,
                             struct ct_budget_status *out, struct ct_error *err)
{
    struct ct_budget_cache *cache = &asking->store->budgets;
    struct ct_budget_spend spend;
    if (!ct_budget_cache_find(cache, asking->moment, asking->database, budget->id, asking->now_ns,
                              &spend)) {
        CT_TRY(sum_up(asking, budget, &spend, err));
        ct_budget_cache_keep(cache, asking->moment, asking->database, budget->id, &spend);
    }
    return ct_budget_judge(budget, &spend, out, err);
}

/* -- As a list --------------------------------------------------------------------------------- */

enum column {
    ID,
    NAME,
    STATUS,
    AMOUNT,
    SPENT,
    REMAINING,
    PERCENTAGE,
    CURRENCY,
    PERIOD,
    START,
    END,
    OTHER_ROWS,
    COLUMNS
};

static const struct api_list_column columns[COLUMNS] = {
    [ID] = {"budget_id", CT_RESULT_TEXT},
    [NAME] = {"name", CT_RESULT_TEXT},
    [STATUS] = {"status", CT_RESULT_TEXT},
    [AMOUNT] = {"amount", CT_RESULT_DECIMAL},
    [SPENT] = {"spent", CT_RESULT_DECIMAL},
    [REMAINING] = {"remaining", CT_RESULT_DECIMAL},
    [PERCENTAGE] = {"percentage_used", CT_RESULT_DECIMAL},
    [CURRENCY] = {"currency", CT_RESULT_TEXT},
    [PERIOD] = {"period", CT_RESULT_TEXT},
    [START] = {"period_start", CT_RESULT_TIME},
    [END] = {"period_end", CT_RESULT_TIME},
    [OTHER_ROWS] = {"other_currency_rows", CT_RESULT_UINT64},
};

static ct_status fill_row(struct ct_result *result, uint64_t row, const struct ct_budget *budget,
                          const struct ct_budget_status *status, struct ct_error *err)
{
    struct ct_result_column *out = result->columns;
    CT_TRY(api_list_put(result, ID, row, budget->id, err));
    CT_TRY(api_list_put(result, NAME, row, budget->name, err));
    CT_TRY(api_list_put(result, STATUS, row, ct_text_of(ct_budget_state_name(status->state)), err));
    CT_TRY(api_list_put(result, CURRENCY, row, ct_text_of(budget->currency), err));
    CT_TRY(
        api_list_put(result, PERIOD, row, ct_text_of(ct_budget_period_name(budget->period)), err));
    out[AMOUNT].decimal[row] = (struct ct_decimal_sum){0};
    CT_TRY(ct_decimal_sum_add(&out[AMOUNT].decimal[row], budget->amount.mantissa,
                              budget->amount.scale));
    out[SPENT].decimal[row] = status->spend.spent;
    out[REMAINING].decimal[row] = status->remaining;
    out[PERCENTAGE].decimal[row] = status->percentage_used;
    out[START].int64[row] = status->spend.start_ns;
    out[END].int64[row] = status->spend.end_ns;
    out[OTHER_ROWS].uint64[row] = status->spend.other_currency_rows;
    return CT_OK;
}

static ct_status fill_list(struct asking *asking, struct ct_result *result, struct ct_error *err)
{
    result->columns[AMOUNT].is_money = true;
    result->columns[SPENT].is_money = true;
    result->columns[REMAINING].is_money = true;
    for (size_t i = 0; i < asking->budgets.count; i++) {
        struct ct_budget_status status;
        CT_TRY(find_status(asking, &asking->budgets.items[i], &status, err));
        CT_TRY(fill_row(result, i, &asking->budgets.items[i], &status, err));
    }
    return CT_OK;
}

static ct_status list(centime_store *store, const char *database, const char *id, int64_t now_ns,
                      centime_result **out, struct ct_error *err)
{
    struct asking asking;
    struct ct_result *result = NULL;
    CT_TRY(begin(&asking, store, database, id, now_ns, err));
    ct_status status = api_list_create(store, columns, COLUMNS, asking.budgets.count, &result, err);
    if (status == CT_OK)
        status = api_list_finish(store, result, fill_list(&asking, result, err), out, err);
    end(&asking);
    return status;
}

int centime_budget_status(centime_store *store, const char *database, const char *id,
                          int64_t now_ns, centime_result **out, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(list(store, database, id, now_ns, out, &story), &story, err);
}

/* -- As JSON ----------------------------------------------------------------------------------- */

static void write_status(centime_buffer *buffer, const struct ct_budget *budget,
                         const struct ct_budget_status *status)
{
    api_json_text(buffer, budget->id);
    api_buffer_add(buffer, ":{", 2);
    api_json_text_member(buffer, "name", budget->name);
    api_json_decimal_member(buffer, "amount", budget->amount, MONEY_DIGITS_MIN);
    api_json_sum_member(buffer, "spent", &status->spend.spent, MONEY_DIGITS_MIN);
    api_json_sum_member(buffer, "remaining", &status->remaining, MONEY_DIGITS_MIN);
    api_json_sum_member(buffer, "percentage_used", &status->percentage_used, 0);
    api_json_text_member(buffer, "status", ct_text_of(ct_budget_state_name(status->state)));
    api_json_text_member(buffer, "currency", ct_text_of(budget->currency));
    api_json_text_member(buffer, "period", ct_text_of(ct_budget_period_name(budget->period)));
    api_json_time_member(buffer, "period_start", status->spend.start_ns);
    api_json_time_member(buffer, "period_end", status->spend.end_ns);
    api_json_int_member(buffer, "other_currency_rows", (int64_t)status->spend.other_currency_rows);
    api_buffer_add(buffer, "}", 1);
}

static ct_status write_all(struct asking *asking, centime_buffer *buffer, struct ct_error *err)
{
    api_buffer_add(buffer, "{", 1);
    for (size_t i = 0; i < asking->budgets.count; i++) {
        struct ct_budget_status status;
        CT_TRY(find_status(asking, &asking->budgets.items[i], &status, err));
        if (i)
            api_buffer_add(buffer, ",", 1);
        write_status(buffer, &asking->budgets.items[i], &status);
    }
    api_buffer_add(buffer, "}", 1);
    return CT_OK;
}

static ct_status answer_json(centime_store *store, const char *database, const char *id,
                             const centime_summary_options *options, centime_buffer **out,
                             struct ct_error *err)
{
    struct asking asking;
    centime_summary_options known;
    CT_TRY(api_read_summary_options(options, &known, err));
    CT_TRY(begin(&asking, store, database, id, known.end_ns, err));
    centime_buffer *buffer = api_summary_buffer(store->memory, &known);
    ct_status status = buffer ? write_all(&asking, buffer, err)
                              : ct_fail(err, CT_NO_MEMORY, "out of memory for budgets");
    end(&asking);
    if (status == CT_OK)
        return api_buffer_finish(buffer, out, err);
    centime_buffer_destroy(buffer);
    return status;
}

int centime_budget_status_with(centime_store *store, const char *database, const char *id,
                               const centime_summary_options *options, centime_buffer **out,
                               centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(answer_json(store, database, id, options, out, &story), &story, err);
}

int centime_budget_status_json(centime_store *store, const char *database, const char *id,
                               int64_t now_ns, centime_buffer **out, centime_error *err)
{
    const centime_summary_options options = {.struct_size = sizeof options, .end_ns = now_ns};
    return centime_budget_status_with(store, database, id, &options, out, err);
}

/* -- Whether they hold ------------------------------------------------------------------------- */

static ct_status read_further(const char *text, struct ct_decimal *out, struct ct_error *err)
{
    *out = (struct ct_decimal){0};
    if (!text || !text[0])
        return CT_OK;
    const ct_status status = ct_decimal_parse(api_text(text), out);
    return status == CT_OK
               ? CT_OK
               : ct_fail(err, status, "the amount \"%.60s\" is not a decimal of at most 38 digits",
                         text);
}

static ct_status count_exceeded(struct asking *asking, struct ct_decimal further, size_t *exceeded,
                                struct ct_error *err)
{
    *exceeded = 0;
    for (size_t i = 0; i < asking->budgets.count; i++) {
        const struct ct_budget *budget = &asking->budgets.items[i];
        struct ct_budget_status status;
        CT_TRY(find_status(asking, budget, &status, err));
        if (ct_decimal_sum_add(&status.spend.spent, further.mantissa, further.scale) != CT_OK)
            return ct_fail(err, CT_RANGE, "what was spent does not fit 256 bits");
        CT_TRY(ct_budget_judge(budget, &status.spend, &status, err));
        *exceeded += status.state == CT_BUDGET_EXCEEDED;
    }
    return CT_OK;
}

static ct_status check(centime_store *store, const char *database, const char *id, int64_t now_ns,
                       const char *further, size_t *exceeded, struct ct_error *err)
{
    struct asking asking;
    struct ct_decimal amount;
    size_t count;
    CT_TRY(read_further(further, &amount, err));
    CT_TRY(begin(&asking, store, database, id, now_ns, err));
    const ct_status status = count_exceeded(&asking, amount, &count, err);
    end(&asking);
    if (status == CT_OK)
        *exceeded = count;
    return status;
}

int centime_budget_check(centime_store *store, const char *database, const char *id, int64_t now_ns,
                         const char *further, size_t *exceeded, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(check(store, database, id, now_ns, further, exceeded, &story), &story, err);
}
