/* The bytes of a record file: its file header and the header of a record. Private to layer log.
 * ../FORMAT.md section 3.
 *
 * Invariant: a header is believed only where its checksum holds, and that is salted by the file and
 * bound to the offset at which the header stands. So neither another file's bytes nor this file's
 * own bytes at another place pass for a record. */
#ifndef CT_LOG_RECORD_H
#define CT_LOG_RECORD_H

#include "bytes.h"
#include "log.h"

#define LOG_VERSION           1
#define LOG_FILE_HEADER_BYTES 32
#define LOG_HEADER_BYTES      40 /* of a record */

struct log_header {
    uint64_t
        durable_before; /* this file was on the device up to here when the record was written */
    uint64_t number;
    uint32_t payload_len;
    uint16_t type;
    uint64_t payload_checksum;
};

void log_file_header_encode(uint8_t out[LOG_FILE_HEADER_BYTES], enum ct_log_kind kind,
                            uint64_t salt);

/* CT_CORRUPT where the checksum fails, CT_FORMAT where it holds but version or kind differ. */
ct_status log_file_header_decode(const uint8_t in[LOG_FILE_HEADER_BYTES], const char *path,
                                 enum ct_log_kind kind, uint64_t *salt, struct ct_error *err);
/* Why a header was refused: it is one of this version and of another kind. */
bool log_file_header_is_of_another(const uint8_t in[LOG_FILE_HEADER_BYTES], enum ct_log_kind kind);

void log_header_encode(uint8_t out[LOG_HEADER_BYTES], const struct log_header *header,
                       uint64_t salt, uint64_t offset);

/* False where the bytes are not the header of a record at `offset` of the file with this salt. */
bool log_header_decode(const uint8_t in[LOG_HEADER_BYTES], uint64_t salt, uint64_t offset,
                       struct log_header *out);

/* One field of what may be a header, before any of it is believed: a scan asks it of every byte. */
static inline uint64_t log_header_durable_before(const uint8_t in[LOG_HEADER_BYTES])
{
    return ct_load64(in + 8);
}

/* The payload is the parts one after another. */
uint64_t log_payload_checksum(const struct ct_part *parts, size_t part_count, uint64_t salt);

#endif
