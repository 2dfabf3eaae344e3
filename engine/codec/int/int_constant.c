/* One value, many times. Payload: the value, a zigzag varint. */
#include "int/int_codec.h"

size_t ct_constant_analyse(const struct ct_int_codec *codec, struct ct_int_source *source,
                           size_t limit, struct ct_int_plan *plan)
{
    (void)codec;
    (void)limit;
    (void)plan;
    const struct ct_residuals *values = &source->orders[0];
    return values->min == values->max ? 1 + ct_varint_len(ct_zigzag(values->min)) : SIZE_MAX;
}

void ct_constant_encode(struct ct_int_source *source, const struct ct_int_plan *plan,
                        struct ct_writer *w)
{
    (void)plan;
    ct_write_svarint(w, source->values[0]);
}

ct_status ct_constant_decode(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                             struct ct_codec_scratch *scratch, int64_t *out)
{
    (void)codec;
    (void)scratch;
    const int64_t value = ct_read_svarint(r);
    if (r->is_bad)
        return CT_CORRUPT;
    for (uint32_t i = 0; i < count; i++)
        out[i] = value;
    return CT_OK;
}

ct_status ct_constant_check(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                            struct ct_codec_scratch *scratch)
{
    (void)codec;
    (void)count;
    (void)scratch;
    (void)ct_read_svarint(r);
    return r->is_bad ? CT_CORRUPT : CT_OK;
}
