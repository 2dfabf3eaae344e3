/* The writing half of directory.h. */
#include "directory.h"
#include "directory_flags.h"

/* Two scales, three lengths, two 16-byte numbers and one of 32 bytes; with room to spare. */
#define LONG_STATS_BYTES_MAX 72

size_t ct_directory_bound(void)
{
    return 1 + 7 * ct_array_bound(CT_SEGMENT_GROUP_BLOCKS) +
           (size_t)CT_SEGMENT_GROUP_BLOCKS * (sizeof(uint32_t) + LONG_STATS_BYTES_MAX);
}

/* A directory being written: one array at a time passes through `numbers`. */
struct encode {
    const struct ct_block_entry *entries;
    uint32_t count;
    uint8_t type;
    enum ct_effort effort;
    struct ct_codec_scratch *scratch;
    struct ct_writer w;
    union {
        int64_t numbers[CT_SEGMENT_GROUP_BLOCKS];
        double doubles[CT_SEGMENT_GROUP_BLOCKS];
    };
};

static void write_array(struct encode *e, enum ct_array_kind kind)
{
    ct_array_write(&e->w, kind, e->numbers, e->count, e->effort, e->scratch);
}

static void write_lengths_and_checksums(struct encode *e)
{
    for (uint32_t b = 0; b < e->count; b++)
        e->numbers[b] = e->entries[b].payload_bytes;
    write_array(e, CT_ARRAY_INT);
    for (uint32_t b = 0; b < e->count; b++)
        ct_write32(&e->w, e->entries[b].checksum);
}

static void write_time(struct encode *e)
{
    for (uint32_t b = 0; b < e->count; b++)
        e->numbers[b] = e->entries[b].rows;
    write_array(e, CT_ARRAY_INT);
    write_lengths_and_checksums(e);
    for (uint32_t b = 0; b < e->count; b++)
        e->numbers[b] = e->entries[b].stats.min.int64;
    write_array(e, CT_ARRAY_TIME);
    for (uint32_t b = 0; b < e->count; b++)
        e->numbers[b] = (int64_t)((uint64_t)e->entries[b].stats.max.int64 -
                                  (uint64_t)e->entries[b].stats.min.int64);
    write_array(e, CT_ARRAY_INT);
}

static void write_float_stats(struct encode *e)
{
    for (uint32_t b = 0; b < e->count; b++)
        e->doubles[b] = e->entries[b].stats.value_count ? e->entries[b].stats.min.float64 : 0.0;
    write_array(e, CT_ARRAY_FLOAT);
    for (uint32_t b = 0; b < e->count; b++)
        e->doubles[b] = e->entries[b].stats.value_count ? e->entries[b].stats.max.float64 : 0.0;
    write_array(e, CT_ARRAY_FLOAT);
    for (uint32_t b = 0; b < e->count; b++)
        e->doubles[b] = e->entries[b].stats.value_count ? e->entries[b].stats.float_sum : 0.0;
    write_array(e, CT_ARRAY_FLOAT);
}

/* sum - minimum x count; false where it is not in 0 .. 2^64-1 or minimum and maximum pass 64 bits.
 */
static bool excess(const struct ct_block_stats *stats, uint64_t *out)
{
    *out = 0;
    if (stats->value_count == 0)
        return true;
    const struct ct_decimal min = ct_block_stats_min(stats), max = ct_block_stats_max(stats);
    ct_int128 sum, rest;
    if (!stats->has_sum || min.scale != max.scale || min.scale != stats->exact_sum.scale ||
        !ct_int256_to_int128(&stats->exact_sum.total, &sum))
        return false;
    if (stats->type == CT_DECIMAL && (min.mantissa < INT64_MIN || max.mantissa > INT64_MAX))
        return false;
    if (__builtin_sub_overflow(sum, min.mantissa * stats->value_count, &rest) || rest < 0 ||
        rest > UINT64_MAX)
        return false;
    *out = (uint64_t)rest;
    return true;
}

static bool needs_long(const struct encode *e)
{
    uint64_t unused;
    for (uint32_t b = 0; b < e->count; b++)
        if (!excess(&e->entries[b].stats, &unused))
            return true;
    return false;
}

static void write_short_stats(struct encode *e)
{
    if (e->type == CT_DECIMAL) {
        for (uint32_t b = 0; b < e->count; b++)
            e->numbers[b] = e->entries[b].stats.decimal_min.scale;
        write_array(e, CT_ARRAY_INT);
    }
    for (uint32_t b = 0; b < e->count; b++)
        e->numbers[b] = (int64_t)ct_block_stats_min(&e->entries[b].stats).mantissa;
    write_array(e, CT_ARRAY_INT);
    for (uint32_t b = 0; b < e->count; b++)
        e->numbers[b] = (int64_t)(ct_block_stats_max(&e->entries[b].stats).mantissa -
                                  ct_block_stats_min(&e->entries[b].stats).mantissa);
    write_array(e, CT_ARRAY_INT);
    for (uint32_t b = 0; b < e->count; b++) {
        uint64_t value;
        excess(&e->entries[b].stats, &value);
        e->numbers[b] = (int64_t)value;
    }
    write_array(e, CT_ARRAY_INT);
}

/* Scale, length, and as few bytes of two's complement as carry the number. */
static void write_long_number(struct ct_writer *w, uint8_t scale, const struct ct_int256 *number)
{
    const uint8_t *bytes = (const uint8_t *)number->limb;
    const uint8_t fill = bytes[31] >> 7 ? 0xff : 0;
    uint8_t len = 32;
    while (len > 1 && bytes[len - 1] == fill && (bytes[len - 2] ^ fill) < 0x80)
        len--;
    if (len == 1 && bytes[0] == 0)
        len = 0;
    ct_write8(w, scale);
    ct_write8(w, len);
    ct_write_bytes(w, bytes, len);
}

static void write_long_stats(struct encode *e)
{
    for (uint32_t b = 0; b < e->count; b++) {
        const struct ct_block_stats *stats = &e->entries[b].stats;
        if (stats->value_count == 0)
            continue;
        const struct ct_decimal min = ct_block_stats_min(stats), max = ct_block_stats_max(stats);
        const struct ct_int256 min256 = ct_int256_of(min.mantissa),
                               max256 = ct_int256_of(max.mantissa);
        write_long_number(&e->w, min.scale, &min256);
        write_long_number(&e->w, max.scale, &max256);
        if (stats->has_sum)
            write_long_number(&e->w, stats->exact_sum.scale, &stats->exact_sum.total);
        else
            ct_write8(&e->w, SCALE_NO_SUM);
    }
}

static uint8_t flags_of(const struct encode *e)
{
    uint8_t flags = 0;
    for (uint32_t b = 0; b < e->count; b++) {
        if (e->entries[b].stats.value_count != e->entries[b].rows)
            flags |= FLAG_COUNTS;
        if (e->entries[b].mode != CT_MODE_PLAIN)
            flags |= FLAG_MODES;
    }
    if (has_exact_stats(e->type) && needs_long(e))
        flags |= FLAG_LONG;
    return flags;
}

static void write_column(struct encode *e)
{
    const uint8_t flags = flags_of(e);
    ct_write8(&e->w, flags);
    write_lengths_and_checksums(e);
    if (flags & FLAG_COUNTS) {
        for (uint32_t b = 0; b < e->count; b++)
            e->numbers[b] = e->entries[b].stats.value_count;
        write_array(e, CT_ARRAY_INT);
    }
    if (flags & FLAG_MODES) {
        for (uint32_t b = 0; b < e->count; b++)
            e->numbers[b] = e->entries[b].mode;
        write_array(e, CT_ARRAY_INT);
    }
    if (e->type == CT_FLOAT64)
        write_float_stats(e);
    else if (flags & FLAG_LONG)
        write_long_stats(e);
    else if (has_exact_stats(e->type))
        write_short_stats(e);
}

size_t ct_directory_encode(const struct ct_block_entry *entries, uint32_t count, uint8_t type,
                           enum ct_effort effort, struct ct_codec_scratch *scratch, uint8_t *out)
{
    CT_ASSERT(count >= 1 && count <= CT_SEGMENT_GROUP_BLOCKS);
    struct encode e = {.entries = entries,
                       .count = count,
                       .type = type,
                       .effort = effort,
                       .scratch = scratch,
                       .w = ct_writer_of(out, ct_directory_bound())};
    if (type == CT_TYPE_TIME)
        write_time(&e);
    else
        write_column(&e);
    return ct_writer_len(&e.w);
}
