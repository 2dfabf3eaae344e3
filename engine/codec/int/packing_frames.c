/* Packing: a frame of its own for each CT_FRAME_SIZE residuals. Payload: the least residual of all
 * (zigzag varint); for each frame the height of its least above that (varint) and a byte of width;
 * then the frames' bit streams, each of which but the last ends on a byte. */
#include "int/int_codec.h"

#define FRAMES_MAX      (CT_BLOCK_VALUES_MAX / CT_FRAME_SIZE)
#define SPANS_PER_FRAME (CT_FRAME_SIZE / CT_SPAN_VALUES)

struct frame {
    uint64_t base;
    unsigned width;
    uint32_t count;
};

static uint32_t frame_count_of(uint32_t count)
{
    return (count + CT_FRAME_SIZE - 1) / CT_FRAME_SIZE;
}

static uint32_t values_in_frame(uint32_t count, uint32_t frame)
{
    const uint32_t left = count - frame * CT_FRAME_SIZE;
    return left < CT_FRAME_SIZE ? left : CT_FRAME_SIZE;
}

static struct frame frame_of(const struct ct_residuals *residuals, uint32_t index)
{
    const uint32_t first = index * SPANS_PER_FRAME;
    int64_t min = residuals->span_min[first];
    int64_t max = residuals->span_max[first];
    for (uint32_t s = first + 1; s < first + SPANS_PER_FRAME && s < residuals->span_count; s++) {
        min = residuals->span_min[s] < min ? residuals->span_min[s] : min;
        max = residuals->span_max[s] > max ? residuals->span_max[s] : max;
    }
    return (struct frame){
        .base = (uint64_t)min,
        .width = ct_bit_width((uint64_t)max - (uint64_t)min),
        .count = values_in_frame(residuals->count, index),
    };
}

static size_t frames_analyse(struct ct_int_source *source, unsigned order, size_t limit,
                             struct ct_int_plan *plan)
{
    (void)limit;
    (void)plan;
    const struct ct_residuals *residuals = &source->orders[order];
    const uint32_t frames = frame_count_of(residuals->count);
    if (frames < 2)
        return SIZE_MAX;
    size_t size = ct_varint_len(ct_zigzag(residuals->min));
    for (uint32_t f = 0; f < frames; f++) {
        const struct frame frame = frame_of(residuals, f);
        size += ct_varint_len(frame.base - (uint64_t)residuals->min) + 1 +
                ct_bitpack_bytes(frame.count, frame.width);
    }
    return size;
}

static void frames_encode(struct ct_int_source *source, unsigned order,
                          const struct ct_int_plan *plan, struct ct_writer *w)
{
    (void)plan;
    const struct ct_residuals *residuals = &source->orders[order];
    const uint32_t frames = frame_count_of(residuals->count);
    const int64_t *values = ct_residuals_load(source, order);
    ct_write_svarint(w, residuals->min);
    for (uint32_t f = 0; f < frames; f++) {
        const struct frame frame = frame_of(residuals, f);
        ct_write_varint(w, frame.base - (uint64_t)residuals->min);
        ct_write8(w, (uint8_t)frame.width);
    }
    for (uint32_t f = 0; f < frames; f++) {
        const struct frame frame = frame_of(residuals, f);
        ct_bitpack_write(w, values + (size_t)f * CT_FRAME_SIZE, frame.count, frame.base,
                         frame.width);
    }
}

static ct_status read_heads(struct ct_reader *r, uint32_t count, struct frame *frames)
{
    const uint64_t least = (uint64_t)ct_read_svarint(r);
    for (uint32_t f = 0; f < frame_count_of(count); f++) {
        frames[f].base = least + ct_read_varint(r);
        frames[f].width = ct_read8(r);
        frames[f].count = values_in_frame(count, f);
    }
    return r->is_bad ? CT_CORRUPT : CT_OK;
}

static ct_status frames_decode(struct ct_reader *r, uint32_t count,
                               struct ct_codec_scratch *scratch, int64_t *out)
{
    struct frame frames[FRAMES_MAX];
    CT_TRY(read_heads(r, count, frames));
    for (uint32_t f = 0; f < frame_count_of(count); f++) {
        const size_t room = ct_reader_left(r);
        const uint8_t *stream = ct_bitpack_take(r, frames[f].count, frames[f].width);
        if (!stream)
            return CT_CORRUPT;
        scratch->kernels->unpack(stream, room, frames[f].width, frames[f].count, frames[f].base,
                                 out + (size_t)f * CT_FRAME_SIZE);
    }
    return CT_OK;
}

static ct_status frames_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    (void)scratch;
    struct frame frames[FRAMES_MAX];
    CT_TRY(read_heads(r, count, frames));
    for (uint32_t f = 0; f < frame_count_of(count); f++)
        if (!ct_bitpack_take(r, frames[f].count, frames[f].width))
            return CT_CORRUPT;
    return CT_OK;
}

const struct ct_packing ct_packing_frames = {frames_analyse, frames_encode, frames_decode,
                                             frames_check};
