/* One series with many rows, in parts that overlap: what reads or merges them holds a window of it
 * at a time, and finds every row once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "scan.h"
#include "state.h"

#define PATH        "/store"
#define TIME_NS     INT64_C(1780272000000000000)
#define ROWS        300000
#define COMMIT_ROWS 20000
#define MIB         ((size_t)1 << 20)

struct world {
    struct ct_allocator_counting memory; /* the store's, not its files' */
    struct ct_env env;
    struct ct_store *store;
};

static void world_init(struct world *world)
{
    const struct ct_store_options options = {.seed = 1, .history_days = -1};
    struct ct_error err = {0};
    ct_allocator_counting_init(&world->memory, ct_allocator_system(), 0);
    world->env = (struct ct_env){.allocator = &world->memory.base,
                                 .io = ct_io_memory_create(ct_allocator_system()),
                                 .clock = ct_clock_system()};
    if (ct_store_open(&world->env, PATH, &options, &world->store, &err) != CT_OK)
        fail_msg("open: %s", err.text);
}

static void world_deinit(struct world *world)
{
    assert_int_equal(ct_store_close(world->store, NULL), CT_OK);
    assert_int_equal(world->memory.live_blocks, 0);
    ct_io_memory_destroy(world->env.io);
}

static size_t begin_measure(struct world *world)
{
    const size_t live = atomic_load(&world->memory.live_bytes);
    atomic_store(&world->memory.peak_bytes, live);
    return live;
}

static size_t measured(struct world *world, size_t live_before)
{
    return atomic_load(&world->memory.peak_bytes) - live_before;
}

/* A row of time TIME_NS + n x period_ns, value n x factor, for each n in [0, ROWS) that `step`
 * divides. */
static void write_rows(struct world *world, int64_t period_ns, int step, int64_t factor)
{
    struct ct_intake *intake;
    const struct ct_tag tag = {ct_text_of("host"), ct_text_of("x")};
    assert_int_equal(ct_intake_create(ct_store_catalog(world->store), world->env.allocator,
                                      ct_text_of("default"), &intake, NULL),
                     CT_OK);
    for (int64_t n = 0; n < ROWS;) {
        uint32_t table;
        uint32_t series;
        struct ct_row_value value;
        assert_int_equal(ct_intake_table(intake, ct_text_of("gauge"), &table, NULL), CT_OK);
        assert_int_equal(ct_intake_series(intake, table, &tag, 1, &series, NULL), CT_OK);
        assert_int_equal(
            ct_intake_column(intake, table, ct_text_of("v"), CT_INT64, &value.column, NULL), CT_OK);
        for (int i = 0; i < COMMIT_ROWS && n < ROWS; i++, n += step) {
            value.int64 = n * factor;
            assert_int_equal(
                ct_intake_row(intake, table, series, TIME_NS + n * period_ns, &value, 1, NULL),
                CT_OK);
        }
        struct ct_commit_result result;
        assert_int_equal(ct_store_commit(world->store, intake, &result, NULL), CT_OK);
    }
    ct_intake_destroy(intake);
    assert_int_equal(ct_store_seal(world->store, NULL), CT_OK);
}

/* Two parts: all rows, and every third again with twice its value. */
static void write_twice(struct world *world, int64_t period_ns)
{
    write_rows(world, period_ns, 1, 1);
    write_rows(world, period_ns, 3, 2);
}

struct sums {
    uint64_t rows;
    int64_t values;
};

static void add_source(struct ct_source *source, struct sums *sums, int64_t *last_ns)
{
    const uint32_t field = 0;
    const struct ct_cursor_plan plan = {
        .fields = &field, .field_count = 1, .end_unit = ct_source_unit_count(source)};
    struct ct_cursor *cursor;
    bool found = true;
    assert_int_equal(ct_cursor_open(source, &plan, &cursor, NULL), CT_OK);
    while (found) {
        struct ct_block block;
        struct ct_vector vector;
        const int64_t *times_ns;
        assert_int_equal(ct_cursor_next(cursor, &block, &found, NULL), CT_OK);
        if (!found)
            break;
        assert_int_equal(ct_cursor_column(cursor, 0, &vector, NULL), CT_OK);
        assert_int_equal(ct_cursor_times(cursor, &times_ns, NULL), CT_OK);
        sums->rows += block.row_count;
        for (uint32_t i = 0; i < block.row_count; i++) {
            assert_true(times_ns[i] > *last_ns);
            *last_ns = times_ns[i];
            sums->values += vector.int64[i];
        }
    }
    ct_cursor_close(cursor);
}

static struct sums read_all(struct world *world)
{
    struct ct_snapshot *snapshot;
    struct ct_scan *scan;
    struct sums sums = {0};
    int64_t last_ns = INT64_MIN;
    const uint32_t table =
        ct_catalog_find_table(ct_store_catalog(world->store), 0, ct_text_of("gauge"));
    assert_int_equal(ct_snapshot_take(world->store, &snapshot, NULL), CT_OK);
    assert_int_equal(ct_scan_open(snapshot, table, INT64_MIN, INT64_MAX, &scan, NULL), CT_OK);
    for (uint32_t i = 0; i < ct_scan_source_count(scan); i++)
        add_source(ct_scan_source(scan, i), &sums, &last_ns);
    ct_scan_close(scan);
    ct_snapshot_release(snapshot);
    return sums;
}

/* n, and twice n where 3 divides it, for n below ROWS. */
static int64_t expected_values(void)
{
    int64_t values = 0;
    for (int64_t n = 0; n < ROWS; n++)
        values += n % 3 == 0 ? 2 * n : n;
    return values;
}

static void expect_all(struct world *world)
{
    const struct sums sums = read_all(world);
    assert_int_equal(sums.rows, ROWS);
    assert_int_equal(sums.values, expected_values());
}

static void rows_that_stand_in_several_parts_are_read_in_little_memory(void **state)
{
    struct world world;
    (void)state;
    world_init(&world);
    write_twice(&world, 1000);
    const size_t live = begin_measure(&world);
    expect_all(&world);
    const size_t bytes = measured(&world, live);
    printf("read %d rows out of two parts in %zu bytes\n", ROWS, bytes);
    assert_true(bytes < 4 * MIB); /* all rows: some 40 MiB */
    world_deinit(&world);
}

static void parts_are_merged_in_little_memory(void **state)
{
    struct world world;
    (void)state;
    world_init(&world);
    write_twice(&world, 1000);
    const size_t live = begin_measure(&world);
    assert_int_equal(ct_store_merge_all(world.store, NULL), CT_OK);
    const size_t bytes = measured(&world, live);
    printf("merged %d rows of two parts in %zu bytes\n", ROWS, bytes);
    assert_true(bytes < 4 * MIB);
    expect_all(&world);
    world_deinit(&world);
}

/* A window cannot be cut within one instant: such rows come together, and are all found. */
static void rows_of_one_time_come_together(void **state)
{
    struct world world;
    (void)state;
    world_init(&world);
    write_twice(&world, 0); /* each overwrites the one before */
    const struct sums sums = read_all(&world);
    assert_int_equal(sums.rows, 1);
    assert_int_equal(sums.values, 2 * (ROWS - 3));
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_stand_in_several_parts_are_read_in_little_memory),
        cmocka_unit_test(parts_are_merged_in_little_memory),
        cmocka_unit_test(rows_of_one_time_come_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
