/* One scale for a block.
 *
 * Each value has a least scale: its own less its trailing zeros. The block's scale is the greatest
 * of these. The main scale is the greatest that more than a few values need; where it is lower, the
 * few are exceptions, so that one price of 18 digits does not widen a block of cents. */
#include "decimal/decimal_codec.h"

static ct_int128 mantissa_of(const struct ct_decimal_source *source, uint32_t i)
{
    return source->wide ? source->wide[i] : source->narrow[i];
}

static bool is_tenfold(ct_int128 mantissa)
{
    if (ct_fits_int64(mantissa))
        return (int64_t)mantissa % 10 == 0;
    return mantissa % 10 == 0;
}

/* 0 needs none. */
static unsigned least_scale(ct_int128 mantissa, unsigned scale)
{
    if (mantissa == 0)
        return 0;
    while (scale > 0 && is_tenfold(mantissa)) {
        mantissa /= 10;
        scale--;
    }
    return scale;
}

static bool is_beyond_digits(ct_int128 value)
{
    const ct_int128 limit = ct_pow10_int128(CT_DECIMAL_DIGITS_MAX);
    return value >= limit || value <= -limit;
}

/* mantissa x 10^(to - from), exact: from above is known to end in zeros. False past 38 digits. */
static bool rescale(ct_int128 mantissa, unsigned from, unsigned to, ct_int128 *out)
{
    if (to < from) {
        *out = mantissa / ct_pow10_int128(from - to);
        return true;
    }
    return !__builtin_mul_overflow(mantissa, ct_pow10_int128(to - from), out) &&
           !is_beyond_digits(*out);
}

/* One scale for all already, int64, and no zeros to drop from all: the way of nearly every block.
 */
static bool find_fast(struct ct_decimal_source *source)
{
    if (source->wide)
        return false;
    const uint8_t scale = source->scales[0];
    uint8_t differing = 0;
    for (uint32_t i = 1; i < source->count; i++)
        differing |= source->scales[i] ^ scale;
    if (differing)
        return false;
    bool is_least = scale == 0;
    for (uint32_t i = 0; i < source->count && !is_least; i++)
        is_least = source->narrow[i] % 10 != 0;
    if (!is_least)
        return false;
    memcpy(source->scratch->outer_b, source->narrow, source->count * sizeof(int64_t));
    source->scale = scale;
    source->main_scale = scale;
    source->is_narrow = true;
    return true;
}

/* How many values need each scale. Past the first values, zeros need no counting where their scale
 * is needed anyway. */
static void count_scales(const struct ct_decimal_source *source,
                         uint32_t needing[CT_DECIMAL_SCALE_MAX + 1])
{
    memset(needing, 0, (CT_DECIMAL_SCALE_MAX + 1) * sizeof *needing);
    for (uint32_t i = 0; i < source->count; i++)
        needing[least_scale(mantissa_of(source, i), source->scales[i])]++;
}

static void choose_scales(struct ct_decimal_source *source)
{
    uint32_t needing[CT_DECIMAL_SCALE_MAX + 1];
    count_scales(source, needing);
    unsigned scale = CT_DECIMAL_SCALE_MAX;
    while (scale > 0 && needing[scale] == 0)
        scale--;
    source->scale = (uint8_t)scale;
    /* few: a sixteenth, each of which costs some ten bytes */
    uint32_t above = 0;
    while (scale > 0 && (above += needing[scale]) <= source->count / 16)
        scale--;
    source->main_scale = (uint8_t)scale;
}

bool ct_block_scale_find(struct ct_decimal_source *source)
{
    if (find_fast(source))
        return true;
    choose_scales(source);
    struct ct_codec_scratch *scratch = source->scratch;
    source->is_narrow = true;
    for (uint32_t i = 0; i < source->count; i++) {
        CT_ASSERT(source->scales[i] <= CT_DECIMAL_SCALE_MAX);
        if (!rescale(mantissa_of(source, i), source->scales[i], source->scale, &scratch->wide[i]))
            return false;
        source->is_narrow &= ct_fits_int64(scratch->wide[i]);
    }
    if (source->is_narrow)
        for (uint32_t i = 0; i < source->count; i++)
            scratch->outer_b[i] = (int64_t)scratch->wide[i];
    return true;
}
