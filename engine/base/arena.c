#include "arena.h"

#include <stdalign.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(at, len)   __asan_poison_memory_region(at, len)
#define UNPOISON(at, len) __asan_unpoison_memory_region(at, len)
#define RED_ZONE_BYTES    16
#else
#define POISON(at, len)   ((void)(at), (void)(len))
#define UNPOISON(at, len) ((void)(at), (void)(len))
#define RED_ZONE_BYTES    0
#endif

#define CHUNK_BYTES_DEFAULT ((size_t)64 << 10)

struct ct_arena_chunk {
    struct ct_arena_chunk *next;
    size_t size_bytes; /* of `bytes` */
    alignas(CT_ARENA_ALIGN) uint8_t bytes[];
};

void ct_arena_init(struct ct_arena *arena, const struct ct_allocator *allocator, size_t chunk_bytes)
{
    *arena = (struct ct_arena){
        .allocator = allocator,
        .chunk_bytes = chunk_bytes ? chunk_bytes : CHUNK_BYTES_DEFAULT,
    };
}

/* Makes an empty chunk the one that pieces are cut from. */
static void enter(struct ct_arena *arena, struct ct_arena_chunk *chunk)
{
    POISON(chunk->bytes, chunk->size_bytes);
    arena->current = chunk;
    arena->at = chunk->bytes;
    arena->end = chunk->bytes + chunk->size_bytes;
}

void ct_arena_reset(struct ct_arena *arena)
{
    for (struct ct_arena_chunk *chunk = arena->first; chunk; chunk = chunk->next)
        POISON(chunk->bytes, chunk->size_bytes);
    if (arena->first)
        enter(arena, arena->first);
}

void ct_arena_deinit(struct ct_arena *arena)
{
    for (struct ct_arena_chunk *chunk = arena->first; chunk;) {
        struct ct_arena_chunk *next = chunk->next;
        UNPOISON(chunk->bytes, chunk->size_bytes);
        ct_release(arena->allocator, chunk);
        chunk = next;
    }
    ct_arena_init(arena, arena->allocator, arena->chunk_bytes);
}

/* A fresh chunk right behind the current one. */
static bool add_chunk(struct ct_arena *arena, size_t size_bytes)
{
    if (size_bytes < arena->chunk_bytes)
        size_bytes = arena->chunk_bytes;
    if (size_bytes > SIZE_MAX - sizeof(struct ct_arena_chunk))
        return false;
    struct ct_arena_chunk *chunk =
        ct_alloc(arena->allocator, sizeof(struct ct_arena_chunk) + size_bytes);
    if (!chunk)
        return false;
    struct ct_arena_chunk **link = arena->current ? &arena->current->next : &arena->first;
    chunk->next = *link;
    chunk->size_bytes = size_bytes;
    *link = chunk;
    enter(arena, chunk);
    return true;
}

/* Goes on to a kept chunk that is large enough (smaller ones rest until the next reset) or to a
 * fresh one. */
static bool make_room(struct ct_arena *arena, size_t size_bytes)
{
    if (size_bytes > SIZE_MAX - RED_ZONE_BYTES - CT_ARENA_ALIGN)
        return false;
    size_bytes += RED_ZONE_BYTES;
    struct ct_arena_chunk *chunk = arena->current ? arena->current->next : NULL;
    while (chunk && chunk->size_bytes < size_bytes)
        chunk = chunk->next;
    if (!chunk)
        return add_chunk(arena, size_bytes);
    enter(arena, chunk);
    return true;
}

/* Room in the current chunk for a piece behind a gap? */
static bool has_room(const struct ct_arena *arena, size_t gap, size_t size_bytes)
{
    if (!arena->current)
        return false;
    const size_t left = (size_t)(arena->end - arena->at);
    return gap + RED_ZONE_BYTES <= left && size_bytes <= left - gap - RED_ZONE_BYTES;
}

static void *cut(struct ct_arena *arena, size_t size_bytes, size_t align)
{
    size_t gap = -(uintptr_t)arena->at & (align - 1);
    if (!has_room(arena, gap, size_bytes)) {
        if (!make_room(arena, size_bytes))
            return NULL;
        gap = 0; /* chunks begin aligned */
    }
    uint8_t *piece = arena->at + gap;
    arena->at = piece + size_bytes + RED_ZONE_BYTES;
    UNPOISON(piece, size_bytes);
    return piece;
}

void *ct_arena_alloc(struct ct_arena *arena, size_t size_bytes)
{
    return cut(arena, size_bytes, CT_ARENA_ALIGN);
}

void *ct_arena_alloc_zeroed(struct ct_arena *arena, size_t count, size_t size_bytes)
{
    size_t total;
    if (__builtin_mul_overflow(count, size_bytes, &total))
        return NULL;
    void *piece = ct_arena_alloc(arena, total);
    if (piece)
        memset(piece, 0, total);
    return piece;
}

struct ct_text ct_arena_copy(struct ct_arena *arena, struct ct_text text)
{
    char *copy = text.len ? cut(arena, text.len, 1) : NULL;
    if (!copy)
        return (struct ct_text){0};
    memcpy(copy, text.bytes, text.len);
    return (struct ct_text){copy, text.len};
}

char *ct_arena_terminated(struct ct_arena *arena, struct ct_text text)
{
    char *copy = text.len < SIZE_MAX ? ct_arena_alloc(arena, text.len + 1) : NULL;
    if (!copy)
        return NULL;
    if (text.len)
        memcpy(copy, text.bytes, text.len);
    copy[text.len] = 0;
    return copy;
}

size_t ct_arena_memory_bytes(const struct ct_arena *arena)
{
    size_t total = 0;
    for (const struct ct_arena_chunk *chunk = arena->first; chunk; chunk = chunk->next)
        total += sizeof *chunk + chunk->size_bytes;
    return total;
}
