/* Many threads over one open segment: everything lazy is made once and seen whole. */
#include <pthread.h>

#include "segment_fixture.h"

#define THREADS 8

struct job {
    struct ct_segment *segment;
    const struct table *table;
    pthread_barrier_t *start;
    uint32_t number;
    uint64_t failures;
};

static uint64_t wrong_values(const struct table *table, uint32_t column, uint32_t from,
                             const struct ct_vector *v)
{
    uint64_t wrong = 0;
    for (uint32_t i = 0; i < v->count; i++)
        if (has_value(&table->columns[column], from + i))
            wrong += !is_value_equal(&table->columns[column], from + i, v, i);
    return wrong;
}

static uint64_t read_all(struct job *job)
{
    struct ct_segment_series series;
    struct ct_segment_blocks blocks;
    struct ct_segment_reader *reader;
    const uint32_t *codes;
    const struct table *table = job->table;
    uint64_t failures = 0;
    if (ct_segment_reader_create(job->segment, NULL, &reader, NULL) != CT_OK)
        return 1;
    failures += ct_segment_series_of(job->segment, &series, NULL) != CT_OK ||
                series.series[series.count - 1] != table->series[series.count - 1];
    failures += ct_segment_tag_codes(job->segment, job->number % 3, &codes, NULL) != CT_OK;
    failures += ct_segment_blocks_of(job->segment, &blocks, NULL) != CT_OK;
    for (uint32_t i = 0; i < blocks.count && failures == 0; i++) {
        const uint32_t block = (i + job->number * 13) % blocks.count;
        const int64_t *times_ns;
        failures += ct_segment_read_times(reader, block, &times_ns, NULL) != CT_OK ||
                    times_ns[0] != table->times_ns[blocks.first_row[block]];
        for (uint32_t c = 0; c < table->column_count; c++) {
            const uint32_t column = (c + job->number) % table->column_count;
            struct ct_vector vector;
            struct ct_block_stats stats;
            if (ct_segment_read_column(reader, column, block, &vector, NULL) != CT_OK ||
                ct_segment_read_stats(reader, column, block, &stats, NULL) != CT_OK)
                failures++;
            else
                failures += wrong_values(table, column, blocks.first_row[block], &vector);
        }
    }
    ct_segment_reader_destroy(reader);
    return failures;
}

static void *run(void *argument)
{
    struct job *job = argument;
    pthread_barrier_wait(job->start);
    job->failures = read_all(job);
    return NULL;
}

static void readers_share_a_segment(void **state)
{
    (void)state;
    enum { SERIES = 150 };
    uint32_t rows[SERIES];
    const struct column_plan plans[] = {{0, CT_DECIMAL, SHAPE_WALK, 0},
                                        {1, CT_DECIMAL, SHAPE_PRICED, 0},
                                        {2, CT_FLOAT64, SHAPE_WALK, 10},
                                        {3, CT_STRING, SHAPE_WILD, 10}};
    for (uint32_t s = 0; s < SERIES; s++)
        rows[s] = s % 3 ? 520 : 7;
    struct ct_allocator_counting counting;
    ct_allocator_counting_init(&counting, ct_allocator_system(), 0);
    struct ct_io *io = memory_create(&counting.base);
    struct table *table = table_create(rows, SERIES, plans, CT_COUNT_OF(plans), 2, 11);
    struct ct_segment_info info;
    assert_int_equal(write_segment(io, table, CT_EFFORT_FAST, 600, &info, NULL), CT_OK);
    for (int round = 0; round < 3; round++) {
        pthread_barrier_t start;
        struct ct_segment *segment;
        pthread_t threads[THREADS];
        struct job jobs[THREADS];
        assert_int_equal(ct_segment_open(io, SEGMENT_PATH, &info, &segment, NULL), CT_OK);
        pthread_barrier_init(&start, NULL, THREADS);
        for (uint32_t t = 0; t < THREADS; t++) {
            jobs[t] = (struct job){segment, table, &start, t, 0};
            assert_int_equal(pthread_create(&threads[t], NULL, run, &jobs[t]), 0);
        }
        for (uint32_t t = 0; t < THREADS; t++) {
            assert_int_equal(pthread_join(threads[t], NULL), 0);
            assert_int_equal(jobs[t].failures, 0);
        }
        pthread_barrier_destroy(&start);
        ct_segment_close(segment);
    }
    table_destroy(table);
    ct_io_memory_destroy(io);
    assert_int_equal(counting.live_blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_share_a_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
