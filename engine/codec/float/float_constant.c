/* One double, many times, by its bits. Payload: eight bytes. */
#include "float/float_codec.h"

static size_t constant_analyse(const struct ct_float_source *source, size_t limit,
                               struct ct_float_plan *plan)
{
    (void)limit;
    (void)plan;
    const uint64_t first = ct_bits_of_double(source->values[0]);
    for (uint32_t i = 1; i < source->count; i++)
        if (ct_bits_of_double(source->values[i]) != first)
            return SIZE_MAX;
    return 9;
}

static void constant_encode(const struct ct_float_source *source, const struct ct_float_plan *plan,
                            struct ct_writer *w)
{
    (void)plan;
    ct_write64(w, ct_bits_of_double(source->values[0]));
}

static ct_status constant_decode(struct ct_reader *r, uint32_t count,
                                 struct ct_codec_scratch *scratch, double *out)
{
    (void)scratch;
    const double value = ct_double_of_bits(ct_read64(r));
    if (r->is_bad)
        return CT_CORRUPT;
    for (uint32_t i = 0; i < count; i++)
        out[i] = value;
    return CT_OK;
}

static ct_status constant_check(struct ct_reader *r, uint32_t count,
                                struct ct_codec_scratch *scratch)
{
    (void)count;
    (void)scratch;
    (void)ct_read64(r);
    return r->is_bad ? CT_CORRUPT : CT_OK;
}

const struct ct_float_codec ct_float_constant = {
    .name = "constant",
    .id = CT_FLOAT_CONSTANT,
    .analyse = constant_analyse,
    .encode = constant_encode,
    .decode = constant_decode,
    .check = constant_check,
};
