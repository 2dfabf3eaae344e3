/* What readers of a segment share and the first of them makes: directories, block cuts, series, tag
 * codes. */
#include "open_segment.h"

/* -- Directories: made without the lock; of two that race, one wins. -------------------------- */

/* block_count + 1 row numbers of a group, or NULL where slot 0 is to say them. */
static const uint32_t *group_rows(struct ct_segment *segment, uint32_t group, uint32_t slot)
{
    if (slot == 0)
        return NULL;
    const struct ct_block_arrays *blocks =
        atomic_load_explicit(&segment->blocks, memory_order_acquire);
    CT_ASSERT(blocks);
    return blocks->first_row + (size_t)group * CT_SEGMENT_GROUP_BLOCKS;
}

ct_status ct_segment_directory(struct ct_segment *segment, uint32_t group, uint32_t slot,
                               struct ct_codec_scratch *scratch, const struct ct_directory **out,
                               struct ct_error *err)
{
    const struct ct_footer *footer = &segment->footer;
    const struct ct_chunk *chunk = ct_footer_chunk(footer, group, slot);
    _Atomic(struct ct_directory *) *place =
        &segment->directories[(size_t)group * footer->slot_count + slot];
    struct ct_directory *known = atomic_load_explicit(place, memory_order_acquire);
    if (!known) {
        struct ct_directory *made;
        const struct ct_directory_source source = {
            .bytes = segment->bytes + chunk->offset,
            .chunk = chunk,
            .first_row = group_rows(segment, group, slot),
            .count = ct_footer_group_blocks(footer, group),
            .type = slot == 0 ? CT_TYPE_TIME : (uint8_t)footer->columns[slot - 1].type,
            .path = segment->file->path};
        CT_TRY(ct_segment_check_directory(segment, chunk, err));
        CT_TRY(ct_directory_decode(&source, segment->io->allocator, scratch, &made, err));
        if (atomic_compare_exchange_strong_explicit(place, &known, made, memory_order_acq_rel,
                                                    memory_order_acquire))
            known = made;
        else
            ct_release(segment->io->allocator, made);
    }
    *out = known;
    return CT_OK;
}

/* -- Arrays made under the lock --------------------------------------------------------------- */

static ct_status no_memory(const struct ct_segment *segment, struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "no memory for the directories of segment %s",
                   segment->file->path);
}

static struct ct_block_arrays *allocate_blocks(const struct ct_allocator *allocator, uint32_t count)
{
    struct ct_block_arrays *out =
        ct_alloc(allocator, sizeof *out + (size_t)count * 2 * sizeof(int64_t) +
                                ((size_t)count + 1) * sizeof(uint32_t));
    if (!out)
        return NULL;
    out->min_time_ns = (int64_t *)(void *)(out + 1);
    out->max_time_ns = out->min_time_ns + count;
    out->first_row = (uint32_t *)(void *)(out->max_time_ns + count);
    out->first_row[0] = 0;
    return out;
}

/* The footer has seen to it that rows of all groups add up, the directory that those of a group do.
 */
static ct_status fill_blocks(struct ct_segment *segment, struct ct_codec_scratch *scratch,
                             struct ct_block_arrays *out, struct ct_error *err)
{
    const struct ct_segment_info *info = &segment->footer.info;
    uint32_t block = 0;
    for (uint32_t group = 0; group < segment->footer.group_count; group++) {
        const struct ct_directory *directory;
        CT_TRY(ct_segment_directory(segment, group, 0, scratch, &directory, err));
        for (uint32_t b = 0; b < directory->count; b++, block++) {
            if (directory->min[b] < info->min_time_ns || directory->max[b] > info->max_time_ns)
                return ct_fail_at(err, CT_CORRUPT, segment->file->path,
                                  ct_footer_chunk(&segment->footer, group, 0)->offset,
                                  "times of block %u are not within the segment's", block);
            out->first_row[block + 1] = out->first_row[block] + directory->value_count[b];
            out->min_time_ns[block] = directory->min[b];
            out->max_time_ns[block] = directory->max[b];
        }
    }
    CT_ASSERT(block == info->block_count && out->first_row[block] == info->row_count);
    return CT_OK;
}

static ct_status make_blocks(struct ct_segment *segment, struct ct_codec_scratch *scratch,
                             struct ct_error *err)
{
    const struct ct_allocator *allocator = segment->io->allocator;
    struct ct_block_arrays *made = allocate_blocks(allocator, segment->footer.info.block_count);
    const ct_status status =
        made ? fill_blocks(segment, scratch, made, err) : no_memory(segment, err);
    if (status == CT_OK)
        atomic_store_explicit(&segment->blocks, made, memory_order_release);
    else
        ct_release(allocator, made);
    return status;
}

static ct_status make_series(struct ct_segment *segment, struct ct_codec_scratch *scratch,
                             struct ct_error *err)
{
    const struct ct_section *section = &segment->footer.sections[0];
    struct ct_series_arrays *made;
    CT_TRY(ct_segment_check_section(segment, section, err));
    CT_TRY(ct_series_decode(segment->bytes + section->offset, &segment->footer, segment->file->path,
                            segment->io->allocator, scratch, &made, err));
    atomic_store_explicit(&segment->series, made, memory_order_release);
    return CT_OK;
}

static ct_status make_tag(struct ct_segment *segment, uint32_t tag,
                          struct ct_codec_scratch *scratch, struct ct_error *err)
{
    const struct ct_section *section = &segment->footer.sections[1 + tag];
    uint32_t *made;
    CT_TRY(ct_segment_check_section(segment, section, err));
    CT_TRY(ct_tag_codes_decode(segment->bytes + section->offset, section,
                               segment->footer.info.series_count, segment->file->path,
                               segment->io->allocator, scratch, &made, err));
    atomic_store_explicit(&segment->tags[tag], made, memory_order_release);
    return CT_OK;
}

static ct_status make_no_codes(struct ct_segment *segment, struct ct_error *err)
{
    uint32_t *made =
        ct_alloc_zeroed(segment->io->allocator, segment->footer.info.series_count, sizeof *made);
    if (!made)
        return no_memory(segment, err);
    atomic_store_explicit(&segment->no_codes, made, memory_order_release);
    return CT_OK;
}

enum array { ARRAY_BLOCKS, ARRAY_SERIES, ARRAY_TAG, ARRAY_NO_CODES };

static ct_status make_with(struct ct_segment *segment, enum array which, uint32_t tag,
                           struct ct_codec_scratch *scratch, struct ct_error *err)
{
    switch (which) {
    case ARRAY_BLOCKS:
        return atomic_load(&segment->blocks) ? CT_OK : make_blocks(segment, scratch, err);
    case ARRAY_SERIES:
        return atomic_load(&segment->series) ? CT_OK : make_series(segment, scratch, err);
    case ARRAY_TAG:
        return atomic_load(&segment->tags[tag]) ? CT_OK : make_tag(segment, tag, scratch, err);
    case ARRAY_NO_CODES:
        return atomic_load(&segment->no_codes) ? CT_OK : make_no_codes(segment, err);
    }
    return CT_OK;
}

/* Makes what is not there yet; others that want it wait. */
static ct_status make(struct ct_segment *segment, enum array which, uint32_t tag,
                      struct ct_error *err)
{
    struct ct_codec_scratch *scratch = ct_codec_scratch_create(segment->io->allocator);
    if (!scratch)
        return no_memory(segment, err);
    pthread_mutex_lock(&segment->lock);
    const ct_status status = make_with(segment, which, tag, scratch, err);
    pthread_mutex_unlock(&segment->lock);
    ct_codec_scratch_destroy(scratch);
    return status;
}

/* -- Handing out ------------------------------------------------------------------------------ */

ct_status ct_segment_block_arrays(struct ct_segment *segment, const struct ct_block_arrays **out,
                                  struct ct_error *err)
{
    if (!atomic_load_explicit(&segment->blocks, memory_order_acquire))
        CT_TRY(make(segment, ARRAY_BLOCKS, 0, err));
    *out = atomic_load_explicit(&segment->blocks, memory_order_acquire);
    return CT_OK;
}

ct_status ct_segment_blocks_of(struct ct_segment *segment, struct ct_segment_blocks *out,
                               struct ct_error *err)
{
    const struct ct_block_arrays *arrays;
    CT_TRY(ct_segment_block_arrays(segment, &arrays, err));
    *out = (struct ct_segment_blocks){.count = segment->footer.info.block_count,
                                      .first_row = arrays->first_row,
                                      .min_time_ns = arrays->min_time_ns,
                                      .max_time_ns = arrays->max_time_ns};
    return CT_OK;
}

ct_status ct_segment_series_of(struct ct_segment *segment, struct ct_segment_series *out,
                               struct ct_error *err)
{
    if (!atomic_load_explicit(&segment->series, memory_order_acquire))
        CT_TRY(make(segment, ARRAY_SERIES, 0, err));
    const struct ct_series_arrays *arrays =
        atomic_load_explicit(&segment->series, memory_order_acquire);
    *out = (struct ct_segment_series){.count = segment->footer.info.series_count,
                                      .series = arrays->series,
                                      .first_row = arrays->first_row,
                                      .min_time_ns = arrays->min_time_ns,
                                      .max_time_ns = arrays->max_time_ns};
    return CT_OK;
}

ct_status ct_segment_tag_codes(struct ct_segment *segment, uint32_t tag, const uint32_t **out,
                               struct ct_error *err)
{
    const bool is_known = tag < segment->footer.info.tag_count;
    _Atomic(uint32_t *) *place = is_known ? &segment->tags[tag] : &segment->no_codes;
    if (!atomic_load_explicit(place, memory_order_acquire))
        CT_TRY(make(segment, is_known ? ARRAY_TAG : ARRAY_NO_CODES, tag, err));
    *out = atomic_load_explicit(place, memory_order_acquire);
    return CT_OK;
}
