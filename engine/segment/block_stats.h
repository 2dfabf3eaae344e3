/* Count, minimum, maximum and sum of a vector: what a directory stores and what verify recomputes.
 * Private to the segment layer and its tests. Pure functions. */
#ifndef CT_SEGMENT_BLOCK_STATS_H
#define CT_SEGMENT_BLOCK_STATS_H

#include "value.h"

/* At most CT_BLOCK_VALUES_MAX values. Minimum, maximum and sum of a decimal have the vector's
 * scale, or, where it has `scales`, the scale of whichever value it is. has_sum is false only where
 * an exact sum passes 256 bits. */
void ct_block_stats_of(const struct ct_vector *vector, struct ct_block_stats *out);

/* Equal as numbers, doubles bit by bit (any NaN equals any other). */
bool ct_block_stats_equal(const struct ct_block_stats *a, const struct ct_block_stats *b);

/* Minimum and maximum of an int64, uint64 or decimal block as decimals. */
struct ct_decimal ct_block_stats_min(const struct ct_block_stats *stats);
struct ct_decimal ct_block_stats_max(const struct ct_block_stats *stats);

struct ct_int256 ct_int256_of(ct_int128 value);
/* False where it does not fit. */
bool ct_int256_to_int128(const struct ct_int256 *value, ct_int128 *out);

#endif
