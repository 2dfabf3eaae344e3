/* The thread that does a store's background work. Private to api. */
#ifndef CENTIME_MAINTENANCE_H
#define CENTIME_MAINTENANCE_H

#include "store.h"

struct maintenance;

/* Starts the thread. The store outlives it. CT_NO_MEMORY, CT_IO. */
ct_status maintenance_start(struct ct_store *store, const struct ct_allocator *allocator,
                            const struct ct_logger *logger, struct maintenance **out,
                            struct ct_error *err) CT_MUST_USE;

/* Ends it after the piece of work at hand. NULL is fine. */
void maintenance_stop(struct maintenance *maintenance);

/* Steps that failed so far. */
uint64_t maintenance_failures(const struct maintenance *maintenance);

#endif
