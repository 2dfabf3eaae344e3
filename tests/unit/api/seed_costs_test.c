/* The seed's calls on costs: rows C13 to C16 of the table of contradictions between the seed's
 * document and its code, and what was decided beyond it. Rows that concern programs around the
 * library are tested with those: C23 to C25 (one server for agents and dashboards), C26 (prices of
 * agents), C28 (imports of the Python samples). C27, units: they are in the header, field by field,
 * and the values of these tests are in them. */
#include "seed_fixture.h"

#include <stdlib.h>

static void add(struct seed *seed, const centime_cost_entry *entry)
{
    expect_ok(seed, centime_writer_costs(seed->writer, entry, 1, NULL, &seed->err));
}

static void c13_equal_entries_count_each_and_repeated_ids_once(void **state)
{
    struct seed *seed = *state;
    centime_cost_entry entry = seed_cost("0.10");
    for (int i = 0; i < 10; i++)
        add(seed, &entry);
    expect_contains(costs_json(seed), "{\"total_cost\":1.00,");
    entry.entry_id = "retry-1";
    for (int i = 0; i < 10; i++)
        add(seed, &entry);
    expect_contains(costs_json(seed), "{\"total_cost\":1.10,");
    entry.entry_id = "~1.0"; /* never what a fresh one could be */
    assert_int_equal(centime_writer_costs(seed->writer, &entry, 1, NULL, &seed->err),
                     CENTIME_INVALID);
}

static void c14_an_entry_is_an_amount(void **state)
{
    struct seed *seed = *state;
    const centime_cost_entry entry = seed_cost("3.50");
    add(seed, &entry);
    expect_contains(costs_json(seed), "{\"total_cost\":3.50,");
}

static void c15_the_summary_has_the_seeds_keys(void **state)
{
    struct seed *seed = *state;
    static const centime_cost_tag tags[] = {{"team", "ml-research"}, {"project", "llm-training"}};
    centime_cost_entry entry = seed_cost("3.50");
    entry.tags = tags;
    entry.tag_count = 2;
    add(seed, &entry);
    entry = seed_cost("-0.25");
    entry.provider = NULL; /* counts under "" */
    add(seed, &entry);
    assert_string_equal(
        costs_json(seed),
        "{\"total_cost\":3.25,\"by_provider\":{\"\":-0.25,\"aws\":3.50},"
        "\"by_service\":{\"ec2\":3.25},\"by_cluster\":{\"\":3.25},"
        "\"by_region\":{\"us-west-2\":3.25},\"by_tag\":{\"project\":{\"llm-training\":3.50},"
        "\"team\":{\"ml-research\":3.50}},"
        "\"top_resources\":[{\"resource_id\":\"i-1234567890abcdef0\",\"cost\":3.25}],"
        "\"currency\":\"USD\","
        "\"window\":{\"start\":\"2026-05-31T00:00:00Z\",\"end\":\"2026-06-01T00:00:00Z\"}}");
}

static void c16_an_empty_summary_is_zero(void **state)
{
    struct seed *seed = *state;
    expect_contains(costs_json(seed),
                    "{\"total_cost\":0.00,\"by_provider\":{},\"by_service\":{},\"by_cluster\":{},"
                    "\"by_region\":{},\"by_tag\":{},\"top_resources\":[],");
}

/* -- Decided beyond the table -------------------------------------------------------------------
 */

static void every_member_of_an_entry_is_kept(void **state)
{
    struct seed *seed = *state;
    centime_cost_entry entry = seed_cost("7.8125e-08");
    entry.account = "123456789012";
    entry.cluster = "c";
    entry.currency = "EUR";
    entry.source = "cur";
    entry.billing_period = "2026-06";
    entry.invoice_id = "E1";
    entry.usage_quantity = "12345678901234567890.5";
    entry.charge_end_ns = NOW + HOUR;
    entry.entry_id = "e-1";
    add(seed, &entry);
    static const char *const fields[] = {"cost_usd", "usage_quantity", "charge_end", "entry_id"};
    static const char *const tags[] = {"account",        "cluster",    "currency", "source",
                                       "billing_period", "invoice_id", "region"};
    centime_query query = CENTIME_QUERY_INIT;
    query.table = "cost";
    query.mode = CENTIME_ROWS;
    query.fields = fields;
    query.field_count = 4;
    query.tags = tags;
    query.tag_count = 7;
    centime_result *result = NULL;
    centime_buffer *buffer = NULL;
    expect_ok(seed, centime_run(seed->store, &query, &result, &seed->err));
    expect_ok(seed, centime_result_format(result, CENTIME_NDJSON, &buffer, &seed->err));
    assert_string_equal(
        text_of(buffer),
        "{\"time\":\"2026-06-01T00:00:00Z\",\"account\":\"123456789012\",\"cluster\":\"c\","
        "\"currency\":\"EUR\",\"source\":\"cur\",\"billing_period\":\"2026-06\","
        "\"invoice_id\":\"E1\",\"region\":\"us-west-2\",\"cost_usd\":0.000000078125,"
        "\"usage_quantity\":12345678901234567890.5,\"charge_end\":1780275600000000000,"
        "\"entry_id\":\"e-1\"}\n");
    centime_result_destroy(result);
}

static void an_entry_needs_an_amount_and_tags_differ(void **state)
{
    struct seed *seed = *state;
    centime_cost_entry entry = seed_cost(NULL);
    assert_int_equal(centime_writer_costs(seed->writer, &entry, 1, NULL, &seed->err),
                     CENTIME_INVALID);
    entry = seed_cost("3,50");
    assert_int_equal(centime_writer_costs(seed->writer, &entry, 1, NULL, &seed->err),
                     CENTIME_PARSE);
    static const centime_cost_tag twice[] = {{"team", "a"}, {"team", "b"}};
    entry = seed_cost("1");
    entry.tags = twice;
    entry.tag_count = 2;
    assert_int_equal(centime_writer_costs(seed->writer, &entry, 1, NULL, &seed->err),
                     CENTIME_INVALID);
    assert_int_equal(seed->err.line, 1);
    expect_contains(costs_json(seed), "{\"total_cost\":0.00,");
}

static uint64_t overwritten(struct seed *seed, const char *id, const char *cost)
{
    centime_cost_entry entries[] = {seed_cost("1.00"), seed_cost(cost)};
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    entries[1].entry_id = id;
    expect_ok(seed, centime_writer_costs(seed->writer, entries, 2, &result, &seed->err));
    return result.overwritten_money;
}

static void overwriting_is_counted_where_ids_are_given(void **state)
{
    struct seed *seed = *state;
    assert_int_equal(overwritten(seed, NULL, "2.00"), 0);
    assert_int_equal(overwritten(seed, NULL, "2.00"), 0);
    assert_int_equal(overwritten(seed, "e-1", "2.00"), 0);
    assert_int_equal(overwritten(seed, "e-1", "2.00"), 0); /* a retry */
    assert_int_equal(overwritten(seed, "e-1", "3.00"), 1);
    assert_int_equal(overwritten(seed, NULL, "3.00"), 0);
}

static void a_batch_is_all_or_nothing(void **state)
{
    struct seed *seed = *state;
    centime_cost_entry entries[3];
    for (int i = 0; i < 3; i++)
        entries[i] = seed_cost("1.00");
    entries[2].cost_usd = "x";
    assert_int_equal(centime_writer_costs(seed->writer, entries, 3, NULL, &seed->err),
                     CENTIME_PARSE);
    assert_int_equal(seed->err.line, 3);
    expect_contains(costs_json(seed), "{\"total_cost\":0.00,");
    entries[2].cost_usd = "1";
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    expect_ok(seed, centime_writer_costs(seed->writer, entries, 3, &result, &seed->err));
    assert_int_equal(result.rows, 3);
    assert_true(result.commit > 0);
    expect_contains(costs_json(seed), "{\"total_cost\":3.00,");
}

/* Two openings of one folder never give the same id, whatever the clock says. */
static void fresh_ids_differ_after_opening_again(void **state)
{
    (void)state;
    char path[] = "/tmp/centime-ids-XXXXXX";
    assert_non_null(mkdtemp(path));
    centime_options options = CENTIME_OPTIONS_INIT;
    options.no_thread = 1;
    struct seed seed = {.err = CENTIME_ERROR_INIT};
    for (int opening = 0; opening < 3; opening++) {
        expect_ok(&seed, centime_open(path, &options, &seed.store, &seed.err));
        expect_ok(&seed, centime_writer_create(seed.store, NULL, &seed.writer, &seed.err));
        const centime_cost_entry entry = seed_cost("1.00");
        add(&seed, &entry);
        char total[32];
        (void)snprintf(total, sizeof total, "{\"total_cost\":%d.00,", opening + 1);
        expect_contains(costs_json(&seed), total);
        centime_writer_destroy(seed.writer);
        expect_ok(&seed, centime_close(seed.store, &seed.err));
    }
    char command[64];
    (void)snprintf(command, sizeof command, "rm -r %s", path);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEED_TEST(c13_equal_entries_count_each_and_repeated_ids_once),
        SEED_TEST(c14_an_entry_is_an_amount),
        SEED_TEST(c15_the_summary_has_the_seeds_keys),
        SEED_TEST(c16_an_empty_summary_is_zero),
        SEED_TEST(every_member_of_an_entry_is_kept),
        SEED_TEST(an_entry_needs_an_amount_and_tags_differ),
        SEED_TEST(overwriting_is_counted_where_ids_are_given),
        SEED_TEST(a_batch_is_all_or_nothing),
        cmocka_unit_test(fresh_ids_differ_after_opening_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
