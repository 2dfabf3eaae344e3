/* A text of many lines in chunks of any size: what is kept, what is reported and where, and the
 * limits. */
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

static void expect_reject(const struct line_fixture *f, uint32_t index, uint64_t line,
                          uint32_t column, ct_status code)
{
    assert_true(index < f->rejects->kept);
    const struct ct_reject *reject = &f->rejects->items[index];
    if (reject->line != line || reject->column != column || reject->code != code)
        fail_msg("%s at %d:%d: %s", ct_status_name(reject->code), (int)reject->line,
                 (int)reject->column, reject->reason);
}

/* The rows and rejects of `text` are the same whole, split in two anywhere, and in steps. */
static void expect_same_however_cut(const struct ct_line_options *options, const char *text,
                                    size_t len, uint64_t rows, uint64_t rejects)
{
    static struct line_fixture whole;
    static struct line_fixture cut;
    fixture_open(&whole);
    fixture_start(&whole, options);
    fixture_feed(&whole, text, len, true);
    assert_int_equal(whole.intake->row_count, rows);
    assert_int_equal(whole.rejects->total, rejects);
    assert_int_equal(ct_intake_resolve(whole.intake, &whole.err), CT_OK);
    for (size_t at = 0; at <= len + 40; at++) {
        fixture_open(&cut);
        fixture_start(&cut, options);
        if (at <= len)
            fixture_feed_split(&cut, text, len, at);
        else
            fixture_feed_in_steps(&cut, text, len, at - len);
        assert_int_equal(ct_intake_resolve(cut.intake, &cut.err), CT_OK);
        if (!fixture_same_rows(&whole, &cut) || !fixture_same_rejects(whole.rejects, cut.rejects))
            fail_msg("cut at %zu of %zu: %d rows, %d rejects", at, len, (int)cut.intake->row_count,
                     (int)cut.rejects->total);
        fixture_close(&cut);
    }
    fixture_close(&whole);
}

/* -- Partial writes -------------------------------------------------------------------------- */

static void good_lines_are_kept_between_bad_ones(void **state)
{
    struct line_fixture *f = *state;
    feed(f, "m v=1 1\nbad\nm v=2 2\nm v= 3\nm v=3 4\n");
    assert_int_equal(f->intake->row_count, 3);
    assert_int_equal(f->rejects->total, 2);
    expect_reject(f, 0, 2, 4, CT_PARSE);
    expect_reject(f, 1, 4, 5, CT_PARSE);
    assert_string_equal(f->rejects->items[0].excerpt, "bad");
    assert_string_equal(f->rejects->items[1].excerpt, "m v= 3");
}

static void nothing_is_kept_where_the_caller_resets_the_intake(void **state)
{
    struct line_fixture *f = *state;
    feed(f, "new,t=a v=1 1\nbad\n");
    assert_int_equal(f->rejects->total, 1);
    fixture_reset(f);
    assert_int_equal(f->intake->row_count, 0);
    assert_int_equal(ct_intake_resolve(f->intake, &f->err), CT_OK);
    assert_int_equal(ct_catalog_table_count(f->catalog), 0);
    fixture_start(f, &(struct ct_line_options){0});
    feed(f, "new,t=a v=1 1\n");
    assert_int_equal(f->intake->row_count, 1);
}

static void a_bad_number_ends_with_its_line(void **state)
{
    struct line_fixture *f = *state;
    feed(f, "m v=1x\nm v=2\nm v=3 x\nm v=4\n");
    assert_int_equal(f->intake->row_count, 2);
    assert_int_equal(f->rejects->total, 2);
}

static void the_first_hundred_rejects_are_kept_and_all_counted(void **state)
{
    struct line_fixture *f = *state;
    static const char text[] = "bad\nm v=1\nworse\nbad\nm v=x\nbad\n";
    for (int i = 0; i < 30; i++)
        fixture_feed(f, text, sizeof text - 1, i == 29);
    assert_int_equal(f->rejects->total, 150);
    assert_int_equal(f->rejects->kept, CT_REJECTS_KEPT);
    expect_reject(f, 99, 120, 4, CT_PARSE);
    assert_int_equal(f->intake->row_count, 30);
}

/* -- Where a fault is ------------------------------------------------------------------------ */

static void lines_are_counted_through_strings_comments_and_chunks(void **state)
{
    (void)state;
    static const char text[] =
        "\n# comment\nm v=\"a\nb\nc\"\nbad\r\n\nm v=\"x\n\",w=?\nm v=\"1\"\nworse";
    expect_same_however_cut(&(struct ct_line_options){0}, text, sizeof text - 1, 2, 3);
    static struct line_fixture f;
    fixture_open(&f);
    feed(&f, text);
    expect_reject(&f, 0, 6, 4, CT_PARSE);
    expect_reject(&f, 1, 9, 5, CT_PARSE);
    expect_reject(&f, 2, 11, 6, CT_PARSE);
    fixture_close(&f);
}

static void an_excerpt_is_printable_and_cut_between_characters(void **state)
{
    struct line_fixture *f = *state;
    feed(f, "\x01\tx\xff\xc3\xa9\x7f\xe2\x82\n");
    assert_string_equal(f->rejects->items[0].excerpt, "??x?\xc3\xa9???");
    char line[100] = "no,";
    for (size_t i = 3; i + 2 < sizeof line; i += 2)
        memcpy(line + i, "\xc3\xa9", 3);
    feed(f, line);
    assert_int_equal(strlen(f->rejects->items[1].excerpt), 63);
}

static void a_reason_shows_no_raw_bytes_of_the_line(void **state)
{
    struct line_fixture *f = *state;
    feed(f, "m v=1\x01\x1b[31m\xff\n");
    assert_string_equal(f->rejects->items[0].reason, "1??[31m? is not a number");
}

/* -- Chunks ---------------------------------------------------------------------------------- */

static void a_text_may_be_cut_anywhere(void **state)
{
    (void)state;
    static const char text[] =
        "\xef\xbb\xbf# first\r\nm,t=a\\ b,u=\xc3\xa9 v=1.5,s=\"a\\\"\n,b\",w=2i 100\r\n"
        "m,t=a\\ b,u=\xc3\xa9 v=2.5,s=\"\",w=3i 200\n m2 x_usd=7.8125e-08,b=t\n"
        "m,t=a\\ b,u=\xc3\xa9 v=2.5,s=\"plain\",w=3i 200\n,bad\nm,t=b v=\"wrong\n type\\\\\" 5\n"
        "m,t=a\\ b,u=\xc3\xa9 v=4.5,s=\"open";
    expect_same_however_cut(&(struct ct_line_options){0}, text, sizeof text - 1, 4, 3);
}

static void an_incomplete_line_is_left_to_the_next_call(void **state)
{
    struct line_fixture *f = *state;
    assert_int_equal(fixture_feed(f, "m v=1\nm v=2", 11, false), 6);
    assert_int_equal(fixture_feed(f, "m v=\"a\nb", 8, false), 0);
    assert_int_equal(fixture_feed(f, "m v=1\r", 6, false), 0);
    assert_int_equal(fixture_feed(f, "", 0, false), 0);
    assert_int_equal(f->intake->row_count, 1);
    assert_int_equal(fixture_feed(f, "", 0, true), 0);
    assert_int_equal(f->rejects->total, 0);
}

/* -- Limits ---------------------------------------------------------------------------------- */

static void a_line_has_at_most_so_many_bytes(void **state)
{
    (void)state;
    const struct ct_line_options options = {.line_bytes_max = 20};
    const char text[] = "m v=1,w=2 3456789012\nm v=1,w=2 34567890123\nm v=1,w=2 3456789012\r\n"
                        "m v=\"12345678901234567890\n23\" 7\nm v=5\n"
                        "m v=\"1234567890\\\"\\\"34567890\n\\\\23\",x=\"\n\" 7\nm v=6";
    expect_same_however_cut(&options, text, sizeof text - 1, 3, 5);
}

static void what_follows_an_overlong_string_is_not_taken_for_lines(void **state)
{
    struct line_fixture *f = *state;
    const struct ct_line_options options = {.string_bytes_max = 8};
    const char text[] =
        "m v=\"12345678\" 1\nm v=\"123456789\nm w=1\nm w=2\n\\\" m w=3\n\" 1\nm v=\"\" 2\n"
        "m v=\"1234567\\\\\" 1\nm v=\"123456\\\\\" 1\n";
    expect_same_however_cut(&options, text, sizeof text - 1, 3, 2);
    fixture_start(f, &options);
    feed(f, text);
    expect_reject(f, 0, 2, 5, CT_LIMIT);
    expect_reject(f, 1, 8, 5, CT_LIMIT);
}

static void a_line_has_at_most_so_many_fields_and_tags(void **state)
{
    (void)state;
    const struct ct_line_options options = {.fields_max = 3, .tags_max = 2};
    const char text[] = "m a=1,b=2,c=3\nm a=1,b=2,c=3,d=4\nm,a=1,b=2 a=1\nm,a=1,b=2,c=3 a=1\n";
    expect_same_however_cut(&options, text, sizeof text - 1, 2, 2);
}

static void names_have_at_most_so_many_bytes(void **state)
{
    (void)state;
    const struct ct_line_options options = {.key_bytes_max = 8};
    const char text[] = "m,t=1234 v=1\nm,t=12345 v=1\nm 12345678=1\nm 123456789=1\n";
    expect_same_however_cut(&options, text, sizeof text - 1, 2, 2);
}

/* A key that the intake knows from a text with a higher limit. */
static void limits_hold_for_what_is_known(void **state)
{
    struct line_fixture *f = *state;
    char text[2048];
    size_t len = 0;
    for (int i = 0; i < 30; i++)
        len += (size_t)snprintf(text + len, sizeof text - len,
                                "mm,tag=value v=1,w=2,s=\"abc\" %d\n", i);
    for (int pass = 0; pass < 3; pass++) {
        feed(f, text);
        assert_int_equal(f->intake->row_count, 30);
        assert_int_equal(ct_intake_resolve(f->intake, &f->err), CT_OK);
        fixture_reset(f);
    }
    static const struct ct_line_options limits[] = {
        {.key_bytes_max = 11}, {.fields_max = 2}, {.string_bytes_max = 2}, {.line_bytes_max = 28}};
    for (size_t i = 0; i < CT_COUNT_OF(limits); i++) {
        fixture_start(f, &limits[i]);
        feed(f, text);
        assert_int_equal(f->intake->row_count, 0);
        assert_int_equal(f->rejects->total, 30);
        fixture_reset(f);
    }
}

static void a_limit_above_its_most_is_refused(void **state)
{
    struct line_fixture *f = *state;
    static const struct ct_line_options wrong[] = {{.tags_max = CT_TAGS_MAX + 1},
                                                   {.key_bytes_max = CT_LINE_KEY_BYTES_MAX + 1},
                                                   {.fields_max = CT_TABLE_FIELDS_MAX + 1},
                                                   {.line_bytes_max = UINT32_MAX}};
    for (size_t i = 0; i < CT_COUNT_OF(wrong); i++)
        assert_int_equal(ct_line_parser_start(f->parser, &wrong[i], &f->err), CT_INVALID);
}

static void a_mebibyte_of_line_is_the_default_limit(void **state)
{
    struct line_fixture *f = *state;
    const size_t room = CT_LINE_BYTES_MAX + 64;
    char *text = malloc(room);
    assert_non_null(text);
    memset(text, 'x', room);
    memcpy(text, "m v=\"", 5);
    text[CT_LINE_BYTES_MAX - 1] = '"';
    memcpy(text + CT_LINE_BYTES_MAX, "\nm v=\"a\"\n", 9);
    fixture_feed(f, text, CT_LINE_BYTES_MAX + 9, true);
    assert_int_equal(f->intake->row_count, 2);
    fixture_start(f, &(struct ct_line_options){0});
    memcpy(text + CT_LINE_BYTES_MAX - 1, "x\"\nm v=\"a\"\n", 11);
    fixture_feed(f, text, CT_LINE_BYTES_MAX + 10, true);
    assert_int_equal(f->intake->row_count, 3);
    expect_reject(f, 0, 1, 1, CT_LIMIT);
    free(text);
}

/* -- Failures -------------------------------------------------------------------------------- */

static void running_out_of_memory_leaves_whole_lines_and_tells_where(void **state)
{
    (void)state;
    static struct line_fixture f;
    const char text[] = "m,t=a v=\"a\\\"b\",w=1 1\nm,t=b v=\"c\\\"d\",w=2,x=3 2\nm2 v=1 3\n";
    size_t failures = 0;
    bool is_done = false;
    for (size_t more = 0; !is_done; more += 64) {
        fixture_open(&f);
        f.allocator.limit_bytes = f.allocator.live_bytes + more;
        size_t consumed;
        const ct_status status =
            ct_line_parse(f.parser, text, sizeof text - 1, true, &consumed, f.rejects, &f.err);
        f.allocator.limit_bytes = 0;
        if (status != CT_OK) {
            failures++;
            assert_int_equal(status, CT_NO_MEMORY);
            assert_true(consumed == 0 || text[consumed - 1] == '\n');
            assert_int_equal(ct_line_parse(f.parser, text + consumed, sizeof text - 1 - consumed,
                                           true, &consumed, f.rejects, &f.err),
                             CT_OK);
        }
        assert_int_equal(f.intake->row_count, 3);
        assert_int_equal(f.rejects->total, 0);
        is_done = status == CT_OK;
        fixture_close(&f);
        assert_int_equal(f.allocator.live_blocks, 0);
    }
    assert_true(failures > 2);
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(good_lines_are_kept_between_bad_ones),
        UNIT(nothing_is_kept_where_the_caller_resets_the_intake),
        UNIT(a_bad_number_ends_with_its_line),
        UNIT(the_first_hundred_rejects_are_kept_and_all_counted),
        UNIT(lines_are_counted_through_strings_comments_and_chunks),
        UNIT(an_excerpt_is_printable_and_cut_between_characters),
        UNIT(a_reason_shows_no_raw_bytes_of_the_line),
        UNIT(a_text_may_be_cut_anywhere),
        UNIT(an_incomplete_line_is_left_to_the_next_call),
        UNIT(a_line_has_at_most_so_many_bytes),
        UNIT(what_follows_an_overlong_string_is_not_taken_for_lines),
        UNIT(a_line_has_at_most_so_many_fields_and_tags),
        UNIT(names_have_at_most_so_many_bytes),
        UNIT(limits_hold_for_what_is_known),
        UNIT(a_limit_above_its_most_is_refused),
        UNIT(a_mebibyte_of_line_is_the_default_limit),
        UNIT(running_out_of_memory_leaves_whole_lines_and_tells_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
