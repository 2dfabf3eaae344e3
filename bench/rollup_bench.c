/* What rollups cost: a row going into an image, a cell being merged or read, and the bytes of a
 * cell. Two plans: hourly charges of 20,000 resources with the sets that bills are asked by, and
 * gauges of 1,000 nodes every ten seconds. In memory, without files. */
#include <stdio.h>
#include <stdlib.h>

#include "benchmark_shim.h"
#include "rollup.h"
#include "sim_random.h"

#define COLUMNS_MAX 4
#define TAGS_MAX    8
#define START_NS    INT64_C(1780272000000000000)

#define HOUR      CT_GRAIN_BIT(CT_GRAIN_HOUR)
#define DAY_MONTH (CT_GRAIN_BIT(CT_GRAIN_DAY) | CT_GRAIN_BIT(CT_GRAIN_MONTH))
#define HOUR_UP   (HOUR | DAY_MONTH)
#define MINUTE_UP (HOUR_UP | CT_GRAIN_BIT(CT_GRAIN_MINUTE))

enum cost_tag { PROVIDER, REGION, SERVICE, ACCOUNT, CLUSTER, TEAM, ENV, RESOURCE };

static const uint32_t COST_VALUES[TAGS_MAX] = {3, 12, 15, 40, 20, 30, 4, 0};

static const struct ct_rollup_set COST_SETS[] = {
    {.tag_count = 0, .grains = HOUR_UP},
    {.tags = {PROVIDER}, .tag_count = 1, .grains = HOUR_UP},
    {.tags = {PROVIDER, ACCOUNT}, .tag_count = 2, .grains = HOUR_UP},
    {.tags = {PROVIDER, SERVICE}, .tag_count = 2, .grains = HOUR_UP},
    {.tags = {PROVIDER, REGION, SERVICE}, .tag_count = 3, .grains = HOUR_UP},
    {.tags = {CLUSTER}, .tag_count = 1, .grains = HOUR_UP},
    {.tags = {RESOURCE}, .tag_count = 1, .grains = DAY_MONTH},
    {.tags = {TEAM}, .tag_count = 1, .grains = HOUR_UP},
    {.tags = {PROVIDER, TEAM}, .tag_count = 2, .grains = HOUR_UP},
    {.tags = {PROVIDER, SERVICE, TEAM}, .tag_count = 3, .grains = HOUR_UP},
    {.tags = {ENV}, .tag_count = 1, .grains = HOUR_UP},
    {.tags = {PROVIDER, ENV}, .tag_count = 2, .grains = HOUR_UP},
    {.tags = {PROVIDER, SERVICE, ENV}, .tag_count = 3, .grains = HOUR_UP},
};
static const struct ct_rollup_column COST_COLUMNS[] = {{0, CT_DECIMAL}, {1, CT_DECIMAL}};

static const struct ct_rollup_set GAUGE_SETS[] = {
    {.tags = {0}, .tag_count = 1, .grains = MINUTE_UP},
    {.tags = {0, 1}, .tag_count = 2, .grains = HOUR_UP},
};
static const struct ct_rollup_column GAUGE_COLUMNS[] = {
    {0, CT_FLOAT64}, {1, CT_FLOAT64}, {2, CT_FLOAT64}, {3, CT_FLOAT64}};

struct shape {
    const char *name;
    uint32_t series_count, series_rows;
    int64_t step_ns;
    bool is_cost;
    struct ct_rollup_plan plan;
};

#define COST_PLAN                                                                                  \
    {                                                                                              \
        .sets = COST_SETS, .set_count = CT_COUNT_OF(COST_SETS), .columns = COST_COLUMNS,           \
        .column_count = 2, .tag_count = TAGS_MAX                                                   \
    }

static const struct shape SHAPES[] = {
    {"cost", 20000, 48, INT64_C(3600000000000), true, COST_PLAN},
    {"gauges",
     1000,
     1080,
     INT64_C(10000000000),
     false,
     {.sets = GAUGE_SETS,
      .set_count = CT_COUNT_OF(GAUGE_SETS),
      .columns = GAUGE_COLUMNS,
      .column_count = 4,
      .tag_count = 2}},
};

struct data {
    const struct shape *shape;
    uint32_t *codes;               /* by series */
    int64_t *times_ns;             /* the same for all series */
    int64_t *numbers[COLUMNS_MAX]; /* or doubles, by row */
    double *floats[COLUMNS_MAX];
};

static uint64_t row_count(const struct shape *shape)
{
    return (uint64_t)shape->series_count * shape->series_rows;
}

static void *room_for(uint64_t count, size_t element_bytes)
{
    void *room = calloc(count, element_bytes);
    if (!room)
        abort();
    return room;
}

static void fill_codes(struct data *data, uint32_t series, struct sim_random *random)
{
    uint32_t *codes = data->codes + (size_t)series * TAGS_MAX;
    if (!data->shape->is_cost) {
        codes[0] = 1 + series % 20;
        codes[1] = 1 + series;
        return;
    }
    for (uint32_t tag = 0; tag < TAGS_MAX; tag++)
        codes[tag] =
            tag == RESOURCE ? 1 + series : 1 + (uint32_t)sim_random_below(random, COST_VALUES[tag]);
}

static void fill_values(struct data *data, uint64_t row, struct sim_random *random)
{
    const int64_t noise = (int64_t)sim_random_below(random, 100000);
    for (uint32_t c = 0; c < data->shape->plan.column_count; c++) {
        data->numbers[c][row] = (c + 1) * (noise + 300000);
        data->floats[c][row] = (double)(noise % 1000) / 10 + c;
    }
}

static void data_init(struct data *data, const struct shape *shape)
{
    struct sim_random random = sim_random_of(1);
    *data = (struct data){
        .shape = shape,
        .codes = room_for((uint64_t)shape->series_count * TAGS_MAX, sizeof(uint32_t)),
        .times_ns = room_for(shape->series_rows, sizeof(int64_t)),
    };
    for (uint32_t c = 0; c < COLUMNS_MAX; c++) {
        data->numbers[c] = room_for(row_count(shape), sizeof(int64_t));
        data->floats[c] = room_for(row_count(shape), sizeof(double));
    }
    for (uint32_t i = 0; i < shape->series_rows; i++)
        data->times_ns[i] = START_NS + i * shape->step_ns;
    for (uint32_t s = 0; s < shape->series_count; s++)
        fill_codes(data, s, &random);
    for (uint64_t row = 0; row < row_count(shape); row++)
        fill_values(data, row, &random);
}

static void data_deinit(struct data *data)
{
    free(data->codes);
    free(data->times_ns);
    for (uint32_t c = 0; c < COLUMNS_MAX; c++) {
        free(data->numbers[c]);
        free(data->floats[c]);
    }
}

/* -- Making images ------------------------------------------------------------------------------
 */

/* Every part_count-th series, from `part` on. */
static ct_status give_rows(struct ct_rollup_builder *builder, const struct data *data,
                           uint32_t part, uint32_t part_count)
{
    const struct shape *shape = data->shape;
    struct ct_vector vectors[COLUMNS_MAX] = {0};
    for (uint32_t s = part; s < shape->series_count; s += part_count) {
        const uint64_t first = (uint64_t)s * shape->series_rows;
        for (uint32_t c = 0; c < shape->plan.column_count; c++) {
            vectors[c] = (struct ct_vector){.type = shape->plan.columns[c].type,
                                            .count = shape->series_rows,
                                            .narrow = data->numbers[c] + first,
                                            .scale = 4};
            if (!shape->is_cost)
                vectors[c].float64 = data->floats[c] + first;
        }
        CT_TRY(ct_rollup_builder_series(builder, data->codes + (size_t)s * TAGS_MAX, NULL));
        CT_TRY(ct_rollup_builder_rows(builder, shape->series_rows, data->times_ns, vectors, NULL));
    }
    return CT_OK;
}

static ct_status build(const struct data *data, uint32_t part, uint32_t part_count, uint8_t **out,
                       size_t *len)
{
    struct ct_rollup_builder *builder;
    CT_TRY(ct_rollup_builder_create(ct_allocator_system(), &data->shape->plan, &builder, NULL));
    ct_status status = give_rows(builder, data, part, part_count);
    if (status == CT_OK)
        status = ct_rollup_builder_finish(builder, out, len, NULL);
    ct_rollup_builder_destroy(builder);
    return status;
}

static ct_status build_open(const struct data *data, uint32_t part, uint32_t part_count,
                            uint8_t **bytes, size_t *len, struct ct_rollup_image **image)
{
    CT_TRY(build(data, part, part_count, bytes, len));
    return ct_rollup_image_open(ct_allocator_system(), *bytes, *len, image, NULL);
}

static uint64_t cell_count(const struct ct_rollup_image *image)
{
    uint64_t cells = 0;
    for (uint32_t f = 0; image && f < ct_rollup_image_face_count(image); f++)
        cells += ct_rollup_image_face(image, f)->cell_count;
    return cells;
}

static void bench_build(struct ct_bench_run *run, const void *argument)
{
    struct data data;
    ct_status status = CT_OK;
    uint8_t *bytes = NULL;
    size_t len = 0;
    struct ct_rollup_image *image = NULL;
    data_init(&data, argument);
    while (ct_bench_next(run)) {
        ct_release(ct_allocator_system(), bytes);
        bytes = NULL;
        status = build(&data, 0, 1, &bytes, &len);
    }
    if (status != CT_OK ||
        ct_rollup_image_open(ct_allocator_system(), bytes, len, &image, NULL) != CT_OK)
        ct_bench_fail(run, "no image");
    ct_bench_items(run, row_count(data.shape));
    ct_bench_figure(run, "faces", image ? ct_rollup_image_face_count(image) : 0);
    ct_bench_figure(run, "cells", (double)cell_count(image));
    ct_bench_figure(run, "bytes_per_cell", (double)len / (double)cell_count(image));
    ct_bench_figure(run, "bytes_per_row", (double)len / (double)row_count(data.shape));
    ct_rollup_image_close(image);
    ct_release(ct_allocator_system(), bytes);
    data_deinit(&data);
}

/* -- Merging and reading ------------------------------------------------------------------------
 */

#define PARTS 4

static void bench_merge(struct ct_bench_run *run, const void *argument)
{
    struct data data;
    uint8_t *parts[PARTS] = {0};
    struct ct_rollup_image *images[PARTS] = {0};
    ct_status status = CT_OK;
    uint64_t cells = 0;
    data_init(&data, argument);
    for (uint32_t p = 0; p < PARTS && status == CT_OK; p++) {
        size_t len;
        status = build_open(&data, p, PARTS, &parts[p], &len, &images[p]);
        cells += cell_count(images[p]);
    }
    while (ct_bench_next(run)) {
        uint8_t *bytes = NULL;
        size_t len;
        if (status == CT_OK)
            status = ct_rollup_merge(ct_allocator_system(), &data.shape->plan, images, PARTS,
                                     &bytes, &len, NULL);
        ct_release(ct_allocator_system(), bytes);
    }
    if (status != CT_OK)
        ct_bench_fail(run, "no merged image");
    ct_bench_items(run, cells);
    for (uint32_t p = 0; p < PARTS; p++) {
        ct_rollup_image_close(images[p]);
        ct_release(ct_allocator_system(), parts[p]);
    }
    data_deinit(&data);
}

static ct_status read_face(struct ct_rollup_image *image, uint32_t face, unsigned keeps)
{
    const uint32_t field = 0;
    const struct ct_rollup_reader_plan plan = {&field, &keeps, 1, false};
    struct ct_rollup_reader *reader;
    CT_TRY(ct_rollup_reader_create(image, face, &plan, &reader, NULL));
    ct_status status = CT_OK;
    for (uint32_t b = 0; b < ct_rollup_image_face(image, face)->block_count && status == CT_OK;
         b++) {
        struct ct_cell_block cells;
        struct ct_cell_column column;
        status = ct_rollup_reader_read(reader, b, &cells, &column, NULL);
        ct_bench_use(&column);
    }
    ct_rollup_reader_destroy(reader);
    return status;
}

static void bench_read(struct ct_bench_run *run, const struct shape *shape, unsigned keeps)
{
    struct data data;
    uint8_t *bytes = NULL;
    size_t len;
    struct ct_rollup_image *image = NULL;
    data_init(&data, shape);
    ct_status status = build_open(&data, 0, 1, &bytes, &len, &image);
    while (ct_bench_next(run))
        for (uint32_t f = 0; status == CT_OK && f < ct_rollup_image_face_count(image); f++)
            status = read_face(image, f, keeps);
    if (status != CT_OK)
        ct_bench_fail(run, "the image could not be read");
    ct_bench_items(run, cell_count(image));
    ct_rollup_image_close(image);
    ct_release(ct_allocator_system(), bytes);
    data_deinit(&data);
}

static void bench_read_sums(struct ct_bench_run *run, const void *argument)
{
    bench_read(run, argument, CT_KEEP_COUNT | CT_KEEP_SUM);
}

static void bench_read_everything(struct ct_bench_run *run, const void *argument)
{
    bench_read(run, argument,
               CT_KEEP_COUNT | CT_KEEP_SUM | CT_KEEP_MIN | CT_KEEP_MAX | CT_KEEP_FIRST |
                   CT_KEEP_LAST);
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
        add("build_from_rows", &SHAPES[i], bench_build);
        add("merge_four", &SHAPES[i], bench_merge);
        add("read_sums_of_one_column", &SHAPES[i], bench_read_sums);
        add("read_one_column", &SHAPES[i], bench_read_everything);
    }
}
