/* Decoders on arbitrary bytes: byte 0 is the family, bytes 1 and 2 the count less 1, the rest the
 * payload. What decodes must pass the check too, and the other way round; what is an int64 or
 * double block must survive encoding again. */
#include <string.h>

#include "bool/bool_codec.h"
#include "codec.h"
#include "decimal/decimal_codec.h"
#include "driver.h"
#include "float/float_codec.h"
#include "scratch.h"
#include "time/time_codec.h"

#define ROOM (CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD)
#define HEAD 3

static int64_t numbers[ROOM], again[ROOM];
static double doubles[ROOM];
static uint8_t bools[ROOM], out[24 * ROOM];
static ct_int128 wide[ROOM];
static struct ct_text texts[ROOM];
static char heap[1 << 20];

static struct ct_codec_scratch *scratch_of(void)
{
    static struct ct_codec_scratch *scratch;
    if (!scratch)
        scratch = ct_codec_scratch_create(ct_allocator_system());
    FUZZ_REQUIRE(scratch);
    return scratch;
}

static ct_status at_end(ct_status status, const struct ct_reader *r)
{
    return status == CT_OK && ct_reader_left(r) != 0 ? CT_CORRUPT : status;
}

static void read_ints(struct ct_reader r, uint32_t count, struct ct_codec_scratch *scratch)
{
    const ct_status status = ct_int_decode(r.at, ct_reader_left(&r), count, scratch, numbers);
    const ct_status checked = ct_int_block_check(&r, count, false, scratch);
    FUZZ_REQUIRE(at_end(checked, &r) == status);
    if (status != CT_OK)
        return;
    const size_t len = ct_int_encode(numbers, count, CT_EFFORT_FAST, scratch, out);
    FUZZ_REQUIRE(ct_int_decode(out, len, count, scratch, again) == CT_OK);
    FUZZ_REQUIRE(memcmp(again, numbers, count * sizeof *again) == 0);
}

static void read_times(struct ct_reader r, uint32_t count, struct ct_codec_scratch *scratch)
{
    const ct_status status = ct_time_decode(r.at, ct_reader_left(&r), count, scratch, numbers);
    const ct_status checked = ct_time_check(&r, count, scratch);
    FUZZ_REQUIRE(at_end(checked, &r) == status);
}

static void read_floats(struct ct_reader r, uint32_t count, struct ct_codec_scratch *scratch)
{
    const ct_status status = ct_float_decode(r.at, ct_reader_left(&r), count, scratch, doubles);
    const ct_status checked = ct_float_check(&r, count, scratch);
    FUZZ_REQUIRE(at_end(checked, &r) == status);
    if (status != CT_OK)
        return;
    static double back[ROOM];
    const size_t len = ct_float_encode(doubles, count, CT_EFFORT_FAST, scratch, out);
    FUZZ_REQUIRE(ct_float_decode(out, len, count, scratch, back) == CT_OK);
    FUZZ_REQUIRE(memcmp(back, doubles, count * sizeof *back) == 0);
}

static void read_bools(struct ct_reader r, uint32_t count, struct ct_codec_scratch *scratch)
{
    const ct_status status = ct_bool_decode(r.at, ct_reader_left(&r), count, scratch, bools);
    const ct_status checked = ct_bool_check(&r, count, scratch);
    FUZZ_REQUIRE(at_end(checked, &r) == status);
    for (uint32_t i = 0; status == CT_OK && i < count; i++)
        FUZZ_REQUIRE(bools[i] <= 1);
}

static void read_decimals(struct ct_reader r, uint32_t count, struct ct_codec_scratch *scratch)
{
    struct ct_decimal_block block = {.narrow = numbers, .wide = wide};
    const ct_status status = ct_decimal_decode(r.at, ct_reader_left(&r), count, scratch, &block);
    const ct_status checked = ct_decimal_check(&r, count, scratch);
    FUZZ_REQUIRE(at_end(checked, &r) == status);
    FUZZ_REQUIRE(status != CT_OK || block.scale <= CT_DECIMAL_SCALE_MAX);
}

static void read_texts(struct ct_reader r, uint32_t count, struct ct_codec_scratch *scratch)
{
    size_t heap_bytes = 0;
    if (ct_text_decoded_size(r.at, ct_reader_left(&r), count, &heap_bytes) != CT_OK ||
        heap_bytes > sizeof heap)
        return;
    const ct_status status =
        ct_text_decode(r.at, ct_reader_left(&r), count, scratch, heap, heap_bytes, texts);
    for (uint32_t i = 0; status == CT_OK && i < count; i++)
        FUZZ_REQUIRE(texts[i].bytes >= heap && texts[i].bytes + texts[i].len <= heap + heap_bytes);
}

static void read_derived(struct ct_reader r, uint32_t count, struct ct_codec_scratch *scratch)
{
    static int64_t reference[ROOM];
    for (uint32_t i = 0; i < ROOM; i++)
        reference[i] = i % 7 == 6 ? INT64_MIN + (int64_t)i : (int64_t)i * 977 - 5000;
    struct ct_decimal_block block = {.narrow = numbers, .wide = wide};
    const ct_status status =
        ct_derived_decode(r.at, ct_reader_left(&r), count, reference, 6, scratch, &block);
    FUZZ_REQUIRE(status == CT_OK || status == CT_CORRUPT);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static void (*const readers[])(struct ct_reader, uint32_t, struct ct_codec_scratch *) = {
        read_ints, read_times, read_floats, read_bools, read_decimals, read_texts, read_derived,
    };
    if (len < HEAD)
        return 0;
    const uint32_t count = (uint32_t)(bytes[1] | bytes[2] << 8) % CT_BLOCK_VALUES_MAX + 1;
    readers[bytes[0] % CT_COUNT_OF(readers)](ct_reader_of(bytes + HEAD, len - HEAD), count,
                                             scratch_of());
    return 0;
}

/* -- Well-formed inputs for the driver. */

static void add(uint8_t family, uint32_t count, size_t payload_len)
{
    memmove(out + HEAD, out, payload_len);
    out[0] = family;
    out[1] = (uint8_t)(count - 1);
    out[2] = (uint8_t)((count - 1) >> 8);
    fuzz_seed_add(out, payload_len + HEAD);
}

static void add_every_family(uint32_t count, enum ct_effort effort, int64_t multiplier)
{
    struct ct_codec_scratch *scratch = scratch_of();
    static uint8_t scales[ROOM];
    static char letters[ROOM];
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = (int64_t)(i * i % 17) * multiplier + (i % 61 == 60 ? 1000003 : 0);
        doubles[i] = (double)numbers[i] / 100;
        bools[i] = i / 9 % 2;
        scales[i] = (uint8_t)(i % 3);
        letters[i] = (char)('a' + i % 5);
        texts[i] = (struct ct_text){letters + i, 1};
        again[i] = (int64_t)i * 977 - 5000;
    }
    add(0, count, ct_int_encode(numbers, count, effort, scratch, out));
    add(1, count, ct_time_encode(numbers, count, effort, scratch, out));
    add(2, count, ct_float_encode(doubles, count, effort, scratch, out));
    add(3, count, ct_bool_encode(bools, count, scratch, out));
    add(4, count, ct_decimal_encode_narrow(numbers, scales, count, effort, scratch, out));
    add(5, count, ct_text_encode(texts, count, effort, scratch, out));
    add(6, count, ct_derived_encode(again, 6, again, 6, count, SIZE_MAX, scratch, out));
}

/* Every integer codec, chosen or not. */
static void add_every_int_codec(void)
{
    const uint32_t count = 130;
    size_t codec_count = 0;
    const struct ct_int_codec *codecs = ct_int_codecs(&codec_count);
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = (int64_t)(i / 6 % 9) * 31 + (i == 77 ? 99999 : 0);
    for (size_t c = 0; c < codec_count; c++) {
        struct ct_int_source source;
        ct_int_source_init(&source, numbers, count, CT_EFFORT_SMALL, false, scratch_of());
        struct ct_int_plan plan = {.codec = &codecs[c]};
        plan.size = codecs[c].analyse(&codecs[c], &source, sizeof out, &plan);
        if (plan.size >= sizeof out)
            continue;
        struct ct_writer w = ct_writer_of(out, sizeof out);
        ct_int_write(&source, &plan, &w);
        add(0, count, plan.size);
    }
}

void fuzz_seeds(void)
{
    static const uint32_t counts[] = {1, 3, 40, 200, 1000};
    for (size_t i = 0; i < CT_COUNT_OF(counts); i++) {
        add_every_family(counts[i], CT_EFFORT_FAST, 1);
        add_every_family(counts[i], CT_EFFORT_SMALL, 1);
        add_every_family(counts[i], CT_EFFORT_FAST, 1000003);
    }
    add_every_int_codec();
}
