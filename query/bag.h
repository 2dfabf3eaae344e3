/* Every value of a field, by cell: for what needs them all (median, quantile, mode, distinct
 * counts). Layer query, for its own files only. Confined to one thread.
 *
 * Invariant: once gathered, equal values are equal items (decimals at one scale, texts by number),
 * so that what is made of a sorted bag does not depend on the order in which it was filled. 32
 * bytes for each value. */
#ifndef CT_BAG_H
#define CT_BAG_H

#include "arena.h"
#include "cells.h"
#include "hash_map.h"

struct ct_bag_item {
    ct_int128 key; /* integer, mantissa, bool, number of a text; of a double its order */
    uint32_t cell;
    uint8_t scale;
};

struct ct_bag {
    const struct ct_allocator *allocator;
    enum ct_type type;
    struct ct_bag_item *items;
    size_t item_count, item_cap;
    /* Texts by number. */
    struct ct_arena arena;
    struct ct_hash_map map;
    struct ct_text *texts;
    size_t text_cap;
    bool has_plain_keys; /* once gathered: items compare by their keys */
    /* Once gathered: the items of cell c are [starts[c], starts[c + 1]). */
    size_t *starts;
};

void ct_bag_init(struct ct_bag *bag, const struct ct_allocator *allocator, enum ct_type type);
void ct_bag_deinit(struct ct_bag *bag);

/* The present values among [from, from + count) of a vector, and the code of a tag (in a bag of
 * CT_UINT64). */
ct_status ct_bag_add(struct ct_bag *bag, uint32_t cell, const struct ct_vector *vector,
                     uint32_t from, uint32_t count, struct ct_error *err) CT_MUST_USE;
ct_status ct_bag_add_code(struct ct_bag *bag, uint32_t cell, uint32_t code,
                          struct ct_error *err) CT_MUST_USE;

/* Adds all of another bag of the type, its cell c as cells[c]. */
ct_status ct_bag_merge(struct ct_bag *bag, const struct ct_bag *from, const uint32_t *cells,
                       struct ct_error *err) CT_MUST_USE;

/* Brings the items of each cell together. Nothing may be added afterwards. */
ct_status ct_bag_gather(struct ct_bag *bag, uint32_t cell_count, struct ct_error *err) CT_MUST_USE;

/* A gathered cell's items, sorted once by the first to ask. */
struct ct_bag_items {
    const struct ct_bag_item *items;
    size_t count;
};
ct_status ct_bag_sort(struct ct_bag *bag, uint32_t cell, struct ct_error *err) CT_MUST_USE;
struct ct_bag_items ct_bag_of_cell(const struct ct_bag *bag, uint32_t cell);

struct ct_value ct_bag_value(const struct ct_bag *bag, const struct ct_bag_item *item);

/* Of sorted items: different values; the most frequent one, of several the smallest. */
uint64_t ct_bag_distinct(struct ct_bag_items sorted);
const struct ct_bag_item *ct_bag_mode(struct ct_bag_items sorted);

#endif
