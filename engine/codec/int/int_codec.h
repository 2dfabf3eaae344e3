/* Inside the integer family: the table of codecs, and what they share. Layer codec only.
 *
 * A codec has four verbs. `analyse` gives the exact size of its encoding, first byte included, or
 * SIZE_MAX where it does not apply or cannot be below `limit`; `encode` follows an analysis of the
 * same source; `decode` and `check` read one payload from a reader, behind the first byte, and
 * leave the reader at the payload's end. Payloads know their own length given the count, so blocks
 * nest without lengths.
 *
 * Most codecs are an order and a packing: the order says which differences are stored (0: the
 * values, 1: the steps, 2: the changes of step), the packing how those residuals are laid down. */
#ifndef CT_INT_CODEC_H
#define CT_INT_CODEC_H

#include "bitpack/bitpack.h"
#include "codec.h"
#include "scratch.h"

#define CT_SPANS_MAX  (CT_BLOCK_VALUES_MAX / CT_SPAN_VALUES)
#define CT_ORDERS     3
#define CT_FRAME_SIZE 128

/* First bytes. */
enum ct_int_id {
    CT_INT_CONSTANT = 0x00,
    CT_INT_AFFINE = 0x01,
    CT_INT_RUNS = 0x02,
    CT_INT_DICTIONARY = 0x03,
    CT_INT_DEFLATED = 0x04,
    CT_INT_ORDER_0 = 0x10, /* + 0x10 x order + packing */
    CT_INT_PACKING_MASK = 0x0f,
    CT_INT_DIVISOR = 0x80 /* flag: base and divisor stand before a block of quotients */
};

enum ct_packing_id { CT_PACKING_PLAIN, CT_PACKING_FRAMES, CT_PACKING_PATCHED, CT_PACKING_CODED };

/* What is known of one order's residuals. */
struct ct_residuals {
    unsigned order;
    uint32_t count; /* of residuals; 0: the order does not apply */
    uint32_t span_count;
    int64_t min, max;
    int64_t quiet_min, quiet_max; /* over those spans that are not much wider than most */
    int64_t span_min[CT_SPANS_MAX];
    int64_t span_max[CT_SPANS_MAX];
};

struct ct_int_source {
    const int64_t *values;
    uint32_t count;
    enum ct_effort effort;
    bool is_nested; /* inside another integer block: no blocks inside it */
    struct ct_codec_scratch *scratch;
    unsigned residuals_loaded; /* the order whose residuals stand in scratch->residuals; CT_ORDERS:
                                  none */
    struct ct_residuals orders[CT_ORDERS];
};

struct ct_int_codec;

/* How a source is to be encoded. */
struct ct_int_plan {
    const struct ct_int_codec *codec;
    size_t size;
    bool is_divided;
    uint64_t base;        /* packings: what is subtracted from each residual */
    unsigned width;       /* packings: bits of each */
    uint32_t patch_count; /* packings with exceptions */
    int64_t divided_base; /* with is_divided */
    uint64_t divisor;
};

struct ct_packing {
    size_t (*analyse)(struct ct_int_source *source, unsigned order, size_t limit,
                      struct ct_int_plan *plan);
    void (*encode)(struct ct_int_source *source, unsigned order, const struct ct_int_plan *plan,
                   struct ct_writer *w);
    ct_status (*decode)(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                        int64_t *out);
    ct_status (*check)(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch);
};

struct ct_int_codec {
    const char *name;
    uint8_t id;
    bool is_slow;   /* to read: tried with CT_EFFORT_SMALL only, and must save an eighth */
    bool is_holder; /* holds integer blocks, so it cannot be in one */
    unsigned order;
    const struct ct_packing *packing; /* NULL where the codec is no order and packing */
    size_t (*analyse)(const struct ct_int_codec *codec, struct ct_int_source *source, size_t limit,
                      struct ct_int_plan *plan);
    void (*encode)(struct ct_int_source *source, const struct ct_int_plan *plan,
                   struct ct_writer *w);
    ct_status (*decode)(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                        struct ct_codec_scratch *scratch, int64_t *out);
    ct_status (*check)(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                       struct ct_codec_scratch *scratch);
};

extern const struct ct_packing ct_packing_plain, ct_packing_frames, ct_packing_patched,
    ct_packing_coded;

/* Verbs, for the table in int.c. */
size_t ct_constant_analyse(const struct ct_int_codec *codec, struct ct_int_source *source,
                           size_t limit, struct ct_int_plan *plan);
void ct_constant_encode(struct ct_int_source *source, const struct ct_int_plan *plan,
                        struct ct_writer *w);
ct_status ct_constant_decode(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                             struct ct_codec_scratch *scratch, int64_t *out);
ct_status ct_constant_check(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                            struct ct_codec_scratch *scratch);
size_t ct_affine_analyse(const struct ct_int_codec *codec, struct ct_int_source *source,
                         size_t limit, struct ct_int_plan *plan);
void ct_affine_encode(struct ct_int_source *source, const struct ct_int_plan *plan,
                      struct ct_writer *w);
ct_status ct_affine_decode(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                           struct ct_codec_scratch *scratch, int64_t *out);
ct_status ct_affine_check(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                          struct ct_codec_scratch *scratch);
size_t ct_order_analyse(const struct ct_int_codec *codec, struct ct_int_source *source,
                        size_t limit, struct ct_int_plan *plan);
void ct_order_encode(struct ct_int_source *source, const struct ct_int_plan *plan,
                     struct ct_writer *w);
ct_status ct_order_decode(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                          struct ct_codec_scratch *scratch, int64_t *out);
ct_status ct_order_check(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                         struct ct_codec_scratch *scratch);
size_t ct_runs_analyse(const struct ct_int_codec *codec, struct ct_int_source *source, size_t limit,
                       struct ct_int_plan *plan);
void ct_runs_encode(struct ct_int_source *source, const struct ct_int_plan *plan,
                    struct ct_writer *w);
ct_status ct_runs_decode(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                         struct ct_codec_scratch *scratch, int64_t *out);
ct_status ct_runs_check(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                        struct ct_codec_scratch *scratch);
size_t ct_dictionary_analyse(const struct ct_int_codec *codec, struct ct_int_source *source,
                             size_t limit, struct ct_int_plan *plan);
void ct_dictionary_encode(struct ct_int_source *source, const struct ct_int_plan *plan,
                          struct ct_writer *w);
ct_status ct_dictionary_decode(const struct ct_int_codec *codec, struct ct_reader *r,
                               uint32_t count, struct ct_codec_scratch *scratch, int64_t *out);
ct_status ct_dictionary_check(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                              struct ct_codec_scratch *scratch);
size_t ct_deflated_analyse(const struct ct_int_codec *codec, struct ct_int_source *source,
                           size_t limit, struct ct_int_plan *plan);
void ct_deflated_encode(struct ct_int_source *source, const struct ct_int_plan *plan,
                        struct ct_writer *w);
ct_status ct_deflated_decode(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                             struct ct_codec_scratch *scratch, int64_t *out);
ct_status ct_deflated_check(const struct ct_int_codec *codec, struct ct_reader *r, uint32_t count,
                            struct ct_codec_scratch *scratch);

/* Minima, maxima and quiet range of each order. count is 1 to CT_BLOCK_VALUES_MAX. */
void ct_int_source_init(struct ct_int_source *source, const int64_t *values, uint32_t count,
                        enum ct_effort effort, bool is_nested, struct ct_codec_scratch *scratch);

/* The residuals of an order: the values themselves, or scratch->residuals. */
const int64_t *ct_residuals_load(struct ct_int_source *source, unsigned order);

/* Bits that the widest residual above the least needs. */
static inline unsigned ct_residuals_width(const struct ct_residuals *residuals)
{
    return ct_bit_width((uint64_t)residuals->max - (uint64_t)residuals->min);
}

/* All codecs of the family; *count of them. */
const struct ct_int_codec *ct_int_codecs(size_t *count);

/* The one with this first byte (without the divisor flag), or NULL. */
const struct ct_int_codec *ct_int_codec_find(uint8_t id);
const char *ct_int_codec_name(uint8_t first_byte);

/* Chooses a codec; the divisor stage is tried too unless nested. */
void ct_int_plan_of(struct ct_int_source *source, struct ct_int_plan *plan);

/* Writes first byte and payload. */
void ct_int_write(struct ct_int_source *source, const struct ct_int_plan *plan,
                  struct ct_writer *w);

/* Whole blocks inside other payloads. `is_nested` as in the source: blocks inside integer blocks.
 */
size_t ct_int_block_size(const int64_t *values, uint32_t count, enum ct_effort effort,
                         bool is_nested, struct ct_codec_scratch *scratch);
void ct_int_block_write(const int64_t *values, uint32_t count, enum ct_effort effort,
                        bool is_nested, struct ct_codec_scratch *scratch, struct ct_writer *w);

/* The same in two steps, for those who keep the plan from analysis to encoding. Returns plan->size.
 */
size_t ct_int_block_plan(const int64_t *values, uint32_t count, enum ct_effort effort,
                         bool is_nested, struct ct_codec_scratch *scratch,
                         struct ct_int_plan *plan);
void ct_int_block_write_planned(const int64_t *values, uint32_t count, enum ct_effort effort,
                                struct ct_codec_scratch *scratch, const struct ct_int_plan *plan,
                                struct ct_writer *w);

ct_status ct_int_block_read(struct ct_reader *r, uint32_t count, bool is_nested,
                            struct ct_codec_scratch *scratch, int64_t *out) CT_MUST_USE;

/* Structure only. */
ct_status ct_int_block_check(struct ct_reader *r, uint32_t count, bool is_nested,
                             struct ct_codec_scratch *scratch) CT_MUST_USE;

/* -- The divisor stage (int_divisor.c): values = base + divisor x quotient, modulo 2^64. */

/* Greatest common divisor of the differences to `base`, the least value; 1 where there is none. */
uint64_t ct_divisor_find(const int64_t *values, uint32_t count, int64_t base);
void ct_divisor_quotients(const int64_t *values, uint32_t count, int64_t base, uint64_t divisor,
                          int64_t *out);

#endif
