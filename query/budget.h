/* Budgets: what may be spent in a period by the charges of a scope. Layer query; for api.
 *
 * A budget is a record of the registry (kind BUDGET) under its id. Value: version u8 (1), name
 * text, amount and alert threshold as decimal texts, currency 3 bytes, period u8 (enum
 * ct_calendar_unit), calendar u8 (0 charge, 1 billing), week start, year month, month day u8 each
 * (as in struct ct_calendar), time zone text, how many conditions varint, then for each its key
 * text, negated u8 (0 or 1), how many values varint, value texts. A text is its length as varint
 * and its bytes.
 *
 * Scope: a row belongs to it where all conditions hold. A condition holds where the row's tag has
 * one of the values, or, negated, where it has none of them; the value "" is a row without the tag,
 * and a value that ends in `*` is all that begin like it. No condition: all rows. */
#ifndef CT_BUDGET_H
#define CT_BUDGET_H

#include "arena.h"
#include "decimal.h"
#include "local_calendar.h"
#include "store.h"

#define CT_BUDGET_CONDITIONS_MAX   64
#define CT_BUDGET_VALUES_MAX       10000 /* of all conditions */
#define CT_BUDGET_AMOUNT_SCALE_MAX 30
#define CT_BUDGET_ALERT_SCALE_MAX  8 /* with the amount's at most what a decimal has */
#define CT_BUDGET_ALERT_DEFAULT    "0.8"

enum ct_budget_calendar { CT_BUDGET_CHARGE = 0, CT_BUDGET_BILLING = 1 };

struct ct_budget_condition {
    struct ct_text key;
    const struct ct_text *values;
    uint32_t value_count;
    bool is_negated;
};

struct ct_budget {
    struct ct_text id, name;
    struct ct_decimal amount;          /* > 0, for each period */
    struct ct_decimal alert_threshold; /* part of the amount, > 0 */
    char currency[4];
    enum ct_calendar_unit period; /* day, week, month, quarter or year */
    enum ct_budget_calendar calendar;
    uint8_t week_start, year_month, month_day;
    struct ct_text time_zone; /* empty: UTC */
    const struct ct_budget_condition *conditions;
    uint32_t condition_count;
};

/* "daily", "weekly", ...: static text. */
const char *ct_budget_period_name(enum ct_calendar_unit period);

/* CT_INVALID, CT_LIMIT. Whether there is such a time zone is for the caller to find out. */
ct_status ct_budget_check(const struct ct_budget *budget, struct ct_error *err) CT_MUST_USE;

/* Puts a budget, durably, in the place of one with its id. */
ct_status ct_budget_put(struct ct_store *store, struct ct_text database,
                        const struct ct_budget *budget, struct ct_error *err) CT_MUST_USE;

/* CT_NOT_FOUND names the id. */
ct_status ct_budget_remove(struct ct_store *store, struct ct_text database, struct ct_text id,
                           struct ct_error *err) CT_MUST_USE;

/* All budgets of a database by id, or one. */
struct ct_budgets {
    struct ct_arena arena; /* all that they point to */
    struct ct_budget *items;
    size_t count;
};
/* id  empty: all; else CT_NOT_FOUND names it where there is none. CT_CORRUPT, CT_FORMAT. */
ct_status ct_budgets_read(struct ct_catalog *catalog, struct ct_text database, struct ct_text id,
                          const struct ct_allocator *allocator, struct ct_budgets *out,
                          struct ct_error *err) CT_MUST_USE;
void ct_budgets_deinit(struct ct_budgets *budgets);

#endif
