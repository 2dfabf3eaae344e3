/* Equal steps. Payload: the first value and the step, zigzag varints. */
#include "int/int_codec.h"

size_t ct_affine_analyse(const struct ct_int_codec *codec, struct ct_int_source *source,
                         size_t limit, struct ct_int_plan *plan)
{
    (void)codec;
    (void)limit;
    (void)plan;
    const struct ct_residuals *steps = &source->orders[1];
    if (steps->count == 0 || steps->min != steps->max)
        return SIZE_MAX;
    return 1 + ct_varint_len(ct_zigzag(source->values[0])) + ct_varint_len(ct_zigzag(steps->min));
}

void ct_affine_encode(struct ct_int_source *source, const struct ct_int_plan *plan,
                      struct ct_writer *w)
{
    (void)plan;
    ct_write_svarint(w, source->values[0]);
    ct_write_svarint(w, source->orders[1].min);
}

ct_status ct_affine_decode(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                           struct ct_codec_scratch *scratch, int64_t *out)
{
    (void)codec;
    (void)scratch;
    const uint64_t first = (uint64_t)ct_read_svarint(r);
    const uint64_t step = (uint64_t)ct_read_svarint(r);
    if (r->is_bad)
        return CT_CORRUPT;
    for (uint32_t i = 0; i < count; i++)
        out[i] = (int64_t)(first + i * step);
    return CT_OK;
}

ct_status ct_affine_check(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                          struct ct_codec_scratch *scratch)
{
    (void)codec;
    (void)count;
    (void)scratch;
    (void)ct_read_svarint(r);
    (void)ct_read_svarint(r);
    return r->is_bad ? CT_CORRUPT : CT_OK;
}
