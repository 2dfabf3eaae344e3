#include "image_writer.h"

#include "codec.h"
#include "image_format.h"
#include "image_streams.h"

ct_status ct_image_writer_init(struct ct_image_writer *writer, const struct ct_allocator *allocator,
                               const struct ct_rollup_column *columns, uint32_t column_count,
                               enum ct_effort effort)
{
    *writer = (struct ct_image_writer){
        .allocator = allocator, .columns = columns, .column_count = column_count, .effort = effort};
    writer->scratch = ct_codec_scratch_create(allocator);
    writer->room = ct_alloc(allocator, sizeof *writer->room);
    if (!writer->scratch || !writer->room)
        return CT_NO_MEMORY;
    writer->room->table = writer->room->sketches = (struct ct_image_bytes){0};
    return CT_OK;
}

void ct_image_writer_deinit(struct ct_image_writer *writer)
{
    if (writer->room && writer->scratch) {
        ct_release(writer->allocator, writer->room->table.bytes);
        ct_release(writer->allocator, writer->room->sketches.bytes);
    }
    ct_release(writer->allocator, writer->room);
    ct_codec_scratch_destroy(writer->scratch);
    ct_release(writer->allocator, writer->faces.bytes);
    ct_release(writer->allocator, writer->payloads.bytes);
}

/* -- R3: what has a number of more than 38 digits -----------------------------------------------
 */

static bool fits_digits(const ct_int128 *numbers, const int64_t *counts, uint32_t count)
{
    const ct_int128 limit = ct_pow10_int128(CT_DECIMAL_DIGITS_MAX);
    for (uint32_t i = 0; i < count; i++)
        if (counts[i] && (numbers[i] >= limit || numbers[i] <= -limit))
            return false;
    return true;
}

static bool column_fits(const struct ct_tally *tally, const struct ct_tally_column *column)
{
    const int64_t *counts = column->has_counts ? column->counts : tally->rows;
    if (!column->is_used)
        return true;
    if (column->has_wide_sums && !fits_digits(column->wide_sums, counts, tally->cell_count))
        return false;
    if (!column->is_wide)
        return true;
    return fits_digits(column->wide[CT_MIN], counts, tally->cell_count) &&
           fits_digits(column->wide[CT_MAX], counts, tally->cell_count);
}

/* -- The directory ------------------------------------------------------------------------------
 */

/* Set, grain and sizes: at most this. */
#define FACE_HEAD_MAX  (CT_VARINT_BYTES_MAX * (5 + CT_ROLLUP_TAGS_MAX + 2 * CT_ROLLUP_SKETCHES_MAX))
#define BLOCK_HEAD_MAX (CT_VARINT_BYTES_MAX * 6)

static ct_status put_head(struct ct_image_writer *writer, const struct ct_face_tally *face)
{
    const struct ct_rollup_set *set = &face->set;
    uint8_t *at = ct_image_bytes_room(writer->allocator, &writer->faces, FACE_HEAD_MAX);
    if (!at)
        return CT_NO_MEMORY;
    struct ct_writer w = ct_writer_of(at, FACE_HEAD_MAX);
    ct_write_varint(&w, set->tag_count);
    for (uint32_t i = 0; i < set->tag_count; i++)
        ct_write_varint(&w, set->tags[i] - (i ? set->tags[i - 1] : 0));
    ct_write8(&w, (uint8_t)face->grain);
    ct_write8(&w, face->tally.is_split);
    ct_write_varint(&w, set->sketch_count);
    for (uint32_t s = 0; s < set->sketch_count; s++) {
        ct_write_varint(&w, set->sketches[s].field);
        ct_write_varint(&w, (uint64_t)set->sketches[s].keep);
    }
    ct_write_varint(&w, face->group_count);
    ct_write_varint(&w, face->tally.cell_count);
    writer->faces.len += ct_writer_len(&w);
    return CT_OK;
}

static ct_status put_codes(struct ct_image_writer *writer, const struct ct_face_tally *face,
                           const struct ct_cell_order *order)
{
    int64_t *codes = writer->room->narrow[0];
    for (uint32_t tag = 0; tag < face->set.tag_count; tag++) {
        for (uint32_t slice = 0; slice < ct_slice_count(face->group_count); slice++) {
            const uint32_t count = ct_slice_len(face->group_count, slice);
            const uint32_t *groups = order->groups + (size_t)slice * CT_BLOCK_VALUES_MAX;
            for (uint32_t i = 0; i < count; i++)
                codes[i] = face->codes[(size_t)groups[i] * face->set.tag_count + tag];
            CT_TRY(ct_image_put_ints(writer, codes, count, false, &writer->faces));
        }
    }
    return CT_OK;
}

static ct_status put_block(struct ct_image_writer *writer, const struct ct_face_tally *face,
                           const struct ct_cell_order *order, const uint32_t *cells, uint32_t count)
{
    const size_t payload_start = writer->payloads.len;
    CT_TRY(ct_image_block_write(writer, face, order, cells, count));
    const struct ct_image_bytes *table = &writer->room->table;
    const uint32_t first = order->positions[face->groups[cells[0]]];
    const uint32_t last = order->positions[face->groups[cells[count - 1]]];
    int64_t min_ns = INT64_MAX, max_ns = INT64_MIN;
    for (uint32_t i = 0; i < count; i++) {
        const int64_t bucket_ns = face->buckets_ns[cells[i]];
        min_ns = bucket_ns < min_ns ? bucket_ns : min_ns;
        max_ns = bucket_ns > max_ns ? bucket_ns : max_ns;
    }
    uint8_t *at =
        ct_image_bytes_room(writer->allocator, &writer->faces, BLOCK_HEAD_MAX + table->len);
    if (!at)
        return CT_NO_MEMORY;
    struct ct_writer w = ct_writer_of(at, BLOCK_HEAD_MAX + table->len);
    ct_write_varint(&w, first);
    ct_write_varint(&w, last - first);
    ct_write_svarint(&w, min_ns);
    ct_write_varint(&w, (uint64_t)max_ns - (uint64_t)min_ns);
    ct_write_varint(&w, writer->payloads.len - payload_start);
    ct_write_varint(&w, table->len);
    ct_write_bytes(&w, table->bytes, table->len);
    writer->faces.len += ct_writer_len(&w);
    return CT_OK;
}

static ct_status put_face(struct ct_image_writer *writer, const struct ct_face_tally *face,
                          const struct ct_cell_order *order)
{
    CT_TRY(put_head(writer, face));
    CT_TRY(put_codes(writer, face, order));
    for (uint32_t block = 0; block < ct_slice_count(face->tally.cell_count); block++)
        CT_TRY(put_block(writer, face, order, order->cells + (size_t)block * CT_BLOCK_VALUES_MAX,
                         ct_slice_len(face->tally.cell_count, block)));
    writer->face_count++;
    return CT_OK;
}

ct_status ct_image_writer_add(struct ct_image_writer *writer, const struct ct_face_tally *face)
{
    struct ct_cell_order order;
    for (uint32_t c = 0; c < writer->column_count; c++)
        if (!column_fits(&face->tally, &face->tally.columns[c]))
            return CT_OK;
    ct_status status = ct_cell_order_init(&order, face);
    if (status == CT_OK)
        status = put_face(writer, face, &order);
    ct_cell_order_deinit(&order, face->tally.allocator);
    return status;
}

/* -- The whole ----------------------------------------------------------------------------------
 */

/* Rows, columns and the number of faces. */
static void write_head(const struct ct_image_writer *writer, uint64_t row_count,
                       struct ct_writer *w)
{
    ct_write_varint(w, row_count);
    ct_write_varint(w, writer->column_count);
    for (uint32_t c = 0; c < writer->column_count; c++) {
        const uint32_t before = c ? writer->columns[c - 1].field : 0;
        ct_write_varint(w, writer->columns[c].field - before);
        ct_write8(w, (uint8_t)writer->columns[c].type);
    }
    ct_write_varint(w, writer->face_count);
}

static void write_header(uint8_t *out, size_t directory_bytes)
{
    struct ct_writer w = ct_writer_of(out, CT_IMAGE_HEADER_BYTES);
    ct_write_bytes(&w, CT_IMAGE_MAGIC, 8);
    ct_write32(&w, CT_IMAGE_VERSION);
    ct_write32(&w, 0);
    ct_write64(&w, directory_bytes);
    ct_write64(&w, ct_checksum(out + CT_IMAGE_HEADER_BYTES, directory_bytes, 0));
    ct_write64(&w, ct_checksum(out, ct_writer_len(&w), 0));
}

ct_status ct_image_writer_finish(struct ct_image_writer *writer, uint64_t row_count, uint8_t **out,
                                 size_t *len)
{
    const size_t head_max =
        CT_IMAGE_HEADER_BYTES + CT_VARINT_BYTES_MAX * (3 + (size_t)writer->column_count * 2);
    const size_t cap = head_max + writer->faces.len + writer->payloads.len;
    uint8_t *bytes = ct_alloc(writer->allocator, cap);
    if (!bytes)
        return CT_NO_MEMORY;
    struct ct_writer w = ct_writer_of(bytes + CT_IMAGE_HEADER_BYTES, cap - CT_IMAGE_HEADER_BYTES);
    write_head(writer, row_count, &w);
    ct_write_bytes(&w, writer->faces.bytes, writer->faces.len);
    write_header(bytes, ct_writer_len(&w));
    ct_write_bytes(&w, writer->payloads.bytes, writer->payloads.len);
    *out = bytes;
    *len = CT_IMAGE_HEADER_BYTES + ct_writer_len(&w);
    return CT_OK;
}
