/* The bool family: all the same, a bitmap, or runs.
 *
 * Payloads: none for all false and all true; a bit stream of width 1 for the bitmap; for runs the
 * first value (a byte), the number of runs (varint) and their lengths less 1 as an integer block:
 * values alternate. */
#include "bool/bool_codec.h"

static uint32_t count_true(const struct ct_bool_source *source)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < source->count; i++)
        count += source->values[i] != 0;
    return count;
}

static size_t false_analyse(const struct ct_bool_source *source)
{
    return count_true(source) == 0 ? 1 : SIZE_MAX;
}

static size_t true_analyse(const struct ct_bool_source *source)
{
    return count_true(source) == source->count ? 1 : SIZE_MAX;
}

static void nothing_encode(const struct ct_bool_source *source, struct ct_writer *w)
{
    (void)source;
    (void)w;
}

static ct_status false_decode(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                              uint8_t *out)
{
    (void)r;
    (void)scratch;
    memset(out, 0, count);
    return CT_OK;
}

static ct_status true_decode(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                             uint8_t *out)
{
    (void)r;
    (void)scratch;
    memset(out, 1, count);
    return CT_OK;
}

static ct_status nothing_check(struct ct_reader *r, uint32_t count,
                               struct ct_codec_scratch *scratch)
{
    (void)r;
    (void)count;
    (void)scratch;
    return CT_OK;
}

static size_t bitmap_analyse(const struct ct_bool_source *source)
{
    return 1 + ct_bitpack_bytes(source->count, 1);
}

static void bitmap_encode(const struct ct_bool_source *source, struct ct_writer *w)
{
    for (uint32_t i = 0; i < source->count; i += 8) {
        uint8_t byte = 0;
        for (uint32_t b = 0; b < 8 && i + b < source->count; b++)
            byte |= (uint8_t)((source->values[i + b] != 0) << b);
        ct_write8(w, byte);
    }
}

static ct_status bitmap_decode(struct ct_reader *r, uint32_t count,
                               struct ct_codec_scratch *scratch, uint8_t *out)
{
    (void)scratch;
    const uint8_t *bits = ct_bitpack_take(r, count, 1);
    if (!bits)
        return CT_CORRUPT;
    for (uint32_t i = 0; i < count; i++)
        out[i] = bits[i / 8] >> i % 8 & 1;
    return CT_OK;
}

static ct_status bitmap_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    (void)scratch;
    return ct_bitpack_take(r, count, 1) ? CT_OK : CT_CORRUPT;
}

/* Lengths less 1 to outer_a. 0 where there are so many that a bitmap does better. */
static uint32_t find_runs(const struct ct_bool_source *source)
{
    const uint32_t runs_max = source->count / 4;
    uint32_t runs = 0;
    uint32_t start = 0;
    for (uint32_t i = 1; i <= source->count; i++) {
        if (i < source->count && !source->values[i] == !source->values[i - 1])
            continue;
        if (runs == runs_max)
            return 0;
        source->scratch->outer_a[runs++] = i - start - 1;
        start = i;
    }
    return runs;
}

static size_t runs_analyse(const struct ct_bool_source *source)
{
    const uint32_t runs = find_runs(source);
    if (runs == 0)
        return SIZE_MAX;
    return 2 + ct_varint_len(runs) +
           ct_int_block_size(source->scratch->outer_a, runs, CT_EFFORT_FAST, false,
                             source->scratch);
}

static void runs_encode(const struct ct_bool_source *source, struct ct_writer *w)
{
    const uint32_t runs = find_runs(source);
    ct_write8(w, source->values[0] != 0);
    ct_write_varint(w, runs);
    ct_int_block_write(source->scratch->outer_a, runs, CT_EFFORT_FAST, false, source->scratch, w);
}

/* Leaves the lengths in outer_a; they add up to count. */
static ct_status read_runs(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                           uint8_t *first, uint32_t *runs)
{
    *first = ct_read8(r);
    *runs = (uint32_t)ct_read_varint_max(r, count / 4);
    if (r->is_bad || *first > 1 || *runs == 0)
        return CT_CORRUPT;
    CT_TRY(ct_int_block_read(r, *runs, false, scratch, scratch->outer_a));
    uint64_t left = count;
    for (uint32_t i = 0; i < *runs; i++) {
        const uint64_t less_1 = (uint64_t)scratch->outer_a[i];
        if (less_1 >= left)
            return CT_CORRUPT;
        left -= less_1 + 1;
    }
    return left == 0 ? CT_OK : CT_CORRUPT;
}

static ct_status runs_decode(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                             uint8_t *out)
{
    uint8_t value = 0;
    uint32_t runs = 0;
    CT_TRY(read_runs(r, count, scratch, &value, &runs));
    for (uint32_t i = 0; i < runs; i++, value ^= 1) {
        const size_t len = (size_t)scratch->outer_a[i] + 1;
        memset(out, value, len);
        out += len;
    }
    return CT_OK;
}

static ct_status runs_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    uint8_t value = 0;
    uint32_t runs = 0;
    return read_runs(r, count, scratch, &value, &runs);
}

static const struct ct_bool_codec codecs[] = {
    [CT_BOOL_FALSE] = {"false", false_analyse, nothing_encode, false_decode, nothing_check},
    [CT_BOOL_TRUE] = {"true", true_analyse, nothing_encode, true_decode, nothing_check},
    [CT_BOOL_BITMAP] = {"bitmap", bitmap_analyse, bitmap_encode, bitmap_decode, bitmap_check},
    [CT_BOOL_RUNS] = {"runs", runs_analyse, runs_encode, runs_decode, runs_check},
};

const struct ct_bool_codec *ct_bool_codecs(size_t *count)
{
    *count = CT_COUNT_OF(codecs);
    return codecs;
}

const char *ct_bool_codec_name(uint8_t first_byte)
{
    return first_byte < CT_COUNT_OF(codecs) ? codecs[first_byte].name : "?";
}

size_t ct_bool_encode(const uint8_t *values, uint32_t count, struct ct_codec_scratch *scratch,
                      uint8_t *out)
{
    CT_ASSERT(count >= 1 && count <= CT_BLOCK_VALUES_MAX);
    const struct ct_bool_source source = {values, count, scratch};
    size_t best = 0;
    size_t best_size = SIZE_MAX;
    for (size_t i = 0; i < CT_COUNT_OF(codecs) && best_size > 1; i++) {
        const size_t size = codecs[i].analyse(&source);
        if (size < best_size) {
            best_size = size;
            best = i;
        }
    }
    struct ct_writer w = ct_writer_of(out, ct_codec_bound(count));
    ct_write8(&w, (uint8_t)best);
    codecs[best].encode(&source, &w);
    CT_ASSERT(ct_writer_len(&w) == best_size);
    return best_size;
}

ct_status ct_bool_decode(const uint8_t *in, size_t in_len, uint32_t count,
                         struct ct_codec_scratch *scratch, uint8_t *out)
{
    if (count == 0 || count > CT_BLOCK_VALUES_MAX)
        return CT_CORRUPT;
    struct ct_reader r = ct_reader_of(in, in_len);
    const uint8_t id = ct_read8(&r);
    if (r.is_bad || id >= CT_COUNT_OF(codecs))
        return CT_CORRUPT;
    CT_TRY(codecs[id].decode(&r, count, scratch, out));
    return ct_reader_left(&r) == 0 ? CT_OK : CT_CORRUPT;
}

ct_status ct_bool_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    const uint8_t id = ct_read8(r);
    if (r->is_bad || id >= CT_COUNT_OF(codecs))
        return CT_CORRUPT;
    return codecs[id].check(r, count, scratch);
}
