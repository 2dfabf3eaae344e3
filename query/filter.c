/* The tree is walked twice in the same order: once to count its leaves and look their values up,
 * once for each source to combine the leaves' answers by series. */
#include "filter.h"

struct tree_size {
    uint32_t nodes, leaves, depth;
};

static ct_status measure(const struct ct_filter *filter, uint32_t depth, struct tree_size *size,
                         struct ct_error *err)
{
    if (++size->nodes > CT_QUERY_FILTER_NODES_MAX || depth > CT_QUERY_FILTER_DEPTH_MAX)
        return ct_fail(err, CT_LIMIT, "a filter of more than %d conditions or %d levels",
                       CT_QUERY_FILTER_NODES_MAX, CT_QUERY_FILTER_DEPTH_MAX);
    if (depth > size->depth)
        size->depth = depth;
    switch (filter->kind) {
    case CT_FILTER_IN:
        size->leaves++;
        return CT_OK;
    case CT_FILTER_NOT:
        if (filter->child_count != 1)
            return ct_fail(err, CT_INVALID, "a NOT of %u conditions", filter->child_count);
        break;
    case CT_FILTER_AND:
    case CT_FILTER_OR:
        break;
    default:
        return ct_fail(err, CT_INVALID, "unknown kind of filter %d", (int)filter->kind);
    }
    for (uint32_t i = 0; i < filter->child_count; i++)
        CT_TRY(measure(&filter->children[i], depth + 1, size, err));
    return CT_OK;
}

static ct_status fill_leaf(struct ct_filter_program *program, const struct ct_filter *filter,
                           struct ct_error *err)
{
    const struct ct_plan *plan = program->plan;
    struct ct_filter_leaf *leaf = &program->leaves[program->leaf_count++];
    leaf->tag = ct_catalog_find_tag(plan->catalog, plan->table, filter->tag);
    leaf->code_end = 1;
    if (leaf->tag != CT_NONE)
        leaf->code_end += ct_catalog_value_count(plan->catalog, plan->table, leaf->tag);
    leaf->allowed = ct_alloc_zeroed(plan->allocator, leaf->code_end, 1);
    if (!leaf->allowed)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a filter");
    struct ct_text missing = ct_plan_missing_tag(plan, leaf->tag);
    if (plan->has_money && ct_text_equal(filter->tag, ct_text_of("currency")))
        missing = ct_text_of(plan->currency); /* also where no row has the tag */
    for (uint32_t i = 0; i < filter->value_count; i++) {
        const struct ct_text value = filter->values[i];
        leaf->allowed[0] |= ct_text_equal(value, missing);
        if (leaf->tag == CT_NONE || value.len == 0)
            continue;
        const uint32_t code = ct_catalog_find_value(plan->catalog, plan->table, leaf->tag, value);
        if (code && code < leaf->code_end)
            leaf->allowed[code] = 1;
    }
    return CT_OK;
}

static ct_status fill_leaves(struct ct_filter_program *program, const struct ct_filter *filter,
                             struct ct_error *err)
{
    if (filter->kind == CT_FILTER_IN)
        return fill_leaf(program, filter, err);
    for (uint32_t i = 0; i < filter->child_count; i++)
        CT_TRY(fill_leaves(program, &filter->children[i], err));
    return CT_OK;
}

ct_status ct_filter_init(struct ct_filter_program *program, const struct ct_plan *plan,
                         struct ct_error *err)
{
    *program = (struct ct_filter_program){.plan = plan};
    const struct ct_filter *filter = plan->query->filter;
    if (!filter)
        return CT_OK;
    struct tree_size size = {0};
    CT_TRY(measure(filter, 1, &size, err));
    program->depth = size.depth;
    program->leaves = ct_alloc_zeroed(plan->allocator, size.leaves + 1, sizeof *program->leaves);
    if (!program->leaves)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a filter");
    const ct_status status = fill_leaves(program, filter, err);
    if (status != CT_OK)
        ct_filter_deinit(program);
    return status;
}

void ct_filter_deinit(struct ct_filter_program *program)
{
    for (uint32_t i = 0; i < program->leaf_count; i++)
        ct_release(program->plan->allocator, program->leaves[i].allowed);
    if (program->leaves)
        ct_release(program->plan->allocator, program->leaves);
    *program = (struct ct_filter_program){0};
}

/* One evaluation: `next_leaf` walks the leaves, `free` is a row of `count` bytes for each deeper
 * level. */
struct walk {
    const struct ct_filter_program *program;
    struct ct_source *source;
    uint32_t count, next_leaf;
};

static ct_status select_leaf(struct walk *walk, uint8_t *out, struct ct_error *err)
{
    const struct ct_filter_leaf *leaf = &walk->program->leaves[walk->next_leaf++];
    if (leaf->tag == CT_NONE) {
        memset(out, leaf->allowed[0], walk->count);
        return CT_OK;
    }
    const uint32_t *codes;
    CT_TRY(ct_source_tag_codes(walk->source, leaf->tag, &codes, err));
    for (uint32_t i = 0; i < walk->count; i++)
        out[i] = codes[i] < leaf->code_end ? leaf->allowed[codes[i]] : 0;
    return CT_OK;
}

static void invert(uint8_t *out, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        out[i] ^= 1;
}

static ct_status select_tree(struct walk *walk, const struct ct_filter *filter, uint8_t *out,
                             struct ct_error *err)
{
    if (filter->kind == CT_FILTER_IN)
        return select_leaf(walk, out, err);
    const bool is_or = filter->kind == CT_FILTER_OR;
    memset(out, is_or ? 0 : 1, walk->count);
    uint8_t *child = out + walk->count;
    for (uint32_t i = 0; i < filter->child_count; i++) {
        CT_TRY(select_tree(walk, &filter->children[i], child, err));
        for (uint32_t k = 0; k < walk->count; k++)
            out[k] = is_or ? out[k] | child[k] : out[k] & child[k];
    }
    if (filter->kind == CT_FILTER_NOT)
        invert(out, walk->count);
    return CT_OK;
}

ct_status ct_filter_select(const struct ct_filter_program *program, struct ct_source *source,
                           uint8_t *selected, struct ct_error *err)
{
    const uint32_t count = ct_source_series_count(source);
    const struct ct_filter *filter = program->plan->query->filter;
    if (!filter) {
        memset(selected, 1, count);
        return CT_OK;
    }
    const struct ct_allocator *allocator = program->plan->allocator;
    uint8_t *levels = ct_alloc_zeroed(allocator, count, program->depth + 1);
    if (!levels && count)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a filter");
    struct walk walk = {.program = program, .source = source, .count = count};
    const ct_status status = select_tree(&walk, filter, levels, err);
    if (status == CT_OK && count)
        memcpy(selected, levels, count);
    ct_release(allocator, levels);
    return status;
}
