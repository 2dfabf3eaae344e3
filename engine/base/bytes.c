#include "bytes.h"

uint64_t ct_read_varint(struct ct_reader *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t byte = ct_read8(r);
        if (r->is_bad)
            return 0;
        if (shift == 63 && byte > 1) /* the tenth byte has room for one bit */
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    r->is_bad = true;
    return 0;
}

uint64_t ct_read_varint_max(struct ct_reader *r, uint64_t max)
{
    const uint64_t value = ct_read_varint(r);
    if (value <= max)
        return value;
    r->is_bad = true;
    return 0;
}

void ct_write_varint(struct ct_writer *w, uint64_t value)
{
    CT_ASSERT(ct_writer_left(w) >= ct_varint_len(value));
    while (value >= 0x80) {
        *w->at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *w->at++ = (uint8_t)value;
}
