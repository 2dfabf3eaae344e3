/* Charges counted by the month of the invoice that carries them, in place of their own time. Layer
 * query, for its own files only.
 *
 * Which month that is is a matter of the series, whose tag says it: so whole series are left out,
 * or go to one time bucket whatever the times of their rows. Rows of series without such a tag are
 * counted at the start of the month of their charge. */
#ifndef CT_BILLING_H
#define CT_BILLING_H

#include "plan.h"

#define CT_BILLING_BY_CHARGE INT64_MIN /* no billing period is known */

struct ct_billing {
    const struct ct_plan *plan; /* NULL: charges are counted by their time */
    uint32_t tag;               /* CT_NONE: no row has one */
    int64_t *starts_ns;         /* by code: start of the month, or CT_BILLING_BY_CHARGE */
    uint32_t code_end;
    /* Charges without a billing period that are in the range: of months that begin in it. */
    int64_t charge_start_ns, charge_end_ns;
};

/* Empty where the query does not ask for it. CT_INVALID with time buckets that are not made of
 * months, and with functions that follow a series through time. */
ct_status ct_billing_init(struct ct_billing *billing, const struct ct_plan *plan,
                          struct ct_error *err) CT_MUST_USE;
void ct_billing_deinit(struct ct_billing *billing);

/* The month that rows of each position are counted at, in out[series count of the source]; takes
 * from `selected` the series whose month is out of the range. */
ct_status ct_billing_source(const struct ct_billing *billing, struct ct_source *source,
                            uint8_t *selected, int64_t *out, struct ct_error *err) CT_MUST_USE;

/* Takes from the cursor's block the rows of series without a billing period that are out of the
 * range. `runs` has room for CT_BLOCK_VALUES_MAX and holds what is left until the next call. */
ct_status ct_billing_clip(const struct ct_billing *billing, const int64_t *months_ns,
                          struct ct_cursor *cursor, struct ct_run *runs, struct ct_block *block,
                          struct ct_error *err) CT_MUST_USE;

#endif
