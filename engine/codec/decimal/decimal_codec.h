/* Inside the decimal family: the table of codecs and their verbs. Layer codec only.
 *
 * A source is mantissas with a scale each; before the choice it is brought to one scale, the least
 * at which all values are integers, and to int64 where they fit. Verbs as in int/int_codec.h. */
#ifndef CT_DECIMAL_CODEC_H
#define CT_DECIMAL_CODEC_H

#include "codec.h"
#include "int/int_codec.h"

enum ct_decimal_id { CT_DECIMAL_NARROW, CT_DECIMAL_PATCHED, CT_DECIMAL_WIDE };

struct ct_decimal_source {
    const ct_int128 *wide; /* NULL: the mantissas are `narrow` */
    const int64_t *narrow;
    const uint8_t *scales;
    uint32_t count;
    enum ct_effort effort;
    struct ct_codec_scratch *scratch;

    /* Found by ct_block_scale_find. */
    uint8_t scale;      /* of the block */
    uint8_t main_scale; /* at which all but a few values are int64: at most `scale` */
    bool is_narrow;     /* all are int64 at `scale`: they stand in scratch->outer_b; else in
                           scratch->wide */
};

struct ct_decimal_plan {
    const struct ct_decimal_codec *codec;
    size_t size;
    struct ct_int_plan integers; /* narrow */
};

struct ct_decimal_codec {
    const char *name;
    uint8_t id;
    size_t (*analyse)(const struct ct_decimal_source *source, size_t limit,
                      struct ct_decimal_plan *plan);
    void (*encode)(const struct ct_decimal_source *source, const struct ct_decimal_plan *plan,
                   struct ct_writer *w);
    ct_status (*decode)(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                        struct ct_decimal_block *out);
    ct_status (*check)(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch);
};

extern const struct ct_decimal_codec ct_decimal_narrow, ct_decimal_patched, ct_decimal_wide;

const struct ct_decimal_codec *const *ct_decimal_codecs(size_t *count);
const char *ct_decimal_codec_name(uint8_t first_byte);
ct_status ct_decimal_check(struct ct_reader *r, uint32_t count,
                           struct ct_codec_scratch *scratch) CT_MUST_USE;

/* Fills the last three fields and the scratch array; false where the values have no common scale
 * within 38 digits. */
bool ct_block_scale_find(struct ct_decimal_source *source);

static inline bool ct_fits_int64(ct_int128 value)
{
    return value >= INT64_MIN && value <= INT64_MAX;
}

/* The value at the block's scale. */
static inline ct_int128 ct_decimal_value_at(const struct ct_decimal_source *source, uint32_t i)
{
    return source->is_narrow ? source->scratch->outer_b[i] : source->scratch->wide[i];
}

/* 128-bit zigzag varints: up to 19 bytes. */
size_t ct_varint128_len(ct_int128 value);
void ct_write_varint128(struct ct_writer *w, ct_int128 value);
ct_int128 ct_read_varint128(struct ct_reader *r);

#endif
