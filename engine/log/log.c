/* The writer of record files. Invariant: durable_offset <= size_bytes; every record before
 * durable_offset has been synced, and records say so to the reader. After one failed write or sync
 * nothing more is written, since what the device holds is then unknown. */
#include "log.h"

#include "log_record.h"

struct ct_log {
    struct ct_io *io;
    struct ct_file *file;
    uint64_t salt;
    uint64_t size_bytes;
    uint64_t durable_offset;
    uint64_t last_number;
    bool is_broken;
    uint8_t *headers; /* of the group being written, one after another */
    size_t header_cap;
    struct ct_part *parts; /* of the group: header, payload parts, header, ... */
    size_t part_cap;
};

static ct_status write_file_header(struct ct_log *log, enum ct_log_kind kind, struct ct_error *err)
{
    uint8_t header[LOG_FILE_HEADER_BYTES];
    log_file_header_encode(header, kind, log->salt);
    const struct ct_part part = {.bytes = header, .len = sizeof header};
    CT_TRY(log->io->calls->append(log->file, &part, 1, err));
    CT_TRY(log->io->calls->sync(log->file, err));
    log->size_bytes = sizeof header;
    log->durable_offset = sizeof header;
    return CT_OK;
}

ct_status ct_log_create(struct ct_io *io, const char *path, enum ct_log_kind kind, uint64_t salt,
                        struct ct_log **out, struct ct_error *err)
{
    struct ct_log *log = ct_alloc_zeroed(io->allocator, 1, sizeof *log);
    if (!log)
        return ct_fail_at(err, CT_NO_MEMORY, path, 0, "no memory to create a record file");
    log->io = io;
    log->salt = salt;
    ct_status status = io->calls->create(io, path, &log->file, err);
    if (status == CT_OK)
        status = write_file_header(log, kind, err);
    if (status != CT_OK) {
        ct_log_close(log);
        return status;
    }
    *out = log;
    return CT_OK;
}

static ct_status check_whole(const struct ct_log *log, struct ct_error *err)
{
    if (log->is_broken)
        return ct_fail_at(err, CT_READ_ONLY, log->file->path, log->size_bytes,
                          "an earlier write or sync of this file failed");
    return CT_OK;
}

/* Adds up and checks the group before a byte of it is written. */
static ct_status measure(const struct ct_log *log, const struct ct_log_entry *entries,
                         size_t entry_count, size_t *part_count, struct ct_error *err)
{
    size_t parts = 0;
    for (size_t i = 0; i < entry_count; i++) {
        size_t payload_len = 0;
        for (size_t k = 0; k < entries[i].part_count; k++)
            if (__builtin_add_overflow(payload_len, entries[i].parts[k].len, &payload_len) ||
                payload_len > CT_LOG_PAYLOAD_BYTES_MAX)
                return ct_fail_at(err, CT_LIMIT, log->file->path, log->size_bytes,
                                  "record %llu is larger than %zu bytes",
                                  (unsigned long long)entries[i].number, CT_LOG_PAYLOAD_BYTES_MAX);
        parts += 1 + entries[i].part_count;
    }
    *part_count = parts;
    return CT_OK;
}

static ct_status reserve(struct ct_log *log, size_t entry_count, size_t part_count,
                         struct ct_error *err)
{
    const struct ct_allocator *allocator = log->io->allocator;
    if (!ct_grow(allocator, &log->headers, &log->header_cap, entry_count, LOG_HEADER_BYTES) ||
        !ct_grow(allocator, &log->parts, &log->part_cap, part_count, sizeof *log->parts))
        return ct_fail_at(err, CT_NO_MEMORY, log->file->path, log->size_bytes,
                          "no memory to write %zu records", entry_count);
    return CT_OK;
}

/* Header and payload parts of one record, which will stand at `offset`. Returns its size in bytes.
 */
static uint64_t lay_out(const struct ct_log *log, const struct ct_log_entry *entry, uint64_t offset,
                        uint8_t *header_out, struct ct_part *parts_out)
{
    size_t payload_len = 0;
    for (size_t i = 0; i < entry->part_count; i++) {
        parts_out[1 + i] = entry->parts[i];
        payload_len += entry->parts[i].len;
    }
    const struct log_header header = {
        .durable_before = log->durable_offset,
        .number = entry->number,
        .payload_len = (uint32_t)payload_len,
        .type = entry->type,
        .payload_checksum = log_payload_checksum(entry->parts, entry->part_count, log->salt),
    };
    log_header_encode(header_out, &header, log->salt, offset);
    parts_out[0] = (struct ct_part){.bytes = header_out, .len = LOG_HEADER_BYTES};
    return LOG_HEADER_BYTES + payload_len;
}

ct_status ct_log_append(struct ct_log *log, const struct ct_log_entry *entries, size_t entry_count,
                        bool sync, struct ct_error *err)
{
    CT_TRY(check_whole(log, err));
    size_t part_count = 0;
    CT_TRY(measure(log, entries, entry_count, &part_count, err));
    CT_TRY(reserve(log, entry_count, part_count, err));

    uint64_t end = log->size_bytes;
    uint64_t number = log->last_number;
    struct ct_part *parts = log->parts;
    for (size_t i = 0; i < entry_count; i++) {
        CT_ASSERT(entries[i].number >= number);
        number = entries[i].number;
        end += lay_out(log, entries + i, end, log->headers + i * LOG_HEADER_BYTES, parts);
        parts += 1 + entries[i].part_count;
    }
    if (entry_count > 0) {
        const ct_status status = log->io->calls->append(log->file, log->parts, part_count, err);
        if (status != CT_OK) {
            log->is_broken = true;
            return status;
        }
        log->size_bytes = end;
        log->last_number = number;
    }
    return sync ? ct_log_sync(log, err) : CT_OK;
}

ct_status ct_log_sync(struct ct_log *log, struct ct_error *err)
{
    CT_TRY(check_whole(log, err));
    if (log->durable_offset == log->size_bytes)
        return CT_OK;
    const ct_status status = log->io->calls->sync(log->file, err);
    if (status != CT_OK) {
        log->is_broken = true;
        return status;
    }
    log->durable_offset = log->size_bytes;
    return CT_OK;
}

uint64_t ct_log_size_bytes(const struct ct_log *log)
{
    return log->size_bytes;
}

void ct_log_close(struct ct_log *log)
{
    if (!log)
        return;
    log->io->calls->close(log->file);
    ct_release(log->io->allocator, log->headers);
    ct_release(log->io->allocator, log->parts);
    ct_release(log->io->allocator, log);
}
