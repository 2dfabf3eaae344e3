/* Aggregates and computed columns of the native query in JSON. Layer http.
 *
 *     "sum(cost_usd)", "count", "p95(total_time_ms)",
 *     {"function": "quantile", "field": "total_time_ms", "quantile": 0.95, "name": "p95"}
 *     {"name": "unit_cost", "operation": "/", "left": "sum_cost_usd", "right": 100, "scale": 4}
 */
#ifndef CT_AGGREGATE_JSON_H
#define CT_AGGREGATE_JSON_H

#include "arena.h"
#include "centime.h"
#include "json_read.h"

/* One, or an array of them, into the query. Texts live as long as JSON and arena. CT_TYPE,
 * CT_RANGE, CT_INVALID, CT_NO_MEMORY: told with the place. */
ct_status ct_aggregates_json_read(struct ct_json json, struct ct_arena *arena, centime_query *query,
                                  struct ct_error *err);
ct_status ct_computed_json_read(struct ct_json json, struct ct_arena *arena, centime_query *query,
                                struct ct_error *err);

#endif
