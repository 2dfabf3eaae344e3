/* A caller with grants never learns of a database without one, by any statement: whatever is asked
 * about it is answered as about a name that nobody has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "centime.h"

#define THERE   "hidden"
#define NOWHERE "nobody"

static centime_store *store;

static void write_to(const char *database)
{
    static const char lines[] = "secret,who=me v=1 1000000000\nother,who=you v=2 2000000000\n";
    assert_int_equal(centime_write(store, database, lines, sizeof lines - 1, NULL, NULL, NULL),
                     CENTIME_OK);
}

static int make_store(void **state)
{
    (void)state;
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    if (centime_open("tenants", &options, &store, NULL) != CENTIME_OK)
        return -1;
    write_to("mine");
    write_to("read");
    write_to("drop");
    write_to(THERE);
    return 0;
}

static int drop_store(void **state)
{
    (void)state;
    return centime_close(store, NULL);
}

static const centime_influx_grant grants[] = {
    {"mine", 1, 1, {0}}, {"read", 1, 0, {0}}, {"drop", 0, 1, {0}}};

static centime_influx_options limited(const char *database)
{
    centime_influx_options options = CENTIME_INFLUX_OPTIONS_INIT;
    options.database = database;
    options.epoch = CENTIME_EPOCH_S;
    options.grants = grants;
    options.grant_count = sizeof grants / sizeof grants[0];
    return options;
}

/* The answer; the caller frees it. */
static char *ask(const centime_influx_options *options, const char *text)
{
    centime_buffer *buffer;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_influxql(store, text, strlen(text), options, &buffer, &err) != CENTIME_OK)
        fail_msg("%s: %s", text, err.text);
    char *answer = strdup(centime_buffer_bytes(buffer));
    centime_buffer_destroy(buffer);
    assert_non_null(answer);
    return answer;
}

static void assert_answer(const centime_influx_options *options, const char *text,
                          const char *expected)
{
    char *answer = ask(options, text);
    if (!strstr(answer, expected))
        fail_msg("%s\nis %snot %s", text, answer, expected);
    free(answer);
}

/* The text with `name` for every @. */
static char *naming(const char *text, const char *name)
{
    char *out = calloc(1, strlen(text) * 8 + 1);
    assert_non_null(out);
    for (size_t len = 0; *text; text++) {
        if (*text == '@')
            len += (size_t)sprintf(out + len, "%s", name);
        else
            out[len++] = *text;
    }
    return out;
}

static char *ask_about(const char *text, const char *name)
{
    char *database = naming("@", name);
    const centime_influx_options options = limited(database);
    char *statement = naming(text, name);
    char *answer = ask(&options, statement);
    free(statement);
    free(database);
    return answer;
}

static void a_database_without_grant_is_as_one_that_nobody_has(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "SELECT v FROM secret",
        "SELECT v FROM \"@\".\"autogen\".\"secret\"",
        "SELECT v FROM \"@\"..secret",
        "SELECT v FROM \"@\"..nope",
        "SELECT v FROM \"@\"../s.*/",
        "SELECT v FROM mine..secret, \"@\"..secret",
        "SELECT v FROM (SELECT v FROM \"@\"..secret)",
        "SELECT count(v) FROM (SELECT v FROM mine..secret), (SELECT v FROM \"@\"..secret)",
        "SELECT v INTO \"@\"..copy FROM mine..secret",
        "EXPLAIN SELECT v FROM \"@\"..secret",
        "SHOW MEASUREMENTS",
        "SHOW MEASUREMENTS ON \"@\"",
        "SHOW MEASUREMENTS ON \"@\" WITH MEASUREMENT =~ /s/",
        "SHOW MEASUREMENT CARDINALITY ON \"@\"",
        "SHOW MEASUREMENT EXACT CARDINALITY ON \"@\"",
        "SHOW TAG KEYS ON \"@\"",
        "SHOW TAG KEYS FROM \"@\"..secret",
        "SHOW TAG KEY CARDINALITY ON \"@\"",
        "SHOW TAG VALUES ON \"@\" WITH KEY = who",
        "SHOW TAG VALUES FROM \"@\"..secret WITH KEY = who",
        "SHOW TAG VALUES CARDINALITY ON \"@\" WITH KEY = who",
        "SHOW FIELD KEYS ON \"@\"",
        "SHOW FIELD KEYS FROM \"@\"..secret",
        "SHOW FIELD KEY CARDINALITY ON \"@\"",
        "SHOW SERIES ON \"@\"",
        "SHOW SERIES FROM \"@\"..secret",
        "SHOW SERIES CARDINALITY ON \"@\"",
        "SHOW SERIES EXACT CARDINALITY ON \"@\"",
        "SHOW RETENTION POLICIES",
        "SHOW RETENTION POLICIES ON \"@\"",
        "SHOW DATABASES",
        "SHOW CONTINUOUS QUERIES",
        "SHOW QUERIES",
        "SHOW USERS",
        "SHOW SUBSCRIPTIONS",
        "SHOW STATS",
        "SHOW DIAGNOSTICS",
        "SHOW SHARDS",
        "SHOW GRANTS FOR \"@\"",
        "CREATE DATABASE \"@\"",
        "CREATE RETENTION POLICY x ON \"@\" DURATION 1d REPLICATION 1",
        "DROP DATABASE \"@\"",
        "DROP MEASUREMENT secret",
        "DROP SERIES FROM secret",
        "DELETE FROM secret",
        "DELETE WHERE who = 'me'",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *there = ask_about(texts[i], THERE);
        char *nowhere = ask_about(texts[i], NOWHERE);
        char *expected = naming(nowhere, NOWHERE);
        for (char *at; (at = strstr(there, THERE));)
            memcpy(at, NOWHERE, sizeof NOWHERE - 1);
        if (strcmp(there, expected) != 0)
            fail_msg("%s\nis %snot %s", texts[i], there, expected);
        free(there);
        free(nowhere);
        free(expected);
    }
    centime_influx_options all = CENTIME_INFLUX_OPTIONS_INIT;
    assert_answer(&all, "SELECT count(v) FROM " THERE "../.*/ GROUP BY *",
                  "\"name\":\"secret\",\"tags\":{\"who\":\"me\"}");
    assert_answer(&all, "SHOW DATABASES", "[\"" THERE "\"]");
}

static void only_what_may_be_read_is_listed(void **state)
{
    (void)state;
    const centime_influx_options options = limited("mine");
    assert_answer(&options, "SHOW DATABASES", "\"values\":[[\"mine\"],[\"read\"]]}");
    assert_answer(&options, "SHOW CONTINUOUS QUERIES",
                  "\"series\":[{\"name\":\"mine\",\"columns\":[\"name\",\"query\"]},"
                  "{\"name\":\"read\",\"columns\":[\"name\",\"query\"]}]");
    assert_answer(&options, "SELECT v FROM secret", "[[1,1]]");
    assert_answer(&options, "SELECT v FROM \"read\"..secret", "[[1,1]]");
}

static void reading_is_not_writing_and_writing_not_reading(void **state)
{
    (void)state;
    const centime_influx_options read = limited("read");
    const centime_influx_options drop = limited("drop");
    static const char *const changes[] = {"DROP DATABASE \"read\"", "DROP MEASUREMENT secret",
                                          "DELETE FROM secret", "DROP SERIES FROM secret"};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        assert_answer(&read, changes[i], "not authorized to write to database read\"");
    assert_answer(&read, "CREATE DATABASE \"read\"", "not authorized to create database read\"");
    assert_answer(&read, "SELECT v FROM secret", "[[1,1]]");
    assert_answer(&drop, "SELECT v FROM secret", "not authorized to read database drop\"");
    assert_answer(&drop, "CREATE DATABASE \"drop\"", "{\"statement_id\":0}");
    assert_answer(&drop, "DELETE FROM secret", "{\"statement_id\":0}");
    assert_answer(&drop, "DROP DATABASE \"drop\"", "{\"statement_id\":0}");
    centime_influx_options all = CENTIME_INFLUX_OPTIONS_INIT;
    all.database = "drop";
    assert_answer(&all, "SHOW MEASUREMENTS", "{\"results\":[{\"statement_id\":0}]}");
}

static void a_star_is_every_database_and_no_grants_are_none(void **state)
{
    (void)state;
    static const centime_influx_grant star = {"*", 1, 0, {0}};
    centime_influx_options options = limited(THERE);
    options.grants = &star;
    options.grant_count = 1;
    assert_answer(&options, "SELECT v FROM secret", "[[1,1]]");
    assert_answer(&options, "SHOW DATABASES", "[\"" THERE "\"]");
    assert_answer(&options, "DROP MEASUREMENT secret", "not authorized to write");
    options.grant_count = 0;
    assert_answer(&options, "SELECT v FROM secret", "database not found: " THERE "\"");
    assert_answer(&options, "SHOW DATABASES", "\"columns\":[\"name\"]}]}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_database_without_grant_is_as_one_that_nobody_has),
        cmocka_unit_test(only_what_may_be_read_is_listed),
        cmocka_unit_test(reading_is_not_writing_and_writing_not_reading),
        cmocka_unit_test(a_star_is_every_database_and_no_grants_are_none),
    };
    return cmocka_run_group_tests_name("influx_tenant", tests, make_store, drop_store);
}
