/* The sealed side of the store at one moment: which segments are live and which deletes are still
 * to be minded. Private to store.
 *
 * A version never changes; the store replaces it. Readers hold the one that they started with, and
 * so keep its segments open, whatever is dropped meanwhile. */
#ifndef CT_VERSION_H
#define CT_VERSION_H

#include <stdatomic.h>

#include "segment.h"
#include "time_ranges.h"
#include "version_covers.h"

/* An open segment, shared by versions. */
struct ct_sealed {
    const struct ct_allocator *allocator;
    atomic_uint references;
    struct ct_segment *segment;
    struct ct_segment_entry entry;
    _Atomic(struct ct_cell_image *) cells; /* NULL until first asked for */
};

/* Owned by the version; NULL until it is worked out. */
typedef _Atomic(struct ct_time_ranges *) ct_overlap_note;

struct ct_version {
    const struct ct_allocator *allocator;
    atomic_uint references;
    struct ct_sealed **segments; /* by table, then oldest commits first */
    size_t segment_count;
    struct ct_sealed **history; /* segments of rows that count no more, in the same order */
    size_t history_count;
    ct_overlap_note *overlaps; /* of each segment: overlap.h */
    struct ct_version_covers covers;
    uint64_t rolled_for; /* cover_build.c's note that no rollup file is due, and for which sets */
    struct ct_tombstone *tombstones;
    size_t tombstone_count;
};

/* Opens seg/<id>.seg below the store's folder. */
ct_status ct_sealed_open(struct ct_io *io, const char *folder, const struct ct_segment_entry *entry,
                         struct ct_sealed **out, struct ct_error *err) CT_MUST_USE;
void ct_sealed_hold(struct ct_sealed *sealed);
void ct_sealed_drop(struct ct_sealed *sealed); /* NULL is fine */

/* The image in its rollup section, opened at first use; borrowed from the segment. */
ct_status ct_sealed_cells(struct ct_sealed *sealed, struct ct_cell_image **out,
                          struct ct_error *err) CT_MUST_USE;

/* The version that `state` describes: segments are taken from `before` (may be NULL) or `added`
 * where they are there, else opened. */
ct_status ct_version_create(struct ct_io *io, const char *folder,
                            const struct ct_manifest_state *state, const struct ct_version *before,
                            struct ct_sealed *const *added, size_t added_count,
                            struct ct_version **out, struct ct_error *err) CT_MUST_USE;
/* The same segments with other deletes. */
ct_status ct_version_with_tombstones(const struct ct_version *before,
                                     const struct ct_tombstone *tombstones, size_t tombstone_count,
                                     struct ct_version **out, struct ct_error *err) CT_MUST_USE;
void ct_version_hold(struct ct_version *version);
void ct_version_drop(struct ct_version *version); /* NULL is fine */

/* The table's segments: *count from the returned one on. */
struct ct_sealed *const *ct_version_table(const struct ct_version *version, uint32_t table,
                                          size_t *count);
struct ct_sealed *const *ct_version_history(const struct ct_version *version, uint32_t table,
                                            size_t *count);

#endif
