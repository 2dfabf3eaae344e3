/* Memory that is given back all at once: of a batch, of a query. Everyone may include this.
 *
 * Pieces are cut from chunks one after another. Reset empties the arena and keeps the chunks for
 * the next round, so that a steady load allocates nothing. Under AddressSanitizer, pieces lie apart
 * and what is not given out is poisoned. An arena is confined to one thread at a time. */
#ifndef CT_ARENA_H
#define CT_ARENA_H

#include <stdint.h>

#include "alloc.h"
#include "text.h"

#define CT_ARENA_ALIGN 16

struct ct_arena_chunk;

struct ct_arena {
    const struct ct_allocator *allocator;
    struct ct_arena_chunk *first;
    struct ct_arena_chunk *current; /* chunks behind it are empty */
    uint8_t *at;
    uint8_t *end; /* of the current chunk */
    size_t chunk_bytes;
};

/* Allocates nothing yet. chunk_bytes: how much to take from the allocator at a time, 0 for 64 KiB;
 * a larger piece gets a chunk of its own. */
void ct_arena_init(struct ct_arena *arena, const struct ct_allocator *allocator,
                   size_t chunk_bytes);

/* All pieces end here. */
void ct_arena_reset(struct ct_arena *arena);
void ct_arena_deinit(struct ct_arena *arena);

/* Aligned to CT_ARENA_ALIGN, contents undefined; NULL when memory is out. Size 0 gives a pointer
 * that must not be followed. */
void *ct_arena_alloc(struct ct_arena *arena, size_t size_bytes);

/* count x size_bytes, all bytes 0; NULL when memory is out or the size does not fit. */
void *ct_arena_alloc_zeroed(struct ct_arena *arena, size_t count, size_t size_bytes);

/* A copy, not aligned and not terminated; bytes is NULL when memory is out (and where len is 0). */
struct ct_text ct_arena_copy(struct ct_arena *arena, struct ct_text text);

/* A copy that a zero byte follows; NULL when memory is out. */
char *ct_arena_terminated(struct ct_arena *arena, struct ct_text text);

/* Bytes taken from the allocator. */
size_t ct_arena_memory_bytes(const struct ct_arena *arena);

#endif
