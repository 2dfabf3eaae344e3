/* Writers by database, kept with their caches for the next request. Layer http.
 *
 * Invariant: a writer is used by one request at a time, and goes back empty. */
#ifndef CT_WRITER_POOL_H
#define CT_WRITER_POOL_H

#include "alloc.h"
#include "centime.h"
#include "status.h"

struct ct_writer_pool;

/* NULL: out of memory. */
struct ct_writer_pool *ct_writer_pool_create(const struct ct_allocator *allocator,
                                             centime_store *store);
void ct_writer_pool_destroy(struct ct_writer_pool *pool); /* all are back */

/* A writer into the database, to be returned, or destroyed where it has grown large. Statuses of
 * centime_writer_create. Any thread. */
int ct_writer_pool_borrow(struct ct_writer_pool *pool, const char *database, centime_writer **out,
                          centime_error *err);
/* Discards what it still holds. */
void ct_writer_pool_return(struct ct_writer_pool *pool, const char *database,
                           centime_writer *writer);

#endif
