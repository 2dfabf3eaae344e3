/* Every text by itself. Before the heap: the lengths as an integer block. */
#include "text/text_codec.h"

static size_t plain_analyse(const struct ct_text_source *source, struct ct_text_plan *plan)
{
    plan->is_every_value = true;
    plan->piece_count = source->count;
    plan->heap_bytes = 0;
    for (uint32_t i = 0; i < source->count; i++)
        plan->heap_bytes += source->values[i].len;
    return 1 + ct_varint_len(plan->heap_bytes) + ct_text_lengths_size(source, plan) +
           plan->heap_bytes;
}

static void plain_encode(const struct ct_text_source *source, const struct ct_text_plan *plan,
                         struct ct_writer *w)
{
    ct_text_lengths_write(source, plan, w);
}

static ct_status plain_decode(struct ct_reader *r, uint32_t count, size_t heap_bytes,
                              struct ct_codec_scratch *scratch, const char *heap,
                              struct ct_text *out)
{
    CT_TRY(ct_text_lengths_read(r, count, heap_bytes, scratch));
    if (!out)
        return CT_OK;
    for (uint32_t i = 0; i < count; i++) {
        const size_t len = (size_t)scratch->outer_b[i];
        out[i] = (struct ct_text){heap, len};
        heap += len;
    }
    return CT_OK;
}

const struct ct_text_codec ct_text_plain = {
    .name = "plain",
    .deflated_name = "plain-zstd",
    .analyse = plain_analyse,
    .encode = plain_encode,
    .decode = plain_decode,
};
