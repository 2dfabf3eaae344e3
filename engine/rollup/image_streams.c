/* Each slot is gathered in the order of the cells, compared with those of its block that it may be
 * equal to, and encoded where it is equal to none. Cells without values take those of the cell
 * before, so that they cost nothing. */
#include "image_streams.h"

#include "codec.h"

struct block {
    struct ct_image_writer *writer;
    const struct ct_face_tally *face;
    const uint32_t *cells;
    uint32_t count;
    uint32_t max_time_slot; /* which of the face's holds the latest times */
};

uint8_t *ct_image_bytes_room(const struct ct_allocator *allocator, struct ct_image_bytes *bytes,
                             size_t len)
{
    if (!ct_grow(allocator, &bytes->bytes, &bytes->cap, bytes->len + len, 1))
        return NULL;
    return bytes->bytes + bytes->len;
}

/* -- Entries of the table -----------------------------------------------------------------------
 */

static ct_status put_number(const struct ct_image_writer *writer, struct ct_image_bytes *table,
                            uint64_t number)
{
    uint8_t *at = ct_image_bytes_room(writer->allocator, table, CT_VARINT_BYTES_MAX);
    if (!at)
        return CT_NO_MEMORY;
    struct ct_writer w = ct_writer_of(at, CT_VARINT_BYTES_MAX);
    ct_write_varint(&w, number);
    table->len += ct_writer_len(&w);
    return CT_OK;
}

static ct_status put_same(struct block *block, uint32_t slot)
{
    return put_number(block->writer, &block->writer->room->table, CT_STREAM_SAME + slot);
}

static ct_status put_absent(struct block *block)
{
    return put_number(block->writer, &block->writer->room->table, CT_STREAM_ABSENT);
}

/* The `len` bytes that were written at the payloads' end. */
static ct_status put_place(struct ct_image_writer *writer, struct ct_image_bytes *table, size_t len)
{
    uint8_t *at = ct_image_bytes_room(writer->allocator, table, CT_VARINT_BYTES_MAX + 4);
    if (!at)
        return CT_NO_MEMORY;
    struct ct_writer w = ct_writer_of(at, CT_VARINT_BYTES_MAX + 4);
    ct_write_varint(&w, len);
    ct_write32(&w, ct_short_checksum(writer->payloads.bytes + writer->payloads.len, len));
    table->len += ct_writer_len(&w);
    writer->payloads.len += len;
    return CT_OK;
}

static ct_status put_own(struct block *block, size_t len)
{
    struct ct_image_bytes *table = &block->writer->room->table;
    CT_TRY(put_number(block->writer, table, CT_STREAM_OWN));
    return put_place(block->writer, table, len);
}

static uint8_t *payload_room(struct ct_image_writer *writer, size_t bound)
{
    return ct_image_bytes_room(writer->allocator, &writer->payloads, bound);
}

ct_status ct_image_put_ints(struct ct_image_writer *writer, const int64_t *values, uint32_t count,
                            bool is_time, struct ct_image_bytes *table)
{
    uint8_t *at = payload_room(writer, ct_codec_bound(count));
    if (!at)
        return CT_NO_MEMORY;
    return put_place(writer, table,
                     is_time ? ct_time_encode(values, count, writer->effort, writer->scratch, at)
                             : ct_int_encode(values, count, writer->effort, writer->scratch, at));
}

static ct_status put_own_ints(struct block *block, const int64_t *values)
{
    struct ct_image_bytes *table = &block->writer->room->table;
    CT_TRY(put_number(block->writer, table, CT_STREAM_OWN));
    return ct_image_put_ints(block->writer, values, block->count, false, table);
}

/* -- What every face has ------------------------------------------------------------------------
 */

static bool is_equal(const int64_t *a, const int64_t *b, uint32_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

/* Times less the cell's bucket, modulo 2^64. */
static int64_t offset(int64_t time_ns, int64_t bucket_ns)
{
    return (int64_t)((uint64_t)time_ns - (uint64_t)bucket_ns);
}

static void gather_face(struct block *block, const uint32_t *positions)
{
    const struct ct_face_tally *face = block->face;
    const struct ct_tally *tally = &face->tally;
    struct ct_image_room *room = block->writer->room;
    for (uint32_t i = 0; i < block->count; i++) {
        const uint32_t cell = block->cells[i];
        const int64_t bucket_ns = face->buckets_ns[cell];
        room->face[CT_SLOT_POSITION][i] = positions[face->groups[cell]];
        room->face[CT_SLOT_BUCKET][i] = bucket_ns;
        room->face[CT_SLOT_ROWS][i] = tally->rows[cell];
        room->face[CT_SLOT_MIN_TIME][i] = offset(tally->times_ns[0][cell], bucket_ns);
        room->face[CT_SLOT_MAX_TIME][i] = offset(tally->times_ns[1][cell], bucket_ns);
    }
}

static ct_status put_face(struct block *block)
{
    const struct ct_image_room *room = block->writer->room;
    struct ct_image_bytes *table = &block->writer->room->table;
    CT_TRY(put_own_ints(block, room->face[CT_SLOT_POSITION]));
    CT_TRY(put_number(block->writer, table, CT_STREAM_OWN));
    CT_TRY(ct_image_put_ints(block->writer, room->face[CT_SLOT_BUCKET], block->count, true, table));
    CT_TRY(put_own_ints(block, room->face[CT_SLOT_ROWS]));
    CT_TRY(put_own_ints(block, room->face[CT_SLOT_MIN_TIME]));
    block->max_time_slot = CT_SLOT_MAX_TIME;
    if (!is_equal(room->face[CT_SLOT_MIN_TIME], room->face[CT_SLOT_MAX_TIME], block->count))
        return put_own_ints(block, room->face[CT_SLOT_MAX_TIME]);
    block->max_time_slot = CT_SLOT_MIN_TIME;
    return put_same(block, CT_SLOT_MIN_TIME);
}

/* -- Gathering a column -------------------------------------------------------------------------
 */

static int64_t value_of_key(enum ct_type type, int64_t key)
{
    switch (type) {
    case CT_FLOAT64:
        return ct_key_of_bits((uint64_t)key); /* its own inverse */
    case CT_UINT64:
        return ct_key_of_unsigned((uint64_t)key);
    case CT_INT64:
    case CT_BOOL:
    case CT_STRING:
    case CT_DECIMAL:
        break;
    }
    return key;
}

/* The count of every cell; returns whether any has one. */
static bool gather_counts(const struct block *block, const struct ct_tally_column *column,
                          int64_t *out)
{
    const int64_t *counts = column->has_counts ? column->counts : block->face->tally.rows;
    int64_t any = 0;
    for (uint32_t i = 0; i < block->count; i++) {
        out[i] = counts[block->cells[i]];
        any |= out[i];
    }
    return any != 0;
}

#define CARRY(out, i, counts) ((counts)[i] == 0 && (i) > 0 ? (out)[(i)-1] : 0)

static void gather_narrow(const struct block *block, const int64_t *from, const int64_t *counts,
                          enum ct_type type, int64_t *out)
{
    for (uint32_t i = 0; i < block->count; i++)
        out[i] = counts[i] ? value_of_key(type, from[block->cells[i]]) : CARRY(out, i, counts);
}

static void gather_wide(const struct block *block, const ct_int128 *from, const int64_t *counts,
                        ct_int128 *out)
{
    for (uint32_t i = 0; i < block->count; i++)
        out[i] = counts[i] ? from[block->cells[i]] : CARRY(out, i, counts);
}

static void gather_float_sums(const struct block *block, const double *from, const int64_t *counts,
                              int64_t *out)
{
    for (uint32_t i = 0; i < block->count; i++) {
        if (counts[i])
            memcpy(&out[i], &from[block->cells[i]], sizeof *out);
        else
            out[i] = CARRY(out, i, counts);
    }
}

static struct ct_gathered gather_sums(const struct block *block,
                                      const struct ct_tally_column *column, const int64_t *counts)
{
    struct ct_image_room *room = block->writer->room;
    int64_t *narrow = room->narrow[CT_SLOT_SUM];
    if (column->has_wide_sums) {
        gather_wide(block, column->wide_sums, counts, room->wide[CT_SLOT_SUM]);
        return (struct ct_gathered){.wide = room->wide[CT_SLOT_SUM]};
    }
    if (column->type == CT_FLOAT64)
        gather_float_sums(block, column->float_sums, counts, narrow);
    else
        gather_narrow(block, column->sums, counts, CT_INT64, narrow);
    return (struct ct_gathered){.narrow = narrow};
}

static struct ct_gathered gather_values(const struct block *block,
                                        const struct ct_tally_column *column, enum ct_extreme e,
                                        const int64_t *counts)
{
    struct ct_image_room *room = block->writer->room;
    const unsigned slot = CT_SLOT_MIN + e;
    if (column->is_wide) {
        gather_wide(block, column->wide[e], counts, room->wide[slot]);
        return (struct ct_gathered){.wide = room->wide[slot]};
    }
    gather_narrow(block, column->keys[e], counts, column->type, room->narrow[slot]);
    return (struct ct_gathered){.narrow = room->narrow[slot]};
}

/* -- Encoding a column --------------------------------------------------------------------------
 */

static ct_status put_floats(struct block *block, const int64_t *bits)
{
    struct ct_image_writer *writer = block->writer;
    uint8_t *at = payload_room(writer, ct_codec_bound(block->count));
    if (!at)
        return CT_NO_MEMORY;
    memcpy(writer->room->floats, bits, block->count * sizeof *bits);
    return put_own(block, ct_float_encode(writer->room->floats, block->count, writer->effort,
                                          writer->scratch, at));
}

static ct_status put_decimals(struct block *block, struct ct_gathered values, uint8_t scale)
{
    struct ct_image_writer *writer = block->writer;
    uint8_t *at = payload_room(writer, ct_codec_bound(block->count));
    if (!at)
        return CT_NO_MEMORY;
    uint8_t *scales = writer->room->scales;
    memset(scales, scale, block->count);
    const size_t len = values.wide ? ct_decimal_encode(values.wide, scales, block->count,
                                                       writer->effort, writer->scratch, at)
                                   : ct_decimal_encode_narrow(values.narrow, scales, block->count,
                                                              writer->effort, writer->scratch, at);
    CT_ASSERT(len > 0); /* one scale, at most 38 digits */
    return put_own(block, len);
}

static ct_status put_bools(struct block *block, const int64_t *values)
{
    struct ct_image_writer *writer = block->writer;
    uint8_t *at = payload_room(writer, ct_codec_bound(block->count));
    if (!at)
        return CT_NO_MEMORY;
    for (uint32_t i = 0; i < block->count; i++)
        writer->room->bools[i] = values[i] != 0;
    return put_own(block, ct_bool_encode(writer->room->bools, block->count, writer->scratch, at));
}

static ct_status put_texts(struct block *block)
{
    struct ct_image_writer *writer = block->writer;
    const struct ct_text *texts = writer->room->texts;
    uint8_t *at = payload_room(writer, ct_text_bound(texts, block->count));
    if (!at)
        return CT_NO_MEMORY;
    return put_own(block, ct_text_encode(texts, block->count, writer->effort, writer->scratch, at));
}

static ct_status put_strings(struct block *block, const int64_t *numbers, const int64_t *counts)
{
    struct ct_text *texts = block->writer->room->texts;
    const struct ct_text_pool *pool = block->face->tally.pool;
    for (uint32_t i = 0; i < block->count; i++)
        texts[i] = counts[i] ? ct_text_pool_get(pool, numbers[i]) : (struct ct_text){"", 0};
    return put_texts(block);
}

static ct_status put_values(struct block *block, const struct ct_tally_column *column,
                            enum ct_column_slot slot, struct ct_gathered values,
                            const int64_t *counts)
{
    switch (column->type) {
    case CT_FLOAT64:
        return put_floats(block, values.narrow);
    case CT_INT64:
    case CT_UINT64:
        if (slot == CT_SLOT_SUM)
            return put_decimals(block, values, 0);
        return put_own_ints(block, values.narrow);
    case CT_BOOL:
        return put_bools(block, values.narrow);
    case CT_STRING:
        return put_strings(block, values.narrow, counts);
    case CT_DECIMAL:
        return put_decimals(block, values, column->scale);
    }
    return CT_OK;
}

static bool is_same(struct ct_gathered a, struct ct_gathered b, uint32_t count)
{
    if (a.narrow && b.narrow)
        return is_equal(a.narrow, b.narrow, count);
    return a.wide && b.wide && memcmp(a.wide, b.wide, count * sizeof *a.wide) == 0;
}

/* Sum, minimum, maximum, first and last, each against those before that are stored. */
static ct_status put_all_values(struct block *block, uint32_t c,
                                const struct ct_tally_column *column, const int64_t *counts)
{
    struct ct_gathered own[CT_COLUMN_SLOTS] = {0};
    for (unsigned slot = CT_SLOT_SUM; slot <= CT_SLOT_LAST; slot++) {
        struct ct_gathered values;
        uint32_t same = CT_SLOT_SUM;
        if (slot <= CT_SLOT_MAX && !ct_type_has_sum(column->type)) {
            CT_TRY(put_absent(block));
            continue;
        }
        if (slot == CT_SLOT_SUM)
            values = gather_sums(block, column, counts);
        else
            values = gather_values(block, column,
                                   slot > CT_SLOT_MAX && !block->face->tally.is_split
                                       ? CT_MAX
                                       : (enum ct_extreme)(slot - CT_SLOT_MIN),
                                   counts);
        while (same < slot && !is_same(own[same], values, block->count))
            same++;
        if (same < slot) {
            CT_TRY(put_same(block, ct_column_slot(c, (enum ct_column_slot)same)));
            continue;
        }
        own[slot] = values;
        CT_TRY(put_values(block, column, (enum ct_column_slot)slot, values, counts));
    }
    return CT_OK;
}

/* Of cells without values those of their rows. */
static const int64_t *gather_times(const struct block *block, const struct ct_tally_column *column,
                                   unsigned end, const int64_t *counts, int64_t *out)
{
    const struct ct_tally *tally = &block->face->tally;
    for (uint32_t i = 0; i < block->count; i++) {
        const uint32_t cell = block->cells[i];
        const int64_t time_ns =
            tally->is_split && counts[i] ? column->times_ns[end][cell] : tally->times_ns[end][cell];
        out[i] = offset(time_ns, block->face->buckets_ns[cell]);
    }
    return out;
}

static ct_status put_times(struct block *block, const struct ct_tally_column *column,
                           const int64_t *counts)
{
    struct ct_image_room *room = block->writer->room;
    const uint32_t slots[] = {CT_SLOT_MIN_TIME, block->max_time_slot};
    for (unsigned end = 0; end < 2; end++) {
        const int64_t *times =
            gather_times(block, column, end, counts, room->narrow[CT_SLOT_FIRST_TIME + end]);
        if (is_equal(times, room->face[slots[end]], block->count))
            CT_TRY(put_same(block, slots[end]));
        else
            CT_TRY(put_own_ints(block, times));
    }
    return CT_OK;
}

/* A column without values is absent with all its slots. */
static ct_status put_column(struct block *block, uint32_t c)
{
    const struct ct_tally_column *column = &block->face->tally.columns[c];
    struct ct_image_room *room = block->writer->room;
    int64_t *counts = room->narrow[CT_SLOT_COUNT];
    if (!column->is_used || !gather_counts(block, column, counts))
        return put_absent(block);
    if (is_equal(counts, room->face[CT_SLOT_ROWS], block->count))
        CT_TRY(put_same(block, CT_SLOT_ROWS));
    else
        CT_TRY(put_own_ints(block, counts));
    CT_TRY(put_all_values(block, c, column, counts));
    return put_times(block, column, counts);
}

/* -- Sketches -----------------------------------------------------------------------------------
 */

static size_t sketch_size(const struct ct_face_tally *face, uint32_t s, uint32_t cell)
{
    if (face->quantiles[s]) {
        const struct ct_quantile_sketch *quantiles = &face->quantiles[s][cell];
        return quantiles->count ? ct_quantile_sketch_size(quantiles) : 0;
    }
    const struct ct_distinct_sketch *distinct = &face->distinct[s][cell];
    return distinct->registers || distinct->hash_count ? ct_distinct_sketch_size(distinct) : 0;
}

/* A cell without values has no bytes. */
static ct_status put_sketches(struct block *block, uint32_t s)
{
    struct ct_image_room *room = block->writer->room;
    size_t len = 0;
    for (uint32_t i = 0; i < block->count; i++) {
        room->texts[i].len = sketch_size(block->face, s, block->cells[i]);
        len += room->texts[i].len;
    }
    room->sketches.len = 0;
    uint8_t *at = ct_image_bytes_room(block->writer->allocator, &room->sketches, len + 1);
    if (!at)
        return CT_NO_MEMORY;
    for (uint32_t i = 0; i < block->count; i++) {
        const uint32_t cell = block->cells[i];
        room->texts[i].bytes = (const char *)at;
        if (room->texts[i].len && block->face->quantiles[s])
            ct_quantile_sketch_write(&block->face->quantiles[s][cell], at);
        else if (room->texts[i].len)
            ct_distinct_sketch_write(&block->face->distinct[s][cell], at);
        at += room->texts[i].len;
    }
    return put_texts(block);
}

ct_status ct_image_block_write(struct ct_image_writer *writer, const struct ct_face_tally *face,
                               const struct ct_cell_order *order, const uint32_t *cells,
                               uint32_t count)
{
    struct block block = {.writer = writer, .face = face, .cells = cells, .count = count};
    writer->room->table.len = 0;
    gather_face(&block, order->positions);
    CT_TRY(put_face(&block));
    for (uint32_t c = 0; c < writer->column_count; c++)
        CT_TRY(put_column(&block, c));
    for (uint32_t s = 0; s < face->set.sketch_count; s++)
        CT_TRY(put_sketches(&block, s));
    return CT_OK;
}
