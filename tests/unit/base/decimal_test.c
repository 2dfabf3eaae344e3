#include "vectors.h"

#include <math.h>

#define VECTOR_COUNT 33000

static struct ct_decimal parsed(const char *text)
{
    struct ct_decimal value = {0};
    if (ct_decimal_parse(ct_text_of(text), &value) != CT_OK)
        fail_msg("not read: %s", text);
    return value;
}

static ct_status parse_status(const char *text)
{
    struct ct_decimal value = {.mantissa = 77, .scale = 7};
    const ct_status status = ct_decimal_parse(ct_text_of(text), &value);
    if (status != CT_OK && (value.mantissa != 77 || value.scale != 7))
        fail_msg("output touched: %s", text);
    return status;
}

static const char *printed(struct ct_decimal value, unsigned digits_min, char *out)
{
    out[ct_decimal_print(value, digits_min, out)] = 0;
    return out;
}

static bool prints_as(struct ct_decimal value, unsigned digits_min, const char *expected)
{
    char text[CT_DECIMAL_TEXT_MAX + 1];
    return strcmp(printed(value, digits_min, text), expected) == 0;
}

static bool sum_prints_as(const struct ct_decimal_sum *sum, const char *expected)
{
    char text[CT_DECIMAL_TEXT_MAX + 1];
    text[ct_decimal_sum_print(sum, 0, text)] = 0;
    return strcmp(text, expected) == 0;
}

/* -- Vectors ------------------------------------------------------------------------------- */

static ct_status take_sum(struct vectors *v, struct ct_decimal_sum *sum)
{
    ct_status status = CT_OK;
    memset(sum, 0, sizeof *sum);
    for (unsigned left = take_small(v); left > 0; left--) {
        const struct ct_decimal value = take_decimal(v);
        const struct ct_decimal_sum before = *sum;
        if (status != CT_OK)
            continue;
        status = ct_decimal_sum_add(sum, value.mantissa, value.scale);
        CHECK(v, status == CT_OK || memcmp(&before, sum, sizeof before) == 0);
    }
    return status;
}

static void check_parse(struct vectors *v)
{
    struct ct_decimal value = {0};
    const ct_status status = ct_decimal_parse(ct_text_of(take(v)), &value);
    if (take_is(v, "RANGE")) {
        CHECK(v, status == CT_RANGE);
        return;
    }
    CHECK(v, status == CT_OK);
    CHECK(v, prints_as(value, 0, take(v)));
    CHECK(v, value.mantissa < ct_pow10_int128(38) && value.mantissa > -ct_pow10_int128(38));
    CHECK(v, value.scale <= CT_DECIMAL_SCALE_MAX);
}

static void check_print(struct vectors *v)
{
    const struct ct_decimal value = take_decimal(v);
    const unsigned digits_min = take_small(v);
    const char *text = take(v);
    CHECK(v, prints_as(value, digits_min, text));
    const struct ct_decimal again = parsed(text);
    CHECK(v, ct_decimal_compare(again, value) == 0);
    const struct ct_decimal least = ct_decimal_normalise(value);
    CHECK(v, ct_decimal_compare(least, value) == 0);
    CHECK(v, least.scale == 0 || least.mantissa % 10 != 0);
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void check_compare(struct vectors *v)
{
    const struct ct_decimal a = take_decimal(v);
    const struct ct_decimal b = take_decimal(v);
    const int expected = (int)strtol(take(v), NULL, 10);
    CHECK(v, sign(ct_decimal_compare(a, b)) == expected);
    CHECK(v, sign(ct_decimal_compare(b, a)) == -expected);
    struct ct_decimal_sum difference = {0};
    CHECK(v, ct_decimal_sum_add(&difference, a.mantissa, a.scale) == CT_OK);
    CHECK(v, ct_decimal_sum_add(&difference, -b.mantissa, b.scale) == CT_OK);
    CHECK(v, ct_decimal_sum_is_zero(&difference) == (expected == 0));
    const struct ct_decimal_sum zero = {0};
    CHECK(v, sign(ct_decimal_sum_compare(&difference, &zero)) == expected);
}

static void check_rescale(struct vectors *v)
{
    const struct ct_decimal value = take_decimal(v);
    const uint8_t scale = (uint8_t)take_small(v);
    struct ct_decimal out = {0};
    const ct_status status = ct_decimal_rescale(value, scale, &out);
    if (take_is(v, "RANGE")) {
        CHECK(v, status == CT_RANGE);
        return;
    }
    CHECK(v, status == CT_OK && out.scale == scale && out.mantissa == take_int128(v));
}

static void check_sum(struct vectors *v)
{
    struct ct_decimal_sum sum;
    const ct_status status = take_sum(v, &sum);
    if (take_is(v, "RANGE")) {
        CHECK(v, status == CT_RANGE);
        return;
    }
    CHECK(v, status == CT_OK);
    CHECK(v, sum_prints_as(&sum, take(v)));
    /* Taking away what was added, in one piece, leaves nothing. */
    struct ct_decimal_sum copy = {0};
    CHECK(v, ct_decimal_sum_merge(&copy, &sum) == CT_OK);
    CHECK(v, ct_decimal_sum_compare(&copy, &sum) == 0);
    CHECK(v, ct_decimal_sum_subtract(&copy, &sum) == CT_OK);
    CHECK(v, ct_decimal_sum_is_zero(&copy));
}

static void check_value(struct vectors *v)
{
    struct ct_decimal_sum sum;
    CHECK(v, take_sum(v, &sum) == CT_OK);
    struct ct_decimal value = {0};
    const ct_status status = ct_decimal_sum_value(&sum, &value);
    if (take_is(v, "RANGE")) {
        CHECK(v, status == CT_RANGE);
        return;
    }
    CHECK(v, status == CT_OK && prints_as(value, 0, take(v)));
}

static void check_divide(struct vectors *v)
{
    struct ct_decimal_sum sum;
    CHECK(v, take_sum(v, &sum) == CT_OK);
    const uint64_t count = strtoull(take(v), NULL, 10);
    const uint8_t scale = (uint8_t)take_small(v);
    struct ct_decimal out = {0};
    const ct_status status = ct_decimal_sum_divide(&sum, count, scale, &out);
    if (take_is(v, "RANGE")) {
        CHECK(v, status == CT_RANGE);
        return;
    }
    CHECK(v, status == CT_OK && out.scale == scale && out.mantissa == take_int128(v));
}

static void check_to_double(struct vectors *v)
{
    struct ct_decimal_sum sum;
    CHECK(v, take_sum(v, &sum) == CT_OK);
    const double expected = strtod(take(v), NULL);
    CHECK(v, ct_decimal_sum_to_double(&sum) == expected);
    struct ct_decimal value;
    if (ct_decimal_sum_value(&sum, &value) == CT_OK)
        CHECK(v, ct_decimal_to_double(value) == expected);
}

static void check_of_double(struct vectors *v)
{
    const double x = strtod(take(v), NULL);
    struct ct_decimal value = {0};
    const ct_status status = ct_decimal_of_double(x, &value);
    if (take_is(v, "RANGE")) {
        CHECK(v, status == CT_RANGE);
        return;
    }
    CHECK(v, status == CT_OK && prints_as(value, 0, take(v)));
    CHECK(v, ct_decimal_to_double(value) == x);
}

static void agrees_with_python(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*check)(struct vectors *v);
    } checks[] = {
        {"parse", check_parse},     {"print", check_print},      {"compare", check_compare},
        {"rescale", check_rescale}, {"sum", check_sum},          {"value", check_value},
        {"divide", check_divide},   {"double", check_to_double}, {"of_double", check_of_double},
    };
    struct vectors v;
    vectors_open(&v, __FILE__, "decimal", VECTOR_COUNT);
    while (vectors_next(&v)) {
        const char *name = take(&v);
        size_t i = 0;
        while (i < CT_COUNT_OF(checks) && strcmp(checks[i].name, name) != 0)
            i++;
        assert_true(i < CT_COUNT_OF(checks));
        checks[i].check(&v);
    }
    vectors_close(&v, VECTOR_COUNT);
}

/* -- By hand ------------------------------------------------------------------------------- */

static void every_written_form_is_read(void **state)
{
    (void)state;
    static const char *const forms[][2] = {
        {"1", "1"},
        {"1.", "1"},
        {".5", "0.5"},
        {"-.5", "-0.5"},
        {"+.5", "0.5"},
        {"007", "7"},
        {"-0", "0"},
        {"0.1", "0.1"},
        {"1e5", "100000"},
        {"1E+5", "100000"},
        {"7.8125e-08", "0.000000078125"},
        {"3.50", "3.5"},
        {"120e-1", "12"},
        {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
        {"0.00000000000000000000000000000000000001", "0.00000000000000000000000000000000000001"},
        {"-9999999999999999999.9999999999999999999", "-9999999999999999999.9999999999999999999"},
        {"9.9999999999999999999999999999999999999", "9.9999999999999999999999999999999999999"},
        {"1e37", "10000000000000000000000000000000000000"},
        {"1e-38", "0.00000000000000000000000000000000000001"},
        {"0e999999999999999999999", "0"},
        {"0.000e-999999999999999999999", "0"},
    };
    for (size_t i = 0; i < CT_COUNT_OF(forms); i++) {
        if (!prints_as(parsed(forms[i][0]), 0, forms[i][1]))
            fail_msg("%s is not %s", forms[i][0], forms[i][1]);
    }
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",    ".",   "+",    "-",    "-.",    "e",   "e5",       "1e", "1e+",   "1e-", ".e1",
        "0x1", "NaN", "nan",  "inf",  "1_0",   "1,0", " 1",       "1 ", "1.2.3", "--1", "+-1",
        "1-",  "1d",  "1e5x", "1e5.", "1e1e1", "1\n", "\xd9\xa1", "$1", "1/2",   "1.e", "..1",
    };
    for (size_t i = 0; i < CT_COUNT_OF(texts); i++) {
        if (parse_status(texts[i]) != CT_PARSE)
            fail_msg("taken: '%s'", texts[i]);
    }
    struct ct_decimal value;
    assert_int_equal(ct_decimal_parse((struct ct_text){NULL, 0}, &value), CT_PARSE);
    assert_int_equal(ct_decimal_parse((struct ct_text){"1\0", 2}, &value), CT_PARSE);
}

static void only_the_given_bytes_are_read(void **state)
{
    (void)state;
    struct ct_decimal value;
    assert_int_equal(ct_decimal_parse((struct ct_text){"12.75e3", 4}, &value), CT_OK);
    assert_true(prints_as(value, 0, "12.7"));
}

static void more_than_38_digits_are_out_of_range(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "100000000000000000000000000000000000000",
        "999999999999999999999999999999999999999",
        "1e38",
        "1e-39",
        "0.000000000000000000000000000000000000001",
        "1.00000000000000000000000000000000000001",
        "-12345678901234567890.1234567890123456789",
        "1e999999999999",
        "1e-999999999999",
        "1e99999999999999999999999999999999999999999999",
        "-1e-99999999999999999999999999999999999999999999",
    };
    for (size_t i = 0; i < CT_COUNT_OF(texts); i++) {
        if (parse_status(texts[i]) != CT_RANGE)
            fail_msg("taken: '%s'", texts[i]);
    }
}

static void valueless_zeros_do_not_count(void **state)
{
    (void)state;
    char text[4096];
    memset(text, '0', sizeof text);
    memcpy(text + 2000, "12.5", 4);
    struct ct_decimal value;
    assert_int_equal(ct_decimal_parse((struct ct_text){text, sizeof text}, &value), CT_OK);
    assert_true(prints_as(value, 0, "12.5"));
    /* 10^-3000 written out, times 10^3001. */
    memset(text, '0', sizeof text);
    text[1] = '.';
    memcpy(text + 3001, "1e3001", 7);
    assert_true(prints_as(parsed(text), 0, "10"));
}

static void the_written_scale_is_kept_where_it_fits(void **state)
{
    (void)state;
    assert_int_equal(parsed("3.50").scale, 2);
    assert_int_equal(parsed("1000000000000000000.50").scale, 2);
    assert_int_equal(parsed("10000000000000000000000000000000000000.00").scale, 0);
    assert_int_equal(parsed("1.000000000000000000000000000000000000000000000").scale, 37);
}

static void equal_numbers_are_equal_at_any_scale(void **state)
{
    (void)state;
    assert_int_equal(ct_decimal_compare(parsed("3.5"), parsed("3.50")), 0);
    assert_true(ct_decimal_compare(parsed("-3.5"), parsed("3.50")) < 0);
    assert_true(ct_decimal_compare(parsed("1e37"), parsed("1e-38")) > 0);
    assert_int_equal(ct_decimal_compare(parsed("0.000"), parsed("-0")), 0);
}

static void printing_pads_to_the_digits_asked_for(void **state)
{
    (void)state;
    assert_true(prints_as(parsed("3.5"), 2, "3.50"));
    assert_true(prints_as(parsed("3.12345"), 2, "3.12345"));
    assert_true(prints_as(parsed("3.50000"), 2, "3.50"));
    assert_true(prints_as(parsed("0"), 2, "0.00"));
    assert_true(prints_as(parsed("0.00000"), 2, "0.00"));
    assert_true(prints_as(parsed("-0.05"), 0, "-0.05"));
    assert_true(prints_as(parsed("100"), 0, "100"));
}

static void the_longest_text_fits(void **state)
{
    (void)state;
    struct ct_decimal_sum sum = {.scale = 0}; /* -2^255 */
    sum.total.limb[3] = (uint64_t)1 << 63;
    char text[CT_DECIMAL_TEXT_MAX];
    assert_int_equal(ct_decimal_sum_print(&sum, CT_DECIMAL_SCALE_MAX, text), 1 + 77 + 1 + 38);
    assert_memory_equal(text,
                        "-578960446186580977117854925043439539266349923328202820197287920"
                        "03956564819968.0",
                        80);
}

static void a_sum_past_256_bits_is_refused_and_unchanged(void **state)
{
    (void)state;
    struct ct_decimal_sum sum = {0};
    memset(sum.total.limb, 0xff, sizeof sum.total.limb);
    sum.total.limb[3] = UINT64_MAX >> 1; /* 2^255 - 1 */
    const struct ct_decimal_sum full = sum;
    assert_int_equal(ct_decimal_sum_add(&sum, 1, 0), CT_RANGE);
    assert_int_equal(ct_decimal_sum_add(&sum, 1, 1), CT_RANGE);
    assert_int_equal(ct_decimal_sum_merge(&sum, &full), CT_RANGE);
    assert_memory_equal(&sum, &full, sizeof sum);
    assert_int_equal(ct_decimal_sum_add(&sum, 0, 38), CT_OK);
    assert_int_equal(ct_decimal_sum_add(&sum, -1, 0), CT_OK);
    assert_int_equal(ct_decimal_sum_add(&sum, 1, 0), CT_OK);
    assert_int_equal(ct_decimal_sum_compare(&sum, &full), 0);
}

static void a_difference_past_256_bits_is_refused_and_unchanged(void **state)
{
    (void)state;
    struct ct_decimal_sum least = {.scale = 0}; /* -2^255 */
    least.total.limb[3] = (uint64_t)1 << 63;
    const struct ct_decimal_sum before = least;
    struct ct_decimal_sum one = {0};
    assert_int_equal(ct_decimal_sum_add(&one, 1, 0), CT_OK);
    assert_int_equal(ct_decimal_sum_subtract(&least, &one), CT_RANGE);
    assert_memory_equal(&least, &before, sizeof least);
    struct ct_decimal_sum zero = {0};
    assert_int_equal(ct_decimal_sum_subtract(&zero, &least), CT_RANGE); /* 2^255 */
}

static void sums_compare_beyond_256_bits(void **state)
{
    (void)state;
    struct ct_decimal_sum huge = {.scale = 0};
    huge.total.limb[3] = (uint64_t)1 << 62;
    struct ct_decimal_sum tiny = {0};
    assert_int_equal(ct_decimal_sum_add(&tiny, 1, CT_DECIMAL_SCALE_MAX), CT_OK);
    assert_true(ct_decimal_sum_compare(&huge, &tiny) > 0);
    assert_true(ct_decimal_sum_compare(&tiny, &huge) < 0);
    struct ct_decimal_sum negative_huge = {0}, negative_tiny = {0};
    assert_int_equal(ct_decimal_sum_subtract(&negative_huge, &huge), CT_OK);
    assert_int_equal(ct_decimal_sum_subtract(&negative_tiny, &tiny), CT_OK);
    assert_true(ct_decimal_sum_compare(&negative_huge, &negative_tiny) < 0);
    assert_true(ct_decimal_sum_compare(&negative_tiny, &negative_huge) > 0);
    assert_true(ct_decimal_sum_compare(&negative_huge, &tiny) < 0);
}

static void order_of_addition_does_not_matter(void **state)
{
    (void)state;
    static const char *const prices[] = {"0.1",         "0.02",  "-7.8125e-08", "1234567.89",
                                         "99999999999", "-0.1",  "1e-24",       "0.30",
                                         "12",          "-1e-38"};
    struct ct_decimal_sum forward = {0}, backward = {0};
    for (size_t i = 0; i < CT_COUNT_OF(prices); i++) {
        const struct ct_decimal a = parsed(prices[i]);
        const struct ct_decimal b = parsed(prices[CT_COUNT_OF(prices) - 1 - i]);
        assert_int_equal(ct_decimal_sum_add(&forward, a.mantissa, a.scale), CT_OK);
        assert_int_equal(ct_decimal_sum_add(&backward, b.mantissa, b.scale), CT_OK);
    }
    assert_int_equal(ct_decimal_sum_compare(&forward, &backward), 0);
}

static void halves_round_to_even(void **state)
{
    (void)state;
    static const struct {
        int total, count, expected;
    } cases[] = {{1, 2, 0}, {3, 2, 2}, {5, 2, 2}, {-1, 2, 0}, {-3, 2, -2}, {-5, 2, -2}, {2, 3, 1}};
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        struct ct_decimal_sum sum = {0};
        struct ct_decimal out;
        assert_int_equal(ct_decimal_sum_add(&sum, cases[i].total, 0), CT_OK);
        assert_int_equal(ct_decimal_sum_divide(&sum, (uint64_t)cases[i].count, 0, &out), CT_OK);
        assert_true(out.mantissa == cases[i].expected);
    }
}

static void rests_of_every_division_count_in_rounding(void **state)
{
    (void)state;
    /* (7.5 x 10^20 + 1) / 3 at 20 digits, to none: 2.5 and a third of a unit far behind. */
    struct ct_decimal_sum sum = {0};
    struct ct_decimal out;
    assert_int_equal(ct_decimal_sum_add(&sum, 75 * ct_pow10_int128(19) + 1, 20), CT_OK);
    assert_int_equal(ct_decimal_sum_divide(&sum, 3, 0, &out), CT_OK);
    assert_true(out.mantissa == 3);
}

static void rounding_up_to_39_digits_is_out_of_range(void **state)
{
    (void)state;
    struct ct_decimal_sum sum = {0};
    struct ct_decimal out = {.mantissa = 77};
    assert_int_equal(ct_decimal_sum_add(&sum, ct_pow10_int128(38) - 1, 0), CT_OK);
    assert_int_equal(ct_decimal_sum_add(&sum, 5, 1), CT_OK); /* 38 nines and a half */
    assert_int_equal(ct_decimal_sum_divide(&sum, 1, 0, &out), CT_RANGE);
    assert_true(out.mantissa == 77);
    assert_int_equal(ct_decimal_sum_add(&sum, -1, 1), CT_OK);
    assert_int_equal(ct_decimal_sum_divide(&sum, 1, 0, &out), CT_OK);
    assert_true(out.mantissa == ct_pow10_int128(38) - 1);
}

static bool share_is(const char *value, uint64_t numerator, uint64_t denominator, uint8_t scale,
                     const char *expected)
{
    struct ct_decimal of, out;
    assert_int_equal(ct_decimal_parse(ct_text_of(value), &of), CT_OK);
    assert_int_equal(ct_decimal_multiply_ratio(of, numerator, denominator, scale, &out), CT_OK);
    assert_int_equal(out.scale, scale);
    return prints_as(out, 0, expected);
}

static void shares_are_cut_towards_zero(void **state)
{
    (void)state;
    assert_true(share_is("0.17", 300, 3600, 6, "0.014166"));
    assert_true(share_is("-0.17", 300, 3600, 6, "-0.014166"));
    assert_true(share_is("1.999", 1, 1, 0, "1"));
    assert_true(share_is("0.384", 300, 3600, 12, "0.032"));
    assert_true(share_is("5", 0, 7, 2, "0"));
    assert_true(share_is("0.00000000000000000000000000000001999", 1000, 1, 29,
                         "0.00000000000000000000000000001"));
}

/* What makes charges by the clock add up: the differences are of one running product. */
static void shares_of_adjacent_stretches_add_up(void **state)
{
    (void)state;
    const struct ct_decimal rate = {.mantissa = 17, .scale = 2};
    struct ct_decimal_sum sum = {0};
    struct ct_decimal before, until;
    const uint64_t start = 1795427772301225000u;
    assert_int_equal(ct_decimal_multiply_ratio(rate, start, 3600000000000u, 12, &before), CT_OK);
    for (unsigned i = 1; i <= 288; i++) {
        const uint64_t end = start + i * 300000000000u;
        assert_int_equal(ct_decimal_multiply_ratio(rate, end, 3600000000000u, 12, &until), CT_OK);
        assert_int_equal(ct_decimal_sum_add(&sum, until.mantissa - before.mantissa, 12), CT_OK);
        before = until;
    }
    char text[CT_DECIMAL_TEXT_MAX];
    const size_t len = ct_decimal_sum_print(&sum, 2, text);
    assert_true(ct_text_equal((struct ct_text){text, len}, ct_text_of("4.08")));
}

static void a_share_past_38_digits_is_out_of_range(void **state)
{
    (void)state;
    struct ct_decimal out = {.mantissa = 77};
    const struct ct_decimal large = {.mantissa = ct_pow10_int128(38) - 1};
    assert_int_equal(ct_decimal_multiply_ratio(large, 2, 1, 0, &out), CT_RANGE);
    assert_int_equal(ct_decimal_multiply_ratio(large, UINT64_MAX, 1, 38, &out), CT_RANGE);
    assert_int_equal(ct_decimal_multiply_ratio(large, 1, 1, 39, &out), CT_RANGE);
    assert_true(out.mantissa == 77);
    assert_int_equal(ct_decimal_multiply_ratio(large, UINT64_MAX, UINT64_MAX, 0, &out), CT_OK);
    assert_true(out.mantissa == large.mantissa);
}

static void no_double_is_read_as_money_by_accident(void **state)
{
    (void)state;
    struct ct_decimal value;
    assert_int_equal(ct_decimal_of_double(0.1, &value), CT_OK);
    assert_true(prints_as(value, 0, "0.1"));
    assert_int_equal(ct_decimal_of_double(-0.0, &value), CT_OK);
    assert_true(value.mantissa == 0);
    assert_int_equal(ct_decimal_of_double((double)NAN, &value), CT_RANGE);
    assert_int_equal(ct_decimal_of_double((double)INFINITY, &value), CT_RANGE);
    assert_int_equal(ct_decimal_of_double(1e38, &value), CT_RANGE);
    assert_int_equal(ct_decimal_of_double(1e-39, &value), CT_RANGE);
    assert_int_equal(ct_decimal_of_double(1e37, &value), CT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_python),
        cmocka_unit_test(every_written_form_is_read),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(only_the_given_bytes_are_read),
        cmocka_unit_test(more_than_38_digits_are_out_of_range),
        cmocka_unit_test(valueless_zeros_do_not_count),
        cmocka_unit_test(the_written_scale_is_kept_where_it_fits),
        cmocka_unit_test(equal_numbers_are_equal_at_any_scale),
        cmocka_unit_test(printing_pads_to_the_digits_asked_for),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(a_sum_past_256_bits_is_refused_and_unchanged),
        cmocka_unit_test(a_difference_past_256_bits_is_refused_and_unchanged),
        cmocka_unit_test(sums_compare_beyond_256_bits),
        cmocka_unit_test(rests_of_every_division_count_in_rounding),
        cmocka_unit_test(rounding_up_to_39_digits_is_out_of_range),
        cmocka_unit_test(order_of_addition_does_not_matter),
        cmocka_unit_test(halves_round_to_even),
        cmocka_unit_test(shares_are_cut_towards_zero),
        cmocka_unit_test(shares_of_adjacent_stretches_add_up),
        cmocka_unit_test(a_share_past_38_digits_is_out_of_range),
        cmocka_unit_test(no_double_is_read_as_money_by_accident),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
