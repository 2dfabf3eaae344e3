/* Exchange rates: set, removed, listed. */
#include "civil_time.h"
#include "rates.h"
#include "result_list.h"

static ct_status put_rate(centime_store *store, const char *database, const centime_rate *given,
                          struct ct_error *err)
{
    struct ct_rate rate = {
        .table = api_text(given->table ? given->table : CT_RATE_TABLE_DEFAULT),
        .base = api_text(given->base),
        .quote = api_text(given->quote),
        .from_ns = given->from_ns,
    };
    if (!given->rate)
        return ct_rate_remove(store->store, api_database(database), &rate, err);
    if (ct_decimal_parse(api_text(given->rate), &rate.rate) != CT_OK)
        return ct_fail(err, CT_PARSE, "a rate is a decimal of at most 38 digits, not \"%.40s\"",
                       given->rate);
    return ct_rate_put(store->store, api_database(database), &rate, err);
}

int centime_rate_set(centime_store *store, const char *database, const centime_rate *rate,
                     centime_error *err)
{
    struct ct_error story = {0};
    centime_rate known;
    ct_status status = rate ? CT_OK : ct_fail(&story, CT_INVALID, "no rate");
    if (status == CT_OK)
        status = api_read_struct(&known, sizeof known, rate, "centime_rate", &story);
    if (status == CT_OK)
        status = put_rate(store, database, &known, &story);
    return api_answer(status, &story, err);
}

static ct_status fill_rate(struct ct_result *result, uint64_t row, const struct ct_rate *rate,
                           struct ct_error *err)
{
    CT_TRY(api_list_put(result, 0, row, rate->table, err));
    CT_TRY(api_list_put(result, 1, row, rate->base, err));
    CT_TRY(api_list_put(result, 2, row, rate->quote, err));
    result->columns[3].int64[row] = rate->from_ns;
    result->columns[4].decimal[row] = (struct ct_decimal_sum){0};
    return ct_decimal_sum_add(&result->columns[4].decimal[row], rate->rate.mantissa,
                              rate->rate.scale);
}

static ct_status list_rates(centime_store *store, const struct ct_rates *rates,
                            centime_result **out, struct ct_error *err)
{
    static const struct api_list_column shapes[] = {
        {"table", CT_RESULT_TEXT}, {"base", CT_RESULT_TEXT},    {"quote", CT_RESULT_TEXT},
        {"from", CT_RESULT_TIME},  {"rate", CT_RESULT_DECIMAL},
    };
    struct ct_result *result;
    CT_TRY(api_list_create(store, shapes, CT_COUNT_OF(shapes), rates->count, &result, err));
    ct_status status = CT_OK;
    for (size_t i = 0; status == CT_OK && i < rates->count; i++)
        status = fill_rate(result, i, &rates->items[i], err);
    return api_list_finish(store, result, status, out, err);
}

int centime_rates(centime_store *store, const char *database, const char *table,
                  centime_result **out, centime_error *err)
{
    struct ct_error story = {0};
    struct ct_rates rates;
    ct_status status = ct_rates_read(ct_store_catalog(store->store), api_database(database),
                                     api_text(table), &store->memory->allocator, &rates, &story);
    if (status == CT_OK) {
        status = list_rates(store, &rates, out, &story);
        ct_rates_deinit(&rates);
    }
    return api_answer(status, &story, err);
}
