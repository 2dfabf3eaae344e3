/* Byte 0 of all doubles, byte 1 of all, ... through zstd. Payload: the length of the frame
 * (varint), a zstd frame. */
#include "float/float_codec.h"

#define LEVEL     3
#define MIN_COUNT 32

static size_t deflate_planes(const struct ct_float_source *source)
{
    struct ct_codec_scratch *scratch = source->scratch;
    const uint32_t count = source->count;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t bits = ct_bits_of_double(source->values[i]);
        for (unsigned plane = 0; plane < 8; plane++)
            scratch->bytes[(size_t)plane * count + i] = (uint8_t)(bits >> 8 * plane);
    }
    return ct_deflate(scratch, LEVEL, scratch->bytes, (size_t)count * 8, scratch->packed,
                      sizeof scratch->packed);
}

static size_t planes_analyse(const struct ct_float_source *source, size_t limit,
                             struct ct_float_plan *plan)
{
    (void)plan;
    /* below three bytes each there is nothing left for it to find */
    if (source->count < MIN_COUNT || limit < (size_t)source->count * 3)
        return SIZE_MAX;
    const size_t len = deflate_planes(source);
    return len >= limit ? SIZE_MAX : 1 + ct_varint_len(len) + len;
}

static void planes_encode(const struct ct_float_source *source, const struct ct_float_plan *plan,
                          struct ct_writer *w)
{
    (void)plan;
    const size_t len = deflate_planes(source);
    CT_ASSERT(len != SIZE_MAX);
    ct_write_varint(w, len);
    ct_write_bytes(w, source->scratch->packed, len);
}

static ct_status inflate_planes(struct ct_reader *r, uint32_t count,
                                struct ct_codec_scratch *scratch)
{
    const size_t len = ct_read_varint_max(r, ct_reader_left(r));
    const uint8_t *frame = ct_read_bytes(r, len);
    if (!frame)
        return CT_CORRUPT;
    return ct_inflate(scratch, frame, len, scratch->bytes, (size_t)count * 8);
}

static ct_status planes_decode(struct ct_reader *r, uint32_t count,
                               struct ct_codec_scratch *scratch, double *out)
{
    CT_TRY(inflate_planes(r, count, scratch));
    for (uint32_t i = 0; i < count; i++) {
        uint64_t bits = 0;
        for (unsigned plane = 0; plane < 8; plane++)
            bits |= (uint64_t)scratch->bytes[(size_t)plane * count + i] << 8 * plane;
        out[i] = ct_double_of_bits(bits);
    }
    return CT_OK;
}

static ct_status planes_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    return inflate_planes(r, count, scratch);
}

const struct ct_float_codec ct_float_planes = {
    .name = "planes",
    .id = CT_FLOAT_PLANES,
    .is_slow = true,
    .analyse = planes_analyse,
    .encode = planes_encode,
    .decode = planes_decode,
    .check = planes_check,
};
