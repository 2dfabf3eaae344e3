#include "cover.h"

#include <xxhash.h>

#include "byte_buffer.h"
#include "file_names.h"

#define VERSION        1
#define MAGIC          "CTROLLUP"
#define END_MAGIC      "PULLORTC"
#define MAGIC_BYTES    8
#define HEADER_BYTES   16
#define HEADER_CHECKED 12
#define TRAILER_BYTES  24
#define FOOTER_BYTES_MAX(segments)                                                                 \
    ((size_t)CT_VARINT_BYTES_MAX * (4 + (size_t)(segments)) + sizeof(uint64_t))

/* -- writing ------------------------------------------------------------------------------ */

static void write_header(struct ct_writer *w)
{
    ct_write_bytes(w, MAGIC, MAGIC_BYTES);
    ct_write32(w, VERSION);
    ct_write32(w, (uint32_t)XXH3_64bits(w->start, HEADER_CHECKED));
}

static void write_footer(struct ct_writer *w, struct ct_cover_entry *entry,
                         const uint64_t *segments, const uint8_t *payload, size_t payload_len)
{
    const uint8_t *start = w->at;
    ct_write_varint(w, entry->table);
    ct_write_svarint(w, entry->month_ns);
    ct_write_varint(w, payload_len);
    ct_write64(w, XXH3_64bits(payload, payload_len));
    ct_write_varint(w, entry->segment_count);
    for (uint32_t i = 0; i < entry->segment_count; i++)
        ct_write_varint(w, i ? segments[i] - segments[i - 1] : segments[i]);
    const size_t len = (size_t)(w->at - start);
    entry->footer_checksum = XXH3_64bits(start, len);
    ct_write64(w, len);
    ct_write64(w, entry->footer_checksum);
    ct_write_bytes(w, END_MAGIC, MAGIC_BYTES);
    entry->file_bytes = ct_writer_len(w);
}

/* The folder of rollup files is as old as the first of them. */
static ct_status make_folder(struct ct_io *io, const char *folder, char *out, struct ct_error *err)
{
    CT_TRY(ct_path_join(out, folder, CT_FOLDER_ROLLUP, err));
    const ct_status status = io->calls->make_folder(io, out, err);
    if (status == CT_EXISTS)
        return CT_OK;
    return status == CT_OK ? io->calls->sync_folder(io, folder, err) : status;
}

ct_status ct_cover_write(struct ct_io *io, const char *folder, struct ct_cover_entry *entry,
                         const uint64_t *segments, const uint8_t *payload, size_t payload_len,
                         struct ct_error *err)
{
    char rollups[CT_PATH_BYTES_MAX];
    char name[CT_FILE_NAME_CAP];
    CT_TRY(make_folder(io, folder, rollups, err));
    ct_name_rollup(name, entry->id);
    const size_t cap =
        HEADER_BYTES + payload_len + FOOTER_BYTES_MAX(entry->segment_count) + TRAILER_BYTES;
    uint8_t *bytes = ct_alloc(io->allocator, cap);
    if (!bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while writing a rollup file");
    struct ct_writer w = ct_writer_of(bytes, cap);
    write_header(&w);
    ct_write_bytes(&w, payload, payload_len);
    write_footer(&w, entry, segments, payload, payload_len);
    const struct ct_text text = {.bytes = (const char *)bytes, .len = ct_writer_len(&w)};
    const ct_status status = ct_replace_file(io, rollups, name, text, err);
    ct_release(io->allocator, bytes);
    return status;
}

/* -- opening ------------------------------------------------------------------------------ */

static ct_status damaged(const struct ct_cover *cover, const char *what, struct ct_error *err)
{
    return ct_fail_at(err, CT_CORRUPT, cover->file->path, 0, "%s", what);
}

static ct_status check_ends(const struct ct_cover *cover, struct ct_text view,
                            const struct ct_cover_entry *entry, struct ct_error *err)
{
    if (view.len != entry->file_bytes || view.len < HEADER_BYTES + TRAILER_BYTES)
        return damaged(cover, "the rollup file has another size than the manifest says", err);
    const uint8_t *bytes = (const uint8_t *)view.bytes;
    if ((uint32_t)XXH3_64bits(bytes, HEADER_CHECKED) != ct_load32(bytes + HEADER_CHECKED) ||
        memcmp(bytes, MAGIC, MAGIC_BYTES) != 0 ||
        memcmp(bytes + view.len - MAGIC_BYTES, END_MAGIC, MAGIC_BYTES) != 0)
        return damaged(cover, "the rollup file's header or end is damaged", err);
    if (ct_load32(bytes + MAGIC_BYTES) != VERSION)
        return ct_fail_at(err, CT_FORMAT, cover->file->path, MAGIC_BYTES,
                          "rollup file format %u is not known here, %d is",
                          ct_load32(bytes + MAGIC_BYTES), VERSION);
    return CT_OK;
}

/* Table, month and segments are those of the manifest, and the payload fills the rest. */
static bool parse_footer(struct ct_cover *cover, struct ct_text view, struct ct_text footer,
                         const struct ct_cover_entry *entry, const uint64_t *segments)
{
    struct ct_reader r = ct_reader_of(footer.bytes, footer.len);
    const uint64_t table = ct_read_varint(&r);
    const int64_t month_ns = ct_read_svarint(&r);
    const uint64_t len = ct_read_varint(&r);
    cover->payload_checksum = ct_read64(&r);
    bool same = table == entry->table && month_ns == entry->month_ns &&
                ct_read_varint(&r) == entry->segment_count &&
                len == view.len - HEADER_BYTES - TRAILER_BYTES - footer.len;
    uint64_t id = 0;
    for (uint32_t i = 0; i < entry->segment_count && same; i++) {
        id += ct_read_varint(&r);
        same = id == segments[i];
    }
    cover->payload = (struct ct_text){.bytes = view.bytes + HEADER_BYTES, .len = (size_t)len};
    return same && !r.is_bad && ct_reader_left(&r) == 0;
}

static ct_status read_file(struct ct_cover *cover, struct ct_text view,
                           const struct ct_cover_entry *entry, const uint64_t *segments,
                           struct ct_error *err)
{
    CT_TRY(check_ends(cover, view, entry, err));
    const char *trailer = view.bytes + view.len - TRAILER_BYTES;
    const uint64_t len = ct_load64(trailer);
    if (len > view.len - HEADER_BYTES - TRAILER_BYTES)
        return damaged(cover, "the rollup file's footer would begin before it", err);
    const struct ct_text footer = {.bytes = trailer - len, .len = (size_t)len};
    const uint64_t checksum = XXH3_64bits(footer.bytes, footer.len);
    if (checksum != ct_load64(trailer + 8) || checksum != entry->footer_checksum)
        return damaged(cover, "the rollup file's footer does not match its checksum", err);
    if (!parse_footer(cover, view, footer, entry, segments))
        return damaged(cover, "this is another rollup file than the manifest names", err);
    return CT_OK;
}

ct_status ct_cover_open(struct ct_io *io, const char *folder, const struct ct_cover_entry *entry,
                        const uint64_t *segments, struct ct_cover **out, struct ct_error *err)
{
    char rollups[CT_PATH_BYTES_MAX];
    char path[CT_PATH_BYTES_MAX];
    char name[CT_FILE_NAME_CAP];
    ct_name_rollup(name, entry->id);
    CT_TRY(ct_path_join(rollups, folder, CT_FOLDER_ROLLUP, err));
    CT_TRY(ct_path_join(path, rollups, name, err));
    struct ct_cover *cover = ct_alloc_zeroed(io->allocator, 1, sizeof *cover);
    if (!cover)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a rollup file");
    cover->allocator = io->allocator;
    cover->id = entry->id;
    atomic_init(&cover->references, 1);
    struct ct_text view;
    ct_status status = io->calls->open(io, path, &cover->file, err);
    if (status == CT_OK)
        status = io->calls->map(cover->file, &view, err);
    if (status == CT_OK)
        status = read_file(cover, view, entry, segments, err);
    if (status != CT_OK) {
        ct_cover_drop(cover);
        return status;
    }
    *out = cover;
    return CT_OK;
}

void ct_cover_hold(struct ct_cover *cover)
{
    atomic_fetch_add_explicit(&cover->references, 1, memory_order_relaxed);
}

void ct_cover_drop(struct ct_cover *cover)
{
    if (!cover || atomic_fetch_sub_explicit(&cover->references, 1, memory_order_acq_rel) != 1)
        return;
    ct_cell_image_close(cover->cells);
    if (cover->file)
        cover->file->io->calls->close(cover->file);
    ct_release(cover->allocator, cover);
}

ct_status ct_cover_cells(struct ct_cover *cover, uint32_t tag_end, struct ct_cell_image **out,
                         struct ct_error *err)
{
    *out = atomic_load_explicit(&cover->cells, memory_order_acquire);
    if (*out)
        return CT_OK;
    struct ct_cell_image *made;
    const ct_status status =
        ct_cell_image_open(cover->allocator, cover->payload, tag_end, &made, err);
    if (status == CT_CORRUPT && err)
        ct_name_rollup(err->file, cover->id);
    if (status == CT_OK)
        *out = ct_cell_image_publish(&cover->cells, made);
    return status;
}

ct_status ct_cover_verify(const struct ct_cover *cover, struct ct_error *err)
{
    if (XXH3_64bits(cover->payload.bytes, cover->payload.len) != cover->payload_checksum)
        return damaged(cover, "the rollup file's cells do not match their checksum", err);
    return CT_OK;
}
