#include "request_keys.h"

#include "intake.h"

#include <stdio.h>

#define VALUE_VERSION 2

static ct_status add_varints(struct ct_byte_buffer *out, const uint64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CT_TRY(ct_byte_buffer_varint(out, values[i]));
    return CT_OK;
}

ct_status ct_request_head_encode(const struct ct_request_head *head, struct ct_byte_buffer *out,
                                 struct ct_error *err)
{
    const uint64_t values[] = {head->key.content[0], head->key.content[1], ct_zigzag(head->time_ns),
                               head->row_count};
    ct_status status = ct_byte_buffer_varint(out, head->database);
    if (status == CT_OK)
        status = ct_byte_buffer_text(out, head->key.key);
    if (status == CT_OK)
        status = add_varints(out, values, CT_COUNT_OF(values));
    if (status != CT_OK)
        return ct_fail(err, status, "out of memory while writing a commit record");
    return CT_OK;
}

ct_status ct_request_head_decode(struct ct_text payload, struct ct_request_head *out,
                                 struct ct_text *rows, struct ct_error *err)
{
    struct ct_reader in = ct_reader_of(payload.bytes, payload.len);
    out->database = (uint32_t)ct_read_varint_max(&in, CT_DATABASES_MAX - 1);
    out->key.key.len = (size_t)ct_read_varint_max(&in, CT_REQUEST_KEY_BYTES_MAX);
    out->key.key.bytes = (const char *)ct_read_bytes(&in, out->key.key.len);
    out->key.content[0] = ct_read_varint(&in);
    out->key.content[1] = ct_read_varint(&in);
    out->time_ns = ct_unzigzag(ct_read_varint(&in));
    out->row_count = ct_read_varint_max(&in, CT_BATCH_ROWS_MAX);
    if (in.is_bad || out->key.key.len == 0)
        return ct_fail(err, CT_CORRUPT, "a commit's request key is damaged");
    *rows = (struct ct_text){.bytes = (const char *)in.at, .len = ct_reader_left(&in)};
    return CT_OK;
}

/* -- many keys as one record of the registry --------------------------------------------------- */

static ct_status add_fixed(struct ct_byte_buffer *out, uint64_t value)
{
    uint8_t bytes[sizeof value];
    ct_store64(bytes, value);
    return ct_byte_buffer_bytes(out, bytes, sizeof bytes);
}

static ct_status add_key(struct ct_byte_buffer *out, const struct ct_request_done *before,
                         const struct ct_request_done *key)
{
    const uint64_t values[] = {
        (uint64_t)(key->commit - before->commit),
        ct_zigzag(key->time_seconds - before->time_seconds),
        key->row_count,
        key->database,
    };
    CT_TRY(add_fixed(out, key->hash));
    CT_TRY(add_fixed(out, key->content));
    return add_varints(out, values, CT_COUNT_OF(values));
}

ct_status ct_request_record_encode(const struct ct_request_done *keys, uint32_t count,
                                   struct ct_byte_buffer *out)
{
    CT_ASSERT(count >= 1 && count <= CT_REQUEST_RECORD_KEYS_MAX);
    const uint64_t head[] = {VALUE_VERSION, count};
    struct ct_request_done before = {0};
    CT_TRY(add_varints(out, head, CT_COUNT_OF(head)));
    for (uint32_t i = 0; i < count; i++) {
        CT_TRY(add_key(out, &before, &keys[i]));
        before = keys[i];
    }
    return CT_OK;
}

/* False where it is damaged. */
static bool read_key(struct ct_reader *in, const struct ct_request_done *before,
                     struct ct_request_done *out)
{
    out->hash = ct_read64(in);
    out->content = ct_read64(in);
    const uint64_t step = ct_read_varint_max(in, CT_COMMITS_MAX - before->commit);
    const int64_t seconds = ct_read_svarint(in);
    out->commit = before->commit + step;
    out->row_count = (uint32_t)ct_read_varint_max(in, CT_BATCH_ROWS_MAX);
    out->database = (uint32_t)ct_read_varint_max(in, CT_DATABASES_MAX - 1);
    return !in->is_bad && step > 0 &&
           !__builtin_add_overflow(before->time_seconds, seconds, &out->time_seconds) &&
           out->time_seconds <= CT_REQUEST_SECONDS_MAX &&
           out->time_seconds >= -CT_REQUEST_SECONDS_MAX;
}

static ct_status read_keys(struct ct_reader *in, struct ct_request_done *out, uint32_t *count)
{
    struct ct_request_done before = {0};
    *count = (uint32_t)ct_read_varint_max(in, CT_REQUEST_RECORD_KEYS_MAX);
    for (uint32_t i = 0; i < *count; i++) {
        if (!read_key(in, &before, &out[i]))
            return CT_CORRUPT;
        before = out[i];
    }
    return in->is_bad || *count == 0 || ct_reader_left(in) > 0 ? CT_CORRUPT : CT_OK;
}

ct_status ct_request_record_decode(struct ct_text value,
                                   struct ct_request_done out[CT_REQUEST_RECORD_KEYS_MAX],
                                   uint32_t *count, struct ct_error *err)
{
    struct ct_reader in = ct_reader_of(value.bytes, value.len);
    const uint64_t version = ct_read_varint(&in);
    if (!in.is_bad && version != VALUE_VERSION)
        return ct_fail(err, CT_FORMAT, "request keys of version %llu: by another version?",
                       (unsigned long long)version);
    if (in.is_bad || read_keys(&in, out, count) != CT_OK)
        return ct_fail(err, CT_CORRUPT, "a record of request keys is damaged");
    return CT_OK;
}

struct ct_text ct_request_record_name(char out[CT_REQUEST_RECORD_NAME_CAP], uint64_t first,
                                      uint64_t last)
{
    const int len = snprintf(out, CT_REQUEST_RECORD_NAME_CAP, "%020llu-%020llu",
                             (unsigned long long)first, (unsigned long long)last);
    return (struct ct_text){.bytes = out, .len = (size_t)len};
}
