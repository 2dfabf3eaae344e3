#include "commit_column.h"

struct ct_commit_reader {
    const struct ct_allocator *allocator;
    struct ct_segment_reader *reader;
    struct ct_segment_series series;
    struct ct_segment_blocks blocks;
    uint32_t column;
    bool has_lags; /* else the column holds the commits */
    struct ct_commit_reference reference;
    uint32_t reference_position; /* UINT32_MAX: none yet */
    int64_t times_ns[CT_BLOCK_VALUES_MAX];
    int64_t commits[CT_BLOCK_VALUES_MAX];
};

/* -- the reference ---------------------------------------------------------------------------- */

static void reference_deinit(struct ct_commit_reference *reference,
                             const struct ct_allocator *allocator)
{
    ct_release(allocator, reference->times_ns);
    ct_release(allocator, reference->commits);
    *reference = (struct ct_commit_reference){0};
}

static ct_status reference_add(struct ct_commit_reference *reference,
                               const struct ct_allocator *allocator, const int64_t *times_ns,
                               const int64_t *commits, uint32_t count)
{
    const size_t need = reference->count + count;
    if (!ct_grow(allocator, &reference->times_ns, &reference->times_cap, need, sizeof *times_ns) ||
        !ct_grow(allocator, &reference->commits, &reference->commits_cap, need, sizeof *commits))
        return CT_NO_MEMORY;
    memcpy(reference->times_ns + reference->count, times_ns, count * sizeof *times_ns);
    memcpy(reference->commits + reference->count, commits, count * sizeof *commits);
    reference->count = need;
    return CT_OK;
}

/* The newest row at or before time_ns, or the first. */
static size_t reference_find(const struct ct_commit_reference *reference, int64_t time_ns)
{
    size_t low = 0;
    size_t high = reference->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (reference->times_ns[middle] <= time_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? low - 1 : 0;
}

/* values[i]: commits to lags (sign -1), or lags to commits (1). Times ascend. Modulo 2^64, for what
 * is read may be anything. */
static void shift(const struct ct_commit_reference *reference, const int64_t *times_ns,
                  const int64_t *from, uint32_t count, int sign, int64_t *to)
{
    size_t at = count > 0 ? reference_find(reference, times_ns[0]) : 0;
    for (uint32_t i = 0; i < count; i++) {
        while (at + 1 < reference->count && reference->times_ns[at + 1] <= times_ns[i])
            at++;
        const uint64_t base = (uint64_t)reference->commits[at];
        to[i] = (int64_t)((uint64_t)from[i] + (sign < 0 ? 0 - base : base));
    }
}

/* -- writing ---------------------------------------------------------------------------------- */

void ct_commit_writer_deinit(struct ct_commit_writer *writer, const struct ct_allocator *allocator)
{
    reference_deinit(&writer->reference, allocator);
    ct_release(allocator, writer->lags);
    *writer = (struct ct_commit_writer){0};
}

static bool is_reference(const struct ct_commit_writer *writer)
{
    return (writer->series_count - 1) % CT_COMMIT_STRIDE == 0;
}

void ct_commit_writer_series(struct ct_commit_writer *writer)
{
    writer->series_count++;
    if (is_reference(writer))
        writer->reference.count = 0;
}

ct_status ct_commit_writer_add(struct ct_commit_writer *writer,
                               const struct ct_allocator *allocator, const int64_t *times_ns,
                               const int64_t *commits, uint32_t count, struct ct_vector *out)
{
    *out = (struct ct_vector){.type = CT_INT64, .count = count, .int64 = commits};
    CT_ASSERT(writer->series_count > 0);
    if (is_reference(writer))
        return reference_add(&writer->reference, allocator, times_ns, commits, count);
    if (!ct_grow(allocator, &writer->lags, &writer->lag_cap, count, sizeof *writer->lags))
        return CT_NO_MEMORY;
    shift(&writer->reference, times_ns, commits, count, -1, writer->lags);
    out->int64 = writer->lags;
    return CT_OK;
}

/* -- reading ---------------------------------------------------------------------------------- */

bool ct_segment_has_commits(const struct ct_segment *segment)
{
    return ct_segment_find_column(segment, CT_FIELD_COMMIT) >= 0 ||
           ct_segment_find_column(segment, CT_FIELD_LAG) >= 0;
}

static ct_status begin(struct ct_commit_reader *reader, struct ct_segment *segment,
                       struct ct_codec_scratch *scratch, struct ct_error *err)
{
    const int lags = ct_segment_find_column(segment, CT_FIELD_LAG);
    const int commits = ct_segment_find_column(segment, CT_FIELD_COMMIT);
    CT_ASSERT(lags >= 0 || commits >= 0);
    reader->has_lags = commits < 0;
    reader->column = (uint32_t)(reader->has_lags ? lags : commits);
    reader->reference_position = UINT32_MAX;
    CT_TRY(ct_segment_reader_create(segment, scratch, &reader->reader, err));
    CT_TRY(ct_segment_series_of(segment, &reader->series, err));
    return ct_segment_blocks_of(segment, &reader->blocks, err);
}

ct_status ct_commit_reader_create(struct ct_segment *segment, const struct ct_allocator *allocator,
                                  struct ct_codec_scratch *scratch, struct ct_commit_reader **out,
                                  struct ct_error *err)
{
    struct ct_commit_reader *reader = ct_alloc_zeroed(allocator, 1, sizeof *reader);
    if (!reader)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading commits");
    reader->allocator = allocator;
    const ct_status status = begin(reader, segment, scratch, err);
    if (status != CT_OK) {
        ct_commit_reader_destroy(reader);
        return status;
    }
    *out = reader;
    return CT_OK;
}

void ct_commit_reader_destroy(struct ct_commit_reader *reader)
{
    if (!reader)
        return;
    ct_segment_reader_destroy(reader->reader);
    reference_deinit(&reader->reference, reader->allocator);
    ct_release(reader->allocator, reader);
}

/* Index of the last entry that is not above `row`. */
static uint32_t holder_of(const uint32_t *first_row, uint32_t count, uint32_t row)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (first_row[middle] <= row)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? low - 1 : 0;
}

static ct_status load_reference(struct ct_commit_reader *reader, uint32_t position,
                                struct ct_error *err)
{
    const uint32_t *cuts = reader->blocks.first_row;
    const uint32_t first_row = reader->series.first_row[position];
    const uint32_t end_row = reader->series.first_row[position + 1];
    reader->reference.count = 0;
    reader->reference_position = position;
    uint32_t block = holder_of(cuts, reader->blocks.count, first_row);
    for (; block < reader->blocks.count && cuts[block] < end_row; block++) {
        const int64_t *times_ns;
        struct ct_vector values;
        CT_TRY(ct_segment_read_times(reader->reader, block, &times_ns, err));
        CT_TRY(ct_segment_read_column(reader->reader, reader->column, block, &values, err));
        const uint32_t from = first_row > cuts[block] ? first_row - cuts[block] : 0;
        const uint32_t to = (end_row < cuts[block + 1] ? end_row : cuts[block + 1]) - cuts[block];
        if (reference_add(&reader->reference, reader->allocator, times_ns + from,
                          values.int64 + from, to - from) != CT_OK)
            return ct_fail(err, CT_NO_MEMORY, "out of memory while reading commits");
    }
    return reader->reference.count > 0
               ? CT_OK
               : ct_fail(err, CT_CORRUPT, "a segment has a series without rows");
}

/* Lags of the block's rows, which are in place, to commits. */
static ct_status add_references(struct ct_commit_reader *reader, uint32_t block,
                                struct ct_error *err)
{
    const uint32_t *first_row = reader->series.first_row;
    const uint32_t first = reader->blocks.first_row[block];
    const uint32_t end = reader->blocks.first_row[block + 1];
    uint32_t position = holder_of(first_row, reader->series.count, first);
    for (; position < reader->series.count && first_row[position] < end; position++) {
        const uint32_t reference = position - position % CT_COMMIT_STRIDE;
        const uint32_t from = first_row[position] > first ? first_row[position] - first : 0;
        const uint32_t to = (first_row[position + 1] < end ? first_row[position + 1] : end) - first;
        if (position == reference)
            continue;
        if (reader->reference_position != reference)
            CT_TRY(load_reference(reader, reference, err));
        shift(&reader->reference, reader->times_ns + from, reader->commits + from, to - from, 1,
              reader->commits + from);
    }
    return CT_OK;
}

ct_status ct_commit_reader_block(struct ct_commit_reader *reader, uint32_t block,
                                 const int64_t **out, struct ct_error *err)
{
    struct ct_vector values;
    const int64_t *times_ns;
    const size_t bytes = (reader->blocks.first_row[block + 1] - reader->blocks.first_row[block]) *
                         sizeof *reader->commits;
    CT_TRY(ct_segment_read_column(reader->reader, reader->column, block, &values, err));
    *out = values.int64;
    if (!reader->has_lags)
        return CT_OK;
    CT_TRY(ct_segment_read_times(reader->reader, block, &times_ns, err));
    memcpy(reader->commits, values.int64, bytes); /* the reader is used for the references too */
    memcpy(reader->times_ns, times_ns, bytes);
    *out = reader->commits;
    return add_references(reader, block, err);
}
