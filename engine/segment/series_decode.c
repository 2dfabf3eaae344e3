/* The reading half of series_sections.h. */
#include "series_sections.h"

#define SLICE CT_SEGMENT_SLICE_SERIES

/* Plain numbers of one slice, with the room behind them that decoders may write. */
struct slice {
    int64_t ids[SLICE + CT_BLOCK_VALUES_PAD];
    int64_t rows[SLICE + CT_BLOCK_VALUES_PAD];
    int64_t min[SLICE + CT_BLOCK_VALUES_PAD];
    int64_t span[SLICE + CT_BLOCK_VALUES_PAD];
};

static uint32_t slice_count(uint32_t series_count, uint32_t at)
{
    return series_count - at < SLICE ? series_count - at : SLICE;
}

static ct_status failed(ct_status status, const char *path, const struct ct_section *section,
                        struct ct_error *err)
{
    if (status == CT_NO_MEMORY)
        return ct_fail(err, status, "no memory for the series directory of segment %s", path);
    return ct_fail_at(err, status, path, section->offset, "the series directory is malformed");
}

static struct ct_series_arrays *allocate(const struct ct_allocator *allocator, uint32_t count)
{
    const size_t bytes = sizeof(struct ct_series_arrays) + (size_t)count * 2 * sizeof(int64_t) +
                         ((size_t)count * 2 + 1) * sizeof(uint32_t);
    struct ct_series_arrays *out = ct_alloc(allocator, bytes);
    if (!out)
        return NULL;
    out->min_time_ns = (int64_t *)(void *)(out + 1);
    out->max_time_ns = out->min_time_ns + count;
    out->series = (uint32_t *)(void *)(out->max_time_ns + count);
    out->first_row = out->series + count;
    out->first_row[0] = 0;
    return out;
}

/* Takes over one slice; false where it breaks the invariant. */
static bool take_slice(const struct slice *slice, uint32_t at, uint32_t count,
                       const struct ct_segment_info *info, struct ct_series_arrays *out)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t s = at + i;
        const uint64_t id = (uint64_t)slice->ids[i];
        const uint64_t left = info->row_count - out->first_row[s];
        const int64_t max = (int64_t)((uint64_t)slice->min[i] + (uint64_t)slice->span[i]);
        if (id > UINT32_MAX || (s > 0 && id <= out->series[s - 1]) || slice->rows[i] < 1 ||
            (uint64_t)slice->rows[i] > left || max < slice->min[i] ||
            slice->min[i] < info->min_time_ns || max > info->max_time_ns)
            return false;
        out->series[s] = (uint32_t)id;
        out->first_row[s + 1] = out->first_row[s] + (uint32_t)slice->rows[i];
        out->min_time_ns[s] = slice->min[i];
        out->max_time_ns[s] = max;
    }
    return true;
}

static ct_status read_slices(struct ct_reader *r, const struct ct_segment_info *info,
                             struct ct_codec_scratch *scratch, struct slice *slice,
                             struct ct_series_arrays *out)
{
    for (uint32_t at = 0; at < info->series_count; at += SLICE) {
        const uint32_t count = slice_count(info->series_count, at);
        CT_TRY(ct_array_read(r, CT_ARRAY_INT, count, scratch, slice->ids));
        CT_TRY(ct_array_read(r, CT_ARRAY_INT, count, scratch, slice->rows));
        CT_TRY(ct_array_read(r, CT_ARRAY_TIME, count, scratch, slice->min));
        CT_TRY(ct_array_read(r, CT_ARRAY_INT, count, scratch, slice->span));
        if (!take_slice(slice, at, count, info, out))
            return CT_CORRUPT;
    }
    const bool is_all =
        ct_reader_left(r) == 0 && out->first_row[info->series_count] == info->row_count;
    return is_all ? CT_OK : CT_CORRUPT;
}

ct_status ct_series_decode(const uint8_t *bytes, const struct ct_footer *footer, const char *path,
                           const struct ct_allocator *allocator, struct ct_codec_scratch *scratch,
                           struct ct_series_arrays **out, struct ct_error *err)
{
    const struct ct_section *section = &footer->sections[0];
    struct slice *slice = ct_alloc(allocator, sizeof *slice);
    struct ct_series_arrays *arrays = allocate(allocator, footer->info.series_count);
    struct ct_reader r = ct_reader_of(bytes, (size_t)section->len);
    ct_status status = CT_NO_MEMORY;
    if (slice && arrays)
        status = read_slices(&r, &footer->info, scratch, slice, arrays);
    if (status != CT_OK)
        status = failed(status, path, section, err);
    ct_release(allocator, slice);
    if (status == CT_OK)
        *out = arrays;
    else
        ct_release(allocator, arrays);
    return status;
}

static ct_status read_codes(struct ct_reader *r, uint32_t series_count,
                            struct ct_codec_scratch *scratch, int64_t *numbers, uint32_t *codes)
{
    for (uint32_t at = 0; at < series_count; at += SLICE) {
        const uint32_t count = slice_count(series_count, at);
        CT_TRY(ct_array_read(r, CT_ARRAY_INT, count, scratch, numbers));
        for (uint32_t i = 0; i < count; i++) {
            if ((uint64_t)numbers[i] > UINT32_MAX)
                return CT_CORRUPT;
            codes[at + i] = (uint32_t)numbers[i];
        }
    }
    return ct_reader_left(r) == 0 ? CT_OK : CT_CORRUPT;
}

ct_status ct_tag_codes_decode(const uint8_t *bytes, const struct ct_section *section,
                              uint32_t series_count, const char *path,
                              const struct ct_allocator *allocator,
                              struct ct_codec_scratch *scratch, uint32_t **codes,
                              struct ct_error *err)
{
    int64_t *numbers = ct_alloc(allocator, (SLICE + CT_BLOCK_VALUES_PAD) * sizeof *numbers);
    uint32_t *out = ct_alloc(allocator, (size_t)series_count * sizeof *out);
    struct ct_reader r = ct_reader_of(bytes, (size_t)section->len);
    ct_status status = CT_NO_MEMORY;
    if (numbers && out)
        status = read_codes(&r, series_count, scratch, numbers, out);
    if (status != CT_OK)
        status = failed(status, path, section, err);
    ct_release(allocator, numbers);
    if (status == CT_OK)
        *codes = out;
    else
        ct_release(allocator, out);
    return status;
}
