#include "budget_cache.h"

#include "hash.h"

#define KEY_CHUNK_BYTES 512 /* of one key, mostly */

struct ct_budget_cached {
    struct ct_text key; /* database, zero byte, id */
    struct ct_budget_spend spend;
};

static struct ct_text key_of(const void *context, uint32_t id)
{
    const struct ct_budget_cache *cache = context;
    return cache->entries[id].key;
}

void ct_budget_cache_init(struct ct_budget_cache *cache, const struct ct_allocator *allocator)
{
    *cache = (struct ct_budget_cache){0};
    pthread_mutex_init(&cache->mutex, NULL);
    ct_arena_init(&cache->keys, allocator, 0);
    ct_hash_map_init(&cache->map, allocator, key_of, cache);
}

void ct_budget_cache_deinit(struct ct_budget_cache *cache)
{
    ct_release(cache->map.allocator, cache->entries);
    ct_hash_map_deinit(&cache->map);
    ct_arena_deinit(&cache->keys);
    pthread_mutex_destroy(&cache->mutex);
}

static bool is_of(const struct ct_budget_cache *cache, struct ct_budget_moment moment)
{
    return cache->moment.version == moment.version && cache->moment.commit == moment.commit;
}

/* Names have no zero byte in front of others' ids: equal keys are equal pairs. */
static struct ct_text make_key(struct ct_arena *arena, struct ct_text database, struct ct_text id)
{
    const size_t len = database.len + 1 + id.len;
    char *bytes = ct_arena_alloc(arena, len);
    if (!bytes)
        return (struct ct_text){0};
    memcpy(bytes, database.bytes, database.len);
    bytes[database.len] = 0;
    memcpy(bytes + database.len + 1, id.bytes, id.len);
    return (struct ct_text){bytes, len};
}

/* UINT32_MAX where it is not there. */
static uint32_t find(const struct ct_budget_cache *cache, struct ct_text key)
{
    return key.bytes ? ct_hash_map_find(&cache->map, ct_hash(key.bytes, key.len, 0), key)
                     : CT_HASH_MAP_NONE;
}

bool ct_budget_cache_find(struct ct_budget_cache *cache, struct ct_budget_moment moment,
                          struct ct_text database, struct ct_text id, int64_t now_ns,
                          struct ct_budget_spend *out)
{
    struct ct_arena scratch;
    ct_arena_init(&scratch, cache->map.allocator, KEY_CHUNK_BYTES);
    const struct ct_text key = make_key(&scratch, database, id);
    bool is_known = false;
    pthread_mutex_lock(&cache->mutex);
    const uint32_t at = is_of(cache, moment) ? find(cache, key) : CT_HASH_MAP_NONE;
    if (at != CT_HASH_MAP_NONE) {
        *out = cache->entries[at].spend;
        is_known = out->start_ns <= now_ns && now_ns < out->end_ns;
    }
    pthread_mutex_unlock(&cache->mutex);
    ct_arena_deinit(&scratch);
    return is_known;
}

/* Neither goes back: what is behind in one is past. */
static bool is_past(const struct ct_budget_cache *cache, struct ct_budget_moment moment)
{
    return moment.version < cache->moment.version || moment.commit < cache->moment.commit;
}

static void forget_all(struct ct_budget_cache *cache, struct ct_budget_moment moment)
{
    ct_hash_map_reset(&cache->map);
    ct_arena_reset(&cache->keys);
    cache->moment = moment;
}

static void keep(struct ct_budget_cache *cache, struct ct_text key,
                 const struct ct_budget_spend *spend)
{
    const uint32_t known = find(cache, key);
    if (known != CT_HASH_MAP_NONE) { /* another period */
        cache->entries[known].spend = *spend;
        return;
    }
    const uint32_t at = cache->map.count;
    const struct ct_text kept = ct_arena_copy(&cache->keys, key);
    if (!kept.bytes || at >= CT_BUDGET_CACHE_MAX ||
        !ct_grow(cache->map.allocator, &cache->entries, &cache->entry_cap, (size_t)at + 1,
                 sizeof *cache->entries))
        return;
    cache->entries[at] = (struct ct_budget_cached){.key = kept, .spend = *spend};
    (void)!ct_hash_map_add(&cache->map, ct_hash(kept.bytes, kept.len, 0), at);
}

void ct_budget_cache_keep(struct ct_budget_cache *cache, struct ct_budget_moment moment,
                          struct ct_text database, struct ct_text id,
                          const struct ct_budget_spend *spend)
{
    struct ct_arena scratch;
    ct_arena_init(&scratch, cache->map.allocator, KEY_CHUNK_BYTES);
    const struct ct_text key = make_key(&scratch, database, id);
    pthread_mutex_lock(&cache->mutex);
    if (key.bytes && !is_past(cache, moment)) {
        if (!is_of(cache, moment))
            forget_all(cache, moment);
        keep(cache, key, spend);
    }
    pthread_mutex_unlock(&cache->mutex);
    ct_arena_deinit(&scratch);
}
