/* Conditions on tags, worked out once for each tag value and then once for each series. Layer
 * query, for its own files only. */
#ifndef CT_FILTER_H
#define CT_FILTER_H

#include "plan.h"

/* Which values of one tag a leaf lets through. */
struct ct_filter_leaf {
    uint32_t tag;      /* CT_NONE: no row has it */
    uint32_t code_end; /* entries of allowed */
    uint8_t *allowed;  /* by code, 1 or 0 */
};

struct ct_filter_program {
    const struct ct_plan *plan;
    struct ct_filter_leaf *leaves; /* in the order of the tree */
    uint32_t leaf_count, depth;
};

/* CT_LIMIT for too deep or too large a tree, CT_INVALID for a malformed one. On failure the program
 * is empty. A plan without a filter gives a program without leaves. */
ct_status ct_filter_init(struct ct_filter_program *program, const struct ct_plan *plan,
                         struct ct_error *err) CT_MUST_USE;
void ct_filter_deinit(struct ct_filter_program *program);

/* selected[position] = 1 or 0 for every series of the source. */
ct_status ct_filter_select(const struct ct_filter_program *program, struct ct_source *source,
                           uint8_t *selected, struct ct_error *err) CT_MUST_USE;

#endif
