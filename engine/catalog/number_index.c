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

/* Changes nothing where memory is out. */
static bool move_to(struct ct_number_index *index, const struct ct_allocator *allocator,
                    uint32_t cap)
{
    struct ct_number_index moved = {.cap = cap, .count = index->count};
    const size_t bytes = cap * sizeof *moved.slots;
    moved.slots = ct_alloc(allocator, bytes);
    if (!moved.slots)
        return false;
    memset(moved.slots, 0xff, bytes);
    for (uint32_t i = 0; i < index->cap; i++)
        if (index->slots[i] != CT_NUMBER_INDEX_FREE)
            put(&moved, index->slots[i]);
    ct_release(allocator, index->slots);
    *index = moved;
    return true;
}

bool ct_number_index_reserve_more(struct ct_number_index *index,
                                  const struct ct_allocator *allocator, uint32_t more)
{
    uint32_t cap = index->cap ? index->cap : CAP_MIN;
    while ((uint64_t)index->count + more > cap / 4 * 3) {
        if (cap > UINT32_MAX / 4)
            return false;
        cap *= 2;
    }
    return cap == index->cap || move_to(index, allocator, cap);
}

bool ct_number_index_reserve(struct ct_number_index *index, const struct ct_allocator *allocator)
{
    return ct_number_index_reserve_more(index, allocator, 1);
}

/* Far enough from growing that a number more or less does not move all each time. */
void ct_number_index_shrink(struct ct_number_index *index, const struct ct_allocator *allocator,
                            uint32_t more)
{
    if (index->cap >= 4 * CAP_MIN && (uint64_t)index->count + more < index->cap / 8)
        (void)move_to(index, allocator, index->cap / 4);
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
