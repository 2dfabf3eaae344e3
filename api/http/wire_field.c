#include "wire_field.h"

#define FIELD_NUMBER_MAX (((uint32_t)1 << 29) - 1)
#define VARINT_BYTES_MAX 10

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

static bool take_varint(struct ct_text *rest, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < rest->len && i < VARINT_BYTES_MAX; i++) {
        const uint8_t byte = (uint8_t)rest->bytes[i];
        if (i == VARINT_BYTES_MAX - 1 && byte > 1)
            return false;
        *out |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            rest->bytes += i + 1;
            rest->len -= i + 1;
            return true;
        }
    }
    return false;
}

static bool take(struct ct_text *rest, uint64_t len, struct ct_text *out)
{
    if (len > rest->len)
        return false;
    *out = (struct ct_text){rest->bytes, (size_t)len};
    rest->bytes += len;
    rest->len -= (size_t)len;
    return true;
}

/* Little endian. */
static bool take_fixed(struct ct_text *rest, size_t len, uint64_t *out)
{
    struct ct_text bytes;
    if (!take(rest, len, &bytes))
        return false;
    *out = 0;
    for (size_t i = len; i-- > 0;)
        *out = *out << 8 | (uint8_t)bytes.bytes[i];
    return true;
}

static bool take_value(struct ct_text *rest, unsigned type, struct ct_wire_field *out)
{
    switch (type) {
    case WIRE_VARINT:
        return take_varint(rest, &out->bits);
    case WIRE_FIXED64:
        return take_fixed(rest, 8, &out->bits);
    case WIRE_FIXED32:
        return take_fixed(rest, 4, &out->bits);
    case WIRE_BYTES:
        out->is_bytes = true;
        return take_varint(rest, &out->bits) && take(rest, out->bits, &out->bytes);
    default:
        return false; /* groups, of which neither protocol has any */
    }
}

ct_status ct_wire_next(struct ct_text *rest, struct ct_wire_field *out, struct ct_error *err)
{
    const size_t left = rest->len;
    uint64_t key;
    *out = (struct ct_wire_field){.bytes = {"", 0}};
    if (!take_varint(rest, &key) || key >> 3 == 0 || key >> 3 > FIELD_NUMBER_MAX)
        return ct_fail(err, CT_PARSE,
                       "not a protobuf message: no field begins %zu bytes before its end", left);
    out->number = (uint32_t)(key >> 3);
    if (!take_value(rest, key & 7, out))
        return ct_fail(err, CT_PARSE,
                       "not a protobuf message: field %u, %zu bytes before its end, is cut off",
                       out->number, left);
    return CT_OK;
}
