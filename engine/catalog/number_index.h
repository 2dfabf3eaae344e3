/* From hashes to numbers: the hash side of every table of names and of series, and of the store's
 * request keys. For the layers catalog and store.
 *
 * It knows neither keys nor how to compare them: whoever numbers things keeps them in arrays, asks
 * here for the numbers that may be meant, and compares. So an entry is 8 bytes, whatever it stands
 * for.
 *
 * Invariant: open addressing, linear steps, at least a quarter of the slots free. A slot is the
 * hash's upper 32 bits (they also give its place) and the number; all ones is a free slot, which is
 * why CT_NONE is no number. */
#ifndef CT_NUMBER_INDEX_H
#define CT_NUMBER_INDEX_H

#include "alloc.h"

#include <stdint.h>

#define CT_NUMBER_INDEX_FREE UINT64_MAX

/* All zero is an empty one. */
struct ct_number_index {
    uint64_t *slots;
    uint32_t cap; /* a power of two, or 0 */
    uint32_t count;
};

void ct_number_index_deinit(struct ct_number_index *index, const struct ct_allocator *allocator);

/* Empties it; keeps its memory. */
void ct_number_index_reset(struct ct_number_index *index);

/* Makes sure that the next ct_number_index_add has room; false where memory is out. */
bool ct_number_index_reserve(struct ct_number_index *index, const struct ct_allocator *allocator);
/* For so many calls more than it has numbers now. */
bool ct_number_index_reserve_more(struct ct_number_index *index,
                                  const struct ct_allocator *allocator, uint32_t more);

/* Gives memory back where few slots are in use; room for `more` numbers stays, and where memory for
 * the smaller index is out nothing changes. */
void ct_number_index_shrink(struct ct_number_index *index, const struct ct_allocator *allocator,
                            uint32_t more);

/* Room must have been reserved. */
void ct_number_index_add(struct ct_number_index *index, uint64_t hash, uint32_t number);

/* The pair must be there. */
void ct_number_index_remove(struct ct_number_index *index, uint64_t hash, uint32_t number);

/* A walk over the numbers that were added with a hash (and, rarely, others). */
struct ct_number_probe {
    uint32_t fingerprint;
    uint32_t at;
};

static inline struct ct_number_probe ct_number_index_probe(uint64_t hash)
{
    const uint32_t fingerprint = (uint32_t)(hash >> 32);
    return (struct ct_number_probe){.fingerprint = fingerprint, .at = fingerprint};
}

/* The next candidate, or UINT32_MAX when there are no more. */
static inline uint32_t ct_number_index_next(const struct ct_number_index *index,
                                            struct ct_number_probe *probe)
{
    if (index->cap == 0)
        return UINT32_MAX;
    const uint32_t mask = index->cap - 1;
    for (;;) {
        const uint64_t slot = index->slots[probe->at++ & mask];
        if (slot == CT_NUMBER_INDEX_FREE)
            return UINT32_MAX;
        if (slot >> 32 == probe->fingerprint)
            return (uint32_t)slot;
    }
}

#endif
