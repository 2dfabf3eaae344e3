#include "hash.h"

#include "status.h"

uint64_t ct_checksum(const void *bytes, size_t len, uint64_t seed)
{
    return ct_hash(bytes, len, seed);
}

void ct_checksum_begin(struct ct_checksum_stream *stream, uint64_t seed)
{
    XXH3_INITSTATE(&stream->state);
    const XXH_errorcode code = XXH3_64bits_reset_withSeed(&stream->state, seed);
    CT_ASSERT(code == XXH_OK);
}

void ct_checksum_add(struct ct_checksum_stream *stream, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    const XXH_errorcode code = XXH3_64bits_update(&stream->state, bytes, len);
    CT_ASSERT(code == XXH_OK);
}

uint64_t ct_checksum_end(const struct ct_checksum_stream *stream)
{
    return XXH3_64bits_digest(&stream->state);
}
