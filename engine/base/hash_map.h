/* From byte keys to the numbers of things that are kept elsewhere. Everyone may include this.
 *
 * The caller numbers its things (0, 1, 2 ... in the order of making, which is the order to walk
 * them in), keeps their keys, and says how to find a key by its number. A map slot is a hash and a
 * number: open addressing, linear probing, at most three quarters full, nothing is ever removed
 * singly. Invariant: a number is found only where its key has the bytes that were asked for; equal
 * hashes alone never suffice.
 *
 * Threads: finding changes nothing and may run in any number of threads at once. */
#ifndef CT_HASH_MAP_H
#define CT_HASH_MAP_H

#include "alloc.h"
#include "status.h"
#include "text.h"

#define CT_HASH_MAP_NONE UINT32_MAX
#define CT_HASH_MAP_MAX  ((uint32_t)1 << 31) /* entries */

struct ct_hash_slot {
    uint64_t hash;
    uint32_t id; /* CT_HASH_MAP_NONE where free */
};

struct ct_hash_map {
    const struct ct_allocator *allocator;
    struct ct_text (*key_of)(const void *context, uint32_t id);
    const void *context;
    struct ct_hash_slot *slots; /* NULL until the first entry */
    uint64_t slot_count;        /* 0 or a power of two */
    uint32_t count;
};

/* Allocates nothing. key_of gives the key of every id that was added, the same bytes as long as the
 * map lives; `context` is handed to it. */
void ct_hash_map_init(struct ct_hash_map *map, const struct ct_allocator *allocator,
                      struct ct_text (*key_of)(const void *context, uint32_t id),
                      const void *context);
void ct_hash_map_deinit(struct ct_hash_map *map);

/* Forgets all entries, keeps the memory. */
void ct_hash_map_reset(struct ct_hash_map *map);

/* Room for `count` entries in all, so that adding them cannot fail. */
ct_status ct_hash_map_reserve(struct ct_hash_map *map, uint32_t count) CT_MUST_USE;

/* The id, or CT_HASH_MAP_NONE. `hash` is ct_hash of the key, with one seed for all of the map. */
uint32_t ct_hash_map_find(const struct ct_hash_map *map, uint64_t hash, struct ct_text key);

/* Adds a key that is not there (the caller has looked). CT_NO_MEMORY changes nothing. */
ct_status ct_hash_map_add(struct ct_hash_map *map, uint64_t hash, uint32_t id) CT_MUST_USE;

#endif
