#include "line_scan.h"

#include <stdbool.h>

#include "bytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static inline bool is_key_end(char c)
{
    return c == ' ' || c == '\n';
}

static inline bool is_not_plain(char c)
{
    return c == '"' || c == '\\' || c == '\n' || (unsigned char)c >= 0x80;
}

static inline bool is_quote(char c)
{
    return c == '"' || c == '\\';
}

/* Defines NAME: 8 bytes at a time by MATCH_WORD, what is left byte by byte by IS_MATCH. */
#define PORTABLE_FINDER(NAME, MATCH_WORD, IS_MATCH)                                                \
    static const char *NAME(const char *at, const char *end)                                       \
    {                                                                                              \
        for (; end - at >= 8; at += 8) {                                                           \
            const uint64_t word = ct_load64(at);                                                   \
            const uint64_t match = (MATCH_WORD);                                                   \
            if (match)                                                                             \
                return at + (__builtin_ctzll(match) >> 3);                                         \
        }                                                                                          \
        while (at < end && !IS_MATCH(*at))                                                         \
            at++;                                                                                  \
        return at;                                                                                 \
    }

PORTABLE_FINDER(key_end_portable, ct_equal_bytes(word, ' ') | ct_equal_bytes(word, '\n'),
                is_key_end)
PORTABLE_FINDER(not_plain_portable,
                ct_equal_bytes(word, '"') | ct_equal_bytes(word, '\\') |
                    ct_equal_bytes(word, '\n') | (word & CT_HIGH_BITS),
                is_not_plain)
PORTABLE_FINDER(quote_portable, ct_equal_bytes(word, '"') | ct_equal_bytes(word, '\\'), is_quote)

static const struct ct_line_scanner portable = {
    .name = "portable",
    .find_key_end = key_end_portable,
    .find_not_plain = not_plain_portable,
    .find_quote = quote_portable,
};

#if defined(__x86_64__)

#define SSE2_EQUAL(c) _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))
#define AVX2_EQUAL(c) _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c))

/* As PORTABLE_FINDER, 16 bytes at a time. A byte above 0x7f is its own match: its sign bit is set.
 */
#define SSE2_FINDER(NAME, MATCH, TAIL)                                                             \
    static const char *NAME(const char *at, const char *end)                                       \
    {                                                                                              \
        for (; end - at >= 16; at += 16) {                                                         \
            const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);              \
            const unsigned match = (unsigned)_mm_movemask_epi8(MATCH);                             \
            if (match)                                                                             \
                return at + __builtin_ctz(match);                                                  \
        }                                                                                          \
        return TAIL(at, end);                                                                      \
    }

#define AVX2_FINDER(NAME, MATCH, TAIL)                                                             \
    __attribute__((target("avx2"))) static const char *NAME(const char *at, const char *end)       \
    {                                                                                              \
        for (; end - at >= 32; at += 32) {                                                         \
            const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)at);           \
            const unsigned match = (unsigned)_mm256_movemask_epi8(MATCH);                          \
            if (match)                                                                             \
                return at + __builtin_ctz(match);                                                  \
        }                                                                                          \
        return TAIL(at, end);                                                                      \
    }

SSE2_FINDER(key_end_sse2, _mm_or_si128(SSE2_EQUAL(' '), SSE2_EQUAL('\n')), key_end_portable)
SSE2_FINDER(not_plain_sse2,
            _mm_or_si128(_mm_or_si128(SSE2_EQUAL('"'), SSE2_EQUAL('\\')),
                         _mm_or_si128(SSE2_EQUAL('\n'), bytes)),
            not_plain_portable)
SSE2_FINDER(quote_sse2, _mm_or_si128(SSE2_EQUAL('"'), SSE2_EQUAL('\\')), quote_portable)

AVX2_FINDER(key_end_avx2, _mm256_or_si256(AVX2_EQUAL(' '), AVX2_EQUAL('\n')), key_end_sse2)
AVX2_FINDER(not_plain_avx2,
            _mm256_or_si256(_mm256_or_si256(AVX2_EQUAL('"'), AVX2_EQUAL('\\')),
                            _mm256_or_si256(AVX2_EQUAL('\n'), bytes)),
            not_plain_sse2)
AVX2_FINDER(quote_avx2, _mm256_or_si256(AVX2_EQUAL('"'), AVX2_EQUAL('\\')), quote_sse2)

static const struct ct_line_scanner sse2 = {
    .name = "sse2",
    .find_key_end = key_end_sse2,
    .find_not_plain = not_plain_sse2,
    .find_quote = quote_sse2,
};

static const struct ct_line_scanner avx2 = {
    .name = "avx2",
    .find_key_end = key_end_avx2,
    .find_not_plain = not_plain_avx2,
    .find_quote = quote_avx2,
};

const struct ct_line_scanner *ct_line_scanner_at(size_t index)
{
    const struct ct_line_scanner *const all[] = {&portable, &sse2, &avx2};
    const size_t count = __builtin_cpu_supports("avx2") ? 3 : 2;
    return index < count ? all[index] : NULL;
}

#else

const struct ct_line_scanner *ct_line_scanner_at(size_t index)
{
    return index == 0 ? &portable : NULL;
}

#endif

const struct ct_line_scanner *ct_line_scanner_best(void)
{
    const struct ct_line_scanner *best = NULL;
    for (size_t i = 0; ct_line_scanner_at(i); i++)
        best = ct_line_scanner_at(i);
    return best;
}
