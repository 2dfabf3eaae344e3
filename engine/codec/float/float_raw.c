/* The doubles as they are. Payload: eight bytes each. */
#include "float/float_codec.h"

static size_t raw_analyse(const struct ct_float_source *source, size_t limit,
                          struct ct_float_plan *plan)
{
    (void)limit;
    (void)plan;
    return 1 + (size_t)source->count * sizeof(double);
}

static void raw_encode(const struct ct_float_source *source, const struct ct_float_plan *plan,
                       struct ct_writer *w)
{
    (void)plan;
    ct_write_bytes(w, source->values, source->count * sizeof(double));
}

static ct_status raw_decode(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                            double *out)
{
    (void)scratch;
    const uint8_t *bytes = ct_read_bytes(r, count * sizeof(double));
    if (!bytes)
        return CT_CORRUPT;
    memcpy(out, bytes, count * sizeof(double));
    return CT_OK;
}

static ct_status raw_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    (void)scratch;
    return ct_read_bytes(r, count * sizeof(double)) ? CT_OK : CT_CORRUPT;
}

const struct ct_float_codec ct_float_raw = {
    .name = "raw",
    .id = CT_FLOAT_RAW,
    .analyse = raw_analyse,
    .encode = raw_encode,
    .decode = raw_decode,
    .check = raw_check,
};
