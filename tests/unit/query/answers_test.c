/* What is made of aggregates afterwards, and by which time rows count: calendars, filling, the
 * first rows of each bucket, computed columns, basis, billing periods, limits. Rows by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "fake_store.h"

#include "fake_rows.h"

#include "civil_time.h"
#include "time_bounds.h"
#include "time_zone_file.h"

static int64_t at(const char *text)
{
    int64_t time_ns;
    assert_int_equal(ct_time_parse(ct_text_of(text), &time_ns), CT_OK);
    return time_ns;
}

static struct ct_query sum_of_cost(const struct ct_aggregate **aggregate)
{
    static const struct ct_aggregate sum = {.function = CT_SUM, .field = {"cost_usd", 8}};
    *aggregate = &sum;
    return (struct ct_query){.table = ct_text_of("cost"),
                             .aggregates = &sum,
                             .aggregate_count = 1,
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

static ct_status run_status(const struct ct_query *query, const struct ct_query_options *options,
                            struct ct_error *err)
{
    struct ct_result *result = NULL;
    const ct_status status =
        ct_query_run(&fake, &fake_catalog, ct_allocator_system(), query, options, &result, err);
    ct_result_destroy(result);
    return status;
}

static const char *time_text(const struct ct_result *result, uint64_t row)
{
    static char text[4][CT_TIME_TEXT_MAX + 1];
    static unsigned next;
    char *out = text[next++ % 4];
    out[ct_time_print(result->columns[0].int64[row], out)] = 0;
    return out;
}

/* At most `len` bytes more. */
static void append(char *shown, const char *text, size_t len)
{
    const size_t used = strlen(shown);
    const size_t more = strlen(text) < len ? strlen(text) : len;
    memcpy(shown + used, text, more);
    shown[used + more] = 0;
}

/* -- Calendars -------------------------------------------------------------------------------- */

static struct ct_time_zone *zone_of(const char *name)
{
    struct ct_io io;
    ct_io_posix_init(&io, ct_allocator_system());
    struct ct_time_zone *zone = NULL;
    struct ct_error err = {0};
    const ct_status status =
        ct_time_zone_load(&io, NULL, ct_text_of(name), ct_allocator_system(), &zone, &err);
    if (status == CT_NOT_FOUND) {
        print_message("%s\n", err.text);
        skip();
    }
    assert_int_equal(status, CT_OK);
    return zone;
}

/* 1.00 an hour around a change of clocks: what the month or week has hours. */
static void assert_hours(const char *zone_name, struct ct_period period, const char *start,
                         const char *end, const char *bucket, const char *hours)
{
    struct ct_time_zone *zone = zone_of(zone_name);
    const struct ct_aggregate *sum;
    struct ct_query query = sum_of_cost(&sum);
    fake_clear();
    for (int64_t t = at(start); t < at(end); t += 2 * CT_HOUR_NS)
        fake_put(0, t, F_COST, fake_money(t + CT_HOUR_NS < at(end) ? "2.00" : "1.00"));
    query.has_period = true;
    query.period = period;
    query.calendar.zone = zone;
    struct ct_result *result = run(&query);
    bool is_found = false;
    for (uint64_t row = 0; row < result->row_count; row++) {
        if (strcmp(time_text(result, row), bucket) != 0)
            continue;
        is_found = true;
        assert_string_equal(fake_show(&result->columns[1], row), hours);
    }
    assert_true(is_found);
    ct_result_destroy(result);
    ct_time_zone_destroy(zone);
}

static void months_and_weeks_have_the_hours_that_clocks_show(void **state)
{
    (void)state;
    const struct ct_period week = {.unit = CT_CALENDAR_WEEK};
    assert_hours("Europe/Berlin", week, "2024-03-24T23:00:00Z", "2024-03-31T22:00:00Z",
                 "2024-03-24T23:00:00Z", "167");
    const struct ct_period day = {.unit = CT_CALENDAR_DAY};
    assert_hours("America/New_York", day, "2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z",
                 "2024-03-10T05:00:00Z", "23");
    assert_hours("America/New_York", day, "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z",
                 "2024-11-03T04:00:00Z", "25");
    const struct ct_period month = {.unit = CT_CALENDAR_MONTH};
    assert_hours("America/New_York", month, "2024-03-01T05:00:00Z", "2024-04-01T04:00:00Z",
                 "2024-03-01T05:00:00Z", "743");
    assert_hours("America/New_York", month, "2024-11-01T04:00:00Z", "2024-12-01T05:00:00Z",
                 "2024-11-01T04:00:00Z", "721");
}

static void fiscal_years_begin_where_they_are_said_to(void **state)
{
    (void)state;
    const struct ct_aggregate *sum;
    struct ct_query query = sum_of_cost(&sum);
    fake_clear();
    fake_put(0, at("2026-03-31T23:59:59Z"), F_COST, fake_money("1"));
    fake_put(0, at("2026-04-01T00:00:00Z"), F_COST, fake_money("2"));
    query.has_period = true;
    query.period.unit = CT_CALENDAR_YEAR;
    query.calendar.year_month = 4;
    struct ct_result *result = run(&query);
    assert_int_equal(result->row_count, 2);
    assert_string_equal(time_text(result, 0), "2025-04-01T00:00:00Z");
    assert_string_equal(time_text(result, 1), "2026-04-01T00:00:00Z");
    assert_string_equal(fake_show(&result->columns[1], 1), "2");
    ct_result_destroy(result);
    query.bucket_ns = 1;
    struct ct_error err;
    assert_int_equal(run_status(&query, NULL, &err), CT_INVALID);
}

/* So that buckets of an hour are not cut for all of time. */
static void an_open_range_is_narrowed_to_its_rows(void **state)
{
    (void)state;
    fake_clear();
    int64_t start_ns = INT64_MIN;
    int64_t end_ns = INT64_MAX;
    assert_int_equal(ct_time_bounds(&fake, 0, &start_ns, &end_ns, NULL), CT_OK);
    assert_true(start_ns >= end_ns);
    fake_put(0, -70, F_COST, fake_money("1"));
    fake_put(0, 90, F_COST, fake_money("1"));
    start_ns = INT64_MIN;
    end_ns = INT64_MAX;
    assert_int_equal(ct_time_bounds(&fake, 0, &start_ns, &end_ns, NULL), CT_OK);
    assert_int_equal(start_ns, -70);
    assert_int_equal(end_ns, 91);
    start_ns = -100; /* what is given stays */
    end_ns = INT64_MAX;
    assert_int_equal(ct_time_bounds(&fake, 0, &start_ns, &end_ns, NULL), CT_OK);
    assert_int_equal(start_ns, -100);
    assert_int_equal(end_ns, 91);
    const struct ct_aggregate *sum;
    struct ct_query query = sum_of_cost(&sum);
    fake_put(0, INT64_MAX, F_COST, fake_money("1"));
    query.has_period = true;
    query.period.unit = CT_CALENDAR_YEAR;
    struct ct_result *result = run(&query);
    assert_int_equal(result->row_count, 3); /* 1969, 1970 and the last year of all */
    ct_result_destroy(result);
}

/* -- Filling ---------------------------------------------------------------------------------- */

/* Days 1, 2 and 5 of six; the second group has day 4 only. */
static struct ct_query days_with_gaps(const struct ct_aggregate **sum, const struct ct_text *tag)
{
    struct ct_query query = sum_of_cost(sum);
    fake_clear();
    fake.codes[0][T_PROVIDER] = 1; /* aws */
    fake.codes[1][T_PROVIDER] = 2; /* gcp */
    fake_put(0, 1 * CT_DAY_NS, F_COST, fake_money("1.00"));
    fake_put(0, 2 * CT_DAY_NS, F_COST, fake_money("2.00"));
    fake_put(0, 5 * CT_DAY_NS, F_COST, fake_money("3.00"));
    fake_put(1, 4 * CT_DAY_NS, F_COST, fake_money("7"));
    query.tags = tag;
    query.tag_count = 1;
    query.start_ns = 0;
    query.end_ns = 6 * CT_DAY_NS;
    query.bucket_ns = CT_DAY_NS;
    return query;
}

/* Expected: of each day, "aws gcp", by commas. */
static void assert_days(const struct ct_query *query, const char *expected)
{
    struct ct_result *result = run(query);
    char shown[600] = "";
    for (uint64_t row = 0; row < result->row_count; row++) {
        append(shown, fake_show(&result->columns[2], row), SIZE_MAX);
        append(shown, row % 2 ? ", " : " ", SIZE_MAX);
    }
    assert_string_equal(shown, expected);
    ct_result_destroy(result);
}

static void gaps_are_filled_as_asked(void **state)
{
    (void)state;
    const struct ct_text provider = ct_text_of("provider");
    const struct ct_aggregate *sum;
    struct ct_query query = days_with_gaps(&sum, &provider);
    query.fill = CT_FILL_NULL;
    assert_days(&query, "null null, 1 null, 2 null, null null, null 7, 3 null, ");
    query.fill = CT_FILL_PREVIOUS;
    assert_days(&query, "null null, 1 null, 2 null, 2 null, 2 7, 3 7, ");
    query.fill = CT_FILL_LINEAR;
    assert_days(&query, "null null, 1 null, 2 null, 2.333333 null, 2.666667 7, 3 null, ");
    query.has_fill_scale = true;
    query.fill_scale = 2;
    assert_days(&query, "null null, 1 null, 2 null, 2.33 null, 2.67 7, 3 null, ");
    query.fill = CT_FILL_VALUE;
    query.fill_value = (struct ct_decimal){-5, 1};
    assert_days(&query, "-0.5 -0.5, 1 -0.5, 2 -0.5, -0.5 -0.5, -0.5 7, 3 -0.5, ");
}

static void an_open_range_is_filled_between_its_rows(void **state)
{
    (void)state;
    const struct ct_text provider = ct_text_of("provider");
    const struct ct_aggregate *sum;
    struct ct_query query = days_with_gaps(&sum, &provider);
    query.start_ns = INT64_MIN;
    query.end_ns = INT64_MAX;
    query.fill = CT_FILL_NULL;
    assert_days(&query, "1 null, 2 null, null null, null 7, 3 null, ");
    query.end_ns = INT64_MAX - 1; /* closed, and far */
    struct ct_error err;
    const struct ct_query_options options = {.rows_max = 1000};
    assert_int_equal(run_status(&query, &options, &err), CT_LIMIT);
}

static void counts_of_buckets_without_rows_are_filled_too(void **state)
{
    (void)state;
    const struct ct_text provider = ct_text_of("provider");
    const struct ct_aggregate *sum;
    const struct ct_aggregate count = {.function = CT_COUNT};
    struct ct_query query = days_with_gaps(&sum, &provider);
    query.tag_count = 0;
    query.aggregates = &count;
    query.fill = CT_FILL_NULL;
    struct ct_result *result = run(&query);
    assert_int_equal(result->row_count, 6);
    assert_int_equal(result->columns[1].uint64[3], 0);
    ct_result_destroy(result);
    query.fill = CT_FILL_VALUE;
    query.fill_value = (struct ct_decimal){9, 0};
    result = run(&query);
    assert_int_equal(result->columns[1].uint64[3], 9);
    assert_int_equal(result->columns[1].uint64[4], 1);
    ct_result_destroy(result);
    query.fill_value = (struct ct_decimal){-1, 0};
    struct ct_error err;
    assert_int_equal(run_status(&query, NULL, &err), CT_RANGE);
}

/* -- The first of each bucket ----------------------------------------------------------------- */

static void each_bucket_keeps_its_first_rows(void **state)
{
    (void)state;
    const struct ct_text provider = ct_text_of("provider");
    const struct ct_aggregate *sum;
    struct ct_query query = sum_of_cost(&sum);
    fake_clear();
    for (uint32_t series = 0; series < 6; series++)
        fake.codes[series][T_PROVIDER] = series + 1;
    for (uint32_t series = 0; series < 6; series++) {
        for (int64_t day = 0; day < 3; day++) {
            char text[8];
            snprintf(text, sizeof text, "%d", (int)(series * (uint32_t)(day + 1) % 4));
            fake_put(series, day * CT_DAY_NS, F_COST, fake_money(text));
        }
    }
    query.tags = &provider;
    query.tag_count = 1;
    query.bucket_ns = CT_DAY_NS;
    query.order = (struct ct_order){ct_text_of("sum_cost_usd"), true};
    query.bucket_limit = 2;
    struct ct_result *result = run(&query);
    char shown[300] = "";
    for (uint64_t row = 0; row < result->row_count; row++) {
        append(shown, result->columns[1].text[row].bytes, SIZE_MAX);
        append(shown, " ", SIZE_MAX);
        append(shown, fake_show(&result->columns[2], row), SIZE_MAX);
        append(shown, row % 2 ? "; " : ", ", SIZE_MAX);
    }
    /* by series aws gcp azure a zz oci: 0 1 2 3 0 1, then 0 2 0 2 0 2, then 0 3 2 1 0 3 */
    assert_string_equal(shown, "a 3, azure 2; a 2, gcp 2; gcp 3, oci 3; ");
    ct_result_destroy(result);
    query.bucket_ns = 0;
    struct ct_error err;
    assert_int_equal(run_status(&query, NULL, &err), CT_INVALID);
}

/* -- Computed columns ------------------------------------------------------------------------- */

static void columns_are_computed_exactly_from_columns(void **state)
{
    (void)state;
    fake_clear();
    fake_put(0, 0, F_COST, fake_money("10.00"));
    fake_put(0, 0, F_REQUESTS, (struct ct_value){.type = CT_INT64, .int64 = 3});
    const struct ct_aggregate aggregates[] = {
        {.function = CT_SUM, .field = {"cost_usd", 8}, .name = {"cost", 4}},
        {.function = CT_SUM, .field = {"requests", 8}, .name = {"requests", 8}},
        {.function = CT_SUM, .field = {"bytes", 5}, .name = {"bytes", 5}}};
    const struct ct_operand cost = {.column = {"cost", 4}};
    const struct ct_operand requests = {.column = {"requests", 8}};
    const struct ct_operand million = {.constant = {1000000, 0}};
    const struct ct_computed computed[] = {
        {.operation = CT_DIVIDE, .left = cost, .right = requests, .name = {"each", 4}},
        {.operation = CT_DIVIDE,
         .left = cost,
         .right = requests,
         .name = {"cents", 5},
         .has_scale = true,
         .scale = 2},
        {.operation = CT_MULTIPLY,
         .left = {.column = {"cents", 5}},
         .right = million,
         .name = {"m", 1}},
        {.operation = CT_SUBTRACT, .left = cost, .right = {.column = {"m", 1}}, .name = {"d", 1}},
        {.operation = CT_DIVIDE, .left = cost, .right = {.constant = {0, 0}}, .name = {"z", 1}},
        {.operation = CT_ADD, .left = cost, .right = {.column = {"bytes", 5}}, .name = {"n", 1}},
    };
    const struct ct_aggregate *sum;
    struct ct_query query = sum_of_cost(&sum);
    query.aggregates = aggregates;
    query.aggregate_count = 3;
    query.computed = computed;
    query.computed_count = 6;
    struct ct_result *result = run(&query);
    assert_string_equal(fake_show(&result->columns[3], 0), "3.333333333333");
    assert_true(result->columns[3].is_money);
    assert_string_equal(fake_show(&result->columns[4], 0), "3.33");
    assert_string_equal(fake_show(&result->columns[5], 0), "3330000");
    assert_string_equal(fake_show(&result->columns[6], 0), "-3329990");
    assert_string_equal(fake_show(&result->columns[7], 0), "null"); /* divided by 0 */
    assert_string_equal(fake_show(&result->columns[8], 0), "null"); /* of null */
    ct_result_destroy(result);
    const struct ct_computed unknown = {
        .left = {.column = {"price", 5}}, .right = cost, .name = {"x", 1}};
    query.computed = &unknown;
    query.computed_count = 1;
    struct ct_error err;
    assert_int_equal(run_status(&query, NULL, &err), CT_NOT_FOUND);
    assert_non_null(strstr(err.text, "price"));
}

static void a_mean_is_rounded_half_to_even_at_its_scale(void **state)
{
    (void)state;
    fake_clear();
    fake_put(0, 0, F_COST, fake_money("0.01"));
    fake_put(0, 1, F_COST, fake_money("0.04"));
    struct ct_aggregate mean = {
        .function = CT_MEAN, .field = {"cost_usd", 8}, .has_scale = true, .scale = 2};
    const struct ct_aggregate *sum;
    struct ct_query query = sum_of_cost(&sum);
    query.aggregates = &mean;
    struct ct_result *result = run(&query);
    assert_string_equal(fake_show(&result->columns[0], 0), "0.02"); /* 0.025 */
    ct_result_destroy(result);
    mean.scale = 39;
    struct ct_error err;
    assert_int_equal(run_status(&query, NULL, &err), CT_INVALID);
}

/* -- Credits and basis ------------------------------------------------------------------------ */

static void a_credit_makes_a_group_negative_and_sorts_below_zero(void **state)
{
    (void)state;
    const struct ct_text service = ct_text_of("service");
    const struct ct_aggregate *sum;
    struct ct_query query = sum_of_cost(&sum);
    fake_clear();
    fake.codes[0][T_SERVICE] = 1; /* ec2 */
    fake_put(0, 0, F_COST, fake_money("10.00"));
    fake_put(0, 0, F_COST, fake_money("-12.00"));
    fake_put(1, 0, F_COST, fake_money("0.00")); /* without the tag */
    query.tags = &service;
    query.tag_count = 1;
    query.order = (struct ct_order){ct_text_of("sum_cost_usd"), true};
    struct ct_result *result = run(&query);
    assert_string_equal(fake_show(&result->columns[1], 0), "0");
    assert_string_equal(fake_show(&result->columns[1], 1), "-2");
    assert_int_equal(result->columns[0].text[0].len, 0);
    ct_result_destroy(result);
}

static void a_basis_chooses_the_cost_and_says_what_there_is(void **state)
{
    (void)state;
    const struct ct_aggregate *unused;
    struct ct_query query = sum_of_cost(&unused);
    const struct ct_aggregate sum = {.function = CT_SUM};
    fake_clear();
    fake_put(0, 0, F_COST, fake_money("1"));
    query.aggregates = &sum;
    query.basis = CT_BASIS_BILLED;
    struct ct_result *result = run(&query);
    assert_true(ct_text_equal(result->columns[0].name, ct_text_of("sum_cost_usd")));
    ct_result_destroy(result);
    struct ct_error err;
    query.basis = CT_BASIS_EFFECTIVE;
    assert_int_equal(run_status(&query, NULL, &err), CT_NOT_FOUND);
    assert_non_null(strstr(err.text, "effective"));
    assert_non_null(strstr(err.text, "cost_usd"));
    query.basis = CT_BASIS_NONE;
    assert_int_equal(run_status(&query, NULL, &err), CT_INVALID);
}

/* -- Billing periods -------------------------------------------------------------------------- */

/* September invoiced 1,000.00; November's file corrects it by -50.00 with a charge of September. */
static struct ct_query corrected_september(const struct ct_aggregate **sum)
{
    struct ct_query query = sum_of_cost(sum);
    fake_clear();
    fake.codes[0][T_BILLING] = 1; /* 2026-09 */
    fake.codes[1][T_BILLING] = 3; /* 2026-11 */
    fake.codes[2][T_BILLING] = 4; /* 2026-11-15: the same month */
    fake.codes[3][T_BILLING] = 5; /* "soon": none */
    fake_put(0, at("2026-09-30T23:00:00Z"), F_COST, fake_money("1000.00"));
    fake_put(1, at("2026-09-10T00:00:00Z"), F_COST, fake_money("-50.00"));
    fake_put(2, at("2026-11-02T00:00:00Z"), F_COST, fake_money("7"));
    fake_put(3, at("2026-10-05T00:00:00Z"), F_COST, fake_money("0.30"));
    fake_put(4, at("2026-10-06T00:00:00Z"), F_COST, fake_money("0.05")); /* without the tag */
    query.has_period = true;
    query.period.unit = CT_CALENDAR_MONTH;
    return query;
}

static void assert_months(const struct ct_query *query, const char *expected)
{
    struct ct_result *result = run(query);
    char shown[300] = "";
    for (uint64_t row = 0; row < result->row_count; row++) {
        append(shown, time_text(result, row), 7);
        append(shown, " ", SIZE_MAX);
        append(shown, fake_show(&result->columns[1], row), SIZE_MAX);
        append(shown, "; ", SIZE_MAX);
    }
    assert_string_equal(shown, expected);
    ct_result_destroy(result);
}

static void a_correction_counts_in_the_month_that_carries_it(void **state)
{
    (void)state;
    const struct ct_aggregate *sum;
    struct ct_query query = corrected_september(&sum);
    assert_months(&query, "2026-09 950; 2026-10 0.35; 2026-11 7; ");
    query.dating = CT_DATED_BY_BILLING;
    assert_months(&query, "2026-09 1000; 2026-10 0.35; 2026-11 -43; ");
    query.start_ns = at("2026-10-01");
    query.end_ns = at("2026-11-01");
    assert_months(&query, "2026-10 0.35; ");
    query.start_ns = at("2026-10-02"); /* the months that begin in the range */
    query.end_ns = at("2026-11-03");
    assert_months(&query, "2026-11 -43; ");
    query.has_period = false;
    struct ct_result *result = run(&query);
    assert_string_equal(fake_show(&result->columns[0], 0), "-43");
    ct_result_destroy(result);
}

static void billing_periods_are_months(void **state)
{
    (void)state;
    const struct ct_aggregate *sum;
    struct ct_query query = corrected_september(&sum);
    struct ct_error err;
    query.dating = CT_DATED_BY_BILLING;
    query.period.unit = CT_CALENDAR_DAY;
    assert_int_equal(run_status(&query, NULL, &err), CT_INVALID);
    query.has_period = false;
    query.bucket_ns = CT_DAY_NS;
    assert_int_equal(run_status(&query, NULL, &err), CT_INVALID);
    const struct ct_aggregate rate = {.function = CT_RATE, .field = {"cost_usd", 8}};
    query.bucket_ns = 0;
    query.aggregates = &rate;
    assert_int_equal(run_status(&query, NULL, &err), CT_INVALID);
}

/* -- Limits ----------------------------------------------------------------------------------- */

static int64_t ticking(void *context)
{
    return *(int64_t *)context += 1000000;
}

static void a_query_ends_when_its_time_is_up(void **state)
{
    (void)state;
    const struct ct_aggregate *sum;
    const struct ct_query query = sum_of_cost(&sum);
    int64_t now_ns = 0;
    const struct ct_clock clock = {&now_ns, ticking, ticking};
    fake_make(5, 0, 1, 0);
    struct ct_error err;
    struct ct_query_options options = {
        .elapsed_max_ns = 3000000, .clock = &clock, .ignores_rollups = true};
    assert_int_equal(run_status(&query, &options, &err), CT_LIMIT);
    assert_non_null(strstr(err.text, "3 ms"));
    options.elapsed_max_ns = INT64_MAX;
    assert_int_equal(run_status(&query, &options, &err), CT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_and_weeks_have_the_hours_that_clocks_show),
        cmocka_unit_test(fiscal_years_begin_where_they_are_said_to),
        cmocka_unit_test(an_open_range_is_narrowed_to_its_rows),
        cmocka_unit_test(gaps_are_filled_as_asked),
        cmocka_unit_test(an_open_range_is_filled_between_its_rows),
        cmocka_unit_test(counts_of_buckets_without_rows_are_filled_too),
        cmocka_unit_test(each_bucket_keeps_its_first_rows),
        cmocka_unit_test(columns_are_computed_exactly_from_columns),
        cmocka_unit_test(a_mean_is_rounded_half_to_even_at_its_scale),
        cmocka_unit_test(a_credit_makes_a_group_negative_and_sorts_below_zero),
        cmocka_unit_test(a_basis_chooses_the_cost_and_says_what_there_is),
        cmocka_unit_test(a_correction_counts_in_the_month_that_carries_it),
        cmocka_unit_test(billing_periods_are_months),
        cmocka_unit_test(a_query_ends_when_its_time_is_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
