#include "layout.h"

static size_t encode(enum ct_array_kind kind, const void *values, uint32_t count,
                     enum ct_effort effort, struct ct_codec_scratch *scratch, uint8_t *out)
{
    switch (kind) {
    case CT_ARRAY_INT:
        return ct_int_encode(values, count, effort, scratch, out);
    case CT_ARRAY_TIME:
        return ct_time_encode(values, count, effort, scratch, out);
    case CT_ARRAY_FLOAT:
        return ct_float_encode(values, count, effort, scratch, out);
    }
    return 0;
}

static ct_status decode(enum ct_array_kind kind, const uint8_t *in, size_t in_len, uint32_t count,
                        struct ct_codec_scratch *scratch, void *out)
{
    switch (kind) {
    case CT_ARRAY_INT:
        return ct_int_decode(in, in_len, count, scratch, out);
    case CT_ARRAY_TIME:
        return ct_time_decode(in, in_len, count, scratch, out);
    case CT_ARRAY_FLOAT:
        return ct_float_decode(in, in_len, count, scratch, out);
    }
    return CT_CORRUPT;
}

/* The length stands in front and is known afterwards: encode behind the longest length, then close
 * up. */
void ct_array_write(struct ct_writer *w, enum ct_array_kind kind, const void *values,
                    uint32_t count, enum ct_effort effort, struct ct_codec_scratch *scratch)
{
    CT_ASSERT(ct_writer_left(w) >= ct_array_bound(count));
    uint8_t *block = w->at + CT_VARINT_BYTES_MAX;
    const size_t len = encode(kind, values, count, effort, scratch, block);
    ct_write_varint(w, len);
    memmove(w->at, block, len);
    w->at += len;
}

ct_status ct_array_read(struct ct_reader *r, enum ct_array_kind kind, uint32_t count,
                        struct ct_codec_scratch *scratch, void *values)
{
    const uint64_t len = ct_read_varint_max(r, ct_reader_left(r));
    const uint8_t *block = ct_read_bytes(r, (size_t)len);
    const ct_status status =
        block ? decode(kind, block, (size_t)len, count, scratch, values) : CT_CORRUPT;
    if (status != CT_OK)
        r->is_bad = true;
    return status;
}
