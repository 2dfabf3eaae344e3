/* increase, rate and integral: by hand, and against models that walk over pairs of samples and over
 * each single nanosecond. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_store.h"

#include "fake_rows.h"

#define HOUR_NS   INT64_C(3600000000000)
#define SECOND_NS INT64_C(1000000000)

static struct ct_query query_of(const struct ct_aggregate *aggregates, uint32_t count)
{
    return (struct ct_query){.table = ct_text_of("cost"),
                             .aggregates = aggregates,
                             .aggregate_count = count,
                             .start_ns = INT64_MIN,
                             .end_ns = INT64_MAX};
}

static struct ct_result *run(const struct ct_query *query)
{
    struct ct_result *result = NULL;
    struct ct_error err = {0};
    const ct_status status =
        ct_query_run(&fake, &fake_catalog, ct_allocator_system(), query, NULL, &result, &err);
    if (status != CT_OK)
        fail_msg("%s: %s", ct_status_name(status), err.text);
    return result;
}

static struct ct_value count_of(int64_t value)
{
    return (struct ct_value){.type = CT_INT64, .int64 = value};
}

/* -- By hand ---------------------------------------------------------------------------------- */

/* 2.00 dollars an hour, told every ten minutes for three hours, then 5.00 for one: 11.00 dollars.
 * The sum of the samples is 66, which is no amount of anything. */
static void integrals_of_a_rate_are_money_and_its_sum_is_not(void **state)
{
    (void)state;
    fake_clear();
    for (int64_t i = 0; i < 24; i++)
        fake_put(0, i * HOUR_NS / 6, F_COST, fake_money(i < 18 ? "2.00" : "5.00"));
    const struct ct_text cost = fake_fields[F_COST].name;
    const struct ct_aggregate aggregates[] = {{.function = CT_SUM, .field = cost},
                                              {.function = CT_INTEGRAL, .field = cost}};
    struct ct_query query = query_of(aggregates, 2);
    query.start_ns = 0;
    query.end_ns = 4 * HOUR_NS;
    struct ct_result *result = run(&query);
    assert_string_equal(fake_show(&result->columns[0], 0), "66");
    assert_string_equal(fake_show(&result->columns[1], 0), "11");
    assert_true(result->columns[1].is_money);
    ct_result_destroy(result);
    query.bucket_ns = 2 * HOUR_NS;
    result = run(&query);
    assert_int_equal(result->row_count, 2);
    assert_string_equal(fake_show(&result->columns[2], 0), "4");
    assert_string_equal(fake_show(&result->columns[2], 1), "7");
    ct_result_destroy(result);
}

/* A node that falls silent is not paid for ever; one heard before the range began is. */
static void a_value_holds_no_longer_than_the_gap_and_from_before_the_range(void **state)
{
    (void)state;
    fake_clear();
    fake_put(0, 0, F_COST, fake_money("6"));
    fake_put(0, HOUR_NS / 2, F_COST, fake_money("6"));
    struct ct_aggregate integral = {.function = CT_INTEGRAL, .field = fake_fields[F_COST].name};
    struct ct_query query = query_of(&integral, 1);
    query.start_ns = HOUR_NS / 4;
    query.end_ns = 10 * HOUR_NS;
    struct ct_result *result = run(&query);
    assert_string_equal(fake_show(&result->columns[0], 0), "57"); /* 9.5 hours from the second */
    ct_result_destroy(result);
    integral.gap_max_ns = HOUR_NS;
    result = run(&query);
    assert_string_equal(fake_show(&result->columns[0], 0),
                        "7.5"); /* and a quarter from the first */
    ct_result_destroy(result);
    integral.unit_ns = 60 * SECOND_NS;
    result = run(&query);
    assert_string_equal(fake_show(&result->columns[0], 0), "450");
    ct_result_destroy(result);
}

static void integrals_are_rounded_half_to_even_once(void **state)
{
    (void)state;
    fake_clear();
    fake_put(0, 0, F_COST, fake_money("0.01"));
    fake_put(0, 20 * 60 * SECOND_NS, F_COST, fake_money("0")); /* a third of a cent */
    fake_put(1, 0, F_COST, fake_money("0.01"));
    fake_put(1, 20 * 60 * SECOND_NS, F_COST, fake_money("0"));
    struct ct_aggregate integral = {
        .function = CT_INTEGRAL, .field = fake_fields[F_COST].name, .has_scale = true, .scale = 4};
    const struct ct_query query = query_of(&integral, 1);
    struct ct_result *result = run(&query);
    assert_string_equal(fake_show(&result->columns[0], 0), "0.0067"); /* not 2 x 0.0033 */
    ct_result_destroy(result);
}

static void a_drop_of_a_counter_is_a_reset_and_counts_from_0(void **state)
{
    (void)state;
    fake_clear();
    const int64_t values[] = {100, 130, 5, 25};
    for (int64_t i = 0; i < 4; i++) {
        fake_put(0, i * 10 * SECOND_NS, F_REQUESTS, count_of(values[i]));
        fake_put(1, i * 10 * SECOND_NS, F_REQUESTS, count_of(1000 + 10 * i));
    }
    const struct ct_text requests = fake_fields[F_REQUESTS].name;
    const struct ct_aggregate aggregates[] = {{.function = CT_INCREASE, .field = requests},
                                              {.function = CT_RATE, .field = requests}};
    struct ct_query query = query_of(aggregates, 2);
    struct ct_result *result = run(&query);
    assert_string_equal(fake_show(&result->columns[0], 0), "85"); /* 30 + 5 + 20, and 30 */
    assert_string_equal(fake_show(&result->columns[1], 0), "2.833333333333"); /* 55/30 + 1 */
    ct_result_destroy(result);
    query.bucket_ns = 20 * SECOND_NS; /* what grew across the edge counts in the later one */
    result = run(&query);
    assert_int_equal(result->row_count, 2);
    assert_string_equal(fake_show(&result->columns[1], 0), "40");
    assert_string_equal(fake_show(&result->columns[1], 1), "45");
    assert_string_equal(fake_show(&result->columns[2], 0), "4");
    assert_string_equal(fake_show(&result->columns[2], 1), "2.25");
    ct_result_destroy(result);
}

static void one_sample_has_no_rate(void **state)
{
    (void)state;
    fake_clear();
    fake_put(0, 0, F_REQUESTS, count_of(7));
    const struct ct_aggregate rate = {.function = CT_RATE, .field = fake_fields[F_REQUESTS].name};
    const struct ct_query query = query_of(&rate, 1);
    struct ct_result *result = run(&query);
    assert_int_equal(result->row_count, 1);
    assert_true(result->columns[0].is_null[0]);
    ct_result_destroy(result);
}

static void rates_in_several_currencies_are_refused(void **state)
{
    (void)state;
    fake_clear();
    fake.codes[1][T_CURRENCY] = 2; /* EUR */
    fake_put(0, 0, F_COST, fake_money("1"));
    fake_put(1, 0, F_COST, fake_money("1"));
    const struct ct_aggregate integral = {.function = CT_INTEGRAL,
                                          .field = fake_fields[F_COST].name};
    const struct ct_query query = query_of(&integral, 1);
    struct ct_result *result = NULL;
    struct ct_error err = {0};
    assert_int_equal(
        ct_query_run(&fake, &fake_catalog, ct_allocator_system(), &query, NULL, &result, &err),
        CT_CURRENCY);
    assert_non_null(strstr(err.text, "EUR"));
}

/* -- Against models --------------------------------------------------------------------------- */

#define SAMPLES_MAX FAKE_ROWS

struct sample {
    int64_t time_ns;
    ct_int128 value; /* with FAKE_SCALE digits after the point */
};

static struct sample samples[SAMPLES_MAX];

static int compare_samples(const void *a, const void *b)
{
    const struct sample *x = a;
    const struct sample *y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

/* Of one series, in order; those before start - gap are left out. */
static uint32_t fill_samples(uint32_t series, uint32_t field, int64_t start_ns, int64_t end_ns)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < fake.row_count; i++) {
        const struct fake_row *row = &fake.rows[i];
        if (row->series != series || !row->present[field] || row->time_ns < start_ns ||
            row->time_ns >= end_ns)
            continue;
        const struct ct_value *value = &row->value[field];
        samples[count++] = (struct sample){
            row->time_ns,
            value->type == CT_INT64
                ? value->int64 * ct_pow10_int128(FAKE_SCALE)
                : value->decimal.mantissa * ct_pow10_int128(FAKE_SCALE - value->decimal.scale)};
    }
    qsort(samples, count, sizeof samples[0], compare_samples);
    return count;
}

/* value x ns of one bucket, nanosecond by nanosecond. */
static ct_int128 model_integral(uint32_t field, const struct ct_query *query, int64_t from_ns,
                                int64_t to_ns)
{
    const int64_t gap_ns = query->aggregates[0].gap_max_ns;
    ct_int128 sum = 0;
    for (uint32_t series = 0; series < FAKE_SERIES; series++) {
        const uint32_t count = fill_samples(series, field, query->start_ns - gap_ns, query->end_ns);
        for (int64_t t = from_ns; t < to_ns; t++)
            for (uint32_t i = count; i-- > 0;)
                if (samples[i].time_ns <= t) {
                    if (gap_ns == 0 || t - samples[i].time_ns < gap_ns)
                        sum += samples[i].value;
                    break;
                }
    }
    return sum;
}

static ct_int128 model_increase(uint32_t field, const struct ct_query *query, int64_t from_ns,
                                int64_t to_ns)
{
    const int64_t gap_ns = query->aggregates[0].gap_max_ns;
    ct_int128 sum = 0;
    for (uint32_t series = 0; series < FAKE_SERIES; series++) {
        const uint32_t count = fill_samples(series, field, query->start_ns - gap_ns, query->end_ns);
        for (uint32_t i = 1; i < count; i++) {
            if (samples[i].time_ns < from_ns || samples[i].time_ns >= to_ns ||
                (gap_ns && samples[i].time_ns - samples[i - 1].time_ns > gap_ns))
                continue;
            const ct_int128 before = samples[i - 1].value;
            sum += samples[i].value < before ? samples[i].value : samples[i].value - before;
        }
    }
    return sum;
}

static void assert_exact(const struct ct_result_column *column, uint64_t row, ct_int128 expected)
{
    struct ct_decimal_sum sum = {0};
    assert_int_equal(ct_decimal_sum_add(&sum, expected, FAKE_SCALE), CT_OK);
    if (ct_decimal_sum_compare(&sum, &column->decimal[row]) != 0)
        fail_msg("row %u: %s", (unsigned)row, fake_show(column, row));
}

/* Buckets without a contribution are null or not there, and 0 in the model. */
static void check(const struct ct_query *query, uint32_t field)
{
    struct ct_result *result = run(query);
    uint64_t row = 0;
    for (int64_t from_ns = query->start_ns; from_ns < query->end_ns; from_ns += query->bucket_ns) {
        const ct_int128 integral =
            model_integral(field, query, from_ns, from_ns + query->bucket_ns);
        const ct_int128 increase =
            model_increase(field, query, from_ns, from_ns + query->bucket_ns);
        const bool is_there = row < result->row_count && result->columns[0].int64[row] == from_ns;
        if (!is_there || result->columns[1].is_null[row])
            assert_true(integral == 0);
        else
            assert_exact(&result->columns[1], row, integral);
        if (!is_there || result->columns[2].is_null[row])
            assert_true(increase == 0);
        else
            assert_exact(&result->columns[2], row, increase);
        row += is_there;
    }
    assert_int_equal(row, result->row_count);
    ct_result_destroy(result);
}

static void integrals_and_increases_agree_with_models(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        fake_make(seed, 0, 3, 0);
        const uint32_t field = seed % 2 ? F_PRICE : F_REQUESTS;
        struct ct_aggregate aggregates[] = {
            {.function = CT_INTEGRAL, .field = fake_fields[field].name, .unit_ns = 1},
            {.function = CT_INCREASE, .field = fake_fields[field].name},
        };
        aggregates[0].gap_max_ns = aggregates[1].gap_max_ns = seed % 3 ? 20 : 0;
        aggregates[0].has_scale = true;
        aggregates[0].scale = FAKE_SCALE;
        struct ct_query query = query_of(aggregates, 2);
        query.start_ns = 100 - (int64_t)(seed % 7);
        query.bucket_ns = 11;
        query.origin_ns = query.start_ns;
        query.end_ns = query.start_ns + 20 * query.bucket_ns;
        check(&query, field);
    }
}

/* The same counter as doubles gives the same as doubles, and the same whatever the buckets. */
static void floats_are_integrated_as_doubles(void **state)
{
    (void)state;
    fake_clear();
    for (int64_t i = 0; i < 10; i++) {
        const struct ct_value value = {.type = CT_FLOAT64, .float64 = (double)i / 2};
        fake_put(0, i * HOUR_NS, F_CPU, value);
    }
    const struct ct_aggregate aggregates[] = {
        {.function = CT_INTEGRAL, .field = fake_fields[F_CPU].name},
        {.function = CT_RATE, .field = fake_fields[F_CPU].name, .unit_ns = HOUR_NS},
        {.function = CT_INCREASE, .field = fake_fields[F_CPU].name}};
    const struct ct_query query = query_of(aggregates, 3);
    struct ct_result *result = run(&query);
    assert_true(result->columns[0].float64[0] == 18);
    assert_true(fabs(result->columns[1].float64[0] - 0.5) < 1e-15);
    assert_true(result->columns[2].float64[0] == 4.5);
    ct_result_destroy(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integrals_of_a_rate_are_money_and_its_sum_is_not),
        cmocka_unit_test(a_value_holds_no_longer_than_the_gap_and_from_before_the_range),
        cmocka_unit_test(integrals_are_rounded_half_to_even_once),
        cmocka_unit_test(a_drop_of_a_counter_is_a_reset_and_counts_from_0),
        cmocka_unit_test(one_sample_has_no_rate),
        cmocka_unit_test(rates_in_several_currencies_are_refused),
        cmocka_unit_test(integrals_and_increases_agree_with_models),
        cmocka_unit_test(floats_are_integrated_as_doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
