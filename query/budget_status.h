/* What was spent of a budget in the period that holds a moment. Layer query; for api.
 *
 * Always the sum over the rows of the snapshot: there are no counters beside the data. Spend before
 * the budget was made counts. Charges in another currency than the budget's are counted, not
 * summed. By the charge calendar a row belongs to the period that holds its time; by the billing
 * calendar to the one that holds the start of its billing period (`billing_period`: 2026-06 or
 * 2026-06-01..., its midnight in the budget's time zone), and where it has none that can be read,
 * to the one that holds its time. */
#ifndef CT_BUDGET_STATUS_H
#define CT_BUDGET_STATUS_H

#include "budget.h"
#include "query.h"

#define CT_PERCENTAGE_SCALE 6 /* digits after the point, rounded half to even */

/* What was spent in one period. */
struct ct_budget_spend {
    int64_t start_ns, end_ns; /* start <= time < end */
    struct ct_decimal_sum spent;
    uint64_t other_currency_rows; /* charges of the scope that are not in `spent` */
};

/* zone: the budget's, NULL for UTC. CT_RANGE, CT_LIMIT and the errors of reading. */
ct_status ct_budget_sum_up(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                           const struct ct_allocator *allocator, struct ct_text database,
                           const struct ct_budget *budget, const struct ct_time_zone *zone,
                           int64_t now_ns, const struct ct_query_options *options,
                           struct ct_budget_spend *out, struct ct_error *err) CT_MUST_USE;

enum ct_budget_state {
    CT_BUDGET_OK = 0,
    CT_BUDGET_WARNING = 1,  /* spent >= alert threshold x amount */
    CT_BUDGET_EXCEEDED = 2, /* spent > amount */
};

/* "ok", "warning", "exceeded". */
const char *ct_budget_state_name(enum ct_budget_state state);

struct ct_budget_status {
    struct ct_budget_spend spend;
    struct ct_decimal_sum remaining;       /* amount - spent, negative where that is exceeded */
    struct ct_decimal_sum percentage_used; /* 100 x spent / amount, rounded */
    enum ct_budget_state state;            /* from the exact figures */
};

/* CT_RANGE past 256 bits. */
ct_status ct_budget_judge(const struct ct_budget *budget, const struct ct_budget_spend *spend,
                          struct ct_budget_status *out, struct ct_error *err) CT_MUST_USE;

#endif
