#include "column_encode.h"

/* -- Making and unmaking ---------------------------------------------------------------------- */

#define NARROW_ROOM (CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD)

static uint32_t add_derive_columns(struct ct_column_encoder *encoder,
                                   const struct ct_segment_column *columns, uint32_t column_count)
{
    uint32_t count = 0;
    for (uint32_t c = 0; c < column_count && count < CT_SEGMENT_DERIVE_COLUMNS_MAX; c++)
        if (columns[c].type == CT_DECIMAL)
            encoder->derive[count++].column = c;
    return count > 1 ? count : 0;
}

ct_status ct_column_encoder_init(struct ct_column_encoder *encoder,
                                 const struct ct_allocator *allocator,
                                 struct ct_codec_scratch *scratch, enum ct_effort effort,
                                 const struct ct_segment_column *columns, uint32_t column_count,
                                 struct ct_error *err)
{
    memset(encoder, 0, sizeof *encoder);
    encoder->allocator = allocator;
    encoder->scratch = scratch;
    encoder->effort = effort;
    encoder->derive_count = add_derive_columns(encoder, columns, column_count);
    if (encoder->derive_count == 0)
        return CT_OK;
    encoder->derived = ct_alloc(allocator, ct_codec_bound(CT_BLOCK_VALUES_MAX));
    encoder->narrow =
        ct_alloc(allocator, (size_t)encoder->derive_count * NARROW_ROOM * sizeof *encoder->narrow);
    encoder->wide = ct_alloc(allocator, NARROW_ROOM * sizeof *encoder->wide);
    if (!encoder->derived || !encoder->narrow || !encoder->wide) {
        ct_column_encoder_deinit(encoder);
        return ct_fail(err, CT_NO_MEMORY, "no memory to encode the columns of a segment");
    }
    for (uint32_t i = 0; i < encoder->derive_count; i++) {
        encoder->derive[i].block.narrow = encoder->narrow + (size_t)i * NARROW_ROOM;
        encoder->derive[i].block.wide = encoder->wide;
    }
    return CT_OK;
}

void ct_column_encoder_deinit(struct ct_column_encoder *encoder)
{
    if (!encoder->allocator)
        return;
    ct_release(encoder->allocator, encoder->derived);
    ct_release(encoder->allocator, encoder->narrow);
    ct_release(encoder->allocator, encoder->wide);
    encoder->derived = NULL;
    encoder->narrow = NULL;
    encoder->wide = NULL;
}

/* -- One column ------------------------------------------------------------------------------- */

size_t ct_column_encode_bound(const struct ct_vector *vector)
{
    const size_t presence = ct_array_bound(vector->count);
    switch (vector->type) {
    case CT_STRING:
        return presence + ct_text_bound(vector->string, vector->count);
    case CT_DECIMAL: /* ragged is the worst */
        return presence + 3 * ct_array_bound(vector->count);
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
    case CT_BOOL:
        break;
    }
    return presence + ct_codec_bound(vector->count);
}

static size_t write_presence(struct ct_column_encoder *encoder, const struct ct_vector *v,
                             uint8_t *out)
{
    struct ct_writer w = ct_writer_of(out, ct_array_bound(v->count));
    uint8_t *block = out + CT_VARINT_BYTES_MAX;
    const size_t len = ct_bool_encode(v->present, v->count, encoder->scratch, block);
    ct_write_varint(&w, len);
    memmove(w.at, block, len);
    return ct_writer_len(&w) + len;
}

static size_t write_ragged(struct ct_column_encoder *encoder, const struct ct_vector *v,
                           uint8_t *out)
{
    int64_t *numbers = encoder->aligner.narrow;
    struct ct_writer w = ct_writer_of(out, 2 * ct_array_bound(v->count));
    for (uint32_t i = 0; i < v->count; i++)
        numbers[i] = v->scales[i];
    ct_array_write(&w, CT_ARRAY_INT, numbers, v->count, encoder->effort, encoder->scratch);
    for (uint32_t i = 0; i < v->count; i++)
        numbers[i] = (int64_t)v->wide[i];
    ct_array_write(&w, CT_ARRAY_INT, numbers, v->count, encoder->effort, encoder->scratch);
    for (uint32_t i = 0; i < v->count; i++)
        numbers[i] = (int64_t)(v->wide[i] >> 64);
    return ct_writer_len(&w) +
           ct_int_encode(numbers, v->count, encoder->effort, encoder->scratch, w.at);
}

static size_t write_decimals(struct ct_column_encoder *encoder, const struct ct_vector *v,
                             uint8_t *out, struct ct_block_entry *entry)
{
    struct ct_vector aligned;
    ct_decimal_align(&encoder->aligner, v, &aligned);
    ct_block_stats_of(&aligned, &entry->stats);
    if (aligned.scales) {
        entry->mode = CT_MODE_RAGGED;
        return write_ragged(encoder, &aligned, out);
    }
    uint8_t *scales = encoder->aligner.scales;
    memset(scales, aligned.scale, v->count);
    if (aligned.wide)
        return ct_decimal_encode(aligned.wide, scales, v->count, encoder->effort, encoder->scratch,
                                 out);
    return ct_decimal_encode_narrow(aligned.narrow, scales, v->count, encoder->effort,
                                    encoder->scratch, out);
}

static size_t write_values(struct ct_column_encoder *encoder, const struct ct_vector *v,
                           uint8_t *out, struct ct_block_entry *entry)
{
    struct ct_codec_scratch *scratch = encoder->scratch;
    if (v->type != CT_DECIMAL)
        ct_block_stats_of(v, &entry->stats);
    switch (v->type) {
    case CT_FLOAT64:
        return ct_float_encode(v->float64, v->count, encoder->effort, scratch, out);
    case CT_INT64:
        return ct_int_encode(v->int64, v->count, encoder->effort, scratch, out);
    case CT_UINT64: /* the int64 of the same bits */
        return ct_int_encode((const int64_t *)v->uint64, v->count, encoder->effort, scratch, out);
    case CT_BOOL:
        return ct_bool_encode(v->boolean, v->count, scratch, out);
    case CT_STRING:
        return ct_text_encode(v->string, v->count, encoder->effort, scratch, out);
    case CT_DECIMAL:
        return write_decimals(encoder, v, out, entry);
    }
    return 0;
}

static struct ct_derive_column *find_derive(struct ct_column_encoder *encoder, uint32_t column)
{
    for (uint32_t i = 0; i < encoder->derive_count; i++)
        if (encoder->derive[i].column == column)
            return &encoder->derive[i];
    return NULL;
}

/* Gets back what was just written, as readers will: the codec may have chosen another scale. */
static void remember(struct ct_column_encoder *encoder, struct ct_derive_column *derive,
                     const uint8_t *payload, size_t len, size_t prefix_len, uint32_t count)
{
    derive->is_referenced = false;
    derive->prefix_len = prefix_len;
    derive->is_usable = len - prefix_len >= CT_SEGMENT_DERIVE_BYTES_MIN &&
                        ct_decimal_decode(payload + prefix_len, len - prefix_len, count,
                                          encoder->scratch, &derive->block) == CT_OK &&
                        !derive->block.is_wide;
}

static bool has_any_value(const struct ct_vector *v)
{
    return !v->present || memchr(v->present, 1, v->count);
}

size_t ct_column_encode(struct ct_column_encoder *encoder, uint32_t column,
                        const struct ct_vector *vector, uint8_t *out, struct ct_block_entry *entry)
{
    size_t len = 0, prefix_len = 0;
    memset(entry, 0, sizeof *entry);
    entry->rows = vector->count;
    struct ct_derive_column *derive = find_derive(encoder, column);
    if (derive)
        derive->is_usable = false;
    if (has_any_value(vector)) {
        if (vector->present)
            prefix_len = write_presence(encoder, vector, out);
        len = prefix_len + write_values(encoder, vector, out + prefix_len, entry);
        if (derive && entry->mode == CT_MODE_PLAIN)
            remember(encoder, derive, out, len, prefix_len, vector->count);
    } else {
        entry->stats.type = vector->type;
    }
    entry->payload_bytes = (uint32_t)len;
    entry->checksum = ct_segment_short_checksum(out, len);
    return len;
}

/* -- Columns computed from others ------------------------------------------------------------- */

/* Tries one reference; a success becomes the new block to beat. */
static bool try_reference(struct ct_column_encoder *encoder, struct ct_derive_column *target,
                          struct ct_derive_column *reference, struct ct_byte_buffer *payload,
                          struct ct_block_entry *entry)
{
    const size_t value_len = entry->payload_bytes - target->prefix_len;
    const size_t len = ct_derived_encode(reference->block.narrow, reference->block.scale,
                                         target->block.narrow, target->block.scale, entry->rows,
                                         value_len, encoder->scratch, encoder->derived);
    if (len == 0 || len >= value_len)
        return false;
    uint8_t *start = payload->bytes + payload->len - entry->payload_bytes;
    memcpy(start + target->prefix_len, encoder->derived, len);
    payload->len -= value_len - len;
    entry->payload_bytes = (uint32_t)(target->prefix_len + len);
    entry->checksum = ct_segment_short_checksum(start, entry->payload_bytes);
    entry->mode = CT_MODE_DERIVED + reference->column;
    return true;
}

/* A column that others refer to stays as it is; a derived one serves no other. */
void ct_column_derive(struct ct_column_encoder *encoder, struct ct_byte_buffer *payloads,
                      struct ct_block_entry *entries)
{
    for (uint32_t t = 0; t < encoder->derive_count; t++) {
        struct ct_derive_column *target = &encoder->derive[t], *best = NULL;
        if (!target->is_usable || target->is_referenced)
            continue;
        for (uint32_t r = 0; r < encoder->derive_count; r++) {
            struct ct_derive_column *reference = &encoder->derive[r];
            if (r != t && reference->is_usable &&
                try_reference(encoder, target, reference, &payloads[target->column],
                              &entries[(size_t)target->column * CT_SEGMENT_GROUP_BLOCKS]))
                best = reference;
        }
        if (best) {
            best->is_referenced = true;
            target->is_usable = false;
        }
    }
}
