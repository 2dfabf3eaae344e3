/* Few distinct values, wherever they lie. Payload: the number of distinct values less 1 (a byte),
 * those in the order of their first appearance and the index of each value among them, as nested
 * integer blocks. */
#include "int/int_codec.h"

#define DISTINCT_MAX 256
#define HASH_BITS    10

static uint32_t slot_of(uint64_t value)
{
    return (uint32_t)(value * UINT64_C(0x9e3779b97f4a7c15) >> (64 - HASH_BITS));
}

/* Distinct values to inner_a, indexes to inner_b. 0 where there are too many. */
static uint32_t find_distinct(const struct ct_int_source *source, uint32_t distinct_max)
{
    struct ct_codec_scratch *scratch = source->scratch;
    const uint32_t mask = (UINT32_C(1) << HASH_BITS) - 1;
    memset(scratch->hash, 0, (size_t)(mask + 1) * sizeof *scratch->hash);
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < source->count; i++) {
        const int64_t value = source->values[i];
        uint32_t slot = slot_of((uint64_t)value);
        while (scratch->hash[slot] && scratch->inner_a[scratch->hash[slot] - 1] != value)
            slot = (slot + 1) & mask;
        if (!scratch->hash[slot]) {
            if (distinct == distinct_max)
                return 0;
            scratch->inner_a[distinct] = value;
            scratch->hash[slot] = (uint16_t)++distinct;
        }
        scratch->inner_b[i] = scratch->hash[slot] - 1;
    }
    return distinct;
}

/* Past an eighth of the values the dictionary itself weighs too much. */
static uint32_t distinct_max_of(uint32_t count)
{
    return count / 8 < DISTINCT_MAX ? count / 8 : DISTINCT_MAX;
}

size_t ct_dictionary_analyse(const struct ct_int_codec *codec, struct ct_int_source *source,
                             size_t limit, struct ct_int_plan *plan)
{
    (void)codec;
    (void)plan;
    /* indexes of w bits are below the limit only for up to 2^w values; entropy coding may halve
     * them */
    const size_t bits = limit * 8 / source->count * (source->effort == CT_EFFORT_SMALL ? 2 : 1);
    uint32_t distinct_max = distinct_max_of(source->count);
    if (bits < 8 && distinct_max > UINT32_C(1) << bits)
        distinct_max = UINT32_C(1) << bits;
    if (distinct_max < 2)
        return SIZE_MAX;
    const uint32_t distinct = find_distinct(source, distinct_max);
    if (distinct == 0)
        return SIZE_MAX;
    struct ct_codec_scratch *scratch = source->scratch;
    source->residuals_loaded = CT_ORDERS;
    return 2 + ct_int_block_size(scratch->inner_a, distinct, source->effort, true, scratch) +
           ct_int_block_size(scratch->inner_b, source->count, source->effort, true, scratch);
}

void ct_dictionary_encode(struct ct_int_source *source, const struct ct_int_plan *plan,
                          struct ct_writer *w)
{
    (void)plan;
    struct ct_codec_scratch *scratch = source->scratch;
    const uint32_t distinct = find_distinct(source, distinct_max_of(source->count));
    CT_ASSERT(distinct > 0);
    ct_write8(w, (uint8_t)(distinct - 1));
    ct_int_block_write(scratch->inner_a, distinct, source->effort, true, scratch, w);
    ct_int_block_write(scratch->inner_b, source->count, source->effort, true, scratch, w);
}

/* Leaves values and indexes in the scratch, each index below the number of values. */
static ct_status read_parts(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    const uint32_t distinct = (uint32_t)ct_read8(r) + 1;
    if (r->is_bad || distinct > distinct_max_of(count))
        return CT_CORRUPT;
    CT_TRY(ct_int_block_read(r, distinct, true, scratch, scratch->inner_a));
    CT_TRY(ct_int_block_read(r, count, true, scratch, scratch->inner_b));
    uint64_t greatest = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t index = (uint64_t)scratch->inner_b[i];
        greatest = index > greatest ? index : greatest;
    }
    return greatest < distinct ? CT_OK : CT_CORRUPT;
}

ct_status ct_dictionary_decode(const struct ct_int_codec *codec, struct ct_reader *r,
                               uint32_t count, struct ct_codec_scratch *scratch, int64_t *out)
{
    (void)codec;
    CT_TRY(read_parts(r, count, scratch));
    for (uint32_t i = 0; i < count; i++)
        out[i] = scratch->inner_a[scratch->inner_b[i]];
    return CT_OK;
}

ct_status ct_dictionary_check(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                              struct ct_codec_scratch *scratch)
{
    (void)codec;
    return read_parts(r, count, scratch);
}
