/* A view of live rows tells of each chunk whether it has rows in a range of times, and says so of
 * the moment at which it was taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "live.h"

#define ROWS    4000
#define STEP_NS 10

struct world {
    struct ct_live_set *set;
    struct ct_live_view view;
};

/* Rows of one series, STEP_NS apart, in one commit. */
static void add_rows(struct world *world, uint64_t commit, int64_t first, uint32_t count)
{
    static int64_t times_ns[ROWS];
    static int64_t values[ROWS];
    static const uint32_t series[ROWS];
    for (uint32_t i = 0; i < count; i++)
        times_ns[i] = (first + i) * STEP_NS;
    const struct ct_row_column column = {
        .values = {.type = CT_INT64, .count = count, .int64 = values}};
    const struct ct_row_block rows = {.row_count = count,
                                      .series = series,
                                      .times_ns = times_ns,
                                      .columns = &column,
                                      .column_count = 1};
    assert_int_equal(ct_live_add(world->set, commit, &rows, NULL), CT_OK);
}

static void world_init(struct world *world)
{
    world->set = ct_live_set_create(ct_allocator_system(), 1);
    for (int64_t first = 0; first < ROWS; first += 50)
        add_rows(world, (uint64_t)first + 1, first, 50);
    assert_int_equal(ct_live_view_take(world->set, 0, &world->view, NULL), CT_OK);
    assert_true(world->view.chunk_count > 3);
}

static void world_deinit(struct world *world)
{
    ct_live_view_deinit(&world->view, ct_allocator_system());
    ct_live_set_drop(world->set);
}

static void chunks_are_left_out_by_their_times(void **unused)
{
    (void)unused;
    struct world world;
    world_init(&world);
    int64_t first_ns = 0;
    for (size_t c = 0; c < world.view.chunk_count; c++) {
        const uint32_t rows = world.view.chunk_rows[c];
        const int64_t last_ns = first_ns + (int64_t)(rows - 1) * STEP_NS;
        assert_int_equal(ct_live_view_rows(&world.view, c, first_ns, last_ns + 1), rows);
        assert_int_equal(ct_live_view_rows(&world.view, c, last_ns, last_ns + 1), rows);
        assert_int_equal(ct_live_view_rows(&world.view, c, last_ns + 1, INT64_MAX), 0);
        assert_int_equal(ct_live_view_rows(&world.view, c, INT64_MIN, first_ns), 0);
        assert_int_equal(ct_live_view_rows(&world.view, c, INT64_MIN, first_ns + 1), rows);
        first_ns = last_ns + STEP_NS;
    }
    world_deinit(&world);
}

static void a_late_row_widens_its_chunk(void **unused)
{
    (void)unused;
    struct world world;
    world_init(&world);
    const size_t last = world.view.chunk_count - 1;
    assert_int_equal(ct_live_view_rows(&world.view, last, -70, -69), 0);
    add_rows(&world, ROWS + 1, -7, 1);
    assert_int_equal(ct_live_view_rows(&world.view, last, -70, -69), 0); /* came after the view */
    ct_live_view_deinit(&world.view, ct_allocator_system());
    assert_int_equal(ct_live_view_take(world.set, 0, &world.view, NULL), CT_OK);
    const size_t now_last = world.view.chunk_count - 1;
    assert_int_equal(ct_live_view_rows(&world.view, now_last, -70, -69),
                     world.view.chunk_rows[now_last]);
    assert_int_equal(ct_live_view_rows(&world.view, 0, -70, -69), 0);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_left_out_by_their_times),
        cmocka_unit_test(a_late_row_widens_its_chunk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
