/* XXH3, 64 bits, of bytes. Everyone may include this; nobody else includes xxhash.h.
 *
 * ct_hash is compiled into its caller, which is worth it for short keys (tag sets, names) and costs
 * code size: checksums of blocks and files go through ct_checksum. Both give the same numbers, on
 * every machine and in every version. No protection against someone who chooses the bytes and knows
 * the seed. */
#ifndef CT_HASH_H
#define CT_HASH_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* bytes may be NULL where len is 0. */
static inline uint64_t ct_hash(const void *bytes, size_t len, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, len, seed);
}

uint64_t ct_checksum(const void *bytes, size_t len, uint64_t seed);

/* The checksum of pieces one after another: as ct_checksum of the whole. */
struct ct_checksum_stream {
    XXH3_state_t state;
};
void ct_checksum_begin(struct ct_checksum_stream *stream, uint64_t seed);
void ct_checksum_add(struct ct_checksum_stream *stream, const void *bytes, size_t len);
uint64_t ct_checksum_end(const struct ct_checksum_stream *stream); /* of what was added so far */

#endif
