/* Reading: snapshots, and scans that hand out blocks of rows. Layer store; for query, tools'
 * inspection and tests.
 *
 * A scan of one table and time range is a set of sources. A source is an immutable part of the
 * snapshot: a segment, a piece of the live table, or a stretch where the same rows may stand in
 * several parts, merged on the fly (newest write wins, deleted rows left out). Every row that is
 * there according to DESIGN section 2 comes out of exactly one source exactly once. Sources consist
 * of units, which are independent of each other: threads share a scan by taking different units,
 * each with a cursor of its own.
 *
 * Inside a source, series have positions 0..series_count-1; filters and groups are worked out once
 * per position (from tag codes), and blocks come as runs of rows of one position. */
#ifndef CT_SCAN_H
#define CT_SCAN_H

#include "rollup.h"
#include "store.h"

struct ct_snapshot;
struct ct_scan;
struct ct_source;
struct ct_cursor;

/* The store as of its last durable commit. Any thread; released by any. */
ct_status ct_snapshot_take(struct ct_store *store, struct ct_snapshot **out,
                           struct ct_error *err) CT_MUST_USE;

/* The store as of an earlier commit (0: empty), at most the last one. CT_RANGE where that is later,
 * or earlier than history reaches: the error says how far. Slower to scan than a plain snapshot
 * where much has been overwritten since. Partitions that retention has dropped are not in it. */
ct_status ct_snapshot_take_as_of(struct ct_store *store, uint64_t commit, struct ct_snapshot **out,
                                 struct ct_error *err) CT_MUST_USE;
void ct_snapshot_release(struct ct_snapshot *snapshot); /* NULL is fine */
uint64_t ct_snapshot_commit(const struct ct_snapshot *snapshot);

/* Rows of `table` with start_ns <= time < end_ns (INT64_MIN, INT64_MAX: all; INT64_MAX as end
 * includes it). Keeps the snapshot until closed. */
ct_status ct_scan_open(struct ct_snapshot *snapshot, uint32_t table, int64_t start_ns,
                       int64_t end_ns, struct ct_scan **out, struct ct_error *err) CT_MUST_USE;
void ct_scan_close(struct ct_scan *scan); /* NULL is fine; no cursor may be left */

uint32_t ct_scan_source_count(const struct ct_scan *scan);
struct ct_source *ct_scan_source(struct ct_scan *scan, uint32_t index);

uint32_t ct_source_series_count(const struct ct_source *source);
/* Series ids by position (any order); borrowed for the scan's life. */
ct_status ct_source_series(struct ct_source *source, const uint32_t **out,
                           struct ct_error *err) CT_MUST_USE;
/* The tag key's value codes by position; borrowed for the scan's life. Thread-safe. */
ct_status ct_source_tag_codes(struct ct_source *source, uint32_t tag, const uint32_t **out,
                              struct ct_error *err) CT_MUST_USE;
uint32_t ct_source_unit_count(const struct ct_source *source);

/* -- Rollups ---------------------------------------------------------------------------------- */

/* What the caller wants of the rows, so that a scan may give cells in their place. */
struct ct_cover_request {
    const uint32_t *tags; /* that the caller groups or filters by, or minds (currency) */
    uint32_t tag_count;
    const uint32_t *fields;
    const unsigned *keeps; /* bits of ct_keep, for each field */
    uint32_t field_count;
    enum ct_grain grain_max; /* the coarsest whose cells never lie in two time buckets of the
                                caller; CT_GRAIN_NONE: rows only */
};

/* As ct_scan_open, but what rollups can answer comes as sources of cells: for each part of the
 * snapshot and of the time range the smallest face at the coarsest grain, rows where there is none
 * (ragged ends, conflicts, sets that nobody declared). Cells and rows together stand for every row
 * exactly once. cover NULL: ct_scan_open. */
ct_status ct_scan_open_covered(struct ct_snapshot *snapshot, uint32_t table, int64_t start_ns,
                               int64_t end_ns, const struct ct_cover_request *cover,
                               struct ct_scan **out, struct ct_error *err) CT_MUST_USE;

enum ct_source_tier {
    CT_TIER_ROWS = 0,    /* a segment or live rows, read as they are */
    CT_TIER_MERGED = 1,  /* rows that may stand in several parts */
    CT_TIER_LIVE = 2,    /* cells of live rows */
    CT_TIER_SECTION = 3, /* cells of one segment */
    CT_TIER_FILE = 4,    /* cells of the segments that a rollup file covers */
};

/* For plans shown to people, and for choosing what to do with a source. */
struct ct_source_info {
    enum ct_source_tier tier;
    enum ct_grain grain;               /* of cells; CT_GRAIN_NONE for rows */
    uint32_t tags[CT_ROLLUP_TAGS_MAX]; /* of the face's set */
    uint32_t tag_count;
    uint64_t row_bound;       /* rows it stands for, before filters */
    uint64_t cell_bound;      /* cells it may give */
    uint32_t segment_count;   /* whose rows it stands for */
    int64_t start_ns, end_ns; /* its share of the time range */
};
void ct_source_describe(const struct ct_source *source, struct ct_source_info *out);

/* In a source of cells, positions are those of groups: ct_source_series_count groups,
 * ct_source_tag_codes for the tags of its set; ct_source_series is not to be called. Units are
 * blocks of cells. Cursors of such sources answer ct_cursor_next_cells only. */
static inline bool ct_source_info_has_cells(const struct ct_source_info *info)
{
    return info->grain != CT_GRAIN_NONE;
}

/* What a cursor reads. Arrays are borrowed until the cursor is closed. */
struct ct_cursor_plan {
    const uint32_t *fields; /* the catalog's numbers; may be none */
    uint32_t field_count;
    const unsigned *keeps;   /* sources of cells: what is wanted of each field; NULL elsewhere */
    const uint8_t *selected; /* by series position: 1 where wanted; NULL: all */
    uint32_t first_unit, end_unit;
};

/* Rows of one series position, one after another in the block; times ascend in a run from segments.
 */
struct ct_run {
    uint32_t position;
    uint32_t first_row;
    uint32_t row_count;
};

/* One block: only rows in `runs` are wanted, the others are not part of the answer (another series,
 * out of the time range, or deleted). Borrowed until the next ct_cursor_next. */
struct ct_block {
    uint32_t row_count; /* length of times and of every column, at most CT_BLOCK_VALUES_MAX */
    const struct ct_run *runs;
    uint32_t run_count;
    bool is_whole; /* the runs cover every row of the block: its statistics are those of the runs */
    int64_t min_time_ns, max_time_ns; /* bounds over the whole block */
};

ct_status ct_cursor_open(struct ct_source *source, const struct ct_cursor_plan *plan,
                         struct ct_cursor **out, struct ct_error *err) CT_MUST_USE;
void ct_cursor_close(struct ct_cursor *cursor); /* NULL is fine */

/* The next block with at least one wanted row; *found is false at the end. */
ct_status ct_cursor_next(struct ct_cursor *cursor, struct ct_block *out, bool *found,
                         struct ct_error *err) CT_MUST_USE;

/* The next block of cells, columns[plan->field_count] in the plan's order; cells of positions that
 * are not selected, or outside the source's share of time, are left out. *found false at the end.
 * Borrowed until the next call. */
ct_status ct_cursor_next_cells(struct ct_cursor *cursor, struct ct_cell_block *out,
                               const struct ct_cell_column **columns, bool *found,
                               struct ct_error *err) CT_MUST_USE;

/* The current block's times, and values of plan field i; decoded on demand, borrowed until the next
 * ct_cursor_next. A field that the source does not know gives a vector without any value (present
 * all 0). */
ct_status ct_cursor_times(struct ct_cursor *cursor, const int64_t **out,
                          struct ct_error *err) CT_MUST_USE;
ct_status ct_cursor_column(struct ct_cursor *cursor, uint32_t i, struct ct_vector *out,
                           struct ct_error *err) CT_MUST_USE;

/* Stored statistics of the whole current block; *found is false where the source keeps none (live
 * and merged rows). Only meaningful for the answer where block->is_whole. */
ct_status ct_cursor_stats(struct ct_cursor *cursor, uint32_t i, struct ct_block_stats *out,
                          bool *found, struct ct_error *err) CT_MUST_USE;

/* -- Outlines --------------------------------------------------------------------------------- */

/* A stored block, not decoded: statistics of one field over all of the block, and its rows by
 * series. A scan may leave out rows, and whole series, of what is told here; it adds none. Borrowed
 * until the next ct_outline_next. */
struct ct_outline_block {
    const struct ct_run *runs; /* every series of the block, its rows of any time */
    uint32_t run_count;
    struct ct_block_stats stats;
};

struct ct_outline;

/* Whether the source's rows are all in stored blocks: not so for cells, live and merged rows. */
bool ct_source_has_outline(const struct ct_source *source);

/* For a source that has an outline; `field` is the catalog's number. Closed before the scan. */
ct_status ct_outline_open(const struct ct_source *source, uint32_t field, struct ct_outline **out,
                          struct ct_error *err) CT_MUST_USE;
void ct_outline_close(struct ct_outline *outline); /* NULL is fine */

/* The next block that may have rows in the source's time range; *found is false at the end, and at
 * once where no row of the source has the field. */
ct_status ct_outline_next(struct ct_outline *outline, struct ct_outline_block *out, bool *found,
                          struct ct_error *err) CT_MUST_USE;

#endif
