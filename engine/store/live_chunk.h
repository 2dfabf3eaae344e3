/* A chunk of live rows: its shape, which is fixed, and its values, which are added at the end.
 * Private to live.c and live_chunk.c. */
#ifndef CT_LIVE_CHUNK_H
#define CT_LIVE_CHUNK_H

#include "live.h"

/* A chunk that takes both what the last one (or NULL) took and these rows; NULL when memory is out.
 */
struct ct_live_chunk *ct_live_chunk_create(struct ct_live_set *set,
                                           const struct ct_live_chunk *last,
                                           const struct ct_row_block *rows, uint64_t commit);
void ct_live_chunk_destroy(const struct ct_allocator *allocator, struct ct_live_chunk *chunk);

/* Has the chunk a place for every value and gap of these rows? */
bool ct_live_chunk_fits(const struct ct_live_chunk *chunk, const struct ct_row_block *rows);

/* Writes the values of rows [first, first + count) behind the chunk's last row; slots, times and
 * the row count are the caller's. False when memory is out. */
bool ct_live_chunk_add(struct ct_live_set *set, struct ct_live_chunk *chunk,
                       const struct ct_row_block *rows, uint32_t first, uint32_t count);

#endif
