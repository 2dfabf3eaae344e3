#include "decimal_align.h"

static uint8_t scale_at(const struct ct_vector *v, uint32_t i)
{
    return v->scales ? v->scales[i] : v->scale;
}

static bool has_one_scale(const struct ct_vector *v)
{
    if (!v->scales)
        return true;
    uint8_t differs = 0;
    for (uint32_t i = 0; i < v->count; i++)
        differs |= v->scales[i] ^ v->scales[0];
    return differs == 0;
}

static uint8_t widest_scale(const struct ct_vector *v)
{
    uint8_t widest = 0;
    for (uint32_t i = 0; i < v->count; i++)
        if (scale_at(v, i) > widest)
            widest = scale_at(v, i);
    return widest;
}

static bool align_narrow(const struct ct_vector *v, uint8_t scale, int64_t *out)
{
    for (uint32_t i = 0; i < v->count; i++) {
        const unsigned up = scale - scale_at(v, i);
        if (up > 18) {
            if (v->narrow[i] != 0)
                return false;
            out[i] = 0;
        } else if (__builtin_mul_overflow(v->narrow[i], ct_pow10_int64[up], &out[i])) {
            return false;
        }
    }
    return true;
}

static bool align_wide(const struct ct_vector *v, uint8_t scale, ct_int128 *out)
{
    const ct_int128 limit = ct_pow10_int128(CT_DECIMAL_DIGITS_MAX);
    for (uint32_t i = 0; i < v->count; i++) {
        const ct_int128 from = v->wide ? v->wide[i] : v->narrow[i];
        const ct_int128 factor = ct_pow10_int128(scale - scale_at(v, i));
        if (__builtin_mul_overflow(from, factor, &out[i]) || out[i] >= limit || out[i] <= -limit)
            return false;
    }
    return true;
}

/* The values with as few digits after the point as they need, in the aligner's room. */
static void normalise(struct ct_decimal_aligner *aligner, const struct ct_vector *v,
                      struct ct_vector *out)
{
    for (uint32_t i = 0; i < v->count; i++) {
        const struct ct_decimal value = ct_decimal_normalise((struct ct_decimal){
            .mantissa = v->wide ? v->wide[i] : v->narrow[i], .scale = scale_at(v, i)});
        aligner->wide[i] = value.mantissa;
        aligner->scales[i] = value.scale;
    }
    *out = *v;
    out->narrow = NULL;
    out->wide = aligner->wide;
    out->scales = aligner->scales;
}

/* Wide mantissas of one scale to narrow ones where all of them fit. */
static void narrow_down(struct ct_decimal_aligner *aligner, struct ct_vector *out)
{
    for (uint32_t i = 0; i < out->count; i++) {
        if (out->wide[i] < INT64_MIN || out->wide[i] > INT64_MAX)
            return;
        aligner->narrow[i] = (int64_t)out->wide[i];
    }
    out->wide = NULL;
    out->narrow = aligner->narrow;
}

static void become(struct ct_vector *out, const struct ct_vector *from, uint8_t scale,
                   const int64_t *narrow, const ct_int128 *wide)
{
    *out = *from;
    out->scales = NULL;
    out->scale = scale;
    out->wide = wide;
    out->narrow = narrow;
}

void ct_decimal_align(struct ct_decimal_aligner *aligner, const struct ct_vector *vector,
                      struct ct_vector *out)
{
    CT_ASSERT(vector->count >= 1 && vector->count <= CT_BLOCK_VALUES_MAX);
    const uint8_t scale = widest_scale(vector);
    if (has_one_scale(vector)) {
        become(out, vector, scale, vector->narrow, vector->wide);
    } else if (!vector->wide && align_narrow(vector, scale, aligner->narrow)) {
        become(out, vector, scale, aligner->narrow, NULL);
    } else if (align_wide(vector, scale, aligner->wide)) {
        become(out, vector, scale, NULL, aligner->wide);
    } else {
        normalise(aligner, vector, out);
        const uint8_t least = widest_scale(out);
        if (align_wide(out, least, aligner->wide)) /* in place: each value from itself */
            become(out, vector, least, NULL, aligner->wide);
        else
            normalise(aligner, vector, out); /* in part overwritten */
    }
    if (out->wide && !out->scales)
        narrow_down(aligner, out);
}
