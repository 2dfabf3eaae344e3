/* An append-only file of checksummed records: the write-ahead log, the manifest and the catalog are
 * all kept in such files. Layer log; may be included by store and tests. Bytes: ../FORMAT.md.
 *
 * Invariant: what the reader hands out is a prefix of what was written, and covers at least all
 * that was synced. A record is one of a group; a group is written in one append. Each record's
 * header carries a checksum over header and payload, salted by the file, so that bytes of another
 * file never pass; and the offset up to which the file was known durable when it was written. So
 * the reader can tell two ends apart: a torn tail (the crash cut off what was never acknowledged:
 * end of data) and damage (a bad record before an offset that a later valid record says was
 * durable: CT_CORRUPT, never skipped). */
#ifndef CT_LOG_H
#define CT_LOG_H

#include "io.h"

#define CT_LOG_PAYLOAD_BYTES_MAX ((size_t)256 << 20)

enum ct_log_kind {
    CT_LOG_COMMITS = 1,  /* write-ahead log */
    CT_LOG_MANIFEST = 2, /* edits of the list of live files */
    CT_LOG_CATALOG = 3,  /* definitions of databases, tables, fields, tag values, series */
};

/* One record to write: its payload is the parts one after another. */
struct ct_log_entry {
    uint64_t number; /* the caller's: commit number, edit number; does not decrease in a file */
    uint16_t type;   /* the caller's */
    const struct ct_part *parts;
    size_t part_count;
};

/* One record read: payload borrowed until the next call on the reader. */
struct ct_log_record {
    uint64_t number;
    uint16_t type;
    struct ct_text payload;
    uint64_t offset;     /* of its header in the file */
    uint64_t end_offset; /* first byte after it */
};

struct ct_log;        /* being written; confined to one thread at a time */
struct ct_log_reader; /* confined to one thread */

/* Makes the file (CT_EXISTS where there is one), writes and syncs its header. The caller syncs the
 * folder before it relies on the name. `salt` is any number that no earlier file of the store had.
 */
ct_status ct_log_create(struct ct_io *io, const char *path, enum ct_log_kind kind, uint64_t salt,
                        struct ct_log **out, struct ct_error *err) CT_MUST_USE;

/* Appends one group, in order, with one append call. With `sync` it is durable on return. CT_LIMIT
 * and CT_NO_MEMORY may be found before anything is written and then leave the log as it was. After
 * a failed write or sync the log is broken: every later call fails with CT_READ_ONLY, nothing is
 * retried. */
ct_status ct_log_append(struct ct_log *log, const struct ct_log_entry *entries, size_t entry_count,
                        bool sync, struct ct_error *err) CT_MUST_USE;

/* Makes durable what was appended without sync. */
ct_status ct_log_sync(struct ct_log *log, struct ct_error *err) CT_MUST_USE;

/* Size with all that was appended. */
uint64_t ct_log_size_bytes(const struct ct_log *log);

/* Closes without a sync; log may be NULL. */
void ct_log_close(struct ct_log *log);

/* CT_FORMAT where the header is of another kind or a newer version, CT_CORRUPT where it is damaged.
 * A file whose header was torn by a crash opens as an empty one: it is no longer than a header,
 * since nothing is appended before the header is synced.
 *
 * `end_offset` is UINT64_MAX for all that is there at open, or the end of a record that the caller
 * knows to have been durable: then nothing after it is read, and whatever is missing or bad before
 * it is CT_CORRUPT, never a torn tail. Memory: 1 MiB, or the largest record where that is more. */
ct_status ct_log_reader_open(struct ct_io *io, const char *path, enum ct_log_kind kind,
                             uint64_t end_offset, struct ct_log_reader **out,
                             struct ct_error *err) CT_MUST_USE;

/* The next record: *found is false at the end of data. CT_CORRUPT names file and offset of damage.
 */
ct_status ct_log_reader_next(struct ct_log_reader *reader, struct ct_log_record *out, bool *found,
                             struct ct_error *err) CT_MUST_USE;

void ct_log_reader_close(struct ct_log_reader *reader);

#endif
