/* 128-bit mantissas at one scale, as two planes. Payload: a byte of scale, the low 64 bits of all,
 * then the high 64 bits, as integer blocks. */
#include "decimal/decimal_codec.h"

static const int64_t *plane_of(const struct ct_decimal_source *source, unsigned shift)
{
    int64_t *plane = source->scratch->outer_a;
    for (uint32_t i = 0; i < source->count; i++)
        plane[i] = (int64_t)(uint64_t)(ct_decimal_value_at(source, i) >> shift);
    return plane;
}

static size_t wide_analyse(const struct ct_decimal_source *source, size_t limit,
                           struct ct_decimal_plan *plan)
{
    (void)limit;
    (void)plan;
    if (source->is_narrow)
        return SIZE_MAX;
    size_t size = 2;
    for (unsigned shift = 0; shift < 128; shift += 64)
        size += ct_int_block_size(plane_of(source, shift), source->count, source->effort, false,
                                  source->scratch);
    return size;
}

static void wide_encode(const struct ct_decimal_source *source, const struct ct_decimal_plan *plan,
                        struct ct_writer *w)
{
    (void)plan;
    ct_write8(w, source->scale);
    for (unsigned shift = 0; shift < 128; shift += 64)
        ct_int_block_write(plane_of(source, shift), source->count, source->effort, false,
                           source->scratch, w);
}

/* Leaves the planes in outer_a (low) and outer_b (high); every value has at most 38 digits. */
static ct_status read_planes(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                             uint8_t *scale)
{
    *scale = ct_read8(r);
    if (r->is_bad || *scale > CT_DECIMAL_SCALE_MAX)
        return CT_CORRUPT;
    CT_TRY(ct_int_block_read(r, count, false, scratch, scratch->outer_a));
    CT_TRY(ct_int_block_read(r, count, false, scratch, scratch->outer_b));
    const ct_int128 limit = ct_pow10_int128(CT_DECIMAL_DIGITS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        scratch->wide[i] = (ct_int128)((ct_uint128)(uint64_t)scratch->outer_b[i] << 64 |
                                       (uint64_t)scratch->outer_a[i]);
        if (scratch->wide[i] >= limit || scratch->wide[i] <= -limit)
            return CT_CORRUPT;
    }
    return CT_OK;
}

static ct_status wide_decode(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                             struct ct_decimal_block *out)
{
    uint8_t scale = 0;
    CT_TRY(read_planes(r, count, scratch, &scale));
    memcpy(out->wide, scratch->wide, count * sizeof *out->wide);
    out->scale = scale;
    out->is_wide = true;
    return CT_OK;
}

static ct_status wide_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    uint8_t scale = 0;
    return read_planes(r, count, scratch, &scale);
}

const struct ct_decimal_codec ct_decimal_wide = {
    .name = "wide",
    .id = CT_DECIMAL_WIDE,
    .analyse = wide_analyse,
    .encode = wide_encode,
    .decode = wide_decode,
    .check = wide_check,
};
