/* What the rollup tests share: random rows of every type, and a model that recomputes a cell from
 * all rows. */
#ifndef ROLLUP_FIXTURE_H
#define ROLLUP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "civil_time.h"
#include "rollup.h"
#include "sim_random.h"
#include "sketch.h"

#define TAGS     4
#define COLUMNS  9
#define ROWS_MAX 1200

enum column {
    COLUMN_FLOAT,
    COLUMN_INT,
    COLUMN_UNSIGNED,
    COLUMN_BOOL,
    COLUMN_STRING,
    COLUMN_CENTS,
    COLUMN_RAGGED,
    COLUMN_WIDE,
    COLUMN_RARE
};

static const struct ct_rollup_column COLUMN_PLAN[COLUMNS] = {
    {2, CT_FLOAT64}, {3, CT_INT64},    {5, CT_UINT64},   {6, CT_BOOL},   {7, CT_STRING},
    {8, CT_DECIMAL}, {12, CT_DECIMAL}, {13, CT_DECIMAL}, {40, CT_INT64},
};

struct row {
    uint32_t codes[TAGS];
    int64_t time_ns;
    bool present[COLUMNS];
    struct ct_value values[COLUMNS];
    uint32_t image; /* which one of several it belongs to */
};

struct rows {
    uint32_t count;
    struct row rows[ROWS_MAX];
};

/* What rows look like. */
struct shape {
    bool is_hourly;  /* each row at the beginning of an hour */
    bool is_full;    /* every row has every value */
    bool is_extreme; /* integers of any size, any time */
    uint32_t tag_values, days;
};

static const char *const WORDS[] = {"", "ok", "down", "degraded", "ok ", "zebra", "\xc3\xa9tat"};

static inline struct ct_decimal random_decimal(enum column column, struct sim_random *random)
{
    const int64_t small = (int64_t)sim_random_below(random, 2000000) - 300000;
    if (column == COLUMN_RAGGED)
        return (struct ct_decimal){small, (uint8_t)sim_random_below(random, 12)};
    if (column == COLUMN_WIDE)
        return (struct ct_decimal){(ct_int128)small * 1000000007 * 1000000007, 21};
    return (struct ct_decimal){small, 2};
}

static inline struct ct_value random_value(enum column column, const struct shape *shape,
                                           struct sim_random *random)
{
    const uint64_t bits = sim_random_next(random);
    const enum ct_type type = COLUMN_PLAN[column].type;
    struct ct_value value = {.type = type};
    switch (type) {
    case CT_FLOAT64: /* sums are exact in any order */
        value.float64 = (double)(int64_t)(bits % 20001) / 4 - 2000;
        break;
    case CT_INT64:
        value.int64 = shape->is_extreme ? (int64_t)bits : (int64_t)(bits % 1000) - 200;
        break;
    case CT_UINT64:
        value.uint64 = shape->is_extreme ? bits : bits % 1000;
        break;
    case CT_BOOL:
        value.boolean = bits % 3 == 0;
        break;
    case CT_STRING:
        value.string = ct_text_of(WORDS[bits % CT_COUNT_OF(WORDS)]);
        break;
    case CT_DECIMAL:
        value.decimal = random_decimal(column, random);
        break;
    }
    return value;
}

static inline int64_t random_time(const struct shape *shape, struct sim_random *random)
{
    const int64_t start_ns = 1780272000000000000; /* 2026-06-01 */
    if (shape->is_extreme && sim_random_chance(random, 10))
        return sim_random_chance(random, 2) ? INT64_MIN : INT64_MAX;
    const int64_t span_ns = shape->days * CT_DAY_NS;
    const int64_t time_ns = start_ns + (int64_t)sim_random_below(random, (uint64_t)span_ns);
    return shape->is_hourly ? ct_grain_start(time_ns, CT_GRAIN_HOUR) : time_ns;
}

/* Runs of rows of a series, ascending in time for the most part. */
static inline struct rows *random_rows(const struct shape *shape, uint32_t count, uint64_t seed)
{
    struct rows *rows = calloc(1, sizeof *rows);
    struct sim_random random = sim_random_of(seed);
    assert_true(rows && count <= ROWS_MAX);
    rows->count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct row *row = &rows->rows[i];
        const bool follows = i > 0 && !sim_random_chance(&random, 20);
        for (uint32_t tag = 0; tag < TAGS; tag++)
            row->codes[tag] = follows ? row[-1].codes[tag]
                                      : (uint32_t)sim_random_below(&random, shape->tag_values);
        row->time_ns = follows && !sim_random_chance(&random, 30) && row[-1].time_ns > 0 &&
                               row[-1].time_ns < INT64_MAX - CT_DAY_NS
                           ? row[-1].time_ns + (shape->is_hourly ? CT_HOUR_NS : 400 * CT_SECOND_NS)
                           : random_time(shape, &random);
        for (unsigned c = 0; c < COLUMNS; c++) {
            row->present[c] = c == COLUMN_RARE ? sim_random_chance(&random, 200)
                                               : shape->is_full || !sim_random_chance(&random, 6);
            row->values[c] = random_value((enum column)c, shape, &random);
        }
    }
    return rows;
}

/* -- Rows into a builder ------------------------------------------------------------------------
 */

struct vectors {
    int64_t times_ns[ROWS_MAX];
    uint8_t present[COLUMNS][ROWS_MAX];
    double floats[ROWS_MAX];
    int64_t ints[COLUMNS][ROWS_MAX];
    uint8_t bools[ROWS_MAX];
    struct ct_text texts[ROWS_MAX];
    ct_int128 wide[COLUMNS][ROWS_MAX];
    uint8_t scales[COLUMNS][ROWS_MAX];
    struct ct_vector vectors[COLUMNS];
};

static inline void put_value(struct vectors *v, unsigned c, uint32_t i,
                             const struct ct_value *value)
{
    v->scales[c][i] = 0;
    switch (value->type) {
    case CT_FLOAT64:
        v->floats[i] = value->float64;
        break;
    case CT_INT64:
    case CT_UINT64:
        v->ints[c][i] = value->int64;
        break;
    case CT_BOOL:
        v->bools[i] = value->boolean;
        break;
    case CT_STRING:
        v->texts[i] = value->string;
        break;
    case CT_DECIMAL:
        v->ints[c][i] = (int64_t)value->decimal.mantissa;
        v->wide[c][i] = value->decimal.mantissa;
        v->scales[c][i] = value->decimal.scale;
        break;
    }
}

static inline void point_vector(struct vectors *v, unsigned c, uint32_t count, bool is_full,
                                bool has_any)
{
    struct ct_vector *vector = &v->vectors[c];
    *vector = (struct ct_vector){.type = COLUMN_PLAN[c].type,
                                 .count = has_any ? count : 0,
                                 .present = is_full ? NULL : v->present[c],
                                 .int64 = v->ints[c]};
    if (vector->type == CT_FLOAT64)
        vector->float64 = v->floats;
    if (vector->type == CT_BOOL)
        vector->boolean = v->bools;
    if (vector->type == CT_STRING)
        vector->string = v->texts;
    if (c == COLUMN_CENTS)
        vector->scale = 2;
    if (c == COLUMN_RAGGED || c == COLUMN_WIDE)
        vector->scales = v->scales[c];
    if (c == COLUMN_WIDE)
        vector->wide = v->wide[c];
}

/* Rows [from, to), which are of one series. */
static inline ct_status give_run(struct ct_rollup_builder *builder, const struct rows *rows,
                                 uint32_t from, uint32_t to)
{
    static struct vectors v;
    for (unsigned c = 0; c < COLUMNS; c++) {
        uint32_t values = 0;
        for (uint32_t i = from; i < to; i++) {
            const struct row *row = &rows->rows[i];
            v.times_ns[i - from] = row->time_ns;
            v.present[c][i - from] = row->present[c];
            values += row->present[c];
            put_value(&v, c, i - from, &row->values[c]);
        }
        point_vector(&v, c, to - from, values == to - from, values > 0);
    }
    CT_TRY(ct_rollup_builder_series(builder, rows->rows[from].codes, NULL));
    return ct_rollup_builder_rows(builder, to - from, v.times_ns, v.vectors, NULL);
}

static inline bool is_same_series(const struct row *a, const struct row *b)
{
    return memcmp(a->codes, b->codes, sizeof a->codes) == 0 && a->image == b->image;
}

/* The rows of one image. */
static inline ct_status give_rows(struct ct_rollup_builder *builder, const struct rows *rows,
                                  uint32_t image)
{
    for (uint32_t from = 0, to; from < rows->count; from = to) {
        for (to = from + 1; to < rows->count; to++)
            if (!is_same_series(&rows->rows[from], &rows->rows[to]))
                break;
        if (rows->rows[from].image == image)
            CT_TRY(give_run(builder, rows, from, to));
    }
    return CT_OK;
}

static inline ct_status build(const struct ct_allocator *allocator,
                              const struct ct_rollup_plan *plan, const struct rows *rows,
                              uint32_t image, uint8_t **out, size_t *len)
{
    struct ct_rollup_builder *builder;
    CT_TRY(ct_rollup_builder_create(allocator, plan, &builder, NULL));
    ct_status status = give_rows(builder, rows, image);
    if (status == CT_OK)
        status = ct_rollup_builder_finish(builder, out, len, NULL);
    ct_rollup_builder_destroy(builder);
    return status;
}

/* -- The model ----------------------------------------------------------------------------------
 */

struct model_column {
    int64_t count;
    struct ct_decimal_sum sum;
    double float_sum;
    struct ct_value min, max, first, last;
    int64_t first_time_ns, last_time_ns;
    struct ct_quantile_sketch quantiles;
    struct ct_distinct_sketch distinct;
};

struct model_cell {
    int64_t rows, min_time_ns, max_time_ns;
    struct model_column columns[COLUMNS];
};

static inline int compare_values(const struct ct_value *a, const struct ct_value *b)
{
    switch (a->type) {
    case CT_FLOAT64:
        return (a->float64 > b->float64) - (a->float64 < b->float64);
    case CT_INT64:
        return (a->int64 > b->int64) - (a->int64 < b->int64);
    case CT_UINT64:
        return (a->uint64 > b->uint64) - (a->uint64 < b->uint64);
    case CT_BOOL:
        return (int)a->boolean - (int)b->boolean;
    case CT_STRING:
        return ct_text_compare(a->string, b->string);
    case CT_DECIMAL:
        return ct_decimal_compare(a->decimal, b->decimal);
    }
    return 0;
}

static inline struct ct_vector vector_of(const struct ct_value *value)
{
    struct ct_vector vector = {.type = value->type, .count = 1};
    switch (value->type) {
    case CT_FLOAT64:
        vector.float64 = &value->float64;
        break;
    case CT_INT64:
    case CT_UINT64:
        vector.int64 = &value->int64;
        break;
    case CT_BOOL:
        vector.boolean = (const uint8_t *)&value->boolean;
        break;
    case CT_STRING:
        vector.string = &value->string;
        break;
    case CT_DECIMAL:
        vector.wide = &value->decimal.mantissa;
        vector.scale = value->decimal.scale;
        break;
    }
    return vector;
}

static inline void model_add_sum(struct model_column *column, const struct ct_value *value)
{
    ct_status status = CT_OK;
    if (value->type == CT_FLOAT64)
        column->float_sum += value->float64;
    if (value->type == CT_INT64)
        status = ct_decimal_sum_add(&column->sum, value->int64, 0);
    if (value->type == CT_UINT64)
        status = ct_decimal_sum_add(&column->sum, (ct_int128)value->uint64, 0);
    if (value->type == CT_DECIMAL)
        status = ct_decimal_sum_add(&column->sum, value->decimal.mantissa, value->decimal.scale);
    assert_int_equal(status, CT_OK);
}

static inline void model_add(struct model_column *column, const struct ct_value *value,
                             int64_t time_ns, bool has_sketches)
{
    const struct ct_vector vector = vector_of(value);
    const bool is_new = column->count++ == 0;
    model_add_sum(column, value);
    if (is_new || compare_values(value, &column->min) < 0)
        column->min = *value;
    if (is_new || compare_values(value, &column->max) > 0)
        column->max = *value;
    if (is_new || time_ns < column->first_time_ns ||
        (time_ns == column->first_time_ns && compare_values(value, &column->first) > 0)) {
        column->first = *value;
        column->first_time_ns = time_ns;
    }
    if (is_new || time_ns > column->last_time_ns ||
        (time_ns == column->last_time_ns && compare_values(value, &column->last) > 0)) {
        column->last = *value;
        column->last_time_ns = time_ns;
    }
    if (!has_sketches)
        return;
    assert_int_equal(ct_quantile_sketch_add(&column->quantiles, ct_sketch_number(&vector, 0), 1),
                     CT_OK);
    assert_int_equal(ct_distinct_sketch_add(&column->distinct, ct_sketch_hash(&vector, 0)), CT_OK);
}

/* Every row of the face's group and bucket. */
static inline void model_cell(const struct rows *rows, const struct ct_rollup_face *face,
                              const uint32_t *codes, int64_t bucket_ns, struct model_cell *out)
{
    *out = (struct model_cell){.min_time_ns = INT64_MAX, .max_time_ns = INT64_MIN};
    for (unsigned c = 0; c < COLUMNS; c++) {
        ct_quantile_sketch_init(&out->columns[c].quantiles, ct_allocator_system());
        ct_distinct_sketch_init(&out->columns[c].distinct, ct_allocator_system());
    }
    for (uint32_t r = 0; r < rows->count; r++) {
        const struct row *row = &rows->rows[r];
        bool is_in = ct_grain_start(row->time_ns, face->grain) == bucket_ns;
        for (uint32_t i = 0; i < face->set.tag_count && is_in; i++)
            is_in = row->codes[face->set.tags[i]] == codes[i];
        if (!is_in)
            continue;
        out->rows++;
        out->min_time_ns = row->time_ns < out->min_time_ns ? row->time_ns : out->min_time_ns;
        out->max_time_ns = row->time_ns > out->max_time_ns ? row->time_ns : out->max_time_ns;
        for (unsigned c = 0; c < COLUMNS; c++)
            if (row->present[c])
                model_add(&out->columns[c], &row->values[c], row->time_ns,
                          face->set.sketch_count > 0);
    }
}

static inline void model_cell_deinit(struct model_cell *cell)
{
    for (unsigned c = 0; c < COLUMNS; c++) {
        ct_quantile_sketch_deinit(&cell->columns[c].quantiles);
        ct_distinct_sketch_deinit(&cell->columns[c].distinct);
    }
}

/* -- An image against the model -----------------------------------------------------------------
 */

static inline struct ct_value value_at(const struct ct_vector *vector, uint32_t i)
{
    struct ct_value value = {.type = vector->type};
    assert_true(i < vector->count && (!vector->present || vector->present[i]));
    switch (vector->type) {
    case CT_FLOAT64:
        value.float64 = vector->float64[i];
        break;
    case CT_INT64:
    case CT_UINT64:
        value.int64 = vector->int64[i];
        break;
    case CT_BOOL:
        value.boolean = vector->boolean[i] != 0;
        break;
    case CT_STRING:
        value.string = vector->string[i];
        break;
    case CT_DECIMAL:
        value.decimal.mantissa = vector->wide ? vector->wide[i] : vector->narrow[i];
        value.decimal.scale = vector->scale;
        break;
    }
    return value;
}

static inline void assert_value(const struct ct_vector *vector, uint32_t i,
                                const struct ct_value *wanted)
{
    const struct ct_value got = value_at(vector, i);
    assert_int_equal(got.type, wanted->type);
    assert_int_equal(compare_values(&got, wanted), 0);
}

static inline void assert_sum(const struct ct_cell_column *got, uint32_t i,
                              const struct model_column *wanted, enum ct_type type)
{
    const struct ct_value sum = value_at(&got->sum, i);
    if (type == CT_FLOAT64) {
        assert_true(sum.float64 == wanted->float_sum);
        return;
    }
    struct ct_decimal_sum exact = {0};
    assert_int_equal(sum.type, CT_DECIMAL);
    assert_int_equal(ct_decimal_sum_add(&exact, sum.decimal.mantissa, sum.decimal.scale), CT_OK);
    assert_int_equal(ct_decimal_sum_compare(&exact, &wanted->sum), 0);
}

static inline void assert_sketches(const struct ct_cell_column *got, uint32_t i,
                                   const struct model_column *wanted)
{
    static uint8_t bytes[1 << 17];
    if (got->quantiles.count) {
        ct_quantile_sketch_write(&wanted->quantiles, bytes);
        const struct ct_text exact = {(const char *)bytes,
                                      ct_quantile_sketch_size(&wanted->quantiles)};
        assert_true(ct_text_equal(got->quantiles.string[i], exact));
    }
    if (got->distinct.count) {
        ct_distinct_sketch_write(&wanted->distinct, bytes);
        const struct ct_text exact = {(const char *)bytes,
                                      ct_distinct_sketch_size(&wanted->distinct)};
        assert_true(ct_text_equal(got->distinct.string[i], exact));
    }
}

static inline void assert_column(const struct ct_cell_column *got, uint32_t i,
                                 const struct model_column *wanted, enum ct_type type)
{
    assert_int_equal(got->counts[i], wanted->count);
    if (wanted->count == 0) {
        assert_true(got->first.present && !got->first.present[i]);
        return;
    }
    if (type != CT_BOOL && type != CT_STRING) {
        assert_sum(got, i, wanted, type);
        assert_value(&got->min, i, &wanted->min);
        assert_value(&got->max, i, &wanted->max);
    }
    assert_value(&got->first, i, &wanted->first);
    assert_value(&got->last, i, &wanted->last);
    assert_int_equal(got->first_times_ns[i], wanted->first_time_ns);
    assert_int_equal(got->last_times_ns[i], wanted->last_time_ns);
    assert_sketches(got, i, wanted);
}

/* Where the walk through a face is. */
struct walk {
    const struct rows *rows;
    struct ct_rollup_image *image;
    uint32_t face;
    const uint32_t *codes[CT_ROLLUP_TAGS_MAX];
    uint32_t last_position;
    int64_t last_bucket_ns, row_count;
    uint32_t cell_count;
    bool is_split;
};

static inline void assert_cell(struct walk *walk, const struct ct_cell_block *cells,
                               const struct ct_cell_column *columns, uint32_t i)
{
    const struct ct_rollup_face *face = ct_rollup_image_face(walk->image, walk->face);
    const uint32_t position = cells->positions[i];
    struct model_cell wanted;
    uint32_t codes[CT_ROLLUP_TAGS_MAX];
    assert_true(position < face->group_count);
    if (walk->cell_count++)
        assert_true(
            position > walk->last_position ||
            (position == walk->last_position && cells->buckets_ns[i] > walk->last_bucket_ns));
    walk->last_position = position;
    walk->last_bucket_ns = cells->buckets_ns[i];
    for (uint32_t tag = 0; tag < face->set.tag_count; tag++)
        codes[tag] = walk->codes[tag][position];
    model_cell(walk->rows, face, codes, cells->buckets_ns[i], &wanted);
    assert_int_equal(cells->rows[i], wanted.rows);
    assert_int_equal(cells->min_times_ns[i], wanted.min_time_ns);
    assert_int_equal(cells->max_times_ns[i], wanted.max_time_ns);
    walk->is_split |= wanted.min_time_ns != wanted.max_time_ns;
    walk->row_count += wanted.rows;
    for (unsigned c = 0; c < COLUMNS; c++)
        assert_column(&columns[c], i, &wanted.columns[c], COLUMN_PLAN[c].type);
    model_cell_deinit(&wanted);
}

static const unsigned EVERYTHING = 255;

static inline struct ct_rollup_reader *open_reader(struct ct_rollup_image *image, uint32_t face)
{
    uint32_t fields[COLUMNS];
    unsigned keeps[COLUMNS];
    struct ct_rollup_reader *reader;
    for (unsigned c = 0; c < COLUMNS; c++) {
        fields[c] = COLUMN_PLAN[c].field;
        keeps[c] = EVERYTHING;
    }
    const struct ct_rollup_reader_plan plan = {fields, keeps, COLUMNS, true};
    assert_int_equal(ct_rollup_reader_create(image, face, &plan, &reader, NULL), CT_OK);
    return reader;
}

/* Every cell is what the model says, and every row is in one. */
static inline void assert_face(struct ct_rollup_image *image, uint32_t number,
                               const struct rows *rows)
{
    const struct ct_rollup_face *face = ct_rollup_image_face(image, number);
    struct walk walk = {.rows = rows, .image = image, .face = number};
    struct ct_rollup_reader *reader = open_reader(image, number);
    for (uint32_t tag = 0; tag < face->set.tag_count; tag++)
        assert_int_equal(ct_rollup_face_codes(image, number, tag, &walk.codes[tag], NULL), CT_OK);
    for (uint32_t b = 0; b < face->block_count; b++) {
        struct ct_cell_block cells;
        struct ct_cell_column columns[COLUMNS];
        struct ct_rollup_block bounds;
        ct_rollup_face_block(image, number, b, &bounds);
        assert_int_equal(ct_rollup_reader_read(reader, b, &cells, columns, NULL), CT_OK);
        assert_int_equal(cells.cell_count, bounds.cell_count);
        for (uint32_t i = 0; i < cells.cell_count; i++)
            assert_cell(&walk, &cells, columns, i);
    }
    assert_int_equal(walk.row_count, rows->count);
    assert_int_equal(walk.cell_count, face->cell_count);
    assert_int_equal(walk.is_split, face->is_split);
    ct_rollup_reader_destroy(reader);
}

/* Position of a face in an image, or -1. */
static inline int find_face(const struct ct_rollup_image *image, const struct ct_rollup_set *set,
                            unsigned grain)
{
    for (uint32_t f = 0; f < ct_rollup_image_face_count(image); f++) {
        const struct ct_rollup_face *face = ct_rollup_image_face(image, f);
        if (face->grain == grain && face->set.tag_count == set->tag_count &&
            memcmp(face->set.tags, set->tags, set->tag_count * sizeof *set->tags) == 0)
            return (int)f;
    }
    return -1;
}

static inline void assert_every_face(const uint8_t *bytes, size_t len,
                                     const struct ct_rollup_plan *plan, const struct rows *rows)
{
    struct ct_rollup_image *image;
    assert_int_equal(ct_rollup_image_open(ct_allocator_system(), bytes, len, &image, NULL), CT_OK);
    assert_int_equal(ct_rollup_image_rows(image), rows->count);
    for (uint32_t s = 0; s < plan->set_count; s++) {
        for (unsigned grain = 0; grain < CT_GRAIN_COUNT; grain++) {
            const int face = find_face(image, &plan->sets[s], grain);
            assert_int_equal(face >= 0, (plan->sets[s].grains & CT_GRAIN_BIT(grain)) != 0);
            if (face >= 0)
                assert_face(image, (uint32_t)face, rows);
        }
    }
    ct_rollup_image_close(image);
}

#endif
