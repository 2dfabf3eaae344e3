/* Conditions on rows. What a tag says is worked out once for each tag value and then once for each
 * series; conditions on fields leave the answer open there, and are settled row by row in
 * row_filter.h. Layer query, for its own files only. */
#ifndef CT_FILTER_H
#define CT_FILTER_H

#include "field_test.h"
#include "plan.h"

/* One condition without children. */
struct ct_filter_leaf {
    const struct ct_filter *filter;
    bool is_field;
    /* Of a tag: which of its values pass. */
    uint32_t tag;      /* CT_NONE: no row has it */
    uint32_t code_end; /* entries of allowed */
    uint8_t *allowed;  /* by code, 1 or 0 */
    /* Of a field: its place among the columns that are read. */
    uint32_t field;
    struct ct_field_test test; /* of CT_FILTER_FIELD */
};

struct ct_filter_program {
    const struct ct_plan *plan;
    struct ct_filter_leaf *leaves; /* in the order of the tree */
    uint32_t leaf_count, depth;
    bool has_fields;
};

struct ct_filter_size {
    uint32_t nodes, leaves, depth;
};

/* CT_LIMIT for too deep or too large a tree, CT_INVALID for a malformed one. */
ct_status ct_filter_measure(const struct ct_filter *filter, struct ct_filter_size *size,
                            struct ct_error *err) CT_MUST_USE;

/* The plan has measured the tree. CT_TYPE for what cannot be compared, CT_INVALID and CT_LIMIT for
 * regular expressions. On failure the program is empty. A plan without a filter gives a program
 * without leaves. */
ct_status ct_filter_init(struct ct_filter_program *program, const struct ct_plan *plan,
                         struct ct_error *err) CT_MUST_USE;
void ct_filter_deinit(struct ct_filter_program *program);

/* For every series of the source: selected[position] = 1 where some row may pass, certain[position]
 * = 1 where every row does. `certain` may be NULL. */
ct_status ct_filter_select(const struct ct_filter_program *program, struct ct_source *source,
                           uint8_t *selected, uint8_t *certain, struct ct_error *err) CT_MUST_USE;

#endif
