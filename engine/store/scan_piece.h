/* Rows that stand alone in a scan, taken as cells. Private to store; covered_scan.c chooses them.
 *
 * What a stretch of time cuts is taken in pieces: whole months, days, hours, minutes inside, as
 * coarse as the caller lets us; at the ragged ends, where a row is inside and its neighbour in the
 * same cell is not, rows are read. */
#ifndef CT_SCAN_PIECE_H
#define CT_SCAN_PIECE_H

#include "grouping_sets.h"
#include "source.h"

/* Borrows what it points to. */
struct ct_scan_piece {
    struct ct_scan *scan;
    struct ct_face_request request;
    enum ct_grain grain_max;
    struct ct_cell_image *image;
    enum ct_source_tier tier;
    int64_t min_ns, max_ns; /* of its rows */
    uint32_t segment_count;
    struct ct_sealed *const *segments; /* where its rows are; or, of live rows: */
    const struct ct_live_view *view;
    size_t first_chunk, end_chunk;
};

/* Do the image's cells answer what is asked? */
bool ct_scan_piece_has_cells(const struct ct_scan_piece *piece);

/* Adds sources to the scan for the piece's rows in [start, end): of cells as far as they serve. */
ct_status ct_scan_piece_take(struct ct_scan_piece *piece, int64_t start_ns, int64_t end_ns,
                             struct ct_error *err) CT_MUST_USE;

/* A source of the rows of live chunks [first, end) in a stretch of time; none where there is no
 * chunk. */
ct_status ct_scan_add_chunks(struct ct_scan *scan, const struct ct_live_view *view,
                             size_t first_chunk, size_t end_chunk, int64_t start_ns, int64_t end_ns,
                             struct ct_error *err) CT_MUST_USE;

#endif
