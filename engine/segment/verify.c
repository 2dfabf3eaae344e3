/* Whether a segment is what it says it is. */
#include "open_segment.h"

struct verify {
    struct ct_segment *segment;
    struct ct_segment_reader *reader;
    struct ct_codec_scratch *scratch;
    struct ct_segment_series series;
    const struct ct_block_arrays *blocks;
    uint32_t at_series; /* whose rows come next */
    int64_t last_ns;    /* time of the row before, in the same series */
};

static ct_status wrong(const struct verify *v, const char *what, uint32_t number,
                       struct ct_error *err)
{
    return ct_fail_at(err, CT_CORRUPT, v->segment->file->path, 0, "%s %u", what, number);
}

/* -- Checksums -------------------------------------------------------------------------------- */

/* Anew, whether or not somebody has found them right since open. */
static ct_status verify_chunk(struct verify *v, uint32_t group, uint32_t slot, struct ct_error *err)
{
    const struct ct_footer *footer = &v->segment->footer;
    const struct ct_chunk *chunk = ct_footer_chunk(footer, group, slot);
    const struct ct_directory *directory;
    if (chunk->directory_bytes == 0)
        return CT_OK;
    CT_TRY(ct_segment_check_directory(v->segment, chunk, err));
    CT_TRY(ct_segment_directory(v->segment, group, slot, v->scratch, &directory, err));
    for (uint32_t b = 0; b < directory->count; b++) {
        struct ct_text payload;
        CT_TRY(ct_segment_payload(v->segment, directory, slot, group * CT_SEGMENT_GROUP_BLOCKS + b,
                                  true, &payload, err));
    }
    return CT_OK;
}

static ct_status verify_checksums(struct verify *v, struct ct_error *err)
{
    const struct ct_footer *footer = &v->segment->footer;
    const uint8_t *trailer = v->segment->bytes + footer->info.file_bytes - CT_SEGMENT_TRAILER_BYTES;
    const size_t footer_len = (size_t)ct_load64(trailer);
    if (ct_segment_checksum(trailer - footer_len, footer_len) != footer->info.footer_checksum)
        return wrong(v, "the footer does not match its checksum; table", footer->info.table, err);
    for (uint32_t s = 0; s <= footer->info.tag_count; s++)
        CT_TRY(ct_segment_check_section(v->segment, &footer->sections[s], err));
    if (footer->rollup.len > 0)
        CT_TRY(ct_segment_check_section(v->segment, &footer->rollup, err));
    for (uint32_t group = 0; group < footer->group_count; group++)
        for (uint32_t slot = 0; slot < footer->slot_count; slot++)
            CT_TRY(verify_chunk(v, group, slot, err));
    return CT_OK;
}

/* -- Contents --------------------------------------------------------------------------------- */

/* The next row: in order within its series, and the series' first and last are what the directory
 * says. */
static ct_status verify_row(struct verify *v, uint32_t row, int64_t time_ns, struct ct_error *err)
{
    const struct ct_segment_series *series = &v->series;
    if (row == series->first_row[v->at_series]) {
        if (time_ns != series->min_time_ns[v->at_series])
            return wrong(v, "another first time than stored: series", series->series[v->at_series],
                         err);
    } else if (time_ns < v->last_ns) {
        return wrong(v, "times decrease: series", series->series[v->at_series], err);
    }
    v->last_ns = time_ns;
    if (row + 1 == series->first_row[v->at_series + 1]) {
        if (time_ns != series->max_time_ns[v->at_series])
            return wrong(v, "another last time than stored: series", series->series[v->at_series],
                         err);
        v->at_series++;
    }
    return CT_OK;
}

static ct_status verify_times(struct verify *v, uint32_t block, struct ct_error *err)
{
    const uint32_t first = v->blocks->first_row[block], end = v->blocks->first_row[block + 1];
    const int64_t *times_ns;
    CT_TRY(ct_segment_read_times(v->reader, block, &times_ns, err));
    int64_t min = times_ns[0], max = times_ns[0];
    for (uint32_t row = first; row < end; row++) {
        const int64_t time_ns = times_ns[row - first];
        CT_TRY(verify_row(v, row, time_ns, err));
        min = time_ns < min ? time_ns : min;
        max = time_ns > max ? time_ns : max;
    }
    if (min != v->blocks->min_time_ns[block] || max != v->blocks->max_time_ns[block])
        return wrong(v, "other times than its directory says: block", block, err);
    return CT_OK;
}

static ct_status verify_block(struct verify *v, uint32_t block, struct ct_error *err)
{
    CT_TRY(verify_times(v, block, err));
    for (uint32_t c = 0; c < v->segment->footer.info.column_count; c++) {
        struct ct_vector vector;
        struct ct_block_stats stored, found;
        CT_TRY(ct_segment_read_stats(v->reader, c, block, &stored, err));
        CT_TRY(ct_segment_read_column(v->reader, c, block, &vector, err));
        ct_block_stats_of(&vector, &found);
        if (!ct_block_stats_equal(&stored, &found))
            return ct_fail_at(err, CT_CORRUPT, v->segment->file->path, 0,
                              "block %u of column %u has another count, minimum, maximum or sum "
                              "than its directory says",
                              block, c);
    }
    return CT_OK;
}

static ct_status verify_series(struct verify *v, struct ct_error *err)
{
    const struct ct_segment_info *info = &v->segment->footer.info;
    int64_t min = INT64_MAX, max = INT64_MIN;
    CT_TRY(ct_segment_series_of(v->segment, &v->series, err));
    for (uint32_t s = 0; s < v->series.count; s++) {
        min = v->series.min_time_ns[s] < min ? v->series.min_time_ns[s] : min;
        max = v->series.max_time_ns[s] > max ? v->series.max_time_ns[s] : max;
    }
    if (min != info->min_time_ns || max != info->max_time_ns)
        return wrong(v, "series have other times than the footer says: table", info->table, err);
    for (uint32_t tag = 0; tag < info->tag_count; tag++) {
        const uint32_t *codes;
        CT_TRY(ct_segment_tag_codes(v->segment, tag, &codes, err));
    }
    return CT_OK;
}

static ct_status verify_contents(struct verify *v, struct ct_error *err)
{
    CT_TRY(verify_series(v, err));
    for (uint32_t block = 0; block < v->segment->footer.info.block_count; block++)
        CT_TRY(verify_block(v, block, err));
    return CT_OK;
}

ct_status ct_segment_verify(struct ct_segment *segment, bool deep, struct ct_error *err)
{
    struct verify v = {.segment = segment};
    v.scratch = ct_codec_scratch_create(segment->io->allocator);
    if (!v.scratch)
        return ct_fail(err, CT_NO_MEMORY, "no memory to verify segment %s", segment->file->path);
    ct_status status = ct_segment_block_arrays(segment, &v.blocks, err);
    if (status == CT_OK)
        status = verify_checksums(&v, err);
    if (status == CT_OK && deep) {
        status = ct_segment_reader_create(segment, NULL, &v.reader, err);
        if (status == CT_OK)
            status = verify_contents(&v, err);
        ct_segment_reader_destroy(v.reader);
    }
    ct_codec_scratch_destroy(v.scratch);
    return status;
}
