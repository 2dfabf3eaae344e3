/* Opening and closing, and the arrays that all readers share. */
#include "open_segment.h"

/* -- Opening ---------------------------------------------------------------------------------- */

/* Damage is told from a newer version before the version is believed. */
static ct_status check_header(const uint8_t *bytes, const char *path, struct ct_error *err)
{
    if (ct_segment_short_checksum(bytes, CT_SEGMENT_HEADER_CHECKED) !=
        ct_load32(bytes + CT_SEGMENT_HEADER_CHECKED))
        return ct_fail_at(err, CT_CORRUPT, path, 0, "the segment's header is damaged");
    if (memcmp(bytes, CT_SEGMENT_MAGIC, CT_SEGMENT_MAGIC_BYTES) != 0)
        return ct_fail_at(err, CT_FORMAT, path, 0, "this is not a segment file");
    const uint32_t version = ct_load32(bytes + CT_SEGMENT_MAGIC_BYTES);
    if (version == 0 || version > CT_SEGMENT_VERSION)
        return ct_fail_at(err, CT_FORMAT, path, CT_SEGMENT_MAGIC_BYTES,
                          "segment format %u is not known here, up to %u is", version,
                          CT_SEGMENT_VERSION);
    return CT_OK;
}

static ct_status check_ends(const uint8_t *bytes, size_t len, const char *path,
                            struct ct_error *err)
{
    if (len < CT_SEGMENT_HEADER_BYTES + CT_SEGMENT_TRAILER_BYTES)
        return ct_fail_at(err, CT_CORRUPT, path, len, "%zu bytes are too few for a segment", len);
    CT_TRY(check_header(bytes, path, err));
    if (memcmp(bytes + len - CT_SEGMENT_MAGIC_BYTES, CT_SEGMENT_END_MAGIC,
               CT_SEGMENT_MAGIC_BYTES) != 0)
        return ct_fail_at(err, CT_CORRUPT, path, len - CT_SEGMENT_MAGIC_BYTES,
                          "the segment does not end as one: cut off or overwritten");
    return CT_OK;
}

static ct_status read_footer(struct ct_segment *segment, struct ct_text view, struct ct_error *err)
{
    const uint8_t *bytes = (const uint8_t *)view.bytes;
    const char *path = segment->file->path;
    CT_TRY(check_ends(bytes, view.len, path, err));
    const size_t trailer_at = view.len - CT_SEGMENT_TRAILER_BYTES;
    const uint64_t len = ct_load64(bytes + trailer_at);
    if (len > trailer_at - CT_SEGMENT_HEADER_BYTES)
        return ct_fail_at(err, CT_CORRUPT, path, trailer_at,
                          "the footer would begin before the segment");
    const uint8_t *footer = bytes + trailer_at - len;
    if (ct_segment_checksum(footer, (size_t)len) != ct_load64(bytes + trailer_at + 8))
        return ct_fail_at(err, CT_CORRUPT, path, trailer_at - len,
                          "the footer does not match its checksum");
    segment->bytes = bytes;
    return ct_footer_parse(ct_load32(bytes + CT_SEGMENT_MAGIC_BYTES), footer, (size_t)len, view.len,
                           path, segment->io->allocator, &segment->footer, err);
}

/* What was written before its commit was known says 0; the manifest tells which it became. */
static bool has_commits(const struct ct_segment_info *info, const struct ct_segment_info *expected)
{
    return (info->min_commit == 0 && info->max_commit == 0) ||
           (info->min_commit == expected->min_commit && info->max_commit == expected->max_commit);
}

static ct_status check_expected(const struct ct_segment *segment,
                                const struct ct_segment_info *expected, struct ct_error *err)
{
    const struct ct_segment_info *info = &segment->footer.info;
    if (!expected ||
        (info->file_bytes == expected->file_bytes &&
         info->footer_checksum == expected->footer_checksum && info->table == expected->table &&
         info->row_count == expected->row_count && info->series_count == expected->series_count &&
         info->block_count == expected->block_count &&
         info->column_count == expected->column_count && info->tag_count == expected->tag_count &&
         info->min_time_ns == expected->min_time_ns && info->max_time_ns == expected->max_time_ns &&
         has_commits(info, expected)))
        return CT_OK;
    return ct_fail_at(err, CT_CORRUPT, segment->file->path, 0,
                      "this is another segment than the manifest names");
}

static ct_status allocate_shared(struct ct_segment *segment, struct ct_error *err)
{
    const struct ct_allocator *allocator = segment->io->allocator;
    const struct ct_footer *footer = &segment->footer;
    const size_t bits = (size_t)footer->slot_count * footer->info.block_count;
    segment->tags = ct_alloc_zeroed(allocator, footer->info.tag_count, sizeof *segment->tags);
    segment->directories = ct_alloc_zeroed(
        allocator, (size_t)footer->group_count * footer->slot_count, sizeof *segment->directories);
    segment->verified = ct_alloc_zeroed(allocator, bits / 64 + 1, sizeof *segment->verified);
    if (segment->tags && segment->directories && segment->verified)
        return CT_OK;
    return ct_fail(err, CT_NO_MEMORY, "no memory to open segment %s", segment->file->path);
}

static ct_status open_file(struct ct_segment *segment, const char *path,
                           const struct ct_segment_info *expected, struct ct_error *err)
{
    const struct ct_io_calls *calls = segment->io->calls;
    struct ct_text view;
    CT_TRY(calls->open(segment->io, path, &segment->file, err));
    CT_TRY(calls->map(segment->file, &view, err));
    CT_TRY(read_footer(segment, view, err));
    CT_TRY(check_expected(segment, expected, err));
    return allocate_shared(segment, err);
}

ct_status ct_segment_open(struct ct_io *io, const char *path,
                          const struct ct_segment_info *expected, struct ct_segment **out,
                          struct ct_error *err)
{
    struct ct_segment *segment = ct_alloc_zeroed(io->allocator, 1, sizeof *segment);
    if (!segment)
        return ct_fail(err, CT_NO_MEMORY, "no memory to open segment %s", path);
    segment->io = io;
    if (pthread_mutex_init(&segment->lock, NULL) != 0) {
        ct_release(io->allocator, segment);
        return ct_fail(err, CT_NO_MEMORY, "no lock for segment %s", path);
    }
    const ct_status status = open_file(segment, path, expected, err);
    if (status != CT_OK) {
        ct_segment_close(segment);
        return status;
    }
    *out = segment;
    return CT_OK;
}

void ct_segment_close(struct ct_segment *segment)
{
    if (!segment)
        return;
    const struct ct_allocator *allocator = segment->io->allocator;
    const size_t chunks = (size_t)segment->footer.group_count * segment->footer.slot_count;
    for (size_t i = 0; segment->directories && i < chunks; i++)
        ct_release(allocator, segment->directories[i]);
    for (uint32_t tag = 0; segment->tags && tag < segment->footer.info.tag_count; tag++)
        ct_release(allocator, segment->tags[tag]);
    ct_release(allocator, segment->directories);
    ct_release(allocator, segment->tags);
    ct_release(allocator, segment->no_codes);
    ct_release(allocator, segment->series);
    ct_release(allocator, segment->blocks);
    ct_release(allocator, segment->verified);
    ct_footer_deinit(allocator, &segment->footer);
    segment->io->calls->close(segment->file);
    pthread_mutex_destroy(&segment->lock);
    ct_release(allocator, segment);
}

/* -- What the footer knows -------------------------------------------------------------------- */

const struct ct_segment_info *ct_segment_info_of(const struct ct_segment *segment)
{
    return &segment->footer.info;
}

const struct ct_segment_column *ct_segment_columns(const struct ct_segment *segment)
{
    return segment->footer.columns;
}

int ct_segment_find_column(const struct ct_segment *segment, uint32_t field)
{
    const struct ct_segment_column *columns = segment->footer.columns;
    uint32_t low = 0, high = segment->footer.info.column_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (columns[middle].field < field)
            low = middle + 1;
        else
            high = middle;
    }
    return low < segment->footer.info.column_count && columns[low].field == field ? (int)low : -1;
}

struct ct_text ct_segment_rollup(const struct ct_segment *segment)
{
    const struct ct_section *section = &segment->footer.rollup;
    return (struct ct_text){.bytes = (const char *)segment->bytes + section->offset,
                            .len = (size_t)section->len};
}

/* -- Checksums -------------------------------------------------------------------------------- */

ct_status ct_segment_check_section(const struct ct_segment *segment,
                                   const struct ct_section *section, struct ct_error *err)
{
    if (ct_segment_checksum(segment->bytes + section->offset, (size_t)section->len) ==
        section->checksum)
        return CT_OK;
    return ct_fail_at(err, CT_CORRUPT, segment->file->path, section->offset,
                      "a section does not match its checksum");
}

ct_status ct_segment_check_directory(const struct ct_segment *segment, const struct ct_chunk *chunk,
                                     struct ct_error *err)
{
    if (ct_segment_checksum(segment->bytes + chunk->offset, chunk->directory_bytes) ==
        chunk->checksum)
        return CT_OK;
    return ct_fail_at(err, CT_CORRUPT, segment->file->path, chunk->offset,
                      "a block directory does not match its checksum");
}

ct_status ct_segment_payload(struct ct_segment *segment, const struct ct_directory *directory,
                             uint32_t slot, uint32_t block, bool again, struct ct_text *out,
                             struct ct_error *err)
{
    const uint32_t in_group = block % CT_SEGMENT_GROUP_BLOCKS;
    const struct ct_chunk *chunk =
        ct_footer_chunk(&segment->footer, block / CT_SEGMENT_GROUP_BLOCKS, slot);
    const uint64_t at = chunk->offset + chunk->directory_bytes + directory->offset[in_group];
    const size_t len = directory->offset[in_group + 1] - directory->offset[in_group];
    const size_t bit = (size_t)slot * segment->footer.info.block_count + block;
    _Atomic(uint64_t) *word = &segment->verified[bit / 64];
    const uint64_t mask = (uint64_t)1 << (bit % 64);
    if (again || !(atomic_load_explicit(word, memory_order_relaxed) & mask)) {
        if (ct_segment_short_checksum(segment->bytes + at, len) != directory->checksum[in_group])
            return ct_fail_at(err, CT_CORRUPT, segment->file->path, at,
                              "block %u of slot %u does not match its checksum", block, slot);
        atomic_fetch_or_explicit(word, mask, memory_order_relaxed);
    }
    *out = (struct ct_text){.bytes = (const char *)segment->bytes + at, .len = len};
    return CT_OK;
}
