/* How fast segments are written and scanned, and how small they get: hourly charges of many
 * resources (decimal cost, which is price times quantity), gauges of many nodes (floats), counters
 * of many hosts (ten integers). In memory: what is measured is the segment layer, not the disk. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "benchmark_shim.h"
#include "io.h"
#include "segment.h"
#include "sim_random.h"

#define FOLDER      "bench"
#define NAME        "s.seg"
#define COLUMNS_MAX 10
#define TAGS        3

/* A table of one shape: every series has the same number of rows, at regular times. */
struct shape {
    const char *name;
    enum ct_type type;
    uint32_t column_count, series_count, series_rows;
    int64_t step_s;
    enum ct_effort effort;
};

static const struct shape SHAPES[] = {
    {"cost/fast", CT_DECIMAL, 2, 1000, 720, 3600, CT_EFFORT_FAST},
    {"cost/small", CT_DECIMAL, 2, 1000, 720, 3600, CT_EFFORT_SMALL},
    {"gauges/fast", CT_FLOAT64, 4, 200, 2160, 10, CT_EFFORT_FAST},
    {"gauges/small", CT_FLOAT64, 4, 200, 2160, 10, CT_EFFORT_SMALL},
    {"integers/fast", CT_INT64, 10, 500, 360, 10, CT_EFFORT_FAST},
    {"integers/small", CT_INT64, 10, 500, 360, 10, CT_EFFORT_SMALL},
    {"short_series/fast", CT_DECIMAL, 2, 50000, 12, 3600, CT_EFFORT_FAST},
};

struct data {
    const struct shape *shape;
    int64_t *times_ns;
    int64_t *numbers[COLUMNS_MAX];
    double *floats[COLUMNS_MAX];
};

static uint32_t row_count(const struct shape *shape)
{
    return shape->series_count * shape->series_rows;
}

/* About normal, of standard deviation 1. */
static double bell(struct sim_random *random)
{
    double sum = 0;
    for (unsigned i = 0; i < 6; i++)
        sum += (double)sim_random_below(random, 1 << 20) / (1 << 20);
    return (sum - 3) * 1.4142135;
}

/* A quarter of the resources costs the same every hour, the others have a day's wave and noise. */
static void fill_charges(struct data *data, uint32_t first, struct sim_random *random)
{
    const bool is_flat = sim_random_chance(random, 4);
    const double usage = is_flat ? 1 : exp(bell(random) * 1.2);
    const double price = exp(bell(random) * 1.3 - 2.2);
    for (uint32_t i = 0; i < data->shape->series_rows; i++) {
        const double wave = is_flat ? 0 : 0.3 * cos((double)i * 0.2618) + 0.05 * bell(random);
        const int64_t quantity = llround(usage * (1 + wave) * 10000);
        data->numbers[0][first + i] = llround(price * (double)quantity * 100);
        data->numbers[1][first + i] = quantity;
    }
}

/* Walks that are drawn back to their mean, in tenths of a percent or whole ones. */
static void fill_walks(struct data *data, uint32_t first, struct sim_random *random)
{
    const bool is_float = data->shape->type == CT_FLOAT64;
    for (uint32_t c = 0; c < data->shape->column_count; c++) {
        const double mean = 20 + (double)sim_random_below(random, 60);
        double at = mean;
        for (uint32_t i = 0; i < data->shape->series_rows; i++) {
            at += (mean - at) * 0.01 + bell(random);
            at = at < 0 ? 0 : at > 100 ? 100 : at;
            if (is_float)
                data->floats[c][first + i] = round(at * 10) / 10;
            else
                data->numbers[c][first + i] = (int64_t)at;
        }
    }
}

static void *room_for(uint32_t count)
{
    void *room = calloc(count, sizeof(int64_t));
    if (!room)
        abort();
    return room;
}

static void data_init(struct data *data, const struct shape *shape)
{
    struct sim_random random = sim_random_of(1);
    *data = (struct data){.shape = shape, .times_ns = room_for(row_count(shape))};
    for (uint32_t c = 0; c < shape->column_count; c++) {
        data->numbers[c] = room_for(row_count(shape));
        data->floats[c] = room_for(row_count(shape));
    }
    for (uint32_t s = 0; s < shape->series_count; s++) {
        const uint32_t first = s * shape->series_rows;
        for (uint32_t i = 0; i < shape->series_rows; i++)
            data->times_ns[first + i] = (1780272000 + i * shape->step_s) * 1000000000;
        if (shape->type == CT_DECIMAL)
            fill_charges(data, first, &random);
        else
            fill_walks(data, first, &random);
    }
}

static void data_deinit(struct data *data)
{
    free(data->times_ns);
    for (uint32_t c = 0; c < data->shape->column_count; c++) {
        free(data->numbers[c]);
        free(data->floats[c]);
    }
}

/* -- Writing ---------------------------------------------------------------------------------- */

static ct_status write_series(struct ct_segment_writer *writer, const struct data *data,
                              uint32_t series)
{
    const struct shape *shape = data->shape;
    const uint32_t first = series * shape->series_rows;
    const uint32_t codes[TAGS] = {1 + series % 3, 1 + series % 40, 1 + series};
    struct ct_vector vectors[COLUMNS_MAX] = {0};
    for (uint32_t c = 0; c < shape->column_count; c++) {
        vectors[c].type = shape->type;
        vectors[c].count = shape->series_rows;
        vectors[c].scale = c == 0 ? 6 : 4;
        if (shape->type == CT_FLOAT64)
            vectors[c].float64 = data->floats[c] + first;
        else
            vectors[c].int64 = data->numbers[c] + first;
    }
    CT_TRY(ct_segment_writer_series(writer, series, codes, NULL));
    return ct_segment_writer_rows(writer, shape->series_rows, data->times_ns + first, vectors,
                                  NULL);
}

static ct_status write_all(struct ct_io *io, const struct data *data, struct ct_segment_info *info)
{
    const struct shape *shape = data->shape;
    struct ct_segment_column columns[COLUMNS_MAX];
    for (uint32_t c = 0; c < shape->column_count; c++)
        columns[c] = (struct ct_segment_column){.field = c, .type = shape->type};
    const struct ct_segment_plan plan = {.tag_count = TAGS,
                                         .columns = columns,
                                         .column_count = shape->column_count,
                                         .effort = shape->effort};
    struct ct_segment_writer *writer;
    CT_TRY(ct_segment_writer_create(io, FOLDER, NAME, &plan, &writer, NULL));
    ct_status status = CT_OK;
    for (uint32_t s = 0; s < shape->series_count && status == CT_OK; s++)
        status = write_series(writer, data, s);
    if (status == CT_OK)
        return ct_segment_writer_finish(writer, info, NULL);
    ct_segment_writer_abandon(writer);
    return status;
}

static struct ct_io *open_memory(void)
{
    struct ct_io *io = ct_io_memory_create(ct_allocator_system());
    if (!io || io->calls->make_folder(io, FOLDER, NULL) != CT_OK)
        abort();
    return io;
}

static void bench_write(struct ct_bench_run *run, const void *argument)
{
    struct data data;
    struct ct_segment_info info = {0};
    struct ct_io *io = open_memory();
    ct_status status = CT_OK;
    data_init(&data, argument);
    while (ct_bench_next(run))
        if (status == CT_OK)
            status = write_all(io, &data, &info);
    if (status != CT_OK)
        ct_bench_fail(run, "the segment could not be written");
    ct_bench_items(run, row_count(data.shape));
    ct_bench_figure(run, "bytes_per_row", (double)info.file_bytes / row_count(data.shape));
    data_deinit(&data);
    ct_io_memory_destroy(io);
}

/* -- Reading ---------------------------------------------------------------------------------- */

/* What one scan does with every block. */
enum scan { SCAN_TIMES, SCAN_VALUES, SCAN_STATS };

static ct_status scan_block(struct ct_segment_reader *reader, uint32_t block, uint32_t column_count,
                            enum scan scan)
{
    const int64_t *times_ns;
    struct ct_vector vector;
    struct ct_block_stats stats;
    if (scan == SCAN_TIMES)
        return ct_segment_read_times(reader, block, &times_ns, NULL);
    for (uint32_t c = 0; c < column_count; c++) {
        if (scan == SCAN_VALUES)
            CT_TRY(ct_segment_read_column(reader, c, block, &vector, NULL));
        else
            CT_TRY(ct_segment_read_stats(reader, c, block, &stats, NULL));
        ct_bench_use(scan == SCAN_VALUES ? (const void *)&vector : (const void *)&stats);
    }
    return CT_OK;
}

static ct_status scan_all(struct ct_segment *segment, enum scan scan)
{
    struct ct_segment_reader *reader;
    const struct ct_segment_info *info = ct_segment_info_of(segment);
    CT_TRY(ct_segment_reader_create(segment, NULL, &reader, NULL));
    ct_status status = CT_OK;
    for (uint32_t block = 0; block < info->block_count && status == CT_OK; block++)
        status = scan_block(reader, block, info->column_count, scan);
    ct_segment_reader_destroy(reader);
    return status;
}

static void bench_scan(struct ct_bench_run *run, const struct shape *shape, enum scan scan)
{
    struct data data;
    struct ct_segment_info info;
    struct ct_segment *segment = NULL;
    struct ct_io *io = open_memory();
    data_init(&data, shape);
    ct_status status = write_all(io, &data, &info);
    if (status == CT_OK)
        status = ct_segment_open(io, FOLDER "/" NAME, &info, &segment, NULL);
    while (ct_bench_next(run))
        if (status == CT_OK)
            status = scan_all(segment, scan);
    if (status != CT_OK)
        ct_bench_fail(run, "the segment could not be read");
    ct_bench_items(run, scan == SCAN_STATS ? (uint64_t)info.block_count * info.column_count
                                           : info.row_count);
    ct_segment_close(segment);
    data_deinit(&data);
    ct_io_memory_destroy(io);
}

static void bench_times(struct ct_bench_run *run, const void *argument)
{
    bench_scan(run, argument, SCAN_TIMES);
}

static void bench_values(struct ct_bench_run *run, const void *argument)
{
    bench_scan(run, argument, SCAN_VALUES);
}

static void bench_stats(struct ct_bench_run *run, const void *argument)
{
    bench_scan(run, argument, SCAN_STATS);
}

static void add(const char *what, const struct shape *shape, ct_bench_function function)
{
    char name[80];
    (void)snprintf(name, sizeof name, "%s/%s", what, shape->name);
    ct_bench_add(name, function, shape);
}

void ct_bench_define(void)
{
    for (size_t i = 0; i < CT_COUNT_OF(SHAPES); i++) {
        add("write_rows", &SHAPES[i], bench_write);
        add("read_times", &SHAPES[i], bench_times);
        add("read_values_of_all_columns", &SHAPES[i], bench_values);
        add("read_stats", &SHAPES[i], bench_stats);
    }
}
