#include "group_writer.h"

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "no memory for a group of a segment's blocks");
}

static ct_status append(struct ct_group_writer *writer, const struct ct_part *parts,
                        size_t part_count, struct ct_error *err)
{
    CT_TRY(writer->file->io->calls->append(writer->file, parts, part_count, err));
    for (size_t i = 0; i < part_count; i++)
        writer->written += parts[i].len;
    return CT_OK;
}

/* -- Making and unmaking ---------------------------------------------------------------------- */

static ct_status write_header(struct ct_group_writer *writer, struct ct_error *err)
{
    uint8_t header[CT_SEGMENT_HEADER_BYTES] = {0};
    memcpy(header, CT_SEGMENT_MAGIC, CT_SEGMENT_MAGIC_BYTES);
    ct_store32(header + CT_SEGMENT_MAGIC_BYTES, CT_SEGMENT_VERSION);
    ct_store32(header + CT_SEGMENT_HEADER_CHECKED,
               ct_segment_short_checksum(header, CT_SEGMENT_HEADER_CHECKED));
    return append(writer, &(struct ct_part){header, sizeof header}, 1, err);
}

static ct_status allocate(struct ct_group_writer *writer, struct ct_error *err)
{
    const struct ct_allocator *allocator = writer->allocator;
    writer->entries = ct_alloc_zeroed(
        allocator, (size_t)writer->slot_count * CT_SEGMENT_GROUP_BLOCKS, sizeof *writer->entries);
    writer->payloads = ct_alloc_zeroed(allocator, writer->slot_count, sizeof *writer->payloads);
    writer->directory = ct_alloc(allocator, ct_directory_bound());
    return writer->entries && writer->payloads && writer->directory ? CT_OK : no_memory(err);
}

ct_status ct_group_writer_init(struct ct_group_writer *writer, struct ct_file *file,
                               const struct ct_allocator *allocator,
                               struct ct_codec_scratch *scratch, enum ct_effort effort,
                               const struct ct_segment_column *columns, uint32_t column_count,
                               struct ct_error *err)
{
    memset(writer, 0, sizeof *writer);
    writer->allocator = allocator;
    writer->file = file;
    writer->scratch = scratch;
    writer->effort = effort;
    writer->columns = columns;
    writer->slot_count = column_count + 1;
    ct_status status = ct_column_encoder_init(&writer->encoder, allocator, scratch, effort, columns,
                                              column_count, err);
    if (status == CT_OK)
        status = allocate(writer, err);
    if (status == CT_OK)
        status = write_header(writer, err);
    if (status != CT_OK)
        ct_group_writer_deinit(writer);
    return status;
}

void ct_group_writer_deinit(struct ct_group_writer *writer)
{
    if (!writer->allocator)
        return;
    for (uint32_t slot = 0; writer->payloads && slot < writer->slot_count; slot++)
        ct_byte_buffer_deinit(writer->allocator, &writer->payloads[slot]);
    ct_byte_buffer_deinit(writer->allocator, &writer->footer);
    ct_release(writer->allocator, writer->payloads);
    ct_release(writer->allocator, writer->entries);
    ct_release(writer->allocator, writer->directory);
    ct_column_encoder_deinit(&writer->encoder);
    writer->allocator = NULL;
}

/* -- Groups ----------------------------------------------------------------------------------- */

static uint32_t value_count(const struct ct_group_writer *writer, uint32_t slot)
{
    const struct ct_block_entry *entries = &writer->entries[(size_t)slot * CT_SEGMENT_GROUP_BLOCKS];
    uint32_t count = 0;
    for (uint32_t b = 0; b < writer->block_count; b++)
        count += slot == 0 ? entries[b].rows : entries[b].stats.value_count;
    return count;
}

static ct_status write_chunk(struct ct_group_writer *writer, uint32_t slot, struct ct_error *err)
{
    struct ct_byte_buffer *payload = &writer->payloads[slot];
    if (payload->len > CT_SEGMENT_PAYLOAD_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "a column needs more than %u bytes in one group of blocks",
                       CT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct ct_chunk chunk = {.payload_bytes = (uint32_t)payload->len,
                             .value_count = value_count(writer, slot)};
    if (chunk.value_count > 0)
        chunk.directory_bytes = (uint32_t)ct_directory_encode(
            &writer->entries[(size_t)slot * CT_SEGMENT_GROUP_BLOCKS], writer->block_count,
            slot == 0 ? CT_TYPE_TIME : (uint8_t)writer->columns[slot - 1].type, writer->effort,
            writer->scratch, writer->directory);
    CT_ASSERT(chunk.directory_bytes <= CT_SEGMENT_DIRECTORY_BYTES_MAX);
    chunk.checksum = ct_segment_checksum(writer->directory, chunk.directory_bytes);
    if (!ct_byte_buffer_reserve(writer->allocator, &writer->footer, CT_FOOTER_CHUNK_BYTES_MAX))
        return no_memory(err);
    struct ct_writer w =
        ct_writer_of(writer->footer.bytes + writer->footer.len, CT_FOOTER_CHUNK_BYTES_MAX);
    ct_footer_write_chunk(&w, &chunk);
    writer->footer.len += ct_writer_len(&w);
    const struct ct_part parts[] = {{writer->directory, chunk.directory_bytes},
                                    {payload->bytes, payload->len}};
    payload->len = 0;
    return chunk.directory_bytes ? append(writer, parts, CT_COUNT_OF(parts), err) : CT_OK;
}

static ct_status write_group(struct ct_group_writer *writer, struct ct_error *err)
{
    for (uint32_t slot = 0; slot < writer->slot_count; slot++)
        CT_TRY(write_chunk(writer, slot, err));
    writer->block_count = 0;
    return CT_OK;
}

static ct_status encode_times(struct ct_group_writer *writer, const int64_t *times_ns,
                              uint32_t count, struct ct_error *err)
{
    struct ct_byte_buffer *payload = &writer->payloads[0];
    if (!ct_byte_buffer_reserve(writer->allocator, payload, ct_codec_bound(count)))
        return no_memory(err);
    uint8_t *out = payload->bytes + payload->len;
    const size_t len = ct_time_encode(times_ns, count, writer->effort, writer->scratch, out);
    struct ct_block_entry *entry = &writer->entries[writer->block_count];
    *entry = (struct ct_block_entry){.rows = count,
                                     .payload_bytes = (uint32_t)len,
                                     .checksum = ct_segment_short_checksum(out, len)};
    entry->stats.min.int64 = entry->stats.max.int64 = times_ns[0];
    for (uint32_t i = 1; i < count; i++) {
        if (times_ns[i] < entry->stats.min.int64)
            entry->stats.min.int64 = times_ns[i];
        if (times_ns[i] > entry->stats.max.int64)
            entry->stats.max.int64 = times_ns[i];
    }
    payload->len += len;
    return CT_OK;
}

static ct_status encode_column(struct ct_group_writer *writer, struct ct_pending_rows *rows,
                               uint32_t column, uint32_t count, struct ct_error *err)
{
    struct ct_byte_buffer *payload = &writer->payloads[column + 1];
    struct ct_vector vector;
    ct_pending_rows_vector(rows, column, count, &vector);
    if (!ct_byte_buffer_reserve(writer->allocator, payload, ct_column_encode_bound(&vector)))
        return no_memory(err);
    struct ct_block_entry *entry =
        &writer->entries[(size_t)(column + 1) * CT_SEGMENT_GROUP_BLOCKS + writer->block_count];
    payload->len +=
        ct_column_encode(&writer->encoder, column, &vector, payload->bytes + payload->len, entry);
    return CT_OK;
}

ct_status ct_group_writer_block(struct ct_group_writer *writer, struct ct_pending_rows *rows,
                                uint32_t count, struct ct_error *err)
{
    CT_TRY(encode_times(writer, rows->times_ns + rows->begin, count, err));
    for (uint32_t c = 0; c + 1 < writer->slot_count; c++)
        CT_TRY(encode_column(writer, rows, c, count, err));
    ct_column_derive(&writer->encoder, writer->payloads + 1,
                     &writer->entries[CT_SEGMENT_GROUP_BLOCKS + writer->block_count]);
    writer->block_count++;
    return writer->block_count == CT_SEGMENT_GROUP_BLOCKS ? write_group(writer, err) : CT_OK;
}

/* -- The end of the file ---------------------------------------------------------------------- */

static ct_status write_section(struct ct_group_writer *writer, struct ct_part part,
                               struct ct_writer *footer, struct ct_error *err)
{
    const struct ct_section section = {.len = part.len,
                                       .checksum = ct_segment_checksum(part.bytes, part.len)};
    ct_footer_write_section(footer, &section);
    return part.len ? append(writer, &part, 1, err) : CT_OK;
}

static ct_status write_sections(struct ct_group_writer *writer,
                                const struct ct_series_writer *series, struct ct_writer *footer,
                                struct ct_error *err)
{
    for (uint32_t s = 0; s <= series->tag_count; s++) {
        const struct ct_byte_buffer *bytes = &series->sections[s];
        CT_TRY(write_section(writer, (struct ct_part){bytes->bytes, bytes->len}, footer, err));
    }
    return write_section(writer, writer->rollup, footer, err);
}

static ct_status write_footer(struct ct_group_writer *writer, struct ct_writer *footer,
                              struct ct_segment_info *info, struct ct_error *err)
{
    uint8_t trailer[CT_SEGMENT_TRAILER_BYTES];
    ct_write_bytes(footer, writer->footer.bytes, writer->footer.len);
    const size_t len = ct_writer_len(footer);
    info->footer_checksum = ct_segment_checksum(footer->start, len);
    ct_store64(trailer, len);
    ct_store64(trailer + 8, info->footer_checksum);
    memcpy(trailer + 16, CT_SEGMENT_END_MAGIC, CT_SEGMENT_MAGIC_BYTES);
    const struct ct_part parts[] = {{footer->start, len}, {trailer, sizeof trailer}};
    CT_TRY(append(writer, parts, CT_COUNT_OF(parts), err));
    info->file_bytes = writer->written;
    return CT_OK;
}

ct_status ct_group_writer_finish(struct ct_group_writer *writer,
                                 const struct ct_series_writer *series,
                                 struct ct_segment_info *info, struct ct_error *err)
{
    if (writer->block_count > 0)
        CT_TRY(write_group(writer, err));
    const size_t room = ct_footer_head_bound(info->column_count) +
                        ((size_t)info->tag_count + 2) * CT_FOOTER_SECTION_BYTES_MAX +
                        writer->footer.len;
    uint8_t *bytes = ct_alloc(writer->allocator, room);
    if (!bytes)
        return no_memory(err);
    struct ct_writer footer = ct_writer_of(bytes, room);
    ct_footer_write_head(&footer, info, writer->columns);
    ct_status status = write_sections(writer, series, &footer, err);
    if (status == CT_OK)
        status = write_footer(writer, &footer, info, err);
    ct_release(writer->allocator, bytes);
    return status;
}
