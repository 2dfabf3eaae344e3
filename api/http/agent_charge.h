/* What a report means in money. Layer http; pure arithmetic, no store and no JSON.
 *
 * Agents tell rates, monthly estimates, running counters and rolling totals, again and again. A
 * charge is the part of it that fell to the stretch of time since the resource's report before, so
 * that a day of reports costs what a day costs. It depends on two reports and nothing else: on this
 * one and on the one before it in time. Repeats give the same charge, and a report that comes late
 * changes exactly one other, that of the report after it. AGENTS.md has the rules. */
#ifndef CT_AGENT_CHARGE_H
#define CT_AGENT_CHARGE_H

#include "decimal.h"

/* Digits after the point of a charge, more where the money itself has more. */
#define CT_CHARGE_SCALE_DIGITS 12

enum ct_money_form {
    CT_MONEY_UNKNOWN = 0,
    CT_MONEY_HOURLY,      /* dollars an hour */
    CT_MONEY_MONTHLY,     /* an estimate for a month, which has 720 hours */
    CT_MONEY_ROLLING_DAY, /* of the last 24 hours: a rate for a day */
    CT_MONEY_CUMULATIVE,  /* since the resource started */
    CT_MONEY_ONCE         /* of a run that has ended */
};

/* The field of `resource` that holds it: "hourly_cost"; NULL for CT_MONEY_UNKNOWN. */
const char *ct_money_field(enum ct_money_form form);

/* What one report says of one resource. */
struct ct_reading {
    int64_t time_ns;
    enum ct_money_form form;
    bool is_charged; /* false: stopped, or counted elsewhere */
    bool has_start, has_uptime;
    struct ct_decimal money;
    int64_t start_ns;    /* since when the resource is there, by its own word */
    double uptime_hours; /* for how long it runs */
    int64_t interval_ns; /* of the agent's reports, more than 0 */
};

struct ct_charge {
    bool is_there; /* false: nothing is known of the time before */
    struct ct_decimal amount;
    int64_t start_ns, end_ns;
};

/* The charge of a reading.
 * before   the last one before it that told money of this form; NULL: there was none
 * Errors   CT_RANGE: more than 38 digits. */
ct_status ct_charge_of(const struct ct_reading *reading, const struct ct_reading *before,
                       struct ct_charge *out, struct ct_error *err) CT_MUST_USE;

#endif
