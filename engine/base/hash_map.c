#include "hash_map.h"

#include <string.h>

#define SLOTS_MIN 16

void ct_hash_map_init(struct ct_hash_map *map, const struct ct_allocator *allocator,
                      struct ct_text (*key_of)(const void *context, uint32_t id),
                      const void *context)
{
    *map = (struct ct_hash_map){.allocator = allocator, .key_of = key_of, .context = context};
}

void ct_hash_map_deinit(struct ct_hash_map *map)
{
    ct_release(map->allocator, map->slots);
    map->slots = NULL;
    map->slot_count = 0;
    map->count = 0;
}

/* Every byte set is a free slot. */
static void clear(struct ct_hash_slot *slots, uint64_t slot_count)
{
    if (slot_count)
        memset(slots, 0xff, slot_count * sizeof *slots);
}

void ct_hash_map_reset(struct ct_hash_map *map)
{
    clear(map->slots, map->slot_count);
    map->count = 0;
}

static void place(struct ct_hash_slot *slots, uint64_t slot_count, struct ct_hash_slot entry)
{
    uint64_t at = entry.hash & (slot_count - 1);
    while (slots[at].id != CT_HASH_MAP_NONE)
        at = (at + 1) & (slot_count - 1);
    slots[at] = entry;
}

static ct_status rebuild(struct ct_hash_map *map, uint64_t slot_count)
{
    size_t bytes;
    if (__builtin_mul_overflow(slot_count, sizeof *map->slots, &bytes))
        return CT_NO_MEMORY;
    struct ct_hash_slot *slots = ct_alloc(map->allocator, bytes);
    if (!slots)
        return CT_NO_MEMORY;
    clear(slots, slot_count);
    for (uint64_t i = 0; i < map->slot_count; i++) {
        if (map->slots[i].id != CT_HASH_MAP_NONE)
            place(slots, slot_count, map->slots[i]);
    }
    ct_release(map->allocator, map->slots);
    map->slots = slots;
    map->slot_count = slot_count;
    return CT_OK;
}

static bool has_room(uint64_t slot_count, uint32_t count)
{
    return count <= slot_count - slot_count / 4;
}

ct_status ct_hash_map_reserve(struct ct_hash_map *map, uint32_t count)
{
    CT_ASSERT(count <= CT_HASH_MAP_MAX);
    if (has_room(map->slot_count, count))
        return CT_OK;
    uint64_t slot_count = map->slot_count ? map->slot_count : SLOTS_MIN;
    while (!has_room(slot_count, count))
        slot_count *= 2;
    return rebuild(map, slot_count);
}

uint32_t ct_hash_map_find(const struct ct_hash_map *map, uint64_t hash, struct ct_text key)
{
    if (map->slot_count == 0)
        return CT_HASH_MAP_NONE;
    for (uint64_t at = hash;; at++) {
        const struct ct_hash_slot *slot = &map->slots[at & (map->slot_count - 1)];
        if (slot->id == CT_HASH_MAP_NONE)
            return CT_HASH_MAP_NONE;
        if (slot->hash == hash && ct_text_equal(map->key_of(map->context, slot->id), key))
            return slot->id;
    }
}

ct_status ct_hash_map_add(struct ct_hash_map *map, uint64_t hash, uint32_t id)
{
    CT_ASSERT(id != CT_HASH_MAP_NONE && map->count < CT_HASH_MAP_MAX);
    CT_TRY(ct_hash_map_reserve(map, map->count + 1));
    place(map->slots, map->slot_count, (struct ct_hash_slot){.hash = hash, .id = id});
    map->count++;
    return CT_OK;
}
