/* The footer of a segment: where everything is, what it must hash to, the schema. Private to the
 * segment layer and its tests. Bytes: ../FORMAT.md section 7.6.
 *
 * Invariant: a footer that parses describes a file of exactly the given size: its pieces lie one
 * behind the other from the header to the footer, inside the file, and their counts agree with each
 * other. */
#ifndef CT_SEGMENT_FOOTER_H
#define CT_SEGMENT_FOOTER_H

#include "layout.h"

/* One slot of one group: a directory and the payloads behind it. */
struct ct_chunk {
    uint64_t offset;      /* of the directory in the file */
    uint64_t checksum;    /* of the directory */
    uint32_t checksum_at; /* where in the footer the checksum stands */
    uint32_t directory_bytes;
    uint32_t payload_bytes;
    uint32_t value_count; /* of time: rows of the group */
};

struct ct_section {
    uint64_t offset, len, checksum;
    uint32_t checksum_at;
};

struct ct_footer {
    struct ct_segment_info info;
    uint32_t slot_count; /* columns and time */
    uint32_t group_count;
    struct ct_segment_column *columns;
    struct ct_chunk *chunks;     /* [group_count x slot_count] */
    struct ct_section *sections; /* series, then each tag key */
    struct ct_section rollup;    /* its length may be 0 */
};

/* Blocks in a group: 64 but in the last. */
static inline uint32_t ct_footer_group_blocks(const struct ct_footer *footer, uint32_t group)
{
    const uint32_t left = footer->info.block_count - group * CT_SEGMENT_GROUP_BLOCKS;
    return left < CT_SEGMENT_GROUP_BLOCKS ? left : CT_SEGMENT_GROUP_BLOCKS;
}

static inline const struct ct_chunk *ct_footer_chunk(const struct ct_footer *footer, uint32_t group,
                                                     uint32_t slot)
{
    return &footer->chunks[(size_t)group * footer->slot_count + slot];
}

/* Reads a footer of `len` bytes, of that format version, that ends where the trailer of a file of
 * file_bytes begins. *out is given back by ct_footer_deinit, on success only. CT_CORRUPT where it
 * breaks the invariant. */
ct_status ct_footer_parse(uint32_t version, const uint8_t *bytes, size_t len, uint64_t file_bytes,
                          const char *path, const struct ct_allocator *allocator,
                          struct ct_footer *out, struct ct_error *err) CT_MUST_USE;
void ct_footer_deinit(const struct ct_allocator *allocator, struct ct_footer *footer);

/* Room that ct_footer_write_head needs. */
size_t ct_footer_head_bound(uint32_t column_count);
/* All that stands before the sections. */
void ct_footer_write_head(struct ct_writer *w, const struct ct_segment_info *info,
                          const struct ct_segment_column *columns);

#define CT_FOOTER_SECTION_BYTES_MAX (CT_VARINT_BYTES_MAX + 8)
#define CT_FOOTER_CHUNK_BYTES_MAX   (3 * CT_VARINT_BYTES_MAX + 8)

void ct_footer_write_section(struct ct_writer *w, const struct ct_section *section);
void ct_footer_write_chunk(struct ct_writer *w, const struct ct_chunk *chunk);

#endif
