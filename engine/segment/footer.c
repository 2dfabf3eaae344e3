#include "footer.h"

/* The fewest bytes that a chunk and a section take in the footer. */
#define CHUNK_BYTES_MIN   11
#define SECTION_BYTES_MIN 9

/* -- Writing ---------------------------------------------------------------------------------- */

size_t ct_footer_head_bound(uint32_t column_count)
{
    return (size_t)10 * CT_VARINT_BYTES_MAX + (size_t)column_count * (CT_VARINT_BYTES_MAX + 1);
}

void ct_footer_write_head(struct ct_writer *w, const struct ct_segment_info *info,
                          const struct ct_segment_column *columns)
{
    ct_write_varint(w, info->table);
    ct_write_varint(w, info->tag_count);
    ct_write_varint(w, info->column_count);
    ct_write_varint(w, info->row_count);
    ct_write_varint(w, info->series_count);
    ct_write_varint(w, info->block_count);
    ct_write_svarint(w, info->min_time_ns);
    ct_write_varint(w, (uint64_t)info->max_time_ns - (uint64_t)info->min_time_ns);
    ct_write_varint(w, info->min_commit);
    ct_write_varint(w, info->max_commit - info->min_commit);
    for (uint32_t c = 0; c < info->column_count; c++) {
        ct_write_varint(w, c ? columns[c].field - columns[c - 1].field : columns[c].field);
        ct_write8(w, (uint8_t)columns[c].type);
    }
}

void ct_footer_write_section(struct ct_writer *w, const struct ct_section *section)
{
    ct_write_varint(w, section->len);
    ct_write64(w, section->checksum);
}

void ct_footer_write_chunk(struct ct_writer *w, const struct ct_chunk *chunk)
{
    ct_write_varint(w, chunk->directory_bytes);
    ct_write_varint(w, chunk->payload_bytes);
    ct_write_varint(w, chunk->value_count);
    ct_write64(w, chunk->checksum);
}

/* -- Reading ---------------------------------------------------------------------------------- */

/* A footer being read: `next` is where in the file the next piece begins. */
struct parse {
    struct ct_reader r;
    uint32_t version;
    const uint8_t *start;
    uint64_t next, end; /* end: where the footer begins */
    struct ct_footer *out;
};

/* Gives the next `len` bytes of the file to a piece. */
static uint64_t claim(struct parse *p, uint64_t len)
{
    const uint64_t offset = p->next;
    if (len > p->end - p->next)
        p->r.is_bad = true;
    else
        p->next += len;
    return offset;
}

static void parse_head(struct parse *p)
{
    struct ct_segment_info *info = &p->out->info;
    struct ct_reader *r = &p->r;
    info->table = (uint32_t)ct_read_varint_max(r, UINT32_MAX);
    info->tag_count = (uint32_t)ct_read_varint_max(r, CT_SEGMENT_TAGS_MAX);
    info->column_count = (uint32_t)ct_read_varint_max(r, CT_SEGMENT_COLUMNS_MAX);
    info->row_count = (uint32_t)ct_read_varint_max(r, CT_SEGMENT_ROWS_MAX);
    info->series_count = (uint32_t)ct_read_varint_max(r, info->row_count);
    info->block_count = (uint32_t)ct_read_varint_max(r, info->row_count);
    info->min_time_ns = ct_read_svarint(r);
    const uint64_t span = ct_read_varint(r);
    info->max_time_ns = (int64_t)((uint64_t)info->min_time_ns + span);
    info->min_commit = ct_read_varint(r);
    const uint64_t commits = ct_read_varint_max(r, UINT64_MAX - info->min_commit);
    info->max_commit = info->min_commit + commits;
    p->out->slot_count = info->column_count + 1;
    p->out->group_count = info->block_count / CT_SEGMENT_GROUP_BLOCKS +
                          (info->block_count % CT_SEGMENT_GROUP_BLOCKS != 0);
    if (info->column_count == 0 || info->series_count == 0 || info->block_count == 0 ||
        info->max_time_ns < info->min_time_ns ||
        info->row_count > (uint64_t)info->block_count * CT_BLOCK_VALUES_MAX)
        r->is_bad = true;
}

static void parse_columns(struct parse *p)
{
    uint64_t field = 0;
    for (uint32_t c = 0; c < p->out->info.column_count && !p->r.is_bad; c++) {
        const uint64_t step = ct_read_varint_max(&p->r, UINT32_MAX - field);
        const uint8_t type = ct_read8(&p->r);
        if ((c > 0 && step == 0) || type < CT_FLOAT64 || type > CT_DECIMAL)
            p->r.is_bad = true;
        field += step;
        p->out->columns[c] =
            (struct ct_segment_column){.field = (uint32_t)field, .type = (enum ct_type)type};
    }
}

static void parse_section(struct parse *p, struct ct_section *section)
{
    section->len = ct_read_varint_max(&p->r, p->end);
    section->checksum_at = (uint32_t)(p->r.at - p->start);
    section->checksum = ct_read64(&p->r);
}

/* The places of chunks come first in the file, those of sections first in the footer: sections get
 * theirs later. */
static void parse_sections(struct parse *p)
{
    for (uint32_t s = 0; s <= p->out->info.tag_count; s++)
        parse_section(p, &p->out->sections[s]);
    if (p->version >= 2)
        parse_section(p, &p->out->rollup);
}

static void parse_chunk(struct parse *p, uint32_t blocks, bool is_time, struct ct_chunk *chunk)
{
    struct ct_reader *r = &p->r;
    chunk->directory_bytes = (uint32_t)ct_read_varint_max(r, CT_SEGMENT_DIRECTORY_BYTES_MAX);
    chunk->payload_bytes = (uint32_t)ct_read_varint_max(r, CT_SEGMENT_PAYLOAD_BYTES_MAX);
    chunk->value_count = (uint32_t)ct_read_varint_max(r, (uint64_t)blocks * CT_BLOCK_VALUES_MAX);
    chunk->checksum_at = (uint32_t)(r->at - p->start);
    chunk->checksum = ct_read64(r);
    chunk->offset = claim(p, chunk->directory_bytes);
    claim(p, chunk->payload_bytes);
    const bool is_empty = chunk->directory_bytes == 0;
    if (is_empty ? is_time || chunk->payload_bytes != 0 || chunk->value_count != 0
                 : chunk->value_count == 0 || chunk->directory_bytes < (size_t)4 * blocks)
        r->is_bad = true;
}

/* Rows of each group, taken from its time, bound what its columns may have, and add up to all rows.
 */
static void parse_chunks(struct parse *p)
{
    uint64_t rows = 0;
    for (uint32_t group = 0; group < p->out->group_count && !p->r.is_bad; group++) {
        const uint32_t blocks = ct_footer_group_blocks(p->out, group);
        struct ct_chunk *chunks = &p->out->chunks[(size_t)group * p->out->slot_count];
        for (uint32_t slot = 0; slot < p->out->slot_count; slot++) {
            parse_chunk(p, blocks, slot == 0, &chunks[slot]);
            if (chunks[slot].value_count > chunks[0].value_count)
                p->r.is_bad = true;
        }
        rows += chunks[0].value_count;
    }
    if (rows != p->out->info.row_count)
        p->r.is_bad = true;
}

/* A slice of series takes at least 2 bytes in each section: bounds what a forged count can make us
 * allocate. */
static void place_sections(struct parse *p)
{
    const uint64_t slices = p->out->info.series_count / CT_SEGMENT_SLICE_SERIES +
                            (p->out->info.series_count % CT_SEGMENT_SLICE_SERIES != 0);
    for (uint32_t s = 0; s <= p->out->info.tag_count && !p->r.is_bad; s++) {
        struct ct_section *section = &p->out->sections[s];
        section->offset = claim(p, section->len);
        if (section->len < 2 * slices)
            p->r.is_bad = true;
    }
    p->out->rollup.offset = claim(p, p->out->rollup.len);
    if (p->next != p->end || ct_reader_left(&p->r) != 0)
        p->r.is_bad = true;
}

static bool allocate(struct ct_footer *footer, const struct ct_allocator *allocator)
{
    const size_t chunks = (size_t)footer->group_count * footer->slot_count;
    footer->columns =
        ct_alloc_zeroed(allocator, footer->info.column_count, sizeof *footer->columns);
    footer->chunks = ct_alloc_zeroed(allocator, chunks, sizeof *footer->chunks);
    footer->sections =
        ct_alloc_zeroed(allocator, (size_t)footer->info.tag_count + 1, sizeof *footer->sections);
    return footer->columns && footer->chunks && footer->sections;
}

void ct_footer_deinit(const struct ct_allocator *allocator, struct ct_footer *footer)
{
    ct_release(allocator, footer->columns);
    ct_release(allocator, footer->chunks);
    ct_release(allocator, footer->sections);
    *footer = (struct ct_footer){0};
}

static ct_status damaged(struct parse *p, const char *path, struct ct_error *err)
{
    return ct_fail_at(err, CT_CORRUPT, path, p->end + (uint64_t)(p->r.at - p->start),
                      "the segment's footer contradicts itself or the file's size");
}

/* Counts must be backed by bytes before anything is allocated for them. */
static bool is_backed(const struct parse *p)
{
    const uint64_t need = (uint64_t)p->out->info.column_count * 2 +
                          ((uint64_t)p->out->info.tag_count + 1) * SECTION_BYTES_MIN +
                          (uint64_t)p->out->group_count * p->out->slot_count * CHUNK_BYTES_MIN;
    return need <= ct_reader_left(&p->r);
}

ct_status ct_footer_parse(uint32_t version, const uint8_t *bytes, size_t len, uint64_t file_bytes,
                          const char *path, const struct ct_allocator *allocator,
                          struct ct_footer *out, struct ct_error *err)
{
    CT_ASSERT(file_bytes >= len + CT_SEGMENT_TRAILER_BYTES + CT_SEGMENT_HEADER_BYTES);
    struct ct_footer footer = {.info.file_bytes = file_bytes};
    struct parse p = {.r = ct_reader_of(bytes, len),
                      .version = version,
                      .start = bytes,
                      .next = CT_SEGMENT_HEADER_BYTES,
                      .end = file_bytes - CT_SEGMENT_TRAILER_BYTES - len,
                      .out = &footer};
    parse_head(&p);
    if (p.r.is_bad || len > UINT32_MAX || !is_backed(&p))
        return damaged(&p, path, err);
    if (!allocate(&footer, allocator)) {
        ct_footer_deinit(allocator, &footer);
        return ct_fail(err, CT_NO_MEMORY, "no memory for the footer of segment %s", path);
    }
    parse_columns(&p);
    parse_sections(&p);
    parse_chunks(&p);
    place_sections(&p);
    if (p.r.is_bad) {
        ct_footer_deinit(allocator, &footer);
        return damaged(&p, path, err);
    }
    footer.info.footer_checksum = ct_segment_checksum(bytes, len);
    *out = footer;
    return CT_OK;
}
