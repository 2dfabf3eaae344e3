/* Claim: the first rows of an answer ordered by a sum are the same, to the last digit, whether
 * groups that cannot be among them are left out by the statistics of stored blocks or every block
 * is decoded: for any range, limit and filter, with refunds, missing values, several scales, rows
 * that were written twice and rows that are in memory still. And they are left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "query.h"
#include "sim_random.h"

#define FIRST_TIME_NS INT64_C(1780272000000000000) /* 2026-06-01 */
#define HOUR_NS       INT64_C(3600000000000)
#define RESOURCES     900
#define HOURS         96 /* 86,400 rows: enough for it to be tried */
#define QUESTIONS     60

static struct ct_env env;
static struct ct_store *store;
static struct ct_intake *intake;
static struct sim_random dice;
static uint32_t narrowed_count; /* questions that read fewer rows */

static uint64_t below(uint64_t end)
{
    return sim_random_below(&dice, end);
}

static void must(ct_status status, const struct ct_error *err)
{
    if (status != CT_OK)
        fail_msg("%s", err->text);
}

static int begin(void **state)
{
    (void)state;
    struct ct_error err;
    dice = sim_random_of(7);
    env = (struct ct_env){.allocator = ct_allocator_system(),
                          .clock = ct_clock_system(),
                          .io = ct_io_memory_create(ct_allocator_system())};
    must(ct_store_open(&env, "store", NULL, &store, &err), &err);
    must(ct_intake_create(ct_store_catalog(store), env.allocator, ct_text_of("default"), &intake,
                          &err),
         &err);
    return 0;
}

static int end(void **state)
{
    (void)state;
    struct ct_error err;
    ct_intake_destroy(intake);
    must(ct_store_close(store, &err), &err);
    ct_io_memory_destroy(env.io);
    return 0;
}

/* -- Rows -------------------------------------------------------------------------------------- */

static uint32_t series_of(uint32_t table, uint32_t resource, const char *currency)
{
    char resource_id[16];
    char team[16];
    struct ct_error err;
    uint32_t series;
    struct ct_tag tags[3];
    uint32_t count = 0;
    snprintf(resource_id, sizeof resource_id, "r-%04u", resource * 7919 % 10000);
    snprintf(team, sizeof team, "team-%u", resource % 3);
    if (currency)
        tags[count++] = (struct ct_tag){ct_text_of("currency"), ct_text_of(currency)};
    tags[count++] = (struct ct_tag){ct_text_of("resource_id"), ct_text_of(resource_id)};
    if (resource % 5)
        tags[count++] = (struct ct_tag){ct_text_of("team"), ct_text_of(team)};
    must(ct_intake_series(intake, table, tags, count, &series, &err), &err);
    return series;
}

static uint32_t column_of(uint32_t table, const char *name, enum ct_type type)
{
    struct ct_error err;
    uint32_t column;
    must(ct_intake_column(intake, table, ct_text_of(name), type, &column, &err), &err);
    return column;
}

/* Few resources cost much, as in a bill; one in nine is refunded; some rows have no cost. */
static void add_row(uint32_t resource, int64_t time_ns, const char *currency)
{
    struct ct_error err;
    uint32_t table;
    must(ct_intake_table(intake, ct_text_of("cost"), &table, &err), &err);
    int64_t price = ct_pow10_int64[resource * 31 % 97 % 5] * (1 + resource % 4);
    if (resource % 9 == 0)
        price = -price;
    struct ct_row_value values[2] = {
        {.column = column_of(table, "usage_quantity", CT_DECIMAL), .narrow = 1 + (int64_t)below(9)},
        {.column = column_of(table, "cost_usd", CT_DECIMAL), .scale = resource % 11 ? 6 : 2}};
    values[1].narrow = price * (90 + (int64_t)below(20));
    const uint32_t value_count = below(12) ? 2 : 1;
    must(ct_intake_row(intake, table, series_of(table, resource, currency), time_ns, values,
                       value_count, &err),
         &err);
}

static void commit(void)
{
    struct ct_error err;
    struct ct_commit_result result;
    must(ct_store_commit(store, intake, &result, &err), &err);
}

static void compact(void)
{
    struct ct_error err;
    must(ct_store_compact(store, &err), &err);
}

static void add_hours(int64_t first, int64_t last)
{
    for (int64_t hour = first; hour < last; hour++) {
        for (uint32_t resource = 0; resource < RESOURCES; resource++)
            add_row(resource, FIRST_TIME_NS + hour * HOUR_NS, NULL);
        commit();
    }
}

/* -- Questions --------------------------------------------------------------------------------- */

static ct_status ask(const struct ct_query *query, bool ignores_stats, struct ct_result **out)
{
    struct ct_error err = {0};
    struct ct_snapshot *snapshot;
    const struct ct_query_options options = {.threads = 1 + (uint32_t)below(2),
                                             .ignores_stats = ignores_stats};
    must(ct_snapshot_take(store, &snapshot, &err), &err);
    const ct_status status =
        ct_query_run(snapshot, ct_store_catalog(store), env.allocator, query, &options, out, &err);
    ct_snapshot_release(snapshot);
    return status;
}

static void assert_same(const struct ct_result *a, const struct ct_result *b)
{
    assert_int_equal(a->row_count, b->row_count);
    assert_int_equal(a->column_count, b->column_count);
    for (uint32_t c = 0; c < a->column_count; c++)
        for (uint64_t row = 0; row < a->row_count; row++) {
            const struct ct_result_column *left = &a->columns[c];
            const struct ct_result_column *right = &b->columns[c];
            assert_int_equal(left->is_null[row], right->is_null[row]);
            if (left->is_null[row])
                continue;
            if (left->type == CT_RESULT_TEXT)
                assert_true(ct_text_equal(left->text[row], right->text[row]));
            else if (left->type == CT_RESULT_DECIMAL)
                assert_int_equal(ct_decimal_sum_compare(&left->decimal[row], &right->decimal[row]),
                                 0);
            else
                assert_int_equal(left->uint64[row], right->uint64[row]);
        }
}

static void check(const struct ct_query *query)
{
    struct ct_result *narrowed = NULL;
    struct ct_result *whole = NULL;
    assert_int_equal(ask(query, false, &narrowed), CT_OK);
    assert_int_equal(ask(query, true, &whole), CT_OK);
    assert_same(narrowed, whole);
    narrowed_count += narrowed->stats.rows_scanned < whole->stats.rows_scanned;
    ct_result_destroy(narrowed);
    ct_result_destroy(whole);
}

static void ask_any(void)
{
    const struct ct_aggregate aggregates[] = {
        {.function = CT_COUNT, .field = ct_text_of("cost_usd"), .name = ct_text_of("rows")},
        {.function = CT_SUM, .field = ct_text_of("cost_usd")},
        {.function = CT_SUM, .field = ct_text_of("usage_quantity"), .name = ct_text_of("usage")},
    };
    const struct ct_text tags[2] = {ct_text_of("resource_id"), ct_text_of("team")};
    const struct ct_text team = ct_text_of(below(2) ? "team-1" : "");
    const struct ct_filter is_team = {
        .kind = CT_FILTER_IN, .tag = tags[1], .values = &team, .value_count = 1};
    const int64_t start_ns = FIRST_TIME_NS - HOUR_NS + (int64_t)below(HOURS * HOUR_NS);
    const struct ct_query query = {
        .table = ct_text_of("cost"),
        .aggregates = aggregates,
        .aggregate_count = 3,
        .tags = tags,
        .tag_count = 1 + (uint32_t)below(2),
        .filter = below(3) ? NULL : &is_team,
        .start_ns = below(8) ? start_ns : INT64_MIN,
        .end_ns = below(8) ? start_ns + (int64_t)below(40 * HOUR_NS) + 1 : INT64_MAX,
        .order = {ct_text_of(below(4) ? "sum_cost_usd" : "usage"), below(8) > 0},
        .limit = below(6) ? 1 + below(12) : below(2000),
        .skips_empty = below(2) == 0,
    };
    check(&query);
}

static uint32_t ask_many(void)
{
    narrowed_count = 0;
    for (int i = 0; i < QUESTIONS; i++)
        ask_any();
    return narrowed_count;
}

/* -- Tests ------------------------------------------------------------------------------------- */

static void answers_are_those_of_all_blocks(void **state)
{
    (void)state;
    add_hours(0, HOURS);
    compact();
    assert_true(ask_many() > 0);
    add_hours(HOURS, HOURS + 2); /* in memory */
    assert_true(ask_many() > 0);
    for (uint32_t resource = 0; resource < RESOURCES; resource += 41) /* a second time */
        for (int64_t hour = 20; hour < 60; hour++)
            add_row(resource, FIRST_TIME_NS + hour * HOUR_NS, NULL);
    commit();
    (void)ask_many();
    compact();
    assert_true(ask_many() > 0);
}

static void a_second_currency_is_found_among_the_least(void **state)
{
    (void)state;
    const struct ct_text tag = ct_text_of("resource_id");
    const struct ct_aggregate cost = {
        .function = CT_SUM, .field = ct_text_of("cost_usd"), .name = ct_text_of("cost")};
    const struct ct_query query = {
        .table = ct_text_of("cost"),
        .aggregates = &cost,
        .aggregate_count = 1,
        .tags = &tag,
        .tag_count = 1,
        .start_ns = FIRST_TIME_NS + 1,
        .end_ns = FIRST_TIME_NS + 24 * HOUR_NS + 1,
        .order = {cost.name, true},
        .limit = 3,
    };
    struct ct_result *result = NULL;
    for (int64_t hour = 1; hour < 90; hour++)
        add_row(9, FIRST_TIME_NS + hour * HOUR_NS, "EUR");
    commit();
    compact();
    assert_int_equal(ask(&query, false, &result), CT_CURRENCY);
    assert_int_equal(ask(&query, true, &result), CT_CURRENCY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_all_blocks),
        cmocka_unit_test(a_second_currency_is_found_among_the_least),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
