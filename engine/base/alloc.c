#include "alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *system_allocate(void *context, size_t size_bytes)
{
    (void)context;
    return malloc(size_bytes);
}

static void *system_resize(void *context, void *pointer, size_t size_bytes)
{
    (void)context;
    return realloc(pointer, size_bytes);
}

static void system_release(void *context, void *pointer)
{
    (void)context;
    free(pointer);
}

const struct ct_allocator *ct_allocator_system(void)
{
    static const struct ct_allocator system = {
        .allocate = system_allocate,
        .resize = system_resize,
        .release = system_release,
    };
    return &system;
}

/* A counted block is preceded by its size, in a header that keeps malloc's alignment. */
#define HEADER_BYTES 16

static bool reserve(struct ct_allocator_counting *c, size_t bytes)
{
    if (c->limit_bytes != 0 && bytes > c->limit_bytes) /* so that the sum below cannot wrap */
        return false;
    const size_t before = atomic_fetch_add_explicit(&c->live_bytes, bytes, memory_order_relaxed);
    const size_t after = before + bytes;
    if (c->limit_bytes != 0 && after > c->limit_bytes) {
        atomic_fetch_sub_explicit(&c->live_bytes, bytes, memory_order_relaxed);
        return false;
    }
    size_t peak = atomic_load_explicit(&c->peak_bytes, memory_order_relaxed);
    while (after > peak &&
           !atomic_compare_exchange_weak_explicit(&c->peak_bytes, &peak, after,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
    return true;
}

static void give_back(struct ct_allocator_counting *c, size_t bytes)
{
    atomic_fetch_sub_explicit(&c->live_bytes, bytes, memory_order_relaxed);
}

static void *counting_allocate(void *context, size_t size_bytes)
{
    struct ct_allocator_counting *c = context;
    if (size_bytes > SIZE_MAX - HEADER_BYTES || !reserve(c, size_bytes))
        return NULL;
    char *block = ct_alloc(c->inner, size_bytes + HEADER_BYTES);
    if (!block) {
        give_back(c, size_bytes);
        return NULL;
    }
    memcpy(block, &size_bytes, sizeof size_bytes);
    atomic_fetch_add_explicit(&c->live_blocks, 1, memory_order_relaxed);
    return block + HEADER_BYTES;
}

static void *counting_resize(void *context, void *pointer, size_t size_bytes)
{
    struct ct_allocator_counting *c = context;
    if (!pointer)
        return counting_allocate(context, size_bytes);
    char *old = (char *)pointer - HEADER_BYTES;
    size_t old_bytes;
    memcpy(&old_bytes, old, sizeof old_bytes);
    if (size_bytes > SIZE_MAX - HEADER_BYTES || !reserve(c, size_bytes))
        return NULL;
    char *block = ct_resize(c->inner, old, size_bytes + HEADER_BYTES);
    if (!block) {
        give_back(c, size_bytes);
        return NULL;
    }
    give_back(c, old_bytes);
    memcpy(block, &size_bytes, sizeof size_bytes);
    return block + HEADER_BYTES;
}

static void counting_release(void *context, void *pointer)
{
    struct ct_allocator_counting *c = context;
    if (!pointer)
        return;
    char *block = (char *)pointer - HEADER_BYTES;
    size_t size_bytes;
    memcpy(&size_bytes, block, sizeof size_bytes);
    give_back(c, size_bytes);
    atomic_fetch_sub_explicit(&c->live_blocks, 1, memory_order_relaxed);
    ct_release(c->inner, block);
}

void ct_allocator_counting_init(struct ct_allocator_counting *counting,
                                const struct ct_allocator *inner, size_t limit_bytes)
{
    memset(counting, 0, sizeof *counting);
    counting->base = (struct ct_allocator){
        .context = counting,
        .allocate = counting_allocate,
        .resize = counting_resize,
        .release = counting_release,
    };
    counting->inner = inner;
    counting->limit_bytes = limit_bytes;
}

void *ct_alloc_zeroed(const struct ct_allocator *allocator, size_t count, size_t size_bytes)
{
    size_t total;
    if (__builtin_mul_overflow(count, size_bytes, &total))
        return NULL;
    void *block = ct_alloc(allocator, total ? total : 1);
    if (block)
        memset(block, 0, total);
    return block;
}

bool ct_grow(const struct ct_allocator *allocator, void *array_pointer, size_t *cap, size_t need,
             size_t element_bytes)
{
    if (need <= *cap)
        return true;
    size_t wanted = *cap < 16 ? 16 : *cap * 2;
    if (wanted < need)
        wanted = need;
    size_t total;
    if (__builtin_mul_overflow(wanted, element_bytes, &total))
        return false;
    void *array;
    memcpy(&array, array_pointer, sizeof array);
    array = ct_resize(allocator, array, total);
    if (!array)
        return false;
    memcpy(array_pointer, &array, sizeof array);
    *cap = wanted;
    return true;
}
