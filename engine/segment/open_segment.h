/* What an open segment is made of, for the files of this layer. Private to the segment layer and
 * its tests.
 *
 * Invariant: the footer and the mapped bytes never change. Everything else is made on first use and
 * stays until close: arrays under the lock and published by an atomic pointer; directories by
 * whoever is first to swap theirs in. */
#ifndef CT_OPEN_SEGMENT_H
#define CT_OPEN_SEGMENT_H

#include <pthread.h>
#include <stdatomic.h>

#include "directory.h"
#include "series_sections.h"

/* One allocation, given back with ct_release. */
struct ct_block_arrays {
    int64_t *min_time_ns, *max_time_ns;
    uint32_t *first_row; /* [count + 1] */
};

struct ct_segment {
    struct ct_io *io;
    struct ct_file *file;
    const uint8_t *bytes; /* the whole file, mapped */
    struct ct_footer footer;
    pthread_mutex_t lock; /* over the making of the four below */
    _Atomic(struct ct_series_arrays *) series;
    _Atomic(struct ct_block_arrays *) blocks;
    _Atomic(uint32_t *) *tags;                   /* [tag_count] */
    _Atomic(uint32_t *) no_codes;                /* all 0, for keys younger than the segment */
    _Atomic(struct ct_directory *) *directories; /* [group_count x slot_count] */
    _Atomic(uint64_t)
        *verified; /* a bit per slot and block: its payload has matched its checksum */
};

/* The decoded directory of a chunk that has one, borrowed for the segment's life. Columns need the
 * block arrays made. */
ct_status ct_segment_directory(struct ct_segment *segment, uint32_t group, uint32_t slot,
                               struct ct_codec_scratch *scratch, const struct ct_directory **out,
                               struct ct_error *err) CT_MUST_USE;

/* The block arrays, made on first use. */
ct_status ct_segment_block_arrays(struct ct_segment *segment, const struct ct_block_arrays **out,
                                  struct ct_error *err) CT_MUST_USE;

/* Payload of a block, borrowed from the file, its checksum verified on first touch (or now, with
 * `again`). */
ct_status ct_segment_payload(struct ct_segment *segment, const struct ct_directory *directory,
                             uint32_t slot, uint32_t block, bool again, struct ct_text *out,
                             struct ct_error *err) CT_MUST_USE;

/* CT_CORRUPT where a section does not match its checksum. */
ct_status ct_segment_check_section(const struct ct_segment *segment,
                                   const struct ct_section *section,
                                   struct ct_error *err) CT_MUST_USE;

/* CT_CORRUPT where a directory does not match its checksum. */
ct_status ct_segment_check_directory(const struct ct_segment *segment, const struct ct_chunk *chunk,
                                     struct ct_error *err) CT_MUST_USE;

#endif
