/* Exchange rates, effective-dated, as records of the registry (kind RATE_TABLE). Layer query; for
 * conversions, api and tests.
 *
 * An amount in `base` times the rate is the amount in `quote`; from the rate's day on, up to the
 * day of the pair's next one. Nothing is worked out that was not put: no inverse, no way round over
 * a third currency, nothing before the first day. Tables are named, so that a budget's rates and a
 * month's closing rates may stand side by side.
 *
 * Record: key TABLE "/" BASE "/" QUOTE "/" YYYY-MM-DD (UTC), value the rate as decimal text. One
 * record for one rate, so that putting one never loses another. */
#ifndef CT_RATES_H
#define CT_RATES_H

#include "store.h"

#define CT_RATE_TABLE_DEFAULT  "default"
#define CT_RATE_NAME_BYTES_MAX 64 /* of a table */
#define CT_CURRENCY_BYTES_MAX  16

struct ct_rate {
    struct ct_text table;       /* letters, digits, `_`, `-` and `.` */
    struct ct_text base, quote; /* letters and digits: "EUR", "USD" */
    int64_t from_ns;            /* a midnight UTC */
    struct ct_decimal rate;     /* above 0 */
};

/* Durable when it returns; replaces the rate of the same day.
 * Errors   CT_INVALID (names, a time that is no midnight, a rate of 0 or less, base = quote) and
 *          those of ct_store_register.
 * Threads  any. */
ct_status ct_rate_put(struct ct_store *store, struct ct_text database, const struct ct_rate *rate,
                      struct ct_error *err) CT_MUST_USE;
/* Forgets a rate (its `rate` is not looked at); one that is not there is fine. */
ct_status ct_rate_remove(struct ct_store *store, struct ct_text database,
                         const struct ct_rate *rate, struct ct_error *err) CT_MUST_USE;

/* Rates by table, base, quote and day. */
struct ct_rates {
    const struct ct_allocator *allocator;
    struct ct_rate *items;
    size_t count;
    struct ct_registered *records; /* what the texts lie in */
    size_t record_count;
};

/* Those of one table, or all where it is empty. None, also of an unknown database, is no error.
 * CT_CORRUPT names a record that cannot be read. */
ct_status ct_rates_read(struct ct_catalog *catalog, struct ct_text database, struct ct_text table,
                        const struct ct_allocator *allocator, struct ct_rates *out,
                        struct ct_error *err) CT_MUST_USE;
void ct_rates_deinit(struct ct_rates *rates);

/* The rate that is in effect at a time, and the stretch in which it is: from_ns <= time < until_ns,
 * until_ns INT64_MAX where no later one follows. */
struct ct_rate_span {
    struct ct_decimal rate;
    int64_t from_ns, until_ns;
};

/* Of one table. The same currency is 1, always. CT_CURRENCY names the pair and the day. */
ct_status ct_rates_at(const struct ct_rates *rates, struct ct_text base, struct ct_text quote,
                      int64_t time_ns, struct ct_rate_span *out, struct ct_error *err) CT_MUST_USE;

#endif
