/* The writing half of series_sections.h. */
#include "series_sections.h"

#define SLICE CT_SEGMENT_SLICE_SERIES

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "no memory for the series directory of a segment");
}

ct_status ct_series_writer_init(struct ct_series_writer *writer,
                                const struct ct_allocator *allocator,
                                struct ct_codec_scratch *scratch, enum ct_effort effort,
                                uint32_t tag_count, struct ct_error *err)
{
    *writer = (struct ct_series_writer){
        .allocator = allocator, .scratch = scratch, .effort = effort, .tag_count = tag_count};
    writer->ids = ct_alloc_zeroed(allocator, 4 * (size_t)SLICE, sizeof *writer->ids);
    writer->codes = ct_alloc_zeroed(allocator, (size_t)tag_count * SLICE, sizeof *writer->codes);
    writer->sections = ct_alloc_zeroed(allocator, (size_t)tag_count + 1, sizeof *writer->sections);
    if (!writer->ids || !writer->codes || !writer->sections) {
        ct_series_writer_deinit(writer);
        return no_memory(err);
    }
    writer->rows = writer->ids + SLICE;
    writer->min = writer->rows + SLICE;
    writer->span = writer->min + SLICE;
    return CT_OK;
}

void ct_series_writer_deinit(struct ct_series_writer *writer)
{
    if (writer->sections)
        for (uint32_t s = 0; s <= writer->tag_count; s++)
            ct_byte_buffer_deinit(writer->allocator, &writer->sections[s]);
    if (writer->allocator) {
        ct_release(writer->allocator, writer->ids);
        ct_release(writer->allocator, writer->codes);
        ct_release(writer->allocator, writer->sections);
    }
    *writer = (struct ct_series_writer){0};
}

/* One array of the slice at the end of a section that has room for it. */
static void append_array(struct ct_series_writer *writer, struct ct_byte_buffer *section,
                         enum ct_array_kind kind, const int64_t *values)
{
    struct ct_writer w = ct_writer_of(section->bytes + section->len, section->cap - section->len);
    ct_array_write(&w, kind, values, writer->in_slice, writer->effort, writer->scratch);
    section->len += ct_writer_len(&w);
}

ct_status ct_series_writer_flush(struct ct_series_writer *writer, struct ct_error *err)
{
    if (writer->in_slice == 0)
        return CT_OK;
    const size_t room = ct_array_bound(writer->in_slice);
    struct ct_byte_buffer *series = &writer->sections[0];
    if (!ct_byte_buffer_reserve(writer->allocator, series, 4 * room))
        return no_memory(err);
    append_array(writer, series, CT_ARRAY_INT, writer->ids);
    append_array(writer, series, CT_ARRAY_INT, writer->rows);
    append_array(writer, series, CT_ARRAY_TIME, writer->min);
    append_array(writer, series, CT_ARRAY_INT, writer->span);
    for (uint32_t tag = 0; tag < writer->tag_count; tag++) {
        struct ct_byte_buffer *section = &writer->sections[1 + tag];
        if (!ct_byte_buffer_reserve(writer->allocator, section, room))
            return no_memory(err);
        append_array(writer, section, CT_ARRAY_INT, writer->codes + (size_t)tag * SLICE);
    }
    writer->in_slice = 0;
    return CT_OK;
}

ct_status ct_series_writer_add(struct ct_series_writer *writer, uint32_t series, uint32_t rows,
                               int64_t min_time_ns, int64_t max_time_ns, const uint32_t *codes,
                               struct ct_error *err)
{
    const uint32_t at = writer->in_slice;
    writer->ids[at] = series;
    writer->rows[at] = rows;
    writer->min[at] = min_time_ns;
    writer->span[at] = (int64_t)((uint64_t)max_time_ns - (uint64_t)min_time_ns);
    for (uint32_t tag = 0; tag < writer->tag_count; tag++)
        writer->codes[(size_t)tag * SLICE + at] = codes[tag];
    writer->in_slice++;
    writer->count++;
    return writer->in_slice == SLICE ? ct_series_writer_flush(writer, err) : CT_OK;
}
