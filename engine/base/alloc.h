/* The allocator door. Everyone may include this.
 *
 * Every byte that the engine owns comes through one of these, so that it can be counted, limited
 * and, in tests, failed. libc's malloc and free are used in alloc.c only. */
#ifndef CT_ALLOC_H
#define CT_ALLOC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Passed in at open, outlives all that it gave. Calls come from any thread. */
struct ct_allocator {
    void *context;
    /* NULL on failure; size 0 may give NULL or a pointer that can be released. */
    void *(*allocate)(void *context, size_t size_bytes);
    /* As realloc: pointer may be NULL; on failure the old block stays as it was. */
    void *(*resize)(void *context, void *pointer, size_t size_bytes);
    /* pointer may be NULL. */
    void (*release)(void *context, void *pointer);
};

/* libc's (or whatever the program has put in its place, such as jemalloc). Never NULL. */
const struct ct_allocator *ct_allocator_system(void);

/* Wraps another allocator: counts live bytes and blocks, and refuses what goes past a limit. */
struct ct_allocator_counting {
    struct ct_allocator base; /* pass &x.base on; context points back to the whole */
    const struct ct_allocator *inner;
    size_t limit_bytes; /* 0: none */
    _Atomic size_t live_bytes;
    _Atomic size_t live_blocks;
    _Atomic size_t peak_bytes;
};

void ct_allocator_counting_init(struct ct_allocator_counting *counting,
                                const struct ct_allocator *inner, size_t limit_bytes);

static inline void *ct_alloc(const struct ct_allocator *allocator, size_t size_bytes)
{
    return allocator->allocate(allocator->context, size_bytes);
}

static inline void *ct_resize(const struct ct_allocator *allocator, void *pointer,
                              size_t size_bytes)
{
    return allocator->resize(allocator->context, pointer, size_bytes);
}

static inline void ct_release(const struct ct_allocator *allocator, void *pointer)
{
    allocator->release(allocator->context, pointer);
}

/* All bytes 0; NULL on failure or where count x size does not fit. */
void *ct_alloc_zeroed(const struct ct_allocator *allocator, size_t count, size_t size_bytes);

/* Makes room for at least `need` elements in a growing array: at least doubles, starts at 16.
 * Returns false and changes nothing where memory is out or the size does not fit. */
bool ct_grow(const struct ct_allocator *allocator, void *array_pointer, size_t *cap, size_t need,
             size_t element_bytes);

#endif
