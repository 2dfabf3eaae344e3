/* Distinct texts once. Before the heap: their number less 1 (varint), their lengths in order of
 * first appearance and the index of each value among them, as integer blocks. */
#include <xxhash.h>

#include "text/text_codec.h"

/* More distinct texts than half the values: indexes weigh more than they save. */
static uint32_t distinct_max_of(uint32_t count)
{
    return count < 2 ? 1 : count / 2;
}

/* Numbers of first appearances to scratch->distinct, indexes to outer_a. 0 where there are too
 * many. */
static uint32_t find_distinct(const struct ct_text_source *source)
{
    struct ct_codec_scratch *scratch = source->scratch;
    const uint32_t mask = CT_COUNT_OF(scratch->hash) - 1;
    const uint32_t distinct_max = distinct_max_of(source->count);
    memset(scratch->hash, 0, sizeof scratch->hash);
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < source->count; i++) {
        const struct ct_text value = source->values[i];
        uint32_t slot = (uint32_t)XXH3_64bits(value.bytes, value.len) & mask;
        while (scratch->hash[slot] &&
               !ct_text_equal(source->values[scratch->distinct[scratch->hash[slot] - 1]], value))
            slot = (slot + 1) & mask;
        if (!scratch->hash[slot]) {
            if (distinct == distinct_max)
                return 0;
            scratch->distinct[distinct] = i;
            scratch->hash[slot] = (uint16_t)++distinct;
        }
        scratch->outer_a[i] = scratch->hash[slot] - 1;
    }
    return distinct;
}

static size_t dictionary_analyse(const struct ct_text_source *source, struct ct_text_plan *plan)
{
    plan->is_every_value = false;
    plan->piece_count = find_distinct(source);
    if (plan->piece_count == 0)
        return SIZE_MAX;
    plan->heap_bytes = 0;
    for (uint32_t i = 0; i < plan->piece_count; i++)
        plan->heap_bytes += ct_text_piece(source, plan, i).len;
    return 1 + ct_varint_len(plan->heap_bytes) + ct_varint_len(plan->piece_count - 1) +
           ct_text_lengths_size(source, plan) +
           ct_int_block_size(source->scratch->outer_a, source->count, source->effort, false,
                             source->scratch) +
           plan->heap_bytes;
}

static void dictionary_encode(const struct ct_text_source *source, const struct ct_text_plan *plan,
                              struct ct_writer *w)
{
    (void)find_distinct(source);
    ct_write_varint(w, plan->piece_count - 1);
    ct_text_lengths_write(source, plan, w);
    ct_int_block_write(source->scratch->outer_a, source->count, source->effort, false,
                       source->scratch, w);
}

static ct_status dictionary_decode(struct ct_reader *r, uint32_t count, size_t heap_bytes,
                                   struct ct_codec_scratch *scratch, const char *heap,
                                   struct ct_text *out)
{
    const uint32_t distinct = (uint32_t)ct_read_varint_max(r, distinct_max_of(count) - 1) + 1;
    if (r->is_bad)
        return CT_CORRUPT;
    CT_TRY(ct_text_lengths_read(r, distinct, heap_bytes, scratch));
    CT_TRY(ct_int_block_read(r, count, false, scratch, scratch->outer_a));
    for (uint32_t i = 0; i < count; i++)
        if ((uint64_t)scratch->outer_a[i] >= distinct)
            return CT_CORRUPT;
    if (!out)
        return CT_OK;
    int64_t *offsets = scratch->inner_a;
    offsets[0] = 0;
    for (uint32_t i = 1; i < distinct; i++)
        offsets[i] = offsets[i - 1] + scratch->outer_b[i - 1];
    for (uint32_t i = 0; i < count; i++) {
        const int64_t index = scratch->outer_a[i];
        out[i] = (struct ct_text){heap + offsets[index], (size_t)scratch->outer_b[index]};
    }
    return CT_OK;
}

const struct ct_text_codec ct_text_dictionary = {
    .name = "dictionary",
    .deflated_name = "dictionary-zstd",
    .analyse = dictionary_analyse,
    .encode = dictionary_encode,
    .decode = dictionary_decode,
};
