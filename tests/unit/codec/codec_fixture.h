/* What the codec tests share: arrays of many shapes, and damage done to encodings.
 *
 * Damaged bytes lie in a heap block of exactly their length, so that the address sanitizer sees any
 * read past them. */
#ifndef CODEC_FIXTURE_H
#define CODEC_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "codec.h"
#include "scratch.h"
#include "sim_random.h"

#define ROOM (CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD)

/* Shapes of integer blocks, from the friendliest to noise. */
enum shape {
    SHAPE_CONSTANT,
    SHAPE_AFFINE,
    SHAPE_NARROW,
    SHAPE_WIDE,
    SHAPE_NOISE,
    SHAPE_WALK,
    SHAPE_COUNTER,
    SHAPE_ACCELERATING,
    SHAPE_OUTLIERS,
    SHAPE_BORDERS,
    SHAPE_RUNS,
    SHAPE_FEW_DISTINCT,
    SHAPE_MULTIPLES,
    SHAPE_REPEATING,
    SHAPE_EXTREMES,
    SHAPE_LEVELS,
    SHAPES
};

static inline int64_t bell(struct sim_random *random, int64_t spread)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < 6; i++)
        sum += (int64_t)sim_random_below(random, (uint64_t)spread * 2 + 1) - spread;
    return sum / 3;
}

/* The value at i, given the ones before it: all shapes in one place. */
static inline int64_t shape_value(enum shape shape, struct sim_random *random,
                                  const int64_t *values, uint32_t i, uint64_t seed)
{
    const int64_t start = (int64_t)(seed >> 20);
    const int64_t last = i ? values[i - 1] : start;
    const uint64_t r = sim_random_next(random);
    switch (shape) {
    case SHAPE_CONSTANT:
        return start;
    case SHAPE_AFFINE:
        return (int64_t)((uint64_t)start + i * (seed & 0xffff));
    case SHAPE_NARROW:
        return start + (int64_t)(r % 37);
    case SHAPE_WIDE:
        return (int64_t)(r >> (seed % 64));
    case SHAPE_NOISE:
        return (int64_t)r;
    case SHAPE_WALK:
        return last + bell(random, 20);
    case SHAPE_COUNTER:
        return last + (int64_t)(r % 1000);
    case SHAPE_ACCELERATING:
        return start + (int64_t)i * i * 17 + (int64_t)(r % 5);
    case SHAPE_OUTLIERS:
        return r % 50 == 0 ? (int64_t)(r >> 4) : start + (int64_t)(r % 30);
    case SHAPE_BORDERS:
        return i % 97 == 0 ? (int64_t)(r % 1000000) : last + (int64_t)(r % 3);
    case SHAPE_RUNS:
        return i && r % 20 ? last : (int64_t)(r % 100000);
    case SHAPE_FEW_DISTINCT:
        return (int64_t)((r % 9 + seed) * UINT64_C(0x9e3779b97f4a7c15));
    case SHAPE_MULTIPLES:
        return start + (int64_t)(r % 500) * (int64_t)(1 + seed % 100000);
    case SHAPE_REPEATING:
        return i < 48 ? (int64_t)(r % 1000000) : values[i - 48];
    case SHAPE_EXTREMES:
        return r % 3 == 0 ? INT64_MIN : r % 3 == 1 ? INT64_MAX : (int64_t)(r % 7) - 3;
    case SHAPE_LEVELS:
        return (int64_t)(i / 128) * 1000003 + (int64_t)(r % (1u << (i / 128 % 12)));
    case SHAPES:
        break;
    }
    return 0;
}

static inline void shape_fill(enum shape shape, uint64_t seed, int64_t *values, uint32_t count)
{
    struct sim_random random = sim_random_of(seed);
    const uint64_t mixed = sim_random_next(&random);
    for (uint32_t i = 0; i < count; i++)
        values[i] = shape_value(shape, &random, values, i, mixed);
}

/* Every count up to 300, then a few up to the greatest. */
static inline uint32_t next_count(uint32_t count)
{
    static const uint32_t greater[] = {360, 511, 512, 513, 720, 1000, 1024, 1025, 1080, 2047, 2048};
    if (count < 300)
        return count + 1;
    for (size_t i = 0; i < CT_COUNT_OF(greater); i++)
        if (greater[i] > count)
            return greater[i];
    return CT_BLOCK_VALUES_MAX + 1;
}

/* Decodes (or checks) bytes that may be anything; only the verdict matters. */
typedef ct_status (*read_function)(const uint8_t *in, size_t in_len, uint32_t count,
                                   struct ct_codec_scratch *scratch);

static inline void read_both(const uint8_t *bytes, size_t len, uint32_t count, read_function decode,
                             read_function check, struct ct_codec_scratch *scratch, bool must_fail)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    const ct_status decoded = decode(copy, len, count, scratch);
    assert_true(decoded == CT_OK || decoded == CT_CORRUPT);
    if (must_fail)
        assert_int_equal(decoded, CT_CORRUPT);
    if (check)
        assert_int_equal(check(copy, len, count, scratch), decoded);
    free(copy);
}

/* Each truncation and a byte more must be found; each flipped bit must be found or do no harm; and
 * the check says what decoding says. */
static inline void damage(const uint8_t *bytes, size_t len, uint32_t count, read_function decode,
                          read_function check, struct ct_codec_scratch *scratch)
{
    uint8_t *copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    copy[len] = 0;
    read_both(copy, len + 1, count, decode, check, scratch, true);
    for (size_t cut = 0; cut < len; cut++)
        read_both(copy, cut, count, decode, check, scratch, true);
    for (size_t bit = 0; bit < len * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        read_both(copy, len, count, decode, check, scratch, false);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(copy);
}

static inline int scratch_setup(void **state)
{
    *state = ct_codec_scratch_create(ct_allocator_system());
    return *state ? 0 : -1;
}

static inline int scratch_teardown(void **state)
{
    ct_codec_scratch_destroy(*state);
    return 0;
}

#endif
