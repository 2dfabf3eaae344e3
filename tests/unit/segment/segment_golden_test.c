/* Files of format versions 1 and 2, as first written, still read to exactly the values that they
 * were written from.
 *
 * The values follow from formulas here, and stand once more, row by row, in the .txt beside each
 * .seg: the reader that is written from FORMAT.md alone (tests/format/read_segment.py) is held
 * against those.
 *
 *     segment_golden_test --write FOLDER      writes both anew, for a new format version, under a
 * new name */
#include <stdio.h>

#include "segment_fixture.h"

#define LINE_BYTES_MAX 1024
#define FILE_BYTES_MAX ((size_t)1 << 20)

/* -- The tables ------------------------------------------------------------------------------- */

/* Seven series, short and long, and a column for all that a column may be. */
static const uint32_t TYPES_ROWS[] = {1, 3, 40, 520, 7, 2, 1};
static const struct column_plan TYPES_PLANS[] = {
    {0, CT_FLOAT64, SHAPE_WALK, 0},       {1, CT_FLOAT64, SHAPE_CONSTANT, 0},
    {2, CT_INT64, SHAPE_WALK, 0},         {3, CT_INT64, SHAPE_WILD, 50},
    {4, CT_UINT64, SHAPE_WILD, 0},        {5, CT_BOOL, SHAPE_WILD, 0},
    {7, CT_STRING, SHAPE_WALK, 0},        {8, CT_STRING, SHAPE_CONSTANT, 50},
    {10, CT_DECIMAL, SHAPE_WALK, 0},      {11, CT_DECIMAL, SHAPE_PRICED, 0},
    {12, CT_DECIMAL, SHAPE_CONSTANT, 50}, {13, CT_DECIMAL, SHAPE_WIDE, 0},
    {14, CT_DECIMAL, SHAPE_RAGGED, 0},    {300, CT_INT64, SHAPE_CONSTANT, 100},
};

/* So many series that they take two groups of blocks. */
#define GROUPS_SERIES 66
static const struct column_plan GROUPS_PLANS[] = {{0, CT_INT64, SHAPE_CONSTANT, 0},
                                                  {1, CT_DECIMAL, SHAPE_CONSTANT, 0}};

static void set_row(struct table *table, uint32_t s, uint32_t row, uint32_t i)
{
    static const char *const words[] = {"", "a", "spot", "on demand", "reserved"};
    const int64_t n = (int64_t)row;
    struct table_column *columns = table->columns;
    table->times_ns[row] = 1780272000000000000 + (i / 2 * 2 + (s == 3 ? i % 2 : 0)) * 10000000000;
    columns[0].float64[row] = (double)((n * 37) % 1000) / 8;
    columns[1].float64[row] = -0.0;
    columns[2].int64[row] = 1000000 + n * n;
    columns[3].int64[row] = n % 7 == 0 ? INT64_MIN : n * 1000003;
    columns[3].present[row] = n % 3 != 1;
    columns[4].int64[row] = -n; /* near 2^64 */
    columns[5].boolean[row] = n % 5 < 2;
    columns[6].string[row] = ct_text_of(words[n % 5]);
    columns[7].string[row] = ct_text_of("x");
    columns[7].present[row] = n == 20;
    columns[8].decimal[row] = (struct ct_decimal){.mantissa = 10000 + n * 37 % 1201, .scale = 4};
    columns[9].decimal[row] =
        (struct ct_decimal){.mantissa = columns[8].decimal[row].mantissa * 31, .scale = 6};
    columns[10].decimal[row] = (struct ct_decimal){.mantissa = -350, .scale = 2};
    columns[10].present[row] = n % 2 != 0;
    columns[11].decimal[row] = (struct ct_decimal){.mantissa = ct_pow10_int128(30) * (n - 9) + n,
                                                   .scale = (uint8_t)(9 + n % 2)};
    columns[12].decimal[row] = (struct ct_decimal){.mantissa = n % 50 ? n : ct_pow10_int128(37) + n,
                                                   .scale = n % 50 ? 35 : 0};
    columns[13].present[row] = 0;
}

static struct table *make_types(void)
{
    struct table *table = table_create(TYPES_ROWS, CT_COUNT_OF(TYPES_ROWS), TYPES_PLANS,
                                       CT_COUNT_OF(TYPES_PLANS), 3, 1);
    for (uint32_t s = 0; s < table->series_count; s++) {
        table->series[s] = 5 + s * s * 1000;
        for (uint32_t tag = 0; tag < 3; tag++)
            table->codes[s * 3 + tag] = tag == 1 ? 0 : s + tag;
        for (uint32_t row = table->first_row[s]; row < table->first_row[s + 1]; row++)
            set_row(table, s, row, row - table->first_row[s]);
    }
    return table;
}

static struct table *make_groups(void)
{
    uint32_t rows[GROUPS_SERIES];
    for (uint32_t s = 0; s < GROUPS_SERIES; s++)
        rows[s] = 512 + s % 3;
    struct table *table = table_create(rows, GROUPS_SERIES, GROUPS_PLANS, 2, 1, 1);
    for (uint32_t s = 0; s < GROUPS_SERIES; s++) {
        table->series[s] = s;
        table->codes[s] = 1 + s % 4;
        for (uint32_t row = table->first_row[s]; row < table->first_row[s + 1]; row++) {
            const uint32_t i = row - table->first_row[s];
            table->times_ns[row] = -1000000000 + (int64_t)i * 3600 * 1000000000;
            table->columns[0].int64[row] = s;
            table->columns[1].decimal[row] =
                (struct ct_decimal){.mantissa = 125 - (int64_t)s, .scale = 1};
        }
    }
    return table;
}

/* -- Rows as text ----------------------------------------------------------------------------- */

static int print_value(const struct table_column *column, uint32_t row, char *out)
{
    char digits[CT_DECIMAL_TEXT_MAX + 1];
    uint64_t bits;
    const struct ct_text text = column->string[row];
    switch (column->plan.type) {
    case CT_FLOAT64:
        memcpy(&bits, &column->float64[row], sizeof bits);
        return sprintf(out, ",%016llx", (unsigned long long)bits);
    case CT_INT64:
        return sprintf(out, ",%lld", (long long)column->int64[row]);
    case CT_UINT64:
        return sprintf(out, ",%llu", (unsigned long long)column->int64[row]);
    case CT_BOOL:
        return sprintf(out, ",%u", column->boolean[row]);
    case CT_STRING:
        return sprintf(out, ",\"%.*s\"", (int)text.len, text.bytes);
    case CT_DECIMAL:
        digits[ct_decimal_print(column->decimal[row], 0, digits)] = 0;
        return sprintf(out, ",%s", digits);
    }
    return 0;
}

/* series,time,codes,values: a value that is not there is empty. */
static size_t print_row(const struct table *table, uint32_t s, uint32_t row, char *out)
{
    int len = sprintf(out, "%u,%lld", table->series[s], (long long)table->times_ns[row]);
    for (uint32_t tag = 0; tag < table->tag_count; tag++)
        len += sprintf(out + len, ",%u", table->codes[s * table->tag_count + tag]);
    for (uint32_t c = 0; c < table->column_count; c++) {
        if (has_value(&table->columns[c], row))
            len += print_value(&table->columns[c], row, out + len);
        else
            len += sprintf(out + len, ",");
    }
    len += sprintf(out + len, "\n");
    return (size_t)len;
}

/* With ends_only: the first and the last row of each series. */
static char *print_table(const struct table *table, bool ends_only, size_t *len)
{
    char *text = array_of(table->row_count, LINE_BYTES_MAX);
    *len = 0;
    for (uint32_t s = 0; s < table->series_count; s++)
        for (uint32_t row = table->first_row[s]; row < table->first_row[s + 1]; row++)
            if (!ends_only || row == table->first_row[s] || row + 1 == table->first_row[s + 1])
                *len += print_row(table, s, row, text + *len);
    return text;
}

/* -- Files ------------------------------------------------------------------------------------ */

/* In the folder beside this source file. */
static void golden_path(const char *name, char *out)
{
    char folder[CT_PATH_BYTES_MAX] = __FILE__;
    char *slash = strrchr(folder, '/');
    assert_non_null(slash);
    memcpy(slash, "/golden", sizeof "/golden");
    assert_int_equal(ct_path_join(out, folder, name, NULL), CT_OK);
}

static char *read_golden(struct ct_io *io, const char *name, size_t *len)
{
    char path[CT_PATH_BYTES_MAX], *bytes;
    struct ct_error err;
    golden_path(name, path);
    if (ct_read_file(io, path, (size_t)4 << 20, &bytes, len, &err) != CT_OK)
        fail_msg("%s: %s", path, err.text);
    return bytes;
}

static void check_golden(struct table *table, bool ends_only, const char *segment_name,
                         const char *text_name, const char *rollup)
{
    struct ct_io files;
    struct ct_segment *segment;
    struct ct_error err;
    size_t len, expected_len;
    char path[CT_PATH_BYTES_MAX];
    ct_io_posix_init(&files, ct_allocator_system());
    char *expected = print_table(table, ends_only, &expected_len);
    char *text = read_golden(&files, text_name, &len);
    assert_int_equal(len, expected_len);
    assert_memory_equal(text, expected, len);
    golden_path(segment_name, path);
    if (ct_segment_open(&files, path, NULL, &segment, &err) != CT_OK)
        fail_msg("%s: %s", path, err.text);
    check_segment(segment, table);
    assert_true(ct_text_equal(ct_segment_rollup(segment), ct_text_of(rollup)));
    if (ct_segment_verify(segment, true, &err) != CT_OK)
        fail_msg("%s: %s", path, err.text);
    assert_int_equal(ct_segment_info_of(segment)->min_commit, 100);
    assert_int_equal(ct_segment_info_of(segment)->max_commit, 200);
    assert_int_equal(ct_segment_info_of(segment)->table, 5);
    ct_segment_close(segment);
    free(text);
    free(expected);
    table_destroy(table);
}

static void every_type_of_version_1_is_read(void **state)
{
    (void)state;
    check_golden(make_types(), false, "types_v1.seg", "types_v1.txt", "");
}

static void two_groups_of_version_1_are_read(void **state)
{
    (void)state;
    check_golden(make_groups(), true, "groups_v1.seg", "groups_v1.txt", "");
}

static void every_type_of_version_2_is_read(void **state)
{
    (void)state;
    check_golden(make_types(), false, "types_v2.seg", "types_v2.txt", SEGMENT_ROLLUP);
}

static void two_groups_of_version_2_are_read(void **state)
{
    (void)state;
    check_golden(make_groups(), true, "groups_v2.seg", "groups_v2.txt", SEGMENT_ROLLUP);
}

static void write_golden(struct table *table, bool ends_only, const char *folder,
                         const char *segment_name, const char *text_name)
{
    struct ct_io files;
    struct ct_io *memory = memory_create(ct_allocator_system());
    struct ct_segment_info info;
    size_t len;
    char *bytes;
    ct_io_posix_init(&files, ct_allocator_system());
    assert_int_equal(write_segment(memory, table, CT_EFFORT_FAST, 1000, &info, NULL), CT_OK);
    assert_int_equal(ct_read_file(memory, SEGMENT_PATH, FILE_BYTES_MAX, &bytes, &len, NULL), CT_OK);
    const struct ct_text segment = {.bytes = bytes, .len = len};
    assert_int_equal(ct_replace_file(&files, folder, segment_name, segment, NULL), CT_OK);
    char *lines = print_table(table, ends_only, &len);
    const struct ct_text text = {.bytes = lines, .len = len};
    assert_int_equal(ct_replace_file(&files, folder, text_name, text, NULL), CT_OK);
    free(lines);
    free(bytes);
    ct_io_memory_destroy(memory);
    table_destroy(table);
}

int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_of_version_1_is_read),
        cmocka_unit_test(two_groups_of_version_1_are_read),
        cmocka_unit_test(every_type_of_version_2_is_read),
        cmocka_unit_test(two_groups_of_version_2_are_read),
    };
    if (argument_count == 3 && strcmp(arguments[1], "--write") == 0) {
        write_golden(make_types(), false, arguments[2], "types_v2.seg", "types_v2.txt");
        write_golden(make_groups(), true, arguments[2], "groups_v2.seg", "groups_v2.txt");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
