/* Texts as numbers: equal texts have equal numbers. Private to rollup.
 *
 * Beside the texts it owns the pool lends numbers to texts of a batch, which last until the next
 * batch: so only what stays has to be copied. */
#ifndef CT_TEXT_POOL_H
#define CT_TEXT_POOL_H

#include "arena.h"
#include "hash_map.h"
#include "status.h"

#define CT_TEXT_POOL_BYTES_MAX ((size_t)64 << 20)
#define CT_TEXT_NONE           INT64_MIN /* less than every text */

/* Lent numbers: this bit, the column in bits 32 and up, the row below. */
#define CT_TEXT_LENT ((int64_t)1 << 62)

struct ct_text_pool {
    struct ct_arena arena;
    struct ct_hash_map map;
    struct ct_text *texts; /* by number */
    size_t text_cap;
    size_t bytes;
    const struct ct_text *const *lent; /* the batch: by column, by row */
};

void ct_text_pool_init(struct ct_text_pool *pool, const struct ct_allocator *allocator);
void ct_text_pool_deinit(struct ct_text_pool *pool);

/* CT_RANGE past CT_TEXT_POOL_BYTES_MAX: too much for a rollup. */
ct_status ct_text_pool_add(struct ct_text_pool *pool, struct ct_text text,
                           int64_t *number) CT_MUST_USE;

static inline struct ct_text ct_text_pool_get(const struct ct_text_pool *pool, int64_t number)
{
    if (number & CT_TEXT_LENT)
        return pool->lent[(number & ~CT_TEXT_LENT) >> 32][(uint32_t)number];
    return pool->texts[number];
}

/* Whether a comes before b. */
static inline bool ct_text_pool_less(const struct ct_text_pool *pool, int64_t a, int64_t b)
{
    if (a == b || a == CT_TEXT_NONE || b == CT_TEXT_NONE)
        return a != b && a == CT_TEXT_NONE;
    return ct_text_compare(ct_text_pool_get(pool, a), ct_text_pool_get(pool, b)) < 0;
}

#endif
