/* One place that may hold rows of a series: a segment or the live rows of a view. Read series by
 * series into a row pool, by seals, merges and scans over what overlaps. Private to store. */
#ifndef CT_PART_H
#define CT_PART_H

#include "catalog.h"
#include "commit_column.h"
#include "live.h"
#include "row_pool.h"
#include "time_ranges.h"
#include "version.h"

/* Borrows what it points to. */
struct ct_row_part {
    struct ct_sealed *sealed;        /* or NULL: */
    const struct ct_live_view *view; /* live rows */
    uint32_t age;                    /* of the parts of a scan: the higher wins */
    struct ct_time_range share;      /* of the parts of a scan: the time they are read in */
};

static inline int64_t ct_part_min_ns(const struct ct_row_part *part)
{
    return part->sealed ? part->sealed->entry.info.min_time_ns : part->view->min_time_ns;
}

static inline int64_t ct_part_max_ns(const struct ct_row_part *part)
{
    return part->sealed ? part->sealed->entry.info.max_time_ns : part->view->max_time_ns;
}

/* Of times that do not decrease: the first row in [low, high) whose time is not before `time_ns`,
 * else high. */
static inline uint32_t ct_first_from(const int64_t *times_ns, uint32_t low, uint32_t high,
                                     int64_t time_ns)
{
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (times_ns[middle] < time_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Deletes that rows are checked against: those of one table. Borrowed. */
struct ct_deletes {
    struct ct_catalog *catalog;
    const struct ct_tombstone *const *tombstones;
    size_t count;
};

/* The field that belongs to a row's identity beside series and time: `entry_id` of a ledger.
 * CT_NONE where there is none. */
uint32_t ct_entry_field(struct ct_catalog *catalog, uint32_t table);

/* The version's deletes of one table that were committed at or before `last_commit`; they point
 * into the version. */
struct ct_delete_list {
    const struct ct_tombstone **tombstones;
    size_t count;
};
ct_status ct_delete_list_init(struct ct_delete_list *list, const struct ct_version *version,
                              uint32_t table, uint64_t last_commit,
                              const struct ct_allocator *allocator,
                              struct ct_error *err) CT_MUST_USE;
void ct_delete_list_deinit(struct ct_delete_list *list, const struct ct_allocator *allocator);

struct ct_part_plan {
    const struct ct_allocator *allocator;
    struct ct_codec_scratch *scratch;        /* segments: as ct_segment_reader_create */
    const struct ct_segment_column *columns; /* as the pool's */
    uint32_t column_count;
    int64_t start_ns, end_ns; /* rows in [start, end) */
    struct ct_deletes deletes;
    const uint8_t *wanted_slots; /* live: slots that will be asked for; NULL: all */
    uint64_t as_of; /* segments: rows of later commits, and history that had ended by then, are left
                       out; 0: all rows */
};
/* Where CT_FIELD_COMMIT is among the columns it holds each row's commit. Where CT_FIELD_UNTIL is,
 * deleted rows are not left out but hold there the commit that deleted them. */

/* Commit up to which deletes have been carried out in the part's rows: later ones apply. For live
 * rows the first commit of a chunk tells. */
bool ct_part_is_touched(const struct ct_row_part *part, const struct ct_tombstone *tombstone);

bool ct_tombstone_matches(const struct ct_tombstone *tombstone, struct ct_catalog *catalog,
                          uint32_t series);

struct ct_part_reader; /* confined to one thread */

ct_status ct_part_reader_create(const struct ct_row_part *part, const struct ct_part_plan *plan,
                                struct ct_part_reader **out, struct ct_error *err) CT_MUST_USE;
void ct_part_reader_destroy(struct ct_part_reader *reader); /* NULL is fine */

/* Adds the series' rows to the pool: by time, those of one time in the part's order. */
ct_status ct_part_reader_add(struct ct_part_reader *reader, uint32_t series,
                             struct ct_row_pool *pool, struct ct_error *err) CT_MUST_USE;

/* The same in pieces (series_windows.h): turns to a series, ... */
ct_status ct_part_reader_seek(struct ct_part_reader *reader, uint32_t series,
                              struct ct_error *err) CT_MUST_USE;
/* ... tells the time of the row that comes `rows` rows later, INT64_MAX where so many are not left
 * in the plan's range, ... */
ct_status ct_part_reader_time_after(struct ct_part_reader *reader, uint32_t rows, int64_t *time_ns,
                                    struct ct_error *err) CT_MUST_USE;
/* ... and adds those rows before end_ns that it has not given yet. */
ct_status ct_part_reader_add_until(struct ct_part_reader *reader, int64_t end_ns,
                                   struct ct_row_pool *pool, struct ct_error *err) CT_MUST_USE;

/* -- Between part.c and its two kinds -------------------------------------------------------- */

struct ct_part_reader {
    struct ct_row_part part;
    struct ct_part_plan plan;
    struct ct_segment_column *columns; /* the plan's, copied */
    bool marks_deleted;
    /* What of the series now read is deleted. */
    struct ct_time_range *deleted;
    uint64_t *deleted_commits;
    size_t deleted_count, deleted_cap, commits_cap;
    /* Segment. */
    struct ct_segment_reader *segment_reader;
    struct ct_segment_series series;
    struct ct_segment_blocks blocks;
    int *segment_columns;
    struct ct_commit_reader *commits; /* NULL: not wanted, or rows have none of their own */
    int until_column;                 /* the segment's, or -1 */
    uint32_t next_row, end_row;       /* of the series' rows, what was not given yet */
    /* Live: rows grouped by slot, in order of arrival, from a seek on by time. A reference is
     * chunk << 14 | row. */
    uint64_t next_reference, end_reference; /* as next_row and end_row */
    uint32_t *slot_of_series;               /* CT_NONE: no rows */
    size_t series_count;
    uint32_t *references;
    uint64_t *slot_start;
    const struct ct_live_column **chunk_columns; /* [column][chunk], NULL: no such column */
    uint32_t *kept;
    size_t kept_cap;
};

/* The first commit after `commit` that deletes a row of that time; 0: none. */
static inline uint64_t ct_part_deleted_by(const struct ct_part_reader *reader, int64_t time_ns,
                                          uint64_t commit)
{
    uint64_t first = 0;
    for (size_t i = 0; i < reader->deleted_count; i++) {
        const uint64_t deleted = reader->deleted_commits[i];
        if (time_ns >= reader->deleted[i].start_ns && time_ns < reader->deleted[i].end_ns &&
            deleted > commit && (first == 0 || deleted < first))
            first = deleted;
    }
    return first;
}

/* Is a row to be left out for a delete? */
static inline bool ct_part_drops(const struct ct_part_reader *reader, int64_t time_ns,
                                 uint64_t commit)
{
    return reader->deleted_count > 0 && !reader->marks_deleted &&
           ct_part_deleted_by(reader, time_ns, commit) != 0;
}

static inline void ct_part_mark_deleted(const struct ct_part_reader *reader, uint64_t commit,
                                        struct ct_row_pool *pool, size_t row)
{
    const uint64_t deleted = ct_part_deleted_by(reader, pool->times_ns[row], commit);
    if (deleted)
        ct_row_pool_fill(pool, (uint32_t)pool->until_column, row, (int64_t)deleted, 1);
}

ct_status ct_part_segment_begin(struct ct_part_reader *reader, struct ct_error *err);
ct_status ct_part_segment_seek(struct ct_part_reader *reader, uint32_t series,
                               struct ct_error *err);
ct_status ct_part_segment_time_after(struct ct_part_reader *reader, uint32_t rows, int64_t *time_ns,
                                     struct ct_error *err);
ct_status ct_part_segment_add(struct ct_part_reader *reader, int64_t end_ns,
                              struct ct_row_pool *pool, struct ct_error *err);
ct_status ct_part_live_begin(struct ct_part_reader *reader, struct ct_error *err);
ct_status ct_part_live_seek(struct ct_part_reader *reader, uint32_t series, struct ct_error *err);
int64_t ct_part_live_time_after(const struct ct_part_reader *reader, uint32_t rows);
ct_status ct_part_live_add(struct ct_part_reader *reader, int64_t end_ns, struct ct_row_pool *pool,
                           struct ct_error *err);

#endif
