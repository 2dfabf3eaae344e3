/* What takes the room in a segment: bytes by column and codec. */
#include "open_segment.h"

struct usage_list {
    const struct ct_allocator *allocator;
    struct ct_segment_usage *entries;
    size_t count, cap;
    uint64_t payload_bytes;
};

/* Blocks come column by column: a codec of the same column is among the last entries. */
static bool add_block(struct usage_list *list, uint32_t column, const char *codec, uint32_t values,
                      size_t bytes)
{
    struct ct_segment_usage *usage = NULL;
    for (size_t i = list->count; i > 0 && list->entries[i - 1].column == column; i--)
        if (strcmp(list->entries[i - 1].codec, codec) == 0)
            usage = &list->entries[i - 1];
    if (!usage) {
        if (!ct_grow(list->allocator, &list->entries, &list->cap, list->count + 1,
                     sizeof *list->entries))
            return false;
        usage = &list->entries[list->count++];
        *usage = (struct ct_segment_usage){.column = column, .codec = codec};
    }
    usage->blocks++;
    usage->values += values;
    usage->bytes += bytes;
    list->payload_bytes += bytes;
    return true;
}

static enum ct_codec_family family_of(uint8_t type, uint32_t mode)
{
    if (type == CT_TYPE_TIME)
        return CT_FAMILY_TIME;
    switch ((enum ct_type)type) {
    case CT_FLOAT64:
        return CT_FAMILY_FLOAT;
    case CT_INT64:
    case CT_UINT64:
        return CT_FAMILY_INT;
    case CT_BOOL:
        return CT_FAMILY_BOOL;
    case CT_STRING:
        return CT_FAMILY_TEXT;
    case CT_DECIMAL:
        break;
    }
    return mode == CT_MODE_PLAIN ? CT_FAMILY_DECIMAL : CT_FAMILY_DERIVED;
}

/* The codec of the values, behind the presence that may stand before them. */
static const char *codec_of(const struct ct_directory *directory, uint32_t block, uint32_t rows,
                            struct ct_text payload)
{
    const uint32_t mode = directory->mode[block];
    if (directory->value_count[block] == 0)
        return "absent";
    if (mode == CT_MODE_RAGGED)
        return "ragged";
    struct ct_reader r = ct_reader_of(payload.bytes, payload.len);
    if (directory->value_count[block] < rows)
        ct_read_bytes(&r, (size_t)ct_read_varint_max(&r, payload.len));
    return ct_codec_name(family_of(directory->type, mode), r.at, ct_reader_left(&r));
}

static ct_status add_chunk(struct ct_segment *segment, const struct ct_block_arrays *blocks,
                           uint32_t slot, uint32_t group, struct ct_codec_scratch *scratch,
                           struct usage_list *list, struct ct_error *err)
{
    const uint32_t column = slot == 0 ? UINT32_MAX : slot - 1;
    const uint32_t first = group * CT_SEGMENT_GROUP_BLOCKS;
    const uint32_t count = ct_footer_group_blocks(&segment->footer, group);
    const struct ct_directory *directory = NULL;
    bool has_memory = true;
    if (ct_footer_chunk(&segment->footer, group, slot)->directory_bytes != 0)
        CT_TRY(ct_segment_directory(segment, group, slot, scratch, &directory, err));
    for (uint32_t b = 0; b < count && has_memory; b++) {
        struct ct_text payload = {0};
        const char *codec = "absent";
        if (directory) {
            const uint32_t rows = blocks->first_row[first + b + 1] - blocks->first_row[first + b];
            CT_TRY(ct_segment_payload(segment, directory, slot, first + b, false, &payload, err));
            codec = codec_of(directory, b, rows, payload);
        }
        has_memory =
            add_block(list, column, codec, directory ? directory->value_count[b] : 0, payload.len);
    }
    return has_memory ? CT_OK : ct_fail(err, CT_NO_MEMORY, "no memory to look into a segment");
}

static ct_status collect(struct ct_segment *segment, struct ct_codec_scratch *scratch,
                         struct usage_list *list, struct ct_error *err)
{
    const struct ct_block_arrays *blocks;
    CT_TRY(ct_segment_block_arrays(segment, &blocks, err));
    for (uint32_t slot = 0; slot < segment->footer.slot_count; slot++)
        for (uint32_t group = 0; group < segment->footer.group_count; group++)
            CT_TRY(add_chunk(segment, blocks, slot, group, scratch, list, err));
    return CT_OK;
}

ct_status ct_segment_usage_of(struct ct_segment *segment, struct ct_segment_usage *out, size_t cap,
                              size_t *count, uint64_t *directory_bytes, struct ct_error *err)
{
    const struct ct_allocator *allocator = segment->io->allocator;
    struct usage_list list = {.allocator = allocator};
    struct ct_codec_scratch *scratch = ct_codec_scratch_create(allocator);
    if (!scratch)
        return ct_fail(err, CT_NO_MEMORY, "no memory to look into segment %s", segment->file->path);
    const ct_status status = collect(segment, scratch, &list, err);
    if (status == CT_OK) {
        const size_t kept = list.count < cap ? list.count : cap;
        if (kept)
            memcpy(out, list.entries, kept * sizeof *out);
        *count = list.count;
        *directory_bytes = segment->footer.info.file_bytes - list.payload_bytes;
    }
    ct_release(allocator, list.entries);
    ct_codec_scratch_destroy(scratch);
    return status;
}
