/* The file being written: header, groups, sections, footer, trailer, one behind the other. Private
 * to the segment layer.
 *
 * Invariant: at most one group of encoded blocks is held in memory; `written` is where the next
 * byte goes. */
#ifndef CT_SEGMENT_GROUP_WRITER_H
#define CT_SEGMENT_GROUP_WRITER_H

#include "column_encode.h"
#include "pending_rows.h"
#include "series_sections.h"

struct ct_group_writer {
    const struct ct_allocator *allocator;
    struct ct_file *file;             /* borrowed */
    struct ct_codec_scratch *scratch; /* borrowed */
    enum ct_effort effort;
    uint32_t slot_count;
    const struct ct_segment_column *columns; /* borrowed */
    struct ct_column_encoder encoder;
    struct ct_block_entry *entries;  /* [slot_count][CT_SEGMENT_GROUP_BLOCKS] */
    struct ct_byte_buffer *payloads; /* [slot_count] */
    struct ct_byte_buffer footer;    /* of chunks, so far */
    uint8_t *directory;              /* room for one */
    uint32_t block_count;            /* of the group under construction */
    struct ct_part rollup;           /* bytes of the rollup section; borrowed */
    uint64_t written;
};

/* Takes a file that is empty and writes its header. */
ct_status ct_group_writer_init(struct ct_group_writer *writer, struct ct_file *file,
                               const struct ct_allocator *allocator,
                               struct ct_codec_scratch *scratch, enum ct_effort effort,
                               const struct ct_segment_column *columns, uint32_t column_count,
                               struct ct_error *err) CT_MUST_USE;
void ct_group_writer_deinit(struct ct_group_writer *writer);

/* Encodes the first `count` pending rows as the next block, and writes the group once it is full.
 * The rows stay. */
ct_status ct_group_writer_block(struct ct_group_writer *writer, struct ct_pending_rows *rows,
                                uint32_t count, struct ct_error *err) CT_MUST_USE;

/* Writes the last group, the sections, footer and trailer; fills in info->file_bytes and
 * footer_checksum. */
ct_status ct_group_writer_finish(struct ct_group_writer *writer,
                                 const struct ct_series_writer *series,
                                 struct ct_segment_info *info, struct ct_error *err) CT_MUST_USE;

#endif
