/* Working memory, and zstd, which keeps its own contexts there through the caller's allocator. */
#define ZSTD_STATIC_LINKING_ONLY
#include <string.h>

#include <zstd.h>

#include "scratch.h"

static void *zstd_allocate(void *allocator, size_t size_bytes)
{
    return ct_alloc(allocator, size_bytes);
}

static void zstd_release(void *allocator, void *pointer)
{
    ct_release(allocator, pointer);
}

/* zstd's interface takes the context without const; the two functions above give it back. */
static ZSTD_customMem memory_of(const struct ct_codec_scratch *scratch)
{
    union {
        const void *given;
        void *taken;
    } allocator = {.given = scratch->allocator};
    return (ZSTD_customMem){zstd_allocate, zstd_release, allocator.taken};
}

struct ct_codec_scratch *ct_codec_scratch_create(const struct ct_allocator *allocator)
{
    /* The arrays are written before they are read; clearing them would cost more than a small
     * block. */
    struct ct_codec_scratch *scratch = ct_alloc(allocator, sizeof *scratch);
    if (!scratch)
        return NULL;
    scratch->compressor = NULL;
    scratch->decompressor = NULL;
    memset(&scratch->ans, 0, sizeof scratch->ans);
    memset(scratch->hash, 0, sizeof scratch->hash);
    scratch->allocator = allocator;
    scratch->kernels = ct_kernels_best();
    return scratch;
}

void ct_codec_scratch_destroy(struct ct_codec_scratch *scratch)
{
    if (!scratch)
        return;
    ZSTD_freeCCtx(scratch->compressor);
    ZSTD_freeDCtx(scratch->decompressor);
    ct_release(scratch->allocator, scratch);
}

struct ZSTD_CCtx_s *ct_compressor(struct ct_codec_scratch *scratch, int level)
{
    if (!scratch->compressor)
        scratch->compressor = ZSTD_createCCtx_advanced(memory_of(scratch));
    ZSTD_CCtx *context = scratch->compressor;
    /* The size of the content is kept by the block, not by the frame. */
    if (!context || ZSTD_isError(ZSTD_CCtx_reset(context, ZSTD_reset_session_only)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)))
        return NULL;
    return context;
}

size_t ct_deflate(struct ct_codec_scratch *scratch, int level, const void *in, size_t in_len,
                  void *out, size_t cap)
{
    ZSTD_CCtx *context = ct_compressor(scratch, level);
    if (!context)
        return SIZE_MAX;
    const size_t size = ZSTD_compress2(context, out, cap, in, in_len);
    return ZSTD_isError(size) ? SIZE_MAX : size;
}

ct_status ct_inflate(struct ct_codec_scratch *scratch, const void *in, size_t in_len, void *out,
                     size_t out_len)
{
    if (ZSTD_findFrameCompressedSize(in, in_len) != in_len)
        return CT_CORRUPT;
    if (!scratch->decompressor)
        scratch->decompressor = ZSTD_createDCtx_advanced(memory_of(scratch));
    if (!scratch->decompressor)
        return CT_NO_MEMORY;
    const size_t size = ZSTD_decompressDCtx(scratch->decompressor, out, out_len, in, in_len);
    return size == out_len ? CT_OK : CT_CORRUPT;
}
