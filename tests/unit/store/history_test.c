/* Looking back: the store as of an earlier commit, the times of commits, and how far history
 * reaches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "scan.h"

#define PATH      "/store"
#define TIME_NS   INT64_C(1780272000000000000)
#define SECOND_NS INT64_C(1000000000)
#define DAY_NS    (86400 * SECOND_NS)
#define ABSENT    INT64_MIN

struct world {
    struct ct_env env;
    struct ct_clock clock;
    int64_t now_ns;
    int32_t history_days;
    struct ct_store *store;
};

static int64_t world_now(void *context)
{
    return ((struct world *)context)->now_ns;
}

static void open_store(struct world *world)
{
    const struct ct_store_options options = {.seed = 1, .history_days = world->history_days};
    struct ct_error err = {0};
    if (ct_store_open(&world->env, PATH, &options, &world->store, &err) != CT_OK)
        fail_msg("open: %s", err.text);
}

static void world_init(struct world *world, int32_t history_days)
{
    *world = (struct world){.now_ns = TIME_NS, .history_days = history_days};
    world->clock =
        (struct ct_clock){.context = world, .now_ns = world_now, .monotonic_ns = world_now};
    world->env = (struct ct_env){.allocator = ct_allocator_system(),
                                 .io = ct_io_memory_create(ct_allocator_system()),
                                 .clock = &world->clock};
    open_store(world);
}

static void world_deinit(struct world *world)
{
    assert_int_equal(ct_store_close(world->store, NULL), CT_OK);
    ct_io_memory_destroy(world->env.io);
}

static void reopen(struct world *world)
{
    assert_int_equal(ct_store_close(world->store, NULL), CT_OK);
    open_store(world);
}

/* What a row is written with, or read; ABSENT where it has no value. */
struct pair {
    int64_t a, b;
};

/* One commit of one row of series x at TIME_NS + second, in table `gauge`. */
static uint64_t put(struct world *world, int64_t second, struct pair values)
{
    struct ct_intake *intake;
    struct ct_error err = {0};
    uint32_t table;
    uint32_t series;
    const struct ct_tag tag = {ct_text_of("host"), ct_text_of("x")};
    struct ct_row_value row[2];
    uint32_t count = 0;
    assert_int_equal(ct_intake_create(ct_store_catalog(world->store), world->env.allocator,
                                      ct_text_of("default"), &intake, &err),
                     CT_OK);
    assert_int_equal(ct_intake_table(intake, ct_text_of("gauge"), &table, &err), CT_OK);
    assert_int_equal(ct_intake_series(intake, table, &tag, 1, &series, &err), CT_OK);
    for (int i = 0; i < 2; i++) {
        const int64_t value = i ? values.b : values.a;
        if (value == ABSENT)
            continue;
        row[count] = (struct ct_row_value){.int64 = value};
        assert_int_equal(ct_intake_column(intake, table, ct_text_of(i ? "b" : "a"), CT_INT64,
                                          &row[count].column, &err),
                         CT_OK);
        count++;
    }
    assert_int_equal(
        ct_intake_row(intake, table, series, TIME_NS + second * SECOND_NS, row, count, &err),
        CT_OK);
    struct ct_commit_result result;
    assert_int_equal(ct_store_commit(world->store, intake, &result, &err), CT_OK);
    ct_intake_destroy(intake);
    return result.commit;
}

static uint32_t gauge(struct world *world)
{
    return ct_catalog_find_table(ct_store_catalog(world->store), 0, ct_text_of("gauge"));
}

static uint64_t delete_all(struct world *world)
{
    const struct ct_scope scope = {
        .table = gauge(world), .start_ns = INT64_MIN, .end_ns = INT64_MAX};
    uint64_t commit = 0;
    assert_int_equal(ct_store_delete(world->store, &scope, &commit, NULL), CT_OK);
    return commit;
}

static int64_t value_in(struct ct_cursor *cursor, uint32_t i, uint32_t row)
{
    struct ct_vector vector;
    assert_int_equal(ct_cursor_column(cursor, i, &vector, NULL), CT_OK);
    return vector.present && !vector.present[row] ? ABSENT : vector.int64[row];
}

/* Adds the source's rows up; their values are those of the last one read. */
static uint32_t read_source(struct ct_source *source, uint32_t field_count, struct pair *out)
{
    static const uint32_t fields[] = {0, 1};
    const struct ct_cursor_plan plan = {
        .fields = fields, .field_count = field_count, .end_unit = ct_source_unit_count(source)};
    struct ct_cursor *cursor;
    uint32_t rows = 0;
    bool found = true;
    assert_int_equal(ct_cursor_open(source, &plan, &cursor, NULL), CT_OK);
    while (found) {
        struct ct_block block;
        assert_int_equal(ct_cursor_next(cursor, &block, &found, NULL), CT_OK);
        for (uint32_t r = 0; found && r < block.run_count; r++) {
            const uint32_t row = block.runs[r].first_row + block.runs[r].row_count - 1;
            rows += block.runs[r].row_count;
            out->a = value_in(cursor, 0, row);
            out->b = field_count > 1 ? value_in(cursor, 1, row) : ABSENT;
        }
    }
    ct_cursor_close(cursor);
    return rows;
}

/* How many rows there are as of the commit. */
static uint32_t read_as_of(struct world *world, uint64_t commit, struct pair *out)
{
    struct ct_snapshot *snapshot;
    struct ct_scan *scan;
    struct ct_error err = {0};
    if (ct_snapshot_take_as_of(world->store, commit, &snapshot, &err) != CT_OK)
        fail_msg("as of %llu: %s", (unsigned long long)commit, err.text);
    assert_int_equal(ct_snapshot_commit(snapshot), commit);
    assert_int_equal(ct_scan_open(snapshot, gauge(world), INT64_MIN, INT64_MAX, &scan, NULL),
                     CT_OK);
    const uint32_t fields = ct_catalog_field_count(ct_store_catalog(world->store), gauge(world));
    uint32_t rows = 0;
    *out = (struct pair){ABSENT, ABSENT};
    for (uint32_t i = 0; i < ct_scan_source_count(scan); i++)
        rows += read_source(ct_scan_source(scan, i), fields, out);
    ct_scan_close(scan);
    ct_snapshot_release(snapshot);
    return rows;
}

static void expect_as_of(struct world *world, uint64_t commit, struct pair expected)
{
    struct pair found;
    assert_int_equal(read_as_of(world, commit, &found), 1);
    assert_int_equal(found.a, expected.a);
    assert_int_equal(found.b, expected.b);
}

static void expect_none_as_of(struct world *world, uint64_t commit)
{
    struct pair found;
    assert_int_equal(read_as_of(world, commit, &found), 0);
}

static struct ct_store_state state_of(struct world *world)
{
    struct ct_store_state state;
    ct_store_state_of(world->store, &state);
    return state;
}

static void work(struct world *world)
{
    bool did_work = true;
    while (did_work)
        assert_int_equal(ct_store_step(world->store, &did_work, NULL), CT_OK);
}

/* -- what is kept ----------------------------------------------------------------------------- */

/* Everything that may happen to rows between a write and the question. */
static void move_on(struct world *world, int stage)
{
    if (stage == 1)
        assert_int_equal(ct_store_seal(world->store, NULL), CT_OK);
    if (stage == 2)
        assert_int_equal(ct_store_compact(world->store, NULL), CT_OK);
    if (stage == 3)
        reopen(world);
}

static void overwrites_in_one_live_set_are_told_apart(void **test_state)
{
    (void)test_state;
    struct world world;
    world_init(&world, 0);
    put(&world, 0, (struct pair){1, ABSENT});
    put(&world, 0, (struct pair){ABSENT, 7});
    put(&world, 0, (struct pair){2, ABSENT});
    put(&world, 0, (struct pair){3, 8});
    for (int stage = 0; stage < 4; stage++) {
        move_on(&world, stage);
        expect_none_as_of(&world, 0);
        expect_as_of(&world, 1, (struct pair){1, ABSENT});
        expect_as_of(&world, 2, (struct pair){1, 7});
        expect_as_of(&world, 3, (struct pair){2, 7});
        expect_as_of(&world, 4, (struct pair){3, 8});
    }
    assert_int_equal(state_of(&world).history_rows, 3);
    world_deinit(&world);
}

static void overwrites_of_sealed_rows_are_told_apart_after_merges(void **test_state)
{
    (void)test_state;
    struct world world;
    world_init(&world, 0);
    for (int64_t i = 1; i <= 12; i++) {
        put(&world, 0, i % 2 ? (struct pair){i, ABSENT} : (struct pair){ABSENT, i});
        assert_int_equal(ct_store_seal(world.store, NULL), CT_OK);
        work(&world);
    }
    assert_int_equal(ct_store_compact(world.store, NULL), CT_OK);
    expect_as_of(&world, 1, (struct pair){1, ABSENT});
    for (int64_t i = 2; i <= 12; i++)
        expect_as_of(&world, (uint64_t)i, (struct pair){i % 2 ? i : i - 1, i % 2 ? i - 1 : i});
    assert_int_equal(state_of(&world).history_count, 1);
    world_deinit(&world);
}

static void a_deleted_row_that_is_written_again_has_three_lives(void **test_state)
{
    (void)test_state;
    struct world world;
    world_init(&world, 0);
    put(&world, 0, (struct pair){1, 1});
    assert_int_equal(delete_all(&world), 2);
    put(&world, 0, (struct pair){ABSENT, 5});
    for (int stage = 0; stage < 4; stage++) {
        move_on(&world, stage);
        expect_as_of(&world, 1, (struct pair){1, 1});
        expect_none_as_of(&world, 2);
        expect_as_of(&world, 3, (struct pair){ABSENT, 5});
    }
    assert_int_equal(delete_all(&world), 4);
    assert_int_equal(ct_store_compact(world.store, NULL), CT_OK);
    assert_int_equal(state_of(&world).segment_rows, 0);
    expect_as_of(&world, 3, (struct pair){ABSENT, 5});
    expect_none_as_of(&world, 4);
    world_deinit(&world);
}

static void a_repeat_leaves_no_history_and_keeps_its_commit(void **test_state)
{
    (void)test_state;
    struct world world;
    world_init(&world, 0);
    for (int i = 0; i < 5; i++) {
        put(&world, 0, (struct pair){1, 2});
        if (i % 2)
            assert_int_equal(ct_store_seal(world.store, NULL), CT_OK);
    }
    assert_int_equal(ct_store_compact(world.store, NULL), CT_OK);
    assert_int_equal(state_of(&world).history_rows, 0);
    assert_int_equal(state_of(&world).segment_rows, 1);
    expect_as_of(&world, 1, (struct pair){1, 2});
    world_deinit(&world);
}

static void a_snapshot_keeps_its_history_while_it_is_held(void **test_state)
{
    (void)test_state;
    struct world world;
    struct ct_snapshot *snapshot;
    world_init(&world, 0);
    put(&world, 0, (struct pair){1, 1});
    put(&world, 0, (struct pair){2, 2});
    assert_int_equal(ct_store_seal(world.store, NULL), CT_OK);
    assert_int_equal(ct_snapshot_take_as_of(world.store, 1, &snapshot, NULL), CT_OK);
    world.now_ns += 500 * DAY_NS;
    put(&world, 1, (struct pair){3, 3});
    assert_int_equal(ct_store_compact(world.store, NULL), CT_OK);
    assert_int_equal(state_of(&world).history_rows, 0);
    struct ct_scan *scan;
    struct pair found;
    uint32_t rows = 0;
    assert_int_equal(ct_scan_open(snapshot, gauge(&world), INT64_MIN, INT64_MAX, &scan, NULL),
                     CT_OK);
    for (uint32_t i = 0; i < ct_scan_source_count(scan); i++)
        rows += read_source(ct_scan_source(scan, i), 2, &found);
    ct_scan_close(scan);
    ct_snapshot_release(snapshot);
    assert_int_equal(rows, 1);
    assert_int_equal(found.a, 1);
    world_deinit(&world);
}

/* -- how far it reaches ----------------------------------------------------------------------- */

static void expect_range_error(struct world *world, uint64_t commit, const char *text)
{
    struct ct_snapshot *snapshot;
    struct ct_error err = {0};
    assert_int_equal(ct_snapshot_take_as_of(world->store, commit, &snapshot, &err), CT_RANGE);
    if (!strstr(err.text, text))
        fail_msg("'%s' does not say '%s'", err.text, text);
}

static void a_commit_to_come_is_refused(void **test_state)
{
    (void)test_state;
    struct world world;
    world_init(&world, 0);
    put(&world, 0, (struct pair){1, 1});
    expect_range_error(&world, 2, "the last one is 1");
    world_deinit(&world);
}

static void what_is_past_the_horizon_is_dropped_and_refused(void **test_state)
{
    (void)test_state;
    struct world world;
    world_init(&world, 10);
    put(&world, 0, (struct pair){1, 1});
    put(&world, 0, (struct pair){2, 2});
    assert_int_equal(ct_store_seal(world.store, NULL), CT_OK);
    world.now_ns += 9 * DAY_NS;
    put(&world, 0, (struct pair){3, 3});
    assert_int_equal(ct_store_compact(world.store, NULL), CT_OK);
    assert_int_equal(state_of(&world).history_rows, 2);
    expect_as_of(&world, 1, (struct pair){1, 1});
    world.now_ns += 2 * DAY_NS;
    put(&world, 0, (struct pair){4, 4});
    assert_int_equal(ct_store_compact(world.store, NULL), CT_OK);
    assert_int_equal(state_of(&world).history_low, 2);
    assert_int_equal(state_of(&world).history_rows, 2);
    expect_range_error(&world, 1, "the first that can be asked for is 2");
    reopen(&world);
    expect_range_error(&world, 1, "the first that can be asked for is 2");
    expect_as_of(&world, 2, (struct pair){2, 2});
    expect_as_of(&world, 3, (struct pair){3, 3});
    world.now_ns += 100 * DAY_NS;
    work(&world);
    assert_int_equal(state_of(&world).history_rows, 0);
    expect_as_of(&world, 4, (struct pair){4, 4});
    world_deinit(&world);
}

static void a_store_without_history_keeps_none(void **test_state)
{
    (void)test_state;
    struct world world;
    world_init(&world, -1);
    put(&world, 0, (struct pair){1, 1});
    expect_as_of(&world, 1, (struct pair){1, 1});
    put(&world, 0, (struct pair){2, 2});
    expect_as_of(&world, 1, (struct pair){1, 1});
    assert_int_equal(ct_store_compact(world.store, NULL), CT_OK);
    assert_int_equal(state_of(&world).history_rows, 0);
    expect_range_error(&world, 1, "the first that can be asked for is 2");
    expect_as_of(&world, 2, (struct pair){2, 2});
    world.history_days = 400; /* from now on */
    reopen(&world);
    put(&world, 0, (struct pair){3, 3});
    assert_int_equal(ct_store_compact(world.store, NULL), CT_OK);
    expect_range_error(&world, 1, "the first that can be asked for is 2");
    expect_as_of(&world, 2, (struct pair){2, 2});
    world_deinit(&world);
}

static void the_horizon_is_an_option_that_the_store_remembers(void **test_state)
{
    (void)test_state;
    struct world world;
    world_init(&world, 0);
    assert_int_equal(ct_store_register(world.store, ct_text_of("default"), CT_REGISTRY_OPTION,
                                       ct_text_of("history_days"), ct_text_of("0"), NULL),
                     CT_OK);
    reopen(&world);
    put(&world, 0, (struct pair){1, 1});
    put(&world, 0, (struct pair){2, 2});
    assert_int_equal(ct_store_compact(world.store, NULL), CT_OK);
    assert_int_equal(state_of(&world).history_rows, 0);
    expect_range_error(&world, 1, "further back than history is kept");
    world_deinit(&world);
}

static void retention_drops_history_too(void **test_state)
{
    (void)test_state;
    struct world world;
    world_init(&world, 0);
    put(&world, 0, (struct pair){1, 1});
    put(&world, 0, (struct pair){2, 2});
    assert_int_equal(ct_store_seal(world.store, NULL), CT_OK);
    assert_int_equal(state_of(&world).history_rows, 1);
    struct ct_table_options options =
        ct_catalog_table_options(ct_store_catalog(world.store), gauge(&world));
    options.retention_ns = DAY_NS;
    assert_int_equal(ct_store_define_table(world.store, ct_text_of("default"), ct_text_of("gauge"),
                                           &options, NULL),
                     CT_OK);
    world.now_ns += 60 * DAY_NS;
    work(&world);
    assert_int_equal(state_of(&world).history_rows, 0);
    assert_int_equal(state_of(&world).segment_rows, 0);
    world_deinit(&world);
}

/* -- when commits were made ------------------------------------------------------------------- */

static void expect_commit_at(struct world *world, int64_t time_ns, uint64_t expected)
{
    uint64_t commit = 0;
    assert_int_equal(ct_store_commit_at(world->store, time_ns, &commit, NULL), CT_OK);
    assert_int_equal(commit, expected);
}

static void the_time_of_a_commit_is_found_after_anything(void **test_state)
{
    (void)test_state;
    struct world world;
    world_init(&world, 0);
    for (int64_t i = 0; i < 6; i++) {
        world.now_ns = TIME_NS + i * 10 * SECOND_NS;
        put(&world, i, (struct pair){i, i});
        if (i == 3)
            assert_int_equal(ct_store_seal(world.store, NULL), CT_OK);
    }
    for (int stage = 0; stage < 4; stage++) {
        move_on(&world, stage);
        expect_commit_at(&world, TIME_NS - 1, 0);
        for (uint64_t i = 0; i < 6; i++) {
            const int64_t made_ns = TIME_NS + (int64_t)i * 10 * SECOND_NS;
            int64_t time_ns = 0;
            expect_commit_at(&world, made_ns, i + 1);
            expect_commit_at(&world, made_ns + 10 * SECOND_NS - 1, i + 1);
            assert_int_equal(ct_store_commit_time(world.store, i + 1, &time_ns, NULL), CT_OK);
            assert_int_equal(time_ns, made_ns);
        }
    }
    int64_t unused;
    assert_int_equal(ct_store_commit_time(world.store, 7, &unused, NULL), CT_RANGE);
    world_deinit(&world);
}

static void a_clock_that_is_set_back_does_not_mix_up_commits(void **test_state)
{
    (void)test_state;
    struct world world;
    world_init(&world, 0);
    put(&world, 0, (struct pair){1, 1});
    world.now_ns -= 3600 * SECOND_NS;
    put(&world, 1, (struct pair){1, 1});
    expect_commit_at(&world, TIME_NS - 1, 0);
    expect_commit_at(&world, TIME_NS, 2);
    world.now_ns = TIME_NS + 5 * SECOND_NS;
    put(&world, 2, (struct pair){1, 1});
    expect_commit_at(&world, TIME_NS, 2);
    expect_commit_at(&world, TIME_NS + 5 * SECOND_NS, 3);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overwrites_in_one_live_set_are_told_apart),
        cmocka_unit_test(overwrites_of_sealed_rows_are_told_apart_after_merges),
        cmocka_unit_test(a_deleted_row_that_is_written_again_has_three_lives),
        cmocka_unit_test(a_repeat_leaves_no_history_and_keeps_its_commit),
        cmocka_unit_test(a_snapshot_keeps_its_history_while_it_is_held),
        cmocka_unit_test(a_commit_to_come_is_refused),
        cmocka_unit_test(what_is_past_the_horizon_is_dropped_and_refused),
        cmocka_unit_test(a_store_without_history_keeps_none),
        cmocka_unit_test(the_horizon_is_an_option_that_the_store_remembers),
        cmocka_unit_test(retention_drops_history_too),
        cmocka_unit_test(the_time_of_a_commit_is_found_after_anything),
        cmocka_unit_test(a_clock_that_is_set_back_does_not_mix_up_commits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
