#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "json_read.h"

static struct ct_json read_json(const char *text)
{
    struct ct_json root;
    struct ct_error err = {0};
    if (ct_json_parse(ct_text_of(text), &root, &err) != CT_OK)
        fail_msg("%s: %s", text, err.text);
    return root;
}

static void require_refused(const char *text, ct_status status, const char *words)
{
    struct ct_json root = {0};
    struct ct_error err = {0};
    const ct_status got = ct_json_parse(ct_text_of(text), &root, &err);
    if (got != status || !strstr(err.text, words))
        fail_msg("%s: status %d, %s", text, got, err.text);
    assert_null(root.value);
}

static void text_that_is_no_json_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "ends before"},
        {"  \n", "ends before"},
        {"{", "ends before"},
        {"[1,", "ends before"},
        {"\"abc", "line 1, column 5: ends within a string"},
        {"\"abc\\\"", "ends within a string"},
        {"{\"a\":\n1,}", "line 2, column 3"},
        {"[1,]", "column 4"},
        {"[1 2]", "column 4"},
        {"{\"a\" 1}", "column 6"},
        {"{a:1}", "column 2: neither a value"},
        {"{'a':1}", "column 2: neither a value"},
        {"[NaN]", "column 2: neither a value"},
        {"[-NaN]", "column 2: not a number"},
        {"[Infinity]", "neither a value"},
        {"[-Infinity]", "not a number"},
        {"[TRUE]", "neither a value"},
        {"[nul]", "neither a value"},
        {"[truefalse]", "column 6"},
        {"[+1]", "neither a value"},
        {"[01]", "not a number"},
        {"[-01]", "not a number"},
        {"[1.]", "not a number"},
        {"[.5]", "neither a value"},
        {"[1e]", "not a number"},
        {"[1e+]", "not a number"},
        {"[0x10]", "column 3"},
        {"[-]", "not a number"},
        {"// c\n1", "column 1: neither a value"},
        {"[1]/* c */", "neither a value"},
        {"[1] [2]", "column 5"},
        {"1 2", "column 3"},
        {"123456789012345678901 2", "column 23"},
        {"{}}", "column 3"},
        {"]", "column 1"},
        {"[}", "column 2"},
        {"[\"a\tb\"]", "column 4: a control character"},
        {"[\"\\x41\"]", "column"},
        {"[\"\\u12g4\"]", "column"},
        {"[\"a\\u0000b\"]", "column 4: a zero byte"},
        {"[\"\xff\"]", "UTF-8"},
        {"[\"\xc3\"]", "UTF-8"},
        {"[\"\xed\xa0\x80\"]", "UTF-8"},
        {"[\"\xc0\x80\"]", "UTF-8"},
        {"\xef\xbb\xbf", "ends before"},
        {"[1,\v2]", "neither a value"},
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++)
        require_refused(cases[i].text, CT_PARSE, cases[i].words);
}

static void a_zero_byte_does_not_end_the_text(void **state)
{
    (void)state;
    struct ct_json root;
    struct ct_error err;
    assert_int_equal(ct_json_parse((struct ct_text){"[1]\0", 4}, &root, &err), CT_PARSE);
    assert_int_equal(ct_json_parse((struct ct_text){"[1\0]", 4}, &root, &err), CT_PARSE);
    assert_int_equal(ct_json_parse((struct ct_text){"[\"a\0b\"]", 7}, &root, &err), CT_PARSE);
}

/* What stands behind the text's length is never looked at. */
static void text_needs_no_zero_byte_behind_it(void **state)
{
    (void)state;
    struct ct_json root;
    assert_int_equal(ct_json_parse((struct ct_text){"1234", 2}, &root, NULL), CT_OK);
    int64_t value = 0;
    assert_int_equal(ct_json_int64(root, &value, NULL), CT_OK);
    assert_int_equal(value, 12);
    ct_json_release(&root);
    assert_int_equal(ct_json_parse((struct ct_text){"truefalse", 3}, &root, NULL), CT_PARSE);
}

static void repeated_keys_are_refused_at_any_depth_and_in_any_spelling(void **state)
{
    (void)state;
    require_refused("{\"a\":1,\"a\":2}", CT_PARSE, "column 8: the key \"a\" stands twice");
    require_refused("{\"a\":1,\"\\u0061\":2}", CT_PARSE, "the key \"\\u0061\" stands twice");
    require_refused("[{\"x\":[{\"b\":{},\"c\":\"b\",\"b\":1}]}]", CT_PARSE, "the key \"b\" stands");
    require_refused("{\"q\\\"\":1,\"q\\\"\":1}", CT_PARSE, "stands twice");
    require_refused("{\"\":1,\"\":1}", CT_PARSE, "stands twice");
    /* what the last one replaces has members of its own */
    require_refused("{\"a\":{\"p\":1,\"q\":2},\"a\":3}", CT_PARSE, "the key \"a\" stands twice");
    struct ct_json root = read_json("{\"a\":{\"a\":\"a\"},\"b\":[{\"a\":1},{\"a\":2}],\"A\":0}");
    assert_int_equal(ct_json_count(root), 3);
    ct_json_release(&root);
}

static void require_digits(const char *number)
{
    char text[100];
    struct ct_text digits;
    struct ct_error err;
    (void)snprintf(text, sizeof text, "{\"n\":[%s],\"m\":%s}", number, number);
    struct ct_json root = read_json(text);
    const struct ct_json list = ct_json_member(&root, "n");
    assert_int_equal(ct_json_decimal(ct_json_at(&list, 0), &digits, &err), CT_OK);
    assert_string_equal(digits.bytes, number);
    assert_int_equal(digits.len, strlen(number));
    assert_int_equal(ct_json_decimal(ct_json_member(&root, "m"), &digits, &err), CT_OK);
    assert_string_equal(digits.bytes, number);
    struct ct_arena arena;
    ct_arena_init(&arena, ct_allocator_system(), 0);
    assert_string_equal(ct_json_print(root, &arena).bytes, text);
    ct_arena_deinit(&arena);
    ct_json_release(&root);
}

static void numbers_keep_their_digits(void **state)
{
    (void)state;
    static const char *const numbers[] = {"7.8125e-08",
                                          "123456789.123456789",
                                          "18446744073709551615",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          "0",
                                          "-0",
                                          "-0.0",
                                          "0.10",
                                          "3.50",
                                          "1E5",
                                          "1e0",
                                          "-5e0",
                                          "18446744073709551616",
                                          "-9223372036854775809",
                                          "12345678901234567890123456789012345678",
                                          "0.1000000000000000055511151231257827",
                                          "1e-38",
                                          "100"};
    for (size_t i = 0; i < CT_COUNT_OF(numbers); i++)
        require_digits(numbers[i]);
}

static void whole_numbers_are_whole_and_fit(void **state)
{
    (void)state;
    struct ct_json root = read_json("[-9223372036854775808, 9223372036854775807, "
                                    "9223372036854775808, 1e3, 5.0, \"5\", 99999999999999999999, "
                                    "null, true, -0]");
    struct ct_error err = {0};
    int64_t value = 0;
    assert_int_equal(ct_json_int64(ct_json_at(&root, 0), &value, &err), CT_OK);
    assert_true(value == INT64_MIN);
    assert_int_equal(ct_json_int64(ct_json_at(&root, 1), &value, &err), CT_OK);
    assert_true(value == INT64_MAX);
    assert_int_equal(ct_json_int64(ct_json_at(&root, 2), &value, &err), CT_RANGE);
    assert_string_equal(err.text, "[2]: a whole number of at most 64 bits is wanted, not "
                                  "9223372036854775808");
    assert_int_equal(ct_json_int64(ct_json_at(&root, 3), &value, &err), CT_TYPE);
    assert_int_equal(ct_json_int64(ct_json_at(&root, 4), &value, &err), CT_TYPE);
    assert_string_equal(err.text, "[4]: a whole number is wanted, not 5.0");
    assert_int_equal(ct_json_int64(ct_json_at(&root, 5), &value, &err), CT_TYPE);
    assert_string_equal(err.text, "[5]: a whole number is wanted, not a string");
    assert_int_equal(ct_json_int64(ct_json_at(&root, 6), &value, &err), CT_RANGE);
    err.text[0] = 0;
    assert_int_equal(ct_json_int64(ct_json_at(&root, 7), &value, &err), CT_NOT_FOUND);
    assert_int_equal(ct_json_int64(ct_json_at(&root, 10), &value, &err), CT_NOT_FOUND);
    assert_string_equal(err.text, "");
    assert_int_equal(ct_json_int64(ct_json_at(&root, 8), &value, &err), CT_TYPE);
    assert_int_equal(ct_json_int64(ct_json_at(&root, 9), &value, &err), CT_OK);
    assert_int_equal(value, 0);
    ct_json_release(&root);
}

static void doubles_are_the_nearest_and_finite(void **state)
{
    (void)state;
    struct ct_json root = read_json("{\"a\":0.1,\"b\":1e400,\"c\":12,\"d\":\"1\",\"e\":-1e-400}");
    struct ct_error err = {0};
    double value = 0;
    assert_int_equal(ct_json_double(ct_json_member(&root, "a"), &value, &err), CT_OK);
    assert_true(value == 0.1);
    assert_int_equal(ct_json_double(ct_json_member(&root, "b"), &value, &err), CT_RANGE);
    assert_string_equal(err.text, "b: a number that a double holds is wanted, not 1e400");
    assert_int_equal(ct_json_double(ct_json_member(&root, "c"), &value, &err), CT_OK);
    assert_true(value == 12);
    assert_int_equal(ct_json_double(ct_json_member(&root, "d"), &value, &err), CT_TYPE);
    assert_int_equal(ct_json_double(ct_json_member(&root, "e"), &value, &err), CT_OK);
    ct_json_release(&root);
}

static void money_may_stand_in_a_string(void **state)
{
    (void)state;
    struct ct_json root =
        read_json("{\"costs\":[0,1,2,{\"cost_usd\":\"3.50\",\"x\":\"3,5\",\"y\":\"\","
                  "\"z\":1e39,\"w\":[]}]}");
    const struct ct_json costs = ct_json_member(&root, "costs");
    const struct ct_json cost = ct_json_at(&costs, 3);
    struct ct_error err = {0};
    struct ct_text digits;
    assert_int_equal(ct_json_decimal(ct_json_member(&cost, "cost_usd"), &digits, &err), CT_OK);
    assert_string_equal(digits.bytes, "3.50");
    assert_int_equal(ct_json_decimal(ct_json_member(&cost, "x"), &digits, &err), CT_TYPE);
    assert_string_equal(err.text, "costs[3].x: a number is wanted, not 3,5");
    assert_int_equal(ct_json_decimal(ct_json_member(&cost, "y"), &digits, &err), CT_TYPE);
    assert_int_equal(ct_json_decimal(ct_json_member(&cost, "z"), &digits, &err), CT_RANGE);
    assert_int_equal(ct_json_decimal(ct_json_member(&cost, "w"), &digits, &err), CT_TYPE);
    assert_string_equal(
        err.text, "costs[3].w: a number, or a string that holds one, is wanted, not an array");
    ct_json_release(&root);
}

static void times_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time_ns;
    } good[] = {
        {"1780272000", INT64_C(1780272000000000000)},
        {"1780272000.123456789", INT64_C(1780272000123456789)},
        {"1780272000.1000000000000", INT64_C(1780272000100000000)},
        {"1.780272e9", INT64_C(1780272000000000000)},
        {"-0.5", -500000000},
        {"\"2026-06-01\"", INT64_C(1780272000000000000)},
        {"\"2026-06-01T02:00:00.000000001+02:00\"", INT64_C(1780272000000000001)},
        {"\"2026-06-01T00:00:00\"", INT64_C(1780272000000000000)},
        {"9223372036.854775807", INT64_MAX},
        {"-9223372036.854775808", INT64_MIN},
    };
    static const char *const bad[] = {
        "1780272000000",  "9223372036.854775808", "1.0000000001",   "\"yesterday\"", "\"\"",
        "\"2026-02-30\"", "\"3000-01-01\"",       "\"1780272000\"", "true"};
    for (size_t i = 0; i < CT_COUNT_OF(good); i++) {
        struct ct_json root = read_json(good[i].text);
        int64_t time_ns = 0;
        struct ct_error err = {0};
        if (ct_json_time(root, &time_ns, &err) != CT_OK || time_ns != good[i].time_ns)
            fail_msg("%s: %lld, %s", good[i].text, (long long)time_ns, err.text);
        ct_json_release(&root);
    }
    for (size_t i = 0; i < CT_COUNT_OF(bad); i++) {
        struct ct_json root = read_json(bad[i]);
        int64_t time_ns;
        struct ct_error err = {0};
        const ct_status status = ct_json_time(root, &time_ns, &err);
        assert_true(status == CT_RANGE || status == CT_TYPE);
        assert_non_null(strstr(err.text, "the body: "));
        ct_json_release(&root);
    }
}

static void members_come_in_the_order_of_the_text(void **state)
{
    (void)state;
    struct ct_json root =
        read_json("\xef\xbb\xbf {\"z\":1,\"a\":null,\"\\u00e9\":\"\\ud83d\\ude00\"} ");
    char keys[20] = "";
    struct ct_json_iterator members = ct_json_members(&root);
    while (ct_json_next(&members))
        (void)snprintf(keys + strlen(keys), sizeof keys - strlen(keys), "%s,", members.member.key);
    assert_string_equal(keys, "z,a,\xc3\xa9,");
    const struct ct_json null = ct_json_member(&root, "a");
    assert_true(null.is_there && ct_json_kind_of(null) == CT_JSON_NULL);
    assert_false(ct_json_member(&root, "b").is_there);
    struct ct_text text;
    assert_int_equal(ct_json_text(ct_json_member(&root, "\xc3\xa9"), &text, NULL), CT_OK);
    assert_string_equal(text.bytes, "\xf0\x9f\x98\x80");
    const struct ct_json number = ct_json_member(&root, "z");
    members = ct_json_members(&number);
    assert_false(ct_json_next(&members));
    assert_false(ct_json_at(&number, 0).is_there);
    assert_int_equal(ct_json_text(number, &text, NULL), CT_TYPE);
    ct_json_release(&root);
}

static void a_path_that_is_too_long_is_cut(void **state)
{
    (void)state;
    struct ct_json root = read_json("{\"abc\":[{\"defgh\":1}]}");
    const struct ct_json abc = ct_json_member(&root, "abc");
    const struct ct_json first = ct_json_at(&abc, 0);
    const struct ct_json leaf = ct_json_member(&first, "defgh");
    char path[20];
    ct_json_path(leaf, path, sizeof path);
    assert_string_equal(path, "abc[0].defgh");
    ct_json_path(leaf, path, 9);
    assert_string_equal(path, "abc[0].d");
    ct_json_path(leaf, path, 2);
    assert_string_equal(path, "a");
    ct_json_release(&root);
}

static void what_is_printed_reads_back(void **state)
{
    (void)state;
    const char *text = "{\"a\":[1,-0,true,null,\"\\\"\\\\/\\b\\u0001\xc3\xa9\"],\"b\":{},\"c\":[]}";
    struct ct_json root = read_json(text);
    struct ct_arena arena;
    ct_arena_init(&arena, ct_allocator_system(), 0);
    assert_string_equal(ct_json_print(root, &arena).bytes, text);
    const struct ct_json nothing = ct_json_member(&root, "d");
    assert_string_equal(ct_json_print(nothing, &arena).bytes, "null");
    ct_arena_deinit(&arena);
    ct_json_release(&root);
}

static void fill(char *out, size_t count, const char *piece)
{
    for (size_t i = 0; i < count; i++)
        memcpy(out + i * strlen(piece), piece, strlen(piece));
}

static void depth_is_limited(void **state)
{
    (void)state;
    char text[2 * CT_JSON_DEPTH_MAX + 3] = "";
    fill(text, CT_JSON_DEPTH_MAX, "[");
    fill(text + CT_JSON_DEPTH_MAX, CT_JSON_DEPTH_MAX, "]");
    struct ct_json root = read_json(text);
    ct_json_release(&root);
    fill(text, CT_JSON_DEPTH_MAX + 1, "[");
    fill(text + CT_JSON_DEPTH_MAX + 1, CT_JSON_DEPTH_MAX + 1, "]");
    require_refused(text, CT_LIMIT, "deeper than 64");
}

static void values_are_limited_before_json_c_makes_them(void **state)
{
    (void)state;
    static char text[3 * CT_JSON_NODES_MAX];
    const size_t count = CT_JSON_NODES_MAX / 8;
    text[0] = '[';
    fill(text + 1, count, "{},");
    text[3 * count] = ']';
    require_refused(text, CT_LIMIT, "more than 2000000 values");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(a_zero_byte_does_not_end_the_text),
        cmocka_unit_test(text_needs_no_zero_byte_behind_it),
        cmocka_unit_test(repeated_keys_are_refused_at_any_depth_and_in_any_spelling),
        cmocka_unit_test(numbers_keep_their_digits),
        cmocka_unit_test(whole_numbers_are_whole_and_fit),
        cmocka_unit_test(doubles_are_the_nearest_and_finite),
        cmocka_unit_test(money_may_stand_in_a_string),
        cmocka_unit_test(times_are_exact),
        cmocka_unit_test(members_come_in_the_order_of_the_text),
        cmocka_unit_test(a_path_that_is_too_long_is_cut),
        cmocka_unit_test(what_is_printed_reads_back),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(values_are_limited_before_json_c_makes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
