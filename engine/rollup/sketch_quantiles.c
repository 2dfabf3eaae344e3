/* The bin of a double is its bits shifted right: bins ascend with the magnitude, and merging two
 * sketches is adding counts. Where the bins of a sign would span more than CT_QUANTILE_BINS_MAX the
 * lowest are folded into the lowest that is kept. Which one that is depends on the highest bin
 * alone, so folding early and folding late give the same counts. */
#include <math.h>

#include "bytes.h"
#include "sketch.h"

#define BIN_SHIFT 46                /* 52 bits of mantissa, six of which count */
#define BIN_FIRST UINT32_C(64)      /* of the smallest normal double */
#define BIN_LAST  UINT32_C(0x1ffbf) /* of the largest */
#define WINDOW    UINT32_C(32)      /* bins are allocated in multiples of this */

void ct_quantile_sketch_init(struct ct_quantile_sketch *sketch,
                             const struct ct_allocator *allocator)
{
    *sketch = (struct ct_quantile_sketch){.allocator = allocator};
}

void ct_quantile_sketch_deinit(struct ct_quantile_sketch *sketch)
{
    ct_release(sketch->allocator, sketch->negative.counts);
    ct_release(sketch->allocator, sketch->positive.counts);
    ct_quantile_sketch_init(sketch, sketch->allocator);
}

static uint32_t lowest_kept(uint32_t high)
{
    return high < BIN_FIRST + CT_QUANTILE_BINS_MAX ? BIN_FIRST : high - CT_QUANTILE_BINS_MAX + 1;
}

/* Counts below `low` go to `low`, which the window may not reach yet. */
static uint64_t take_below(struct ct_quantile_bins *bins, uint32_t low)
{
    uint64_t taken = 0;
    for (uint32_t bin = bins->low; bin < low && bin <= bins->high; bin++) {
        taken += bins->counts[bin - bins->first];
        bins->counts[bin - bins->first] = 0;
    }
    return taken;
}

/* A window that reaches from low to high, with what the old one holds (and itself, where that
 * lies outside, at `low`). */
static ct_status move_window(const struct ct_allocator *allocator, struct ct_quantile_bins *bins,
                             uint32_t low, uint32_t high)
{
    const uint32_t first = low - low % WINDOW;
    const uint32_t cap = (high - first) / WINDOW * WINDOW + WINDOW;
    uint64_t *counts = ct_alloc_zeroed(allocator, cap, sizeof *counts);
    if (!counts)
        return CT_NO_MEMORY;
    if (bins->counts) {
        counts[low - first] = take_below(bins, low);
        for (uint32_t bin = bins->low < low ? low : bins->low; bin <= bins->high; bin++)
            counts[bin - first] += bins->counts[bin - bins->first];
    }
    ct_release(allocator, bins->counts);
    *bins = (struct ct_quantile_bins){counts, first, cap, low, high};
    return CT_OK;
}

/* Makes low to high the bins in use. */
static ct_status reach(const struct ct_allocator *allocator, struct ct_quantile_bins *bins,
                       uint32_t low, uint32_t high)
{
    if (!bins->counts || low < bins->first || high - bins->first >= bins->cap)
        return move_window(allocator, bins, low, high);
    bins->counts[low - bins->first] += take_below(bins, low);
    bins->low = low;
    bins->high = high;
    return CT_OK;
}

static ct_status add_to_bin(const struct ct_allocator *allocator, struct ct_quantile_bins *bins,
                            uint32_t bin, uint64_t count)
{
    const bool is_empty = bins->counts == NULL;
    const uint32_t high = is_empty || bin > bins->high ? bin : bins->high;
    const uint32_t least = lowest_kept(high);
    const uint32_t at = bin < least ? least : bin;
    uint32_t low = is_empty || at < bins->low ? at : bins->low;
    if (low < least)
        low = least;
    if (is_empty || low != bins->low || high != bins->high)
        CT_TRY(reach(allocator, bins, low, high));
    bins->counts[at - bins->first] += count;
    return CT_OK;
}

/* The bin of a magnitude; 0 where it counts as zero. */
static uint32_t bin_of(double magnitude)
{
    uint64_t bits;
    memcpy(&bits, &magnitude, sizeof bits);
    const uint64_t bin = bits >> BIN_SHIFT;
    return bin < BIN_FIRST ? 0 : bin > BIN_LAST ? BIN_LAST : (uint32_t)bin;
}

static double middle_of(uint32_t bin)
{
    const uint64_t bits = (uint64_t)bin << BIN_SHIFT | UINT64_C(1) << (BIN_SHIFT - 1);
    double middle;
    memcpy(&middle, &bits, sizeof middle);
    return middle;
}

ct_status ct_quantile_sketch_add(struct ct_quantile_sketch *sketch, double value, uint64_t count)
{
    uint64_t total;
    if (count == 0 || isnan(value))
        return CT_OK;
    if (__builtin_add_overflow(sketch->count, count, &total))
        return CT_RANGE;
    const uint32_t bin = bin_of(value < 0 ? -value : value);
    if (bin == 0)
        sketch->zero_count += count;
    else
        CT_TRY(add_to_bin(sketch->allocator, value < 0 ? &sketch->negative : &sketch->positive, bin,
                          count));
    sketch->count = total;
    return CT_OK;
}

/* From the highest down, so that folding is settled by the first. */
static ct_status merge_bins(struct ct_quantile_sketch *sketch, struct ct_quantile_bins *bins,
                            const struct ct_quantile_bins *other)
{
    if (!other->counts)
        return CT_OK;
    for (uint32_t bin = other->high; bin >= other->low; bin--) {
        const uint64_t count = other->counts[bin - other->first];
        if (count == 0)
            continue;
        CT_TRY(add_to_bin(sketch->allocator, bins, bin, count));
        sketch->count += count;
    }
    return CT_OK;
}

ct_status ct_quantile_sketch_merge(struct ct_quantile_sketch *sketch,
                                   const struct ct_quantile_sketch *other)
{
    uint64_t total;
    if (__builtin_add_overflow(sketch->count, other->count, &total))
        return CT_RANGE;
    CT_TRY(merge_bins(sketch, &sketch->negative, &other->negative));
    CT_TRY(merge_bins(sketch, &sketch->positive, &other->positive));
    sketch->zero_count += other->zero_count;
    sketch->count += other->zero_count;
    CT_ASSERT(sketch->count == total);
    return CT_OK;
}

/* -- Asking ----------------------------------------------------------------------------------- */

/* ceil(q x count), 1 to count. */
static uint64_t rank_of(double q, uint64_t count)
{
    const double exact = q * (double)count;
    if (exact >= (double)count)
        return count;
    const uint64_t below = (uint64_t)exact;
    const uint64_t rank = (double)below < exact ? below + 1 : below;
    return rank == 0 ? 1 : rank > count ? count : rank;
}

ct_status ct_quantile_sketch_value(const struct ct_quantile_sketch *sketch, double q, double *out)
{
    if (sketch->count == 0 || !(q >= 0 && q <= 1))
        return CT_INVALID;
    uint64_t left = rank_of(q, sketch->count);
    const struct ct_quantile_bins *negative = &sketch->negative, *positive = &sketch->positive;
    for (uint32_t bin = negative->high; negative->counts && bin >= negative->low; bin--) {
        const uint64_t count = negative->counts[bin - negative->first];
        if (left <= count) {
            *out = -middle_of(bin);
            return CT_OK;
        }
        left -= count;
    }
    *out = 0;
    if (left <= sketch->zero_count)
        return CT_OK;
    left -= sketch->zero_count;
    for (uint32_t bin = positive->low;; bin++) {
        const uint64_t count = positive->counts[bin - positive->first];
        if (left <= count) {
            *out = middle_of(bin);
            return CT_OK;
        }
        left -= count;
    }
}

/* -- Stored form ------------------------------------------------------------------------------ */

/* Calls `put` for each number of the stored form in turn; a NULL writer counts bytes only. */
static size_t put(struct ct_writer *w, uint64_t number)
{
    if (w)
        ct_write_varint(w, number);
    return ct_varint_len(number);
}

static size_t put_bins(struct ct_writer *w, const struct ct_quantile_bins *bins)
{
    uint32_t used = 0, next = 0;
    for (uint32_t bin = bins->low; bins->counts && bin <= bins->high; bin++)
        used += bins->counts[bin - bins->first] != 0;
    size_t len = put(w, used);
    for (uint32_t bin = bins->low; bins->counts && bin <= bins->high; bin++) {
        const uint64_t count = bins->counts[bin - bins->first];
        if (count == 0)
            continue;
        len += put(w, bin - next);
        len += put(w, count);
        next = bin + 1;
    }
    return len;
}

static size_t put_sketch(struct ct_writer *w, const struct ct_quantile_sketch *sketch)
{
    return put(w, sketch->zero_count) + put_bins(w, &sketch->negative) +
           put_bins(w, &sketch->positive);
}

size_t ct_quantile_sketch_size(const struct ct_quantile_sketch *sketch)
{
    return put_sketch(NULL, sketch);
}

void ct_quantile_sketch_write(const struct ct_quantile_sketch *sketch, uint8_t *out)
{
    struct ct_writer w = ct_writer_of(out, ct_quantile_sketch_size(sketch));
    (void)put_sketch(&w, sketch);
}

static ct_status get_bins(struct ct_quantile_sketch *sketch, struct ct_quantile_bins *bins,
                          struct ct_reader *r)
{
    const uint64_t used = ct_read_varint_max(r, CT_QUANTILE_BINS_MAX);
    uint64_t bin = 0, first = 0;
    for (uint64_t i = 0; i < used; i++) {
        bin += ct_read_varint_max(r, BIN_LAST - bin);
        const uint64_t count = ct_read_varint(r);
        if (i == 0)
            first = bin;
        if (r->is_bad || count == 0 || bin < BIN_FIRST || bin - first >= CT_QUANTILE_BINS_MAX ||
            sketch->count + count < count)
            return CT_CORRUPT;
        CT_TRY(add_to_bin(sketch->allocator, bins, (uint32_t)bin, count));
        sketch->count += count;
        if (++bin > BIN_LAST && i + 1 < used)
            return CT_CORRUPT;
    }
    return r->is_bad ? CT_CORRUPT : CT_OK;
}

ct_status ct_quantile_sketch_merge_stored(struct ct_quantile_sketch *sketch, struct ct_text stored)
{
    struct ct_reader r = ct_reader_of(stored.bytes, stored.len);
    const uint64_t zero_count = ct_read_varint(&r);
    if (r.is_bad || sketch->count + zero_count < zero_count)
        return CT_CORRUPT;
    sketch->zero_count += zero_count;
    sketch->count += zero_count;
    CT_TRY(get_bins(sketch, &sketch->negative, &r));
    CT_TRY(get_bins(sketch, &sketch->positive, &r));
    return ct_reader_left(&r) == 0 ? CT_OK : CT_CORRUPT;
}
