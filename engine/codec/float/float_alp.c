/* Decimal floats as integers, in the manner of ALP (Afroozeh, Kuffo, Boncz 2023), with one exponent
 * and an exact division instead of two multiplications: whatever text of up to 15 digits a double
 * was read from, it comes back.
 *
 * Payload: a byte k, signed; patches (patches.h) with the eight bytes of the double each; an
 * integer block of numbers i, -2^51 <= i < 2^51, such that a value is i / 10^k, or i x 10^-k where
 * k is negative. At a patch i repeats the one before it. */
#include "float/float_codec.h"
#include "patches.h"

#define EXPONENT_MIN (-18)
#define EXPONENT_MAX 18
#define SAMPLES      16
#define NUMBER_MAX   (INT64_C(1) << 51)

/* Powers of ten up to 10^22 are doubles exactly. */
static const double pow10_double[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                      1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

struct scale {
    double divisor; /* 0: multiply instead */
    double multiplier;
};

static struct scale scale_of(int exponent)
{
    if (exponent >= 0)
        return (struct scale){.divisor = pow10_double[exponent]};
    return (struct scale){.multiplier = pow10_double[-exponent]};
}

/* Whether `value` is a number at this scale; which one, through *number. */
static inline bool to_number(double value, struct scale scale, int64_t *number)
{
    const double scaled = scale.divisor > 0 ? value * scale.divisor : value / scale.multiplier;
    if (!(scaled >= -(double)NUMBER_MAX && scaled < (double)NUMBER_MAX))
        return false;
    /* adding 1.5 x 2^52 leaves no bits for a fraction: the sum is rounded to the nearest integer */
    const double rounded = scaled + 6755399441055744.0 - 6755399441055744.0;
    const double back = scale.divisor > 0 ? rounded / scale.divisor : rounded * scale.multiplier;
    *number = (int64_t)rounded;
    return ct_bits_of_double(back) == ct_bits_of_double(value);
}

static uint32_t count_fitting(const struct ct_float_source *source, uint32_t stride, int exponent)
{
    const struct scale scale = scale_of(exponent);
    uint32_t fitting = 0;
    for (uint32_t i = 0; i < source->count; i += stride) {
        int64_t number;
        fitting += to_number(source->values[i], scale, &number);
    }
    return fitting;
}

/* The exponent that suits most of some values spread over the block; false where it suits less than
 * half of them. Those below 0 are for integers beyond 2^51, and tried where no other suits. */
static bool choose_exponent(const struct ct_float_source *source, int *exponent)
{
    const uint32_t stride = source->count / SAMPLES + 1;
    const uint32_t samples = (source->count + stride - 1) / stride;
    uint32_t best = 0;
    for (int e = 0; e <= EXPONENT_MAX && best < samples; e++) {
        const uint32_t fitting = count_fitting(source, stride, e);
        if (fitting > best) {
            best = fitting;
            *exponent = e;
        }
    }
    for (int e = -1; e >= EXPONENT_MIN && best == 0; e--) {
        best = count_fitting(source, stride, e);
        *exponent = e;
    }
    return best * 2 >= samples && best > 0;
}

/* The numbers to outer_a, the positions of patches to scratch->distinct. */
static uint32_t to_numbers(const struct ct_float_source *source, int exponent)
{
    const struct scale scale = scale_of(exponent);
    int64_t *numbers = source->scratch->outer_a;
    uint32_t *patches = source->scratch->distinct;
    uint32_t patch_count = 0;
    int64_t last = 0;
    for (uint32_t i = 0; i < source->count; i++) {
        int64_t number;
        if (to_number(source->values[i], scale, &number))
            last = number;
        else
            patches[patch_count++] = i;
        numbers[i] = last;
    }
    return patch_count;
}

static size_t patches_size(const uint32_t *positions, uint32_t patch_count)
{
    size_t size = ct_varint_len(patch_count) + (size_t)patch_count * 8;
    uint32_t next = 0;
    for (uint32_t p = 0; p < patch_count; p++) {
        size += ct_varint_len(positions[p] - next);
        next = positions[p] + 1;
    }
    return size;
}

static size_t alp_analyse(const struct ct_float_source *source, size_t limit,
                          struct ct_float_plan *plan)
{
    if (!choose_exponent(source, &plan->exponent))
        return SIZE_MAX;
    struct ct_codec_scratch *scratch = source->scratch;
    const uint32_t patch_count = to_numbers(source, plan->exponent);
    const size_t patched = patches_size(scratch->distinct, patch_count);
    if (patched >= limit)
        return SIZE_MAX;
    return 2 + patched +
           ct_int_block_plan(scratch->outer_a, source->count, source->effort, false, scratch,
                             &plan->integers);
}

static void alp_encode(const struct ct_float_source *source, const struct ct_float_plan *plan,
                       struct ct_writer *w)
{
    struct ct_codec_scratch *scratch = source->scratch;
    const uint32_t patch_count = to_numbers(source, plan->exponent);
    ct_write8(w, (uint8_t)(int8_t)plan->exponent);
    ct_write_varint(w, patch_count);
    struct ct_patch_writer patches = {.writer = w};
    for (uint32_t p = 0; p < patch_count; p++) {
        ct_patch_put(&patches, scratch->distinct[p]);
        ct_write64(w, ct_bits_of_double(source->values[scratch->distinct[p]]));
    }
    ct_int_block_write_planned(scratch->outer_a, source->count, source->effort, scratch,
                               &plan->integers, w);
}

/* Leaves the numbers in outer_a; *patches stands at their count. */
static ct_status read_parts(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                            int *exponent, struct ct_reader *patches)
{
    *exponent = (int8_t)ct_read8(r);
    *patches = *r;
    struct ct_patch_reader list = ct_patches_of(r, count);
    uint32_t position = 0;
    while (ct_patch_next(&list, &position))
        (void)ct_read64(r);
    if (r->is_bad || *exponent < EXPONENT_MIN || *exponent > EXPONENT_MAX)
        return CT_CORRUPT;
    CT_TRY(ct_int_block_read(r, count, false, scratch, scratch->outer_a));
    uint64_t high = 0;
    for (uint32_t i = 0; i < count; i++)
        high |= (uint64_t)scratch->outer_a[i] + NUMBER_MAX;
    return high < 2 * (uint64_t)NUMBER_MAX ? CT_OK : CT_CORRUPT;
}

static ct_status alp_decode(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                            double *out)
{
    int exponent = 0;
    struct ct_reader patches;
    CT_TRY(read_parts(r, count, scratch, &exponent, &patches));
    const struct scale scale = scale_of(exponent);
    scratch->kernels->to_doubles(scratch->outer_a, count, scale.divisor, scale.multiplier, out);
    struct ct_patch_reader list = ct_patches_of(&patches, count);
    uint32_t position = 0;
    while (ct_patch_next(&list, &position))
        out[position] = ct_double_of_bits(ct_read64(&patches));
    return CT_OK;
}

static ct_status alp_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    int exponent = 0;
    struct ct_reader patches;
    return read_parts(r, count, scratch, &exponent, &patches);
}

const struct ct_float_codec ct_float_alp = {
    .name = "alp",
    .id = CT_FLOAT_ALP,
    .analyse = alp_analyse,
    .encode = alp_encode,
    .decode = alp_decode,
    .check = alp_check,
};
