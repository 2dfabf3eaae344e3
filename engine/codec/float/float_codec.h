/* Inside the float family: the table of codecs and their verbs. Layer codec only.
 *
 * Verbs as in int/int_codec.h, on the bits of doubles: what comes back is bit for bit what was
 * given. */
#ifndef CT_FLOAT_CODEC_H
#define CT_FLOAT_CODEC_H

#include "codec.h"
#include "int/int_codec.h"

enum ct_float_id {
    CT_FLOAT_CONSTANT,
    CT_FLOAT_ALP,
    CT_FLOAT_BITS,
    CT_FLOAT_XOR,
    CT_FLOAT_RAW,
    CT_FLOAT_PLANES
};

struct ct_float_source {
    const double *values;
    uint32_t count;
    enum ct_effort effort;
    struct ct_codec_scratch *scratch;
};

struct ct_float_plan {
    const struct ct_float_codec *codec;
    size_t size;
    int exponent;                /* alp */
    struct ct_int_plan integers; /* alp */
};

struct ct_float_codec {
    const char *name;
    uint8_t id;
    bool is_slow; /* as in struct ct_int_codec */
    size_t (*analyse)(const struct ct_float_source *source, size_t limit,
                      struct ct_float_plan *plan);
    void (*encode)(const struct ct_float_source *source, const struct ct_float_plan *plan,
                   struct ct_writer *w);
    ct_status (*decode)(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                        double *out);
    ct_status (*check)(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch);
};

extern const struct ct_float_codec ct_float_constant, ct_float_alp, ct_float_bits, ct_float_xor,
    ct_float_raw, ct_float_planes;

const struct ct_float_codec *const *ct_float_codecs(size_t *count);
const char *ct_float_codec_name(uint8_t first_byte);
ct_status ct_float_check(struct ct_reader *r, uint32_t count,
                         struct ct_codec_scratch *scratch) CT_MUST_USE;

static inline uint64_t ct_bits_of_double(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline double ct_double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
