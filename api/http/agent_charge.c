#include "agent_charge.h"

#include "civil_time.h"

#define GAP_INTERVALS    2 /* a report answers for so many intervals at most */
#define HOURS_OF_A_MONTH 720
#define HOURS_OF_A_DAY   24

const char *ct_money_field(enum ct_money_form form)
{
    static const char *const fields[] = {
        [CT_MONEY_UNKNOWN] = NULL,
        [CT_MONEY_HOURLY] = "hourly_cost",
        [CT_MONEY_MONTHLY] = "monthly_cost",
        [CT_MONEY_ROLLING_DAY] = "rolling_24h_cost",
        [CT_MONEY_CUMULATIVE] = "cumulative_cost",
        [CT_MONEY_ONCE] = "run_cost",
    };
    return fields[form];
}

static int64_t longest_ns(const struct ct_reading *reading)
{
    return reading->interval_ns * GAP_INTERVALS;
}

/* When the resource started, as far as it can be told: from its own word or its uptime. */
static bool find_start(const struct ct_reading *reading, int64_t *start_ns)
{
    if (reading->has_start) {
        *start_ns = reading->start_ns;
        return true;
    }
    if (!reading->has_uptime || reading->uptime_hours < 0 ||
        reading->uptime_hours > (double)INT64_MAX / (2 * CT_HOUR_NS))
        return false;
    *start_ns = reading->time_ns - (int64_t)(reading->uptime_hours * CT_HOUR_NS);
    return true;
}

/* -- Rates ------------------------------------------------------------------------------------- */

static uint64_t hours_of(enum ct_money_form form)
{
    if (form == CT_MONEY_MONTHLY)
        return HOURS_OF_A_MONTH;
    return form == CT_MONEY_ROLLING_DAY ? HOURS_OF_A_DAY : 1;
}

/* What the rate has come to from 1970 to a moment. A charge is the difference of two of these, and
 * so adjacent charges of one rate add up to the whole stretch, to the last digit. */
static ct_status come_to(const struct ct_reading *reading, int64_t time_ns, struct ct_decimal *out,
                         struct ct_error *err)
{
    const uint8_t scale = reading->money.scale > CT_CHARGE_SCALE_DIGITS ? reading->money.scale
                                                                        : CT_CHARGE_SCALE_DIGITS;
    if (ct_decimal_multiply_ratio(reading->money, (uint64_t)time_ns,
                                  hours_of(reading->form) * (uint64_t)CT_HOUR_NS, scale,
                                  out) == CT_OK)
        return CT_OK;
    return ct_fail(err, CT_RANGE, "the amount is too large to be charged");
}

/* From where a rate counts; false where nothing says so. */
static bool rate_start(const struct ct_reading *reading, const struct ct_reading *before,
                       int64_t *start_ns)
{
    const int64_t earliest_ns = reading->time_ns - longest_ns(reading);
    int64_t own_ns;
    const bool has_own = find_start(reading, &own_ns);
    if (!before && !(has_own && own_ns >= earliest_ns))
        return false;
    *start_ns = before && before->time_ns > earliest_ns ? before->time_ns : earliest_ns;
    if (has_own && own_ns > *start_ns)
        *start_ns = own_ns < reading->time_ns ? own_ns : reading->time_ns;
    return true;
}

static ct_status charge_rate(const struct ct_reading *reading, const struct ct_reading *before,
                             struct ct_charge *out, struct ct_error *err)
{
    struct ct_decimal until, since;
    if (!rate_start(reading, before, &out->start_ns))
        return CT_OK;
    if (out->start_ns < 0)
        out->start_ns = 0;
    CT_TRY(come_to(reading, reading->time_ns, &until, err));
    CT_TRY(come_to(reading, out->start_ns, &since, err));
    out->amount = (struct ct_decimal){until.mantissa - since.mantissa, until.scale};
    out->is_there = true;
    return CT_OK;
}

/* -- Counters ---------------------------------------------------------------------------------- */

/* Started anew since the reading before: by the uptimes, which are rounded to a minute or so. */
static bool has_restarted(const struct ct_reading *reading, const struct ct_reading *before)
{
    int64_t start_ns;
    if (!find_start(reading, &start_ns))
        return false;
    if (reading->has_uptime && before->has_uptime && reading->uptime_hours < before->uptime_hours)
        return true;
    return start_ns > before->time_ns + CT_MINUTE_NS;
}

static ct_status subtract(struct ct_decimal a, struct ct_decimal b, struct ct_decimal *out,
                          struct ct_error *err)
{
    struct ct_decimal_sum sum = {0};
    if (ct_decimal_sum_add(&sum, a.mantissa, a.scale) == CT_OK &&
        ct_decimal_sum_add(&sum, -b.mantissa, b.scale) == CT_OK &&
        ct_decimal_sum_value(&sum, out) == CT_OK)
        return CT_OK;
    return ct_fail(err, CT_RANGE, "the difference of two counters has more than 38 digits");
}

/* Never less than nothing: a counter that drops without a restart was corrected, not refunded. */
static ct_status charge_growth(const struct ct_reading *reading, const struct ct_reading *before,
                               struct ct_charge *out, struct ct_error *err)
{
    CT_TRY(subtract(reading->money, before->money, &out->amount, err));
    if (out->amount.mantissa < 0)
        out->amount = (struct ct_decimal){0};
    out->start_ns = before->time_ns;
    out->is_there = true;
    return CT_OK;
}

static ct_status charge_counter(const struct ct_reading *reading, const struct ct_reading *before,
                                struct ct_charge *out, struct ct_error *err)
{
    int64_t own_ns = 0;
    const bool has_own = find_start(reading, &own_ns);
    if (before && !has_restarted(reading, before))
        return charge_growth(reading, before, out, err);
    if (!before && !(has_own && own_ns >= reading->time_ns - longest_ns(reading)))
        return CT_OK; /* a baseline: how much of it is new cannot be told */
    out->amount = reading->money;
    out->start_ns = own_ns < reading->time_ns ? own_ns : reading->time_ns;
    out->is_there = true;
    return CT_OK;
}

/* A run that has ended is charged whole, at its end. */
static void charge_run(const struct ct_reading *reading, struct ct_charge *out)
{
    out->amount = reading->money;
    out->start_ns = reading->has_start && reading->start_ns < reading->time_ns ? reading->start_ns
                                                                               : reading->time_ns;
    out->is_there = true;
}

ct_status ct_charge_of(const struct ct_reading *reading, const struct ct_reading *before,
                       struct ct_charge *out, struct ct_error *err)
{
    CT_ASSERT(reading->interval_ns > 0 && reading->time_ns >= 0);
    *out = (struct ct_charge){.end_ns = reading->time_ns};
    if (!reading->is_charged)
        return CT_OK;
    switch (reading->form) {
    case CT_MONEY_UNKNOWN:
        return CT_OK;
    case CT_MONEY_HOURLY:
    case CT_MONEY_MONTHLY:
    case CT_MONEY_ROLLING_DAY:
        return charge_rate(reading, before, out, err);
    case CT_MONEY_CUMULATIVE:
        return charge_counter(reading, before, out, err);
    case CT_MONEY_ONCE:
        charge_run(reading, out);
        return CT_OK;
    }
    return CT_OK;
}
