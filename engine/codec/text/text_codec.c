/* The text family: its table, the choice among it, and the limits on what a payload may unfold to.
 */
#include "text/text_codec.h"

#define HEAP_BYTES_MAX ((size_t)1 << 30)
#define RATIO_MAX      1000000

static const struct ct_text_codec *const codecs[] = {
    [CT_TEXT_PLAIN] = &ct_text_plain,
    [CT_TEXT_DICTIONARY] = &ct_text_dictionary,
};

const struct ct_text_codec *const *ct_text_codecs(size_t *count)
{
    *count = CT_COUNT_OF(codecs);
    return codecs;
}

const char *ct_text_codec_name(uint8_t first_byte)
{
    const uint8_t id = first_byte & (uint8_t)~CT_TEXT_DEFLATED;
    if (id >= CT_COUNT_OF(codecs))
        return "?";
    return first_byte & CT_TEXT_DEFLATED ? codecs[id]->deflated_name : codecs[id]->name;
}

size_t ct_text_bound(const struct ct_text *values, uint32_t count)
{
    size_t bytes = ct_codec_bound(count);
    for (uint32_t i = 0; i < count; i++)
        bytes += values[i].len;
    return bytes;
}

size_t ct_text_encode(const struct ct_text *values, uint32_t count, enum ct_effort effort,
                      struct ct_codec_scratch *scratch, uint8_t *out)
{
    CT_ASSERT(count >= 1 && count <= CT_BLOCK_VALUES_MAX);
    const struct ct_text_source source = {values, count, effort, scratch};
    struct ct_text_plan best = {.size = SIZE_MAX};
    uint8_t id = 0;
    for (uint8_t i = 0; i < CT_COUNT_OF(codecs); i++) {
        struct ct_text_plan plan = {.codec = codecs[i]};
        plan.size = codecs[i]->analyse(&source, &plan);
        if (plan.size < best.size) {
            best = plan;
            id = i;
        }
    }
    CT_ASSERT(best.heap_bytes <= HEAP_BYTES_MAX);
    struct ct_writer w = ct_writer_of(out, ct_text_bound(values, count));
    ct_write8(&w, id);
    ct_write_varint(&w, best.heap_bytes);
    best.codec->encode(&source, &best, &w);
    if (ct_text_heap_write(&source, &best, &w))
        out[0] |= CT_TEXT_DEFLATED;
    CT_ASSERT(ct_writer_len(&w) <= best.size);
    return ct_writer_len(&w);
}

struct head {
    const struct ct_text_codec *codec;
    size_t heap_bytes;
    bool is_deflated;
};

static ct_status read_head(struct ct_reader *r, uint32_t count, struct head *head)
{
    const size_t in_len = ct_reader_left(r);
    const uint8_t first_byte = ct_read8(r);
    const uint8_t id = first_byte & (uint8_t)~CT_TEXT_DEFLATED;
    head->is_deflated = first_byte & CT_TEXT_DEFLATED;
    head->heap_bytes = ct_read_varint_max(r, HEAP_BYTES_MAX);
    if (r->is_bad || id >= CT_COUNT_OF(codecs) || count == 0 || count > CT_BLOCK_VALUES_MAX)
        return CT_CORRUPT;
    head->codec = codecs[id];
    const size_t unfolded_max = head->is_deflated ? in_len * RATIO_MAX : in_len;
    return head->heap_bytes <= unfolded_max ? CT_OK : CT_CORRUPT;
}

ct_status ct_text_decoded_size(const uint8_t *in, size_t in_len, uint32_t count, size_t *heap_bytes)
{
    struct ct_reader r = ct_reader_of(in, in_len);
    struct head head;
    CT_TRY(read_head(&r, count, &head));
    *heap_bytes = head.heap_bytes;
    return CT_OK;
}

ct_status ct_text_decode(const uint8_t *in, size_t in_len, uint32_t count,
                         struct ct_codec_scratch *scratch, char *heap, size_t heap_cap,
                         struct ct_text *out)
{
    struct ct_reader r = ct_reader_of(in, in_len);
    struct head head;
    CT_TRY(read_head(&r, count, &head));
    if (head.heap_bytes > heap_cap)
        return CT_CORRUPT;
    CT_TRY(head.codec->decode(&r, count, head.heap_bytes, scratch, heap, out));
    const size_t left = ct_reader_left(&r);
    if (head.is_deflated)
        return ct_inflate(scratch, r.at, left, heap, head.heap_bytes);
    if (left != head.heap_bytes)
        return CT_CORRUPT;
    if (left)
        memcpy(heap, r.at, left);
    return CT_OK;
}
