#include "log_record.h"

/* The state of a checksum over several parts lies on the stack, which the shared library's
 * interface does not allow; and inlined, forty bytes are checked in a third of the time. */
#define XXH_INLINE_ALL
#include <xxhash.h>

/* No byte of it survives a transfer in text mode, and no text file begins so. */
static const uint8_t magic[8] = {0x89, 'c', 'e', 'n', 't', 'r', '\r', '\n'};

enum {
    FILE_VERSION_AT = 8,
    FILE_KIND_AT = 10,
    FILE_RESERVED_AT = 12,
    FILE_SALT_AT = 16,
    FILE_CHECKSUM_AT = 24,

    CHECKSUM_AT = 0,
    DURABLE_BEFORE_AT = 8,
    NUMBER_AT = 16,
    PAYLOAD_LEN_AT = 24,
    TYPE_AT = 28,
    RESERVED_AT = 30,
    PAYLOAD_CHECKSUM_AT = 32,
};

void log_file_header_encode(uint8_t out[LOG_FILE_HEADER_BYTES], enum ct_log_kind kind,
                            uint64_t salt)
{
    memcpy(out, magic, sizeof magic);
    ct_store16(out + FILE_VERSION_AT, LOG_VERSION);
    ct_store16(out + FILE_KIND_AT, (uint16_t)kind);
    ct_store32(out + FILE_RESERVED_AT, 0);
    ct_store64(out + FILE_SALT_AT, salt);
    ct_store64(out + FILE_CHECKSUM_AT, XXH3_64bits(out, FILE_CHECKSUM_AT));
}

ct_status log_file_header_decode(const uint8_t in[LOG_FILE_HEADER_BYTES], const char *path,
                                 enum ct_log_kind kind, uint64_t *salt, struct ct_error *err)
{
    if (memcmp(in, magic, sizeof magic) != 0 ||
        ct_load64(in + FILE_CHECKSUM_AT) != XXH3_64bits(in, FILE_CHECKSUM_AT))
        return ct_fail_at(err, CT_CORRUPT, path, 0,
                          "the file header is damaged, or this is no record file");
    const unsigned version = ct_load16(in + FILE_VERSION_AT);
    if (version != LOG_VERSION)
        return ct_fail_at(err, CT_FORMAT, path, FILE_VERSION_AT,
                          "record file of version %u, this program reads version %d", version,
                          LOG_VERSION);
    const unsigned found_kind = ct_load16(in + FILE_KIND_AT);
    if (found_kind != (unsigned)kind)
        return ct_fail_at(err, CT_FORMAT, path, FILE_KIND_AT,
                          "record file of kind %u, kind %u expected", found_kind, (unsigned)kind);
    *salt = ct_load64(in + FILE_SALT_AT);
    return CT_OK;
}

bool log_file_header_is_of_another(const uint8_t in[LOG_FILE_HEADER_BYTES], enum ct_log_kind kind)
{
    return ct_load16(in + FILE_VERSION_AT) == LOG_VERSION &&
           ct_load16(in + FILE_KIND_AT) != (unsigned)kind;
}

/* Over the header with its offset where the checksum stands. */
static uint64_t header_checksum(const uint8_t in[LOG_HEADER_BYTES], uint64_t salt, uint64_t offset)
{
    uint8_t copy[LOG_HEADER_BYTES];
    memcpy(copy, in, sizeof copy);
    ct_store64(copy + CHECKSUM_AT, offset);
    return XXH3_64bits_withSeed(copy, sizeof copy, salt);
}

void log_header_encode(uint8_t out[LOG_HEADER_BYTES], const struct log_header *header,
                       uint64_t salt, uint64_t offset)
{
    CT_ASSERT(header->durable_before >= LOG_FILE_HEADER_BYTES);
    CT_ASSERT(header->durable_before <= offset);
    ct_store64(out + DURABLE_BEFORE_AT, header->durable_before);
    ct_store64(out + NUMBER_AT, header->number);
    ct_store32(out + PAYLOAD_LEN_AT, header->payload_len);
    ct_store16(out + TYPE_AT, header->type);
    ct_store16(out + RESERVED_AT, 0);
    ct_store64(out + PAYLOAD_CHECKSUM_AT, header->payload_checksum);
    ct_store64(out + CHECKSUM_AT, header_checksum(out, salt, offset));
}

bool log_header_decode(const uint8_t in[LOG_HEADER_BYTES], uint64_t salt, uint64_t offset,
                       struct log_header *out)
{
    const struct log_header header = {
        .durable_before = ct_load64(in + DURABLE_BEFORE_AT),
        .number = ct_load64(in + NUMBER_AT),
        .payload_len = ct_load32(in + PAYLOAD_LEN_AT),
        .type = ct_load16(in + TYPE_AT),
        .payload_checksum = ct_load64(in + PAYLOAD_CHECKSUM_AT),
    };
    /* First what costs nothing: a scan for headers asks at every byte. */
    if (header.durable_before < LOG_FILE_HEADER_BYTES || header.durable_before > offset ||
        header.payload_len > CT_LOG_PAYLOAD_BYTES_MAX || ct_load16(in + RESERVED_AT) != 0)
        return false;
    if (ct_load64(in + CHECKSUM_AT) != header_checksum(in, salt, offset))
        return false;
    *out = header;
    return true;
}

uint64_t log_payload_checksum(const struct ct_part *parts, size_t part_count, uint64_t salt)
{
    if (part_count == 1)
        return XXH3_64bits_withSeed(parts[0].bytes, parts[0].len, salt);
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    (void)XXH3_64bits_reset_withSeed(&state, salt); /* fails for NULL only */
    for (size_t i = 0; i < part_count; i++)
        if (parts[i].len > 0)
            (void)XXH3_64bits_update(&state, parts[i].bytes, parts[i].len);
    return XXH3_64bits_digest(&state);
}
