/* Segment files of arbitrary bytes, behind right checksums: whatever they say, reading, verifying
 * and looking inside touch nothing else, end, and give all memory back. */
#include "../unit/segment/segment_reseal.h"
#include "driver.h"
#include "io.h"

#define FOLDER     "store"
#define NAME       "s.seg"
#define PATH       FOLDER "/" NAME
#define LEN_MAX    ((size_t)1 << 16)
#define MEMORY_MAX ((size_t)256 << 20)

static void look_inside(struct ct_io *io)
{
    struct ct_segment *segment;
    struct ct_segment_usage usage[8];
    size_t count;
    uint64_t directory_bytes, mix = 0;
    if (ct_segment_open(io, PATH, NULL, &segment, NULL) != CT_OK)
        return;
    const ct_status read = segment_read_whole(segment, &mix);
    const ct_status deep = ct_segment_verify(segment, true, NULL);
    const ct_status quick = ct_segment_verify(segment, false, NULL);
    const ct_status used =
        ct_segment_usage_of(segment, usage, CT_COUNT_OF(usage), &count, &directory_bytes, NULL);
    if (deep == CT_OK) /* what is verified can be read */
        FUZZ_REQUIRE(read == CT_OK && quick == CT_OK && used == CT_OK);
    ct_segment_close(segment);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static uint8_t copy[LEN_MAX];
    struct ct_allocator_counting counting;
    if (len > LEN_MAX)
        return 0;
    memcpy(copy, bytes, len);
    segment_reseal(copy, len);
    ct_allocator_counting_init(&counting, ct_allocator_system(), MEMORY_MAX);
    struct ct_io *io = ct_io_memory_create(&counting.base);
    FUZZ_REQUIRE(io && io->calls->make_folder(io, FOLDER, NULL) == CT_OK);
    const struct ct_text text = {.bytes = (const char *)copy, .len = len};
    FUZZ_REQUIRE(ct_replace_file(io, FOLDER, NAME, text, NULL) == CT_OK);
    look_inside(io);
    ct_io_memory_destroy(io);
    FUZZ_REQUIRE(counting.live_blocks == 0);
    return 0;
}

/* -- Seeds ------------------------------------------------------------------------------------ */

#define ROWS 700

struct seed_rows {
    int64_t times_ns[ROWS];
    double floats[ROWS];
    int64_t numbers[ROWS], priced[ROWS];
    ct_int128 wide[ROWS];
    uint8_t scales[ROWS], bools[ROWS], present[ROWS];
    struct ct_text texts[ROWS];
};

static void fill(struct seed_rows *rows, uint64_t seed)
{
    for (uint32_t i = 0; i < ROWS; i++) {
        const uint64_t bits = XXH3_64bits_withSeed(&i, sizeof i, seed);
        rows->times_ns[i] = 1780272000000000000 + (int64_t)i * 10000000000;
        rows->floats[i] = (double)(bits % 1000) / 10;
        rows->numbers[i] = (int64_t)(bits % 100000);
        rows->priced[i] = rows->numbers[i] * 37;
        rows->wide[i] = ct_pow10_int128(37) * (int64_t)(bits % 9) + (int64_t)bits;
        rows->scales[i] = (uint8_t)(seed % 2 ? bits % 39 : 4);
        rows->bools[i] = bits & 1;
        rows->present[i] = bits % 5 != 0;
        rows->texts[i] = (struct ct_text){.bytes = "amazon bedrock", .len = bits % 15};
    }
}

static ct_status write_seed(struct ct_io *io, const struct seed_rows *rows, uint32_t count)
{
    static const struct ct_segment_column columns[] = {
        {1, CT_FLOAT64}, {2, CT_INT64},   {3, CT_UINT64},  {4, CT_BOOL},
        {5, CT_STRING},  {6, CT_DECIMAL}, {7, CT_DECIMAL}, {9, CT_DECIMAL}};
    const struct ct_segment_plan plan = {.table = 1,
                                         .tag_count = 1,
                                         .columns = columns,
                                         .column_count = CT_COUNT_OF(columns),
                                         .effort = CT_EFFORT_SMALL};
    const struct ct_vector vectors[] = {
        {.type = CT_FLOAT64, .count = count, .present = rows->present, .float64 = rows->floats},
        {.type = CT_INT64, .count = count, .int64 = rows->numbers},
        {.type = CT_UINT64, .count = count, .int64 = rows->priced},
        {.type = CT_BOOL, .count = count, .boolean = rows->bools},
        {.type = CT_STRING, .count = count, .present = rows->present, .string = rows->texts},
        {.type = CT_DECIMAL, .count = count, .narrow = rows->numbers, .scale = 2},
        {.type = CT_DECIMAL, .count = count, .narrow = rows->priced, .scale = 6},
        {.type = CT_DECIMAL, .count = count, .wide = rows->wide, .scales = rows->scales},
    };
    struct ct_segment_writer *writer;
    struct ct_segment_info info;
    CT_TRY(ct_segment_writer_create(io, FOLDER, NAME, &plan, &writer, NULL));
    ct_status status = CT_OK;
    for (uint32_t series = 1; series <= 3 && status == CT_OK; series++) {
        status = ct_segment_writer_series(writer, series, &series, NULL);
        if (status == CT_OK)
            status = ct_segment_writer_rows(writer, count, rows->times_ns, vectors, NULL);
    }
    if (status == CT_OK)
        return ct_segment_writer_finish(writer, &info, NULL);
    ct_segment_writer_abandon(writer);
    return status;
}

void fuzz_seeds(void)
{
    static struct seed_rows rows;
    struct ct_io *io = ct_io_memory_create(ct_allocator_system());
    FUZZ_REQUIRE(io && io->calls->make_folder(io, FOLDER, NULL) == CT_OK);
    for (uint32_t seed = 0; seed < 6; seed++) {
        char *bytes;
        size_t len;
        fill(&rows, seed);
        FUZZ_REQUIRE(write_seed(io, &rows, seed < 2 ? 3 : seed < 4 ? 60 : ROWS) == CT_OK);
        FUZZ_REQUIRE(ct_read_file(io, PATH, LEN_MAX, &bytes, &len, NULL) == CT_OK);
        fuzz_seed_add(bytes, len);
        ct_release(ct_allocator_system(), bytes);
    }
    ct_io_memory_destroy(io);
}
