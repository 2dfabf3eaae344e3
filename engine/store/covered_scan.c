/* Scans that take cells in the place of rows.
 *
 * A part of the snapshot stands alone at a time where no row of it can stand in another part as
 * well and no delete is still to be carried out in it. Then its cells answer; the times at which it
 * does not, mostly few and short, are left for the parts that meet there to be merged row by row,
 * as in any scan. So each row is in exactly one source. A rollup file serves only where all its
 * segments always stand alone. */
#include "live_cells.h"
#include "overlap.h"
#include "scan_piece.h"

/* Chunks of live rows that one scan adds up at most, so that no query waits long for cells that the
 * next ones profit from. */
#define LIVE_CHUNKS_MADE 4

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a scan");
}

/* -- which parts stand alone -------------------------------------------------------------- */

enum cover_state { COVER_FREE = 0, COVER_SHARED, COVER_TAKEN };

struct choice {
    struct ct_scan *scan;
    const struct ct_cover_request *cover;
    struct ct_sealed *const *segments; /* of the table, in the version */
    size_t count;
    struct ct_time_ranges *shared; /* by segment: when rows may stand elsewhere, or be deleted */
    struct ct_time_ranges view_shared[2];
    struct ct_time_union shared_times; /* of all of them: parts meet in whole stretches of these */
    uint8_t *is_taken;                 /* by segment: a rollup file stands for it */
    uint8_t *cover_state;              /* by rollup file of the version */
};

/* Deletes that are still to be carried out in the part. */
static void note_deletes(const struct ct_scan *scan, const struct ct_row_part *part,
                         struct ct_time_ranges *shared)
{
    const struct ct_time_range own = ct_time_range_of(ct_part_min_ns(part), ct_part_max_ns(part));
    for (size_t i = 0; i < scan->deletes.count; i++) {
        const struct ct_tombstone *tombstone = scan->deletes.tombstones[i];
        if (!ct_part_is_touched(part, tombstone))
            continue;
        const struct ct_time_range deleted = {
            .start_ns = tombstone->start_ns > own.start_ns ? tombstone->start_ns : own.start_ns,
            .end_ns = tombstone->end_ns < own.end_ns ? tombstone->end_ns : own.end_ns};
        ct_time_ranges_add(shared, deleted);
    }
}

static ct_status note_segments(struct choice *choice, struct ct_error *err)
{
    struct ct_scan *scan = choice->scan;
    ct_overlap_note *overlaps;
    CT_TRY(ct_version_overlaps(scan->snapshot->version, scan->table, scan->snapshot->store->catalog,
                               &overlaps, err));
    for (size_t i = 0; i < choice->count; i++) {
        const struct ct_row_part part = {.sealed = choice->segments[i]};
        choice->shared[i] = *ct_version_overlap(&overlaps[i]);
        note_deletes(scan, &part, &choice->shared[i]);
    }
    return CT_OK;
}

/* A live row beside segments, and the frozen rows beside the live ones. */
static ct_status note_view(struct choice *choice, int index, struct ct_error *err)
{
    const struct ct_live_view *view = &choice->scan->views[index];
    const struct ct_row_part self = {.view = view};
    struct ct_time_ranges *shared = &choice->view_shared[index];
    if (view->row_count == 0)
        return CT_OK;
    ct_time_ranges_add_all(shared, &view->late);
    note_deletes(choice->scan, &self, shared);
    for (size_t i = 0; i < choice->count; i++) {
        const struct ct_row_part part = {.sealed = choice->segments[i]};
        struct ct_time_ranges times = {0};
        CT_TRY(ct_live_overlaps(view, &part, &times, err));
        ct_time_ranges_add_all(&choice->shared[i], &times);
        ct_time_ranges_add_all(shared, &times);
    }
    const struct ct_row_part other = {.view = &choice->scan->views[1]};
    if (index == 0 && other.view->row_count > 0) {
        struct ct_time_ranges times = {0};
        CT_TRY(ct_live_overlaps(view, &other, &times, err));
        ct_time_ranges_add_all(&choice->view_shared[0], &times);
        ct_time_ranges_add_all(&choice->view_shared[1], &times);
    }
    return CT_OK;
}

static ct_status join_shared(struct choice *choice, struct ct_error *err)
{
    bool is_joined = true;
    for (size_t i = 0; i < choice->count && is_joined; i++)
        is_joined = ct_time_union_add(&choice->shared_times, &choice->shared[i]);
    for (int i = 0; i < 2 && is_joined; i++)
        is_joined = ct_time_union_add(&choice->shared_times, &choice->view_shared[i]);
    ct_time_union_settle(&choice->shared_times);
    return is_joined ? CT_OK : no_memory(err);
}

/* -- the times at which a part stands alone ------------------------------------------------ */

/* Sources for what the piece or view has in [start, end). */
typedef ct_status take_alone(void *what, int64_t start_ns, int64_t end_ns, struct ct_error *err);

/* A part takes part in a stretch of shared times as a whole, or not at all. */
static ct_status take_gaps(const struct choice *choice, const struct ct_time_ranges *shared,
                           take_alone *take, void *what, struct ct_error *err)
{
    const struct ct_scan *scan = choice->scan;
    int64_t start_ns = scan->start_ns;
    for (size_t i = 0; i < choice->shared_times.count && shared->count > 0; i++) {
        const struct ct_time_range stretch = choice->shared_times.ranges[i];
        if (!ct_time_ranges_meet(shared, stretch))
            continue;
        const int64_t end_ns = stretch.start_ns < scan->end_ns ? stretch.start_ns : scan->end_ns;
        if (start_ns < end_ns)
            CT_TRY(take(what, start_ns, end_ns, err));
        start_ns = stretch.end_ns > start_ns ? stretch.end_ns : start_ns;
    }
    return start_ns < scan->end_ns ? take(what, start_ns, scan->end_ns, err) : CT_OK;
}

/* -- sources ------------------------------------------------------------------------------ */

static struct ct_scan_piece piece_of(const struct choice *choice, enum ct_source_tier tier)
{
    const struct ct_cover_request *cover = choice->cover;
    return (struct ct_scan_piece){.scan = choice->scan,
                                  .request = {.tags = cover->tags,
                                              .tag_count = cover->tag_count,
                                              .fields = cover->fields,
                                              .keeps = cover->keeps,
                                              .field_count = cover->field_count},
                                  .grain_max = cover->grain_max,
                                  .tier = tier};
}

static bool is_in_range(const struct ct_scan *scan, int64_t min_ns, int64_t max_ns)
{
    return max_ns >= scan->start_ns && min_ns < scan->end_ns;
}

static ct_status take_piece(void *what, int64_t start_ns, int64_t end_ns, struct ct_error *err)
{
    return ct_scan_piece_take(what, start_ns, end_ns, err);
}

static ct_status take_section(struct choice *choice, size_t index, struct ct_error *err)
{
    const struct ct_segment_info *info = &choice->segments[index]->entry.info;
    struct ct_scan_piece piece = piece_of(choice, CT_TIER_SECTION);
    CT_TRY(ct_sealed_cells(choice->segments[index], &piece.image, err));
    piece.request.row_count = info->row_count;
    piece.min_ns = info->min_time_ns;
    piece.max_ns = info->max_time_ns;
    piece.segments = &choice->segments[index];
    piece.segment_count = 1;
    return take_gaps(choice, &choice->shared[index], take_piece, &piece, err);
}

static ct_status take_cover(struct choice *choice, uint32_t number, struct ct_error *err)
{
    struct ct_scan *scan = choice->scan;
    const struct ct_version_cover *cover = &scan->snapshot->version->covers.covers[number];
    struct ct_scan_piece piece = piece_of(choice, CT_TIER_FILE);
    CT_TRY(ct_cover_cells(cover->cover, cover->tag_end, &piece.image, err));
    piece.request.row_count = cover->row_count;
    piece.min_ns = cover->min_ns;
    piece.max_ns = cover->max_ns;
    piece.segments = cover->segments;
    piece.segment_count = cover->segment_count;
    if (!ct_scan_piece_has_cells(&piece))
        return CT_OK;
    choice->cover_state[number] = COVER_TAKEN;
    return ct_scan_piece_take(&piece, scan->start_ns, scan->end_ns, err);
}

/* A file serves where all its segments stand alone; what it does not serve, sections do. */
static ct_status take_covers(struct choice *choice, struct ct_error *err)
{
    const struct ct_version *version = choice->scan->snapshot->version;
    const uint32_t *cover_of = version->covers.cover_of + (choice->segments - version->segments);
    for (size_t i = 0; i < choice->count; i++) {
        if (cover_of[i] != 0 && choice->shared[i].count > 0)
            choice->cover_state[cover_of[i] - 1] = COVER_SHARED;
    }
    for (uint32_t i = 0; i < version->covers.count; i++) {
        const struct ct_version_cover *cover = &version->covers.covers[i];
        if (cover->table == choice->scan->table && choice->cover_state[i] != COVER_SHARED &&
            is_in_range(choice->scan, cover->min_ns, cover->max_ns))
            CT_TRY(take_cover(choice, i, err));
    }
    for (size_t i = 0; i < choice->count; i++)
        choice->is_taken[i] =
            cover_of[i] != 0 && choice->cover_state[cover_of[i] - 1] == COVER_TAKEN;
    return CT_OK;
}

static ct_status take_segments(struct choice *choice, struct ct_error *err)
{
    for (size_t i = 0; i < choice->count; i++) {
        const struct ct_segment_info *info = &choice->segments[i]->entry.info;
        if (!choice->is_taken[i] && is_in_range(choice->scan, info->min_time_ns, info->max_time_ns))
            CT_TRY(take_section(choice, i, err));
    }
    return CT_OK;
}

/* Live rows of a view; what of its cells is not made yet may be. */
struct view_pieces {
    struct choice *choice;
    struct ct_live_cells cells;
};

/* Cells of an image of live rows. */
static ct_status take_chunks(const struct view_pieces *pieces, size_t first, size_t end,
                             struct ct_cell_image *image, struct ct_time_range time, bool *is_taken,
                             struct ct_error *err)
{
    struct ct_scan_piece piece = piece_of(pieces->choice, CT_TIER_LIVE);
    piece.image = image;
    piece.request.row_count = image->row_count;
    piece.min_ns = image->min_ns;
    piece.max_ns = image->max_ns;
    piece.view = pieces->cells.view;
    piece.first_chunk = first;
    piece.end_chunk = end;
    *is_taken = ct_scan_piece_has_cells(&piece);
    return *is_taken ? ct_scan_piece_take(&piece, time.start_ns, time.end_ns, err) : CT_OK;
}

/* Chunks without cells that serve are read as rows, neighbours together. */
static ct_status take_view(void *what, int64_t start_ns, int64_t end_ns, struct ct_error *err)
{
    struct view_pieces *pieces = what;
    struct ct_scan *scan = pieces->choice->scan;
    const struct ct_live_view *view = pieces->cells.view;
    const struct ct_time_range time = {.start_ns = start_ns, .end_ns = end_ns};
    size_t rows_from = 0;
    size_t end;
    if (!ct_time_range_meets(time, ct_time_range_of(view->min_time_ns, view->max_time_ns)))
        return CT_OK;
    for (size_t first = 0; first < view->chunk_count; first = end) {
        struct ct_cell_image *image;
        bool is_taken = false;
        CT_TRY(ct_live_cells_next(&pieces->cells, first, &end, &image, err));
        if (image)
            CT_TRY(take_chunks(pieces, first, end, image, time, &is_taken, err));
        if (!is_taken)
            continue;
        CT_TRY(ct_scan_add_chunks(scan, view, rows_from, first, start_ns, end_ns, err));
        rows_from = end;
    }
    return ct_scan_add_chunks(scan, view, rows_from, view->chunk_count, start_ns, end_ns, err);
}

static ct_status take_views(struct choice *choice, struct ct_error *err)
{
    struct ct_scan *scan = choice->scan;
    for (int i = 0; i < 2; i++) {
        struct view_pieces pieces = {
            .choice = choice,
            .cells = {.store = scan->snapshot->store,
                      .set = i ? scan->snapshot->live : scan->snapshot->frozen,
                      .view = &scan->views[i],
                      .table = scan->table,
                      .budget = LIVE_CHUNKS_MADE}};
        if (scan->views[i].row_count > 0)
            CT_TRY(take_gaps(choice, &choice->view_shared[i], take_view, &pieces, err));
    }
    return CT_OK;
}

/* -- what is left for merging ---------------------------------------------------------------- */

/* Parts are in the version's order, the live ones last. */
static const struct ct_time_ranges *shared_of(const struct choice *choice,
                                              const struct ct_row_part *part, size_t *at)
{
    if (part->view)
        return &choice->view_shared[part->view - choice->scan->views];
    while (choice->segments[*at] != part->sealed)
        ++*at;
    return &choice->shared[*at];
}

/* The part once for each stretch of shared times that it takes part in; `out` NULL: only counts. */
static size_t share(const struct choice *choice, struct ct_row_part part,
                    const struct ct_time_ranges *shared, struct ct_row_part *out)
{
    const struct ct_scan *scan = choice->scan;
    size_t count = 0;
    for (size_t i = 0; i < choice->shared_times.count && shared->count > 0; i++) {
        const struct ct_time_range stretch = choice->shared_times.ranges[i];
        part.share.start_ns = stretch.start_ns > scan->start_ns ? stretch.start_ns : scan->start_ns;
        part.share.end_ns = stretch.end_ns < scan->end_ns ? stretch.end_ns : scan->end_ns;
        if (!ct_time_ranges_meet(shared, stretch) || part.share.start_ns >= part.share.end_ns ||
            ct_part_max_ns(&part) < part.share.start_ns ||
            ct_part_min_ns(&part) >= part.share.end_ns)
            continue;
        if (out)
            out[count] = part;
        count++;
    }
    return count;
}

/* In place of the scan's parts their shares. */
static ct_status leave_shares(const struct choice *choice, struct ct_error *err)
{
    struct ct_scan *scan = choice->scan;
    size_t count = 0;
    size_t at = 0;
    for (size_t i = 0; i < scan->part_count; i++)
        count += share(choice, scan->parts[i], shared_of(choice, &scan->parts[i], &at), NULL);
    struct ct_row_part *shares = ct_alloc_zeroed(scan->allocator, count, sizeof *shares);
    if (!shares)
        return no_memory(err);
    count = at = 0;
    for (size_t i = 0; i < scan->part_count; i++)
        count +=
            share(choice, scan->parts[i], shared_of(choice, &scan->parts[i], &at), shares + count);
    ct_release(scan->allocator, scan->parts);
    scan->parts = shares;
    scan->part_count = count;
    return CT_OK;
}

static ct_status choose(struct choice *choice, struct ct_error *err)
{
    CT_TRY(note_segments(choice, err));
    CT_TRY(note_view(choice, 0, err));
    CT_TRY(note_view(choice, 1, err));
    CT_TRY(join_shared(choice, err));
    CT_TRY(take_covers(choice, err));
    CT_TRY(take_segments(choice, err));
    CT_TRY(take_views(choice, err));
    return leave_shares(choice, err);
}

/* Cells answer for all the fields, or for none. */
static bool are_rolled(const struct ct_scan *scan, const struct ct_cover_request *cover)
{
    struct ct_catalog *catalog = scan->snapshot->store->catalog;
    for (uint32_t i = 0; i < cover->field_count; i++) {
        if (!ct_field_is_rolled(catalog, scan->table, cover->fields[i]))
            return false;
    }
    return true;
}

ct_status ct_scan_cover(struct ct_scan *scan, const struct ct_cover_request *cover,
                        struct ct_error *err)
{
    if (!are_rolled(scan, cover))
        return CT_OK;
    const struct ct_version *version = scan->snapshot->version;
    struct choice choice = {
        .scan = scan, .cover = cover, .shared_times = {.allocator = scan->allocator}};
    choice.segments = ct_version_table(version, scan->table, &choice.count);
    choice.shared = ct_alloc_zeroed(scan->allocator, choice.count + 1, sizeof *choice.shared);
    choice.is_taken = ct_alloc_zeroed(scan->allocator, choice.count + version->covers.count + 1, 1);
    ct_status status = choice.shared && choice.is_taken ? CT_OK : no_memory(err);
    if (status == CT_OK) {
        choice.cover_state = choice.is_taken + choice.count;
        status = choose(&choice, err);
    }
    ct_time_union_deinit(&choice.shared_times);
    ct_release(scan->allocator, choice.shared);
    ct_release(scan->allocator, choice.is_taken);
    return status;
}

/* -- what a source tells ------------------------------------------------------------------ */

static uint64_t cells_in_share(const struct ct_source *source)
{
    const struct ct_rollup_image *image = source->image->image;
    const struct ct_rollup_face *face = ct_rollup_image_face(image, source->face->face);
    uint64_t count = 0;
    for (uint32_t b = 0; b < face->block_count; b++) {
        struct ct_rollup_block block;
        ct_rollup_face_block(image, source->face->face, b, &block);
        if (block.min_bucket_ns < source->end_ns &&
            (source->by_row_times || block.max_bucket_ns >= source->start_ns))
            count += block.cell_count;
    }
    return count;
}

void ct_source_describe(const struct ct_source *source, struct ct_source_info *out)
{
    const struct ct_scan *scan = source->scan;
    *out = (struct ct_source_info){
        .tier = source->tier,
        .grain = CT_GRAIN_NONE,
        .row_bound = source->row_bound,
        .segment_count = source->segment_count,
        .start_ns = source->start_ns < scan->start_ns ? scan->start_ns : source->start_ns,
        .end_ns = source->end_ns > scan->end_ns ? scan->end_ns : source->end_ns,
    };
    if (source->kind != CT_SOURCE_CELLS)
        return;
    const struct ct_rollup_face *face =
        ct_rollup_image_face(source->image->image, source->face->face);
    out->grain = face->grain;
    out->tag_count = face->set.tag_count;
    memcpy(out->tags, face->set.tags, sizeof out->tags);
    out->cell_bound = cells_in_share(source);
}
