#include "billing.h"
#include "civil_time.h"

static struct ct_calendar months_of(const struct ct_query *query)
{
    return (struct ct_calendar){.zone = query->calendar.zone};
}

static const struct ct_period month = {.unit = CT_CALENDAR_MONTH};

static int digit(char byte)
{
    return byte >= '0' && byte <= '9' ? byte - '0' : -1;
}

/* YYYY-MM, alone or before anything that is no digit; false for any other text. */
static bool parse_month(struct ct_text text, struct ct_date *out)
{
    static const uint8_t places[] = {0, 1, 2, 3, 5, 6};
    if (text.len < 7 || text.bytes[4] != '-' || (text.len > 7 && digit(text.bytes[7]) >= 0))
        return false;
    int number = 0;
    for (size_t i = 0; i < sizeof places; i++) {
        const int value = digit(text.bytes[places[i]]);
        if (value < 0)
            return false;
        number = 10 * number + value;
    }
    *out = (struct ct_date){.year = number / 100, .month = (uint8_t)(number % 100), .day = 1};
    return ct_date_is_valid(*out);
}

/* Midnight of the month's first day in the calendar's zone. */
static int64_t start_of_month(const struct ct_billing *billing, struct ct_text text)
{
    struct ct_date date;
    int64_t middle_ns;
    if (!parse_month(text, &date))
        return CT_BILLING_BY_CHARGE;
    date.day = 15; /* in the month in every zone */
    if (ct_time_of_date(date, &middle_ns) != CT_OK)
        return CT_BILLING_BY_CHARGE;
    const struct ct_calendar calendar = months_of(billing->plan->query);
    int64_t start_ns;
    int64_t end_ns;
    ct_calendar_period(&calendar, month, middle_ns, &start_ns, &end_ns);
    return start_ns;
}

/* The first month that begins at the time or later. */
static int64_t next_month(const struct ct_query *query, int64_t time_ns)
{
    if (time_ns == INT64_MIN || time_ns == INT64_MAX)
        return time_ns;
    const struct ct_calendar calendar = months_of(query);
    int64_t start_ns;
    int64_t end_ns;
    ct_calendar_period(&calendar, month, time_ns, &start_ns, &end_ns);
    return start_ns == time_ns ? start_ns : end_ns;
}

static ct_status check(const struct ct_plan *plan, struct ct_error *err)
{
    const struct ct_query *query = plan->query;
    if (plan->needs_series)
        return ct_fail(err, CT_INVALID,
                       "increase, rate and integral follow time: they cannot go by billing period");
    if (query->bucket_ns)
        return ct_fail(err, CT_INVALID, "by billing period time buckets are months or longer");
    const bool is_long = query->period.unit == CT_CALENDAR_MONTH ||
                         query->period.unit == CT_CALENDAR_QUARTER ||
                         query->period.unit == CT_CALENDAR_YEAR;
    if (query->has_period && (!is_long || query->calendar.month_day > 1))
        return ct_fail(err, CT_INVALID,
                       "by billing period time buckets are months or longer, from the 1st");
    return CT_OK;
}

ct_status ct_billing_init(struct ct_billing *billing, const struct ct_plan *plan,
                          struct ct_error *err)
{
    *billing = (struct ct_billing){0};
    if (plan->query->dating != CT_DATED_BY_BILLING)
        return CT_OK;
    CT_TRY(check(plan, err));
    const uint32_t tag =
        ct_catalog_find_tag(plan->catalog, plan->table, ct_text_of("billing_period"));
    const uint32_t code_end =
        tag == CT_NONE ? 1 : 1 + ct_catalog_value_count(plan->catalog, plan->table, tag);
    int64_t *starts_ns = ct_alloc_zeroed(plan->allocator, code_end, sizeof *starts_ns);
    if (!starts_ns)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for billing periods");
    *billing = (struct ct_billing){
        .plan = plan,
        .tag = tag,
        .starts_ns = starts_ns,
        .code_end = code_end,
        .charge_start_ns = next_month(plan->query, plan->query->start_ns),
        .charge_end_ns = next_month(plan->query, plan->query->end_ns),
    };
    starts_ns[0] = CT_BILLING_BY_CHARGE;
    for (uint32_t code = 1; code < code_end; code++)
        starts_ns[code] =
            start_of_month(billing, ct_catalog_value(plan->catalog, plan->table, tag, code));
    return CT_OK;
}

void ct_billing_deinit(struct ct_billing *billing)
{
    if (billing->plan)
        ct_release(billing->plan->allocator, billing->starts_ns);
    *billing = (struct ct_billing){0};
}

static bool is_in_range(const struct ct_query *query, int64_t time_ns)
{
    return time_ns >= query->start_ns && (query->end_ns == INT64_MAX || time_ns < query->end_ns);
}

ct_status ct_billing_source(const struct ct_billing *billing, struct ct_source *source,
                            uint8_t *selected, int64_t *out, struct ct_error *err)
{
    const uint32_t count = ct_source_series_count(source);
    const uint32_t *codes = NULL;
    if (billing->tag != CT_NONE)
        CT_TRY(ct_source_tag_codes(source, billing->tag, &codes, err));
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t code = codes ? codes[i] : 0;
        out[i] = code < billing->code_end ? billing->starts_ns[code] : CT_BILLING_BY_CHARGE;
        if (out[i] != CT_BILLING_BY_CHARGE && !is_in_range(billing->plan->query, out[i]))
            selected[i] = 0;
    }
    return CT_OK;
}

static bool is_charged_in(const struct ct_billing *billing, int64_t time_ns)
{
    return time_ns >= billing->charge_start_ns &&
           (billing->charge_end_ns == INT64_MAX || time_ns < billing->charge_end_ns);
}

static bool needs_clip(const struct ct_billing *billing, const int64_t *months_ns,
                       const struct ct_block *block)
{
    if (is_charged_in(billing, block->min_time_ns) && is_charged_in(billing, block->max_time_ns))
        return false;
    for (uint32_t i = 0; i < block->run_count; i++)
        if (months_ns[block->runs[i].position] == CT_BILLING_BY_CHARGE)
            return true;
    return false;
}

ct_status ct_billing_clip(const struct ct_billing *billing, const int64_t *months_ns,
                          struct ct_cursor *cursor, struct ct_run *runs, struct ct_block *block,
                          struct ct_error *err)
{
    if (!needs_clip(billing, months_ns, block))
        return CT_OK;
    const int64_t *times_ns;
    CT_TRY(ct_cursor_times(cursor, &times_ns, err));
    uint32_t kept = 0;
    for (uint32_t i = 0; i < block->run_count; i++) {
        const struct ct_run run = block->runs[i];
        if (months_ns[run.position] != CT_BILLING_BY_CHARGE) {
            runs[kept++] = run;
            continue;
        }
        const uint32_t end = run.first_row + run.row_count;
        for (uint32_t row = run.first_row; row < end; row++) {
            if (!is_charged_in(billing, times_ns[row]))
                continue;
            struct ct_run *last = kept ? &runs[kept - 1] : NULL;
            if (last && last->position == run.position && row > run.first_row &&
                last->first_row + last->row_count == row)
                last->row_count++;
            else
                runs[kept++] = (struct ct_run){run.position, row, 1};
        }
    }
    block->runs = runs;
    block->run_count = kept;
    block->is_whole = false;
    return CT_OK;
}
