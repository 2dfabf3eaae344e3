/* The kernels with AVX2 and FMA: this file alone is compiled for them.
 *
 * Eight numbers of w bits fill w bytes, so each step of eight has the same shuffle and the same
 * shifts: a byte shuffle brings each number's bytes into a lane, a shift by lane and a mask cut it
 * out. */
#include "bitpack/kernels_portable.h"

#if defined(__AVX2__) && defined(__FMA__)

#include <immintrin.h>

/* Steps may read this far past the numbers that they return. */
#define OVERREAD_BYTES 64

struct step {
    __m256i shuffle;
    __m256i shift;
    __m256i mask;
};

static inline __m256i load_two(const uint8_t *low, const uint8_t *high)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const void *)low)),
                                   _mm_loadu_si128((const void *)high), 1);
}

/* Numbers of up to 25 bits lie in four bytes: eight lanes of 32 bits. The upper four start 4 x
 * width bits on. */
static struct step step_of_32(unsigned width)
{
    const int start = (int)(4 * width & 7);
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 0, 1, 2, 3);
    const __m256i offset = _mm256_setr_epi32(0, 0, 0, 0, start, start, start, start);
    const __m256i bit =
        _mm256_add_epi32(_mm256_mullo_epi32(index, _mm256_set1_epi32((int)width)), offset);
    const __m256i byte =
        _mm256_mullo_epi32(_mm256_srli_epi32(bit, 3), _mm256_set1_epi32(0x01010101));
    return (struct step){
        .shuffle = _mm256_add_epi32(byte, _mm256_set1_epi32(0x03020100)),
        .shift = _mm256_and_si256(bit, _mm256_set1_epi32(7)),
        .mask = _mm256_set1_epi32((int)((UINT32_C(1) << width) - 1)),
    };
}

static const uint8_t *unpack_32(const uint8_t *in, unsigned width, uint32_t steps, uint64_t base,
                                int64_t *out)
{
    const struct step step = step_of_32(width);
    const __m256i bases = _mm256_set1_epi64x((long long)base);
    const uint8_t *upper = in + (4 * width >> 3);
    for (uint32_t i = 0; i < steps; i++, in += width, upper += width, out += 8) {
        __m256i x = _mm256_shuffle_epi8(load_two(in, upper), step.shuffle);
        x = _mm256_and_si256(_mm256_srlv_epi32(x, step.shift), step.mask);
        const __m256i a = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(x));
        const __m256i b = _mm256_cvtepu32_epi64(_mm256_extracti128_si256(x, 1));
        _mm256_storeu_si256((void *)out, _mm256_add_epi64(a, bases));
        _mm256_storeu_si256((void *)(out + 4), _mm256_add_epi64(b, bases));
    }
    return in;
}

/* Numbers of 26 to 57 bits lie in eight bytes: four lanes of 64 bits, from bit `start` of a byte
 * on. */
static struct step step_of_64(unsigned width, unsigned start)
{
    const long long w = width;
    const long long s = start;
    const long long s2 = (s + 2 * w) & 7;
    const __m256i bit = _mm256_setr_epi64x(s, s + w, s2, s2 + w);
    const __m256i byte =
        _mm256_mul_epu32(_mm256_srli_epi64(bit, 3), _mm256_set1_epi64x(0x01010101));
    const __m256i twice = _mm256_or_si256(byte, _mm256_slli_epi64(byte, 32));
    return (struct step){
        .shuffle = _mm256_add_epi8(twice, _mm256_set1_epi64x(0x0706050403020100)),
        .shift = _mm256_and_si256(bit, _mm256_set1_epi64x(7)),
        .mask = _mm256_set1_epi64x((long long)((UINT64_C(1) << width) - 1)),
    };
}

static inline __m256i cut_out(__m256i x, const struct step *step, __m256i bases)
{
    x = _mm256_srlv_epi64(_mm256_shuffle_epi8(x, step->shuffle), step->shift);
    return _mm256_add_epi64(_mm256_and_si256(x, step->mask), bases);
}

static const uint8_t *unpack_64(const uint8_t *in, unsigned width, uint32_t steps, uint64_t base,
                                int64_t *out)
{
    const unsigned start = 4 * width & 7;
    const struct step low = step_of_64(width, 0);
    const struct step high = step_of_64(width, start);
    const __m256i bases = _mm256_set1_epi64x((long long)base);
    const size_t third = 2 * width >> 3;
    const size_t fifth = 4 * width >> 3;
    const size_t seventh = fifth + ((start + 2 * width) >> 3);
    for (uint32_t i = 0; i < steps; i++, in += width, out += 8) {
        const __m256i a = cut_out(load_two(in, in + third), &low, bases);
        const __m256i b = cut_out(load_two(in + fifth, in + seventh), &high, bases);
        _mm256_storeu_si256((void *)out, a);
        _mm256_storeu_si256((void *)(out + 4), b);
    }
    return in;
}

/* The last steps read from a copy, behind which there is room to read too far. */
static void unpack_avx2(const uint8_t *in, size_t room, unsigned width, uint32_t count,
                        uint64_t base, int64_t *out)
{
    if (width == 0 || width > 57) {
        unpack_portable(in, room, width, count, base, out);
        return;
    }
    const uint32_t steps = (count + 7) / 8;
    const size_t reach = width <= 25 ? (4 * width >> 3) + 16 : width + 16;
    const size_t safe = room < reach ? 0 : (room - reach) / width + 1;
    const uint32_t direct = safe < steps ? (uint32_t)safe : steps;
    const uint8_t *(*unpack)(const uint8_t *, unsigned, uint32_t, uint64_t, int64_t *) =
        width <= 25 ? unpack_32 : unpack_64;
    const uint8_t *at = unpack(in, width, direct, base, out);
    if (direct == steps)
        return;
    uint8_t tail[3 * OVERREAD_BYTES] = {0};
    const size_t left = ((size_t)count * width + 7) / 8 - (size_t)(at - in);
    memcpy(tail, at, left);
    (void)unpack(tail, width, steps - direct, base, out + (size_t)direct * 8);
}

/* Four running sums at a time: the chain from one four to the next is one addition. */
static void integrate_avx2(int64_t *values, uint32_t count)
{
    __m256i carry = _mm256_setzero_si256();
    uint32_t i = 0;
    for (; i + 4 <= count; i += 4) {
        __m256i x = _mm256_loadu_si256((const void *)(values + i));
        x = _mm256_add_epi64(x, _mm256_slli_si256(x, 8));
        const __m256i half = _mm256_permute4x64_epi64(x, 0x50);
        x = _mm256_add_epi64(x, _mm256_blend_epi32(_mm256_setzero_si256(), half, 0xf0));
        const __m256i total = _mm256_permute4x64_epi64(x, 0xff);
        _mm256_storeu_si256((void *)(values + i), _mm256_add_epi64(x, carry));
        carry = _mm256_add_epi64(carry, total);
    }
    uint64_t sum = (uint64_t)_mm256_extract_epi64(carry, 0);
    for (; i < count; i++) {
        sum += (uint64_t)values[i];
        values[i] = (int64_t)sum;
    }
}

/* Division by Newton's correction: q is a x (1 / d), then twice q + (a - q x d) / d, with the
 * remainder exact by fused multiplication. The first correction brings q within one unit in the
 * last place, the second makes it the correctly rounded quotient (Markstein 1990), as the division
 * instruction would, in half its time. */
static void divide_avx2(const int64_t *in, uint32_t count, double divisor, double *out)
{
    const __m256i magic = _mm256_set1_epi64x(INT64_C(0x4338000000000000));
    const __m256d shift = _mm256_castsi256_pd(magic);
    const __m256d d = _mm256_set1_pd(divisor);
    const __m256d inverse = _mm256_set1_pd(1.0 / divisor);
    for (uint32_t i = 0; i < count; i += 4) {
        const __m256i bits = _mm256_add_epi64(_mm256_loadu_si256((const void *)(in + i)), magic);
        const __m256d a = _mm256_sub_pd(_mm256_castsi256_pd(bits), shift);
        __m256d q = _mm256_mul_pd(a, inverse);
        q = _mm256_fmadd_pd(_mm256_fnmadd_pd(q, d, a), inverse, q);
        q = _mm256_fmadd_pd(_mm256_fnmadd_pd(q, d, a), inverse, q);
        _mm256_storeu_pd(out + i, q);
    }
}

static void to_doubles_avx2(const int64_t *in, uint32_t count, double divisor, double multiplier,
                            double *out)
{
    if (divisor > 0)
        divide_avx2(in, count, divisor, out);
    else
        to_doubles_portable(in, count, divisor, multiplier, out);
}

static const struct ct_kernels avx2 = {
    .name = "avx2",
    .unpack = unpack_avx2,
    .span_ranges = span_ranges_portable,
    .differences = differences_portable,
    .integrate = integrate_avx2,
    .to_doubles = to_doubles_avx2,
};

const struct ct_kernels *const ct_kernels_avx2 = &avx2;

#else

const struct ct_kernels *const ct_kernels_avx2 = NULL;

#endif
