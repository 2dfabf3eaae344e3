/* Inside the text family. Layer codec only.
 *
 * A payload is: the size of the heap (varint), what the codec needs to cut it into texts, and last
 * the heap, which reaches to the payload's end: as it is or, with CT_TEXT_DEFLATED in the first
 * byte, as a zstd frame. Verbs as in int/int_codec.h, on all but the heap. */
#ifndef CT_TEXT_CODEC_H
#define CT_TEXT_CODEC_H

#include "codec.h"
#include "int/int_codec.h"

enum ct_text_id { CT_TEXT_PLAIN, CT_TEXT_DICTIONARY, CT_TEXT_DEFLATED = 0x80 };

struct ct_text_source {
    const struct ct_text *values;
    uint32_t count;
    enum ct_effort effort;
    struct ct_codec_scratch *scratch;
};

/* What the heap holds: these of the values, in this order. */
struct ct_text_plan {
    const struct ct_text_codec *codec;
    size_t size; /* with an undeflated heap */
    size_t heap_bytes;
    uint32_t piece_count;
    bool is_every_value; /* else the values numbered by scratch->distinct */
};

struct ct_text_codec {
    const char *name;
    const char *deflated_name;
    size_t (*analyse)(const struct ct_text_source *source, struct ct_text_plan *plan);
    void (*encode)(const struct ct_text_source *source, const struct ct_text_plan *plan,
                   struct ct_writer *w);
    /* Reads what stands before the heap and points out[] into it; out may be NULL. */
    ct_status (*decode)(struct ct_reader *r, uint32_t count, size_t heap_bytes,
                        struct ct_codec_scratch *scratch, const char *heap, struct ct_text *out);
};

extern const struct ct_text_codec ct_text_plain, ct_text_dictionary;

/* By first byte. */
const struct ct_text_codec *const *ct_text_codecs(size_t *count);
const char *ct_text_codec_name(uint8_t first_byte);

/* -- text_heap.c */

static inline struct ct_text ct_text_piece(const struct ct_text_source *source,
                                           const struct ct_text_plan *plan, uint32_t i)
{
    return source->values[plan->is_every_value ? i : source->scratch->distinct[i]];
}

/* Lengths of the heap's pieces as an integer block. Uses outer_b. */
size_t ct_text_lengths_size(const struct ct_text_source *source, const struct ct_text_plan *plan);
void ct_text_lengths_write(const struct ct_text_source *source, const struct ct_text_plan *plan,
                           struct ct_writer *w);

/* Leaves lengths in outer_b; they add up to heap_bytes. */
ct_status ct_text_lengths_read(struct ct_reader *r, uint32_t piece_count, size_t heap_bytes,
                               struct ct_codec_scratch *scratch) CT_MUST_USE;

/* Writes the pieces; deflated where that saves an eighth, which is returned. */
bool ct_text_heap_write(const struct ct_text_source *source, const struct ct_text_plan *plan,
                        struct ct_writer *w);

#endif
