/* Images of arbitrary bytes, behind right checksums of header and directory: whatever they say,
 * opening, reading and merging touch nothing else, end, and give all memory back. */
#include "../unit/rollup/rollup_digest.h"
#include "driver.h"

#define LEN_MAX      ((size_t)1 << 16)
#define MEMORY_MAX   ((size_t)256 << 20)
#define HEADER_BYTES 40

static const struct ct_rollup_column COLUMNS[] = {
    {1, CT_DECIMAL}, {2, CT_FLOAT64}, {5, CT_STRING}, {6, CT_UINT64}, {9, CT_BOOL}};
static const uint32_t FIELDS[] = {1, 2, 5, 6, 9};

static const struct ct_rollup_set SETS[] = {
    {.tag_count = 0, .grains = CT_GRAIN_BIT(CT_GRAIN_HOUR) | CT_GRAIN_BIT(CT_GRAIN_DAY)},
    {.tags = {0},
     .tag_count = 1,
     .grains = CT_GRAIN_BIT(CT_GRAIN_HOUR),
     .sketches = {{1, CT_KEEP_QUANTILES}, {5, CT_KEEP_DISTINCT}},
     .sketch_count = 2},
};

static const struct ct_rollup_plan PLAN = {
    .sets = SETS,
    .set_count = CT_COUNT_OF(SETS),
    .columns = COLUMNS,
    .column_count = CT_COUNT_OF(COLUMNS),
    .tag_count = 1,
    .keeps_all = true,
};

/* Checksums of directory and header made right, so that mutations get behind them. */
static void reseal(uint8_t *bytes, size_t len)
{
    if (len < HEADER_BYTES)
        return;
    uint64_t directory_bytes = ct_load64(bytes + 16);
    if (directory_bytes > len - HEADER_BYTES) {
        directory_bytes = len - HEADER_BYTES;
        ct_store64(bytes + 16, directory_bytes);
    }
    ct_store64(bytes + 24, ct_checksum(bytes + HEADER_BYTES, (size_t)directory_bytes, 0));
    ct_store64(bytes + 32, ct_checksum(bytes, 32, 0));
}

static void merge_with_itself(const struct ct_allocator *allocator, const uint8_t *bytes,
                              size_t len)
{
    struct ct_rollup_image *image;
    uint8_t *out;
    size_t out_len;
    if (ct_rollup_image_open(allocator, bytes, len, &image, NULL) != CT_OK)
        return;
    struct ct_rollup_image *const both[] = {image, image};
    if (ct_rollup_merge(allocator, &PLAN, both, 2, &out, &out_len, NULL) == CT_OK)
        ct_release(allocator, out);
    ct_rollup_image_close(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static uint8_t copy[LEN_MAX];
    struct ct_allocator_counting counting;
    uint64_t digest;
    if (len > LEN_MAX)
        return 0;
    memcpy(copy, bytes, len);
    reseal(copy, len);
    ct_allocator_counting_init(&counting, ct_allocator_system(), MEMORY_MAX);
    const ct_status status =
        digest_image(&counting.base, copy, len, FIELDS, CT_COUNT_OF(FIELDS), &digest);
    FUZZ_REQUIRE(status == CT_OK || status == CT_CORRUPT || status == CT_FORMAT ||
                 status == CT_NO_MEMORY);
    merge_with_itself(&counting.base, copy, len);
    FUZZ_REQUIRE(counting.live_blocks == 0);
    return 0;
}

/* -- Seeds ------------------------------------------------------------------------------------ */

#define ROWS 40

static ct_status give_rows(struct ct_rollup_builder *builder, uint32_t seed)
{
    static int64_t times_ns[ROWS], mantissas[ROWS], numbers[ROWS];
    static double floats[ROWS];
    static struct ct_text texts[ROWS];
    static uint8_t bools[ROWS], present[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) {
        const uint64_t bits = ct_hash(&i, sizeof i, seed);
        times_ns[i] = 1780272000000000000 + (int64_t)i * (seed % 2 ? 3600000000000 : 700000000000);
        mantissas[i] = (int64_t)(bits % 100000);
        numbers[i] = (int64_t)(bits % 77);
        floats[i] = (double)(bits % 1000) / 8;
        texts[i] = (struct ct_text){"amazon bedrock", bits % 15};
        bools[i] = bits & 1;
        present[i] = bits % 4 != 0;
    }
    const struct ct_vector vectors[] = {
        {.type = CT_DECIMAL, .count = ROWS, .narrow = mantissas, .scale = 4},
        {.type = CT_FLOAT64, .count = ROWS, .present = present, .float64 = floats},
        {.type = CT_STRING, .count = ROWS, .string = texts},
        {.type = CT_UINT64, .count = seed < 2 ? 0 : ROWS, .int64 = numbers},
        {.type = CT_BOOL, .count = ROWS, .present = present, .boolean = bools},
    };
    for (uint32_t code = 0; code < 3; code++) {
        CT_TRY(ct_rollup_builder_series(builder, &code, NULL));
        CT_TRY(ct_rollup_builder_rows(builder, seed < 3 ? 5 : ROWS, times_ns, vectors, NULL));
    }
    return CT_OK;
}

void fuzz_seeds(void)
{
    for (uint32_t seed = 0; seed < 5; seed++) {
        struct ct_rollup_builder *builder;
        uint8_t *bytes;
        size_t len;
        FUZZ_REQUIRE(ct_rollup_builder_create(ct_allocator_system(), &PLAN, &builder, NULL) ==
                     CT_OK);
        FUZZ_REQUIRE(give_rows(builder, seed) == CT_OK);
        FUZZ_REQUIRE(ct_rollup_builder_finish(builder, &bytes, &len, NULL) == CT_OK);
        fuzz_seed_add(bytes, len);
        ct_release(ct_allocator_system(), bytes);
        ct_rollup_builder_destroy(builder);
    }
}
