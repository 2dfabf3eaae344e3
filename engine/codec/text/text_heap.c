/* The bytes of texts, one after another: their lengths, and zstd over them. */
#include <zstd.h>

#include "text/text_codec.h"

/* zstd's start-up costs some microseconds; frames have a dozen bytes of their own. */
#define DEFLATE_MIN_FAST  512
#define DEFLATE_MIN_SMALL 64
#define LEVEL_FAST        1
#define LEVEL_SMALL       6

static const int64_t *lengths_of(const struct ct_text_source *source,
                                 const struct ct_text_plan *plan)
{
    int64_t *lengths = source->scratch->outer_b;
    for (uint32_t i = 0; i < plan->piece_count; i++)
        lengths[i] = (int64_t)ct_text_piece(source, plan, i).len;
    return lengths;
}

size_t ct_text_lengths_size(const struct ct_text_source *source, const struct ct_text_plan *plan)
{
    return ct_int_block_size(lengths_of(source, plan), plan->piece_count, source->effort, false,
                             source->scratch);
}

void ct_text_lengths_write(const struct ct_text_source *source, const struct ct_text_plan *plan,
                           struct ct_writer *w)
{
    ct_int_block_write(lengths_of(source, plan), plan->piece_count, source->effort, false,
                       source->scratch, w);
}

ct_status ct_text_lengths_read(struct ct_reader *r, uint32_t piece_count, size_t heap_bytes,
                               struct ct_codec_scratch *scratch)
{
    CT_TRY(ct_int_block_read(r, piece_count, false, scratch, scratch->outer_b));
    size_t left = heap_bytes;
    for (uint32_t i = 0; i < piece_count; i++) {
        if ((uint64_t)scratch->outer_b[i] > left)
            return CT_CORRUPT;
        left -= (size_t)scratch->outer_b[i];
    }
    return left == 0 ? CT_OK : CT_CORRUPT;
}

/* As a stream, piece by piece, so that the heap need not stand anywhere in one piece. The length of
 * the frame, or SIZE_MAX where it does not fit `cap`. */
static size_t deflate_pieces(const struct ct_text_source *source, const struct ct_text_plan *plan,
                             void *out, size_t cap)
{
    ZSTD_CCtx *context =
        ct_compressor(source->scratch, source->effort == CT_EFFORT_FAST ? LEVEL_FAST : LEVEL_SMALL);
    if (!context || ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(context, plan->heap_bytes)))
        return SIZE_MAX;
    ZSTD_outBuffer to = {out, cap, 0};
    for (uint32_t i = 0; i < plan->piece_count; i++) {
        const struct ct_text text = ct_text_piece(source, plan, i);
        ZSTD_inBuffer from = {text.bytes, text.len, 0};
        while (from.pos < from.size) {
            if (ZSTD_isError(ZSTD_compressStream2(context, &to, &from, ZSTD_e_continue)) ||
                to.pos == to.size)
                return SIZE_MAX;
        }
    }
    ZSTD_inBuffer nothing = {NULL, 0, 0};
    return ZSTD_compressStream2(context, &to, &nothing, ZSTD_e_end) == 0 ? to.pos : SIZE_MAX;
}

bool ct_text_heap_write(const struct ct_text_source *source, const struct ct_text_plan *plan,
                        struct ct_writer *w)
{
    const size_t least = source->effort == CT_EFFORT_FAST ? DEFLATE_MIN_FAST : DEFLATE_MIN_SMALL;
    if (plan->heap_bytes >= least) {
        const size_t len = deflate_pieces(source, plan, w->at, ct_handicapped(plan->heap_bytes));
        if (len != SIZE_MAX) {
            w->at += len;
            return true;
        }
    }
    for (uint32_t i = 0; i < plan->piece_count; i++) {
        const struct ct_text text = ct_text_piece(source, plan, i);
        ct_write_bytes(w, text.bytes, text.len);
    }
    return false;
}
