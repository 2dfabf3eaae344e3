/* Many threads on one store: writers, a thread that seals and merges, readers of snapshots, and
 * readers that open the folder again and again as other processes do. Run under the thread
 * sanitizer too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>

#include "scan.h"

#define PATH          "/store"
#define WRITERS       3
#define BATCHES       60
#define BATCH_ROWS    50
#define SERIES        5
#define MEMORY_BYTES  ((size_t)128 << 10)
#define FIRST_TIME_NS INT64_C(1780272000000000000)

struct world {
    struct ct_env env;
    struct ct_store *store;
    atomic_int writers_left;
    atomic_int failures;
};

struct writer {
    struct world *world;
    int number;
};

static void expect(struct world *world, bool ok, const char *what, const struct ct_error *err)
{
    if (ok)
        return;
    fprintf(stderr, "%s: %s\n", what, err ? err->text : "");
    atomic_fetch_add(&world->failures, 1);
}

/* One row of one cent for each of the batch's moments. */
static ct_status fill(struct ct_intake *intake, int writer, int batch, struct ct_error *err)
{
    uint32_t table;
    CT_TRY(ct_intake_table(intake, ct_text_of("cost"), &table, err));
    for (int i = 0; i < BATCH_ROWS; i++) {
        char writer_text[16];
        char node_text[16];
        snprintf(writer_text, sizeof writer_text, "w%d", writer);
        snprintf(node_text, sizeof node_text, "n%d", i % SERIES);
        const struct ct_tag tags[2] = {{ct_text_of("node"), ct_text_of(node_text)},
                                       {ct_text_of("writer"), ct_text_of(writer_text)}};
        uint32_t series;
        struct ct_row_value value = {.narrow = 1, .scale = 2};
        CT_TRY(ct_intake_series(intake, table, tags, 2, &series, err));
        CT_TRY(ct_intake_column(intake, table, ct_text_of("cost_usd"), CT_DECIMAL, &value.column,
                                err));
        CT_TRY(ct_intake_row(intake, table, series,
                             FIRST_TIME_NS + (int64_t)(batch * BATCH_ROWS + i) * 1000000000, &value,
                             1, err));
    }
    return CT_OK;
}

static void *write_batches(void *context)
{
    struct writer *writer = context;
    struct world *world = writer->world;
    struct ct_intake *intake;
    struct ct_error err;
    expect(world,
           ct_intake_create(ct_store_catalog(world->store), world->env.allocator,
                            ct_text_of("default"), &intake, &err) == CT_OK,
           "intake", &err);
    for (int batch = 0; batch < BATCHES; batch++) {
        struct ct_commit_result result;
        ct_status status = CT_STALE;
        while (status == CT_STALE) { /* another writer defined the same table first: read again */
            status = fill(intake, writer->number, batch, &err);
            if (status == CT_OK)
                status = ct_store_commit(world->store, intake, &result, &err);
            if (status != CT_OK)
                ct_intake_reset(intake);
        }
        expect(world, status == CT_OK, "commit", &err);
    }
    ct_intake_destroy(intake);
    atomic_fetch_sub(&world->writers_left, 1);
    return NULL;
}

static void *maintain(void *context)
{
    struct world *world = context;
    struct ct_error err;
    ct_store_set_maintained(world->store, true);
    while (atomic_load(&world->writers_left) > 0) {
        bool did_work;
        expect(world, ct_store_step(world->store, &did_work, &err) == CT_OK, "step", &err);
        if (!did_work)
            ct_store_wait_for_work(world->store, 5);
    }
    ct_store_set_maintained(world->store, false);
    return NULL;
}

static uint64_t count_source(struct world *world, struct ct_source *source, uint32_t field)
{
    const struct ct_cursor_plan plan = {
        .fields = &field, .field_count = 1, .end_unit = ct_source_unit_count(source)};
    struct ct_cursor *cursor;
    struct ct_error err;
    uint64_t cents = 0;
    expect(world, ct_cursor_open(source, &plan, &cursor, &err) == CT_OK, "cursor", &err);
    for (bool found = true; found;) {
        struct ct_block block;
        expect(world, ct_cursor_next(cursor, &block, &found, &err) == CT_OK, "next", &err);
        if (!found)
            break;
        struct ct_vector vector;
        expect(world, ct_cursor_column(cursor, 0, &vector, &err) == CT_OK, "column", &err);
        for (uint32_t r = 0; r < block.run_count; r++)
            cents += block.runs[r].row_count;
    }
    ct_cursor_close(cursor);
    return cents;
}

/* Rows of table 0, or UINT64_MAX before there is one. */
static uint64_t count_rows(struct world *world, struct ct_store *store)
{
    if (ct_catalog_table_count(ct_store_catalog(store)) == 0 ||
        ct_catalog_field_count(ct_store_catalog(store), 0) == 0)
        return UINT64_MAX;
    struct ct_snapshot *snapshot;
    struct ct_scan *scan;
    struct ct_error err;
    uint64_t rows = 0;
    expect(world, ct_snapshot_take(store, &snapshot, &err) == CT_OK, "snapshot", &err);
    expect(world, ct_scan_open(snapshot, 0, INT64_MIN, INT64_MAX, &scan, &err) == CT_OK, "scan",
           &err);
    for (uint32_t i = 0; i < ct_scan_source_count(scan); i++)
        rows += count_source(world, ct_scan_source(scan, i), 0);
    ct_scan_close(scan);
    ct_snapshot_release(snapshot);
    return rows;
}

static void *read_snapshots(void *context)
{
    struct world *world = context;
    uint64_t last = 0;
    while (atomic_load(&world->writers_left) > 0) {
        const uint64_t rows = count_rows(world, world->store);
        if (rows == UINT64_MAX)
            continue;
        expect(world, rows % BATCH_ROWS == 0, "a snapshot with part of a commit", NULL);
        expect(world, rows >= last, "a snapshot older than the one before", NULL);
        last = rows;
    }
    return NULL;
}

static void *read_from_outside(void *context)
{
    struct world *world = context;
    const struct ct_store_options options = {.read_only = true, .seed = 7};
    uint64_t last = 0;
    while (atomic_load(&world->writers_left) > 0) {
        struct ct_store *store;
        struct ct_error err;
        if (ct_store_open(&world->env, PATH, &options, &store, &err) != CT_OK) {
            expect(world, false, "reader", &err);
            continue;
        }
        const uint64_t rows = count_rows(world, store);
        if (rows != UINT64_MAX) {
            expect(world, rows % BATCH_ROWS == 0, "a reader that sees part of a commit", NULL);
            expect(world, rows >= last, "a reader that sees less than before", NULL);
            last = rows;
        }
        expect(world, ct_store_close(store, &err) == CT_OK, "close", &err);
    }
    return NULL;
}

static void writers_readers_and_maintenance_agree(void **state)
{
    (void)state;
    struct world world = {0};
    world.env = (struct ct_env){.allocator = ct_allocator_system(),
                                .io = ct_io_memory_create(ct_allocator_system()),
                                .clock = ct_clock_system()};
    const struct ct_store_options options = {.memory_bytes = MEMORY_BYTES, .seed = 1};
    assert_int_equal(ct_store_open(&world.env, PATH, &options, &world.store, NULL), CT_OK);
    atomic_store(&world.writers_left, WRITERS);
    pthread_t threads[WRITERS + 3];
    struct writer writers[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.world = &world, .number = i};
        pthread_create(&threads[i], NULL, write_batches, &writers[i]);
    }
    pthread_create(&threads[WRITERS], NULL, maintain, &world);
    pthread_create(&threads[WRITERS + 1], NULL, read_snapshots, &world);
    pthread_create(&threads[WRITERS + 2], NULL, read_from_outside, &world);
    for (int i = 0; i < WRITERS + 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(world.failures, 0);
    assert_int_equal(count_rows(&world, world.store), WRITERS * BATCHES * BATCH_ROWS);
    struct ct_store_state after;
    ct_store_state_of(world.store, &after);
    assert_true(after.seals > 0);
    assert_int_equal(ct_store_close(world.store, NULL), CT_OK);
    ct_io_memory_destroy(world.env.io);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writers_readers_and_maintenance_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
