/* What all families share: the room an encoding may need, and the names of codecs. */
#include "bool/bool_codec.h"
#include "decimal/decimal_codec.h"
#include "derived/derived_codec.h"
#include "float/float_codec.h"
#include "int/int_codec.h"
#include "text/text_codec.h"
#include "time/time_codec.h"

/* The widest is a wide decimal block: two planes of whole 64-bit integers, each behind a head of at
 * most 12 bytes. */
size_t ct_codec_bound(uint32_t count)
{
    return (size_t)count * 16 + 64;
}

const char *ct_codec_name(enum ct_codec_family family, const uint8_t *in, size_t in_len)
{
    if (in_len == 0)
        return "?";
    switch (family) {
    case CT_FAMILY_INT:
        return ct_int_codec_name(in[0]);
    case CT_FAMILY_TIME:
        return ct_time_codec_name(in[0]);
    case CT_FAMILY_FLOAT:
        return ct_float_codec_name(in[0]);
    case CT_FAMILY_BOOL:
        return ct_bool_codec_name(in[0]);
    case CT_FAMILY_DECIMAL:
        return ct_decimal_codec_name(in[0]);
    case CT_FAMILY_TEXT:
        return ct_text_codec_name(in[0]);
    case CT_FAMILY_DERIVED:
        return ct_derived_codec_name(in[0]);
    }
    return "?";
}
