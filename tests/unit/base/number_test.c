#include "vectors.h"

#include <locale.h>
#include <math.h>

#include "number.h"

#define VECTOR_COUNT  20000
#define RANDOM_COUNT  200000
#define DOUBLE_LENGTH (CT_DOUBLE_TEXT_MAX + 1)

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed ^ *seed >> 29;
}

/* -- Vectors ------------------------------------------------------------------------------- */

static void check_parse(struct vectors *v)
{
    double x = 77;
    const ct_status status = ct_parse_double(ct_text_of(take(v)), &x);
    if (take_is(v, "RANGE")) {
        CHECK(v, status == CT_RANGE && x == 77);
        return;
    }
    CHECK(v, status == CT_OK && bits_of(x) == bits_of(strtod(take(v), NULL)));
}

static void check_shortest(struct vectors *v)
{
    const double x = strtod(take(v), NULL);
    const struct ct_shortest shortest = ct_double_shortest(x);
    CHECK(v, shortest.digits == strtoull(take(v), NULL, 10));
    CHECK(v, shortest.exponent == (int)strtol(take(v), NULL, 10));
}

static void doubles_agree_with_python(void **state)
{
    (void)state;
    struct vectors v;
    vectors_open(&v, __FILE__, "double", VECTOR_COUNT);
    while (vectors_next(&v)) {
        if (take_is(&v, "parse"))
            check_parse(&v);
        else
            check_shortest(&v);
    }
    vectors_close(&v, VECTOR_COUNT);
}

/* -- Doubles ------------------------------------------------------------------------------- */

static void check_round_trip(double x)
{
    char text[DOUBLE_LENGTH];
    const size_t len = ct_print_double(x, text);
    assert_in_range(len, 1, CT_DOUBLE_TEXT_MAX);
    text[len] = 0;
    double again = 0;
    if (ct_parse_double(ct_text_of(text), &again) != CT_OK || bits_of(again) != bits_of(x) ||
        bits_of(strtod(text, NULL)) != bits_of(x))
        fail_msg("%a became %s", x, text);
}

static void every_finite_double_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < RANDOM_COUNT; i++) {
        const double x = double_of(next_random(&seed));
        if (isfinite(x))
            check_round_trip(x);
        check_round_trip((double)(int64_t)next_random(&seed) / 1e6);
    }
    for (int power = -1074; power < 1024; power++) {
        const double x = ldexp(1, power);
        check_round_trip(x);
        check_round_trip(nextafter(x, 0));
        check_round_trip(nextafter(x, (double)INFINITY));
    }
}

static void reading_agrees_with_libc(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < RANDOM_COUNT; i++) {
        char text[64];
        const uint64_t digits = next_random(&seed) >> next_random(&seed) % 64;
        const uint64_t more = next_random(&seed) % 1000000;
        const int exponent = (int)(next_random(&seed) % 700) - 360;
        snprintf(text, sizeof text, i % 2 ? "%llu.%llue%d" : "-.%llu%llue%d",
                 (unsigned long long)digits, (unsigned long long)more, exponent);
        const double expected = strtod(text, NULL);
        double x = 0;
        const ct_status status = ct_parse_double(ct_text_of(text), &x);
        if (isinf(expected) ? status != CT_RANGE
                            : status != CT_OK || bits_of(x) != bits_of(expected))
            fail_msg("%s became %a, not %a", text, x, expected);
    }
}

static void doubles_print_as_json_wants_them(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1, "-1"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {100, "100"},
        {12345.678, "12345.678"},
        {0.001, "0.001"},
        {1e-5, "0.00001"},
        {1e-6, "1e-06"},
        {123456789012345, "123456789012345"},
        {999999999999999, "999999999999999"},
        {1e15, "1e+15"},
        {1234567890123456789.0, "1.2345678901234568e+18"},
        {1e21, "1e+21"},
        {9007199254740993.0, "9.007199254740992e+15"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
        {-1.2345678901234567e-5, "-0.000012345678901234568"},
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        char text[DOUBLE_LENGTH];
        text[ct_print_double(cases[i].x, text)] = 0;
        assert_string_equal(text, cases[i].text);
    }
}

static void too_small_is_zero_and_too_large_is_refused(void **state)
{
    (void)state;
    double x = 1;
    assert_int_equal(ct_parse_double(ct_text_of("1e-400"), &x), CT_OK);
    assert_true(bits_of(x) == 0);
    assert_int_equal(ct_parse_double(ct_text_of("-1e-999999999999999999999999"), &x), CT_OK);
    assert_true(bits_of(x) == bits_of(-0.0));
    assert_int_equal(ct_parse_double(ct_text_of("2.4703282292062327e-324"), &x), CT_OK);
    assert_true(bits_of(x) == 0);
    assert_int_equal(ct_parse_double(ct_text_of("2.4703282292062328e-324"), &x), CT_OK);
    assert_true(bits_of(x) == 1);
    x = 77;
    static const char *const large[] = {"1.7976931348623159e308", "1e309", "-1e309",
                                        "1e999999999999999999999999"};
    for (size_t i = 0; i < CT_COUNT_OF(large); i++) {
        assert_int_equal(ct_parse_double(ct_text_of(large[i]), &x), CT_RANGE);
        assert_true(x == 77);
    }
    assert_int_equal(ct_parse_double(ct_text_of("0e999999999999999999999999"), &x), CT_OK);
    assert_true(bits_of(x) == 0);
}

static void long_texts_are_rounded_by_their_last_digit(void **state)
{
    (void)state;
    /* 1 + 2^-53 lies halfway between 1 and the next double. */
    char text[2000] = "1.00000000000000011102230246251565404236316680908203125";
    const size_t len = strlen(text);
    double x = 0;
    assert_int_equal(ct_parse_double(ct_text_of(text), &x), CT_OK);
    assert_true(x == 1);
    memset(text + len, '0', sizeof text - len);
    assert_int_equal(ct_parse_double((struct ct_text){text, sizeof text}, &x), CT_OK);
    assert_true(x == 1);
    text[sizeof text - 1] = '1';
    assert_int_equal(ct_parse_double((struct ct_text){text, sizeof text}, &x), CT_OK);
    assert_true(x == nextafter(1, 2));
}

static void the_process_locale_does_not_matter(void **state)
{
    (void)state;
    char old[64];
    snprintf(old, sizeof old, "%s", setlocale(LC_NUMERIC, NULL));
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "fr_FR.UTF-8"))
        skip();
    double x = 0;
    /* Goes through libc: 50 digits, halfway. */
    const ct_status status =
        ct_parse_double(ct_text_of("1.00000000000000011102230246251565404236316680908203125"), &x);
    char text[DOUBLE_LENGTH];
    text[ct_print_double(1.5, text)] = 0;
    setlocale(LC_NUMERIC, old);
    assert_int_equal(status, CT_OK);
    assert_true(x == 1);
    assert_string_equal(text, "1.5");
}

static const char *const no_numbers[] = {
    "",    ".",    "+",   "-",   "e1",    "1e",  "1e+",   "0x1p3", "nan", "inf",  "Infinity",
    "1_0", " 1",   "1 ",  "1,5", "--1",   "+-1", "1.5.2", "1d",    "1f",  "1e5x", "\xd9\xa1",
    "1i",  "1e 5", "1.e", "..5", "1e--5", "-",   "1e1.5", "0b1",   "$1",
};

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < CT_COUNT_OF(no_numbers); i++) {
        double x = 77;
        int64_t n = 77;
        uint64_t u = 77;
        const struct ct_text text = ct_text_of(no_numbers[i]);
        if (ct_parse_double(text, &x) != CT_PARSE || ct_parse_int64(text, &n) != CT_PARSE ||
            ct_parse_uint64(text, &u) != CT_PARSE)
            fail_msg("taken: '%s'", no_numbers[i]);
        assert_true(x == 77 && n == 77 && u == 77);
    }
    double x;
    assert_int_equal(ct_parse_double((struct ct_text){NULL, 0}, &x), CT_PARSE);
}

/* -- Integers ------------------------------------------------------------------------------- */

static ct_status int64_status(const char *text, int64_t *out)
{
    return ct_parse_int64(ct_text_of(text), out);
}

static void int64_is_read_to_its_limits(void **state)
{
    (void)state;
    int64_t n = 77;
    assert_int_equal(int64_status("9223372036854775808", &n), CT_RANGE);
    assert_int_equal(int64_status("-9223372036854775809", &n), CT_RANGE);
    assert_int_equal(int64_status("99999999999999999999999999", &n), CT_RANGE);
    assert_int_equal(int64_status("18446744073709551617", &n), CT_RANGE);
    assert_int_equal(int64_status("99999999999999999999999999x", &n), CT_PARSE);
    assert_int_equal(int64_status("1.0", &n), CT_PARSE);
    assert_int_equal(n, 77);
    assert_int_equal(int64_status("9223372036854775807", &n), CT_OK);
    assert_true(n == INT64_MAX);
    assert_int_equal(int64_status("-9223372036854775808", &n), CT_OK);
    assert_true(n == INT64_MIN);
    assert_int_equal(int64_status("+0000000000000000000000000007", &n), CT_OK);
    assert_int_equal(n, 7);
    assert_int_equal(int64_status("-0", &n), CT_OK);
    assert_int_equal(n, 0);
}

static void uint64_is_read_to_its_limits(void **state)
{
    (void)state;
    uint64_t n = 77;
    assert_int_equal(ct_parse_uint64(ct_text_of("18446744073709551616"), &n), CT_RANGE);
    assert_int_equal(ct_parse_uint64(ct_text_of("-1"), &n), CT_RANGE);
    assert_int_equal(n, 77);
    assert_int_equal(ct_parse_uint64(ct_text_of("18446744073709551615"), &n), CT_OK);
    assert_true(n == UINT64_MAX);
    assert_int_equal(ct_parse_uint64(ct_text_of("-0"), &n), CT_OK);
    assert_int_equal(n, 0);
}

static void integers_read_back_as_printed(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 10000; i++) {
        const uint64_t u = next_random(&seed) >> i % 64;
        char text[CT_INT64_TEXT_MAX];
        uint64_t u_again = 0;
        size_t len = ct_print_uint64(u, text);
        assert_true(len == 1 || text[0] != '0');
        assert_int_equal(ct_parse_uint64((struct ct_text){text, len}, &u_again), CT_OK);
        assert_true(u_again == u);
        int64_t n_again = 0;
        len = ct_print_int64((int64_t)u, text);
        assert_int_equal(ct_parse_int64((struct ct_text){text, len}, &n_again), CT_OK);
        assert_true(n_again == (int64_t)u);
    }
    char text[CT_INT64_TEXT_MAX];
    assert_int_equal(ct_print_int64(INT64_MIN, text), 20);
    assert_memory_equal(text, "-9223372036854775808", 20);
    assert_int_equal(ct_print_uint64(UINT64_MAX, text), 20);
    assert_memory_equal(text, "18446744073709551615", 20);
    assert_int_equal(ct_print_uint64(0, text), 1);
}

static void scanners_stop_behind_the_number(void **state)
{
    (void)state;
    const char *line = "12.5e1,value=-7i 99";
    const char *end = line + strlen(line);
    const char *stop = NULL;
    double x = 0;
    int64_t n = 0;
    uint64_t u = 0;
    assert_int_equal(ct_scan_double(line, end, &x, &stop), CT_OK);
    assert_true(x == 125 && *stop == ',');
    assert_int_equal(ct_scan_int64(line + 13, end, &n, &stop), CT_OK);
    assert_true(n == -7 && *stop == 'i');
    assert_int_equal(ct_scan_uint64(line + 17, end, &u, &stop), CT_OK);
    assert_true(u == 99 && stop == end);
    assert_int_equal(ct_scan_double(line + 6, end, &x, &stop), CT_PARSE);
    assert_int_equal(ct_scan_int64(end, end, &n, &stop), CT_PARSE);
    /* The bytes behind `end` are never looked at. */
    assert_int_equal(ct_scan_double(line, line + 3, &x, &stop), CT_OK);
    assert_true(x == 12 && stop == line + 3);
    assert_int_equal(ct_scan_double(line, line + 5, &x, &stop), CT_PARSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_agree_with_python),
        cmocka_unit_test(every_finite_double_reads_back),
        cmocka_unit_test(reading_agrees_with_libc),
        cmocka_unit_test(doubles_print_as_json_wants_them),
        cmocka_unit_test(too_small_is_zero_and_too_large_is_refused),
        cmocka_unit_test(long_texts_are_rounded_by_their_last_digit),
        cmocka_unit_test(the_process_locale_does_not_matter),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(int64_is_read_to_its_limits),
        cmocka_unit_test(uint64_is_read_to_its_limits),
        cmocka_unit_test(integers_read_back_as_printed),
        cmocka_unit_test(scanners_stop_behind_the_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
