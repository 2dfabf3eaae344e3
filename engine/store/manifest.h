/* The list of live files, and the log of its edits. Private to store. Bytes: ../FORMAT.md
 * section 5.
 *
 * The state is what the edits say, in order, from the snapshot that begins the manifest file named
 * by CURRENT. One edit is one record: it happens as a whole or not at all. Files are made and
 * synced before the edit that names them, and removed after the edit that drops them. */
#ifndef CT_MANIFEST_H
#define CT_MANIFEST_H

#include "commit_times.h"
#include "io.h"
#include "segment.h"

#define CT_TOMBSTONE_TAGS_MAX 128
#define CT_COVER_SEGMENTS_MAX 65536

/* A sealed file. Segments of one table and partition have disjoint commit ranges: the later range
 * wins. */
struct ct_segment_entry {
    uint64_t id;
    int64_t partition_start_ns;
    uint64_t applied_commit; /* deletes up to this commit have been carried out in it */
    bool is_small;           /* written at CT_EFFORT_SMALL: merging it alone gains nothing */
    bool is_history;         /* rows that count no more, but did for earlier commits: history.h.
                                The last commit is then the last at which one of them ended */
    bool is_covered;         /* by a rollup file; follows from the covers, not stored */
    struct ct_segment_info info;
};

/* A delete that stored rows have still to be checked against. */
struct ct_tombstone {
    uint64_t commit;
    uint32_t table;
    int64_t start_ns, end_ns;
    uint32_t tag_count;
    struct ct_tombstone_tag {
        uint32_t tag;
        uint32_t code; /* 0: series without the tag */
    } tags[CT_TOMBSTONE_TAGS_MAX];
};

/* A rollup file: cells of all rows of some segments of one table and UTC month. It covers live
 * segments only, and no segment is covered twice: an edit that breaks this is damage. */
struct ct_cover_entry {
    uint64_t id;
    uint32_t table;
    int64_t month_ns; /* its start */
    uint64_t file_bytes;
    uint64_t footer_checksum;
    size_t first_segment; /* in the state's `covered` */
    uint32_t segment_count;
};

struct ct_catalog_file {
    uint64_t number;
    uint64_t end_offset; /* definitions up to here count */
};

struct ct_manifest_state {
    uint64_t next_number; /* of segments, catalog files, manifests alike */
    uint64_t sealed_commit;
    uint64_t log_low;                  /* number of the first log file that is still needed */
    struct ct_segment_entry *segments; /* by id */
    size_t segment_count, segment_cap;
    struct ct_tombstone *tombstones; /* by commit */
    size_t tombstone_count, tombstone_cap;
    struct ct_cover_entry *covers; /* by id */
    size_t cover_count, cover_cap;
    uint64_t *covered; /* segment ids, ascending in each cover */
    size_t covered_count, covered_cap;
    struct ct_catalog_file *catalogs; /* in order of reading */
    size_t catalog_count, catalog_cap;
    bool has_history;     /* false: written before there was history */
    uint64_t history_low; /* the first commit whose state is still whole */
    struct ct_commit_times times;
};

/* What one edit changes; arrays borrowed for the call. */
struct ct_manifest_edit {
    const struct ct_segment_entry *added;
    size_t added_count;
    const uint64_t *dropped; /* segment ids */
    size_t dropped_count;
    const struct ct_tombstone *tombstones; /* added */
    size_t tombstone_count;
    const uint64_t *dropped_tombstones; /* commits */
    size_t dropped_tombstone_count;
    const uint64_t *dropped_covers; /* ids */
    size_t dropped_cover_count;
    const struct ct_cover_entry *cover; /* added; NULL: none */
    const uint64_t *cover_segments;     /* its ids, ascending */
    uint64_t sealed_commit;             /* 0: as it was */
    uint64_t log_low;                   /* 0: as it was */
    uint64_t next_number;               /* 0: as it was */
    uint64_t history_low;               /* 0: as it was */
    const struct ct_commit_time *times; /* added */
    size_t time_count;
    const struct ct_catalog_file *catalog; /* adds or moves the end of one; NULL: as it was */
    bool replaces_catalogs;                /* `catalog` is then the only one */
};

struct ct_manifest;

/* The state named by folder/CURRENT. *out_state is all zero and *found false for a folder without
 * one. */
ct_status ct_manifest_load(struct ct_io *io, const char *folder, struct ct_manifest_state *state,
                           bool *found, struct ct_error *err) CT_MUST_USE;

/* Begins a manifest file of its own from `state` (which it takes over) and points CURRENT to it.
 * The file before is removed. */
ct_status ct_manifest_create(struct ct_io *io, const char *folder, struct ct_manifest_state *state,
                             uint64_t salt, struct ct_manifest **out,
                             struct ct_error *err) CT_MUST_USE;

/* Durable on return, then part of the state. After a failure of the disk no further edit is
 * possible. */
ct_status ct_manifest_commit(struct ct_manifest *manifest, const struct ct_manifest_edit *edit,
                             struct ct_error *err) CT_MUST_USE;

const struct ct_manifest_state *ct_manifest_state_of(const struct ct_manifest *manifest);
void ct_manifest_close(struct ct_manifest *manifest); /* NULL is fine */
void ct_manifest_state_deinit(struct ct_manifest_state *state,
                              const struct ct_allocator *allocator);

#endif
