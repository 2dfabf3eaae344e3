#include "text_pool.h"

#include "hash.h"

static struct ct_text key_of(const void *context, uint32_t id)
{
    const struct ct_text_pool *pool = context;
    return pool->texts[id];
}

void ct_text_pool_init(struct ct_text_pool *pool, const struct ct_allocator *allocator)
{
    *pool = (struct ct_text_pool){0};
    ct_arena_init(&pool->arena, allocator, 0);
    ct_hash_map_init(&pool->map, allocator, key_of, pool);
}

void ct_text_pool_deinit(struct ct_text_pool *pool)
{
    ct_release(pool->arena.allocator, pool->texts);
    ct_hash_map_deinit(&pool->map);
    ct_arena_deinit(&pool->arena);
}

ct_status ct_text_pool_add(struct ct_text_pool *pool, struct ct_text text, int64_t *number)
{
    const uint64_t hash = ct_hash(text.bytes, text.len, 0);
    const uint32_t there = ct_hash_map_find(&pool->map, hash, text);
    if (there != CT_HASH_MAP_NONE) {
        *number = there;
        return CT_OK;
    }
    const uint32_t id = pool->map.count;
    if (text.len > CT_TEXT_POOL_BYTES_MAX - pool->bytes)
        return CT_RANGE;
    if (!ct_grow(pool->arena.allocator, &pool->texts, &pool->text_cap, id + 1u,
                 sizeof *pool->texts))
        return CT_NO_MEMORY;
    pool->texts[id] = ct_arena_copy(&pool->arena, text);
    if (text.len && !pool->texts[id].bytes)
        return CT_NO_MEMORY;
    CT_TRY(ct_hash_map_add(&pool->map, hash, id));
    pool->bytes += text.len + sizeof text;
    *number = id;
    return CT_OK;
}
