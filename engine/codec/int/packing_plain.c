/* Packing: one frame for all. Payload: the least residual (zigzag varint), a byte of width, the
 * residuals above the least as a bit stream. */
#include "int/int_codec.h"

static size_t plain_analyse(struct ct_int_source *source, unsigned order, size_t limit,
                            struct ct_int_plan *plan)
{
    (void)limit;
    const struct ct_residuals *residuals = &source->orders[order];
    plan->base = (uint64_t)residuals->min;
    plan->width = ct_residuals_width(residuals);
    return ct_varint_len(ct_zigzag(residuals->min)) + 1 +
           ct_bitpack_bytes(residuals->count, plan->width);
}

static void plain_encode(struct ct_int_source *source, unsigned order,
                         const struct ct_int_plan *plan, struct ct_writer *w)
{
    ct_write_svarint(w, (int64_t)plan->base);
    ct_write8(w, (uint8_t)plan->width);
    ct_bitpack_write(w, ct_residuals_load(source, order), source->orders[order].count, plan->base,
                     plan->width);
}

struct parts {
    uint64_t base;
    unsigned width;
    const uint8_t *stream;
    size_t room; /* readable bytes from stream on */
};

static ct_status read_parts(struct ct_reader *r, uint32_t count, struct parts *parts)
{
    parts->base = (uint64_t)ct_read_svarint(r);
    parts->width = ct_read8(r);
    parts->room = ct_reader_left(r);
    parts->stream = ct_bitpack_take(r, count, parts->width);
    return r->is_bad ? CT_CORRUPT : CT_OK;
}

static ct_status plain_decode(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                              int64_t *out)
{
    struct parts parts;
    CT_TRY(read_parts(r, count, &parts));
    scratch->kernels->unpack(parts.stream, parts.room, parts.width, count, parts.base, out);
    return CT_OK;
}

static ct_status plain_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    (void)scratch;
    struct parts parts;
    return read_parts(r, count, &parts);
}

const struct ct_packing ct_packing_plain = {plain_analyse, plain_encode, plain_decode, plain_check};
