/* Rows that come while segments are merged need not wait for the merge's end: it is left for their
 * seal, or for the sync that is due, and goes on after it. The file system tells when a merge has
 * begun, and writes the rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "scan.h"
#include "state.h"

#define PATH       "/store"
#define TIME_NS    INT64_C(1780272000000000000)
#define SERIES     4
#define BATCH_ROWS 4000 /* about 100 KB: three are more than may be live */
#define FROZEN     3
#define INPUTS     4
#define TICK_NS    INT64_C(1000000000)

struct world {
    struct ct_io_calls calls;        /* the memory's, but for `create` */
    const struct ct_io_calls *inner; /* the memory's */
    struct ct_clock clock;
    struct ct_env env;
    struct ct_store *store;
    int batches; /* written so far: each has times of its own */
    enum ct_durability durability;
    int64_t clock_ns;  /* a second later each time that it is asked for */
    int midst_batches; /* to be written when the next segment file is made: that of a merge */
    struct ct_store_state midst; /* after that */
};

static struct world *world_of_create; /* the door's calls have no other way to find it */

/* Row i has the value i and the series i % SERIES. */
static void write_batch(struct world *world)
{
    struct ct_intake *intake;
    uint32_t table;
    struct ct_row_value value;
    struct ct_commit_result result;
    assert_int_equal(ct_intake_create(ct_store_catalog(world->store), world->env.allocator,
                                      ct_text_of("default"), &intake, NULL),
                     CT_OK);
    assert_int_equal(ct_intake_table(intake, ct_text_of("gauge"), &table, NULL), CT_OK);
    assert_int_equal(
        ct_intake_column(intake, table, ct_text_of("v"), CT_INT64, &value.column, NULL), CT_OK);
    for (int i = 0; i < BATCH_ROWS; i++) {
        char host[16];
        uint32_t series;
        snprintf(host, sizeof host, "h%d", i % SERIES);
        const struct ct_tag tag = {ct_text_of("host"), ct_text_of(host)};
        assert_int_equal(ct_intake_series(intake, table, &tag, 1, &series, NULL), CT_OK);
        value.int64 = i;
        assert_int_equal(ct_intake_row(intake, table, series,
                                       TIME_NS + (int64_t)world->batches * BATCH_ROWS + i, &value,
                                       1, NULL),
                         CT_OK);
    }
    assert_int_equal(ct_store_commit(world->store, intake, &result, NULL), CT_OK);
    ct_intake_destroy(intake);
    world->batches++;
}

static ct_status create_and_write(struct ct_io *io, const char *path, struct ct_file **out,
                                  struct ct_error *err)
{
    struct world *world = world_of_create;
    const ct_status status = world->inner->create(io, path, out, err);
    if (!strstr(path, "/seg/") || world->midst_batches == 0)
        return status;
    for (; world->midst_batches > 0; world->midst_batches--)
        write_batch(world);
    ct_store_state_of(world->store, &world->midst);
    return status;
}

static int64_t next_ns(void *context)
{
    struct world *world = context;
    return world->clock_ns += TICK_NS;
}

static void world_open(struct world *world)
{
    const struct ct_store_options options = {
        .seed = 1, .memory_bytes = (size_t)1 << 20, .durability = world->durability};
    struct ct_error err = {0};
    if (ct_store_open(&world->env, PATH, &options, &world->store, &err) != CT_OK)
        fail_msg("open: %s", err.text);
}

static void world_init(struct world *world, enum ct_durability durability)
{
    memset(world, 0, sizeof *world);
    world->durability = durability;
    world->clock_ns = TIME_NS;
    world->clock = (struct ct_clock){world, next_ns, next_ns};
    world->env = (struct ct_env){.allocator = ct_allocator_system(),
                                 .io = ct_io_memory_create(ct_allocator_system()),
                                 .clock = &world->clock};
    world->inner = world->env.io->calls;
    world->calls = *world->inner;
    world->calls.create = create_and_write;
    world->env.io->calls = &world->calls;
    world_of_create = world;
    world_open(world);
}

static void world_deinit(struct world *world)
{
    assert_int_equal(ct_store_close(world->store, NULL), CT_OK);
    world->env.io->calls = world->inner;
    ct_io_memory_destroy(world->env.io);
}

struct sums {
    uint64_t rows;
    int64_t values;
};

static void add_source(struct ct_source *source, struct sums *sums)
{
    const uint32_t field = 0;
    const struct ct_cursor_plan plan = {
        .fields = &field, .field_count = 1, .end_unit = ct_source_unit_count(source)};
    struct ct_cursor *cursor;
    assert_int_equal(ct_cursor_open(source, &plan, &cursor, NULL), CT_OK);
    for (;;) {
        struct ct_block block;
        struct ct_vector vector;
        bool found;
        assert_int_equal(ct_cursor_next(cursor, &block, &found, NULL), CT_OK);
        if (!found)
            break;
        assert_int_equal(ct_cursor_column(cursor, 0, &vector, NULL), CT_OK);
        sums->rows += block.row_count;
        for (uint32_t i = 0; i < block.row_count; i++)
            sums->values += vector.int64[i];
    }
    ct_cursor_close(cursor);
}

/* Every batch is there, once. */
static void expect_all(struct world *world)
{
    struct ct_snapshot *snapshot;
    struct sums sums = {0};
    struct ct_scan *scan;
    assert_int_equal(ct_snapshot_take(world->store, &snapshot, NULL), CT_OK);
    assert_int_equal(ct_scan_open(snapshot, 0, INT64_MIN, INT64_MAX, &scan, NULL), CT_OK);
    for (uint32_t i = 0; i < ct_scan_source_count(scan); i++)
        add_source(ct_scan_source(scan, i), &sums);
    ct_scan_close(scan);
    ct_snapshot_release(snapshot);
    assert_int_equal(sums.rows, (uint64_t)world->batches * BATCH_ROWS);
    assert_int_equal(sums.values, (int64_t)world->batches * BATCH_ROWS * (BATCH_ROWS - 1) / 2);
}

static void write_inputs(struct world *world)
{
    for (int i = 0; i < INPUTS; i++) {
        write_batch(world);
        assert_int_equal(ct_store_seal(world->store, NULL), CT_OK);
    }
}

static struct ct_store_state state_of(struct world *world)
{
    struct ct_store_state state;
    ct_store_state_of(world->store, &state);
    return state;
}

/* The four inputs become one while so many batches come. */
static struct ct_store_state merge(struct world *world, int midst_batches)
{
    bool did_work;
    world->midst_batches = midst_batches;
    assert_int_equal(ct_store_merge_one(world->store, &did_work, NULL), CT_OK);
    assert_true(did_work);
    assert_int_equal(world->midst_batches, 0);
    assert_int_equal(world->midst.merges, 0);
    assert_int_equal(state_of(world).merges, 1);
    return state_of(world);
}

static void rows_that_came_meanwhile_are_sealed(void **unused)
{
    (void)unused;
    struct world world;
    world_init(&world, CT_DURABILITY_SYNC);
    write_inputs(&world);
    const struct ct_store_state state = merge(&world, FROZEN);
    assert_int_equal(state.seals, world.midst.seals + 1);
    assert_int_equal(state.segment_count, 2);
    assert_true(state.live_rows < FROZEN * BATCH_ROWS);
    expect_all(&world);
    assert_int_equal(ct_store_close(world.store, NULL), CT_OK);
    world_open(&world);
    expect_all(&world);
    world_deinit(&world);
}

static void rows_that_came_meanwhile_are_synced(void **unused)
{
    (void)unused;
    struct world world;
    world_init(&world, CT_DURABILITY_INTERVAL);
    write_inputs(&world);
    const struct ct_store_state state = merge(&world, 1);
    assert_int_equal(state.seals, world.midst.seals);
    assert_true(state.log_syncs > world.midst.log_syncs);
    expect_all(&world);
    world_deinit(&world);
}

static void a_compaction_gives_way_too(void **unused)
{
    (void)unused;
    struct world world;
    world_init(&world, CT_DURABILITY_SYNC);
    write_inputs(&world);
    world.midst_batches = FROZEN;
    assert_int_equal(ct_store_compact(world.store, NULL), CT_OK);
    assert_int_equal(world.midst_batches, 0);
    assert_int_equal(state_of(&world).seals, world.midst.seals + 1);
    expect_all(&world);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_came_meanwhile_are_sealed),
        cmocka_unit_test(rows_that_came_meanwhile_are_synced),
        cmocka_unit_test(a_compaction_gives_way_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
