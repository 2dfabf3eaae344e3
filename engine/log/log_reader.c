/* The reader of record files. It sees the file through one window of bytes, which slides forward
 * and grows only for a payload whose length a valid header gives and the file can hold.
 *
 * At the first bytes that are no whole record the data ends. Whether that is a torn tail or damage
 * is told by what follows: every byte after is asked once whether a header begins there, and a
 * header that says "durable before" an offset past the bad place proves that the bad place was once
 * whole. A header suffices, its payload may itself be torn. A header's length is fixed, so the scan
 * is linear. */
#include "log.h"

#include "log_record.h"

#define WINDOW_BYTES ((size_t)1 << 20)

struct ct_log_reader {
    struct ct_io *io;
    struct ct_file *file;
    uint64_t salt;
    uint64_t size_bytes; /* nothing is read from here on */
    bool is_promised;    /* the caller knows that all before size_bytes was durable */
    uint64_t offset;     /* of the next record */
    uint64_t last_number;
    uint64_t durable_before; /* of the last record */
    bool is_at_end;
    uint8_t *window;
    size_t window_cap;
    uint64_t window_offset; /* in the file, of its first byte */
    size_t window_len;
};

static ct_status resize_window(struct ct_log_reader *reader, size_t cap, struct ct_error *err)
{
    /* Its bytes are read again rather than copied: the old one goes first. */
    ct_release(reader->io->allocator, reader->window);
    reader->window_len = 0;
    reader->window_cap = 0;
    reader->window = ct_alloc(reader->io->allocator, cap);
    if (!reader->window)
        return ct_fail_at(err, CT_NO_MEMORY, reader->file->path, reader->offset,
                          "no memory for %zu bytes of a record", cap);
    reader->window_cap = cap;
    return CT_OK;
}

/* *out: `len` bytes of the file, borrowed until the next call. The caller has checked that the file
 * has them. */
static ct_status look(struct ct_log_reader *reader, uint64_t offset, size_t len,
                      const uint8_t **out, struct ct_error *err)
{
    CT_ASSERT(offset <= reader->size_bytes && len <= reader->size_bytes - offset);
    const uint64_t window_end = reader->window_offset + reader->window_len;
    if (offset < reader->window_offset || offset + len > window_end) {
        const uint64_t left = reader->size_bytes - offset;
        if (len > reader->window_cap) {
            const size_t usual = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES;
            CT_TRY(resize_window(reader, len > usual ? len : usual, err));
        }
        const size_t wanted = left < reader->window_cap ? (size_t)left : reader->window_cap;
        reader->window_len = 0;
        CT_TRY(reader->io->calls->read_at(reader->file, offset, reader->window, wanted, err));
        reader->window_offset = offset;
        reader->window_len = wanted;
    }
    *out = reader->window + (offset - reader->window_offset);
    return CT_OK;
}

/* A file no longer than a header, without a valid one, was cut off in ct_log_create: nothing in it
 * was ever promised. Past that the header had been synced. The disk may show a valid one of another
 * kind there: what an older file left in that place. */
static ct_status read_file_header(struct ct_log_reader *reader, enum ct_log_kind kind,
                                  struct ct_error *err)
{
    reader->offset = LOG_FILE_HEADER_BYTES;
    reader->durable_before = LOG_FILE_HEADER_BYTES;
    if (reader->size_bytes == 0 ||
        (!reader->is_promised && reader->size_bytes < LOG_FILE_HEADER_BYTES)) {
        reader->is_at_end = true;
        return CT_OK;
    }
    if (reader->size_bytes < LOG_FILE_HEADER_BYTES)
        return ct_fail_at(err, CT_CORRUPT, reader->file->path, reader->size_bytes,
                          "a record file cannot end in its header");
    const uint8_t *bytes = NULL;
    CT_TRY(look(reader, 0, LOG_FILE_HEADER_BYTES, &bytes, err));
    const ct_status status =
        log_file_header_decode(bytes, reader->file->path, kind, &reader->salt, err);
    const bool is_stranger =
        status == CT_CORRUPT || (status == CT_FORMAT && log_file_header_is_of_another(bytes, kind));
    if (is_stranger && !reader->is_promised && reader->size_bytes == LOG_FILE_HEADER_BYTES) {
        reader->is_at_end = true;
        return CT_OK;
    }
    return status;
}

static ct_status limit_to_promised(struct ct_log_reader *reader, uint64_t end_offset,
                                   struct ct_error *err)
{
    if (reader->size_bytes < end_offset)
        return ct_fail_at(err, CT_CORRUPT, reader->file->path, reader->size_bytes,
                          "file ends here, %llu bytes of it were durable",
                          (unsigned long long)end_offset);
    reader->size_bytes = end_offset;
    reader->is_promised = true;
    return CT_OK;
}

ct_status ct_log_reader_open(struct ct_io *io, const char *path, enum ct_log_kind kind,
                             uint64_t end_offset, struct ct_log_reader **out, struct ct_error *err)
{
    struct ct_log_reader *reader = ct_alloc_zeroed(io->allocator, 1, sizeof *reader);
    if (!reader)
        return ct_fail_at(err, CT_NO_MEMORY, path, 0, "no memory to read a record file");
    reader->io = io;
    ct_status status = io->calls->open(io, path, &reader->file, err);
    if (status == CT_OK)
        status = io->calls->size(reader->file, &reader->size_bytes, err);
    if (status == CT_OK && end_offset != UINT64_MAX)
        status = limit_to_promised(reader, end_offset, err);
    if (status == CT_OK)
        status = read_file_header(reader, kind, err);
    if (status != CT_OK) {
        ct_log_reader_close(reader);
        return status;
    }
    *out = reader;
    return CT_OK;
}

/* *found is false where no whole, valid record stands at reader->offset. */
static ct_status read_record(struct ct_log_reader *reader, struct log_header *header,
                             const uint8_t **payload, bool *found, struct ct_error *err)
{
    *found = false;
    const uint64_t left = reader->size_bytes - reader->offset;
    if (left < LOG_HEADER_BYTES)
        return CT_OK;
    const uint8_t *bytes = NULL;
    CT_TRY(look(reader, reader->offset, LOG_HEADER_BYTES, &bytes, err));
    if (!log_header_decode(bytes, reader->salt, reader->offset, header) ||
        header->payload_len > left - LOG_HEADER_BYTES)
        return CT_OK;
    CT_TRY(look(reader, reader->offset + LOG_HEADER_BYTES, header->payload_len, payload, err));
    const struct ct_part part = {.bytes = *payload, .len = header->payload_len};
    *found = log_payload_checksum(&part, 1, reader->salt) == header->payload_checksum;
    return CT_OK;
}

/* After the bad place: *durable_before is the first later header's offset of what was durable that
 * lies past the bad place, or 0 where no header says so. */
static ct_status find_proof(struct ct_log_reader *reader, uint64_t *durable_before,
                            struct ct_error *err)
{
    *durable_before = 0;
    uint64_t offset = reader->offset + 1;
    while (offset + LOG_HEADER_BYTES <= reader->size_bytes) {
        const uint64_t left = reader->size_bytes - offset;
        const size_t len = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES;
        const uint8_t *bytes = NULL;
        CT_TRY(look(reader, offset, len, &bytes, err));
        for (size_t i = 0; i + LOG_HEADER_BYTES <= len; i++) {
            const uint64_t claim = log_header_durable_before(bytes + i);
            if (claim <= reader->offset || claim > offset + i)
                continue;
            struct log_header header;
            if (log_header_decode(bytes + i, reader->salt, offset + i, &header)) {
                *durable_before = claim;
                return CT_OK;
            }
        }
        offset += len - LOG_HEADER_BYTES + 1;
    }
    return CT_OK;
}

static ct_status end_or_damage(struct ct_log_reader *reader, bool *found, struct ct_error *err)
{
    uint64_t durable_before = reader->is_promised ? reader->size_bytes : 0;
    if (!reader->is_promised)
        CT_TRY(find_proof(reader, &durable_before, err));
    if (durable_before > reader->offset)
        return ct_fail_at(err, CT_CORRUPT, reader->file->path, reader->offset,
                          "a record is damaged here, of %llu bytes that were durable",
                          (unsigned long long)durable_before);
    reader->is_at_end = true;
    *found = false;
    return CT_OK;
}

ct_status ct_log_reader_next(struct ct_log_reader *reader, struct ct_log_record *out, bool *found,
                             struct ct_error *err)
{
    if (reader->is_at_end) {
        *found = false;
        return CT_OK;
    }
    struct log_header header;
    const uint8_t *payload = NULL;
    bool is_whole = false;
    CT_TRY(read_record(reader, &header, &payload, &is_whole, err));
    if (!is_whole)
        return end_or_damage(reader, found, err);
    if (header.number < reader->last_number || header.durable_before < reader->durable_before)
        return ct_fail_at(err, CT_CORRUPT, reader->file->path, reader->offset,
                          "record %llu stands after record %llu", (unsigned long long)header.number,
                          (unsigned long long)reader->last_number);
    const uint64_t end_offset = reader->offset + LOG_HEADER_BYTES + header.payload_len;
    *out = (struct ct_log_record){
        .number = header.number,
        .type = header.type,
        .payload = {.bytes = (const char *)payload, .len = header.payload_len},
        .offset = reader->offset,
        .end_offset = end_offset,
    };
    reader->offset = end_offset;
    reader->last_number = header.number;
    reader->durable_before = header.durable_before;
    *found = true;
    return CT_OK;
}

void ct_log_reader_close(struct ct_log_reader *reader)
{
    if (!reader)
        return;
    reader->io->calls->close(reader->file);
    ct_release(reader->io->allocator, reader->window);
    ct_release(reader->io->allocator, reader);
}
