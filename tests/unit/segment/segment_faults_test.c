/* Every call and every allocation may fail: an error comes back, nothing leaks, nothing half-made
 * has the name. */
#include "segment_fixture.h"
#include "segment_reseal.h"
#include "sim_io.h"

static const struct column_plan PLANS[] = {
    {2, CT_FLOAT64, SHAPE_WALK, 10},   {7, CT_INT64, SHAPE_WILD, 0},
    {9, CT_STRING, SHAPE_WILD, 20},    {11, CT_DECIMAL, SHAPE_WALK, 0},
    {12, CT_DECIMAL, SHAPE_PRICED, 0}, {20, CT_DECIMAL, SHAPE_WIDE, 10},
    {22, CT_DECIMAL, SHAPE_RAGGED, 0},
};
static const uint32_t ROWS[] = {20, 600, 30};

static struct table *make_table(void)
{
    return table_create(ROWS, CT_COUNT_OF(ROWS), PLANS, CT_COUNT_OF(PLANS), 2, 21);
}

static bool is_there(struct ct_io *io, const char *path)
{
    struct ct_file *file;
    const ct_status status = io->calls->open(io, path, &file, NULL);
    if (status == CT_OK)
        io->calls->close(file);
    return status == CT_OK;
}

static ct_status open_and_read(struct ct_io *io)
{
    struct ct_segment *segment;
    uint64_t mix = 0;
    CT_TRY(ct_segment_open(io, SEGMENT_PATH, NULL, &segment, NULL));
    ct_status status = segment_read_whole(segment, &mix);
    if (status == CT_OK)
        status = ct_segment_verify(segment, true, NULL);
    ct_segment_close(segment);
    return status;
}

/* -- Files ------------------------------------------------------------------------------------ */

static struct ct_io *sim_door_with_folder(struct sim_io *sim)
{
    struct ct_io *io = sim_io_door(sim);
    assert_int_equal(io->calls->make_folder(io, FOLDER, NULL), CT_OK);
    assert_int_equal(io->calls->sync_folder(io, "", NULL), CT_OK);
    return io;
}

static void every_failing_call_of_a_writer_is_reported(void **state)
{
    (void)state;
    struct table *table = make_table();
    struct ct_segment_info info;
    uint64_t calls = 0;
    for (uint64_t at = 0; at <= calls; at++) { /* 0: none fails */
        struct ct_allocator_counting counting;
        ct_allocator_counting_init(&counting, ct_allocator_system(), 0);
        struct sim_io *sim = sim_io_create(&counting.base, at);
        struct ct_io *io = sim_door_with_folder(sim);
        const uint64_t before = sim_io_call_count(sim);
        sim_io_fail_at(sim, at ? before + at : 0, at % 2 ? CT_IO : CT_DISK_FULL, false);
        const ct_status status = write_segment(io, table, CT_EFFORT_FAST, 1000, &info, NULL);
        if (at == 0)
            calls = sim_io_call_count(sim) - before;
        if (sim_io_has_failed(sim)) {
            assert_true(status == CT_IO || status == CT_DISK_FULL);
            assert_false(is_there(io, SEGMENT_PATH ".tmp"));
        } else {
            assert_int_equal(status, CT_OK);
        }
        if (status == CT_OK)
            assert_int_equal(open_and_read(io), CT_OK);
        sim_io_destroy(sim);
        assert_int_equal(counting.live_blocks, 0);
    }
    assert_true(calls > 10);
    table_destroy(table);
}

static void every_failing_call_of_open_is_reported(void **state)
{
    (void)state;
    struct table *table = make_table();
    struct ct_segment_info info;
    struct sim_io *sim = sim_io_create(ct_allocator_system(), 1);
    struct ct_io *io = sim_door_with_folder(sim);
    assert_int_equal(write_segment(io, table, CT_EFFORT_FAST, 1000, &info, NULL), CT_OK);
    const uint64_t before = sim_io_call_count(sim);
    assert_int_equal(open_and_read(io), CT_OK);
    const uint64_t calls = sim_io_call_count(sim) - before;
    assert_true(calls >= 2);
    for (uint64_t at = 1; at <= calls; at++) {
        sim_io_fail_at(sim, sim_io_call_count(sim) + at, CT_IO, false);
        assert_int_equal(open_and_read(io), CT_IO);
    }
    assert_int_equal(open_and_read(io), CT_OK);
    sim_io_destroy(sim);
    table_destroy(table);
}

/* Once finish has said OK no cut takes anything away; before it, the name is there never or whole.
 */
static void power_cut_leaves_all_or_nothing(void **state)
{
    (void)state;
    struct table *table = make_table();
    struct ct_segment_info info;
    uint64_t calls = 30;
    uint32_t whole = 0, absent = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct sim_io *sim = sim_io_create(ct_allocator_system(), seed);
        struct ct_io *io = sim_door_with_folder(sim);
        const uint64_t before = sim_io_call_count(sim);
        if (seed % 8)
            sim_io_fail_at(sim, before + 1 + seed % calls, CT_IO, true);
        const ct_status status = write_segment(io, table, CT_EFFORT_FAST, 1000, &info, NULL);
        if (seed == 0)
            calls = sim_io_call_count(sim) - before;
        sim_io_power_cut(sim, seed * 31 + 1);
        if (status == CT_OK || is_there(io, SEGMENT_PATH)) {
            assert_int_equal(open_and_read(io), CT_OK);
            whole++;
        } else {
            absent++;
        }
        sim_io_destroy(sim);
    }
    assert_true(whole > 10 && absent > 10);
    table_destroy(table);
}

/* -- Memory ----------------------------------------------------------------------------------- */

/* Counts allocations; the one numbered fail_at gets nothing, nor with for_good any after it. */
struct failing_allocator {
    struct ct_allocator base;
    uint64_t count, fail_at; /* 0: none fails */
    bool for_good;
    int64_t live;
};

static bool strikes(struct failing_allocator *failing)
{
    failing->count++;
    return failing->fail_at != 0 && (failing->for_good ? failing->count >= failing->fail_at
                                                       : failing->count == failing->fail_at);
}

static void *failing_allocate(void *context, size_t size_bytes)
{
    struct failing_allocator *failing = context;
    if (strikes(failing))
        return NULL;
    failing->live++;
    return malloc(size_bytes ? size_bytes : 1);
}

static void *failing_resize(void *context, void *pointer, size_t size_bytes)
{
    struct failing_allocator *failing = context;
    if (strikes(failing))
        return NULL;
    failing->live += pointer == NULL;
    return realloc(pointer, size_bytes ? size_bytes : 1);
}

static void failing_release(void *context, void *pointer)
{
    struct failing_allocator *failing = context;
    failing->live -= pointer != NULL;
    free(pointer);
}

static void failing_init(struct failing_allocator *failing)
{
    *failing = (struct failing_allocator){.base = {.context = failing,
                                                   .allocate = failing_allocate,
                                                   .resize = failing_resize,
                                                   .release = failing_release}};
}

/* Runs `action` once to count its allocations, then with each of them failing, alone and with all
 * after it. */
static void fail_each_allocation(const struct table *table, bool is_written_before,
                                 ct_status (*action)(struct ct_io *io, const struct table *table))
{
    uint64_t allocations = 0, failures = 0;
    for (uint64_t run = 0; run <= 2 * allocations; run++) {
        struct failing_allocator failing;
        struct ct_segment_info info;
        failing_init(&failing);
        struct ct_io *io = memory_create(&failing.base);
        if (is_written_before)
            assert_int_equal(write_segment(io, table, CT_EFFORT_SMALL, 1000, &info, NULL), CT_OK);
        failing.count = 0;
        failing.fail_at = (run + 1) / 2;
        failing.for_good = run % 2 == 0;
        const ct_status status = action(io, table);
        if (run == 0)
            allocations = failing.count;
        failing.fail_at = 0;
        /* Encoders go without what memory would have made smaller; then all is well. */
        assert_true(status == CT_OK || (run > 0 && status == CT_NO_MEMORY));
        failures += status != CT_OK;
        if (is_written_before || status == CT_OK)
            assert_int_equal(open_and_read(io), CT_OK);
        else
            assert_false(is_there(io, SEGMENT_PATH));
        ct_io_memory_destroy(io);
        assert_int_equal(failing.live, 0);
    }
    assert_true(allocations > 20 && failures >= allocations);
}

static ct_status write_action(struct ct_io *io, const struct table *table)
{
    struct ct_segment_info info;
    return write_segment(io, table, CT_EFFORT_SMALL, 1000, &info, NULL);
}

static ct_status read_action(struct ct_io *io, const struct table *table)
{
    (void)table;
    return open_and_read(io);
}

static ct_status usage_action(struct ct_io *io, const struct table *table)
{
    struct ct_segment *segment;
    struct ct_segment_usage usage[100];
    size_t count;
    uint64_t directory_bytes;
    const uint32_t *codes;
    CT_TRY(ct_segment_open(io, SEGMENT_PATH, NULL, &segment, NULL));
    ct_status status =
        ct_segment_usage_of(segment, usage, CT_COUNT_OF(usage), &count, &directory_bytes, NULL);
    if (status == CT_OK)
        status = ct_segment_tag_codes(segment, table->tag_count, &codes, NULL);
    ct_segment_close(segment);
    return status;
}

static void every_failing_allocation_of_a_writer_is_reported(void **state)
{
    (void)state;
    struct table *table = make_table();
    fail_each_allocation(table, false, write_action);
    table_destroy(table);
}

static void every_failing_allocation_of_a_reader_is_reported(void **state)
{
    (void)state;
    struct table *table = make_table();
    fail_each_allocation(table, true, read_action);
    fail_each_allocation(table, true, usage_action);
    table_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failing_call_of_a_writer_is_reported),
        cmocka_unit_test(every_failing_call_of_open_is_reported),
        cmocka_unit_test(power_cut_leaves_all_or_nothing),
        cmocka_unit_test(every_failing_allocation_of_a_writer_is_reported),
        cmocka_unit_test(every_failing_allocation_of_a_reader_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
