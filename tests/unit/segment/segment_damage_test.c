/* Whatever happens to a segment's bytes is found, and never read past. */
#include "segment_fixture.h"
#include "segment_reseal.h"

static const struct column_plan PLANS[] = {
    {2, CT_FLOAT64, SHAPE_WALK, 0},    {4, CT_INT64, SHAPE_WALK, 20},
    {7, CT_UINT64, SHAPE_WILD, 0},     {8, CT_BOOL, SHAPE_WILD, 50},
    {9, CT_STRING, SHAPE_WILD, 20},    {11, CT_DECIMAL, SHAPE_WALK, 0},
    {12, CT_DECIMAL, SHAPE_PRICED, 0}, {20, CT_DECIMAL, SHAPE_WIDE, 10},
    {22, CT_DECIMAL, SHAPE_RAGGED, 0}, {23, CT_INT64, SHAPE_CONSTANT, 100},
};

struct file {
    uint8_t *bytes;
    size_t len;
    struct ct_segment_info info;
};

static struct file make_file(struct ct_io *io, const uint32_t *rows, uint32_t series_count,
                             uint64_t seed)
{
    struct file file = {0};
    char *bytes;
    struct table *table = table_create(rows, series_count, PLANS, CT_COUNT_OF(PLANS), 2, seed);
    const enum ct_effort effort = seed % 2 ? CT_EFFORT_SMALL : CT_EFFORT_FAST;
    assert_int_equal(write_segment(io, table, effort, 1000, &file.info, NULL), CT_OK);
    assert_int_equal(ct_read_file(io, SEGMENT_PATH, (size_t)1 << 30, &bytes, &file.len, NULL),
                     CT_OK);
    file.bytes = (uint8_t *)bytes;
    table_destroy(table);
    return file;
}

/* True where opening or reading everything fails, and where opening or verifying does. Who reads
 * the rollup section has checksums of his own: here he sees that the bytes are others. */
static bool is_found(struct ct_io *io, const uint8_t *bytes, size_t len)
{
    struct ct_segment *segment;
    uint64_t mix = 0;
    put_file(io, bytes, len);
    if (ct_segment_open(io, SEGMENT_PATH, NULL, &segment, NULL) != CT_OK)
        return true;
    const ct_status read = segment_read_whole(segment, &mix);
    const ct_status quick = ct_segment_verify(segment, false, NULL);
    const bool has_rollup = ct_text_equal(ct_segment_rollup(segment), ct_text_of(SEGMENT_ROLLUP));
    ct_segment_close(segment);
    return (read == CT_CORRUPT || !has_rollup) && quick == CT_CORRUPT;
}

static void every_flipped_byte_is_found(void **state)
{
    (void)state;
    const uint32_t rows[] = {3, 5, 2};
    struct ct_io *io = memory_create(ct_allocator_system());
    struct file file = make_file(io, rows, CT_COUNT_OF(rows), 1);
    assert_false(is_found(io, file.bytes, file.len));
    for (size_t at = 0; at < file.len; at++)
        for (unsigned bit = 0; bit < 8; bit += 1 + (unsigned)(at % 3)) {
            file.bytes[at] ^= (uint8_t)(1u << bit);
            if (!is_found(io, file.bytes, file.len))
                fail_msg("bit %u of byte %zu of %zu", bit, at, file.len);
            file.bytes[at] ^= (uint8_t)(1u << bit);
        }
    free(file.bytes);
    ct_io_memory_destroy(io);
}

static void flipped_byte_is_found_where_it_is_read(void **state)
{
    (void)state;
    const uint32_t rows[] = {700, 40, 30};
    struct ct_io *io = memory_create(ct_allocator_system());
    struct file file = make_file(io, rows, CT_COUNT_OF(rows), 2);
    uint64_t random = 5;
    for (int i = 0; i < 300; i++) {
        const size_t at = random_below(&random, (uint32_t)file.len);
        file.bytes[at] ^= 0x10;
        assert_true(is_found(io, file.bytes, file.len));
        file.bytes[at] ^= 0x10;
    }
    free(file.bytes);
    ct_io_memory_destroy(io);
}

static void every_truncation_is_found_at_open(void **state)
{
    (void)state;
    const uint32_t rows[] = {3, 5, 2};
    struct ct_io *io = memory_create(ct_allocator_system());
    struct file file = make_file(io, rows, CT_COUNT_OF(rows), 3);
    struct ct_segment *segment;
    for (size_t len = 0; len < file.len; len++) {
        put_file(io, file.bytes, len);
        assert_int_equal(ct_segment_open(io, SEGMENT_PATH, NULL, &segment, NULL), CT_CORRUPT);
    }
    free(file.bytes);
    ct_io_memory_destroy(io);
}

static void appended_bytes_are_found_at_open(void **state)
{
    (void)state;
    const uint32_t rows[] = {30};
    struct ct_io *io = memory_create(ct_allocator_system());
    struct file file = make_file(io, rows, CT_COUNT_OF(rows), 3);
    struct ct_segment *segment;
    uint8_t *longer = array_of(file.len + 100, 1);
    memcpy(longer, file.bytes, file.len);
    for (size_t extra = 1; extra <= 100; extra++) {
        put_file(io, longer, file.len + extra);
        assert_int_equal(ct_segment_open(io, SEGMENT_PATH, NULL, &segment, NULL), CT_CORRUPT);
    }
    /* A whole trailer behind another's: the footer then lies about where things are. */
    memcpy(longer + file.len + 76, file.bytes + file.len - 24, 24);
    assert_true(is_found(io, longer, file.len + 100));
    free(longer);
    free(file.bytes);
    ct_io_memory_destroy(io);
}

static void another_version_is_refused(void **state)
{
    (void)state;
    const uint32_t rows[] = {30};
    struct ct_io *io = memory_create(ct_allocator_system());
    struct file file = make_file(io, rows, CT_COUNT_OF(rows), 3);
    struct ct_segment *segment;
    file.bytes[CT_SEGMENT_MAGIC_BYTES]++;
    put_file(io, file.bytes, file.len);
    assert_int_equal(ct_segment_open(io, SEGMENT_PATH, NULL, &segment, NULL), CT_CORRUPT);
    ct_store32(file.bytes + CT_SEGMENT_HEADER_CHECKED,
               ct_segment_short_checksum(file.bytes, CT_SEGMENT_HEADER_CHECKED));
    put_file(io, file.bytes, file.len);
    assert_int_equal(ct_segment_open(io, SEGMENT_PATH, NULL, &segment, NULL), CT_FORMAT);
    assert_int_equal(ct_segment_open(io, FOLDER "/other.seg", NULL, &segment, NULL), CT_NOT_FOUND);
    free(file.bytes);
    ct_io_memory_destroy(io);
}

static void manifest_knows_its_segment(void **state)
{
    (void)state;
    const uint32_t rows[] = {30};
    struct ct_io *io = memory_create(ct_allocator_system());
    struct file file = make_file(io, rows, CT_COUNT_OF(rows), 3);
    struct ct_segment *segment;
    struct ct_segment_info wrong[12];
    for (size_t i = 0; i < CT_COUNT_OF(wrong); i++)
        wrong[i] = file.info;
    wrong[0].file_bytes++;
    wrong[1].footer_checksum ^= 1;
    wrong[2].table++;
    wrong[3].row_count++;
    wrong[4].series_count++;
    wrong[5].block_count++;
    wrong[6].column_count++;
    wrong[7].tag_count++;
    wrong[8].min_time_ns--;
    wrong[9].max_time_ns++;
    wrong[10].min_commit++;
    wrong[11].max_commit++;
    for (size_t i = 0; i < CT_COUNT_OF(wrong); i++)
        assert_int_equal(ct_segment_open(io, SEGMENT_PATH, &wrong[i], &segment, NULL), CT_CORRUPT);
    assert_int_equal(ct_segment_open(io, SEGMENT_PATH, &file.info, &segment, NULL), CT_OK);
    ct_segment_close(segment);
    free(file.bytes);
    ct_io_memory_destroy(io);
}

/* -- Damage behind right checksums: nothing is promised but that nothing else is touched. ----- */

static void damage(uint8_t *bytes, size_t len, uint64_t *random)
{
    const uint32_t changes = 1 + random_below(random, 3);
    for (uint32_t i = 0; i < changes; i++) {
        /* Half of all near the end, where footer and directories of series are. */
        const size_t reach = random_below(random, 2) && len > 600 ? 600 : len;
        const size_t at = len - 1 - random_below(random, (uint32_t)reach);
        const uint64_t bits = next_random(random);
        switch (bits % 4) {
        case 0:
            bytes[at] ^= (uint8_t)(1u << (bits >> 8) % 8);
            break;
        case 1:
            bytes[at] = (uint8_t)(bits >> 8);
            break;
        case 2:
            bytes[at] = (bits >> 8) % 2 ? 0xff : 0;
            break;
        default:
            bytes[at]++;
            break;
        }
    }
}

/* How many of the damaged files of a kind still open; so that the test tries what it means to. */
static uint32_t try_resealed(struct ct_io *io, const struct file *file, uint64_t seed,
                             uint32_t rounds)
{
    uint8_t *bytes = array_of(file->len, 1);
    uint32_t opened = 0;
    uint64_t mix = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        struct ct_segment *segment;
        memcpy(bytes, file->bytes, file->len);
        damage(bytes, file->len, &seed);
        segment_reseal(bytes, file->len);
        put_file(io, bytes, file->len);
        if (ct_segment_open(io, SEGMENT_PATH, NULL, &segment, NULL) != CT_OK)
            continue;
        opened++;
        if (segment_read_whole(segment, &mix) == CT_OK)
            mix += ct_segment_verify(segment, false, NULL);
        mix += ct_segment_verify(segment, true, NULL);
        ct_segment_close(segment);
    }
    free(bytes);
    return opened;
}

static void resealed_damage_is_read_safely(void **state)
{
    (void)state;
    const uint32_t small[] = {3, 5, 2}, large[] = {600, 30, 50};
    struct ct_allocator_counting counting;
    ct_allocator_counting_init(&counting, ct_allocator_system(), 0);
    struct ct_io *io = memory_create(&counting.base);
    struct file file = make_file(io, small, CT_COUNT_OF(small), 6);
    assert_true(try_resealed(io, &file, 1, 4000) > 400);
    ct_release(&counting.base, file.bytes);
    file = make_file(io, large, CT_COUNT_OF(large), 7);
    assert_true(try_resealed(io, &file, 2, 1000) > 100);
    ct_release(&counting.base, file.bytes);
    ct_io_memory_destroy(io);
    assert_int_equal(counting.live_blocks, 0);
}

/* A resealed file whose values were changed is found by verify, deep, from its statistics. */
static void resealed_change_of_values_is_found_by_deep_verify(void **state)
{
    (void)state;
    const uint32_t rows[] = {50};
    struct ct_io *io = memory_create(ct_allocator_system());
    struct table *table = table_create(rows, 1, PLANS, 2, 0, 4);
    struct ct_segment_info info;
    struct ct_segment *segment;
    uint32_t found = 0;
    char *text;
    size_t len;
    assert_int_equal(write_segment(io, table, CT_EFFORT_FAST, 50, &info, NULL), CT_OK);
    assert_int_equal(ct_read_file(io, SEGMENT_PATH, 1 << 20, &text, &len, NULL), CT_OK);
    uint8_t *bytes = (uint8_t *)text;
    for (size_t at = CT_SEGMENT_HEADER_BYTES; at < len / 2; at++) {
        bytes[at] ^= 4;
        segment_reseal(bytes, len);
        put_file(io, bytes, len);
        bytes[at] ^= 4;
        if (ct_segment_open(io, SEGMENT_PATH, NULL, &segment, NULL) != CT_OK)
            continue;
        assert_true(ct_segment_verify(segment, true, NULL) != CT_NO_MEMORY);
        found += ct_segment_verify(segment, false, NULL) == CT_OK &&
                 ct_segment_verify(segment, true, NULL) == CT_CORRUPT;
        ct_segment_close(segment);
    }
    assert_true(found > 10);
    free(text);
    table_destroy(table);
    ct_io_memory_destroy(io);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_byte_is_found),
        cmocka_unit_test(flipped_byte_is_found_where_it_is_read),
        cmocka_unit_test(every_truncation_is_found_at_open),
        cmocka_unit_test(appended_bytes_are_found_at_open),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(manifest_knows_its_segment),
        cmocka_unit_test(resealed_damage_is_read_safely),
        cmocka_unit_test(resealed_change_of_values_is_found_by_deep_verify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
