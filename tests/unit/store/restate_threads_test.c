/* A scope restated again and again while others read it, write beside it, and seal and merge: a
 * reader sees one of the bills, whole. And many threads that send the same request at once: it
 * counts once. Run under the thread sanitizer too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "restate.h"
#include "scan.h"

#define PATH     "/store"
#define VERSIONS 25
#define ROWS     40 /* of version v: ROWS + v */
#define SENDERS  4
#define REQUESTS 50

struct world {
    struct ct_env env;
    struct ct_store *store;
    atomic_bool is_over;
    atomic_int failures;
    atomic_int written; /* of requests that were no repeats */
};

static void expect(struct world *world, bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "%s\n", what);
    atomic_fetch_add(&world->failures, 1);
}

static struct ct_intake *make_intake(struct world *world)
{
    struct ct_intake *intake = NULL;
    expect(world,
           ct_intake_create(ct_store_catalog(world->store), world->env.allocator,
                            ct_text_of("default"), &intake, NULL) == CT_OK,
           "intake");
    return intake;
}

static ct_status add_row(struct ct_intake *intake, const char *provider, int64_t time_ns)
{
    const struct ct_tag tag = {ct_text_of("provider"), ct_text_of(provider)};
    struct ct_row_value value = {.scale = 2, .narrow = 1};
    uint32_t table, series;
    CT_TRY(ct_intake_table(intake, ct_text_of("cost"), &table, NULL));
    CT_TRY(ct_intake_series(intake, table, &tag, 1, &series, NULL));
    CT_TRY(
        ct_intake_column(intake, table, ct_text_of("cost_usd"), CT_DECIMAL, &value.column, NULL));
    return ct_intake_row(intake, table, series, time_ns, &value, 1, NULL);
}

static ct_status restate(struct world *world, struct ct_intake *intake, int version)
{
    const struct ct_tag tag = {ct_text_of("provider"), ct_text_of("aws")};
    const struct ct_restate_scope scope = {.database = ct_text_of("default"),
                                           .table = ct_text_of("cost"),
                                           .tags = &tag,
                                           .tag_count = 1,
                                           .start_ns = INT64_MIN,
                                           .end_ns = INT64_MAX};
    const struct ct_restate_options options = {.has_count = true,
                                               .count = (uint64_t)(ROWS + version)};
    struct ct_restate_result result;
    struct ct_restate *restating;
    CT_TRY(ct_restate_begin(world->store, &scope, &restating, NULL));
    ct_status status = CT_OK;
    for (int i = 0; i < ROWS + version && status == CT_OK; i++)
        status = add_row(intake, "aws", i / 2); /* two and two alike */
    if (status == CT_OK)
        status = ct_restate_add(restating, intake, NULL);
    if (status == CT_OK)
        return ct_restate_finish(restating, &options, &result, NULL);
    ct_restate_abandon(restating);
    return status;
}

static void *restate_all(void *context)
{
    struct world *world = context;
    struct ct_intake *intake = make_intake(world);
    for (int version = 1; version <= VERSIONS; version++)
        expect(world, restate(world, intake, version) == CT_OK, "restate");
    ct_intake_destroy(intake);
    atomic_store(&world->is_over, true);
    return NULL;
}

static void *write_beside(void *context)
{
    struct world *world = context;
    struct ct_intake *intake = make_intake(world);
    for (int64_t i = 0; !atomic_load(&world->is_over); i++) {
        struct ct_commit_result result;
        expect(world, add_row(intake, "gcp", i) == CT_OK, "row");
        expect(world, ct_store_commit(world->store, intake, &result, NULL) == CT_OK, "commit");
    }
    ct_intake_destroy(intake);
    return NULL;
}

static void *maintain(void *context)
{
    struct world *world = context;
    while (!atomic_load(&world->is_over)) {
        bool did_work;
        expect(world, ct_store_step(world->store, &did_work, NULL) == CT_OK, "step");
        if (!did_work)
            ct_store_wait_for_work(world->store, 1);
    }
    return NULL;
}

/* Rows of the scope in a source. */
static uint64_t count_source(struct world *world, struct ct_source *source, uint32_t tag,
                             uint32_t code)
{
    const struct ct_cursor_plan plan = {.end_unit = ct_source_unit_count(source)};
    const uint32_t *codes;
    struct ct_cursor *cursor;
    struct ct_block block;
    uint64_t rows = 0;
    bool found = true;
    expect(world, ct_source_tag_codes(source, tag, &codes, NULL) == CT_OK, "codes");
    expect(world, ct_cursor_open(source, &plan, &cursor, NULL) == CT_OK, "cursor");
    while (ct_cursor_next(cursor, &block, &found, NULL) == CT_OK && found) {
        for (uint32_t i = 0; i < block.run_count; i++)
            rows += codes[block.runs[i].position] == code ? block.runs[i].row_count : 0;
    }
    ct_cursor_close(cursor);
    return rows;
}

static uint64_t count_scope(struct world *world)
{
    struct ct_catalog *catalog = ct_store_catalog(world->store);
    const uint32_t tag = ct_catalog_find_tag(catalog, 0, ct_text_of("provider"));
    const uint32_t code = ct_catalog_find_value(catalog, 0, tag, ct_text_of("aws"));
    struct ct_snapshot *snapshot;
    struct ct_scan *scan;
    uint64_t rows = 0;
    expect(world, ct_snapshot_take(world->store, &snapshot, NULL) == CT_OK, "snapshot");
    expect(world, ct_scan_open(snapshot, 0, INT64_MIN, INT64_MAX, &scan, NULL) == CT_OK, "scan");
    for (uint32_t i = 0; i < ct_scan_source_count(scan); i++)
        rows += count_source(world, ct_scan_source(scan, i), tag, code);
    ct_scan_close(scan);
    ct_snapshot_release(snapshot);
    return rows;
}

static void *read_all(void *context)
{
    struct world *world = context;
    uint64_t last = ROWS;
    while (!atomic_load(&world->is_over)) {
        const uint64_t rows = count_scope(world);
        expect(world, rows >= last && rows <= ROWS + VERSIONS, "not one of the bills");
        last = rows;
    }
    return NULL;
}

static void open_world(struct world *world)
{
    memset(world, 0, sizeof *world);
    world->env = (struct ct_env){.allocator = ct_allocator_system(), .clock = ct_clock_system()};
    world->env.io = ct_io_memory_create(ct_allocator_system());
    const struct ct_store_options options = {.memory_bytes = 128 << 10};
    assert_int_equal(ct_store_open(&world->env, PATH, &options, &world->store, NULL), CT_OK);
}

static void close_world(struct world *world)
{
    assert_int_equal(ct_store_close(world->store, NULL), CT_OK);
    ct_io_memory_destroy(world->env.io);
}

static void a_reader_sees_one_of_the_bills(void **state)
{
    static struct world world;
    static void *(*const works[])(void *) = {restate_all, write_beside, maintain, read_all,
                                             read_all};
    pthread_t threads[CT_COUNT_OF(works)];
    (void)state;
    open_world(&world);
    struct ct_intake *intake = make_intake(&world);
    assert_int_equal(restate(&world, intake, 0), CT_OK);
    ct_intake_destroy(intake);
    for (size_t i = 0; i < CT_COUNT_OF(works); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, works[i], &world), 0);
    for (size_t i = 0; i < CT_COUNT_OF(works); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(count_scope(&world), ROWS + VERSIONS);
    assert_int_equal(world.failures, 0);
    close_world(&world);
}

/* All send the same requests; each row at a time of its own. */
static void *send_all(void *context)
{
    static atomic_int next_time_ns;
    struct world *world = context;
    struct ct_intake *intake = make_intake(world);
    for (int i = 0; i < REQUESTS; i++) {
        char text[16];
        struct ct_commit_result result;
        (void)snprintf(text, sizeof text, "r%d", i);
        const struct ct_request_key key = {.key = ct_text_of(text)};
        expect(world, add_row(intake, "aws", atomic_fetch_add(&next_time_ns, 1)) == CT_OK, "row");
        expect(world, ct_store_commit_once(world->store, intake, &key, &result, NULL) == CT_OK,
               "commit");
        atomic_fetch_add(&world->written, !result.is_repeat);
    }
    ct_intake_destroy(intake);
    return NULL;
}

static void the_same_request_of_many_threads_counts_once(void **state)
{
    static struct world world;
    pthread_t threads[SENDERS];
    (void)state;
    open_world(&world);
    for (size_t i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_all, &world), 0);
    for (size_t i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(world.failures, 0);
    assert_int_equal(world.written, REQUESTS);
    assert_int_equal(count_scope(&world), REQUESTS);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_sees_one_of_the_bills),
        cmocka_unit_test(the_same_request_of_many_threads_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
