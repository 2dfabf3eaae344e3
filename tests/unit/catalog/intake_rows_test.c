/* Rows into columns: every type, gaps, wide mantissas; against plain arrays. */
#include "intake_fixture.h"

#define ROWS    3000
#define COLUMNS 7

static const enum ct_type types[COLUMNS] = {CT_FLOAT64, CT_INT64,   CT_UINT64, CT_BOOL,
                                            CT_STRING,  CT_DECIMAL, CT_DECIMAL};
static const char *const names[COLUMNS] = {"f", "i", "u", "b", "s", "d", "wide"};
static const char *const words[] = {"", "a", "longer text"};

static struct {
    bool is_present;
    struct ct_row_value value;
} model[ROWS][COLUMNS];

static struct ct_row_value random_value(struct sim_random *random, unsigned c, uint32_t row)
{
    const uint64_t bits = sim_random_next(random);
    struct ct_row_value value = {.column = 0};
    switch (types[c]) {
    case CT_FLOAT64:
        value.float64 = (double)(int64_t)bits;
        break;
    case CT_INT64:
        value.int64 = (int64_t)bits;
        break;
    case CT_UINT64:
        value.uint64 = bits;
        break;
    case CT_BOOL:
        value.boolean = bits & 1;
        break;
    case CT_STRING:
        value.string = ct_text_of(words[bits % 3]);
        break;
    case CT_DECIMAL:
        value.scale = (uint8_t)(bits % 39);
        value.is_wide = c == 6 && row > 700 && bits % 5 == 0;
        if (value.is_wide)
            value.wide = (ct_int128)(int64_t)bits * 1000003;
        else
            value.narrow = (int64_t)bits;
        break;
    }
    return value;
}

static void fill_rows(struct ct_intake *intake, struct sim_random *random, uint32_t rows,
                      uint64_t one_in)
{
    const uint32_t table = table_of(intake, "m");
    uint32_t columns[COLUMNS];
    for (unsigned c = 0; c < COLUMNS; c++)
        columns[c] = column_of(intake, table, names[c], types[c]);
    for (uint32_t row = 0; row < rows; row++) {
        struct ct_row_value values[COLUMNS];
        uint32_t count = 0;
        for (unsigned c = 0; c < COLUMNS; c++) {
            model[row][c].is_present = sim_random_chance(random, one_in);
            if (!model[row][c].is_present)
                continue;
            model[row][c].value = values[count] = random_value(random, c, row);
            values[count++].column = columns[c];
        }
        char room[TEXT_ROOM];
        numbered(room, "h", row % 50);
        const uint32_t series = series_of(intake, table, "host", room);
        assert_int_equal(
            ct_intake_row(intake, table, series, (int64_t)row * 10, values, count, NULL), CT_OK);
    }
}

static void expect_row_value(const struct ct_vector *vector, uint32_t row,
                             const struct ct_row_value *value)
{
    switch (vector->type) {
    case CT_FLOAT64:
        assert_true(vector->float64[row] == value->float64);
        break;
    case CT_INT64:
        assert_true(vector->int64[row] == value->int64);
        break;
    case CT_UINT64:
        assert_true(vector->uint64[row] == value->uint64);
        break;
    case CT_BOOL:
        assert_int_equal(vector->boolean[row], value->boolean);
        break;
    case CT_STRING:
        expect_text(vector->string[row], value->string);
        break;
    case CT_DECIMAL:
        assert_int_equal(vector->scales[row], value->scale);
        assert_true((vector->wide ? vector->wide[row] : vector->narrow[row]) ==
                    (value->is_wide ? value->wide : value->narrow));
        break;
    }
}

static void expect_column(struct ct_catalog *catalog, const struct ct_batch_table *table,
                          unsigned c)
{
    const uint32_t field = ct_catalog_find_field(catalog, table->table, ct_text_of(names[c]));
    const struct ct_batch_column *column = NULL;
    for (uint32_t i = 0; i < table->column_count; i++)
        if (table->columns[i].field == field && table->columns[i].values > 0)
            column = &table->columns[i];
    assert_non_null(column);
    const struct ct_vector vector = ct_batch_vector(column, table->row_count);
    assert_int_equal(vector.count, table->row_count);
    assert_int_equal(vector.type, types[c]);
    uint32_t values = 0;
    for (uint32_t row = 0; row < table->row_count; row++) {
        assert_int_equal(!vector.present || vector.present[row], model[row][c].is_present);
        values += model[row][c].is_present;
        if (model[row][c].is_present)
            expect_row_value(&vector, row, &model[row][c].value);
    }
    assert_int_equal(column->values, values);
}

static void expect_rows(struct ct_catalog *catalog, struct ct_intake *intake, uint32_t rows)
{
    const struct ct_batch_table *table = &intake->tables[table_of(intake, "m")];
    assert_int_equal(table->row_count, rows);
    assert_int_equal(intake->row_count, rows);
    for (unsigned c = 0; c < COLUMNS; c++)
        expect_column(catalog, table, c);
    const uint32_t host = ct_catalog_find_tag(catalog, table->table, ct_text_of("host"));
    for (uint32_t row = 0; row < rows; row++) {
        char room[TEXT_ROOM];
        uint32_t code;
        ct_catalog_series_codes(catalog, table->table, host, &table->series[row], 1, &code);
        expect_text(ct_catalog_value(catalog, table->table, host, code),
                    numbered(room, "h", row % 50));
        assert_true(table->times_ns[row] == (int64_t)row * 10);
    }
}

static void rows_come_out_as_they_went_in(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    struct ct_intake *intake = intake_of(catalog);
    struct sim_random random = sim_random_of(1);
    static const uint32_t sizes[] = {ROWS, 10, 1500, 256, 257, 2000};
    static const uint64_t one_in[] = {3, 1, 1, 2, 1, 40};
    for (size_t batch = 0; batch < CT_COUNT_OF(sizes); batch++) {
        fill_rows(intake, &random, sizes[batch], one_in[batch]);
        resolve(intake);
        expect_rows(catalog, intake, sizes[batch]);
        ct_intake_reset(intake);
        assert_int_equal(intake->row_count, 0);
    }
    assert_int_equal(ct_catalog_series_count(catalog, 0), 50);
    ct_intake_destroy(intake);
    ct_catalog_destroy(catalog);
}

static void a_column_that_comes_late_starts_with_gaps(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    struct ct_intake *intake = intake_of(catalog);
    add_float(intake, "m", "a", "x", 1);
    add_float(intake, "m", "a", "x", 2);
    add_float(intake, "m", "a", "y", 3);
    resolve(intake);
    const struct ct_batch_table *table = &intake->tables[0];
    const struct ct_vector x = ct_batch_vector(&table->columns[0], 3);
    const struct ct_vector y = ct_batch_vector(&table->columns[1], 3);
    static const uint8_t present_x[] = {1, 1, 0};
    static const uint8_t present_y[] = {0, 0, 1};
    assert_memory_equal(x.present, present_x, 3);
    assert_memory_equal(y.present, present_y, 3);
    assert_true(x.float64[0] == 1 && x.float64[1] == 2 && y.float64[2] == 3);
    ct_intake_destroy(intake);
    ct_catalog_destroy(catalog);
}

static void of_two_values_of_a_field_the_last_counts(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    struct ct_intake *intake = intake_of(catalog);
    const uint32_t table = table_of(intake, "m");
    const uint32_t column = column_of(intake, table, "x", CT_INT64);
    const struct ct_row_value values[] = {{.column = column, .int64 = 1},
                                          {.column = column, .int64 = 2}};
    const uint32_t series = series_of(intake, table, "host", "a");
    assert_int_equal(ct_intake_row(intake, table, series, 0, values, 2, NULL), CT_OK);
    assert_int_equal(ct_intake_row(intake, table, series, 1, values, 1, NULL), CT_OK);
    resolve(intake);
    const struct ct_vector x = ct_batch_vector(&intake->tables[0].columns[0], 2);
    assert_int_equal(intake->tables[0].columns[0].values, 2);
    assert_null(x.present);
    assert_true(x.int64[0] == 2 && x.int64[1] == 1);
    ct_intake_destroy(intake);
    ct_catalog_destroy(catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_out_as_they_went_in),
        cmocka_unit_test(a_column_that_comes_late_starts_with_gaps),
        cmocka_unit_test(of_two_values_of_a_field_the_last_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
