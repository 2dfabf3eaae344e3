#include "scan_piece.h"

/* Blocks of cells that are looked at to see whether a ragged end cuts one; with more of them rows
 * are read. */
#define EDGE_BLOCKS_MAX 64

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a scan");
}

/* -- pieces of time ----------------------------------------------------------------------- */

/* The first start of a cell at or after the time. */
static int64_t grain_ceiling(int64_t time_ns, enum ct_grain grain)
{
    if (time_ns == INT64_MIN || ct_grain_start(time_ns, grain) == time_ns)
        return time_ns;
    return ct_grain_end(time_ns, grain);
}

static int64_t grain_floor(int64_t time_ns, enum ct_grain grain)
{
    return time_ns == INT64_MAX ? time_ns : ct_grain_start(time_ns, grain);
}

static ct_status add_cells(struct ct_scan_piece *piece, const struct ct_cell_face *face,
                           int64_t start_ns, int64_t end_ns, bool by_row_times,
                           struct ct_error *err)
{
    struct ct_source *source = ct_scan_add_source(piece->scan, CT_SOURCE_CELLS);
    if (!source)
        return no_memory(err);
    source->image = piece->image;
    source->face = face;
    source->tier = piece->tier;
    source->segment_count = piece->segment_count;
    source->by_row_times = by_row_times;
    source->start_ns = start_ns;
    source->end_ns = end_ns;
    source->row_bound = piece->request.row_count;
    source->series_count = ct_rollup_image_face(piece->image->image, face->face)->group_count;
    return CT_OK;
}

ct_status ct_scan_add_chunks(struct ct_scan *scan, const struct ct_live_view *view,
                             size_t first_chunk, size_t end_chunk, int64_t start_ns, int64_t end_ns,
                             struct ct_error *err)
{
    const struct ct_row_part part = {.view = view};
    if (first_chunk >= end_chunk)
        return CT_OK;
    CT_TRY(ct_scan_add_part(scan, &part, start_ns, end_ns, err));
    struct ct_source *source = &scan->sources[scan->source_count - 1];
    source->first_chunk = first_chunk;
    source->end_chunk = end_chunk;
    source->row_bound = 0;
    for (size_t i = first_chunk; i < end_chunk; i++)
        source->row_bound += view->chunk_rows[i];
    return CT_OK;
}

static ct_status add_rows(struct ct_scan_piece *piece, int64_t start_ns, int64_t end_ns,
                          struct ct_error *err)
{
    const struct ct_scan *scan = piece->scan;
    start_ns = start_ns < scan->start_ns ? scan->start_ns : start_ns;
    end_ns = end_ns > scan->end_ns ? scan->end_ns : end_ns;
    for (uint32_t i = 0; i < piece->segment_count; i++) {
        const struct ct_row_part part = {.sealed = piece->segments[i]};
        if (ct_part_max_ns(&part) >= start_ns && ct_part_min_ns(&part) < end_ns)
            CT_TRY(ct_scan_add_part(piece->scan, &part, start_ns, end_ns, err));
    }
    return ct_scan_add_chunks(piece->scan, piece->view, piece->first_chunk, piece->end_chunk,
                              start_ns, end_ns, err);
}

/* -- ragged ends -------------------------------------------------------------------------- */

/* Does a cell of the block have rows on both sides of one of the bounds? */
static ct_status is_block_cut(struct ct_rollup_reader *reader, uint32_t block, int64_t start_ns,
                              int64_t end_ns, bool *is_cut, struct ct_error *err)
{
    struct ct_cell_block cells;
    CT_TRY(ct_rollup_reader_read(reader, block, &cells, NULL, err));
    for (uint32_t i = 0; i < cells.cell_count && !*is_cut; i++) {
        const int64_t min_ns = cells.min_times_ns[i];
        const int64_t max_ns = cells.max_times_ns[i];
        *is_cut =
            (min_ns < start_ns && max_ns >= start_ns) || (min_ns < end_ns && max_ns >= end_ns);
    }
    return CT_OK;
}

static ct_status is_face_cut(const struct ct_scan_piece *piece, const struct ct_cell_face *face,
                             int64_t start_ns, int64_t end_ns, bool *is_cut, struct ct_error *err)
{
    struct ct_rollup_image *image = piece->image->image;
    const struct ct_rollup_face *found = ct_rollup_image_face(image, face->face);
    *is_cut = found->is_split && found->block_count > EDGE_BLOCKS_MAX;
    if (!found->is_split || *is_cut)
        return CT_OK;
    const struct ct_rollup_reader_plan plan = {.wants_row_times = true};
    struct ct_rollup_reader *reader;
    CT_TRY(ct_rollup_reader_create(image, face->face, &plan, &reader, err));
    ct_status status = CT_OK;
    for (uint32_t b = 0; b < found->block_count && status == CT_OK && !*is_cut; b++)
        status = is_block_cut(reader, b, start_ns, end_ns, is_cut, err);
    ct_rollup_reader_destroy(reader);
    return status;
}

/* Less than one cell of the finest face on that side. */
static ct_status add_ragged(struct ct_scan_piece *piece, int64_t start_ns, int64_t end_ns,
                            struct ct_error *err)
{
    const struct ct_cell_face *face = NULL;
    for (enum ct_grain grain = CT_GRAIN_MINUTE; grain <= piece->grain_max && !face; grain++)
        face = ct_cell_image_find(piece->image, &piece->request, grain, grain);
    bool is_cut = true;
    if (face)
        CT_TRY(is_face_cut(piece, face, start_ns, end_ns, &is_cut, err));
    if (is_cut)
        return add_rows(piece, start_ns, end_ns, err);
    return add_cells(piece, face, start_ns, end_ns, true, err);
}

/* -- cutting ------------------------------------------------------------------------------ */

/* The piece's rows in [start, end), in cells no coarser than `grain`. At most as deep as there are
 * grains. */
static ct_status add_stretch(struct ct_scan_piece *piece, int64_t start_ns, int64_t end_ns,
                             enum ct_grain grain, struct ct_error *err)
{
    if (start_ns >= end_ns || start_ns > piece->max_ns || end_ns <= piece->min_ns)
        return CT_OK;
    start_ns = start_ns <= piece->min_ns ? INT64_MIN : start_ns;
    end_ns = end_ns > piece->max_ns ? INT64_MAX : end_ns;
    const bool is_whole = start_ns == INT64_MIN && end_ns == INT64_MAX;
    for (; grain > CT_GRAIN_NONE; grain--) {
        const int64_t first_ns = grain_ceiling(start_ns, grain);
        const int64_t last_ns = grain_floor(end_ns, grain);
        if (first_ns >= last_ns || first_ns > piece->max_ns || last_ns <= piece->min_ns)
            continue;
        const struct ct_cell_face *face = ct_cell_image_find(
            piece->image, &piece->request, is_whole ? CT_GRAIN_MINUTE : grain, grain);
        if (!face)
            continue;
        CT_TRY(add_cells(piece, face, first_ns, last_ns, false, err));
        CT_TRY(add_stretch(piece, start_ns, first_ns, grain - 1, err));
        return add_stretch(piece, last_ns, end_ns, grain - 1, err);
    }
    return add_ragged(piece, start_ns, end_ns, err);
}

bool ct_scan_piece_has_cells(const struct ct_scan_piece *piece)
{
    return ct_cell_image_find(piece->image, &piece->request, CT_GRAIN_MINUTE, piece->grain_max) !=
           NULL;
}

ct_status ct_scan_piece_take(struct ct_scan_piece *piece, int64_t start_ns, int64_t end_ns,
                             struct ct_error *err)
{
    return ct_scan_piece_has_cells(piece)
               ? add_stretch(piece, start_ns, end_ns, piece->grain_max, err)
               : add_rows(piece, start_ns, end_ns, err);
}
