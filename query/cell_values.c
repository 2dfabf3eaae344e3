/* The parts of a cell that look at each value by itself: squares, moments, lists of values,
 * sketches. Each is a function of the values that were added, not of their order (moments agree
 * within 1e-12). */
#include "bag.h"
#include "cells.h"
#include "deviation.h"
#include "sketch.h"

static unsigned const value_needs =
    CT_NEED_SQUARES | CT_NEED_VALUES | CT_NEED_QUANTILES | CT_NEED_DISTINCT;

bool ct_cell_looks_at_values(unsigned needs)
{
    return (needs & value_needs) != 0;
}

/* -- Memory ----------------------------------------------------------------------------------- */

static ct_status make_bag(const struct ct_cells *cells, struct ct_bag **out, enum ct_type type,
                          struct ct_error *err)
{
    *out = ct_alloc_zeroed(cells->plan->allocator, 1, sizeof **out);
    if (!*out)
        return ct_cell_no_memory(err);
    ct_bag_init(*out, cells->plan->allocator, type);
    return CT_OK;
}

ct_status ct_cell_values_init(struct ct_cells *cells, struct ct_error *err)
{
    const struct ct_plan *plan = cells->plan;
    for (uint32_t i = 0; i < plan->field_count; i++)
        if (plan->fields[i].needs & CT_NEED_VALUES)
            CT_TRY(make_bag(cells, &cells->fields[i].bag, plan->fields[i].type, err));
    if (!plan->needs_tags)
        return CT_OK;
    const uint32_t count = plan->query->aggregate_count;
    cells->tag_bags = ct_alloc_zeroed(plan->allocator, count, sizeof *cells->tag_bags);
    if (!cells->tag_bags)
        return ct_cell_no_memory(err);
    for (uint32_t i = 0; i < count; i++)
        if (plan->outputs[i].is_of_tag)
            CT_TRY(make_bag(cells, &cells->tag_bags[i], CT_UINT64, err));
    return CT_OK;
}

static void destroy_bag(const struct ct_cells *cells, struct ct_bag *bag)
{
    if (bag)
        ct_bag_deinit(bag);
    ct_release(cells->plan->allocator, bag);
}

static void release_sketches(const struct ct_cells *cells, struct ct_cell_field *field)
{
    for (uint32_t cell = 0; field->quantiles && cell < cells->cell_cap; cell++)
        if (field->quantiles[cell].allocator)
            ct_quantile_sketch_deinit(&field->quantiles[cell]);
    for (uint32_t cell = 0; field->distincts && cell < cells->cell_cap; cell++)
        if (field->distincts[cell].allocator)
            ct_distinct_sketch_deinit(&field->distincts[cell]);
    ct_release(cells->plan->allocator, field->quantiles);
    ct_release(cells->plan->allocator, field->distincts);
}

void ct_cell_values_deinit(struct ct_cells *cells)
{
    const struct ct_allocator *allocator = cells->plan->allocator;
    for (uint32_t i = 0; cells->fields && i < cells->plan->field_count; i++) {
        struct ct_cell_field *field = &cells->fields[i];
        ct_release(allocator, field->squares);
        ct_release(allocator, field->moments);
        destroy_bag(cells, field->bag);
        release_sketches(cells, field);
    }
    for (uint32_t i = 0; cells->tag_bags && i < cells->plan->query->aggregate_count; i++)
        destroy_bag(cells, cells->tag_bags[i]);
    ct_release(allocator, cells->tag_bags);
}

bool ct_cell_values_grow(const struct ct_cells *cells, struct ct_cell_field *field, uint32_t cap)
{
    const unsigned needs = field->needs;
    const bool is_float = field->type == CT_FLOAT64;
    return (!(needs & CT_NEED_SQUARES) || is_float ||
            ct_cell_grow_array(cells, &field->squares, sizeof *field->squares, cap)) &&
           (!(needs & CT_NEED_SQUARES) || !is_float ||
            ct_cell_grow_array(cells, &field->moments, sizeof *field->moments, cap)) &&
           (!(needs & CT_NEED_QUANTILES) ||
            ct_cell_grow_array(cells, &field->quantiles, sizeof *field->quantiles, cap)) &&
           (!(needs & CT_NEED_DISTINCT) ||
            ct_cell_grow_array(cells, &field->distincts, sizeof *field->distincts, cap));
}

/* -- Adding ----------------------------------------------------------------------------------- */

static ct_status sketch_status(ct_status status, struct ct_error *err)
{
    if (status == CT_OK)
        return CT_OK;
    if (status == CT_NO_MEMORY)
        return ct_cell_no_memory(err);
    return ct_fail(err, status, "a sketch: %s", ct_status_text(status));
}

static struct ct_quantile_sketch *quantiles_of(const struct ct_cells *cells,
                                               struct ct_cell_field *field, uint32_t cell)
{
    struct ct_quantile_sketch *sketch = &field->quantiles[cell];
    if (!sketch->allocator)
        ct_quantile_sketch_init(sketch, cells->plan->allocator);
    return sketch;
}

static struct ct_distinct_sketch *distincts_of(const struct ct_cells *cells,
                                               struct ct_cell_field *field, uint32_t cell)
{
    struct ct_distinct_sketch *sketch = &field->distincts[cell];
    if (!sketch->allocator)
        ct_distinct_sketch_init(sketch, cells->plan->allocator);
    return sketch;
}

static ct_status add_to_sketches(const struct ct_cells *cells, struct ct_cell_field *field,
                                 const struct ct_vector *vector, const struct ct_stretch *stretch,
                                 struct ct_error *err)
{
    for (uint32_t i = stretch->from; i < stretch->from + stretch->count; i++) {
        if (vector->present && !vector->present[i])
            continue;
        if (field->quantiles)
            CT_TRY(sketch_status(ct_quantile_sketch_add(quantiles_of(cells, field, stretch->cell),
                                                        ct_sketch_number(vector, i), 1),
                                 err));
        if (field->distincts)
            CT_TRY(sketch_status(ct_distinct_sketch_add(distincts_of(cells, field, stretch->cell),
                                                        ct_sketch_hash(vector, i)),
                                 err));
    }
    return CT_OK;
}

ct_status ct_cell_values_add(struct ct_cells *cells, struct ct_cell_field *field,
                             const struct ct_vector *vector, const struct ct_stretch *stretch,
                             struct ct_error *err)
{
    const uint32_t cell = stretch->cell;
    if (field->squares)
        CT_TRY(
            ct_square_sum_add(&field->squares[cell], vector, stretch->from, stretch->count, err));
    if (field->moments)
        ct_moments_add(&field->moments[cell], vector, stretch->from, stretch->count);
    if (field->bag)
        CT_TRY(ct_bag_add(field->bag, cell, vector, stretch->from, stretch->count, err));
    if (field->quantiles || field->distincts)
        return add_to_sketches(cells, field, vector, stretch, err);
    return CT_OK;
}

ct_status ct_cells_add_tag(struct ct_cells *cells, uint32_t output, uint32_t cell, uint32_t code,
                           struct ct_error *err)
{
    struct ct_bag *bag = cells->tag_bags[output];
    if (bag->item_count) { /* stretches of one series mostly follow each other */
        const struct ct_bag_item *before = &bag->items[bag->item_count - 1];
        if (before->cell == cell && before->key == code)
            return CT_OK;
    }
    return ct_bag_add_code(bag, cell, code, err);
}

/* Stored sketches of a rollup's cell. */
ct_status ct_cell_values_add_stored(struct ct_cells *cells, struct ct_cell_field *field,
                                    uint32_t cell, const struct ct_cell_column *column, uint32_t i,
                                    struct ct_error *err)
{
    if (field->quantiles)
        CT_TRY(sketch_status(ct_quantile_sketch_merge_stored(quantiles_of(cells, field, cell),
                                                             column->quantiles.string[i]),
                             err));
    if (field->distincts)
        CT_TRY(sketch_status(ct_distinct_sketch_merge_stored(distincts_of(cells, field, cell),
                                                             column->distinct.string[i]),
                             err));
    return CT_OK;
}

/* -- Merging ---------------------------------------------------------------------------------- */

ct_status ct_cell_values_merge(struct ct_cells *cells, struct ct_cell_field *to, uint32_t cell,
                               const struct ct_cell_field *from, uint32_t from_cell,
                               struct ct_error *err)
{
    if (to->squares)
        CT_TRY(ct_square_sum_merge(&to->squares[cell], &from->squares[from_cell], err));
    if (to->moments)
        ct_moments_merge(&to->moments[cell], &from->moments[from_cell]);
    if (to->quantiles && from->quantiles[from_cell].allocator)
        CT_TRY(sketch_status(
            ct_quantile_sketch_merge(quantiles_of(cells, to, cell), &from->quantiles[from_cell]),
            err));
    if (to->distincts && from->distincts[from_cell].allocator)
        CT_TRY(sketch_status(
            ct_distinct_sketch_merge(distincts_of(cells, to, cell), &from->distincts[from_cell]),
            err));
    return CT_OK;
}

/* Lists of values, all cells at once: cell c of `from` is map[c] here. */
ct_status ct_cell_bags_merge(struct ct_cells *cells, const struct ct_cells *from,
                             const uint32_t *map, struct ct_error *err)
{
    for (uint32_t i = 0; i < cells->plan->field_count; i++)
        if (cells->fields[i].bag)
            CT_TRY(ct_bag_merge(cells->fields[i].bag, from->fields[i].bag, map, err));
    for (uint32_t i = 0; cells->tag_bags && i < cells->plan->query->aggregate_count; i++)
        if (cells->tag_bags[i])
            CT_TRY(ct_bag_merge(cells->tag_bags[i], from->tag_bags[i], map, err));
    return CT_OK;
}
