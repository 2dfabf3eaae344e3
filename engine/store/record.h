/* Rows and deletes as payloads of commit records. Private to store. Bytes: ../FORMAT.md section 4.
 */
#ifndef CT_RECORD_H
#define CT_RECORD_H

#include "byte_buffer.h"
#include "codec.h"
#include "intake.h"
#include "live.h"
#include "manifest.h"

/* Types of records in the log. Stored: never renumbered. */
enum ct_record_type {
    CT_RECORD_DEFINITIONS = 1,
    CT_RECORD_ROWS = 2,
    CT_RECORD_DELETE = 3,
    CT_RECORD_END = 4, /* a clean close: what stands before it was durable, so damage to it shows */
    CT_RECORD_TIME = 5, /* svarint: ms since 1970 at which the commit of this number was made */
    CT_RECORD_KEYED_ROWS = 6, /* a request key, then rows */
};

/* Flags of a column in a rows record. */
#define CT_RECORD_HAS_GAPS 1
#define CT_RECORD_IS_WIDE  2

/* Appends the rows of a resolved batch. */
ct_status ct_record_encode_rows(const struct ct_intake *intake, struct ct_codec_scratch *scratch,
                                struct ct_byte_buffer *out, struct ct_error *err) CT_MUST_USE;

/* Hands the rows out piece by piece, at most CT_BLOCK_VALUES_MAX at a time. Confined to one thread;
 * its arrays are used again for each piece. */
struct ct_record_reader;
struct ct_record_reader *
ct_record_reader_create(const struct ct_allocator *allocator);  /* or NULL */
void ct_record_reader_destroy(struct ct_record_reader *reader); /* NULL is fine */
/* Begins a payload, borrowed until its end. */
void ct_record_reader_begin(struct ct_record_reader *reader, struct ct_text payload);
/* The next rows, borrowed until the next call; *found is false at the end. CT_CORRUPT for what no
 * encoder wrote; numbers of tables, series and fields are the caller's to check. */
ct_status ct_record_reader_next(struct ct_record_reader *reader, struct ct_row_block *out,
                                bool *found, struct ct_error *err) CT_MUST_USE;

ct_status ct_record_encode_delete(const struct ct_tombstone *tombstone, struct ct_byte_buffer *out,
                                  struct ct_error *err) CT_MUST_USE;
/* The payload of a time record; returns its length. */
size_t ct_record_encode_time(int64_t time_ns, uint8_t out[CT_VARINT_BYTES_MAX]);
ct_status ct_record_decode_time(struct ct_text payload, uint64_t commit, struct ct_commit_time *out,
                                struct ct_error *err) CT_MUST_USE;

ct_status ct_record_decode_delete(struct ct_text payload, uint64_t commit, struct ct_tombstone *out,
                                  struct ct_error *err) CT_MUST_USE;

#endif
