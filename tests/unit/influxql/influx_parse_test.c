/* What the parser makes of statements, and how it words its refusals. Expected texts of errors are
 * those of InfluxDB 1.6.7. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "influx_parse.h"

static struct ct_arena arena;
static struct ct_influx_query query;
static struct ct_error story;

static int make_arena(void **state)
{
    (void)state;
    ct_arena_init(&arena, ct_allocator_system(), 0);
    return 0;
}

static int drop_arena(void **state)
{
    (void)state;
    ct_arena_deinit(&arena);
    return 0;
}

static ct_status parse_text(struct ct_text text)
{
    story = (struct ct_error){0};
    return ct_influx_parse(text, NULL, 0, &arena, &query, &story);
}

static const struct ct_influx_select *select_of(const char *text)
{
    const ct_status status = parse_text(ct_text_of(text));
    if (status != CT_OK)
        fail_msg("%s: %s", text, story.text);
    assert_int_equal(query.statement_count, 1);
    assert_int_equal(query.statements[0].kind, CT_STATEMENT_SELECT);
    return query.statements[0].select;
}

static const struct ct_influx_statement *statement_of(const char *text)
{
    const ct_status status = parse_text(ct_text_of(text));
    if (status != CT_OK)
        fail_msg("%s: %s", text, story.text);
    assert_int_equal(query.statement_count, 1);
    return &query.statements[0];
}

static void assert_text(struct ct_text text, const char *expected)
{
    if (!ct_text_equal(text, ct_text_of(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", (int)text.len, text.bytes, expected);
}

/* -- Refusals --------------------------------------------------------------------------------- */

static void refusals_are_worded_as_influxdb_words_them(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"FOO", "found FOO, expected SELECT, DELETE, SHOW, CREATE, DROP, EXPLAIN, GRANT, REVOKE, "
                "ALTER, SET, KILL at line 1, char 1"},
        {"SELECT", "found EOF, expected identifier, string, number, bool at line 1, char 8"},
        {"SELECT ", "found EOF, expected identifier, string, number, bool at line 1, char 8"},
        {"SELECT (", "found EOF, expected identifier, string, number, bool at line 1, char 9"},
        {"SELECT * FRO", "found FRO, expected FROM at line 1, char 10"},
        {"SHOW", "found EOF, expected CONTINUOUS, DATABASES, DIAGNOSTICS, FIELD, GRANTS, "
                 "MEASUREMENT, MEASUREMENTS, QUERIES, RETENTION, SERIES, SHARD, SHARDS, STATS, "
                 "SUBSCRIPTIONS, TAG, USERS at line 1, char 6"},
        {"CREATE FOO", "found FOO, expected CONTINUOUS, DATABASE, USER, RETENTION, SUBSCRIPTION at "
                       "line 1, char 8"},
        {"DROP X", "found X, expected CONTINUOUS, DATABASE, MEASUREMENT, RETENTION, SERIES, SHARD, "
                   "SUBSCRIPTION, USER at line 1, char 6"},
        {"SHOW TAG", "found EOF, expected KEY, KEYS, VALUES at line 1, char 10"},
        {"SHOW TAG VALUES", "found EOF, expected WITH at line 1, char 17"},
        {"SHOW MEASUREMENT", "found EOF, expected EXACT, CARDINALITY at line 1, char 18"},
        {"DELETE", "found EOF, expected FROM, WHERE at line 1, char 8"},
        {"SELECT v FROM cpu GROUP", "found EOF, expected BY at line 1, char 25"},
        {"SELECT v FROM cpu LIMIT x", "found x, expected integer at line 1, char 25"},
        {"SELECT v FROM cpu LIMIT -1", "found -, expected integer at line 1, char 25"},
        {"SELECT v FROM cpu foo", "found foo, expected ; at line 1, char 19"},
        {"SELECT v\nFROM cpu\n foo", "found foo, expected ; at line 3, char 2"},
        {"SELECT v FROM cpu ORDER BY v", "only ORDER BY time supported at this time"},
        {"SELECT v FROM cpu WHERE host = 'a",
         "found a, expected identifier, string, number, bool at line 1, char 31"},
        {"SELECT v FROM cpu WHERE host =~ a", "found a, expected regex at line 1, char 33"},
    };
    for (size_t i = 0; i < CT_COUNT_OF(rows); i++) {
        char expected[300];
        snprintf(expected, sizeof expected, "error parsing query: %s", rows[i].error);
        assert_int_equal(parse_text(ct_text_of(rows[i].text)), CT_PARSE);
        assert_string_equal(story.text, expected);
    }
}

static void nesting_is_limited(void **state)
{
    (void)state;
    char text[400] = "SELECT ";
    memset(text + 7, '(', 300);
    assert_int_equal(parse_text((struct ct_text){text, 307}), CT_LIMIT);
}

static void terms_are_limited(void **state)
{
    (void)state;
    const size_t count = CT_INFLUX_NODES_MAX;
    char *text = malloc(16 + 2 * count);
    size_t len = (size_t)snprintf(text, 16, "SELECT a");
    for (size_t i = 0; i < count; i++, len += 2)
        memcpy(text + len, "+a", 2);
    assert_int_equal(parse_text((struct ct_text){text, len}), CT_LIMIT);
    free(text);
}

/* Whatever stands in the text, the parser answers: every prefix of statements with all clauses. */
static void every_prefix_is_answered(void **state)
{
    (void)state;
    static const char *const texts[] = {
        ("SELECT w::float, mean(\"a b\") * -2.5 AS \"x\\\"y\", top(v, host, 3) FROM "
         "\"db\".\"rp\"./m.*/, "
         "(SELECT /re/ FROM m) WHERE host =~ /a\\/b/ AND (v > -3 OR s != 'it\\'s') AND time > "
         "now() "
         "- 1h30m GROUP BY time(5m, -1m), * fill(previous) ORDER BY time DESC LIMIT 1 OFFSET 2 "
         "SLIMIT 3 SOFFSET 4 tz('Europe/Paris')"),
        "SHOW TAG VALUES ON db FROM m WITH KEY IN (\"a\", b) WHERE x = 'y' LIMIT 3 OFFSET 1",
        ("CREATE DATABASE x WITH DURATION 1d REPLICATION 1 SHARD DURATION 1h NAME y; DROP SERIES "
         "FROM m WHERE a = 'b' -- comment\n; /* another */ DELETE FROM m WHERE time < 5"),
    };
    for (size_t i = 0; i < CT_COUNT_OF(texts); i++) {
        const size_t len = strlen(texts[i]);
        for (size_t cut = 0; cut <= len; cut++) {
            char *copy = malloc(cut + 1); /* so that a read past the end is seen */
            memcpy(copy, texts[i], cut);
            const ct_status status = parse_text((struct ct_text){copy, cut});
            assert_true(status == CT_OK || status == CT_PARSE);
            assert_true(status == CT_OK || story.text[0]);
            free(copy);
            ct_arena_reset(&arena);
        }
        if (parse_text((struct ct_text){texts[i], len}) != CT_OK)
            fail_msg("%s", story.text);
    }
}

/* -- Trees ------------------------------------------------------------------------------------ */

static void multiplication_binds_before_addition(void **state)
{
    (void)state;
    const struct ct_influx_expr *expr = select_of("SELECT a + b * 2 - c FROM m")->fields[0].expr;
    assert_int_equal(expr->operation, CT_OPERATOR_SUBTRACT);
    assert_text(expr->right->text, "c");
    assert_int_equal(expr->left->operation, CT_OPERATOR_ADD);
    assert_int_equal(expr->left->right->operation, CT_OPERATOR_MULTIPLY);
    assert_int_equal(expr->left->right->right->integer, 2);
}

static void and_binds_before_or_and_after_comparisons(void **state)
{
    (void)state;
    const struct ct_influx_expr *expr =
        select_of("SELECT v FROM m WHERE a = 'x' OR b > 1 AND c !~ /y/")->condition;
    assert_int_equal(expr->operation, CT_OPERATOR_OR);
    assert_int_equal(expr->left->operation, CT_OPERATOR_EQUAL);
    assert_int_equal(expr->right->operation, CT_OPERATOR_AND);
    assert_int_equal(expr->right->right->operation, CT_OPERATOR_NOT_MATCH);
    assert_text(expr->right->right->right->text, "y");
}

static void a_sign_goes_into_a_constant_and_multiplies_the_rest(void **state)
{
    (void)state;
    const struct ct_influx_select *select = select_of("SELECT -a, -3 * b, -2.5 + c FROM m");
    assert_int_equal(select->fields[0].expr->left->integer, -1);
    assert_int_equal(select->fields[1].expr->left->integer, -3);
    assert_true(select->fields[2].expr->left->number == -2.5);
}

static void sources_have_up_to_three_parts(void **state)
{
    (void)state;
    const struct ct_influx_select *select =
        select_of("SELECT v FROM a, r.b, d.r.c, d..e, d.r./f/, /g/");
    assert_int_equal(select->source_count, 6);
    assert_text(select->sources[0].name, "a");
    assert_text(select->sources[1].retention, "r");
    assert_text(select->sources[2].database, "d");
    assert_text(select->sources[2].name, "c");
    assert_text(select->sources[3].database, "d");
    assert_text(select->sources[3].name, "e");
    assert_text(select->sources[4].regex->text, "f");
    assert_text(select->sources[4].database, "d");
    assert_text(select->sources[5].regex->text, "g");
}

static void clauses_arrive(void **state)
{
    (void)state;
    const struct ct_influx_select *select =
        select_of("select mean(v) from m group by time(90s, 5s), host fill(-1.5) order by time "
                  "desc limit 1 offset 2 slimit 3 soffset 4 TZ('Asia/Tokyo')");
    assert_int_equal(select->dimension_count, 2);
    assert_int_equal(select->dimensions[0]->arguments[0]->integer, INT64_C(90000000000));
    assert_int_equal(select->fill, CT_INFLUX_FILL_NUMBER);
    assert_true(select->fill_value->number == -1.5);
    assert_true(select->is_descending);
    assert_int_equal(select->limits.limit, 1);
    assert_int_equal(select->limits.offset, 2);
    assert_int_equal(select->limits.series_limit, 3);
    assert_int_equal(select->limits.series_offset, 4);
    assert_text(select->zone, "Asia/Tokyo");
}

static void escapes_are_undone(void **state)
{
    (void)state;
    const struct ct_influx_select *select =
        select_of("SELECT \"a\\\"b\\\\c\\n\" FROM m WHERE s = 'o\\'b' AND t =~ /x\\/y\\d/");
    assert_text(select->fields[0].expr->text, "a\"b\\c\n");
    assert_text(select->condition->left->right->text, "o'b");
    assert_text(select->condition->right->right->text, "x/y\\d");
}

static void durations_add_up_their_parts(void **state)
{
    (void)state;
    int64_t ns = 0;
    assert_int_equal(ct_influx_duration_parse(ct_text_of("1w2d3h4m5s6ms7u8ns"), &ns), CT_OK);
    assert_int_equal(ns, INT64_C(788645006007008));
    assert_int_equal(ct_influx_duration_parse(ct_text_of("3\xc2\xb5"), &ns), CT_OK);
    assert_int_equal(ns, 3000);
    assert_int_equal(ct_influx_duration_parse(ct_text_of("5x"), &ns), CT_PARSE);
    assert_int_equal(ct_influx_duration_parse(ct_text_of("99999999w"), &ns), CT_RANGE);
}

static void keys_of_tag_values_arrive(void **state)
{
    (void)state;
    const struct ct_influx_statement *statement =
        statement_of("SHOW TAG VALUES ON d FROM m WITH KEY IN (a, \"b c\") WHERE x = '' LIMIT 7");
    assert_int_equal(statement->kind, CT_STATEMENT_SHOW_TAG_VALUES);
    assert_text(statement->database, "d");
    assert_int_equal(statement->key_count, 2);
    assert_text(statement->keys[1], "b c");
    assert_non_null(statement->condition);
    assert_int_equal(statement->limits.limit, 7);
    assert_text(statement_of("show tag values with key =~ /x/")->key_regex->text, "x");
}

static void unsupported_statements_are_named(void **state)
{
    (void)state;
    assert_text(statement_of("CREATE USER x WITH PASSWORD 'y'")->name, "CREATE USER");
    assert_text(statement_of("SHOW SHARDS;")->name, "SHOW SHARDS");
    assert_int_equal(parse_text(ct_text_of("KILL QUERY 3; SHOW DATABASES")), CT_OK);
    assert_int_equal(query.statement_count, 2);
    assert_int_equal(query.statements[1].kind, CT_STATEMENT_SHOW_DATABASES);
}

static void parameters_stand_for_their_values(void **state)
{
    (void)state;
    const struct ct_influx_parameter parameters[] = {
        {ct_text_of("h"), CT_PARAMETER_STRING, ct_text_of("o'b")},
        {ct_text_of("n"), CT_PARAMETER_INTEGER, ct_text_of("7")},
        {ct_text_of("r"), CT_PARAMETER_REGEX, ct_text_of("a/b")},
    };
    const char *text = "SELECT v FROM m WHERE a = $h AND b > $n AND c =~ $r";
    assert_int_equal(ct_influx_parse(ct_text_of(text), parameters, 3, &arena, &query, &story),
                     CT_OK);
    const struct ct_influx_expr *condition = query.statements[0].select->condition;
    assert_text(condition->left->left->right->text, "o'b");
    assert_int_equal(condition->left->right->right->integer, 7);
    assert_text(condition->right->right->text, "a/b");
    assert_int_equal(parse_text(ct_text_of(text)), CT_PARSE);
    assert_string_equal(story.text, "error parsing query: missing parameter: h");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_are_worded_as_influxdb_words_them),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(terms_are_limited),
        cmocka_unit_test(every_prefix_is_answered),
        cmocka_unit_test(multiplication_binds_before_addition),
        cmocka_unit_test(and_binds_before_or_and_after_comparisons),
        cmocka_unit_test(a_sign_goes_into_a_constant_and_multiplies_the_rest),
        cmocka_unit_test(sources_have_up_to_three_parts),
        cmocka_unit_test(clauses_arrive),
        cmocka_unit_test(escapes_are_undone),
        cmocka_unit_test(durations_add_up_their_parts),
        cmocka_unit_test(keys_of_tag_values_arrive),
        cmocka_unit_test(unsupported_statements_are_named),
        cmocka_unit_test(parameters_stand_for_their_values),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
