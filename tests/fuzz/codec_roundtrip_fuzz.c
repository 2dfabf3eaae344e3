/* Encoders on arbitrary values: byte 0 is the family, byte 1 the effort and how bytes become
 * values, the rest the values. What is decoded must be what was encoded. */
#include <string.h>

#include "codec.h"
#include "decimal.h"
#include "driver.h"

#define ROOM (CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD)

static int64_t numbers[ROOM], back[ROOM];
static double doubles[ROOM], doubles_back[ROOM];
static uint8_t out[40 * ROOM];

static struct ct_codec_scratch *scratch_of(void)
{
    static struct ct_codec_scratch *scratch;
    if (!scratch)
        scratch = ct_codec_scratch_create(ct_allocator_system());
    FUZZ_REQUIRE(scratch);
    return scratch;
}

/* Values of 1, 2, 4 or 8 bytes each, signed; or running sums of such. */
static uint32_t fill_numbers(const uint8_t *bytes, size_t len, uint8_t how)
{
    const size_t width = (size_t)1 << (how >> 1 & 3);
    const uint32_t count =
        (uint32_t)(len / width < CT_BLOCK_VALUES_MAX ? len / width : CT_BLOCK_VALUES_MAX);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t bits = 0;
        memcpy((uint8_t *)&bits + 8 - width, bytes + i * width, width);
        const int64_t value = (int64_t)bits >> (64 - 8 * width);
        sum += (uint64_t)value;
        numbers[i] = how & 8 ? (int64_t)sum : value;
        if (how & 16)
            numbers[i] = (int64_t)((uint64_t)numbers[i] * 10000000);
    }
    return count;
}

static void ints(uint32_t count, enum ct_effort effort, struct ct_codec_scratch *scratch)
{
    const size_t len = ct_int_encode(numbers, count, effort, scratch, out);
    FUZZ_REQUIRE(ct_int_decode(out, len, count, scratch, back) == CT_OK);
    FUZZ_REQUIRE(memcmp(back, numbers, count * sizeof *back) == 0);
}

static void times(uint32_t count, enum ct_effort effort, struct ct_codec_scratch *scratch)
{
    const size_t len = ct_time_encode(numbers, count, effort, scratch, out);
    FUZZ_REQUIRE(ct_time_decode(out, len, count, scratch, back) == CT_OK);
    FUZZ_REQUIRE(memcmp(back, numbers, count * sizeof *back) == 0);
}

/* Half of them decimal floats, half raw bits. */
static void floats(uint32_t count, enum ct_effort effort, struct ct_codec_scratch *scratch)
{
    for (uint32_t i = 0; i < count; i++) {
        doubles[i] = (double)numbers[i] / 1000;
        if (numbers[0] & 1)
            memcpy(&doubles[i], &numbers[i], sizeof doubles[i]);
    }
    const size_t len = ct_float_encode(doubles, count, effort, scratch, out);
    FUZZ_REQUIRE(ct_float_decode(out, len, count, scratch, doubles_back) == CT_OK);
    FUZZ_REQUIRE(memcmp(doubles_back, doubles, count * sizeof *doubles) == 0);
}

static void decimals(uint32_t count, enum ct_effort effort, struct ct_codec_scratch *scratch)
{
    static uint8_t scales[ROOM];
    static ct_int128 wide[ROOM], wide_back[ROOM];
    for (uint32_t i = 0; i < count; i++) {
        scales[i] = (uint8_t)(numbers[i] >> 3 & 15);
        wide[i] = (ct_int128)numbers[i] * (i % 5 == 4 ? 1000003 : 1);
    }
    struct ct_decimal_block block = {.narrow = back, .wide = wide_back};
    const size_t len = ct_decimal_encode(wide, scales, count, effort, scratch, out);
    if (len == 0)
        return; /* no common scale */
    FUZZ_REQUIRE(ct_decimal_decode(out, len, count, scratch, &block) == CT_OK);
    for (uint32_t i = 0; i < count; i++) {
        const struct ct_decimal given = {wide[i], scales[i]};
        const struct ct_decimal got = {block.is_wide ? wide_back[i] : back[i], block.scale};
        FUZZ_REQUIRE(ct_decimal_compare(given, got) == 0);
    }
}

static void derived(uint32_t count, enum ct_effort effort, struct ct_codec_scratch *scratch)
{
    (void)effort;
    static int64_t reference[ROOM];
    for (uint32_t i = 0; i < count; i++)
        reference[i] = numbers[i] / (i % 11 == 10 ? 3 : 7);
    struct ct_decimal_block block = {.narrow = back};
    const size_t len = ct_derived_encode(reference, 3, numbers, 5, count, SIZE_MAX, scratch, out);
    if (len == 0)
        return;
    FUZZ_REQUIRE(ct_derived_decode(out, len, count, reference, 3, scratch, &block) == CT_OK);
    FUZZ_REQUIRE(memcmp(back, numbers, count * sizeof *back) == 0);
}

static void bools(uint32_t count, enum ct_effort effort, struct ct_codec_scratch *scratch)
{
    (void)effort;
    static uint8_t values[ROOM], values_back[ROOM];
    for (uint32_t i = 0; i < count; i++)
        values[i] = numbers[i] & 1;
    const size_t len = ct_bool_encode(values, count, scratch, out);
    FUZZ_REQUIRE(ct_bool_decode(out, len, count, scratch, values_back) == CT_OK);
    FUZZ_REQUIRE(memcmp(values_back, values, count) == 0);
}

/* Texts are the eight bytes of a number, cut at its low digit. */
static void texts(uint32_t count, enum ct_effort effort, struct ct_codec_scratch *scratch)
{
    static struct ct_text values[ROOM], values_back[ROOM];
    static char heap[8 * ROOM];
    for (uint32_t i = 0; i < count; i++)
        values[i] = (struct ct_text){(const char *)&numbers[i], numbers[i] & 7};
    const size_t len = ct_text_encode(values, count, effort, scratch, out);
    size_t heap_bytes = 0;
    FUZZ_REQUIRE(ct_text_decoded_size(out, len, count, &heap_bytes) == CT_OK);
    FUZZ_REQUIRE(heap_bytes <= sizeof heap);
    FUZZ_REQUIRE(ct_text_decode(out, len, count, scratch, heap, heap_bytes, values_back) == CT_OK);
    for (uint32_t i = 0; i < count; i++)
        FUZZ_REQUIRE(ct_text_equal(values[i], values_back[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static void (*const families[])(uint32_t, enum ct_effort, struct ct_codec_scratch *) = {
        ints, times, floats, decimals, derived, bools, texts,
    };
    if (len < 2)
        return 0;
    const uint32_t count = fill_numbers(bytes + 2, len - 2, bytes[1]);
    if (count > 0)
        families[bytes[0] % CT_COUNT_OF(families)](
            count, bytes[1] & 1 ? CT_EFFORT_SMALL : CT_EFFORT_FAST, scratch_of());
    return 0;
}

void fuzz_seeds(void)
{
    static uint8_t input[2 + 3000];
    for (unsigned family = 0; family < 7; family++) {
        for (unsigned how = 0; how < 32; how++) {
            input[0] = (uint8_t)family;
            input[1] = (uint8_t)how;
            for (size_t i = 2; i < sizeof input; i++)
                input[i] = (uint8_t)(i % (3 + how) * (i % 16 < 12 ? 1 : 0));
            fuzz_seed_add(input, how % 3 == 0 ? sizeof input : 300);
        }
    }
}
