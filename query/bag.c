#include "bag.h"
#include "hash.h"

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for the values of a query");
}

static struct ct_text text_of(const void *context, uint32_t id)
{
    const struct ct_bag *bag = context;
    return bag->texts[id];
}

void ct_bag_init(struct ct_bag *bag, const struct ct_allocator *allocator, enum ct_type type)
{
    *bag = (struct ct_bag){.allocator = allocator, .type = type};
    ct_arena_init(&bag->arena, allocator, 0);
    ct_hash_map_init(&bag->map, allocator, text_of, bag);
}

void ct_bag_deinit(struct ct_bag *bag)
{
    if (!bag->allocator)
        return;
    ct_release(bag->allocator, bag->items);
    ct_release(bag->allocator, bag->texts);
    ct_release(bag->allocator, bag->starts);
    ct_hash_map_deinit(&bag->map);
    ct_arena_deinit(&bag->arena);
    *bag = (struct ct_bag){0};
}

/* -- Filling ---------------------------------------------------------------------------------- */

static ct_status number_text(struct ct_bag *bag, struct ct_text text, uint32_t *out,
                             struct ct_error *err)
{
    const uint64_t hash = ct_hash(text.bytes, text.len, 0);
    *out = ct_hash_map_find(&bag->map, hash, text);
    if (*out != CT_HASH_MAP_NONE)
        return CT_OK;
    const uint32_t id = bag->map.count;
    const struct ct_text kept = ct_arena_copy(&bag->arena, text);
    if ((text.len && !kept.bytes) ||
        !ct_grow(bag->allocator, &bag->texts, &bag->text_cap, (size_t)id + 1, sizeof *bag->texts))
        return no_memory(err);
    bag->texts[id] = (struct ct_text){kept.bytes, text.len};
    if (ct_hash_map_add(&bag->map, hash, id) != CT_OK)
        return no_memory(err);
    *out = id;
    return CT_OK;
}

/* Doubles in the order of numbers; -0 is 0. */
static int64_t order_of_double(double value)
{
    int64_t bits;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return bits < 0 ? (int64_t)(~(uint64_t)bits ^ (uint64_t)1 << 63) : bits;
}

static double double_of_order(int64_t order)
{
    const int64_t bits = order < 0 ? (int64_t)(~((uint64_t)order ^ (uint64_t)1 << 63)) : order;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static ct_status make_item(struct ct_bag *bag, const struct ct_value *value,
                           struct ct_bag_item *out, struct ct_error *err)
{
    uint32_t id = 0;
    switch (value->type) {
    case CT_FLOAT64:
        out->key = order_of_double(value->float64);
        return CT_OK;
    case CT_INT64:
        out->key = value->int64;
        return CT_OK;
    case CT_UINT64:
        out->key = value->uint64;
        return CT_OK;
    case CT_BOOL:
        out->key = value->boolean;
        return CT_OK;
    case CT_STRING:
        CT_TRY(number_text(bag, value->string, &id, err));
        out->key = id;
        return CT_OK;
    case CT_DECIMAL: /* brought to one form when all are there */
        out->key = value->decimal.mantissa;
        out->scale = value->decimal.scale;
        return CT_OK;
    }
    return CT_OK;
}

static ct_status reserve(struct ct_bag *bag, size_t more, struct ct_error *err)
{
    return ct_grow(bag->allocator, &bag->items, &bag->item_cap, bag->item_count + more,
                   sizeof *bag->items)
               ? CT_OK
               : no_memory(err);
}

ct_status ct_bag_add(struct ct_bag *bag, uint32_t cell, const struct ct_vector *vector,
                     uint32_t from, uint32_t count, struct ct_error *err)
{
    CT_TRY(reserve(bag, count, err));
    for (uint32_t i = from; i < from + count; i++) {
        if (vector->present && !vector->present[i])
            continue;
        const struct ct_value value = ct_vector_value(vector, i);
        struct ct_bag_item item = {.cell = cell};
        CT_TRY(make_item(bag, &value, &item, err));
        bag->items[bag->item_count++] = item;
    }
    return CT_OK;
}

ct_status ct_bag_add_code(struct ct_bag *bag, uint32_t cell, uint32_t code, struct ct_error *err)
{
    CT_TRY(reserve(bag, 1, err));
    bag->items[bag->item_count++] = (struct ct_bag_item){.key = code, .cell = cell};
    return CT_OK;
}

ct_status ct_bag_merge(struct ct_bag *bag, const struct ct_bag *from, const uint32_t *cells,
                       struct ct_error *err)
{
    CT_TRY(reserve(bag, from->item_count, err));
    for (size_t i = 0; i < from->item_count; i++) {
        struct ct_bag_item item = from->items[i];
        item.cell = cells[item.cell];
        if (bag->type == CT_STRING) {
            uint32_t id;
            CT_TRY(number_text(bag, from->texts[item.key], &id, err));
            item.key = id;
        }
        bag->items[bag->item_count++] = item;
    }
    return CT_OK;
}

/* -- Sorting ---------------------------------------------------------------------------------- */

/* Brings all decimals to the widest scale; false, with some of them changed but none in value,
 * where one does not fit 38 digits there. */
static bool align_decimals(struct ct_bag *bag)
{
    uint8_t widest = 0;
    for (size_t i = 0; i < bag->item_count; i++)
        widest = bag->items[i].scale > widest ? bag->items[i].scale : widest;
    for (size_t i = 0; i < bag->item_count; i++) {
        struct ct_bag_item *item = &bag->items[i];
        struct ct_decimal aligned;
        if (item->scale == widest)
            continue;
        if (ct_decimal_rescale((struct ct_decimal){item->key, item->scale}, widest, &aligned) !=
            CT_OK)
            return false;
        item->key = aligned.mantissa;
        item->scale = widest;
    }
    return true;
}

/* Equal numbers become equal items: at one scale, so that keys alone compare (then true), or else
 * each without its trailing zeros. */
static bool unify_decimals(struct ct_bag *bag)
{
    if (align_decimals(bag))
        return true;
    for (size_t i = 0; i < bag->item_count; i++) {
        struct ct_bag_item *item = &bag->items[i];
        const struct ct_decimal least =
            ct_decimal_normalise((struct ct_decimal){item->key, item->scale});
        item->key = least.mantissa;
        item->scale = least.scale;
    }
    return false;
}

ct_status ct_bag_gather(struct ct_bag *bag, uint32_t cell_count, struct ct_error *err)
{
    struct ct_bag_item *gathered =
        ct_alloc_zeroed(bag->allocator, bag->item_count + 1, sizeof *gathered);
    bag->starts = ct_alloc_zeroed(bag->allocator, (size_t)cell_count + 2, sizeof *bag->starts);
    if (!gathered || !bag->starts) {
        ct_release(bag->allocator, gathered);
        return no_memory(err);
    }
    bag->has_plain_keys = bag->type != CT_STRING;
    if (bag->type == CT_DECIMAL)
        bag->has_plain_keys = unify_decimals(bag);
    size_t *next = bag->starts + 1; /* counted one further, so that filling moves them in place */
    for (size_t i = 0; i < bag->item_count; i++)
        next[bag->items[i].cell + 1]++;
    for (uint32_t cell = 1; cell <= cell_count; cell++)
        next[cell] += next[cell - 1];
    for (size_t i = 0; i < bag->item_count; i++)
        gathered[next[bag->items[i].cell]++] = bag->items[i];
    ct_release(bag->allocator, bag->items);
    bag->items = gathered;
    bag->item_cap = bag->item_count + 1;
    return CT_OK;
}

static int compare(const struct ct_bag *bag, const struct ct_bag_item *a,
                   const struct ct_bag_item *b)
{
    if (bag->type == CT_STRING)
        return ct_text_compare(bag->texts[a->key], bag->texts[b->key]);
    if (a->scale != b->scale)
        return ct_decimal_compare((struct ct_decimal){a->key, a->scale},
                                  (struct ct_decimal){b->key, b->scale});
    return (a->key > b->key) - (a->key < b->key);
}

static void merge(const struct ct_bag *bag, const struct ct_bag_item *in, size_t middle, size_t end,
                  struct ct_bag_item *out)
{
    size_t left = 0;
    size_t right = middle;
    for (size_t at = 0; at < end; at++) {
        const bool takes_left =
            right == end || (left < middle && compare(bag, &in[left], &in[right]) <= 0);
        out[at] = takes_left ? in[left++] : in[right++];
    }
}

/* The same where keys alone decide: without a branch that depends on them. */
static void merge_keys(const struct ct_bag_item *in, size_t middle, size_t end,
                       struct ct_bag_item *out)
{
    size_t left = 0;
    size_t right = middle;
    size_t at = 0;
    while (left < middle && right < end) {
        const bool takes_left = in[left].key <= in[right].key;
        out[at++] = in[takes_left ? left : right];
        left += takes_left;
        right += !takes_left;
    }
    memcpy(out + at, in + left, (middle - left) * sizeof *out);
    at += middle - left;
    memcpy(out + at, in + right, (end - right) * sizeof *out);
}

struct ct_bag_items ct_bag_of_cell(const struct ct_bag *bag, uint32_t cell)
{
    return (struct ct_bag_items){bag->items + bag->starts[cell],
                                 bag->starts[cell + 1] - bag->starts[cell]};
}

ct_status ct_bag_sort(struct ct_bag *bag, uint32_t cell, struct ct_error *err)
{
    const size_t count = ct_bag_of_cell(bag, cell).count;
    struct ct_bag_item *home = bag->items + bag->starts[cell];
    struct ct_bag_item *scratch = ct_alloc_zeroed(bag->allocator, count + 1, sizeof *scratch);
    if (!scratch)
        return no_memory(err);
    struct ct_bag_item *from = home;
    struct ct_bag_item *to = scratch;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            const size_t left = count - at;
            const size_t middle = left < width ? left : width;
            const size_t end = left < 2 * width ? left : 2 * width;
            if (bag->has_plain_keys)
                merge_keys(from + at, middle, end, to + at);
            else
                merge(bag, from + at, middle, end, to + at);
        }
        struct ct_bag_item *swap = from;
        from = to;
        to = swap;
    }
    if (from != home)
        memcpy(home, from, count * sizeof *home);
    ct_release(bag->allocator, scratch);
    return CT_OK;
}

/* -- What is made of it ----------------------------------------------------------------------- */

struct ct_value ct_bag_value(const struct ct_bag *bag, const struct ct_bag_item *item)
{
    struct ct_value value = {.type = bag->type};
    switch (bag->type) {
    case CT_FLOAT64:
        value.float64 = double_of_order((int64_t)item->key);
        break;
    case CT_INT64:
        value.int64 = (int64_t)item->key;
        break;
    case CT_UINT64:
        value.uint64 = (uint64_t)item->key;
        break;
    case CT_BOOL:
        value.boolean = item->key != 0;
        break;
    case CT_STRING:
        value.string = bag->texts[item->key];
        break;
    case CT_DECIMAL:
        value.decimal = (struct ct_decimal){item->key, item->scale};
        break;
    }
    return value;
}

static bool is_same(const struct ct_bag_item *a, const struct ct_bag_item *b)
{
    return a->key == b->key && a->scale == b->scale;
}

uint64_t ct_bag_distinct(struct ct_bag_items sorted)
{
    uint64_t distinct = sorted.count > 0;
    for (size_t i = 1; i < sorted.count; i++)
        distinct += !is_same(&sorted.items[i - 1], &sorted.items[i]);
    return distinct;
}

const struct ct_bag_item *ct_bag_mode(struct ct_bag_items sorted)
{
    const struct ct_bag_item *mode = sorted.items;
    size_t most = 0;
    for (size_t i = 0; i < sorted.count;) {
        size_t end = i + 1;
        while (end < sorted.count && is_same(&sorted.items[i], &sorted.items[end]))
            end++;
        if (end - i > most) {
            most = end - i;
            mode = &sorted.items[i];
        }
        i = end;
    }
    return mode;
}
