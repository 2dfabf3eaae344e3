/* Packing: one narrow frame, and exceptions for what does not fit it, such as the step from one
 * series to the next. Payload: base (zigzag varint), a byte of width, patches (see patches.h) with
 * the residual less the base as a zigzag varint each, the bit stream with 0 in the place of a
 * patch. */
#include "int/int_codec.h"
#include "patches.h"

/* A patch takes two bytes or more for its position and value; this is what one usually takes. */
#define PATCH_BYTES_GUESS 4

/* How many residuals need each width above the base: those below it wrap and need nearly all bits.
 * Four tables, as neighbours often have the same width and would wait for each other's count. */
static void count_widths(const int64_t *residuals, uint32_t count, uint64_t base,
                         uint32_t of_width[65])
{
    uint32_t parts[4][65] = {{0}};
    uint32_t i = 0;
    for (; i + 4 <= count; i += 4)
        for (uint32_t k = 0; k < 4; k++)
            parts[k][ct_bit_width((uint64_t)residuals[i + k] - base)]++;
    for (; i < count; i++)
        parts[0][ct_bit_width((uint64_t)residuals[i] - base)]++;
    for (unsigned width = 0; width <= 64; width++)
        of_width[width] = parts[0][width] + parts[1][width] + parts[2][width] + parts[3][width];
}

static unsigned choose_width(const uint32_t of_width[65], uint32_t count, uint32_t *patches)
{
    unsigned best = 64;
    size_t best_size = SIZE_MAX;
    uint32_t wider = count;
    for (unsigned width = 0; width <= 64; width++) {
        wider -= of_width[width];
        const size_t size = ct_bitpack_bytes(count, width) + (size_t)wider * PATCH_BYTES_GUESS;
        if (size < best_size) {
            best_size = size;
            best = width;
            *patches = wider;
        }
    }
    return best;
}

static size_t patches_size(const int64_t *residuals, uint32_t count, uint64_t base, unsigned width)
{
    size_t size = 0;
    uint32_t next = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t above = (uint64_t)residuals[i] - base;
        if (ct_bit_width(above) <= width)
            continue;
        size += ct_varint_len(i - next) + ct_varint_len(ct_zigzag((int64_t)above));
        next = i + 1;
    }
    return size;
}

static size_t patched_analyse(struct ct_int_source *source, unsigned order, size_t limit,
                              struct ct_int_plan *plan)
{
    const struct ct_residuals *r = &source->orders[order];
    /* In a hurry only where the quiet spans promise it; else a few bits less than they take are
     * tried. */
    const bool is_fast = source->effort == CT_EFFORT_FAST;
    const unsigned quiet_width = ct_bit_width((uint64_t)r->quiet_max - (uint64_t)r->quiet_min);
    const unsigned hope = is_fast || quiet_width < 2 ? quiet_width : quiet_width - 2;
    if ((is_fast && quiet_width == ct_residuals_width(r)) ||
        ct_bitpack_bytes(r->count, hope) >= limit)
        return SIZE_MAX;
    const int64_t *residuals = ct_residuals_load(source, order);
    plan->base = (uint64_t)r->quiet_min;
    uint32_t of_width[65];
    count_widths(residuals, r->count, plan->base, of_width);
    plan->width = choose_width(of_width, r->count, &plan->patch_count);
    const size_t size = ct_varint_len(ct_zigzag((int64_t)plan->base)) + 1 +
                        ct_varint_len(plan->patch_count) + ct_bitpack_bytes(r->count, plan->width);
    if (plan->patch_count == 0 || size >= limit)
        return SIZE_MAX;
    return size + patches_size(residuals, r->count, plan->base, plan->width);
}

/* The stream needs its own copy, with the patched places emptied; differences are in the scratch
 * already. */
static void patched_encode(struct ct_int_source *source, unsigned order,
                           const struct ct_int_plan *plan, struct ct_writer *w)
{
    const uint32_t count = source->orders[order].count;
    const int64_t *residuals = ct_residuals_load(source, order);
    int64_t *narrow = source->scratch->residuals;
    source->residuals_loaded = CT_ORDERS;
    ct_write_svarint(w, (int64_t)plan->base);
    ct_write8(w, (uint8_t)plan->width);
    ct_write_varint(w, plan->patch_count);
    struct ct_patch_writer patches = {.writer = w};
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t above = (uint64_t)residuals[i] - plan->base;
        const bool is_patch = ct_bit_width(above) > plan->width;
        narrow[i] = is_patch ? (int64_t)plan->base : residuals[i];
        if (is_patch) {
            ct_patch_put(&patches, i);
            ct_write_svarint(w, (int64_t)above);
        }
    }
    ct_bitpack_write(w, narrow, count, plan->base, plan->width);
}

struct parts {
    uint64_t base;
    unsigned width;
    struct ct_reader patches; /* stands at their count */
    const uint8_t *stream;
    size_t room;
};

static ct_status read_parts(struct ct_reader *r, uint32_t count, struct parts *parts)
{
    parts->base = (uint64_t)ct_read_svarint(r);
    parts->width = ct_read8(r);
    parts->patches = *r;
    struct ct_patch_reader patches = ct_patches_of(r, count);
    uint32_t position = 0;
    while (ct_patch_next(&patches, &position))
        (void)ct_read_svarint(r);
    parts->room = ct_reader_left(r);
    parts->stream = ct_bitpack_take(r, count, parts->width);
    return r->is_bad ? CT_CORRUPT : CT_OK;
}

static ct_status patched_decode(struct ct_reader *r, uint32_t count,
                                struct ct_codec_scratch *scratch, int64_t *out)
{
    struct parts parts;
    CT_TRY(read_parts(r, count, &parts));
    scratch->kernels->unpack(parts.stream, parts.room, parts.width, count, parts.base, out);
    struct ct_patch_reader patches = ct_patches_of(&parts.patches, count);
    uint32_t position = 0;
    while (ct_patch_next(&patches, &position))
        out[position] = (int64_t)(parts.base + (uint64_t)ct_read_svarint(&parts.patches));
    return CT_OK;
}

static ct_status patched_check(struct ct_reader *r, uint32_t count,
                               struct ct_codec_scratch *scratch)
{
    (void)scratch;
    struct parts parts;
    return read_parts(r, count, &parts);
}

const struct ct_packing ct_packing_patched = {patched_analyse, patched_encode, patched_decode,
                                              patched_check};
