/* Makes all checksums of a damaged segment file right again, so that what is behind them is tried
 * too. For tests and fuzz targets. */
#ifndef SEGMENT_RESEAL_H
#define SEGMENT_RESEAL_H

#include <stdlib.h>

#include "open_segment.h"

/* Checksums of one chunk's payloads into its directory, as far as that can be decoded. */
static inline void reseal_chunk(uint8_t *bytes, const struct ct_chunk *chunk, uint32_t count,
                                uint8_t type, uint32_t *first_row, struct ct_codec_scratch *scratch)
{
    const struct ct_directory_source source = {.bytes = bytes + chunk->offset,
                                               .chunk = chunk,
                                               .first_row = type == CT_TYPE_TIME ? NULL : first_row,
                                               .count = count,
                                               .type = type,
                                               .path = "reseal"};
    struct ct_directory *directory;
    if (chunk->directory_bytes == 0 ||
        ct_directory_decode(&source, ct_allocator_system(), scratch, &directory, NULL) != CT_OK)
        return;
    uint8_t *payload = bytes + chunk->offset + chunk->directory_bytes;
    uint8_t *checksums = bytes + chunk->offset + directory->checksum_at;
    for (uint32_t b = 0; b < count; b++) {
        const uint32_t from = directory->offset[b], end = directory->offset[b + 1];
        ct_store32(checksums + 4 * (size_t)b,
                   ct_segment_short_checksum(payload + from, end - from));
        if (type == CT_TYPE_TIME)
            first_row[b + 1] = first_row[b] + directory->value_count[b];
    }
    free(directory);
}

static inline void reseal_groups(uint8_t *bytes, uint8_t *footer_bytes,
                                 const struct ct_footer *footer, struct ct_codec_scratch *scratch)
{
    for (uint32_t group = 0; group < footer->group_count; group++) {
        uint32_t first_row[CT_SEGMENT_GROUP_BLOCKS + 1] = {0};
        for (uint32_t slot = 0; slot < footer->slot_count; slot++) {
            const struct ct_chunk *chunk = ct_footer_chunk(footer, group, slot);
            reseal_chunk(bytes, chunk, ct_footer_group_blocks(footer, group),
                         slot == 0 ? CT_TYPE_TIME : (uint8_t)footer->columns[slot - 1].type,
                         first_row, scratch);
            ct_store64(footer_bytes + chunk->checksum_at,
                       ct_segment_checksum(bytes + chunk->offset, chunk->directory_bytes));
        }
    }
}

static inline void segment_reseal(uint8_t *bytes, size_t len)
{
    if (len < CT_SEGMENT_HEADER_BYTES + CT_SEGMENT_TRAILER_BYTES)
        return;
    uint8_t *trailer = bytes + len - CT_SEGMENT_TRAILER_BYTES;
    const uint64_t footer_len = ct_load64(trailer);
    if (footer_len > len - CT_SEGMENT_HEADER_BYTES - CT_SEGMENT_TRAILER_BYTES)
        return;
    uint8_t *footer_bytes = trailer - footer_len;
    struct ct_codec_scratch *scratch = ct_codec_scratch_create(ct_allocator_system());
    struct ct_footer footer;
    if (scratch &&
        ct_footer_parse(ct_load32(bytes + CT_SEGMENT_MAGIC_BYTES), footer_bytes, (size_t)footer_len,
                        len, "reseal", ct_allocator_system(), &footer, NULL) == CT_OK) {
        reseal_groups(bytes, footer_bytes, &footer, scratch);
        for (uint32_t s = 0; s <= footer.info.tag_count; s++) {
            const struct ct_section *section = &footer.sections[s];
            ct_store64(footer_bytes + section->checksum_at,
                       ct_segment_checksum(bytes + section->offset, (size_t)section->len));
        }
        if (footer.rollup.len > 0)
            ct_store64(
                footer_bytes + footer.rollup.checksum_at,
                ct_segment_checksum(bytes + footer.rollup.offset, (size_t)footer.rollup.len));
        ct_footer_deinit(ct_allocator_system(), &footer);
    }
    ct_codec_scratch_destroy(scratch);
    ct_store64(trailer + 8, ct_segment_checksum(footer_bytes, (size_t)footer_len));
}

/* Reads every byte that a reader may be asked for; the first status that is not CT_OK. Touches all
 * values, so that sanitizers see what is not there. */
static inline ct_status touch_vector(const struct ct_vector *v, uint64_t *mix)
{
    for (uint32_t i = 0; i < v->count; i++) {
        *mix += v->present ? v->present[i] : 0;
        *mix += v->scales ? v->scales[i] : 0;
        if (v->type == CT_STRING)
            *mix += XXH3_64bits(v->string[i].bytes, v->string[i].len);
        else if (v->type == CT_BOOL)
            *mix += v->boolean[i];
        else
            *mix += v->wide ? (uint64_t)v->wide[i] : v->uint64[i];
    }
    return CT_OK;
}

static inline ct_status read_block_whole(struct ct_segment_reader *reader, uint32_t block,
                                         uint32_t rows, uint32_t column_count, uint64_t *mix)
{
    const int64_t *times_ns;
    CT_TRY(ct_segment_read_times(reader, block, &times_ns, NULL));
    for (uint32_t i = 0; i < rows; i++)
        *mix += (uint64_t)times_ns[i];
    for (uint32_t c = 0; c < column_count; c++) {
        struct ct_vector vector;
        struct ct_block_stats stats;
        CT_TRY(ct_segment_read_stats(reader, c, block, &stats, NULL));
        CT_TRY(ct_segment_read_column(reader, c, block, &vector, NULL));
        touch_vector(&vector, mix);
        *mix += stats.value_count;
    }
    return CT_OK;
}

static inline ct_status read_blocks_whole(struct ct_segment *segment, uint64_t *mix)
{
    struct ct_segment_blocks blocks;
    struct ct_segment_reader *reader;
    ct_status status = CT_OK;
    CT_TRY(ct_segment_blocks_of(segment, &blocks, NULL));
    CT_TRY(ct_segment_reader_create(segment, NULL, &reader, NULL));
    for (uint32_t b = 0; b < blocks.count; b++) {
        const ct_status one =
            read_block_whole(reader, b, blocks.first_row[b + 1] - blocks.first_row[b],
                             ct_segment_info_of(segment)->column_count, mix);
        status = status == CT_OK ? one : status;
    }
    ct_segment_reader_destroy(reader);
    return status;
}

static inline ct_status segment_read_whole(struct ct_segment *segment, uint64_t *mix)
{
    struct ct_segment_series series;
    const struct ct_segment_info *info = ct_segment_info_of(segment);
    const struct ct_text rollup = ct_segment_rollup(segment);
    *mix += XXH3_64bits(rollup.bytes, rollup.len);
    CT_TRY(ct_segment_series_of(segment, &series, NULL));
    for (uint32_t s = 0; s < series.count; s++)
        *mix += series.series[s] + series.first_row[s + 1] + (uint64_t)series.max_time_ns[s];
    for (uint32_t tag = 0; tag < info->tag_count; tag++) {
        const uint32_t *codes;
        CT_TRY(ct_segment_tag_codes(segment, tag, &codes, NULL));
        for (uint32_t s = 0; s < series.count; s++)
            *mix += codes[s];
    }
    return read_blocks_whole(segment, mix);
}

#endif
