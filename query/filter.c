/* The tree is walked in one order always: once to count its leaves and look their values up, then
 * for each source to combine the leaves' answers by series. There two rows of bytes stand for each
 * level: `may`, that some row can pass, and `must`, that all do. A leaf on a tag knows both; one on
 * a field says may and not must; NOT turns one into the other. */
#include "filter.h"
#include "pattern.h"

static ct_status measure(const struct ct_filter *filter, uint32_t depth,
                         struct ct_filter_size *size, struct ct_error *err)
{
    if (++size->nodes > CT_QUERY_FILTER_NODES_MAX || depth > CT_QUERY_FILTER_DEPTH_MAX)
        return ct_fail(err, CT_LIMIT, "a filter of more than %d conditions or %d levels",
                       CT_QUERY_FILTER_NODES_MAX, CT_QUERY_FILTER_DEPTH_MAX);
    if (depth > size->depth)
        size->depth = depth;
    switch (filter->kind) {
    case CT_FILTER_IN:
    case CT_FILTER_MATCH:
    case CT_FILTER_PRESENT:
    case CT_FILTER_FIELD:
    case CT_FILTER_FIELD_MATCH:
    case CT_FILTER_FIELD_PRESENT:
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

ct_status ct_filter_measure(const struct ct_filter *filter, struct ct_filter_size *size,
                            struct ct_error *err)
{
    *size = (struct ct_filter_size){0};
    return measure(filter, 1, size, err);
}

/* -- Leaves ----------------------------------------------------------------------------------- */

static void allow_values(const struct ct_plan *plan, struct ct_filter_leaf *leaf,
                         struct ct_text missing)
{
    for (uint32_t i = 0; i < leaf->filter->value_count; i++) {
        const struct ct_text value = leaf->filter->values[i];
        leaf->allowed[0] |= ct_text_equal(value, missing);
        if (leaf->tag == CT_NONE || value.len == 0)
            continue;
        const uint32_t code = ct_catalog_find_value(plan->catalog, plan->table, leaf->tag, value);
        if (code && code < leaf->code_end)
            leaf->allowed[code] = 1;
    }
}

static ct_status allow_matches(const struct ct_plan *plan, struct ct_filter_leaf *leaf,
                               struct ct_text missing, struct ct_error *err)
{
    struct ct_pattern *pattern;
    CT_TRY(ct_pattern_compile(leaf->filter->pattern, plan->allocator, &pattern, err));
    ct_status status = CT_OK;
    for (uint32_t code = 0; status == CT_OK && code < leaf->code_end; code++) {
        const struct ct_text text =
            code ? ct_catalog_value(plan->catalog, plan->table, leaf->tag, code) : missing;
        bool is_match = false;
        status = ct_pattern_matches(pattern, text, &is_match, err);
        leaf->allowed[code] = is_match;
    }
    ct_pattern_destroy(pattern);
    return status;
}

static ct_status fill_tag_leaf(const struct ct_plan *plan, struct ct_filter_leaf *leaf,
                               struct ct_error *err)
{
    leaf->tag = ct_catalog_find_tag(plan->catalog, plan->table, leaf->filter->tag);
    leaf->code_end = 1;
    if (leaf->tag != CT_NONE)
        leaf->code_end += ct_catalog_value_count(plan->catalog, plan->table, leaf->tag);
    leaf->allowed = ct_alloc_zeroed(plan->allocator, leaf->code_end, 1);
    if (!leaf->allowed)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a filter");
    struct ct_text missing = {"", 0};
    if (plan->has_money && ct_text_equal(leaf->filter->tag, ct_text_of("currency")))
        missing = ct_text_of(plan->currency); /* also where no row has the tag */
    if (leaf->filter->kind == CT_FILTER_MATCH)
        return allow_matches(plan, leaf, missing, err);
    if (leaf->filter->kind == CT_FILTER_IN) {
        allow_values(plan, leaf, missing);
        return CT_OK;
    }
    memset(leaf->allowed, 1, leaf->code_end);
    leaf->allowed[0] = missing.len > 0;
    return CT_OK;
}

static ct_status fill_field_leaf(const struct ct_plan *plan, struct ct_filter_leaf *leaf,
                                 struct ct_error *err)
{
    const struct ct_filter *filter = leaf->filter;
    leaf->is_field = true;
    const uint32_t number = ct_catalog_find_field(plan->catalog, plan->table, filter->field);
    while (leaf->field < plan->read_count && plan->field_numbers[leaf->field] != number)
        leaf->field++;
    CT_ASSERT(leaf->field < plan->read_count); /* the plan has looked */
    const enum ct_type type = plan->fields[leaf->field].type;
    if (filter->kind == CT_FILTER_FIELD_MATCH && type != CT_STRING)
        return ct_fail(err, CT_TYPE, "a regular expression for field \"%.*s\", which is a %s",
                       (int)(filter->field.len < 80 ? filter->field.len : 80), filter->field.bytes,
                       ct_type_name(type));
    return filter->kind == CT_FILTER_FIELD ? ct_field_test_init(&leaf->test, type, filter, err)
                                           : CT_OK;
}

static bool has_children(const struct ct_filter *filter)
{
    return filter->kind == CT_FILTER_AND || filter->kind == CT_FILTER_OR ||
           filter->kind == CT_FILTER_NOT;
}

static ct_status fill_leaves(struct ct_filter_program *program, const struct ct_filter *filter,
                             struct ct_error *err)
{
    for (uint32_t i = 0; has_children(filter) && i < filter->child_count; i++)
        CT_TRY(fill_leaves(program, &filter->children[i], err));
    if (has_children(filter))
        return CT_OK;
    struct ct_filter_leaf *leaf = &program->leaves[program->leaf_count++];
    leaf->filter = filter;
    if (filter->kind != CT_FILTER_FIELD && filter->kind != CT_FILTER_FIELD_MATCH &&
        filter->kind != CT_FILTER_FIELD_PRESENT)
        return fill_tag_leaf(program->plan, leaf, err);
    program->has_fields = true;
    return fill_field_leaf(program->plan, leaf, err);
}

ct_status ct_filter_init(struct ct_filter_program *program, const struct ct_plan *plan,
                         struct ct_error *err)
{
    *program = (struct ct_filter_program){.plan = plan};
    const struct ct_filter *filter = plan->query->filter;
    if (!filter)
        return CT_OK;
    struct ct_filter_size size = {0};
    CT_TRY(ct_filter_measure(filter, &size, err));
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

/* -- Selecting series ------------------------------------------------------------------------- */

/* One evaluation: each level of the tree has two rows of `count` bytes, may and must. */
struct walk {
    const struct ct_filter_program *program;
    struct ct_source *source;
    uint32_t count, next_leaf;
};

static ct_status select_leaf(struct walk *walk, uint8_t *may, struct ct_error *err)
{
    const struct ct_filter_leaf *leaf = &walk->program->leaves[walk->next_leaf++];
    uint8_t *must = may + walk->count;
    if (leaf->is_field) {
        memset(may, 1, walk->count);
        memset(must, 0, walk->count);
        return CT_OK;
    }
    if (leaf->tag == CT_NONE) {
        memset(may, leaf->allowed[0], (size_t)2 * walk->count);
        return CT_OK;
    }
    const uint32_t *codes;
    CT_TRY(ct_source_tag_codes(walk->source, leaf->tag, &codes, err));
    for (uint32_t i = 0; i < walk->count; i++)
        may[i] = must[i] = codes[i] < leaf->code_end ? leaf->allowed[codes[i]] : 0;
    return CT_OK;
}

/* Not all rows pass where some must fail, and the other way round. */
static void invert(uint8_t *may, uint32_t count)
{
    uint8_t *must = may + count;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t all_pass = must[i];
        must[i] = may[i] ^ 1;
        may[i] = all_pass ^ 1;
    }
}

static ct_status select_tree(struct walk *walk, const struct ct_filter *filter, uint8_t *out,
                             struct ct_error *err)
{
    if (!has_children(filter))
        return select_leaf(walk, out, err);
    const size_t len = (size_t)2 * walk->count;
    const bool is_or = filter->kind == CT_FILTER_OR;
    memset(out, is_or ? 0 : 1, len);
    uint8_t *child = out + len;
    for (uint32_t i = 0; i < filter->child_count; i++) {
        CT_TRY(select_tree(walk, &filter->children[i], child, err));
        for (size_t k = 0; k < len; k++)
            out[k] = is_or ? out[k] | child[k] : out[k] & child[k];
    }
    if (filter->kind == CT_FILTER_NOT)
        invert(out, walk->count);
    return CT_OK;
}

ct_status ct_filter_select(const struct ct_filter_program *program, struct ct_source *source,
                           uint8_t *selected, uint8_t *certain, struct ct_error *err)
{
    const uint32_t count = ct_source_series_count(source);
    const struct ct_filter *filter = program->plan->query->filter;
    if (!filter) {
        memset(selected, 1, count);
        if (certain)
            memset(certain, 1, count);
        return CT_OK;
    }
    const struct ct_allocator *allocator = program->plan->allocator;
    uint8_t *levels = ct_alloc_zeroed(allocator, (size_t)2 * count, program->depth + 1);
    if (!levels && count)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a filter");
    struct walk walk = {.program = program, .source = source, .count = count};
    const ct_status status = select_tree(&walk, filter, levels, err);
    if (status == CT_OK && count) {
        memcpy(selected, levels, count);
        if (certain)
            memcpy(certain, levels + count, count);
    }
    ct_release(allocator, levels);
    return status;
}
