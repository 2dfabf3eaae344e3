/* The integer family: its table, the choice among it, and the blocks that come of it.
 *
 * Invariant: what is chosen is the smallest by exact size, save that a codec that is slow to read
 * must be smaller by an eighth. */
#include "int/int_codec.h"

#define HOLDER(title, number, slow, noun)                                                          \
    {                                                                                              \
        .name = title, .id = number, .is_slow = slow, .is_holder = true,                           \
        .analyse = ct_##noun##_analyse, .encode = ct_##noun##_encode,                              \
        .decode = ct_##noun##_decode, .check = ct_##noun##_check                                   \
    }
#define ORDERED(title, degree, way, number, slow)                                                  \
    {                                                                                              \
        .name = title, .id = CT_INT_ORDER_0 + 0x10 * (degree) + (number), .is_slow = slow,         \
        .order = degree, .packing = &ct_packing_##way, .analyse = ct_order_analyse,                \
        .encode = ct_order_encode, .decode = ct_order_decode, .check = ct_order_check              \
    }
#define ORDER(title, degree)                                                                       \
    ORDERED(title, degree, plain, CT_PACKING_PLAIN, false),                                        \
        ORDERED(title "-frames", degree, frames, CT_PACKING_FRAMES, false),                        \
        ORDERED(title "-patched", degree, patched, CT_PACKING_PATCHED, false)

/* Cheap ones first: their sizes let dear ones give up early. */
static const struct ct_int_codec codecs[] = {
    {.name = "constant",
     .id = CT_INT_CONSTANT,
     .analyse = ct_constant_analyse,
     .encode = ct_constant_encode,
     .decode = ct_constant_decode,
     .check = ct_constant_check},
    {.name = "affine",
     .id = CT_INT_AFFINE,
     .analyse = ct_affine_analyse,
     .encode = ct_affine_encode,
     .decode = ct_affine_decode,
     .check = ct_affine_check},
    ORDER("for", 0),
    ORDER("delta", 1),
    ORDER("delta2", 2),
    HOLDER("runs", CT_INT_RUNS, false, runs),
    HOLDER("dictionary", CT_INT_DICTIONARY, false, dictionary),
    ORDERED("for-coded", 0, coded, CT_PACKING_CODED, true),
    ORDERED("delta-coded", 1, coded, CT_PACKING_CODED, true),
    ORDERED("delta2-coded", 2, coded, CT_PACKING_CODED, true),
    HOLDER("zstd", CT_INT_DEFLATED, true, deflated),
};

const struct ct_int_codec *ct_int_codecs(size_t *count)
{
    *count = CT_COUNT_OF(codecs);
    return codecs;
}

const struct ct_int_codec *ct_int_codec_find(uint8_t id)
{
    for (size_t i = 0; i < CT_COUNT_OF(codecs); i++)
        if (codecs[i].id == id)
            return &codecs[i];
    return NULL;
}

const char *ct_int_codec_name(uint8_t first_byte)
{
    const struct ct_int_codec *codec = ct_int_codec_find(first_byte & (uint8_t)~CT_INT_DIVISOR);
    return codec ? codec->name : "?";
}

/* Once something takes this little, a search that reads all values again is not worth its time. */
#define SMALL_ENOUGH_BYTES 24

static bool is_tried(const struct ct_int_codec *codec, const struct ct_int_source *source,
                     size_t best)
{
    if (codec->is_holder && (source->is_nested || best <= SMALL_ENOUGH_BYTES))
        return false;
    return !codec->is_slow || source->effort == CT_EFFORT_SMALL;
}

static void choose(struct ct_int_source *source, struct ct_int_plan *plan)
{
    plan->size = SIZE_MAX;
    size_t best_fast = SIZE_MAX;
    for (size_t i = 0; i < CT_COUNT_OF(codecs); i++) {
        const struct ct_int_codec *codec = &codecs[i];
        if (!is_tried(codec, source, plan->size))
            continue;
        size_t limit = plan->size;
        if (codec->is_slow && ct_handicapped(best_fast) < limit)
            limit = ct_handicapped(best_fast);
        struct ct_int_plan candidate = {.codec = codec};
        candidate.size = codec->analyse(codec, source, limit, &candidate);
        if (candidate.size >= limit)
            continue;
        *plan = candidate;
        if (!codec->is_slow)
            best_fast = candidate.size;
        if (i < 2) /* constant or affine: nothing is smaller */
            return;
    }
}

/* Replaces the source by its quotients where these, with base and divisor, are smaller. */
static void choose_divided(struct ct_int_source *source, struct ct_int_plan *plan)
{
    const int64_t base = source->orders[0].min;
    const uint64_t divisor = ct_divisor_find(source->values, source->count, base);
    if (divisor <= 1)
        return;
    int64_t *quotients = source->scratch->quotients;
    ct_divisor_quotients(source->values, source->count, base, divisor, quotients);
    const int64_t *values = source->values;
    struct ct_int_plan divided;
    ct_int_source_init(source, quotients, source->count, source->effort, false, source->scratch);
    choose(source, &divided);
    divided.size += ct_varint_len(ct_zigzag(base)) + ct_varint_len(divisor);
    if (divided.size >= plan->size) {
        ct_int_source_init(source, values, source->count, source->effort, false, source->scratch);
        return;
    }
    *plan = divided;
    plan->is_divided = true;
    plan->divided_base = base;
    plan->divisor = divisor;
}

void ct_int_plan_of(struct ct_int_source *source, struct ct_int_plan *plan)
{
    choose(source, plan);
    if (!source->is_nested && plan->size > SMALL_ENOUGH_BYTES)
        choose_divided(source, plan);
    CT_ASSERT(plan->size != SIZE_MAX);
}

void ct_int_write(struct ct_int_source *source, const struct ct_int_plan *plan, struct ct_writer *w)
{
    const size_t start = ct_writer_len(w);
    ct_write8(w, (uint8_t)(plan->codec->id | (plan->is_divided ? CT_INT_DIVISOR : 0)));
    if (plan->is_divided) {
        ct_write_svarint(w, plan->divided_base);
        ct_write_varint(w, plan->divisor);
    }
    plan->codec->encode(source, plan, w);
    CT_ASSERT(ct_writer_len(w) - start == plan->size);
}

size_t ct_int_block_plan(const int64_t *values, uint32_t count, enum ct_effort effort,
                         bool is_nested, struct ct_codec_scratch *scratch, struct ct_int_plan *plan)
{
    struct ct_int_source source;
    ct_int_source_init(&source, values, count, effort, is_nested, scratch);
    ct_int_plan_of(&source, plan);
    return plan->size;
}

void ct_int_block_write_planned(const int64_t *values, uint32_t count, enum ct_effort effort,
                                struct ct_codec_scratch *scratch, const struct ct_int_plan *plan,
                                struct ct_writer *w)
{
    if (plan->is_divided) {
        ct_divisor_quotients(values, count, plan->divided_base, plan->divisor, scratch->quotients);
        values = scratch->quotients;
    }
    struct ct_int_source source;
    ct_int_source_init(&source, values, count, effort, false, scratch);
    ct_int_write(&source, plan, w);
}

size_t ct_int_block_size(const int64_t *values, uint32_t count, enum ct_effort effort,
                         bool is_nested, struct ct_codec_scratch *scratch)
{
    struct ct_int_plan plan;
    return ct_int_block_plan(values, count, effort, is_nested, scratch, &plan);
}

void ct_int_block_write(const int64_t *values, uint32_t count, enum ct_effort effort,
                        bool is_nested, struct ct_codec_scratch *scratch, struct ct_writer *w)
{
    struct ct_int_source source;
    struct ct_int_plan plan;
    ct_int_source_init(&source, values, count, effort, is_nested, scratch);
    ct_int_plan_of(&source, &plan);
    ct_int_write(&source, &plan, w);
}

struct head {
    const struct ct_int_codec *codec;
    bool is_divided;
    uint64_t base;
    uint64_t divisor;
};

static ct_status read_head(struct ct_reader *r, bool is_nested, struct head *head)
{
    const uint8_t first_byte = ct_read8(r);
    head->codec = ct_int_codec_find(first_byte & (uint8_t)~CT_INT_DIVISOR);
    head->is_divided = first_byte & CT_INT_DIVISOR;
    if (r->is_bad || !head->codec)
        return CT_CORRUPT;
    if (is_nested && (head->is_divided || head->codec->is_holder))
        return CT_CORRUPT;
    if (head->is_divided) {
        head->base = (uint64_t)ct_read_svarint(r);
        head->divisor = ct_read_varint(r);
        if (r->is_bad || head->divisor < 2)
            return CT_CORRUPT;
    }
    return CT_OK;
}

ct_status ct_int_block_read(struct ct_reader *r, uint32_t count, bool is_nested,
                            struct ct_codec_scratch *scratch, int64_t *out)
{
    struct head head;
    CT_TRY(read_head(r, is_nested, &head));
    CT_TRY(head.codec->decode(head.codec, r, count, scratch, out));
    if (head.is_divided)
        for (uint32_t i = 0; i < count; i++)
            out[i] = (int64_t)(head.base + head.divisor * (uint64_t)out[i]);
    return CT_OK;
}

ct_status ct_int_block_check(struct ct_reader *r, uint32_t count, bool is_nested,
                             struct ct_codec_scratch *scratch)
{
    struct head head;
    CT_TRY(read_head(r, is_nested, &head));
    return head.codec->check(head.codec, r, count, scratch);
}

size_t ct_int_encode(const int64_t *values, uint32_t count, enum ct_effort effort,
                     struct ct_codec_scratch *scratch, uint8_t *out)
{
    struct ct_writer w = ct_writer_of(out, ct_codec_bound(count));
    ct_int_block_write(values, count, effort, false, scratch, &w);
    return ct_writer_len(&w);
}

ct_status ct_int_decode(const uint8_t *in, size_t in_len, uint32_t count,
                        struct ct_codec_scratch *scratch, int64_t *out)
{
    if (count == 0 || count > CT_BLOCK_VALUES_MAX)
        return CT_CORRUPT;
    struct ct_reader r = ct_reader_of(in, in_len);
    CT_TRY(ct_int_block_read(&r, count, false, scratch, out));
    return ct_reader_left(&r) == 0 ? CT_OK : CT_CORRUPT;
}
