/* Budgets over HTTP. */
#include "server_fixture.h"

static const char seed_budget[] =
    "{\"budget_id\":\"monthly-ai-budget\",\"name\":\"AI/ML Monthly Budget\","
    "\"amount_usd\":50000.0,\"period\":\"monthly\",\"scope\":{\"provider\":\"aws\","
    "\"tags\":{\"team\":\"ml-research\"}},\"alert_threshold\":0.8}";

static void add_costs(struct http *http)
{
    assert_int_equal(
        http_post(
            http, "/api/v1/costs",
            "[{\"timestamp\":\"2026-06-02T00:00:00Z\",\"provider\":\"aws\",\"cost_usd\":41000,"
            "\"tags\":{\"team\":\"ml-research\"}},"
            "{\"timestamp\":\"2026-06-02T00:00:00Z\",\"provider\":\"aws\",\"cost_usd\":500},"
            "{\"timestamp\":\"2026-06-02T00:00:00Z\",\"provider\":\"gcp\",\"cost_usd\":70,"
            "\"tags\":{\"team\":\"ml-research\"}},"
            "{\"timestamp\":\"2026-05-02T00:00:00Z\",\"provider\":\"aws\",\"cost_usd\":9,"
            "\"tags\":{\"team\":\"ml-research\"}}]"),
        200);
}

static void the_seeds_budget_is_set_and_stands_as_it_should(void **state)
{
    struct http *http = *state;
    add_costs(http);
    assert_int_equal(http_post(http, "/api/v1/budgets", seed_budget), 200);
    assert_string_equal(http_body(http),
                        "{\"status\":\"set\",\"budget_id\":\"monthly-ai-budget\"}\n");
    expect_contains(http_get(http, "/api/v1/budgets?end=2026-06-03"),
                    "{\"monthly-ai-budget\":{\"name\":\"AI/ML Monthly Budget\",\"amount\":50000.00,"
                    "\"spent\":41000.00,\"remaining\":9000.00,\"percentage_used\":82,\"status\":"
                    "\"warning\",");
    const char *json =
        http_get(http, "/api/v1/budgets/monthly-ai-budget?end=2026-05-03T00:00:00Z&money=string");
    expect_contains(json, "{\"name\":\"AI/ML Monthly Budget\",\"amount\":\"50000.00\",\"spent\":"
                          "\"9.00\",");
    assert_int_equal(json[strlen(json) - 1], '}');
    assert_int_equal(json[strlen(json) - 2] == '}', 0);
    expect_contains(http_get(http, "/api/v1/budgets?view=settings"),
                    "\"scope\":[{\"key\":\"provider\",\"values\":[\"aws\"],\"is_negated\":false},"
                    "{\"key\":\"tag.team\",\"values\":[\"ml-research\"],\"is_negated\":false}]");
}

static void what_is_listed_can_be_set_again(void **state)
{
    struct http *http = *state;
    char listed[2000];
    assert_int_equal(
        http_post(http, "/api/v1/budgets",
                  "[{\"budget_id\":\"a\",\"amount\":\"10.50\",\"currency\":\"EUR\","
                  "\"period\":\"weekly\",\"time_zone\":\"UTC\",\"calendar\":\"billing\","
                  "\"scope\":{\"provider\":[\"aws\",\"gcp\"],\"account\":null,"
                  "\"region\":{\"not\":[\"us-*\",null]}}},"
                  "{\"budget_id\":\"b\",\"amount_usd\":5}]"),
        200);
    (void)snprintf(listed, sizeof listed, "%s", http_get(http, "/api/v1/budgets?view=settings"));
    expect_contains(listed, "\"amount\":10.50,\"currency\":\"EUR\"");
    expect_contains(listed, "{\"key\":\"account\",\"values\":[null],\"is_negated\":false},"
                            "{\"key\":\"region\",\"values\":[\"us-*\",null],\"is_negated\":true}");
    assert_int_equal(http_ask(http, CT_METHOD_DELETE, "/api/v1/budgets/a", ""), 204);
    assert_int_equal(http_ask(http, CT_METHOD_DELETE, "/api/v1/budgets/b", ""), 204);
    assert_string_equal(http_get(http, "/api/v1/budgets"), "{}");
    assert_int_equal(http_post(http, "/api/v1/budgets", listed), 200);
    assert_string_equal(http_get(http, "/api/v1/budgets?view=settings"), listed);
}

static void budgets_that_make_no_sense_are_told_and_others_set(void **state)
{
    struct http *http = *state;
    static const struct {
        const char *budget, *words;
    } cases[] = {
        {"{\"amount_usd\":1}", "budget_id is missing"},
        {"{\"budget_id\":\"\",\"amount_usd\":1}", "budget_id is empty"},
        {"{\"budget_id\":\"x\"}", "give one of amount_usd and amount"},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"amount\":1}", "give one of"},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"currency\":\"EUR\"}", "amount_usd is in USD"},
        {"{\"budget_id\":\"x\",\"amount_usd\":0}", "amount"},
        {"{\"budget_id\":\"x\",\"amount_usd\":-5}", "amount"},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"period\":\"montly\"}",
         "period \\\"montly\\\" is unknown: did you mean \\\"monthly\\\"?"},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"calendar\":\"z\"}", "calendar \\\"z\\\""},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"time_zone\":\"Mars/Base\"}", "Mars/Base"},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"scope\":5}", "scope: an object of tags"},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"scope\":{\"provider\":5}}",
         "scope.provider: a text, or null for rows without the tag, is wanted"},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"scope\":{\"tags\":{\"team\":{\"no\":1}}}}",
         "scope.tags.team: a text, null"},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"scope\":{\"tags\":[]}}", "scope.tags: an object"},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"scope\":[{\"values\":[]}]}", "scope[0].key"},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"scope\":[{\"key\":\"k\",\"values\":1}]}",
         "scope[0].values"},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"scope\":[7]}", "scope[0]: an object"},
        {"{\"budget_id\":\"x\",\"amount_usd\":1,\"treshold\":1}", "has no \\\"treshold\\\""},
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        char body[600];
        (void)snprintf(body, sizeof body, "[%s,{\"budget_id\":\"good\",\"amount_usd\":%zu}]",
                       cases[i].budget, i + 1);
        assert_int_equal(http_post(http, "/api/v1/budgets", body), 400);
        expect_contains(http_body(http), cases[i].words);
        expect_contains(http_body(http), "\"details\":[{\"index\":0,");
        expect_contains(http_body(http), "\"accepted\":1,\"rejected\":1}");
        (void)snprintf(body, sizeof body, "\"amount\":%zu.00", i + 1);
        expect_contains(http_get(http, "/api/v1/budgets?view=settings"), body);
    }
    assert_int_equal(http_post(http, "/api/v1/budgets?accept_partial=false",
                               "[{\"budget_id\":\"c\",\"amount_usd\":1},{\"budget_id\":\"d\"}]"),
                     400);
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/api/v1/budgets/c", ""), 404);
    assert_int_equal(http_ask(http, CT_METHOD_DELETE, "/api/v1/budgets/c", ""), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(the_seeds_budget_is_set_and_stands_as_it_should),
        HTTP_TEST(what_is_listed_can_be_set_again),
        HTTP_TEST(budgets_that_make_no_sense_are_told_and_others_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
