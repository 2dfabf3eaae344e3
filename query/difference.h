/* What changed between two moments of a store: the same sum, by the same tags, from two snapshots.
 * Layer query; for api.
 *
 * Exact: `change` is after less before, in every group, and adds up to the change of the whole, as
 * groups that are left out have not changed. */
#ifndef CT_DIFFERENCE_H
#define CT_DIFFERENCE_H

#include "query.h"

struct ct_difference {
    struct ct_text database; /* empty: "default" */
    struct ct_text table;
    struct ct_text field; /* of an exact type */
    const struct ct_text *tags;
    uint32_t tag_count;
    const struct ct_filter *filter; /* NULL: all */
    int64_t start_ns, end_ns;       /* start <= time < end; end INT64_MAX includes it */
};

/* Columns: the tags; before, after, change (decimals; before and after are null where the group has
 * no value); status (text): "new" where it had no rows before, "gone" where it has none any more,
 * else "changed". Sorted by the tags. `options` apply to each of the two questions. A table that
 * was not there yet had no rows. Errors as ct_query_run, CT_TYPE for a field whose sum is not
 * exact, CT_CURRENCY also where the two sides' amounts are in different ones. */
ct_status ct_difference_run(struct ct_snapshot *before, struct ct_snapshot *after,
                            struct ct_catalog *catalog, const struct ct_allocator *allocator,
                            const struct ct_difference *difference,
                            const struct ct_query_options *options, struct ct_result **out,
                            struct ct_error *err) CT_MUST_USE;

#endif
