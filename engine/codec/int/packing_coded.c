/* Packing: entropy coding. A residual above the base is cut into a high part, the symbol, which is
 * coded by its frequency (ans.h), and `width` low bits, which are close to random and stand as they
 * are. What lies outside the symbols' range is a patch.
 *
 * Payload: base (zigzag varint), a byte of width, patches with the residual less the base as a
 * zigzag varint each, the low bits as a bit stream, the symbols. At a patch both parts are those of
 * residual 0. */
#include "int/int_codec.h"
#include "patches.h"

#define MIN_COUNT   32 /* below it the table of symbols costs more than it saves */
#define SYMBOL_BITS 8
#define WIDTH_MAX   (64 - SYMBOL_BITS)
#define PATCH_BITS  32.0 /* a patch takes about four bytes */
#define TABLE_BITS  4.0  /* a symbol's weight takes about this */

/* -- Choosing the number of low bits. */

struct histogram {
    uint32_t of[CT_ANS_SYMBOLS_MAX];
    unsigned symbol_count;
    uint32_t patch_count;
};

static void count_symbols(const int64_t *residuals, uint32_t count, uint64_t base, unsigned width,
                          struct histogram *h)
{
    memset(h, 0, sizeof *h);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t symbol = ((uint64_t)residuals[i] - base) >> width;
        if (symbol < CT_ANS_SYMBOLS_MAX)
            h->of[symbol]++;
        else
            h->patch_count++;
    }
    h->of[0] += h->patch_count;
}

/* One more low bit: neighbours fall together. */
static void fold(struct histogram *h)
{
    for (unsigned s = 0; s < CT_ANS_SYMBOLS_MAX / 2; s++)
        h->of[s] = h->of[2 * s] + h->of[2 * s + 1];
    memset(h->of + CT_ANS_SYMBOLS_MAX / 2, 0, sizeof h->of / 2);
}

static void trim(struct histogram *h)
{
    h->symbol_count = CT_ANS_SYMBOLS_MAX;
    while (h->symbol_count > 1 && h->of[h->symbol_count - 1] == 0)
        h->symbol_count--;
}

/* Within a hundredth of log2, for choosing only. */
static double about_log2(uint32_t x)
{
    const unsigned whole = ct_bit_width(x) - 1;
    const double fraction = (double)x / (double)(UINT32_C(1) << whole) - 1;
    return whole + fraction + 0.343 * fraction * (1 - fraction);
}

static double estimate_bits(struct histogram *h, uint32_t count, unsigned width)
{
    trim(h);
    double bits = count * about_log2(count);
    for (unsigned s = 0; s < h->symbol_count; s++)
        if (h->of[s])
            bits -= h->of[s] * about_log2(h->of[s]);
    return bits + (double)count * width + h->patch_count * PATCH_BITS +
           h->symbol_count * TABLE_BITS + 40;
}

/* The width with the least estimated size, which is returned in bytes. Sizes fall to it and rise
 * behind it. */
static double choose_width(const int64_t *residuals, const struct ct_residuals *r,
                           struct ct_int_plan *plan)
{
    const unsigned range = ct_bit_width((uint64_t)r->quiet_max - (uint64_t)r->quiet_min);
    unsigned width = range > SYMBOL_BITS ? range - SYMBOL_BITS : 0;
    struct histogram h;
    plan->base = (uint64_t)r->quiet_min;
    count_symbols(residuals, r->count, plan->base, width, &h);
    double best = estimate_bits(&h, r->count, width);
    plan->width = width;
    while (++width <= range && width <= WIDTH_MAX) {
        fold(&h);
        const double bits = estimate_bits(&h, r->count, width);
        if (bits > best * 1.05)
            break;
        if (bits < best) {
            best = bits;
            plan->width = width;
        }
    }
    return best / 8;
}

/* -- Writing. */

/* Splits the residuals; returns how many are patches. */
static uint32_t split(const struct ct_int_source *source, const int64_t *residuals, uint32_t count,
                      const struct ct_int_plan *plan, struct histogram *h)
{
    uint8_t *symbols = source->scratch->symbols;
    memset(h, 0, sizeof *h);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t symbol = ((uint64_t)residuals[i] - plan->base) >> plan->width;
        const bool is_patch = symbol >= CT_ANS_SYMBOLS_MAX;
        symbols[i] = is_patch ? 0 : (uint8_t)symbol;
        h->patch_count += is_patch;
        h->of[symbols[i]]++;
    }
    trim(h);
    return h->patch_count;
}

static void write_patches(const int64_t *residuals, uint32_t count, const struct ct_int_plan *plan,
                          struct ct_writer *w)
{
    struct ct_patch_writer patches = {.writer = w};
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t above = (uint64_t)residuals[i] - plan->base;
        if (above >> plan->width >= CT_ANS_SYMBOLS_MAX) {
            ct_patch_put(&patches, i);
            ct_write_svarint(w, (int64_t)above);
        }
    }
}

/* Turns scratch->residuals into the low parts. */
static void write_low_bits(struct ct_int_source *source, const int64_t *residuals, uint32_t count,
                           const struct ct_int_plan *plan, struct ct_writer *w)
{
    const uint64_t mask = (UINT64_C(1) << plan->width) - 1;
    int64_t *low = source->scratch->residuals;
    source->residuals_loaded = CT_ORDERS;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t above = (uint64_t)residuals[i] - plan->base;
        low[i] = above >> plan->width < CT_ANS_SYMBOLS_MAX ? (int64_t)(above & mask) : 0;
    }
    ct_bitpack_write(w, low, count, 0, plan->width);
}

static void coded_encode(struct ct_int_source *source, unsigned order,
                         const struct ct_int_plan *plan, struct ct_writer *w)
{
    const uint32_t count = source->orders[order].count;
    const int64_t *residuals = ct_residuals_load(source, order);
    struct ct_ans *ans = &source->scratch->ans;
    struct histogram h;
    const uint32_t patch_count = split(source, residuals, count, plan, &h);
    ct_write_svarint(w, (int64_t)plan->base);
    ct_write8(w, (uint8_t)plan->width);
    ct_write_varint(w, patch_count);
    write_patches(residuals, count, plan, w);
    write_low_bits(source, residuals, count, plan, w);
    ct_ans_plan(ans, h.of, h.symbol_count, count);
    ct_ans_encode(ans, source->scratch->symbols, count, w);
}

/* The exact size of an entropy code is found by writing it. */
static size_t coded_analyse(struct ct_int_source *source, unsigned order, size_t limit,
                            struct ct_int_plan *plan)
{
    const struct ct_residuals *r = &source->orders[order];
    if (r->count < MIN_COUNT || r->min == r->max)
        return SIZE_MAX;
    if (choose_width(ct_residuals_load(source, order), r, plan) >= (double)limit)
        return SIZE_MAX;
    struct ct_writer w = ct_writer_of(source->scratch->packed, sizeof source->scratch->packed);
    coded_encode(source, order, plan, &w);
    return ct_writer_len(&w);
}

/* -- Reading. */

struct parts {
    uint64_t base;
    unsigned width;
    struct ct_reader patches; /* stands at their count */
    const uint8_t *low;
    size_t room;
};

/* Leaves the symbols in the scratch. */
static ct_status read_parts(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                            struct parts *parts)
{
    parts->base = (uint64_t)ct_read_svarint(r);
    parts->width = ct_read8(r);
    parts->patches = *r;
    struct ct_patch_reader patches = ct_patches_of(r, count);
    uint32_t position = 0;
    while (ct_patch_next(&patches, &position))
        (void)ct_read_svarint(r);
    if (r->is_bad || parts->width > WIDTH_MAX)
        return CT_CORRUPT;
    parts->room = ct_reader_left(r);
    parts->low = ct_bitpack_take(r, count, parts->width);
    if (!parts->low)
        return CT_CORRUPT;
    return ct_ans_decode(&scratch->ans, r, count, scratch->symbols);
}

static ct_status coded_decode(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch,
                              int64_t *out)
{
    struct parts parts;
    CT_TRY(read_parts(r, count, scratch, &parts));
    scratch->kernels->unpack(parts.low, parts.room, parts.width, count, parts.base, out);
    for (uint32_t i = 0; i < count; i++)
        out[i] = (int64_t)((uint64_t)out[i] + ((uint64_t)scratch->symbols[i] << parts.width));
    struct ct_patch_reader patches = ct_patches_of(&parts.patches, count);
    uint32_t position = 0;
    while (ct_patch_next(&patches, &position))
        out[position] = (int64_t)(parts.base + (uint64_t)ct_read_svarint(&parts.patches));
    return CT_OK;
}

static ct_status coded_check(struct ct_reader *r, uint32_t count, struct ct_codec_scratch *scratch)
{
    struct parts parts;
    return read_parts(r, count, scratch, &parts);
}

const struct ct_packing ct_packing_coded = {coded_analyse, coded_encode, coded_decode, coded_check};
