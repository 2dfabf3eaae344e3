/* The seed's calls on budgets: rows C17 to C22 of the table of contradictions between the seed's
 * document and its code, and what was decided beyond it. */
#include "seed_fixture.h"

#define JUNE_10 (NOW + 9 * 24 * HOUR) /* a Wednesday */

static void add_cost(struct seed *seed, const char *cost, int64_t time_ns, const char *provider,
                     const char *team)
{
    const centime_cost_tag tag = {"team", team};
    const centime_cost_entry entry = {.struct_size = sizeof entry,
                                      .time_ns = time_ns,
                                      .provider = provider,
                                      .cost_usd = cost,
                                      .tags = &tag,
                                      .tag_count = team != NULL};
    expect_ok(seed, centime_writer_costs(seed->writer, &entry, 1, NULL, &seed->err));
}

static centime_budget budget_of(const char *id, const char *amount)
{
    return (centime_budget){.struct_size = sizeof(centime_budget), .id = id, .amount = amount};
}

static void set(struct seed *seed, const centime_budget *budget)
{
    expect_ok(seed, centime_budget_set(seed->store, NULL, budget, &seed->err));
}

static const char *status_at(struct seed *seed, int64_t now_ns)
{
    centime_buffer *buffer = NULL;
    expect_ok(seed,
              centime_budget_status_json(seed->store, NULL, NULL, now_ns, &buffer, &seed->err));
    return text_of(buffer);
}

static void expect_spent(struct seed *seed, const char *id, int64_t now_ns, const char *spent)
{
    centime_result *result = NULL;
    char text[CENTIME_DECIMAL_BYTES];
    expect_ok(seed, centime_budget_status(seed->store, NULL, id, now_ns, &result, &seed->err));
    (void)centime_result_print(result, (uint32_t)centime_result_find(result, "spent"), 0, text,
                               sizeof text);
    assert_string_equal(text, spent);
    centime_result_destroy(result);
}

static void c17_a_budget_has_the_seeds_fields(void **state)
{
    struct seed *seed = *state;
    static const char *const aws[] = {"aws"};
    static const char *const research[] = {"ml-research"};
    static const centime_budget_condition scope[] = {{"provider", aws, 1, 0},
                                                     {"tag.team", research, 1, 0}};
    centime_budget budget = budget_of("monthly-ai-budget", "50000.0");
    budget.name = "AI/ML Monthly Budget";
    budget.alert_threshold = "0.8";
    budget.conditions = scope;
    budget.condition_count = 2;
    set(seed, &budget);
    add_cost(seed, "3.50", JUNE_10, "aws", "ml-research");
    add_cost(seed, "7", JUNE_10, "gcp", "ml-research");
    assert_string_equal(status_at(seed, JUNE_10),
                        "{\"monthly-ai-budget\":{\"name\":\"AI/ML Monthly Budget\","
                        "\"amount\":50000.00,\"spent\":3.50,\"remaining\":49996.50,"
                        "\"percentage_used\":0.007,\"status\":\"ok\",\"currency\":\"USD\","
                        "\"period\":\"monthly\",\"period_start\":\"2026-06-01T00:00:00Z\","
                        "\"period_end\":\"2026-07-01T00:00:00Z\",\"other_currency_rows\":0}}");
}

static void c18_periods_are_calendar_months_and_earlier_spend_counts(void **state)
{
    struct seed *seed = *state;
    add_cost(seed, "1", NOW, "aws", NULL);
    add_cost(seed, "2", JUNE_10, "aws", NULL);
    add_cost(seed, "100", NOW - 1, "aws", NULL); /* May */
    const centime_budget budget = budget_of("b", "50");
    set(seed, &budget);
    expect_spent(seed, "b", JUNE_10, "3.00");
    expect_spent(seed, "b", NOW - 1, "100.00");
    expect_spent(seed, "b", NOW + 30 * 24 * HOUR, "0.00"); /* July */
}

static void c19_all_keys_must_match_and_a_missing_tag_does_not(void **state)
{
    struct seed *seed = *state;
    static const char *const aws[] = {"aws"};
    static const char *const ml[] = {"ml", NULL};
    centime_budget_condition scope[] = {{"provider", aws, 1, 0}, {"tag.team", ml, 1, 0}};
    centime_budget budget = budget_of("b", "100");
    budget.conditions = scope;
    budget.condition_count = 2;
    add_cost(seed, "1", JUNE_10, "aws", "ml");
    add_cost(seed, "2", JUNE_10, "aws", NULL);
    add_cost(seed, "4", JUNE_10, "gcp", "ml");
    add_cost(seed, "8", JUNE_10, "aws", "mlops");
    set(seed, &budget);
    expect_spent(seed, "b", JUNE_10, "1.00");
    scope[1].value_count = 2; /* ml, or none */
    set(seed, &budget);
    expect_spent(seed, "b", JUNE_10, "3.00");
    scope[1].value_count = 1;
    scope[1].is_negated = 1; /* not ml */
    set(seed, &budget);
    expect_spent(seed, "b", JUNE_10, "10.00");
    static const char *const like_ml[] = {"ml*"};
    scope[1] = (centime_budget_condition){"tag.team", like_ml, 1, 0};
    set(seed, &budget);
    expect_spent(seed, "b", JUNE_10, "9.00");
    budget.condition_count = 0;
    set(seed, &budget);
    expect_spent(seed, "b", JUNE_10, "15.00");
}

static void c20_the_alert_threshold_warns(void **state)
{
    struct seed *seed = *state;
    centime_budget budget = budget_of("b", "50");
    budget.alert_threshold = "0.5";
    set(seed, &budget);
    add_cost(seed, "24.99", JUNE_10, "aws", NULL);
    expect_contains(status_at(seed, JUNE_10), "\"status\":\"ok\"");
    add_cost(seed, "0.01", JUNE_10, "aws", NULL);
    expect_contains(status_at(seed, JUNE_10), "\"percentage_used\":50,\"status\":\"warning\"");
    add_cost(seed, "-0.01", JUNE_10, "aws", NULL); /* a credit */
    expect_contains(status_at(seed, JUNE_10), "\"percentage_used\":49.98,\"status\":\"ok\"");
}

static void c21_status_is_by_budget_id(void **state)
{
    struct seed *seed = *state;
    centime_budget budget = budget_of("b", "1");
    set(seed, &budget);
    budget.id = "a";
    set(seed, &budget);
    const char *text = status_at(seed, JUNE_10);
    assert_int_equal(strncmp(text, "{\"a\":{\"name\":\"a\",\"amount\":1.00,", 30), 0);
    expect_contains(text, "},\"b\":{\"name\":\"b\",");
    expect_ok(seed, centime_budget_remove(seed->store, NULL, "a", &seed->err));
    expect_ok(seed, centime_budget_remove(seed->store, NULL, "b", &seed->err));
    assert_string_equal(status_at(seed, JUNE_10), "{}");
    assert_int_equal(centime_budget_remove(seed->store, NULL, "b", &seed->err), CENTIME_NOT_FOUND);
    centime_buffer *buffer = NULL;
    assert_int_equal(centime_budget_status_json(seed->store, NULL, "b", 0, &buffer, &seed->err),
                     CENTIME_NOT_FOUND);
}

static void c22_exceeded_is_more_than_the_amount(void **state)
{
    struct seed *seed = *state;
    size_t exceeded = 9;
    const centime_budget budget = budget_of("b", "1.00");
    set(seed, &budget);
    for (int i = 0; i < 10; i++)
        add_cost(seed, "0.10", JUNE_10, "aws", NULL);
    expect_contains(status_at(seed, JUNE_10),
                    "\"remaining\":0.00,\"percentage_used\":100,\"status\":\"warning\"");
    expect_ok(seed,
              centime_budget_check(seed->store, NULL, NULL, JUNE_10, NULL, &exceeded, &seed->err));
    assert_int_equal(exceeded, 0);
    expect_ok(seed,
              centime_budget_check(seed->store, NULL, "b", JUNE_10, "1e-9", &exceeded, &seed->err));
    assert_int_equal(exceeded, 1);
    add_cost(seed, "0.000000000000000001", JUNE_10, "aws", NULL);
    expect_contains(status_at(seed, JUNE_10), "\"percentage_used\":100,\"status\":\"exceeded\"");
    expect_ok(seed,
              centime_budget_check(seed->store, NULL, NULL, JUNE_10, NULL, &exceeded, &seed->err));
    assert_int_equal(exceeded, 1);
}

/* -- Decided beyond the table -------------------------------------------------------------------
 */

static void periods_of_every_kind(void **state)
{
    struct seed *seed = *state;
    static const struct {
        uint32_t period;
        const char *start, *end;
    } cases[] = {
        {CENTIME_BUDGET_DAILY, "2026-06-10", "2026-06-11"},
        {CENTIME_BUDGET_WEEKLY, "2026-06-08", "2026-06-15"}, /* Mondays */
        {CENTIME_BUDGET_MONTHLY, "2026-06-01", "2026-07-01"},
        {CENTIME_BUDGET_QUARTERLY, "2026-04-01", "2026-07-01"},
        {CENTIME_BUDGET_YEARLY, "2026-01-01", "2027-01-01"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char wanted[128];
        centime_budget budget = budget_of("b", "1");
        budget.period = cases[i].period;
        set(seed, &budget);
        (void)snprintf(wanted, sizeof wanted,
                       "\"period_start\":\"%sT00:00:00Z\",\"period_end\":\"%sT00:00:00Z\"",
                       cases[i].start, cases[i].end);
        expect_contains(status_at(seed, JUNE_10 + HOUR), wanted);
    }
}

static void a_budget_may_keep_a_time_zone(void **state)
{
    struct seed *seed = *state;
    centime_budget budget = budget_of("b", "100");
    budget.period = CENTIME_BUDGET_DAILY;
    budget.time_zone = "America/New_York";
    if (centime_budget_set(seed->store, NULL, &budget, &seed->err) == CENTIME_NOT_FOUND &&
        strstr(seed->err.text, "tzdata"))
        skip();
    add_cost(seed, "1", JUNE_10 + 3 * HOUR, "aws", NULL); /* 23:00 the day before */
    add_cost(seed, "2", JUNE_10 + 4 * HOUR, "aws", NULL); /* midnight */
    expect_spent(seed, "b", JUNE_10 + 3 * HOUR, "1.00");
    expect_spent(seed, "b", JUNE_10 + 4 * HOUR, "2.00");
    budget.time_zone = "Atlantis/Capital";
    assert_int_equal(centime_budget_set(seed->store, NULL, &budget, &seed->err), CENTIME_NOT_FOUND);
    budget.time_zone = "../../etc/passwd";
    assert_int_equal(centime_budget_set(seed->store, NULL, &budget, &seed->err), CENTIME_INVALID);
}

static void add_billed(struct seed *seed, const char *cost, int64_t time_ns, const char *period)
{
    const centime_cost_entry entry = {.struct_size = sizeof entry,
                                      .time_ns = time_ns,
                                      .cost_usd = cost,
                                      .billing_period = period};
    expect_ok(seed, centime_writer_costs(seed->writer, &entry, 1, NULL, &seed->err));
}

static void the_billing_calendar_goes_by_billing_periods(void **state)
{
    struct seed *seed = *state;
    centime_budget budget = budget_of("b", "1000");
    budget.calendar = CENTIME_BUDGET_BILLING;
    set(seed, &budget);
    add_billed(seed, "1", NOW - HOUR, "2026-06");           /* used in May, billed in June */
    add_billed(seed, "2", JUNE_10, "2026-06-01");           /* both in June */
    add_billed(seed, "4", JUNE_10, "2026-07-01T00:00:00Z"); /* billed in July */
    add_billed(seed, "8", JUNE_10, NULL);                   /* goes by its time */
    add_billed(seed, "16", JUNE_10, "June");                /* cannot be read: as without */
    add_billed(seed, "32", NOW - HOUR, NULL);               /* May */
    expect_spent(seed, "b", JUNE_10, "27.00");
    expect_spent(seed, "b", NOW - HOUR, "32.00");
    expect_spent(seed, "b", JUNE_10 + 30 * 24 * HOUR, "4.00");
}

static void other_currencies_are_counted_apart(void **state)
{
    struct seed *seed = *state;
    centime_budget budget = budget_of("b", "100");
    set(seed, &budget);
    budget.id = "e";
    budget.currency = "EUR";
    set(seed, &budget);
    add_cost(seed, "1", JUNE_10, "aws", NULL);
    const centime_cost_entry euros = {
        .struct_size = sizeof euros, .time_ns = JUNE_10, .cost_usd = "5", .currency = "EUR"};
    expect_ok(seed, centime_writer_costs(seed->writer, &euros, 1, NULL, &seed->err));
    expect_ok(seed, centime_writer_costs(seed->writer, &euros, 1, NULL, &seed->err));
    expect_spent(seed, "b", JUNE_10, "1.00");
    expect_spent(seed, "e", JUNE_10, "10.00");
    const char *text = status_at(seed, JUNE_10);
    expect_contains(text, "\"other_currency_rows\":2}");
    expect_contains(text, "\"other_currency_rows\":1}");
}

static void status_follows_every_write_and_edit(void **state)
{
    struct seed *seed = *state;
    centime_budget budget = budget_of("b", "100");
    set(seed, &budget);
    expect_spent(seed, "b", JUNE_10, "0.00");
    for (int i = 1; i <= 5; i++) {
        char spent[16];
        add_cost(seed, "1", JUNE_10, "aws", NULL);
        (void)snprintf(spent, sizeof spent, "%d.00", i);
        expect_spent(seed, "b", JUNE_10, spent);
        expect_spent(seed, "b", JUNE_10, spent);     /* remembered */
        expect_spent(seed, "b", NOW - HOUR, "0.00"); /* of another period */
        expect_spent(seed, "b", JUNE_10, spent);
    }
    static const char *const gcp[] = {"gcp"};
    static const centime_budget_condition scope = {"provider", gcp, 1, 0};
    budget.conditions = &scope;
    budget.condition_count = 1;
    set(seed, &budget);
    expect_spent(seed, "b", JUNE_10, "0.00");
    expect_ok(seed, centime_delete(seed->store, NULL, "cost", NULL, NULL, 0, INT64_MIN, INT64_MAX,
                                   NULL, &seed->err));
    budget.condition_count = 0;
    set(seed, &budget);
    expect_spent(seed, "b", JUNE_10, "0.00");
}

static void what_is_no_budget_is_refused(void **state)
{
    struct seed *seed = *state;
    static const struct {
        const char *id, *amount, *alert, *currency;
        int status;
    } cases[] = {
        {"", "1", NULL, NULL, CENTIME_INVALID},    {"b", NULL, NULL, NULL, CENTIME_INVALID},
        {"b", "0", NULL, NULL, CENTIME_INVALID},   {"b", "-1", NULL, NULL, CENTIME_INVALID},
        {"b", "ten", NULL, NULL, CENTIME_PARSE},   {"b", "1", "0", NULL, CENTIME_INVALID},
        {"b", "1", "-0.5", NULL, CENTIME_INVALID}, {"b", "1", NULL, "usd", CENTIME_INVALID},
        {"b", "1", NULL, "USDT", CENTIME_INVALID}, {"b", "1", "0.123456789", NULL, CENTIME_LIMIT},
        {"b", "1e-31", NULL, NULL, CENTIME_LIMIT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        centime_budget budget = budget_of(cases[i].id, cases[i].amount);
        budget.alert_threshold = cases[i].alert;
        budget.currency = cases[i].currency;
        assert_int_equal(centime_budget_set(seed->store, NULL, &budget, &seed->err),
                         cases[i].status);
    }
    static const centime_budget_condition no_values = {"provider", NULL, 0, 0};
    centime_budget budget = budget_of("b", "1");
    budget.conditions = &no_values;
    budget.condition_count = 1;
    assert_int_equal(centime_budget_set(seed->store, NULL, &budget, &seed->err), CENTIME_INVALID);
    budget.condition_count = 0;
    budget.period = 5;
    assert_int_equal(centime_budget_set(seed->store, NULL, &budget, &seed->err), CENTIME_INVALID);
    assert_string_equal(status_at(seed, JUNE_10), "{}");
}

static void budgets_are_listed_as_they_were_set(void **state)
{
    struct seed *seed = *state;
    static const char *const teams[] = {"ml", NULL};
    static const centime_budget_condition scope = {"tag.team", teams, 2, 1};
    centime_budget budget = budget_of("b", "50000");
    budget.conditions = &scope;
    budget.condition_count = 1;
    budget.period = CENTIME_BUDGET_WEEKLY;
    set(seed, &budget);
    budget = budget_of("a", "1.5");
    budget.calendar = CENTIME_BUDGET_BILLING;
    budget.currency = "EUR";
    budget.alert_threshold = "0.95";
    set(seed, &budget);
    centime_buffer *buffer = NULL;
    expect_ok(seed, centime_budgets_json(seed->store, NULL, &buffer, &seed->err));
    assert_string_equal(
        text_of(buffer),
        "[{\"budget_id\":\"a\",\"name\":\"a\",\"amount\":1.50,\"currency\":\"EUR\","
        "\"alert_threshold\":0.95,\"period\":\"monthly\",\"time_zone\":\"UTC\","
        "\"calendar\":\"billing\",\"scope\":[]},"
        "{\"budget_id\":\"b\",\"name\":\"b\",\"amount\":50000.00,\"currency\":\"USD\","
        "\"alert_threshold\":0.8,\"period\":\"weekly\",\"time_zone\":\"UTC\","
        "\"calendar\":\"charge\",\"scope\":[{\"key\":\"tag.team\",\"values\":[\"ml\",null],"
        "\"is_negated\":true}]}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEED_TEST(c17_a_budget_has_the_seeds_fields),
        SEED_TEST(c18_periods_are_calendar_months_and_earlier_spend_counts),
        SEED_TEST(c19_all_keys_must_match_and_a_missing_tag_does_not),
        SEED_TEST(c20_the_alert_threshold_warns),
        SEED_TEST(c21_status_is_by_budget_id),
        SEED_TEST(c22_exceeded_is_more_than_the_amount),
        SEED_TEST(periods_of_every_kind),
        SEED_TEST(a_budget_may_keep_a_time_zone),
        SEED_TEST(the_billing_calendar_goes_by_billing_periods),
        SEED_TEST(other_currencies_are_counted_apart),
        SEED_TEST(status_follows_every_write_and_edit),
        SEED_TEST(what_is_no_budget_is_refused),
        SEED_TEST(budgets_are_listed_as_they_were_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
