/* Rollup files in the manifest: their operations, and the invariant of covers. */
#include "manifest_codec.h"

#define COVER_HEAD_BYTES_MAX (3 * CT_VARINT_BYTES_MAX + 8)

bool ct_manifest_make_room(struct ct_manifest_state *state, const struct ct_allocator *allocator,
                           const struct ct_cover_entry *cover)
{
    return !cover || (ct_grow(allocator, &state->covers, &state->cover_cap, state->cover_count + 1,
                              sizeof *state->covers) &&
                      ct_grow(allocator, &state->covered, &state->covered_cap,
                              state->covered_count + cover->segment_count, sizeof *state->covered));
}

ct_status ct_manifest_encode_cover(const struct ct_cover_entry *cover, const uint64_t *segments,
                                   struct ct_byte_buffer *out)
{
    CT_ASSERT(cover->segment_count > 0 && cover->segment_count <= CT_COVER_SEGMENTS_MAX);
    uint8_t *at = ct_byte_buffer_room(out, COVER_HEAD_BYTES_MAX);
    if (!at)
        return CT_NO_MEMORY;
    struct ct_writer w = ct_writer_of(at, COVER_HEAD_BYTES_MAX);
    ct_write_svarint(&w, cover->month_ns);
    ct_write_varint(&w, cover->file_bytes);
    ct_write64(&w, cover->footer_checksum);
    ct_write_varint(&w, cover->segment_count);
    ct_byte_buffer_advance(out, ct_writer_len(&w));
    for (uint32_t i = 0; i < cover->segment_count; i++)
        CT_TRY(ct_byte_buffer_varint(out, i ? segments[i] - segments[i - 1] : segments[i]));
    return CT_OK;
}

/* Ids ascend: the differences are at least 1. */
static void read_segments(struct ct_reader *r, uint64_t *out, uint32_t count)
{
    uint64_t id = 0;
    for (uint32_t i = 0; i < count && !r->is_bad; i++) {
        const uint64_t step = ct_read_varint_max(r, UINT64_MAX - id);
        r->is_bad |= i > 0 && step == 0;
        id += step;
        out[i] = id;
    }
}

ct_status ct_manifest_add_cover(struct ct_manifest_state *state,
                                const struct ct_allocator *allocator, struct ct_reader *r)
{
    struct ct_cover_entry cover = {.first_segment = state->covered_count};
    cover.id = ct_read_varint(r);
    cover.table = (uint32_t)ct_read_varint_max(r, UINT32_MAX - 1);
    cover.month_ns = ct_read_svarint(r);
    cover.file_bytes = ct_read_varint(r);
    cover.footer_checksum = ct_read64(r);
    cover.segment_count = (uint32_t)ct_read_varint_max(r, CT_COVER_SEGMENTS_MAX);
    if (r->is_bad || cover.segment_count == 0 || cover.segment_count > ct_reader_left(r))
        return CT_CORRUPT;
    if (!ct_manifest_make_room(state, allocator, &cover))
        return CT_NO_MEMORY;
    read_segments(r, state->covered + cover.first_segment, cover.segment_count);
    if (r->is_bad)
        return CT_CORRUPT;
    state->covered_count += cover.segment_count;
    state->covers[state->cover_count++] = cover;
    return CT_OK;
}

bool ct_manifest_drop_cover(struct ct_manifest_state *state, uint64_t id)
{
    size_t at = 0;
    while (at < state->cover_count && state->covers[at].id != id)
        at++;
    if (at == state->cover_count)
        return false;
    const struct ct_cover_entry gone = state->covers[at];
    uint64_t *ids = state->covered + gone.first_segment;
    state->covered_count -= gone.segment_count;
    memmove(ids, ids + gone.segment_count,
            (state->covered_count - gone.first_segment) * sizeof *ids);
    state->cover_count--;
    memmove(&state->covers[at], &state->covers[at + 1],
            (state->cover_count - at) * sizeof *state->covers);
    for (size_t i = 0; i < state->cover_count; i++) {
        if (state->covers[i].first_segment > gone.first_segment)
            state->covers[i].first_segment -= gone.segment_count;
    }
    return true;
}

static struct ct_segment_entry *find_segment(struct ct_manifest_state *state, uint64_t id)
{
    size_t low = 0;
    size_t high = state->segment_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (state->segments[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < state->segment_count && state->segments[low].id == id ? &state->segments[low]
                                                                       : NULL;
}

bool ct_manifest_covers_are_sound(struct ct_manifest_state *state)
{
    for (size_t i = 0; i < state->segment_count; i++)
        state->segments[i].is_covered = false;
    for (size_t c = 0; c < state->cover_count; c++) {
        const struct ct_cover_entry *cover = &state->covers[c];
        for (uint32_t i = 0; i < cover->segment_count; i++) {
            struct ct_segment_entry *segment =
                find_segment(state, state->covered[cover->first_segment + i]);
            if (!segment || segment->is_covered || segment->info.table != cover->table)
                return false;
            segment->is_covered = true;
        }
    }
    return true;
}
