/* Each double XOR the one before, after Gorilla (Pelkonen et al. 2015). Payload: a bit stream: the
 * first double's 64 bits; then for each other: 0 where it is the same; 10 and the bits of the
 * window where all its set bits lie in the last window; 11, six bits of leading zeros, six of
 * length less 1, and the bits of that new window. */
#include "float/float_codec.h"

struct window {
    unsigned leading;
    unsigned len; /* 0: none yet */
};

static struct window window_of(uint64_t bits)
{
    const unsigned leading = (unsigned)__builtin_clzll(bits);
    return (struct window){leading, 64 - leading - (unsigned)__builtin_ctzll(bits)};
}

static bool is_inside(struct window inner, struct window outer)
{
    return outer.len && inner.leading >= outer.leading &&
           inner.leading + inner.len <= outer.leading + outer.len;
}

/* A window that is much too wide is worth its twelve bits of change. */
static bool keeps_window(struct window inner, struct window outer)
{
    return is_inside(inner, outer) && outer.len < inner.len + 12;
}

static size_t xor_analyse(const struct ct_float_source *source, size_t limit,
                          struct ct_float_plan *plan)
{
    (void)plan;
    /* at 4 ns a value to read, only where nothing else gets far below raw */
    if (limit < (size_t)source->count * 5 || source->count < 2)
        return SIZE_MAX;
    size_t bits = 64;
    struct window window = {0, 0};
    for (uint32_t i = 1; i < source->count; i++) {
        const uint64_t change =
            ct_bits_of_double(source->values[i]) ^ ct_bits_of_double(source->values[i - 1]);
        if (change == 0) {
            bits += 1;
            continue;
        }
        const struct window needed = window_of(change);
        const bool is_kept = keeps_window(needed, window);
        if (!is_kept)
            window = needed;
        bits += (is_kept ? 2 : 14) + window.len;
    }
    return 1 + (bits + 7) / 8;
}

static void put_64(struct ct_bit_writer *bits, uint64_t value, unsigned width)
{
    const unsigned low = width < 32 ? width : 32;
    ct_bit_put(bits, value & ((UINT64_C(1) << low) - 1), low);
    if (width > 32)
        ct_bit_put(bits, value >> 32, width - 32);
}

static uint64_t get_64(struct ct_bit_reader *bits, unsigned width)
{
    const unsigned low = width < 32 ? width : 32;
    const uint64_t value = ct_bit_get(bits, low);
    return width > 32 ? value | ct_bit_get(bits, width - 32) << 32 : value;
}

static void xor_encode(const struct ct_float_source *source, const struct ct_float_plan *plan,
                       struct ct_writer *w)
{
    (void)plan;
    struct ct_bit_writer bits = {.writer = w};
    put_64(&bits, ct_bits_of_double(source->values[0]), 64);
    struct window window = {0, 0};
    for (uint32_t i = 1; i < source->count; i++) {
        const uint64_t change =
            ct_bits_of_double(source->values[i]) ^ ct_bits_of_double(source->values[i - 1]);
        ct_bit_put(&bits, change != 0, 1);
        if (change == 0)
            continue;
        const struct window needed = window_of(change);
        const bool is_kept = keeps_window(needed, window);
        ct_bit_put(&bits, !is_kept, 1);
        if (!is_kept) {
            window = needed;
            ct_bit_put(&bits, window.leading, 6);
            ct_bit_put(&bits, window.len - 1, 6);
        }
        put_64(&bits, change >> (64 - window.leading - window.len), window.len);
    }
    ct_bit_finish(&bits);
}

/* out may be NULL: the stream is walked all the same. */
static ct_status walk(struct ct_reader *r, uint32_t count, double *out)
{
    struct ct_bit_reader bits = {.bytes = r->at, .len = ct_reader_left(r)};
    uint64_t value = get_64(&bits, 64);
    struct window window = {0, 0};
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && ct_bit_get(&bits, 1)) {
            if (ct_bit_get(&bits, 1)) {
                window.leading = (unsigned)ct_bit_get(&bits, 6);
                window.len = (unsigned)ct_bit_get(&bits, 6) + 1;
            }
            if (window.len == 0 || window.leading + window.len > 64)
                return CT_CORRUPT;
            value ^= get_64(&bits, window.len) << (64 - window.leading - window.len);
        }
        if (out)
            out[i] = ct_double_of_bits(value);
    }
    const size_t len = (bits.at + 7) / 8;
    if (!ct_read_bytes(r, len))
        return CT_CORRUPT;
    bits.len = len;
    return ct_bit_is_at_end(&bits) ? CT_OK : CT_CORRUPT;
}

static ct_status xor_decode(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                            double *out)
{
    (void)scratch;
    return walk(r, count, out);
}

static ct_status xor_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    (void)scratch;
    return walk(r, count, NULL);
}

const struct ct_float_codec ct_float_xor = {
    .name = "xor",
    .id = CT_FLOAT_XOR,
    .analyse = xor_analyse,
    .encode = xor_encode,
    .decode = xor_decode,
    .check = xor_check,
};
