/* Inside the bool family. Layer codec only. */
#ifndef CT_BOOL_CODEC_H
#define CT_BOOL_CODEC_H

#include "codec.h"
#include "int/int_codec.h"

enum ct_bool_id { CT_BOOL_FALSE, CT_BOOL_TRUE, CT_BOOL_BITMAP, CT_BOOL_RUNS };

struct ct_bool_source {
    const uint8_t *values;
    uint32_t count;
    struct ct_codec_scratch *scratch;
};

/* Verbs as in int/int_codec.h. */
struct ct_bool_codec {
    const char *name;
    size_t (*analyse)(const struct ct_bool_source *source);
    void (*encode)(const struct ct_bool_source *source, struct ct_writer *w);
    ct_status (*decode)(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                        uint8_t *out);
    ct_status (*check)(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch);
};

/* By first byte. */
const struct ct_bool_codec *ct_bool_codecs(size_t *count);
const char *ct_bool_codec_name(uint8_t first_byte);
ct_status ct_bool_check(struct ct_reader *r, uint32_t count,
                        struct ct_codec_scratch *scratch) CT_MUST_USE;

#endif
