/* What was spent, and on what: DESIGN section 4, get_cost_summary. Layer query; for api.
 *
 * All parts are answered from one snapshot, so that they agree: the sums of by_provider and of
 * by_service are the total, exactly. */
#ifndef CT_COST_SUMMARY_H
#define CT_COST_SUMMARY_H

#include "query.h"

struct ct_cost_summary_request {
    struct ct_text database; /* empty: "default" */
    int64_t start_ns;        /* exclusive: the window is (start, end] */
    int64_t end_ns;          /* inclusive */
    struct ct_text currency; /* only rows in this currency; empty: all, and CT_CURRENCY where they
                                are several */
    uint32_t top_count;      /* of top_resources; 0: 10 */
};

/* Costs by the values of one tag. `result` has the columns (tag value, cost), NULL where there is
 * nothing. */
struct ct_cost_breakdown {
    struct ct_text tag; /* as shown: without "tag." */
    struct ct_result *result;
};

enum ct_cost_dimension {
    CT_COST_BY_PROVIDER = 0,
    CT_COST_BY_SERVICE = 1,
    CT_COST_BY_CLUSTER = 2,
    CT_COST_BY_REGION = 3,
};
#define CT_COST_DIMENSIONS 4

struct ct_cost_summary {
    const struct ct_allocator *allocator;
    int64_t start_ns, end_ns;
    char currency[4]; /* that the amounts are in */
    struct ct_decimal_sum total;
    struct ct_cost_breakdown
        by[CT_COST_DIMENSIONS];       /* by value, ascending; rows without the tag under "" */
    struct ct_cost_breakdown *by_tag; /* every entry tag that has costs in the window, by name; rows
                                         without it left out */
    uint32_t tag_count;
    struct ct_cost_breakdown
        top_resources; /* by cost descending, ties by id ascending; rows without an id left out */
};

/* Field cost_usd of the table `cost`; where there is no such table or field everything is empty and
 * the total 0. An entry tag is any tag of the table but provider, service, region, account,
 * cluster, resource_id, currency, source, billing_period and invoice_id; "tag." before its name is
 * dropped. The summary is the caller's, texts live as long as it does. */
ct_status ct_cost_summary_run(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                              const struct ct_allocator *allocator,
                              const struct ct_cost_summary_request *request,
                              const struct ct_query_options *options, struct ct_cost_summary *out,
                              struct ct_error *err) CT_MUST_USE;
void ct_cost_summary_deinit(struct ct_cost_summary *summary);

/* Rows of a breakdown. */
static inline uint64_t ct_cost_breakdown_count(const struct ct_cost_breakdown *breakdown)
{
    return breakdown->result ? breakdown->result->row_count : 0;
}

#endif
