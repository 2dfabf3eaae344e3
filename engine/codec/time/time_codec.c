/* The time family: regular runs where they are smaller than any integer codec. */
#include "time/time_codec.h"

const char *ct_time_codec_name(uint8_t first_byte)
{
    return first_byte == CT_TIME_REGULAR ? "regular" : ct_int_codec_name(first_byte);
}

/* Below this the search for something smaller is not worth its time. */
#define SMALL_ENOUGH_BYTES 24

size_t ct_time_encode(const int64_t *values, uint32_t count, enum ct_effort effort,
                      struct ct_codec_scratch *scratch, uint8_t *out)
{
    CT_ASSERT(count >= 1 && count <= CT_BLOCK_VALUES_MAX);
    struct ct_writer w = ct_writer_of(out, ct_codec_bound(count));
    const size_t regular = ct_regular_analyse(values, count);
    struct ct_int_source source;
    struct ct_int_plan plan = {.size = SIZE_MAX};
    if (regular > SMALL_ENOUGH_BYTES) {
        ct_int_source_init(&source, values, count, effort, false, scratch);
        ct_int_plan_of(&source, &plan);
    }
    if (regular <= plan.size)
        ct_regular_encode(values, count, &w);
    else
        ct_int_write(&source, &plan, &w);
    return ct_writer_len(&w);
}

ct_status ct_time_decode(const uint8_t *in, size_t in_len, uint32_t count,
                         struct ct_codec_scratch *scratch, int64_t *out)
{
    if (count == 0 || count > CT_BLOCK_VALUES_MAX || in_len == 0)
        return CT_CORRUPT;
    struct ct_reader r = ct_reader_of(in, in_len);
    if (in[0] == CT_TIME_REGULAR) {
        (void)ct_read8(&r);
        CT_TRY(ct_regular_decode(&r, count, out));
    } else {
        CT_TRY(ct_int_block_read(&r, count, false, scratch, out));
    }
    return ct_reader_left(&r) == 0 ? CT_OK : CT_CORRUPT;
}

ct_status ct_time_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    if (ct_reader_left(r) == 0 || *r->at != CT_TIME_REGULAR)
        return ct_int_block_check(r, count, false, scratch);
    (void)ct_read8(r);
    return ct_regular_check(r, count);
}
