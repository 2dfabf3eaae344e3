#include "manifest_codec.h"

/* An edit is a sequence of operations: a byte that says which, then its numbers. Stored: never
 * renumbered. */
enum operation {
    OP_ADD_SEGMENT = 1,
    OP_DROP_SEGMENT = 2,
    OP_ADD_TOMBSTONE = 3,
    OP_DROP_TOMBSTONE = 4,
    OP_SEALED_COMMIT = 5,
    OP_LOG_LOW = 6,
    OP_NEXT_NUMBER = 7,
    OP_CATALOG_FILE = 8,
    OP_FORGET_CATALOG_FILES = 9,
    OP_ADD_COVER = 10,
    OP_DROP_COVER = 11,
    OP_ADD_HISTORY = 20,
    OP_HISTORY_LOW = 21,
    OP_COMMIT_TIMES = 22,
};

#define SEGMENT_BYTES_MAX   256
#define TOMBSTONE_BYTES_MAX (64 + CT_TOMBSTONE_TAGS_MAX * 2 * CT_VARINT_BYTES_MAX)
#define SMALL_BYTES_MAX     (1 + 2 * CT_VARINT_BYTES_MAX)

static ct_status encode_segment(const struct ct_segment_entry *entry, struct ct_byte_buffer *out)
{
    uint8_t *at = ct_byte_buffer_room(out, SEGMENT_BYTES_MAX);
    if (!at)
        return CT_NO_MEMORY;
    struct ct_writer w = ct_writer_of(at, SEGMENT_BYTES_MAX);
    const struct ct_segment_info *info = &entry->info;
    ct_write8(&w, entry->is_history ? OP_ADD_HISTORY : OP_ADD_SEGMENT);
    ct_write_varint(&w, entry->id);
    ct_write_svarint(&w, entry->partition_start_ns);
    ct_write_varint(&w, entry->applied_commit);
    ct_write8(&w, entry->is_small);
    ct_write_varint(&w, info->file_bytes);
    ct_write64(&w, info->footer_checksum);
    ct_write_varint(&w, info->table);
    ct_write_varint(&w, info->row_count);
    ct_write_varint(&w, info->series_count);
    ct_write_varint(&w, info->block_count);
    ct_write_varint(&w, info->column_count);
    ct_write_varint(&w, info->tag_count);
    ct_write_svarint(&w, info->min_time_ns);
    ct_write_svarint(&w, info->max_time_ns);
    ct_write_varint(&w, info->min_commit);
    ct_write_varint(&w, info->max_commit);
    ct_byte_buffer_advance(out, ct_writer_len(&w));
    return CT_OK;
}

static void read_segment(struct ct_reader *r, struct ct_segment_entry *entry)
{
    struct ct_segment_info *info = &entry->info;
    entry->id = ct_read_varint(r);
    entry->partition_start_ns = ct_read_svarint(r);
    entry->applied_commit = ct_read_varint(r);
    entry->is_small = ct_read8(r) != 0;
    info->file_bytes = ct_read_varint(r);
    info->footer_checksum = ct_read64(r);
    info->table = (uint32_t)ct_read_varint_max(r, UINT32_MAX - 1);
    info->row_count = (uint32_t)ct_read_varint_max(r, CT_SEGMENT_ROWS_MAX);
    info->series_count = (uint32_t)ct_read_varint_max(r, CT_SEGMENT_ROWS_MAX);
    info->block_count = (uint32_t)ct_read_varint_max(r, CT_SEGMENT_ROWS_MAX);
    info->column_count = (uint32_t)ct_read_varint_max(r, CT_SEGMENT_COLUMNS_MAX);
    info->tag_count = (uint32_t)ct_read_varint_max(r, CT_SEGMENT_TAGS_MAX);
    info->min_time_ns = ct_read_svarint(r);
    info->max_time_ns = ct_read_svarint(r);
    info->min_commit = ct_read_varint(r);
    info->max_commit = ct_read_varint(r);
}

static ct_status encode_tombstone(const struct ct_tombstone *tombstone, struct ct_byte_buffer *out)
{
    CT_ASSERT(tombstone->tag_count <= CT_TOMBSTONE_TAGS_MAX);
    uint8_t *at = ct_byte_buffer_room(out, TOMBSTONE_BYTES_MAX);
    if (!at)
        return CT_NO_MEMORY;
    struct ct_writer w = ct_writer_of(at, TOMBSTONE_BYTES_MAX);
    ct_write8(&w, OP_ADD_TOMBSTONE);
    ct_write_varint(&w, tombstone->commit);
    ct_write_varint(&w, tombstone->table);
    ct_write_svarint(&w, tombstone->start_ns);
    ct_write_svarint(&w, tombstone->end_ns);
    ct_write_varint(&w, tombstone->tag_count);
    for (uint32_t i = 0; i < tombstone->tag_count; i++) {
        ct_write_varint(&w, tombstone->tags[i].tag);
        ct_write_varint(&w, tombstone->tags[i].code);
    }
    ct_byte_buffer_advance(out, ct_writer_len(&w));
    return CT_OK;
}

static void read_tombstone(struct ct_reader *r, struct ct_tombstone *tombstone)
{
    tombstone->commit = ct_read_varint(r);
    tombstone->table = (uint32_t)ct_read_varint_max(r, UINT32_MAX - 1);
    tombstone->start_ns = ct_read_svarint(r);
    tombstone->end_ns = ct_read_svarint(r);
    tombstone->tag_count = (uint32_t)ct_read_varint_max(r, CT_TOMBSTONE_TAGS_MAX);
    for (uint32_t i = 0; i < tombstone->tag_count; i++) {
        tombstone->tags[i].tag = (uint32_t)ct_read_varint_max(r, CT_SEGMENT_TAGS_MAX);
        tombstone->tags[i].code = (uint32_t)ct_read_varint_max(r, UINT32_MAX);
    }
}

static ct_status encode_numbers(struct ct_byte_buffer *out, enum operation operation,
                                uint64_t first, uint64_t second, unsigned count)
{
    uint8_t *at = ct_byte_buffer_room(out, SMALL_BYTES_MAX);
    if (!at)
        return CT_NO_MEMORY;
    struct ct_writer w = ct_writer_of(at, SMALL_BYTES_MAX);
    ct_write8(&w, (uint8_t)operation);
    if (count > 0)
        ct_write_varint(&w, first);
    if (count > 1)
        ct_write_varint(&w, second);
    ct_byte_buffer_advance(out, ct_writer_len(&w));
    return CT_OK;
}

static ct_status encode_times(const struct ct_commit_time *times, size_t count,
                              struct ct_byte_buffer *out)
{
    if (count == 0)
        return CT_OK;
    CT_TRY(encode_numbers(out, OP_COMMIT_TIMES, count, 0, 1));
    struct ct_commit_time before = {0};
    for (size_t i = 0; i < count; i++) {
        const int64_t time_ms = times[i].time_ns / CT_TIME_UNIT_NS;
        CT_TRY(ct_byte_buffer_varint(out, times[i].commit - before.commit));
        CT_TRY(ct_byte_buffer_varint(out, ct_zigzag(time_ms - before.time_ns)));
        before = (struct ct_commit_time){.commit = times[i].commit, .time_ns = time_ms};
    }
    return CT_OK;
}

static ct_status read_times(struct ct_manifest_state *state, const struct ct_allocator *allocator,
                            struct ct_reader *r)
{
    const uint64_t count = ct_read_varint_max(r, ct_reader_left(r));
    uint64_t commit = 0;
    uint64_t time_ms = 0;
    for (uint64_t i = 0; i < count && !r->is_bad; i++) {
        commit += ct_read_varint(r);
        time_ms += (uint64_t)ct_read_svarint(r);
        int64_t time_ns;
        if (r->is_bad || __builtin_mul_overflow((int64_t)time_ms, CT_TIME_UNIT_NS, &time_ns))
            return CT_CORRUPT;
        const struct ct_commit_time mark = {.commit = commit, .time_ns = time_ns};
        CT_TRY(ct_commit_times_add(&state->times, allocator, mark));
    }
    return r->is_bad ? CT_CORRUPT : CT_OK;
}

static ct_status encode_cover(const struct ct_cover_entry *cover, const uint64_t *segments,
                              struct ct_byte_buffer *out)
{
    CT_TRY(encode_numbers(out, OP_ADD_COVER, cover->id, cover->table, 2));
    return ct_manifest_encode_cover(cover, segments, out);
}

ct_status ct_manifest_encode(const struct ct_manifest_edit *edit, struct ct_byte_buffer *out)
{
    for (size_t i = 0; i < edit->dropped_cover_count; i++)
        CT_TRY(encode_numbers(out, OP_DROP_COVER, edit->dropped_covers[i], 0, 1));
    for (size_t i = 0; i < edit->dropped_count; i++)
        CT_TRY(encode_numbers(out, OP_DROP_SEGMENT, edit->dropped[i], 0, 1));
    for (size_t i = 0; i < edit->added_count; i++)
        CT_TRY(encode_segment(&edit->added[i], out));
    if (edit->cover)
        CT_TRY(encode_cover(edit->cover, edit->cover_segments, out));
    for (size_t i = 0; i < edit->dropped_tombstone_count; i++)
        CT_TRY(encode_numbers(out, OP_DROP_TOMBSTONE, edit->dropped_tombstones[i], 0, 1));
    for (size_t i = 0; i < edit->tombstone_count; i++)
        CT_TRY(encode_tombstone(&edit->tombstones[i], out));
    if (edit->sealed_commit)
        CT_TRY(encode_numbers(out, OP_SEALED_COMMIT, edit->sealed_commit, 0, 1));
    if (edit->log_low)
        CT_TRY(encode_numbers(out, OP_LOG_LOW, edit->log_low, 0, 1));
    if (edit->next_number)
        CT_TRY(encode_numbers(out, OP_NEXT_NUMBER, edit->next_number, 0, 1));
    if (edit->history_low)
        CT_TRY(encode_numbers(out, OP_HISTORY_LOW, edit->history_low, 0, 1));
    CT_TRY(encode_times(edit->times, edit->time_count, out));
    if (edit->replaces_catalogs)
        CT_TRY(encode_numbers(out, OP_FORGET_CATALOG_FILES, 0, 0, 0));
    if (edit->catalog)
        CT_TRY(encode_numbers(out, OP_CATALOG_FILE, edit->catalog->number,
                              edit->catalog->end_offset, 2));
    return CT_OK;
}

ct_status ct_manifest_encode_state(const struct ct_manifest_state *state,
                                   struct ct_byte_buffer *out)
{
    for (size_t i = 0; i < state->segment_count; i++)
        CT_TRY(encode_segment(&state->segments[i], out));
    for (size_t i = 0; i < state->cover_count; i++)
        CT_TRY(
            encode_cover(&state->covers[i], state->covered + state->covers[i].first_segment, out));
    for (size_t i = 0; i < state->tombstone_count; i++)
        CT_TRY(encode_tombstone(&state->tombstones[i], out));
    for (size_t i = 0; i < state->catalog_count; i++)
        CT_TRY(encode_numbers(out, OP_CATALOG_FILE, state->catalogs[i].number,
                              state->catalogs[i].end_offset, 2));
    if (state->has_history)
        CT_TRY(encode_numbers(out, OP_HISTORY_LOW, state->history_low, 0, 1));
    CT_TRY(encode_times(state->times.marks, state->times.count, out));
    CT_TRY(encode_numbers(out, OP_SEALED_COMMIT, state->sealed_commit, 0, 1));
    CT_TRY(encode_numbers(out, OP_LOG_LOW, state->log_low, 0, 1));
    return encode_numbers(out, OP_NEXT_NUMBER, state->next_number, 0, 1);
}

/* By id: covers look segments up. */
static ct_status add_segment(struct ct_manifest_state *state, const struct ct_allocator *allocator,
                             const struct ct_segment_entry *entry)
{
    if (!ct_grow(allocator, &state->segments, &state->segment_cap, state->segment_count + 1,
                 sizeof *state->segments))
        return CT_NO_MEMORY;
    size_t at = state->segment_count++;
    for (; at > 0 && state->segments[at - 1].id > entry->id; at--)
        state->segments[at] = state->segments[at - 1];
    state->segments[at] = *entry;
    return CT_OK;
}

/* False where there is no such segment: the edit is damaged. */
static bool drop_segment(struct ct_manifest_state *state, uint64_t id)
{
    for (size_t i = 0; i < state->segment_count; i++) {
        if (state->segments[i].id != id)
            continue;
        state->segment_count--;
        memmove(&state->segments[i], &state->segments[i + 1],
                (state->segment_count - i) * sizeof *state->segments);
        return true;
    }
    return false;
}

static ct_status add_tombstone(struct ct_manifest_state *state,
                               const struct ct_allocator *allocator,
                               const struct ct_tombstone *tombstone)
{
    if (!ct_grow(allocator, &state->tombstones, &state->tombstone_cap, state->tombstone_count + 1,
                 sizeof *state->tombstones))
        return CT_NO_MEMORY;
    state->tombstones[state->tombstone_count++] = *tombstone;
    return CT_OK;
}

static bool drop_tombstone(struct ct_manifest_state *state, uint64_t commit)
{
    for (size_t i = 0; i < state->tombstone_count; i++) {
        if (state->tombstones[i].commit != commit)
            continue;
        state->tombstone_count--;
        memmove(&state->tombstones[i], &state->tombstones[i + 1],
                (state->tombstone_count - i) * sizeof *state->tombstones);
        return true;
    }
    return false;
}

static ct_status set_catalog(struct ct_manifest_state *state, const struct ct_allocator *allocator,
                             const struct ct_catalog_file *file)
{
    for (size_t i = 0; i < state->catalog_count; i++) {
        if (state->catalogs[i].number == file->number) {
            state->catalogs[i].end_offset = file->end_offset;
            return CT_OK;
        }
    }
    if (!ct_grow(allocator, &state->catalogs, &state->catalog_cap, state->catalog_count + 1,
                 sizeof *state->catalogs))
        return CT_NO_MEMORY;
    state->catalogs[state->catalog_count++] = *file;
    return CT_OK;
}

/* CT_CORRUPT for what no edit says. */
static ct_status apply_operation(struct ct_manifest_state *state,
                                 const struct ct_allocator *allocator, struct ct_reader *r)
{
    const uint8_t operation = ct_read8(r);
    switch (operation) {
    case OP_ADD_SEGMENT:
    case OP_ADD_HISTORY: {
        struct ct_segment_entry entry = {.is_history = operation == OP_ADD_HISTORY};
        read_segment(r, &entry);
        return r->is_bad ? CT_CORRUPT : add_segment(state, allocator, &entry);
    }
    case OP_DROP_SEGMENT:
        return drop_segment(state, ct_read_varint(r)) ? CT_OK : CT_CORRUPT;
    case OP_ADD_TOMBSTONE: {
        struct ct_tombstone tombstone = {0};
        read_tombstone(r, &tombstone);
        return r->is_bad ? CT_CORRUPT : add_tombstone(state, allocator, &tombstone);
    }
    case OP_DROP_TOMBSTONE:
        return drop_tombstone(state, ct_read_varint(r)) ? CT_OK : CT_CORRUPT;
    case OP_SEALED_COMMIT:
        state->sealed_commit = ct_read_varint(r);
        return CT_OK;
    case OP_LOG_LOW:
        state->log_low = ct_read_varint(r);
        return CT_OK;
    case OP_NEXT_NUMBER:
        state->next_number = ct_read_varint(r);
        return CT_OK;
    case OP_CATALOG_FILE: {
        struct ct_catalog_file file;
        file.number = ct_read_varint(r);
        file.end_offset = ct_read_varint(r);
        return r->is_bad ? CT_CORRUPT : set_catalog(state, allocator, &file);
    }
    case OP_FORGET_CATALOG_FILES:
        state->catalog_count = 0;
        return CT_OK;
    case OP_HISTORY_LOW:
        state->has_history = true;
        state->history_low = ct_read_varint(r);
        ct_commit_times_forget(&state->times, state->history_low);
        return CT_OK;
    case OP_COMMIT_TIMES:
        return read_times(state, allocator, r);
    case OP_ADD_COVER:
        return ct_manifest_add_cover(state, allocator, r);
    case OP_DROP_COVER:
        return ct_manifest_drop_cover(state, ct_read_varint(r)) ? CT_OK : CT_CORRUPT;
    default:
        return CT_CORRUPT;
    }
}

ct_status ct_manifest_apply(struct ct_manifest_state *state, const struct ct_allocator *allocator,
                            struct ct_text bytes, const char *file, struct ct_error *err)
{
    struct ct_reader r = ct_reader_of(bytes.bytes, bytes.len);
    ct_status status = CT_OK;
    while (ct_reader_left(&r) > 0 && status == CT_OK) {
        status = apply_operation(state, allocator, &r);
        if (r.is_bad)
            status = CT_CORRUPT;
    }
    if (status == CT_OK && !ct_manifest_covers_are_sound(state))
        status = CT_CORRUPT;
    if (status == CT_NO_MEMORY)
        return ct_fail(err, status, "out of memory while reading the manifest");
    if (status != CT_OK)
        return ct_fail_at(err, CT_CORRUPT, file, 0,
                          "an edit of the manifest makes no sense: restore a backup");
    return CT_OK;
}

void ct_manifest_state_deinit(struct ct_manifest_state *state, const struct ct_allocator *allocator)
{
    ct_release(allocator, state->segments);
    ct_release(allocator, state->tombstones);
    ct_release(allocator, state->covers);
    ct_release(allocator, state->covered);
    ct_release(allocator, state->catalogs);
    ct_commit_times_deinit(&state->times, allocator);
    memset(state, 0, sizeof *state);
}
