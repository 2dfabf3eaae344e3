#include "budget.h"

#include "record_text.h"

#define VERSION          1
#define CURRENCY_LETTERS 3
#define FIXED_BYTES      16 /* what is one byte each, and more */

static int shown(struct ct_text text)
{
    return (int)(text.len < 120 ? text.len : 120);
}

const char *ct_budget_period_name(enum ct_calendar_unit period)
{
    static const char *const names[CT_CALENDAR_UNIT_COUNT] = {"hourly",  "daily",     "weekly",
                                                              "monthly", "quarterly", "yearly"};
    return names[period];
}

/* -- Checking ---------------------------------------------------------------------------------- */

static bool is_currency(const char *currency)
{
    for (int i = 0; i < CURRENCY_LETTERS; i++)
        if (currency[i] < 'A' || currency[i] > 'Z')
            return false;
    return currency[CURRENCY_LETTERS] == 0;
}

static ct_status check_amounts(const struct ct_budget *budget, struct ct_error *err)
{
    if (budget->amount.mantissa <= 0)
        return ct_fail(err, CT_INVALID, "budget \"%.*s\": the amount must be more than 0",
                       shown(budget->id), budget->id.bytes);
    if (budget->alert_threshold.mantissa <= 0)
        return ct_fail(err, CT_INVALID, "budget \"%.*s\": the alert threshold must be more than 0",
                       shown(budget->id), budget->id.bytes);
    if (budget->amount.scale > CT_BUDGET_AMOUNT_SCALE_MAX ||
        budget->alert_threshold.scale > CT_BUDGET_ALERT_SCALE_MAX)
        return ct_fail(err, CT_LIMIT,
                       "budget \"%.*s\": at most %d digits after the point of an amount, %d of a "
                       "threshold",
                       shown(budget->id), budget->id.bytes, CT_BUDGET_AMOUNT_SCALE_MAX,
                       CT_BUDGET_ALERT_SCALE_MAX);
    if (!is_currency(budget->currency))
        return ct_fail(err, CT_INVALID, "a currency is three capital letters, as in USD");
    return CT_OK;
}

static ct_status check_scope(const struct ct_budget *budget, struct ct_error *err)
{
    uint64_t values = 0;
    if (budget->condition_count > CT_BUDGET_CONDITIONS_MAX)
        return ct_fail(err, CT_LIMIT, "a scope of %u keys, at most %d", budget->condition_count,
                       CT_BUDGET_CONDITIONS_MAX);
    for (uint32_t i = 0; i < budget->condition_count; i++) {
        const struct ct_budget_condition *condition = &budget->conditions[i];
        if (condition->key.len == 0 || condition->value_count == 0)
            return ct_fail(err, CT_INVALID, "a scope needs a key and a value for it");
        values += condition->value_count;
        if (values > CT_BUDGET_VALUES_MAX || condition->key.len > CT_NAME_BYTES_MAX)
            return ct_fail(err, CT_LIMIT, "a scope of more than %d values, or too long a key",
                           CT_BUDGET_VALUES_MAX);
        for (uint32_t k = 0; k < condition->value_count; k++)
            if (condition->values[k].len > CT_NAME_BYTES_MAX)
                return ct_fail(err, CT_LIMIT, "a value of %zu bytes", condition->values[k].len);
    }
    return CT_OK;
}

ct_status ct_budget_check(const struct ct_budget *budget, struct ct_error *err)
{
    if (budget->id.len == 0)
        return ct_fail(err, CT_INVALID, "a budget needs an id");
    if (budget->name.len > CT_NAME_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "a name of %zu bytes", budget->name.len);
    if (budget->period == CT_CALENDAR_HOUR || (uint32_t)budget->period >= CT_CALENDAR_UNIT_COUNT ||
        (uint32_t)budget->calendar > CT_BUDGET_BILLING)
        return ct_fail(err, CT_INVALID, "budget \"%.*s\": an unknown period or calendar",
                       shown(budget->id), budget->id.bytes);
    const struct ct_calendar calendar = {.week_start = budget->week_start,
                                         .year_month = budget->year_month,
                                         .month_day = budget->month_day};
    CT_TRY(
        ct_calendar_check(&calendar, (struct ct_period){.unit = budget->period, .count = 1}, err));
    if (budget->time_zone.len && !ct_time_zone_name_is_valid(budget->time_zone))
        return ct_fail(err, CT_INVALID, "\"%.*s\" is no name of a time zone",
                       shown(budget->time_zone), budget->time_zone.bytes);
    CT_TRY(check_amounts(budget, err));
    return check_scope(budget, err);
}

/* -- Writing ----------------------------------------------------------------------------------- */

static size_t encoded_bytes_max(const struct ct_budget *budget)
{
    size_t bytes = FIXED_BYTES + (size_t)5 * CT_VARINT_BYTES_MAX + budget->name.len +
                   (size_t)2 * CT_DECIMAL_TEXT_MAX + budget->time_zone.len;
    for (uint32_t i = 0; i < budget->condition_count; i++) {
        const struct ct_budget_condition *condition = &budget->conditions[i];
        bytes += condition->key.len + (size_t)2 * CT_VARINT_BYTES_MAX + 1;
        for (uint32_t k = 0; k < condition->value_count; k++)
            bytes += condition->values[k].len + CT_VARINT_BYTES_MAX;
    }
    return bytes;
}

static void write_decimal(struct ct_writer *w, struct ct_decimal value)
{
    char text[CT_DECIMAL_TEXT_MAX];
    ct_record_write_text(w, (struct ct_text){text, ct_decimal_print(value, 0, text)});
}

static void encode(const struct ct_budget *budget, struct ct_writer *w)
{
    ct_write8(w, VERSION);
    ct_record_write_text(w, budget->name);
    write_decimal(w, budget->amount);
    write_decimal(w, budget->alert_threshold);
    ct_write_bytes(w, budget->currency, CURRENCY_LETTERS);
    ct_write8(w, (uint8_t)budget->period);
    ct_write8(w, (uint8_t)budget->calendar);
    ct_write8(w, budget->week_start);
    ct_write8(w, budget->year_month);
    ct_write8(w, budget->month_day);
    ct_record_write_text(w, budget->time_zone);
    ct_write_varint(w, budget->condition_count);
    for (uint32_t i = 0; i < budget->condition_count; i++) {
        const struct ct_budget_condition *condition = &budget->conditions[i];
        ct_record_write_text(w, condition->key);
        ct_write8(w, condition->is_negated);
        ct_write_varint(w, condition->value_count);
        for (uint32_t k = 0; k < condition->value_count; k++)
            ct_record_write_text(w, condition->values[k]);
    }
}

ct_status ct_budget_put(struct ct_store *store, struct ct_text database,
                        const struct ct_budget *budget, struct ct_error *err)
{
    const struct ct_allocator *allocator = ct_store_env(store)->allocator;
    CT_TRY(ct_budget_check(budget, err));
    const size_t bytes_max = encoded_bytes_max(budget);
    uint8_t *bytes = ct_alloc(allocator, bytes_max);
    if (!bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a budget");
    struct ct_writer w = ct_writer_of(bytes, bytes_max);
    encode(budget, &w);
    const struct ct_text value = {(const char *)bytes, ct_writer_len(&w)};
    const ct_status status =
        ct_store_register(store, database, CT_REGISTRY_BUDGET, budget->id, value, err);
    ct_release(allocator, bytes);
    return status;
}

static ct_status fail_unknown(struct ct_text id, struct ct_error *err)
{
    return ct_fail(err, CT_NOT_FOUND, "no budget \"%.*s\"", shown(id), id.bytes);
}

ct_status ct_budget_remove(struct ct_store *store, struct ct_text database, struct ct_text id,
                           struct ct_error *err)
{
    const struct ct_allocator *allocator = ct_store_env(store)->allocator;
    struct ct_catalog *catalog = ct_store_catalog(store);
    const uint32_t number = ct_catalog_find_database(catalog, database);
    struct ct_registered record;
    if (number == CT_NONE)
        return fail_unknown(id, err);
    const ct_status status =
        ct_registry_get(catalog, number, CT_REGISTRY_BUDGET, id, allocator, &record, err);
    if (status != CT_OK)
        return status == CT_NOT_FOUND ? fail_unknown(id, err) : status;
    ct_registered_release(allocator, &record);
    return ct_store_register(store, database, CT_REGISTRY_BUDGET, id, (struct ct_text){0}, err);
}

/* -- Reading ----------------------------------------------------------------------------------- */

struct reading {
    struct ct_arena *arena;
    struct ct_reader r;
    bool is_short; /* memory is out */
};

static void read_decimal(struct reading *reading, struct ct_decimal *out)
{
    const struct ct_text text = ct_record_read_text(&reading->r);
    if (reading->r.is_bad || ct_decimal_parse(text, out) != CT_OK)
        reading->r.is_bad = true;
}

static void *reserve(struct reading *reading, size_t count, size_t size)
{
    void *out = ct_arena_alloc_zeroed(reading->arena, count + 1, size);
    reading->is_short |= !out;
    reading->r.is_bad |= !out;
    return out;
}

static void read_condition(struct reading *reading, struct ct_budget_condition *out)
{
    out->key = ct_record_read_text(&reading->r);
    out->is_negated = ct_read8(&reading->r) != 0;
    out->value_count = (uint32_t)ct_read_varint_max(&reading->r, CT_BUDGET_VALUES_MAX);
    reading->r.is_bad |= out->value_count > ct_reader_left(&reading->r); /* a byte each at least */
    if (reading->r.is_bad)
        return;
    struct ct_text *values = reserve(reading, out->value_count, sizeof *values);
    for (uint32_t k = 0; k < out->value_count && !reading->r.is_bad; k++)
        values[k] = ct_record_read_text(&reading->r);
    out->values = values;
}

static void read_scope(struct reading *reading, struct ct_budget *out)
{
    out->condition_count = (uint32_t)ct_read_varint_max(&reading->r, CT_BUDGET_CONDITIONS_MAX);
    if (reading->r.is_bad)
        return;
    struct ct_budget_condition *conditions =
        reserve(reading, out->condition_count, sizeof *conditions);
    for (uint32_t i = 0; i < out->condition_count && !reading->r.is_bad; i++)
        read_condition(reading, &conditions[i]);
    out->conditions = conditions;
}

static void read_budget(struct reading *reading, struct ct_budget *out)
{
    struct ct_reader *r = &reading->r;
    out->name = ct_record_read_text(r);
    read_decimal(reading, &out->amount);
    read_decimal(reading, &out->alert_threshold);
    const uint8_t *currency = ct_read_bytes(r, CURRENCY_LETTERS);
    if (currency)
        memcpy(out->currency, currency, CURRENCY_LETTERS);
    out->period = (enum ct_calendar_unit)ct_read8(r);
    out->calendar = (enum ct_budget_calendar)ct_read8(r);
    out->week_start = ct_read8(r);
    out->year_month = ct_read8(r);
    out->month_day = ct_read8(r);
    out->time_zone = ct_record_read_text(r);
    read_scope(reading, out);
}

/* Copies the record into the arena, and reads it there. */
static ct_status decode(struct ct_arena *arena, const struct ct_registered *record,
                        struct ct_budget *out, struct ct_error *err)
{
    const struct ct_text value = ct_arena_copy(arena, record->value);
    *out = (struct ct_budget){.id = ct_arena_copy(arena, record->key)};
    if (!value.bytes || !out->id.bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for budgets");
    struct reading reading = {.arena = arena,
                              .r = ct_reader_of((const uint8_t *)value.bytes, value.len)};
    const uint8_t version = ct_read8(&reading.r);
    if (version > VERSION)
        return ct_fail(err, CT_FORMAT, "budget \"%.*s\" is of version %u", shown(out->id),
                       out->id.bytes, version);
    read_budget(&reading, out);
    if (reading.is_short)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for budgets");
    if (reading.r.is_bad || version == 0 || ct_reader_left(&reading.r) != 0 ||
        ct_budget_check(out, NULL) != CT_OK)
        return ct_fail(err, CT_CORRUPT, "budget \"%.*s\" is damaged", shown(out->id),
                       out->id.bytes);
    return CT_OK;
}

static ct_status decode_all(struct ct_budgets *out, const struct ct_registered *records,
                            size_t count, struct ct_error *err)
{
    out->items = ct_arena_alloc_zeroed(&out->arena, count + 1, sizeof *out->items);
    if (!out->items)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for budgets");
    for (; out->count < count; out->count++)
        CT_TRY(decode(&out->arena, &records[out->count], &out->items[out->count], err));
    return CT_OK;
}

static ct_status read_all(struct ct_catalog *catalog, uint32_t database,
                          const struct ct_allocator *allocator, struct ct_budgets *out,
                          struct ct_error *err)
{
    struct ct_registered *records;
    size_t count;
    CT_TRY(
        ct_registry_list(catalog, database, CT_REGISTRY_BUDGET, allocator, &records, &count, err));
    const ct_status status = decode_all(out, records, count, err);
    ct_registered_release_all(allocator, records, count);
    return status;
}

static ct_status read_one(struct ct_catalog *catalog, uint32_t database, struct ct_text id,
                          const struct ct_allocator *allocator, struct ct_budgets *out,
                          struct ct_error *err)
{
    struct ct_registered record;
    CT_TRY(ct_registry_get(catalog, database, CT_REGISTRY_BUDGET, id, allocator, &record, err));
    const ct_status status = decode_all(out, &record, 1, err);
    ct_registered_release(allocator, &record);
    return status;
}

ct_status ct_budgets_read(struct ct_catalog *catalog, struct ct_text database, struct ct_text id,
                          const struct ct_allocator *allocator, struct ct_budgets *out,
                          struct ct_error *err)
{
    const uint32_t number = ct_catalog_find_database(catalog, database);
    struct ct_budgets budgets = {0};
    ct_arena_init(&budgets.arena, allocator, 0);
    ct_status status = id.len ? CT_NOT_FOUND : CT_OK;
    if (number != CT_NONE)
        status = id.len ? read_one(catalog, number, id, allocator, &budgets, err)
                        : read_all(catalog, number, allocator, &budgets, err);
    if (status == CT_OK) {
        *out = budgets;
        return CT_OK;
    }
    ct_budgets_deinit(&budgets);
    return status == CT_NOT_FOUND ? fail_unknown(id, err) : status;
}

void ct_budgets_deinit(struct ct_budgets *budgets)
{
    ct_arena_deinit(&budgets->arena);
    *budgets = (struct ct_budgets){0};
}
