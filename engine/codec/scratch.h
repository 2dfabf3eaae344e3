/* One thread's working memory for codecs. Layer codec only.
 *
 * Who may write which array, so that nested blocks never meet: a family (float, decimal, text, ...)
 * its outer arrays; an integer codec that holds integer blocks (runs, dictionary) the inner ones;
 * the divisor stage `quotients`; and the codecs of plain residuals the rest. */
#ifndef CT_SCRATCH_H
#define CT_SCRATCH_H

#include "bitpack/kernels.h"
#include "codec.h"
#include "int/ans.h"

#define CT_BLOCK_ROOM (CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD)

struct ct_codec_scratch {
    const struct ct_allocator *allocator;
    const struct ct_kernels *kernels;
    void *compressor;   /* ZSTD_CCtx, made at first use */
    void *decompressor; /* ZSTD_DCtx, likewise */
    int64_t outer_a[CT_BLOCK_ROOM];
    int64_t outer_b[CT_BLOCK_ROOM];
    ct_int128 wide[CT_BLOCK_ROOM];
    int64_t inner_a[CT_BLOCK_ROOM];
    int64_t inner_b[CT_BLOCK_ROOM];
    int64_t quotients[CT_BLOCK_ROOM];
    int64_t residuals[CT_BLOCK_ROOM];
    uint8_t bytes[8 * CT_BLOCK_ROOM];  /* fixed-width copies of values, in front of zstd */
    uint8_t packed[9 * CT_BLOCK_ROOM]; /* what zstd made of them */
    uint8_t symbols[CT_BLOCK_ROOM];
    struct ct_ans ans;
    uint16_t hash[4096]; /* open addressing: index + 1 of a distinct value, 0 free */
    uint32_t distinct[CT_BLOCK_ROOM];
};

/* A zstd context with the level set and no session begun, or NULL where memory is out. */
struct ZSTD_CCtx_s *ct_compressor(struct ct_codec_scratch *scratch, int level);

/* zstd behind two functions. Compressed size, or SIZE_MAX where it does not fit `cap` (or memory is
 * out): the caller then keeps what it had. */
size_t ct_deflate(struct ct_codec_scratch *scratch, int level, const void *in, size_t in_len,
                  void *out, size_t cap);

/* Exactly one frame of exactly out_len bytes, or CT_CORRUPT. */
ct_status ct_inflate(struct ct_codec_scratch *scratch, const void *in, size_t in_len, void *out,
                     size_t out_len) CT_MUST_USE;

/* What a slow codec must save before it is preferred: an eighth. Reading is most of a block's life.
 */
static inline size_t ct_handicapped(size_t best_fast)
{
    return best_fast - best_fast / 8;
}

#endif
