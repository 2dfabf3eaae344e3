/* What the grammar takes and what it means: escapes, values, times, names, one line at a time. */
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
    struct line_fixture *f = *state;
    fixture_close(f);
    const size_t left = f->allocator.live_blocks;
    free(f);
    return left == 0 ? 0 : -1;
}

/* Starts over and reads the text as a whole. */
static void read_afresh(struct line_fixture *f, const char *text, size_t len)
{
    const struct ct_line_options options = {.default_time_ns = 7};
    fixture_close(f);
    fixture_open(f);
    fixture_start(f, &options);
    fixture_feed(f, text, len, true);
}

static void expect_accepted_bytes(struct line_fixture *f, const char *text, size_t len)
{
    read_afresh(f, text, len);
    if (f->rejects->total)
        fail_msg("%s: %s", text, f->rejects->items[0].reason);
}

static void expect_accepted(struct line_fixture *f, const char *text)
{
    expect_accepted_bytes(f, text, strlen(text));
}

static void expect_rejected_bytes(struct line_fixture *f, const char *text, size_t len,
                                  ct_status code, uint32_t column)
{
    read_afresh(f, text, len);
    if (f->rejects->total != 1)
        fail_msg("%s: %d rejects", text, (int)f->rejects->total);
    const struct ct_reject *reject = &f->rejects->items[0];
    if (reject->code != code || reject->column != column || reject->line != 1)
        fail_msg("%s: %s at %d:%d: %s", text, ct_status_name(reject->code), (int)reject->line,
                 (int)reject->column, reject->reason);
    assert_int_equal(f->intake->row_count, 0);
}

static void expect_rejected(struct line_fixture *f, const char *text, ct_status code,
                            uint32_t column)
{
    expect_rejected_bytes(f, text, strlen(text), code, column);
}

static const struct ct_batch_table *the_table(struct line_fixture *f, const char *name)
{
    const struct ct_batch_table *table = fixture_table(f, ct_text_of(name));
    if (!table)
        fail_msg("no table %s", name);
    return table;
}

/* The value of a field in the last row of table m. */
static struct ct_value field_of(struct line_fixture *f, const char *field)
{
    const struct ct_batch_table *table = the_table(f, "m");
    const struct ct_batch_column *column = fixture_column(table, ct_text_of(field));
    struct ct_value value = {0};
    if (!column || !fixture_value(column, table->row_count - 1, &value))
        fail_msg("no field %s", field);
    return value;
}

static void expect_text(struct ct_text text, const char *expected)
{
    if (!ct_text_equal(text, ct_text_of(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", (int)text.len, text.bytes, expected);
}

static void expect_tag(struct line_fixture *f, const char *key, const char *expected)
{
    assert_int_equal(ct_intake_resolve(f->intake, &f->err), CT_OK);
    const struct ct_batch_table *table = the_table(f, "m");
    expect_text(fixture_tag(f, table, table->row_count - 1, ct_text_of(key)), expected);
}

static void expect_string_value(struct line_fixture *f, const char *text, const char *expected)
{
    expect_accepted(f, text);
    const struct ct_value value = field_of(f, "v");
    assert_int_equal(value.type, CT_STRING);
    expect_text(value.string, expected);
}

static void expect_float(struct line_fixture *f, const char *literal, double expected)
{
    char line[128];
    snprintf(line, sizeof line, "m v=%s", literal);
    expect_accepted(f, line);
    const struct ct_value value = field_of(f, "v");
    assert_int_equal(value.type, CT_FLOAT64);
    assert_memory_equal(&value.float64, &expected, sizeof expected);
}

static int64_t time_of(struct line_fixture *f)
{
    const struct ct_batch_table *table = the_table(f, "m");
    return table->times_ns[table->row_count - 1];
}

/* -- 1.1 grammar ----------------------------------------------------------------------------- */

static void only_spaces_separate(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "  m   v=1   5  ");
    assert_int_equal(time_of(f), 5);
    expect_rejected(f, "m\tv=1", CT_PARSE, 2);
    expect_rejected(f, "\tm v=1", CT_PARSE, 1);
    expect_rejected(f, "m v=1, w=2", CT_PARSE, 7);
    expect_rejected(f, "m ,t=a v=1", CT_PARSE, 3);
    expect_rejected(f, "m, v=1", CT_PARSE, 3);
}

static void blank_lines_and_comments_are_skipped(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "\n   \n\r\n# a comment, with=anything\n  # another\nm v=1\n\n#");
    assert_int_equal(f->intake->row_count, 1);
    expect_accepted(f, "m#x v=1");
    assert_non_null(the_table(f, "m#x"));
    expect_rejected(f, "# tab\there", CT_PARSE, 6);
    expect_accepted(f, "");
    assert_int_equal(f->intake->row_count, 0);
}

static void crlf_ends_a_line(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "m v=1\r\nm v=2i 5\r\n\r\nm s=\"x\"\r\nm v=3\r");
    assert_int_equal(f->intake->row_count, 4);
    expect_rejected(f, "m v=1\rx", CT_PARSE, 6);
    expect_rejected(f, "m v=1 5\r ", CT_PARSE, 8);
}

static void one_byte_order_mark_is_dropped(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "\xef\xbb\xbfm v=1");
    assert_non_null(the_table(f, "m"));
    expect_accepted(f, "\xef\xbb\xbf\xef\xbb\xbfm v=1\n\xef\xbb\xbfm v=1\n");
    assert_int_equal(the_table(f, "\xef\xbb\xbfm")->row_count, 2);
    for (size_t at = 0; at < 8; at++) {
        fixture_close(f);
        fixture_open(f);
        fixture_feed_split(f, "\xef\xbb\xbfm v=1", 8, at);
        assert_int_equal(the_table(f, "m")->row_count, 1);
    }
}

static void parts_that_are_missing_are_named(void **state)
{
    struct line_fixture *f = *state;
    expect_rejected(f, "m", CT_PARSE, 2);
    assert_non_null(strstr(f->rejects->items[0].reason, "line ends"));
    expect_rejected(f, "m ", CT_PARSE, 3);
    expect_rejected(f, "m v", CT_PARSE, 4);
    expect_rejected(f, "m v=", CT_PARSE, 5);
    expect_rejected(f, "m v= 5", CT_PARSE, 5);
    expect_rejected(f, "m =1", CT_PARSE, 3);
    expect_rejected(f, ",t=a v=1", CT_PARSE, 1);
    expect_rejected(f, "m,t v=1", CT_PARSE, 4);
    expect_rejected(f, "m,=a v=1", CT_PARSE, 3);
    expect_rejected(f, "m,t= v=1", CT_PARSE, 5);
    expect_rejected(f, "m,t=a=b v=1", CT_PARSE, 6);
    expect_rejected(f, "m,t=a,, v=1", CT_PARSE, 7);
    expect_rejected(f, "m,t=a", CT_PARSE, 6);
}

/* -- 1.2 escapes ----------------------------------------------------------------------------- */

static void measurement_escapes_comma_and_space_only(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "a\\,b\\ c v=1");
    assert_non_null(the_table(f, "a,b c"));
    expect_accepted(f, "m\\x v=1");
    assert_non_null(the_table(f, "m\\x"));
    expect_accepted(f, "m\\=x v=1");
    assert_non_null(the_table(f, "m\\=x"));
    expect_accepted(f, "m=x v=1");
    assert_non_null(the_table(f, "m=x"));
    expect_accepted(f, "\"m\" v=1");
    assert_non_null(the_table(f, "\"m\""));
}

static void tags_and_field_names_escape_comma_equals_and_space(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "m,a\\ \\,\\=k=b\\,\\=\\ v c\\ \\,\\=f=1");
    expect_tag(f, "a ,=k", "b,= v");
    assert_true(field_of(f, "c ,=f").float64 == 1.0);
    expect_accepted(f, "m,t=a\\b v=1");
    expect_tag(f, "t", "a\\b");
}

static void quotes_outside_of_values_are_letters(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "m,t=\"q\" \"f\"=1");
    expect_tag(f, "t", "\"q\"");
    assert_true(field_of(f, "\"f\"").float64 == 1.0);
}

static void a_backslash_does_not_escape_a_backslash_in_names(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "m,t=a\\\\ b v=1");
    expect_tag(f, "t", "a\\ b");
    expect_rejected(f, "m,t=a\\ v=1", CT_PARSE, 9);
    expect_rejected(f, "m,t=a\\\\,u=b v=1", CT_PARSE, 10);
}

static void strings_escape_quote_and_backslash_only(void **state)
{
    struct line_fixture *f = *state;
    expect_string_value(f, "m v=\"\"", "");
    expect_string_value(f, "m v=\"a\\\"b\"", "a\"b");
    expect_string_value(f, "m v=\"a\\\\\"", "a\\");
    expect_string_value(f, "m v=\"a\\b\"", "a\\b");
    expect_string_value(f, "m v=\"a\\n\\t\\r\"", "a\\n\\t\\r");
    expect_string_value(f, "m v=\"a, b=c #d\"", "a, b=c #d");
    expect_string_value(f, "m v=\"a\\\nb\"", "a\\\nb");
    expect_rejected(f, "m v=\"a", CT_PARSE, 5);
    expect_rejected(f, "m v=\"a\\\"", CT_PARSE, 5);
    expect_rejected(f, "m v=\"a\"b", CT_PARSE, 8);
    expect_rejected(f, "m v='a'", CT_PARSE, 5);
}

static void strings_hold_raw_newlines(void **state)
{
    struct line_fixture *f = *state;
    expect_string_value(f, "m v=\"a\nb\r\nc\"", "a\nb\r\nc");
    assert_int_equal(f->intake->row_count, 1);
}

/* -- 1.3 values ------------------------------------------------------------------------------ */

static void floats_are_read_as_the_servers_do(void **state)
{
    struct line_fixture *f = *state;
    expect_float(f, "1", 1.0);
    expect_float(f, "1.", 1.0);
    expect_float(f, ".5", 0.5);
    expect_float(f, "-.5", -0.5);
    expect_float(f, "1e5", 1e5);
    expect_float(f, "1E+5", 1e5);
    expect_float(f, "-0", -0.0);
    expect_float(f, "007", 7.0);
    expect_float(f, "1e-400", 0.0);
    expect_float(f, "1.7976931348623157e308", 1.7976931348623157e308);
    expect_float(f, "0.1", 0.1);
    expect_float(f, "9007199254740993", 9007199254740992.0);
}

static void what_is_no_number_is_refused(void **state)
{
    static const char *const literals[] = {
        "+1",   "1e",   "0x10", "1.0i", "1e5i", "--1", "1i2", "NaN",  "Inf", "nan", "inf",
        "1_0",  "1,5x", "-",    ".",    "-i",   "1d5", "-1u", "-0u",  "1.u", "e5",  "1e+",
        "1.5u", "i",    "u",    "d",    "1p5",  "1f",  "٣",   "1..2", "-.",  "1ii", "1id"};
    for (size_t i = 0; i < CT_COUNT_OF(literals); i++) {
        char line[64];
        snprintf(line, sizeof line, "m v=%s", literals[i]);
        read_afresh(*state, line, strlen(line));
        const struct line_fixture *f = *state;
        if (f->rejects->total != 1 || f->intake->row_count != 0)
            fail_msg("%s was taken", literals[i]);
    }
    expect_rejected(*state, "m v=1e400", CT_RANGE, 5);
}

static void integers_keep_64_bits(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "m v=9223372036854775807i,w=-9223372036854775808i,x=-0i,y=007i");
    assert_int_equal(field_of(f, "v").int64, INT64_MAX);
    assert_int_equal(field_of(f, "w").int64, INT64_MIN);
    assert_int_equal(field_of(f, "x").int64, 0);
    assert_int_equal(field_of(f, "y").int64, 7);
    expect_rejected(f, "m v=9223372036854775808i", CT_RANGE, 5);
}

static void unsigned_integers_are_taken(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "m v=1u,w=18446744073709551615u");
    assert_int_equal(field_of(f, "v").type, CT_UINT64);
    assert_true(field_of(f, "w").uint64 == UINT64_MAX);
    expect_rejected(f, "m v=18446744073709551616u", CT_RANGE, 5);
}

static void booleans_have_five_spellings_each(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "m a=t,b=T,c=true,d=True,e=TRUE,f=f,g=F,h=false,i=False,j=FALSE");
    for (const char *name = "abcdefghij"; *name; name++) {
        const char field[2] = {*name, '\0'};
        assert_int_equal(field_of(f, field).type, CT_BOOL);
        assert_int_equal(field_of(f, field).boolean, *name < 'f');
    }
    expect_rejected(f, "m v=tRUE", CT_PARSE, 5);
    expect_rejected(f, "m v=yes", CT_PARSE, 5);
    expect_rejected(f, "m v=truex", CT_PARSE, 5);
}

/* -- 1.4 time -------------------------------------------------------------------------------- */

static void times_are_64_bits_less_the_servers_sentinels(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "m v=1 9223372036854775806");
    assert_int_equal(time_of(f), INT64_C(9223372036854775806));
    expect_accepted(f, "m v=1 -9223372036854775806");
    assert_int_equal(time_of(f), -INT64_C(9223372036854775806));
    expect_rejected(f, "m v=1 9223372036854775807", CT_RANGE, 7);
    expect_rejected(f, "m v=1 -9223372036854775807", CT_RANGE, 7);
    expect_rejected(f, "m v=1 99999999999999999999", CT_RANGE, 7);
    expect_rejected(f, "m v=1 +5", CT_PARSE, 7);
    expect_rejected(f, "m v=1 1.5", CT_PARSE, 7);
    expect_rejected(f, "m v=1 5x", CT_PARSE, 7);
    expect_rejected(f, "m v=1 -", CT_PARSE, 7);
    expect_rejected(f, "m v=1 5 6", CT_PARSE, 9);
}

static void a_line_without_time_gets_the_default(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "m v=1");
    assert_int_equal(time_of(f), 7);
}

/* -- 1.5 names ------------------------------------------------------------------------------- */

static void tag_order_is_of_no_account(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "m,b=2,a=1,c=3 v=1\nm,c=3,a=1,b=2 v=2\nm,a=1,b=2,c=4 v=3");
    const struct ct_batch_table *table = the_table(f, "m");
    assert_int_equal(table->series[0], table->series[1]);
    assert_int_not_equal(table->series[0], table->series[2]);
}

static void a_tag_key_twice_is_refused(void **state)
{
    expect_rejected(*state, "m,a=1,b=2,a=3 v=1", CT_PARSE, 11);
    expect_rejected(*state, "m,a\\ b=1,a\\ b=1 v=1", CT_PARSE, 10);
}

static void the_last_of_equal_field_names_counts(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "m v=1,w=5,v=2");
    assert_true(field_of(f, "v").float64 == 2.0);
    assert_int_equal(fixture_field_count(the_table(f, "m"), 0), 2);
    expect_accepted(f, "m v=1\nm v=\"x\",v=2.5\nm v=9007199254740993i,v=3.5");
    assert_int_equal(f->intake->row_count, 3);
    assert_true(field_of(f, "v").float64 == 3.5);
    expect_rejected(f, "m v=abc,v=1", CT_PARSE, 5);
}

static void a_field_named_time_is_refused_and_a_tag_is_not(void **state)
{
    struct line_fixture *f = *state;
    expect_rejected(f, "m v=1,time=5i", CT_INVALID, 7);
    assert_non_null(strstr(f->rejects->items[0].reason, "time"));
    expect_accepted(f, "m,time=x,_field=y,_measurement=z v=1");
    expect_tag(f, "time", "x");
}

static void control_bytes_in_names_are_refused(void **state)
{
    struct line_fixture *f = *state;
    expect_rejected_bytes(f, "m\0 v=1", 7, CT_PARSE, 2);
    expect_rejected(f, "m\x01 v=1", CT_PARSE, 2);
    expect_rejected(f, "m,t\x7f=a v=1", CT_PARSE, 4);
    expect_rejected(f, "m,t=a\x1f v=1", CT_PARSE, 6);
    expect_rejected(f, "m f\x0b=1", CT_PARSE, 4);
}

static void broken_utf8_is_refused_everywhere(void **state)
{
    struct line_fixture *f = *state;
    expect_accepted(f, "m\xc3\xa9,t\xe2\x82\xac=\xf0\x9f\x92\xb0 f\xc3\xbc=\"\xe4\xb8\xad\"");
    expect_rejected(f, "m\xc3 v=1", CT_PARSE, 1);
    expect_rejected(f, "m,t\xff=a v=1", CT_PARSE, 3);
    expect_rejected(f, "m,t=\xed\xa0\x80 v=1", CT_PARSE, 5);
    expect_rejected(f, "m f\xc0\x80=1", CT_PARSE, 3);
    expect_rejected(f, "m v=\"a\x80\"", CT_PARSE, 6);
    expect_string_value(f, "m v=\"\x01\x7f\t\xc3\xa9\"", "\x01\x7f\t\xc3\xa9");
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(only_spaces_separate),
        UNIT(blank_lines_and_comments_are_skipped),
        UNIT(crlf_ends_a_line),
        UNIT(one_byte_order_mark_is_dropped),
        UNIT(parts_that_are_missing_are_named),
        UNIT(measurement_escapes_comma_and_space_only),
        UNIT(tags_and_field_names_escape_comma_equals_and_space),
        UNIT(quotes_outside_of_values_are_letters),
        UNIT(a_backslash_does_not_escape_a_backslash_in_names),
        UNIT(strings_escape_quote_and_backslash_only),
        UNIT(strings_hold_raw_newlines),
        UNIT(floats_are_read_as_the_servers_do),
        UNIT(what_is_no_number_is_refused),
        UNIT(integers_keep_64_bits),
        UNIT(unsigned_integers_are_taken),
        UNIT(booleans_have_five_spellings_each),
        UNIT(times_are_64_bits_less_the_servers_sentinels),
        UNIT(a_line_without_time_gets_the_default),
        UNIT(tag_order_is_of_no_account),
        UNIT(a_tag_key_twice_is_refused),
        UNIT(the_last_of_equal_field_names_counts),
        UNIT(a_field_named_time_is_refused_and_a_tag_is_not),
        UNIT(control_bytes_in_names_are_refused),
        UNIT(broken_utf8_is_refused_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
