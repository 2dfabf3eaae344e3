/* The native query in JSON: everything that centime_query has. Layer http.
 *
 *     {"table": "cost", "aggregates": ["sum(cost_usd)"], "group_by": ["provider"],
 *      "filter": {"team": "ml"}, "start": "-30d", "bucket": "1d", "order_by": "-sum_cost_usd"}
 *
 * A member that is not known is refused, with the one that was probably meant. All members: the
 * description at /api/v1/openapi.json. */
#ifndef CT_QUERY_JSON_H
#define CT_QUERY_JSON_H

#include "answer_format.h"
#include "arena.h"
#include "centime.h"
#include "json_read.h"

struct ct_query_json {
    centime_query query; /* database NULL: not said */
    bool explains;
    struct ct_answer_format format; /* is_given: where the question says so */
};

/* What it points to lives as long as JSON and arena. Relative times are before now_ns. CT_TYPE,
 * CT_RANGE, CT_INVALID, CT_PARSE, CT_NO_MEMORY: told with the place. */
ct_status ct_query_json_read(struct ct_json json, int64_t now_ns, struct ct_arena *arena,
                             struct ct_query_json *out, struct ct_error *err);

#endif
