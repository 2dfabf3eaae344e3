/* Values above the least, in whole bytes, through zstd: for what repeats in patterns that no frame
 * sees. Payload: the least value (zigzag varint), a byte of bytes for each value, the length of the
 * frame (varint), a zstd frame. */
#include "int/int_codec.h"

#define LEVEL     3
#define MIN_COUNT 64

static unsigned bytes_each(const struct ct_int_source *source)
{
    return (ct_residuals_width(&source->orders[0]) + 7) / 8;
}

/* The frame to scratch->packed; its length or SIZE_MAX. */
static size_t deflate_values(const struct ct_int_source *source)
{
    struct ct_codec_scratch *scratch = source->scratch;
    const unsigned each = bytes_each(source);
    const uint64_t least = (uint64_t)source->orders[0].min;
    for (uint32_t i = 0; i < source->count; i++) {
        const uint64_t above = (uint64_t)source->values[i] - least;
        memcpy(scratch->bytes + (size_t)i * each, &above, sizeof above); /* the next one overlaps */
    }
    return ct_deflate(scratch, LEVEL, scratch->bytes, (size_t)source->count * each, scratch->packed,
                      sizeof scratch->packed);
}

/* Whether stretches of values return: a quarter of all neighbouring three must have been seen
 * before. Asking is far cheaper than compressing in vain, which is the fate of nearly all blocks.
 */
static bool is_repetitive(const struct ct_int_source *source)
{
    uint16_t *seen = source->scratch->hash;
    const uint32_t mask = CT_COUNT_OF(source->scratch->hash) - 1;
    memset(seen, 0, sizeof source->scratch->hash);
    uint32_t repeats = 0;
    for (uint32_t i = 2; i < source->count; i++) {
        const int64_t *at = source->values + i;
        uint64_t mixed = (uint64_t)at[-2] * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)at[-1];
        mixed = (mixed ^ mixed >> 29) * UINT64_C(0xbf58476d1ce4e5b9) + (uint64_t)at[0];
        mixed = (mixed ^ mixed >> 32) * UINT64_C(0x94d049bb133111eb);
        const uint32_t slot = (uint32_t)(mixed >> 40) & mask;
        const uint16_t mark = (uint16_t)(mixed >> 24 | 1);
        repeats += seen[slot] == mark;
        seen[slot] = mark;
    }
    return repeats >= source->count / 4;
}

size_t ct_deflated_analyse(const struct ct_int_codec *codec, struct ct_int_source *source,
                           size_t limit, struct ct_int_plan *plan)
{
    (void)codec;
    (void)plan;
    if (source->count < MIN_COUNT || bytes_each(source) == 0 || !is_repetitive(source))
        return SIZE_MAX;
    const size_t len = deflate_values(source);
    if (len >= limit)
        return SIZE_MAX;
    return 1 + ct_varint_len(ct_zigzag(source->orders[0].min)) + 1 + ct_varint_len(len) + len;
}

void ct_deflated_encode(struct ct_int_source *source, const struct ct_int_plan *plan,
                        struct ct_writer *w)
{
    (void)plan;
    const size_t len = deflate_values(source);
    CT_ASSERT(len != SIZE_MAX);
    ct_write_svarint(w, source->orders[0].min);
    ct_write8(w, (uint8_t)bytes_each(source));
    ct_write_varint(w, len);
    ct_write_bytes(w, source->scratch->packed, len);
}

/* Leaves the bytes of the values in the scratch. */
static ct_status read_parts(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                            uint64_t *least, unsigned *each)
{
    *least = (uint64_t)ct_read_svarint(r);
    *each = ct_read8(r);
    const size_t len = ct_read_varint_max(r, ct_reader_left(r));
    const uint8_t *frame = ct_read_bytes(r, len);
    if (!frame || *each < 1 || *each > 8)
        return CT_CORRUPT;
    return ct_inflate(scratch, frame, len, scratch->bytes, (size_t)count * *each);
}

ct_status ct_deflated_decode(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                             struct ct_codec_scratch *scratch, int64_t *out)
{
    (void)codec;
    uint64_t least = 0;
    unsigned each = 0;
    CT_TRY(read_parts(r, count, scratch, &least, &each));
    /* whole-byte numbers are a bit stream like any other; the array has room behind them */
    scratch->kernels->unpack(scratch->bytes, sizeof scratch->bytes, each * 8, count, least, out);
    return CT_OK;
}

ct_status ct_deflated_check(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                            struct ct_codec_scratch *scratch)
{
    (void)codec;
    uint64_t least = 0;
    unsigned each = 0;
    return read_parts(r, count, scratch, &least, &each);
}
