#include "restate_record.h"

#define RECORD_VERSION 1

static ct_status add_scope(const struct ct_restate_scope *scope, struct ct_byte_buffer *out)
{
    CT_TRY(ct_byte_buffer_text(out, scope->table));
    CT_TRY(ct_byte_buffer_varint(out, ct_zigzag(scope->start_ns)));
    CT_TRY(ct_byte_buffer_varint(out, ct_zigzag(scope->end_ns)));
    for (uint32_t i = 0; i < scope->tag_count; i++) {
        CT_TRY(ct_byte_buffer_text(out, scope->tags[i].key));
        CT_TRY(ct_byte_buffer_text(out, scope->tags[i].value));
    }
    return CT_OK;
}

ct_status ct_restate_record_key(const struct ct_restate_scope *scope, struct ct_byte_buffer *out,
                                struct ct_error *err)
{
    if (add_scope(scope, out) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a restatement");
    if (out->len > CT_REGISTRY_KEY_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "a scope of %zu bytes is too long; %d are possible", out->len,
                       CT_REGISTRY_KEY_BYTES_MAX);
    return CT_OK;
}

static ct_status add_record(const struct ct_restate_record *record, struct ct_byte_buffer *out)
{
    CT_TRY(ct_byte_buffer_varint(out, RECORD_VERSION));
    CT_TRY(ct_byte_buffer_varint(out, record->hash[0]));
    CT_TRY(ct_byte_buffer_varint(out, record->hash[1]));
    CT_TRY(ct_byte_buffer_varint(out, record->row_count));
    CT_TRY(ct_byte_buffer_varint(out, record->commit));
    CT_TRY(ct_byte_buffer_varint(out, record->has_sequence));
    return ct_byte_buffer_varint(out, record->sequence);
}

ct_status ct_restate_record_encode(const struct ct_restate_record *record,
                                   struct ct_byte_buffer *out, struct ct_error *err)
{
    if (add_record(record, out) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a restatement");
    return CT_OK;
}

ct_status ct_restate_record_decode(struct ct_text value, struct ct_restate_record *out,
                                   struct ct_error *err)
{
    struct ct_reader in = ct_reader_of(value.bytes, value.len);
    const uint64_t version = ct_read_varint(&in);
    if (!in.is_bad && version != RECORD_VERSION)
        return ct_fail(err, CT_FORMAT, "a restatement of version %llu: by a newer version?",
                       (unsigned long long)version);
    out->hash[0] = ct_read_varint(&in);
    out->hash[1] = ct_read_varint(&in);
    out->row_count = ct_read_varint(&in);
    out->commit = ct_read_varint(&in);
    out->has_sequence = ct_read_varint_max(&in, 1) == 1;
    out->sequence = ct_read_varint(&in);
    if (in.is_bad || ct_reader_left(&in) > 0)
        return ct_fail(err, CT_CORRUPT, "the record of a restatement is damaged");
    return CT_OK;
}
