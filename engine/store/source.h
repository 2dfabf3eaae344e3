/* What a scan is made of. Private to store: scan.c makes sources, cursor*.c read them. */
#ifndef CT_SOURCE_H
#define CT_SOURCE_H

#include <pthread.h>
#include <stdatomic.h>

#include "scan.h"
#include "series_windows.h"
#include "state.h"

struct ct_snapshot {
    struct ct_store *store;
    atomic_uint references;
    struct ct_version *version;
    struct ct_live_set *live, *frozen; /* frozen may be NULL */
    struct ct_live_mark {
        uint64_t row_count;
        uint32_t slot_count;
    } * marks; /* by table: what of `live` belongs to the snapshot */
    size_t mark_count;
    uint64_t commit;
    bool is_as_of; /* of an earlier commit: what came later is left out, history is looked at */
};

enum ct_source_kind { CT_SOURCE_SEGMENT, CT_SOURCE_LIVE, CT_SOURCE_MERGED, CT_SOURCE_CELLS };

struct ct_source {
    enum ct_source_kind kind;
    struct ct_scan *scan;
    struct ct_row_part part;         /* segment, live */
    const struct ct_row_part *parts; /* merged: oldest first */
    size_t part_count;
    uint32_t series_count;
    const uint32_t *series; /* by position; segment: set on first use */
    uint32_t *own_series;   /* merged: what `series` points to */
    uint8_t *excluded;      /* by position: 1 where a merged source has the series; NULL: none */
    uint64_t row_bound;
    uint64_t as_of;   /* segment: rows of later commits are left out; 0: there are none */
    uint32_t **codes; /* live, merged: by tag, NULL until asked for; guarded by the scan's lock */
    int64_t start_ns, end_ns; /* its share of the scan's time range */
    /* Cells, of an image that the snapshot keeps. */
    struct ct_cell_image *image;
    const struct ct_cell_face *face;
    enum ct_source_tier tier;
    uint32_t segment_count;
    bool by_row_times;             /* the share cuts cells: those count whose rows lie in it */
    size_t first_chunk, end_chunk; /* live: of the view */
};

struct ct_scan {
    struct ct_snapshot *snapshot;
    const struct ct_allocator *allocator;
    uint32_t table;
    uint32_t tag_count;
    uint32_t entry_field; /* CT_NONE where it is no part of the identity */
    int64_t start_ns, end_ns;
    struct ct_live_view views[2]; /* frozen, live */
    struct ct_row_part *parts;    /* grouped by component, oldest first in each */
    size_t part_count;
    struct ct_delete_list deletes;
    struct ct_source *sources;
    size_t source_count, source_cap;
    pthread_mutex_t lock;
};

struct ct_cursor {
    struct ct_source *source;
    const struct ct_allocator *allocator;
    uint32_t *fields; /* the plan's, copied */
    enum ct_type *types;
    uint32_t field_count;
    const uint8_t *selected;
    uint32_t next_unit, end_unit;
    struct ct_run *runs;
    struct ct_block block;
    /* segment */
    struct ct_segment_reader *reader;
    struct ct_segment_series series;
    struct ct_segment_blocks blocks;
    int *columns;
    uint32_t position;                /* of the next block's first row */
    uint32_t unit;                    /* block now read */
    struct ct_commit_reader *commits; /* NULL: every row is of the snapshot */
    /* live */
    const struct ct_live_chunk *chunk;
    uint32_t chunk_rows;
    uint32_t next_row, first_row; /* of the chunk */
    /* merged */
    struct ct_part_reader **readers;
    struct ct_codec_scratch *scratch; /* all readers' */
    struct ct_series_windows windows;
    struct ct_row_pool pool;
    size_t pool_next, pool_first;
    uint32_t pool_position;
    /* cells */
    struct ct_cell_cursor *cells;
};

/* A new source of the scan, with all of its time range; NULL when memory is out. Later ones may
 * move it. */
struct ct_source *ct_scan_add_source(struct ct_scan *scan, enum ct_source_kind kind);
/* Rows of one part, as they stand. */
ct_status ct_scan_add_part(struct ct_scan *scan, const struct ct_row_part *part, int64_t start_ns,
                           int64_t end_ns, struct ct_error *err);

/* covered_scan.c: sources for those of the scan's parts that stand alone, cells where they serve;
 * these parts are then no longer among the scan's. */
ct_status ct_scan_cover(struct ct_scan *scan, const struct ct_cover_request *cover,
                        struct ct_error *err);

static inline bool ct_cursor_wants(const struct ct_cursor *cursor, uint32_t position)
{
    return (!cursor->selected || cursor->selected[position]) &&
           (!cursor->source->excluded || !cursor->source->excluded[position]);
}

ct_status ct_cursor_segment_begin(struct ct_cursor *cursor, struct ct_error *err);
ct_status ct_cursor_segment_next(struct ct_cursor *cursor, bool *found, struct ct_error *err);
ct_status ct_cursor_live_next(struct ct_cursor *cursor, bool *found, struct ct_error *err);
ct_status ct_cursor_merged_begin(struct ct_cursor *cursor, struct ct_error *err);
ct_status ct_cursor_merged_next(struct ct_cursor *cursor, bool *found, struct ct_error *err);
void ct_cursor_merged_end(struct ct_cursor *cursor);
ct_status ct_cursor_cells_begin(struct ct_cursor *cursor, const struct ct_cursor_plan *plan,
                                struct ct_error *err);
void ct_cursor_cells_end(struct ct_cursor *cursor);
ct_status ct_source_cell_codes(struct ct_source *source, uint32_t tag, const uint32_t **out,
                               struct ct_error *err);

#endif
