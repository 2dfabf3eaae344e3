/* Defining and finding: against a model, at the limits, and where it is refused. */
#include "catalog_fixture.h"

/* -- Model ------------------------------------------------------------------------------------- */

#define MODEL_SERIES 4000

/* One table's series as texts: "k1=v2,k4=v0,". */
struct model {
    char series[MODEL_SERIES][200];
    uint32_t count;
};

static void print_tags(const struct some_tags *some, char *out)
{
    size_t at = 0;
    out[0] = 0;
    for (uint32_t i = 0; i < some->count; i++)
        at += (size_t)sprintf(out + at, "%s=%s,", some->keys[i], some->values[i]);
}

static uint32_t model_find(const struct model *model, const char *text)
{
    for (uint32_t n = 0; n < model->count; n++)
        if (strcmp(model->series[n], text) == 0)
            return n;
    return CT_NONE;
}

/* Prints series n from its codes. */
static void print_series(struct ct_catalog *catalog, uint32_t n, char *out)
{
    struct some_tags some = {0};
    for (unsigned key = 0; key < 10; key++) {
        char room[TEXT_ROOM];
        const uint32_t tag = ct_catalog_find_tag(catalog, 0, numbered(room, "k", key));
        uint32_t code = 0;
        if (tag != CT_NONE)
            ct_catalog_series_codes(catalog, 0, tag, &n, 1, &code);
        if (code == 0)
            continue;
        const struct ct_text value = ct_catalog_value(catalog, 0, tag, code);
        memcpy(some.keys[some.count], room, TEXT_ROOM);
        memcpy(some.values[some.count], value.bytes, value.len);
        some.values[some.count++][value.len] = 0;
    }
    print_tags(&some, out);
}

static uint32_t a_table(struct ct_catalog *catalog, const char *name)
{
    uint32_t database, table;
    assert_int_equal(ct_catalog_define_database(catalog, ct_text_of("default"), &database, NULL),
                     CT_OK);
    assert_int_equal(
        ct_catalog_define_table(catalog, database, ct_text_of(name), NULL, &table, NULL), CT_OK);
    return table;
}

static void series_are_those_of_a_model(void **state)
{
    (void)state;
    static struct model model;
    struct sim_random random = sim_random_of(1);
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    a_table(catalog, "m");
    for (unsigned i = 0; i < 8000 && model.count < MODEL_SERIES; i++) {
        struct some_tags some;
        char text[200];
        random_tags(&random, 1 + i / 1000, &some);
        print_tags(&some, text);
        uint32_t found = model_find(&model, text);
        assert_int_equal(ct_catalog_find_series(catalog, 0, some.tags, some.count), found);
        if (found == CT_NONE) {
            found = model.count++;
            memcpy(model.series[found], text, sizeof text);
        }
        uint32_t number;
        assert_int_equal(ct_catalog_define_series(catalog, 0, some.tags, some.count, &number, NULL),
                         CT_OK);
        assert_int_equal(number, found);
    }
    assert_int_equal(ct_catalog_series_count(catalog, 0), model.count);
    assert_true(model.count > 1000);
    for (uint32_t n = 0; n < model.count; n++) {
        char text[200];
        print_series(catalog, n, text);
        assert_string_equal(text, model.series[n]);
    }
    ct_catalog_destroy(catalog);
}

/* -- Names and numbers ------------------------------------------------------------------------- */

static void numbers_follow_the_order_of_definition(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    uint32_t number;
    for (uint32_t d = 0; d < 20; d++) {
        char room[TEXT_ROOM];
        const struct ct_text name = numbered(room, "db", d);
        assert_int_equal(ct_catalog_find_database(catalog, name), CT_NONE);
        assert_int_equal(ct_catalog_define_database(catalog, name, &number, NULL), CT_OK);
        assert_int_equal(number, d);
        assert_int_equal(
            ct_catalog_define_table(catalog, d, ct_text_of("same"), NULL, &number, NULL), CT_OK);
        assert_int_equal(number, d); /* the same name in every database */
        assert_int_equal(ct_catalog_define_database(catalog, name, &number, NULL), CT_OK);
        assert_int_equal(number, d);
    }
    for (uint32_t d = 0; d < 20; d++) {
        assert_int_equal(ct_catalog_find_table(catalog, d, ct_text_of("same")), d);
        assert_int_equal(ct_catalog_table_database(catalog, d), d);
        expect_text(ct_catalog_table_name(catalog, d), ct_text_of("same"));
        assert_int_equal(ct_catalog_find_table(catalog, d, ct_text_of("other")), CT_NONE);
    }
    ct_catalog_destroy(catalog);
}

static void texts_stay_where_they_are(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    const uint32_t table = a_table(catalog, "m");
    const struct ct_text name = ct_catalog_table_name(catalog, table);
    define_many(catalog, 3, 20000);
    assert_ptr_equal(ct_catalog_table_name(catalog, table).bytes, name.bytes);
    expect_text(name, ct_text_of("m"));
    ct_catalog_destroy(catalog);
}

static void a_table_named_cost_is_a_ledger_unless_told_otherwise(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    const uint32_t cost = a_table(catalog, "cost");
    const uint32_t costs = a_table(catalog, "costs");
    assert_int_equal(ct_catalog_table_options(catalog, cost).kind, CT_TABLE_LEDGER);
    assert_int_equal(ct_catalog_table_options(catalog, costs).kind, CT_TABLE_METRICS);
    assert_string_equal(ct_catalog_table_options(catalog, cost).currency, "USD");
    const struct ct_table_options options = {.kind = CT_TABLE_METRICS, .currency = "CHF"};
    uint32_t database, table;
    assert_int_equal(ct_catalog_define_database(catalog, ct_text_of("b"), &database, NULL), CT_OK);
    assert_int_equal(
        ct_catalog_define_table(catalog, database, ct_text_of("cost"), &options, &table, NULL),
        CT_OK);
    assert_int_equal(ct_catalog_table_options(catalog, table).kind, CT_TABLE_METRICS);
    assert_string_equal(ct_catalog_table_options(catalog, table).currency, "CHF");
    ct_catalog_destroy(catalog);
}

static void options_that_mean_nothing_are_refused(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    const uint32_t table = a_table(catalog, "m");
    const struct ct_table_options bad[] = {
        {.kind = (enum ct_table_kind)2, .currency = "USD"},
        {.partition = (enum ct_partition)3, .currency = "USD"},
        {.retention_ns = -1, .currency = "USD"},
        {.currency = "usd"},
        {.currency = "US"},
        {.currency = {'U', 'S', 'D', 'X'}},
    };
    const uint64_t end = ct_catalog_journal_end(catalog);
    for (size_t i = 0; i < CT_COUNT_OF(bad); i++) {
        struct ct_error err;
        assert_int_equal(ct_catalog_set_table_options(catalog, table, &bad[i], &err), CT_INVALID);
        uint32_t other;
        assert_int_equal(
            ct_catalog_define_table(catalog, 0, ct_text_of("n"), &bad[i], &other, NULL),
            CT_INVALID);
    }
    assert_int_equal(ct_catalog_journal_end(catalog), end);
    ct_catalog_destroy(catalog);
}

static void a_field_keeps_its_type(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    const uint32_t table = a_table(catalog, "m");
    uint32_t field;
    struct ct_error err;
    assert_int_equal(
        ct_catalog_define_field(catalog, table, ct_text_of("v"), CT_FLOAT64, false, &field, NULL),
        CT_OK);
    assert_int_equal(
        ct_catalog_define_field(catalog, table, ct_text_of("v"), CT_STRING, false, &field, &err),
        CT_TYPE);
    assert_string_equal(err.text, "field \"v\" of table \"m\" is float, not string");
    assert_int_equal(
        ct_catalog_define_field(catalog, table, ct_text_of("c"), CT_DECIMAL, true, &field, NULL),
        CT_OK);
    assert_int_equal(
        ct_catalog_define_field(catalog, table, ct_text_of("c"), CT_DECIMAL, false, &field, &err),
        CT_TYPE);
    assert_non_null(strstr(err.text, "decimal (money), not decimal"));
    assert_int_equal(
        ct_catalog_define_field(catalog, table, ct_text_of("w"), CT_FLOAT64, true, &field, &err),
        CT_INVALID);
    assert_int_equal(ct_catalog_field_count(catalog, table), 2);
    ct_catalog_destroy(catalog);
}

/* -- Limits ------------------------------------------------------------------------------------ */

static void names_are_bounded(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    const uint32_t table = a_table(catalog, "m");
    static char bytes[CT_NAME_BYTES_MAX + 1];
    memset(bytes, 'x', sizeof bytes);
    const struct ct_text longest = {.bytes = bytes, .len = CT_NAME_BYTES_MAX};
    const struct ct_text too_long = {.bytes = bytes, .len = CT_NAME_BYTES_MAX + 1};
    const struct ct_text empty = {0};
    uint32_t number;
    struct ct_error err;
    assert_int_equal(ct_catalog_define_database(catalog, longest, &number, NULL), CT_OK);
    expect_text(ct_catalog_database_name(catalog, number), longest);
    assert_int_equal(ct_catalog_find_database(catalog, longest), number);
    assert_int_equal(ct_catalog_define_database(catalog, too_long, &number, &err), CT_LIMIT);
    assert_non_null(strstr(err.text, "65536 bytes, at most 65535"));
    assert_int_equal(ct_catalog_find_database(catalog, too_long), CT_NONE);
    assert_int_equal(ct_catalog_define_database(catalog, empty, &number, &err), CT_INVALID);
    assert_int_equal(ct_catalog_define_table(catalog, 0, empty, NULL, &number, &err), CT_INVALID);
    assert_int_equal(ct_catalog_define_field(catalog, table, empty, CT_BOOL, false, &number, &err),
                     CT_INVALID);
    const struct ct_tag tags[] = {{ct_text_of("k"), longest}, {longest, ct_text_of("v")}};
    assert_int_equal(ct_catalog_define_series(catalog, table, tags, 2, &number, NULL), CT_OK);
    assert_int_equal(ct_catalog_find_series(catalog, table, tags, 2), number);
    ct_catalog_destroy(catalog);
}

static void tags_must_be_sorted_full_and_single(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    const uint32_t table = a_table(catalog, "m");
    const struct ct_text a = ct_text_of("a");
    const struct ct_text b = ct_text_of("b");
    const struct ct_text empty = {0};
    const struct ct_tag bad[][2] = {
        {{b, a}, {a, a}}, {{a, a}, {a, b}}, {{a, empty}, {b, a}}, {{empty, a}, {b, a}}};
    const char *texts[] = {"not sorted", "twice", "empty value", "empty"};
    const uint64_t end = ct_catalog_journal_end(catalog);
    for (size_t i = 0; i < CT_COUNT_OF(bad); i++) {
        uint32_t number;
        struct ct_error err;
        assert_int_equal(ct_catalog_define_series(catalog, table, bad[i], 2, &number, &err),
                         CT_INVALID);
        assert_non_null(strstr(err.text, texts[i]));
        assert_int_equal(ct_catalog_find_series(catalog, table, bad[i], 2), CT_NONE);
    }
    assert_int_equal(ct_catalog_journal_end(catalog), end);
    assert_int_equal(ct_catalog_tag_count(catalog, table), 0);
    ct_catalog_destroy(catalog);
}

static void series_past_the_limit_leave_no_trace(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(3);
    const uint32_t table = a_table(catalog, "m");
    uint32_t number;
    for (unsigned i = 0; i < 3; i++) {
        char room[TEXT_ROOM];
        const struct ct_tag tag = {ct_text_of("k"), numbered(room, "v", i)};
        assert_int_equal(ct_catalog_define_series(catalog, table, &tag, 1, &number, NULL), CT_OK);
    }
    const uint64_t end = ct_catalog_journal_end(catalog);
    const struct ct_tag tags[] = {{ct_text_of("k"), ct_text_of("new")},
                                  {ct_text_of("l"), ct_text_of("new")}};
    struct ct_error err;
    assert_int_equal(ct_catalog_define_series(catalog, table, tags, 2, &number, &err), CT_LIMIT);
    assert_non_null(strstr(err.text, "table \"m\" has 3 series"));
    assert_int_equal(ct_catalog_find_tag(catalog, table, ct_text_of("l")), CT_NONE);
    assert_int_equal(ct_catalog_find_value(catalog, table, 0, ct_text_of("new")), 0);
    assert_int_equal(ct_catalog_journal_end(catalog), end);
    ct_catalog_destroy(catalog);
}

static void tag_keys_past_the_limit_take_back_those_before(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    const uint32_t table = a_table(catalog, "m");
    uint32_t number;
    char rooms[2][TEXT_ROOM];
    for (unsigned i = 0; i < CT_TABLE_TAG_KEYS_MAX - 1; i++) {
        const struct ct_tag tag = {numbered(rooms[0], "k", i), ct_text_of("v")};
        assert_int_equal(ct_catalog_define_series(catalog, table, &tag, 1, &number, NULL), CT_OK);
    }
    const struct ct_tag tags[] = {{ct_text_of("y"), ct_text_of("v")},
                                  {ct_text_of("z"), ct_text_of("v")}};
    const uint64_t end = ct_catalog_journal_end(catalog);
    struct ct_error err;
    assert_int_equal(ct_catalog_define_series(catalog, table, tags, 2, &number, &err), CT_LIMIT);
    assert_non_null(strstr(err.text, "1024 tag keys"));
    assert_int_equal(ct_catalog_tag_count(catalog, table), CT_TABLE_TAG_KEYS_MAX - 1);
    assert_int_equal(ct_catalog_find_tag(catalog, table, ct_text_of("y")), CT_NONE);
    assert_int_equal(ct_catalog_journal_end(catalog), end);
    assert_int_equal(ct_catalog_define_series(catalog, table, tags, 1, &number, &err), CT_OK);
    assert_int_equal(ct_catalog_find_series(catalog, table, tags, 1), number);
    ct_catalog_destroy(catalog);
}

static void fields_and_tags_of_one_series_are_bounded(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    const uint32_t table = a_table(catalog, "m");
    uint32_t number;
    struct ct_error err;
    static char rooms[CT_TAGS_MAX + 1][TEXT_ROOM];
    struct ct_tag tags[CT_TAGS_MAX + 1];
    for (unsigned i = 0; i <= CT_TAGS_MAX; i++)
        tags[i] = (struct ct_tag){numbered(rooms[i], "k", 1000 + i), ct_text_of("v")};
    assert_int_equal(ct_catalog_define_series(catalog, table, tags, CT_TAGS_MAX + 1, &number, &err),
                     CT_LIMIT);
    assert_int_equal(ct_catalog_find_series(catalog, table, tags, CT_TAGS_MAX + 1), CT_NONE);
    assert_int_equal(ct_catalog_define_series(catalog, table, tags, CT_TAGS_MAX, &number, &err),
                     CT_OK);
    assert_int_equal(ct_catalog_find_series(catalog, table, tags, CT_TAGS_MAX), number);
    for (unsigned i = 0; i < CT_TABLE_FIELDS_MAX; i++) {
        const struct ct_text name = numbered(rooms[0], "f", i);
        assert_int_equal(
            ct_catalog_define_field(catalog, table, name, CT_BOOL, false, &number, NULL), CT_OK);
    }
    assert_int_equal(ct_catalog_define_field(catalog, table, ct_text_of("one more"), CT_BOOL, false,
                                             &number, &err),
                     CT_LIMIT);
    assert_non_null(strstr(err.text, "4096 fields"));
    ct_catalog_destroy(catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(series_are_those_of_a_model),
        cmocka_unit_test(numbers_follow_the_order_of_definition),
        cmocka_unit_test(texts_stay_where_they_are),
        cmocka_unit_test(a_table_named_cost_is_a_ledger_unless_told_otherwise),
        cmocka_unit_test(options_that_mean_nothing_are_refused),
        cmocka_unit_test(a_field_keeps_its_type),
        cmocka_unit_test(names_are_bounded),
        cmocka_unit_test(tags_must_be_sorted_full_and_single),
        cmocka_unit_test(series_past_the_limit_leave_no_trace),
        cmocka_unit_test(tag_keys_past_the_limit_take_back_those_before),
        cmocka_unit_test(fields_and_tags_of_one_series_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
