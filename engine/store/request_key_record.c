#include "request_keys.h"

#define VALUE_VERSION 1

static ct_status add_varints(struct ct_byte_buffer *out, const uint64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CT_TRY(ct_byte_buffer_varint(out, values[i]));
    return CT_OK;
}

static ct_status add_text(struct ct_byte_buffer *out, struct ct_text text)
{
    CT_TRY(ct_byte_buffer_varint(out, text.len));
    uint8_t *at = ct_byte_buffer_room(out, text.len);
    if (!at)
        return CT_NO_MEMORY;
    memcpy(at, text.bytes, text.len);
    ct_byte_buffer_advance(out, text.len);
    return CT_OK;
}

ct_status ct_request_head_encode(const struct ct_request_head *head, struct ct_byte_buffer *out,
                                 struct ct_error *err)
{
    const uint64_t values[] = {head->key.content[0], head->key.content[1], ct_zigzag(head->time_ns),
                               head->row_count};
    ct_status status = ct_byte_buffer_varint(out, head->database);
    if (status == CT_OK)
        status = add_text(out, head->key.key);
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
    out->database = (uint32_t)ct_read_varint_max(&in, CT_DATABASES_MAX);
    out->key.key.len = (size_t)ct_read_varint_max(&in, CT_REQUEST_KEY_BYTES_MAX);
    out->key.key.bytes = (const char *)ct_read_bytes(&in, out->key.key.len);
    out->key.content[0] = ct_read_varint(&in);
    out->key.content[1] = ct_read_varint(&in);
    out->time_ns = ct_unzigzag(ct_read_varint(&in));
    out->row_count = ct_read_varint(&in);
    if (in.is_bad || out->key.key.len == 0)
        return ct_fail(err, CT_CORRUPT, "a commit's request key is damaged");
    *rows = (struct ct_text){.bytes = (const char *)in.at, .len = ct_reader_left(&in)};
    return CT_OK;
}

ct_status ct_request_entry_encode(const struct ct_request_entry *entry, struct ct_byte_buffer *out)
{
    const uint64_t values[] = {VALUE_VERSION, entry->content[0], entry->content[1],
                               entry->commit, entry->row_count,  ct_zigzag(entry->time_ns)};
    return add_varints(out, values, CT_COUNT_OF(values));
}

ct_status ct_request_entry_decode(struct ct_text value, struct ct_request_entry *out,
                                  struct ct_error *err)
{
    struct ct_reader in = ct_reader_of(value.bytes, value.len);
    const uint64_t version = ct_read_varint(&in);
    if (!in.is_bad && version != VALUE_VERSION)
        return ct_fail(err, CT_FORMAT, "a request key of version %llu: by a newer version?",
                       (unsigned long long)version);
    out->content[0] = ct_read_varint(&in);
    out->content[1] = ct_read_varint(&in);
    out->commit = ct_read_varint(&in);
    out->row_count = ct_read_varint(&in);
    out->time_ns = ct_unzigzag(ct_read_varint(&in));
    if (in.is_bad || ct_reader_left(&in) > 0)
        return ct_fail(err, CT_CORRUPT, "the record of a request key is damaged");
    return CT_OK;
}
