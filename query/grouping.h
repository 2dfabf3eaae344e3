/* From tag codes to dense group numbers, the same in all sources of a query. Layer query, for its
 * own files only.
 *
 * Invariant: groups are numbered from 0 in the order in which they are first seen; a group is one
 * tuple of codes, in the order of the plan's tags. */
#ifndef CT_GROUPING_H
#define CT_GROUPING_H

#include "plan.h"

#define CT_GROUP_NONE UINT32_MAX

struct ct_grouping {
    const struct ct_plan *plan;
    uint32_t tag_count;
    uint32_t missing_code[CT_QUERY_TAGS_MAX]; /* what rows without the tag count under */
    uint64_t radix[CT_QUERY_TAGS_MAX];        /* values of the tag, with 0 */
    uint32_t *direct; /* group + 1 by the tuple as one number, where there are few; else NULL */
    uint64_t direct_count;
    uint32_t *slots;   /* else: open addressing, group + 1 */
    uint64_t slot_cap; /* a power of two */
    uint32_t *keys;    /* tag_count codes for each group */
    size_t key_cap;
    uint32_t group_count;
};

ct_status ct_grouping_init(struct ct_grouping *grouping, const struct ct_plan *plan,
                           struct ct_error *err) CT_MUST_USE;
void ct_grouping_deinit(struct ct_grouping *grouping);

/* groups[position] for every selected series of the source, CT_GROUP_NONE for the others. */
ct_status ct_grouping_source(struct ct_grouping *grouping, struct ct_source *source,
                             const uint8_t *selected, uint32_t *groups,
                             struct ct_error *err) CT_MUST_USE;

/* The group of a tuple of codes, as grouping->keys has them, made where it is not there. */
ct_status ct_grouping_of_key(struct ct_grouping *grouping, const uint32_t *key, uint32_t *group,
                             struct ct_error *err) CT_MUST_USE;

/* Value of tag i of a group; lives as long as the catalog. */
struct ct_text ct_grouping_value(const struct ct_grouping *grouping, uint32_t group, uint32_t i);

/* Sorts the listed groups, none twice, by the bytes of their values, tag by tag. */
ct_status ct_grouping_rank(const struct ct_grouping *grouping, uint32_t *groups, uint32_t count,
                           struct ct_error *err) CT_MUST_USE;

#endif
