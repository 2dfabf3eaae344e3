/* Lags of commits against the series before: what a segment keeps reads back as what was written,
 * wherever series and blocks begin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "commit_column.h"
#include "sim_random.h"

#define SERIES   150
#define ROWS_MAX 3000
#define NAME     "1.seg"

struct rows {
    int64_t commits[SERIES * 40 + 4 * ROWS_MAX];
    uint32_t count;
};

/* Regular times, some of them doubled or left out; commits that follow time, but for late rows. */
static uint32_t make_series(struct sim_random *random, uint32_t count, int64_t *times_ns,
                            int64_t *commits)
{
    int64_t time_ns = 1000 + (int64_t)sim_random_below(random, 20);
    for (uint32_t i = 0; i < count; i++) {
        time_ns += sim_random_chance(random, 20) ? 0 : 10 + 10 * sim_random_chance(random, 9);
        times_ns[i] = time_ns;
        commits[i] = 1 + time_ns / 70 + (int64_t)sim_random_chance(random, 8);
        if (sim_random_chance(random, 50))
            commits[i] = (int64_t)(sim_random_next(random) >> 2);
    }
    return count;
}

static void write_segment(struct ct_io *io, struct sim_random *random, uint32_t field,
                          struct rows *rows)
{
    const struct ct_segment_column column = {.field = field, .type = CT_INT64};
    const struct ct_segment_plan plan = {
        .columns = &column, .column_count = 1, .min_commit = 1, .max_commit = INT64_MAX};
    struct ct_segment_writer *writer;
    struct ct_commit_writer commits = {0};
    struct ct_error err;
    static int64_t times_ns[ROWS_MAX];
    assert_int_equal(ct_segment_writer_create(io, "/seg", NAME, &plan, &writer, &err), CT_OK);
    for (uint32_t series = 0; series < SERIES; series++) {
        const bool is_long = series % 50 == 17 || series == 64;
        const uint32_t count =
            make_series(random, 1 + (uint32_t)sim_random_below(random, is_long ? ROWS_MAX - 1 : 39),
                        times_ns, rows->commits + rows->count);
        assert_int_equal(ct_segment_writer_series(writer, series, NULL, &err), CT_OK);
        if (field == CT_FIELD_LAG)
            ct_commit_writer_series(&commits);
        for (uint32_t first = 0, piece; first < count; first += piece) {
            piece = 1 + (uint32_t)sim_random_below(random, count - first);
            const int64_t *values = rows->commits + rows->count + first;
            struct ct_vector vector = {.type = CT_INT64, .count = piece, .int64 = values};
            if (field == CT_FIELD_LAG)
                assert_int_equal(ct_commit_writer_add(&commits, ct_allocator_system(),
                                                      times_ns + first, values, piece, &vector),
                                 CT_OK);
            assert_int_equal(ct_segment_writer_rows(writer, piece, times_ns + first, &vector, &err),
                             CT_OK);
        }
        rows->count += count;
    }
    struct ct_segment_info info;
    assert_int_equal(ct_segment_writer_finish(writer, &info, &err), CT_OK);
    ct_commit_writer_deinit(&commits, ct_allocator_system());
}

static void check_block(struct ct_commit_reader *reader, const struct ct_segment_blocks *blocks,
                        uint32_t block, const struct rows *rows)
{
    const int64_t *found;
    struct ct_error err = {0};
    const uint32_t first = blocks->first_row[block];
    const uint32_t count = blocks->first_row[block + 1] - first;
    if (ct_commit_reader_block(reader, block, &found, &err) != CT_OK)
        fail_msg("%s", err.text);
    assert_memory_equal(found, rows->commits + first, count * sizeof *found);
}

static void read_segment(struct ct_io *io, struct sim_random *random, const struct rows *rows)
{
    struct ct_segment *segment;
    struct ct_commit_reader *reader;
    struct ct_segment_blocks blocks;
    struct ct_error err;
    assert_int_equal(ct_segment_open(io, "/seg/" NAME, NULL, &segment, &err), CT_OK);
    assert_true(ct_segment_has_commits(segment));
    assert_int_equal(ct_segment_blocks_of(segment, &blocks, &err), CT_OK);
    assert_int_equal(ct_commit_reader_create(segment, ct_allocator_system(), NULL, &reader, &err),
                     CT_OK);
    for (uint32_t block = 0; block < blocks.count; block++)
        check_block(reader, &blocks, block, rows);
    for (uint32_t i = 0; i < blocks.count; i++)
        check_block(reader, &blocks, (uint32_t)sim_random_below(random, blocks.count), rows);
    ct_commit_reader_destroy(reader);
    ct_segment_close(segment);
}

static void round_trip(uint32_t field)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct sim_random random = sim_random_of(seed);
        struct rows *rows = calloc(1, sizeof *rows);
        assert_non_null(rows);
        struct ct_io *io = ct_io_memory_create(ct_allocator_system());
        assert_int_equal(io->calls->make_folder(io, "/seg", NULL), CT_OK);
        write_segment(io, &random, field, rows);
        read_segment(io, &random, rows);
        ct_io_memory_destroy(io);
        free(rows);
    }
}

static void lags_read_back_as_commits_in_any_order_of_blocks(void **state)
{
    (void)state;
    round_trip(CT_FIELD_LAG);
}

static void commits_of_history_are_read_as_they_are(void **state)
{
    (void)state;
    round_trip(CT_FIELD_COMMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lags_read_back_as_commits_in_any_order_of_blocks),
        cmocka_unit_test(commits_of_history_are_read_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
