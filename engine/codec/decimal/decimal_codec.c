/* The decimal family: its table, the choice among it, and 128-bit varints. */
#include "decimal/decimal_codec.h"

static const struct ct_decimal_codec *const codecs[] = {
    &ct_decimal_narrow,
    &ct_decimal_patched,
    &ct_decimal_wide,
};

const struct ct_decimal_codec *const *ct_decimal_codecs(size_t *count)
{
    *count = CT_COUNT_OF(codecs);
    return codecs;
}

static const struct ct_decimal_codec *find(uint8_t id)
{
    return id < CT_COUNT_OF(codecs) ? codecs[id] : NULL;
}

const char *ct_decimal_codec_name(uint8_t first_byte)
{
    const struct ct_decimal_codec *codec = find(first_byte);
    return codec ? codec->name : "?";
}

static size_t encode(struct ct_decimal_source *source, uint8_t *out)
{
    CT_ASSERT(source->count >= 1 && source->count <= CT_BLOCK_VALUES_MAX);
    if (!ct_block_scale_find(source))
        return 0;
    struct ct_decimal_plan plan = {.size = SIZE_MAX};
    for (size_t i = 0; i < CT_COUNT_OF(codecs); i++) {
        struct ct_decimal_plan candidate = {.codec = codecs[i]};
        candidate.size = codecs[i]->analyse(source, plan.size, &candidate);
        if (candidate.size < plan.size)
            plan = candidate;
    }
    struct ct_writer w = ct_writer_of(out, ct_codec_bound(source->count));
    ct_write8(&w, plan.codec->id);
    plan.codec->encode(source, &plan, &w);
    CT_ASSERT(ct_writer_len(&w) == plan.size);
    return plan.size;
}

size_t ct_decimal_encode(const ct_int128 *mantissas, const uint8_t *scales, uint32_t count,
                         enum ct_effort effort, struct ct_codec_scratch *scratch, uint8_t *out)
{
    struct ct_decimal_source source = {
        .wide = mantissas, .scales = scales, .count = count, .effort = effort, .scratch = scratch};
    return encode(&source, out);
}

size_t ct_decimal_encode_narrow(const int64_t *mantissas, const uint8_t *scales, uint32_t count,
                                enum ct_effort effort, struct ct_codec_scratch *scratch,
                                uint8_t *out)
{
    struct ct_decimal_source source = {.narrow = mantissas,
                                       .scales = scales,
                                       .count = count,
                                       .effort = effort,
                                       .scratch = scratch};
    return encode(&source, out);
}

ct_status ct_decimal_decode(const uint8_t *in, size_t in_len, uint32_t count,
                            struct ct_codec_scratch *scratch, struct ct_decimal_block *out)
{
    if (count == 0 || count > CT_BLOCK_VALUES_MAX)
        return CT_CORRUPT;
    struct ct_reader r = ct_reader_of(in, in_len);
    const struct ct_decimal_codec *codec = find(ct_read8(&r));
    if (r.is_bad || !codec)
        return CT_CORRUPT;
    CT_TRY(codec->decode(&r, count, scratch, out));
    return ct_reader_left(&r) == 0 ? CT_OK : CT_CORRUPT;
}

ct_status ct_decimal_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    const struct ct_decimal_codec *codec = find(ct_read8(r));
    return r->is_bad || !codec ? CT_CORRUPT : codec->check(r, count, scratch);
}

static ct_uint128 zigzag128(ct_int128 value)
{
    return ((ct_uint128)value << 1) ^ (ct_uint128)(value >> 127);
}

size_t ct_varint128_len(ct_int128 value)
{
    size_t len = 1;
    for (ct_uint128 rest = zigzag128(value) >> 7; rest; rest >>= 7)
        len++;
    return len;
}

void ct_write_varint128(struct ct_writer *w, ct_int128 value)
{
    ct_uint128 rest = zigzag128(value);
    for (; rest >= 0x80; rest >>= 7)
        ct_write8(w, (uint8_t)(rest | 0x80));
    ct_write8(w, (uint8_t)rest);
}

ct_int128 ct_read_varint128(struct ct_reader *r)
{
    ct_uint128 value = 0;
    for (unsigned shift = 0; shift < 128; shift += 7) {
        const uint8_t byte = ct_read8(r);
        value |= (ct_uint128)(byte & 0x7f) << shift;
        if (shift == 126 && byte > 3)
            break;
        if (!(byte & 0x80))
            return (ct_int128)(value >> 1) ^ -(ct_int128)(value & 1);
    }
    r->is_bad = true;
    return 0;
}
