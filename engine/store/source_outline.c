/* What a segment's directories know of its rows: no block is decoded. */
#include "source.h"

struct ct_outline {
    const struct ct_source *source;
    struct ct_segment_reader *reader;
    struct ct_segment_series series;
    struct ct_segment_blocks blocks;
    struct ct_run *runs;
    int column;        /* -1: no row of the segment has the field */
    uint32_t next;     /* block */
    uint32_t position; /* of a series that ends before the next block, or the one that reaches it */
};

bool ct_source_has_outline(const struct ct_source *source)
{
    return source->kind == CT_SOURCE_SEGMENT;
}

static ct_status begin(struct ct_outline *outline, uint32_t field, struct ct_error *err)
{
    struct ct_segment *segment = outline->source->part.sealed->segment;
    CT_TRY(ct_segment_reader_create(segment, NULL, &outline->reader, err));
    CT_TRY(ct_segment_series_of(segment, &outline->series, err));
    CT_TRY(ct_segment_blocks_of(segment, &outline->blocks, err));
    outline->column = ct_segment_find_column(segment, field);
    outline->runs = ct_alloc_zeroed(outline->source->scan->allocator, CT_BLOCK_VALUES_MAX,
                                    sizeof *outline->runs);
    return outline->runs ? CT_OK : ct_fail(err, CT_NO_MEMORY, "out of memory for an outline");
}

ct_status ct_outline_open(const struct ct_source *source, uint32_t field, struct ct_outline **out,
                          struct ct_error *err)
{
    CT_ASSERT(ct_source_has_outline(source));
    struct ct_outline *outline = ct_alloc_zeroed(source->scan->allocator, 1, sizeof *outline);
    if (!outline)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an outline");
    outline->source = source;
    const ct_status status = begin(outline, field, err);
    if (status != CT_OK) {
        ct_outline_close(outline);
        return status;
    }
    *out = outline;
    return CT_OK;
}

void ct_outline_close(struct ct_outline *outline)
{
    if (!outline)
        return;
    const struct ct_allocator *allocator = outline->source->scan->allocator;
    ct_segment_reader_destroy(outline->reader);
    ct_release(allocator, outline->runs);
    ct_release(allocator, outline);
}

static uint32_t find_runs(struct ct_outline *outline, uint32_t block)
{
    const uint32_t *first_row = outline->series.first_row;
    const uint32_t first = outline->blocks.first_row[block];
    const uint32_t end = outline->blocks.first_row[block + 1];
    uint32_t count = 0;
    while (first_row[outline->position + 1] <= first)
        outline->position++;
    for (uint32_t p = outline->position; p < outline->series.count && first_row[p] < end; p++) {
        const uint32_t from = first_row[p] > first ? first_row[p] - first : 0;
        const uint32_t to = (first_row[p + 1] < end ? first_row[p + 1] : end) - first;
        outline->runs[count++] =
            (struct ct_run){.position = p, .first_row = from, .row_count = to - from};
    }
    return count;
}

ct_status ct_outline_next(struct ct_outline *outline, struct ct_outline_block *out, bool *found,
                          struct ct_error *err)
{
    const struct ct_source *source = outline->source;
    *found = false;
    while (outline->column >= 0 && outline->next < outline->blocks.count && !*found) {
        const uint32_t block = outline->next++;
        if (outline->blocks.max_time_ns[block] < source->start_ns ||
            outline->blocks.min_time_ns[block] >= source->end_ns)
            continue;
        CT_TRY(ct_segment_read_stats(outline->reader, (uint32_t)outline->column, block, &out->stats,
                                     err));
        out->runs = outline->runs;
        out->run_count = find_runs(outline, block);
        *found = true;
    }
    return CT_OK;
}
