/* Values meet the columns of their table: money stays exact, integers widen, nothing else is cast.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line_fixture.h"

static int open_fixture(void **state)
{
    struct line_fixture *f = malloc(sizeof *f);
    if (!f)
        return -1;
    fixture_open(f);
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

static void feed(struct line_fixture *f, const char *text)
{
    fixture_feed(f, text, strlen(text), true);
}

static void expect_rows(const struct line_fixture *f, uint64_t rows)
{
    if (f->rejects->total)
        fail_msg("%s", f->rejects->items[0].reason);
    assert_int_equal(f->intake->row_count, rows);
}

static struct ct_value value_at(const struct line_fixture *f, uint32_t row, const char *field)
{
    const struct ct_batch_column *column = fixture_column(&f->intake->tables[0], ct_text_of(field));
    struct ct_value value = {0};
    if (!column || !fixture_value(column, row, &value))
        fail_msg("row %u has no %s", row, field);
    return value;
}

static void expect_decimal(const struct line_fixture *f, uint32_t row, const char *field,
                           const char *expected)
{
    const struct ct_value value = value_at(f, row, field);
    assert_int_equal(value.type, CT_DECIMAL);
    char text[CT_DECIMAL_TEXT_MAX + 1];
    text[ct_decimal_print(value.decimal, 0, text)] = '\0';
    assert_string_equal(text, expected);
}

static void expect_reject(const struct line_fixture *f, ct_status code, uint32_t column,
                          const char *words)
{
    assert_int_equal(f->rejects->total, 1);
    assert_int_equal(f->rejects->items[0].code, code);
    assert_int_equal(f->rejects->items[0].column, column);
    if (!strstr(f->rejects->items[0].reason, words))
        fail_msg("\"%s\" lacks \"%s\"", f->rejects->items[0].reason, words);
}

/* Written to two money columns, in each of which the first value settles the type: the expected
 * text comes back, from the careful reader and, in later rows, from the fast one. */
static void expect_money(const char *literal, const char *expected)
{
    static struct line_fixture f;
    char line[256];
    char text[8 * sizeof line];
    size_t len = 0;
    const int line_len =
        snprintf(line, sizeof line, "c,t=a x_usd=%s,cost=%s 1\n", literal, literal);
    for (int i = 0; i < 8; i++, len += (size_t)line_len)
        memcpy(text + len, line, (size_t)line_len);
    fixture_open(&f);
    for (int pass = 0; pass < 2; pass++) {
        fixture_feed(&f, text, len, true);
        expect_rows(&f, 8);
        for (uint32_t row = 0; row < 8; row++) {
            expect_decimal(&f, row, "x_usd", expected);
            expect_decimal(&f, row, "cost", expected);
        }
        assert_int_equal(ct_intake_resolve(f.intake, &f.err), CT_OK);
        fixture_reset(&f);
    }
    fixture_close(&f);
}

static void money_is_what_the_text_says(void **state)
{
    (void)state;
    expect_money("0.1", "0.1");
    expect_money("-0.1", "-0.1");
    expect_money("3.50", "3.5");
    expect_money("7.8125e-08", "0.000000078125");
    expect_money("1e3", "1000");
    expect_money("12", "12");
    expect_money("12i", "12");
    expect_money("12u", "12");
    expect_money("-0", "0");
    expect_money(".5", "0.5");
    expect_money("5.", "5");
    expect_money("0.00000000", "0");
    expect_money("1234567.12345678901", "1234567.12345678901");
    expect_money("12345678.5", "12345678.5");
    expect_money("123456789012345", "123456789012345");
    expect_money("1234567890123456.5", "1234567890123456.5");
    expect_money("0.0000000000000001", "0.0000000000000001");
    expect_money("1.2345678901234567", "1.2345678901234567");
    expect_money("1.23456789012345678", "1.23456789012345678");
    expect_money("9999999.99999999999", "9999999.99999999999");
    expect_money("9999999.999999999999", "9999999.999999999999");
    expect_money("9234567.123456789012345", "9234567.123456789012345");
    expect_money("18446744073709551615u", "18446744073709551615");
    expect_money("0.123456789012345678901234", "0.123456789012345678901234");
}

static void the_decimal_suffix_is_exact_too(void **state)
{
    (void)state;
    expect_money("0.1d", "0.1");
    expect_money("-12d", "-12");
    expect_money("7.8125e-08d", "0.000000078125");
    expect_money("1e3d", "1000");
}

static void thirty_eight_digits_fit_and_thirty_nine_are_refused(void **state)
{
    struct line_fixture *f = *state;
    expect_money("12345678901234567890123456789012345678",
                 "12345678901234567890123456789012345678");
    expect_money("0.00000000000000000000000000000000000001",
                 "0.00000000000000000000000000000000000001");
    feed(f, "c,t=a x_usd=123456789012345678901234567890123456789 1\n");
    expect_reject(f, CT_RANGE, 13, "38");
    fixture_reset(f);
    feed(f, "c x=0.000000000000000000000000000000000000001d 1\n");
    expect_reject(f, CT_RANGE, 5, "range");
}

static void a_float_field_keeps_its_digits_as_a_double(void **state)
{
    struct line_fixture *f = *state;
    feed(f, "m v=123456789012345678901234567890123456789\n");
    expect_rows(f, 1);
    assert_true(value_at(f, 0, "v").float64 == 123456789012345678901234567890123456789.0);
}

static void the_suffix_makes_a_new_field_decimal(void **state)
{
    struct line_fixture *f = *state;
    feed(f, "m v=1.5d 1\nm v=2.25 2\nm v=3i 3\n");
    expect_rows(f, 3);
    expect_decimal(f, 0, "v", "1.5");
    expect_decimal(f, 1, "v", "2.25");
    expect_decimal(f, 2, "v", "3");
}

static void a_time_of_questdb_is_an_integer(void **state)
{
    struct line_fixture *f = *state;
    feed(f, "m ts=1700000000000000t 1\nm ts=-1t 2\nm ts=3i 3\nm ts=4t 4\n");
    expect_rows(f, 4);
    assert_int_equal(value_at(f, 0, "ts").int64, INT64_C(1700000000000000));
    assert_int_equal(value_at(f, 1, "ts").int64, -1);
    assert_int_equal(value_at(f, 3, "ts").int64, 4);
    fixture_reset(f);
    feed(f, "m ts=1.5t 1\n");
    expect_reject(f, CT_PARSE, 6, "is not a number");
}

static void a_decimal_literal_is_no_float(void **state)
{
    struct line_fixture *f = *state;
    feed(f, "m v=1.5 1\nm v=1.5d 2\n");
    expect_reject(f, CT_TYPE, 3, "decimal");
    assert_int_equal(f->intake->row_count, 1);
}

static void integers_widen_to_floats_that_are_exact(void **state)
{
    struct line_fixture *f = *state;
    feed(f, "m v=1.5\nm v=2i\nm v=3u\nm v=-9007199254740992i\nm v=9223372036854775808u\n");
    expect_rows(f, 5);
    assert_true(value_at(f, 1, "v").float64 == 2.0);
    assert_true(value_at(f, 2, "v").float64 == 3.0);
    assert_true(value_at(f, 3, "v").float64 == -9007199254740992.0);
    assert_true(value_at(f, 4, "v").float64 == 9223372036854775808.0);
    feed(f, "m v=9007199254740993i\n");
    expect_reject(f, CT_RANGE, 5, "9007199254740993");
    fixture_reset(f);
    feed(f, "m v=1.5\nm v=9223372036854775807i\n");
    expect_reject(f, CT_RANGE, 5, "exact");
    fixture_reset(f);
    feed(f, "m v=1.5\nm v=18446744073709551615u\n");
    expect_reject(f, CT_RANGE, 5, "exact");
}

static void no_other_types_meet(void **state)
{
    static const char *const literals[] = {"1.5", "1i", "1u", "t", "\"s\"", "1.5d"};
    struct line_fixture *f = *state;
    for (size_t first = 0; first < CT_COUNT_OF(literals); first++) {
        for (size_t then = 0; then < CT_COUNT_OF(literals); then++) {
            const bool is_integer = then == 1 || then == 2;
            const bool widens =
                (first == 0 && is_integer) || (first == 5 && (is_integer || then == 0));
            char text[64];
            snprintf(text, sizeof text, "m v=%s\nm,t=a v=%s\n", literals[first], literals[then]);
            fixture_reset(f);
            feed(f, text);
            if (first == then || widens)
                expect_rows(f, 2);
            else
                expect_reject(f, CT_TYPE, 7, "m");
        }
    }
}

static void a_rejected_line_does_not_fix_a_type(void **state)
{
    struct line_fixture *f = *state;
    feed(f, "m v=1.5,w=abc\nm v=\"text\"\n");
    assert_int_equal(f->rejects->total, 1);
    assert_int_equal(f->intake->row_count, 1);
    assert_int_equal(value_at(f, 0, "v").type, CT_STRING);
}

static void a_type_conflict_leaves_no_part_of_its_line(void **state)
{
    struct line_fixture *f = *state;
    feed(f, "m v=1.5,w=1i\nm w=2i,v=\"text\",x=1\nm v=2.5\n");
    expect_reject(f, CT_TYPE, 8, "v");
    assert_int_equal(f->rejects->items[0].line, 2);
    assert_int_equal(f->intake->row_count, 2);
    assert_int_equal(fixture_field_count(&f->intake->tables[0], 0), 2);
    assert_int_equal(fixture_field_count(&f->intake->tables[0], 1), 1);
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(money_is_what_the_text_says),
        UNIT(the_decimal_suffix_is_exact_too),
        UNIT(thirty_eight_digits_fit_and_thirty_nine_are_refused),
        UNIT(a_float_field_keeps_its_digits_as_a_double),
        UNIT(the_suffix_makes_a_new_field_decimal),
        UNIT(a_time_of_questdb_is_an_integer),
        UNIT(a_decimal_literal_is_no_float),
        UNIT(integers_widen_to_floats_that_are_exact),
        UNIT(no_other_types_meet),
        UNIT(a_rejected_line_does_not_fix_a_type),
        UNIT(a_type_conflict_leaves_no_part_of_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
