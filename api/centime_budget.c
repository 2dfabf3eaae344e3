/* Budgets: set, removed, listed as they were set. */
#include "json_members.h"
#include "time_zone_file.h"

static const enum ct_calendar_unit units[] = {
    [CENTIME_BUDGET_MONTHLY] = CT_CALENDAR_MONTH, [CENTIME_BUDGET_DAILY] = CT_CALENDAR_DAY,
    [CENTIME_BUDGET_WEEKLY] = CT_CALENDAR_WEEK,   [CENTIME_BUDGET_QUARTERLY] = CT_CALENDAR_QUARTER,
    [CENTIME_BUDGET_YEARLY] = CT_CALENDAR_YEAR,
};

static ct_status read_decimal(const char *text, const char *otherwise, const char *what,
                              struct ct_decimal *out, struct ct_error *err)
{
    const struct ct_text given = api_text(text && text[0] ? text : otherwise);
    if (given.len == 0)
        return ct_fail(err, CT_INVALID, "a budget needs an %s", what);
    const ct_status status = ct_decimal_parse(given, out);
    if (status == CT_OK)
        return CT_OK;
    return ct_fail(err, status, "the %s \"%.60s\" is not a decimal of at most 38 digits", what,
                   given.bytes);
}

static ct_status read_condition(const centime_budget_condition *from, struct ct_arena *arena,
                                struct ct_budget_condition *out, struct ct_error *err)
{
    if (from->value_count > CT_BUDGET_VALUES_MAX)
        return ct_fail(err, CT_LIMIT, "a scope of %u values, at most %d", from->value_count,
                       CT_BUDGET_VALUES_MAX);
    if (from->value_count && !from->values)
        return ct_fail(err, CT_INVALID, "value_count without values");
    struct ct_text *values =
        ct_arena_alloc_zeroed(arena, (size_t)from->value_count + 1, sizeof *values);
    if (!values)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a budget");
    for (uint32_t i = 0; i < from->value_count; i++)
        values[i] = api_text(from->values[i]);
    *out = (struct ct_budget_condition){.key = api_text(from->key),
                                        .values = values,
                                        .value_count = from->value_count,
                                        .is_negated = from->is_negated != 0};
    return CT_OK;
}

static ct_status read_scope(const centime_budget *from, struct ct_arena *arena,
                            struct ct_budget *out, struct ct_error *err)
{
    if (from->condition_count > CT_BUDGET_CONDITIONS_MAX)
        return ct_fail(err, CT_LIMIT, "a scope of %u conditions, at most %d", from->condition_count,
                       CT_BUDGET_CONDITIONS_MAX);
    if (from->condition_count && !from->conditions)
        return ct_fail(err, CT_INVALID, "condition_count without conditions");
    struct ct_budget_condition *conditions =
        ct_arena_alloc_zeroed(arena, (size_t)from->condition_count + 1, sizeof *conditions);
    if (!conditions)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a budget");
    for (uint32_t i = 0; i < from->condition_count; i++)
        CT_TRY(read_condition(&from->conditions[i], arena, &conditions[i], err));
    out->conditions = conditions;
    out->condition_count = from->condition_count;
    return CT_OK;
}

static ct_status read_currency(const char *text, char out[4], struct ct_error *err)
{
    const struct ct_text currency = api_text(text && text[0] ? text : "USD");
    if (currency.len != 3)
        return ct_fail(err, CT_INVALID, "a currency is three capital letters, as in USD");
    memcpy(out, currency.bytes, 3);
    return CT_OK;
}

static ct_status read_budget(const centime_budget *from, struct ct_arena *arena,
                             struct ct_budget *out, struct ct_error *err)
{
    const bool is_named = from->name && from->name[0];
    if (from->period >= CT_COUNT_OF(units) || from->calendar > CENTIME_BUDGET_BILLING)
        return ct_fail(err, CT_INVALID, "unknown period %u or calendar %u of a budget",
                       from->period, from->calendar);
    *out = (struct ct_budget){.id = api_text(from->id),
                              .name = api_text(is_named ? from->name : from->id),
                              .period = units[from->period],
                              .calendar = (enum ct_budget_calendar)from->calendar,
                              .time_zone = api_text(from->time_zone)};
    CT_TRY(read_decimal(from->amount, NULL, "amount", &out->amount, err));
    CT_TRY(read_decimal(from->alert_threshold, CT_BUDGET_ALERT_DEFAULT, "alert threshold",
                        &out->alert_threshold, err));
    CT_TRY(read_currency(from->currency, out->currency, err));
    return read_scope(from, arena, out, err);
}

/* A budget of a zone that nobody knows would have no status. */
static ct_status check_zone(centime_store *store, struct ct_text name, struct ct_error *err)
{
    struct ct_time_zone *zone;
    CT_TRY(ct_time_zone_load(&store->posix, NULL, name, &store->memory->allocator, &zone, err));
    ct_time_zone_destroy(zone);
    return CT_OK;
}

static ct_status set_budget(centime_store *store, const char *database, const centime_budget *from,
                            struct ct_error *err)
{
    struct ct_arena arena;
    struct ct_budget budget;
    ct_arena_init(&arena, &store->memory->allocator, 0);
    ct_status status = read_budget(from, &arena, &budget, err);
    if (status == CT_OK)
        status = check_zone(store, budget.time_zone, err);
    if (status == CT_OK)
        status = ct_budget_put(store->store, api_database(database), &budget, err);
    ct_arena_deinit(&arena);
    return status;
}

int centime_budget_set(centime_store *store, const char *database, const centime_budget *budget,
                       centime_error *err)
{
    struct ct_error story = {0};
    centime_budget known;
    ct_status status = budget ? CT_OK : ct_fail(&story, CT_INVALID, "no budget");
    if (status == CT_OK)
        status = api_read_struct(&known, sizeof known, budget, "centime_budget", &story);
    if (status == CT_OK)
        status = set_budget(store, database, &known, &story);
    return api_answer(status, &story, err);
}

int centime_budget_remove(centime_store *store, const char *database, const char *id,
                          centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(ct_budget_remove(store->store, api_database(database), api_text(id), &story),
                      &story, err);
}

/* -- Listed ------------------------------------------------------------------------------------ */

static void write_values(centime_buffer *buffer, const struct ct_budget_condition *condition)
{
    api_json_key(buffer, "values");
    api_buffer_add(buffer, "[", 1);
    for (uint32_t i = 0; i < condition->value_count; i++) {
        if (i)
            api_buffer_add(buffer, ",", 1);
        if (condition->values[i].len)
            api_json_text(buffer, condition->values[i]);
        else
            api_buffer_add_text(buffer, "null");
    }
    api_buffer_add(buffer, "]", 1);
}

static void write_scope(centime_buffer *buffer, const struct ct_budget *budget)
{
    api_json_key(buffer, "scope");
    api_buffer_add(buffer, "[", 1);
    for (uint32_t i = 0; i < budget->condition_count; i++) {
        const struct ct_budget_condition *condition = &budget->conditions[i];
        api_buffer_add_text(buffer, i ? ",{" : "{");
        api_json_text_member(buffer, "key", condition->key);
        write_values(buffer, condition);
        api_json_key(buffer, "is_negated");
        api_buffer_add_text(buffer, condition->is_negated ? "true}" : "false}");
    }
    api_buffer_add(buffer, "]", 1);
}

static void write_budget(centime_buffer *buffer, const struct ct_budget *budget)
{
    const bool is_billing = budget->calendar == CT_BUDGET_BILLING;
    api_json_text_member(buffer, "budget_id", budget->id);
    api_json_text_member(buffer, "name", budget->name);
    api_json_decimal_member(buffer, "amount", budget->amount, 2);
    api_json_text_member(buffer, "currency", ct_text_of(budget->currency));
    api_json_decimal_member(buffer, "alert_threshold", budget->alert_threshold, 0);
    api_json_text_member(buffer, "period", ct_text_of(ct_budget_period_name(budget->period)));
    api_json_text_member(buffer, "time_zone",
                         budget->time_zone.len ? budget->time_zone : ct_text_of("UTC"));
    api_json_text_member(buffer, "calendar", ct_text_of(is_billing ? "billing" : "charge"));
    write_scope(buffer, budget);
}

static ct_status list(centime_store *store, const char *database,
                      const centime_summary_options *options, centime_buffer **out,
                      struct ct_error *err)
{
    struct ct_budgets budgets;
    centime_summary_options known;
    CT_TRY(api_read_summary_options(options, &known, err));
    CT_TRY(ct_budgets_read(ct_store_catalog(store->store), api_database(database), api_text(NULL),
                           &store->memory->allocator, &budgets, err));
    centime_buffer *buffer = api_summary_buffer(store->memory, &known);
    if (!buffer) {
        ct_budgets_deinit(&budgets);
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a list of budgets");
    }
    api_buffer_add(buffer, "[", 1);
    for (size_t i = 0; i < budgets.count; i++) {
        api_buffer_add_text(buffer, i ? ",{" : "{");
        write_budget(buffer, &budgets.items[i]);
        api_buffer_add(buffer, "}", 1);
    }
    api_buffer_add(buffer, "]", 1);
    ct_budgets_deinit(&budgets);
    return api_buffer_finish(buffer, out, err);
}

int centime_budgets_with(centime_store *store, const char *database,
                         const centime_summary_options *options, centime_buffer **out,
                         centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(list(store, database, options, out, &story), &story, err);
}

int centime_budgets_json(centime_store *store, const char *database, centime_buffer **out,
                         centime_error *err)
{
    return centime_budgets_with(store, database, NULL, out, err);
}
