/* What the parser has learnt makes it faster and changes nothing: lines that are well known give
 * the rows that they give to a parser that never saw their like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line_fixture.h"
#include "sim_random.h"

#define TEXT_BYTES_MAX ((size_t)64 << 10)

/* Longer than any stretch that only the careful reader takes. */
#define PADDING                                                                                    \
    "pad p=1 1\npad p=1 1\npad p=1 1\npad p=1 1\npad p=1 1\npad p=1 1\npad p=1 1\npad p=1 1\n"     \
    "pad p=1 1\npad p=1 1\npad p=1 1\npad p=1 1\npad p=1 1\npad p=1 1\npad p=1 1\npad p=1 1\n"

static void feed(struct line_fixture *f, const char *text)
{
    fixture_feed(f, text, strlen(text), true);
}

static void commit(struct line_fixture *f)
{
    assert_int_equal(ct_intake_resolve(f->intake, &f->err), CT_OK);
}

static struct ct_value first_value(const struct line_fixture *f, const char *table,
                                   const char *field)
{
    const struct ct_batch_table *at = fixture_table(f, ct_text_of(table));
    assert_non_null(at);
    const struct ct_batch_column *column = fixture_column(at, ct_text_of(field));
    struct ct_value value = {0};
    if (!column || !fixture_value(column, 0, &value))
        fail_msg("no %s in %s", field, table);
    return value;
}

/* ---------------------------------------------------------------------------------- random lines
 */

struct random_text {
    struct sim_random random;
    size_t len;
    char bytes[TEXT_BYTES_MAX + 1];
};

static void put(struct random_text *text, const char *bytes)
{
    const size_t len = strlen(bytes);
    fixture_require(text->len + len < TEXT_BYTES_MAX, "text is full");
    memcpy(text->bytes + text->len, bytes, len + 1);
    text->len += len;
}

static size_t pick(struct random_text *text, size_t count)
{
    return (size_t)sim_random_below(&text->random, count);
}

static void put_number(struct random_text *text)
{
    char digits[128];
    unsigned n[5];
    for (size_t i = 0; i < CT_COUNT_OF(n); i++)
        n[i] = (unsigned)pick(text, pick(text, 2) ? 10 : 1000000000);
    switch (pick(text, 10)) {
    case 0:
        snprintf(digits, sizeof digits, "%u", n[0]);
        break;
    case 1:
        snprintf(digits, sizeof digits, "-%u", n[0]);
        break;
    case 2:
        snprintf(digits, sizeof digits, "-%u.%u", n[0], n[1]);
        break;
    case 3:
        snprintf(digits, sizeof digits, "%ue-%u", n[0], n[1] % 30);
        break;
    case 4:
        snprintf(digits, sizeof digits, ".%u", n[0]);
        break;
    case 5:
        snprintf(digits, sizeof digits, "%u.", n[0]);
        break;
    case 6:
        snprintf(digits, sizeof digits, "0.%u%u%u", n[0], n[1], n[2]);
        break;
    case 7:
        snprintf(digits, sizeof digits, "%u%u.%u%u", n[0], n[1], n[2], n[3]);
        break;
    case 8:
        snprintf(digits, sizeof digits, "%u%u%u%u%u", n[0], n[1], n[2], n[3], n[4]);
        break;
    default:
        snprintf(digits, sizeof digits, "%u.%u", n[0], n[1]);
    }
    put(text, digits);
}

static void put_string(struct random_text *text)
{
    static const char *const strings[] = {"\"\"",
                                          "\"plain\"",
                                          "\"with, = space\"",
                                          "\"q\\\"q\"",
                                          "\"b\\\\\"",
                                          "\"new\nline\"",
                                          "\"\xc3\xa9\"",
                                          "\"a string that is longer than any word of a machine\"",
                                          "\"\xff\"",
                                          "\"open",
                                          "\"a\"b"};
    put(text, strings[pick(text, pick(text, 20) ? 8 : CT_COUNT_OF(strings))]);
}

static void put_field(struct random_text *text)
{
    static const char *const names[] = {"f",
                                        "value",
                                        "x_usd",
                                        "cost",
                                        "a_rather_long_field_name",
                                        "esc\\ aped",
                                        "i",
                                        "count",
                                        "u",
                                        "b",
                                        "s",
                                        "a_name_that_is_too_long_to_be_known_by_the_parser",
                                        "time"};
    static const char *const bools[] = {"t", "false", "True", "F", "truth"};
    const size_t name = pick(text, pick(text, 50) ? 12 : CT_COUNT_OF(names));
    put(text, names[name]);
    put(text, "=");
    if (name == 9)
        put(text, bools[pick(text, pick(text, 20) ? 4 : CT_COUNT_OF(bools))]);
    else if (name == 10)
        put_string(text);
    else
        put_number(text);
    if (name == 6 || name == 7)
        put(text, "i");
    else if (name == 8)
        put(text, "u");
    else if (pick(text, 10) == 0)
        put(text, "i");
}

static void put_line(struct random_text *text)
{
    static const char *const keys[] = {"m,t=a",     "m,t=b",    "m", "m,u=1,t=a",
                                       "m,t=a,u=1", "n,k=\\ v", "n", "n,t=a\\\\,x",
                                       "m,t=a\\",   "#",        "",  "o,tag=\xc3\xa9"};
    static const char *const times[] = {"",
                                        " 1780272000000000000",
                                        " 1780272000000000001",
                                        " 5",
                                        " -7",
                                        "  8  ",
                                        " 9223372036854775807",
                                        " 12a"};
    static const char *const ends[] = {"\n", "\n", "\n", "\n", "\n", "\r\n", "\n\n", "\r"};
    put(text, keys[pick(text, pick(text, 20) ? 7 : CT_COUNT_OF(keys))]);
    put(text, " ");
    for (size_t fields = 1 + pick(text, 4); fields > 0; fields--) {
        put_field(text);
        if (fields > 1)
            put(text, ",");
    }
    put(text, times[pick(text, pick(text, 10) ? 4 : CT_COUNT_OF(times))]);
    put(text, ends[pick(text, CT_COUNT_OF(ends))]);
}

static void make_text(struct random_text *text, uint64_t seed)
{
    text->random = sim_random_of(seed);
    text->len = 0;
    for (int i = 0; i < 60; i++)
        put_line(text);
}

static void random_lines_mean_the_same_to_all_readers(void **state)
{
    (void)state;
    static struct line_fixture careful;
    static struct line_fixture warm;
    static struct random_text text;
    for (uint64_t seed = 0; seed < 200; seed++) {
        make_text(&text, seed);
        fixture_open(&careful);
        fixture_feed_in_steps(&careful, text.bytes, text.len, 23);
        commit(&careful);
        fixture_open(&warm);
        for (int pass = 0; pass < 3; pass++) {
            fixture_start(&warm, &(struct ct_line_options){0});
            fixture_feed(&warm, text.bytes, text.len, true);
            commit(&warm);
            if (!fixture_same_rows(&careful, &warm) ||
                careful.rejects->total != warm.rejects->total ||
                (pass == 0 && !fixture_same_rejects(careful.rejects, warm.rejects)))
                fail_msg("seed %d, pass %d", (int)seed, pass);
            if (pass < 2)
                fixture_reset(&warm);
        }
        fixture_close(&careful);
        fixture_close(&warm);
    }
}

/* ----------------------------------------------------------------------------- stale knowledge */

static void a_refused_batch_is_unlearnt(void **state)
{
    (void)state;
    static struct line_fixture f;
    fixture_open(&f);
    feed(&f, "m a=1,b=2i 1\nm a=1,b=2i 1\nm a=1,b=2i 1\n" PADDING);
    fixture_reset(&f);
    /* The places of a and b go to others; their names get other types. */
    fixture_start(&f, &(struct ct_line_options){0});
    feed(&f, "m c=t,d=\"x\" 1\nm a=\"s\",b=1.5 1\nm a=\"s\",b=1.5 1\nm c=t,d=\"x\" 1\n" PADDING);
    assert_int_equal(f.rejects->total, 0);
    assert_int_equal(first_value(&f, "m", "c").type, CT_BOOL);
    assert_int_equal(first_value(&f, "m", "d").type, CT_STRING);
    const struct ct_batch_table *m = fixture_table(&f, ct_text_of("m"));
    struct ct_value value;
    assert_true(fixture_value(fixture_column(m, ct_text_of("a")), 2, &value));
    assert_int_equal(value.type, CT_STRING);
    assert_true(fixture_value(fixture_column(m, ct_text_of("b")), 2, &value));
    assert_true(value.float64 == 1.5);
    fixture_close(&f);
}

static void a_column_is_not_taken_for_one_that_it_was(void **state)
{
    (void)state;
    static struct line_fixture f;
    fixture_open(&f);
    /* The place of `ab` goes to `a`, for this batch and then for good. */
    feed(&f, "m ab=1 1\nm ab=1 1\n" PADDING);
    fixture_reset(&f);
    fixture_start(&f, &(struct ct_line_options){0});
    feed(&f, "m a=5 1\nm ab=7 1\nm a=5 1\n" PADDING);
    struct ct_value value;
    const struct ct_batch_table *m = fixture_table(&f, ct_text_of("m"));
    assert_true(fixture_value(fixture_column(m, ct_text_of("a")), 0, &value));
    assert_true(value.float64 == 5.0);
    assert_true(fixture_value(fixture_column(m, ct_text_of("ab")), 1, &value));
    assert_true(value.float64 == 7.0);
    fixture_reset(&f);
    fixture_start(&f, &(struct ct_line_options){0});
    feed(&f, "m b=2 1\nm b=2 1\n");
    commit(&f);
    fixture_reset(&f);
    fixture_start(&f, &(struct ct_line_options){0});
    feed(&f, "m a=3 1\nm ab=4 1\nm b=2 1\n" PADDING);
    m = fixture_table(&f, ct_text_of("m"));
    assert_int_equal(fixture_field_count(m, 0), 1);
    assert_true(fixture_value(fixture_column(m, ct_text_of("a")), 0, &value));
    assert_true(value.float64 == 3.0);
    assert_true(fixture_value(fixture_column(m, ct_text_of("ab")), 1, &value));
    assert_true(value.float64 == 4.0);
    fixture_close(&f);
}

static void the_type_that_a_rejected_line_asked_for_does_not_last(void **state)
{
    (void)state;
    static struct line_fixture f;
    fixture_open(&f);
    feed(&f, "m b=1,v=1.5 1\nm b=1,v=1.5 1\n" PADDING);
    fixture_reset(&f);
    fixture_start(&f, &(struct ct_line_options){0});
    feed(&f, "m b=1 1\nm v=1d,b=\"x\" 1\nm v=1.5 1\n" PADDING);
    assert_int_equal(f.rejects->total, 1);
    const struct ct_batch_table *m = fixture_table(&f, ct_text_of("m"));
    struct ct_value value;
    assert_true(fixture_value(fixture_column(m, ct_text_of("v")), 1, &value));
    assert_int_equal(value.type, CT_FLOAT64);
    fixture_close(&f);
}

/* Past 2^53 a quotient of doubles would be rounded twice. */
static void floats_are_rounded_once(void **state)
{
    (void)state;
    static struct line_fixture f;
    static const char text[] = "m v=6368887.5698091148 1\nm v=6368887.5698091148 1\n"
                               "m v=7081781.6597925149 1\nm v=496186.48841482156 1\n" PADDING;
    static const double expected[] = {6368887.5698091148, 6368887.5698091148, 7081781.6597925149,
                                      496186.48841482156};
    fixture_open(&f);
    feed(&f, text);
    const struct ct_batch_table *m = fixture_table(&f, ct_text_of("m"));
    for (uint32_t row = 0; row < CT_COUNT_OF(expected); row++) {
        struct ct_value value;
        assert_true(fixture_value(fixture_column(m, ct_text_of("v")), row, &value));
        assert_true(value.float64 == expected[row]);
    }
    fixture_close(&f);
}

static void the_place_of_a_forgotten_table_serves_another(void **state)
{
    (void)state;
    static struct line_fixture f;
    fixture_open(&f);
    feed(&f, "first a=1 1\nfirst a=1 1\n" PADDING);
    fixture_reset(&f);
    fixture_start(&f, &(struct ct_line_options){0});
    feed(&f,
         "second b=7i 1\nsecond b=8i 1\nfirst a=\"s\" 1\nfirst a=\"t\" 1\nsecond b=9i 1\n" PADDING);
    assert_int_equal(f.rejects->total, 0);
    assert_int_equal(fixture_table(&f, ct_text_of("second"))->row_count, 3);
    assert_int_equal(first_value(&f, "second", "b").int64, 7);
    assert_true(ct_text_equal(first_value(&f, "first", "a").string, ct_text_of("s")));
    fixture_close(&f);
}

static void a_line_may_name_a_field_twice_when_it_is_known(void **state)
{
    (void)state;
    static struct line_fixture f;
    fixture_open(&f);
    feed(&f, "m a=1,b=2 1\nm a=1,b=2 1\nm a=1,a=3 1\nm b=1,a=5,b=7 1\n" PADDING);
    assert_int_equal(f.rejects->total, 0);
    const struct ct_batch_table *m = fixture_table(&f, ct_text_of("m"));
    struct ct_value value;
    assert_int_equal(m->row_count, 4);
    assert_true(fixture_value(fixture_column(m, ct_text_of("a")), 2, &value));
    assert_true(value.float64 == 3.0);
    assert_true(fixture_value(fixture_column(m, ct_text_of("b")), 3, &value));
    assert_true(value.float64 == 7.0);
    fixture_close(&f);
}

static void a_known_field_may_be_repeated_more_often_than_fields_are_known(void **state)
{
    (void)state;
    static struct line_fixture f;
    enum { REPEATS = 500 };
    static char text[REPEATS * 8 + 256];
    size_t len = (size_t)snprintf(text, sizeof text, "m a=1 1\nm a=1 1\nm a=0");
    for (int i = 1; i < REPEATS; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, ",a=%d", i);
    snprintf(text + len, sizeof text - len, " 1\n" PADDING);
    fixture_open(&f);
    feed(&f, text);
    assert_int_equal(f.rejects->total, 0);
    const struct ct_batch_table *m = fixture_table(&f, ct_text_of("m"));
    struct ct_value value;
    assert_true(fixture_value(fixture_column(m, ct_text_of("a")), 2, &value));
    assert_true(value.float64 == REPEATS - 1);
    fixture_close(&f);
}

/* The parser remembers the fields of only one of two tables whose numbers differ by a multiple of
 * its room. */
static void tables_that_share_a_place_keep_their_fields_apart(void **state)
{
    (void)state;
    static struct line_fixture f;
    enum { TABLES = 520 };
    static char text[TABLES * 32 + 1024];
    size_t len = 0;
    for (int i = 0; i < TABLES; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "table%d f%d=%d 1\n", i, i, i);
    fixture_open(&f);
    feed(&f, text);
    commit(&f);
    fixture_reset(&f);
    for (int first = 0; first < 8; first++) {
        len = 0;
        const int pair[] = {first, first + 256, first + 512};
        for (int i = 0; i < 9; i++)
            len += (size_t)snprintf(text + len, sizeof text - len, "table%d f%d=%d 1\n",
                                    pair[i / 3], pair[i % 3], 1000 + i);
        snprintf(text + len, sizeof text - len, PADDING);
        feed(&f, text);
        assert_int_equal(f.rejects->total, 0);
        for (int i = 0; i < 9; i++) {
            char table[32];
            char field[32];
            snprintf(table, sizeof table, "table%d", pair[i / 3]);
            snprintf(field, sizeof field, "f%d", pair[i % 3]);
            const struct ct_batch_table *at = fixture_table(&f, ct_text_of(table));
            struct ct_value value;
            assert_non_null(at);
            assert_true(
                fixture_value(fixture_column(at, ct_text_of(field)), (uint32_t)i % 3, &value));
            assert_true(value.float64 == 1000 + i);
        }
        commit(&f);
        fixture_reset(&f);
    }
    fixture_close(&f);
}

static void more_tables_and_fields_than_are_remembered_are_read_all_the_same(void **state)
{
    (void)state;
    static struct line_fixture f;
    enum { TABLES = 300, FIELDS = 70 };
    static char text[TABLES * 32 + FIELDS * 16 + 256];
    size_t len = 0;
    for (int i = 0; i < TABLES; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "table%d f=%d 1\n", i, i);
    len += (size_t)snprintf(text + len, sizeof text - len, "wide ");
    for (int i = 0; i < FIELDS; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%sf%d=%d", i ? "," : "", i, i);
    snprintf(text + len, sizeof text - len, " 1\n" PADDING);
    fixture_open(&f);
    for (int pass = 0; pass < 3; pass++) {
        fixture_start(&f, &(struct ct_line_options){0});
        feed(&f, text);
        assert_int_equal(f.rejects->total, 0);
        for (int i = 0; i < TABLES; i++) {
            char name[32];
            snprintf(name, sizeof name, "table%d", i);
            assert_true(first_value(&f, name, "f").float64 == i);
        }
        for (int i = 0; i < FIELDS; i++) {
            char name[32];
            snprintf(name, sizeof name, "f%d", i);
            assert_true(first_value(&f, "wide", name).float64 == i);
        }
        commit(&f);
        fixture_reset(&f);
    }
    fixture_close(&f);
}

/* Enough keys for the intake's alias table to grow under the parser's guesses several times. */
static void keys_in_any_order_find_their_series(void **state)
{
    (void)state;
    static struct line_fixture f;
    enum { SERIES = 3000 };
    static char text[SERIES * 32 + 256];
    uint32_t series[SERIES];
    fixture_open(&f);
    for (size_t pass = 0; pass < 4; pass++) {
        size_t len = 0;
        for (size_t i = 0; i < SERIES; i++)
            len += (size_t)snprintf(text + len, sizeof text - len, "m,id=%zu v=%zu 1\n",
                                    i * (pass | 1) % SERIES, i);
        snprintf(text + len, sizeof text - len, PADDING);
        fixture_start(&f, &(struct ct_line_options){0});
        feed(&f, text);
        commit(&f);
        const struct ct_batch_table *m = fixture_table(&f, ct_text_of("m"));
        assert_int_equal(m->row_count, SERIES);
        for (size_t i = 0; i < SERIES; i++) {
            const size_t id = i * (pass | 1) % SERIES;
            if (pass == 0)
                series[id] = m->series[i];
            assert_int_equal(m->series[i], series[id]);
        }
        fixture_reset(&f);
    }
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_lines_mean_the_same_to_all_readers),
        cmocka_unit_test(a_refused_batch_is_unlearnt),
        cmocka_unit_test(a_column_is_not_taken_for_one_that_it_was),
        cmocka_unit_test(the_type_that_a_rejected_line_asked_for_does_not_last),
        cmocka_unit_test(floats_are_rounded_once),
        cmocka_unit_test(a_known_field_may_be_repeated_more_often_than_fields_are_known),
        cmocka_unit_test(tables_that_share_a_place_keep_their_fields_apart),
        cmocka_unit_test(the_place_of_a_forgotten_table_serves_another),
        cmocka_unit_test(a_line_may_name_a_field_twice_when_it_is_known),
        cmocka_unit_test(more_tables_and_fields_than_are_remembered_are_read_all_the_same),
        cmocka_unit_test(keys_in_any_order_find_their_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
