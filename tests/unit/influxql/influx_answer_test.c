/* How InfluxQL's answers come: whole and in pieces, in chunks, over lines, as Go prints them, and
 * what a GET is let do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "centime.h"

static centime_store *store;

static int make_store(void **state)
{
    (void)state;
    static const char lines[] = "m,h=a v=1 1000000000\n"
                                "m,h=b v=2,s=\"<b>&\xe2\x80\xa8\\\"\" 2000000000\n"
                                "m,h=a v=3 3000000000\n"
                                "n,g=x\\ y,h=z f=1e-7 1000000000\n"
                                "n,h=z f=1e21 2000000000\n"
                                "n,h=z f=0.00001 3000000000\n";
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    if (centime_open("answers", &options, &store, NULL) != CENTIME_OK)
        return -1;
    return centime_write(store, NULL, lines, sizeof lines - 1, NULL, NULL, NULL);
}

static int drop_store(void **state)
{
    (void)state;
    return centime_close(store, NULL);
}

static centime_influx_options default_options(void)
{
    centime_influx_options options = CENTIME_INFLUX_OPTIONS_INIT;
    options.database = "default";
    options.epoch = CENTIME_EPOCH_S;
    return options;
}

/* The whole answer; the caller frees it. */
static char *ask(const centime_influx_options *options, const char *text)
{
    centime_buffer *buffer;
    assert_int_equal(centime_influxql(store, text, strlen(text), options, &buffer, NULL),
                     CENTIME_OK);
    char *answer = strdup(centime_buffer_bytes(buffer));
    centime_buffer_destroy(buffer);
    assert_non_null(answer);
    return answer;
}

/* The same out of pieces; *count of them. */
static char *ask_in_pieces(const centime_influx_options *options, const char *text, size_t *count)
{
    centime_influx_answer *answer;
    const char *bytes;
    size_t len, total = 0;
    char *all = calloc(1, 1);
    assert_int_equal(centime_influxql_begin(store, text, strlen(text), options, &answer, NULL),
                     CENTIME_OK);
    for (*count = 0;; ++*count) {
        assert_int_equal(centime_influxql_next(answer, &bytes, &len, NULL), CENTIME_OK);
        if (len == 0)
            break;
        all = realloc(all, total + len + 1);
        assert_non_null(all);
        memcpy(all + total, bytes, len);
        total += len;
        all[total] = 0;
    }
    assert_int_equal(centime_influxql_next(answer, &bytes, &len, NULL), CENTIME_OK);
    assert_int_equal(len, 0);
    centime_influxql_end(answer);
    return all;
}

static void assert_answer(const centime_influx_options *options, const char *text,
                          const char *expected)
{
    size_t count;
    char *whole = ask(options, text);
    char *pieces = ask_in_pieces(options, text, &count);
    assert_string_equal(whole, expected);
    assert_string_equal(pieces, expected);
    free(whole);
    free(pieces);
}

static void chunks_are_documents_of_so_many_rows(void **state)
{
    (void)state;
    centime_influx_options options = default_options();
    options.chunk_rows = 1;
    assert_answer(&options, "SELECT v FROM m GROUP BY h",
                  "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"m\",\"tags\":{\"h\":"
                  "\"a\"},\"columns\":[\"time\",\"v\"],\"values\":[[1,1]],\"partial\":true}],"
                  "\"partial\":true}]}\n"
                  "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"m\",\"tags\":{\"h\":"
                  "\"a\"},\"columns\":[\"time\",\"v\"],\"values\":[[3,3]]}],\"partial\":true}]}\n"
                  "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"m\",\"tags\":{\"h\":"
                  "\"b\"},\"columns\":[\"time\",\"v\"],\"values\":[[2,2]]}]}]}\n");
    assert_answer(&options, "SHOW TAG KEYS; SELECT v FROM nope",
                  "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"m\",\"columns\":["
                  "\"tagKey\"],\"values\":[[\"h\"]]}]}]}\n"
                  "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"n\",\"columns\":["
                  "\"tagKey\"],\"values\":[[\"g\"],[\"h\"]]}]}]}\n"
                  "{\"results\":[{\"statement_id\":1}]}\n");
    assert_answer(&options, "SHOW MEASUREMENTS",
                  "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"measurements\","
                  "\"columns\":[\"name\"],\"values\":[[\"m\"],[\"n\"]]}]}]}\n");
    assert_answer(&options, "SELECT foo(v) FROM m; SHOW DATABASES",
                  "{\"results\":[{\"statement_id\":0,\"error\":\"undefined function foo()\"}]}\n"
                  "{\"results\":[{\"statement_id\":1,\"error\":\"not executed\"}]}\n");
}

static void values_look_as_in_influxdb(void **state)
{
    (void)state;
    centime_influx_options options = default_options();
    assert_answer(&options, "SELECT s FROM m",
                  "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"m\",\"columns\":["
                  "\"time\",\"s\"],\"values\":[[2,\"\\u003cb\\u003e\\u0026\\u2028\\\"\"]]}]}]}\n");
    assert_answer(&options, "SELECT f FROM n",
                  "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"n\",\"columns\":["
                  "\"time\",\"f\"],\"values\":[[1,1e-7],[2,1e+21],[3,0.00001]]}]}]}\n");
    assert_answer(&options, "", "{}\n");
    options.format = CENTIME_CSV;
    assert_answer(&options, "SELECT f FROM n GROUP BY *; SELECT nope() FROM m; SHOW DATABASES",
                  "name,tags,time,f\n"
                  "n,h=z,2,1000000000000000000000\n"
                  "n,h=z,3,0.00001\n"
                  "n,\"g=x\\ y,h=z\",1,0.0000001\n"
                  "\nerror\nundefined function nope()\n"
                  "\nerror\nnot executed\n");
}

static void pretty_is_the_same_over_lines(void **state)
{
    (void)state;
    centime_influx_options options = default_options();
    options.is_pretty = 1;
    assert_answer(&options, "SELECT v FROM m WHERE v = 1; SHOW USERS",
                  "{\n    \"results\": [\n        {\n            \"statement_id\": 0,\n"
                  "            \"series\": [\n                {\n"
                  "                    \"name\": \"m\",\n"
                  "                    \"columns\": [\n                        \"time\",\n"
                  "                        \"v\"\n                    ],\n"
                  "                    \"values\": [\n                        [\n"
                  "                            1,\n                            1\n"
                  "                        ]\n                    ]\n                }\n"
                  "            ]\n        },\n        {\n            \"statement_id\": 1,\n"
                  "            \"series\": [\n                {\n"
                  "                    \"columns\": [\n                        \"user\",\n"
                  "                        \"admin\"\n                    ]\n"
                  "                }\n            ]\n        }\n    ]\n}\n");
}

#define MANY 20000

static void write_many(void)
{
    char *lines = malloc((size_t)MANY * 64);
    size_t len = 0;
    assert_non_null(lines);
    for (int i = 0; i < MANY; i++)
        len += (size_t)snprintf(lines + len, 64, "many,h=%d v=%d,w=\"{[,:]}\" %d000000000\n", i % 3,
                                i, i + 1);
    assert_int_equal(centime_write(store, NULL, lines, len, NULL, NULL, NULL), CENTIME_OK);
    free(lines);
}

static void long_answers_come_in_pieces_that_are_the_whole(void **state)
{
    (void)state;
    static const char text[] = "SELECT * FROM many GROUP BY h; SELECT v FROM many LIMIT 7000; "
                               "SHOW SERIES; SELECT v FROM many";
    write_many();
    for (unsigned how = 0; how < 6; how++) {
        centime_influx_options options = default_options();
        size_t count;
        options.format = how == 5 ? CENTIME_CSV : CENTIME_JSON;
        options.is_pretty = how & 1;
        options.chunk_rows = how & 2 ? 999 : how & 4 ? 1 : 0;
        char *whole = ask(&options, text);
        char *pieces = ask_in_pieces(&options, text, &count);
        assert_string_equal(whole, pieces);
        assert_in_range(count, strlen(whole) / 600000, strlen(whole) / 60000 + 5);
        free(whole);
        free(pieces);
    }
}

static void a_get_creates_with_a_warning_and_never_deletes(void **state)
{
    (void)state;
    static const char *const deleting[] = {"DROP DATABASE \"default\"", "DROP MEASUREMENT m",
                                           "DROP SERIES FROM m", "DELETE FROM m",
                                           "DELETE WHERE h = 'a'"};
    centime_influx_options options = default_options();
    options.is_get = 1;
    assert_answer(
        &options, "CREATE DATABASE \"x y\"",
        "{\"results\":[{\"statement_id\":0,\"messages\":[{\"level\":\"warning\",\"text\":"
        "\"deprecated use of 'CREATE DATABASE \\\"x y\\\"' in a read only context, please "
        "use a POST request instead\"}]}]}\n");
    for (size_t i = 0; i < sizeof deleting / sizeof deleting[0]; i++)
        assert_answer(
            &options, deleting[i],
            "{\"results\":[{\"statement_id\":0,\"error\":\"DROP and DELETE are refused by "
            "GET: send them by POST\"}]}\n");
    assert_answer(&options, "SELECT count(v) FROM m",
                  "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"m\",\"columns\":["
                  "\"time\",\"count\"],\"values\":[[0,3]]}]}]}\n");
    options.is_get = 0;
    assert_answer(&options, "CREATE DATABASE y", "{\"results\":[{\"statement_id\":0}]}\n");
}

static void odd_names_are_no_databases(void **state)
{
    (void)state;
    static const char *const names[] = {"..", ".", "a/b", "a\\\\b", "a\tb", ""};
    const centime_influx_options options = default_options();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "CREATE DATABASE \"%s\"", names[i]);
        assert_answer(&options, text,
                      "{\"results\":[{\"statement_id\":0,\"error\":\"invalid name\"}]}\n");
    }
}

static void the_retention_policy_is_of_sources_that_name_none(void **state)
{
    (void)state;
    centime_influx_options options = default_options();
    options.retention_policy = "nope";
    assert_answer(&options, "SELECT v FROM m",
                  "{\"results\":[{\"statement_id\":0,\"error\":\"retention policy not found: "
                  "nope\"}]}\n");
    assert_answer(&options, "SELECT v FROM autogen.m WHERE v = 1",
                  "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"m\",\"columns\":["
                  "\"time\",\"v\"],\"values\":[[1,1]]}]}]}\n");
}

static void failures_are_counted_and_tables_are_whole(void **state)
{
    (void)state;
    static const char text[] = "SHOW DATABASES; SELECT foo(v) FROM m; SHOW DATABASES";
    centime_influx_options options = default_options();
    centime_influx_answer *answer = NULL;
    uint32_t failed = 77;
    options.failed_count = &failed;
    free(ask(&options, text));
    assert_int_equal(failed, 2);
    options.format = CENTIME_TABLE;
    assert_int_equal(centime_influxql_begin(store, text, strlen(text), &options, &answer, NULL),
                     CENTIME_INVALID);
    assert_null(answer);
    options.format = CENTIME_JSON;
    assert_int_equal(centime_influxql_begin(store, "SELECT", 6, &options, &answer, NULL),
                     CENTIME_PARSE);
    assert_null(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_documents_of_so_many_rows),
        cmocka_unit_test(values_look_as_in_influxdb),
        cmocka_unit_test(pretty_is_the_same_over_lines),
        cmocka_unit_test(a_get_creates_with_a_warning_and_never_deletes),
        cmocka_unit_test(odd_names_are_no_databases),
        cmocka_unit_test(the_retention_policy_is_of_sources_that_name_none),
        cmocka_unit_test(failures_are_counted_and_tables_are_whole),
        cmocka_unit_test(long_answers_come_in_pieces_that_are_the_whole),
    };
    return cmocka_run_group_tests_name("influx_answer", tests, make_store, drop_store);
}
