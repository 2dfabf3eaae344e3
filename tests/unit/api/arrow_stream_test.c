/* Answers through Arrow's C interfaces: a consumer reads what was put in, moves children out,
 * outlives the answer, and meets every allocation that fails. Answers are made by hand, with values
 * that no query gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "arrow_column.h"
#include "int256.h"

#define ZEROS_36 "000000000000000000000000000000000000"
#define ZEROS_72 ZEROS_36 ZEROS_36

enum { TIME, TEXT, INT, UINT, FLOAT, BOOL, MONEY, WIDE, COLUMNS };

static const enum ct_result_type types[COLUMNS] = {
    CT_RESULT_TIME,    CT_RESULT_TEXT, CT_RESULT_INT64,   CT_RESULT_UINT64,
    CT_RESULT_FLOAT64, CT_RESULT_BOOL, CT_RESULT_DECIMAL, CT_RESULT_DECIMAL,
};
static const char *const names[COLUMNS] = {"time",  "text", "int",   "uint",
                                           "float", "bool", "money", "wide"};

/* Counts what is alive, and fails from the `fails_at`th allocation on (0: never). */
struct failing {
    long live, calls, fails_at;
};

static bool is_refused(struct failing *failing)
{
    failing->calls++;
    return failing->fails_at && failing->calls >= failing->fails_at;
}

static void *failing_allocate(void *context, size_t size)
{
    struct failing *failing = context;
    if (is_refused(failing))
        return NULL;
    failing->live++;
    return malloc(size ? size : 1);
}

static void *failing_resize(void *context, void *pointer, size_t size)
{
    struct failing *failing = context;
    if (is_refused(failing))
        return NULL;
    failing->live += pointer == NULL;
    return realloc(pointer, size);
}

static void failing_release(void *context, void *pointer)
{
    ((struct failing *)context)->live -= pointer != NULL;
    free(pointer);
}

static ct_int128 mantissa_of(const char *digits, size_t len)
{
    struct ct_decimal value = {0};
    if (len)
        assert_int_equal(ct_decimal_parse((struct ct_text){digits, len}, &value), CT_OK);
    return value.mantissa;
}

/* Up to 76 digits, perhaps after a minus. */
static struct ct_decimal_sum decimal(const char *text, uint8_t scale)
{
    const bool is_negative = *text == '-';
    const char *digits = text + is_negative;
    const size_t len = strlen(digits), low_len = len < 38 ? len : 38;
    struct ct_int256 total = ct_int256_of(mantissa_of(digits, len - low_len));
    const struct ct_int256 low = ct_int256_of(mantissa_of(digits + len - low_len, low_len));
    assert_true(ct_int256_shift_decimal(&total, 38) && ct_int256_add(&total, &low));
    struct ct_decimal_sum sum = {.scale = scale};
    assert_true(is_negative ? ct_int256_subtract(&sum.total, &total)
                            : ct_int256_add(&sum.total, &total));
    return sum;
}

static void fill_row(struct ct_result *result, uint64_t row)
{
    struct ct_result_column *c = result->columns;
    for (int i = 0; i < COLUMNS; i++)
        c[i].is_null[row] = row % 5 == 4;
    c[TIME].int64[row] = INT64_C(1780272000000000000) + (int64_t)row;
    c[TEXT].text[row] = row % 3 == 0   ? ct_text_of("caf\xc3\xa9")
                        : row % 3 == 1 ? ct_text_of("a\xff"
                                                    "b")
                                       : ct_text_of("");
    c[INT].int64[row] = -(int64_t)row;
    c[UINT].uint64[row] = UINT64_MAX - row;
    c[FLOAT].float64[row] = (double)row / 4;
    c[BOOL].boolean[row] = row % 2 == 1;
    c[MONEY].decimal[row] = row % 2 ? decimal("-123450", 4) : decimal("7000", 6);
    c[WIDE].decimal[row] =
        row == 1 ? decimal("-99999999999999999999999999999999999999999", 1) : decimal("5", 0);
}

static centime_result *result_of(struct api_memory *memory, uint64_t row_count)
{
    struct ct_result *result = ct_result_create(&memory->allocator, 0);
    if (!result)
        return NULL;
    centime_result *out = NULL;
    if (ct_result_set_columns(result, COLUMNS, NULL) != CT_OK) {
        ct_result_destroy(result);
        return NULL;
    }
    for (int i = 0; i < COLUMNS; i++) {
        result->columns[i].type = types[i];
        result->columns[i].name = ct_text_of(names[i]);
        result->columns[i].is_money = i == MONEY;
    }
    if (ct_result_reserve(result, row_count + 1, NULL) != CT_OK) {
        ct_result_destroy(result);
        return NULL;
    }
    result->row_count = row_count;
    for (uint64_t row = 0; row < row_count; row++)
        fill_row(result, row);
    return api_result_wrap(memory, result, 0, &out, NULL) == CT_OK ? out : NULL;
}

static struct api_memory *memory_of(struct failing *failing)
{
    const centime_allocator allocator = {failing, failing_allocate, failing_resize,
                                         failing_release};
    return api_memory_create(&allocator);
}

static struct ArrowArrayStream stream_of(const centime_result *result)
{
    struct ArrowArrayStream stream = {0};
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_result_arrow_stream(result, &stream, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    return stream;
}

static void the_schema_says_what_the_columns_are(void **state)
{
    (void)state;
    struct failing failing = {0};
    struct api_memory *memory = memory_of(&failing);
    centime_result *result = result_of(memory, 10);
    struct ArrowArrayStream stream = stream_of(result);
    struct ArrowSchema schema;
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    assert_string_equal(schema.format, "+s");
    assert_int_equal(schema.n_children, COLUMNS);
    static const char *const formats[COLUMNS] = {"tsn:UTC", "u", "l",      "L",
                                                 "g",       "b", "d:38,3", "d:76,1,256"};
    for (int i = 0; i < COLUMNS; i++) {
        assert_string_equal(schema.children[i]->name, names[i]);
        assert_string_equal(schema.children[i]->format, formats[i]);
        assert_int_equal(schema.children[i]->flags, ARROW_FLAG_NULLABLE);
    }
    schema.release(&schema);
    assert_null(schema.release);
    stream.release(&stream);
    assert_null(stream.release);
    centime_result_destroy(result);
    api_memory_drop(memory);
    assert_int_equal(failing.live, 0);
}

static bool bit(const void *bits, uint64_t at)
{
    return ((const uint8_t *)bits)[at / 8] >> at % 8 & 1;
}

static void check_text(const struct ArrowArray *array, uint64_t row, const char *expected)
{
    const int32_t *offsets = array->buffers[1];
    const size_t len = (size_t)(offsets[row + 1] - offsets[row]);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal((const char *)array->buffers[2] + offsets[row], expected, len);
}

static void the_values_are_what_was_put_in(void **state)
{
    (void)state;
    struct failing failing = {0};
    struct api_memory *memory = memory_of(&failing);
    centime_result *result = result_of(memory, 10);
    struct ArrowArrayStream stream = stream_of(result);
    struct ArrowArray batch;
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    assert_int_equal(batch.length, 10);
    assert_int_equal(batch.n_children, COLUMNS);
    struct ArrowArray **c = batch.children;
    for (int i = 0; i < COLUMNS; i++) {
        assert_int_equal(c[i]->null_count, 2);
        for (uint64_t row = 0; row < 10; row++)
            assert_int_equal(bit(c[i]->buffers[0], row), row % 5 != 4);
    }
    assert_true(((const int64_t *)c[TIME]->buffers[1])[9] == INT64_C(1780272000000000009));
    check_text(c[TEXT], 0, "caf\xc3\xa9");
    check_text(c[TEXT], 1,
               "a\xef\xbf\xbd"
               "b");
    check_text(c[TEXT], 2, "");
    check_text(c[TEXT], 4, "");
    assert_true(((const int64_t *)c[INT]->buffers[1])[7] == -7);
    assert_true(((const uint64_t *)c[UINT]->buffers[1])[7] == UINT64_MAX - 7);
    assert_true(((const double *)c[FLOAT]->buffers[1])[7] == 1.75);
    assert_true(bit(c[BOOL]->buffers[1], 7) && !bit(c[BOOL]->buffers[1], 6));
    const uint64_t *money = c[MONEY]->buffers[1]; /* -12.345 and 0.007 at scale 3 */
    assert_true(money[2] == (uint64_t)-12345 && money[3] == UINT64_MAX);
    assert_true(money[0] == 7 && money[1] == 0);
    const uint64_t *wide = c[WIDE]->buffers[1]; /* 5 is 5.0 */
    assert_true(wide[0] == 50 && wide[3] == 0);
    static const uint64_t nines[4] = {0xbc6a360000000001, 0x205c8e5e6190834a, 0xfffffffffffffeda,
                                      0xffffffffffffffff}; /* 1 - 10^41 */
    assert_memory_equal(wide + 4, nines, sizeof nines);
    batch.release(&batch);
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    assert_null(batch.release); /* the end, now and ever after */
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    assert_null(batch.release);
    assert_null(stream.get_last_error(&stream));
    stream.release(&stream);
    centime_result_destroy(result);
    api_memory_drop(memory);
    assert_int_equal(failing.live, 0);
}

static void what_was_handed_out_outlives_the_answer(void **state)
{
    (void)state;
    struct failing failing = {0};
    struct api_memory *memory = memory_of(&failing);
    centime_result *result = result_of(memory, 10);
    struct ArrowArrayStream stream = stream_of(result);
    centime_result_destroy(result);
    api_memory_drop(memory);
    struct ArrowSchema schema;
    struct ArrowArray batch;
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    stream.release(&stream);
    struct ArrowArray moved = *batch.children[UINT]; /* as the interface allows */
    struct ArrowSchema moved_schema = *schema.children[MONEY];
    batch.children[UINT]->release = NULL;
    schema.children[MONEY]->release = NULL;
    batch.release(&batch);
    schema.release(&schema);
    assert_true(((const uint64_t *)moved.buffers[1])[3] == UINT64_MAX - 3);
    assert_string_equal(moved_schema.format, "d:38,3");
    assert_string_equal(moved_schema.name, "money");
    moved.release(&moved);
    moved_schema.release(&moved_schema);
    assert_int_equal(failing.live, 0);
}

static void long_answers_come_in_batches(void **state)
{
    (void)state;
    struct failing failing = {0};
    struct api_memory *memory = memory_of(&failing);
    const uint64_t rows = API_ARROW_BATCH_ROWS + 3;
    centime_result *result = result_of(memory, rows);
    struct ArrowArrayStream stream = stream_of(result);
    struct ArrowArray batch;
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    assert_int_equal(batch.length, API_ARROW_BATCH_ROWS);
    batch.release(&batch);
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    assert_int_equal(batch.length, 3);
    assert_true(((const int64_t *)batch.children[INT]->buffers[1])[2] == 1 - (int64_t)rows);
    batch.release(&batch);
    stream.release(&stream);
    centime_result_destroy(result);
    api_memory_drop(memory);
    assert_int_equal(failing.live, 0);
}

static void a_column_without_nulls_has_no_bits(void **state)
{
    (void)state;
    struct failing failing = {0};
    struct api_memory *memory = memory_of(&failing);
    centime_result *result = result_of(memory, 4);
    struct ArrowArrayStream stream = stream_of(result);
    struct ArrowArray batch;
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    for (int i = 0; i < COLUMNS; i++) {
        assert_int_equal(batch.children[i]->null_count, 0);
        assert_null(batch.children[i]->buffers[0]);
    }
    batch.release(&batch);
    stream.release(&stream);
    centime_result_destroy(result);
    api_memory_drop(memory);
    assert_int_equal(failing.live, 0);
}

static void more_than_76_digits_are_refused(void **state)
{
    (void)state;
    struct failing failing = {0};
    struct api_memory *memory = memory_of(&failing);
    centime_result *result = result_of(memory, 2);
    struct ArrowArrayStream stream;
    centime_error err = CENTIME_ERROR_INIT;
    struct ct_decimal_sum *wide = result->result->columns[WIDE].decimal;
    wide[0] = decimal("1" ZEROS_72, 0);
    wide[1] = decimal("1234", 3); /* 73 digits, and three after the point: 76 */
    assert_int_equal(centime_result_arrow_stream(result, &stream, &err), CENTIME_OK);
    stream.release(&stream);
    wide[1] = decimal("12345", 4);
    assert_int_equal(centime_result_arrow_stream(result, &stream, &err), CENTIME_RANGE);
    assert_non_null(strstr(err.text, "wide"));
    centime_buffer *buffer = NULL;
    assert_int_equal(centime_result_format(result, CENTIME_ARROW, &buffer, &err), CENTIME_RANGE);
    centime_result_destroy(result);
    api_memory_drop(memory);
    assert_int_equal(failing.live, 0);
}

/* Everything that the interfaces and the writer do; false where memory ran out on the way. */
static bool read_all(centime_result *result)
{
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray batch;
    centime_buffer *buffer = NULL;
    if (centime_result_arrow_stream(result, &stream, NULL) != CENTIME_OK)
        return false;
    const int schema_errno = stream.get_schema(&stream, &schema);
    if (schema_errno == 0)
        schema.release(&schema);
    const int errno_of_next = schema_errno ? schema_errno : stream.get_next(&stream, &batch);
    if (errno_of_next != 0) {
        assert_int_equal(errno_of_next, ENOMEM);
        assert_non_null(stream.get_last_error(&stream));
    } else {
        batch.release(&batch);
    }
    stream.release(&stream);
    if (errno_of_next != 0 ||
        centime_result_format(result, CENTIME_ARROW, &buffer, NULL) != CENTIME_OK)
        return false;
    centime_buffer_destroy(buffer);
    return true;
}

static void failed_allocations_are_reported(void **state)
{
    (void)state;
    bool is_done = false;
    for (long fails_at = 1; !is_done; fails_at++) {
        assert_true(fails_at < 1000);
        struct failing failing = {0};
        struct api_memory *memory = memory_of(&failing);
        centime_result *result = result_of(memory, 10);
        failing.calls = 0;
        failing.fails_at = fails_at;
        is_done = read_all(result);
        centime_result_destroy(result);
        api_memory_drop(memory);
        assert_int_equal(failing.live, 0);
    }
}

static void check_format(const centime_result *result, int format, const char *expected)
{
    centime_buffer *buffer = NULL;
    assert_int_equal(centime_result_format(result, format, &buffer, NULL), CENTIME_OK);
    assert_string_equal(centime_buffer_bytes(buffer), expected);
    centime_buffer_destroy(buffer);
}

static void json_may_have_names_apart_and_quoted_decimals(void **state)
{
    (void)state;
    struct failing failing = {0};
    struct api_memory *memory = memory_of(&failing);
    centime_result *result = result_of(memory, 1);
    static const char start[] =
        "{\"columns\":[{\"name\":\"time\",\"type\":\"time\"},{\"name\":\"text\",\"type\":\"text\"},"
        "{\"name\":\"int\",\"type\":\"int64\"},{\"name\":\"uint\",\"type\":\"uint64\"},"
        "{\"name\":\"float\",\"type\":\"float64\"},{\"name\":\"bool\",\"type\":\"bool\"},"
        "{\"name\":\"money\",\"type\":\"decimal\"},{\"name\":\"wide\",\"type\":\"decimal\"}],"
        "\"rows\":[[\"2026-06-01T00:00:00Z\",\"caf\xc3\xa9\",0,18446744073709551615,0,false,";
    char expected[1024];
    snprintf(expected, sizeof expected, "%s%s", start, "0.007,5]]}");
    check_format(result, CENTIME_JSON_COLUMNS, expected);
    snprintf(expected, sizeof expected, "%s%s", start, "\"0.007\",\"5\"]]}");
    check_format(result, CENTIME_JSON_COLUMNS | CENTIME_DECIMALS_QUOTED, expected);
    centime_buffer *buffer = NULL;
    assert_int_equal(centime_result_format(result, 6, &buffer, NULL), CENTIME_INVALID);
    assert_int_equal(centime_result_format(result, -1, &buffer, NULL), CENTIME_INVALID);
    centime_result_destroy(result);
    api_memory_drop(memory);
    assert_int_equal(failing.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_says_what_the_columns_are),
        cmocka_unit_test(the_values_are_what_was_put_in),
        cmocka_unit_test(what_was_handed_out_outlives_the_answer),
        cmocka_unit_test(long_answers_come_in_batches),
        cmocka_unit_test(a_column_without_nulls_has_no_bits),
        cmocka_unit_test(more_than_76_digits_are_refused),
        cmocka_unit_test(failed_allocations_are_reported),
        cmocka_unit_test(json_may_have_names_apart_and_quoted_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
