/* Runs of decimal digits, eight at a time in one word. Layer ingest; internal.
 *
 * Everything here reads whole words: the caller sees to it that CT_DIGITS_READ_MAX bytes may be
 * read. The method is that of simdjson and "Quickly parsing eight digits" (D. Lemire, 2018). */
#ifndef CT_LINE_DIGITS_H
#define CT_LINE_DIGITS_H

#include "bytes.h"

/* From the first byte of a number: sign, digits, point, two words, what ends it. */
#define CT_DIGITS_READ_MAX 32

/* How many of the word's first bytes are digits: 0..8. */
static inline unsigned ct_digits_run(uint64_t word)
{
    const uint64_t value = word ^ UINT64_C(0x3030303030303030);
    const uint64_t above_9 =
        ((value & UINT64_C(0x7f7f7f7f7f7f7f7f)) + UINT64_C(0x7676767676767676)) | value;
    const uint64_t other = above_9 & UINT64_C(0x8080808080808080);
    return other ? (unsigned)__builtin_ctzll(other) >> 3 : 8;
}

/* The number of the word's first `run` bytes, which are digits. */
static inline uint64_t ct_digits_value(uint64_t word, unsigned run)
{
    const unsigned half_shift = 32 - 4 * run; /* twice: a shift by 64 is undefined */
    uint64_t value = (word ^ UINT64_C(0x3030303030303030)) << half_shift << half_shift;
    value = (value & UINT64_C(0x0f0f0f0f0f0f0f0f)) * 2561 >> 8;
    value = (value & UINT64_C(0x00ff00ff00ff00ff)) * 6553601 >> 16;
    return (value & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001) >> 32;
}

/* 10^run, run 0..8 */
static inline uint64_t ct_digits_pow10(unsigned run)
{
    static const uint32_t powers[9] = {1,      10,      100,      1000,     10000,
                                       100000, 1000000, 10000000, 100000000};
    return powers[run];
}

/* [-]digits[.digits]: at most 7 digits before the point and 16 after it where there is one, 15
 * without, at most 18 in all. */
struct ct_digits {
    uint64_t mantissa;
    const char *stop; /* the byte after it */
    uint32_t scale;   /* digits after the point */
    bool is_negative;
};

/* 9 to 15 digits without a point. */
static inline bool ct_digits_read_long(const char *at, uint64_t first, struct ct_digits *out)
{
    const uint64_t word = ct_load64(at + 8);
    const unsigned run = ct_digits_run(word);
    out->mantissa = ct_digits_value(first, 8) * ct_digits_pow10(run) + ct_digits_value(word, run);
    out->stop = at + 8 + run;
    out->scale = 0;
    return run < 8;
}

/* Reads a number of that form; false where it has another one, or none. What ends it is the
 * caller's to judge. */
static inline bool ct_digits_read(const char *at, struct ct_digits *out)
{
    out->is_negative = *at == '-';
    at += out->is_negative;
    uint64_t word = ct_load64(at);
    unsigned run = ct_digits_run(word);
    if (run - 1 > 6)
        return run == 8 && ct_digits_read_long(at, word, out);
    uint64_t mantissa = ct_digits_value(word, run);
    at += run;
    out->scale = 0;
    if (*at == '.') {
        const unsigned whole = run;
        word = ct_load64(++at);
        run = ct_digits_run(word);
        if (run == 0)
            return false;
        mantissa = mantissa * ct_digits_pow10(run) + ct_digits_value(word, run);
        at += run;
        out->scale = run;
        if (run == 8) {
            word = ct_load64(at);
            run = ct_digits_run(word);
            mantissa = mantissa * ct_digits_pow10(run) + ct_digits_value(word, run);
            at += run;
            out->scale += run;
            if (run == 8 || whole + out->scale > 18)
                return false;
        }
    }
    out->mantissa = mantissa;
    out->stop = at;
    return true;
}

#endif
