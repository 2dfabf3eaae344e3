/* The bits of the doubles as integers: neighbours in size are neighbours in bits, and doubles that
 * once were floats are multiples of 2^29, which the divisor stage finds. Payload: an integer block.
 */
#include "float/float_codec.h"

static const int64_t *bits_of(const struct ct_float_source *source)
{
    memcpy(source->scratch->outer_a, source->values, source->count * sizeof(double));
    return source->scratch->outer_a;
}

static size_t bits_analyse(const struct ct_float_source *source, size_t limit,
                           struct ct_float_plan *plan)
{
    (void)plan;
    /* decimals that alp could take are far smaller there already */
    if (limit < (size_t)source->count * 3)
        return SIZE_MAX;
    return 1 + ct_int_block_size(bits_of(source), source->count, source->effort, false,
                                 source->scratch);
}

static void bits_encode(const struct ct_float_source *source, const struct ct_float_plan *plan,
                        struct ct_writer *w)
{
    (void)plan;
    ct_int_block_write(bits_of(source), source->count, source->effort, false, source->scratch, w);
}

static ct_status bits_decode(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                             double *out)
{
    CT_TRY(ct_int_block_read(r, count, false, scratch, scratch->outer_a));
    memcpy(out, scratch->outer_a, count * sizeof *out);
    return CT_OK;
}

static ct_status bits_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    return ct_int_block_check(r, count, false, scratch);
}

const struct ct_float_codec ct_float_bits = {
    .name = "bits",
    .id = CT_FLOAT_BITS,
    .analyse = bits_analyse,
    .encode = bits_encode,
    .decode = bits_decode,
    .check = bits_check,
};
