/* Block directories: what a chunk knows of its blocks. Private to the segment layer and its tests.
 * Bytes:
 * ../FORMAT.md section 7.3.
 *
 * Invariant: a directory that decodes has payloads that lie one behind the other in the chunk, and
 * fill it. */
#ifndef CT_SEGMENT_DIRECTORY_H
#define CT_SEGMENT_DIRECTORY_H

#include "block_stats.h"
#include "footer.h"

/* One block as its writer knows it. A block of time has its least and greatest time in stats.min
 * and max. */
struct ct_block_entry {
    uint32_t rows;
    uint32_t payload_bytes;
    uint32_t checksum;
    uint32_t mode;
    struct ct_block_stats stats;
};

/* Bytes of room for the directory of a full group. */
size_t ct_directory_bound(void);

/* type: enum ct_type, or CT_TYPE_TIME. count: 1 to CT_SEGMENT_GROUP_BLOCKS. */
size_t ct_directory_encode(const struct ct_block_entry *entries, uint32_t count, uint8_t type,
                           enum ct_effort effort, struct ct_codec_scratch *scratch, uint8_t *out);

/* One decoded directory: a single allocation that the arrays point into. Read-only once made. */
struct ct_directory {
    uint32_t count;
    uint32_t checksum_at; /* where in the directory's bytes the checksums stand */
    uint8_t type;
    uint32_t *offset;         /* [count + 1] of each payload, from the first one's start */
    uint32_t *checksum;       /* [count] */
    uint32_t *value_count;    /* [count]; of time: rows */
    uint32_t *mode;           /* [count] */
    uint8_t *scale;           /* [count] statistics scale of decimals */
    int64_t *min, *max, *sum; /* [count]; floats as their bits; sum of exact types: the excess */
    struct ct_block_stats *exact; /* [count] instead of the above, with LONG; else NULL */
};

/* What decoding needs to know from elsewhere. */
struct ct_directory_source {
    const uint8_t *bytes; /* chunk->directory_bytes many */
    const struct ct_chunk *chunk;
    const uint32_t *first_row; /* [count + 1] of the group's blocks; NULL for time */
    uint32_t count;
    uint8_t type;
    const char *path;
};

/* *out is one allocation, to be given back with ct_release. Checksums are the caller's. */
ct_status ct_directory_decode(const struct ct_directory_source *source,
                              const struct ct_allocator *allocator,
                              struct ct_codec_scratch *scratch, struct ct_directory **out,
                              struct ct_error *err) CT_MUST_USE;

void ct_directory_stats(const struct ct_directory *directory, uint32_t block,
                        struct ct_block_stats *out);

#endif
