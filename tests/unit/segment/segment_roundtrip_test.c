/* What is written comes back: values, gaps, statistics, series, tags, cuts. */
#include "segment_fixture.h"

static void round_trip(const uint32_t *series_rows, uint32_t series_count,
                       const struct column_plan *plans, uint32_t column_count, uint32_t tag_count,
                       enum ct_effort effort, uint32_t call_rows, uint64_t seed)
{
    struct ct_allocator_counting counting;
    ct_allocator_counting_init(&counting, ct_allocator_system(), 0);
    struct ct_io *io = memory_create(&counting.base);
    struct table *table =
        table_create(series_rows, series_count, plans, column_count, tag_count, seed);
    struct ct_segment_info info;
    struct ct_segment *segment;
    struct ct_error err;
    if (write_segment(io, table, effort, call_rows, &info, &err) != CT_OK)
        fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
    if (ct_segment_open(io, SEGMENT_PATH, &info, &segment, &err) != CT_OK)
        fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
    check_segment(segment, table);
    if (ct_segment_verify(segment, true, &err) != CT_OK)
        fail_msg("seed %llu: %s", (unsigned long long)seed, err.text);
    ct_segment_close(segment);
    table_destroy(table);
    ct_io_memory_destroy(io);
    assert_int_equal(counting.live_blocks, 0);
}

static const struct column_plan ALL_TYPES[] = {
    {2, CT_FLOAT64, SHAPE_WALK, 0},      {3, CT_FLOAT64, SHAPE_WILD, 30},
    {4, CT_INT64, SHAPE_WALK, 0},        {6, CT_INT64, SHAPE_WILD, 5},
    {7, CT_UINT64, SHAPE_WILD, 0},       {8, CT_BOOL, SHAPE_WILD, 50},
    {9, CT_STRING, SHAPE_WALK, 0},       {10, CT_STRING, SHAPE_WILD, 90},
    {11, CT_DECIMAL, SHAPE_WALK, 0},     {12, CT_DECIMAL, SHAPE_PRICED, 0},
    {20, CT_DECIMAL, SHAPE_WILD, 10},    {21, CT_DECIMAL, SHAPE_CONSTANT, 1},
    {22, CT_DECIMAL, SHAPE_WIDE, 10},    {30, CT_DECIMAL, SHAPE_RAGGED, 10},
    {31, CT_INT64, SHAPE_CONSTANT, 100}, {32, CT_DECIMAL, SHAPE_WALK, 100},
    {33, CT_STRING, SHAPE_WALK, 100},    {70000, CT_UINT64, SHAPE_CONSTANT, 99},
};

static void every_type_comes_back(void **state)
{
    (void)state;
    const uint32_t rows[] = {1, 600, 3, 511, 512, 513, 1024, 1025, 2, 2560, 5000, 40, 40, 40};
    round_trip(rows, CT_COUNT_OF(rows), ALL_TYPES, CT_COUNT_OF(ALL_TYPES), 3, CT_EFFORT_SMALL, 700,
               1);
    round_trip(rows, CT_COUNT_OF(rows), ALL_TYPES, CT_COUNT_OF(ALL_TYPES), 0, CT_EFFORT_FAST,
               100000, 2);
}

static void one_row_is_a_segment(void **state)
{
    (void)state;
    const uint32_t rows[] = {1};
    for (uint64_t seed = 0; seed < 20; seed++)
        round_trip(rows, 1, ALL_TYPES, CT_COUNT_OF(ALL_TYPES), 1, CT_EFFORT_SMALL, 1, seed);
}

static void random_tables_come_back(void **state)
{
    (void)state;
    uint64_t random = 77;
    for (uint64_t seed = 100; seed < 130; seed++) {
        uint32_t rows[40];
        struct column_plan plans[8];
        const uint32_t series_count = 1 + random_below(&random, CT_COUNT_OF(rows));
        const uint32_t column_count = 1 + random_below(&random, CT_COUNT_OF(plans));
        for (uint32_t s = 0; s < series_count; s++)
            rows[s] = 1 + random_below(&random, random_below(&random, 4) ? 30 : 3000);
        for (uint32_t c = 0; c < column_count; c++) {
            plans[c] = ALL_TYPES[random_below(&random, CT_COUNT_OF(ALL_TYPES))];
            plans[c].field = c;
            if (plans[c].shape == SHAPE_PRICED)
                plans[c].shape = SHAPE_WALK;
        }
        round_trip(rows, series_count, plans, column_count, random_below(&random, 4),
                   random_below(&random, 2) ? CT_EFFORT_SMALL : CT_EFFORT_FAST,
                   1 + random_below(&random, 2000), seed);
    }
}

static void many_groups_and_slices_come_back(void **state)
{
    (void)state;
    enum { SERIES = 5000 };
    uint32_t *rows = array_of(SERIES, sizeof *rows);
    const struct column_plan plans[] = {{0, CT_DECIMAL, SHAPE_WALK, 0},
                                        {1, CT_DECIMAL, SHAPE_PRICED, 0},
                                        {2, CT_INT64, SHAPE_WALK, 40}};
    for (uint32_t s = 0; s < SERIES; s++)
        rows[s] = s % 50 == 0 ? 550 : 1 + s % 30;
    round_trip(rows, SERIES, plans, CT_COUNT_OF(plans), 5, CT_EFFORT_FAST, 64, 9);
    free(rows);
}

/* A column whose values begin only in a later group has an empty directory before. */
static void column_absent_from_a_whole_group_comes_back(void **state)
{
    (void)state;
    enum { SERIES = 70 };
    uint32_t rows[SERIES];
    const struct column_plan plans[] = {{0, CT_INT64, SHAPE_WALK, 0},
                                        {1, CT_DECIMAL, SHAPE_WALK, 50},
                                        {2, CT_STRING, SHAPE_WILD, 50}};
    for (uint32_t s = 0; s < SERIES; s++)
        rows[s] = 600;
    struct ct_io *io = memory_create(ct_allocator_system());
    struct table *table = table_create(rows, SERIES, plans, CT_COUNT_OF(plans), 0, 4);
    for (uint32_t row = 0; row < 66 * 600; row++)
        table->columns[1].present[row] = table->columns[2].present[row] = 0;
    struct ct_segment_info info;
    struct ct_segment *segment;
    assert_int_equal(write_segment(io, table, CT_EFFORT_FAST, 600, &info, NULL), CT_OK);
    assert_int_equal(ct_segment_open(io, SEGMENT_PATH, &info, &segment, NULL), CT_OK);
    check_segment(segment, table);
    assert_int_equal(ct_segment_verify(segment, true, NULL), CT_OK);
    ct_segment_close(segment);
    table_destroy(table);
    ct_io_memory_destroy(io);
}

/* -- Cuts ------------------------------------------------------------------------------------- */

static void long_series_have_blocks_of_their_own(void **state)
{
    (void)state;
    const uint32_t rows[] = {100, 400, 511, 512, 5, 1024, 744, 2560, 10000, 511, 511, 511};
    const struct column_plan plans[] = {{0, CT_INT64, SHAPE_WALK, 0}};
    struct ct_io *io = memory_create(ct_allocator_system());
    for (uint32_t call_rows = 1; call_rows <= 20000; call_rows = call_rows * 7 + 3) {
        struct table *table = table_create(rows, CT_COUNT_OF(rows), plans, 1, 0, call_rows);
        struct ct_segment_info info;
        struct ct_segment *segment;
        struct ct_segment_blocks blocks;
        assert_int_equal(write_segment(io, table, CT_EFFORT_FAST, call_rows, &info, NULL), CT_OK);
        assert_int_equal(ct_segment_open(io, SEGMENT_PATH, &info, &segment, NULL), CT_OK);
        assert_int_equal(ct_segment_blocks_of(segment, &blocks, NULL), CT_OK);
        uint32_t s = 0;
        for (uint32_t b = 0; b < blocks.count; b++) {
            const uint32_t from = blocks.first_row[b], end = blocks.first_row[b + 1];
            while (table->first_row[s + 1] <= from)
                s++;
            const uint32_t series_rows = table->first_row[s + 1] - table->first_row[s];
            if (series_rows >= CT_SEGMENT_ALONE_ROWS) {
                assert_true(end <= table->first_row[s + 1]);
                assert_in_range(end - from, 512, 1536);
            } else {
                assert_true(end - from <= CT_SEGMENT_BLOCK_ROWS);
                for (uint32_t next = s; table->first_row[next] < end; next++)
                    assert_true(table->first_row[next + 1] - table->first_row[next] <
                                CT_SEGMENT_ALONE_ROWS);
            }
        }
        ct_segment_close(segment);
        table_destroy(table);
    }
    ct_io_memory_destroy(io);
}

static void long_strings_keep_blocks_small(void **state)
{
    (void)state;
    enum { ROWS = 300, BYTES = 100000 };
    const uint32_t rows[] = {5, ROWS, 3, 3};
    const struct column_plan plans[] = {{0, CT_STRING, SHAPE_WALK, 0},
                                        {1, CT_INT64, SHAPE_WALK, 0}};
    struct ct_allocator_counting counting;
    ct_allocator_counting_init(&counting, ct_allocator_system(), 0);
    struct ct_io *io = memory_create(&counting.base);
    struct table *table = table_create(rows, CT_COUNT_OF(rows), plans, CT_COUNT_OF(plans), 1, 8);
    char *text = array_of(BYTES + ROWS, 1);
    uint64_t random = 3;
    for (uint32_t i = 0; i < BYTES + ROWS; i++)
        text[i] = (char)next_random(&random);
    for (uint32_t row = 5; row < 5 + ROWS; row++)
        table->columns[0].string[row] = (struct ct_text){.bytes = text + row - 5, .len = BYTES};
    struct ct_segment_info info;
    struct ct_segment *segment;
    assert_int_equal(write_segment(io, table, CT_EFFORT_FAST, 1000, &info, NULL), CT_OK);
    assert_true(info.block_count > ROWS * (size_t)BYTES / ((size_t)4 << 20));
    assert_int_equal(ct_segment_open(io, SEGMENT_PATH, &info, &segment, NULL), CT_OK);
    check_segment(segment, table);
    ct_segment_close(segment);
    free(text);
    table_destroy(table);
    ct_io_memory_destroy(io);
    assert_int_equal(counting.live_blocks, 0);
}

/* -- Looking inside --------------------------------------------------------------------------- */

static void usage_adds_up_to_the_file(void **state)
{
    (void)state;
    const uint32_t rows[] = {3, 700, 20, 5000};
    struct ct_io *io = memory_create(ct_allocator_system());
    struct table *table =
        table_create(rows, CT_COUNT_OF(rows), ALL_TYPES, CT_COUNT_OF(ALL_TYPES), 2, 5);
    struct ct_segment_info info;
    struct ct_segment *segment;
    struct ct_segment_usage usage[200];
    size_t count, count_again;
    uint64_t directory_bytes, bytes = 0, blocks[CT_COUNT_OF(ALL_TYPES)] = {0}, time_blocks = 0;
    assert_int_equal(write_segment(io, table, CT_EFFORT_FAST, 1000, &info, NULL), CT_OK);
    assert_int_equal(ct_segment_open(io, SEGMENT_PATH, &info, &segment, NULL), CT_OK);
    assert_int_equal(
        ct_segment_usage_of(segment, usage, CT_COUNT_OF(usage), &count, &directory_bytes, NULL),
        CT_OK);
    assert_in_range(count, CT_COUNT_OF(ALL_TYPES) + 1, CT_COUNT_OF(usage));
    for (size_t i = 0; i < count; i++) {
        bytes += usage[i].bytes;
        assert_string_not_equal(usage[i].codec, "?");
        if (usage[i].column == UINT32_MAX)
            time_blocks += usage[i].blocks;
        else
            blocks[usage[i].column] += usage[i].blocks;
    }
    assert_int_equal(bytes + directory_bytes, info.file_bytes);
    assert_int_equal(time_blocks, info.block_count);
    for (size_t c = 0; c < CT_COUNT_OF(blocks); c++)
        assert_int_equal(blocks[c], info.block_count);
    assert_int_equal(ct_segment_usage_of(segment, usage, 1, &count_again, &directory_bytes, NULL),
                     CT_OK);
    assert_int_equal(count_again, count);
    ct_segment_close(segment);
    table_destroy(table);
    ct_io_memory_destroy(io);
}

static void priced_column_is_stored_as_derived(void **state)
{
    (void)state;
    const uint32_t rows[] = {2000};
    const struct column_plan plans[] = {{0, CT_DECIMAL, SHAPE_WALK, 0},
                                        {1, CT_DECIMAL, SHAPE_PRICED, 0}};
    struct ct_io *io = memory_create(ct_allocator_system());
    struct table *table = table_create(rows, 1, plans, 2, 0, 5);
    struct ct_segment_info info;
    struct ct_segment *segment;
    struct ct_segment_usage usage[20];
    size_t count;
    uint64_t directory_bytes, bytes[2] = {0};
    assert_int_equal(write_segment(io, table, CT_EFFORT_SMALL, 2000, &info, NULL), CT_OK);
    assert_int_equal(ct_segment_open(io, SEGMENT_PATH, &info, &segment, NULL), CT_OK);
    assert_int_equal(
        ct_segment_usage_of(segment, usage, CT_COUNT_OF(usage), &count, &directory_bytes, NULL),
        CT_OK);
    for (size_t i = 0; i < count; i++)
        if (usage[i].column < 2)
            bytes[usage[i].column] += usage[i].bytes;
    assert_true(bytes[1] * 10 < bytes[0] || bytes[0] * 10 < bytes[1]);
    check_segment(segment, table);
    ct_segment_close(segment);
    table_destroy(table);
    ct_io_memory_destroy(io);
}

/* What was handed out stays while another column is read that is computed from it. */
static void vector_survives_reads_of_other_columns(void **state)
{
    (void)state;
    const uint32_t rows[] = {4000};
    const struct column_plan plans[] = {{0, CT_DECIMAL, SHAPE_WALK, 0},
                                        {1, CT_DECIMAL, SHAPE_PRICED, 0}};
    struct ct_io *io = memory_create(ct_allocator_system());
    struct table *table = table_create(rows, 1, plans, 2, 0, 6);
    struct ct_segment_info info;
    struct ct_segment *segment;
    struct ct_segment_reader *reader;
    struct ct_segment_blocks blocks;
    struct ct_vector held, other;
    assert_int_equal(write_segment(io, table, CT_EFFORT_SMALL, 4000, &info, NULL), CT_OK);
    assert_int_equal(ct_segment_open(io, SEGMENT_PATH, &info, &segment, NULL), CT_OK);
    assert_int_equal(ct_segment_blocks_of(segment, &blocks, NULL), CT_OK);
    assert_int_equal(ct_segment_reader_create(segment, NULL, &reader, NULL), CT_OK);
    assert_true(blocks.count >= 3);
    for (uint32_t column = 0; column < 2; column++)
        for (uint32_t block = 0; block < 3; block++) {
            assert_int_equal(ct_segment_read_column(reader, column, block, &held, NULL), CT_OK);
            for (uint32_t next = 0; next < 3; next++) {
                assert_int_equal(ct_segment_read_column(reader, 1 - column, next, &other, NULL),
                                 CT_OK);
                for (uint32_t i = 0; i < held.count; i++)
                    assert_true(is_value_equal(&table->columns[column], blocks.first_row[block] + i,
                                               &held, i));
                for (uint32_t i = 0; i < other.count; i++)
                    assert_true(is_value_equal(&table->columns[1 - column],
                                               blocks.first_row[next] + i, &other, i));
            }
        }
    ct_segment_reader_destroy(reader);
    ct_segment_close(segment);
    table_destroy(table);
    ct_io_memory_destroy(io);
}

/* -- Calls in the wrong order or with wrong content ------------------------------------------- */

static struct ct_segment_writer *open_writer(struct ct_io *io,
                                             const struct ct_segment_column *column)
{
    const struct ct_segment_plan plan = {.columns = column, .column_count = 1, .tag_count = 1};
    struct ct_segment_writer *writer;
    assert_int_equal(ct_segment_writer_create(io, FOLDER, SEGMENT_NAME, &plan, &writer, NULL),
                     CT_OK);
    return writer;
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    struct ct_io *io = memory_create(ct_allocator_system());
    const struct ct_segment_column column = {.field = 1, .type = CT_INT64};
    const int64_t times_ns[] = {5, 6, 7}, falling[] = {5, 4, 3}, values[] = {1, 2, 3};
    const uint32_t code = 9;
    struct ct_vector vector = {.type = CT_INT64, .count = 3, .int64 = values};
    struct ct_segment_info info;
    struct ct_segment_writer *writer = open_writer(io, &column);
    assert_int_equal(ct_segment_writer_rows(writer, 3, times_ns, &vector, NULL), CT_INVALID);
    assert_int_equal(ct_segment_writer_series(writer, 4, &code, NULL), CT_OK);
    assert_int_equal(ct_segment_writer_series(writer, 4, &code, NULL), CT_INVALID);
    assert_int_equal(ct_segment_writer_rows(writer, 3, falling, &vector, NULL), CT_INVALID);
    assert_int_equal(ct_segment_writer_rows(writer, 2, times_ns, &vector, NULL), CT_INVALID);
    vector.type = CT_DECIMAL;
    assert_int_equal(ct_segment_writer_rows(writer, 3, times_ns, &vector, NULL), CT_INVALID);
    vector.type = CT_INT64;
    assert_int_equal(ct_segment_writer_rows(writer, 3, times_ns, &vector, NULL), CT_OK);
    assert_int_equal(ct_segment_writer_rows(writer, 3, times_ns, &vector, NULL), CT_INVALID);
    assert_int_equal(ct_segment_writer_finish(writer, &info, NULL), CT_OK);
    assert_int_equal(info.row_count, 3);
    assert_int_equal(info.series_count, 1);
    assert_int_equal(info.min_time_ns, 5);
    assert_int_equal(info.max_time_ns, 7);

    writer = open_writer(io, &column);
    assert_int_equal(ct_segment_writer_finish(writer, &info, NULL), CT_INVALID);
    ct_io_memory_destroy(io);
}

static bool is_there(struct ct_io *io, const char *path)
{
    struct ct_file *file;
    const ct_status status = io->calls->open(io, path, &file, NULL);
    if (status == CT_OK)
        io->calls->close(file);
    return status == CT_OK;
}

static void nothing_has_the_name_before_finish(void **state)
{
    (void)state;
    struct ct_io *io = memory_create(ct_allocator_system());
    const struct ct_segment_column column = {.field = 1, .type = CT_INT64};
    struct ct_segment_writer *writer = open_writer(io, &column);
    assert_true(is_there(io, SEGMENT_PATH ".tmp"));
    assert_false(is_there(io, SEGMENT_PATH));
    ct_segment_writer_abandon(writer);
    assert_false(is_there(io, SEGMENT_PATH ".tmp"));
    assert_false(is_there(io, SEGMENT_PATH));
    ct_segment_writer_abandon(NULL);
    ct_io_memory_destroy(io);
}

static void temporary_file_of_a_crash_is_replaced(void **state)
{
    (void)state;
    struct ct_io *io = memory_create(ct_allocator_system());
    const struct ct_segment_column column = {.field = 1, .type = CT_INT64};
    const struct ct_text left_over = ct_text_of("left over");
    assert_int_equal(ct_replace_file(io, FOLDER, SEGMENT_NAME ".tmp", left_over, NULL), CT_OK);
    struct ct_segment_writer *writer = open_writer(io, &column);
    ct_segment_writer_abandon(writer);
    assert_false(is_there(io, SEGMENT_PATH ".tmp"));
    ct_io_memory_destroy(io);
}

static void columns_are_found_by_field(void **state)
{
    (void)state;
    const uint32_t rows[] = {2};
    struct ct_io *io = memory_create(ct_allocator_system());
    struct table *table = table_create(rows, 1, ALL_TYPES, CT_COUNT_OF(ALL_TYPES), 0, 5);
    struct ct_segment_info info;
    struct ct_segment *segment;
    assert_int_equal(write_segment(io, table, CT_EFFORT_FAST, 2, &info, NULL), CT_OK);
    assert_int_equal(ct_segment_open(io, SEGMENT_PATH, NULL, &segment, NULL), CT_OK);
    for (size_t c = 0; c < CT_COUNT_OF(ALL_TYPES); c++) {
        assert_int_equal(ct_segment_find_column(segment, ALL_TYPES[c].field), c);
        assert_int_equal(ct_segment_columns(segment)[c].field, ALL_TYPES[c].field);
        assert_int_equal(ct_segment_columns(segment)[c].type, ALL_TYPES[c].type);
    }
    assert_int_equal(ct_segment_find_column(segment, 0), -1);
    assert_int_equal(ct_segment_find_column(segment, 5), -1);
    assert_int_equal(ct_segment_find_column(segment, UINT32_MAX), -1);
    ct_segment_close(segment);
    table_destroy(table);
    ct_io_memory_destroy(io);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_comes_back),
        cmocka_unit_test(one_row_is_a_segment),
        cmocka_unit_test(random_tables_come_back),
        cmocka_unit_test(many_groups_and_slices_come_back),
        cmocka_unit_test(column_absent_from_a_whole_group_comes_back),
        cmocka_unit_test(long_series_have_blocks_of_their_own),
        cmocka_unit_test(long_strings_keep_blocks_small),
        cmocka_unit_test(usage_adds_up_to_the_file),
        cmocka_unit_test(priced_column_is_stored_as_derived),
        cmocka_unit_test(vector_survives_reads_of_other_columns),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(nothing_has_the_name_before_finish),
        cmocka_unit_test(temporary_file_of_a_crash_is_replaced),
        cmocka_unit_test(columns_are_found_by_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
