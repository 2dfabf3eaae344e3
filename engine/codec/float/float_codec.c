/* The float family: its table and the choice among it. As for integers, a codec that is slow to
 * read must save an eighth of what the fast ones take. */
#include "float/float_codec.h"

static const struct ct_float_codec *const codecs[] = {
    &ct_float_constant, &ct_float_raw, &ct_float_alp,
    &ct_float_bits,     &ct_float_xor, &ct_float_planes,
};

const struct ct_float_codec *const *ct_float_codecs(size_t *count)
{
    *count = CT_COUNT_OF(codecs);
    return codecs;
}

static const struct ct_float_codec *find(uint8_t id)
{
    for (size_t i = 0; i < CT_COUNT_OF(codecs); i++)
        if (codecs[i]->id == id)
            return codecs[i];
    return NULL;
}

const char *ct_float_codec_name(uint8_t first_byte)
{
    const struct ct_float_codec *codec = find(first_byte);
    return codec ? codec->name : "?";
}

static void choose(const struct ct_float_source *source, struct ct_float_plan *plan)
{
    size_t best_fast = SIZE_MAX;
    plan->size = SIZE_MAX;
    for (size_t i = 0; i < CT_COUNT_OF(codecs); i++) {
        const struct ct_float_codec *codec = codecs[i];
        if (codec->is_slow && source->effort == CT_EFFORT_FAST)
            continue;
        size_t limit = plan->size;
        if (codec->is_slow && ct_handicapped(best_fast) < limit)
            limit = ct_handicapped(best_fast);
        struct ct_float_plan candidate = {.codec = codec};
        candidate.size = codec->analyse(source, limit, &candidate);
        if (candidate.size >= limit)
            continue;
        *plan = candidate;
        if (!codec->is_slow)
            best_fast = candidate.size;
        if (codec == &ct_float_constant)
            return;
    }
}

size_t ct_float_encode(const double *values, uint32_t count, enum ct_effort effort,
                       struct ct_codec_scratch *scratch, uint8_t *out)
{
    CT_ASSERT(count >= 1 && count <= CT_BLOCK_VALUES_MAX);
    const struct ct_float_source source = {values, count, effort, scratch};
    struct ct_float_plan plan;
    choose(&source, &plan);
    struct ct_writer w = ct_writer_of(out, ct_codec_bound(count));
    ct_write8(&w, plan.codec->id);
    plan.codec->encode(&source, &plan, &w);
    CT_ASSERT(ct_writer_len(&w) == plan.size);
    return plan.size;
}

ct_status ct_float_decode(const uint8_t *in, size_t in_len, uint32_t count,
                          struct ct_codec_scratch *scratch, double *out)
{
    if (count == 0 || count > CT_BLOCK_VALUES_MAX)
        return CT_CORRUPT;
    struct ct_reader r = ct_reader_of(in, in_len);
    const struct ct_float_codec *codec = find(ct_read8(&r));
    if (r.is_bad || !codec)
        return CT_CORRUPT;
    CT_TRY(codec->decode(&r, count, scratch, out));
    return ct_reader_left(&r) == 0 ? CT_OK : CT_CORRUPT;
}

ct_status ct_float_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    const struct ct_float_codec *codec = find(ct_read8(r));
    return r->is_bad || !codec ? CT_CORRUPT : codec->check(r, count, scratch);
}
