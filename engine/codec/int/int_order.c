/* An order of differences and a packing of them: for, delta and delta-of-delta in all their forms.
 *
 * Payload: for order 1 the first value, for order 2 the first value and the first step (zigzag
 * varints); then the packing of the count - order residuals. */
#include "int/int_codec.h"

static int64_t first_step(const struct ct_int_source *source)
{
    return (int64_t)((uint64_t)source->values[1] - (uint64_t)source->values[0]);
}

static size_t heads_len(const struct ct_int_source *source, unsigned order)
{
    size_t len = 0;
    if (order >= 1)
        len += ct_varint_len(ct_zigzag(source->values[0]));
    if (order >= 2)
        len += ct_varint_len(ct_zigzag(first_step(source)));
    return len;
}

size_t ct_order_analyse(const struct ct_int_codec *codec, struct ct_int_source *source,
                        size_t limit, struct ct_int_plan *plan)
{
    if (source->orders[codec->order].count == 0)
        return SIZE_MAX;
    const size_t heads = 1 + heads_len(source, codec->order);
    if (heads >= limit)
        return SIZE_MAX;
    const size_t size = codec->packing->analyse(source, codec->order, limit - heads, plan);
    return size == SIZE_MAX ? SIZE_MAX : heads + size;
}

void ct_order_encode(struct ct_int_source *source, const struct ct_int_plan *plan,
                     struct ct_writer *w)
{
    const unsigned order = plan->codec->order;
    if (order >= 1)
        ct_write_svarint(w, source->values[0]);
    if (order >= 2)
        ct_write_svarint(w, first_step(source));
    plan->codec->packing->encode(source, order, plan, w);
}

/* The heads stand where running sums, taken once for each order, make the values of them. */
ct_status ct_order_decode(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                          struct ct_codec_scratch *scratch, int64_t *out)
{
    const unsigned order = codec->order;
    if (count <= order)
        return CT_CORRUPT;
    int64_t heads[2] = {0, 0};
    for (unsigned i = 0; i < order; i++)
        heads[i] = ct_read_svarint(r);
    if (r->is_bad)
        return CT_CORRUPT;
    CT_TRY(codec->packing->decode(r, count - order, scratch, out + order));
    if (order == 2) {
        out[1] = heads[1];
        scratch->kernels->integrate(out + 1, count - 1);
    }
    if (order >= 1) {
        out[0] = heads[0];
        scratch->kernels->integrate(out, count);
    }
    return CT_OK;
}

ct_status ct_order_check(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                         struct ct_codec_scratch *scratch)
{
    if (count <= codec->order)
        return CT_CORRUPT;
    for (unsigned i = 0; i < codec->order; i++)
        (void)ct_read_svarint(r);
    if (r->is_bad)
        return CT_CORRUPT;
    return codec->packing->check(r, count - codec->order, scratch);
}
