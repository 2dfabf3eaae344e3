/* Runs of equal values. Payload: the number of runs (varint), their values and their lengths less 1
 * as nested integer blocks. */
#include "int/int_codec.h"

/* More runs than a quarter of the values: packing does as well, and reads faster. */
#define RUNS_MAX (CT_BLOCK_VALUES_MAX / 4)

/* Values to inner_a, lengths less 1 to inner_b. 0 where there are too many. */
static uint32_t find_runs(const struct ct_int_source *source)
{
    int64_t *values = source->scratch->inner_a;
    int64_t *lengths = source->scratch->inner_b;
    const uint32_t runs_max = source->count / 4;
    uint32_t runs = 0;
    uint32_t start = 0;
    for (uint32_t i = 1; i <= source->count; i++) {
        if (i < source->count && source->values[i] == source->values[i - 1])
            continue;
        if (runs == runs_max)
            return 0;
        values[runs] = source->values[start];
        lengths[runs++] = i - start - 1;
        start = i;
    }
    return runs;
}

size_t ct_runs_analyse(const struct ct_int_codec *codec, struct ct_int_source *source, size_t limit,
                       struct ct_int_plan *plan)
{
    (void)codec;
    (void)plan;
    const uint32_t runs = find_runs(source);
    if (runs == 0 || runs + 2 >= limit)
        return SIZE_MAX;
    struct ct_codec_scratch *scratch = source->scratch;
    source->residuals_loaded = CT_ORDERS;
    return 1 + ct_varint_len(runs) +
           ct_int_block_size(scratch->inner_a, runs, source->effort, true, scratch) +
           ct_int_block_size(scratch->inner_b, runs, source->effort, true, scratch);
}

void ct_runs_encode(struct ct_int_source *source, const struct ct_int_plan *plan,
                    struct ct_writer *w)
{
    (void)plan;
    const uint32_t runs = find_runs(source);
    struct ct_codec_scratch *scratch = source->scratch;
    ct_write_varint(w, runs);
    ct_int_block_write(scratch->inner_a, runs, source->effort, true, scratch, w);
    ct_int_block_write(scratch->inner_b, runs, source->effort, true, scratch, w);
}

/* Leaves values and lengths in the scratch; the lengths add up to count. */
static ct_status read_parts(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                            uint32_t *runs)
{
    *runs = (uint32_t)ct_read_varint_max(r, count < 4 ? 1 : count / 4);
    if (r->is_bad || *runs == 0 || *runs > RUNS_MAX)
        return CT_CORRUPT;
    CT_TRY(ct_int_block_read(r, *runs, true, scratch, scratch->inner_a));
    CT_TRY(ct_int_block_read(r, *runs, true, scratch, scratch->inner_b));
    uint64_t left = count;
    for (uint32_t i = 0; i < *runs; i++) {
        const uint64_t less_1 = (uint64_t)scratch->inner_b[i];
        if (less_1 >= left)
            return CT_CORRUPT;
        left -= less_1 + 1;
    }
    return left == 0 ? CT_OK : CT_CORRUPT;
}

ct_status ct_runs_decode(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                         struct ct_codec_scratch *scratch, int64_t *out)
{
    (void)codec;
    uint32_t runs = 0;
    CT_TRY(read_parts(r, count, scratch, &runs));
    for (uint32_t i = 0; i < runs; i++) {
        const int64_t value = scratch->inner_a[i];
        for (int64_t left = scratch->inner_b[i]; left >= 0; left--)
            *out++ = value;
    }
    return CT_OK;
}

ct_status ct_runs_check(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                        struct ct_codec_scratch *scratch)
{
    (void)codec;
    uint32_t runs = 0;
    return read_parts(r, count, scratch, &runs);
}
