#include "number_index.h"

#include "status.h"

#include <string.h>

#define CAP_MIN 16

void ct_number_index_deinit(struct ct_number_index *index, const struct ct_allocator *allocator)
{
    ct_release(allocator, index->slots);
    *index = (struct ct_number_index){0};
}

void ct_number_index_reset(struct ct_number_index *index)
{
    if (index->count > 0)
        memset(index->slots, 0xff, index->cap * sizeof *index->slots);
    index->count = 0;
}

static void put(struct ct_number_index *index, uint64_t slot)
{
    const uint32_t mask = index->cap - 1;
    uint32_t at = (uint32_t)(slot >> 32) & mask;
    while (index->slots[at] != CT_NUMBER_INDEX_FREE)
        at = (at + 1) & mask;
    index->slots[at] = slot;
}

bool ct_number_index_reserve(struct ct_number_index *index, const struct ct_allocator *allocator)
{
    if (index->count < index->cap / 4 * 3)
        return true;
    if (index->cap > UINT32_MAX / 4)
        return false;
    struct ct_number_index larger = {.cap = index->cap ? index->cap * 2 : CAP_MIN,
                                     .count = index->count};
    const size_t bytes = larger.cap * sizeof *larger.slots;
    larger.slots = ct_alloc(allocator, bytes);
    if (!larger.slots)
        return false;
    memset(larger.slots, 0xff, bytes);
    for (uint32_t i = 0; i < index->cap; i++)
        if (index->slots[i] != CT_NUMBER_INDEX_FREE)
            put(&larger, index->slots[i]);
    ct_release(allocator, index->slots);
    *index = larger;
    return true;
}

void ct_number_index_add(struct ct_number_index *index, uint64_t hash, uint32_t number)
{
    CT_ASSERT(index->count < index->cap && number != UINT32_MAX);
    put(index, (hash >> 32 << 32) | number);
    index->count++;
}

/* Knuth's algorithm R: what stood behind the gap moves into it, unless its own place lies between.
 */
static void close_gap(struct ct_number_index *index, uint32_t gap)
{
    const uint32_t mask = index->cap - 1;
    for (uint32_t at = (gap + 1) & mask;; at = (at + 1) & mask) {
        const uint64_t slot = index->slots[at];
        if (slot == CT_NUMBER_INDEX_FREE)
            break;
        const uint32_t home = (uint32_t)(slot >> 32) & mask;
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            index->slots[gap] = slot;
            gap = at;
        }
    }
    index->slots[gap] = CT_NUMBER_INDEX_FREE;
}

void ct_number_index_remove(struct ct_number_index *index, uint64_t hash, uint32_t number)
{
    CT_ASSERT(index->count > 0);
    const uint64_t slot = (hash >> 32 << 32) | number;
    const uint32_t mask = index->cap - 1;
    uint32_t at = (uint32_t)(hash >> 32) & mask;
    while (index->slots[at] != slot) {
        CT_ASSERT(index->slots[at] != CT_NUMBER_INDEX_FREE);
        at = (at + 1) & mask;
    }
    close_gap(index, at);
    index->count--;
}
