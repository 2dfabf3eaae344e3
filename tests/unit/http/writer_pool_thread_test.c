/* Writers that go from one request to the next: they bring their caches along and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "writer_pool.h"

#define THREADS 4
#define WRITES  50

struct fixture {
    struct ct_allocator_counting memory;
    centime_store *store;
    struct ct_writer_pool *pool;
};

static int set_up(void **state)
{
    struct fixture *fixture = ct_alloc_zeroed(ct_allocator_system(), 1, sizeof *fixture);
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    options.no_thread = 1;
    *state = fixture;
    if (!fixture || centime_open("pool", &options, &fixture->store, NULL) != CENTIME_OK)
        return -1;
    ct_allocator_counting_init(&fixture->memory, ct_allocator_system(), 0);
    fixture->pool = ct_writer_pool_create(&fixture->memory.base, fixture->store);
    return fixture->pool ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    ct_writer_pool_destroy(fixture->pool);
    const bool is_clean = atomic_load(&fixture->memory.live_blocks) == 0;
    const int status = centime_close(fixture->store, NULL);
    ct_release(ct_allocator_system(), fixture);
    return is_clean ? status : -1;
}

static centime_writer *borrow(struct fixture *fixture, const char *database)
{
    centime_writer *writer = NULL;
    assert_int_equal(CENTIME_OK, ct_writer_pool_borrow(fixture->pool, database, &writer, NULL));
    return writer;
}

static centime_write_result write_line(centime_writer *writer, const char *line)
{
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_writer_lines(writer, line, strlen(line), NULL, &result, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    return result;
}

static void a_writer_serves_its_own_database_only(void **state)
{
    struct fixture *fixture = *state;
    centime_writer *first = borrow(fixture, "a");
    ct_writer_pool_return(fixture->pool, "a", first);
    centime_writer *other = borrow(fixture, "b");
    assert_ptr_not_equal(first, other);
    centime_writer *again = borrow(fixture, "a");
    assert_ptr_equal(first, again);
    ct_writer_pool_return(fixture->pool, "a", again);
    ct_writer_pool_return(fixture->pool, "b", other);
}

static void rows_that_were_not_committed_do_not_come_along(void **state)
{
    struct fixture *fixture = *state;
    size_t consumed;
    centime_writer *writer = borrow(fixture, "a");
    assert_int_equal(CENTIME_OK,
                     centime_writer_parse(writer, "m v=1 1\n", 8, 1, NULL, &consumed, NULL, NULL));
    ct_writer_pool_return(fixture->pool, "a", writer);
    writer = borrow(fixture, "a");
    assert_int_equal(write_line(writer, "m v=2 2").rows, 1);
    ct_writer_pool_return(fixture->pool, "a", writer);
}

/* A request that failed between its key and its rows must not lend the key to another's. */
static void a_key_that_was_not_used_does_not_come_along(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 2; i++) {
        centime_writer *writer = borrow(fixture, "a");
        assert_int_equal(CENTIME_OK, centime_writer_request(writer, "key", "x", 1, NULL));
        ct_writer_pool_return(fixture->pool, "a", writer);
        writer = borrow(fixture, "a");
        const centime_write_result result = write_line(writer, i ? "m v=2 2" : "m v=1 1");
        assert_int_equal(result.rows, 1);
        assert_int_equal(result.is_repeat, 0);
        ct_writer_pool_return(fixture->pool, "a", writer);
    }
}

static void so_many_idle_writers_are_kept(void **state)
{
    struct fixture *fixture = *state;
    centime_writer *writers[200];
    for (size_t i = 0; i < CT_COUNT_OF(writers); i++)
        writers[i] = borrow(fixture, "a");
    for (size_t i = 0; i < CT_COUNT_OF(writers); i++)
        ct_writer_pool_return(fixture->pool, "a", writers[i]);
    assert_in_range(atomic_load(&fixture->memory.live_blocks), 2, 100);
    centime_writer *last = borrow(fixture, "a");
    assert_ptr_equal(last, writers[CT_COUNT_OF(writers) - 1]); /* the warmest */
    ct_writer_pool_return(fixture->pool, "a", last);
}

static void *write_many(void *context)
{
    struct fixture *fixture = context;
    uintptr_t rows = 0;
    for (int i = 0; i < WRITES; i++) {
        char database[2] = {(char)('a' + i % 3), 0};
        centime_writer *writer = NULL;
        if (ct_writer_pool_borrow(fixture->pool, database, &writer, NULL) != CENTIME_OK)
            break;
        rows += write_line(writer, "m v=1").rows;
        ct_writer_pool_return(fixture->pool, database, writer);
    }
    return (void *)rows;
}

static void many_threads_share_it(void **state)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(0, pthread_create(&threads[i], NULL, write_many, *state));
    for (size_t i = 0; i < THREADS; i++) {
        void *rows = NULL;
        pthread_join(threads[i], &rows);
        assert_int_equal((uintptr_t)rows, WRITES);
    }
}

#define POOL_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(a_writer_serves_its_own_database_only),
        POOL_TEST(rows_that_were_not_committed_do_not_come_along),
        POOL_TEST(a_key_that_was_not_used_does_not_come_along),
        POOL_TEST(so_many_idle_writers_are_kept),
        POOL_TEST(many_threads_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
