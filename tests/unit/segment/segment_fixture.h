/* Random tables kept as plain arrays, written to segments and compared with what comes back. For
 * the tests of the segment layer; every function is static, so that each test program has what it
 * needs. */
#ifndef SEGMENT_FIXTURE_H
#define SEGMENT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc.h"
#include "io.h"
#include "segment.h"

#define SEGMENT_NAME "s.seg"
#define FOLDER       "store"
#define SEGMENT_PATH FOLDER "/" SEGMENT_NAME

/* -- Random numbers --------------------------------------------------------------------------- */

static inline uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static inline uint32_t random_below(uint64_t *state, uint32_t end)
{
    return (uint32_t)(next_random(state) % end);
}

/* -- Tables ----------------------------------------------------------------------------------- */

/* How the values of a column are made. */
enum shape {
    SHAPE_CONSTANT,
    SHAPE_WALK,
    SHAPE_WILD,   /* any bits; decimals of any size at mixed scales that still have a common one */
    SHAPE_WIDE,   /* decimals past 64 bits */
    SHAPE_RAGGED, /* decimals that no common scale holds */
    SHAPE_PRICED, /* decimals: the column before times a price of the series */
};

struct column_plan {
    uint32_t field;
    enum ct_type type;
    enum shape shape;
    uint32_t gap_percent; /* 100: never a value */
};

struct table_column {
    struct column_plan plan;
    uint8_t *present;
    double *float64;
    int64_t *int64; /* also the bits of uint64 */
    uint8_t *boolean;
    struct ct_text *string;
    struct ct_decimal *decimal;
};

struct table {
    uint32_t row_count, series_count, column_count, tag_count;
    uint32_t *series, *first_row; /* first_row[series_count + 1] */
    uint32_t *codes;              /* [series_count][tag_count] */
    int64_t *times_ns;
    struct table_column *columns;
};

static const char WORDS[] = "the quick brown fox jumps over the lazy dog and bills it by the hour";

static inline void *array_of(size_t count, size_t size)
{
    void *array = calloc(count ? count : 1, size);
    assert_non_null(array);
    return array;
}

static inline struct ct_decimal random_decimal(enum shape shape, uint64_t *random, int64_t *walk)
{
    const uint64_t bits = next_random(random);
    struct ct_decimal value = {0};
    *walk += (int64_t)(bits % 2001) - 1000;
    switch (shape) {
    case SHAPE_CONSTANT:
        return (struct ct_decimal){.mantissa = -350, .scale = 2};
    case SHAPE_WALK:
    case SHAPE_PRICED:
        return (struct ct_decimal){.mantissa = *walk, .scale = 6};
    case SHAPE_WILD:
        value.mantissa = (int64_t)next_random(random) >> (bits % 63);
        value.scale = (uint8_t)(bits >> 8) % 12;
        return value;
    case SHAPE_WIDE:
        value.mantissa = (ct_int128)(int64_t)next_random(random) * ((int64_t)bits >> 4);
        value.mantissa %= ct_pow10_int128(37);
        value.scale = 10;
        return value;
    case SHAPE_RAGGED:
        value.mantissa = ct_pow10_int128(37) * (bits & 1 ? 9 : -9) + (int64_t)(bits >> 8);
        value.scale = (uint8_t)((bits >> 1) % 39);
        return value;
    }
    return value;
}

/* A product rounded half away from zero to six digits. */
static inline struct ct_decimal priced(struct ct_decimal amount, int64_t price)
{
    const ct_int128 product = amount.mantissa * price;
    const ct_int128 half = product < 0 ? -5000 : 5000;
    return (struct ct_decimal){.mantissa = (product + half) / 10000, .scale = 6};
}

static inline void fill_value(struct table *table, uint32_t c, uint32_t row, uint32_t series,
                              uint64_t *random, int64_t *walk)
{
    struct table_column *column = &table->columns[c];
    const enum shape shape = column->plan.shape;
    const uint64_t bits = next_random(random);
    *walk += (int64_t)(bits % 21) - 10;
    const bool is_wild = shape == SHAPE_WILD;
    double wild;
    switch (column->plan.type) {
    case CT_FLOAT64:
        memcpy(&wild, &bits, sizeof wild);
        column->float64[row] = shape == SHAPE_CONSTANT ? 0.5 : is_wild ? wild : (double)*walk / 10;
        break;
    case CT_INT64:
    case CT_UINT64:
        column->int64[row] = shape == SHAPE_CONSTANT ? 7 : is_wild ? (int64_t)bits : *walk;
        break;
    case CT_BOOL:
        column->boolean[row] = shape == SHAPE_CONSTANT ? 1 : bits & 1;
        break;
    case CT_STRING:
        column->string[row] = (struct ct_text){.bytes = WORDS + bits % 20,
                                               .len = is_wild ? (bits >> 32) % 40 : bits % 3};
        break;
    case CT_DECIMAL:
        column->decimal[row] = shape == SHAPE_PRICED ? priced(table->columns[c - 1].decimal[row],
                                                              12345 + 17 * (int64_t)series)
                                                     : random_decimal(shape, random, walk);
        break;
    }
}

static inline void allocate_column(struct table_column *column, uint32_t rows)
{
    column->present = array_of(rows, 1);
    column->float64 = array_of(rows, sizeof(double));
    column->int64 = array_of(rows, sizeof(int64_t));
    column->boolean = array_of(rows, 1);
    column->string = array_of(rows, sizeof(struct ct_text));
    column->decimal = array_of(rows, sizeof(struct ct_decimal));
}

static inline void fill_series(struct table *table, uint32_t s, uint64_t *random)
{
    int64_t time = 1780272000000000000 + (int64_t)random_below(random, 100) * 1000;
    int64_t walks[64] = {0};
    for (uint32_t row = table->first_row[s]; row < table->first_row[s + 1]; row++) {
        table->times_ns[row] = time;
        time += random_below(random, 10) == 0 ? 0 : 10000000000; /* now and then a tie */
        for (uint32_t c = 0; c < table->column_count; c++) {
            struct table_column *column = &table->columns[c];
            column->present[row] = random_below(random, 100) >= column->plan.gap_percent;
            fill_value(table, c, row, s, random, &walks[c]);
        }
    }
}

/* series_rows[series_count]: how many rows each has. */
static inline struct table *table_create(const uint32_t *series_rows, uint32_t series_count,
                                         const struct column_plan *plans, uint32_t column_count,
                                         uint32_t tag_count, uint64_t seed)
{
    struct table *table = array_of(1, sizeof *table);
    table->series_count = series_count;
    table->column_count = column_count;
    table->tag_count = tag_count;
    table->series = array_of(series_count, sizeof(uint32_t));
    table->first_row = array_of(series_count + 1, sizeof(uint32_t));
    table->codes = array_of((size_t)series_count * tag_count, sizeof(uint32_t));
    for (uint32_t s = 0; s < series_count; s++) {
        table->series[s] = (s ? table->series[s - 1] + 1 : 3) + random_below(&seed, 3);
        table->first_row[s + 1] = table->first_row[s] + series_rows[s];
        for (uint32_t tag = 0; tag < tag_count; tag++)
            table->codes[s * tag_count + tag] = random_below(&seed, 5 + tag * 1000);
    }
    table->row_count = table->first_row[series_count];
    table->times_ns = array_of(table->row_count, sizeof(int64_t));
    table->columns = array_of(column_count, sizeof *table->columns);
    for (uint32_t c = 0; c < column_count; c++) {
        table->columns[c].plan = plans[c];
        allocate_column(&table->columns[c], table->row_count);
    }
    for (uint32_t s = 0; s < series_count; s++)
        fill_series(table, s, &seed);
    return table;
}

static inline void table_destroy(struct table *table)
{
    for (uint32_t c = 0; c < table->column_count; c++) {
        free(table->columns[c].present);
        free(table->columns[c].float64);
        free(table->columns[c].int64);
        free(table->columns[c].boolean);
        free(table->columns[c].string);
        free(table->columns[c].decimal);
    }
    free(table->columns);
    free(table->series);
    free(table->first_row);
    free(table->codes);
    free(table->times_ns);
    free(table);
}

/* -- Writing ---------------------------------------------------------------------------------- */

/* Mantissas and scales laid out for one vector. */
struct decimal_room {
    ct_int128 *wide;
    int64_t *narrow;
    uint8_t *scales;
};

static inline void decimal_vector(const struct ct_decimal *values, uint32_t count,
                                  struct decimal_room *room, struct ct_vector *out)
{
    bool is_wide = false, is_one_scale = true;
    room->wide = array_of(count, sizeof(ct_int128));
    room->narrow = array_of(count, sizeof(int64_t));
    room->scales = array_of(count, 1);
    for (uint32_t i = 0; i < count; i++) {
        room->wide[i] = values[i].mantissa;
        room->narrow[i] = (int64_t)values[i].mantissa;
        room->scales[i] = values[i].scale;
        is_wide |= values[i].mantissa != room->narrow[i];
        is_one_scale &= values[i].scale == values[0].scale;
    }
    out->narrow = is_wide ? NULL : room->narrow;
    out->wide = is_wide ? room->wide : NULL;
    out->scales = is_one_scale ? NULL : room->scales;
    out->scale = values[0].scale;
}

static inline void vector_of(const struct table_column *column, uint32_t from, uint32_t count,
                             struct decimal_room *room, struct ct_vector *out)
{
    *out = (struct ct_vector){.type = column->plan.type, .count = count};
    if (column->plan.gap_percent == 100)
        out->count = 0;
    if (column->plan.gap_percent > 0)
        out->present = column->present + from;
    switch (column->plan.type) {
    case CT_FLOAT64:
        out->float64 = column->float64 + from;
        break;
    case CT_INT64:
    case CT_UINT64:
        out->int64 = column->int64 + from;
        break;
    case CT_BOOL:
        out->boolean = column->boolean + from;
        break;
    case CT_STRING:
        out->string = column->string + from;
        break;
    case CT_DECIMAL:
        decimal_vector(column->decimal + from, count, room, out);
        break;
    }
}

static inline ct_status write_rows(struct ct_segment_writer *writer, const struct table *table,
                                   uint32_t from, uint32_t count, struct ct_error *err)
{
    struct ct_vector vectors[64];
    struct decimal_room rooms[64] = {0};
    for (uint32_t c = 0; c < table->column_count; c++)
        vector_of(&table->columns[c], from, count, &rooms[c], &vectors[c]);
    const ct_status status =
        ct_segment_writer_rows(writer, count, table->times_ns + from, vectors, err);
    for (uint32_t c = 0; c < table->column_count; c++) {
        free(rooms[c].wide);
        free(rooms[c].narrow);
        free(rooms[c].scales);
    }
    return status;
}

/* All series, their rows in calls of at most call_rows. */
static inline ct_status write_series(struct ct_segment_writer *writer, const struct table *table,
                                     uint32_t call_rows, struct ct_error *err)
{
    for (uint32_t s = 0; s < table->series_count; s++) {
        ct_status status = ct_segment_writer_series(
            writer, table->series[s], table->codes + (size_t)s * table->tag_count, err);
        const uint32_t end = table->first_row[s + 1];
        for (uint32_t at = table->first_row[s]; at < end && status == CT_OK; at += call_rows) {
            const uint32_t count = end - at < call_rows ? end - at : call_rows;
            status = write_rows(writer, table, at, count, err);
        }
        if (status != CT_OK)
            return status;
    }
    return CT_OK;
}

/* FOLDER exists. */
/* Not what a store puts there: to a segment these are bytes. */
#define SEGMENT_ROLLUP "as the store likes"

static inline ct_status write_segment(struct ct_io *io, const struct table *table,
                                      enum ct_effort effort, uint32_t call_rows,
                                      struct ct_segment_info *info, struct ct_error *err)
{
    struct ct_segment_column columns[64];
    for (uint32_t c = 0; c < table->column_count; c++)
        columns[c] = (struct ct_segment_column){.field = table->columns[c].plan.field,
                                                .type = table->columns[c].plan.type};
    const struct ct_segment_plan plan = {.table = 5,
                                         .tag_count = table->tag_count,
                                         .columns = columns,
                                         .column_count = table->column_count,
                                         .min_commit = 100,
                                         .max_commit = 200,
                                         .effort = effort};
    struct ct_segment_writer *writer;
    ct_status status = ct_segment_writer_create(io, FOLDER, SEGMENT_NAME, &plan, &writer, err);
    if (status != CT_OK)
        return status;
    ct_segment_writer_rollup(writer, (const uint8_t *)SEGMENT_ROLLUP, strlen(SEGMENT_ROLLUP));
    status = write_series(writer, table, call_rows, err);
    if (status == CT_OK)
        return ct_segment_writer_finish(writer, info, err);
    ct_segment_writer_abandon(writer);
    return status;
}

/* -- Comparing -------------------------------------------------------------------------------- */

static inline struct ct_decimal decimal_of(const struct ct_vector *v, uint32_t i)
{
    return (struct ct_decimal){.mantissa = v->wide ? v->wide[i] : v->narrow[i],
                               .scale = v->scales ? v->scales[i] : v->scale};
}

static inline bool is_value_equal(const struct table_column *column, uint32_t row,
                                  const struct ct_vector *v, uint32_t i)
{
    switch (column->plan.type) {
    case CT_FLOAT64:
        return memcmp(&column->float64[row], &v->float64[i], sizeof(double)) == 0;
    case CT_INT64:
    case CT_UINT64:
        return column->int64[row] == v->int64[i];
    case CT_BOOL:
        return column->boolean[row] == v->boolean[i];
    case CT_STRING:
        return ct_text_equal(column->string[row], v->string[i]);
    case CT_DECIMAL:
        return ct_decimal_compare(column->decimal[row], decimal_of(v, i)) == 0;
    }
    return false;
}

static inline bool has_value(const struct table_column *column, uint32_t row)
{
    return column->plan.gap_percent == 0 ||
           (column->plan.gap_percent < 100 && column->present[row]);
}

/* An int64, uint64 or decimal as a decimal. */
static inline struct ct_decimal exact_value(const struct table_column *column, uint32_t row)
{
    if (column->plan.type == CT_DECIMAL)
        return column->decimal[row];
    if (column->plan.type == CT_UINT64)
        return (struct ct_decimal){.mantissa = (uint64_t)column->int64[row]};
    return (struct ct_decimal){.mantissa = column->int64[row]};
}

static inline struct ct_decimal stats_bound(const struct ct_block_stats *stats, bool is_max)
{
    if (stats->type == CT_DECIMAL)
        return is_max ? stats->decimal_max : stats->decimal_min;
    if (stats->type == CT_UINT64)
        return (struct ct_decimal){.mantissa = is_max ? stats->max.uint64 : stats->min.uint64};
    return (struct ct_decimal){.mantissa = is_max ? stats->max.int64 : stats->min.int64};
}

static inline void check_exact_stats(const struct table_column *column, uint32_t from, uint32_t end,
                                     const struct ct_block_stats *stats)
{
    struct ct_decimal_sum sum = {0};
    bool is_first = true, fits = true;
    struct ct_decimal min = {0}, max = {0};
    for (uint32_t row = from; row < end; row++) {
        if (!has_value(column, row))
            continue;
        const struct ct_decimal value = exact_value(column, row);
        fits = fits && ct_decimal_sum_add(&sum, value.mantissa, value.scale) == CT_OK;
        if (is_first || ct_decimal_compare(value, min) < 0)
            min = value;
        if (is_first || ct_decimal_compare(value, max) > 0)
            max = value;
        is_first = false;
    }
    assert_int_equal(stats->has_sum, fits);
    if (fits)
        assert_int_equal(ct_decimal_sum_compare(&sum, &stats->exact_sum), 0);
    assert_int_equal(ct_decimal_compare(min, stats_bound(stats, false)), 0);
    assert_int_equal(ct_decimal_compare(max, stats_bound(stats, true)), 0);
}

static inline void check_float_stats(const struct table_column *column, uint32_t from, uint32_t end,
                                     const struct ct_block_stats *stats)
{
    double sum = 0.0;
    bool has_nan = false;
    for (uint32_t row = from; row < end; row++) {
        if (!has_value(column, row))
            continue;
        const double value = column->float64[row];
        sum += value;
        has_nan |= value != value;
        assert_false(value < stats->min.float64 || value > stats->max.float64);
    }
    assert_true(sum == stats->float_sum || (sum != sum && stats->float_sum != stats->float_sum));
    assert_true(has_nan || stats->min.float64 <= stats->max.float64);
}

static inline void check_column(const struct table_column *column, uint32_t from, uint32_t end,
                                const struct ct_vector *v, const struct ct_block_stats *stats)
{
    uint32_t values = 0;
    assert_int_equal(v->type, column->plan.type);
    assert_int_equal(v->count, end - from);
    for (uint32_t row = from; row < end; row++) {
        const uint32_t i = row - from;
        assert_int_equal(!v->present || v->present[i], has_value(column, row));
        if (!has_value(column, row))
            continue;
        if (!is_value_equal(column, row, v, i))
            fail_msg("field %u, row %u", column->plan.field, row);
        values++;
    }
    assert_int_equal(stats->type, column->plan.type);
    assert_int_equal(stats->value_count, values);
    if (values == 0 || column->plan.type == CT_BOOL || column->plan.type == CT_STRING)
        return;
    assert_true(stats->has_min_max);
    if (column->plan.type == CT_FLOAT64)
        check_float_stats(column, from, end, stats);
    else
        check_exact_stats(column, from, end, stats);
}

static inline void check_block(struct ct_segment_reader *reader, const struct table *table,
                               const struct ct_segment_blocks *blocks, uint32_t block)
{
    const uint32_t from = blocks->first_row[block], end = blocks->first_row[block + 1];
    const int64_t *times_ns;
    int64_t min = INT64_MAX, max = INT64_MIN;
    assert_int_equal(ct_segment_read_times(reader, block, &times_ns, NULL), CT_OK);
    assert_memory_equal(times_ns, table->times_ns + from, (end - from) * sizeof *times_ns);
    for (uint32_t row = from; row < end; row++) {
        min = table->times_ns[row] < min ? table->times_ns[row] : min;
        max = table->times_ns[row] > max ? table->times_ns[row] : max;
    }
    assert_true(min == blocks->min_time_ns[block] && max == blocks->max_time_ns[block]);
    for (uint32_t c = 0; c < table->column_count; c++) {
        struct ct_vector vector;
        struct ct_block_stats stats;
        struct ct_error err;
        if (ct_segment_read_column(reader, c, block, &vector, &err) != CT_OK)
            fail_msg("block %u of column %u: %s", block, c, err.text);
        assert_int_equal(ct_segment_read_stats(reader, c, block, &stats, NULL), CT_OK);
        check_column(&table->columns[c], from, end, &vector, &stats);
    }
}

static inline void check_series(struct ct_segment *segment, const struct table *table)
{
    struct ct_segment_series series;
    assert_int_equal(ct_segment_series_of(segment, &series, NULL), CT_OK);
    assert_int_equal(series.count, table->series_count);
    assert_memory_equal(series.series, table->series, table->series_count * sizeof(uint32_t));
    assert_memory_equal(series.first_row, table->first_row,
                        (table->series_count + 1) * sizeof(uint32_t));
    for (uint32_t s = 0; s < series.count; s++) {
        assert_true(series.min_time_ns[s] == table->times_ns[table->first_row[s]]);
        assert_true(series.max_time_ns[s] == table->times_ns[table->first_row[s + 1] - 1]);
    }
    for (uint32_t tag = 0; tag < table->tag_count + 2; tag++) {
        const uint32_t *codes;
        assert_int_equal(ct_segment_tag_codes(segment, tag, &codes, NULL), CT_OK);
        for (uint32_t s = 0; s < series.count; s++)
            assert_int_equal(codes[s],
                             tag < table->tag_count ? table->codes[s * table->tag_count + tag] : 0);
    }
}

/* Everything that the segment says against the plain arrays. */
static inline void check_segment(struct ct_segment *segment, const struct table *table)
{
    struct ct_segment_blocks blocks;
    struct ct_segment_reader *reader;
    assert_int_equal(ct_segment_info_of(segment)->row_count, table->row_count);
    check_series(segment, table);
    assert_int_equal(ct_segment_blocks_of(segment, &blocks, NULL), CT_OK);
    assert_int_equal(blocks.first_row[blocks.count], table->row_count);
    assert_int_equal(ct_segment_reader_create(segment, NULL, &reader, NULL), CT_OK);
    for (uint32_t block = 0; block < blocks.count; block++)
        check_block(reader, table, &blocks, block);
    ct_segment_reader_destroy(reader);
}

/* -- Files ------------------------------------------------------------------------------------ */

static inline struct ct_io *memory_create(const struct ct_allocator *allocator)
{
    struct ct_io *io = ct_io_memory_create(allocator);
    if (io && io->calls->make_folder(io, FOLDER, NULL) != CT_OK) {
        ct_io_memory_destroy(io);
        return NULL;
    }
    return io;
}

/* Puts bytes under SEGMENT_PATH. */
static inline void put_file(struct ct_io *io, const void *bytes, size_t len)
{
    const struct ct_text text = {.bytes = bytes, .len = len};
    assert_int_equal(ct_replace_file(io, FOLDER, SEGMENT_NAME, text, NULL), CT_OK);
}

#endif
