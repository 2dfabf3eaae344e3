/* The derived family: copies and products.
 *
 * Payloads: a byte of scale; for a product the price (zigzag varint) and a byte of exponent;
 * patches (patches.h) with the mantissa as a zigzag varint each. Nothing else: the values are
 * computed. */
#include "derived/derived_codec.h"

#include "patches.h"
#include "scratch.h"

const char *ct_derived_codec_name(uint8_t first_byte)
{
    switch (first_byte) {
    case CT_DERIVED_COPY:
        return "copy";
    case CT_DERIVED_PRODUCT:
        return "product";
    default:
        return "?";
    }
}

struct attempt {
    enum ct_derived_id id;
    struct ct_price price;
    size_t size;
    uint32_t patch_count;
};

/* The computed values to outer_a; exact size; SIZE_MAX where more than an eighth are exceptions. */
static size_t analyse(struct attempt *attempt, const int64_t *reference, const int64_t *mantissas,
                      uint32_t count, struct ct_codec_scratch *scratch)
{
    (void)ct_price_apply(&attempt->price, reference, count, scratch->outer_a);
    size_t size = 2;
    if (attempt->id == CT_DERIVED_PRODUCT)
        size += ct_varint_len(ct_zigzag(attempt->price.price)) + 1;
    uint32_t next = 0;
    attempt->patch_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (scratch->outer_a[i] == mantissas[i] && mantissas[i] != INT64_MIN)
            continue;
        if (++attempt->patch_count > count / 8)
            return SIZE_MAX;
        size += ct_varint_len(i - next) + ct_varint_len(ct_zigzag(mantissas[i]));
        next = i + 1;
    }
    return size + ct_varint_len(attempt->patch_count);
}

static void encode(const struct attempt *attempt, uint8_t scale, const int64_t *mantissas,
                   uint32_t count, const int64_t *computed, struct ct_writer *w)
{
    ct_write8(w, (uint8_t)attempt->id);
    ct_write8(w, scale);
    if (attempt->id == CT_DERIVED_PRODUCT) {
        ct_write_svarint(w, attempt->price.price);
        ct_write8(w, attempt->price.exponent);
    }
    ct_write_varint(w, attempt->patch_count);
    struct ct_patch_writer patches = {.writer = w};
    for (uint32_t i = 0; i < count; i++) {
        if (computed[i] == mantissas[i] && mantissas[i] != INT64_MIN)
            continue;
        ct_patch_put(&patches, i);
        ct_write_svarint(w, mantissas[i]);
    }
}

size_t ct_derived_encode(const int64_t *reference, uint8_t reference_scale,
                         const int64_t *mantissas, uint8_t scale, uint32_t count,
                         size_t size_to_beat, struct ct_codec_scratch *scratch, uint8_t *out)
{
    CT_ASSERT(count >= 1 && count <= CT_BLOCK_VALUES_MAX);
    struct attempt attempt = {.id = CT_DERIVED_COPY, .size = SIZE_MAX};
    if (ct_price_of_copy(reference_scale, scale, &attempt.price))
        attempt.size = analyse(&attempt, reference, mantissas, count, scratch);
    if (attempt.size == SIZE_MAX) {
        attempt.id = CT_DERIVED_PRODUCT;
        if (!ct_price_find(reference, mantissas, count, &attempt.price))
            return 0;
        attempt.size = analyse(&attempt, reference, mantissas, count, scratch);
    }
    if (attempt.size >= size_to_beat || attempt.size > ct_codec_bound(count))
        return 0;
    struct ct_writer w = ct_writer_of(out, ct_codec_bound(count));
    encode(&attempt, scale, mantissas, count, scratch->outer_a, &w);
    CT_ASSERT(ct_writer_len(&w) == attempt.size);
    return attempt.size;
}

static ct_status read_rule(struct ct_reader *r, uint8_t reference_scale, uint8_t *scale,
                           struct ct_price *price)
{
    const uint8_t id = ct_read8(r);
    *scale = ct_read8(r);
    if (r->is_bad || *scale > CT_DECIMAL_SCALE_MAX || id > CT_DERIVED_PRODUCT)
        return CT_CORRUPT;
    if (id == CT_DERIVED_COPY)
        return ct_price_of_copy(reference_scale, *scale, price) ? CT_OK : CT_CORRUPT;
    price->price = ct_read_svarint(r);
    price->exponent = ct_read8(r);
    return r->is_bad || price->exponent > CT_DECIMAL_SCALE_MAX ? CT_CORRUPT : CT_OK;
}

/* Every computed value that does not fit must have a patch. */
static ct_status read_patches(struct ct_reader *r, uint32_t count, uint32_t beyond, int64_t *values)
{
    struct ct_patch_reader patches = ct_patches_of(r, count);
    uint32_t position = 0;
    uint32_t replaced = 0;
    while (ct_patch_next(&patches, &position)) {
        replaced += values[position] == INT64_MIN;
        values[position] = ct_read_svarint(r);
    }
    return r->is_bad || ct_reader_left(r) != 0 || replaced != beyond ? CT_CORRUPT : CT_OK;
}

ct_status ct_derived_decode(const uint8_t *in, size_t in_len, uint32_t count,
                            const int64_t *reference, uint8_t reference_scale,
                            struct ct_codec_scratch *scratch, struct ct_decimal_block *out)
{
    (void)scratch;
    if (count == 0 || count > CT_BLOCK_VALUES_MAX || reference_scale > CT_DECIMAL_SCALE_MAX)
        return CT_CORRUPT;
    struct ct_reader r = ct_reader_of(in, in_len);
    struct ct_price price = {0};
    CT_TRY(read_rule(&r, reference_scale, &out->scale, &price));
    out->is_wide = false;
    const uint32_t beyond = ct_price_apply(&price, reference, count, out->narrow);
    return read_patches(&r, count, beyond, out->narrow);
}
