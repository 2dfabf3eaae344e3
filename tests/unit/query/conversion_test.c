/* Sums over several currencies, each amount at the rate of its time. Rows and rates by hand, and at
 * random against a model that converts row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_store.h"

#include "fake_rows.h"

#include "civil_time.h"

static int64_t at(const char *text)
{
    int64_t time_ns;
    assert_int_equal(ct_time_parse(ct_text_of(text), &time_ns), CT_OK);
    return time_ns;
}

/* Ascending keys. */
static void put_rate(const char *key, const char *rate)
{
    fake_rates[fake_rate_count++] =
        (struct ct_registered){.key = ct_text_of(key), .value = ct_text_of(rate)};
}

static struct ct_query converted(const struct ct_aggregate *aggregates, uint32_t count)
{
    return (struct ct_query){.table = ct_text_of("cost"),
                             .aggregates = aggregates,
                             .aggregate_count = count,
                             .start_ns = INT64_MIN,
                             .end_ns = INT64_MAX,
                             .conversion = {.currency = ct_text_of("USD")}};
}

static const struct ct_aggregate sum = {.function = CT_SUM, .field = {"cost_usd", 8}};

static ct_status run_status(const struct ct_query *query, struct ct_result **result,
                            struct ct_error *err)
{
    return ct_query_run(&fake, &fake_catalog, ct_allocator_system(), query, NULL, result, err);
}

static struct ct_result *run(const struct ct_query *query)
{
    struct ct_result *result = NULL;
    struct ct_error err = {0};
    const ct_status status = run_status(query, &result, &err);
    if (status != CT_OK)
        fail_msg("%s: %s", ct_status_name(status), err.text);
    return result;
}

/* 100 USD (by default) and 100 EUR on 1 June, 100 EUR more on 1 July. */
static void two_currencies(void)
{
    fake_clear();
    fake_rate_count = 0;
    fake.codes[1][T_CURRENCY] = 2; /* EUR */
    fake_put(0, at("2026-06-01T10:00:00Z"), F_COST, fake_money("100"));
    fake_put(1, at("2026-06-01T10:00:00Z"), F_COST, fake_money("100"));
    fake_put(1, at("2026-07-01T00:00:00Z"), F_COST, fake_money("100"));
}

static void amounts_are_converted_at_the_rate_of_their_time(void **state)
{
    (void)state;
    two_currencies();
    put_rate("default/EUR/USD/2026-01-01", "1.10");
    put_rate("default/EUR/USD/2026-07-01", "1.20");
    struct ct_query query = converted(&sum, 1);
    query.end_ns = at("2026-07-01");
    struct ct_result *result = run(&query);
    assert_string_equal(fake_show(&result->columns[0], 0), "210");
    assert_true(result->columns[0].is_money);
    ct_result_destroy(result);
    query.end_ns = INT64_MAX;
    query.start_ns = at("2026-02-01");
    result = run(&query);
    assert_string_equal(fake_show(&result->columns[0], 0), "330");
    ct_result_destroy(result);
    query.has_period = true;
    query.period.unit = CT_CALENDAR_QUARTER;
    query.end_ns = at("2027-01-01");
    result = run(&query);
    assert_int_equal(result->row_count, 2);
    assert_string_equal(fake_show(&result->columns[1], 0), "210");
    assert_string_equal(fake_show(&result->columns[1], 1), "120");
    ct_result_destroy(result);
}

static void without_conversion_or_rate_they_are_refused(void **state)
{
    (void)state;
    two_currencies();
    put_rate("default/EUR/USD/2026-07-01", "1.20");
    struct ct_query query = converted(&sum, 1);
    struct ct_result *result = NULL;
    struct ct_error err = {0};
    query.start_ns = at("2026-06-01");
    assert_int_equal(run_status(&query, &result, &err), CT_CURRENCY);
    assert_non_null(strstr(err.text, "EUR"));
    assert_non_null(strstr(err.text, "USD"));
    assert_non_null(strstr(err.text, "2026-06-01"));
    query.start_ns = INT64_MIN;
    assert_int_equal(run_status(&query, &result, &err), CT_CURRENCY);
    query.start_ns = at("2026-07-01"); /* all that is there has a rate */
    assert_int_equal(run_status(&query, &result, &err), CT_OK);
    ct_result_destroy(result);
    query.conversion.table = ct_text_of("closing");
    assert_int_equal(run_status(&query, &result, &err), CT_CURRENCY);
    query.conversion.currency.len = 0;
    query.start_ns = INT64_MIN;
    assert_int_equal(run_status(&query, &result, &err), CT_CURRENCY);
    assert_non_null(strstr(err.text, "2 currencies"));
}

static void a_converted_sum_is_rounded_once(void **state)
{
    (void)state;
    two_currencies();
    put_rate("default/EUR/USD/2026-01-01", "1.00335"); /* 100.335 and 100.335 */
    struct ct_query query = converted(&sum, 1);
    query.conversion.has_scale = true;
    query.conversion.scale = 2;
    query.start_ns = at("2026-01-01");
    struct ct_result *result = run(&query);
    assert_string_equal(fake_show(&result->columns[0], 0), "300.67");
    ct_result_destroy(result);
}

static void what_cannot_be_converted_is_refused(void **state)
{
    (void)state;
    two_currencies();
    const enum ct_function functions[] = {CT_MAX, CT_LAST, CT_MEDIAN, CT_RATE, CT_STDDEV};
    for (size_t i = 0; i < CT_COUNT_OF(functions); i++) {
        const struct ct_aggregate aggregate = {.function = functions[i], .field = {"cost_usd", 8}};
        const struct ct_query query = converted(&aggregate, 1);
        struct ct_result *result = NULL;
        assert_int_equal(run_status(&query, &result, NULL), CT_INVALID);
    }
    struct ct_query query = converted(&sum, 1);
    struct ct_result *result = NULL;
    query.bucket_ns = CT_DAY_NS; /* without end */
    assert_int_equal(run_status(&query, &result, NULL), CT_INVALID);
}

/* -- At random -------------------------------------------------------------------------------- */

#define STEP_NS (CT_DAY_NS / 5)

/* EUR: 2, then 3 from day 10, then 5 from day 20 on; in thousandths, so that products are seen. */
static ct_int128 model_rate(const struct fake_row *row)
{
    const uint32_t code = fake.codes[row->series][T_CURRENCY];
    if (code != 2)
        return 1000;
    return row->time_ns < 10 * CT_DAY_NS ? 2001 : row->time_ns < 20 * CT_DAY_NS ? 3007 : 5013;
}

static void assert_group(const struct ct_result *result, uint64_t row, int64_t width_ns)
{
    struct ct_decimal_sum total = {0};
    uint64_t count = 0;
    for (uint32_t i = 0; i < fake.row_count; i++) {
        const struct fake_row *from = &fake.rows[i];
        const struct ct_text provider =
            ct_catalog_value(NULL, 0, T_PROVIDER, fake.codes[from->series][T_PROVIDER]);
        const int64_t start_ns = result->columns[0].int64[row];
        if (from->time_ns < start_ns || from->time_ns >= start_ns + width_ns ||
            from->time_ns >= 40 * CT_DAY_NS || !from->present[F_COST] ||
            !ct_text_equal(provider, result->columns[1].text[row]))
            continue;
        const struct ct_decimal value = from->value[F_COST].decimal;
        count++;
        assert_int_equal(ct_decimal_sum_add(&total, value.mantissa * model_rate(from),
                                            (uint8_t)(value.scale + 3)),
                         CT_OK);
    }
    assert_int_equal(result->columns[3].uint64[row], count);
    if (count == 0)
        assert_true(result->columns[2].is_null[row]);
    else
        assert_int_equal(ct_decimal_sum_compare(&result->columns[2].decimal[row], &total), 0);
}

static void converted_sums_agree_with_a_model(void **state)
{
    (void)state;
    const struct ct_aggregate aggregates[] = {sum,
                                              {.function = CT_COUNT, .field = {"cost_usd", 8}}};
    const struct ct_text provider = ct_text_of("provider");
    fake_rate_count = 0;
    put_rate("default/EUR/CHF/1970-01-05", "7");
    put_rate("default/EUR/USD/1970-01-01", "2.001");
    put_rate("default/EUR/USD/1970-01-11", "3.007");
    put_rate("default/EUR/USD/1970-01-21", "5.013");
    put_rate("default/GBP/USD/1970-01-13", "9");
    for (uint64_t seed = 1; seed <= 60; seed++) {
        fake_make(seed, 0, STEP_NS, 2);
        struct ct_query query = converted(aggregates, 2);
        query.start_ns = 0;
        query.end_ns = 40 * CT_DAY_NS;
        query.bucket_ns = seed % 2 ? 7 * STEP_NS : CT_DAY_NS;
        query.tags = &provider;
        query.tag_count = 1;
        struct ct_result *result = run(&query);
        for (uint64_t row = 0; row < result->row_count; row++)
            assert_group(result, row, query.bucket_ns);
        ct_result_destroy(result);
    }
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    two_currencies();
    put_rate("default/EUR/USD/2026-01-01", "1.10");
    put_rate("default/EUR/USD/2026-07-01", "1.20");
    struct ct_query query = converted(&sum, 1);
    query.start_ns = at("2026-01-01");
    for (size_t limit = 500;; limit += 499) {
        struct ct_allocator_counting memory;
        ct_allocator_counting_init(&memory, ct_allocator_system(), limit);
        struct ct_result *result = NULL;
        const ct_status status =
            ct_query_run(&fake, &fake_catalog, &memory.base, &query, NULL, &result, NULL);
        ct_result_destroy(result);
        assert_int_equal(memory.live_bytes, 0);
        if (status == CT_OK)
            break;
        assert_int_equal(status, CT_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_converted_at_the_rate_of_their_time),
        cmocka_unit_test(without_conversion_or_rate_they_are_refused),
        cmocka_unit_test(a_converted_sum_is_rounded_once),
        cmocka_unit_test(what_cannot_be_converted_is_refused),
        cmocka_unit_test(converted_sums_agree_with_a_model),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
