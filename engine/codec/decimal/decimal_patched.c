/* int64 mantissas at the scale that most values need, and exceptions for those of more digits or
 * greater size.
 *
 * Payload: a byte of scale S; a byte with the main scale M <= S in its low six bits and, in bit 7,
 * whether any value is wider than 64 bits at S; patches (patches.h) with the mantissa at S as a
 * 128-bit zigzag varint each; an integer block of mantissas at M. At a patch the mantissa repeats
 * the one before it. A value is mantissa x 10^(S - M). */
#include "decimal/decimal_codec.h"
#include "patches.h"

#define WIDE_FLAG 0x80

/* The mantissa at the main scale; false where it is an exception. */
static bool main_mantissa(const struct ct_decimal_source *source, uint32_t i, int64_t *out)
{
    const int64_t factor_exponent = source->scale - source->main_scale;
    const ct_int128 value = ct_decimal_value_at(source, i);
    const ct_int128 factor = ct_pow10_int128((unsigned)factor_exponent);
    const ct_int128 mantissa = value / factor;
    if (mantissa * factor != value || !ct_fits_int64(mantissa))
        return false;
    *out = (int64_t)mantissa;
    return true;
}

/* The mantissas to outer_a, the positions of exceptions to scratch->distinct. */
static uint32_t split(const struct ct_decimal_source *source)
{
    uint32_t patch_count = 0;
    int64_t last = 0;
    for (uint32_t i = 0; i < source->count; i++) {
        if (!main_mantissa(source, i, &last))
            source->scratch->distinct[patch_count++] = i;
        source->scratch->outer_a[i] = last;
    }
    return patch_count;
}

static size_t patched_analyse(const struct ct_decimal_source *source, size_t limit,
                              struct ct_decimal_plan *plan)
{
    (void)plan;
    if (source->is_narrow && source->main_scale == source->scale)
        return SIZE_MAX;
    const uint32_t patch_count = split(source);
    size_t size = 3 + ct_varint_len(patch_count);
    uint32_t next = 0;
    for (uint32_t p = 0; p < patch_count; p++) {
        const uint32_t position = source->scratch->distinct[p];
        size += ct_varint_len(position - next) +
                ct_varint128_len(ct_decimal_value_at(source, position));
        next = position + 1;
    }
    if (size >= limit)
        return SIZE_MAX;
    return size + ct_int_block_size(source->scratch->outer_a, source->count, source->effort, false,
                                    source->scratch);
}

static void patched_encode(const struct ct_decimal_source *source,
                           const struct ct_decimal_plan *plan, struct ct_writer *w)
{
    (void)plan;
    const uint32_t patch_count = split(source);
    ct_write8(w, source->scale);
    ct_write8(w, (uint8_t)(source->main_scale | (source->is_narrow ? 0 : WIDE_FLAG)));
    ct_write_varint(w, patch_count);
    struct ct_patch_writer patches = {.writer = w};
    for (uint32_t p = 0; p < patch_count; p++) {
        const uint32_t position = source->scratch->distinct[p];
        ct_patch_put(&patches, position);
        ct_write_varint128(w, ct_decimal_value_at(source, position));
    }
    ct_int_block_write(source->scratch->outer_a, source->count, source->effort, false,
                       source->scratch, w);
}

/* Leaves the values in scratch->wide; *is_wide says whether they are given as such. */
static ct_status read_values(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                             uint8_t *scale, bool *is_wide)
{
    *scale = ct_read8(r);
    const uint8_t main = ct_read8(r);
    const uint8_t main_scale = main & (uint8_t)~WIDE_FLAG;
    *is_wide = main & WIDE_FLAG;
    struct ct_reader patches = *r;
    struct ct_patch_reader list = ct_patches_of(r, count);
    uint32_t position = 0;
    while (ct_patch_next(&list, &position))
        (void)ct_read_varint128(r);
    if (r->is_bad || *scale > CT_DECIMAL_SCALE_MAX || main_scale > *scale)
        return CT_CORRUPT;
    CT_TRY(ct_int_block_read(r, count, false, scratch, scratch->outer_a));
    const ct_int128 factor = ct_pow10_int128(*scale - main_scale);
    const ct_int128 limit = ct_pow10_int128(CT_DECIMAL_DIGITS_MAX);
    const ct_int128 mantissa_max = (limit - 1) / factor;
    for (uint32_t i = 0; i < count; i++) {
        const int64_t mantissa = scratch->outer_a[i];
        /* out of range is allowed where a patch stands in its place, so it becomes what no patch is
         */
        const bool is_fitting = mantissa <= mantissa_max && mantissa >= -mantissa_max;
        scratch->wide[i] = is_fitting ? mantissa * factor : limit;
    }
    list = ct_patches_of(&patches, count);
    while (ct_patch_next(&list, &position))
        scratch->wide[position] = ct_read_varint128(&patches);
    const ct_int128 max = *is_wide ? limit - 1 : INT64_MAX;
    const ct_int128 min = *is_wide ? 1 - limit : INT64_MIN;
    for (uint32_t i = 0; i < count; i++)
        if (scratch->wide[i] > max || scratch->wide[i] < min)
            return CT_CORRUPT;
    return CT_OK;
}

static ct_status patched_decode(struct ct_reader *r, uint32_t count,
                                struct ct_codec_scratch *scratch, struct ct_decimal_block *out)
{
    uint8_t scale = 0;
    bool is_wide = false;
    CT_TRY(read_values(r, count, scratch, &scale, &is_wide));
    if (is_wide)
        memcpy(out->wide, scratch->wide, count * sizeof *out->wide);
    else
        for (uint32_t i = 0; i < count; i++)
            out->narrow[i] = (int64_t)scratch->wide[i];
    out->scale = scale;
    out->is_wide = is_wide;
    return CT_OK;
}

static ct_status patched_check(struct ct_reader *r, uint32_t count,
                               struct ct_codec_scratch *scratch)
{
    uint8_t scale = 0;
    bool is_wide = false;
    return read_values(r, count, scratch, &scale, &is_wide);
}

const struct ct_decimal_codec ct_decimal_patched = {
    .name = "patched",
    .id = CT_DECIMAL_PATCHED,
    .analyse = patched_analyse,
    .encode = patched_encode,
    .decode = patched_decode,
    .check = patched_check,
};
