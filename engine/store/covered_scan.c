/* Scans that may give cells in place of rows: what rollups do not hold comes as rows. */
#include "source.h"

ct_status ct_scan_open_covered(struct ct_snapshot *snapshot, uint32_t table, int64_t start_ns,
                               int64_t end_ns, const struct ct_cover_request *cover,
                               struct ct_scan **out, struct ct_error *err)
{
    (void)cover; /* no part keeps cells */
    return ct_scan_open(snapshot, table, start_ns, end_ns, out, err);
}

static uint32_t segments_of(const struct ct_source *source)
{
    uint32_t count = 0;
    for (size_t i = 0; i < source->part_count; i++)
        count += source->parts[i].sealed != NULL;
    return source->kind == CT_SOURCE_SEGMENT ? 1 : count;
}

void ct_source_describe(const struct ct_source *source, struct ct_source_info *out)
{
    *out = (struct ct_source_info){
        .tier = source->kind == CT_SOURCE_MERGED ? CT_TIER_MERGED : CT_TIER_ROWS,
        .grain = CT_GRAIN_NONE,
        .row_bound = source->row_bound,
        .segment_count = segments_of(source),
        .start_ns = source->scan->start_ns,
        .end_ns = source->scan->end_ns,
    };
}

ct_status ct_cursor_next_cells(struct ct_cursor *cursor, struct ct_cell_block *out,
                               const struct ct_cell_column **columns, bool *found,
                               struct ct_error *err)
{
    (void)cursor;
    (void)out;
    (void)columns;
    (void)err;
    *found = false; /* no source has cells */
    return CT_OK;
}
