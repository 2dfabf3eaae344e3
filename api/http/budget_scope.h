/* The scope of a budget in JSON. Layer http.
 *
 *     {"provider": "aws", "service": ["ec2", "s3"], "region": {"not": "us-east-1"},
 *      "account": null, "tags": {"team": "ml-research"}}
 *
 * All must hold. A list is one of several, null a row without the tag, `not` none of them, a value
 * that ends in * what begins like it; `tags` are entry tags, stored as tag.<key>. Also taken is
 * what the library lists: [{"key": "tag.team", "values": ["ml-research"], "is_negated": false}]. */
#ifndef CT_BUDGET_SCOPE_H
#define CT_BUDGET_SCOPE_H

#include "arena.h"
#include "centime.h"
#include "json_read.h"

/* Fills in conditions and condition_count; texts live as long as JSON and arena. CT_TYPE,
 * CT_INVALID, CT_NO_MEMORY: told with the place. */
ct_status ct_budget_scope_read(struct ct_json scope, struct ct_arena *arena, centime_budget *out,
                               struct ct_error *err);

#endif
