/* Opening an image: the directory is read through once, and what is kept is where things are.
 * Streams are looked at when they are read. */
#include "bytes.h"
#include "codec.h"
#include "face_tally.h"
#include "open_image.h"

ct_status ct_image_corrupt(struct ct_error *err, const char *what)
{
    return ct_fail(err, CT_CORRUPT, "a rollup is damaged: %s", what);
}

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "no memory to open a rollup");
}

static bool is_type(uint8_t type)
{
    return type >= CT_FLOAT64 && type <= CT_DECIMAL;
}

/* -- Header and head ----------------------------------------------------------------------------
 */

static ct_status check_header(const uint8_t *bytes, size_t len, struct ct_reader *directory,
                              struct ct_error *err)
{
    struct ct_reader r = ct_reader_of(bytes, len);
    const uint8_t *magic = ct_read_bytes(&r, 8);
    const uint32_t version = ct_read32(&r), reserved = ct_read32(&r);
    const uint64_t directory_bytes = ct_read64(&r), checksum = ct_read64(&r);
    const uint64_t header_checksum = ct_read64(&r);
    if (r.is_bad || memcmp(magic, CT_IMAGE_MAGIC, 8) != 0 ||
        header_checksum != ct_checksum(bytes, CT_IMAGE_HEADER_BYTES - 8, 0))
        return ct_image_corrupt(err, "its header");
    if (version != CT_IMAGE_VERSION)
        return ct_fail(err, CT_FORMAT, "a rollup of format %u; this program knows %d", version,
                       CT_IMAGE_VERSION);
    if (reserved != 0 || directory_bytes > ct_reader_left(&r) ||
        checksum != ct_checksum(r.at, (size_t)directory_bytes, 0))
        return ct_image_corrupt(err, "its directory");
    *directory = ct_reader_of(r.at, (size_t)directory_bytes);
    return CT_OK;
}

static ct_status read_columns(struct ct_rollup_image *image, struct ct_reader *r,
                              struct ct_error *err)
{
    uint64_t field = 0;
    image->row_count = ct_read_varint(r);
    image->column_count = (uint32_t)ct_read_varint_max(r, CT_IMAGE_COLUMNS_MAX);
    image->columns = ct_alloc_zeroed(image->allocator, image->column_count, sizeof *image->columns);
    if (!image->columns)
        return no_memory(err);
    for (uint32_t c = 0; c < image->column_count; c++) {
        const uint64_t step = ct_read_varint_max(r, UINT32_MAX - field);
        const uint8_t type = ct_read8(r);
        field += step;
        if (r->is_bad || (c && step == 0) || !is_type(type))
            return ct_image_corrupt(err, "its columns");
        image->columns[c] = (struct ct_rollup_column){(uint32_t)field, (enum ct_type)type};
    }
    image->face_count = (uint32_t)ct_read_varint_max(r, CT_IMAGE_FACES_MAX);
    image->faces = ct_alloc_zeroed(image->allocator, image->face_count, sizeof *image->faces);
    return image->faces ? CT_OK : no_memory(err);
}

/* -- Faces ------------------------------------------------------------------------------------ */

static bool read_tags(struct ct_rollup_set *set, struct ct_reader *r)
{
    uint64_t tag = 0;
    set->tag_count = (uint32_t)ct_read_varint_max(r, CT_ROLLUP_TAGS_MAX);
    for (uint32_t i = 0; i < set->tag_count; i++) {
        const uint64_t step = ct_read_varint_max(r, UINT32_MAX - tag);
        tag += step;
        if (i && step == 0)
            return false;
        set->tags[i] = (uint32_t)tag;
    }
    return !r->is_bad;
}

static bool read_sketches(struct ct_rollup_set *set, struct ct_reader *r)
{
    set->sketch_count = (uint32_t)ct_read_varint_max(r, CT_ROLLUP_SKETCHES_MAX);
    for (uint32_t s = 0; s < set->sketch_count; s++) {
        set->sketches[s].field = (uint32_t)ct_read_varint_max(r, UINT32_MAX);
        const uint64_t keep = ct_read_varint(r);
        if (keep != CT_KEEP_QUANTILES && keep != CT_KEEP_DISTINCT)
            return false;
        set->sketches[s].keep = (enum ct_keep)keep;
    }
    return !r->is_bad;
}

static bool read_face_head(struct ct_rollup_face *face, struct ct_reader *r)
{
    if (!read_tags(&face->set, r))
        return false;
    const uint8_t grain = ct_read8(r), flags = ct_read8(r);
    if (r->is_bad || grain < CT_GRAIN_MINUTE || grain >= CT_GRAIN_COUNT || flags > 1 ||
        !read_sketches(&face->set, r))
        return false;
    face->grain = (enum ct_grain)grain;
    face->set.grains = CT_GRAIN_BIT(grain);
    face->is_split = flags != 0;
    face->group_count = (uint32_t)ct_read_varint_max(r, CT_ROLLUP_CELLS_MAX);
    face->cell_count = (uint32_t)ct_read_varint_max(r, CT_ROLLUP_CELLS_MAX);
    face->block_count = ct_slice_count(face->cell_count);
    return !r->is_bad && face->group_count >= 1 && face->group_count <= face->cell_count &&
           (face->set.tag_count > 0 || face->group_count == 1);
}

/* The entries of one stream of known place; its bytes are taken from the payloads. */
static bool skip_stream(struct ct_reader *r, struct ct_reader *payloads)
{
    const uint64_t len = ct_read_varint(r);
    (void)ct_read32(r);
    return !r->is_bad && len <= ct_reader_left(payloads) &&
           ct_read_bytes(payloads, (size_t)len) != NULL;
}

static bool read_codes(struct ct_image_face *face, struct ct_reader *r, struct ct_reader *payloads)
{
    for (uint32_t tag = 0; tag < face->face.set.tag_count; tag++) {
        face->code_tables[tag] = r->at;
        face->code_payloads[tag] = payloads->at;
        for (uint32_t slice = 0; slice < ct_slice_count(face->face.group_count); slice++)
            if (!skip_stream(r, payloads))
                return false;
    }
    return true;
}

static bool read_block(const struct ct_rollup_face *face, struct ct_image_block *block,
                       uint32_t number, struct ct_reader *r, struct ct_reader *payloads)
{
    struct ct_rollup_block *bounds = &block->bounds;
    bounds->cell_count = ct_slice_len(face->cell_count, number);
    const uint64_t first = ct_read_varint_max(r, face->group_count - 1);
    const uint64_t last = first + ct_read_varint_max(r, face->group_count - 1 - first);
    const int64_t min_ns = ct_read_svarint(r);
    const uint64_t span_ns = ct_read_varint_max(r, (uint64_t)INT64_MAX - (uint64_t)min_ns);
    const uint64_t payload_len = ct_read_varint(r);
    const uint64_t table_len = ct_read_varint(r);
    if (r->is_bad || payload_len > ct_reader_left(payloads) || table_len > ct_reader_left(r))
        return false;
    bounds->first_position = (uint32_t)first;
    bounds->last_position = (uint32_t)last;
    bounds->min_bucket_ns = min_ns;
    bounds->max_bucket_ns = (int64_t)((uint64_t)min_ns + span_ns);
    block->payload_len = (size_t)payload_len;
    block->payload = ct_read_bytes(payloads, block->payload_len);
    block->table_len = (size_t)table_len;
    block->table = ct_read_bytes(r, block->table_len);
    return true;
}

static ct_status read_face(struct ct_rollup_image *image, struct ct_image_face *face,
                           struct ct_reader *r, struct ct_reader *payloads, struct ct_error *err)
{
    if (!read_face_head(&face->face, r) || !read_codes(face, r, payloads) ||
        face->face.block_count > ct_reader_left(r))
        return ct_image_corrupt(err, "the head of a face");
    face->blocks = ct_alloc_zeroed(image->allocator, face->face.block_count, sizeof *face->blocks);
    if (!face->blocks)
        return no_memory(err);
    for (uint32_t b = 0; b < face->face.block_count; b++)
        if (!read_block(&face->face, &face->blocks[b], b, r, payloads))
            return ct_image_corrupt(err, "the blocks of a face");
    return CT_OK;
}

static ct_status read_directory(struct ct_rollup_image *image, struct ct_error *err)
{
    struct ct_reader r = {0};
    CT_TRY(check_header(image->bytes, image->len, &r, err));
    image->directory_end = r.end;
    struct ct_reader payloads = ct_reader_of(
        image->directory_end, (size_t)(image->bytes + image->len - image->directory_end));
    CT_TRY(read_columns(image, &r, err));
    for (uint32_t f = 0; f < image->face_count; f++)
        CT_TRY(read_face(image, &image->faces[f], &r, &payloads, err));
    if (r.is_bad || ct_reader_left(&r) || ct_reader_left(&payloads))
        return ct_image_corrupt(err, "its length");
    return CT_OK;
}

ct_status ct_rollup_image_open(const struct ct_allocator *allocator, const uint8_t *bytes,
                               size_t len, struct ct_rollup_image **out, struct ct_error *err)
{
    struct ct_rollup_image *image = ct_alloc_zeroed(allocator, 1, sizeof *image);
    if (!image)
        return no_memory(err);
    image->allocator = allocator;
    image->bytes = bytes;
    image->len = len;
    const ct_status status = read_directory(image, err);
    if (status != CT_OK) {
        ct_rollup_image_close(image);
        return status;
    }
    *out = image;
    return CT_OK;
}

void ct_rollup_image_close(struct ct_rollup_image *image)
{
    if (!image)
        return;
    for (uint32_t f = 0; image->faces && f < image->face_count; f++) {
        for (uint32_t tag = 0; tag < CT_ROLLUP_TAGS_MAX; tag++)
            ct_release(image->allocator, atomic_load(&image->faces[f].codes[tag]));
        ct_release(image->allocator, image->faces[f].blocks);
    }
    ct_release(image->allocator, image->faces);
    ct_release(image->allocator, image->columns);
    ct_release(image->allocator, image);
}

/* -- Looking ---------------------------------------------------------------------------------- */

uint64_t ct_rollup_image_rows(const struct ct_rollup_image *image)
{
    return image->row_count;
}

uint32_t ct_rollup_image_face_count(const struct ct_rollup_image *image)
{
    return image->face_count;
}

const struct ct_rollup_face *ct_rollup_image_face(const struct ct_rollup_image *image,
                                                  uint32_t face)
{
    CT_ASSERT(face < image->face_count);
    return &image->faces[face].face;
}

void ct_rollup_face_block(const struct ct_rollup_image *image, uint32_t face, uint32_t block,
                          struct ct_rollup_block *out)
{
    CT_ASSERT(face < image->face_count && block < image->faces[face].face.block_count);
    *out = image->faces[face].blocks[block].bounds;
}

int ct_image_find_column(const struct ct_rollup_image *image, uint32_t field)
{
    uint32_t from = 0, to = image->column_count;
    while (from < to) {
        const uint32_t middle = (from + to) / 2;
        if (image->columns[middle].field < field)
            from = middle + 1;
        else
            to = middle;
    }
    return from < image->column_count && image->columns[from].field == field ? (int)from : -1;
}

bool ct_rollup_face_keeps(const struct ct_rollup_image *image, uint32_t face, uint32_t field,
                          unsigned keeps)
{
    const struct ct_rollup_set *set = &ct_rollup_image_face(image, face)->set;
    const enum ct_keep sketches[] = {CT_KEEP_QUANTILES, CT_KEEP_DISTINCT};
    for (unsigned i = 0; i < CT_COUNT_OF(sketches); i++) {
        const struct ct_rollup_sketch sketch = {field, sketches[i]};
        if ((keeps & (unsigned)sketches[i]) && ct_set_find_sketch(set, sketch) < 0)
            return false;
    }
    return true;
}

/* -- Codes of groups ----------------------------------------------------------------------------
 */

static ct_status decode_codes(const struct ct_rollup_image *image, const struct ct_image_face *face,
                              uint32_t tag, uint32_t *out, int64_t *room,
                              struct ct_codec_scratch *scratch)
{
    /* Entries were read through at open: they are there. */
    struct ct_reader r = ct_reader_of(face->code_tables[tag],
                                      (size_t)(image->directory_end - face->code_tables[tag]));
    const uint8_t *payload = face->code_payloads[tag];
    for (uint32_t slice = 0; slice < ct_slice_count(face->face.group_count); slice++) {
        const uint32_t count = ct_slice_len(face->face.group_count, slice);
        const size_t len = (size_t)ct_read_varint(&r);
        if (ct_short_checksum(payload, len) != ct_read32(&r))
            return CT_CORRUPT;
        CT_TRY(ct_int_decode(payload, len, count, scratch, room));
        for (uint32_t i = 0; i < count; i++) {
            if (room[i] < 0 || room[i] > UINT32_MAX)
                return CT_CORRUPT;
            *out++ = (uint32_t)room[i];
        }
        payload += len;
    }
    return CT_OK;
}

static ct_status make_codes(const struct ct_rollup_image *image, const struct ct_image_face *face,
                            uint32_t tag, uint32_t *out)
{
    int64_t *room =
        ct_alloc(image->allocator, (CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD) * sizeof *room);
    struct ct_codec_scratch *scratch = ct_codec_scratch_create(image->allocator);
    const ct_status status =
        room && scratch ? decode_codes(image, face, tag, out, room, scratch) : CT_NO_MEMORY;
    ct_codec_scratch_destroy(scratch);
    ct_release(image->allocator, room);
    return status;
}

ct_status ct_rollup_face_codes(struct ct_rollup_image *image, uint32_t face, uint32_t i,
                               const uint32_t **out, struct ct_error *err)
{
    CT_ASSERT(face < image->face_count && i < image->faces[face].face.set.tag_count);
    struct ct_image_face *there = &image->faces[face];
    uint32_t *codes = atomic_load_explicit(&there->codes[i], memory_order_acquire);
    if (codes) {
        *out = codes;
        return CT_OK;
    }
    uint32_t *made = ct_alloc(image->allocator, there->face.group_count * sizeof *made);
    const ct_status status = made ? make_codes(image, there, i, made) : CT_NO_MEMORY;
    if (status != CT_OK) {
        ct_release(image->allocator, made);
        return status == CT_CORRUPT ? ct_image_corrupt(err, "the codes of a face") : no_memory(err);
    }
    if (!atomic_compare_exchange_strong(&there->codes[i], &codes, made)) {
        ct_release(image->allocator, made); /* another thread was first */
        made = codes;
    }
    *out = made;
    return CT_OK;
}
