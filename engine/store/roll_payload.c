#include "roll_payload.h"

#include <xxhash.h>

#include "byte_buffer.h"

#define SET_BYTES_MAX                                                                              \
    (CT_VARINT_BYTES_MAX * (2 + CT_ROLLUP_TAGS_MAX + 2 * CT_ROLLUP_SKETCHES_MAX) + 1)
#define SETS_BYTES_MAX ((size_t)CT_ROLLUP_SETS_MAX * SET_BYTES_MAX)

void ct_set_list_deinit(struct ct_set_list *list, const struct ct_allocator *allocator)
{
    ct_release(allocator, list->sets);
    *list = (struct ct_set_list){0};
}

static bool has_sketch(const struct ct_rollup_set *set, const struct ct_rollup_sketch *sketch)
{
    for (uint32_t i = 0; i < set->sketch_count; i++) {
        if (set->sketches[i].field == sketch->field && set->sketches[i].keep == sketch->keep)
            return true;
    }
    return false;
}

static bool is_at_least(const struct ct_rollup_set *set, const struct ct_rollup_set *wanted)
{
    if (set->tag_count != wanted->tag_count || (wanted->grains & ~set->grains) != 0)
        return false;
    for (uint32_t i = 0; i < set->tag_count; i++) {
        if (set->tags[i] != wanted->tags[i])
            return false;
    }
    for (uint32_t i = 0; i < wanted->sketch_count; i++) {
        if (!has_sketch(set, &wanted->sketches[i]))
            return false;
    }
    return true;
}

bool ct_set_list_includes(const struct ct_set_list *list, const struct ct_rollup_set *set)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (is_at_least(&list->sets[i], set))
            return true;
    }
    return false;
}

bool ct_set_list_includes_all(const struct ct_set_list *list, const struct ct_set_list *others)
{
    for (uint32_t i = 0; i < others->count; i++) {
        if (!ct_set_list_includes(list, &others->sets[i]))
            return false;
    }
    return true;
}

/* -- writing ------------------------------------------------------------------------------ */

static void write_set(struct ct_writer *w, const struct ct_rollup_set *set)
{
    ct_write_varint(w, set->tag_count);
    for (uint32_t i = 0; i < set->tag_count; i++)
        ct_write_varint(w, i ? set->tags[i] - set->tags[i - 1] : set->tags[i]);
    ct_write8(w, (uint8_t)set->grains);
    ct_write_varint(w, set->sketch_count);
    for (uint32_t i = 0; i < set->sketch_count; i++) {
        ct_write_varint(w, set->sketches[i].field);
        ct_write_varint(w, (uint64_t)set->sketches[i].keep);
    }
}

static ct_status write_sets(const struct ct_set_list *asked, struct ct_byte_buffer *out)
{
    CT_TRY(ct_byte_buffer_varint(out, asked->count));
    for (uint32_t i = 0; i < asked->count; i++) {
        uint8_t *at = ct_byte_buffer_room(out, SET_BYTES_MAX);
        if (!at)
            return CT_NO_MEMORY;
        struct ct_writer w = ct_writer_of(at, SET_BYTES_MAX);
        write_set(&w, &asked->sets[i]);
        ct_byte_buffer_advance(out, ct_writer_len(&w));
    }
    return CT_OK;
}

static ct_status write_payload(const struct ct_byte_buffer *sets, const uint8_t *image,
                               size_t image_len, struct ct_byte_buffer *out)
{
    CT_TRY(ct_byte_buffer_varint(out, sets->len));
    uint8_t *at = ct_byte_buffer_room(out, sets->len + sizeof(uint64_t) + image_len);
    if (!at)
        return CT_NO_MEMORY;
    struct ct_writer w = ct_writer_of(at, sets->len + sizeof(uint64_t) + image_len);
    ct_write_bytes(&w, sets->bytes, sets->len);
    ct_write64(&w, XXH3_64bits(sets->bytes, sets->len));
    ct_write_bytes(&w, image, image_len);
    ct_byte_buffer_advance(out, ct_writer_len(&w));
    return CT_OK;
}

ct_status ct_roll_payload_make(const struct ct_allocator *allocator,
                               const struct ct_set_list *asked, const uint8_t *image,
                               size_t image_len, uint8_t **out, size_t *len, struct ct_error *err)
{
    struct ct_byte_buffer sets = {.allocator = allocator};
    struct ct_byte_buffer payload = {.allocator = allocator};
    ct_status status = write_sets(asked, &sets);
    if (status == CT_OK)
        status = write_payload(&sets, image, image_len, &payload);
    ct_byte_buffer_deinit(&sets);
    if (status != CT_OK) {
        ct_byte_buffer_deinit(&payload);
        return ct_fail(err, status, "out of memory while writing a rollup");
    }
    *out = payload.bytes;
    *len = payload.len;
    return CT_OK;
}

/* -- reading ------------------------------------------------------------------------------ */

static void read_tags(struct ct_reader *r, struct ct_rollup_set *set)
{
    set->tag_count = (uint32_t)ct_read_varint_max(r, CT_ROLLUP_TAGS_MAX);
    uint64_t tag = 0;
    for (uint32_t i = 0; i < set->tag_count; i++) {
        const uint64_t step = ct_read_varint_max(r, UINT32_MAX - tag);
        r->is_bad |= i > 0 && step == 0;
        tag += step;
        set->tags[i] = (uint32_t)tag;
    }
}

static void read_set(struct ct_reader *r, struct ct_rollup_set *set)
{
    read_tags(r, set);
    set->grains = ct_read8(r);
    r->is_bad |= set->grains >= 1u << CT_GRAIN_COUNT;
    set->sketch_count = (uint32_t)ct_read_varint_max(r, CT_ROLLUP_SKETCHES_MAX);
    for (uint32_t i = 0; i < set->sketch_count; i++) {
        set->sketches[i].field = (uint32_t)ct_read_varint_max(r, UINT32_MAX);
        set->sketches[i].keep = (enum ct_keep)ct_read_varint_max(r, CT_KEEP_DISTINCT);
    }
}

static ct_status damaged(struct ct_error *err)
{
    return ct_fail(err, CT_CORRUPT, "the list of grouping sets of a rollup is damaged");
}

ct_status ct_roll_payload_read(const struct ct_allocator *allocator, struct ct_text bytes,
                               struct ct_set_list *asked, struct ct_text *image,
                               struct ct_error *err)
{
    struct ct_reader r = ct_reader_of(bytes.bytes, bytes.len);
    const size_t len = (size_t)ct_read_varint_max(&r, SETS_BYTES_MAX);
    const uint8_t *sets = ct_read_bytes(&r, len);
    const uint64_t checksum = ct_read64(&r);
    if (r.is_bad || XXH3_64bits(sets, len) != checksum)
        return damaged(err);
    struct ct_reader s = ct_reader_of(sets, len);
    struct ct_set_list list = {.count = (uint32_t)ct_read_varint_max(&s, CT_ROLLUP_SETS_MAX)};
    list.sets = ct_alloc_zeroed(allocator, list.count, sizeof *list.sets);
    if (!list.sets && list.count > 0)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading a rollup");
    for (uint32_t i = 0; i < list.count && !s.is_bad; i++)
        read_set(&s, &list.sets[i]);
    if (s.is_bad || ct_reader_left(&s) > 0) {
        ct_set_list_deinit(&list, allocator);
        return damaged(err);
    }
    *asked = list;
    *image = (struct ct_text){.bytes = (const char *)r.at, .len = ct_reader_left(&r)};
    return CT_OK;
}
