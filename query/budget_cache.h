/* What budgets have spent, remembered as long as it cannot have changed. Layer query; for api.
 *
 * Invariant: an entry is what ct_budget_sum_up gave for the cache's commit and the cache's version
 * of all budgets; where either is another, nothing is found and all is forgotten. A cache only:
 * nothing is right or wrong by it. Calls come from any thread. */
#ifndef CT_BUDGET_CACHE_H
#define CT_BUDGET_CACHE_H

#include <pthread.h>

#include "budget_status.h"
#include "hash_map.h"

#define CT_BUDGET_CACHE_MAX 100000 /* entries */

/* The state of a store that an answer belongs to. */
struct ct_budget_moment {
    uint64_t version; /* ct_registry_version, read before the budgets were */
    uint64_t commit;  /* of the snapshot */
};

struct ct_budget_cache {
    pthread_mutex_t mutex;
    struct ct_budget_moment moment;
    struct ct_arena keys;
    struct ct_hash_map map;
    struct ct_budget_cached *entries; /* [map.count] */
    size_t entry_cap;
};

void ct_budget_cache_init(struct ct_budget_cache *cache, const struct ct_allocator *allocator);
void ct_budget_cache_deinit(struct ct_budget_cache *cache);

/* The spend of the budget's period that holds now_ns, if it is known. */
bool ct_budget_cache_find(struct ct_budget_cache *cache, struct ct_budget_moment moment,
                          struct ct_text database, struct ct_text id, int64_t now_ns,
                          struct ct_budget_spend *out);

/* Remembers, if there is memory and the moment is not past. */
void ct_budget_cache_keep(struct ct_budget_cache *cache, struct ct_budget_moment moment,
                          struct ct_text database, struct ct_text id,
                          const struct ct_budget_spend *spend);

#endif
