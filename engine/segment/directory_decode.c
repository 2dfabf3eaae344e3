/* The reading half of directory.h. */
#include "directory.h"
#include "directory_flags.h"

/* A directory being read. `numbers` has the room behind it that decoders may write. */
struct decode {
    const struct ct_directory_source *source;
    struct ct_codec_scratch *scratch;
    struct ct_reader r;
    struct ct_directory *out;
    bool is_out_of_memory;
    union {
        int64_t numbers[CT_SEGMENT_GROUP_BLOCKS + CT_BLOCK_VALUES_PAD];
        double doubles[CT_SEGMENT_GROUP_BLOCKS + CT_BLOCK_VALUES_PAD];
    };
};

static void require(struct decode *d, bool condition)
{
    if (!condition)
        d->r.is_bad = true;
}

/* The next array into `numbers`; false where it cannot be had. */
static bool next_array(struct decode *d, enum ct_array_kind kind)
{
    const ct_status status = ct_array_read(&d->r, kind, d->out->count, d->scratch, d->numbers);
    d->is_out_of_memory |= status == CT_NO_MEMORY;
    return status == CT_OK;
}

/* One array of numbers in [0, max] into out[count]. */
static void read_small(struct decode *d, uint32_t max, uint32_t *out)
{
    if (!next_array(d, CT_ARRAY_INT))
        return;
    for (uint32_t b = 0; b < d->out->count; b++) {
        require(d, (uint64_t)d->numbers[b] <= max);
        out[b] = (uint32_t)d->numbers[b];
    }
}

static void read_array(struct decode *d, enum ct_array_kind kind, int64_t *out)
{
    if (next_array(d, kind))
        memcpy(out, d->numbers, d->out->count * sizeof *out);
}

static void read_lengths_and_checksums(struct decode *d)
{
    struct ct_directory *out = d->out;
    read_small(d, CT_SEGMENT_PAYLOAD_BYTES_MAX, out->offset + 1);
    uint64_t end = 0;
    for (uint32_t b = 1; b <= out->count && !d->r.is_bad; b++) {
        end += out->offset[b];
        require(d, end <= d->source->chunk->payload_bytes);
        out->offset[b] = (uint32_t)end;
    }
    require(d, end == d->source->chunk->payload_bytes);
    out->checksum_at = (uint32_t)(d->r.at - d->source->bytes);
    for (uint32_t b = 0; b < out->count; b++)
        out->checksum[b] = ct_read32(&d->r);
}

/* max arrives as the distance from min, modulo 2^64. */
static void read_min_max(struct decode *d, enum ct_array_kind kind)
{
    struct ct_directory *out = d->out;
    read_array(d, kind, out->min);
    read_array(d, CT_ARRAY_INT, out->max);
    for (uint32_t b = 0; b < out->count && !d->r.is_bad; b++) {
        out->max[b] = (int64_t)((uint64_t)out->min[b] + (uint64_t)out->max[b]);
        require(d, out->type == CT_UINT64 ? (uint64_t)out->max[b] >= (uint64_t)out->min[b]
                                          : out->max[b] >= out->min[b]);
    }
}

static void read_time(struct decode *d)
{
    struct ct_directory *out = d->out;
    read_small(d, CT_BLOCK_VALUES_MAX, out->value_count);
    read_lengths_and_checksums(d);
    read_min_max(d, CT_ARRAY_TIME);
    uint64_t rows = 0;
    for (uint32_t b = 0; b < out->count && !d->r.is_bad; b++) {
        require(d, out->value_count[b] >= 1 && out->offset[b] < out->offset[b + 1]);
        rows += out->value_count[b];
    }
    require(d, rows == d->source->chunk->value_count);
}

static void read_short_stats(struct decode *d)
{
    struct ct_directory *out = d->out;
    if (out->type == CT_DECIMAL && next_array(d, CT_ARRAY_INT))
        for (uint32_t b = 0; b < out->count; b++) {
            require(d, (uint64_t)d->numbers[b] <= CT_DECIMAL_SCALE_MAX);
            out->scale[b] = (uint8_t)d->numbers[b];
        }
    read_min_max(d, CT_ARRAY_INT);
    read_array(d, CT_ARRAY_INT, out->sum);
}

static void read_long_number(struct decode *d, uint8_t scale, uint8_t len_max,
                             struct ct_int256 *out)
{
    uint8_t bytes[sizeof out->limb];
    const uint8_t len = ct_read8(&d->r);
    require(d, scale <= CT_DECIMAL_SCALE_MAX && len <= len_max);
    const uint8_t *from = ct_read_bytes(&d->r, len);
    if (!from)
        return;
    memset(bytes, len > 0 && from[len - 1] >> 7 ? 0xff : 0, sizeof bytes);
    memcpy(bytes, from, len);
    memcpy(out->limb, bytes, sizeof bytes);
}

static struct ct_decimal read_long_decimal(struct decode *d)
{
    struct ct_decimal value = {.scale = ct_read8(&d->r)};
    struct ct_int256 number = {0};
    read_long_number(d, value.scale, sizeof value.mantissa, &number);
    ct_int256_to_int128(&number, &value.mantissa);
    return value;
}

/* Integers keep their minimum and maximum as such: they must fit, and have no scale. */
static void set_integer_bounds(struct decode *d, struct ct_block_stats *stats)
{
    const struct ct_decimal min = stats->decimal_min, max = stats->decimal_max;
    if (stats->type == CT_UINT64) {
        require(d, min.mantissa >= 0 && max.mantissa <= UINT64_MAX);
        stats->min.uint64 = (uint64_t)min.mantissa;
        stats->max.uint64 = (uint64_t)max.mantissa;
    } else {
        require(d, min.mantissa >= INT64_MIN && max.mantissa <= INT64_MAX);
        stats->min.int64 = (int64_t)min.mantissa;
        stats->max.int64 = (int64_t)max.mantissa;
    }
    require(d, min.scale == 0 && max.scale == 0 && min.mantissa <= max.mantissa && stats->has_sum &&
                   stats->exact_sum.scale == 0);
    stats->decimal_min = stats->decimal_max = (struct ct_decimal){0};
}

/* Statistics are compared and added up by those who read them: only what a decimal may be is let
 * through. */
static void check_decimal_bounds(struct decode *d, const struct ct_block_stats *stats)
{
    const ct_int128 limit = ct_pow10_int128(CT_DECIMAL_DIGITS_MAX);
    const ct_int128 min = stats->decimal_min.mantissa, max = stats->decimal_max.mantissa;
    require(d, min > -limit && min < limit && max > -limit && max < limit);
    if (!d->r.is_bad)
        require(d, ct_decimal_compare(stats->decimal_min, stats->decimal_max) <= 0);
}

static void read_long_stats(struct decode *d)
{
    for (uint32_t b = 0; b < d->out->count && !d->r.is_bad; b++) {
        struct ct_block_stats *stats = &d->out->exact[b];
        stats->type = (enum ct_type)d->out->type;
        stats->value_count = d->out->value_count[b];
        stats->has_min_max = stats->has_sum = true;
        if (stats->value_count == 0)
            continue;
        stats->decimal_min = read_long_decimal(d);
        stats->decimal_max = read_long_decimal(d);
        stats->exact_sum.scale = ct_read8(&d->r);
        stats->has_sum = stats->exact_sum.scale != SCALE_NO_SUM;
        if (stats->has_sum)
            read_long_number(d, stats->exact_sum.scale, sizeof stats->exact_sum.total.limb,
                             &stats->exact_sum.total);
        else
            stats->exact_sum.scale = 0;
        if (stats->type != CT_DECIMAL)
            set_integer_bounds(d, stats);
        else
            check_decimal_bounds(d, stats);
    }
}

/* How many values each block has, and that only blocks without any have no payload. */
static void read_counts(struct decode *d, uint8_t flags)
{
    struct ct_directory *out = d->out;
    if (flags & FLAG_COUNTS)
        read_small(d, CT_BLOCK_VALUES_MAX, out->value_count);
    uint64_t values = 0;
    for (uint32_t b = 0; b < out->count && !d->r.is_bad; b++) {
        const uint32_t rows = d->source->first_row[b + 1] - d->source->first_row[b];
        if (!(flags & FLAG_COUNTS))
            out->value_count[b] = rows;
        require(d, out->value_count[b] <= rows);
        require(d, (out->value_count[b] == 0) == (out->offset[b] == out->offset[b + 1]));
        values += out->value_count[b];
    }
    require(d, values == d->source->chunk->value_count);
}

static void read_column(struct decode *d, uint8_t flags)
{
    struct ct_directory *out = d->out;
    read_lengths_and_checksums(d);
    read_counts(d, flags);
    if (flags & FLAG_MODES)
        read_small(d, CT_MODE_DERIVED + CT_SEGMENT_COLUMNS_MAX, out->mode);
    if (out->type == CT_FLOAT64) {
        read_array(d, CT_ARRAY_FLOAT, out->min);
        read_array(d, CT_ARRAY_FLOAT, out->max);
        read_array(d, CT_ARRAY_FLOAT, out->sum);
    } else if (flags & FLAG_LONG) {
        read_long_stats(d);
    } else if (has_exact_stats(out->type)) {
        read_short_stats(d);
    }
}

/* The struct and its arrays in one zeroed piece, widest elements first. */
static struct ct_directory *allocate(const struct ct_allocator *allocator, uint32_t count,
                                     uint8_t type, bool is_long)
{
    const bool has_numbers = !is_long && type != CT_BOOL && type != CT_STRING;
    const size_t exact_bytes = is_long ? count * sizeof(struct ct_block_stats) : 0;
    const size_t number_bytes = has_numbers ? count * sizeof(int64_t) : 0;
    const size_t bytes = sizeof(struct ct_directory) + 16 + exact_bytes + 3 * number_bytes +
                         (4 * (size_t)count + 1) * sizeof(uint32_t) + count;
    struct ct_directory *out = ct_alloc_zeroed(allocator, bytes, 1);
    if (!out)
        return NULL;
    out->count = count;
    out->type = type;
    /* __int128 inside the statistics wants 16 */
    uint8_t *at = (uint8_t *)out + ((sizeof *out + 15) & ~(size_t)15);
    if (is_long)
        out->exact = (struct ct_block_stats *)(void *)at;
    at += exact_bytes;
    out->min = (int64_t *)(void *)at;
    out->max = (int64_t *)(void *)(at + number_bytes);
    out->sum = (int64_t *)(void *)(at + 2 * number_bytes);
    at += 3 * number_bytes;
    out->offset = (uint32_t *)(void *)at;
    out->checksum = out->offset + count + 1;
    out->value_count = out->checksum + count;
    out->mode = out->value_count + count;
    out->scale = (uint8_t *)(out->mode + count);
    return out;
}

static ct_status no_memory(const struct ct_directory_source *source, struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "no memory for a directory of segment %s", source->path);
}

static bool are_flags_valid(uint8_t flags, uint8_t type)
{
    return (flags & ~(FLAG_COUNTS | FLAG_MODES | FLAG_LONG)) == 0 &&
           (!(flags & FLAG_LONG) || has_exact_stats(type)) &&
           (!(flags & FLAG_MODES) || type == CT_DECIMAL);
}

ct_status ct_directory_decode(const struct ct_directory_source *source,
                              const struct ct_allocator *allocator,
                              struct ct_codec_scratch *scratch, struct ct_directory **out,
                              struct ct_error *err)
{
    CT_ASSERT(source->count >= 1 && source->count <= CT_SEGMENT_GROUP_BLOCKS);
    struct decode d = {.source = source,
                       .scratch = scratch,
                       .r = ct_reader_of(source->bytes, source->chunk->directory_bytes)};
    const uint8_t flags = source->type == CT_TYPE_TIME ? 0 : ct_read8(&d.r);
    d.out = allocate(allocator, source->count, source->type, flags & FLAG_LONG);
    if (!d.out)
        return no_memory(source, err);
    if (!are_flags_valid(flags, source->type))
        d.r.is_bad = true;
    else if (source->type == CT_TYPE_TIME)
        read_time(&d);
    else
        read_column(&d, flags);
    if (d.r.is_bad || ct_reader_left(&d.r) != 0) {
        ct_release(allocator, d.out);
        if (d.is_out_of_memory)
            return no_memory(source, err);
        return ct_fail_at(err, CT_CORRUPT, source->path, source->chunk->offset,
                          "a block directory is malformed");
    }
    *out = d.out;
    return CT_OK;
}

/* minimum x count + excess: what the writer took apart. */
static struct ct_int256 exact_sum(const struct ct_directory *directory, uint32_t block)
{
    const ct_int128 min = directory->type == CT_UINT64 ? (ct_int128)(uint64_t)directory->min[block]
                                                       : (ct_int128)directory->min[block];
    return ct_int256_of(min * directory->value_count[block] + (uint64_t)directory->sum[block]);
}

static void short_stats(const struct ct_directory *directory, uint32_t block,
                        struct ct_block_stats *out)
{
    out->exact_sum.total = exact_sum(directory, block);
    if (directory->type == CT_DECIMAL) {
        const uint8_t scale = directory->scale[block];
        out->decimal_min = (struct ct_decimal){.mantissa = directory->min[block], .scale = scale};
        out->decimal_max = (struct ct_decimal){.mantissa = directory->max[block], .scale = scale};
        out->exact_sum.scale = scale;
    } else {
        out->min.int64 = directory->min[block];
        out->max.int64 = directory->max[block];
    }
}

void ct_directory_stats(const struct ct_directory *directory, uint32_t block,
                        struct ct_block_stats *out)
{
    CT_ASSERT(block < directory->count && directory->type != CT_TYPE_TIME);
    if (directory->exact) {
        *out = directory->exact[block];
        return;
    }
    memset(out, 0, sizeof *out);
    out->type = (enum ct_type)directory->type;
    out->value_count = directory->value_count[block];
    out->has_sum = out->has_min_max = out->type != CT_BOOL && out->type != CT_STRING;
    if (out->value_count == 0 || !out->has_sum)
        return;
    if (out->type == CT_FLOAT64) {
        memcpy(&out->min.float64, &directory->min[block], sizeof(double));
        memcpy(&out->max.float64, &directory->max[block], sizeof(double));
        memcpy(&out->float_sum, &directory->sum[block], sizeof(double));
    } else {
        short_stats(directory, block, out);
    }
}
