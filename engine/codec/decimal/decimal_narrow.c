/* int64 mantissas at one scale. Payload: a byte of scale, an integer block. */
#include "decimal/decimal_codec.h"

static size_t narrow_analyse(const struct ct_decimal_source *source, size_t limit,
                             struct ct_decimal_plan *plan)
{
    (void)limit;
    if (!source->is_narrow)
        return SIZE_MAX;
    return 2 + ct_int_block_plan(source->scratch->outer_b, source->count, source->effort, false,
                                 source->scratch, &plan->integers);
}

static void narrow_encode(const struct ct_decimal_source *source,
                          const struct ct_decimal_plan *plan, struct ct_writer *w)
{
    ct_write8(w, source->scale);
    ct_int_block_write_planned(source->scratch->outer_b, source->count, source->effort,
                               source->scratch, &plan->integers, w);
}

static ct_status narrow_decode(struct ct_reader *r, uint32_t count,
                               struct ct_codec_scratch *scratch, struct ct_decimal_block *out)
{
    const uint8_t scale = ct_read8(r);
    if (r->is_bad || scale > CT_DECIMAL_SCALE_MAX)
        return CT_CORRUPT;
    CT_TRY(ct_int_block_read(r, count, false, scratch, out->narrow));
    out->scale = scale;
    out->is_wide = false;
    return CT_OK;
}

static ct_status narrow_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    const uint8_t scale = ct_read8(r);
    if (r->is_bad || scale > CT_DECIMAL_SCALE_MAX)
        return CT_CORRUPT;
    return ct_int_block_check(r, count, false, scratch);
}

const struct ct_decimal_codec ct_decimal_narrow = {
    .name = "narrow",
    .id = CT_DECIMAL_NARROW,
    .analyse = narrow_analyse,
    .encode = narrow_encode,
    .decode = narrow_decode,
    .check = narrow_check,
};
