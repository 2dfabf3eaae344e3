#include "writer_pool.h"

#include "sync.h"

#include <string.h>

#define IDLE_MAX 64 /* writers kept; more are destroyed when they come back */

/* Writers nobody uses, the one used last at the end: it is the warmest. */
struct ct_writer_pool {
    const struct ct_allocator *allocator;
    centime_store *store;
    struct ct_mutex mutex;
    size_t count;
    struct idle {
        centime_writer *writer;
        char *database;
    } idle[IDLE_MAX];
};

struct ct_writer_pool *ct_writer_pool_create(const struct ct_allocator *allocator,
                                             centime_store *store)
{
    struct ct_writer_pool *pool = ct_alloc_zeroed(allocator, 1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->allocator = allocator;
    pool->store = store;
    ct_mutex_init(&pool->mutex);
    return pool;
}

static void drop(struct ct_writer_pool *pool, struct idle idle)
{
    centime_writer_destroy(idle.writer);
    ct_release(pool->allocator, idle.database);
}

void ct_writer_pool_destroy(struct ct_writer_pool *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->count; i++)
        drop(pool, pool->idle[i]);
    ct_mutex_deinit(&pool->mutex);
    ct_release(pool->allocator, pool);
}

/* Takes entry `at` out; the others keep their order. */
static struct idle take_out(struct ct_writer_pool *pool, size_t at)
{
    const struct idle taken = pool->idle[at];
    pool->count--;
    for (size_t i = at; i < pool->count; i++)
        pool->idle[i] = pool->idle[i + 1];
    return taken;
}

static struct idle find(struct ct_writer_pool *pool, const char *database)
{
    struct idle found = {NULL, NULL};
    ct_mutex_lock(&pool->mutex);
    for (size_t i = pool->count; i > 0 && !found.writer; i--)
        if (strcmp(pool->idle[i - 1].database, database) == 0)
            found = take_out(pool, i - 1);
    ct_mutex_unlock(&pool->mutex);
    return found;
}

int ct_writer_pool_borrow(struct ct_writer_pool *pool, const char *database, centime_writer **out,
                          centime_error *err)
{
    const struct idle found = find(pool, database);
    if (!found.writer)
        return centime_writer_create(pool->store, database, out, err);
    ct_release(pool->allocator, found.database);
    *out = found.writer;
    return CENTIME_OK;
}

static char *copy_name(const struct ct_allocator *allocator, const char *name)
{
    const size_t len = strlen(name) + 1;
    char *copy = ct_alloc(allocator, len);
    if (copy)
        memcpy(copy, name, len);
    return copy;
}

void ct_writer_pool_return(struct ct_writer_pool *pool, const char *database,
                           centime_writer *writer)
{
    const struct idle back = {writer, copy_name(pool->allocator, database)};
    struct idle oldest = {NULL, NULL};
    if (!back.database) {
        centime_writer_destroy(writer);
        return;
    }
    centime_writer_discard(writer);
    ct_mutex_lock(&pool->mutex);
    if (pool->count == IDLE_MAX)
        oldest = take_out(pool, 0);
    pool->idle[pool->count++] = back;
    ct_mutex_unlock(&pool->mutex);
    if (oldest.writer)
        drop(pool, oldest);
}
