/* Cells by number: their memory, how they are found, and how two sets become one. */
#include "cells.h"

#define DIRECT_MAX    ((uint64_t)1 << 20) /* entries of 4 bytes */
#define SLOTS_MIN     256
#define CELLS_MIN     16
#define HASH_MULTIPLY 0x9e3779b97f4a7c15u /* 2^64 / golden ratio */

ct_status ct_cell_no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for the cells of a query");
}

static ct_status make_table(struct ct_cells *cells, uint32_t group_count, struct ct_error *err)
{
    const struct ct_allocator *allocator = cells->plan->allocator;
    const uint64_t groups = group_count ? group_count : 1;
    if (cells->bucket_count && cells->bucket_count <= DIRECT_MAX / groups) {
        cells->direct = ct_alloc_zeroed(allocator, groups * cells->bucket_count, sizeof(uint32_t));
        return cells->direct ? CT_OK : ct_cell_no_memory(err);
    }
    cells->slot_cap = SLOTS_MIN;
    cells->slots = ct_alloc_zeroed(allocator, cells->slot_cap, sizeof(uint32_t));
    return cells->slots ? CT_OK : ct_cell_no_memory(err);
}

ct_status ct_cells_init(struct ct_cells *cells, const struct ct_plan *plan, uint32_t group_count,
                        int64_t first_bucket, uint64_t bucket_count, struct ct_error *err)
{
    *cells =
        (struct ct_cells){.plan = plan, .first_bucket = first_bucket, .bucket_count = bucket_count};
    cells->fields = ct_alloc_zeroed(plan->allocator, plan->field_count + 1, sizeof *cells->fields);
    if (!cells->fields)
        return ct_cell_no_memory(err);
    for (uint32_t i = 0; i < plan->field_count; i++) {
        cells->fields[i].type = plan->fields[i].type;
        cells->fields[i].needs = plan->fields[i].needs;
    }
    CT_TRY(ct_cell_values_init(cells, err));
    return make_table(cells, group_count, err);
}

static void release_strings(struct ct_cells *cells, struct ct_timed_value *values)
{
    for (uint32_t cell = 0; values && cell < cells->cell_count; cell++)
        if (values[cell].string_cap)
            ct_release(cells->plan->allocator, (void *)(uintptr_t)values[cell].value.string.bytes);
    ct_release(cells->plan->allocator, values);
}

void ct_cells_deinit(struct ct_cells *cells)
{
    if (!cells->plan)
        return;
    const struct ct_allocator *allocator = cells->plan->allocator;
    for (uint32_t i = 0; cells->fields && i < cells->plan->field_count; i++) {
        struct ct_cell_field *field = &cells->fields[i];
        ct_release(allocator, field->counts);
        ct_release(allocator, field->exact);
        ct_release(allocator, field->floating);
        ct_release(allocator, field->min);
        ct_release(allocator, field->max);
        release_strings(cells, field->first);
        release_strings(cells, field->last);
    }
    ct_cell_values_deinit(cells);
    ct_release(allocator, cells->fields);
    ct_release(allocator, cells->groups);
    ct_release(allocator, cells->buckets);
    ct_release(allocator, cells->rows);
    ct_release(allocator, cells->direct);
    ct_release(allocator, cells->slots);
    *cells = (struct ct_cells){0};
}

/* -- Room for one more cell ------------------------------------------------------------------- */

bool ct_cell_grow_array(const struct ct_cells *cells, void *array_pointer, size_t element_bytes,
                        uint32_t cap)
{
    void **array = array_pointer;
    char *grown = ct_resize(cells->plan->allocator, *array, cap * element_bytes);
    if (!grown)
        return false;
    memset(grown + cells->cell_cap * element_bytes, 0, (cap - cells->cell_cap) * element_bytes);
    *array = grown;
    return true;
}

static bool grow_field(const struct ct_cells *cells, struct ct_cell_field *field, uint32_t cap)
{
    const bool is_float = field->type == CT_FLOAT64;
    const unsigned needs = field->needs;
    return ct_cell_grow_array(cells, &field->counts, sizeof *field->counts, cap) &&
           (!(needs & CT_NEED_SUM) || is_float ||
            ct_cell_grow_array(cells, &field->exact, sizeof *field->exact, cap)) &&
           (!(needs & CT_NEED_SUM) || !is_float ||
            ct_cell_grow_array(cells, &field->floating, sizeof *field->floating, cap)) &&
           (!(needs & CT_NEED_MIN) ||
            ct_cell_grow_array(cells, &field->min, sizeof *field->min, cap)) &&
           (!(needs & CT_NEED_MAX) ||
            ct_cell_grow_array(cells, &field->max, sizeof *field->max, cap)) &&
           (!(needs & CT_NEED_FIRST) ||
            ct_cell_grow_array(cells, &field->first, sizeof *field->first, cap)) &&
           (!(needs & CT_NEED_LAST) ||
            ct_cell_grow_array(cells, &field->last, sizeof *field->last, cap)) &&
           ct_cell_values_grow(cells, field, cap);
}

static ct_status grow_cells(struct ct_cells *cells, struct ct_error *err)
{
    const uint32_t cap = cells->cell_cap ? 2 * cells->cell_cap : CELLS_MIN;
    bool is_grown = ct_cell_grow_array(cells, &cells->groups, sizeof *cells->groups, cap) &&
                    ct_cell_grow_array(cells, &cells->buckets, sizeof *cells->buckets, cap) &&
                    ct_cell_grow_array(cells, &cells->rows, sizeof *cells->rows, cap);
    for (uint32_t i = 0; is_grown && i < cells->plan->field_count; i++)
        is_grown = grow_field(cells, &cells->fields[i], cap);
    if (!is_grown)
        return ct_cell_no_memory(err);
    cells->cell_cap = cap;
    return CT_OK;
}

static uint32_t *find_slot(const struct ct_cells *cells, uint32_t group, int64_t bucket)
{
    uint64_t hash = ((uint64_t)bucket * HASH_MULTIPLY ^ group) * HASH_MULTIPLY;
    hash ^= hash >> 32;
    const uint64_t mask = cells->slot_cap - 1;
    for (uint64_t at = hash & mask;; at = (at + 1) & mask) {
        const uint32_t cell = cells->slots[at];
        if (cell == 0 || (cells->buckets[cell - 1] == bucket && cells->groups[cell - 1] == group))
            return &cells->slots[at];
    }
}

static ct_status grow_slots(struct ct_cells *cells, struct ct_error *err)
{
    const struct ct_allocator *allocator = cells->plan->allocator;
    uint32_t *slots = ct_alloc_zeroed(allocator, 2 * cells->slot_cap, sizeof *slots);
    if (!slots)
        return ct_cell_no_memory(err);
    ct_release(allocator, cells->slots);
    cells->slots = slots;
    cells->slot_cap *= 2;
    for (uint32_t cell = 0; cell < cells->cell_count; cell++)
        *find_slot(cells, cells->groups[cell], cells->buckets[cell]) = cell + 1;
    return CT_OK;
}

static ct_status add_cell(struct ct_cells *cells, uint32_t group, int64_t bucket, uint32_t *slot,
                          struct ct_error *err)
{
    if (cells->cell_count >= cells->plan->rows_max || cells->cell_count >= UINT32_MAX / 2)
        return ct_fail(err, CT_LIMIT,
                       "more than %llu rows of result: use wider time buckets, fewer tags or a "
                       "filter",
                       (unsigned long long)cells->plan->rows_max);
    if (cells->cell_count == cells->cell_cap)
        CT_TRY(grow_cells(cells, err));
    cells->groups[cells->cell_count] = group;
    cells->buckets[cells->cell_count] = bucket;
    *slot = ++cells->cell_count;
    return CT_OK;
}

ct_status ct_cells_find(struct ct_cells *cells, uint32_t group, int64_t bucket, uint32_t *cell,
                        struct ct_error *err)
{
    uint32_t *slot;
    if (cells->direct) {
        const uint64_t offset = (uint64_t)bucket - (uint64_t)cells->first_bucket;
        CT_ASSERT(offset < cells->bucket_count);
        slot = &cells->direct[group * cells->bucket_count + offset];
    } else {
        if (2 * (uint64_t)cells->cell_count >= cells->slot_cap)
            CT_TRY(grow_slots(cells, err));
        slot = find_slot(cells, group, bucket);
    }
    if (*slot == 0)
        CT_TRY(add_cell(cells, group, bucket, slot, err));
    *cell = *slot - 1;
    return CT_OK;
}

/* -- Merging ---------------------------------------------------------------------------------- */

static ct_status merge_times(const struct ct_cells *cells, struct ct_timed_value *there,
                             bool has_value, bool is_last, const struct ct_timed_value *from,
                             struct ct_error *err)
{
    return ct_cell_time(there, has_value, is_last, from->time_ns, &from->value,
                        cells->plan->allocator, err);
}

ct_status ct_cells_merge_field(struct ct_cells *cells, uint32_t field, uint32_t cell,
                               const struct ct_cell_field *from, uint32_t from_cell,
                               struct ct_error *err)
{
    struct ct_cell_field *to = &cells->fields[field];
    if (from->counts[from_cell] == 0)
        return CT_OK;
    const bool has_value = to->counts[cell] > 0;
    if (to->exact)
        CT_TRY(ct_cell_add_sum(&to->exact[cell], &from->exact[from_cell], err));
    if (to->floating)
        to->floating[cell] += from->floating[from_cell];
    if (to->min)
        ct_cell_lower(&to->min[cell], has_value, &from->min[from_cell]);
    if (to->max)
        ct_cell_raise(&to->max[cell], has_value, &from->max[from_cell]);
    if (to->first)
        CT_TRY(
            merge_times(cells, &to->first[cell], has_value, false, &from->first[from_cell], err));
    if (to->last)
        CT_TRY(merge_times(cells, &to->last[cell], has_value, true, &from->last[from_cell], err));
    if (ct_cell_looks_at_values(to->needs))
        CT_TRY(ct_cell_values_merge(cells, to, cell, from, from_cell, err));
    to->counts[cell] += from->counts[from_cell];
    return CT_OK;
}

/* map[c]: the cell here for cell c there. */
static ct_status merge_all(struct ct_cells *cells, const struct ct_cells *from, uint32_t *map,
                           struct ct_error *err)
{
    for (uint32_t from_cell = 0; from_cell < from->cell_count; from_cell++) {
        uint32_t cell;
        CT_TRY(ct_cells_find(cells, from->groups[from_cell], from->buckets[from_cell], &cell, err));
        map[from_cell] = cell;
        cells->rows[cell] += from->rows[from_cell];
        for (uint32_t i = 0; i < cells->plan->field_count; i++)
            CT_TRY(ct_cells_merge_field(cells, i, cell, &from->fields[i], from_cell, err));
    }
    return ct_cell_bags_merge(cells, from, map, err);
}

ct_status ct_cells_merge(struct ct_cells *cells, const struct ct_cells *from, struct ct_error *err)
{
    const struct ct_allocator *allocator = cells->plan->allocator;
    uint32_t *map = ct_alloc(allocator, ((size_t)from->cell_count + 1) * sizeof *map);
    if (!map)
        return ct_cell_no_memory(err);
    const ct_status status = merge_all(cells, from, map, err);
    ct_release(allocator, map);
    return status;
}
