/* Filters of the native query in JSON. Layer http.
 *
 *     {"provider": "aws", "team": ["ml", null], "cost_usd": {"gt": 10},
 *      "or": [{"region": {"match": "^us-"}}, {"not": {"account": null}}]}
 *
 * All members of an object must hold. The name is a tag's: a text or list of texts is what it may
 * be, null a row without it. {"in"}, {"not_in"}, {"match"}, {"not_match"} and {"present": true} are
 * of tags too; {"eq"}, {"ne"}, {"lt"}, {"le"}, {"gt"}, {"ge"}, {"field_match"} and
 * {"field_present"} of fields, as is a bare number or truth. "and", "or" and "not" take filters;
 * "tag:and" and "field:x" are what is called so. */
#ifndef CT_FILTER_JSON_H
#define CT_FILTER_JSON_H

#include "arena.h"
#include "centime.h"
#include "json_read.h"

/* Texts live as long as JSON and arena. CT_TYPE, CT_INVALID, CT_NO_MEMORY: told with the place. */
ct_status ct_filter_json_read(struct ct_json json, struct ct_arena *arena, centime_filter *out,
                              struct ct_error *err);

#endif
