/* From provisional to real: types, refusals, races, aliases, limits. */
#include "intake_fixture.h"

struct pair {
    struct ct_catalog *catalog;
    struct ct_intake *intake;
};

static int setup_with(void **state, uint32_t series_max)
{
    static struct pair pair;
    pair.catalog = catalog_of(series_max);
    pair.intake = intake_of(pair.catalog);
    *state = &pair;
    return 0;
}

static int setup(void **state)
{
    return setup_with(state, CT_SERIES_MAX);
}

static int setup_few_series(void **state)
{
    return setup_with(state, 4);
}

static int teardown(void **state)
{
    struct pair *pair = *state;
    ct_intake_destroy(pair->intake);
    ct_catalog_destroy(pair->catalog);
    return 0;
}

/* -- Types ------------------------------------------------------------------------------------- */

static ct_status ask(struct pair *pair, const char *field, enum ct_type written,
                     struct ct_error *err)
{
    uint32_t column;
    const uint32_t table = table_of(pair->intake, "m");
    return ct_intake_column(pair->intake, table, ct_text_of(field), written, &column, err);
}

static void expect_field(struct pair *pair, const char *field, enum ct_type type, bool is_money)
{
    const uint32_t table = ct_catalog_find_table(pair->catalog, 0, ct_text_of("m"));
    const uint32_t number = ct_catalog_find_field(pair->catalog, table, ct_text_of(field));
    assert_int_not_equal(number, CT_NONE);
    const struct ct_field found = ct_catalog_field(pair->catalog, table, number);
    assert_int_equal(found.type, type);
    assert_int_equal(found.is_money, is_money);
}

static void names_say_what_is_money(void **state)
{
    struct pair *pair = *state;
    static const struct {
        const char *field;
        enum ct_type written, type;
        bool is_money;
    } cases[] = {
        {"cost", CT_FLOAT64, CT_DECIMAL, true},
        {"a_usd", CT_INT64, CT_DECIMAL, true},
        {"b_cost", CT_UINT64, CT_DECIMAL, true},
        {"c_cost", CT_DECIMAL, CT_DECIMAL, true},
        {"d_quantity", CT_INT64, CT_DECIMAL, false},
        {"e_price", CT_FLOAT64, CT_DECIMAL, false},
        {"f", CT_DECIMAL, CT_DECIMAL, false},
        {"costs", CT_FLOAT64, CT_FLOAT64, false},
        {"price", CT_INT64, CT_INT64, false},
        {"t", CT_STRING, CT_STRING, false},
        {"u", CT_BOOL, CT_BOOL, false},
        {"v", CT_UINT64, CT_UINT64, false},
    };
    const uint32_t table = table_of(pair->intake, "m");
    const uint32_t series = series_of(pair->intake, table, "host", "a");
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        const struct ct_row_value value = {
            .column = column_of(pair->intake, table, cases[i].field, cases[i].written)};
        add_row(pair->intake, table, series, (int64_t)i, value);
    }
    resolve(pair->intake);
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++)
        expect_field(pair, cases[i].field, cases[i].type, cases[i].is_money);
}

static void amounts_take_no_text_or_truth(void **state)
{
    struct pair *pair = *state;
    struct ct_error err;
    assert_int_equal(ask(pair, "x_cost", CT_STRING, &err), CT_TYPE);
    assert_string_equal(err.text,
                        "field \"x_cost\" of table \"m\" is decimal, the line writes string");
    assert_int_equal(ask(pair, "x_price", CT_BOOL, &err), CT_TYPE);
    assert_int_equal(pair->intake->tables[0].column_count, 0);
}

static void only_widening_is_accepted(void **state)
{
    struct pair *pair = *state;
    static const enum ct_type all[] = {CT_FLOAT64, CT_INT64,  CT_UINT64,
                                       CT_BOOL,    CT_STRING, CT_DECIMAL};
    static const bool accepted[6][6] = {
        {1, 1, 1, 0, 0, 0}, {0, 1, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0},
        {0, 0, 0, 1, 0, 0}, {0, 0, 0, 0, 1, 0}, {1, 1, 1, 0, 0, 1},
    };
    static const char *const fields[] = {"f", "i", "u", "b", "s", "d"};
    const uint32_t table = table_of(pair->intake, "m");
    const uint32_t series = series_of(pair->intake, table, "host", "a");
    for (unsigned round = 0; round < 2; round++) { /* provisional with values, then defined */
        for (unsigned c = 0; c < 6; c++) {
            if (round == 0)
                add_row(pair->intake, table, series, c,
                        (struct ct_row_value){
                            .column = column_of(pair->intake, table, fields[c], all[c])});
            for (unsigned w = 0; w < 6; w++)
                assert_int_equal(ask(pair, fields[c], all[w], NULL),
                                 accepted[c][w] ? CT_OK : CT_TYPE);
        }
        if (round == 0) {
            resolve(pair->intake);
            ct_intake_reset(pair->intake);
        }
    }
    struct ct_error err;
    assert_int_equal(ask(pair, "f", CT_STRING, &err), CT_TYPE);
    assert_string_equal(err.text, "field \"f\" of table \"m\" is float, the line writes string");
}

static void a_column_without_values_takes_the_newest_type(void **state)
{
    struct pair *pair = *state;
    struct ct_intake *intake = pair->intake;
    const uint32_t table = table_of(intake, "m");
    const uint32_t column = column_of(intake, table, "v", CT_STRING);
    assert_int_equal(column_of(intake, table, "v", CT_BOOL), column);
    assert_int_equal(column_of(intake, table, "v", CT_FLOAT64), column);
    assert_false(ct_batch_column_is_settled(&intake->tables[table].columns[column]));
    add_row(intake, table, series_of(intake, table, "host", "a"), 1,
            (struct ct_row_value){.column = column, .float64 = 2.5});
    assert_true(ct_batch_column_is_settled(&intake->tables[table].columns[column]));
    assert_int_equal(ask(pair, "v", CT_BOOL, NULL), CT_TYPE);
    resolve(intake);
    expect_field(pair, "v", CT_FLOAT64, false);
}

/* -- All or nothing ---------------------------------------------------------------------------- */

static void a_refused_batch_leaves_no_trace(void **state)
{
    struct pair *pair = *state;
    add_float(pair->intake, "m", "a", "x", 1);
    add_string(pair->intake, "n", "b", "y", "text");
    ct_intake_reset(pair->intake);
    assert_int_equal(ct_catalog_journal_end(pair->catalog), 0);
    assert_int_equal(ct_catalog_database_count(pair->catalog), 0);
    resolve(pair->intake);
    assert_int_equal(ct_catalog_journal_end(pair->catalog), 0);
    add_string(pair->intake, "m", "a", "x", "another type is fine now");
    resolve(pair->intake);
    expect_field(pair, "x", CT_STRING, false);
    assert_int_equal(ct_catalog_find_table(pair->catalog, 0, ct_text_of("n")), CT_NONE);
}

static void only_what_rows_use_is_defined(void **state)
{
    struct pair *pair = *state;
    struct ct_intake *intake = pair->intake;
    const uint32_t table = table_of(intake, "m");
    series_of(intake, table, "refused", "a");
    column_of(intake, table, "refused", CT_BOOL);
    column_of(intake, table_of(intake, "refused"), "x", CT_BOOL);
    add_float(intake, "m", "a", "x", 1);
    series_of(intake, table, "host", "refused");
    resolve(intake);
    assert_int_equal(ct_catalog_table_count(pair->catalog), 1);
    assert_int_equal(ct_catalog_field_count(pair->catalog, 0), 1);
    assert_int_equal(ct_catalog_series_count(pair->catalog, 0), 1);
    assert_int_equal(ct_catalog_tag_count(pair->catalog, 0), 1);
    assert_int_equal(ct_catalog_value_count(pair->catalog, 0, 0), 1);
}

static void a_type_that_others_defined_meanwhile_is_stale(void **state)
{
    struct pair *pair = *state;
    struct ct_intake *other = intake_of(pair->catalog);
    add_float(pair->intake, "m", "a", "v", 1);
    add_float(pair->intake, "m", "a", "new", 1);
    add_float(pair->intake, "new", "new", "new", 1);
    add_string(other, "m", "b", "v", "text");
    resolve(other);
    const uint64_t end = ct_catalog_journal_end(pair->catalog);
    struct ct_error err;
    assert_int_equal(ct_intake_resolve(pair->intake, &err), CT_STALE);
    assert_non_null(strstr(err.text, "field \"v\" of table \"m\""));
    assert_non_null(strstr(err.text, "string"));
    assert_int_equal(ct_catalog_journal_end(pair->catalog), end);
    assert_int_equal(ct_catalog_table_count(pair->catalog), 1);
    ct_intake_reset(pair->intake);
    assert_int_equal(ask(pair, "v", CT_FLOAT64, &err), CT_TYPE); /* as the line's fault */
    add_string(pair->intake, "m", "a", "v", "text");
    resolve(pair->intake);
    assert_int_equal(ct_catalog_series_count(pair->catalog, 0), 2);
    ct_intake_destroy(other);
}

static void a_money_flag_that_others_defined_is_stale_too(void **state)
{
    struct pair *pair = *state;
    const uint32_t table = table_of(pair->intake, "m");
    const uint32_t column = column_of(pair->intake, table, "x", CT_DECIMAL);
    add_row(pair->intake, table, series_of(pair->intake, table, "host", "a"), 1,
            (struct ct_row_value){.column = column, .narrow = 5});
    uint32_t number;
    assert_int_equal(
        ct_catalog_define_database(pair->catalog, ct_text_of("default"), &number, NULL), CT_OK);
    assert_int_equal(
        ct_catalog_define_table(pair->catalog, 0, ct_text_of("m"), NULL, &number, NULL), CT_OK);
    assert_int_equal(
        ct_catalog_define_field(pair->catalog, 0, ct_text_of("x"), CT_DECIMAL, true, &number, NULL),
        CT_OK);
    assert_int_equal(ct_intake_resolve(pair->intake, NULL), CT_STALE);
}

static void what_two_intakes_bring_alike_is_defined_once(void **state)
{
    struct pair *pair = *state;
    struct ct_intake *other = intake_of(pair->catalog);
    for (unsigned i = 0; i < 100; i++) {
        char room[TEXT_ROOM];
        numbered(room, "h", i);
        add_float(i % 3 ? pair->intake : other, "m", room, "v", i);
        add_float(i % 2 ? pair->intake : other, "m", room, "v", i);
    }
    resolve(pair->intake);
    resolve(other);
    assert_int_equal(ct_catalog_database_count(pair->catalog), 1);
    assert_int_equal(ct_catalog_table_count(pair->catalog), 1);
    assert_int_equal(ct_catalog_field_count(pair->catalog, 0), 1);
    assert_int_equal(ct_catalog_series_count(pair->catalog, 0), 100);
    const struct ct_batch_table *table = &other->tables[0];
    for (uint32_t row = 0; row < table->row_count; row++)
        assert_true(table->series[row] < 100);
    assert_int_equal(other->tables[0].table, 0);
    assert_int_equal(other->tables[0].columns[0].field, 0);
    ct_intake_destroy(other);
}

static void a_limit_reached_meanwhile_undoes_all(void **state)
{
    struct pair *pair = *state; /* four series at most */
    struct ct_intake *other = intake_of(pair->catalog);
    add_float(other, "m", "a", "v", 1);
    add_float(other, "m", "b", "v", 1);
    add_float(pair->intake, "m", "c", "w", 1);
    add_float(pair->intake, "m", "d", "w", 1);
    add_float(pair->intake, "m", "e", "w", 1);
    add_float(pair->intake, "o", "e", "w", 1);
    add_alias(pair->intake, "m,host=c", 0, series_of(pair->intake, 0, "host", "c"));
    resolve(other);
    const uint64_t end = ct_catalog_journal_end(pair->catalog);
    assert_int_equal(ct_intake_resolve(pair->intake, NULL), CT_STALE);
    assert_int_equal(ct_catalog_journal_end(pair->catalog), end);
    assert_int_equal(ct_catalog_series_count(pair->catalog, 0), 2);
    assert_int_equal(ct_catalog_field_count(pair->catalog, 0), 1);
    assert_int_equal(ct_catalog_find_value(pair->catalog, 0, 0, ct_text_of("c")), 0);
    ct_intake_reset(pair->intake);
    assert_null(alias_of(pair->intake, "m,host=c"));
    add_float(pair->intake, "m", "f", "w", 1);
    resolve(pair->intake);
    struct stream journal = journal_of(pair->catalog, 0, ct_catalog_journal_end(pair->catalog));
    struct ct_catalog *again = catalog_of(CT_SERIES_MAX);
    assert_int_equal(ct_catalog_apply(again, journal.bytes, journal.len, NULL), CT_OK);
    expect_same(pair->catalog, again);
    stream_release(&journal);
    ct_catalog_destroy(again);
    ct_intake_destroy(other);
}

/* -- Limits: of the line, not of the batch
 * ---------------------------------------------------------- */

static void series_past_the_limit_are_refused_one_by_one(void **state)
{
    struct pair *pair = *state; /* four series at most */
    add_float(pair->intake, "m", "a", "v", 1);
    add_float(pair->intake, "m", "b", "v", 1);
    resolve(pair->intake);
    ct_intake_reset(pair->intake);
    add_float(pair->intake, "m", "c", "v", 1);
    add_float(pair->intake, "m", "d", "v", 1);
    const struct ct_tag tag = {ct_text_of("host"), ct_text_of("e")};
    uint32_t series;
    struct ct_error err;
    assert_int_equal(ct_intake_series(pair->intake, 0, &tag, 1, &series, &err), CT_LIMIT);
    assert_non_null(strstr(err.text, "table \"m\" has 4 series"));
    add_float(pair->intake, "m", "d", "v", 2);
    resolve(pair->intake);
    assert_int_equal(ct_catalog_series_count(pair->catalog, 0), 4);
}

static void tag_keys_and_fields_past_the_limit_are_refused_one_by_one(void **state)
{
    struct pair *pair = *state;
    struct ct_intake *intake = pair->intake;
    const uint32_t table = table_of(intake, "m");
    char room[TEXT_ROOM];
    for (unsigned i = 0; i < CT_TABLE_TAG_KEYS_MAX + CT_TABLE_FIELDS_MAX; i++) {
        const bool is_key = i < CT_TABLE_TAG_KEYS_MAX;
        numbered(room, "n", i);
        const uint32_t column = column_of(intake, table, is_key ? "n" : room, CT_BOOL);
        add_row(intake, table, series_of(intake, table, is_key ? room : "n0", "v"), i,
                (struct ct_row_value){.column = column, .boolean = 1});
        if (i % 1000 == 500) {
            resolve(intake);
            ct_intake_reset(intake);
        }
        if (i == CT_TABLE_TAG_KEYS_MAX + CT_TABLE_FIELDS_MAX - 2)
            break; /* with "n" that is all */
    }
    const struct ct_tag tag = {ct_text_of("one more"), ct_text_of("v")};
    uint32_t number;
    struct ct_error err;
    assert_int_equal(ct_intake_series(intake, table, &tag, 1, &number, &err), CT_LIMIT);
    assert_non_null(strstr(err.text, "1024 tag keys"));
    assert_int_equal(ask(pair, "one more", CT_BOOL, &err), CT_LIMIT);
    assert_non_null(strstr(err.text, "4096 fields"));
    resolve(intake);
    assert_int_equal(ct_catalog_field_count(pair->catalog, 0), CT_TABLE_FIELDS_MAX);
    assert_int_equal(ct_catalog_tag_count(pair->catalog, 0), CT_TABLE_TAG_KEYS_MAX);
}

static void names_and_tags_are_checked(void **state)
{
    struct pair *pair = *state;
    struct ct_intake *intake = pair->intake;
    static char bytes[CT_NAME_BYTES_MAX + 1];
    memset(bytes, 'x', sizeof bytes);
    const struct ct_text too_long = {.bytes = bytes, .len = sizeof bytes};
    const struct ct_text empty = {0};
    uint32_t number;
    assert_int_equal(ct_intake_table(intake, empty, &number, NULL), CT_INVALID);
    assert_int_equal(ct_intake_table(intake, too_long, &number, NULL), CT_LIMIT);
    const uint32_t table = table_of(intake, "m");
    assert_int_equal(ct_intake_column(intake, table, empty, CT_BOOL, &number, NULL), CT_INVALID);
    assert_int_equal(ct_intake_column(intake, table, too_long, CT_BOOL, &number, NULL), CT_LIMIT);
    const struct ct_tag tags[] = {{ct_text_of("a"), too_long}, {ct_text_of("a"), ct_text_of("b")}};
    assert_int_equal(ct_intake_series(intake, table, tags, 1, &number, NULL), CT_LIMIT);
    assert_int_equal(ct_intake_series(intake, table, tags, 2, &number, NULL), CT_LIMIT);
    assert_int_equal(ct_intake_series(intake, table, tags, 0, &number, NULL), CT_OK);
    assert_true(number & CT_PROVISIONAL);
}

static void refused_names_do_not_pile_up(void **state)
{
    struct pair *pair = *state;
    struct ct_intake *intake = pair->intake;
    add_float(intake, "m", "a", "v", 1);
    resolve(intake);
    ct_intake_reset(intake);
    for (unsigned i = 0; i < 5000; i++) {
        char room[TEXT_ROOM];
        numbered(room, "n", i);
        column_of(intake, table_of(intake, room), "x", CT_BOOL);
        column_of(intake, table_of(intake, "m"), room, CT_BOOL);
        if (i % 10 == 9)
            ct_intake_reset(intake);
    }
    assert_int_equal(intake->table_count, 11);
    assert_int_equal(intake->tables[0].column_count, 11);
    assert_int_equal(table_of(intake, "m"), 0);
    assert_int_equal(column_of(intake, 0, "v", CT_FLOAT64), 0);
}

/* -- Aliases ----------------------------------------------------------------------------------- */

static void aliases_become_real_with_their_series(void **state)
{
    struct pair *pair = *state;
    struct ct_intake *intake = pair->intake;
    const uint32_t table = table_of(intake, "m");
    add_alias(intake, "m,host=a", table, series_of(intake, table, "host", "a"));
    add_alias(intake, "m,host=b", table, series_of(intake, table, "host", "b"));
    assert_true(alias_of(intake, "m,host=a")->series & CT_PROVISIONAL);
    assert_null(alias_of(intake, "m,host="));
    add_float(intake, "m", "b", "v", 1); /* a's line is refused */
    resolve(intake);
    assert_null(alias_of(intake, "m,host=a"));
    const struct ct_alias *alias = alias_of(intake, "m,host=b");
    assert_non_null(alias);
    assert_int_equal(alias->series, 0);
    assert_int_equal(alias->table, table);
    ct_intake_reset(intake);
    assert_int_equal(alias_of(intake, "m,host=b")->series, 0);
    add_alias(intake, "m,host=c", table, series_of(intake, table, "host", "c"));
    ct_intake_reset(intake);
    assert_null(alias_of(intake, "m,host=c"));
    assert_int_equal(alias_of(intake, "m,host=b")->series, 0);
}

static void many_aliases_are_kept_through_growth(void **state)
{
    struct pair *pair = *state;
    struct ct_intake *intake = pair->intake;
    char room[TEXT_ROOM];
    char host[TEXT_ROOM];
    for (unsigned i = 0; i < 6000; i++) {
        numbered(room, "m,host=h", i);
        numbered(host, "h", i);
        const uint32_t table = table_of(intake, "m");
        add_alias(intake, room, table, series_of(intake, table, "host", host));
        if (i % 5)
            add_float(intake, "m", host, "v", i);
        if (i % 700 == 699) {
            resolve(intake);
            ct_intake_reset(intake);
        }
    }
    resolve(intake);
    for (unsigned i = 0; i < 6000; i++) {
        numbered(room, "m,host=h", i);
        numbered(host, "h", i);
        const struct ct_alias *alias = alias_of(intake, room);
        assert_int_equal(alias != NULL, i % 5 != 0);
        const struct ct_tag tag = {ct_text_of("host"), ct_text_of(host)};
        if (alias)
            assert_int_equal(alias->series, ct_catalog_find_series(pair->catalog, 0, &tag, 1));
    }
}

static void a_full_alias_table_starts_afresh(void **state)
{
    struct pair *pair = *state;
    struct ct_intake *intake = pair->intake;
    static char bytes[1 << 20];
    memset(bytes, 'x', sizeof bytes);
    add_float(intake, "m", "a", "v", 1);
    resolve(intake);
    add_alias(intake, "first", 0, 0);
    for (unsigned i = 0; i < 64; i++) {
        bytes[0] = (char)i;
        ct_intake_alias_add(intake, i, bytes, sizeof bytes, 0, 0);
        assert_non_null(ct_intake_alias(intake, i, bytes, sizeof bytes));
    }
    assert_null(alias_of(intake, "first"));
    add_alias(intake, "first", 0, 0);
    assert_non_null(alias_of(intake, "first"));
}

#define TEST(name)            cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_FEW_SERIES(name) cmocka_unit_test_setup_teardown(name, setup_few_series, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_say_what_is_money),
        TEST(amounts_take_no_text_or_truth),
        TEST(only_widening_is_accepted),
        TEST(a_column_without_values_takes_the_newest_type),
        TEST(a_refused_batch_leaves_no_trace),
        TEST(only_what_rows_use_is_defined),
        TEST(a_type_that_others_defined_meanwhile_is_stale),
        TEST(a_money_flag_that_others_defined_is_stale_too),
        TEST(what_two_intakes_bring_alike_is_defined_once),
        TEST_FEW_SERIES(a_limit_reached_meanwhile_undoes_all),
        TEST_FEW_SERIES(series_past_the_limit_are_refused_one_by_one),
        TEST(tag_keys_and_fields_past_the_limit_are_refused_one_by_one),
        TEST(names_and_tags_are_checked),
        TEST(refused_names_do_not_pile_up),
        TEST(aliases_become_real_with_their_series),
        TEST(many_aliases_are_kept_through_growth),
        TEST(a_full_alias_table_starts_afresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
