/* Two writers whose new series there is room for each alone, but not together: the second finds the
 * limit at its commit, and loses the lines past it only. */
#include "seed_fixture.h"

#include <pthread.h>

#include "alloc.h"

#define WRITERS    2
#define ROUNDS     5
#define LINES      5000
#define SERIES_MAX 6000
#define LINE_BYTES 48

struct writing_thread {
    pthread_t thread;
    centime_store *store;
    pthread_barrier_t *start;
    int number;
    int status;
    centime_write_result result;
    char text[LINES * LINE_BYTES];
};

static void *write_new_series(void *argument)
{
    struct writing_thread *self = argument;
    size_t len = 0;
    for (int i = 0; i < LINES; i++)
        len +=
            (size_t)snprintf(self->text + len, LINE_BYTES, "m,h=w%d_%d v=1 1\n", self->number, i);
    self->result = (centime_write_result)CENTIME_WRITE_RESULT_INIT;
    pthread_barrier_wait(self->start);
    self->status = centime_write(self->store, NULL, self->text, len, NULL, &self->result, NULL);
    return NULL;
}

static void write_at_once(struct writing_thread *threads)
{
    centime_options options = CENTIME_OPTIONS_INIT;
    centime_store *store;
    pthread_barrier_t start;
    uint64_t rows = 0;
    options.in_memory = 1;
    options.no_thread = 1;
    options.series_max = SERIES_MAX;
    assert_int_equal(centime_open("limit", &options, &store, NULL), CENTIME_OK);
    assert_int_equal(pthread_barrier_init(&start, NULL, WRITERS), 0);
    for (int i = 0; i < WRITERS; i++) {
        threads[i].store = store;
        threads[i].start = &start;
        threads[i].number = i;
        assert_int_equal(pthread_create(&threads[i].thread, NULL, write_new_series, &threads[i]),
                         0);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i].thread, NULL);
        assert_true(threads[i].status == CENTIME_OK || threads[i].status == CENTIME_PARSE);
        assert_int_equal(threads[i].result.rows + threads[i].result.rejected, LINES);
        rows += threads[i].result.rows;
    }
    assert_int_equal(rows, SERIES_MAX);
    pthread_barrier_destroy(&start);
    assert_int_equal(centime_close(store, NULL), CENTIME_OK);
}

static void the_limit_costs_the_lines_past_it_only(void **state)
{
    const struct ct_allocator *allocator = ct_allocator_system();
    struct writing_thread *threads = ct_alloc_zeroed(allocator, WRITERS, sizeof *threads);
    (void)state;
    assert_non_null(threads);
    for (int i = 0; i < ROUNDS; i++)
        write_at_once(threads);
    ct_release(allocator, threads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_costs_the_lines_past_it_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
